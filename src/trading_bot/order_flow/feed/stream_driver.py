"""The loop behind a streaming `OrderFlowMonitor`: frames in, judged events out.

Everything is judged on one event loop, by `frame_drain`. A tick of one second reads the positions,
looks after the connection and says what can be seen; `gap_filler` gets what was missed, and
`watched_symbols` says of whom.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from ..clock import monotonic_seconds
from ..diagnostics import get_logger
from ..errors import DataSourceError
from ..market.units import ns_from_utc
from ..providers.polygon.channels import symbol_of
from ..providers.polygon.stream import PolygonStream
from ..providers.polygon.stream_observer import stream_url
from ..providers.polygon.stream_wire import Status
from ..providers.reconnect import StreamTimes
from ..sight.gap_filler import GapFiller
from ..sight.live_symbol import LiveSymbol
from ..sight.stall import FeedSilence
from ..sight.stream_health import StreamWatch
from .frame_consumer import FrameDrain
from .frame_queue import FrameQueue
from .gc_pauses import Collector
from .ingest import StreamJudge
from .poll_feed import PollClient
from .subscriptions import WatchedSymbols

if TYPE_CHECKING:
    from ..monitor import OrderFlowMonitor

TICK_SECONDS: Final = 1.0
SYMBOLS_A_LOOK: Final = 25
_SILENCE_LINK: Final = 0
"""In the queue: no connection has ended here, but a silence that is doubted."""

_logger = get_logger(__name__)


class StreamLoop:
    """Drives one monitor by a stream; made and used on one event loop.

    Args:
        monitor: Whose judges are fed.
        client: Whom to ask for what was missed.
        url: WebSocket address; the one that belongs to the configuration's host by default.
        times: Durations of the connection.
        queue_bytes: Bound of the waiting frames.
        everything: Watch every symbol that the provider streams; see `watched_symbols`.
        patience_seconds: Refuses when nothing could be subscribed for so long; None tries on.

    Attributes:
        stream: The connection.
        queue: What waits to be judged.
        judge: Gives messages to the monitor.
        counts: What was left out or went wrong here, by reason.
    """

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        client: PollClient,
        *,
        url: str | None = None,
        times: StreamTimes | None = None,
        queue_bytes: int | None = None,
        everything: bool = False,
        patience_seconds: float | None = None,
    ) -> None:
        config = monitor.config
        self._monitor = monitor
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._watch = StreamWatch(monitor)
        self._silence = FeedSilence()
        self._pauses = 0
        self._collector = Collector()
        self.queue = FrameQueue() if queue_bytes is None else FrameQueue(queue_bytes)
        self.counts: Counter[str] = Counter()
        self.judge = StreamJudge(monitor, self._take_status, self._meet)
        self._gaps = GapFiller(monitor, client, self.judge, self._watch, self._silence, self.counts)
        self.stream = PolygonStream(
            url or stream_url(config.base_url),
            config.polygon_api_key,
            self,
            times=times,
            patience_seconds=patience_seconds,
        )
        self._symbols = WatchedSymbols(
            monitor, self.judge, self._watch, self._gaps, self.stream, everything=everything
        )
        self._drain = FrameDrain(
            self.queue,
            self.judge,
            self.counts,
            on_end=self._take_end,
            on_lost=self._symbols.lost,
            on_room=self.stream.resume_reading,
        )

    def wake(self) -> None:
        """Let a waiting `run` look at its stop event at once; from any thread."""
        self._loop.call_soon_threadsafe(self._woken.set)

    async def run(
        self, stop: threading.Event, duration_seconds: float | None
    ) -> DataSourceError | None:
        """Stream and judge until stopped, the time is over, or the provider refuses for good.

        Returns:
            The refusal, or None.
        """
        monitor = self._monitor
        monitor.refill()
        self._symbols.follow_positions()
        self._write_line("started")
        ends = None if duration_seconds is None else monotonic_seconds() + duration_seconds
        next_tick = monotonic_seconds() + TICK_SECONDS
        connection = asyncio.create_task(self.stream.run())
        connection.add_done_callback(lambda _: self._woken.set())
        try:
            while not stop.is_set() and not connection.done():
                now = monotonic_seconds()
                if ends is not None and now >= ends:
                    return None
                if now >= next_tick:
                    next_tick = max(next_tick + TICK_SECONDS, now)
                    await self._tick()
                until = next_tick if ends is None else min(next_tick, ends)
                await self._sleep(until - monotonic_seconds())
            return await self._refusal(connection)
        finally:
            connection.cancel()
            await asyncio.wait([connection])
            self._drain.drain_all()
            self._gaps.close()
            self._collector.close()
            self._note_counts()
            self._write_line("stopped")

    # What the stream brings: the methods of `StreamObserver`.

    def on_frame(self, payload: bytes, link: int) -> bool:
        """Put a frame into the queue, and see to it that it is judged."""
        received_ns = ns_from_utc(self._monitor.clock())
        silence = self._silence
        if received_ns - silence.heard_ns > silence.usual_ns:
            self._end_silence(received_ns)
        silence.heard_ns = received_ns
        goes_on = self.queue.put(payload, received_ns, link)
        self._drain.schedule()
        return goes_on

    def on_cut(self, link: int) -> None:
        """Mark the end of a connection behind its last frame."""
        self._silence.pause()
        self.queue.put(None, ns_from_utc(self._monitor.clock()), link)
        self._drain.schedule()

    def on_subscribed(self, symbols: list[str]) -> None:
        """Fetch what was missed before the subscription."""
        self._watch.refused_symbols.difference_update(symbols)
        self._symbols.subscribed(symbols)

    def on_channels_refused(self, channels: list[str], reason: str) -> None:
        """Take note of symbols that the provider does not stream; halts may be unknown."""
        for channel in channels:
            if not channel.startswith("LULD."):
                self._watch.refused_symbols.add(symbol_of(channel))
        _logger.warning(
            "order_flow.channels_refused",
            extra={"channels": len(channels), "provider_says": reason[:100]},
        )

    def cut(self) -> None:
        """Hold every symbol's events from here on, until what is missed now is known."""
        self._symbols.cut()

    async def _tick(self) -> None:
        monitor = self._monitor
        self._symbols.follow_positions()
        self.stream.check()
        self._gaps.tick(ns_from_utc(monitor.clock()))
        self._silence.forget()
        if self._silence.tell_loss():
            self._symbols.forget_unprotected()
        lives = list(self.judge.symbols.values())
        silent: list[str] = []
        for start in range(0, len(lives), SYMBOLS_A_LOOK):
            silent += self._look_at(lives[start : start + SYMBOLS_A_LOOK])
            # Frames do not wait until all symbols have been looked at.
            await asyncio.sleep(0)
        if silent:
            self._gaps.check_silence(tuple(silent))
        warm = all(live.gap is None for live in lives)
        self._collector.tick(settled=warm, busy=len(self.queue) > 0)
        self._note_counts()

    def _look_at(self, lives: list[LiveSymbol]) -> list[str]:
        monitor = self._monitor
        now_ns = ns_from_utc(monitor.clock())
        oldest_ns = self.queue.oldest_ns
        silent = self._watch.look(
            lives,
            now_ns,
            problem=self.stream.problem,
            lag_ns=0 if oldest_ns is None else now_ns - oldest_ns,
        )
        # Thousands of others are quiet one after another, which is nothing to be told of.
        protected = [live for live in lives if self._symbols.protects(live.symbol)]
        monitor.every_second(now_ns, [live.symbol for live in protected])
        self._gaps.hold_silent(protected)
        return [live.symbol for live in silent if self._symbols.protects(live.symbol)]

    def _meet(self, symbol: str) -> LiveSymbol | None:
        return self._symbols.meet(symbol)

    def _end_silence(self, received_ns: int) -> None:
        pauses = self.stream.counts["reading_paused"]
        if pauses != self._pauses:
            # Nothing was read, which says nothing of what was sent.
            self._pauses = pauses
        elif self._silence.is_doubtful(received_ns):
            self.queue.put(None, received_ns, _SILENCE_LINK)

    def _take_end(self, link: int) -> None:
        """Take the end of a connection, or of a silence, in its place among the frames."""
        if link == _SILENCE_LINK:
            self._symbols.doubt_silence()
        else:
            self.cut()

    def _take_status(self, message: Status) -> None:
        self.stream.on_status(message, self._drain.link)

    async def _sleep(self, seconds: float) -> None:
        alarm = self._loop.call_later(seconds, self._woken.set)
        await self._woken.wait()
        alarm.cancel()
        self._woken.clear()

    async def _refusal(self, connection: asyncio.Task[None]) -> DataSourceError | None:
        try:
            if connection.done():
                await connection  # it ends by an error only
        except DataSourceError as error:
            _logger.error(
                "order_flow.stream_refused",
                extra={"error_code": error.code, "error_message": str(error)},
            )
            return error
        return None

    def _note_counts(self) -> None:
        found = self.counts + self.judge.counts + self._drain.refused + self.stream.counts
        found["gc_longest_pause_us"] = self._collector.longest_us
        self._monitor.stream_counts = found

    def _write_line(self, word: str) -> None:
        monitor = self._monitor
        symbols = list(monitor.symbols)
        monitor.publisher.write_line(
            f"order_flow.monitoring_{word}", monitor.clock(), None, symbols=symbols
        )
