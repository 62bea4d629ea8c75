// Puts the parts together: what the server says goes into the store, and from there onto the page.

import { drawBanners } from "./banners.js";
import { Charts } from "./charts.js";
import { drawDetail } from "./detail.js";
import { $, make, sign, tell, write } from "./dom.js";
import { History } from "./history.js";
import { drawAlerts, drawCounts, drawExits, drawWalls } from "./lists.js";
import { Sound } from "./sound.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { Table } from "./table.js";
import { startTheme } from "./theme.js";
import * as words from "./words.js";

const CHART_EVERY_MS = 1_000;

const store = new Store();
const charts = new Charts(store);
const table = new Table(store, select);
const sound = new Sound(title);

let chosen = null;
let frozen = null;
let trouble = null;
let beatAt = null;
let chartAt = 0;

const acts = { select, explain, why };

/** Draw all that has changed; the banners also while the picture is frozen. */
function draw() {
  drawBanners(store, trouble, frozen);
  if (frozen) return;
  const row = store.rows.get(chosen);
  table.draw(chosen);
  drawExits(store, acts);
  drawAlerts(store, acts);
  drawCounts(store);
  drawDetail(store, row);
  drawWalls(store, row);
  drawSights();
  const market = { simulated: "SIMULATED", recorded: "RECORDED" }[store.market];
  tell($("market"), market);
  write($("source"), store.record ? `Record: ${store.record}` : "");
  document.title = title();
  if (performance.now() - chartAt < CHART_EVERY_MS) return;
  chartAt = performance.now();
  charts.draw();
}

function drawSights() {
  const found = store.sights();
  const room = $("sight");
  const key = JSON.stringify(found);
  if (room.dataset.key === key) return;
  room.dataset.key = key;
  const shown = Object.keys(words.SEES).filter((state) => found[state] || state === "visible");
  room.replaceChildren(
    ...shown.map((state) =>
      make(
        "span",
        "pair",
        ...sign(words.SEES[state], state, `${found[state]} ${words.SEES_WORDS[state]}`),
      ),
    ),
  );
}

function title() {
  const standing = store.exits.find((exit) => store.stands(exit));
  const first = standing ? `⏏ ${standing.symbol} · ` : store.blind().length ? "○ blind · " : "";
  const market = { simulated: "SIMULATED ", recorded: "RECORDED " }[store.market] ?? "";
  return `${first}${market}Order flow`;
}

/** Show a symbol everywhere; its history comes from the server. */
async function select(symbol) {
  if (!symbol) return;
  chosen = symbol;
  const row = store.rows.get(symbol);
  charts.begin(null, row);
  chartAt = 0;
  table.draw(chosen);
  drawDetail(store, row);
  drawWalls(store, row);
  await fetchHistory(symbol);
}

async function fetchHistory(symbol) {
  try {
    const answer = await fetch(`history/${encodeURIComponent(symbol)}`);
    if (answer.ok && symbol === chosen) {
      const history = new History(await answer.json());
      if (symbol === chosen) charts.begin(history, store.rows.get(symbol));
    }
  } catch {
    // The banner says that the server is gone; the next state asks again.
  }
}

/** Ring the alerts of an exit in the chart of its symbol. */
function why(exit) {
  charts.ringed = new Set(exit.line.alert_ids ?? []);
  select(exit.symbol);
  $("detail-title").scrollIntoView({ block: "nearest" });
}

/** Show what `trading-bot explain` says of an alert or an exit. */
async function explain(id, what) {
  write($("explain-title"), `Explained: ${what}`);
  write($("explain-text"), "The server is asked for it.");
  if (!$("explain").open) $("explain").showModal();
  write($("explain-text"), await explanation(id));
}

async function explanation(id) {
  try {
    const answer = await fetch(`explain/${encodeURIComponent(id)}`);
    const text = await answer.text();
    if (!answer.ok) return text || `The server has no explanation (${answer.status}).`;
    return JSON.parse(text).text;
  } catch {
    return "The page's server does not answer.";
  }
}

function freeze() {
  frozen = frozen ? null : (store.now ?? Date.now());
  $("freeze").setAttribute("aria-pressed", String(frozen !== null));
  document.documentElement.classList.toggle("frozen", frozen !== null);
  draw();
  // What came meanwhile may have been of another run.
  if (!frozen) select(store.rows.has(chosen) ? chosen : store.ordered()[0]);
}

const takers = {
  state(state) {
    store.takeState(state);
    beatAt = state.silent ? null : performance.now();
    if (!store.rows.has(chosen)) chosen = null;
    if (!frozen) select(chosen ?? store.ordered()[0]);
  },
  beat(beat) {
    store.takeBeat(beat);
    beatAt = performance.now();
    const point = beat.points?.[chosen];
    const row = store.rows.get(chosen);
    if (point && row) charts.add(point, row);
    if (!frozen && !row) select(store.ordered()[0]);
  },
  said(said) {
    const entry = store.takeSaid(said);
    if (!entry?.symbol || said.sign === "hollow") return;
    const where = `${store.market === "simulated" ? "Simulated. " : ""}${entry.symbol}`;
    if (said.kind === "alert") {
      write(
        $("said-politely"),
        `${where}: ${words.alertWords(entry.line)}, ${entry.line.severity}.`,
      );
      sound.say("alert");
    } else if (said.kind === "exit") {
      write($("said-at-once"), `${where}: exit recommended. ${entry.line.reason}`);
      sound.say("exit");
    }
  },
  quiet(quiet) {
    store.takeQuiet(quiet);
    beatAt = null;
  },
};

function take(name, told) {
  takers[name](told);
  draw();
  // For whoever waits for data: the last beat's stamp, and its number.
  if (store.number)
    Object.assign(document.documentElement.dataset, { t: store.now, n: store.number });
}

function look(found) {
  trouble = found;
  drawBanners(store, trouble, frozen);
  write($("heard"), heard());
}

function heard() {
  if (trouble) return `server not heard for ${words.span(trouble.forMs / 1000)}`;
  if (beatAt != null) return `bot heard ${words.span((performance.now() - beatAt) / 1000)} ago`;
  return store.silentFor == null
    ? "bot not heard yet"
    : `bot not heard for ${words.span(store.silentFor)}`;
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("explain").open) return;
  const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
  if (event.key in moves) {
    table.move(moves[event.key]);
    event.preventDefault();
  } else if (event.key === " " && !ownsSpace(event.target)) {
    // A button of the table would be pressed when the key is let go.
    if (event.type === "keydown" && !event.repeat) freeze();
    event.preventDefault();
  }
}

function ownsSpace(target) {
  return target.closest?.("button, [tabindex]") && !target.closest("#held");
}

document.addEventListener("keydown", press);
document.addEventListener(
  "keyup",
  (event) => event.key === " " && !ownsSpace(event.target) && event.preventDefault(),
);
$("freeze").addEventListener("click", freeze);
for (const choice of document.querySelectorAll("[data-minutes]")) {
  choice.addEventListener("click", () => {
    for (const each of document.querySelectorAll("[data-minutes]")) {
      each.setAttribute("aria-pressed", String(each === choice));
    }
    charts.show(Number(choice.dataset.minutes));
  });
}
$("explain-close").addEventListener("click", () => $("explain").close());
startTheme(() => charts.turn());
new Stream(take, look);
