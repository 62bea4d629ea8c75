"""StreamDriver: a provider's stream to the judge: messages in, judged events out.

Everything is judged on one event loop, by `frame_consumer`. A tick of one second reads the
positions, looks after the connection and says what can be seen; `gap_filler` gets what was missed,
and `subscriptions` says of which symbols.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import Final

from ..clock import monotonic_seconds
from ..diagnostics import get_logger
from ..errors import DataSourceError
from ..judge import MarketJudge
from ..market.units import ns_from_utc
from ..providers.provider import Provider
from ..providers.supervision.actions import QUOTES, TRADES
from ..providers.supervision.stream_events import ChannelsRefused, StreamEvent
from ..sight.late_gaps import LateGaps
from ..sight.live_symbol import LiveSymbol
from ..sight.stall import FeedStall
from ..sight.stream_health import StreamHealth
from .frame_consumer import FrameConsumer
from .frame_queue import FrameQueue
from .gap_filler import GapFiller
from .gc_pauses import Collector
from .ingest import Ingest
from .subscriptions import StreamSymbols

TICK_SECONDS: Final = 1.0
SYMBOLS_A_LOOK: Final = 25
_STALL_LINK: Final = 0
"""In the queue: no connection has ended here, but a stall that is doubted."""

_logger = get_logger(__name__)


class StreamDriver:
    """Drives one judge by a stream; made and used on one event loop.

    Args:
        judge: Is given the events.
        provider: Whose stream, and whom to ask for what was missed.
        queue_bytes: Bound of the waiting frames.
        everything: Watch every symbol that the provider streams; see `subscriptions`.
        patience_seconds: Refuses when nothing could be subscribed for so long; None tries on.

    Attributes:
        stream: The connection.
        queue: What waits to be judged.
        ingest: Gives events to the judge, once and in order.
        counts: What was left out or went wrong here, by reason.
    """

    def __init__(
        self,
        judge: MarketJudge,
        provider: Provider,
        *,
        queue_bytes: int | None = None,
        everything: bool = False,
        patience_seconds: float | None = None,
    ) -> None:
        step_ns = provider.capabilities.step_ns
        self._judge = judge
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._stall = FeedStall()
        self._pauses = 0
        self._collector = Collector()
        self.queue = FrameQueue() if queue_bytes is None else FrameQueue(queue_bytes)
        self.counts: Counter[str] = Counter()
        self.ingest = Ingest(step_ns, self._meet)
        late = LateGaps()
        self._health = StreamHealth(judge.config, judge, step_ns=step_ns, unfilled=late)
        self._gaps = GapFiller(
            judge,
            provider.history,
            ingest=self.ingest,
            health=self._health,
            stall=self._stall,
            late=late,
            counts=self.counts,
            step_ns=step_ns,
        )
        self.stream = provider.open_stream(self, patience_seconds=patience_seconds)
        self._symbols = StreamSymbols(
            judge,
            ingest=self.ingest,
            health=self._health,
            gaps=self._gaps,
            stream=self.stream,
            capabilities=provider.capabilities,
            everything=everything,
        )
        self._consumer = FrameConsumer(
            self.queue,
            self.stream.decoder(self.ingest),
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
        self._symbols.follow_positions()
        self._judge.write_started()
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
            self._consumer.drain_all()
            self._gaps.close()
            self._collector.close()
            self._note_counts()
            self._judge.write_stopped()

    # What the stream brings: the methods of `StreamObserver`.

    def on_frame(self, payload: bytes, link: int) -> bool:
        """Put a frame into the queue, and see to it that it is judged."""
        received_ns = ns_from_utc(self._judge.clock())
        stall = self._stall
        if received_ns - stall.last_frame_ns > stall.longest_usual_ns:
            self._end_stall(received_ns)
        stall.last_frame_ns = received_ns
        goes_on = self.queue.put(payload, received_ns, link)
        self._consumer.schedule()
        return goes_on

    def on_cut(self, link: int) -> None:
        """Mark the end of a connection behind its last frame."""
        self._stall.pause()
        self.queue.put(None, ns_from_utc(self._judge.clock()), link)
        self._consumer.schedule()

    def on_subscribed(self, symbols: list[str]) -> None:
        """Fetch what was missed before the subscription."""
        self._health.refused_symbols.difference_update(symbols)
        self._symbols.subscribed(symbols)

    def on_stream_event(self, event: StreamEvent) -> None:
        """Mark symbols whose prints or quotes the provider refuses as not to be seen."""
        if not isinstance(event, ChannelsRefused):
            return
        refused = {each.symbol for each in event.channels if each.kind in (TRADES, QUOTES)}
        if refused:
            self._health.refused_symbols.update(refused)
            _logger.warning("order_flow.symbols_refused", extra={"symbols": len(refused)})

    def on_said(self, reason: str, sentence: str) -> None:
        """Log what a person should know of the connection."""
        _logger.warning("order_flow.stream_said", extra={"reason": reason, "sentence": sentence})

    def cut(self) -> None:
        """Hold every symbol's events from here on, until what is missed now is known."""
        self._symbols.cut()

    async def _tick(self) -> None:
        self._symbols.follow_positions()
        self.stream.check()
        self._gaps.tick(ns_from_utc(self._judge.clock()))
        self._stall.forget()
        if self._stall.tell_loss():
            self._symbols.forget_unprotected()
        symbols = list(self.ingest.symbols.values())
        silent: list[str] = []
        for start in range(0, len(symbols), SYMBOLS_A_LOOK):
            silent += self._look_at(symbols[start : start + SYMBOLS_A_LOOK])
            # Frames do not wait until all symbols have been looked at.
            await asyncio.sleep(0)
        if silent:
            self._gaps.check_silence(tuple(silent))
        warm = all(live.gap is None for live in symbols)
        self._collector.tick(settled=warm, busy=len(self.queue) > 0)
        self._note_counts()

    def _look_at(self, symbols: list[LiveSymbol]) -> list[str]:
        now_ns = ns_from_utc(self._judge.clock())
        oldest_ns = self.queue.oldest_ns
        silent = self._health.look(
            symbols,
            now_ns,
            problem=self.stream.problem,
            lag_ns=0 if oldest_ns is None else now_ns - oldest_ns,
        )
        # Thousands of others are quiet one after another, which is nothing to be told of.
        protected = [live for live in symbols if self._symbols.protects(live.symbol)]
        self._judge.every_second(now_ns, [live.symbol for live in protected])
        self._gaps.hold_silent(protected)
        return [live.symbol for live in silent if self._symbols.protects(live.symbol)]

    def _meet(self, symbol: str) -> LiveSymbol | None:
        return self._symbols.meet(symbol)

    def _end_stall(self, received_ns: int) -> None:
        pauses = self.stream.counts["reading_paused"]
        if pauses != self._pauses:
            # Nothing was read, which says nothing of what was sent.
            self._pauses = pauses
        elif self._stall.is_doubtful(received_ns):
            self.queue.put(None, received_ns, _STALL_LINK)

    def _take_end(self, link: int) -> None:
        """Take the end of a connection, or of a stall, in its place among the frames."""
        if link == _STALL_LINK:
            self._symbols.backfill_after_stall()
        else:
            self.cut()

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
        found = self.counts + self.ingest.counts + self._consumer.refused + self.stream.counts
        found["gc_longest_pause_us"] = self._collector.longest_us
        self._judge.stream_counts = found
