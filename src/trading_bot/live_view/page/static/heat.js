// The depth of half an hour behind the price: a picture of its own, of which only new columns are drawn.

import { colour } from "./theme.js";

const COLUMNS = 4096;
const ROWS_AT_MOST = 400;
const STEPS = 24;

/** A picture with a column a second and a row a tick. */
export class Heat {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.brush = this.canvas.getContext("2d", { alpha: false });
    this.history = null;
  }

  /** Begin anew with a symbol's history; also after the colours have turned. */
  begin(history) {
    this.history = history;
    this.low = Infinity;
    this.high = -Infinity;
    this.largest = 1;
    this.tick = Infinity;
    for (const column of history.depth) this.#measure(column);
    this.#paintAll();
  }

  get empty() {
    return !this.history?.depth.length;
  }

  /** Draw one more second; all of it only where the picture does not reach. */
  add(column) {
    const reach = [this.bottom, this.top, this.scale, this.step];
    this.#measure(column);
    const fits =
      this.low >= reach[0] &&
      this.high <= reach[1] &&
      this.largest <= reach[2] * 1.5 &&
      this.tick >= reach[3] &&
      column.t - this.start < COLUMNS;
    if (fits) this.#paint(column);
    else this.#paintAll();
  }

  #measure({ bids, asks }) {
    for (const side of [bids, asks]) {
      side.forEach(([price, shares], at) => {
        this.low = Math.min(this.low, price);
        this.high = Math.max(this.high, price);
        this.largest = Math.max(this.largest, shares);
        const apart = at ? Math.abs(price - side[at - 1][0]) : 0;
        if (apart > 1e-9) this.tick = Math.min(this.tick, apart);
      });
    }
  }

  #paintAll() {
    const { depth } = this.history;
    if (!depth.length || !Number.isFinite(this.low)) return;
    const room = Math.max(this.high - this.low, this.tick, 0.01) * 0.5;
    const tick = Number.isFinite(this.tick) ? this.tick : 0.01;
    this.bottom = this.low - room;
    this.top = this.high + room;
    this.step = Math.max(tick, (this.top - this.bottom) / ROWS_AT_MOST);
    this.scale = this.largest;
    // A quarter of the picture is kept for what comes.
    this.start = Math.max(depth[0].t, depth.at(-1).t - COLUMNS * 0.75);
    this.canvas.width = COLUMNS;
    this.canvas.height = Math.ceil((this.top - this.bottom) / this.step) + 1;
    this.ground = colour("panel");
    this.colours = { bids: ramp("heat-bid"), asks: ramp("heat-ask") };
    this.brush.fillStyle = this.ground;
    this.brush.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (const column of depth) if (column.t >= this.start) this.#paint(column);
  }

  #paint(column) {
    const x = column.t - this.start;
    this.brush.fillStyle = this.ground;
    this.brush.fillRect(x, 0, 1, this.canvas.height);
    for (const side of ["bids", "asks"]) {
      for (const [price, shares] of column[side]) {
        const strength = Math.sqrt(Math.min(shares / this.scale, 1));
        this.brush.fillStyle = this.colours[side][Math.round(strength * (STEPS - 1))];
        this.brush.fillRect(x, Math.round((this.top - price) / this.step), 1, 1);
      }
    }
  }

  /** Draw the picture into a chart's plotting area. */
  drawInto(chart) {
    if (this.empty) return;
    const { ctx, bbox } = chart;
    const left = chart.valToPos(this.start, "x", true);
    const right = chart.valToPos(this.start + COLUMNS, "x", true);
    // A price stands in the middle of its row.
    const top = chart.valToPos(this.top + this.step / 2, "y", true);
    const bottom = chart.valToPos(
      this.top + this.step / 2 - this.canvas.height * this.step,
      "y",
      true,
    );
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.canvas, left, top, right - left, bottom - top);
    ctx.restore();
  }
}

/** Return the colours from the ground to the strongest. */
function ramp(name) {
  const from = parts(colour("panel"));
  const to = parts(colour(name));
  return Array.from({ length: STEPS }, (_, at) => {
    const share = 0.08 + (0.92 * at) / (STEPS - 1);
    return `rgb(${from.map((value, place) => Math.round(value + (to[place] - value) * share)).join(" ")})`;
  });
}

function parts(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}
