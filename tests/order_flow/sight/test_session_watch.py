"""The market is closed once calendar, provider and silence say so, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.order_flow.market.facts import MarketState
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.sight.session_watch import (
    ASK_AGAIN_NS,
    GOOD_FOR_NS,
    SILENT_NS,
    SessionWatch,
)

NIGHT_NS = ns_from_utc(datetime(2026, 3, 11, 2, 0, tzinfo=UTC))  # 22:00 of a Tuesday in New York
OPENS_NS = ns_from_utc(datetime(2026, 3, 11, 8, 0, tzinfo=UTC))  # 04:00: the day begins
LONG_AGO_NS = NIGHT_NS - SILENT_NS - 1


def closed() -> SessionWatch:
    """Return a watch at night, of a market that its provider calls closed."""
    watch = SessionWatch()
    watch.said("closed", NIGHT_NS)
    watch.look(NIGHT_NS, LONG_AGO_NS)
    return watch


def test_a_market_is_closed_by_calendar_provider_and_silence() -> None:
    # Given a night, the provider's word, and no event for more than a minute
    watch = SessionWatch()
    watch.said("closed", NIGHT_NS)
    # When it is looked at
    changed = watch.look(NIGHT_NS, LONG_AGO_NS)
    # Then the market is closed, which is news once
    assert (changed, watch.is_closed) == (True, True)
    assert watch.look(NIGHT_NS + NS_PER_SECOND, LONG_AGO_NS) is False


@pytest.mark.parametrize("state", ["open", "extended-hours"])
def test_a_provider_that_says_otherwise_is_believed(state: MarketState) -> None:
    # Given a market that trades when no calendar knows of it
    watch = SessionWatch()
    watch.said(state, NIGHT_NS)
    # When it is looked at
    watch.look(NIGHT_NS, LONG_AGO_NS)
    # Then it is open
    assert watch.is_closed is False


@pytest.mark.parametrize(("silent_ns", "is_closed"), [(SILENT_NS, False), (SILENT_NS + 1, True)])
def test_an_event_within_a_minute_is_worth_more(silent_ns: int, *, is_closed: bool) -> None:
    # Given a provider that calls the market closed
    watch = SessionWatch()
    watch.said("closed", NIGHT_NS)
    # When events came lately
    watch.look(NIGHT_NS, NIGHT_NS - silent_ns)
    # Then only more than a minute of silence is a close
    assert watch.is_closed is is_closed


@pytest.mark.parametrize(("stamp_ns", "is_closed"), [(OPENS_NS - 1, True), (OPENS_NS, False)])
def test_the_calendar_opens_it_at_the_first_moment(stamp_ns: int, *, is_closed: bool) -> None:
    # Given a closed market whose provider has just said so
    watch = closed()
    watch.said("closed", stamp_ns)
    # When the day begins
    watch.look(stamp_ns, LONG_AGO_NS)
    # Then events are expected
    assert watch.is_closed is is_closed


@pytest.mark.parametrize(("age_ns", "is_closed"), [(GOOD_FOR_NS, True), (GOOD_FOR_NS + 1, False)])
def test_a_word_grows_old(age_ns: int, *, is_closed: bool) -> None:
    # Given a closed market
    watch = closed()
    # When nobody has said so for long
    watch.look(NIGHT_NS + age_ns, LONG_AGO_NS)
    # Then it is open again: unknown is not calm
    assert watch.is_closed is is_closed


def test_the_provider_is_asked_when_the_calendar_is_over_and_no_more_than_each_minute() -> None:
    # Given a night of which nobody has said anything
    watch = SessionWatch()
    asked = []
    # When it is looked at each half minute, and nobody answers
    for half_minutes in range(4):
        now_ns = NIGHT_NS + half_minutes * ASK_AGAIN_NS // 2
        watch.look(now_ns, LONG_AGO_NS)
        asked.append(watch.asks_state)
    # Then it is asked each minute
    assert asked == [True, False, True, False]


def test_a_closed_market_is_asked_for_again_before_the_word_is_old() -> None:
    # Given a closed market
    watch = closed()
    # When half of the time has passed for which the word is good
    watch.look(NIGHT_NS + GOOD_FOR_NS // 2, LONG_AGO_NS)
    before = watch.asks_state
    watch.look(NIGHT_NS + GOOD_FOR_NS // 2 + 1, LONG_AGO_NS)
    # Then the provider is asked, and not before
    assert (before, watch.asks_state) == (False, True)


def test_nobody_is_asked_during_the_session() -> None:
    # Given a market within its hours
    watch = SessionWatch()
    # When it is looked at
    watch.look(OPENS_NS, LONG_AGO_NS)
    # Then the calendar is enough
    assert watch.asks_state is False
