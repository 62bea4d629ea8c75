"""Keeps a sender's process running, and what is on its way; on one thread of the guard's."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from trading_bot.logger import TradingLogger
from trading_bot.notify.desk import Message
from trading_bot.notify.outbox import Outbox, Receiver
from trading_bot.notify.process import Process
from trading_bot.order_flow.settings.addresses import shown_receivers

PING_SECONDS: Final = 10.0
SILENT_SECONDS: Final = 30.0
"""How long the process may say nothing to a ping until it is ended and begun anew."""
RESTART_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Pauses before it is begun anew; the last one repeats."""
STEADY_SECONDS: Final = 60.0
"""After so long a life the pauses begin from the first."""
_logger = TradingLogger.get_logger("notify")


class Sending:
    """Sends messages by a process that may die, hang or not come up.

    Args:
        urls: The receivers.
        begin: Begins a process.

    Attributes:
        outbox: What is on its way.
        restarts: How often the process was begun anew.
        beat_trouble: Why the dead-man's switch did not take the newest beat.
    """

    def __init__(self, urls: tuple[str, ...], begin: Callable[[], Process]) -> None:
        self.outbox = Outbox([Receiver() for _ in urls])
        self.restarts = 0
        self.beat_trouble = ""
        self._names = shown_receivers(urls)
        self._begin = begin
        self._process: Process | None = None
        self._begun_at = 0.0
        self._failures = 0
        self._not_before: float | None = None
        self._pinged_at = 0.0
        self._silent_since: float | None = None
        self._lives = False

    def post(self, message: Message, now: float) -> str:
        """Have a message sent to all; return its id."""
        known_as = secrets.token_hex(4)
        line = self.outbox.add(known_as, message, now)
        self._write(line)
        return known_as

    def say_life(self, *, lives: bool) -> None:
        """Let the process know whether it is to tell of a guard that has died."""
        self._lives = lives
        self._write({"op": "life", "lives": lives})

    def beat(self) -> bool:
        """Have the dead-man's switch asked now; False where no process is there to do so."""
        return self._write({"op": "beat"})

    def look(self, now: float) -> None:
        """Hear what the process says, and see that it lives.

        Args:
            now: Seconds.
        """
        if self._process is None:
            if self._not_before is None or now >= self._not_before:
                self._start(now)
            return
        self._hear(self._process)
        if not self._process.is_running():
            # What it said last is heard once it has ended.
            self._hear(self._process)
            self._note_end(now, "it has ended")
        elif self._silent_since is not None and now - self._silent_since >= SILENT_SECONDS:
            self._process.kill()
            self._note_end(now, "it has said nothing for long")
        elif now - self._pinged_at >= PING_SECONDS:
            self._pinged_at = now
            if self._silent_since is None:
                self._silent_since = now
            self._write({"op": "ping"})

    def finish(self, now: float, seconds: float) -> bool:
        """Say goodbye, and wait until all is sent; True where it is, within so many seconds.

        Args:
            now: Seconds.
            seconds: How long the process may take.
        """
        if self._process is None and self.outbox.waiting:
            self._start(now)
        process = self._process
        if process is None:
            return self.outbox.waiting == 0
        self._write({"op": "bye", "seconds": seconds})
        if not process.wait(seconds + 1.0):
            process.kill()
        self._hear(process)
        self._process = None
        return self.outbox.waiting == 0

    def health(self) -> dict[str, Any]:
        """Return how the process and each receiver do; no address is in it."""
        return {
            "process": "running" if self._process is not None else "not running",
            "restarts": self.restarts,
            "waiting": self.outbox.waiting,
            "lost": self.outbox.lost,
            "beat": self.beat_trouble or "ok",
            "receivers": [
                {
                    "receiver": name,
                    "status": each.trouble or "ok",
                    "sent": each.sent,
                    "failed": each.failed,
                    "unsure": each.unsure,
                }
                for name, each in zip(self._names, self.outbox.receivers, strict=True)
            ],
        }

    def _start(self, now: float) -> None:
        try:
            self._process = self._begin()
        except OSError as error:
            self._note_end(now, f"it cannot be begun ({error.strerror})")
            return
        self._begun_at = self._pinged_at = now
        self._silent_since = None
        self._write({"op": "life", "lives": self._lives})
        for line in self.outbox.again(now):
            self._write(line)

    def _note_end(self, now: float, why: str) -> None:
        self._process = None
        steady = self._failures and now - self._begun_at >= STEADY_SECONDS
        self._failures = 1 if steady else self._failures + 1
        pause = RESTART_SECONDS[min(self._failures, len(RESTART_SECONDS)) - 1]
        self._not_before = now + pause
        self.restarts += 1
        _logger.warning("notify.sender_ended", extra={"reason": why, "again_in_seconds": pause})

    def _hear(self, process: Process) -> None:
        for line in process.reports():
            self._silent_since = None
            self._note(line)

    def _note(self, line: Mapping[str, Any]) -> None:
        match line["op"]:
            case "state":
                self.outbox.note(line)
                if line["state"] in ("failed", "unsure"):
                    facts = {"receiver": self._names[line["to"]], "reason": line["why"]}
                    _logger.warning("notify.not_sent", extra={**facts, "state": line["state"]})
            case "beat":
                self.beat_trouble = line["why"]
            case "ready":
                for number, is_understood in enumerate(line["understood"]):
                    if not is_understood:
                        trouble = "its address is not understood"
                        self.outbox.receivers[number].trouble = trouble

    def _write(self, line: Mapping[str, Any]) -> bool:
        # A text that is refused is kept, and given to the process that follows.
        return self._process is not None and self._process.post(line)
