"""Events for any sink, from numbers that a person writes: whole shares, two stamps at most."""

from __future__ import annotations

from typing import Any

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.matching import matching_of
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge


def give_quote(
    sink: MarketSink,
    symbol: str,
    sip_ns: int,
    bid_ticks: int,
    bid_shares: int,
    ask_ticks: int,
    ask_shares: int,
    *,
    participant_ns: int | None = None,
    received_ns: int | None = None,
) -> None:
    """Give a best bid and ask."""
    sink.quote(
        symbol,
        sip_ns,
        bid_ticks,
        bid_shares * UNITS_PER_SHARE,
        ask_ticks,
        ask_shares * UNITS_PER_SHARE,
        participant_ns,
        0,
        received_ns,
    )


def give_trade(
    sink: MarketSink, symbol: str, sip_ns: int, price_ticks: int, shares: int, **more: Any
) -> None:
    """Give a print; `more` are further members of `TradeEvent`."""
    sink.trade(TradeEvent(symbol, sip_ns, price_ticks, shares * UNITS_PER_SHARE, **more))


class JudgedSymbol:
    """A symbol's judge, and what it has found."""

    def __init__(
        self, symbol: str = "ACME", config: OrderFlowConfig | None = None, step_ns: int = 1
    ) -> None:
        settings = config or OrderFlowConfig(thresholds="fixed")
        self.found: list[Signal] = []
        self.bursts = RedBurstState(symbol, settings)
        self.sellers = LargeSellerState(symbol, settings)
        self.judge = SymbolJudge(
            symbol,
            settings,
            conditions=TradeConditions(),
            sellers=self.sellers,
            bursts=self.bursts,
            sides=matching_of(step_ns).classifier(),
            on_signals=lambda _, found, __: self.found.extend(found),
            takes_back=True,
        )

    def take(self) -> list[Signal]:
        """Return what was found since the last call."""
        found, self.found = self.found, []
        return found
