"""The simulated market: every symbol's tape up to now, made as time goes on and forgotten in time.

Knows nothing of HTTP: a server asks for rows by time, whichever protocol it speaks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Generic, TypeVar

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.market.bars import Bars
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.listing import LISTINGS, Listing
from trading_bot.simulator.market.tape import SymbolStream
from trading_bot.simulator.settings import DEFAULT_SEED

KEPT_SECONDS = 2 * 3600
_TRIM_EVERY_SECONDS = 300

Event = TypeVar("Event", MarketTrade, MarketQuote)


class Tape(Generic[Event]):
    """The served events of one kind, oldest first, each with a number that never changes."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._stamps: list[int] = []
        self.first_number = 0

    def append(self, event: Event) -> None:
        """Add the newest event."""
        self._events.append(event)
        self._stamps.append(event.sip_ns)

    def forget_before(self, stamp_ns: int) -> None:
        """Drop events older than the stamp."""
        count = bisect_left(self._stamps, stamp_ns)
        del self._events[:count]
        del self._stamps[:count]
        self.first_number += count

    def numbers(self, from_ns: int, until_ns: int) -> tuple[int, int]:
        """Return the numbers of the first event in the span and of the one behind its last.

        Both ends of the span count.
        """
        return (
            self.first_number + bisect_left(self._stamps, from_ns),
            self.first_number + bisect_right(self._stamps, until_ns),
        )

    def has(self, from_ns: int, until_ns: int) -> bool:
        """Return whether an event lies in the span; both of its ends count."""
        first, behind = self.numbers(from_ns, until_ns)
        return first < behind

    def rows(self, first: int, behind: int) -> list[Event]:
        """Return the events with numbers from `first` up to and without `behind`."""
        return self._events[max(first - self.first_number, 0) : max(behind - self.first_number, 0)]

    def newest(self, until_ns: int) -> Event | None:
        """Return the newest event not later than the stamp, or None."""
        count = bisect_right(self._stamps, until_ns)
        return self._events[count - 1] if count else None

    def __len__(self) -> int:
        return len(self._events)


class SymbolMarket:
    """One symbol: its stream, and what of it has happened.

    Args:
        listing: The symbol.
        seed: The market's seed.

    Attributes:
        halts: From when and until when its trading stands still, Unix nanoseconds, oldest first.
    """

    def __init__(self, listing: Listing, seed: int) -> None:
        self.listing = listing
        self.trades: Tape[MarketTrade] = Tape()
        self.quotes: Tape[MarketQuote] = Tape()
        self.bars = Bars()
        self._stream = SymbolStream(listing, seed)
        self._coming_trades: list[MarketTrade] = []
        self._coming_quotes: list[MarketQuote] = []
        self._trim_at_second = self._stream.next_second + KEPT_SECONDS
        self.halts: list[tuple[int, int]] = []

    def advance(self, now_ns: int) -> None:
        """Let everything up to `now_ns` happen; nothing later is ever served."""
        self._release(now_ns)
        while self._stream.next_second * NS_PER_SECOND <= now_ns:
            second = self._stream.next_second
            self._coming_trades, self._coming_quotes = self._stream.advance_one_second()
            self._release(now_ns)
            if second >= self._trim_at_second:
                self._trim_at_second = second + _TRIM_EVERY_SECONDS
                oldest_ns = (second - KEPT_SECONDS) * NS_PER_SECOND
                self.trades.forget_before(oldest_ns)
                self.quotes.forget_before(oldest_ns)

    def burst_at(self, second: int, trades: int) -> None:
        """Add so many prints to a Unix second, or to the next one that is made."""
        self._stream.burst_at(second, trades)

    def halt_at(self, second: int, seconds: int) -> None:
        """Halt trading from a Unix second on, or from the next one that is made."""
        silent = self._stream.halt_at(second, seconds)
        self.halts.append((silent.start * NS_PER_SECOND, silent.stop * NS_PER_SECOND))

    def _release(self, now_ns: int) -> None:
        done = 0
        for trade in self._coming_trades:
            if trade.sip_ns > now_ns:
                break
            done += 1
            self.trades.append(trade)
            self.bars.add(trade)
        del self._coming_trades[:done]
        done = 0
        for quote in self._coming_quotes:
            if quote.sip_ns > now_ns:
                break
            done += 1
            self.quotes.append(quote)
        del self._coming_quotes[:done]


class SimulatedMarket:
    """All symbols of one seed.

    A symbol's events are made when the symbol is first asked for; as symbols share nothing, the
    order of asking changes nothing.

    Args:
        seed: Same seed, same events.
        listings: The companies.
    """

    def __init__(self, seed: int = DEFAULT_SEED, listings: Iterable[Listing] = LISTINGS) -> None:
        self.seed = seed
        self._symbols = {listing.symbol: SymbolMarket(listing, seed) for listing in listings}

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every listed symbol."""
        return tuple(self._symbols)

    def symbol(self, symbol: str, now_ns: int) -> SymbolMarket | None:
        """Return a symbol with all that has happened up to `now_ns`, or None if not listed."""
        found = self._symbols.get(symbol)
        if found is not None:
            found.advance(now_ns)
        return found

    def advance(self, now_ns: int) -> None:
        """Let every symbol reach `now_ns`."""
        for symbol in self._symbols.values():
            symbol.advance(now_ns)
