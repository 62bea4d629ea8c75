"""A thread of the guard that says how it is: to the service manager, and beside the record.

It judges nothing, and nobody who judges waits for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from trading_bot.logger import TradingLogger
from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.threads.watch import JUDGING, Threads
from trading_bot.service.notify import Notifier
from trading_bot.service.state_file import remove_state, sight_words, write_state

ROUND_SECONDS: Final = 2.0
"""How often the state is written, and the manager told; more often for a short watchdog."""
_FIRST_SECONDS: Final = 0.25
"""How soon it is looked again until the watch has begun."""
STUCK_SECONDS: Final = 30.0
"""How long one round may take until the thread counts as stuck."""
_END_SECONDS: Final = 5.0
_logger = TradingLogger.get_logger("service")

Health = Callable[[], Mapping[str, Any]]
"""How the guard is: what health says, with `sleeping_until` (ISO 8601, or None)."""


class Presence:
    """Shows that one guard is there, from `with` to the end of its block.

    `READY=1` goes out once the watch has begun, or sleeps until the market opens. `WATCHDOG=1`
    goes out while every thread lives; being blind does not withhold it, since a restart would lose
    what is known and see no more.

    Args:
        health: How the guard is.
        folder: Of its record, which it holds.
        market: Which market it watches: `live` or `simulated`.
        threads: The guard's.
        notifier: Reaches the manager; None without one.
        clock: The machine's time, not the market's.
    """

    def __init__(
        self,
        health: Health,
        *,
        folder: Path,
        market: str,
        threads: Threads,
        notifier: Notifier | None,
        clock: Clock = utc_now,
    ) -> None:
        self._health = health
        self._folder = folder
        self._market = market
        self._threads = threads
        self._notifier = notifier
        self._clock = clock
        self._watched = threads.watched("presence", STUCK_SECONDS)
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self._over = threading.Event()
        self._has_begun = False
        self._is_ready = False
        self._status = ""
        self._trouble = ""

    def __enter__(self) -> Self:
        # One that a killed guard has left says nothing of this one.
        remove_state(self._folder)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._notifier is not None:
            self._notifier.tell("STOPPING=1")
        self._over.set()
        self._thread.join(_END_SECONDS)
        remove_state(self._folder)

    def look(self) -> None:
        """Do one round: write the state, then tell the manager."""
        words = self._watched.run(self._write)
        threads = self._threads.health()
        self._has_begun = self._has_begun or JUDGING in threads
        if self._notifier is not None:
            self._tell(self._notifier, words, threads)

    def _run(self) -> None:
        limit = self._notifier.watchdog_seconds if self._notifier is not None else None
        pause = ROUND_SECONDS if limit is None else min(ROUND_SECONDS, limit / 2)
        while not self._over.wait(pause if self._has_begun else min(pause, _FIRST_SECONDS)):
            self.look()
            self._watched.rest()

    def _write(self) -> str:
        """Write how the guard is; return what it sees in a few words."""
        state = {
            "written_at": iso_utc(self._clock()),
            "pid": os.getpid(),
            **self._health(),
        }
        if state["sleeping_until"] is not None:
            self._has_begun = True
        try:
            write_state(self._folder, state)
            self._trouble = ""
        except OSError as error:
            # The record has the same trouble, and tells of it; this file is found to be old.
            if not self._trouble:
                _logger.warning("service.state_not_written", extra={"error_message": str(error)})
            self._trouble = str(error)
        return sight_words(state)

    def _tell(
        self, notifier: Notifier, words: str | None, threads: Mapping[str, Mapping[str, Any]]
    ) -> None:
        lines = []
        if self._has_begun and not self._is_ready:
            self._is_ready = True
            lines.append("READY=1")
        status = " ".join(f"{self._market} market: {words or 'its health cannot be told'}".split())
        if status != self._status:
            self._status = status
            lines.append(f"STATUS={status}")
        stuck = any(each["state"] == "stuck" for each in threads.values())
        if notifier.watchdog_seconds is not None and not stuck:
            lines.append("WATCHDOG=1")
        if lines:
            notifier.tell(*lines)
