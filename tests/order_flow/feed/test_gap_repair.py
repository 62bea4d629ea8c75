from __future__ import annotations

import pytest
from support.monitor_stubs import at, quote, trade

from trading_bot.order_flow.market.events import MarketEvent
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.sight.gap import (
    LONGEST_WAIT_SECONDS,
    Gap,
    has_caught_up,
    quiet_after,
)


@pytest.mark.parametrize(
    ("waited", "overdue"),
    [
        (LONGEST_WAIT_SECONDS - 0.001, False),
        (LONGEST_WAIT_SECONDS, True),
        (LONGEST_WAIT_SECONDS + 1, True),
    ],
)
def test_events_wait_ten_seconds_at_most(waited: float, overdue: bool) -> None:
    # Given a gap that was asked for
    gap = Gap(1, at(0), fills_start=False)
    gap.asked_at = 100.0
    # When some time has passed
    found = gap.is_overdue(100.0 + waited)
    # Then it is overdue from ten seconds on
    assert found is overdue


def test_a_gap_that_was_not_asked_for_yet_is_not_overdue() -> None:
    # Given a gap without a connection to ask after
    gap = Gap(1, at(0), fills_start=False)
    # When an hour has passed
    found = gap.is_overdue(3_600.0)
    # Then its time has not begun
    assert not found


@pytest.mark.parametrize(
    ("field", "after", "holds"), [("asked_at", 9.9, False), ("asked_at", 10.0, True)]
)
def test_a_gap_knows_its_age(field: str, after: float, holds: bool) -> None:
    # Given a gap that was asked for
    gap = Gap(1, at(0), fills_start=False)
    setattr(gap, field, 100.0)
    # When it is ten seconds old, or not yet
    found = gap.is_older_than(10.0, 100.0 + after)
    # Then it says so
    assert found is holds


@pytest.mark.parametrize(("now", "due"), [(104.9, False), (105.0, True)])
def test_a_gap_is_due_when_its_wait_is_over(now: float, due: bool) -> None:
    # Given a gap that is to be asked for again at 105 s, and one whose answer is awaited
    gap, other = Gap(1, at(0), fills_start=False), Gap(2, at(0), fills_start=False)
    gap.again_at = 105.0
    # When time passes
    found = gap.is_due(now), other.is_due(now)
    # Then only the first is due, from then on
    assert found == (due, False)


def test_a_standing_gap_awaits_an_event_until_one_comes_or_rest_is_asked() -> None:
    # Given a gap of a symbol that is silent without a reason
    gap = Gap(1, at(0), fills_start=False)
    gap.is_standing = True
    alone = gap.awaits_event
    # When an event waits, or REST is asked
    gap.waiting.append(quote(1))
    heard = gap.awaits_event
    gap.waiting.clear()
    gap.asked_at = 1.0
    # Then it awaits none
    assert (alone, heard, gap.awaits_event) == (True, False, False)


def test_a_symbol_was_quiet_until_the_first_event_that_the_stream_brought() -> None:
    # Given a symbol heard at 1 s, and a stream that goes on at 9 s
    fetched: list[MarketEvent] = [quote(1), quote(9), trade(9.5)]
    # When REST knows of nothing between
    until_ns = quiet_after(at(1), fetched, [quote(9), quote(9.2)], NS_PER_MS)
    # Then it was quiet until then
    assert until_ns == at(9)


def test_an_event_that_only_rest_knows_was_missed() -> None:
    # Given a symbol heard at 1 s, and a stream that goes on at 9 s
    fetched: list[MarketEvent] = [quote(1), trade(8.999), quote(9)]
    # When REST knows of one a millisecond before
    until_ns = quiet_after(at(1), fetched, [quote(9)], NS_PER_MS)
    # Then it was not quiet
    assert until_ns is None


def test_a_symbol_that_is_silent_still_was_quiet_where_rest_knows_of_nothing() -> None:
    # Given a symbol heard at 1 s, and silent since
    quiet = quiet_after(at(1), [quote(1)], [], NS_PER_MS)
    # When REST knows of something newer, which may be on its way
    doubtful = quiet_after(at(1), [quote(1.001)], [], NS_PER_MS)
    # Then only the former is called quiet
    assert (quiet, doubtful) == (0, None)


@pytest.mark.parametrize(("newest", "caught_up"), [(4.999, False), (5.0004, True), (6, True)])
def test_rest_has_caught_up_when_it_knows_the_first_print_that_waits(
    newest: float, caught_up: bool
) -> None:
    # Given a stream that brought a quote at 1 s, and prints from 5 s on
    waiting: list[MarketEvent] = [quote(1), trade(6), trade(5)]
    # When REST knows the tape up to some stamp
    found = has_caught_up([trade(2), trade(newest)], waiting, NS_PER_MS)
    # Then that has to reach the first print
    assert found is caught_up


def test_nothing_tells_whether_rest_has_caught_up_where_no_print_waits() -> None:
    # Given a stream that brought a quote only
    # When REST knows of nothing
    found = has_caught_up([], [quote(1)], NS_PER_MS)
    # Then it is taken at its word
    assert found
