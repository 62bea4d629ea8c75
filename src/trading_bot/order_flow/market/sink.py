"""The one way in for what happens on the market.

A provider's stream writes to a sink, drivers hand on to a sink, the judge of a symbol is one, and a
recording is a sink in front of another. Every event has its exchange time and its arrival; sizes
are millionths of a share.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from mypy_extensions import mypyc_attr

from .events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    Print,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)


@mypyc_attr(allow_interpreted_subclasses=True)
class MarketSink(ABC):
    """Takes the events of one symbol or of many, in the order of its source."""

    __slots__ = ()

    @abstractmethod
    def trade(self, event: Print) -> None:
        """Take one print: a `TradeEvent`, or the bare tuple of its members."""

    @abstractmethod
    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Take one best bid and ask; a missing side has price and size 0. See `QuoteEvent`."""

    @abstractmethod
    def book(self, event: BookEvent) -> None:
        """Take the levels of one book."""

    @abstractmethod
    def withdraw(self, event: Withdrawal) -> None:
        """Take back a print that was given before."""

    @abstractmethod
    def halt(self, event: HaltEvent) -> None:
        """Take the word that trading stops, or may begin again."""


def give(sink: MarketSink, event: MarketEvent) -> None:
    """Give a sink an event of any kind that was kept as an object."""
    if isinstance(event, TradeEvent):
        sink.trade(event)
    elif isinstance(event, QuoteEvent):
        sink.quote(
            event.symbol,
            event.sip_ns,
            event.bid_ticks,
            event.bid_size,
            event.ask_ticks,
            event.ask_size,
            event.participant_ns,
            event.sequence,
            event.received_ns,
        )
    elif isinstance(event, BookEvent):
        sink.book(event)
    elif isinstance(event, Withdrawal):
        sink.withdraw(event)
    else:
        sink.halt(event)
