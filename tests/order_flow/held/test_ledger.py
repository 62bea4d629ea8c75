from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import OPENED, START, at, position

from trading_bot.order_flow.held.ledger import Changes, PositionLedger
from trading_bot.order_flow.position import Position


def held(*positions: Position) -> dict[str, Position]:
    return {each.symbol: each for each in positions}


def undated(symbol: str = "ACME", shares: int = 100) -> Position:
    return position(symbol, shares, opened_at=None)


def test_a_position_is_open_since_its_host_says() -> None:
    # Given a host that states since when it holds a position
    ledger = PositionLedger()
    # When it is read
    changes = ledger.take(held(position()), at(0))
    # Then that counts
    assert changes == Changes(seen=(position(),))
    assert ledger.positions["ACME"].opened_at == OPENED


def test_a_position_without_a_date_is_open_since_it_was_first_seen() -> None:
    # Given a position of which nobody says since when it is held
    ledger = PositionLedger()
    # When it is read twice
    first = ledger.take(held(undated()), at(0))
    second = ledger.take(held(undated()), at(60))
    # Then the first time counts, and it is met once
    assert first.seen[0].opened_at == START
    assert second == Changes()
    assert ledger.positions["ACME"].opened_at == START


def test_an_earlier_run_knows_since_when_a_position_is_held() -> None:
    # Given a record that knows of a position
    ledger = PositionLedger()
    ledger.know({"ACME": OPENED})
    # When this run meets it
    changes = ledger.take(held(undated()), at(0))
    # Then it is as old as the record says
    assert changes.seen[0].opened_at == OPENED


@pytest.mark.parametrize(("missing", "gone"), [(4.999, False), (5, True)])
def test_a_position_is_gone_after_two_answers_five_seconds_apart(
    missing: float, gone: bool
) -> None:
    # Given a position that is missing from one answer
    ledger = PositionLedger({"ACME": OPENED})
    ledger.take(held(undated()), at(0))
    assert ledger.take({}, at(10)) == Changes()
    # When it is missing from another
    changes = ledger.take({}, at(10 + missing))
    # Then it is surely gone if the answers lie five seconds apart
    assert changes.gone == (("ACME",) if gone else ())
    assert ledger.lingering == (() if gone else ("ACME",))
    assert ledger.positions == {}


def test_a_position_that_returns_in_time_is_the_same() -> None:
    # Given a position that was missing for four seconds
    ledger = PositionLedger({"ACME": OPENED})
    ledger.take(held(undated()), at(0))
    ledger.take({}, at(1))
    ledger.take({}, at(5))
    # When it is there again, and missing once more much later
    back = ledger.take(held(undated()), at(5.5))
    later = ledger.take({}, at(60))
    # Then it is still as old as before, and the earlier absence does not count
    assert (back, later) == (Changes(), Changes())
    assert ledger.lingering == ("ACME",)


def test_a_position_that_returns_after_it_was_gone_is_a_new_one() -> None:
    # Given a position that was surely gone
    ledger = PositionLedger({"ACME": OPENED})
    ledger.take(held(undated()), at(0))
    ledger.take({}, at(1))
    ledger.take({}, at(6))
    # When it is there again
    changes = ledger.take(held(undated()), at(30))
    # Then it is open since now
    assert changes.seen[0].opened_at == START + timedelta(seconds=30)


@pytest.mark.parametrize(("missing", "gone"), [(4.999, False), (5, True)])
def test_a_position_that_was_closed_between_two_runs_is_gone(missing: float, gone: bool) -> None:
    # Given a position of the record that is not held as a run begins
    ledger = PositionLedger({"ACME": OPENED})
    assert ledger.take({}, at(0)) == Changes()
    assert ledger.lingering == ()
    # When it is missing from another answer
    changes = ledger.take({}, at(missing))
    # Then it is surely gone if the answers lie five seconds apart
    assert changes.gone == (("ACME",) if gone else ())


def test_a_position_that_is_turned_round_is_a_new_one() -> None:
    # Given a long position
    ledger = PositionLedger({"ACME": OPENED})
    ledger.take(held(undated()), at(0))
    # When the next answer has it short
    changes = ledger.take(held(undated(shares=-100)), at(1))
    # Then one is gone, and another open since now
    assert changes.gone == ("ACME",)
    assert changes.seen[0].opened_at == START + timedelta(seconds=1)


def test_more_shares_are_the_same_position() -> None:
    # Given a position
    ledger = PositionLedger({"ACME": OPENED})
    ledger.take(held(undated()), at(0))
    # When some are bought
    changes = ledger.take(held(undated(shares=300)), at(1))
    # Then it is as old as before, with what is held now
    assert changes == Changes()
    assert ledger.get_active_positions() == (position(shares=300),)


@given(
    answers=st.lists(st.tuples(st.booleans(), st.integers(min_value=1, max_value=4)), max_size=40)
)
def test_a_position_never_absent_for_five_seconds_is_never_gone(
    answers: list[tuple[bool, int]],
) -> None:
    # Given answers some seconds apart that may lack a position
    ledger = PositionLedger()
    now, last_there = 0, 0
    ledger.take(held(undated()), at(0))
    for is_there, seconds in answers:
        now += seconds
        # When each is taken
        changes = ledger.take(held(undated()) if is_there else {}, at(now))
        # Then it is gone only where it was away for at least five seconds
        assert not changes.gone or now - last_there > 5
        if is_there:
            last_there = now


def test_a_position_that_is_known_to_be_closed_is_gone_at_once() -> None:
    # Given two positions
    ledger = PositionLedger()
    ledger.take(held(undated(), undated("BOLT")), at(0))
    # When an answer lacks both, and one of them is known to be closed
    changes = ledger.take({}, at(1), frozenset({"ACME"}))
    # Then that one is gone, and the other watched on
    assert changes.gone == ("ACME",)
    assert ledger.lingering == ("BOLT",)


def test_nothing_held_is_told_from_nothing_known() -> None:
    # Given a ledger without an answer; when it takes one that holds nothing
    ledger = PositionLedger()
    before = ledger.is_known
    ledger.take({}, at(0))
    # Then that is known
    assert (before, ledger.is_known) == (False, True)


def test_a_position_that_was_closed_and_is_held_again_is_not_gone() -> None:
    # Given a position that was closed once; when an answer holds it all the same
    ledger = PositionLedger()
    ledger.take(held(undated()), at(0))
    changes = ledger.take(held(undated()), at(1), frozenset({"ACME"}))
    # Then it is held
    assert changes == Changes()
    assert "ACME" in ledger.positions
