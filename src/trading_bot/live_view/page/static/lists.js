// Exit recommendations as cards, alerts as a log, walls of one symbol.

import { $, button, make, sign, write } from "./dom.js";
import * as words from "./words.js";

const LOG_LINES = 200;
const LEANING = -0.8;

/** Draw the exits, those that stand first. */
export function drawExits(store, { select, explain, why }) {
  const exits = [...store.exits].sort((a, b) => store.stands(b) - store.stands(a));
  const room = $("exits");
  const key = exits.map((exit) => `${exit.id}${store.stands(exit)}${exit.endsAt}`).join();
  $("no-exits").hidden = exits.length > 0;
  // Buttons that are made anew would lose the focus.
  if (room.dataset.key === key) return;
  room.dataset.key = key;
  const market = { simulated: "simulated, ", recorded: "recorded, " }[store.market] ?? "";
  room.replaceChildren(
    ...exits.map((exit) => card(exit, store.stands(exit), market, { select, explain, why })),
  );
}

function card(exit, stands, market, { select, explain, why }) {
  const { line } = exit;
  const name = symbolButton(exit, { select });
  const urgency = `${market}urgency ${line.urgency}`;
  const head = make("h3", "", ...sign("⏏", "exit"), " ", name, make("span", "urgency", urgency));
  const when = stands
    ? `${words.time(exit.at)}, stands until ${words.time(exit.endsAt)}`
    : `${words.time(exit.at)}, ended ${words.time(exit.endsAt)}`;
  const [ruled, ...rest] = (line.reason ?? "").split("; ");
  const body = make(
    "article",
    stands ? "card stands" : "card ended",
    head,
    make("p", "when", when),
  );
  body.append(make("p", "why", make("b", "", "Why "), ruled));
  if (stands) body.append(facts(line, rest));
  if (stands && line.worth) body.append(make("p", "worth", make("b", "", "Worth "), line.worth));
  const mark = button("Show in chart", () => why(exit));
  const told = button("Explain", () => explain(exit.id, `${exit.symbol}, ${words.time(exit.at)}`));
  body.append(make("p", "acts", mark, told));
  return body;
}

function facts(line, rest) {
  const pairs = [
    ["Position", `${words.count(line.quantity)} shares`],
    ["Price then", words.price(line.price)],
    ["P&L then", `${words.gain(line.unrealised_pnl)} USD`],
    [
      "Above the stop",
      line.distance_to_stop == null ? words.NOT_KNOWN : `${words.money(line.distance_to_stop)} USD`,
    ],
    ["Leaving then", line.leaving ? words.leaving(line.leaving) : rest.join("; ")],
  ];
  const list = make("dl", "pairs");
  for (const [name, value] of pairs) {
    if (value) list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
  }
  return list;
}

/** Draw the alerts and the changes of sight of half an hour, newest first. */
export function drawAlerts(store, acts) {
  const list = $("alerts");
  const both = [...store.alerts, ...store.feeds].sort((a, b) => b.at - a.at).slice(0, LOG_LINES);
  $("no-alerts").hidden = both.length > 0;
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const items = both.map((each) => {
    const key = `${each.id} ${each.sign}`;
    const item = known.get(key) ?? (each.kind === "alert" ? alertItem : feedItem)(each, acts);
    item.dataset.key = key;
    return item;
  });
  const same = items.every((item, at) => list.children[at] === item);
  if (!same || items.length !== list.children.length) list.replaceChildren(...items);
}

function alertItem(alert, acts) {
  const { line } = alert;
  const when = `${alert.symbol}, ${words.time(alert.at)}`;
  const told = button("Explain", () => acts.explain(alert.id, when));
  told.setAttribute("aria-label", `Explain ${when}`);
  const late = line.late ? `, ${Number(line.delay_seconds).toFixed(0)} s late` : "";
  const text = make("span", "words", words.alertWords(line) + late);
  const severity = make("span", "severity", line.severity);
  const beside = [words.marketWide(line), queue(line)].filter(Boolean).join(", ");
  const what = make("span", "what", ...sign(words.SIGNS[alert.sign], alert.sign));
  what.append(symbolButton(alert, acts), " ", severity, " ", text);
  if (beside) what.append(make("small", "", beside));
  return make("li", `alert ${alert.sign}`, make("time", "", words.time(alert.at)), what, told);
}

/** Return the queue imbalance where it is far to the offers: a number, no forecast. */
function queue(line) {
  const value = line.facts?.queue_imbalance;
  if (value == null || value > LEANING) return "";
  return `queue imbalance ${value.toFixed(2).replace("-", "−")}`;
}

function feedItem(feed, acts) {
  const { what, reason } = words.feedWords(feed.line);
  const state =
    { blind: "blind", degraded: "degraded", recovered: "visible" }[what] ?? "not_watched";
  const said = make("span", "what", ...sign(words.SEES[state], state));
  if (feed.symbol) said.append(symbolButton(feed, acts), " ");
  said.append(make("span", "severity", what), " ", make("span", "words", reason));
  return make("li", "alert feed", make("time", "", words.time(feed.at)), said);
}

function symbolButton({ symbol }, acts) {
  const name = button(symbol, () => acts.select(symbol));
  name.className = "name";
  return name;
}

/** Draw the walls of one symbol: those that stand, and what was last said of them. */
export function drawWalls(store, row) {
  const room = $("walls");
  const standing = row?.walls ?? [];
  const said = store.walls.filter((wall) => wall.symbol === row?.symbol).slice(0, 5);
  const key = JSON.stringify([row?.symbol, standing, said.map((wall) => wall.line)]);
  if (room.dataset.key === key) return;
  room.dataset.key = key;
  if (!standing.length && !said.length) return room.replaceChildren();
  const list = make("ul");
  for (const wall of standing) {
    const text = `${wall.side} of ${words.count(wall.shares)} at ${words.price(wall.price)}, stands since ${words.time(wall.since_ms)}`;
    list.append(make("li", `wall ${wall.side}`, make("b", "", text)));
  }
  for (const wall of said) {
    const when = make("time", "", words.time(wall.at));
    list.append(make("li", `wall ${wall.line.side}`, when, " ", words.wallWords(wall.line)));
  }
  return room.replaceChildren(make("h3", "", "Walls"), list);
}

/** Write the counts of the last five minutes and the largest seller. */
export function drawCounts(store) {
  const room = $("counts");
  const { counts } = store;
  const key = JSON.stringify(counts);
  if (room.dataset.key !== key) {
    room.dataset.key = key;
    const shown = ["one", "several", "burst"].map((kind) =>
      make(
        "span",
        "pair",
        ...sign(words.SIGNS[kind], kind),
        make("b", "", String(counts[kind] ?? 0)),
        make("span", "unseen", ` ${words.SIGN_WORDS[kind]}`),
      ),
    );
    room.replaceChildren(make("span", "label", `${counts.minutes ?? 5} min`), ...shown);
  }
  const { largest } = store;
  const text = largest
    ? `largest seller ${largest.symbol} ${words.count(largest.shares)} at ${words.time(largest.at_ms)}`
    : "no large seller in 30 min";
  write($("largest"), text);
}
