// The server's events: opened, opened again, and closed while the tab is hidden.

const LOST_AFTER_MS = 3_000;
const AGAIN_MS = 500;

/** Listens to the server, and tells when it is gone. */
export class Stream {
  #source = null;
  #heard = performance.now();
  #timer = null;

  /**
   * @param take called with the name and the content of each event
   * @param look called four times a second with null, or why the server cannot be heard
   */
  constructor(take, look) {
    this.take = take;
    this.look = look;
    this.refused = null;
    document.addEventListener("visibilitychange", () => this.#turn());
    setInterval(() => this.look(this.trouble()), 250);
    this.#turn();
  }

  /** Return null, or since when and why the server is not heard. */
  trouble() {
    const forMs = performance.now() - this.#heard;
    if (document.hidden || forMs <= LOST_AFTER_MS) return null;
    return { forMs, refused: this.refused };
  }

  #turn() {
    this.#close();
    if (document.hidden) return;
    // What the hidden tab did not ask for is no silence of the server.
    this.#heard = performance.now();
    this.#open();
  }

  #open() {
    const source = new EventSource("events");
    this.#source = source;
    for (const name of ["state", "beat", "said", "quiet"]) {
      source.addEventListener(name, (event) => {
        this.#heard = performance.now();
        this.refused = null;
        this.take(name, JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => this.#again(source));
  }

  async #again(source) {
    if (source !== this.#source) return;
    this.#close();
    // A source does not say why it was refused; the page itself can be asked.
    const trouble = this.trouble();
    if (trouble) this.refused = await whyRefused();
    if (document.hidden || this.#source) return;
    this.#timer = setTimeout(() => this.#open(), AGAIN_MS);
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }
}

/** Return what the server says where it answers but gives no events; null where it does not. */
async function whyRefused() {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 1_000);
  try {
    const answer = await fetch("events", { signal: stop.signal });
    if (answer.ok) return null;
    if (answer.status === 404) return "It was started anew: open the address that it has printed.";
    return (await answer.text()).slice(0, 200);
  } catch {
    return null;
  } finally {
    clearTimeout(late);
    stop.abort();
  }
}
