"""Days in New York."""

from __future__ import annotations

from datetime import date

import pytest
from support.flat_data import at, trade_row

from trading_bot.replay.trading_days import NO_DAY, date_of, day_of

MIDNIGHT = at(-10 * 3_600)


@pytest.mark.parametrize(
    ("stamp_ns", "expected"),
    [(MIDNIGHT - 1, date(2013, 10, 7)), (MIDNIGHT, date(2013, 10, 8))],
)
def test_a_day_begins_at_midnight_in_new_york(stamp_ns: int, expected: date) -> None:
    # Given a moment before and at midnight
    # When its day is asked for
    # Then it changes there
    assert date_of(stamp_ns) == expected


def test_a_day_holds_rows_up_to_the_next_midnight() -> None:
    # Given rows at the begin and the end of a day
    day = day_of(at(0))
    rows = [trade_row(sip_ns=MIDNIGHT), trade_row(sip_ns=day.end_ns - 1)]
    # When it is asked whether it holds them
    # Then it does, and none beyond
    assert day.holds(rows)
    assert not day.holds([*rows, trade_row(sip_ns=day.end_ns)])
    assert not day.holds([trade_row(sip_ns=MIDNIGHT - 1), *rows])
    assert not NO_DAY.holds(rows)


def test_a_day_may_have_23_or_25_hours() -> None:
    # Given the days on which clocks change
    # When they are measured
    hours = []
    for second in (1_394_380_800, 1_383_480_000):
        day = day_of(second * 1_000_000_000)
        hours.append((day.end_ns - day.begin_ns) // 3_600_000_000_000)
    # Then they are as long as they are
    assert hours == [23, 25]
