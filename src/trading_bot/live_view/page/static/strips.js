// What each strip of the chart shows. Pure: its colours are names of the style sheet.

import * as words from "./words.js";

function priceRange(levels, low, high) {
  // Below every price: an axis without one has no figures.
  if (low == null) return [-2, -1];
  const [from, to] = [Math.min(low, ...levels), Math.max(high, ...levels)];
  const room = Math.max((to - from) * 0.1, to * 0.0005, 0.01);
  return [from - room, to + room];
}

/** From top to bottom: which columns each shows, how, and between what. */
export const STRIPS = [
  {
    key: "price",
    title: (row) =>
      row.depth_kind === "levels"
        ? "Price, USD; behind it the displayed bids and offers"
        : "Price, USD",
    series: ["price"],
    colours: { price: "line" },
    width: 1.75,
    stepped: true,
    share: 3.6,
    tick: (value) => (value > 0 ? value.toFixed(2) : ""),
    range: (charts, low, high) => priceRange(charts.levels(), low, high),
    levels: (row) => [
      [number(row.paid), `paid ${words.price(row.paid)}`, "muted", { edge: true }],
      [number(row.stop), `stop ${words.price(row.stop)}`, "stop", { edge: true }],
    ],
  },
  {
    key: "ratio",
    title: (row) =>
      `Volume of 60 s ${words.times(row.volume_ratio)} its usual minute; ${warned("warning", row.volume_warn, words.times)}, ${warned("critical", row.volume_critical, words.times)}`,
    series: ["volume_ratio"],
    colours: { volume_ratio: "line" },
    share: 1,
    tick: (value) => `${value}×`,
    range: (charts, _, high) => [0, Math.max(high ?? 0, charts.row?.volume_critical ?? 4) * 1.3],
    levels: (row) => [
      [row.volume_warn, "", "several"],
      [row.volume_critical, "", "burst"],
    ],
  },
  {
    key: "sold",
    title: (row) =>
      `Sold ${words.percent(row.sell_ratio)}, at least ${words.percent(row.sell_ratio_low)} of it; ${warned("warning", row.sell_warn, words.percent)}`,
    series: ["sell_ratio", "sell_ratio_low"],
    colours: { sell_ratio: "ask", sell_ratio_low: "band" },
    band: "band-fill",
    share: 1,
    tick: (value) => `${Math.round(value * 100)} %`,
    range: () => [0, 1],
    levels: (row) => [[row.sell_warn, "", "several"]],
  },
  {
    key: "delta",
    title: (row) => `Shares bought less shares sold ${words.count(row.delta)}`,
    series: ["delta"],
    colours: { delta: "line" },
    share: 1,
    tick: (value) => short(value),
    range: (_, low, high) => spread(Math.min(low ?? 0, 0), Math.max(high ?? 0, 0)),
    levels: () => [[0, "", "muted"]],
  },
  {
    key: "sizes",
    title: (row) =>
      `Shares at the best bid ${words.count(row.bid_shares)} (up) and ask ${words.count(row.ask_shares)} (down)`,
    series: ["bid", "ask"],
    colours: { bid: "bid", ask: "ask" },
    fills: { bid: () => 0, ask: () => 0 },
    stepped: true,
    share: 1,
    tick: (value) => short(Math.abs(value)),
    range: (_, low, high) =>
      spread(-Math.max(Math.abs(low ?? 0), high ?? 0), Math.max(Math.abs(low ?? 0), high ?? 0)),
    levels: () => [[0, "", "muted"]],
  },
];

function warned(word, value, say) {
  return value == null ? `${word} not known` : `${word} ${say(value)}`;
}

function number(text) {
  return text == null ? null : Number(text);
}

function spread(low, high) {
  const room = Math.max((high - low) * 0.1, 1);
  return [low - room, high + room];
}

function short(value) {
  const size = Math.abs(value);
  const text =
    size >= 1e6
      ? `${(size / 1e6).toFixed(1)}M`
      : size >= 1e3
        ? `${+(size / 1e3).toFixed(1)}k`
        : `${size}`;
  return value < 0 ? `−${text}` : text;
}
