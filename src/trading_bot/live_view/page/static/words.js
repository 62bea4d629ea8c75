// How figures, times and states are written. Pure: no document, no clock.

export const SIGNS = { one: "●", several: "▲", burst: "■", hollow: "○" };
export const SIGN_WORDS = {
  one: "one large seller",
  several: "several large sellers",
  burst: "red burst",
  hollow: "resting bid",
};
export const SEES = {
  visible: "●",
  degraded: "◐",
  blind: "○",
  not_watched: "–",
};
export const SEES_WORDS = {
  visible: "visible",
  degraded: "degraded",
  blind: "blind",
  not_watched: "not watched",
};
export const NOT_KNOWN = "—";
export const ZONE = "America/New_York";

const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** Return the time of day in New York. */
export function time(ms) {
  return ms == null ? NOT_KNOWN : clock.format(new Date(ms));
}

/** Return a whole number with its thousands apart; true minus. */
export function count(value) {
  return value == null ? NOT_KNOWN : whole.format(Number(value)).replace("-", "−");
}

/** Return a price as it came: decimal text, or a number. */
export function price(value) {
  if (value == null) return NOT_KNOWN;
  return typeof value === "string" ? value : cents.format(value);
}

/** Return money with cents. */
export function money(value) {
  return value == null ? NOT_KNOWN : cents.format(Number(value)).replace("-", "−");
}

/** Return money with its sign. */
export function gain(value) {
  if (value == null) return NOT_KNOWN;
  return Number(value) > 0 ? `+${money(value)}` : money(value);
}

/** Return a multiple of the usual. */
export function times(value) {
  return value == null ? NOT_KNOWN : `${value.toFixed(1)}×`;
}

/** Return a share of one in percent. */
export function percent(value) {
  return value == null ? NOT_KNOWN : `${Math.round(value * 100)} %`;
}

/** Return milliseconds, or seconds where there are many. */
export function delay(ms) {
  if (ms == null) return NOT_KNOWN;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Return a span in the unit that a person would use. */
export function span(seconds) {
  if (seconds == null) return NOT_KNOWN;
  if (seconds < 10) return `${Math.max(seconds, 0).toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** Return `1 symbol`, `2 symbols`. */
export function many(number, word) {
  return `${count(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** Return the word for a row's verdict. */
export function verdict(row, standing) {
  if (standing) return "exit";
  if (row.sees === "blind" || row.sees === "not_watched") return "unknown";
  // No exit is suggested from it, however calm it is.
  if (row.shares?.startsWith("-")) return "not protected: short";
  return row.pressure === "exit" ? "exit" : (row.pressure ?? "unknown");
}

/** Return the one word that a reason begins with: its figures stand where there is room. */
export function code(reason) {
  return (reason ?? "").split(":")[0];
}

/** Return what leaving costs, in words. */
export function leaving(told) {
  if (!told) return NOT_KNOWN;
  if (told.cost_usd == null) return `not known: ${told.unknown || "no book"}`;
  const cost = `${money(told.cost_usd)} USD (${Number(told.cost_bp ?? 0).toFixed(1)} bp)`;
  const fits = told.fits;
  if (fits == null) return cost;
  return Number(fits) < Number(told.shares)
    ? `${cost} for the ${count(fits)} of ${count(told.shares)} that fit the displayed bids`
    : `${cost}, all ${count(told.shares)} fit`;
}

/** Return an alert of the record in a few words. */
export function alertWords(line) {
  if (line.alert_type === "red_burst") {
    return `red burst ${times(line.volume_ratio)}, ${percent(line.sell_ratio)} sold`;
  }
  const source = (line.source ?? "large seller").replaceAll("_", " ");
  return `${source} ${count(line.order_size)} at ${price(line.price_level)}`;
}

/** Return what changed of a feed, and how well it is seen since. */
export function feedWords(line) {
  const what = line.event.replace("order_flow.", "").replace("feed_", "").replaceAll("_", " ");
  return { what, reason: line.reason ?? "" };
}

/** Return whether the whole market fell with it: three basis points within the minute. */
export function marketWide(line) {
  const moved = line.facts?.market_bp;
  return moved != null && moved <= -3 ? `market-wide: SPY ${count(moved)} bp` : "";
}

/** Return a wall's line of the record in a few words. */
export function wallWords(line) {
  const what = line.event.replace("order_flow.wall_", "").replace("_", " ");
  const size = count(["placed", "hit"].includes(what) ? line.size : line.peak);
  const fate =
    what === "placed"
      ? ""
      : `: ${count(line.executed)} executed, ${count(line.cancelled)} cancelled`;
  return `${line.side} of ${size} at ${price(line.price_level)} ${what}${fate}`;
}
