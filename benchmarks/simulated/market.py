"""The market's truth: every print, quote and large sale of a run, drawn before it begins."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from trading_bot.order_flow.market.units import NS_PER_MS

Row = dict[str, Any]
HISTORY_SECONDS: Final = 480
"""How much of the tape lies before the run: what a watch asks for at its start."""
SALE_SHARES: Final = 12_000
_FIRST_SALE_MS: Final = 4_000
_SALES_APART_MS: Final = (15_000, 50_000)
_QUOTE_BEFORE_SALE_MS: Final = 150
_BURST_TIMES: Final = 10
_CANCELLED: Final = 0.01
PACES: Final = {"BUSY": (6.0, 12.0), "EVEN": (0.6, 2.0), "PLAIN": (0.25, 1.0), "RARE": (0.08, 0.2)}
"""Prints and quotes a second of each symbol."""


class Sale(NamedTuple):
    """One large sale at the bid.

    Attributes:
        symbol: Ticker.
        at_ms: When, milliseconds from the beginning of the run.
        ids: Of its prints, all of one millisecond.
    """

    symbol: str
    at_ms: int
    ids: tuple[str, ...]


class Happening(NamedTuple):
    """One event as the stream is to bring it."""

    at_ms: int
    channel: str
    symbol: str
    row: Row


@dataclass
class SymbolTape:
    """What happens in one symbol, oldest first; times are milliseconds of the run.

    Attributes:
        trades: Rows as the stream writes them, at `trade_ms`.
        shares: Traded up to and with each print.
        quotes: Rows as the stream writes them, at `quote_ms`.
        cancelled_ms: When a print is cancelled, by id; the second source shows it.
    """

    symbol: str
    trade_ms: list[int] = field(default_factory=list)
    trades: list[Row] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    quote_ms: list[int] = field(default_factory=list)
    quotes: list[Row] = field(default_factory=list)
    cancelled_ms: dict[str, int] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)

    def rows(self, channel: str, from_ms: int, to_ms: int) -> list[Row]:
        """Return the rows of a channel from one millisecond to another, both included."""
        stamps, rows = (
            (self.trade_ms, self.trades) if channel == "T" else (self.quote_ms, self.quotes)
        )
        return rows[bisect_left(stamps, from_ms) : bisect_right(stamps, to_ms)]


class Market:
    """What happens in some symbols.

    Args:
        tapes: The symbols' tapes.
        start_ns: When the run begins, Unix nanoseconds.
    """

    def __init__(self, tapes: Mapping[str, SymbolTape], start_ns: int) -> None:
        self.start_ns = start_ns
        self.tapes = tapes
        self.happenings = sorted(self._happenings(), key=lambda each: each.at_ms)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols."""
        return tuple(self.tapes)

    def _happenings(self) -> Iterator[Happening]:
        for symbol, tape in self.tapes.items():
            for channel, stamps, rows in (
                ("Q", tape.quote_ms, tape.quotes),
                ("T", tape.trade_ms, tape.trades),
            ):
                for at_ms, row in zip(stamps, rows, strict=True):
                    if at_ms >= 0:
                        yield Happening(at_ms, channel, symbol, row)


class DrawnMarket(Market):
    """Some symbols over some minutes.

    Args:
        random: Draws all of it.
        start_ns: When the run begins, Unix nanoseconds.
        seconds: How long the run lasts.
    """

    def __init__(self, random: Random, start_ns: int, seconds: float) -> None:
        names = random.sample(list(PACES), random.randint(2, len(PACES)))
        tapes = {
            name: _Drawn(random, name, start_ns // NS_PER_MS).tape(round(seconds * 1_000))
            for name in names
        }
        super().__init__(tapes, start_ns)


class _Drawn:
    """Draws one symbol."""

    def __init__(self, random: Random, symbol: str, start_ms: int) -> None:
        self._random = random
        self._symbol = symbol
        self._start_ms = start_ms
        self._bid = random.randint(2_000, 20_000)
        self._ask = self._bid + 1
        self._number = 0
        self._shares = 0
        self._tape = SymbolTape(symbol)

    def tape(self, until_ms: int) -> SymbolTape:
        random = self._random
        prints, quotes = PACES[self._symbol]
        burst_ms = random.randint(60_000, 600_000)
        burst_ends_ms = burst_ms + random.randint(12_000, 22_000)
        sale_ms = _FIRST_SALE_MS + random.randint(0, 30_000)
        now = -HISTORY_SECONDS * 1_000.0
        self._quote(round(now))
        newest = round(now)
        while True:
            rate = prints
            if burst_ms <= now < burst_ends_ms:
                rate *= _BURST_TIMES
            now = max(now, newest) + random.expovariate(rate + quotes) * 1_000
            if now >= sale_ms:
                newest = max(newest + 1, sale_ms)
                newest = self._sale(newest)
                sale_ms = newest + random.randint(*_SALES_APART_MS)
                continue
            at_ms = max(newest + 1, round(now))
            if at_ms >= until_ms:
                return self._tape
            newest = at_ms
            if random.random() * (rate + quotes) < rate:
                at_bid = random.random() < (0.9 if rate > prints else 0.5)
                self._print(at_ms, self._bid if at_bid else self._ask, random.randint(1, 300))
                if random.random() < _CANCELLED:
                    later_ms = at_ms + random.randint(3_000, 30_000)
                    self._tape.cancelled_ms[str(self._number)] = later_ms
            else:
                self._quote(at_ms)

    def _sale(self, at_ms: int) -> int:
        self._quote(at_ms)
        made_ms = at_ms + _QUOTE_BEFORE_SALE_MS
        parts = self._random.choice((1, 1, 3))
        ids = [self._print(made_ms, self._bid, SALE_SHARES // parts) for _ in range(parts)]
        self._tape.sales.append(Sale(self._symbol, made_ms, tuple(ids)))
        return made_ms + 50

    def _quote(self, at_ms: int) -> None:
        random = self._random
        if random.random() < 0.4:
            self._bid = max(1_000, self._bid + random.choice((-2, -1, 1, 2)))
            self._ask = self._bid + random.randint(1, 2)
        self._number += 1
        self._tape.quote_ms.append(at_ms)
        self._tape.quotes.append(
            {
                "ev": "Q",
                "sym": self._symbol,
                "bx": 4,
                "bp": self._bid / 100,
                "bs": 100 * random.randint(1, 9),
                "ax": 7,
                "ap": self._ask / 100,
                "as": 100 * random.randint(1, 9),
                "t": self._start_ms + at_ms,
                "q": self._number,
                "z": 3,
            }
        )

    def _print(self, at_ms: int, cents: int, size: int) -> str:
        self._number += 1
        self._shares += size
        name = str(self._number)
        self._tape.trade_ms.append(at_ms)
        self._tape.shares.append(self._shares)
        self._tape.trades.append(
            {
                "ev": "T",
                "sym": self._symbol,
                "x": 11,
                "i": name,
                "p": cents / 100,
                "s": size,
                "c": [],
                "t": self._start_ms + at_ms,
                "pt": self._start_ms + at_ms - 1,
                "q": self._number,
                "z": 3,
            }
        )
        return name
