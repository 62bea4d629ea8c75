from __future__ import annotations

import pytest

from trading_bot.order_flow.feed.doubt.fallback import PollingFallback, SleepWatch
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import Connect
from trading_bot.order_flow.providers.supervision.stream_events import Slept


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


def test_the_first_tick_compares_nothing() -> None:
    # Given two clocks that nobody has looked at
    watch = SleepWatch()
    # When they are looked at
    # Then nothing is known of the time before
    assert watch.tick(seconds(1_000_000), seconds(50)) is None


@pytest.mark.parametrize(
    ("wall", "monotonic", "slept"),
    [
        (1.0, 1.0, None),
        # the wall clock ran further
        (6.0, 1.0, None),
        (6.001, 1.0, 5.001),
        (7_201.0, 1.0, 7_200.0),
        # both jumped: the monotonic clock has told it already
        (5.0, 5.0, None),
        (5.001, 5.001, 0.0),
        (7_200.0, 5.001, 7_194.999),
        (7_200.0, 7_200.0, 0.0),
        (5.001, 7_200.0, 0.0),
        # the wall clock was set back, or only the other one jumped
        (-3_600.0, 1.0, None),
        (1.0, 60.0, None),
    ],
)
def test_clocks_that_jump_or_part_tell_of_sleep(
    wall: float, monotonic: float, slept: float | None
) -> None:
    # Given two clocks
    watch = SleepWatch()
    watch.tick(seconds(1_000_000), seconds(50))
    # When they are looked at again
    found = watch.tick(seconds(1_000_000 + wall), seconds(50 + monotonic))
    # Then the machine slept if they ran more than 5 s further, or apart
    assert found == (None if slept is None else Slept(seconds(slept)))


def test_a_sleep_is_told_once() -> None:
    # Given a machine that slept
    watch = SleepWatch()
    watch.tick(0, 0)
    watch.tick(seconds(7_200), seconds(1))
    # When both clocks go on
    # Then nothing more is told
    assert watch.tick(seconds(7_201), seconds(2)) is None


def test_a_stream_that_runs_is_not_tried() -> None:
    # Given a stream that was never lost
    fallback = PollingFallback()
    # When time passes
    # Then nothing is tried
    assert fallback.tick(seconds(1_000)) == ()
    assert not fallback.is_polling


@pytest.mark.parametrize(("passed", "tried"), [(59.999, ()), (60.0, (Connect(),))])
def test_polling_tries_the_stream_again_after_a_minute(
    passed: float, tried: tuple[Connect, ...]
) -> None:
    # Given a stream that was lost, and is said to be so again
    fallback = PollingFallback()
    fallback.stream_lost(0)
    fallback.stream_lost(seconds(30))
    # When time passes
    # Then it is tried a minute after the first
    assert fallback.tick(seconds(passed)) == tried
    assert fallback.is_polling


def test_polling_tries_the_stream_each_minute_until_it_is_back() -> None:
    # Given a stream that was lost
    fallback = PollingFallback()
    fallback.stream_lost(0)
    # When it comes back after three minutes
    tries = [at for at in range(181) if fallback.tick(seconds(at))]
    fallback.stream_back()
    # Then it was tried each minute until then
    assert tries == [60, 120, 180]
    assert fallback.tick(seconds(240)) == ()
