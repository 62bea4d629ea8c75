"""A feed that is steadily a quarter of an hour late."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.order_flow.market.delayed_plan import DelayWatch
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc

OPEN_NS = ns_from_utc(datetime(2026, 7, 1, 15, 0, tzinfo=UTC))
CLOSED_NS = ns_from_utc(datetime(2026, 7, 4, 15, 0, tzinfo=UTC))
MINUTE_NS = 60 * NS_PER_SECOND


def polled(
    delays_ns: list[int], *, start_ns: int = OPEN_NS, step_ns: int = NS_PER_SECOND
) -> list[bool]:
    """Poll one symbol once a step, each answer so late."""
    watch = DelayWatch()
    times = [start_ns + number * step_ns for number in range(len(delays_ns))]
    return [
        watch.is_delayed("AAPL", at - delay, at) for at, delay in zip(times, delays_ns, strict=True)
    ]


@pytest.mark.parametrize(
    ("delay_ns", "delayed"),
    [
        (14 * MINUTE_NS - 1, False),
        (14 * MINUTE_NS, True),
        (15 * MINUTE_NS, True),
        (17 * MINUTE_NS, True),
        (17 * MINUTE_NS + 1, False),
    ],
)
def test_the_third_different_late_stamp_is_a_delayed_plan(delay_ns: int, delayed: bool) -> None:
    # Given a market that moves, and stamps that are steadily so late
    # When it is polled three times, then the third answer tells
    assert polled([delay_ns] * 3) == [False, False, delayed]


def test_a_quiet_symbol_is_no_delayed_plan() -> None:
    # Given a symbol whose last quote stays the same while a quarter of an hour passes
    delays = [14 * MINUTE_NS + second * NS_PER_SECOND for second in range(120)]
    # When it is polled every second, then nothing is said about the plan
    assert not any(polled(delays))


def test_a_fresh_stamp_starts_the_count_again() -> None:
    # Given two late stamps, a fresh one, and late ones again
    late = 15 * MINUTE_NS
    # When they are polled, then three in a row are needed
    assert polled([late, late, 0, late, late, late]) == [False] * 5 + [True]


def test_a_closed_market_says_nothing_about_the_plan() -> None:
    # Given late stamps on a holiday
    # When they are polled, then they do not count
    assert polled([15 * MINUTE_NS] * 4, start_ns=CLOSED_NS) == [False] * 4


def test_each_symbol_is_counted_for_itself() -> None:
    # Given three symbols, each late once
    watch = DelayWatch()
    stamp = OPEN_NS - 15 * MINUTE_NS
    # When they are polled, then no symbol is known to be delayed
    assert [watch.is_delayed(name, stamp, OPEN_NS) for name in "ABC"] == [False] * 3


def test_the_third_late_stamp_stays_delayed_while_it_is_repeated() -> None:
    # Given a delayed symbol
    watch = DelayWatch()
    stamps = [OPEN_NS - 15 * MINUTE_NS + second * NS_PER_SECOND for second in (0, 1, 2, 2)]
    # When its newest stamp comes twice, then it is delayed both times
    seen = [watch.is_delayed("AAPL", stamp, OPEN_NS) for stamp in stamps]
    assert seen == [False, False, True, True]
