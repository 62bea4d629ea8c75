from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.sight.gap import LONGEST_WAIT_NS, Gap


@pytest.mark.parametrize(
    ("waited_ns", "is_overdue"),
    [(LONGEST_WAIT_NS - 1, False), (LONGEST_WAIT_NS, True), (LONGEST_WAIT_NS + 1, True)],
)
def test_events_wait_ten_seconds_at_most(waited_ns: int, is_overdue: bool) -> None:
    # Given a gap whose channels bring events again
    gap = Gap()
    gap.live_ns = 100 * NS_PER_SECOND
    # When some time has passed
    found = gap.is_overdue(100 * NS_PER_SECOND + waited_ns)
    # Then it is overdue from ten seconds on
    assert found is is_overdue


def test_a_gap_whose_channels_are_away_is_not_overdue() -> None:
    # Given a gap without a connection
    gap = Gap(fills_start=True)
    # When an hour has passed
    found = gap.is_overdue(3_600 * NS_PER_SECOND)
    # Then its time has not begun
    assert (found, gap.fills_start) == (False, True)
