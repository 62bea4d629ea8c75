"""The rows of a frame: of each symbol one or two lines, and beneath them why; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from trading_bot.live_view.cells import Line, Span, Style, clean, cut, fit, width_of, wrap
from trading_bot.live_view.state import LiveState, Urgency
from trading_bot.live_view.verdicts import (
    long_proofs,
    short_proofs,
    why_of_alert,
    why_of_exit,
    words_of_alerted,
    words_of_leaving,
    words_of_rest,
    words_of_sight,
    words_of_standing,
)
from trading_bot.live_view.zones import Zone
from trading_bot.order_flow.live_file.lines import LiveRow

SIGNS: Final = {"one": "●", "several": "▲", "burst": "■", "hollow": "○"}
NARROW: Final = 70
"""Cells below which a verdict has a line of its own."""
WIDE: Final = 116
"""Cells from which shares, ratios and the cost of leaving have columns."""
WIDEST: Final = 140
"""Cells from which what was paid and the stop have columns."""
_MARKS: Final = {"exit": "⏏", "blind": "○", "degraded": "◐"}
_STYLES: Final[Mapping[str, Style]] = {
    "exit": "exit",
    "blind": "blind",
    "degraded": "degraded",
    "alerted": "alerted",
}
_INDENT: Final = 4
_APART: Final = "  "
"""Before a verdict that has a line of its own."""
_LONGEST_NAME: Final = 10


class _Column(NamedTuple):
    head: str
    width: int
    is_number: bool = True


_SEES: Final = _Column("sees", 9, is_number=False)
_PRICE: Final = _Column("price", 9)
_PNL: Final = _Column("P&L", 11)
_SHARES: Final = _Column("shares", 8)
_VOLUME: Final = _Column("volume", 7)
_SOLD: Final = _Column("sold", 5)
_PAID: Final = _Column("paid", 9)
_STOP: Final = _Column("stop", 9)
_LEAVING: Final = _Column("leaving", 9)


class Rows:
    """Makes the rows of one frame, each when it is asked for.

    Args:
        state: What is so.
        as_of_ns: The market's present.
        width: Cells of a line.
        zone: In which times are shown.
        is_silent: Nothing is heard of the guard: nothing is current.
    """

    def __init__(
        self,
        state: LiveState,
        as_of_ns: int,
        width: int,
        *,
        zone: Zone,
        is_silent: bool,
    ) -> None:
        self._state = state
        self._as_of_ns = as_of_ns
        self._width = width
        self._zone = zone
        self._is_silent = is_silent
        self._standing = state.standing(as_of_ns)
        self._alerts = {each.symbol: each for each in state.alerts(as_of_ns)}
        self._sights = {
            each.symbol: each
            for each in state.feed_events(as_of_ns)
            if each.line["event"] in ("order_flow.feed_blind", "order_flow.feed_degraded")
        }
        self._columns = self._columns_of_width()

    def _columns_of_width(self) -> tuple[_Column, ...]:
        longest = max((len(each) for each in self._state.rows), default=0)
        name = _Column("symbol", min(max(longest, 6), _LONGEST_NAME), is_number=False)
        if self._width < NARROW:
            return name, _PRICE, _PNL
        if self._width < WIDE:
            return name, _SEES, _PRICE, _PNL
        if self._width < WIDEST:
            return name, _SHARES, _SEES, _PRICE, _PNL, _LEAVING, _VOLUME, _SOLD
        return name, _SHARES, _SEES, _PAID, _PRICE, _STOP, _PNL, _LEAVING, _VOLUME, _SOLD

    def heads(self) -> Line:
        """Return the line above the rows."""
        names = [_cell(each, each.head) for each in self._columns]
        return cut((("  " + " ".join([*names, "says"]), "dim"),), self._width)

    def row(self, symbol: str, urgency: Urgency, *, lines: int = 2) -> list[Line]:
        """Return a symbol's row, of so many lines at most: a narrow one has its verdict below."""
        row = self._state.rows.get(symbol)
        verdict = self._verdict(symbol, row, urgency)
        begin = self._begin(symbol, row, urgency)
        if self._width >= NARROW or urgency == "calm":
            whole = (*begin, verdict, *self._proofs(row, urgency))
            fits = width_of(whole) <= self._width
            return [whole if fits else cut((*begin, verdict), self._width)]
        short = cut((*begin, (urgency, _STYLES[urgency])), self._width)
        return [short, cut(((_APART, ""), verdict), self._width)][:lines]

    def details(self, symbol: str, urgency: Urgency) -> list[list[Line]]:
        """Return by which proofs and why, of a symbol that is more than calm: what is short first.

        Each part is some lines.
        """
        if urgency == "calm":
            return []
        row, newest = self._state.rows.get(symbol), self._alerts.get(symbol)
        found: list[Span] = []
        if row is not None:
            sight = words_of_sight(row, self._sights.get(symbol), self._zone)
            if row.sees != "visible" and (urgency == "exit" or not self._has_room(symbol, sight)):
                found.append((sight, ""))
            found.append((long_proofs(row.channels, self._zone), "dim"))
            found.append((words_of_leaving(row.leaving), ""))
        if urgency == "exit":
            found.append((why_of_exit(self._standing.get(symbol)), ""))
        if urgency in ("exit", "alerted") and newest is not None:
            clock = f"{self._zone.clock(newest.at_ns)} {SIGNS[newest.sign or 'one']} "
            found.append((f"{clock}{why_of_alert(newest)}", ""))
        blanks = " " * _INDENT
        return [
            wrap(((blanks + clean(text), style),), self._width, _INDENT)
            for text, style in found
            if text
        ]

    def _has_room(self, symbol: str, words: str) -> bool:
        """Return whether a verdict is whole in the row, or in its line of a narrow one."""
        row = self._state.rows.get(symbol)
        begin: Line = ((_APART, ""),)
        if self._width >= NARROW:
            begin = self._begin(symbol, row, "blind")
        return width_of((*begin, (clean(words), ""))) <= self._width

    def _begin(self, symbol: str, row: LiveRow | None, urgency: Urgency) -> Line:
        spans: list[Span] = [(f"{self._mark(symbol, urgency)} ", _STYLES.get(urgency, ""))]
        for column in self._columns:
            text, style = _value(column, symbol, row)
            is_faint = self._is_silent or row is None or row.sees == "blind"
            shown: Style = "dim" if is_faint and column.is_number else style
            spans += [(_cell(column, clean(text)), shown), (" ", "")]
        return tuple(spans)

    def _mark(self, symbol: str, urgency: Urgency) -> str:
        if urgency == "alerted":
            newest = self._alerts.get(symbol)
            return SIGNS[newest.sign or "one"] if newest is not None else SIGNS["one"]
        return _MARKS.get(urgency, " ")

    def _verdict(self, symbol: str, row: LiveRow | None, urgency: Urgency) -> Span:
        if urgency == "exit" or row is None:
            words = words_of_standing(self._standing.get(symbol), self._zone)
        elif urgency == "alerted":
            words = words_of_alerted(self._alerts.get(symbol), self._as_of_ns, self._zone)
        elif urgency == "calm":
            words, style = words_of_rest(row, is_silent=self._is_silent)
            return clean(words), style
        else:
            words = words_of_sight(row, self._sights.get(symbol), self._zone)
        return clean(words), _STYLES[urgency]

    def _proofs(self, row: LiveRow | None, urgency: Urgency) -> Line:
        """Return by what a calm symbol is known to be seen; others say so below."""
        if urgency != "calm" or row is None or self._width < NARROW:
            return ()
        return ((f"  {clean(short_proofs(row, self._as_of_ns))}", "dim"),)


def _cell(column: _Column, text: str) -> str:
    return fit(text, column.width, right=column.is_number)


def _value(column: _Column, symbol: str, row: LiveRow | None) -> tuple[str, Style]:
    if column.head == "symbol":
        return symbol, "bold"
    return ("-", "") if row is None else _VALUES[column.head](row)


def _sight(row: LiveRow) -> tuple[str, Style]:
    styles: dict[str, Style] = {"visible": "good", "blind": "blind"}
    sees = "unwatched" if row.sees == "not_watched" else row.sees
    return sees, styles.get(row.sees, "degraded")


def _whole(text: str | None, width: int, decimals: int) -> tuple[str, Style]:
    """Return a number as it stands, or rounded where it is wider: cut it would be another."""
    if text is None or len(text) <= width:
        return text or "-", ""
    number = _number(text)
    if number is None:
        return "-", ""
    shown = f"{number:.{decimals}f}"
    return shown if len(shown) <= width else f"{number:.0f}", ""


def _money(row: LiveRow) -> tuple[str, Style]:
    amount = None if row.pnl is None else _number(row.pnl)
    if amount is None:
        return "-", ""
    shown = f"{amount:+,.2f}"
    if len(shown) > _PNL.width:
        shown = f"{amount:+,.0f}"
    return shown, "good" if amount >= 0 else "bad"


def _leaving(row: LiveRow) -> tuple[str, Style]:
    leaving = row.leaving
    if leaving is None or leaving.cost_bp is None:
        return "-", ""
    more = ">" if leaving.fits != leaving.shares else ""
    return f"{more}{leaving.cost_bp:.1f} bp", ""


def _volume(row: LiveRow) -> tuple[str, Style]:
    ratio = row.volume_ratio
    if ratio is None:
        return "-", ""
    style: Style = ""
    if row.volume_critical is not None and ratio >= row.volume_critical:
        style = "bad"
    elif row.volume_warn is not None and ratio >= row.volume_warn:
        style = "alerted"
    return f"{ratio:.1f}x", style


def _sold(row: LiveRow) -> tuple[str, Style]:
    if row.sell_ratio is None:
        return "-", ""
    is_much = row.sell_warn is not None and row.sell_ratio >= row.sell_warn
    return f"{row.sell_ratio:.0%}", "alerted" if is_much else ""


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


_VALUES: Final[Mapping[str, Callable[[LiveRow], tuple[str, Style]]]] = {
    "sees": _sight,
    "price": lambda row: _whole(row.price, _PRICE.width, 2),
    "paid": lambda row: _whole(row.paid, _PRICE.width, 2),
    "stop": lambda row: _whole(row.stop, _PRICE.width, 2),
    "P&L": _money,
    "shares": lambda row: _whole(row.shares, _SHARES.width, 0),
    "leaving": _leaving,
    "volume": _volume,
    "sold": _sold,
}
