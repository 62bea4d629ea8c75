"""Teller: calls one listener on a thread of its own, whatever that listener does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ..diagnostics import get_logger
from ..notices import Listener, MonitorEvent
from ..threads.watch import Watched
from .event_queue import EventQueue

_logger = get_logger(__name__)


class Teller:
    """Takes events from a queue of its own and calls a listener with each.

    Its thread begins with the first event, is a daemon, and ends with `finish`; a later event
    begins another. Whatever the listener raises, `SystemExit`, `KeyboardInterrupt` and
    `CancelledError` among it, ends here: it is counted, and logged once for each type. A listener
    that hangs costs a thread and a bounded queue.

    Args:
        listener: Is called with one event at a time, in their order.
        queue: What waits for it.
        had: Called after the listener has had an event, whether it returned or raised.
        counts: Whether an exit is told only once this listener has had it.
        watched: Knows how the thread is.

    Attributes:
        watched: As given.
        listener: As given.
        queue: As given.
        counts: As given.
        ident: The thread that calls it; None while none runs.
        failed: How often the listener has raised.
    """

    def __init__(
        self,
        listener: Listener,
        queue: EventQueue,
        had: Callable[[MonitorEvent], None],
        *,
        counts: bool = True,
        watched: Watched,
    ) -> None:
        self.watched = watched
        self.listener = listener
        self.queue = queue
        self.counts = counts
        self.ident: int | None = None
        self.failed = 0
        self._had = had
        self._logged: set[type[BaseException]] = set()
        self._lock = threading.Lock()
        self._is_running = False
        self._idle = threading.Event()
        self._idle.set()

    def put(self, event: MonitorEvent) -> bool:
        """Let the listener be told; never waits for it. False where it was removed."""
        if not self.queue.put(event):
            return False
        with self._lock:
            if not self._is_running:
                self._start()
        return True

    def ask_to_finish(self) -> None:
        """Let the thread end once nothing waits."""
        self.queue.interrupt()

    def wait_until_idle(self, timeout: float) -> bool:
        """Return whether the thread has ended within so many seconds."""
        return self._idle.wait(timeout)

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="order-flow-teller", daemon=True)
        self._is_running = True
        self._idle.clear()
        try:
            thread.start()
        except RuntimeError as error:
            # The machine has no thread left: the event waits, and the next one tries again.
            self._is_running = False
            self._idle.set()
            self._note_failure("order_flow.teller_not_started", error)

    def _run(self) -> None:
        self.ident = threading.get_ident()
        while True:
            event = self.queue.take()
            if event is not None:
                self.watched.run(partial(self._tell, event))
                self.watched.rest()
                continue
            with self._lock:
                # An event that came since must not be left without a thread.
                if not self.queue.waiting:
                    self._is_running = False
                    self.ident = None
                    self._idle.set()
                    return

    def _tell(self, event: MonitorEvent) -> None:
        try:
            self.listener(event)
        except BaseException as error:  # noqa: BLE001 - nothing of a host's may end the guard
            self._note_failure("order_flow.listener_failed", error, told=type(event).__name__)
        self._had(event)

    def _note_failure(self, message: str, error: BaseException, **facts: object) -> None:
        self.failed += 1
        if type(error) in self._logged:
            return
        self._logged.add(type(error))
        # A host's handlers of logs may raise as well.
        with suppress(BaseException):
            name = getattr(self.listener, "__qualname__", type(self.listener).__qualname__)
            _logger.error(message, exc_info=error, extra={"listener": name, **facts})
