"""What is so now: every symbol in the order of its urgency, and nothing stands beyond its time."""

from __future__ import annotations

from typing import Any

import pytest
from support.live_market import (
    LiveMarket,
    alert_line,
    burst_line,
    exit_line,
    feed_line,
    live_beat,
    live_row,
    other_line,
    wall_line,
)
from support.monitor_stubs import at

from trading_bot.live_view.state import LiveState


def state_of(*rows: Any, seconds: float = 0.0, lines: Any = (), **changes: Any) -> LiveState:
    """Return a state after one whole beat and some lines."""
    state = LiveState()
    state.take_beat(live_beat(*rows, seconds=seconds, whole=True, **changes))
    for line in lines:
        state.take_line(line)
    return state


def test_rows_change_by_beats_and_go() -> None:
    # Given three symbols
    state = state_of(live_row("ACME"), live_row("BOLT"), live_row("CLIF"))
    # When one changes and one goes
    changed = live_row("BOLT", price="99.00")
    state.take_beat(live_beat(changed, seconds=0.25, gone=("CLIF", "ODD")))
    # Then the rows say so
    assert state.rows == {"ACME": live_row("ACME"), "BOLT": changed}


@pytest.mark.parametrize("changes", [{"whole": True}, {"run": "f" * 16}])
def test_a_whole_beat_and_one_of_another_run_take_the_place_of_all_before(changes: Any) -> None:
    # Given a symbol
    state = state_of(live_row("ACME"))
    # When such a beat comes without it
    state.take_beat(live_beat(live_row("BOLT"), seconds=1, **changes))
    # Then it is gone
    assert list(state.rows) == ["BOLT"]


def test_the_order_is_by_urgency_then_by_name() -> None:
    # Given a symbol of each urgency, and two calm ones
    rows = [
        live_row("ZULU"),
        live_row("ABLE"),
        live_row("ALERT", pressure="alerted"),
        live_row("LATE", sees="degraded", pressure="alerted"),
        live_row("NONE", sees="not_watched", pressure="unknown"),
        live_row("DARK", sees="blind", pressure="unknown"),
        live_row("EXIT", sees="blind", pressure="exit"),
        live_row("THIN", pressure="unknown"),
    ]
    state = state_of(*rows, lines=[exit_line(0, "ZULU")])
    # When they are put into order
    # Then what is urgent comes first; an exit of the record is one too
    order = ["EXIT", "ZULU", "DARK", "LATE", "NONE", "ALERT", "ABLE", "THIN"]
    assert state.order(at(0)) == order
    assert [state.urgency(each, at(0)) for each in order] == [
        *("exit", "exit", "blind", "degraded", "degraded", "alerted", "calm", "calm")
    ]


@pytest.mark.parametrize(("seconds", "stands"), [(299.999, True), (300, False), (301, False)])
def test_an_exit_stands_five_minutes(seconds: float, stands: bool) -> None:
    # Given a recommendation
    state = state_of(live_row(), lines=[exit_line(0)])
    # When so much time has passed
    # Then it stands, or not, and is still told of
    assert (state.urgency("ACME", at(seconds)) == "exit") is stands
    assert (state.standing(at(seconds)) != {}) is stands
    assert len(state.exits(at(seconds))) == 1


def test_the_newest_exit_of_a_symbol_counts() -> None:
    # Given a recommendation that was told again
    state = state_of(live_row(), lines=[exit_line(0), exit_line(240)])
    # When it is asked for
    found = state.standing(at(310))["ACME"]
    # Then it stands by the newest
    assert (found.said.at_ns, found.until_ns) == (at(240), at(540))


def test_an_exit_ends_with_its_position() -> None:
    # Given two recommendations
    state = state_of(live_row("ACME"), live_row("BOLT"), lines=[exit_line(0), exit_line(0, "BOLT")])
    # When the position of one is gone
    state.take_line(other_line("position_gone", 10))
    # Then it stands no more, and when it ended is known
    assert list(state.standing(at(10))) == ["BOLT"]
    assert [each.ended_ns for each in state.exits(at(10))] == [at(10), None]


@pytest.mark.parametrize(("seconds", "stands"), [(5, True), (5.001, False)])
def test_an_exit_of_what_is_not_held_stands_only_until_its_row_must_know(
    seconds: float, stands: bool
) -> None:
    # Given a recommendation for a position of which its row knows nothing
    state = state_of(live_row(shares=None), lines=[exit_line(0)])
    # When so much time has passed
    # Then it stands while the row may be late
    assert (state.standing(at(seconds)) != {}) is stands


def test_an_exit_without_a_row_is_in_the_order() -> None:
    # Given a recommendation for a symbol without a row
    state = state_of(live_row("ACME"), lines=[exit_line(0, "NEW")])
    # When the symbols are put into order
    # Then it is there
    assert state.order(at(1)) == ["NEW", "ACME"]


@pytest.mark.parametrize(
    ("seconds", "sign"), [(0, "several"), (119.999, "several"), (120, "several"), (120.001, "one")]
)
def test_a_further_large_seller_within_two_minutes_makes_several(seconds: float, sign: str) -> None:
    # Given a large seller, one of another symbol, and a large bid
    state = state_of()
    said = [
        state.take_line(each)
        for each in (alert_line(0), alert_line(0, "BOLT"), alert_line(0, source="resting_bid"))
    ]
    # When a further one comes
    further = state.take_line(alert_line(seconds))
    # Then its sign says whether it is within the window
    assert [each and each.sign for each in said] == ["one", "one", "hollow"]
    assert further is not None
    assert further.sign == sign


def test_a_large_bid_makes_no_several() -> None:
    # Given a large bid
    state = state_of(lines=[alert_line(0, source="resting_bid")])
    # When a large seller comes
    said = state.take_line(alert_line(1))
    # Then it is the first
    assert said is not None
    assert said.sign == "one"


def test_alerts_of_five_minutes_are_counted_by_sign() -> None:
    # Given alerts of every sign, and one that is too long ago
    lines = [
        alert_line(-0.001, "OLD"),
        alert_line(0),
        alert_line(1),
        alert_line(2, "BOLT"),
        burst_line(3),
        alert_line(4, source="resting_bid"),
    ]
    state = state_of(lines=lines)
    # When they are counted five minutes after the second
    # Then both ends count
    assert state.counts(at(300)) == {"one": 2, "several": 1, "burst": 1}


def test_the_largest_seller_of_half_an_hour_is_known() -> None:
    # Given sellers, a larger one too long ago, and larger bids and bursts
    lines = [
        alert_line(-1, order_size=90_000),
        alert_line(0, order_size=30_000),
        alert_line(1, "BOLT", order_size=30_000),
        alert_line(2, source="resting_bid", order_size=99_000),
        burst_line(3),
    ]
    state = state_of(lines=lines)
    # When it is asked for
    found = state.largest(at(1_800))
    # Then the newest of the largest is it
    assert found is not None
    assert (found.symbol, found.order_size) == ("BOLT", 30_000)
    assert state_of().largest(at(0)) is None


def test_what_was_said_is_sorted_by_kind_and_kept_for_half_an_hour() -> None:
    # Given lines of every kind, and those of which nobody is told
    lines = [
        feed_line("feed_blind", -1_800),
        alert_line(1),
        feed_line("feed_blind", 2),
        wall_line("placed", 3),
        exit_line(4),
        other_line("record_reopened", 5, None, reason="gone"),
        other_line("told", 6, exit_id="x"),
    ]
    state = state_of(lines=lines)
    # When they are asked for
    kinds = [(each.kind, each.symbol) for each in state.said(at(6))]
    # Then all of the half hour are there in order
    assert kinds == [
        *(("alert", "ACME"), ("feed", "ACME"), ("wall", "ACME"), ("exit", "ACME"), ("state", ""))
    ]
    assert [each.line for each in state.alerts(at(6))] == [lines[1]]
    assert [each.line for each in state.feed_events(at(6))] == [lines[2]]
    assert [each.line for each in state.wall_events(at(6))] == [lines[3]]


def test_what_is_older_than_half_an_hour_is_let_go() -> None:
    # Given an alert and an exit
    state = state_of(lines=[alert_line(0), exit_line(0)])
    # When a line comes more than half an hour later
    state.take_line(alert_line(1_801))
    # Then only that one is held, whatever is asked
    assert [each.at_ns for each in state.said(at(0))] == [at(1_801)]


@pytest.mark.parametrize(
    "line", [{}, {"timestamp": 1}, {"timestamp": "2026-03-10"}, {"timestamp": "noon"}]
)
def test_a_line_without_a_stamp_is_passed_over(line: Any) -> None:
    # Given a line that says not when
    # When it is taken, then nothing is said
    assert state_of().take_line({"event": "x", **line}) is None


def test_an_invented_market_that_begins_anew_has_no_past() -> None:
    # Given an alert of an earlier run, at a later hour than now
    state = state_of(lines=[alert_line(60), exit_line(60)])
    # When the market begins anew; and where it is a real one
    real = state_of(lines=[alert_line(60)])
    real.take_line(other_line("monitoring_started", 0, None, symbols=[], market="live"))
    state.take_line(other_line("monitoring_started", 0, None, symbols=[], market="simulated"))
    # Then nothing of before stands, but for the real one
    assert (state.alerts(at(60)), state.standing(at(60))) == ([], {})
    assert state.order(at(0)) == []
    assert len(real.alerts(at(60))) == 1


@pytest.mark.parametrize(
    ("seconds", "silent"), [(-1, False), (0, False), (3, False), (3.001, True)]
)
def test_more_than_three_seconds_without_a_beat_are_silence(seconds: float, silent: bool) -> None:
    # Given a guard that was heard
    state = state_of()
    # When so much time has passed by the machine's clock
    # Then it is silent, or not
    assert state.is_silent(at(seconds)) is silent
    assert state.silent_for_ns(at(seconds)) == max(0, round(seconds * 1_000) * 1_000_000)


def test_a_guard_that_was_never_heard_or_has_stopped_is_silent() -> None:
    # Given nobody, and one that has said that it stops
    # When they are asked, then both are silent
    assert LiveState().is_silent(at(0))
    assert LiveState().silent_for_ns(at(0)) is None
    assert state_of(status="stopped").is_silent(at(0))


def test_the_markets_present_goes_on_where_a_guard_is_silent() -> None:
    # Given a market that is an hour behind the machine, and a recorded one
    state = state_of(written_ns=at(3_600))
    recorded = state_of(written_ns=at(3_600), market="recorded")
    # When the guards have been silent for a minute
    # Then the present goes on, but for the recorded day
    assert state.as_of(at(3_660)) == at(60)
    assert recorded.as_of(at(3_660)) == at(0)


@pytest.mark.parametrize(("seconds", "present"), [(2, 2), (3, 3), (60, 3)])
def test_a_line_may_be_ahead_of_the_newest_beat(seconds: float, present: float) -> None:
    # Given a line later than the newest beat
    state = state_of(lines=[alert_line(seconds)])
    # When the present is asked for at that beat's moment
    # Then it is that of the line, within what silence is
    assert state.as_of(at(0)) == at(present)


def test_without_a_beat_the_present_is_that_of_the_newest_line() -> None:
    # Given lines alone
    state = LiveState()
    state.take_line(alert_line(5))
    # When the present is asked for, then it is theirs
    assert state.as_of(at(99)) == at(5)


def test_the_same_market_twice_gives_the_same_state() -> None:
    # Given two markets of one seed
    found = []
    for _ in range(2):
        market, state = LiveMarket(10, seed=7, levels=3), LiveState()
        # When each is told for a while
        for _ in range(40):
            state.take_beat(market.beat(3))
            for line in market.lines():
                state.take_line(line)
        found.append((state.rows, state.order(at(10)), state.said(at(10))))
    # Then both say the same
    assert found[0] == found[1]
