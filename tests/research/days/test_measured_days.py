"""A measured day says of its moments what its quotes said, and of no others."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from support.score_values import at, days_after, walk

from trading_bot.order_flow.position import Position
from trading_bot.research.days.measured import MeasuredDay, measure, measured_in
from trading_bot.research.days.shifted import SHIFT_NS, moved_ns
from trading_bot.research.matched_control import ControlPool, Moment
from trading_bot.research.outcomes import OutcomeRules

RULES = OutcomeRules()
HELD = Position("ACME", Decimal(100), Decimal(100))
MOMENTS = [at(5_000), at(700.5), at(12_500), at(5_000)]


def measured(position: Position | None = HELD) -> MeasuredDay:
    return measure(walk(1), MOMENTS, [at(5_000)], position, RULES, 5)


def test_a_measured_moment_is_what_it_was_with_quotes() -> None:
    # Given a day, and the same measured
    stamps = np.array(sorted(set(MOMENTS)), dtype=np.int64)
    # When its moments are asked for
    (one, volatile), (other, as_volatile) = (
        measured_in(day, stamps, RULES) for day in (walk(1), measured())
    )
    # Then both say the same
    assert np.array_equal(one, other, equal_nan=True)
    assert volatile.tolist() == as_volatile.tolist()


def test_a_moment_that_was_not_measured_is_refused() -> None:
    # Given a measured day
    day = measured()
    # When another moment is asked for, then it is refused by name
    with pytest.raises(KeyError, match="ACME 2013-11-29"):
        day.measured(np.array([at(5_001)], dtype=np.int64))


def test_a_day_holds_what_its_exits_would_have_meant() -> None:
    # Given a day of a held symbol with an exit, and of one that is not held
    held, flat = measured(), measured(None)
    # When they are looked at
    # Then there are accounts where something was held
    assert held.account is not None
    assert held.position is not None
    assert held.account.recommendations == len(held.position.exits) == 1
    assert (flat.account, flat.position) == (None, None)


def test_measured_days_have_the_controls_of_their_quotes() -> None:
    # Given two days with quotes, and the same measured
    days = [walk(1), walk(2, day=days_after(1))]
    moments = [Moment("ACME", stamp_ns) for stamp_ns in (*MOMENTS, at(-1))]
    stamps = [each.stamp_ns for each in moments]
    inside = [[at for at in stamps if day.open_ns <= at < day.close_ns] for day in days]
    kept = [measure(day, own, [], HELD, RULES, 5) for day, own in zip(days, inside, strict=True)]
    # When moments are judged by both
    with_quotes = ControlPool(days, RULES, 5).judge(moments)
    without = ControlPool(kept, RULES, 5).judge(moments)
    # Then nothing differs
    assert without.unjudged == with_quotes.unjudged
    assert np.array_equal(without.outcomes, with_quotes.outcomes, equal_nan=True)
    assert np.array_equal(without.controls, with_quotes.controls, equal_nan=True)


def test_controls_are_the_same_however_many_are_looked_up_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given moments that are judged at once
    moments = [Moment("ACME", at(second)) for second in (1_000, 3_000, 5_000)]
    together = ControlPool([walk(1)], RULES, 5).judge(moments)
    # When they are looked up one by one
    monkeypatch.setattr("trading_bot.research.matched_control._AT_ONCE", 1)
    # Then they are the same
    alone = ControlPool([walk(1)], RULES, 5).judge(moments)
    assert alone.controls.tolist() == together.controls.tolist()


def test_a_moment_without_its_session_is_moved_back() -> None:
    # Given no session
    # When a moment is moved, then it goes half an hour back
    assert moved_ns(at(0), ()) == at(0) - SHIFT_NS
