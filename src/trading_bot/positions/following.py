"""Follows a broker's account on a thread of its own, and tells at once what is held.

Whoever asks never waits for the broker: the judging thread asks once a second. What the answers
mean is decided in `reconcile`.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Self

from trading_bot.order_flow.clock import monotonic_ns
from trading_bot.order_flow.diagnostics import get_logger
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.threads.watch import Threads, Watched
from trading_bot.positions.reconcile import Held, Reconciliation
from trading_bot.positions.reopening import Reopening
from trading_bot.positions.source import READ_SECONDS, PositionFeed, PositionUpdate

FIRST_SECONDS: Final = READ_SECONDS + 1
"""How long a start waits for the first answer, or for the word that there is none."""
CUT_SECONDS: Final = READ_SECONDS + 2
"""When a question is given up whose source does not end it itself."""
_STOP_SECONDS: Final = 1.0
_STUCK_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 5.0
THREAD: Final = "positions"
"""The name of the thread in health."""

_logger = get_logger(__name__)


class PositionsUnknownError(ValueError):
    """A broker has given no answer yet, so that what is held is not known."""


class FollowedPositions:
    """A position manager over a broker's account; may be used with `with`, once.

    Args:
        feed: The account.
        steady_ns: Nanoseconds of a clock that is never set.
        cut_seconds: When a question is given up whose source does not end it itself.

    Attributes:
        feed: As given.
    """

    def __init__(
        self,
        feed: PositionFeed,
        *,
        steady_ns: Callable[[], int] = monotonic_ns,
        cut_seconds: float = CUT_SECONDS,
    ) -> None:
        self.feed = feed
        self._steady_ns = steady_ns
        self._cut_seconds = cut_seconds
        self._known = Reconciliation(feed.name)
        self._answered = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kick = asyncio.Event()
        self._watched: Watched = Threads().watched(THREAD, _STUCK_SECONDS)

    def be_watched(self, threads: Threads) -> None:
        """Let the guard's threads know how this one is."""
        self._watched = threads.watched(THREAD, _STUCK_SECONDS)

    def start(self, seconds: float = FIRST_SECONDS) -> Self:
        """Begin to follow; return when there is an answer, or none, or the time is over."""
        self._thread = threading.Thread(target=self._run, name="order-flow-positions", daemon=True)
        self._thread.start()
        self._answered.wait(seconds)
        return self

    def stop(self) -> None:
        """End it; a question that hangs is not waited for."""
        self._stopped.set()
        self.read_soon()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # What is asked of a position manager; from any thread, and at once.

    @property
    def name(self) -> str:
        """The value of `positions_source`."""
        return self.feed.name

    @property
    def held(self) -> Held:
        """What is held, as far as it is known."""
        return self._known.held

    @property
    def listens(self) -> bool:
        """Whether what trades change is heard at once."""
        return self._known.listens

    def read_soon(self) -> None:
        """Read all anew, without waiting for its turn."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._read_now)

    def get_active_positions(self) -> Sequence[Position]:
        """Return every position that is to be taken for held.

        Raises:
            PositionsUnknownError: There was no answer yet; says why.
        """
        held = self.held
        if not held.is_known:
            raise PositionsUnknownError(held.stale(self._steady_ns()))
        return tuple(held.positions.values())

    def get_watchlist(self) -> Sequence[str]:
        """Return nothing: a broker's account names only what is held."""
        return ()

    def get_unreadable(self) -> Mapping[str, str]:
        """Return what is wrong with each row that could not be read, by symbol or by place."""
        return self.held.unreadable

    def get_stale(self) -> str:
        """Say why what is held may be another by now; empty while it is known."""
        return self.held.stale(self._steady_ns())

    def get_closed(self) -> frozenset[str]:
        """Return the symbols whose positions are surely gone."""
        return self.held.closed

    # On the thread of its own.

    def _run(self) -> None:
        try:
            asyncio.run(self._follow())
        finally:
            self._watched.rest()
            self._answered.set()

    async def _follow(self) -> None:
        self._loop = asyncio.get_running_loop()
        tasks = [asyncio.ensure_future(self._read_again_and_again())]
        if self.feed.has_updates:
            tasks.append(asyncio.ensure_future(self._listen_again_and_again()))
        try:
            # The reading ends with the stop; the listening is cut.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.feed.close()

    async def _read_again_and_again(self) -> None:
        while not self._stopped.is_set():
            await self._guarded(self._read())
            self._answered.set()
            while not self._stopped.is_set() and (left := self._until_read()) > 0:
                await self._wait(min(left, _LOOK_SECONDS))
                self._watched.beat()

    async def _read(self) -> None:
        asked_ns = self._steady_ns()
        try:
            async with asyncio.timeout(self._cut_seconds):
                read = await self.feed.read()
        except TimeoutError:
            self._fail(f"no answer within {self._cut_seconds:g} s")
        except DataSourceError as error:
            wait = error.retry_after_seconds if isinstance(error, RateLimitError) else None
            self._fail(f"{error} [{error.code}]", wait)
        except Exception as error:
            self._fail(f"the question ended by a defect ({type(error).__name__})")
            raise
        else:
            before = self.held
            self._known.take_read(read, asked_ns, self._steady_ns())
            if before.failure:
                _logger.info("order_flow.positions_read_again", extra={"broker": self.feed.name})

    def _fail(self, words: str, wait_seconds: float | None = None) -> None:
        if words != self.held.failure:
            extra = {"broker": self.feed.name, "problem": words}
            _logger.warning("order_flow.positions_read_failed", extra=extra)
        self._known.take_failure(words, self._steady_ns(), wait_seconds)

    async def _listen_again_and_again(self) -> None:
        reopening = Reopening()
        while True:
            began_ns = self._steady_ns()
            await self._guarded(self._listen())
            wait = reopening.wait_after(self._steady_ns() - began_ns)
            # Spread, so that many that were cut together do not come back together.
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - keeps no secret

    async def _listen(self) -> None:
        try:
            await self.feed.follow(self._hear, self._opened)
        except DataSourceError as error:
            self._lose(f"{error} [{error.code}]")
        except Exception as error:
            self._lose(f"listening for trade updates ended by a defect ({type(error).__name__})")
            raise
        else:
            self._lose("the connection for trade updates ended without a word")

    def _lose(self, words: str) -> None:
        if words != self.held.stream_failure:
            extra = {"broker": self.feed.name, "problem": words}
            _logger.warning("order_flow.position_updates_lost", extra=extra)
        self._known.lose_stream(words, self._steady_ns())
        self._kick.set()

    def _opened(self) -> None:
        self._known.open_stream(self._steady_ns())
        self._kick.set()

    def _hear(self, update: PositionUpdate) -> None:
        self._known.take_update(update, self._steady_ns())
        self._kick.set()

    async def _guarded(self, step: Coroutine[Any, Any, None]) -> None:
        """Do one step; a defect in it is counted and told, and the thread goes on."""
        self._watched.beat()
        try:
            await step
        except Exception as error:  # noqa: BLE001 - nothing left uncaught may end it in silence
            self._watched.caught(error)

    def _read_now(self) -> None:
        self._known.hurry(self._steady_ns())
        self._kick.set()

    def _until_read(self) -> float:
        return (self._known.next_read_ns - self._steady_ns()) / NS_PER_SECOND

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._kick.wait()
        self._kick.clear()
