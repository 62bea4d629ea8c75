// The strips of the selected symbol, one below the other over the same span of time.

import { $, make, write } from "./dom.js";
import { Heat } from "./heat.js";
import { History } from "./history.js";
import * as marks from "./marks.js";
import { STRIPS } from "./strips.js";
import { colour } from "./theme.js";
import * as words from "./words.js";

const LEAST_SPAN_S = 120;
const TIMES_HEIGHT = 26;
const uPlot = globalThis.uPlot;

/** Draws the strips; holds the history of the one symbol that is shown. */
export class Charts {
  constructor(store) {
    this.store = store;
    this.minutes = 30;
    this.zoom = null;
    this.history = new History({});
    this.row = null;
    this.ringed = new Set();
    this.heat = new Heat();
    this.strips = STRIPS.map((strip) => this.#make(strip));
    this.due = false;
    const fit = () => this.#fit();
    new ResizeObserver(fit).observe($("charts"));
    $("unzoom").addEventListener("click", () => this.#show(null));
  }

  /** Show a symbol's history; null while it is on its way. */
  begin(history, row) {
    this.history = history ?? new History({ symbol: row?.symbol });
    this.zoom = null;
    this.row = row;
    this.heat.begin(this.history);
    this.draw();
  }

  /** Take a point of the symbol that is shown, and its levels. */
  add(point, row) {
    this.row = row;
    this.history.add(point);
    if (row.depth_kind !== "levels" || row.sees === "blind") return;
    const first = this.heat.empty;
    const column = this.history.addDepth(point[0], row.bids, row.asks);
    if (first) this.heat.begin(this.history);
    else this.heat.add(column);
  }

  show(minutes) {
    this.minutes = minutes;
    this.#show(null);
  }

  /** Take the colours anew: those that were laid down, and those of the lines. */
  turn() {
    this.heat.begin(this.history);
    this.draw();
  }

  /** Draw before the next picture of the screen. */
  draw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      for (const { plot, strip, title } of this.strips) {
        write(title, this.row ? strip.title(this.row) : "");
        plot.setData(this.history.data(...strip.series));
      }
      write($("readout"), this.#readout());
    });
  }

  #show(zoom) {
    this.zoom = zoom;
    $("unzoom").hidden = zoom === null;
    this.draw();
  }

  /** Return the outermost prices of the newest depth. */
  levels() {
    const { bids = [], asks = [] } = this.history.depth.at(-1) ?? {};
    return [...bids.slice(-1), ...asks.slice(-1)].map(([price]) => price);
  }

  #span() {
    if (this.zoom) return this.zoom;
    const end = (this.store.now ?? 0) / 1000;
    const begin = end - this.minutes * 60;
    // What is known since a minute is not drawn as a thirtieth of the picture.
    const first = this.history.t[0] ?? begin;
    return [Math.max(begin, Math.min(first - 1, end - LEAST_SPAN_S)), end];
  }

  #make(strip) {
    const title = make("p", "strip");
    const room = make("div", `plot ${strip.key}`);
    $("charts").append(title, room);
    const last = strip === STRIPS.at(-1);
    const plot = new uPlot(
      this.#options(strip, last),
      strip.series.map(() => []).concat([[]]),
      room,
    );
    return { plot, strip, room, title };
  }

  #options(strip, last) {
    const grid = { stroke: () => colour("grid"), width: 1 };
    const axis = {
      stroke: () => colour("muted"),
      font: `11px ${colour("font")}`,
      grid,
      ticks: { show: false },
    };
    return {
      width: 300,
      height: 100,
      // Half a time has room beside the last tick.
      padding: [6, 26, last ? 0 : 6, 0],
      legend: { show: false },
      tzDate: (second) => uPlot.tzDate(new Date(second * 1e3), words.ZONE),
      cursor: {
        sync: { key: "strips" },
        points: { size: 6 },
        drag: { x: true, y: false, setScale: false },
        bind: { dblclick: () => () => this.#show(null) },
      },
      scales: {
        x: { range: () => this.#span() },
        y: { range: (_, low, high) => strip.range(this, low, high) },
      },
      axes: [
        { ...axis, show: last, size: TIMES_HEIGHT, space: 70, values: TIMES },
        { ...axis, size: 54, space: 26, values: (_, ticks) => ticks.map(strip.tick) },
      ],
      series: [{}, ...strip.series.map((name) => this.#series(strip, name))],
      bands: strip.band ? [{ series: [1, 2], fill: () => colour(strip.band) }] : [],
      hooks: {
        drawAxes: [(plot) => this.#under(plot, strip)],
        draw: [(plot) => this.#over(plot, strip)],
        setCursor: [() => write($("readout"), this.#readout())],
        setSelect: [(plot) => this.#select(plot)],
      },
    };
  }

  #series(strip, name) {
    return {
      stroke: () => colour(strip.colours[name]),
      fill: strip.fills?.[name] ? () => `${colour(strip.colours[name])}55` : undefined,
      fillTo: strip.fills?.[name],
      width: strip.width ?? 1.25,
      points: { show: false },
      spanGaps: false,
      paths: strip.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
    };
  }

  #under(plot, strip) {
    if (strip.key === "price") this.heat.drawInto(plot);
    marks.drawBlind(plot, this.history.blindSpans());
  }

  #over(plot, strip) {
    for (const [value, text, name, how] of strip.levels(this.row ?? {})) {
      marks.drawLevel(plot, value, text, name, how);
    }
    const { symbol } = this.history;
    const named = strip.key === "price";
    marks.drawExits(
      plot,
      this.store.exits.filter((exit) => exit.symbol === symbol),
      named,
    );
    if (!named) return;
    marks.drawWalls(plot, this.row?.walls ?? []);
    const alerts = this.store.alerts.filter((alert) => alert.symbol === symbol);
    marks.drawAlerts(plot, alerts.reverse(), this.history, this.ringed);
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width < 8) return;
    const zoom = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    for (const each of this.strips)
      each.plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#show(zoom);
  }

  #readout() {
    const at = this.strips?.[0].plot.cursor.idx;
    const second = this.history.t[at];
    if (second == null) return "";
    const [price, volume, sold, low, delta, bid, ask] = this.history.columns.map(
      (column) => column[at],
    );
    return [
      words.time(second * 1000),
      `price ${price == null ? words.NOT_KNOWN : price.toFixed(2)}`,
      `volume ${words.times(volume)}`,
      `sold ${words.percent(sold)} (at least ${words.percent(low)})`,
      `delta ${words.count(delta)}`,
      `bid ${words.count(bid)}, ask ${words.count(ask && -ask)}`,
    ].join("   ");
  }

  #fit() {
    const { clientWidth: width, clientHeight: room } = $("charts");
    if (width < 50) return;
    const titles = this.strips.reduce((sum, { title }) => sum + title.offsetHeight + 3, 0);
    const parts = STRIPS.reduce((sum, { share }) => sum + share, 0);
    const each = (room - titles - TIMES_HEIGHT - 4) / parts;
    for (const { plot, strip } of this.strips) {
      const last = strip === STRIPS.at(-1);
      plot.setSize({ width, height: Math.floor(each * strip.share) + (last ? TIMES_HEIGHT : 0) });
    }
  }
}

const TIMES = (_, ticks, __, ___, step) =>
  ticks.map((second) => words.time(second * 1000).slice(0, step < 60 ? 8 : 5));
