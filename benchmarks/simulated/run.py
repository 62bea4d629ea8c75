"""One run: a seed and its faults, from the first second to the last."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from trading_bot.order_flow.market.units import NS_PER_SECOND

from . import faults as fault_kinds
from .clock import MovedLoop, MovedTime
from .exchange import Exchange
from .faults import Fault, Faults
from .guard import CONFIG, Account, GuardProcess
from .holdings import Holdings
from .market import DrawnMarket, Market
from .second_source import QuestionTime, SecondSource, Workers

START_NS: Final = 1_782_918_000 * NS_PER_SECOND  # 2026-07-01 15:00 UTC, 11:00 in New York
_LOOK_SECONDS: Final = 1.0
_RESTARTED: Final = 1012
_ABNORMAL: Final = 1006
Act = Callable[[], Awaitable[None]]


class Seen(NamedTuple):
    """What the guard said of a symbol at one second of the run.

    Attributes:
        state: `visible`, `degraded`, `blind`; `down` while no process runs.
        reason: Its reason.
    """

    seconds: float
    state: str
    reason: str


@dataclass
class Ran:
    """All that is known of a run when it is over.

    Attributes:
        seed: Draws it.
        seconds: How long it lasted.
        market: What happened.
        faults: What went wrong.
        holdings: What was held.
        account: What was judged and told.
        seen: What was said of each symbol, second by second.
        digest: Of all that was told and said.
    """

    seed: int
    seconds: float
    market: Market
    faults: Faults
    holdings: Holdings
    account: Account
    seen: dict[str, list[Seen]]
    digest: str


def run(seed: int, seconds: float, faults: Faults | None = None) -> Ran:
    """Run one seed.

    Args:
        seed: Draws all that is random.
        seconds: How long.
        faults: What goes wrong; drawn where it is None.
    """
    draws = _draws(seed)
    market = DrawnMarket(draws[0], START_NS, seconds)
    if faults is None:
        faults = fault_kinds.drawn(draws[1], market.symbols, seconds)
    return run_market(market, seed, seconds, faults)


def run_market(market: Market, seed: int, seconds: float, faults: Faults) -> Ran:
    """Run a market whose events are known.

    Args:
        market: What happens.
        seed: Draws what is random beside it.
        seconds: How long.
        faults: What goes wrong.
    """
    logging.disable(logging.CRITICAL)
    draws = _draws(seed)
    with tempfile.TemporaryDirectory() as directory:
        world = _World(seed, seconds, market, faults, draws, Path(directory))
        loop = MovedLoop(world.time)
        try:
            loop.run_until_complete(world.live())
        finally:
            loop.close()
    return world.ran()


def _draws(seed: int) -> list[Random]:
    random = Random(seed)
    return [Random(random.getrandbits(64)) for _ in range(5)]


class _World:
    """Everything of one run."""

    def __init__(
        self,
        seed: int,
        seconds: float,
        market: Market,
        faults: Faults,
        draws: list[Random],
        directory: Path,
    ) -> None:
        self._seed = seed
        self._seconds = seconds
        self._market = market
        self._faults = faults
        self._directory = directory
        self._waits = draws[4]
        self.time = MovedTime(market.start_ns)
        self._exchange = Exchange(market, faults, self.time, draws[2])
        self._question_time = QuestionTime(self.time)
        self._source_draws = draws[3]
        self._holdings = Holdings(market.symbols, faults, self.time)
        self._account = Account()
        self._seen: dict[str, list[Seen]] = {symbol: [] for symbol in market.symbols}
        self._guard: GuardProcess | None = None
        self._watching: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """Let it happen."""
        streaming = asyncio.create_task(self._exchange.stream())
        looking = asyncio.create_task(self._look())
        self._start()
        for at, act in sorted(self._acts(), key=lambda each: each[0]):
            await self._until(at)
            await act()
        await self._until(self._seconds)
        for task in (streaming, looking, self._watching):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._guard is not None:
            self._guard.close()

    def ran(self) -> Ran:
        """Return what is known when it is over."""
        text = "\n".join(
            [
                *(f"{at:.6f} {event!r}" for at, event in self._account.told),
                *(f"{symbol} {each!r}" for symbol, all_ in self._seen.items() for each in all_),
            ]
        )
        return Ran(
            self._seed,
            self._seconds,
            self._market,
            self._faults,
            self._holdings,
            self._account,
            self._seen,
            hashlib.sha256(text.encode()).hexdigest(),
        )

    async def _until(self, seconds: float) -> None:
        # A machine that sleeps meanwhile comes to it later, and never earlier.
        left = seconds - self.time.true
        if left > 0:
            await asyncio.sleep(left)

    async def _look(self) -> None:
        """Note what the guard says, second by second of the market."""
        second = 1.0
        while True:
            await self._until(second)
            for symbol, seen in self._seen.items():
                if self._guard is None:
                    seen.append(Seen(self.time.true, "down", ""))
                else:
                    found = self._guard.visibility(symbol)
                    seen.append(Seen(self.time.true, found.state, found.reason))
            second = max(second + _LOOK_SECONDS, self.time.true)

    def _start(self) -> None:
        source = SecondSource(
            CONFIG, self._market, self._faults, self._question_time, self._source_draws
        )
        self._guard = GuardProcess(
            self._account,
            self._directory,
            holdings=self._holdings,
            exchange=self._exchange,
            source=source,
            workers=Workers(self._question_time),
            time=self.time,
            random=self._waits,
        )
        self._watching = asyncio.create_task(self._guard.run())

    def _acts(self) -> list[tuple[float, Act]]:
        """Return what faults do at one moment, beside what they are while they last."""
        acts: list[tuple[float, Act]] = []
        for fault in self._faults.all:
            match fault.kind:
                case "cut":
                    acts.append((fault.begin, partial(self._cut, int(fault.detail))))
                case "unnamed_error" | "no_answer" | "auth_failed":
                    # A fault of the door is met by who comes to it.
                    acts.append((fault.begin, partial(self._cut, _RESTARTED)))
                case "evicted":
                    acts.append((fault.begin, self._evict))
                case "clock_step":
                    acts.append((fault.begin, partial(self._set_clock, fault.number)))
                    acts.append((fault.end, partial(self._set_clock, -fault.number)))
                case "slept":
                    acts.append((fault.begin, partial(self._sleep, fault)))
                case "killed":
                    acts.append((fault.begin, self._kill))
                    acts.append((fault.end, self._start_again))
        return acts

    async def _cut(self, code: int) -> None:
        self._exchange.cut(code)

    async def _evict(self) -> None:
        self._exchange.evict()

    async def _set_clock(self, seconds: float) -> None:
        self.time.off_ns += round(seconds * NS_PER_SECOND)

    async def _sleep(self, fault: Fault) -> None:
        if fault.detail == "cut":
            self._exchange.cut(_ABNORMAL)
        self.time.slept += fault.length

    async def _kill(self) -> None:
        """Kill the process, in the middle of a line of its record."""
        if self._guard is None or self._watching is None:
            return
        self._guard.die()
        self._guard = None
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        self._exchange.cut(_ABNORMAL)
        for path in self._directory.glob("*.jsonl"):
            with path.open("ab") as record:
                record.write(b'{"schema":')

    async def _start_again(self) -> None:
        if self._guard is None:
            self._start()
