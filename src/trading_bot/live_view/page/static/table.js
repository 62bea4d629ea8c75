// The table of what is held: rows are made once, and only what has changed is written.

import { $, make, sign, write } from "./dom.js";
import * as words from "./words.js";

/** Draws the rows, and moves the selection among them. */
export class Table {
  #lines = new Map();
  #held = false;
  #shown = [];

  /** @param select called with a symbol that was chosen */
  constructor(store, select) {
    this.store = store;
    this.select = select;
    this.body = $("rows");
    const table = $("held");
    // Rows that jump from under a pointer are chosen by mistake.
    const hold = () => this.#hold(table.matches(":hover") || this.body.matches(":focus-within"));
    for (const name of ["pointerenter", "pointerleave", "focusin"]) {
      table.addEventListener(name, hold);
    }
    table.addEventListener("focusout", () => setTimeout(hold));
    this.body.addEventListener("click", (event) => {
      const line = event.target.closest("tr");
      if (line) this.select(line.dataset.symbol);
    });
  }

  #hold(held) {
    if (this.#held === held) return;
    this.#held = held;
    this.draw();
  }

  /** Draw every row that has changed, in the order of urgency unless that is held. */
  draw(chosen = this.chosen) {
    this.chosen = chosen;
    const wanted = this.store.ordered();
    const order = this.#held ? this.#kept(wanted) : wanted;
    for (const [symbol, line] of this.#lines) {
      if (this.store.rows.has(symbol)) continue;
      line.row.remove();
      this.#lines.delete(symbol);
    }
    order.forEach((symbol, place) => {
      const line = this.#line(symbol);
      this.#fill(line, this.store.rows.get(symbol), symbol === chosen);
      const there = this.body.children[place];
      if (there !== line.row) this.body.insertBefore(line.row, there ?? null);
    });
    this.#shown = order;
    const other = order.some((symbol, place) => symbol !== wanted[place]);
    write($("held-order"), other ? "(order held while you point at it)" : "");
    $("held").hidden = order.length === 0;
    $("no-rows").hidden = order.length > 0;
  }

  #kept(wanted) {
    const known = new Set(this.#shown);
    const still = this.#shown.filter((symbol) => this.store.rows.has(symbol));
    return [...still, ...wanted.filter((symbol) => !known.has(symbol))];
  }

  /** Move the focus by so many rows; the first or last one ends it. */
  move(by) {
    if (!this.#shown.length) return;
    const focused = document.activeElement?.closest?.("tr")?.dataset.symbol;
    const from = this.#shown.indexOf(focused ?? this.chosen);
    const to = Math.min(Math.max(from + by, 0), this.#shown.length - 1);
    this.#lines.get(this.#shown[to]).name.focus();
  }

  #line(symbol) {
    const known = this.#lines.get(symbol);
    if (known) return known;
    const cells = {};
    const row = make("tr");
    row.dataset.symbol = symbol;
    const name = make("button", "name", symbol);
    name.type = "button";
    cells.mark = make("span", "sign exit");
    cells.mark.setAttribute("aria-hidden", "true");
    const head = make("th", "", cells.mark, name);
    head.scope = "row";
    row.append(head);
    for (const [key, style] of CELLS) row.append((cells[key] = make("td", style)));
    cells.volumeBar = bar(cells.volume);
    cells.soldBar = bar(cells.sold);
    const line = { row, name, cells, drawn: {} };
    this.#lines.set(symbol, line);
    return line;
  }

  #fill(line, row, chosen) {
    const { cells, drawn } = line;
    const standing = this.store.standing(row.symbol);
    const recent = this.store.recent(row.symbol);
    const key = `${standing?.endsAt}|${recent.map((each) => each.sign).join()}|${chosen}`;
    // The store puts a new object in place of a row that has changed.
    if (drawn.row === row && drawn.key === key) return;
    line.drawn = { row, key };
    line.row.dataset.sees = row.sees;
    line.row.dataset.pressure = standing ? "exit" : (row.pressure ?? "unknown");
    line.row.classList.toggle("chosen", chosen);
    line.name.setAttribute("aria-current", chosen ? "true" : "false");
    write(cells.mark, standing ? "⏏" : "");
    const state = sign(words.SEES[row.sees], row.sees, words.SEES_WORDS[row.sees]);
    cells.sees.replaceChildren(make("span", "state", ...state), small(words.code(row.reason)));
    const verdict = words.verdict(row, standing);
    const until = standing ? `until ${words.time(standing.endsAt)}` : row.pressure_reason;
    const muted = row.muted_until_ms ? `muted until ${words.time(row.muted_until_ms)}` : "";
    cells.verdict.replaceChildren(make("span", "", verdict), small(until), small(muted));
    write(cells.price, words.price(row.price));
    write(cells.pnl, words.gain(row.pnl));
    fill(
      cells.volumeBar,
      row.volume_ratio,
      row.volume_critical * 1.25,
      row.volume_warn,
      words.times,
    );
    fill(cells.soldBar, row.sell_ratio, 1, row.sell_warn, words.percent);
    cells.five.replaceChildren(...signsOf(recent));
    write(cells.delay, words.delay(row.delay_ms));
  }
}

const CELLS = [
  ["sees", "sees"],
  ["verdict", "verdict"],
  ["price", "number price"],
  ["pnl", "number pnl"],
  ["volume", "volume"],
  ["sold", "sold"],
  ["five", "number five"],
  ["delay", "number delay"],
];

function small(text) {
  return text ? make("small", "", text) : "";
}

/** Return the signs of the last minutes, each kind with how often. */
function signsOf(alerts) {
  const found = [];
  for (const kind of ["one", "several", "burst"]) {
    const number = alerts.filter((each) => each.sign === kind).length;
    if (!number) continue;
    const text = make("span", "unseen", `${number} ${words.SIGN_WORDS[kind]} `);
    const mark = make("span", `sign ${kind}`, words.SIGNS[kind]);
    const shown = make("span", "pair", mark, String(number));
    shown.setAttribute("aria-hidden", "true");
    found.push(text, shown);
  }
  return found.length ? found : ["0"];
}

function bar(cell) {
  const grown = make("i");
  const edge = make("b");
  const track = make("span", "bar", grown, edge);
  track.setAttribute("aria-hidden", "true");
  const text = make("span", "figure");
  cell.append(track, text);
  return { track, grown, edge, text };
}

function fill({ track, grown, edge, text }, value, full, warn, say) {
  write(text, say(value));
  track.classList.toggle("empty", value == null);
  if (value == null) return;
  const end = full || Math.max(value, 1);
  grown.style.width = `${Math.min(value / end, 1) * 100}%`;
  track.classList.toggle("over", warn != null && value >= warn);
  edge.hidden = warn == null;
  if (warn != null) edge.style.left = `${Math.min(warn / end, 1) * 100}%`;
}
