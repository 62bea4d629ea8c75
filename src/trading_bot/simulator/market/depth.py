"""Every change of a simulated symbol's ten levels, made from its tape of trades and quotes.

The best levels are those of the newest quote, and what trades took is cancelled before a quote
says what is left. Nothing is kept: a span of time gives the same rows, asked for once or twice, as
a whole or in parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.simulator.market.depth_changes import BookSide, Change, changes
from trading_bot.simulator.market.depth_levels import DepthBook, book_behind
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.market import SymbolMarket
from trading_bot.simulator.market.resting import with_resting_bid
from trading_bot.simulator.market.tape_writer import (
    CLOSING_PRINTS,
    CLOSING_TRADE,
    OFF_EXCHANGE,
    OFFICIAL_CLOSE,
    OFFICIAL_OPEN,
    OPENING_PRINTS,
    OPENING_TRADE,
    REOPENING_PRINTS,
    REOPENING_TRADE,
)

ROWS_AN_EVENT = 64
"""More than any event has: ten levels a side that are taken from, go, and come anew."""
_STAMPS_CROSS_NS = NS_PER_MS
"""Exchange stamps of prints and quotes so far apart on the tape stand in the tape's order."""
_NO_TRADES = frozenset({OFFICIAL_CLOSE, OFFICIAL_OPEN})
_CROSSES = frozenset(
    {
        CLOSING_PRINTS,
        CLOSING_TRADE,
        OPENING_PRINTS,
        OPENING_TRADE,
        REOPENING_PRINTS,
        REOPENING_TRADE,
    }
)


class DepthRow(NamedTuple):
    """One change of a symbol's book, or one trade.

    Attributes:
        symbol: Ticker.
        change: What happened, and the levels.
        is_last: True where the book is complete; after a trade that took from it it is not.
        in_top: True of a trade, and where the best bid or ask is another than before.
        is_last_in_top: `is_last`, among the rows that are in the top.
        event_ns: Exchange time, Unix nanoseconds; never falls within a symbol.
        received_ns: When the feed has it.
        sequence: Grows within a symbol.
        exchange: Exchange id of a trade, 0 of a change.
    """

    symbol: str
    change: Change
    is_last: bool
    in_top: bool
    is_last_in_top: bool
    event_ns: int
    received_ns: int
    sequence: int
    exchange: int = 0


def depth_rows(one: SymbolMarket, from_ns: int, until_ns: int) -> list[DepthRow]:
    """Return what happened to a symbol's book in a span, in order.

    Args:
        one: The symbol, advanced to the end of the span.
        from_ns: Feed time, Unix nanoseconds; the beginning does not belong to the span.
        until_ns: The end, which does.
    """
    if not any(tape.has(from_ns + 1, until_ns) for tape in (one.trades, one.quotes)):
        # Most spans are as short as a look at the clock.
        return []
    known = one.quotes.newest(from_ns - _STAMPS_CROSS_NS)
    since_ns = 0 if known is None else known.sip_ns
    trades = one.trades.rows(*one.trades.numbers(since_ns + 1, until_ns))
    quotes = one.quotes.rows(*one.quotes.numbers(since_ns + 1, until_ns))
    events: list[MarketTrade | MarketQuote] = [*filter(is_of_the_venue, trades), *quotes]
    events.sort(key=_order)
    rows = _Writer(one, known).rows(events)
    return [row for row in rows if row.received_ns > from_ns]


def is_of_the_venue(trade: MarketTrade) -> bool:
    """Return whether a print is a trade that was made on an exchange."""
    return trade.exchange != OFF_EXCHANGE and _NO_TRADES.isdisjoint(trade.conditions)


def aggressor_of(trade: MarketTrade, quote: MarketQuote | None) -> BookSide:
    """Return who traded against the book: `A` a seller, `B` a buyer, `N` nobody, as in a cross."""
    if quote is None or not _CROSSES.isdisjoint(trade.conditions):
        return "N"
    if trade.price_ticks <= quote.bid_ticks:
        return "A"
    return "B" if trade.price_ticks >= quote.ask_ticks else "N"


def _order(event: MarketTrade | MarketQuote) -> tuple[int, bool, int]:
    return event.sip_ns, isinstance(event, MarketQuote), event.sequence


class _Writer:
    """Writes the rows of one symbol from a known quote on."""

    def __init__(self, one: SymbolMarket, known: MarketQuote | None) -> None:
        self._one = one
        self._symbol = one.listing.symbol
        self._quote = known
        self._book = DepthBook() if known is None else self._book_of(known)
        self._top = _top(self._book)
        self._taken: Counter[tuple[BookSide, int]] = Counter()
        self._event_ns = 0 if known is None else known.participant_ns

    def rows(self, events: list[MarketTrade | MarketQuote]) -> Iterator[DepthRow]:
        """Yield the rows of events, which stand in the tape's order."""
        for event in events:
            self._event_ns = max(self._event_ns, event.participant_ns)
            if isinstance(event, MarketTrade):
                yield self._trade(event)
            else:
                yield from self._quoted(event)

    def _trade(self, trade: MarketTrade) -> DepthRow:
        side, price = aggressor_of(trade, self._quote), trade.price_ticks
        rested: BookSide = "B" if side == "A" else "A"
        levels = self._book.bids if side == "A" else self._book.asks
        takes = side != "N" and any(level.price_ticks == price for level in levels)
        if takes:
            self._taken[rested, price] += trade.size
        change = Change("T", side, price, trade.size, 0, self._book.shown())
        return self._row(change, trade, 0, is_last=not takes, in_top=True, closes_top=not takes)

    def _quoted(self, quote: MarketQuote) -> Iterator[DepthRow]:
        book = self._book_of(quote)
        found = changes(self._book, book, self._taken)
        in_top = self._changes_of_top(found)
        if self._taken and not any(in_top):
            # The trades before it are in the top, and wait for the end of their event.
            in_top[-1] = True
        last_in_top = max((index for index, each in enumerate(in_top) if each), default=-1)
        self._quote, self._book = quote, book
        self._taken.clear()
        for index, change in enumerate(found):
            yield self._row(
                change,
                quote,
                index,
                is_last=index == len(found) - 1,
                in_top=in_top[index],
                closes_top=index == last_in_top,
            )

    def _book_of(self, quote: MarketQuote) -> DepthBook:
        return with_resting_bid(book_behind(self._symbol, quote), self._one, quote)

    def _changes_of_top(self, found: list[Change]) -> list[bool]:
        changed = []
        for change in found:
            top = _top(change.book)
            changed.append(top != self._top or change.action == "R")
            self._top = top
        return changed

    def _row(
        self,
        change: Change,
        event: MarketTrade | MarketQuote,
        index: int,
        *,
        is_last: bool,
        in_top: bool,
        closes_top: bool,
    ) -> DepthRow:
        return DepthRow(
            self._symbol,
            change,
            is_last,
            in_top,
            closes_top,
            self._event_ns,
            event.sip_ns,
            event.sequence * ROWS_AN_EVENT + index,
            event.exchange if isinstance(event, MarketTrade) else 0,
        )


def _top(book: DepthBook) -> DepthBook:
    return DepthBook(book.bids[:1], book.asks[:1])
