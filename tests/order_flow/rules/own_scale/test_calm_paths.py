"""The short ways of a calm symbol end where the long ones do, on its own scale too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.monitor_stubs import ASK, BID, at

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.own_scale.memory import (
    BURST,
    KINDS,
    ORDER,
    WALL,
    OwnScale,
    ScaleRules,
)
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.matching import matching_of
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge

CONFIG = OrderFlowConfig(
    minimum_order_dollars=0, minimum_burst_dollars=0, minimum_baseline_prints=0
)


@dataclass
class Run:
    """A judge of one symbol, with or without its short ways."""

    has_memory: bool
    short: bool
    found: list[Signal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sellers = LargeSellerState("ACME", CONFIG)
        self.bursts = RedBurstState("ACME", CONFIG)
        self.bursts.watch_from(at(0))
        self.scale = OwnScale(ScaleRules())
        if self.has_memory:
            self.scale.restore(remembered(self.scale.state()))
        self.scale.watch_from(at(0))
        self.judge = SymbolJudge(
            "ACME",
            CONFIG,
            conditions=TradeConditions(),
            sellers=self.sellers,
            bursts=self.bursts,
            sides=matching_of(1).classifier(),
            on_signals=lambda _judge, found, _received: self.found.extend(found),
        )
        self.judge.judge_by(self.scale, 120)

    def give(self, seconds: float, event: tuple[Any, ...]) -> None:
        if not self.short:
            self.sellers.calm_until_ns = 0
            self.bursts._calm_until_ns = 0
        kind, size, other = event
        if kind == "quote":
            self.judge.quote("ACME", at(seconds), BID, size, ASK + other, size * 3)
        else:
            price = BID if other else ASK
            self.judge.trade(TradeEvent("ACME", at(seconds), price, size, at(seconds)))


def remembered(state: ScaleState) -> ScaleState:
    """Return a memory in which little is large."""
    peaks = [[0] * 195 for _ in range(KINDS)]
    for kind, largest in ((BURST, 2_500), (ORDER, 900), (WALL, 1_500)):
        peaks[kind] = [max(largest - 40 * place, 0) for place in range(195)]
    return msgspec.structs.replace(
        state, peaks=peaks, volumes=[600] * 195, began=[at(-86_400) + n for n in range(195)]
    )


sizes = st.sampled_from([100, 300, 400, 500, 700, 1_200, 4_000]).map(lambda n: n * UNITS_PER_SHARE)
events = st.one_of(
    st.tuples(st.just("quote"), sizes, st.sampled_from([0, 10_000])),
    st.tuples(st.just("trade"), sizes, st.booleans()),
)
tapes = st.lists(
    st.tuples(st.sampled_from([0.0, 0.001, 0.4, 1.0, 2.1, 30.0, 130.0]), events),
    min_size=40,
    max_size=120,
)


@given(tapes, st.booleans())
@settings(max_examples=150, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_the_short_ways_of_a_calm_symbol_change_nothing(
    tape: list[tuple[float, tuple[Any, ...]]], has_memory: bool
) -> None:
    # Given a tape, and a judge that takes its short ways beside one that never does
    quick, slow = (Run(has_memory, short) for short in (True, False))
    # When both are given it
    seconds = 0.0
    for after, event in tape:
        seconds += after
        quick.give(seconds, event)
        slow.give(seconds, event)
    # Then they have found and learnt the same
    assert quick.found == slow.found
    assert quick.scale.state() == slow.scale.state()
