from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.units import (
    FAR_PAST_NS,
    NS_PER_MS,
    NS_PER_SECOND,
    UNITS_PER_SHARE,
)
from trading_bot.order_flow.sight.audit import WITHDRAWN_CORRECTIONS, Audit
from trading_bot.order_flow.sight.audit_verdict import (
    AuditSpan,
    AuditVerdict,
    SlotDifference,
    Unequal,
    span_to_audit,
    still_known,
)
from trading_bot.order_flow.sight.slot import SLOT_NS, Slot
from trading_bot.order_flow.sight.tally import Tally, print_key

START_NS = 1_700_000_000 * NS_PER_SECOND
SETTLE_NS = 3 * NS_PER_SECOND


def at(seconds: float) -> int:
    return START_NS + round(seconds * NS_PER_SECOND)


def row(
    seconds: float,
    number: int,
    shares: int = 100,
    *,
    exchange: int = 11,
    correction: int = 0,
    trade_id: str | None = None,
) -> TradeEvent:
    """Return a row of the tape, within the millisecond of its stamp."""
    return TradeEvent(
        "ACME",
        at(seconds) + 123_456,
        100_000_000,
        shares * UNITS_PER_SHARE,
        sequence=number,
        correction=correction,
        exchange=exchange,
        trade_id=str(number) if trade_id is None else trade_id,
    )


def key_of(each: TradeEvent) -> int:
    return print_key(each.exchange, each.trf_id, each.trade_id, each.sequence)


def tally_of(rows: Iterable[TradeEvent], from_ns: int = FAR_PAST_NS) -> Tally:
    tally = Tally(from_ns)
    for each in rows:
        tally.add(key_of(each), each.sip_ns - each.sip_ns % NS_PER_MS, each.size)
    return tally


SPAN = AuditSpan(at(0), at(15), at(0) - NS_PER_MS)
TAPE = [row(second / 2, second) for second in range(30)]
"""Two prints a second of three slots."""


def audited(
    judged: Iterable[TradeEvent] | Tally,
    rows: Sequence[TradeEvent],
    *,
    ids_agree: bool = True,
    set_aside: Iterable[int] = (),
) -> AuditVerdict:
    tally = judged if isinstance(judged, Tally) else tally_of(judged)
    audit = Audit(SPAN, tally, NS_PER_MS, set(set_aside))
    audit.take(rows)
    return audit.verdict(ids_agree=ids_agree)


def told(verdict: AuditVerdict) -> list[tuple[float, Unequal]]:
    return [((each.from_ns - START_NS) / NS_PER_SECOND, each.why) for each in verdict.differences]


def test_the_same_prints_are_equal() -> None:
    # Given a tape that was judged whole
    # When REST's tape of the same span is compared
    found = audited(TAPE, TAPE)
    # Then it is proved up to its end
    assert found == AuditVerdict(SPAN, at(15), (), (), ids_agree=True)
    assert found.is_equal


def test_a_print_that_was_lost_is_missing() -> None:
    # Given a tape of which one print was never judged
    lost = TAPE[13]
    # When it is compared
    found = audited([each for each in TAPE if each != lost], TAPE)
    # Then it is to be judged, and the tape is proved up to its slot
    hundred = 100 * UNITS_PER_SHARE
    difference = SlotDifference(at(5), at(10), "missing", 9, 10, 9 * hundred, 10 * hundred)
    assert found == AuditVerdict(SPAN, at(5), (lost,), (difference,), ids_agree=True)
    assert not found.is_equal


def test_a_print_that_was_judged_by_another_stamp_differs_and_is_not_judged_again() -> None:
    # Given a print that the stream stamped ten seconds too early
    shifted = TAPE[23]
    judged = [each for each in TAPE if each != shifted]
    tally = tally_of([*judged, shifted._replace(sip_ns=at(1.5))])
    # When REST has it where it belongs
    found = audited(tally, TAPE)
    # Then both slots differ by count and shares, and nothing is to be judged
    assert found.missing == ()
    assert [second for second, _ in told(found)] == [0, 10]


def test_missing_rows_come_oldest_first() -> None:
    # Given two lost prints of two slots, and an answer in the reverse order
    lost = [TAPE[3], TAPE[22]]
    # When it is compared
    found = audited([each for each in TAPE if each not in lost], TAPE[::-1])
    # Then they come in exchange order
    assert found.missing == tuple(lost)
    assert told(found) == [(0, "missing"), (10, "missing")]


def test_a_judged_print_that_rest_does_not_know_is_surplus() -> None:
    # Given a tape that lacks a judged print
    # When it is compared
    found = audited(TAPE, [each for each in TAPE if each != TAPE[13]])
    # Then nothing is to be judged, and it is said
    assert (found.missing, told(found)) == ((), [(5, "surplus")])


def test_a_judged_print_that_was_withdrawn_since_is_told() -> None:
    # Given a tape whose row of a judged print is cancelled, and one of a print that was not judged
    gone, unknown = TAPE[13]._replace(correction=8), row(6.2, 98, correction=8)
    # When it is compared
    found = audited(TAPE, [*TAPE[:13], gone, *TAPE[14:], unknown])
    # Then the judged one is to be taken back, and nothing differs
    assert found.withdrawn == (gone,)
    assert found.is_equal


def test_other_shares_under_one_id_are_said() -> None:
    # Given a row that has one share more than what was judged
    rows = [*TAPE[:13], TAPE[13]._replace(size=101 * UNITS_PER_SHARE), *TAPE[14:]]
    # When it is compared
    found = audited(TAPE, rows)
    # Then nothing is to be judged, and it is said
    assert (found.missing, told(found)) == ((), [(5, "shares")])


@pytest.mark.parametrize("correction", sorted(WITHDRAWN_CORRECTIONS))
def test_rows_of_withdrawn_prints_are_not_compared(correction: int) -> None:
    # Given a row that was withdrawn at the exchange
    gone = TAPE[13]._replace(correction=correction)
    rows = [*TAPE[:13], gone, *TAPE[14:]]
    # When the print was judged, and when it was not
    judged = audited(TAPE, rows)
    unjudged = audited([each for each in TAPE if each != TAPE[13]], rows)
    # Then both are equal
    assert judged.is_equal
    assert unjudged.is_equal


def test_several_withdrawn_prints_of_a_slot_are_excused() -> None:
    # Given a slot of which three prints were judged and withdrawn since
    rows = [each._replace(correction=8) if each in TAPE[3:6] else each for each in TAPE]
    # When it is compared, with keys and without
    found = audited(TAPE, rows), audited(without_keys(TAPE), rows)
    # Then it is equal
    assert [each.is_equal for each in found] == [True, True]


def test_a_withdrawn_print_hides_no_loss_at_another_venue() -> None:
    # Given a judged print that was withdrawn since, and a lost one of equal shares
    lost = row(6.1, 99, exchange=12)
    rows = [*TAPE[:13], TAPE[13]._replace(correction=8), *TAPE[14:], lost]
    # When it is compared
    found = audited(TAPE, rows)
    # Then count and shares agree, and the lost one is missing all the same
    assert (found.missing, found.ids_agree) == ((lost,), True)


@pytest.mark.parametrize(("number", "trade_id"), [(0, "7"), (7, "")], ids=["id", "number"])
def test_an_id_or_a_number_tells_a_repeated_row(number: int, trade_id: str) -> None:
    # Given a judged print with only one of them
    only = row(1, number, trade_id=trade_id)
    # When its row comes twice
    found = audited([only], [only, only])
    # Then it is one print
    assert found.is_equal


def test_the_withdrawn_codes_are_those_of_the_tape() -> None:
    # Given the codes of the tape
    # When those are asked for whose prints do not count
    # Then they are these
    assert frozenset({7, 8, 10, 11, 12}) == WITHDRAWN_CORRECTIONS


def test_a_corrected_original_is_compared() -> None:
    # Given a row that carries corrected data
    rows = [*TAPE[:13], TAPE[13]._replace(correction=1), *TAPE[14:]]
    # When it was not judged
    found = audited([each for each in TAPE if each != TAPE[13]], rows)
    # Then it is missing
    assert found.missing == (rows[13],)


def test_a_record_beside_its_original_excuses_no_loss() -> None:
    # Given a print that stands, and a record of a change under the same key
    rows = [TAPE[0]._replace(correction=10), *TAPE]
    # When that print was judged, and when it was not
    judged, lost = audited(TAPE, rows), audited(TAPE[1:], rows)
    # Then the one that stands is compared
    assert judged.is_equal
    assert lost.missing == (TAPE[0],)


def test_a_withdrawn_row_outside_the_span_is_passed_over() -> None:
    # Given a withdrawn row of a later slot
    # When it is compared
    found = audited(TAPE, [*TAPE, row(15, 99, correction=8)])
    # Then nothing differs
    assert found.is_equal


@pytest.mark.parametrize(
    ("size", "is_equal"),
    [(UNITS_PER_SHARE - 1, True), (UNITS_PER_SHARE, False), (UNITS_PER_SHARE + 1, False)],
)
def test_rows_below_one_share_are_not_compared(size: int, is_equal: bool) -> None:
    # Given a row of about one share that was not judged
    fraction = row(3, 99)._replace(size=size)
    # When it is compared
    found = audited(TAPE, [*TAPE, fraction])
    # Then only a whole share lacks
    assert found.is_equal == is_equal


def test_rows_set_aside_are_not_compared() -> None:
    # Given a row that the caller does not believe
    odd = row(3, 99)
    # When it is compared
    found = audited(TAPE, [*TAPE, odd], set_aside=[key_of(odd)])
    # Then it does not lack
    assert found.is_equal


def test_prints_taken_back_are_not_compared() -> None:
    # Given a judged print that was taken back since
    tally = tally_of(TAPE)
    tally.withdraw(key_of(TAPE[13]), TAPE[13].size)
    # When REST knows it still
    found = audited(tally, TAPE)
    # Then nothing lacks
    assert found.is_equal


def test_rows_outside_the_span_are_passed_over() -> None:
    # Given rows just before the span and at its end
    outside = [row(-0.001, 98), row(15, 99)]
    # When they are compared
    found = audited(TAPE, [*outside, *TAPE])
    # Then nothing lacks, and so for judged prints outside
    assert found.is_equal
    assert audited([*outside, *TAPE], TAPE).is_equal


def test_a_stream_that_rounds_its_stamps_is_no_difference() -> None:
    # Given prints just before a slot's end, the span's begin and its end
    late = [row(4.9995, 91), row(-0.0005, 92), row(14.9995, 93)]
    tally = tally_of(TAPE)
    for each, seconds in zip(late, (5, 0, 15), strict=True):
        tally.add(key_of(each), at(seconds), each.size)
    # When the stream has brought them one millisecond later
    found = audited(tally, [*TAPE, *late])
    # Then they are the same prints
    assert found.is_equal


def test_rows_without_id_and_number_are_counted() -> None:
    # Given three prints of a slot that cannot be told apart
    unnamed = [row(1, 0, trade_id="")] * 3
    # When all were judged, and two of them
    whole = audited([*TAPE, *unnamed], [*TAPE, *unnamed])
    lost = audited([*TAPE, *unnamed[:2]], [*TAPE, *unnamed])
    # Then one of them lacks
    assert whole.is_equal
    assert lost.missing == (unnamed[0],)


def without_keys(rows: Iterable[TradeEvent]) -> Tally:
    """Return a tally that has forgotten the keys of its first slot."""
    tally = tally_of(rows)
    tally.slots(at(0), at(5))[0].forget_block()
    return tally


def test_a_slot_without_keys_is_compared_by_count_and_shares() -> None:
    # Given a storm whose keys are not kept
    rows, lost = list(TAPE), [each for each in TAPE if each != TAPE[3]]
    other = [TAPE[0]._replace(size=99 * UNITS_PER_SHARE), *TAPE[1:]]
    # When it is equal, a print was lost, and one has other shares
    equal, fewer, odd = (audited(without_keys(each), rows) for each in (rows, lost, other))
    # Then differences are said, but nobody knows which print lacks
    assert equal.is_equal
    assert [(told(each), each.missing) for each in (fewer, odd)] == [([(0, "count")], ())] * 2


def test_keys_say_nothing_where_none_are_kept_or_nothing_was_traded() -> None:
    # Given a slot without keys, and no print at all
    first = TAPE[:10]
    # When they are compared
    found = audited(without_keys(first), first).ids_agree, audited([], []).ids_agree
    # Then it is not known whether ids agree
    assert found == (None, None)


def renamed(rows: Iterable[TradeEvent], exchange: int | None = None) -> list[TradeEvent]:
    """Return rows with other ids, of one exchange or of all."""
    return [
        each._replace(trade_id="R" + each.trade_id) if exchange in (None, each.exchange) else each
        for each in rows
    ]


TWO_VENUES = [row(second / 2, second, exchange=4 if second % 2 else 11) for second in range(30)]


@pytest.mark.parametrize("exchange", [None, 4])
def test_where_ids_do_not_agree_count_and_shares_do(exchange: int | None) -> None:
    # Given REST that names the prints of a venue, or all, differently
    # When its tape is compared
    found = audited(TWO_VENUES, renamed(TWO_VENUES, exchange))
    # Then nothing is judged twice, it is equal, and it says how
    assert found.is_equal
    assert found.ids_agree is False


def test_where_ids_do_not_agree_a_loss_is_said_but_nothing_is_judged_twice() -> None:
    # Given REST that names all prints differently, and one that was lost
    judged = [each for each in TAPE if each != TAPE[13]]
    # When its tape is compared
    found = audited(judged, renamed(TAPE))
    # Then the slot differs by count: nobody knows which print lacks
    assert (told(found), found.missing, found.ids_agree) == ([(5, "count")], (), False)


def test_a_loss_at_a_venue_whose_ids_agree_is_certain() -> None:
    # Given REST that names one venue's prints differently, and a print of the other that was lost
    lost = TWO_VENUES[14]
    # When its tape is compared
    found = audited([each for each in TWO_VENUES if each != lost], renamed(TWO_VENUES, 4))
    # Then that print is judged, and no other
    assert (told(found), found.missing, found.ids_agree) == ([(5, "missing")], (lost,), False)


def test_what_was_learned_of_ids_is_used() -> None:
    # Given one slot with a loss, of a venue whose ids do not agree
    rows = TAPE[:10]
    # When it is compared without and with that knowledge
    naive = audited(rows[1:], renamed(rows))
    taught = audited(rows[1:], renamed(rows), ids_agree=False)
    # Then only with it nothing is judged twice
    assert (len(naive.missing), taught.missing) == (10, ())
    assert told(taught) == [(0, "count")]


def test_a_loss_is_certain_where_every_judged_print_is_known() -> None:
    # Given ids that did not agree earlier
    # When a tape lacks nothing of what was judged
    found = audited([each for each in TAPE if each != TAPE[13]], TAPE, ids_agree=False)
    # Then what was not judged is missing
    assert found.missing == (TAPE[13],)


def test_a_loss_beside_a_surplus_of_equal_shares_is_found() -> None:
    # Given a lost print, and one that REST does not know, of equal shares and one slot
    surplus = row(6, 99)
    judged = [*(each for each in TAPE if each != TAPE[13]), surplus]
    # When it is compared
    found = audited(judged, TAPE)
    # Then it is no matter of ids, since those of that venue agree
    assert (found.missing, told(found), found.ids_agree) == ((TAPE[13],), [(5, "missing")], True)


def test_pages_are_taken_one_by_one() -> None:
    # Given an audit that began when the answer came
    tally = tally_of(TAPE)
    audit = Audit(SPAN, tally, NS_PER_MS)
    # When it takes the rows in pages, and more is judged meanwhile
    audit.take(TAPE[:7])
    tally.add(12345, at(3), UNITS_PER_SHARE)
    audit.take(TAPE[7:])
    # Then it compares what was judged by then
    assert audit.verdict().is_equal


@pytest.mark.parametrize(
    ("proved", "now", "from_", "until"),
    [
        (0, 20, 0, 15),
        (0, 22.999, 0, 15),
        (0, 23, 0, 20),
        (1, 23, 5, 20),
        (5, 23, 5, 20),
        (0, 400, 30, 395),
    ],
)
def test_an_audit_takes_whole_slots_up_to_the_settle_time(
    proved: float, now: float, from_: float, until: float
) -> None:
    # Given what is proved, and the present
    # When the next audit is planned
    found = span_to_audit(at(proved), at(now), SETTLE_NS, Tally(), NS_PER_MS)
    # Then it takes the whole slots between, of the last 370 s
    assert found == AuditSpan(at(from_), at(until), at(from_) - NS_PER_MS)


@pytest.mark.parametrize(("now", "is_none"), [(12.999, True), (13, False)])
def test_there_is_no_audit_of_less_than_a_slot(now: float, is_none: bool) -> None:
    # Given what is proved up to 5 s
    # When the next audit is planned
    found = span_to_audit(at(5), at(now), SETTLE_NS, Tally(), NS_PER_MS)
    # Then it waits until a slot has settled
    assert (found is None) == is_none


@pytest.mark.parametrize(("counted_from", "from_"), [(0, 0), (0.001, 5), (5, 5)])
def test_an_audit_begins_where_the_tally_is_whole(counted_from: float, from_: float) -> None:
    # Given a watch that began within a slot
    tally = Tally(at(counted_from))
    # When the first audit is planned
    found = span_to_audit(at(-60), at(30), SETTLE_NS, tally, NS_PER_MS)
    # Then the slot that was not watched whole is left out
    assert found is not None
    assert found.from_ns == at(from_)


TAPES = st.lists(
    st.tuples(st.integers(-20, 19_999), st.integers(1, 5_000), st.sampled_from([4, 11])),
    max_size=60,
).map(
    lambda members: [
        row(ms / 1_000, number, shares, exchange=exchange)
        for number, (ms, shares, exchange) in enumerate(members, start=1)
    ]
)


@given(TAPES, st.integers(1, 30), st.booleans(), st.booleans())
def test_equal_tapes_are_always_equal(
    tape: list[TradeEvent], page: int, has_repeats: bool, ids_agree: bool
) -> None:
    # Given any tape, judged whole
    tally = tally_of(tape)
    # When it comes back in pages, newest first, some of them twice
    audit = Audit(SPAN, tally, NS_PER_MS)
    for place in range(0, len(tape), page):
        audit.take(tape[::-1][place : place + page])
        if has_repeats:
            audit.take(tape[::-1][place : place + page])
    # Then it is equal
    assert audit.verdict(ids_agree=ids_agree).is_equal


@given(TAPES, st.data())
def test_lost_prints_are_always_found(tape: list[TradeEvent], data: st.DataObject) -> None:
    # Given any tape, of which some prints of the span were never judged
    inside = [each for each in tape if at(0) <= each.sip_ns < at(15)]
    if not inside:
        return
    lost = data.draw(st.lists(st.sampled_from(inside), min_size=1, unique=True))
    # When it is compared
    found = audited([each for each in tape if each not in lost], tape)
    # Then exactly those are missing
    assert sorted(found.missing) == sorted(lost)
    assert not found.is_equal
    assert found.proved_ns == min(each.sip_ns - each.sip_ns % SLOT_NS for each in lost)


@given(TAPES, st.data())
def test_a_loss_is_said_without_keys_too(tape: list[TradeEvent], data: st.DataObject) -> None:
    # Given any tape of the first slot, of which a print was lost, and keys that are not kept
    first = [each for each in tape if at(0) <= each.sip_ns < at(5)]
    if len(first) < 2:
        return
    lost = data.draw(st.sampled_from(first))
    # When it is compared
    found = audited(without_keys(each for each in first if each != lost), first)
    # Then it differs
    assert told(found) == [(0, "count")]


def test_an_empty_slot_begins_where_it_is_asked() -> None:
    # Given a slot in which nothing was judged
    # When a print of it is known by REST
    found = audited([], [row(6, 1)])
    # Then it is missing
    assert (told(found), len(found.missing)) == ([(5, "missing")], 1)
    assert Slot(at(5)).count == 0


def filled(slots: int) -> Tally:
    """Return a tally of one print a slot, from `START_NS` on."""
    tally = Tally(at(0))
    for number in range(slots):
        tally.add(number, at(5 * number + 1), 100 * UNITS_PER_SHARE)
    return tally


def test_a_span_that_the_tally_knows_is_compared_as_it_was_asked_for() -> None:
    # Given a tally of as many slots as it keeps
    tally = filled(20)
    span = AuditSpan(at(0), at(100), at(0) - NS_PER_MS)
    # When the answer comes
    # Then all of the span is compared
    assert still_known(span, tally) == span


def test_a_slot_that_was_forgotten_while_the_answer_was_under_way_is_not_compared() -> None:
    # Given a span from the oldest slot on
    tally = filled(20)
    span = AuditSpan(at(0), at(100), at(0) - NS_PER_MS)
    # When a print of a new slot comes before the answer
    tally.add(20, at(101), 100 * UNITS_PER_SHARE)
    # Then its prints, which nobody knows any more, are not found missing
    assert still_known(span, tally) == AuditSpan(at(5), at(100), at(0) - NS_PER_MS)


def test_nothing_is_compared_of_a_span_that_is_all_forgotten() -> None:
    # Given a span of the oldest slot
    tally = filled(20)
    span = AuditSpan(at(0), at(5), at(0) - NS_PER_MS)
    # When that is forgotten before the answer comes
    tally.add(20, at(101), 100 * UNITS_PER_SHARE)
    # Then there is nothing to compare
    assert still_known(span, tally) is None
