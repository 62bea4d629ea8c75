"""How soon a connection that ended is opened again."""

from __future__ import annotations

from trading_bot.positions.reopening import STEADY_NS, Reopening


def test_each_connection_that_ends_soon_doubles_the_wait() -> None:
    # Given connections that another program takes again and again
    reopening = Reopening()
    # When each ends before it has lived long
    waits = [reopening.wait_after(STEADY_NS - 1) for _ in range(8)]
    # Then each wait is twice as long, up to half a minute
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_a_connection_that_has_lived_long_is_opened_again_soon() -> None:
    # Given connections that ended soon
    reopening = Reopening()
    for _ in range(4):
        reopening.wait_after(0)
    # When one ends after a long life, and the next one soon
    waits = [reopening.wait_after(STEADY_NS), reopening.wait_after(0)]
    # Then the waits begin from the first
    assert waits == [1.0, 2.0]
