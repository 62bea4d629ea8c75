"""The window's edges, to the second, and a slow model that it must agree with."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.rules.volume_window import Baseline, Heard, VolumeWindow

FIRST = 1_000_000


class Print(NamedTuple):
    second: int
    shares: int
    p_sell: int


def window_with(*seconds: int, first: int = FIRST) -> VolumeWindow:
    window = VolumeWindow(first)
    for second in seconds:
        window.add(FIRST + second, 100, 1_000)
    return window


def test_an_empty_window_holds_nothing() -> None:
    # Given a window that saw no print
    window = VolumeWindow(FIRST)
    # When a day passes
    window.advance(FIRST + 86_400)
    # Then there is no volume, and five minutes without any
    assert (window.volume, window.sold_thousandths(), window.baseline()) == (0, 0, Baseline(0, 5))
    assert (window.sold_low_thousandths(), window.unsure_shares()) == (0, 0)


@pytest.mark.parametrize(
    ("later", "volume", "baseline_shares"),
    [(0, 100, 0), (59, 100, 0), (60, 0, 100), (359, 0, 100), (360, 0, 0)],
)
def test_a_print_is_current_for_60_seconds_and_baseline_for_300(
    later: int, volume: int, baseline_shares: int
) -> None:
    # Given a window watched for long, and one print
    window = window_with(0, first=FIRST - 1_000)
    # When time passes
    window.advance(FIRST + later)
    # Then the print lies in (s - 60, s], then in (s - 360, s - 60], then nowhere
    assert (window.volume, window.baseline()) == (volume, Baseline(baseline_shares, 5))


@pytest.mark.parametrize(
    ("later", "minutes"),
    [
        (0, 0),
        (118, 0),
        (119, 1),
        (178, 1),
        (179, 2),
        (238, 2),
        (239, 3),
        (299, 4),
        (359, 5),
        (999, 5),
    ],
)
def test_only_whole_minutes_that_were_watched_exist(later: int, minutes: int) -> None:
    # Given a window watched from its first second
    window = VolumeWindow(FIRST)
    # When time passes
    window.advance(FIRST + later)
    # Then as many whole minutes lie before the current one, at most five
    assert window.baseline().minutes == minutes


def test_in_warm_up_the_begun_minute_is_left_out_of_the_mean() -> None:
    # Given prints in the first second and 40 s later
    window = window_with(0, 40)
    # When three whole minutes and 30 s lie before the current minute
    window.advance(FIRST + 269)
    # Then only the prints of the three whole minutes count
    assert window.baseline() == Baseline(100, 3)


def test_time_never_runs_backwards() -> None:
    # Given a window at its 100th second
    window = window_with(0, 100)
    # When an earlier second is announced
    window.advance(FIRST + 50)
    # Then nothing changes
    assert (window.second, window.volume) == (FIRST + 100, 100)


@pytest.mark.parametrize(
    ("late_by", "volume", "baseline_shares"),
    [(0, 200, 0), (1, 200, 0), (59, 200, 0), (60, 100, 100), (359, 100, 100), (360, 100, 0)],
)
def test_a_print_with_an_earlier_stamp_counts_at_its_own_second(
    late_by: int, volume: int, baseline_shares: int
) -> None:
    # Given a window at its newest second
    window = window_with(0, first=FIRST - 1_000)
    # When a print comes whose stamp is earlier
    window.add(FIRST - late_by, 100, 1_000)
    # Then it counts where it belongs, or not at all when it is too old
    assert (window.volume, window.baseline().shares) == (volume, baseline_shares)


@given(st.lists(st.integers(0, 100), max_size=30), st.integers(0, 5_000), st.integers(0, 400))
def test_time_that_does_not_count_moves_everything_along(
    steps: list[int], skipped: int, later: int
) -> None:
    # Given two windows with the same prints
    halted, steady = VolumeWindow(FIRST), VolumeWindow(FIRST)
    second = FIRST
    for step in steps:
        second += step
        for window in (halted, steady):
            window.add(second, 100, 1_000)
    # When one of them skips a halt, and time passes in both
    halted.skip(skipped)
    halted.advance(second + skipped + later)
    steady.advance(second + later)
    # Then they hold the same
    assert halted.second == steady.second + skipped
    assert (halted.volume, halted.baseline()) == (steady.volume, steady.baseline())


@pytest.mark.parametrize("seconds_later", [59, 60, 200])
def test_a_minute_is_as_long_as_it_is_looked_at_late(seconds_later: int) -> None:
    # Given a window that is settled at every print, and one that never is
    settled, lazy = VolumeWindow(FIRST), VolumeWindow(FIRST)
    for second in range(0, 700, 7):
        for window in (settled, lazy):
            window.add(FIRST + second, 100, 900)
        settled.settle()
    # When time passes and the lazy one is settled too
    for window in (settled, lazy):
        window.advance(FIRST + 693 + seconds_later)
    # Then they hold the same
    assert (lazy.volume, lazy.baseline(), lazy.sold_thousandths()) == (
        settled.volume,
        settled.baseline(),
        settled.sold_thousandths(),
    )


@pytest.mark.parametrize(("seconds", "shares"), [(9, 0), (10, 100), (19, 100), (20, 200)])
def test_shares_that_are_to_leave_the_baseline_are_known(seconds: int, shares: int) -> None:
    # Given prints of three seconds, the oldest of which leaves the baseline in 10 s
    window = window_with(0, 10, 40, first=FIRST - 1_000)
    window.advance(FIRST + 350)
    # When it is asked what leaves by a second
    # Then it is what will be missing then
    assert window.leaving(seconds) == shares
    window.advance(FIRST + 350 + seconds)
    assert window.baseline_shares == 300 - shares


@pytest.mark.parametrize("age", [30, 100])
def test_late_prints_of_one_second_add_up(age: int) -> None:
    # Given two late prints of one second, of a side that is not known
    window = window_with(0, first=FIRST - 1_000)
    for _ in range(2):
        window.add(FIRST - age, 100, 500)
    # When the window is read
    # Then both count
    assert window.volume + window.baseline_shares == 300
    current = 200 if age < 60 else 0
    assert (window.unsure_shares(), window.sold_low_thousandths()) == (current, 100_000)


def test_a_late_doubt_takes_no_newer_one_along() -> None:
    # Given eight unsure seconds, and a late unsure print of the oldest second that still counts
    window = window_with(0, first=FIRST - 1_000)
    for second in range(50, 58):
        window.add(FIRST + second, 100, 600)
    window.add(FIRST - 2, 100, 600)
    # When the late print has left the minute and more doubts come
    for second in (58, 59):
        window.add(FIRST + second, 100, 600)
    # Then the others are still counted
    assert window.unsure_shares() == 1_000


def test_sides_that_are_unknown_or_unsure_are_kept_apart() -> None:
    # Given a known sale, a print of unknown side and an unsure one
    window = VolumeWindow(FIRST)
    window.add(FIRST, 100, 1_000)
    window.add(FIRST, 200, 500)
    window.add(FIRST + 1, 400, 600)
    # When the minute is read
    # Then the lower bound takes the unknown one for a purchase, and two prints are unsure
    assert (
        window.volume,
        window.sold_thousandths(),
        window.sold_low_thousandths(),
        window.unsure_shares(),
    ) == (700, 440_000, 340_000, 600)


prints = st.lists(
    st.builds(
        Print,
        st.integers(-400, 130),
        st.integers(1, 5_000),
        st.integers(0, 1_000) | st.just(500),
    ),
    max_size=60,
)
"""Prints whose `second` is a step from the newest one, mostly forwards."""


@given(prints)
def test_the_window_agrees_with_adding_everything_up_again(steps: list[Print]) -> None:
    # Given prints that mostly move on in time, some with earlier stamps
    window = VolumeWindow(FIRST)
    seen: list[Print] = []
    newest = FIRST
    for step in steps:
        each = step._replace(second=newest + step.second)
        seen.append(each)
        window.add(each.second, each.shares, each.p_sell)
        newest = max(newest, each.second)
        window.settle()
        # When the window is compared with a list that forgets nothing
        current = [each for each in seen if newest - 60 < each.second <= newest]
        minutes = max(0, min(5, (newest - 60 - FIRST + 1) // 60))
        oldest = newest - 60 - 60 * minutes
        earlier = [each for each in seen if oldest < each.second <= newest - 60]
        # Then both say the same
        assert window.volume == sum(each.shares for each in current)
        assert window.sold_thousandths() == sum(each.shares * each.p_sell for each in current)
        assert window.sold_low_thousandths() == sum(
            each.shares * each.p_sell for each in current if each.p_sell != 500
        )
        assert window.unsure_shares() == sum(
            each.shares for each in current if 300 < each.p_sell < 700
        )
        assert window.baseline() == Baseline(sum(each.shares for each in earlier), minutes)


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 1_000))
def test_splitting_a_print_changes_nothing(first: int, second: int, p_sell: int) -> None:
    # Given one print, and the same shares in two prints
    whole, split = VolumeWindow(FIRST), VolumeWindow(FIRST)
    whole.add(FIRST, first + second, p_sell)
    split.add(FIRST, first, p_sell)
    split.add(FIRST, second, p_sell)
    # When both are read
    # Then volume, sales and doubt are the same
    assert (whole.volume, whole.sold_thousandths(), whole.unsure_shares()) == (
        split.volume,
        split.sold_thousandths(),
        split.unsure_shares(),
    )


@pytest.mark.parametrize("step", [1, 7, 60])
def test_memory_follows_trading_not_the_clock(step: int) -> None:
    # Given unsure prints for hours, settled now and then
    window = VolumeWindow(FIRST)
    for second in range(0, 20_000, step):
        window.add(FIRST + second, 100, 600)
        if second % 30 < step:
            window.settle()
    window.settle()
    # When what is kept is counted
    kept = len(window._seconds), len(window._sold), len(window._doubts)
    # Then it is little more than the last six minutes, or the last one
    most = 360 // step + 50, 60 // step + 50, 3 * (60 // step + 50)
    assert all(have <= may for have, may in zip(kept, most, strict=True))
    # And nothing of the last minute is lost
    assert window.unsure_shares() == window.volume == 100 * -(-60 // step)


MOST_NARROW = ((1 << 32) - 1) // 1_000
"""Shares of a second up to which small integers hold all that is known of it."""


def counts(window: VolumeWindow) -> tuple[int, ...]:
    return (
        window.volume,
        window.baseline_shares,
        window.sold_thousandths(),
        window.sold_low_thousandths(),
        window.unsure_shares(),
    )


@pytest.mark.parametrize("p_sell", [0, 500, 600, 1_000])
@pytest.mark.parametrize("shares", [MOST_NARROW - 1, MOST_NARROW, MOST_NARROW + 1, 1 << 40])
@pytest.mark.parametrize("halves", [1, 2])
def test_no_number_of_shares_is_too_large(shares: int, halves: int, p_sell: int) -> None:
    # Given a small unsure print, and many shares of one second, in one print or in two
    window = VolumeWindow(FIRST)
    window.add(FIRST, 100, 500)
    for _ in range(halves):
        window.add(FIRST + 1, shares // halves, p_sell)
    # When time passes, within the minute and beyond it
    window.advance(FIRST + 2)
    now = counts(window)
    window.advance(FIRST + 100)
    # Then all of them count
    many = shares // halves * halves
    unknown = many if p_sell == 500 else 0
    unsure = many if 300 < p_sell < 700 else 0
    sold = 50_000 + many * p_sell
    assert now == (many + 100, 0, sold, sold - 50_000 - unknown * 500, unsure + 100)
    assert counts(window) == (0, many + 100, 0, 0, 0)


@pytest.mark.parametrize("shares", [MOST_NARROW - 1, MOST_NARROW, MOST_NARROW + 1])
def test_no_number_of_shares_is_too_large_for_a_late_print(shares: int) -> None:
    # Given a print of an earlier second
    window = window_with(0, 10)
    # When many more shares of that second, and of one without any, come late
    window.add(FIRST, shares, 1_000)
    window.add(FIRST + 5, shares, 1_000)
    # Then all of them count
    assert window.volume == 200 + 2 * shares
    assert window.sold_thousandths() == 200 * 1_000 + 2_000 * shares


@pytest.mark.parametrize("later", [65_534, 65_535, 65_536, 10_000_000])
def test_a_window_may_be_watched_for_any_time(later: int) -> None:
    # Given prints after a long time, one of them late
    window = VolumeWindow(FIRST)
    window.add(FIRST, 100, 1_000)
    window.add(FIRST + later, 200, 1_000)
    window.add(FIRST + later + 5, 300, 1_000)
    window.add(FIRST + later + 2, 400, 1_000)
    # When they are counted
    window.settle()
    # Then only the last minute's are there
    assert counts(window) == (900, 0, 900_000, 900_000, 0)


def test_a_late_print_from_before_the_watch_counts() -> None:
    # Given a window with a print
    window = window_with(0)
    # When one comes that was made before the first second
    window.add(FIRST - 3, 50, 1_000)
    # Then it counts in the current minute, and later in the baseline
    assert window.volume == 150
    window.advance(FIRST + 100)
    assert (window.volume, window.baseline_shares) == (0, 150)


@given(
    st.lists(
        st.tuples(
            st.integers(-20, 40),
            st.sampled_from((1, 100, MOST_NARROW // 2, MOST_NARROW, 1 << 33)),
            st.sampled_from((0, 500, 650, 1_000)),
        ),
        max_size=40,
    )
)
def test_large_numbers_count_like_small_ones(prints: list[tuple[int, int, int]]) -> None:
    # Given one window with many shares, and one whose integers are wide from the start
    window, wide = VolumeWindow(FIRST), VolumeWindow(FIRST)
    wide._widen()
    for step, shares, p_sell in prints:
        second = max(FIRST, window.second + step)
        # When both are given the same prints
        for each in (window, wide):
            each.add(second, shares, p_sell)
            each.settle()
        # Then they count the same
        assert counts(window) == counts(wide)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 90), st.integers(1, 5_000_000), st.sampled_from([0, 500, 600, 1_000])
        ),
        min_size=1,
        max_size=40,
    ),
    st.data(),
)
def test_a_print_taken_back_leaves_no_trace(
    steps: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    # Given any prints, and the same without one of them
    gone = data.draw(st.integers(0, len(steps) - 1))
    whole, without = VolumeWindow(0), VolumeWindow(0)
    second, taken = 0, (0, 0, 0)
    for number, (step, shares, p_sell) in enumerate(steps):
        second += step
        whole.add(second, shares, p_sell)
        if number == gone:
            taken = (second, shares, p_sell)
        else:
            without.add(second, shares, p_sell)
    # When that one is taken back
    without.advance(second)
    whole.take_back(*taken)
    whole.settle()
    # Then every figure is that of the prints without it
    assert [
        (
            window.volume,
            window.baseline(),
            window.sold_thousandths(),
            window.sold_low_thousandths(),
            window.unsure_shares(),
        )
        for window in (whole, without)
    ] == [
        (
            without.volume,
            without.baseline(),
            without.sold_thousandths(),
            without.sold_low_thousandths(),
            without.unsure_shares(),
        )
    ] * 2


def test_what_was_never_counted_is_not_taken_back() -> None:
    # Given a window with one print
    window = VolumeWindow(100)
    window.add(200, 1_000, 500)
    # When prints are taken back of before it began, of long ago, and of a second without one
    for second in (99, -200, 150):
        window.take_back(second, 1_000, 500)
    # Then nothing has changed
    assert (window.volume, window.sold_thousandths()) == (1_000, 500_000)


@pytest.mark.parametrize(("more", "minutes"), [((), 2), ((270,), 3)])
def test_a_baseline_rests_on_its_prints_and_the_minutes_that_hold_two(
    more: tuple[int, ...], minutes: int
) -> None:
    # Given a window watched for long, with prints in four minutes, counted back from its end
    window = window_with(0, 0, 31, 32, 150, 269, *more, first=FIRST - 1_000)
    # When they all lie in the baseline
    window.advance(FIRST + 330)
    # Then they are counted, and a minute with a single one is none
    assert window.heard() == Heard(6 + len(more), minutes)


@pytest.mark.parametrize(
    ("later", "heard"), [(59, (0, 0)), (60, (2, 1)), (359, (2, 1)), (360, (0, 0))]
)
def test_a_print_is_heard_while_it_belongs_to_the_baseline(
    later: int, heard: tuple[int, int]
) -> None:
    # Given a window watched for long, and two prints
    window = window_with(0, 0, first=FIRST - 1_000)
    # When time passes
    window.advance(FIRST + later)
    # Then the baseline rests on it for five minutes
    assert window.heard() == heard


def test_only_prints_of_whole_minutes_are_heard() -> None:
    # Given a window watched from its first second, with a print then and two 30 s later
    window = window_with(0, 30, 30)
    # When one whole minute lies before the current one, and half of another
    window.advance(FIRST + 149)
    # Then the print of the half is not heard
    assert (window.baseline().minutes, window.heard()) == (1, Heard(2, 1))


def test_a_print_that_is_taken_back_is_heard_no_more() -> None:
    # Given two prints of one second, and one of another
    window = window_with(0, 0, 100, first=FIRST - 1_000)
    window.advance(FIRST + 200)
    # When one of the first and the other are taken back
    for second in (0, 100):
        window.take_back(FIRST + second, 100, 1_000)
    # Then one is left, also where it is taken back within its own second
    window.add(FIRST + 200, 100, 1_000)
    window.add(FIRST + 200, 100, 1_000)
    window.take_back(FIRST + 200, 100, 1_000)
    assert window.heard() == Heard(1, 0)
    window.advance(FIRST + 300)
    assert window.heard() == Heard(2, 0)


def test_a_print_that_comes_late_is_heard_in_its_own_second() -> None:
    # Given a window whose newest second is long after a print
    window = window_with(0, 200, first=FIRST - 1_000)
    # When prints of that second and of another come late
    window.add(FIRST, 100, 1_000)
    window.add(FIRST + 70, 100, 1_000)
    # Then they are heard
    assert window.heard() == Heard(3, 1)


def test_more_prints_than_can_be_counted_are_many() -> None:
    # Given more prints in one second than are counted
    window = window_with(*[0] * 65_536, first=FIRST - 1_000)
    window.advance(FIRST + 60)
    # When one more comes late
    window.add(FIRST, 100, 1_000)
    # Then as many are heard as can be
    assert window.heard() == Heard(65_535, 1)


STEPS = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 5_000), st.sampled_from([0, 500, 600, 1_000])),
    max_size=30,
)


@given(STEPS, STEPS, STEPS, st.integers(0, 400))
def test_a_window_that_begins_earlier_after_all_is_as_if_it_had_from_the_first(
    known: list[tuple[int, int, int]],
    fetched: list[tuple[int, int, int]],
    later: list[tuple[int, int, int]],
    earlier: int,
) -> None:
    # Given a window of what came from some second on, and one that begins earlier
    window, whole = VolumeWindow(FIRST), VolumeWindow(FIRST - earlier)
    second = FIRST
    for step, shares, p_sell in known:
        second += step
        for each in (window, whole):
            each.add(second, shares, p_sell)
    # When the minutes before it turn out to be known, and their prints come, and others
    window.begin_at(FIRST - earlier)
    long_ago = FIRST - earlier
    for step, shares, p_sell in fetched:
        long_ago = min(long_ago + step, second)
        for each in (window, whole):
            each.add(long_ago, shares, p_sell)
    for step, shares, p_sell in later:
        second += step
        for each in (window, whole):
            each.add(second, shares, p_sell)
    # Then both count the same
    for each in (window, whole):
        each.advance(second)
    assert (counts(window), window.baseline(), window.heard()) == (
        counts(whole),
        whole.baseline(),
        whole.heard(),
    )


@pytest.mark.parametrize(("begins", "minutes"), [(-1, 4), (0, 3), (1, 3)])
def test_a_window_never_begins_later_than_it_did(begins: int, minutes: int) -> None:
    # Given a window one second before its fourth whole minute
    window = VolumeWindow(FIRST)
    window.advance(FIRST + 298)
    # When it is to begin a second earlier, then, or later
    window.begin_at(FIRST + begins)
    # Then only an earlier second counts
    assert (window.first_second, window.baseline().minutes) == (FIRST + min(begins, 0), minutes)


def test_a_sure_sale_of_an_earlier_second_is_taken_back() -> None:
    # Given sure sales of two seconds
    window = VolumeWindow(0)
    window.add(10, 100, 1_000)
    window.add(11, 50, 1_000)
    # When the earlier one is taken back
    window.take_back(10, 100, 1_000)
    # Then only the later one counts
    assert (window.volume, window.sold_thousandths(), window.unsure_shares()) == (50, 50_000, 0)
