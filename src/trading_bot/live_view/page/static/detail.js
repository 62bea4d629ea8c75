// The selected symbol in figures: its verdict, the sight of each channel with its proof, what leaving costs.

import { $, make, sign, write } from "./dom.js";
import * as words from "./words.js";

/** Draw the head and the figures of a row. */
export function drawDetail(store, row) {
  const title = $("detail-title");
  if (!row) {
    write(title, "No symbol selected");
    write($("detail-verdict"), "");
    $("facts").replaceChildren();
    write($("sentence"), "");
    return;
  }
  const stale = row.sees === "blind" ? " (last seen)" : "";
  write(title, `${row.symbol} ${words.price(row.price)}${row.price == null ? "" : stale}`);
  const standing = store.standing(row.symbol);
  const until = standing ? ` recommended, until ${words.time(standing.endsAt)}` : "";
  write($("detail-verdict"), words.verdict(row, standing) + until);
  $("detail-verdict").dataset.pressure = standing ? "exit" : (row.pressure ?? "unknown");
  drawFacts(row);
  write($("sentence"), sentence(row));
}

function drawFacts(row) {
  const list = $("facts");
  const pairs = factsOf(row);
  const key = JSON.stringify([row.symbol, row.sees, pairs]);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  const made = pairs.map(({ name, text, state, wide }) => {
    const value = state ? sign(words.SEES[state], state, text) : [text];
    return make("div", wide ? "wide" : "", make("dt", "", name), make("dd", "", ...value));
  });
  list.replaceChildren(...made);
}

function factsOf(row) {
  const pairs = [];
  for (const channel of row.channels ?? []) {
    const reason = channel.reason && channel.reason !== row.reason ? `: ${channel.reason}` : "";
    const text = `${words.SEES_WORDS[channel.state]}${reason}, ${proof(channel.proved_ms)}`;
    pairs.push({ name: capital(channel.name), text, state: channel.state });
  }
  if (row.reason) pairs.push({ name: "Why", text: row.reason, wide: true });
  pairs.push({ name: "Bid × ask", text: quote(row) });
  if (row.imbalance != null) pairs.push({ name: "Queue imbalance", text: signed(row.imbalance) });
  if (row.delay_ms != null) pairs.push({ name: "Prints behind by", text: words.delay(row.delay_ms) });
  if (row.shares != null) {
    const paid = row.paid == null ? "paid price not known" : `paid ${words.price(row.paid)}`;
    const stop = row.stop == null ? "no stop" : `stop ${words.price(row.stop)}`;
    pairs.push({ name: "Position", text: `${words.count(row.shares)} shares, ${paid}, ${stop}` });
    pairs.push({ name: "P&L", text: `${words.gain(row.pnl)}${row.pnl == null ? "" : " USD"}` });
    pairs.push({ name: "Leaving now", text: words.leaving(row.leaving), wide: true });
  } else {
    pairs.push({ name: "Position", text: "none held" });
  }
  return pairs;
}

function proof(ms) {
  return ms == null ? "never compared" : `proved at ${words.time(ms)}`;
}

function quote(row) {
  if (row.bid == null && row.ask == null) return words.NOT_KNOWN;
  const bid = `${words.price(row.bid)} (${words.count(row.bid_shares)})`;
  return `${bid} × ${words.price(row.ask)} (${words.count(row.ask_shares)})`;
}

function signed(value) {
  return `${value > 0 ? "+" : ""}${value.toFixed(2)}`.replace("-", "−");
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Return what the chart shows, in one sentence. */
export function sentence(row) {
  if (row.sees === "blind") {
    return `${row.symbol} is blind${row.reason ? ` (${row.reason})` : ""}: the chart is hatched where nothing was seen, and no alert does not mean calm.`;
  }
  const parts = [`price ${words.price(row.price)}`];
  if (row.volume_ratio != null) {
    parts.push(
      `volume ${words.times(row.volume_ratio)} its usual minute (warning from ${words.times(row.volume_warn)}, critical from ${words.times(row.volume_critical)})`,
    );
  }
  if (row.sell_ratio != null) {
    parts.push(
      `${words.percent(row.sell_ratio)} sold, at least ${words.percent(row.sell_ratio_low)} (warning from ${words.percent(row.sell_warn)})`,
    );
  }
  if (row.delta != null) parts.push(`${words.count(row.delta)} shares bought less sold`);
  parts.push(
    row.bid_shares == null
      ? "no sizes known"
      : `${words.count(row.bid_shares)} bid, ${words.count(row.ask_shares)} offered`,
  );
  return `${row.symbol}: ${parts.join("; ")}.`;
}
