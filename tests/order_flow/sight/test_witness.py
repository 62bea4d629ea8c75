from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.order_flow.sight import fill_answer
from trading_bot.order_flow.sight.fill_answer import Answer, FillVerdict
from trading_bot.order_flow.sight.tally import Overlap, Tally, print_key
from trading_bot.order_flow.sight.witness import MOST_EXPECTED, Witness

START_NS = 1_700_000_000 * NS_PER_SECOND
SETTLE_NS = 3 * NS_PER_SECOND
HUNDRED = 100_000_000


def at(seconds: float) -> int:
    return START_NS + round(seconds * NS_PER_SECOND)


def row(seconds: float, number: int, *, is_named: bool = True) -> TradeEvent:
    """Return a row of the tape, within the millisecond of its stamp."""
    return TradeEvent(
        "ACME",
        at(seconds) + 123_456,
        100_000_000,
        HUNDRED,
        sequence=number if is_named else 0,
        exchange=11,
        trade_id=str(number) if is_named else "",
    )


def key(number: int) -> int:
    return print_key(11, 0, str(number), number)


BEFORE = [row(second, second) for second in range(-4, 1)]
"""Judged: one print a second, the newest at 0 s."""
INSIDE = [row(second, second) for second in range(1, 5)]
"""Lost."""
AFTER = [row(second, second) for second in range(5, 8)]
"""What the stream brings again."""


def tally_of(rows: Sequence[TradeEvent]) -> Tally:
    tally = Tally()
    for each in rows:
        tally.add(key(each.sequence), each.sip_ns, each.size)
    return tally


def opened(before: Sequence[TradeEvent] = BEFORE, ends: float | None = 5) -> Witness:
    """Return a span from the print at 0 s, its siblings included, to where the stream goes on."""
    found = Witness(at(0) - 1, tally_of(before).overlap(at(0)), NS_PER_MS)
    if ends is not None:
        found.end(at(ends))
        found.expect(key(round(ends)), at(ends))
    return found


def ask(
    witness: Witness,
    rows: Sequence[TradeEvent],
    *,
    asked: float = 6,
    refused: int = 0,
    has_all_pages: bool = True,
    tally: Tally | None = None,
    ids_agree: bool = True,
) -> FillVerdict:
    """Give an answer that was asked so many seconds after the start, and came at once."""
    return witness.answered(
        Answer(at(asked), rows, refused, has_all_pages),
        tally or tally_of(BEFORE),
        SETTLE_NS,
        ids_agree=ids_agree,
    )


def test_an_answer_with_all_witnesses_closes_the_span() -> None:
    # Given a span after which the stream goes on
    witness = opened()
    # When an answer holds what was judged before, and what the stream brought after
    verdict = ask(witness, [*BEFORE, *INSIDE, *AFTER])
    # Then it is closed, and what lay inside is judged; what comes after is the stream's
    assert verdict == FillVerdict(is_closed=True, reason="", new_rows=(*INSIDE, AFTER[0]))


@pytest.mark.parametrize(
    ("rows", "options", "reason"),
    [
        ([*BEFORE, *INSIDE, *AFTER], {"has_all_pages": False}, "page_missing"),
        ([*BEFORE, *INSIDE, *AFTER], {"refused": 1}, "row_refused"),
        ([*BEFORE[:-1], *INSIDE, *AFTER], {}, "overlap_missing"),
        ([*BEFORE[1:], *INSIDE, *AFTER], {}, "overlap_missing"),
        ([*BEFORE, *INSIDE], {}, "rest_behind"),
        ([], {}, "overlap_missing"),
    ],
)
def test_each_witness_that_lacks_has_its_word(
    rows: list[TradeEvent], options: dict[str, Any], reason: str
) -> None:
    # Given a span
    witness = opened()
    # When an answer lacks one witness
    verdict = ask(witness, rows, **options)
    # Then it stays open, and what the answer holds is judged at once
    assert (verdict.is_closed, verdict.reason) == (False, reason)
    assert set(INSIDE) & set(rows) <= set(verdict.new_rows)


def test_rows_are_given_once() -> None:
    # Given an incomplete answer
    witness = opened()
    first = ask(witness, [*BEFORE, *INSIDE[:2]])
    # When a whole one follows, and the tally has forgotten all
    second = ask(witness, [*BEFORE, *INSIDE, *AFTER], asked=100, tally=Tally())
    # Then it gives the rest only
    assert first.new_rows == tuple(INSIDE[:2])
    assert second.new_rows == (*INSIDE[2:], AFTER[0])


def test_rows_that_were_judged_meanwhile_are_not_given() -> None:
    # Given prints of the span that the stream brought late
    witness = opened()
    # When an answer holds them
    verdict = ask(witness, [*BEFORE, *INSIDE], tally=tally_of([*BEFORE, INSIDE[1]]))
    # Then they are not new
    assert verdict.new_rows == (INSIDE[0], *INSIDE[2:])


def test_what_was_cut_off_before_the_newest_print_is_given_too() -> None:
    # Given a late print that the stream did not bring before it ended
    late = row(-1.5, 77)
    # When an answer holds it, and one from before the overlap
    verdict = ask(opened(), [row(-60, 78), *BEFORE, late, *INSIDE, *AFTER])
    # Then it is judged; what nobody asked for is not
    assert verdict.new_rows == (late, *INSIDE, AFTER[0])


def test_rows_without_id_and_number_are_given_by_the_first_answer_that_holds_them() -> None:
    # Given an answer with two equal rows that cannot be known again
    unnamed, later = row(2, 0, is_named=False), row(3, 0, is_named=False)
    witness = opened()
    first = ask(witness, [*BEFORE, INSIDE[0], unnamed, unnamed])
    # When the next one holds them too, and one that is newer
    second = ask(witness, [*BEFORE, INSIDE[0], unnamed, unnamed, later])
    # Then each is given once
    assert first.new_rows == (INSIDE[0], unnamed, unnamed)
    assert second.new_rows == (later,)


def test_of_more_rows_than_are_known_one_by_one_all_up_to_the_newest_count_as_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a span with more rows than are known one by one
    monkeypatch.setattr(fill_answer, "MOST_GIVEN", 2)
    witness = opened()
    first = ask(witness, [*BEFORE, *INSIDE[:2]])
    second = ask(witness, [*BEFORE, *INSIDE[:3]])
    # When they come again, and a newer one
    third = ask(witness, [*BEFORE, *INSIDE])
    # Then only that is new
    assert [len(each.new_rows) for each in (first, second, third)] == [2, 1, 1]
    assert third.new_rows == (INSIDE[3],)


def test_as_many_rows_as_are_known_one_by_one_leave_room_for_earlier_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a span with exactly as many rows as are known one by one
    monkeypatch.setattr(fill_answer, "MOST_GIVEN", 2)
    witness = opened()
    ask(witness, [*BEFORE, INSIDE[0], INSIDE[2]])
    # When REST shows one late that lies between them
    second = ask(witness, [*BEFORE, *INSIDE[:3]])
    # Then it is given
    assert second.new_rows == (INSIDE[1],)


@pytest.mark.parametrize(
    ("judged", "lacking", "is_closed"),
    [(19, 1, False), (20, 1, True), (39, 2, False), (40, 2, True), (40, 3, False)],
)
def test_one_in_twenty_judged_prints_may_lack(judged: int, lacking: int, is_closed: bool) -> None:
    # Given so many prints of the last seconds
    before = [row(-4 + 4 * number / judged, number - 1_000) for number in range(1, judged + 1)]
    # When an answer lacks some of them, but not the newest
    verdict = ask(opened(before), [*before[lacking:], *INSIDE, *AFTER])
    # Then withdrawn ones explain 5 of 100
    assert (verdict.is_closed, verdict.lacking) == (is_closed, lacking)


def test_the_newest_judged_print_may_never_lack() -> None:
    # Given many prints
    before = [row(-4 + number / 10, number - 1_000) for number in range(41)]
    # When an answer lacks the newest alone
    verdict = ask(opened(before), [*before[:-1], *INSIDE, *AFTER])
    # Then it proves nothing of what came after
    assert (verdict.is_closed, verdict.reason) == (False, "overlap_missing")


def test_where_nothing_was_judged_no_overlap_is_asked_for() -> None:
    # Given a start
    witness = opened(before=())
    # When an answer holds what the stream brings
    verdict = ask(witness, [*INSIDE, *AFTER], tally=Tally())
    # Then it closes
    assert verdict.is_closed


def test_one_of_the_first_eight_events_after_the_span_is_enough() -> None:
    # Given nine prints after the span
    witness = opened()
    for number in range(6, 6 + MOST_EXPECTED):
        witness.expect(key(number), at(number))
    # When answers hold the ninth only, and the eighth
    ninth = ask(witness, [*BEFORE, row(13, 13)])
    eighth = ask(witness, [*BEFORE, row(12, 12)])
    # Then that one closes
    assert (ninth.is_closed, eighth.is_closed) == (False, True)


@pytest.mark.parametrize(
    ("number", "seconds"), [(0, 6), (99, 4.999)], ids=["judged before", "before the end"]
)
def test_what_is_old_or_known_says_nothing_of_the_end(number: int, seconds: float) -> None:
    # Given a span up to 5 s
    witness = opened(ends=None)
    witness.end(at(5))
    # When the stream repeats what was judged, or brings what is older than the end
    witness.expect(key(number), at(seconds))
    # Then nothing is expected of an answer but a second one
    assert ask(witness, [*BEFORE, *INSIDE], asked=100).reason == "settling"


def test_what_came_at_the_end_of_a_span_is_expected_once() -> None:
    # Given a span up to 5 s, and the same print twice
    witness = opened()
    witness.expect(key(5), at(5))
    for number in range(6, 5 + MOST_EXPECTED):
        witness.expect(key(number), at(number))
    # When an answer holds the eighth print after the span only
    verdict = ask(witness, [*BEFORE, row(12, 12)])
    # Then that one is expected still
    assert verdict.is_closed


def test_an_empty_span_expects_what_comes_behind_it() -> None:
    # Given a span that begins and ends at 0 s
    witness = opened(ends=None)
    witness.begin(at(0), tally_of(BEFORE).overlap(at(0)))
    witness.end(at(0))
    # When a print of that very stamp comes, and one behind it
    witness.expect(key(77), at(0))
    witness.expect(key(5), at(5))
    # Then only the second proves that an answer reaches far enough
    assert ask(witness, [*BEFORE, row(0, 77)]).reason == "rest_behind"
    assert ask(witness, [*BEFORE, row(5, 5)]).is_closed


def test_a_span_without_an_end_expects_nothing() -> None:
    # Given a connection that is away
    witness = opened(ends=None)
    # When a print comes all the same, and the span ends before it
    witness.expect(key(5), at(5))
    witness.end(at(4))
    # Then it has to be told again to count
    assert ask(witness, [*BEFORE, *INSIDE]).reason == "settling"


def test_a_span_without_an_end_never_closes() -> None:
    # Given a connection that is away
    witness = opened(ends=None)
    # When full answers come, an hour later
    verdicts = [ask(witness, [*BEFORE, *INSIDE], asked=asked) for asked in (3_600, 7_200)]
    # Then their rows are judged, and it stays open
    assert [each.reason for each in verdicts] == ["growing"] * 2
    assert [each.new_rows for each in verdicts] == [tuple(INSIDE), ()]


def test_another_end_makes_what_was_expected_worthless() -> None:
    # Given a span after which a print is expected, and one that was looked at once
    expecting, looked_at = opened(), opened(ends=None)
    looked_at.end(at(5))
    ask(looked_at, [*BEFORE, *INSIDE], asked=8)
    # When both turn out to end later, and an answer comes that would have closed them
    for each in (expecting, looked_at):
        each.end(at(5))
        each.end(at(7))
    found = [ask(each, [*BEFORE, *INSIDE, *AFTER], asked=13) for each in (expecting, looked_at)]
    # Then proof is wanted anew
    assert [each.reason for each in found] == ["settling"] * 2


def test_a_span_that_begins_elsewhere_knows_what_was_given() -> None:
    # Given a span of which a part was given to be judged
    witness = opened()
    ask(witness, [*BEFORE, *INSIDE[:2]])
    # When it begins at 2 s, before which three prints are known
    known = [*BEFORE[3:], *INSIDE[:2]]
    witness.begin(at(2), Overlap(at(-1), array("q", (key(each.sequence) for each in known))))
    # Then answers are asked for from there, and hold what is known there
    assert (witness.after_ns, witness.asks_from_ns) == (at(2), at(-1))
    lacking = ask(witness, [*INSIDE, *AFTER], tally=Tally())
    whole = ask(witness, [*known, *INSIDE[2:], *AFTER], tally=Tally())
    assert (lacking.reason, lacking.new_rows) == ("overlap_missing", (*INSIDE[2:], AFTER[0]))
    assert (whole.is_closed, whole.new_rows) == (True, ())


@pytest.mark.parametrize(
    ("ends", "is_expected", "looked_at", "settled"),
    [
        (None, False, None, None),
        (5, True, None, None),
        (5, False, None, 8),
        (5, False, 7.999, 8),
        (5, False, 8, 13),
        (5, False, 9, 14),
    ],
)
def test_a_quiet_span_says_when_the_next_answer_may_close_it(
    ends: float | None, is_expected: bool, looked_at: float | None, settled: float | None
) -> None:
    # Given a span, and a settle time of 3 s
    witness = opened(ends=ends if is_expected else None)
    witness.end(None if ends is None else at(ends))
    if looked_at is not None:
        ask(witness, [*BEFORE, *INSIDE], asked=looked_at)
    # When it is asked when an answer may close it
    found = witness.settled_ns(SETTLE_NS)
    # Then that is the settle time after the end, and 5 s after a first look
    assert found == (None if settled is None else at(settled))


def quiet() -> Witness:
    """Return a span that ended at 5 s, after which no event came."""
    witness = opened(ends=None)
    witness.end(at(5))
    return witness


@pytest.mark.parametrize(
    ("first", "second", "is_closed"),
    [
        (7.999, 13.5, False),
        (8, 12.999, False),
        (8, 13, True),
        (8, 13.001, True),
    ],
)
def test_without_events_a_second_look_must_add_nothing(
    first: float, second: float, is_closed: bool
) -> None:
    # Given a quiet symbol, and a settle time of 3 s
    witness = quiet()
    # When it is asked twice
    one = ask(witness, [*BEFORE, *INSIDE], asked=first)
    two = ask(witness, [*BEFORE, *INSIDE], asked=second)
    # Then the first proves nothing, the second does where both were asked late enough
    assert (one.reason, two.is_closed) == ("settling", is_closed)


def test_a_second_look_that_adds_is_the_first_again() -> None:
    # Given a quiet symbol that was looked at
    witness = quiet()
    ask(witness, [*BEFORE, *INSIDE[:3]], asked=8)
    # When the second look finds another print, and the third nothing
    second = ask(witness, [*BEFORE, *INSIDE], asked=14)
    third = ask(witness, [*BEFORE, *INSIDE], asked=18.9)
    fourth = ask(witness, [*BEFORE, *INSIDE], asked=19)
    # Then five seconds count from the one that added
    assert [each.is_closed for each in (second, third, fourth)] == [False, False, True]
    assert second.new_rows == (INSIDE[3],)


def test_what_a_second_look_adds_before_the_span_does_not_count() -> None:
    # Given a quiet symbol that was looked at
    witness = quiet()
    ask(witness, [*BEFORE, *INSIDE], asked=8)
    # When the second look finds another print from before the span
    late = row(-0.5, 77)
    second = ask(witness, [*BEFORE, late, *INSIDE], asked=13)
    # Then that is judged, and the span is closed
    assert (second.is_closed, second.new_rows) == (True, (late,))


def test_the_first_stamp_that_is_asked_for_counts() -> None:
    # Given a lost print at the very stamp from which is asked, and one just before
    first = row(-4, 77)._replace(sip_ns=at(-5))
    earlier = first._replace(sip_ns=at(-5) - 1, trade_id="78", sequence=78)
    # When an answer holds them
    verdict = ask(opened(), [earlier, first, *BEFORE, *INSIDE, *AFTER])
    # Then the first is judged
    assert verdict.new_rows == (first, *INSIDE, AFTER[0])


def test_answers_without_the_left_witness_are_no_looks() -> None:
    # Given a quiet symbol
    witness = quiet()
    # When empty answers come, however often and late
    verdicts = [ask(witness, [], asked=8 + 6 * number) for number in range(20)]
    # Then none closes
    assert not any(each.is_closed for each in verdicts)


def test_nothing_judged_and_nothing_known_closes_after_two_looks() -> None:
    # Given a start of a symbol that nobody trades
    witness = Witness(at(0), Tally().overlap(at(0)), NS_PER_MS)
    witness.end(at(5))
    # When two empty answers come
    verdicts = [ask(witness, [], asked=asked, tally=Tally()) for asked in (8, 13)]
    # Then the second one closes
    assert [each.is_closed for each in verdicts] == [False, True]


def other_ids(rows: Sequence[TradeEvent]) -> list[TradeEvent]:
    return [each._replace(trade_id="R" + each.trade_id) for each in rows]


def test_where_ids_do_not_agree_stamps_and_counts_are_the_witnesses() -> None:
    # Given REST that names the same prints differently
    rows = other_ids([*BEFORE, *INSIDE, *AFTER])
    # When its answer is read with keys, and without
    by_key, by_stamp = ask(opened(), rows), ask(opened(), rows, ids_agree=False)
    # Then only stamps and counts prove anything, and nothing is judged twice
    assert (by_key.is_closed, by_stamp.is_closed) == (False, True)
    assert by_stamp.new_rows == tuple(other_ids(INSIDE))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([*BEFORE[:-1], *INSIDE, *AFTER], "overlap_missing"),
        ([*BEFORE[1:], *INSIDE, *AFTER], "overlap_missing"),
        ([*BEFORE, *INSIDE], "rest_behind"),
    ],
)
def test_stamps_and_counts_can_lack_as_well(rows: list[TradeEvent], reason: str) -> None:
    # Given REST that names the same prints differently
    # When its answer lacks a witness
    verdict = ask(opened(), other_ids(rows), ids_agree=False)
    # Then the span stays open
    assert (verdict.is_closed, verdict.reason) == (False, reason)


@pytest.mark.parametrize(
    ("judged", "lacking", "is_closed"), [(19, 1, False), (20, 1, True), (40, 3, False)]
)
def test_one_in_twenty_may_lack_by_count_too(judged: int, lacking: int, is_closed: bool) -> None:
    # Given so many judged prints, the first at the stamp from which is asked
    before = [row(-5 + 5 * number / (judged - 1), number - 1_000) for number in range(judged)]
    before[0] = before[0]._replace(sip_ns=at(-5))
    witness = opened(before)
    # When an answer under other ids lacks some of the others
    rows = other_ids([before[0], *before[1 + lacking :], *INSIDE, *AFTER])
    verdict = ask(witness, rows, ids_agree=False)
    # Then as many may lack as where ids agree
    assert verdict.is_closed == is_closed


def test_where_ids_do_not_agree_and_nothing_was_judged_no_overlap_is_asked_for() -> None:
    # Given a start
    # When an answer with other ids holds the stamp of what the stream brings
    verdict = ask(opened(before=()), other_ids(AFTER), tally=Tally(), ids_agree=False)
    # Then it closes
    assert verdict.is_closed


def test_where_ids_do_not_agree_a_quiet_span_is_given_up_to_its_end() -> None:
    # Given a span that ended at 5 s without an event, and a lost print of that very stamp
    witness, last = quiet(), row(5, 88)
    # When an answer with other ids holds it, and a later one
    verdict = ask(witness, [*other_ids(BEFORE), last, row(5.001, 89)], ids_agree=False)
    # Then it is judged
    assert verdict.new_rows == (last,)


def quote(seconds: float, sequence: int) -> QuoteEvent:
    return QuoteEvent("ACME", at(seconds) + 5_000, 100, 1, 101, 1, None, sequence)


def test_quotes_are_witnessed_by_the_one_before_and_the_one_after() -> None:
    # Given a span of quotes after the one at 0 s, up to that at 5 s
    def answered(*quotes: QuoteEvent) -> FillVerdict:
        witness = Witness(at(0), Overlap(at(0), array("q", (at(0),))), NS_PER_MS)
        witness.end(at(5))
        witness.expect(at(5), at(5))
        return witness.answered(Answer(at(6), quotes), None, SETTLE_NS)

    before, first, second, after = quote(0, 1), quote(2, 2), quote(2, 3), quote(5, 4)
    # When answers hold both, and one of them
    whole = answered(before, first, first, second, after)
    # Then both are needed, and every quote inside is given, those of one stamp too
    assert whole == FillVerdict(is_closed=True, reason="", new_rows=(first, second, after))
    assert answered(first, after).reason == "overlap_missing"
    assert answered(before, first).reason == "rest_behind"


NUMBERS = st.lists(st.integers(1, 400), unique=True, max_size=40).map(sorted)


@given(NUMBERS, st.sets(st.integers(0, 39)), st.booleans())
def test_an_answer_that_lacks_more_than_the_allowance_never_closes(
    numbers: list[int], lost: set[int], ends: bool
) -> None:
    # Given any judged prints of the last four seconds
    before = [row(-4 + number / 100, number - 1_000) for number in numbers]
    held = [each for place, each in enumerate(before) if place not in lost]
    witness = opened(before, ends=5 if ends else None)
    if not ends:
        witness.end(at(5))
    # When answers lack some of them, early and late
    answers = [ask(witness, [*held, *AFTER], asked=asked) for asked in (6, 20, 40)]
    # Then none closes that lacks the newest, or more than one in twenty
    lacking = len(before) - len(held)
    is_enough = not before or (before[-1] in held and 20 * lacking <= len(before))
    assert any(each.is_closed for each in answers) == is_enough


@given(st.lists(st.integers(0, 11), max_size=12), st.integers(1, 4))
def test_pages_order_and_repeated_rows_change_no_verdict(repeated: list[int], page: int) -> None:
    # Given an answer, and the same one in other pages, order, and with rows twice
    rows = [*BEFORE, *INSIDE, *AFTER]
    lacks = [*rows[:page], *rows[page + 1 :]]
    for each in (rows, lacks):
        again = [*each[page:], *each[:page], *(each[place % len(each)] for place in repeated)]
        # When both are judged
        one, two = ask(opened(), each), ask(opened(), again)
        # Then they mean the same
        assert (one.is_closed, one.reason, one.lacking) == (two.is_closed, two.reason, two.lacking)
        assert set(one.new_rows) == set(two.new_rows)
        assert len(one.new_rows) == len(two.new_rows)


@given(st.lists(st.floats(6, 400), min_size=1, max_size=20))
def test_an_empty_answer_never_closes_what_was_judged_before(asked: list[float]) -> None:
    # Given a span after judged prints
    ended, growing = quiet(), opened(ends=None)
    # When empty answers come at any times
    verdicts = [
        ask(witness, [], asked=seconds)
        for witness in (opened(), ended, growing)
        for seconds in sorted(asked)
    ]
    # Then none closes it
    assert not any(each.is_closed for each in verdicts)
