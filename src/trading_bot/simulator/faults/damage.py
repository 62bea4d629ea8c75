"""Data faults applied to what would have been served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.faults import ArmedFault
from trading_bot.simulator.faults.field_faults import change_field
from trading_bot.simulator.rest.wire import Row

PLAN_DELAY_SECONDS = 15 * 60
STALE_SECONDS = 60.0
BEHIND_SECONDS = 10.0
AHEAD_SECONDS = 3_600.0
# By sequence number modulo 8, a trade is re-reported: corrected, busted as an error, cancelled.
_CORRECTION_CYCLE = 8


@dataclass(frozen=True, slots=True)
class View:
    """How far one symbol's data can be seen through the faults of a request.

    Attributes:
        trades_until_ns: Nothing printed later is served.
        quotes_until_ns: No quote later than this is served.
        status: The answer's `status` word.
        trades_sold: False when the plan has no trades.
        quotes_sold: False when the plan has no quotes.
        faults: The faults of the rows, with their beginnings.
    """

    trades_until_ns: int
    quotes_until_ns: int
    status: str
    trades_sold: bool
    quotes_sold: bool
    faults: tuple[ArmedFault, ...]

    def begin_ns(self, kind: str) -> int | None:
        """Return since when a fault of this kind acts, or None."""
        for armed in self.faults:
            if armed.fault.kind == kind:
                return armed.from_ns
        return None

    def ahead(self, channel: str) -> ArmedFault | None:
        """Return the fault that stamps one event of a channel ahead, or None."""
        for armed in self.faults:
            if armed.fault.kind == "future_stamp" and channel == (armed.fault.channel or "T"):
                return armed
        return None


def view_of(symbol: str, now_ns: int, faults: Sequence[ArmedFault]) -> View:
    """Return what the faults leave visible of one symbol."""
    trades_until_ns = quotes_until_ns = now_ns
    mine = tuple(a for a in faults if not a.fault.symbols or symbol in a.fault.symbols)
    kinds = {armed.fault.kind for armed in mine}
    for armed in mine:
        match armed.fault.kind:
            case "delayed_plan":
                late_ns = now_ns - PLAN_DELAY_SECONDS * NS_PER_SECOND
                trades_until_ns = min(trades_until_ns, late_ns)
                quotes_until_ns = min(quotes_until_ns, late_ns)
            case "frozen":
                trades_until_ns = min(trades_until_ns, armed.from_ns)
                quotes_until_ns = min(quotes_until_ns, armed.from_ns)
            case "stale_quotes":
                lag = STALE_SECONDS if armed.fault.seconds is None else armed.fault.seconds
                quotes_until_ns = min(quotes_until_ns, now_ns - int(lag * NS_PER_SECOND))
            case "rest_behind":
                lag = BEHIND_SECONDS if armed.fault.seconds is None else armed.fault.seconds
                known_ns = now_ns - int(lag * NS_PER_SECOND)
                trades_until_ns = min(trades_until_ns, known_ns)
                quotes_until_ns = min(quotes_until_ns, known_ns)
            case _:
                pass
    return View(
        trades_until_ns,
        quotes_until_ns,
        "DELAYED" if "delayed_plan" in kinds else "OK",
        "no_trades_plan" not in kinds,
        "no_quotes_plan" not in kinds,
        mine,
    )


def stamp_ahead(rows: list[Row], armed: ArmedFault, sequence: int) -> None:
    """Stamp the row of this number as far ahead as the fault says."""
    seconds = AHEAD_SECONDS if armed.fault.seconds is None else armed.fault.seconds
    for row in rows:
        if row["sequence_number"] == sequence:
            for name in ("sip_timestamp", "participant_timestamp"):
                row[name] += int(seconds * NS_PER_SECOND)


def damage_quotes(rows: list[Row], view: View) -> list[Row]:
    """Return quote rows as the faults leave them; rows from before a fault stay whole."""
    crossed, one_sided = view.begin_ns("crossed_quote"), view.begin_ns("one_sided_quote")
    for row in rows:
        stamp = row["sip_timestamp"]
        if crossed is not None and stamp >= crossed:
            row["bid_price"], row["ask_price"] = row["ask_price"], row["bid_price"]
        if one_sided is not None and stamp >= one_sided:
            row["ask_price"] = row["ask_size"] = 0
    return _damage_rows(rows, view, "Q")


def damage_trades(rows: list[Row], view: View) -> list[Row]:
    """Return trade rows as the faults leave them; rows from before a fault stay whole."""
    corrected = view.begin_ns("corrections")
    if corrected is not None:
        rows = [new for row in rows for new in _corrected(row, corrected)]
    if view.begin_ns("duplicate_trades") is not None:
        rows = [dict(row) for row in rows for _ in range(2)]
    return _damage_rows(rows, view, "T")


def _corrected(row: Row, from_ns: int) -> Iterable[Row]:
    if row["sip_timestamp"] < from_ns:
        return (row,)
    match row["sequence_number"] % _CORRECTION_CYCLE:
        case 0:
            return ({**row, "correction": 1},)
        case 1:
            return ({**row, "correction": 7}, {**row, "correction": 11})
        case 2:
            return ({**row, "correction": 8}, {**row, "correction": 10})
        case 3:
            return ({**row, "correction": 12},)
        case _:
            return (row,)


def _damage_rows(rows: list[Row], view: View, channel: str) -> list[Row]:
    malformed = view.begin_ns("malformed_rows")
    if malformed is not None:
        for index, row in enumerate(rows):
            if row["sip_timestamp"] >= malformed:
                _spoil(row, index)
    if view.begin_ns("out_of_order") is not None:
        for index in range(0, len(rows) - 1, 2):
            rows[index], rows[index + 1] = rows[index + 1], rows[index]
    for fault in (armed.fault for armed in view.faults):
        if fault.field is None or fault.channel not in (None, channel):
            continue
        for row in rows:
            if fault.field in row:
                change_field(row, fault.kind, fault.field)
    return rows


def _spoil(row: Row, index: int) -> None:
    price = "price" if "price" in row else "bid_price"
    match index % 4:
        case 0:
            row[price] = None
        case 1:
            row[price] = "12,5"
        case 2:
            row["sip_timestamp"] = None
        case _:
            row[price] = -1.0


def damage_snapshot(row: Row, view: View) -> Row:
    """Return the snapshot's `ticker` object as plan and faults leave it."""
    if not view.trades_sold:
        row.pop("lastTrade", None)
    if not view.quotes_sold:
        row.pop("lastQuote", None)
    quote = row.get("lastQuote")
    if quote is not None:
        crossed, one_sided = view.begin_ns("crossed_quote"), view.begin_ns("one_sided_quote")
        if crossed is not None and quote["t"] >= crossed:
            quote["p"], quote["P"] = quote["P"], quote["p"]
        if one_sided is not None and quote["t"] >= one_sided:
            quote["P"] = quote["S"] = 0
        if view.begin_ns("malformed_rows") is not None:
            quote["p"] = None
    if view.begin_ns("null_objects") is not None:
        row.update({"lastQuote": None, "lastTrade": None, "min": None})
    return row
