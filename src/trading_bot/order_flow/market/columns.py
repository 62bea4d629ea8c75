"""Many events at once, as columns: the form in which files bring them.

Prints and quotes have columns of their own, and one more says in which order they come. Nothing is
copied event by event on the way: a column is what a reader has, or what a compiled core takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final

from .events import BookEvent, TradeEvent
from .sink import MarketSink

TRADE, QUOTE, BOOK = 0, 1, 2
DEFAULTS: Final = tuple(map(TradeEvent._field_defaults.get, TradeEvent._fields))
"""The value of each member of a print where its column is left out; None for the first four."""


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Some events in exchange order; a watched symbol's go to its sink, others pass by.

    Attributes:
        kinds: `TRADE`, `QUOTE` or `BOOK` of each event, in order.
        trades: The columns of the prints: one a member of `TradeEvent`, in that order; the last
            ones may be left out where all have the default.
        quotes: The columns of the quotes, in the order of `MarketSink.quote`.
        books: The books.
    """

    kinds: Sequence[int]
    trades: Sequence[Sequence[Any]] = ()
    quotes: Sequence[Sequence[Any]] = ()
    books: Sequence[BookEvent] = field(default=())

    def give_each(self, sinks: Mapping[str, MarketSink]) -> None:
        """Give every event to the sink of its symbol."""
        missing = map(repeat, DEFAULTS[len(self.trades) :]) if self.trades else ()
        trades = zip(*self.trades, *missing)  # noqa: B905 - what is missing has no end
        quotes = zip(*self.quotes, strict=True)
        books = iter(self.books)
        newest, sink = "", sinks.get("")
        for kind in self.kinds:
            if kind == QUOTE:
                members = next(quotes)
                symbol = members[0]
                if symbol != newest:
                    newest, sink = symbol, sinks.get(symbol)
                if sink is not None:
                    sink.quote(*members)
            elif kind == TRADE:
                members = next(trades)
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
