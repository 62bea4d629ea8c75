from __future__ import annotations

import sys
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_MS, NS_PER_SECOND
from trading_bot.order_flow.sight.slot import _NO_KEYS, BLOCK, SLOT_NS, Slot
from trading_bot.order_flow.sight.tally import (
    MOST_KEYS,
    MOST_WITHDRAWN,
    SLOTS_KEPT,
    Overlap,
    Tally,
    print_key,
)

START_NS = 1_700_000_000 * NS_PER_SECOND
"""A multiple of five seconds."""
HUNDRED = 100_000_000
"""100 shares in millionths."""


def at(seconds: float) -> int:
    return START_NS + round(seconds * NS_PER_SECOND)


def tally_of(*prints: tuple[int, float]) -> Tally:
    """Count prints of 100 shares: keys, and seconds after the start."""
    found = Tally()
    for key, seconds in prints:
        found.add(key, at(seconds), HUNDRED)
    return found


def told(tally: Tally) -> list[tuple[int, list[int], int, int]]:
    return [
        ((slot.from_ns - START_NS) // NS_PER_SECOND, list(slot.keys), slot.count, slot.size)
        for slot in tally.slots(FAR_PAST_NS, at(1_000_000))
    ]


def weight(tally: Tally) -> int:
    """Return the bytes of a tally and of all that only it holds."""
    slots = tally.slots(FAR_PAST_NS, at(1_000_000))
    return (
        sys.getsizeof(tally)
        + sys.getsizeof(tally._slots)
        + sys.getsizeof(tally._withdrawn)
        + sum(
            sys.getsizeof(each)
            + sum(
                sys.getsizeof(part)
                for part in (each.keys, each.size, each.from_ns, each._ends, each._stamps)
                if part is not _NO_KEYS
            )
            for each in slots
        )
    )


def test_prints_are_counted_by_five_seconds() -> None:
    # Given three prints, the last one exactly five seconds after the start
    tally = tally_of((1, 0), (2, 4.999), (3, 5))
    # When their slots are asked for
    found = told(tally)
    # Then the last one begins a slot
    assert found == [(0, [1, 2], 2, 2 * HUNDRED), (5, [3], 1, HUNDRED)]


def test_a_late_print_goes_to_the_slot_of_its_stamp() -> None:
    # Given prints of two slots with a quiet one between
    tally = tally_of((1, 0), (2, 11))
    # When prints of the quiet slot and of the first one come late, and one goes on
    for key, seconds in ((3, 6.0), (4, 1.0), (5, 12.0)):
        tally.add(key, at(seconds), HUNDRED)
    # Then each is where it belongs
    assert [(begin, keys) for begin, keys, _, _ in told(tally)] == [
        (0, [1, 4]),
        (5, [3]),
        (10, [2, 5]),
    ]


def test_slots_of_a_span_leave_out_the_one_at_its_end() -> None:
    # Given prints of three slots
    tally = tally_of((1, 0), (2, 5), (3, 10))
    # When two of them are asked for
    found = tally.slots(at(5), at(10))
    # Then the slot that begins at the end is not among them
    assert [each.from_ns for each in found] == [at(5)]


def test_a_print_is_known_by_its_key_and_slot() -> None:
    # Given a print
    tally = tally_of((7, 3))
    # When it is asked for by its stamp, another of its slot, other slots, and another key
    found = [
        tally.holds(7, at(3)),
        tally.holds(7, at(4.9)),
        tally.holds(7, at(5)),
        tally.holds(7, at(-1)),
        tally.holds(8, at(3)),
    ]
    # Then it is known in its slot alone
    assert found == [True, True, False, False, False]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(1 << 62), 1 << 62), min_size=1, max_size=900), st.integers(0, 899))
def test_a_print_is_known_among_however_many(keys: list[int], place: int) -> None:
    # Given prints of one slot, looked for while they come
    tally = Tally()
    for number, key in enumerate(keys):
        tally.add(key, at(1), HUNDRED)
        if number == place:
            assert tally.holds(key, at(1))
    # When each is looked for, and one that never came
    found = [tally.holds(key, at(1)) for key in keys]
    # Then all are known, and no other
    assert all(found)
    assert not tally.holds((1 << 62) + 1, at(1))


def test_many_prints_of_a_slot_are_looked_up_in_order() -> None:
    # Given more prints than are looked at one by one
    slot = Slot(START_NS)
    slot.keys.extend(range(0, 2_000, 2))
    # When keys are looked for, and looked for again after more have come
    first = [slot.holds(key) for key in (0, 1_998, 1, 1_999, 2_000)]
    slot.keys.extend((2_001, 5))
    second = [slot.holds(key) for key in (0, 5, 2_001, 2_003)]
    slot.forget_order()
    # Then it makes no difference
    assert first == [True, True, False, False, False]
    assert second == [True, True, True, False]
    assert slot.holds(1_998)


def test_twenty_slots_with_prints_are_kept() -> None:
    # Given prints of twenty slots
    tally = tally_of(*((number, number * 5.0) for number in range(SLOTS_KEPT)))
    before = (len(told(tally)), tally.counted_from_ns, tally.known_from_ns)
    # When one of another slot comes
    tally.add(99, at(SLOTS_KEPT * 5), HUNDRED)
    # Then the oldest slot goes, and the tally says from when on it is whole
    assert before == (SLOTS_KEPT, FAR_PAST_NS, FAR_PAST_NS)
    assert len(told(tally)) == SLOTS_KEPT
    assert (tally.counted_from_ns, tally.known_from_ns) == (at(5), at(5))
    assert not tally.holds(0, at(0))
    assert tally.holds(1, at(5))


def test_slots_that_an_open_span_reaches_into_are_kept_however_many() -> None:
    # Given a span that begins within the third slot
    tally = Tally()
    tally.kept_from_ns = at(14.9)
    # When more slots hold prints than are usually kept
    for number in range(SLOTS_KEPT + 5):
        tally.add(number, at(number * 5.0), HUNDRED)
    # Then those before it are forgotten, and none of its own
    assert [from_ns for from_ns, *_ in told(tally)][:2] == [10, 15]
    assert tally.known_from_ns == at(10)


def test_slots_that_were_kept_for_a_span_are_forgotten_after_its_end() -> None:
    # Given slots that were kept for a span
    tally = Tally()
    tally.kept_from_ns = at(0)
    for number in range(SLOTS_KEPT + 5):
        tally.add(number, at(number * 5.0), HUNDRED)
    # When the span is closed, and a print of a new slot comes
    tally.kept_from_ns = FAR_FUTURE_NS
    tally.add(99, at((SLOTS_KEPT + 5) * 5.0), HUNDRED)
    # Then as many are kept as ever
    assert len(told(tally)) == SLOTS_KEPT


@pytest.mark.parametrize(("kept_from", "is_known"), [(-0.1, True), (0.0, False)])
def test_a_late_print_of_an_open_span_is_counted_in_a_full_tally(
    kept_from: float, is_known: bool
) -> None:
    # Given a full tally, and a span that begins within the slot before it, or after that
    tally = tally_of(*((number, number * 5.0) for number in range(SLOTS_KEPT)))
    tally.kept_from_ns = at(kept_from)
    # When a print of that slot comes late
    tally.add(99, at(-2), HUNDRED)
    # Then it is known where the span reaches so far back
    assert tally.holds(99, at(-2)) is is_known


def test_a_print_older_than_all_that_is_kept_is_passed_over() -> None:
    # Given a tally that is full, and has forgotten a slot
    tally = tally_of(*((number, number * 5.0) for number in range(SLOTS_KEPT + 1)))
    before = told(tally)
    # When prints of the forgotten slot and from long ago come
    tally.add(98, at(0), HUNDRED)
    tally.add(99, at(-500), HUNDRED)
    # Then nothing changes
    assert told(tally) == before


def test_a_print_older_than_a_full_tally_that_has_forgotten_nothing_is_passed_over() -> None:
    # Given a tally that is just full
    tally = tally_of(*((number, number * 5.0) for number in range(SLOTS_KEPT)))
    # When an older print comes
    tally.add(99, at(-5), HUNDRED)
    # Then no slot is given up for it, and nothing so old is said to be known
    assert len(told(tally)) == SLOTS_KEPT
    assert not tally.holds(99, at(-5))
    assert (tally.known_from_ns, tally.counted_from_ns) == (at(0), at(0))


def test_a_stamp_far_ahead_takes_one_slot_only() -> None:
    # Given prints of ninety seconds
    tally = tally_of(*((number, float(number)) for number in range(90)))
    # When one is stamped an hour ahead, and others go on as before
    tally.add(1_000, at(3_600), HUNDRED)
    tally.add(1_001, at(91), HUNDRED)
    # Then those before are known as before, and those after too
    assert all(tally.holds(number, at(number)) for number in range(90))
    assert tally.holds(1_001, at(91))


def test_a_tally_counts_from_the_first_whole_slot() -> None:
    # Given a watch that began within a slot
    tally = Tally(at(2))
    # When prints before and since come
    tally.add(1, at(-4), HUNDRED)
    tally.add(2, at(3), HUNDRED)
    # Then the slot that ended before the watch is not counted
    assert told(tally) == [(0, [2], 1, HUNDRED)]
    assert tally.counted_from_ns == at(2)


def test_a_print_taken_back_is_known_and_no_longer_counted() -> None:
    # Given two prints
    tally = tally_of((1, 0), (2, 7))
    # When the older one is taken back
    found = tally.withdraw(1, HUNDRED)
    # Then it is not counted, nor judged again
    assert found
    assert told(tally) == [(0, [], 0, 0), (5, [2], 1, HUNDRED)]
    assert tally.holds(1, at(0))
    assert (tally.has_withdrawn(1), tally.has_withdrawn(2)) == (True, False)


def test_an_unknown_print_is_not_taken_back() -> None:
    # Given a print
    tally = tally_of((1, 0))
    # When another is taken back
    found = tally.withdraw(2, HUNDRED)
    # Then nothing changes
    assert (found, told(tally)) == (False, [(0, [1], 1, HUNDRED)])


def test_only_the_newest_prints_taken_back_are_remembered() -> None:
    # Given more prints than are remembered, all taken back
    tally = tally_of(*((number, 0) for number in range(MOST_WITHDRAWN + 1)))
    # When all are taken back
    for number in range(MOST_WITHDRAWN + 1):
        tally.withdraw(number, HUNDRED)
    # Then the first is forgotten
    assert (tally.has_withdrawn(0), tally.has_withdrawn(1)) == (False, True)


def test_beyond_the_limit_the_oldest_keys_are_forgotten_and_counted_still() -> None:
    # Given a slot of as many prints as are remembered together, but for a block
    tally = Tally()
    most = MOST_KEYS - BLOCK
    for number in range(most):
        tally.add(number, at(0), HUNDRED)
    before = tally.holds(0, at(0))
    # When the next slot's first print comes and another block is whole
    for number in range(most, most + BLOCK):
        tally.add(number, at(5), HUNDRED)
    # Then the first block is known by count and size only
    first, second = tally.slots(at(0), at(10))
    assert before
    assert not tally.holds(0, at(0))
    assert tally.holds(BLOCK, at(0))
    assert (first.count, first.forgotten, first.size) == (most, BLOCK, most * HUNDRED)
    assert (second.count, second.forgotten) == (BLOCK, 0)
    assert tally.known_from_ns == at(0) + NS_PER_MS
    assert tally.counted_from_ns == FAR_PAST_NS


def test_a_storm_within_one_slot_keeps_the_newest() -> None:
    # Given more prints in four seconds than are remembered, in order
    tally = Tally()
    count = 2 * MOST_KEYS
    for number in range(count):
        tally.add(number, at(4 * number / count), HUNDRED)
    # When it is asked since when it knows all
    known_from = -(-(tally.known_from_ns - START_NS) * count // (4 * NS_PER_SECOND))
    # Then it knows all since then, and they are nearly as many as it may keep
    assert all(tally.holds(n, at(4 * n / count)) for n in range(known_from, count))
    assert count - known_from > MOST_KEYS - 3 * BLOCK
    assert tally.slots(at(0), at(5))[0].count == count


def test_where_no_block_is_whole_all_keys_of_the_oldest_slot_are_forgotten() -> None:
    # Given many slots, none with a whole block
    tally = Tally()
    for number in range(BLOCK - 1):
        for second in range(0, 90, 5):
            tally.add(number, at(second), HUNDRED)
    # When their keys are together more than are kept
    first, *others = tally.slots(at(0), at(100))
    # Then the oldest slots have few or none, and their counts stay
    assert first.forgotten > 0
    assert sum(len(each.keys) for each in (first, *others)) <= MOST_KEYS
    assert all(each.count == BLOCK - 1 for each in (first, *others))
    assert tally.known_from_ns % SLOT_NS == 0


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 3_000)), min_size=5, max_size=15))
def test_never_more_keys_are_kept_than_allowed_and_none_is_uncounted(
    bursts: list[tuple[int, int]],
) -> None:
    # Given bursts of prints at any times
    tally = Tally()
    key = 0
    for second, count in bursts:
        for _ in range(count):
            key += 1
            tally.add(key, at(5 * second), HUNDRED)
            if key % 100 == 0:
                # When keys are counted
                assert sum(len(each.keys) for each in tally._slots) <= MOST_KEYS
    # Then never are there too many, and sizes and counts of all kept slots agree
    assert all(each.size == each.count * HUNDRED for each in tally._slots)
    assert len(tally._slots) <= SLOTS_KEPT


@pytest.mark.parametrize(("seconds", "count"), [(-0.001, 0), (0, 1)])
def test_a_slot_that_ends_where_the_watch_begins_is_not_counted(seconds: float, count: int) -> None:
    # Given a watch that began with a slot
    tally = Tally(at(0))
    # When a print just before and at its begin comes
    tally.add(1, at(seconds), HUNDRED)
    # Then only the latter counts
    assert len(told(tally)) == count


@pytest.mark.parametrize("taken_back", [BLOCK - 1, BLOCK])
def test_taking_back_moves_the_ends_of_blocks_behind_it_only(taken_back: int) -> None:
    # Given a whole block of prints and some more
    slot = Slot(START_NS)
    slot.keys.extend(range(BLOCK))
    slot.end_block(at(1))
    slot.keys.extend((BLOCK, BLOCK + 1))
    # When the last of the block, or the first after it, is taken back, and the block forgotten
    slot.take_back(taken_back, 0)
    slot.forget_block()
    # Then those after it are left
    assert list(slot.keys) == [n for n in (BLOCK, BLOCK + 1) if n != taken_back]


def test_taking_back_keeps_what_a_block_says_true() -> None:
    # Given two whole blocks of prints, a millisecond apart
    slot = Slot(START_NS)
    for number in range(2 * BLOCK):
        slot.keys.append(number)
        if len(slot.keys) == slot.block_ends_at:
            slot.end_block(START_NS + number * NS_PER_MS)
    # When one of the first is taken back, and one of the second block, and the first is forgotten
    slot.take_back(3, 0)
    slot.take_back(BLOCK + 3, 0)
    known_from_ns = slot.forget_block()
    # Then exactly the rest of the second block is known
    assert known_from_ns == START_NS + BLOCK * NS_PER_MS
    assert list(slot.keys) == [n for n in range(BLOCK, 2 * BLOCK) if n != BLOCK + 3]


def test_a_late_print_at_the_end_of_a_block_does_not_move_it_back() -> None:
    # Given a block that ended at two seconds
    slot = Slot(START_NS)
    slot.keys.extend(range(2 * BLOCK))
    slot.end_block(at(2))
    # When a late print ends the next one
    slot.end_block(at(1))
    slot._ends = array("q", (BLOCK, 2 * BLOCK))
    slot.forget_block()
    # Then what is known begins after the newest print that is forgotten
    assert slot.forget_block() == at(2) + NS_PER_MS


def test_an_overlap_reaches_five_seconds_back_to_the_beginning_of_a_slot() -> None:
    # Given steady prints
    tally = tally_of(*((second, float(second)) for second in range(30)))
    # When a span opens after the one at 22 s
    found = tally_of(*((second, float(second)) for second in range(23))).overlap(at(22))
    later = tally.overlap(at(22))
    # Then the answer is asked for from 15 s on, and holds what was judged of those slots
    assert found == Overlap(at(15), array("q", range(15, 23)))
    assert found.newest_key == 22
    assert later.from_ns == at(15)


@pytest.mark.parametrize(
    ("seconds", "from_seconds", "keys"),
    [
        ((0.0, 31.0, 32.0, 60.0), 30, [1, 2, 3]),
        ((0.0, 32.0, 60.0), 0, [0, 1, 2]),
        ((-0.1, 32.0, 60.0), 30, [1, 2]),
        ((60.0,), 55, [0]),
        ((), 55, []),
    ],
    ids=["three", "further back", "not beyond a minute", "one", "none"],
)
def test_an_overlap_goes_back_until_it_has_three_prints(
    seconds: tuple[float, ...], from_seconds: int, keys: list[int]
) -> None:
    # Given prints with long silences
    tally = tally_of(*enumerate(seconds))
    # When a span opens after 60 s
    found = tally.overlap(at(60))
    # Then it goes on to a minute at most
    assert (found.from_ns, list(found.keys)) == (at(from_seconds), keys)


def test_an_overlap_does_not_reach_where_judged_prints_are_forgotten() -> None:
    # Given a storm that outgrew what is remembered
    tally = Tally()
    for number in range(2 * MOST_KEYS):
        tally.add(number, at(4 * number / (2 * MOST_KEYS)), HUNDRED)
    # When a span opens
    found = tally.overlap(at(4))
    # Then nothing is asked for that might be judged twice
    assert found.from_ns == tally.known_from_ns > at(0)
    assert found.newest_key == 2 * MOST_KEYS - 1


def test_nothing_judged_leaves_nothing_to_hold() -> None:
    # Given a watch that has just begun
    tally = Tally(at(-3))
    # When its first span opens
    found = tally.overlap(at(0))
    # Then it is asked from when on its prints are wanted
    assert (found, found.newest_key) == (Overlap(at(-3), array("q")), None)


@pytest.mark.parametrize(
    ("prints_a_second", "limit"), [(2, 8_500), (120, 112_000), (1_000, 150_000)]
)
def test_memory_is_eight_bytes_a_print_and_little_a_slot(prints_a_second: int, limit: int) -> None:
    # Given two minutes of steady prints
    tally = Tally()
    for number in range(120 * prints_a_second):
        tally.add(hash((11, 0, str(number), number)), at(number / prints_a_second), HUNDRED)
    # When all that the tally holds is weighed
    found = weight(tally)
    # Then it is about 8 bytes a print of the last 100 s, and bounded
    assert found < limit


@pytest.mark.parametrize(
    "other", [(12, 0, "1", 10), (11, 202, "1", 10), (11, 0, "2", 10), (11, 0, "", 10)]
)
def test_every_part_of_a_key_tells_prints_apart(other: tuple[int, int, str, int]) -> None:
    # Given a print
    key = print_key(11, 0, "1", 10)
    # When one differs in a single part
    # Then so does its key, which is that of the stream
    assert print_key(*other) != key == hash((11, 0, "1"))


@pytest.mark.parametrize(("trade_id", "is_same"), [("1", True), ("", False)])
def test_a_number_tells_prints_apart_only_where_they_have_no_id(
    trade_id: str, is_same: bool
) -> None:
    # Given a print, and another number
    # When their keys are compared
    # Then a number is looked at only where there is no id
    assert (print_key(11, 0, trade_id, 10) == print_key(11, 0, trade_id, 9)) is is_same
