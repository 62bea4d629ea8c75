"""Notices: tells the receivers of the settings what happens to one guard, by a process of its own.

A thread of its own does all of it; the guard only leaves its events in a bounded queue. What waits,
what is on its way and what is asked every minute is described in `docs/notices.md`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from trading_bot.logger import TradingLogger
from trading_bot.notify.addresses import hide_addresses
from trading_bot.notify.by_apprise import MISSING, is_there
from trading_bot.notify.desk import Desk, Message, message_of
from trading_bot.notify.mutes import Mutes, read_wishes
from trading_bot.notify.notice import Notice, notice
from trading_bot.notify.process import Process, SenderProcess, hello_line
from trading_bot.notify.quiet import QuietHours
from trading_bot.notify.selection import Selection
from trading_bot.notify.sending import Sending
from trading_bot.notify.summary import DayTally
from trading_bot.order_flow.clock import Clock, monotonic_seconds, utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.diagnostics import told
from trading_bot.order_flow.market.units import iso_utc, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, GuardStateKind, MonitorEvent
from trading_bot.order_flow.telling.event_queue import DEFAULT_LIMIT, EventQueue
from trading_bot.order_flow.threads.watch import JUDGING

BEAT_EVERY_SECONDS: Final = 60.0
ROUND_SECONDS: Final = 0.5
STUCK_SECONDS: Final = 30.0
"""How long one round may take until the thread counts as stuck."""
CLOSE_SECONDS: Final = 5.0
"""How long the end waits for the last notice to be out."""
_LONGEST_WORDS: Final = 300
_LIFE: Final = ("started", "stopped", "failed")
_logger = TradingLogger.get_logger("notify")


class MissingLibraryError(ValueError):
    """Receivers are set, and what sends to them is not installed."""


def refuse_missing_library(config: OrderFlowConfig) -> None:
    """Make sure that what sends is installed, where somebody is to be told.

    Raises:
        MissingLibraryError: It is not; says what to install.
    """
    if config.notify_urls and not is_there():
        raise MissingLibraryError(MISSING)


class Notices:
    """Tells what happens to one guard, from `with` to the end of its block; a listener of it.

    Args:
        monitor: The guard's engine; its settings say who is told.
        folder: Of its record, where wishes to mute lie; None reads none.
        begin: Begins a process that sends; for tests.
        wall: The machine's time: quiet hours and mutes are a person's.
        steady: Seconds of a clock that is never set.

    Raises:
        MissingLibraryError: Receivers are set, and the extra `notify` is not installed.
    """

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        folder: Path | str | None = None,
        *,
        begin: Callable[[], Process] | None = None,
        wall: Clock = utc_now,
        steady: Callable[[], float] = monotonic_seconds,
    ) -> None:
        config = monitor.config
        refuse_missing_library(config)
        hide_addresses(config)
        self._monitor = monitor
        self._folder = None if folder is None else Path(folder)
        self._wall = wall
        self._steady = steady
        # An invented exit must not be taken for a real one, wherever it is read.
        self._mark = "SIMULATED " if monitor.market == "simulated" else ""
        self._over = threading.Event()
        self._events = EventQueue(DEFAULT_LIMIT)
        self._selection = Selection()
        self._tally = DayTally()
        self._desk = Desk(self._mark)
        self._mutes = Mutes()
        self._mute_trouble = ""
        # As it was told, and as it was taken from the queue.
        self._newest_life = ""
        self._lives = False
        self._beat_at: float | None = None
        self._texts_lost = 0
        urls = config.notify_urls
        has_anybody = bool(urls or config.heartbeat_url)
        self._sending = Sending(urls, begin or self._begin) if has_anybody else None
        self._tells = bool(urls)
        self._watched = monitor.threads.watched("notices", STUCK_SECONDS)
        self._watched.rest()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self._newest_life == "started":
            self.tell_life("failed", told(f"{type(error).__name__}: {error}", _LONGEST_WORDS))
        self._over.set()
        self._thread.join(2 * CLOSE_SECONDS)

    def __call__(self, event: MonitorEvent) -> None:
        """Take one event of the guard; never waits."""
        if isinstance(event, GuardState) and event.kind in _LIFE:
            self._newest_life = event.kind
        self._events.put(event)

    def tell_life(self, kind: GuardStateKind, words: str = "") -> None:
        """Tell that the guard begins or ends, where it is run by whoever made this.

        Args:
            kind: `started`, `stopped` or `failed`.
            words: What is watched, or why it ends.
        """
        self(GuardState(kind, None, words, self._monitor.clock()))

    def muted_until(self) -> Mapping[str, datetime]:
        """Return until when each muted symbol is silent; from any thread."""
        return self._mutes.until

    def health(self) -> dict[str, Any]:
        """Return how the notices do: what waits, what was lost, each receiver, what is muted."""
        state: dict[str, Any] = {"status": "off"} if self._sending is None else {"status": "on"}
        if self._sending is not None:
            state |= self._sending.health()
        state["held"] = self._desk.waiting
        state["mutes"] = self._mute_trouble or "ok"
        return {
            "muted": {name: iso_utc(until) for name, until in sorted(self.muted_until().items())},
            "notices": state,
        }

    def look(self) -> None:
        """Do one round: take what happened, send what is due, see that the process lives."""
        now = self._steady()
        self._look_at_mutes()
        for event in self._events.take_all():
            self._take(event, now)
        for each in self._selection.due(now):
            self._let_wait(each, now)
        if self._tally.due(ns_from_utc(self._monitor.clock())):
            words = self._tally.words(self._monitor.positions.keys(), self._mutes.until)
            self._let_wait(notice("summary", None, words), now)
        if self._sending is None:
            return
        self._sending.look(now)
        self._beat_if_it_lives(self._sending, now)
        self._post(self._sending, self._desk.due(now, quiet=self._is_quiet()), now)

    def finish(self) -> None:
        """Send all that waits, and end the process."""
        now = self._steady()
        for event in self._events.take_all():
            self._take(event, now)
        sending = self._sending
        if sending is None:
            return
        self._post(sending, self._desk.flush(), now)
        if not sending.finish(now, CLOSE_SECONDS):
            _logger.warning("notify.not_all_sent", extra={"waiting": sending.outbox.waiting})

    def _run(self) -> None:
        while not self._over.wait(ROUND_SECONDS):
            self._watched.run(self.look)
            self._watched.rest()
        self._watched.run(self.finish)
        self._watched.rest()

    def _begin(self) -> Process:
        config = self._monitor.config
        last = notice(
            "failed",
            None,
            "the guard has died without a word, found at {at}: nothing is protected until it "
            "starts again",
        )
        death = secrets.token_hex(4), message_of([last], self._mark)
        return SenderProcess(hello_line(config.notify_urls, config.heartbeat_url, death))

    def _take(self, event: MonitorEvent, now: float) -> None:
        self._tally.note(event)
        found = self._selection.take(event, self._monitor.positions, now)
        if isinstance(event, GuardState) and event.kind in _LIFE:
            self._note_life(lives=event.kind == "started")
        if found is not None:
            self._let_wait(found, now)

    def _note_life(self, *, lives: bool) -> None:
        self._lives = lives
        if self._sending is not None:
            self._sending.say_life(lives=lives)

    def _let_wait(self, found: Notice, now: float) -> None:
        if self._tells and not self._mutes.hold_back(found):
            self._desk.take(found, now)

    def _post(self, sending: Sending, message: Message | None, now: float) -> None:
        if message is None:
            return
        sending.post(message, now)
        lost = sending.outbox.lost - self._texts_lost
        if lost:
            self._texts_lost += lost
            self._desk.note_lost(lost)

    def _beat_if_it_lives(self, sending: Sending, now: float) -> None:
        if not self._lives or self._monitor.threads.state_of(JUDGING) == "stuck":
            # As soon as it lives again, it says so.
            self._beat_at = None
            return
        if (self._beat_at is None or now >= self._beat_at) and sending.beat():
            self._beat_at = now + BEAT_EVERY_SECONDS

    def _is_quiet(self) -> bool:
        hours = self._monitor.config.notify_quiet_hours
        return hours is not None and QuietHours.of(hours).hold(self._wall())

    def _look_at_mutes(self) -> None:
        if self._folder is None:
            return
        now = self._wall()
        try:
            wishes = read_wishes(self._folder)
            self._mute_trouble = ""
        except (OSError, ValueError) as error:
            # What is muted stays so until its time is over.
            wishes = dict(self._mutes.until)
            trouble = told(str(error), _LONGEST_WORDS)
            if trouble != self._mute_trouble:
                self._mute_trouble = trouble
                _logger.warning("notify.mutes_not_read", extra={"reason": trouble})
        for change in self._mutes.renew(wishes, now):
            if change.until is not None:
                self._monitor.note_muted(change.symbol, change.until)
            else:
                self._monitor.note_unmuted(change.symbol, change.reason, change.held_back)
            if change.told is not None:
                self._let_wait(change.told, self._steady())
