"""Half an hour of each symbol, a point a second, in columns: small, and bounded by time; pure.

A second's point is what was known at its end. Where the guard was silent there are no points: a
picture has a gap there.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from trading_bot.order_flow.live_file.lines import LiveBeat, LiveRow
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, TICKS_PER_DOLLAR

KEPT_SECONDS: Final = 30 * 60
LEVELS: Final = 10
"""Of each side, in a column of depth."""
SEES: Final = {"visible": 0, "degraded": 1, "blind": 2, "not_watched": 2}
COLUMNS: Final = (
    *("price", "volume_ratio", "sell_ratio", "sell_ratio_low", "delta", "bid", "ask"),
    "sees",
)
"""Of a point, behind its time; `bid` and `ask` are shares at the best prices."""
_CUT_EACH: Final = 60
"""Points beyond the span that may wait to be dropped together."""
_NONE: Final = math.nan
_encode: Final = msgspec.json.Encoder().encode
_MOST_SHARES: Final = (1 << 32) - 1


class Past:
    """Keeps the points of every symbol that is watched.

    Args:
        seconds: For how long.
    """

    def __init__(self, seconds: int = KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._rows: dict[str, LiveRow] = {}
        self._points: dict[str, _Points] = {}
        self._depths: dict[str, _Depths] = {}
        self._second = -1
        self._run = ""

    def take_beat(self, beat: LiveBeat) -> None:
        """Take a beat: a new point for each symbol where a second is over, else better ones."""
        second = beat.at_ns // NS_PER_SECOND
        if second < self._second:
            # A market that has begun anew: what was later than now is none of its past.
            self._forget()
        if beat.whole or beat.run != self._run:
            self._rows = {}
            self._run = beat.run
        self._rows |= {row.symbol: row for row in beat.rows}
        for symbol in beat.gone:
            self._rows.pop(symbol, None)
        rows: Iterable[LiveRow] = self._rows.values() if second > self._second else beat.rows
        self._second = second
        for row in rows:
            self._take_row(row, beat.at_ns // NS_PER_MS)
        if beat.gone or beat.whole:
            self._drop_unwatched()

    def point(self, symbol: str) -> list[float | int | None] | None:
        """Return the newest point: time in milliseconds, then `COLUMNS`; None without one."""
        points = self._points.get(symbol)
        return None if points is None else points.newest()

    def history(self, symbol: str) -> dict[str, Any] | None:
        """Return all points of a symbol by columns, times in milliseconds; None without any.

        `depth` has its own times, and of each the levels, best first, as price and shares, both
        sides as JSON already; it is None where no levels were known.
        """
        points = self._points.get(symbol)
        if points is None:
            return None
        begin_ms = (self._second - self._seconds) * 1_000
        depths = self._depths.get(symbol)
        depth = None if depths is None else depths.since(begin_ms)
        return {"symbol": symbol, **points.since(begin_ms), "depth": depth}

    def _take_row(self, row: LiveRow, at_ms: int) -> None:
        points = self._points.setdefault(row.symbol, _Points())
        points.put(at_ms, row)
        points.cut(self._seconds)
        if row.depth_kind == "levels":
            depths = self._depths.setdefault(row.symbol, _Depths())
            depths.put(at_ms, row)
            depths.cut(self._seconds)

    def _drop_unwatched(self) -> None:
        begin_ms = (self._second - self._seconds) * 1_000
        for symbol in self._points.keys() - self._rows.keys():
            if self._points[symbol].times[-1] < begin_ms:
                del self._points[symbol]
                self._depths.pop(symbol, None)

    def _forget(self) -> None:
        self._points.clear()
        self._depths.clear()


class _Points:
    """The points of one symbol: a column each."""

    def __init__(self) -> None:
        self.times = array("q")
        self._columns = tuple(array("d") for _ in COLUMNS[:-1])
        self._sees = array("b")

    def put(self, at_ms: int, row: LiveRow) -> None:
        values = (
            _number(row.price),
            _known(row.volume_ratio),
            _known(row.sell_ratio),
            _known(row.sell_ratio_low),
            _known(row.delta),
            _known(row.bid_shares),
            _known(row.ask_shares),
        )
        if self.times and self.times[-1] // 1_000 == at_ms // 1_000:
            self.times.pop()
            self._sees.pop()
            for column in self._columns:
                column.pop()
        self.times.append(at_ms)
        self._sees.append(SEES[row.sees])
        for column, value in zip(self._columns, values, strict=True):
            column.append(value)

    def cut(self, seconds: int) -> None:
        if len(self.times) > seconds + _CUT_EACH:
            del self.times[:_CUT_EACH]
            del self._sees[:_CUT_EACH]
            for column in self._columns:
                del column[:_CUT_EACH]

    def newest(self) -> list[float | int | None]:
        values = [_shown(column[-1]) for column in self._columns]
        return [self.times[-1], *values, self._sees[-1]]

    def since(self, begin_ms: int) -> dict[str, list[Any]]:
        first = _first_at(self.times, begin_ms)
        found: dict[str, list[Any]] = {"t": list(self.times[first:])}
        for name, column in zip(COLUMNS[:-1], self._columns, strict=True):
            found[name] = list(map(_shown, column[first:]))
        return found | {"sees": list(self._sees[first:])}


class _Depths:
    """Displayed levels of one symbol: of each second `LEVELS` a side, in ticks and shares."""

    def __init__(self) -> None:
        self._times = array("q")
        self._ticks = array("q")
        self._shares = array("I")

    def put(self, at_ms: int, row: LiveRow) -> None:
        if self._times and self._times[-1] // 1_000 == at_ms // 1_000:
            self._times.pop()
            del self._ticks[-2 * LEVELS :]
            del self._shares[-2 * LEVELS :]
        self._times.append(at_ms)
        for side in (row.bids, row.asks):
            levels = [(_ticks(price), min(max(size, 0), _MOST_SHARES)) for price, size in side]
            levels = [*levels[:LEVELS], *[(0, 0)] * (LEVELS - len(levels))]
            self._ticks.extend(ticks for ticks, _ in levels)
            self._shares.extend(size for _, size in levels)

    def cut(self, seconds: int) -> None:
        if len(self._times) > seconds + _CUT_EACH:
            del self._times[:_CUT_EACH]
            del self._ticks[: _CUT_EACH * 2 * LEVELS]
            del self._shares[: _CUT_EACH * 2 * LEVELS]

    def since(self, begin_ms: int) -> dict[str, Any] | None:
        first = _first_at(self._times, begin_ms)
        numbers = range(first, len(self._times))
        if not numbers:
            return None
        return {
            "t": list(self._times[first:]),
            "bids": self._side(2 * number * LEVELS for number in numbers),
            "asks": self._side((2 * number + 1) * LEVELS for number in numbers),
        }

    def _side(self, begins: Iterable[int]) -> msgspec.Raw:
        """Return the levels of a side as JSON: as objects they take ten times as much memory."""
        return msgspec.Raw(b"[%s]" % b",".join(_encode(self._levels(each)) for each in begins))

    def _levels(self, begin: int) -> list[tuple[float, int]]:
        places = range(begin, begin + LEVELS)
        return [
            (self._ticks[place] / TICKS_PER_DOLLAR, self._shares[place])
            for place in places
            if self._ticks[place]
        ]


def _first_at(times: array[int], begin_ms: int) -> int:
    return next((number for number, each in enumerate(times) if each >= begin_ms), len(times))


def _number(text: str | None) -> float:
    try:
        return _NONE if text is None else float(text)
    except ValueError:
        return _NONE


def _ticks(text: str) -> int:
    try:
        return round(Decimal(text) * TICKS_PER_DOLLAR)
    except (InvalidOperation, ValueError, OverflowError):
        return 0


def _known(value: float | None) -> float:
    return _NONE if value is None else value


def _shown(value: float) -> float | None:
    return None if math.isnan(value) else value
