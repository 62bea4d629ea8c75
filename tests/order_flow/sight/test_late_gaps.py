from __future__ import annotations

from trading_bot.order_flow.sight.gap import Gap
from trading_bot.order_flow.sight.late_gaps import (
    LATE_AGAIN_SECONDS,
    LONGEST_SECONDS,
    MOST_A_SYMBOL,
    LateGap,
    LateGaps,
)


def gap(number: int, after_ns: int, asked_at: float | None = 100.0) -> Gap:
    found = Gap(number, after_ns, fills_start=False)
    found.asked_at = asked_at
    return found


def spans(gaps: LateGaps, *numbers: int) -> list[tuple[int, int] | None]:
    found = [gaps.take("ACME", number) for number in numbers]
    return [None if each is None else (each.gap.after_ns, each.until_ns) for each in found]


def test_several_gaps_of_a_symbol_wait_for_their_answers() -> None:
    # Given two gaps that were given up
    gaps = LateGaps()
    first, second = gap(1, 100), gap(2, 300)
    gaps.keep("ACME", first, 200)
    gaps.keep("ACME", second, 400)
    # When the first one's answer comes late
    found = gaps.take("ACME", 1)
    # Then it has its place, and the second one goes on waiting
    assert found == LateGap(first, 200)
    assert gaps.take("ACME", 2) == LateGap(second, 400)
    assert "ACME" not in gaps


def test_an_answer_counts_once() -> None:
    # Given a gap whose answer has come
    gaps = LateGaps()
    gaps.keep("ACME", gap(1, 100), 200)
    gaps.take("ACME", 1)
    # When it comes again, and one for another symbol
    again = gaps.take("ACME", 1), gaps.take("BOLT", 1)
    # Then nobody waits for it
    assert again == (None, None)


def test_no_two_gaps_share_a_stamp() -> None:
    # Given a gap up to 200, in which nothing was judged since 100
    gaps = LateGaps()
    gaps.keep("ACME", gap(1, 100), 200)
    # When the next one begins at 100 as well
    gaps.keep("ACME", gap(2, 100), 400)
    # Then it is answered for what comes from 200 on
    assert spans(gaps, 1, 2) == [(100, 200), (199, 400)]


def test_no_more_than_eight_are_kept() -> None:
    # Given nine gaps
    gaps = LateGaps()
    for number in range(MOST_A_SYMBOL + 1):
        gaps.keep("ACME", gap(number, number * 100), number * 100 + 50)
    # When the oldest is asked for
    found = spans(gaps, 0, 1)
    # Then it is lost, and counted
    assert (found, gaps.lost) == ([None, (100, 150)], 1)


def test_a_gap_is_asked_for_again_after_a_failure() -> None:
    # Given a gap whose request failed at 110 s
    gaps = LateGaps()
    kept = gap(1, 100)
    gaps.keep("ACME", kept, 200)
    gaps.failed("ACME", 1, 110.0, retryable=True)
    # When it is asked who is due
    due = [gaps.due(110.0 + wait) for wait in (LATE_AGAIN_SECONDS - 0.001, LATE_AGAIN_SECONDS)]
    # Then it is, five seconds later
    assert due == [[], [("ACME", kept)]]


def test_a_gap_is_given_up_for_good_after_six_minutes() -> None:
    # Given gaps that were asked for at 100 s
    gaps = LateGaps()
    gaps.keep("ACME", gap(1, 100), 200)
    # When a request fails just before the limit, and at it
    gaps.failed("ACME", 1, 100.0 + LONGEST_SECONDS - 0.001, retryable=True)
    before = gaps.lost
    gaps.failed("ACME", 1, 100.0 + LONGEST_SECONDS, retryable=True)
    # Then it is lost then
    assert (before, gaps.lost, "ACME" in gaps) == (0, 1, False)


def test_a_refusal_ends_it_at_once() -> None:
    # Given a gap
    gaps = LateGaps()
    gaps.keep("ACME", gap(1, 100), 200)
    # When REST says that asking again is of no use
    gaps.failed("ACME", 1, 101.0, retryable=False)
    # Then it is lost
    assert (gaps.lost, "ACME" in gaps) == (1, False)


def test_a_failure_of_a_gap_that_is_not_kept_changes_nothing() -> None:
    # Given no gap
    gaps = LateGaps()
    # When a request fails, and another is to be postponed
    gaps.failed("ACME", 1, 101.0, retryable=False)
    gaps.postpone("ACME", 1, 101.0)
    # Then nothing is lost and nothing due
    assert (gaps.lost, gaps.due(1_000.0)) == (0, [])


def test_an_answer_may_be_asked_for_again_later() -> None:
    # Given a gap
    gaps = LateGaps()
    kept = gap(1, 100)
    gaps.keep("ACME", kept, 200)
    # When its answer comes at a bad moment
    gaps.postpone("ACME", 1, 110.0)
    # Then it is due five seconds later
    assert (gaps.due(114.9), gaps.due(115.0)) == ([], [("ACME", kept)])


def test_what_another_answer_has_brought_is_not_waited_for() -> None:
    # Given three gaps
    gaps = LateGaps()
    for number in (1, 2, 3):
        gaps.keep("ACME", gap(number, number * 100), number * 100 + 50)
    # When everything from 220 on is known by another answer
    gaps.covered("ACME", 220)
    gaps.covered("BOLT", 220)
    # Then the first stands, the second ends there, and the third is over
    assert spans(gaps, 1, 2, 3) == [(100, 150), (200, 220), None]


def test_a_gap_that_is_covered_whole_is_over() -> None:
    # Given a gap behind 100
    gaps = LateGaps()
    gaps.keep("ACME", gap(1, 100), 200)
    # When everything from 101 on is known
    gaps.covered("ACME", 101)
    # Then nothing is waited for, and nothing lost
    assert ("ACME" in gaps, gaps.lost) == (False, 0)


def test_a_symbol_that_is_watched_no_more_is_forgotten() -> None:
    # Given a gap
    gaps = LateGaps()
    gaps.keep("ACME", gap(1, 100), 200)
    # When its symbol is not watched any more
    gaps.forget("ACME")
    gaps.forget("BOLT")
    # Then no answer is waited for
    assert spans(gaps, 1) == [None]
