from __future__ import annotations

import pytest
from support.monitor_stubs import START_NS, at, large_seller, red_burst

from trading_bot.order_flow.data_models import AlertSource
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_SECOND
from trading_bot.order_flow.rules.continued import (
    JudgedSpan,
    JudgedSpans,
    WatchStart,
    backfill_start,
    day_start,
    watch_start,
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
    assert backfill_start(at(0), JudgedSpan(0, at(judged))) == at(begin)


@pytest.mark.parametrize(
    ("judged", "goes_on"), [(None, False), (359.999, False), (360, True), (3_600, True)]
)
def test_a_watch_goes_on_if_its_first_windows_were_judged(
    judged: float | None, goes_on: bool
) -> None:
    # Given a history from the start on, and how far it was judged before
    span = None if judged is None else JudgedSpan(at(-500), at(judged))
    # When it is asked whether an earlier watch knew its beginning
    found = watch_start(START_NS, span)
    # Then it did if it had whole windows there
    assert found == WatchStart(START_NS, at(-500) if goes_on else None)


@pytest.mark.parametrize(("second", "was_said"), [(0, True), (359.999, True), (360, False)])
def test_a_burst_is_judged_by_whole_windows_where_a_watch_goes_on(
    second: float, was_said: bool
) -> None:
    # Given a burst at the edge of a history that was judged, and of one that was not
    burst = Signal.of(red_burst(second))
    # When it is asked whether it was said
    # Then the earlier watch knew more until the windows are whole
    assert WatchStart(START_NS, at(-500)).was_said(burst, at_first_quote=False) is was_said
    assert not WatchStart(START_NS).was_said(burst, at_first_quote=False)


@pytest.mark.parametrize(("second", "was_said"), [(0.999, True), (1, False)])
def test_an_order_cut_by_the_edge_was_judged_whole(second: float, was_said: bool) -> None:
    # Given an order at the edge of a history that was judged, and of one that was not
    order = Signal.of(large_seller(second))
    # When it is asked whether it was said
    # Then it may have begun before the edge
    assert WatchStart(START_NS, at(-500)).was_said(order, at_first_quote=False) is was_said
    assert not WatchStart(START_NS).was_said(order, at_first_quote=False)


@pytest.mark.parametrize(("second", "was_said"), [(359.999, True), (360, False)])
def test_an_attack_that_went_on_at_the_edge_was_told_as_it_began(
    second: float, was_said: bool
) -> None:
    # Given an attack on a bid near the edge of a history that was judged, and of one that was not
    attack = Signal.of(large_seller(second, source="bid_attacked"))
    # When it is asked whether it was said
    # Then it may have begun long before the edge
    assert WatchStart(START_NS, at(-500)).was_said(attack, at_first_quote=False) is was_said
    assert not WatchStart(START_NS).was_said(attack, at_first_quote=False)


@pytest.mark.parametrize("source", ["resting_bid", "ask_wall"])
@pytest.mark.parametrize(
    ("second", "at_first_quote", "was_said"),
    [(4.999, False, True), (5, False, False), (60, True, True)],
)
def test_a_level_cut_by_the_edge_was_said_where_its_price_was(
    source: AlertSource, second: float, at_first_quote: bool, was_said: bool
) -> None:
    # Given a level at the edge of a history whose price was said, or another price
    level = Signal.of(large_seller(second, source=source))
    assert level.price_ticks is not None
    known = WatchStart(START_NS, None, frozenset({(source, level.price_ticks)}))
    other = WatchStart(START_NS, None, frozenset({(source, level.price_ticks + 1)}))
    # When it is asked whether it was said
    # Then it was if it may have stood before
    assert known.was_said(level, at_first_quote=at_first_quote) is was_said
    assert not other.was_said(level, at_first_quote=at_first_quote)


@pytest.mark.parametrize(("second", "was_said"), [(399.999, True), (400, False)])
def test_what_came_before_the_first_watch_is_not_raised(second: float, was_said: bool) -> None:
    # Given a history that begins before the first watch did
    bid = Signal.of(large_seller(second, source="resting_bid"))
    # When something is found in it
    # Then it is raised from the first watch on
    assert WatchStart(START_NS, at(400)).was_said(bid, at_first_quote=False) is was_said


def test_a_day_begins_at_four_in_the_morning() -> None:
    # Given ten o'clock in New York, and the night before
    # When the begin of the trading day is asked for
    # Then it is four o'clock, and at night none has begun
    assert day_start(START_NS) == START_NS - 6 * 3_600 * NS_PER_SECOND
    assert day_start(START_NS - 7 * 3_600 * NS_PER_SECOND) == FAR_FUTURE_NS


# How far symbols were judged


def test_a_watch_that_went_on_keeps_its_first_moment() -> None:
    # Given a watch that begins, and one that goes on from an earlier one
    spans = JudgedSpans()
    # When it is noted how far they have come, and of a third that has no print yet
    spans.note("ACME", WatchStart(at(0)), at(5))
    spans.note("BOLT", WatchStart(at(0), at(-500)), at(6))
    spans.note("CLIF", WatchStart(at(0)), 0)
    # Then each span begins with the first watch
    assert spans.of("ACME") == JudgedSpan(at(0), at(5))
    assert spans.of("BOLT") == JudgedSpan(at(-500), at(6))
    assert spans.of("CLIF") is None


def test_what_this_run_judged_counts_more_than_what_earlier_ones_did() -> None:
    # Given a symbol that this run judges
    spans = JudgedSpans()
    spans.note("ACME", WatchStart(at(0)), at(5))
    # When what earlier runs judged is taken over
    spans.know({"ACME": JudgedSpan(at(-9), at(-8)), "BOLT": JudgedSpan(at(-9), at(-8))})
    # Then that of the others is known
    assert spans.of("ACME") == JudgedSpan(at(0), at(5))
    assert spans.of("BOLT") == JudgedSpan(at(-9), at(-8))


def test_what_was_judged_a_quarter_of_an_hour_ago_is_forgotten() -> None:
    # Given one span that ended a quarter of an hour ago, and one a moment before that
    spans = JudgedSpans()
    spans.know({"ACME": JudgedSpan(0, at(-900)), "BOLT": JudgedSpan(0, at(-900.001))})
    # When the recent ones are asked for
    found = spans.recent(at(0))
    # Then the first is still there
    assert found == {"ACME": JudgedSpan(0, at(-900))}
