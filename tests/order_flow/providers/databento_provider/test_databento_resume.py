"""Where the next session's replay begins."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.databento.resume import KEPT_BY_GATEWAY_NS, Resume

NOW = 1_773_063_000 * NS_PER_SECOND


def test_nothing_is_replayed_before_anything_has_come() -> None:
    # Given a stream that was cut before its first event
    resume = Resume()
    # When it is in doubt
    resume.doubt(0)
    # Then the next session begins at the present
    assert resume.start_ns(NOW) is None


def test_a_replay_begins_a_second_before_the_newest_event() -> None:
    # Given a stream that has come so far
    resume = Resume()
    # When it is cut
    resume.doubt(NOW - 5)
    # Then a second is seen twice
    assert resume.start_ns(NOW) == NOW - 5 - NS_PER_SECOND


def test_a_replay_begins_where_the_hole_began_however_much_has_come_since() -> None:
    # Given a hole, after which events went on
    resume = Resume()
    resume.doubt(NOW)
    # When the stream is cut later
    resume.doubt(NOW + 60 * NS_PER_SECOND)
    # Then the hole is filled first
    assert resume.start_ns(NOW) == NOW - NS_PER_SECOND


def test_the_next_hole_begins_later_once_a_replay_has_caught_up() -> None:
    # Given a hole that was filled
    resume = Resume(first_ns=NOW)
    resume.caught_up()
    assert resume.start_ns(NOW) is None
    # When another begins
    resume.doubt(NOW + 60 * NS_PER_SECOND)
    # Then only that is replayed
    assert resume.start_ns(NOW) == NOW + 59 * NS_PER_SECOND


def test_the_first_session_may_replay_what_was_before_it() -> None:
    # Given a wish for the past
    # When the first session begins
    # Then it is replayed
    assert Resume(first_ns=NOW - 480).start_ns(NOW) == NOW - 480


@pytest.mark.parametrize(("older_by", "starts"), [(-1, True), (0, False), (1, False)])
def test_what_is_older_than_a_day_cannot_be_replayed(older_by: int, starts: bool) -> None:
    # Given a hole that began about a day ago
    resume = Resume(first_ns=NOW - KEPT_BY_GATEWAY_NS - older_by)
    # When the next session begins
    # Then it asks for what the gateway keeps, and for nothing else
    assert (resume.start_ns(NOW) is not None) is starts


def test_what_was_given_up_is_not_asked_for_again() -> None:
    # Given a hole that the gateway cannot fill
    resume = Resume()
    resume.doubt(NOW)
    resume.give_up(NOW)
    # When the same event is the newest still, and then another
    resume.doubt(NOW)
    before = resume.start_ns(NOW)
    resume.doubt(NOW + 2 * NS_PER_SECOND)
    # Then only what comes after it is replayed
    assert (before, resume.start_ns(NOW)) == (None, NOW + NS_PER_SECOND)
