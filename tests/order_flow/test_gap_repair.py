from __future__ import annotations

import pytest

from trading_bot.order_flow.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.gap import LONGEST_WAIT_SECONDS, Gap, in_exchange_order

from .monitor_stubs import at, quote, trade


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


def test_what_was_fetched_and_what_waited_are_merged_in_exchange_order() -> None:
    # Given fetched events with nanoseconds, and live ones in milliseconds
    fetched: list[TradeEvent | QuoteEvent] = [
        trade(2.0004, sequence=7),
        quote(1, sequence=3),
        trade(1, sequence=2),
    ]
    waiting: list[TradeEvent | QuoteEvent] = [quote(2, sequence=6), trade(2, sequence=5)]
    # When they are merged
    merged = in_exchange_order(fetched, waiting)
    # Then a millisecond's prints stand before its quotes, each by sequence number
    assert [each.sequence for each in merged] == [2, 3, 5, 7, 6]


def test_of_two_equals_the_fetched_one_comes_first() -> None:
    # Given the same print by REST, where it was cancelled, and by the stream
    by_rest, by_stream = trade(1, sequence=2, correction=8), trade(1, sequence=2)
    # When they are merged
    merged = in_exchange_order([by_rest], [by_stream])
    # Then the one that knows of the correction is judged
    assert [each.correction for each in merged if isinstance(each, TradeEvent)] == [8, 0]
