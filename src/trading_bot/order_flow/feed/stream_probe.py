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
from ..market.units import NS_PER_SECOND
from ..providers.provider import Provider, StreamDecoder
from ..providers.supervision.stream_events import StreamEvent
from ..threads.watch import Threads
from .doubt.fallback import PollingFallback
from .frame_queue import LARGE_FRAME_BYTES
from .ingest import Ingest

PATIENCE_SECONDS: Final = 10.0
"""How long one attempt may take."""
PROBING_SECONDS: Final = 30.0
"""How long an attempt may take, its end included, until the thread counts as stuck."""
_LOOK_SECONDS: Final = 1.0
_SLICE_SECONDS: Final = 0.1


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
        if not asyncio.run(self._attempt(symbols[0])):
            return False
        self._fallback.stream_back()
        self.found.set()
        self._on_found()
        return True

    async def _attempt(self, symbol: str) -> bool:
        """Return whether a symbol could be subscribed."""
        listener = _Listener()
        stream = self._provider.open_stream(listener, patience_seconds=PATIENCE_SECONDS)
        # Without a symbol everything that the market does passes by.
        listener.decoder = stream.decoder(Ingest(self._provider.capabilities.step_ns))
        stream.follow([symbol])
        running = asyncio.create_task(stream.run())
        ends = self._steady_ns() + round(PATIENCE_SECONDS * NS_PER_SECOND)
        while not (listener.is_subscribed or running.done() or self._closed.is_set()):
            if self._steady_ns() >= ends:
                break
            stream.check()
            await asyncio.wait({running}, timeout=_SLICE_SECONDS)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return listener.is_subscribed


class _Listener:
    """Hears whether a symbol is subscribed; see `StreamObserver`."""

    def __init__(self) -> None:
        self.is_subscribed = False
        self.decoder: StreamDecoder

    def on_frame(self, payload: bytes, link: int) -> bool:
        is_large = len(payload) > LARGE_FRAME_BYTES
        for piece in self.decoder.pieces(payload) if is_large else (payload,):
            self.decoder.decode(piece, 0, link)
        return True

    def on_cut(self, link: int) -> None:
        """An attempt that ends is followed by another within its patience."""

    def on_subscribed(self, symbols: list[str]) -> None:
        self.is_subscribed = bool(symbols)

    def on_stream_event(self, event: StreamEvent) -> None:
        """Whatever else happens, the next attempt will show."""

    def on_said(self, reason: str, sentence: str) -> None:
        """It is said once the stream runs again."""
