from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.marks import ChannelMarks, longest_gap_ns
from trading_bot.order_flow.sight.coverage.reasons import Doubt


def s(seconds: float) -> int:
    return round(seconds * NS_PER_SECOND)


def heard(*moments: float, lag: float = 0.0) -> ChannelMarks:
    marks = ChannelMarks(s(0))
    for moment in moments:
        marks.hear(s(moment - lag), 1, s(moment), s(lag))
    return marks


@pytest.mark.parametrize(
    ("gap", "allowance"), [(0, 3), (1, 3), (1.1, 3.3), (20, 60), (21, 60), (300, 60)]
)
def test_three_times_the_typical_gap_is_allowed_within_3_and_60_seconds(
    gap: float, allowance: float
) -> None:
    # Given a usual longest silence
    marks = heard()
    # When the allowance is asked for
    marks.typical_gap_ns = s(gap)
    # Then it is within its bounds
    assert marks.allowance_ns() == s(allowance)


@pytest.mark.parametrize(
    ("gap", "limit"), [(0, 30), (1.5, 30), (1.6, 32), (15, 300), (100, 300), (101, 303)]
)
def test_twenty_times_the_typical_gap_is_quiet_within_30_and_300_seconds(
    gap: float, limit: float
) -> None:
    # Given a usual longest silence
    marks = heard()
    # When the quiet limit is asked for
    marks.typical_gap_ns = s(gap)
    # Then it is within its bounds
    assert marks.quiet_limit_ns() == s(limit)


@pytest.mark.parametrize(
    ("moments", "longest"), [((), 370), ((10, 20, 50), 320), ((100, 110, 360), 250)]
)
def test_the_longest_gap_of_a_history_counts_its_ends(
    moments: tuple[int, ...], longest: int
) -> None:
    # Given a history of 370 s
    # When its longest silence is looked for
    found = longest_gap_ns((s(each) for each in moments), s(0), s(370))
    # Then it may lie at an end
    assert found == s(longest)


def test_a_silence_is_usual_as_far_as_rest_confirmed_it_and_once_it_has_ended() -> None:
    # Given a silence that REST confirms up to 18 s
    marks = heard(10)
    marks.vouch(s(18), s(20))
    while_it_lasts = marks.typical_gap_ns
    # When an event of 25 s ends it
    marks.hear(s(25), 1, s(25), 0)
    # Then 8 s are usual
    assert (while_it_lasts, marks.typical_gap_ns) == (0, s(8))


def test_a_silence_that_nobody_confirmed_is_not_usual() -> None:
    # Given a silence of 50 s
    marks = heard(10)
    # When an event ends it
    marks.hear(s(60), 1, s(60), 0)
    # Then nothing is learned
    assert marks.typical_gap_ns == 0


def test_a_word_from_before_the_first_event_teaches_nothing() -> None:
    # Given a channel without an event
    marks = heard()
    marks.vouch(s(18), s(20))
    # When the first comes
    marks.hear(s(25), 1, s(25), 0)
    # Then nothing is learned
    assert marks.typical_gap_ns == 0


def test_a_confirmation_beyond_the_next_event_counts_up_to_it() -> None:
    # Given a silence that REST confirms up to 18 s
    marks = heard(10)
    marks.vouch(s(18), s(20))
    # When an event of 16 s comes late
    marks.hear(s(16), 1, s(21), s(5))
    # Then 6 s are usual
    assert marks.typical_gap_ns == s(6)


@pytest.mark.parametrize(("seconds", "kept"), [(0, 1.0), (1, 0.998), (360, 0.4864), (3_600, 0.0)])
def test_the_typical_gap_fades_by_half_in_six_minutes(seconds: int, kept: float) -> None:
    # Given a usual silence of 100 s
    marks = heard()
    marks.typical_gap_ns = s(100)
    # When time passes
    marks.fade(seconds)
    # Then less of it is left
    assert marks.typical_gap_ns == pytest.approx(s(100 * kept), rel=1e-3)


@pytest.mark.parametrize(("lag", "doubt"), [(5.0, None), (5.001, "late")])
def test_three_looks_more_than_5_seconds_late_are_doubted(lag: float, doubt: str | None) -> None:
    # Given a channel that was late at two looks
    marks = heard(1, 2, lag=lag)
    assert marks.doubt is None
    # When it is so at a third
    marks.hear(s(3 - lag), 1, s(3), s(lag))
    # Then it is doubted beyond 5 s
    assert marks.doubt == doubt


def test_a_timely_look_between_late_ones_begins_the_count_anew() -> None:
    # Given two late looks, a timely one, and two late ones
    marks = heard()
    # When they are heard
    for moment, lag in enumerate((6, 6, 1, 6, 6)):
        marks.hear(s(moment - lag), 1, s(moment), s(lag))
    # Then nothing is doubted
    assert marks.doubt is None


@pytest.mark.parametrize(
    ("lag", "moment", "ended"), [(2.999, 13, False), (2.999, 14, True), (3.0, 14, False)]
)
def test_lateness_ends_after_10_seconds_less_than_3_seconds_late(
    lag: float, moment: float, ended: bool
) -> None:
    # Given a late channel that has come nearer at 4 s
    marks = heard(1, 2, 3, lag=6)
    for second in (4, 9, 12):
        marks.hear(s(second - lag), 1, s(second), s(lag))
    # When it is compared
    marks.compare(s(0), s(5), s(moment))
    # Then its lateness has lasted, or ended
    assert (marks.doubt is None) is ended


@pytest.mark.parametrize(("lag", "expected"), [(839, False), (840, True), (1_020, True)])
def test_steadily_a_quarter_of_an_hour_late_and_vouched_is_delayed(
    lag: float, expected: bool
) -> None:
    # Given a channel so late for three looks
    marks = heard(1, 2, 3, lag=lag)
    without = marks.is_delayed(s(3))
    # When REST knows nothing newer
    marks.vouch(s(-lag), s(3))
    # Then it is delayed
    assert (without, marks.is_delayed(s(3))) == (False, expected)


def test_seventeen_minutes_late_is_more_than_a_delayed_plan() -> None:
    # Given a vouched channel later than any plan
    marks = heard(1, 2, 3, lag=1_021)
    # When REST knows nothing newer
    marks.vouch(s(0), s(3))
    # Then it is not delayed, but late
    assert (marks.is_delayed(s(3)), marks.doubt) == (False, "late")


@pytest.mark.parametrize(("rows", "doubt"), [(2, None), (3, "refused")])
def test_three_refused_rows_in_a_row_are_a_kind(rows: int, doubt: str | None) -> None:
    # Given a channel with a thousand good rows
    marks = heard()
    marks.hear(s(1), 1_000, s(1), 0)
    # When rows are refused after the same good one
    for _ in range(rows):
        marks.refuse(s(1), s(2))
    # Then three are doubted
    assert marks.doubt == doubt


@pytest.mark.parametrize(("good", "doubt"), [(297, None), (296, "refused")])
def test_more_than_one_per_cent_of_a_minute_refused_is_a_kind(good: int, doubt: str | None) -> None:
    # Given a minute of good rows
    marks = heard()
    marks.hear(s(1), good, s(1), 0)
    # When three are refused, good ones between
    for moment in (10, 20, 30):
        marks.refuse(s(moment), s(moment))
    # Then they are doubted where they are more than 1 %
    assert marks.doubt == doubt


@pytest.mark.parametrize(("third", "doubt"), [(119, "refused"), (120, None)])
def test_refused_rows_are_counted_for_a_minute_and_the_one_before(
    third: int, doubt: str | None
) -> None:
    # Given two refused rows in the first minute
    marks = heard()
    marks.refuse(s(1), s(1))
    marks.refuse(s(2), s(2))
    # When a third follows
    marks.refuse(s(third), s(third))
    # Then it is one of three while they count
    assert marks.doubt == doubt


@pytest.mark.parametrize(
    ("from_s", "to_s", "ended"),
    [(10, 10, True), (0, 20, True), (10.1, 20, False), (0, 9.9, False)],
)
def test_only_a_comparison_of_the_moment_of_the_doubt_ends_it(
    from_s: float, to_s: float, ended: bool
) -> None:
    # Given a channel that was found to differ at 10 s
    marks = heard(9)
    marks.suspect("differs", s(10))
    # When a time is compared
    marks.compare(s(from_s), s(to_s), s(30))
    # Then the doubt ends, and proves, where it lies in it
    assert (marks.doubt is None) is ended
    assert (marks.proved_ns > FAR_PAST_NS) is ended


@pytest.mark.parametrize("doubt", ["stalled", "stale"])
def test_a_silent_channel_is_doubted_until_the_stream_brings_again(doubt: Doubt) -> None:
    # Given a channel that was doubted at 10 s
    marks = heard(9, 10)
    marks.suspect(doubt, s(10))
    # When it is compared before and after the stream has brought something
    marks.compare(s(0), s(20), s(22))
    before = marks.doubt
    marks.hear(s(23), 1, s(23), 0)
    marks.compare(s(0), s(20), s(24))
    # Then the second ends it
    assert (before, marks.doubt) == (doubt, None)


def test_the_first_doubt_keeps_its_word_and_the_last_its_moment() -> None:
    # Given a channel that differs
    marks = heard()
    marks.suspect("differs", s(10))
    # When rows are lost too
    marks.suspect("stalled", s(20))
    # Then the time since then is to be compared
    assert (marks.doubt, marks.doubt_ns) == ("differs", s(20))


def test_a_word_of_rest_proves_nothing_in_doubt() -> None:
    # Given a channel that differs, proved up to 8 s
    marks = heard(9)
    marks.vouch(s(8), s(9))
    marks.suspect("differs", s(10))
    # When its newest is vouched for, and a time is filled
    marks.vouch(s(18), s(20))
    marks.fill(s(8), s(18))
    # Then it is proved as far as before
    assert marks.proved_ns == s(8)


@pytest.mark.parametrize(("from_s", "proved"), [(8, 20), (8.1, 8)])
def test_a_fill_proves_what_it_follows_on(from_s: float, proved: float) -> None:
    # Given a channel that is proved up to 8 s
    marks = heard(9)
    marks.vouch(s(8), s(9))
    # When a later time is filled
    marks.fill(s(from_s), s(20))
    # Then the proof has no hole
    assert (marks.proved_ns, marks.filled_ns) == (s(proved), s(20))


def test_what_rest_knows_newer_is_kept_from_its_first_word_to_its_answer() -> None:
    # Given a channel behind since 10 s
    marks = heard(5)
    marks.fall_behind(s(8), s(10))
    marks.fall_behind(s(7), s(12))
    first = marks.behind_at_ns, marks.behind_ns
    # When the tape is filled before and up to it
    marks.fill(s(0), s(7))
    before = marks.behind_at_ns
    marks.fill(s(0), s(8))
    # Then only the latter answers
    assert first == (s(10), s(8))
    assert (before, marks.behind_at_ns) == (s(10), FAR_FUTURE_NS)


def test_a_proof_from_before_the_market_closed_is_as_old_as_its_opening() -> None:
    # Given a channel compared up to 8 s, and one that never was
    marks, never = heard(), heard()
    marks.vouch(s(8), s(9))
    # When the market opens at 1,000 s
    marks.proof_counts_from_ns = never.proof_counts_from_ns = s(1_000)
    # Then the first is old since then, and the other was never compared
    assert marks.proof_age_ns(s(1_010)) == s(10)
    assert never.proof_age_ns(s(1_010)) > s(1_000_000_000)


def test_after_the_clock_went_back_nothing_lies_ahead() -> None:
    # Given a channel in doubt at 100 s, late and refused
    marks = heard(98, 99, 100, lag=6)
    marks.refuse(s(94), s(100))
    marks.vouch(s(97), s(100))
    marks.fall_behind(s(99), s(100))
    # When the clock goes back to 50 s, also of one that was never late
    fine = heard(100)
    for each in (marks, fine):
        each.step_back(s(50))
    # Then it proves anew
    assert (marks.doubt_ns, marks.refused_at_ns, marks.silence_ns(s(60))) == (s(50), s(50), s(10))
    assert (marks.proved_ns, marks.behind_at_ns) == (FAR_PAST_NS, FAR_FUTURE_NS)
    assert not marks.is_vouched(s(50))
    assert fine.silence_ns(s(60)) == s(10)


def test_a_mark_is_small() -> None:
    # Given the marks of a channel
    # When they are measured
    # Then they take no more than 276 bytes beside their numbers
    assert sys.getsizeof(heard()) <= 276


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=30))
def test_the_typical_gap_never_outgrows_the_longest_confirmed_silence(
    silences: list[tuple[int, bool]],
) -> None:
    # Given silences, some of which REST confirms
    marks, now = heard(0), 0
    # When an event ends each
    for length, is_confirmed in silences:
        if is_confirmed:
            marks.vouch(s(now + length), s(now + length))
        now += length
        marks.hear(s(now), 1, s(now), 0)
    # Then the longest of those is usual
    assert marks.typical_gap_ns == s(max((each for each, sure in silences if sure), default=0))
