// Off until asked for; then two tones for an alert, three for an exit, and a title that flashes.

import { $ } from "./dom.js";

const TONES = { alert: [660, 660], exit: [880, 660, 880] };
const TONE_S = 0.14;

/** Makes tones, and flashes the title while something new stands. */
export class Sound {
  #player = null;
  #flash = null;

  constructor(title) {
    this.title = title;
    $("sound").addEventListener("click", () => this.#turn());
    window.addEventListener("focus", () => this.#rest());
  }

  #turn() {
    const on = this.#player === null;
    if (on) this.#player = new AudioContext();
    else this.#player.close();
    if (!on) this.#player = null;
    $("sound").setAttribute("aria-pressed", String(on));
    if (on) this.say("alert");
  }

  /** Sound an alert or an exit, where sound is on. */
  say(kind) {
    if (!this.#player) return;
    TONES[kind].forEach((pitch, place) => {
      const tone = this.#player.createOscillator();
      const volume = this.#player.createGain();
      volume.gain.value = 0.15;
      tone.frequency.value = pitch;
      tone.connect(volume).connect(this.#player.destination);
      const start = this.#player.currentTime + place * TONE_S * 1.5;
      tone.start(start);
      tone.stop(start + TONE_S);
    });
    this.#rest();
    let shown = 0;
    this.#flash = setInterval(() => {
      document.title = shown % 2 ? this.title() : `${kind === "exit" ? "⏏ EXIT" : "● ALERT"}`;
      shown += 1;
      if (shown > 12) this.#rest();
    }, 500);
  }

  #rest() {
    clearInterval(this.#flash);
    document.title = this.title();
  }
}
