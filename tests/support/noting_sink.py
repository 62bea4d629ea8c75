"""A sink that notes what it is given."""

from __future__ import annotations

from trading_bot.order_flow.market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    Print,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import UNITS_PER_SHARE


class NotingSink(MarketSink):
    """Keeps every event as an object.

    Attributes:
        events: All of them, in the order they were given.
    """

    def __init__(self) -> None:
        self.events: list[MarketEvent] = []

    def trade(self, event: Print) -> None:
        self.events.append(TradeEvent(*event))

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
        self.events.append(
            QuoteEvent(
                symbol,
                sip_ns,
                bid_ticks,
                bid_size,
                ask_ticks,
                ask_size,
                participant_ns,
                sequence,
                received_ns,
            )
        )

    def book(self, event: BookEvent) -> None:
        self.events.append(event)

    def withdraw(self, event: Withdrawal) -> None:
        self.events.append(event)

    def halt(self, event: HaltEvent) -> None:
        self.events.append(event)

    @property
    def trades(self) -> list[TradeEvent]:
        return [each for each in self.events if isinstance(each, TradeEvent)]

    @property
    def quotes(self) -> list[QuoteEvent]:
        return [each for each in self.events if isinstance(each, QuoteEvent)]

    @property
    def order(self) -> list[str]:
        """The kinds of the events, by the names of the methods that take them."""
        names: dict[type, str] = {
            TradeEvent: "trade",
            QuoteEvent: "quote",
            BookEvent: "book",
            Withdrawal: "withdraw",
            HaltEvent: "halt",
        }
        return [names[type(each)] for each in self.events]

    @property
    def shares(self) -> list[int]:
        """The whole shares of each print."""
        return [each.size // UNITS_PER_SHARE for each in self.trades]
