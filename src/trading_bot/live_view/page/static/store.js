// What the page knows, taken from the server's events. Pure: no document, no clock of its own.

const KEPT_MS = 30 * 60_000;
const RECENT_MS = 5 * 60_000;
const TOLD_KEPT = 200;

/** Everything that is shown, of all symbols. */
export class Store {
  constructor() {
    this.forget();
  }

  forget() {
    this.rows = new Map();
    this.order = [];
    this.alerts = [];
    this.exits = [];
    this.walls = [];
    this.feeds = [];
    this.counts = { one: 0, several: 0, burst: 0, minutes: 5 };
    this.largest = null;
    this.market = "";
    this.record = "";
    this.status = "";
    this.troubles = [];
    this.sleepingUntil = null;
    this.silent = true;
    this.silentFor = null;
    this.now = null;
    this.heardAt = null;
    this.number = null;
    this.standingIds = new Set();
  }

  /** Take the whole state; what was known before is of the past. */
  takeState(state) {
    this.forget();
    this.market = state.market ?? "";
    this.record = state.record ?? "";
    for (const row of state.rows ?? []) this.rows.set(row.symbol, row);
    for (const said of state.alerts ?? []) this.takeSaid(said);
    for (const said of state.exits ?? []) this.takeSaid(said);
    for (const said of state.walls_said ?? []) this.takeSaid(said);
    for (const said of state.feeds_said ?? []) this.takeSaid(said);
    this.#takeCommon(state);
  }

  /** Take what has changed. */
  takeBeat(beat) {
    for (const row of beat.rows ?? []) this.rows.set(row.symbol, row);
    for (const symbol of beat.gone ?? []) this.rows.delete(symbol);
    this.#takeCommon(beat);
    this.#forgetOld();
  }

  /** Take that the bot is not heard. */
  takeQuiet(quiet) {
    this.silent = true;
    this.silentFor = quiet.silent_for_s ?? null;
    this.now = quiet.now_ms ?? this.now;
    this.status = quiet.status ?? this.status;
  }

  #takeCommon(told) {
    this.now = told.now_ms ?? this.now;
    this.silentFor = told.silent_for_s ?? null;
    // A recorded day's clock stands still while nothing comes.
    const late = this.market === "recorded" ? 0 : (this.silentFor ?? 0) * 1000;
    if (told.number) this.heardAt = this.now - late;
    this.number = told.number ?? this.number;
    this.standingIds = new Set(told.standing ?? []);
    this.status = told.status ?? this.status;
    this.troubles = told.troubles ?? this.troubles;
    if ("sleeping_until_ms" in told) this.sleepingUntil = told.sleeping_until_ms;
    this.silent = told.silent ?? false;
    this.order = told.order ?? this.order;
    this.counts = told.counts ?? this.counts;
    if ("largest" in told) this.largest = told.largest;
  }

  /** Take a line of the record; return it as it is kept, or null where it shows nothing. */
  takeSaid(said) {
    const line = said.line ?? {};
    const at = Date.parse(line.timestamp);
    const entry = { ...said, line, at, symbol: line.symbol };
    // Its beat comes after it.
    if (said.kind === "exit") this.standingIds.add(line.exit_id);
    if (said.kind === "alert") {
      return keep(this.alerts, { ...entry, id: line.alert_id });
    }
    if (said.kind === "exit") {
      const endsAt = Math.min(said.until_ms, said.ended_ms ?? Infinity);
      return keep(this.exits, { ...entry, id: line.exit_id, endsAt });
    }
    const told = { wall: this.walls, feed: this.feeds }[said.kind];
    if (told) {
      told.unshift({ ...entry, id: `${line.event} ${line.symbol} ${line.timestamp}` });
      told.splice(TOLD_KEPT);
      return entry;
    }
    if (line.event === "order_flow.position_gone") {
      for (const exit of this.exits) {
        if (exit.symbol === line.symbol) exit.endsAt = Math.min(exit.endsAt, at);
      }
    }
    return null;
  }

  /** Return the exit of a symbol that stands now, or null. */
  standing(symbol) {
    return this.exits.find((exit) => exit.symbol === symbol && this.stands(exit)) ?? null;
  }

  stands(exit) {
    return this.standingIds.has(exit.id) && exit.endsAt > this.now;
  }

  /** Return the alerts of a symbol's last five minutes, but for those without a warning value. */
  recent(symbol) {
    const since = (this.now ?? 0) - RECENT_MS;
    const found = this.alerts.filter((alert) => alert.at >= since && alert.symbol === symbol);
    return found.filter((alert) => alert.sign !== "hollow");
  }

  /** Return the symbols in the server's order; those that it does not name come last. */
  ordered() {
    const named = this.order.filter((symbol) => this.rows.has(symbol));
    const known = new Set(named);
    return [...named, ...[...this.rows.keys()].filter((symbol) => !known.has(symbol)).sort()];
  }

  /** Return how many symbols are seen how well. */
  sights() {
    const found = { visible: 0, degraded: 0, blind: 0, not_watched: 0 };
    for (const row of this.rows.values()) found[row.sees] += 1;
    return found;
  }

  /** Return the symbols that are blind. */
  blind() {
    return [...this.rows.values()].filter((row) => row.sees === "blind");
  }

  #forgetOld() {
    const since = (this.now ?? 0) - KEPT_MS;
    this.alerts = this.alerts.filter((alert) => alert.at >= since);
    this.exits = this.exits.filter((exit) => exit.at >= since);
    this.walls = this.walls.filter((wall) => wall.at >= since);
    this.feeds = this.feeds.filter((feed) => feed.at >= since);
  }
}

/** Put an entry before the older ones, in place of one with its id. */
function keep(list, entry) {
  const known = list.findIndex((each) => each.id === entry.id);
  if (known >= 0) list.splice(known, 1);
  const before = list.findIndex((each) => each.at <= entry.at);
  list.splice(before < 0 ? list.length : before, 0, entry);
  return known >= 0 ? null : entry;
}
