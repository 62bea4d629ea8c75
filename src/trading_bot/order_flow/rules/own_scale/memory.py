"""The memory of one symbol, and the thresholds that follow from it; integers only.

The regular session has 195 blocks of two minutes. Of each the largest burst, order, wall and bid is
kept, until the same block of the next session takes its place. A threshold is the least size such
that the kinds together were that large in as many different blocks as alerts are wished for a day;
the wish itself is eased while today's alerts are behind an even pace, and cut while they are ahead.

Without a memory the first block is silent; for an hour the specification's burst, half the usual
minute and six times the usual offer count, each only as a new largest.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ...calendar import next_session, session_at
from ...market.units import NS_PER_SECOND
from .day_volume import DayVolume, Regime
from .looks import BookLooks
from .state import FORMAT, JudgedBlock, ScaleState

BLOCK_NS: Final = 120 * NS_PER_SECOND
BLOCKS: Final = 195
"""Two-minute blocks of 6.5 trading hours."""
BURST: Final = 0
ORDER: Final = 1
WALL: Final = 2
BID: Final = 3
KINDS: Final = 4
"""Kinds of events: a red burst in thousandths of its baseline, the others in shares."""
NEVER: Final = (1 << 62) - 1
"""A size that nothing reaches."""
BRAKE: Final = (20, 20, 20, 20, 16, 13, 10, 8, 6, 5, 4, 3, 2, 1)
"""Wish in tenths, by how far today's alerts are ahead of an even pace: -6 or less to 7 or more."""
EVEN_PACE: Final = 10
WARM_UP_BLOCKS: Final = 30
TOO_FEW_BLOCKS: Final = 20
"""A full memory with fewer blocks in which anything happened is of a symbol too thin to judge."""
LEARNT_FROM_RANK: Final = 60
"""What is smaller than this many of the memory is not looked at."""
LEAST_SHARES: Final = 100
DAYS_OF_TOPS: Final = 20
GOES_ON_WITHIN_NS: Final = 3_600 * NS_PER_SECOND
"""A watch that begins longer before its memory was written does not go on from there."""
JUDGED_KEPT: Final = 8
"""Newest blocks of which it is kept by what they were judged: a watch that goes on after a break
begins at most thirteen minutes before the block that ran then."""
_LEAST_LEAD: Final = -6
_MOST: Final = 0xFFFF_FFFF
_WARM_UP_TENTHS: Final = 4
_USUAL_OFFERS: Final = 6
_THOUSAND: Final = 1_000


class ScaleRules(NamedTuple):
    """What a trader may set of own scale, for one symbol.

    Attributes:
        kinds: The kinds that share the wish; the others have no threshold here.
        alerts_per_day: Large events wished for a session.
        stated: By kind the threshold that holds all the time because the trader states it; 0 for
            none. Such a kind shares no wish.
        least_order_ticks: Worth below which no order and no level is large, shares times ticks.
        least_burst_ticks: Worth below which no minute is a burst.
        least_thousandths: The specification's burst, for a symbol without memory.
        critical_thousandths: A critical burst is at least this.
        margin_thousandths: How far what is critical exceeds everything in memory.
    """

    kinds: tuple[int, ...] = (BURST, ORDER, WALL)
    alerts_per_day: int = 8
    stated: tuple[int, ...] = (0, 0, 0, 0)
    least_order_ticks: int = 0
    least_burst_ticks: int = 0
    least_thousandths: int = 3_000
    critical_thousandths: int = 4_000
    margin_thousandths: int = 1_250


class SaidLine(NamedTuple):
    """A line that an earlier run has said.

    Attributes:
        stamp_ns: Exchange time, Unix nanoseconds.
        kind: Of its event.
        size: Of its event.
        orders: Of an order, how many large ones lay in the window of the exit rule.
    """

    stamp_ns: int
    kind: int
    size: int
    orders: int


class Standing(NamedTuple):
    """How a size stands in the memory.

    Attributes:
        rank: 1 for what exceeds everything.
        of_blocks: How many blocks are remembered.
        larger_ns: When the newest block began that held a larger one, Unix nanoseconds; 0 for none.
    """

    rank: int
    of_blocks: int
    larger_ns: int


class DaySummary(NamedTuple):
    """What a session was like, or the part of it that was watched.

    Attributes:
        until_ns: When it closed, or how far it was watched, Unix nanoseconds.
        alerts: Alert lines.
        held_back: Blocks with an event that an even pace would have let through.
        eased: Alert lines that an even pace would have held back.
        thresholds: By kind what held last; `NEVER` where nothing was large.
        memory_from_ns: When the oldest block remembered then began, Unix nanoseconds; 0 for none.
    """

    until_ns: int
    alerts: int
    held_back: int
    eased: int
    thresholds: tuple[int, ...]
    memory_from_ns: int


class OwnScale:
    """Memory and thresholds of one symbol.

    Args:
        rules: What is set.
        ranks: Keep the blocks; else a symbol is judged as without a memory all the time, which
            takes no room for any.

    Attributes:
        rules: As given.
        ranks: As given.
        turn_ns: The stamp from which `turn` has something to do.
        thresholds: Least size of each kind that is large; `NEVER` where nothing is.
        critical: Least size of each kind that exceeds all before it by far.
        look_from: Least size of each kind that teaches something, or is large.
        raised: Alert lines of today.
        held_back: Blocks of today with one that an even pace would have let through.
        eased: Alert lines of today that an even pace would have held back.
        level_sum: Shares at the best ask, added up once a second while there is no memory.
        level_looks: How often.
        volume: Shares of this block.
        price_ticks: Price of the newest print.
        day_volume: Shares since the open up to this block, as far as they were seen.
        day: The same, beside earlier days.
        low_ticks: The lowest price of the day, `NEVER` before the first.
        looks: What stood at the best bid and ask.
        to_tell: What a turn has found that is to be told; whoever tells it takes it out.
        resumed_ns: What came before was judged by the run whose state was restored; 0 for none.
    """

    __slots__ = (
        "_began",
        "_block_ns",
        "_close_ns",
        "_even",
        "_goes_on",
        "_judged",
        "_now",
        "_open_ns",
        "_orders",
        "_peaks",
        "_place",
        "_said",
        "_said_before",
        "_seeded_burst",
        "_seeded_minute",
        "_seen_today",
        "_so_far",
        "_then",
        "_tops",
        "_unlearnt",
        "_unranked",
        "_volumes",
        "_watched_ns",
        "critical",
        "day",
        "day_volume",
        "eased",
        "filled",
        "held_back",
        "lead",
        "level_looks",
        "level_sum",
        "look_from",
        "looks",
        "low_ticks",
        "price_ticks",
        "raised",
        "rank",
        "ranks",
        "resumed_ns",
        "rules",
        "thresholds",
        "to_tell",
        "turn_ns",
        "volume",
        "volume_sum",
    )

    def __init__(self, rules: ScaleRules, *, ranks: bool = True) -> None:
        self.rules = rules
        self.ranks = ranks
        # Without ranks one place for all blocks.
        places = BLOCKS if ranks else 1
        self._peaks = [array("I", bytes(4 * places)) for _ in range(KINDS)]
        self._volumes = array("I", bytes(4 * places))
        # When each remembered block began; 0 for one that was never seen.
        self._began = array("q", bytes(8 * places))
        # Of each day gone the largest of each kind, the oldest day first.
        self._tops: list[tuple[int, ...]] = []
        self._now = [0] * KINDS
        self._said = [False] * KINDS
        self._open_ns = self._close_ns = self._watched_ns = 0
        self._place = self._seen_today = 0
        self._even = [NEVER] * KINDS
        self._orders: list[list[int]] = []
        # When this block began, and what had been counted by then: lines, eased ones, offers.
        self._block_ns = 0
        self._so_far = (0, 0, 0, 0)
        self._judged: list[JudgedBlock] = []
        self._said_before: deque[SaidLine] = deque()
        # Whether events come from before the block with which a restored state begins.
        self._goes_on = False
        self._then: JudgedBlock | None = None
        self._seeded_minute = self._seeded_burst = 0
        self.turn_ns = self.resumed_ns = 0
        self.filled = self.volume_sum = 0
        self.rank = self.lead = 0
        self.raised = self.held_back = self.eased = 0
        self.volume = self.day_volume = self.price_ticks = 0
        self.level_sum = self.level_looks = 0
        self.low_ticks = NEVER
        self.day = DayVolume()
        self.looks = BookLooks()
        self.to_tell: list[Regime | DaySummary] = []
        # Kinds that came to be ranked on the way, of which the memory held nothing then.
        self._unlearnt: list[int] = []
        # Where nothing is ranked.
        self._unranked = [each or NEVER for each in rules.stated]
        self.thresholds = list(self._unranked)
        self.critical = [NEVER] * KINDS
        self.look_from = [NEVER] * KINDS

    # As events come.

    def watch_from(self, stamp_ns: int) -> None:
        """State since when every event is given; blocks before it stay as an earlier day left them.

        Args:
            stamp_ns: Unix nanoseconds.
        """
        self._watched_ns = stamp_ns
        if self._goes_on and stamp_ns < self.resumed_ns - GOES_ON_WITHIN_NS:
            self._begin_anew()
        elif self._open_ns <= stamp_ns < self._close_ns:
            first = (stamp_ns - self._open_ns) // BLOCK_NS
            if first > self._place:
                self.day.break_off()
                self._place = first
        elif 0 < self._close_ns <= stamp_ns:
            # The rest of that day was not watched.
            self.day.break_off()
            self._close_day()
            self.to_tell.clear()
            self._close_ns = 0

    def use_rules(self, rules: ScaleRules) -> None:
        """Rank by other rules from the next event on; memory, day and pace stay.

        A block that has begun is judged by them as if it had begun with them. A kind that was not
        ranked before, and of which nothing is remembered, is judged once ten blocks hold it.

        Args:
            rules: What is set now.
        """
        before, self.rules = self.rules.kinds, rules
        self._unranked = [each or NEVER for each in rules.stated]
        for kind in range(KINDS):
            if kind in rules.kinds and kind not in before and not any(self._peaks[kind]):
                self._unlearnt.append(kind)
            if kind not in rules.kinds or kind not in before:
                self.thresholds[kind] = self._unranked[kind]
                self.critical[kind] = self.look_from[kind] = NEVER
        if not self._close_ns or self._goes_on:
            # Nothing is ranked by them before the next block.
            return
        self._judge_by()
        for kind in rules.kinds:
            if self._now[kind]:
                learnt = max(self.look_from[kind], self._now[kind] + 1)
                self.look_from[kind] = min(self.thresholds[kind], learnt)

    def turn(self, stamp_ns: int) -> bool:
        """Let time pass; return whether thresholds may have changed.

        Args:
            stamp_ns: Exchange time of the event that comes next, Unix nanoseconds.
        """
        if stamp_ns < self.turn_ns:
            return False
        if stamp_ns < self.resumed_ns:
            self._judge_as_then(stamp_ns)
            return True
        if self._goes_on:
            self._go_on()
        ended_ns = self._close_ns
        if self._close_ns:
            self._end_blocks(min(stamp_ns, self._close_ns))
        if stamp_ns >= self._close_ns:
            self._close_day()
            session = session_at(stamp_ns)
            if session is None or not session.open_ns <= stamp_ns < session.close_ns:
                self._rest_until(next_session(stamp_ns).open_ns)
                self._note_block(max(ended_ns, self._block_ns))
                return True
            self._open_day(session.open_ns, session.close_ns)
        self.turn_ns = min(self._open_ns + (self._place + 1) * BLOCK_NS, self._close_ns)
        self._count_so_far()
        self._judge_by()
        self._note_block(self._open_ns + self._place * BLOCK_NS)
        return True

    def learn(self, kind: int, size: int) -> None:
        """Take a size that was seen of a kind; nothing smaller teaches anything in this block."""
        if size > self._now[kind]:
            self._now[kind] = size
            self.look_from[kind] = min(self.thresholds[kind], max(self.look_from[kind], size + 1))

    def see_level(self, shares: int) -> None:
        """Take a look at the best ask, for as long as `is_new` says so."""
        self.level_sum += shares
        self.level_looks += 1

    def count_line(self, kind: int, size: int) -> None:
        """Count an alert line; thresholds follow with the next block."""
        self.raised += 1
        self._said[kind] = True
        self.eased += self.is_eased(kind, size)

    def know_said(self, lines: Iterable[SaidLine]) -> None:
        """Count what earlier runs have said of this session, each line in its block.

        Args:
            lines: In the order of their stamps; those that a restored state counts are left out.
        """
        self._said_before.extend(each for each in lines if each.stamp_ns >= self.resumed_ns)

    def seed(self, usual_minute: int, burst: int) -> bool:
        """Take what an earlier session shows, until there is a memory; return whether it counts.

        It does not where there is one, or once a line was written: what was said stands by it.

        Args:
            usual_minute: Its mean shares a minute.
            burst: Its tenth largest burst, in thousandths.
        """
        if not self.takes_seed:
            return False
        self._seeded_minute, self._seeded_burst = usual_minute, burst
        return True

    # What can be asked.

    def is_eased(self, kind: int, size: int) -> bool:
        """Return whether an even pace would have held this size back."""
        return not self.is_new and size < self._even[kind]

    @property
    def lines_today(self) -> int:
        """Alert lines of today, those of earlier runs that are still to be counted among them."""
        return self.raised + len(self._said_before)

    @property
    def block_ns(self) -> int:
        """When the block began whose beginning `state` returns, Unix nanoseconds; 0 before any."""
        return self._block_ns

    @property
    def is_new(self) -> bool:
        """Whether the memory is too short to rank by."""
        return self.filled < WARM_UP_BLOCKS or not self.ranks

    @property
    def is_thin(self) -> bool:
        """Whether a full memory holds so little that nothing can be said of the symbol."""
        return (
            self.ranks
            and self.filled == BLOCKS
            and all(
                BLOCKS - self._peaks[kind].count(0) < TOO_FEW_BLOCKS for kind in self.rules.kinds
            )
        )

    @property
    def takes_seed(self) -> bool:
        """Whether there is neither a memory, nor a line of today, nor a seed."""
        lines = self.lines_today or self._so_far[0]
        return self.is_new and not lines and not self._seeded_minute

    @property
    def usual_minute(self) -> int:
        """Mean shares a minute of the memory; 0 before the first block."""
        if self._then is not None:
            return self._then.usual_minute
        if self._seeded_minute and self.is_new:
            return self._seeded_minute
        return self.volume_sum // (2 * self.filled) if self.filled else 0

    @property
    def memory_from_ns(self) -> int:
        """When the oldest remembered block began, Unix nanoseconds; 0 for none."""
        return min((each for each in self._began if each), default=0)

    def standing(self, kind: int, size: int) -> Standing:
        """Return how a size stands in the memory; looked up only where a line is written."""
        peaks = self._peaks[kind]
        larger = [began for began, peak in zip(self._began, peaks, strict=True) if peak > size]
        return Standing(1 + len(larger), self.filled, max(larger, default=0))

    def largest_of_days(self, kind: int, size: int) -> int:
        """Return of how many days gone, one after the other, a size exceeds the largest."""
        days = 0
        for tops in reversed(self._tops):
            if tops[kind] >= size:
                break
            days += 1
        return days

    def usual_volume(self, stamp_ns: int) -> int | None:
        """Return what was usually traded from the open to this time of the day; None if unknown."""
        return self.day.usual(stamp_ns - self._open_ns) if self._close_ns else None

    def summary(self, until_ns: int) -> DaySummary | None:
        """Return what a session was like up to a moment; None outside of one, or without ranks."""
        if not self._close_ns or not self.ranks:
            return None
        return DaySummary(
            until_ns,
            self.lines_today,
            self.held_back,
            self.eased,
            tuple(self.thresholds),
            self.memory_from_ns,
        )

    # What a later run goes on from.

    def state(self) -> ScaleState:
        """Return what a later run needs to go on, as it was when this block began."""
        raised, eased, level_sum, level_looks = self._so_far
        return ScaleState(
            resumes_ns=self._block_ns,
            open_ns=self._open_ns,
            close_ns=self._close_ns,
            place=self._place,
            seen_today=self._seen_today,
            began=list(self._began),
            volumes=list(self._volumes),
            peaks=[list(each) for each in self._peaks],
            tops=[list(each) for each in self._tops],
            day_volume=self.day_volume,
            raised=raised,
            held_back=self.held_back,
            eased=eased,
            level_sum=level_sum,
            level_looks=level_looks,
            judged=list(self._judged),
            seeded_minute=self._seeded_minute,
            seeded_burst=self._seeded_burst,
            low_ticks=self.low_ticks,
            curves=[list(each) for each in self.day.days],
            curve=list(self.day.today),
            curve_is_whole=self.day.is_whole,
            regime_told=self.day.told,
        )

    def restore(self, state: ScaleState) -> None:
        """Go on from where an earlier run was; to be called before anything else.

        Events from before that are judged as they were then, and change nothing here.

        Raises:
            ValueError: What is given is no state of this form; nothing has changed.
        """
        by_kind = [
            each for block in state.judged for each in (block.thresholds, block.critical)
        ] + [block.look_from for block in state.judged]
        if (
            state.format != FORMAT
            or [len(each) for each in state.peaks] != [BLOCKS] * KINDS
            or [len(each) for each in (state.began, state.volumes)] != [BLOCKS] * 2
            or any(len(each) != KINDS for each in (*state.tops, *by_kind))
            or not 0 <= state.place <= BLOCKS
        ):
            raise ValueError("it is no memory of this version")
        day = DayVolume()
        try:
            peaks = [array("I", each) for each in state.peaks]
            volumes, began = array("I", state.volumes), array("q", state.began)
            day.restore(state.curves, state.curve, state.regime_told, is_whole=state.curve_is_whole)
        except OverflowError as error:
            raise ValueError("a number in it is out of range") from error
        self._peaks, self._volumes, self._began = peaks, volumes, began
        self._tops = [tuple(each) for each in state.tops[-DAYS_OF_TOPS:]]
        self._open_ns, self._close_ns = state.open_ns, state.close_ns
        self._place, self._seen_today = state.place, state.seen_today
        self.day_volume, self.held_back = state.day_volume, state.held_back
        self._block_ns = self.resumed_ns = state.resumes_ns
        self._so_far = (state.raised, state.eased, state.level_sum, state.level_looks)
        self._judged = list(state.judged[-JUDGED_KEPT:])
        self._seeded_minute, self._seeded_burst = state.seeded_minute, state.seeded_burst
        self.low_ticks = state.low_ticks
        self.day = day
        self.volume_sum = sum(volumes)
        self.filled = BLOCKS - began.count(0)
        self._goes_on = True

    # Inside.

    def _begin_anew(self) -> None:
        """Keep a restored memory for its sizes alone: its day is not the one that is watched."""
        self._goes_on = False
        self._open_ns = self._close_ns = self._block_ns = self.resumed_ns = 0
        self._place = self._seen_today = self.held_back = self.day_volume = 0
        self.day.break_off()
        self._so_far = (0, 0, 0, 0)
        self._judged = []

    def _judge_as_then(self, stamp_ns: int) -> None:
        """Judge by what held when an event from before the restored block was judged first."""
        self._begin_block()
        self.turn_ns = self.resumed_ns
        held = None
        for block in self._judged:
            if block.begin_ns > stamp_ns:
                self.turn_ns = block.begin_ns
                break
            held = block
        self._then = held
        self.lead = 0 if held is None else held.lead
        self.thresholds = list(self._unranked if held is None else held.thresholds)
        self.critical = [NEVER] * KINDS if held is None else list(held.critical)
        self.look_from = [NEVER] * KINDS if held is None else list(held.look_from)

    def _go_on(self) -> None:
        """Begin the block of the restored state."""
        self._goes_on, self._then = False, None
        self._begin_block()
        self.raised, self.eased, self.level_sum, self.level_looks = self._so_far

    def _note_block(self, begin_ns: int) -> None:
        """Note as what this block begins, for a later run."""
        self._block_ns = begin_ns
        self._count_so_far()
        if not self.ranks:
            return
        block = JudgedBlock(
            begin_ns,
            self.usual_minute,
            self.lead,
            tuple(self.thresholds),
            tuple(self.critical),
            tuple(self.look_from),
        )
        before = [each for each in self._judged if each.begin_ns < begin_ns]
        self._judged = [*before[1 - JUDGED_KEPT :], block]

    def _count_so_far(self) -> None:
        """Count what a block begins with; what it is judged by follows from that."""
        self._so_far = (self.raised, self.eased, self.level_sum, self.level_looks)

    def _open_day(self, open_ns: int, close_ns: int) -> None:
        self._open_ns, self._close_ns = open_ns, close_ns
        self._place = max((self._watched_ns - open_ns) // BLOCK_NS, 0)
        self._seen_today = 0
        self.raised = self.held_back = self.eased = self.day_volume = 0
        self.low_ticks = NEVER
        self.day.open_day(is_whole=not self._place)
        self._begin_block()

    def _close_day(self) -> None:
        if self._seen_today and self.ranks:
            today = range(min(self._place, BLOCKS))
            tops = tuple(
                max((peaks[at] for at in today if self._began[at] >= self._open_ns), default=0)
                for peaks in self._peaks
            )
            self._tops = [*self._tops[1 - DAYS_OF_TOPS :], tops]
            over = self.summary(self._close_ns)
            # A day that an earlier run watched to its end is that one's to tell.
            if over is not None and self._watched_ns < self._close_ns:
                self.to_tell.append(over)
            self.day.close_day()
        self._seen_today = 0

    def _rest_until(self, open_ns: int) -> None:
        self._close_ns = 0
        self.turn_ns = open_ns
        self.thresholds = list(self._unranked)
        self.critical = [NEVER] * KINDS
        self.look_from = [NEVER] * KINDS

    def _begin_block(self) -> None:
        for kind in range(KINDS):
            self._now[kind] = 0
            self._said[kind] = False
        self.volume = 0

    def _end_blocks(self, stamp_ns: int) -> None:
        """Remember the blocks that are over by a moment; those without any event hold nothing."""
        while (end_ns := self._open_ns + (self._place + 1) * BLOCK_NS) <= stamp_ns:
            while self._said_before and self._said_before[0].stamp_ns < end_ns:
                said = self._said_before.popleft()
                self.count_line(said.kind, said.size)
            self._remember(self._place)
            self._begin_block()
            self._place += 1

    def _remember(self, place: int) -> None:
        self._seen_today += 1
        if not self.ranks:
            self._remember_largest()
            return
        for kind in self.rules.kinds:
            now = self._now[kind]
            self.held_back += not self._said[kind] and self._even[kind] <= now
            self._peaks[kind][place] = min(now, _MOST)
        volume = min(self.volume, _MOST)
        self.volume_sum += volume - self._volumes[place]
        self._volumes[place] = volume
        self.day_volume += volume
        regime = self.day.end_block(place + 1, self.day_volume, volume)
        if regime is not None:
            self.to_tell.append(regime)
        self.filled += not self._began[place]
        self._began[place] = self._open_ns + place * BLOCK_NS

    def _remember_largest(self) -> None:
        for kind in self.rules.kinds:
            peaks = self._peaks[kind]
            peaks[0] = max(peaks[0], min(self._now[kind], _MOST))
        self.volume_sum += self.volume
        self.day_volume += self.volume
        self.filled += 1
        self._began[0] = self._began[0] or self._open_ns + self._place * BLOCK_NS

    def _judge_by(self) -> None:
        """Set the thresholds of this block."""
        raised = self._so_far[0]
        due = 2 * (BLOCKS * raised - self.rules.alerts_per_day * self._seen_today) + BLOCKS
        self.lead = due // (2 * BLOCKS)
        if self.is_new:
            self._warm_up()
            return
        self._orders = [_largest_first(each) for each in self._peaks]
        self.rank = self._rank_of(EVEN_PACE)
        self._even = self._sizes_at(self.rank)
        tenths = BRAKE[min(max(self.lead - _LEAST_LEAD, 0), len(BRAKE) - 1)]
        self.rank = self._rank_of(tenths)
        self.thresholds = self._sizes_at(self.rank)
        self.critical = [NEVER] * KINDS
        self.look_from = [NEVER] * KINDS
        for kind in self.rules.kinds:
            largest = self._peaks[kind][self._orders[kind][0]]
            far_above = -(-largest * self.rules.margin_thousandths // _THOUSAND)
            self.critical[kind] = max(far_above, self.thresholds[kind])
            learnt = self._peaks[kind][self._orders[kind][LEARNT_FROM_RANK - 1]]
            self.look_from[kind] = min(self.thresholds[kind], max(learnt, 1))
        self.critical[BURST] = max(self.critical[BURST], self.rules.critical_thousandths)
        # Kept, they would be a quarter of what a symbol takes.
        self._orders = []

    def _rank_of(self, tenths: int) -> int:
        """Return the least rank at which the kinds name as many different blocks as are wished."""
        wanted = max(1, self.rules.alerts_per_day * tenths // EVEN_PACE)
        wanted = max(1, (2 * wanted * self.filled + BLOCKS) // (2 * BLOCKS))
        named: set[int] = set()
        rank = 0
        while len(named) < wanted and rank < BLOCKS:
            left = False
            for kind in self.rules.kinds:
                order, peaks = self._orders[kind], self._peaks[kind]
                left = left or peaks[order[rank]] > 0
                # What only rests has half a share.
                if kind >= WALL and rank % 2:
                    continue
                place = order[rank // 2 if kind >= WALL else rank]
                if peaks[place]:
                    named.add(place)
            if not left:
                break
            rank += 1
        return rank

    def _sizes_at(self, rank: int) -> list[int]:
        sizes = list(self._unranked)
        for kind in self.rules.kinds:
            peaks = self._peaks[kind]
            deep = max(1, rank // 2) if kind >= WALL else rank
            if self.filled == BLOCKS or kind in self._unlearnt:
                # Never deeper than a tenth of the blocks in which it occurred.
                deep = min(deep, (BLOCKS - peaks.count(0)) // 10)
            if deep:
                floor = 1 if kind == BURST else LEAST_SHARES
                sizes[kind] = max(peaks[self._orders[kind][deep - 1]], floor)
        return sizes

    def _warm_up(self) -> None:
        self._even = [NEVER] * KINDS
        self.thresholds = list(self._unranked)
        self.critical = [NEVER] * KINDS
        self.look_from = [1] * KINDS
        raised, _, level_sum, level_looks = self._so_far
        if not self.filled or 10 * raised >= _WARM_UP_TENTHS * self.rules.alerts_per_day:
            return
        usual_offer = level_sum // level_looks if level_looks else 0
        least = (
            self._seeded_burst or self.rules.least_thousandths,
            max(self.usual_minute // 2, LEAST_SHARES),
            max(_USUAL_OFFERS * usual_offer, LEAST_SHARES),
            NEVER,
        )
        for kind in self.rules.kinds:
            self.thresholds[kind] = max(least[kind], max(self._peaks[kind]) + 1)
        self.critical[BURST] = max(self.thresholds[BURST], self.rules.critical_thousandths)


def _largest_first(peaks: Sequence[int]) -> list[int]:
    """Return the places of the blocks, the largest first; of equal ones the lower place."""
    return sorted(range(BLOCKS), key=lambda place: -peaks[place])
