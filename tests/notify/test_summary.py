"""The one notice at the close."""

from __future__ import annotations

from support.flow_values import NOON_NS, OPEN_NS, S
from support.monitor_stubs import START, exit_of, large_seller

from trading_bot.notify.summary import DayTally
from trading_bot.order_flow.notices import FeedEvent, GuardState

CLOSE_NS = OPEN_NS + 6 * 3_600 * S + 1_800 * S
"""16:00 in New York."""


def test_a_summary_is_due_once_when_a_watched_session_closes() -> None:
    # Given a guard that watches from noon on
    tally = DayTally()
    # When it is asked until after the close
    asked = (NOON_NS, CLOSE_NS - 1, CLOSE_NS, CLOSE_NS + S, CLOSE_NS + 3_600 * S)
    # Then it is due at the close, and not again
    assert [tally.due(now) for now in asked] == [False, False, True, False, False]


def test_a_guard_that_begins_after_the_close_has_nothing_to_sum_up() -> None:
    # Given a guard that begins in the evening, and one in the night
    tally = DayTally()
    # When it is asked
    # Then nothing is due until the next close
    assert not tally.due(CLOSE_NS + S)
    assert not tally.due(CLOSE_NS + 8 * 3_600 * S)
    assert not tally.due(CLOSE_NS + 20 * 3_600 * S)
    assert tally.due(CLOSE_NS + 24 * 3_600 * S)


def test_it_counts_what_the_day_has_brought() -> None:
    # Given alerts, an exit and blindness
    tally = DayTally()
    for event in (
        large_seller(),
        large_seller(symbol="BOLT"),
        large_seller(symbol="BOLT"),
        exit_of(),
        FeedEvent("blind", "ACME", START, "no_answer", True),
        FeedEvent("recovered", "ACME", START, "", True),
        GuardState("blind", "BOLT", "", START),
        GuardState("positions_failed", None, "", START),
    ):
        tally.note(event)
    # When it is summed up, and again
    words = tally.words({"BOLT", "ACME"}, ["BOLT"])
    # Then each is counted by symbol, and the next day begins with nothing
    assert words == (
        "the day has closed; held: ACME, BOLT; exits suggested: 1 (ACME 1); "
        "alerts: 3 (BOLT 2, ACME 1); times blind: 2 (ACME 1, BOLT 1); muted: BOLT"
    )
    assert tally.words((), ()) == (
        "the day has closed; held: nothing; exits suggested: none; alerts: none; times blind: none"
    )


def test_many_symbols_are_counted_and_few_are_named() -> None:
    # Given a portfolio of twelve
    held = [f"S{number:02}" for number in range(12)]
    # When it is summed up
    # Then ten are named
    assert "S09 and 2 more;" in DayTally().words(held, ())
