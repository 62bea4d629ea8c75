"""The one place that asks the machine for the time."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from trading_bot.order_flow.clock import OffsetClock, monotonic_seconds, utc_now


def test_the_present_is_in_utc_and_moves_on() -> None:
    # Given the machine's clock
    # When it is asked twice
    first, second = utc_now(), utc_now()
    # Then both are UTC, in order
    assert (first.tzinfo, second.tzinfo) == (UTC, UTC)
    assert second >= first


def test_the_monotonic_clock_never_runs_backwards() -> None:
    # Given the machine's monotonic clock
    # When it is asked again and again
    seconds = [monotonic_seconds() for _ in range(100)]
    # Then it never falls
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("offset", [timedelta(days=-200), timedelta(0), timedelta(hours=3)])
def test_an_offset_clock_runs_beside_the_machine_s(offset: timedelta) -> None:
    # Given a market that keeps its own time
    clock = OffsetClock(offset)
    # When it is asked between two looks at the machine's clock
    before, market, after = utc_now(), clock(), utc_now()
    # Then it differs by its offset
    assert before + offset <= market <= after + offset
