// Half an hour of one symbol, a point a second, as columns that the chart draws.

const KEPT_S = 30 * 60 + 60;
const GAP_S = 5;
// A day that is played fast has its points further apart: what is missing shows against the usual.
const GAP_STEPS = 3;
const STEPS_KEPT = 15;
const BLIND = 2;
const NAMES = ["price", "volume_ratio", "sell_ratio", "sell_ratio_low", "delta", "bid", "ask"];
const ASK = NAMES.indexOf("ask");

/** The columns of a symbol, and its depth where levels are known. */
export class History {
  /** @param told the server's history; times in milliseconds */
  constructor(told) {
    this.symbol = told.symbol;
    this.t = [];
    this.sees = [];
    this.columns = NAMES.map(() => []);
    this.depth = [];
    this.steps = [];
    (told.t ?? []).forEach((ms, at) => {
      this.add([ms, ...NAMES.map((name) => told[name]?.[at] ?? null), told.sees?.[at] ?? 0]);
    });
    (told.depth?.t ?? []).forEach((ms, at) => {
      this.addDepth(ms, told.depth.bids[at], told.depth.asks[at]);
    });
  }

  /** Add a point; a second one of the same second takes its place. */
  add([ms, ...rest]) {
    const second = Math.floor(ms / 1000);
    const last = this.t.at(-1);
    if (last != null && second < last) return;
    if (last != null && second > last && this.#isGap(second - last)) {
      this.#push(
        last + 1,
        NAMES.map(() => null),
        this.sees.at(-1),
      );
    }
    const sees = rest.pop() ?? 0;
    // What was last known of a blind symbol is no price of now.
    const values = sees === BLIND ? NAMES.map(() => null) : [...rest];
    // The offered size is drawn downward.
    if (values[ASK] != null) values[ASK] = -Math.abs(values[ASK]);
    if (second === last) this.#drop(this.t.length - 1, 1);
    this.#push(second, values, sees);
    const old = this.t.findIndex((each) => each >= second - KEPT_S);
    // A cut costs a move of every column: not at each point.
    if (old > 60) this.#drop(0, old);
  }

  /** Take a step between two points; return whether something is missing in it. */
  #isGap(step) {
    const sorted = [...this.steps].sort((one, other) => one - other);
    const usual = sorted.length < GAP_STEPS ? 0 : sorted[sorted.length >> 1];
    this.steps.push(step);
    if (this.steps.length > STEPS_KEPT) this.steps.shift();
    return step > Math.max(GAP_S, GAP_STEPS * usual);
  }

  /** Add the levels of a second, best first: pairs of price and shares. */
  addDepth(ms, bids, asks) {
    const second = Math.floor(ms / 1000);
    const column = { t: second, bids: levels(bids), asks: levels(asks) };
    if (this.depth.at(-1)?.t === second) this.depth.pop();
    this.depth.push(column);
    if (this.depth.length > KEPT_S + 60) this.depth.splice(0, 60);
    return column;
  }

  #push(second, values, sees) {
    this.t.push(second);
    this.sees.push(sees);
    this.columns.forEach((column, at) => column.push(values[at] ?? null));
  }

  #drop(from, number) {
    for (const column of [this.t, this.sees, ...this.columns]) column.splice(from, number);
  }

  /** Return the columns of these names with their times, as the chart wants them. */
  data(...names) {
    return [this.t, ...names.map((name) => this.columns[NAMES.indexOf(name)])];
  }

  /** Return the spans, in seconds, in which nothing was seen. */
  blindSpans() {
    const spans = [];
    this.t.forEach((second, at) => {
      if (this.sees[at] !== BLIND) return;
      const end = this.t[at + 1] ?? second + 1;
      const last = spans.at(-1);
      if (last && last[1] >= second) last[1] = end;
      else spans.push([second, end]);
    });
    return spans;
  }

  /** Return the price that was last seen at a time, or null. */
  priceAt(second) {
    const prices = this.columns[0];
    for (let at = this.t.length - 1; at >= 0; at -= 1) {
      if (this.t[at] <= second && prices[at] != null) return prices[at];
    }
    return null;
  }
}

function levels(told) {
  return (told ?? [])
    .map(([price, shares]) => [Number(price), shares])
    .filter(([, shares]) => shares > 0);
}
