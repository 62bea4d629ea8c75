"""The memory of one symbol: blocks, thresholds from ranks, the brake, the first hour, restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from trading_bot.order_flow.calendar import Session, session_of
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.rules.own_scale.memory import (
    BID,
    BLOCK_NS,
    BLOCKS,
    BURST,
    GOES_ON_WITHIN_NS,
    JUDGED_KEPT,
    KINDS,
    LEAST_SHARES,
    NEVER,
    ORDER,
    WALL,
    OwnScale,
    SaidLine,
    ScaleRules,
    Standing,
)
from trading_bot.order_flow.rules.own_scale.state import JudgedBlock, ScaleState


def _session(day: date) -> Session:
    session = session_of(day)
    assert session is not None
    return session


FIRST = _session(date(2026, 3, 10))
SECOND = _session(date(2026, 3, 11))
HALF = _session(date(2026, 11, 27))
AFTER_HALF = _session(date(2026, 11, 30))
BEFORE_HALF = _session(date(2026, 11, 25))
Blocks = dict[int, dict[int, int]]
"""By block the largest of each kind."""


@dataclass
class Player:
    """Plays blocks into a scale."""

    scale: OwnScale

    def play(self, session: Session, blocks: Blocks, count: int = BLOCKS, first: int = 0) -> None:
        """Give the events of some blocks, each in the middle of its block."""
        for place in range(first, first + count):
            stamp_ns = session.open_ns + place * BLOCK_NS + BLOCK_NS // 2
            self.scale.turn(stamp_ns)
            self.scale.volume += 1_000
            for kind, size in blocks.get(place, {}).items():
                self.scale.learn(kind, size)

    def reach(self, session: Session, block: int) -> None:
        """Let time pass to the beginning of a block."""
        self.scale.turn(session.open_ns + block * BLOCK_NS)


def player(**rules: Any) -> Player:
    return Player(OwnScale(ScaleRules(**rules)))


def remembering(blocks: Blocks, **rules: Any) -> OwnScale:
    """Return a scale at the open of the second session, with a memory of the first."""
    own = player(**rules)
    own.play(FIRST, blocks)
    own.reach(SECOND, 0)
    return own.scale


def rising(kind: int, count: int, least: int = 1_000) -> Blocks:
    """Return so many blocks of one kind, each larger than the one before."""
    return {place: {kind: least + place} for place in range(count)}


# Ranks


def test_a_threshold_is_the_size_of_as_many_blocks_as_are_wished() -> None:
    # Given a day with a hundred orders of different sizes
    # When the next day opens with a wish of eight
    scale = remembering(rising(ORDER, 100))
    # Then the eighth largest is large, and what is smaller is not
    assert scale.rank == 8
    assert scale.thresholds[ORDER] == 1_000 + 92


def test_a_block_in_which_two_kinds_were_large_counts_once() -> None:
    # Given a day on which bursts and orders are large in the same blocks
    both = {place: {BURST: 2_000 + place, ORDER: 1_000 + place} for place in range(100)}
    # When the next day opens
    scale = remembering(both)
    # Then eight blocks of both are large
    assert (scale.thresholds[BURST], scale.thresholds[ORDER]) == (2_092, 1_092)


def test_two_kinds_that_are_large_apart_share_the_wish() -> None:
    # Given a day on which bursts and orders are large in different blocks
    apart = rising(ORDER, 90) | {100 + n: {BURST: 2_000 + n} for n in range(90)}
    # When the next day opens
    scale = remembering(apart)
    # Then four of each are
    assert scale.rank == 4
    assert (scale.thresholds[ORDER], scale.thresholds[BURST]) == (1_086, 2_086)


def test_an_offer_has_half_the_share_of_an_order() -> None:
    # Given a day on which orders and offers are large in different blocks
    apart = rising(ORDER, 90) | {100 + n: {WALL: 5_000 + n} for n in range(90)}
    # When the next day opens
    scale = remembering(apart)
    # Then offers are large at half the rank of orders
    assert scale.rank == 5
    assert scale.thresholds[ORDER] == 1_085
    assert scale.thresholds[WALL] == 5_088


def test_a_kind_that_hardly_occurs_leaves_its_share_to_the_others() -> None:
    # Given a day with orders in many blocks, and bursts in thirty
    apart = rising(ORDER, 100) | {150 + n: {BURST: 2_000 + n} for n in range(30)}
    # When the next day opens
    scale = remembering(apart)
    # Then of the bursts no more than a tenth of their blocks is large
    assert scale.thresholds[BURST] == 2_030 - 3


@pytest.mark.parametrize(("blocks", "is_ranked"), [(9, False), (10, True), (11, True)])
def test_a_kind_needs_ten_blocks_to_have_a_threshold(blocks: int, *, is_ranked: bool) -> None:
    # Given a day with bursts in some blocks
    # When the next day opens
    scale = remembering(rising(ORDER, 100) | {120 + n: {BURST: 3_000 + n} for n in range(blocks)})
    # Then none is large where there were fewer than ten
    assert (scale.thresholds[BURST] != NEVER) is is_ranked


def test_of_equal_sizes_the_earlier_block_comes_first() -> None:
    # Given a day with the same order in every block, and bursts that differ in the late blocks
    same: Blocks = {place: {ORDER: 5_000} for place in range(BLOCKS)}
    for place in range(150, 190):
        same[place][BURST] = 2_000 + place
    # When the next day opens
    scale = remembering(same)
    # Then orders name the first blocks and bursts the late ones, so that each has half the wish
    assert scale.rank == 4
    assert scale.thresholds[BURST] == 2_186


def test_nothing_below_a_round_lot_is_large() -> None:
    # Given a day with tiny orders
    # When the next day opens
    scale = remembering({place: {ORDER: 3} for place in range(BLOCKS)})
    # Then the threshold is a hundred shares
    assert scale.thresholds[ORDER] == LEAST_SHARES


def test_a_size_beyond_the_memorys_numbers_is_kept_as_the_largest_of_them() -> None:
    # Given an order that no memory cell can hold
    blocks = rising(ORDER, 100)
    blocks[100] = {ORDER: 1 << 40}
    # When the next day opens
    scale = remembering(blocks)
    # Then it is the largest, and the same size is ranked first again
    assert scale.standing(ORDER, 1 << 40).rank == 1
    assert scale.standing(ORDER, 1_099).rank == 2


def test_kinds_that_share_no_wish_are_never_large() -> None:
    # Given a day with large bids, which share no wish by default
    # When the next day opens
    scale = remembering(rising(BID, 100) | {150: {ORDER: 1}})
    # Then none is large
    assert scale.thresholds[BID] == NEVER


def test_bids_that_share_the_wish_are_ranked_like_offers() -> None:
    # Given bids alone share the wish
    # When the day after one with large bids opens
    scale = remembering(rising(BID, 100), kinds=(BID,))
    # Then as many blocks are large as are wished
    assert scale.rank == 15
    assert scale.thresholds[BID] == 1_093


def test_a_stated_threshold_holds_all_the_time() -> None:
    # Given a trader states what a large order is
    own = player(kinds=(BURST,), stated=(0, 15_000, 15_000, 0))
    # When the market is closed, in its first block, and after a day
    found = [list(own.scale.thresholds)]
    own.play(FIRST, rising(ORDER, 50))
    found.append(list(own.scale.thresholds))
    own.reach(SECOND, 0)
    found.append(list(own.scale.thresholds))
    # Then it is that number
    assert [(each[ORDER], each[WALL]) for each in found] == [(15_000, 15_000)] * 3


# Pace


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [(0, 16), (1, 16), (2, 12), (3, 10), (4, 8), (5, 6), (6, 4), (7, 4), (8, 3), (9, 2), (10, 1)],
)
def test_the_wish_follows_the_lead_over_an_even_pace(lines: int, wanted: int) -> None:
    # Given half a session, by which four lines are due, and a memory of a day
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.play(SECOND, {}, count=97)
    for _ in range(lines):
        own.scale.count_line(ORDER, 5_000)
    # When the next block begins
    own.reach(SECOND, 98)
    # Then the wish is eased or cut by how far the lines are ahead
    assert own.scale.lead == lines - 4
    assert own.scale.rank == wanted


def test_far_ahead_of_the_pace_the_largest_of_all_still_passes() -> None:
    # Given far more lines than are due
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.reach(SECOND, 0)
    for _ in range(50):
        own.scale.count_line(ORDER, 5_000)
    # When the next block begins
    own.reach(SECOND, 1)
    # Then the largest of the memory is large
    assert own.scale.thresholds[ORDER] == max(1_000 + place for place in range(1, BLOCKS))


def test_the_lead_is_rounded_to_the_nearest_line() -> None:
    # Given a wish of eight: after 13 blocks 0.53 lines are due, after 12 blocks 0.49
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    # When these blocks have begun
    own.play(SECOND, {}, count=12)
    own.reach(SECOND, 12)
    early = own.scale.lead
    own.reach(SECOND, 13)
    # Then the day is behind by none, and by one
    assert (early, own.scale.lead) == (0, -1)


def test_what_only_the_brake_held_back_is_counted() -> None:
    # Given a day far ahead of the pace
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.reach(SECOND, 0)
    for _ in range(50):
        own.scale.count_line(ORDER, 5_000)
    own.reach(SECOND, 1)
    even = 1_000 + BLOCKS - 8
    # When orders come that an even pace would let through, and one that it would not
    own.play(SECOND, {1: {ORDER: even}, 2: {ORDER: even - 1}, 3: {ORDER: even}}, count=3, first=1)
    own.reach(SECOND, 4)
    # Then two blocks are counted as held back
    assert own.scale.held_back == 2


def test_a_line_that_only_the_brake_let_through_is_counted() -> None:
    # Given a quiet day, so that the wish is eased
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.play(SECOND, {}, count=40)
    # When lines are written below and at what an even pace asks for
    even = 1_000 + BLOCKS - 8
    own.scale.count_line(ORDER, even - 1)
    own.scale.count_line(ORDER, even)
    # Then the smaller one is eased
    assert (own.scale.raised, own.scale.eased) == (2, 1)


# What is critical, and what is looked at


@pytest.mark.parametrize(("margin", "critical"), [(1_250, 1_369), (1_000, 1_095), (2_000, 2_190)])
def test_critical_is_what_exceeds_everything_by_the_margin(margin: int, critical: int) -> None:
    # Given a day whose largest order is of 1,095 shares
    # When the next day opens
    scale = remembering(rising(ORDER, 96), margin_thousandths=margin)
    # Then a critical order is so much larger, rounded up
    assert scale.critical[ORDER] == critical


@pytest.mark.parametrize(("largest", "critical"), [(3_199, 4_000), (3_200, 4_000), (3_201, 4_002)])
def test_a_critical_burst_is_never_below_the_specifications(largest: int, critical: int) -> None:
    # Given a day whose largest burst is known
    blocks = rising(BURST, 50, least=1_000) | {100: {BURST: largest}}
    # When the next day opens
    scale = remembering(blocks)
    # Then critical is a quarter more, or four times the baseline
    assert scale.critical[BURST] == critical


def test_small_sizes_are_not_looked_at() -> None:
    # Given a day with an order in every block
    scale = remembering(rising(ORDER, BLOCKS))
    # When the next day opens
    # Then what is smaller than sixty of them teaches nothing
    assert scale.look_from[ORDER] == 1_000 + BLOCKS - 60


def test_what_was_learnt_in_a_block_is_looked_at_no_more() -> None:
    # Given a scale at the open
    scale = remembering(rising(ORDER, BLOCKS))
    # When an order below the threshold is learnt, then a smaller one
    scale.learn(ORDER, 1_150)
    scale.learn(ORDER, 1_149)
    # Then only larger ones are worth a look, and never more than what is large
    assert scale.look_from[ORDER] == 1_151
    scale.learn(ORDER, 50_000)
    assert scale.look_from[ORDER] == scale.thresholds[ORDER]


# The first day


def test_the_first_block_ever_is_silent() -> None:
    # Given a symbol without memory
    own = player()
    # When its first block begins
    own.reach(FIRST, 0)
    # Then nothing is large
    assert own.scale.thresholds == [NEVER] * KINDS


def test_in_the_first_hour_the_letter_and_the_usual_minute_count() -> None:
    # Given a block of 1,000 shares, so 500 a minute, and offers of 300 shares
    own = player()
    own.reach(FIRST, 0)
    own.scale.volume += 1_000
    own.scale.see_level(200)
    own.scale.see_level(400)
    # When the second block begins
    own.reach(FIRST, 1)
    # Then three times the baseline, half a minute, and six times the offer are large
    assert own.scale.usual_minute == 500
    assert own.scale.thresholds == [3_000, 250, 1_800, NEVER]
    assert own.scale.critical[BURST] == 4_000


def test_in_the_first_hour_only_a_new_largest_counts() -> None:
    # Given a first block with one of each kind
    own = player()
    own.play(FIRST, {0: {BURST: 5_000, ORDER: 9_000, WALL: 7_000}}, count=1)
    # When the second block begins
    own.reach(FIRST, 1)
    # Then each must be exceeded
    assert own.scale.thresholds[:3] == [5_001, 9_001, 7_001]
    assert own.scale.critical[BURST] == 5_001


@pytest.mark.parametrize(("lines", "is_silent"), [(3, False), (4, True), (5, True)])
def test_the_first_hour_gives_four_tenths_of_a_days_lines(lines: int, *, is_silent: bool) -> None:
    # Given a wish of eight, and some lines in the first hour
    own = player()
    own.play(FIRST, {}, count=5)
    for _ in range(lines):
        own.scale.count_line(ORDER, 5_000)
    # When the next block begins
    own.reach(FIRST, 6)
    # Then from four lines on the rest of the hour is silent
    assert (own.scale.thresholds[ORDER] == NEVER) is is_silent


@pytest.mark.parametrize(("blocks", "is_new"), [(29, True), (30, False), (31, False)])
def test_after_an_hour_the_rank_counts(blocks: int, *, is_new: bool) -> None:
    # Given blocks of the first day, each with an order
    own = player()
    own.play(FIRST, rising(ORDER, blocks), count=blocks)
    # When the next one begins
    own.reach(FIRST, blocks)
    # Then thresholds come from ranks after thirty blocks, scaled by what there is
    assert own.scale.is_new is is_new
    assert (own.scale.rank > 0) is not is_new


def test_while_nothing_is_remembered_everything_is_looked_at() -> None:
    # Given a symbol without memory
    own = player()
    own.reach(FIRST, 0)
    # When it is asked what teaches something
    # Then anything does
    assert own.scale.look_from == [1] * KINDS


# Days and blocks


@pytest.mark.parametrize(("before_ns", "place"), [(1, 0), (0, 1), (-1, 1)])
def test_a_block_ends_after_two_minutes(before_ns: int, place: int) -> None:
    # Given an order in the first block
    own = player()
    own.reach(FIRST, 0)
    own.scale.learn(ORDER, 5_000)
    # When an event comes just before, at or after its end
    turned = own.scale.turn(FIRST.open_ns + BLOCK_NS - before_ns)
    # Then it is remembered from the end on
    assert turned is bool(place)
    assert own.scale.state().place == place
    assert own.scale.filled == place


def test_blocks_without_events_hold_nothing() -> None:
    # Given an order in the first block of a second day
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.play(SECOND, {0: {ORDER: 77}}, count=1)
    # When the next event comes in the sixth
    own.reach(SECOND, 5)
    # Then four blocks in between are remembered as empty
    assert own.scale.state().peaks[ORDER][:6] == [77, 0, 0, 0, 0, 1_005]


def test_between_the_sessions_nothing_is_ranked() -> None:
    # Given a day with orders
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    # When the market closes, and the next day's pre-market begins
    own.scale.turn(FIRST.close_ns)
    closed = list(own.scale.thresholds)
    own.scale.turn(SECOND.open_ns - 1)
    # Then nothing is large, and nothing has to be done before the open
    assert closed == list(own.scale.thresholds) == [NEVER] * KINDS
    assert own.scale.turn_ns == SECOND.open_ns


def test_the_last_block_of_a_day_is_remembered_with_the_next_event() -> None:
    # Given an order in a day's last block
    own = player()
    own.play(FIRST, {BLOCKS - 1: {ORDER: 4_321}})
    # When the next day opens
    own.reach(SECOND, 0)
    # Then it is in the memory
    assert own.scale.state().peaks[ORDER][BLOCKS - 1] == 4_321


def test_a_half_day_leaves_the_afternoon_of_the_day_before() -> None:
    # Given a whole day, then one that ends at 13:00
    own = player()
    own.play(BEFORE_HALF, rising(ORDER, BLOCKS))
    own.play(HALF, {0: {ORDER: 9}}, count=105)
    # When the day after it opens
    own.reach(AFTER_HALF, 0)
    # Then the morning is that of the half day, the afternoon that of the whole one
    peaks = own.scale.state().peaks[ORDER]
    assert peaks[:105] == [9] + [0] * 104
    assert peaks[105:] == [1_000 + place for place in range(105, BLOCKS)]


def test_a_day_begins_with_no_lines() -> None:
    # Given lines, held back and eased ones of a day
    own = player()
    own.play(FIRST, {}, count=10)
    own.scale.raised = own.scale.held_back = own.scale.eased = 5
    # When the next day opens
    own.reach(SECOND, 0)
    # Then all are counted from none
    assert (own.scale.raised, own.scale.held_back, own.scale.eased) == (0, 0, 0)
    assert own.scale.day_volume == 0


def test_what_came_before_the_watch_stays_as_the_day_before_left_it() -> None:
    # Given a day, and a watch that begins in the tenth block of the next
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.scale.turn(FIRST.close_ns)
    own.scale.watch_from(SECOND.open_ns + 9 * BLOCK_NS)
    # When that block is over
    own.play(SECOND, {9: {ORDER: 7}}, count=1, first=9)
    own.reach(SECOND, 10)
    # Then it alone was overwritten, and one block counts for the pace
    peaks = own.scale.state().peaks[ORDER]
    assert peaks[:11] == [1_000 + place for place in range(9)] + [7, 1_010]
    assert own.scale.state().seen_today == 1


def test_the_volume_of_the_day_is_added_up() -> None:
    # Given three blocks of a thousand shares
    own = player()
    own.play(FIRST, {}, count=3)
    # When the fourth begins
    own.reach(FIRST, 3)
    # Then the day has three thousand, and its usual minute five hundred
    assert (own.scale.day_volume, own.scale.usual_minute) == (3_000, 500)


@pytest.mark.parametrize(("blocks", "is_thin"), [(19, True), (20, False), (21, False)])
def test_a_symbol_that_hardly_trades_is_too_thin(blocks: int, *, is_thin: bool) -> None:
    # Given a day with orders in some blocks
    # When the next day opens
    scale = remembering(rising(ORDER, blocks))
    # Then it is too thin to judge below twenty
    assert scale.is_thin is is_thin


def test_before_a_day_is_remembered_no_symbol_is_thin() -> None:
    # Given a symbol without memory
    own = player()
    own.reach(FIRST, 0)
    # When it is asked whether it is thin
    # Then nobody knows
    assert not own.scale.is_thin


# What can be asked


def test_a_size_has_a_rank_and_the_time_of_the_last_larger_one() -> None:
    # Given larger orders in the blocks 10 and 20
    scale = remembering({10: {ORDER: 900}, 20: {ORDER: 800}, 30: {ORDER: 700}})
    # When a size between is looked up
    found = scale.standing(ORDER, 750)
    # Then two were larger, the newer one in block 20
    assert found == Standing(3, BLOCKS, FIRST.open_ns + 20 * BLOCK_NS)


def test_a_size_as_large_as_the_largest_is_first() -> None:
    # Given an order of 900 shares in memory
    scale = remembering({10: {ORDER: 900}})
    # When the same size is looked up
    # Then none was larger
    assert scale.standing(ORDER, 900) == Standing(1, BLOCKS, 0)


def test_the_days_that_a_size_exceeds_are_counted_back() -> None:
    # Given three days, the first with the largest order
    own = player()
    for session, size in ((FIRST, 900), (SECOND, 500), (_session(date(2026, 3, 12)), 600)):
        own.play(session, {10: {ORDER: size}})
    own.reach(_session(date(2026, 3, 13)), 0)
    # When sizes are looked up
    # Then each exceeds as many days, one after the other, as hold nothing as large
    assert [own.scale.largest_of_days(ORDER, size) for size in (600, 601, 900, 901)] == [0, 2, 2, 3]


def test_the_memory_says_how_old_it_is() -> None:
    # Given a scale before and after its first day
    own = player()
    nothing = own.scale.memory_from_ns
    own.play(FIRST, {})
    own.reach(SECOND, 0)
    # When it is asked since when it remembers
    # Then it is the first open
    assert (nothing, own.scale.memory_from_ns) == (0, FIRST.open_ns)


# Restarts

sizes = st.dictionaries(st.sampled_from([BURST, ORDER, WALL]), st.integers(1, 100_000), max_size=3)
days = st.lists(sizes, min_size=260, max_size=260)


@given(days, st.integers(0, 259), st.sets(st.integers(0, 259), max_size=30))
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_a_restart_from_its_state_changes_nothing(
    blocks: list[dict[int, int]], restarted: int, lines: set[int]
) -> None:
    # Given two sessions, and lines in some of the blocks
    stamps = [
        session.open_ns + place * BLOCK_NS + 5 * NS_PER_SECOND
        for session, count in ((FIRST, BLOCKS), (SECOND, 260 - BLOCKS))
        for place in range(count)
    ]

    def run(*, restarts: bool) -> tuple[list[list[int]], ScaleState]:
        scale = OwnScale(ScaleRules())
        found = []
        for number, stamp_ns in enumerate(stamps):
            if restarts and number == restarted:
                # Its block had not ended yet.
                scale.turn(stamp_ns)
                plain = msgspec.json.decode(msgspec.json.encode(scale.state()), type=ScaleState)
                scale = OwnScale(ScaleRules())
                scale.restore(plain)
                scale.watch_from(stamp_ns)
            scale.turn(stamp_ns)
            found.append(list(scale.thresholds))
            scale.volume += 100
            for kind, size in blocks[number].items():
                scale.learn(kind, size)
            if number in lines:
                scale.count_line(ORDER, 5_000)
        return found, scale.state()

    # When they are played in one go, and with a restart from the state as it is written
    # Then thresholds and memory are the same
    assert run(restarts=False) == run(restarts=True)


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"place": -1},
        {"place": BLOCKS + 1},
        {"began": [0]},
        {"volumes": [0] * (BLOCKS + 1)},
        {"peaks": [[0] * BLOCKS]},
        {"judged": [JudgedBlock(0, 0, 0, (1,), (1,), (1,))]},
        {"tops": [[1, 2]]},
        {"peaks": [[-1] * BLOCKS] * KINDS},
        {"volumes": [1 << 32] * BLOCKS},
        {"curves": [[1 << 63]]},
        {"curve": [1 << 63]},
    ],
    ids=range(12),
)
def test_a_damaged_state_is_refused_and_changes_nothing(damage: dict[str, object]) -> None:
    # Given a scale, and a state with something wrong in it
    own = player()
    own.play(FIRST, rising(ORDER, 40), count=40)
    before = own.scale.state()
    state = msgspec.structs.replace(before, **damage)
    # When it is to be restored
    # Then it is refused, and the scale is as it was
    with pytest.raises(ValueError, match=r"memory of this version|out of range"):
        own.scale.restore(state)
    assert own.scale.state() == before


# Going on from a state


def _after(session: Session, blocks: int) -> OwnScale:
    """Return a scale that was given so many blocks of a second day."""
    own = player()
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.play(session, {place: {ORDER: 500 + place} for place in range(blocks)}, count=blocks)
    own.scale.turn(session.open_ns + blocks * BLOCK_NS)
    return own.scale


def _resumed(scale: OwnScale, from_ns: int) -> OwnScale:
    again = OwnScale(ScaleRules())
    again.restore(scale.state())
    again.watch_from(from_ns)
    return again


def test_what_came_before_the_state_is_judged_as_it_was_then() -> None:
    # Given a scale, the thresholds of its last blocks, and one that goes on from it
    scale = _after(SECOND, 0)
    then = {}
    for place in range(6):
        at_ns = SECOND.open_ns + place * BLOCK_NS
        scale.turn(at_ns)
        then[at_ns] = (list(scale.thresholds), scale.usual_minute)
        scale.volume += 50_000 * place
        scale.learn(ORDER, 3_000)
    again = _resumed(scale, SECOND.open_ns)
    # When events of those blocks come again
    found = {}
    for at_ns in then:
        again.turn(at_ns)
        found[at_ns] = (list(again.thresholds), again.usual_minute)
        again.volume += 9
        again.learn(ORDER, 99_999)
    # Then thresholds are what they were, and the memory is what it was
    assert found == then
    assert again.state() == scale.state()


def test_before_the_oldest_block_that_is_known_nothing_is_large() -> None:
    # Given a scale that has gone on for more blocks than are known
    scale = _after(SECOND, 20)
    # When events from before those come again
    again = _resumed(scale, SECOND.open_ns + 2 * BLOCK_NS)
    again.turn(SECOND.open_ns + 2 * BLOCK_NS)
    # Then nothing is
    assert again.thresholds == again.critical == again.look_from == [NEVER] * KINDS
    assert again.turn_ns == SECOND.open_ns + (20 - JUDGED_KEPT + 1) * BLOCK_NS


def test_where_it_is_not_known_how_blocks_were_judged_nothing_is_large_before_the_state() -> None:
    # Given a state without the blocks before it
    scale = _after(SECOND, 20)
    again = OwnScale(ScaleRules())
    again.restore(msgspec.structs.replace(scale.state(), judged=[]))
    again.watch_from(SECOND.open_ns)
    # When an event from before it comes
    again.turn(scale.block_ns - 1)
    # Then nothing is large until the state goes on
    assert again.thresholds == [NEVER] * KINDS
    assert again.turn_ns == scale.block_ns


@pytest.mark.parametrize(("early_ns", "goes_on"), [(1, False), (0, True), (-1, True)])
def test_a_watch_from_long_before_the_state_takes_its_sizes_alone(
    early_ns: int, *, goes_on: bool
) -> None:
    # Given a state of noon
    scale = _after(SECOND, 75)
    # When a watch begins an hour before, or a moment earlier or later
    again = _resumed(scale, scale.block_ns - GOES_ON_WITHIN_NS - early_ns)
    # Then an earlier one has its sizes, and nothing of its day
    assert (again.resumed_ns > 0) is goes_on
    assert again.filled == scale.filled


def test_blocks_that_nobody_watched_stay_as_they_were() -> None:
    # Given a state of the fifth block, and a watch that goes on in the eighth
    scale = _after(SECOND, 5)
    again = _resumed(scale, SECOND.open_ns + 8 * BLOCK_NS)
    # When that block is over
    again.turn(SECOND.open_ns + 8 * BLOCK_NS)
    again.learn(ORDER, 77)
    again.turn(SECOND.open_ns + 9 * BLOCK_NS)
    # Then those between are of the day before
    assert again.state().peaks[ORDER][4:10] == [504, 1_005, 1_006, 1_007, 77, 1_009]


def test_the_rest_of_a_day_that_nobody_watched_stays_as_it_was() -> None:
    # Given a state of the fifth block, and a watch that begins on the next day
    scale = _after(SECOND, 5)
    third = _session(date(2026, 3, 12))
    again = _resumed(scale, third.open_ns)
    # When it opens
    again.turn(third.open_ns)
    # Then the afternoon is of the day before
    assert again.state().peaks[ORDER][4:7] == [504, 1_005, 1_006]
    assert again.state().place == 0


def test_lines_of_earlier_runs_count_in_their_block() -> None:
    # Given a state, and lines that were said before it, in its block and in the next
    scale = _after(SECOND, 5)
    again = _resumed(scale, SECOND.open_ns + 5 * BLOCK_NS)
    begins_ns = again.resumed_ns
    again.know_said(
        [
            SaidLine(at_ns, ORDER, 9_000, 0)
            for at_ns in (begins_ns - 1, begins_ns, begins_ns + BLOCK_NS)
        ]
    )
    # When block after block ends
    counted = []
    for place in range(5, 8):
        again.turn(SECOND.open_ns + place * BLOCK_NS)
        counted.append((again.raised, again.lines_today))
    # Then the first is in the state, and each other is counted as its block ends
    assert counted == [(0, 2), (1, 2), (2, 2)]


# What an earlier session seeds


def test_a_seed_stands_until_there_is_a_memory() -> None:
    # Given a scale without a memory, and what the session before has shown
    own = player()
    own.scale.turn(FIRST.open_ns)
    assert own.scale.seed(4_000, 2_200)
    # When the first block, and the first hour, are over
    own.reach(FIRST, 1)
    first = (own.scale.usual_minute, own.scale.thresholds[BURST], own.scale.thresholds[ORDER])
    own.play(FIRST, {}, count=29, first=1)
    own.reach(FIRST, 30)
    # Then bursts and orders are held against it, and later against the memory
    assert first == (4_000, 2_200, 2_000)
    assert own.scale.usual_minute == 500 - 500 // 31 or own.scale.usual_minute < 4_000
    assert own.scale.state().seeded_minute == 4_000


def test_a_seed_is_ignored_once_a_line_was_written_or_there_is_a_memory() -> None:
    # Given a scale with a line, one with a memory, and one that knows of lines
    raised, full, told = player().scale, remembering(rising(ORDER, 40)), player().scale
    raised.turn(FIRST.open_ns)
    raised.count_line(ORDER, 5)
    told.know_said([SaidLine(FIRST.open_ns, ORDER, 5, 0)])
    # When they are seeded
    # Then it does not count
    assert [each.seed(4_000, 2_200) for each in (raised, full, told)] == [False] * 3
    assert full.usual_minute != 4_000


# Without a memory


def test_without_ranks_the_first_hour_goes_on() -> None:
    # Given a scale that keeps no blocks
    scale = OwnScale(ScaleRules(), ranks=False)
    own = Player(scale)
    # When two days have passed
    own.play(FIRST, rising(ORDER, BLOCKS))
    own.play(SECOND, {0: {ORDER: 5}}, count=3)
    own.reach(SECOND, 3)
    # Then what is large exceeds all that was seen, and all is one number
    assert scale.thresholds[ORDER] == 1_000 + BLOCKS
    assert scale.is_new
    assert not scale.is_thin
    assert scale.filled == BLOCKS + 3
    assert scale.standing(ORDER, 5).rank == 2
    assert scale.largest_of_days(ORDER, 5) == 0
    assert scale.summary(SECOND.open_ns) is None
    assert scale.memory_from_ns == FIRST.open_ns
