"""Many events at once, as columns: the form in which files bring them.

Prints and quotes have columns of their own, and one more says in which order they come. Nothing is
copied event by event on the way: a column is what a reader has, or what a compiled core takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final

from .events import BookEvent, TradeEvent
from .sink import MarketSink

TRADE, QUOTE, BOOK = 0, 1, 2
DEFAULTS: Final = tuple(map(TradeEvent._field_defaults.get, TradeEvent._fields))
"""The value of each member of a print where its column is left out; None for the first four."""


_QUOTE_DEFAULTS: Final = (*[None] * 7, 0, None)


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Some events in exchange order; a watched symbol's go to its sink, others pass by.

    Attributes:
        kinds: `TRADE`, `QUOTE` or `BOOK` of each event, in order.
        trades: The columns of the prints: one a member of `TradeEvent`, in that order; the last
            ones may be left out where all have the default.
        quotes: The columns of the quotes: one an argument of `MarketSink.quote`, likewise.
        books: The books.
    """

    kinds: Sequence[int]
    trades: Sequence[Sequence[Any]] = ()
    quotes: Sequence[Sequence[Any]] = ()
    books: Sequence[BookEvent] = field(default=())

    def give_each(self, sinks: Mapping[str, MarketSink]) -> None:
        """Give every event to the sink of its symbol."""
        next_trade = _rows(self.trades, DEFAULTS).__next__
        next_quote = _rows(self.quotes, _QUOTE_DEFAULTS).__next__
        books = iter(self.books)
        newest, sink = "", sinks.get("")
        for kind in self.kinds:
            if kind == QUOTE:
                # Member by member: Python calls fastest where it sees the arguments.
                symbol, at_ns, bid, bid_size, ask, ask_size, made_ns, number, got_ns = next_quote()
                if symbol != newest:
                    newest, sink = symbol, sinks.get(symbol)
                if sink is not None:
                    sink.quote(symbol, at_ns, bid, bid_size, ask, ask_size, made_ns, number, got_ns)
            elif kind == TRADE:
                members = next_trade()
                symbol = members[0]
                if symbol != newest:
                    newest, sink = symbol, sinks.get(symbol)
                if sink is not None:
                    sink.trade(members)
            else:
                event = next(books)
                if event.symbol != newest:
                    newest, sink = event.symbol, sinks.get(event.symbol)
                if sink is not None:
                    sink.book(event)


def _rows(columns: Sequence[Sequence[Any]], defaults: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield what columns hold row by row, the default in place of those that are left out."""
    missing = map(repeat, defaults[len(columns) :]) if columns else ()
    return zip(*columns, *missing)  # noqa: B905 - what is missing has no end
