from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.sight.stall import FeedStall


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


def heard(usual: float = 0.0) -> FeedStall:
    silence = FeedStall()
    silence.last_frame_ns = 0
    silence.longest_usual_ns = seconds(usual)
    return silence


@pytest.mark.parametrize(
    ("usual", "lasted", "doubtful"),
    [
        (0.0, 1.0, False),
        (0.0, 1.001, True),
        (0.5, 1.0, False),
        (0.5, 1.001, True),
        (4.0, 8.0, False),
        (4.0, 8.001, True),
    ],
)
def test_a_silence_beyond_a_second_and_twice_the_usual_is_doubted(
    usual: float, lasted: float, doubtful: bool
) -> None:
    # Given a feed whose usual longest silence is known
    silence = heard(usual)
    # When one has lasted
    found = silence.is_doubtful(seconds(lasted))
    # Then it is doubted beyond both limits
    assert found is doubtful


def test_a_silence_that_is_not_doubted_is_usual() -> None:
    # Given a feed
    silence = heard()
    # When a short silence ends
    silence.is_doubtful(seconds(0.9))
    # Then it may last so long
    assert silence.longest_usual_ns == seconds(0.9)


def test_nothing_is_doubted_before_the_first_frame() -> None:
    # Given a feed that has just been subscribed
    silence = FeedStall()
    # When its first frame comes
    doubtful = silence.is_doubtful(seconds(1_000_000))
    # Then there was no silence before it
    assert (doubtful, silence.longest_usual_ns) == (False, 0)


def test_nothing_is_doubted_after_a_pause() -> None:
    # Given a connection that has ended
    silence = heard()
    silence.pause()
    # When the next one brings its first frame
    doubtful = silence.is_doubtful(seconds(60))
    # Then the time between is known to be a gap already
    assert not doubtful


def test_a_silence_that_was_quiet_at_the_exchange_becomes_usual() -> None:
    # Given a doubted silence of 5 s
    silence = heard(0.5)
    silence.is_doubtful(seconds(5))
    # When REST knows of nothing in 4.8 s of it
    silence.was_quiet(seconds(4.8))
    # Then that is usual here
    assert silence.longest_usual_ns == seconds(4.8)


def test_frames_that_were_late_make_no_silence_usual() -> None:
    # Given a doubted silence of 8 s
    silence = heard(0.5)
    silence.is_doubtful(seconds(8))
    # When its first event happened a tenth of a second after the last before
    silence.was_quiet(seconds(0.1))
    # Then nothing is learned of the exchange's own silences
    assert silence.longest_usual_ns == seconds(0.5)


def test_a_quiet_time_is_no_longer_than_the_stall() -> None:
    # Given a doubted silence of 5 s
    silence = heard()
    silence.is_doubtful(seconds(5))
    # When a stamp of the exchange is odd
    silence.was_quiet(seconds(500))
    # Then no more than the silence is learned
    assert silence.longest_usual_ns == seconds(5)


@pytest.mark.parametrize("loss_first", [True, False])
def test_a_silence_in_which_something_was_lost_is_not_usual(loss_first: bool) -> None:
    # Given a doubted silence
    silence = heard(0.5)
    silence.is_doubtful(seconds(20))
    # When one symbol was quiet and another has lost events
    if loss_first:
        silence.was_loss()
    silence.was_quiet(seconds(20))
    if not loss_first:
        silence.was_loss()
    # Then the next such silence is doubted too
    assert silence.longest_usual_ns == seconds(0.5)


def test_a_loss_is_told_once_a_stall() -> None:
    # Given a silence in which two symbols have lost events
    silence = heard(0.5)
    silence.is_doubtful(seconds(20))
    before = silence.tell_loss()
    silence.was_loss()
    told = silence.tell_loss()
    silence.was_loss()
    # When it is asked for, and again after the next such silence
    again = silence.tell_loss()
    silence.is_doubtful(seconds(40))
    silence.was_loss()
    # Then each silence is told of once
    assert (before, told, again, silence.tell_loss()) == (False, True, False, True)


def test_a_usual_silence_is_half_forgotten_after_six_minutes() -> None:
    # Given a usual silence
    silence = heard(60)
    # When seconds pass
    for _ in range(346):
        silence.forget()
    # Then about half of it is left
    assert 0.499 < silence.longest_usual_ns / seconds(60) < 0.501


@given(st.lists(st.integers(1, 3_600), min_size=1, max_size=200))
def test_a_quiet_market_is_doubted_a_few_times_only(silences: list[int]) -> None:
    # Given a market that is silent for seconds or minutes, and loses nothing
    silence = heard()
    doubts = 0
    for lasted in silences:
        silence.last_frame_ns = 0
        # When each silence ends, and REST finds it quiet
        if silence.is_doubtful(seconds(lasted)):
            doubts += 1
            silence.was_quiet(seconds(lasted))
    # Then each doubt was of a silence more than twice as long as the one before
    assert doubts <= 12
