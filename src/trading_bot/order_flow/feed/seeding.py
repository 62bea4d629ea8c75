"""Asks for the last session's minute bars of symbols without a memory, beside the judging.

One question a symbol, one after the other, once its own events have come: the watch never waits for
it, and a failure costs nothing but the seed.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from typing import Final

from ..calendar import NEW_YORK, Session, session_of
from ..diagnostics import get_logger
from ..errors import OrderFlowError
from ..judge import MarketJudge
from ..market.units import utc_from_ns
from ..providers.provider import MinuteBars, Provider
from ..rules.own_scale.seed import Seed, seed_of
from ..threads.watch import Threads

ASKING: Final = "asking for minute bars"
ASKING_SECONDS: Final = 60.0
"""How long one question may take, its retries included, until the thread counts as stuck."""
_LONGEST_CLOSURE: Final = 10
"""Days between two sessions, at most."""

_logger = get_logger(__name__)


class Seeding:
    """Seeds the memories of one run.

    Args:
        judge: Whose symbols; told what was found.
        provider: Whom to ask; one without minute bars is not asked.
        threads: Knows how the thread that asks is.
    """

    def __init__(self, judge: MarketJudge, provider: Provider, threads: Threads) -> None:
        history = provider.history
        can = provider.capabilities.minute_bars and isinstance(history, MinuteBars)
        self._history = history if can and isinstance(history, MinuteBars) else None
        self._judge = judge
        self._threads = threads
        self._asked: set[str] = set()
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, Session]] = deque()
        self._found: deque[tuple[str, Seed]] = deque()
        self._thread: threading.Thread | None = None

    def look(self, now_ns: int) -> None:
        """Give the judge what was found, and ask for what is wanted; at once, about once a second.

        Args:
            now_ns: The present, Unix nanoseconds.
        """
        if self._history is None:
            return
        while self._found:
            self._judge.seed(*self._found.popleft())
        wanted = [each for each in self._judge.wants_seed() if each not in self._asked]
        if not wanted:
            return
        session = last_session(now_ns)
        self._asked.update(wanted)
        with self._lock:
            self._waiting.extend((symbol, session) for symbol in wanted)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._ask_all,
                    args=(self._history,),
                    name="order-flow-bars",
                    daemon=True,
                )
                self._thread.start()

    def close(self) -> None:
        """Ask nothing more; what is under way is not waited for."""
        with self._lock:
            self._waiting.clear()

    def _ask_all(self, history: MinuteBars) -> None:
        watched = self._threads.watched(ASKING, ASKING_SECONDS)
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    break
                symbol, session = self._waiting.popleft()
            watched.run(lambda: self._ask(history, symbol, session))  # noqa: B023 - run at once
        watched.rest()

    def _ask(self, history: MinuteBars, symbol: str, session: Session) -> None:
        try:
            bars = history.get_minutes(symbol, session.open_ns, session.close_ns - 1)
        except OrderFlowError as error:
            _logger.warning(
                "order_flow.bars_not_had", extra={"symbol": symbol, "error_message": str(error)}
            )
            return
        seed = seed_of(bars, session)
        if seed is not None:
            self._found.append((symbol, seed))


def last_session(now_ns: int) -> Session:
    """Return the newest session that is over.

    Args:
        now_ns: The present, Unix nanoseconds.
    """
    today = utc_from_ns(now_ns).astimezone(NEW_YORK).date()
    days = (session_of(today - timedelta(days=ago)) for ago in range(_LONGEST_CLOSURE + 1))
    return next(each for each in days if each is not None and each.close_ns <= now_ns)
