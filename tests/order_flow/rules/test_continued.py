from __future__ import annotations

import pytest
from support.monitor_stubs import START_NS, at, large_seller, red_burst

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_SECOND
from trading_bot.order_flow.rules.continued import (
    KnownStart,
    backfill_start,
    day_start,
    known_start,
)
from trading_bot.order_flow.rules.signals import Signal


@pytest.mark.parametrize(
    ("now", "begin"), [(-50.001, -480), (-50, -420), (0, -420), (9.999, -420), (10, -360)]
)
def test_the_backfill_begins_at_a_whole_minute(now: float, begin: int) -> None:
    # Given starts within and across a minute
    # When the begin of the backfill is reckoned
    # Then it is the whole minute at least 370 s before
    assert backfill_start(at(now)) == at(begin)


@pytest.mark.parametrize(
    ("judged", "begin"),
    [(0, -780), (-20, -780), (-40.001, -840), (-900, -1_680), (-900.001, -420), (7_200, -420)],
)
def test_a_watch_that_goes_on_begins_well_before_its_break(judged: float, begin: int) -> None:
    # Given how far a symbol was judged before, by a clock that may have been ahead
    # When the begin of its history is reckoned
    # Then it is 740 s before that, unless the break was longer than a quarter of an hour
    assert backfill_start(at(0), at(judged)) == at(begin)


@pytest.mark.parametrize(
    ("judged", "goes_on"), [(None, False), (359.999, False), (360, True), (3_600, True)]
)
def test_a_history_is_known_if_its_windows_were_judged(judged: float | None, goes_on: bool) -> None:
    # Given a history from the start on, and how far it was judged before
    judged_ns = None if judged is None else at(judged)
    # When it is asked whether an earlier watch knew its beginning
    found = known_start(START_NS, judged_ns)
    # Then it did if it had whole windows there
    assert found == (KnownStart(START_NS) if goes_on else None)


@pytest.mark.parametrize(("second", "was_judged"), [(0, True), (359.999, True), (360, False)])
def test_a_burst_is_judged_by_whole_windows_only(second: float, was_judged: bool) -> None:
    # Given a burst at the edge of a known history
    burst = Signal.of(red_burst(second))
    # When it is asked whether the earlier watch knew more
    # Then it did until the windows are whole
    assert KnownStart(START_NS).was_judged(burst) is was_judged


@pytest.mark.parametrize(
    ("source", "second", "was_judged"),
    [
        ("aggressive_sell", 0.999, True),
        ("aggressive_sell", 1, False),
        ("resting_bid", 0, False),
        ("ask_wall", 0, False),
    ],
)
def test_an_order_cut_by_the_edge_was_judged_whole(
    source: str, second: float, was_judged: bool
) -> None:
    # Given a large seller at the edge of a known history
    seller = Signal.of(large_seller(second, source=source))
    # When it is asked whether the earlier watch knew more
    # Then it did of an order that may have begun before; levels are taken back one by one
    assert KnownStart(START_NS).was_judged(seller) is was_judged


def test_a_day_begins_at_four_in_the_morning() -> None:
    # Given ten o'clock in New York, and the night before
    # When the begin of the trading day is asked for
    # Then it is four o'clock, and at night none has begun
    assert day_start(START_NS) == START_NS - 6 * 3_600 * NS_PER_SECOND
    assert day_start(START_NS - 7 * 3_600 * NS_PER_SECOND) == FAR_FUTURE_NS
