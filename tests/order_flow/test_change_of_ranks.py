"""Other settings of own scale hold at once; the memory stays, and nothing is lost by a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.market import give_quote, give_trade
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, position

from trading_bot.order_flow.calendar import session_of
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.rules.own_scale.memory import BID as BIDS
from trading_bot.order_flow.rules.own_scale.memory import BLOCK_NS, BLOCKS, NEVER, ORDER, OwnScale

S = 1_000_000_000


def open_of(day: date) -> int:
    session = session_of(day)
    assert session is not None
    return session.open_ns


FIRST_NS, SECOND_NS = open_of(date(2026, 3, 10)), open_of(date(2026, 3, 11))


class Ranked:
    """A held symbol whose memory holds a day of orders of 1 to 195 lots, on the day after."""

    def __init__(self, **numbers: Any) -> None:
        self.judge = MarketJudge(
            OrderFlowConfig(**numbers),
            position_manager=Holdings(position()),
            client=StubClient(),
            clock=HandClock(utc_from_ns(SECOND_NS)),
            wall_fields=False,
        )
        self.told: list[MonitorEvent] = []
        self.judge.publisher.add_listener(self.told.append)
        self.judge.read_positions()
        self.judge.watch("ACME", from_ns=SECOND_NS, now_ns=SECOND_NS)
        state = self.scale.state()
        state.open_ns, state.close_ns = FIRST_NS, FIRST_NS + BLOCKS * BLOCK_NS
        state.place = state.seen_today = BLOCKS
        state.began = [FIRST_NS + place * BLOCK_NS for place in range(BLOCKS)]
        state.volumes = [2_000] * BLOCKS
        some = [100 * n for n in range(1, BLOCKS + 1)]
        state.peaks = [[30 * n for n in range(1, BLOCKS + 1)], some, some, [0] * BLOCKS]
        self.scale.restore(state)
        self.scale.watch_from(SECOND_NS)

    @property
    def scale(self) -> OwnScale:
        desk = self.judge.judges["ACME"].desk
        assert desk is not None
        return desk.scale

    def change(self, **numbers: Any) -> None:
        self.judge.change_settings(OrderFlowConfig(**numbers))

    def quote(self, second: float, bid: int = 40, ask: int = 40, price: int = BID) -> None:
        give_quote(self.judge, "ACME", SECOND_NS + round(second * S), price, bid, ASK, ask)

    def sell(self, second: float, shares: int) -> list[int | None]:
        self.quote(second - 0.5)
        give_trade(self.judge, "ACME", SECOND_NS + round(second * S), BID, shares)
        told, self.told[:] = list(self.told), []
        return [each.order_size for each in told if isinstance(each, OrderFlowAlert)]


def least_alert(symbol: Ranked) -> int:
    return symbol.scale.thresholds[ORDER]


@pytest.mark.parametrize("above", [-1, 0, 1])
def test_another_wish_holds_at_once_and_keeps_the_memory(above: int) -> None:
    # Given a symbol that is ranked for eight alerts a day
    symbol = Ranked()
    symbol.sell(10, 100)
    usual, before = symbol.scale.state(), least_alert(symbol)
    # When twenty are wished for, in the middle of a block
    symbol.change(alerts_per_day=20)
    after = least_alert(symbol)
    # Then smaller orders alert at once, by the same memory
    assert after < before
    assert symbol.scale.state() == usual
    assert symbol.sell(20, after + above) == ([after + above] if above >= 0 else [])


def test_a_block_that_has_begun_is_judged_as_if_it_had_begun_by_the_other_wish() -> None:
    # Given a symbol with an alert in this block, which counts from the next block on
    changed, plain = Ranked(), Ranked(alerts_per_day=20)
    for symbol in (changed, plain):
        symbol.sell(10, 19_500)
    # When another wish is set
    changed.change(alerts_per_day=20)
    # Then it is judged as one that had that wish from the beginning
    for name in ("thresholds", "critical", "look_from", "lead", "raised"):
        assert getattr(changed.scale, name) == getattr(plain.scale, name), name


@pytest.mark.parametrize(("dollars", "told"), [(1_950_000, True), (1_950_001, False)])
def test_what_an_order_has_to_be_worth_is_as_set_now(dollars: int, told: bool) -> None:
    # Given a symbol that is ranked
    symbol = Ranked()
    # When an order has to be worth more, or exactly what comes
    symbol.change(minimum_order_dollars=dollars)
    # Then 19,500 shares of 100 dollars alert where they are
    assert bool(symbol.sell(10, 19_500)) is told


def test_an_offer_that_was_not_worth_enough_is_told_once_it_is() -> None:
    # Given an offer among the largest that has stood, and is not worth what is asked for
    symbol = Ranked(minimum_order_dollars=9_000_000)
    for second in (1, 4, 5):
        symbol.quote(second, ask=19_500)
    before = list(symbol.told)
    # When less is asked for
    symbol.change()
    symbol.quote(6, ask=19_500)
    # Then it is told
    (alert,) = [each for each in symbol.told if isinstance(each, OrderFlowAlert)]
    assert before == []
    assert (alert.source, alert.order_size) == ("ask_wall", 19_500)


def test_a_number_that_comes_to_be_stated_wins_from_then_on() -> None:
    # Given a symbol that is ranked
    symbol = Ranked()
    before = symbol.sell(10, 5_000)
    # When a number is stated for its orders, and then no more
    symbol.change(large_order_size_threshold=5_000)
    stated = symbol.sell(20, 5_000)
    symbol.change()
    # Then it holds while it is stated
    assert (before, stated, symbol.sell(30, 5_000)) == ([], [5_000], [])
    assert symbol.scale.rules.kinds == (0, 1, 2)


def test_a_burst_that_comes_to_be_stated_is_judged_by_its_number() -> None:
    # Given a symbol whose bursts are ranked, far above three times the usual minute
    symbol = Ranked()
    symbol.sell(10, 100)
    ranked = symbol.judge.tape_monitor.state_of("ACME")._spike_millionths
    # When the number of a burst is stated
    symbol.change(volume_spike_threshold=2.0, red_burst_threshold=4.0)
    stated = symbol.judge.tape_monitor.state_of("ACME")._spike_millionths
    symbol.change()
    # Then that holds, and the rank again once it is not
    assert ranked > 3_000_000
    assert stated == 2_000_000
    assert symbol.judge.tape_monitor.state_of("ACME")._spike_millionths == ranked


def test_a_kind_that_the_memory_does_not_know_is_not_large_at_once() -> None:
    # Given a symbol whose bids are not ranked, and of which nothing is remembered
    symbol = Ranked()
    symbol.sell(10, 100)
    # When they are, in the middle of the day
    sources = ("burst", "aggressive_sell", "ask_wall", "resting_bid")
    symbol.change(own_scale_sources=sources)
    symbol.quote(20, bid=50_000)
    # Then no bid is large before some are remembered
    assert symbol.scale.thresholds[BIDS] == NEVER
    assert symbol.sell(21, 100) == []


def test_a_kind_that_is_ranked_no_more_is_silent_and_its_memory_stays() -> None:
    # Given a symbol whose orders are ranked
    symbol = Ranked()
    symbol.sell(10, 100)
    before = least_alert(symbol)
    # When they are not, and are again
    symbol.change(own_scale_sources=("burst", "ask_wall"))
    silent = symbol.sell(20, 19_500)
    symbol.change()
    # Then they are silent meanwhile, and are judged as before then
    assert silent == []
    assert least_alert(symbol) == before


def test_a_symbol_between_two_sessions_is_judged_by_it_from_the_next_block_on() -> None:
    # Given a symbol of which nothing has come yet today
    symbol = Ranked()
    # When twenty alerts are wished for, and orders are ranked no more, then again
    symbol.change(alerts_per_day=20, own_scale_sources=("burst", "ask_wall"))
    silent = symbol.scale.thresholds[ORDER]
    symbol.change(alerts_per_day=20)
    # Then it is judged as one that had that wish from the beginning
    plain = Ranked(alerts_per_day=20)
    for each in (symbol, plain):
        each.sell(10, 100)
    assert silent == NEVER
    assert symbol.scale.thresholds == plain.scale.thresholds


# Nothing is lost by it.

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["quote", "sell", "buy"]),
        st.integers(1, 40),
        st.sampled_from([1, 40, 400, 12_000, 15_000, 19_000, 19_400, 19_500, 30_000]),
        st.sampled_from([40, 300, 19_000, 19_500]),
        st.booleans(),
    ),
    max_size=60,
)
B = {
    "alerts_per_day": 20,
    "volume_spike_threshold": 2.0,
    "red_burst_threshold": 3.0,
    "minimum_order_dollars": 5_000_000,
    "exit_sources": ("ask_wall",),
    "alert_window_seconds": 30,
}


def told_of(steps: list[Any], change: Callable[[Ranked], None], **numbers: Any) -> list[Any]:
    """Give events with a change between some of them, and return all that was told but of it."""
    symbol = Ranked(**numbers)
    now = 0.0
    for kind, seconds, shares, shown, changes in steps:
        now += seconds / 4
        if changes:
            change(symbol)
        if kind == "quote":
            symbol.quote(now, bid=shares, ask=shown, price=BID + 10_000 * (seconds % 2))
        else:
            price = BID if kind == "sell" else ASK
            give_trade(symbol.judge, "ACME", SECOND_NS + round(now * S), price, shares)
    found = [each for each in symbol.told if not isinstance(each, GuardState)]
    return [*found, symbol.scale.state(), symbol.judge.dropped()]


def changes_to(*all_numbers: dict[str, Any]) -> Callable[[Ranked], None]:
    def change(symbol: Ranked) -> None:
        for numbers in all_numbers:
            symbol.change(**numbers)

    return change


SETTINGS: list[dict[str, Any]] = [{}, {"large_order_size_threshold": 12_000}]


def test_the_events_of_these_properties_give_alerts() -> None:
    # Given an order and an offer among the largest, and a bid
    shown = ("quote", 12, 12_000, 19_500, True)
    steps = [shown, ("sell", 20, 19_500, 40, True), shown]
    # When they are given
    found = [each for each in told_of(steps, changes_to({})) if isinstance(each, OrderFlowAlert)]
    # Then some alert, so that equal answers are not empty ones
    assert {each.source for each in found} == {"aggressive_sell", "ask_wall"}


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from(SETTINGS))
def test_a_change_to_the_same_values_changes_nothing(
    steps: list[Any], numbers: dict[str, Any]
) -> None:
    # Given any events
    # When the same settings are taken over again and again between them
    found = told_of(steps, changes_to(numbers), **numbers)
    # Then the same alerts and exits are told, with the same ids, and the memory is the same
    assert found == told_of(steps, lambda _: None, **numbers)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from(SETTINGS))
def test_a_change_that_is_taken_back_before_the_next_event_changes_nothing(
    steps: list[Any], numbers: dict[str, Any]
) -> None:
    # Given any events
    # When other settings come between them, and those of before at once
    found = told_of(steps, changes_to(B, numbers), **numbers)
    # Then it is as if they had never been
    assert found == told_of(steps, lambda _: None, **numbers)
