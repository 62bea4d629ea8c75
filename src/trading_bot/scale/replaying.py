"""Replays recorded days by as many jobs as there are, to the bytes of one.

Under fixed thresholds every day is free. On own scale a bucket's day needs what the day before it
left, so that its days run in order, and buckets beside each other. Lines that are about the whole
run are written here alone, and all others are merged by stamp and symbol.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from operator import itemgetter
from pathlib import Path

from trading_bot.order_flow.capture.writer import plain_settings
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.profile import Profiles, profile_hash
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.memory import OwnScale
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.journal import Keyed, keyed
from trading_bot.replay.summary import Played, Tally
from trading_bot.replay.trading_days import date_of
from trading_bot.scale.accounts import add_account
from trading_bot.scale.buckets import BUCKETS, divided
from trading_bot.scale.driver import Driver
from trading_bot.scale.parts import Found, Parts
from trading_bot.scale.planning import Day, Plan, are_even, joined, shares_of
from trading_bot.scale.pools import pool_of
from trading_bot.scale.specs import (
    DaySpec,
    Held,
    PartitionSpec,
    Side,
    folder_of,
    input_of,
    spec_hash,
)
from trading_bot.scale.unit import Failed, Result, Task, run_task

_MEMORIES_KEPT = 2
_key_of = itemgetter(0)
Progress = Callable[[int, int], None]
"""Takes how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be replayed.

    Attributes:
        config: The settings that everything is judged by.
        options: Which rows.
        held: Positions of the user; None holds every symbol from its first two-sided quote.
        profile: Folder of the memories that symbols begin with; None for none.
        folder: Where parts lie meanwhile.
        jobs: How many work at a time.
    """

    config: OrderFlowConfig
    options: ReadOptions
    held: tuple[Held, ...] | None
    profile: Path | None
    folder: Path
    jobs: int


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        played: What was played.
        tally: What was found.
        failed: What could not be read, in sentences.
        found: The parts, by day.
    """

    played: Played
    tally: Tally = field(default_factory=Tally)
    failed: list[str] = field(default_factory=list)
    found: dict[date, list[Found]] = field(default_factory=dict)


class Replaying:
    """One replay by several jobs.

    Args:
        plan: What there is to do.
        asked: How.
        open_pool: Returns those who work.
        progress: Told how far it is.
    """

    def __init__(
        self,
        plan: Plan,
        asked: Asked,
        *,
        open_pool: Callable[[], Executor] | None = None,
        progress: Progress = lambda _done, _all: None,
    ) -> None:
        self.parts = Parts(asked.folder, asked.config.config_hash)
        self._plan = plan
        self._asked = asked
        self._open_pool = open_pool or partial(pool_of, asked.jobs)
        self._progress = progress
        self._in_order = asked.config.judges_by_own_scale
        self._settings = plain_settings(asked.config)
        self._profile = None if asked.profile is None else folder_of(asked.profile)
        self._days: list[Day] = []
        self._shares: list[tuple[int, ...]] = []
        self._markets: dict[date, Side] = {}
        self._earlier: dict[str, Found] = {}
        self._found: dict[date, list[Found]] = {}
        self._failed: dict[str, None] = {}
        self._done = 0
        self._trails: dict[int, deque[Side]] = defaultdict(deque)
        self._numbers: dict[date, int] = {}
        self._overlaps = False

    def run(self) -> Outcome:
        """Work everything off and add up what was found; the parts stay where they are.

        Raises:
            WorkersLostError: Workers are lost again and again.
        """
        days: Sequence[Day] | None = self._plan.days
        while days is not None:
            self._work_off(days)
            days = joined(days, self._reaches())
        return self._outcome()

    def lines(self, outcome: Outcome) -> Iterator[Keyed]:
        """Yield every line that was found, in the order of the record."""
        for _, found in sorted(outcome.found.items()):
            opened = [_lines_in(path) for path in self.parts.lines(found)]
            yield from heapq.merge(*opened, key=_key_of)

    def _work_off(self, days: Sequence[Day]) -> None:
        self._days, self._found, self._failed, self._done = [*days], {}, {}, 0
        self._numbers = {each.day: number for number, each in enumerate(days)}
        self._overlaps = False
        self._trails.clear()
        self._earlier = {part.spec: each for each in self.parts.whole() for part in each.parts}
        self._shares = self._divided(days)
        self._progress(0, self._all())
        if self._needs_market():
            self._drive([self._market_task(each) for each in days])
        starts = days[:1] if self._in_order else days
        self._drive(
            [
                task
                for day in starts
                for share in self._shares
                for task in self._tasks(day, share, dict.fromkeys(share))
            ]
        )

    def _drive(self, tasks: Iterable[Task]) -> None:
        Driver(
            run_task,
            open_pool=self._open_pool,
            workers=self._asked.jobs,
            take=self._take,
            size_of=lambda task: task.size,
        ).work_off(tasks)

    def _divided(self, days: Sequence[Day]) -> list[tuple[int, ...]]:
        """Return the buckets that one task takes of a day: all where days are enough to share."""
        jobs = self._asked.jobs
        if jobs == 1 or not days or (not self._in_order and are_even(days, jobs)):
            return [tuple(range(BUCKETS))]
        weights: Mapping[str, int] = dict.fromkeys(self._plan.symbols, 1)
        if not weights:
            weights = shares_of(self._plan.largest(), self._asked.options)
        return divided(weights, min(jobs, BUCKETS))

    def _needs_market(self) -> bool:
        """Return whether units cannot see the market's symbol by themselves when it is needed."""
        if not self._in_order or not self._plan.may_hold_market():
            return False
        return len(self._shares) > 1 or self._plan.reading.one_by_one

    def _market_task(self, day: Day) -> Task:
        spec = PartitionSpec(self._day_spec(day), 0)
        return self._task((spec,), finds_market=True)

    def _tasks(
        self, day: Day, share: tuple[int, ...], memories: Mapping[int, Side | None]
    ) -> Iterator[Task]:
        """Yield the task of a share on a day, unless all of it is there; then what follows it."""
        of = self._day_spec(day)
        market = self._markets.get(day.day)
        goes_on = self._in_order and day is not self._days[-1]
        specs = [
            PartitionSpec(of, bucket, memories.get(bucket), market, goes_on) for bucket in share
        ]
        earlier = self._of_earlier(set(map(spec_hash, specs)))
        known: dict[int, Side | None] = {}
        for found in earlier:
            self._found.setdefault(day.day, []).append(found)
            known |= {part.bucket: part.memory for part in found.parts}
        waiting = tuple(each for each in specs if each.bucket not in known)
        if waiting:
            yield self._task(waiting, is_first=waiting[0].bucket == 0)
        if known:
            self._advance(len(known))
            yield from self._following(day.day, tuple(known), known)

    def _of_earlier(self, specs: set[str]) -> list[Found]:
        """Return what an earlier run found of units, where it is of nothing else."""
        candidates = {id(each): each for each in map(self._earlier.get, specs) if each is not None}
        return [
            found
            for found in candidates.values()
            if all(part.spec in specs and self._earlier[part.spec] is found for part in found.parts)
        ]

    def _following(
        self, day: date, share: tuple[int, ...], memories: Mapping[int, Side | None]
    ) -> Iterator[Task]:
        """Yield the tasks that a day makes possible on own scale."""
        if not self._in_order:
            return
        number = self._numbers[day] + 1
        if number < len(self._days):
            yield from self._tasks(self._days[number], share, memories)

    def _task(
        self, specs: tuple[PartitionSpec, ...], *, is_first: bool = True, finds_market: bool = False
    ) -> Task:
        return Task(
            specs,
            str(self._asked.folder),
            self._asked.options.chunk_rows,
            is_first=is_first,
            finds_market=finds_market,
        )

    def _day_spec(self, day: Day) -> DaySpec:
        return DaySpec(
            day.day,
            tuple(map(input_of, day.paths)),
            self._plan.reading_of(day.day),
            self._settings,
            self._asked.held,
            self._profile,
        )

    def _take(self, task: Task, result: Result) -> Iterable[Task]:
        day = task.of.day
        if isinstance(result, Side):
            self._markets[day] = result
            return ()
        if isinstance(result, Failed):
            self._failed[result.reason] = None
        if task.finds_market:
            return ()
        self._advance(len(task.specs))
        share = tuple(each.bucket for each in task.specs)
        if isinstance(result, Failed):
            return self._following(day, share, {each.bucket: each.memory for each in task.specs})
        self.parts.note(result)
        self._found.setdefault(day, []).append(result)
        self._look_for_overlap(result)
        self._forget_memories(result)
        return self._following(day, share, {each.bucket: each.memory for each in result.parts})

    def _look_for_overlap(self, found: Found) -> None:
        number = self._numbers[found.day] + 1
        if number < len(self._days) and _reach_of(found) >= self._days[number].day:
            self._overlaps = True

    def _forget_memories(self, found: Found) -> None:
        """Remove memories that no later day is begun with, also if days turn out to overlap."""
        for part in found.parts:
            if part.memory is not None:
                trail = self._trails[part.bucket]
                trail.append(part.memory)
                if len(trail) > _MEMORIES_KEPT and not self._overlaps:
                    self.parts.forget(trail.popleft())

    def _advance(self, units: int) -> None:
        self._done += units
        self._progress(self._done, self._all())

    def _all(self) -> int:
        return BUCKETS * len(self._days)

    def _reaches(self) -> dict[date, date]:
        return {day: max(map(_reach_of, found)) for day, found in self._found.items()}

    def _outcome(self) -> Outcome:
        played = Played(self._asked.config, self._plan.account)
        outcome = Outcome(played, failed=[*self._plan.failed, *self._failed], found=self._found)
        for each in chain.from_iterable(self._found.values()):
            _add(outcome, each)
        return outcome


def start_facts(
    symbols: Iterable[str], config: OrderFlowConfig, profile: Path | None
) -> dict[str, str | None]:
    """Return what is recorded of a replay's start.

    Args:
        symbols: All that were met.
        config: The settings that they were judged by.
        profile: Folder of the memories that they began with.
    """
    if not config.judges_by_own_scale:
        return {"market": "replay"}
    found = {}
    if profile is not None:
        profiles = Profiles(profile, writes=False)
        loaded = ((symbol, profiles.load(symbol)) for symbol in symbols)
        found = {
            symbol: memory
            for symbol, memory in loaded
            if memory is not None and _is_usable(memory, config, symbol)
        }
    return {"profile_hash": profile_hash(found), "market": "replay"}


def _is_usable(memory: ScaleState, config: OrderFlowConfig, symbol: str) -> bool:
    rules = scale_rules(config, symbol)
    if rules is None:
        return False
    try:
        OwnScale(rules).restore(memory)
    except ValueError:
        return False
    return True


def _reach_of(found: Found) -> date:
    """Return the last day that rows were of."""
    return date_of(found.last_ns) if found.last_ns else found.day


def _add(outcome: Outcome, found: Found) -> None:
    played, tally = outcome.played, outcome.tally
    add_account(played.account, found.account)
    played.rows += found.rows
    played.trades += found.trades
    played.quotes += found.quotes
    played.symbols.update(found.symbols)
    if found.first_ns:
        played.first_ns = min(played.first_ns or found.first_ns, found.first_ns)
    played.last_ns = max(played.last_ns, found.last_ns)
    played.dropped.update(found.dropped)
    tally.alerts.update({(kind, source, grade): n for kind, source, grade, n in found.alerts})
    tally.exits.update(Counter(found.exits))
    tally.feed_events.update(found.feed_events)


def _lines_in(path: Path) -> Iterator[Keyed]:
    with path.open("rb") as stream:
        yield from keyed(stream)
