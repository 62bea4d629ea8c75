"""VolumeHistory: twelve minutes of each symbol, and what a caller states of the usual volume."""

from __future__ import annotations

import pytest
from support.flow_values import OPEN_NS, S

from trading_bot.order_flow.rules.volume_history import MINUTES_KEPT, VolumeHistory

MINUTE = 60 * S
DAY = 24 * 60 * MINUTE


def filled(*prints: tuple[int, int], symbol: str = "AAPL") -> VolumeHistory:
    """Return a history that was given (minute since the open, shares)."""
    history = VolumeHistory()
    for minute, shares in prints:
        history.add(symbol, OPEN_NS + minute * MINUTE, shares)
    return history


def test_the_minute_that_runs_is_not_finished() -> None:
    # Given prints of one minute
    history = filled((0, 100), (0, 200))
    # When the history is read
    # Then nothing is finished
    assert (dict(history), len(history), "AAPL" in history) == ({}, 0, False)


def test_finished_minutes_stand_oldest_first_and_quiet_ones_are_zero() -> None:
    # Given prints in the first, the second and the fifth minute
    history = filled((0, 100), (0, 200), (1, 50), (4, 7))
    # When the history is read
    # Then quiet minutes are minutes
    assert history["AAPL"] == (300, 50, 0, 0)


@pytest.mark.parametrize("minutes", [MINUTES_KEPT, MINUTES_KEPT + 1, MINUTES_KEPT + 2, 100])
def test_at_most_twelve_minutes_are_kept(minutes: int) -> None:
    # Given a print in each of so many minutes
    history = filled(*((k, k + 1) for k in range(minutes)))
    # When the history is read
    # Then the newest twelve are there
    assert history["AAPL"] == tuple(range(1, minutes))[-MINUTES_KEPT:]


def test_a_long_silence_is_twelve_quiet_minutes() -> None:
    # Given a print, and another two hours later
    history = filled((0, 100), (120, 100))
    # When the history is read
    # Then it is not longer than any other
    assert history["AAPL"] == (0,) * MINUTES_KEPT


def test_between_two_sessions_no_minute_passes() -> None:
    # Given a print in the last minute of a session
    history = filled((389, 100))
    # When the next day's first minute ends
    history.add("AAPL", OPEN_NS + DAY, 200)
    history.add("AAPL", OPEN_NS + DAY + MINUTE, 1)
    # Then the night is not quiet minutes
    assert history["AAPL"] == (100, 200)


@pytest.mark.parametrize("minute", [-1, 390])
def test_prints_outside_the_regular_session_count_nowhere(minute: int) -> None:
    # Given a print before the open, or after the close
    # When the history is read
    # Then it is in no minute
    assert dict(filled((minute, 100), (minute + 1000, 100))) == {}


def test_a_late_print_counts_in_its_own_minute_while_that_is_kept() -> None:
    # Given three minutes, of which two are finished
    history = filled((0, 100), (1, 100), (2, 100))
    # When prints come late: of the first minute, the second, and one before both
    history.add("AAPL", OPEN_NS + 30 * S, 5)
    history.add("AAPL", OPEN_NS + MINUTE, 7)
    later = filled((5, 100), (6, 100))
    later.add("AAPL", OPEN_NS, 9)
    # Then they are counted where they belong, or nowhere
    assert history["AAPL"] == (105, 107)
    assert later["AAPL"] == (100,)


def test_what_is_stated_stands_for_every_symbol_or_for_one() -> None:
    # Given minutes stated for all, and for one
    history = VolumeHistory([1, 2])
    history.append(3)
    history.state("MSFT", [9, 9])
    # When both are asked for
    # Then the one has its own; the tape's minutes are not touched
    assert (history.stated("AAPL"), history.stated("MSFT")) == ((1, 2, 3), (9, 9))
    assert dict(history) == {}
    # Then, too, it can be taken back, for one and for all
    history.state("MSFT", [])
    assert history.stated("MSFT") == (1, 2, 3)
    history.clear()
    assert history.stated("AAPL") == ()


def test_stated_minutes_are_bounded_too() -> None:
    # Given far more minutes than count
    history = VolumeHistory(range(100))
    # When they are read
    # Then the newest are there
    assert history.stated("AAPL") == tuple(range(88, 100))


def test_a_forgotten_symbol_begins_anew() -> None:
    # Given a symbol with minutes
    history = filled((0, 100), (1, 100))
    # When it is forgotten, twice, and trades again
    history.forget("AAPL")
    history.forget("AAPL")
    history.add("AAPL", OPEN_NS + 9 * MINUTE, 1)
    # Then it has no finished minute
    assert list(history) == []
