"""Tries the stream again while everything is polled, without a word to the judge.

A stream that was refused or could not be reached at the start may be there a minute later: a plan
was changed, another program ended, a network came back. When to try, `doubt.fallback` decides.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final

from ..clock import monotonic_ns
from ..providers.provider import Provider
from ..threads.watch import Threads
from .doubt.fallback import PollingFallback
from .stream_attempt import attempt_stream

PROBING_SECONDS: Final = 30.0
"""How long an attempt may take, its end included, until the thread counts as stuck."""
_LOOK_SECONDS: Final = 1.0


class StreamProbe:
    """One thread that tries a provider's stream now and then until a symbol is subscribed.

    Args:
        provider: Whose stream.
        symbols: Returns the symbols that are protected; one of them is asked for.
        on_found: Called once, on the thread of the probe.
        steady_ns: Nanoseconds of a clock that is never set.
        look_seconds: How often it is looked whether an attempt is due.
        threads: Knows how the thread is.

    Attributes:
        found: Set once the stream is there.
    """

    def __init__(
        self,
        provider: Provider,
        symbols: Callable[[], tuple[str, ...]],
        on_found: Callable[[], None],
        *,
        steady_ns: Callable[[], int] = monotonic_ns,
        look_seconds: float = _LOOK_SECONDS,
        threads: Threads | None = None,
    ) -> None:
        self._threads = threads or Threads()
        self._provider = provider
        self._symbols = symbols
        self._on_found = on_found
        self._steady_ns = steady_ns
        self._look_seconds = look_seconds
        self._closed = threading.Event()
        self._fallback = PollingFallback()
        self.found = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="order-flow-stream-probe", daemon=True
        )

    def start(self) -> None:
        """Begin to try; the first attempt is due after a minute."""
        self._fallback.stream_lost(self._steady_ns())
        self._thread.start()

    def close(self) -> None:
        """Try no more; an attempt under way ends by itself."""
        self._closed.set()

    def _run(self) -> None:
        watched = self._threads.watched("trying the stream", PROBING_SECONDS)
        while not self._closed.wait(self._look_seconds):
            if watched.run(self._look):
                break
        watched.rest()

    def _look(self) -> bool:
        """Try the stream if an attempt is due; True once it is there."""
        if not self._fallback.tick(self._steady_ns()) or not (symbols := self._symbols()):
            return False
        attempt = attempt_stream(
            self._provider, symbols[0], steady_ns=self._steady_ns, is_over=self._closed.is_set
        )
        if not asyncio.run(attempt).is_subscribed:
            return False
        self._fallback.stream_back()
        self.found.set()
        self._on_found()
        return True
