"""What is counted of alerts and exits, and how long they took."""

from __future__ import annotations

import pytest
from support.monitor_stubs import exit_of, large_seller, red_burst

from trading_bot.order_flow.journal.published import AlertKind, Durations, Published


@pytest.mark.parametrize(
    ("seconds", "within"), [(0.9, (1, 1, 1)), (1.0, (1, 1, 1)), (1.1, (0, 1, 1)), (2.1, (0, 0, 1))]
)
def test_a_duration_at_a_bound_lies_within_it(seconds: float, within: tuple[int, ...]) -> None:
    # Given bounds of one and of two seconds
    durations = Durations((1.0, 2.0))
    # When one duration is counted
    durations.note(seconds)
    # Then it lies within every bound that is not below it, and is one in all
    assert (durations.within(), durations.total_seconds) == (within, seconds)


def test_what_ends_before_it_begins_took_no_time() -> None:
    # Given two clocks, of which one is behind
    durations = Durations((1.0,))
    # When a duration between them is negative
    durations.note(-0.5)
    # Then it counts as none
    assert (durations.within(), durations.total_seconds) == ((1, 1), 0.0)


def test_alerts_are_counted_by_type_source_and_severity() -> None:
    # Given nothing published yet
    published = Published()
    # When two large sellers and a burst are, one of them as its data arrived
    published.note_alert(large_seller(delay_seconds=0.03), 0.0004)
    published.note_alert(large_seller(), None)
    published.note_alert(red_burst(), None)
    # Then each kind is counted, and what took time where that is known
    assert published.alerts == {
        AlertKind("large_seller", "aggressive_sell", "warning"): 2,
        AlertKind("red_burst", "", "critical"): 1,
    }
    assert (published.delays.total_seconds, published.delays.within()[-1]) == (0.03, 1)
    assert (published.latencies.total_seconds, published.latencies.within()[-1]) == (0.0004, 1)


def test_exits_are_counted_by_urgency() -> None:
    # Given nothing recommended yet
    published = Published()
    # When an exit is
    published.note_exit(exit_of())
    # Then it is counted
    assert published.exits == {"high": 1}
