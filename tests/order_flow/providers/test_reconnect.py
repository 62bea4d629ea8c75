from __future__ import annotations

from collections.abc import Callable

import pytest

from trading_bot.order_flow.providers.reconnect import (
    BackOff,
    Patience,
    StreamTimes,
    never_subscribed,
)

TIMES = StreamTimes(first_wait=1.0, longest_wait=8.0)


def drawing(value: float) -> Callable[[], float]:
    return lambda: value


def test_waits_double_up_to_the_cap() -> None:
    # Given no jitter
    back_off = BackOff(TIMES, drawing(1.0))
    # When attempt after attempt fails
    waits = [back_off.next_wait() for _ in range(6)]
    # Then the waits double and stop at the cap
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@pytest.mark.parametrize(("drawn", "wait"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_jitter_takes_up_to_half_away(drawn: float, wait: float) -> None:
    # Given a number drawn
    back_off = BackOff(TIMES, drawing(drawn))
    # When the first attempt fails
    found = back_off.next_wait()
    # Then the wait lies between half and whole
    assert found == wait


def test_a_settled_connection_begins_small_again() -> None:
    # Given three failures
    back_off = BackOff(TIMES, drawing(1.0))
    for _ in range(3):
        back_off.next_wait()
    # When a connection has settled
    back_off.settled()
    # Then the next wait is the first one
    assert back_off.next_wait() == 1.0


def test_the_default_draw_is_random() -> None:
    # Given no draw of the caller's
    back_off = BackOff(TIMES)
    # When an attempt fails
    wait = back_off.next_wait()
    # Then the wait is within its bounds
    assert 0.5 <= wait <= 1.0


@pytest.mark.parametrize(("now", "waited"), [(129.9, None), (130.0, 30.0)])
def test_patience_ends_after_its_time(now: float, waited: float | None) -> None:
    # Given a patience of 30 s that begins at 100 s
    patience = Patience(30.0)
    patience.begin(100.0)
    # When it is asked for
    found = patience.exhausted(now)
    # Then it has ended from 130 s on
    assert found == waited


def test_patience_is_exhausted_once() -> None:
    # Given a patience that is over
    patience = Patience(30.0)
    patience.begin(100.0)
    patience.exhausted(200.0)
    # When it is asked for again
    again = patience.exhausted(201.0)
    # Then that was told
    assert again is None


@pytest.mark.parametrize("seconds", [None, 30.0])
def test_patience_that_has_no_end_or_was_rewarded_is_never_exhausted(
    seconds: float | None,
) -> None:
    # Given a caller without another way, or a stream that was subscribed
    patience = Patience(seconds)
    patience.begin(100.0)
    patience.end()
    # When a day has passed
    found = patience.exhausted(90_000.0)
    # Then it goes on
    assert found is None


def test_a_stream_that_was_never_subscribed_says_how_long_and_why() -> None:
    # Given half a minute of trying
    # When its error is made
    error = never_subscribed("wss://example.org/stocks", 30.0, "unreachable")
    # Then it says so
    assert error.code == "no_stream"
    assert str(error) == (
        "wss://example.org/stocks could not be subscribed for 30 s (unreachable); "
        "check the network and any firewall"
    )
