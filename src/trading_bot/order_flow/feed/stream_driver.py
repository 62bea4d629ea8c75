"""StreamDriver: a provider's stream to the judge: messages in, judged events out.

Everything is judged on one event loop, by `frame_consumer`. A tick of one second reads the
positions, looks after the connection and says what can be seen; `repairs` gets what was missed, and
`subscriptions` says of which symbols.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from ..clock import monotonic_ns
from ..diagnostics import get_logger
from ..errors import DataSourceError
from ..judge import MarketJudge
from ..market.units import NS_PER_SECOND, ns_from_utc
from ..providers.provider import BesideMessage, DepthBeside, Provider
from ..providers.supervision.actions import Action, Reconnect, Renew
from ..providers.supervision.stream_events import Closed, RenewChannels, StreamEvent
from ..sight.live_symbol import LiveSymbol
from ..sight.stall import FeedStall
from ..threads.watch import JUDGING, JUDGING_SECONDS, Threads
from .frame_consumer import FrameConsumer
from .frame_queue import FrameQueue
from .gc_pauses import Collector
from .history_workers import AsksHistory, HistoryWorkers
from .ingest import TURN_SECONDS, Ingest
from .repairs import Repairs
from .seeding import Seeding
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
        steady_ns: Nanoseconds of a clock that is never set; the machine's own by default.
        workers: Who asks the provider's history; threads by default.
        threads: Knows how the threads are.
        on_streaming: Called once the stream brings what was asked of it.

    Attributes:
        stream: The connection.
        queue: What waits to be judged.
        ingest: Gives events to the judge, once and in order.
        counts: What was left out or went wrong here, by reason.
        on_arrival: Given each message as it arrives, with the moment and the connection's number;
            None gives them to nobody.
    """

    def __init__(
        self,
        judge: MarketJudge,
        provider: Provider,
        *,
        queue_bytes: int | None = None,
        everything: bool = False,
        patience_seconds: float | None = None,
        steady_ns: Callable[[], int] = monotonic_ns,
        workers: AsksHistory | None = None,
        threads: Threads | None = None,
        on_streaming: Callable[[], None] | None = None,
    ) -> None:
        known = threads or Threads()
        self._watched = known.watched(JUDGING, JUDGING_SECONDS)
        step_ns = provider.capabilities.step_ns
        self._judge = judge
        self._steady_ns = steady_ns
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._stall = FeedStall()
        self._pauses = 0
        self._on_streaming = on_streaming
        self.on_arrival: Callable[[bytes, int, int], None] | None = None
        self._collector = Collector()
        self.queue = FrameQueue() if queue_bytes is None else FrameQueue(queue_bytes)
        self.counts: Counter[str] = Counter()
        self.ingest = Ingest(step_ns, self._meet, self._may_be, self._await_turn)
        self._repairs = Repairs(
            judge,
            provider,
            ingest=self.ingest,
            stall=self._stall,
            act=self._act,
            tell=self._tell_stream,
            counts=self.counts,
            workers=workers or HistoryWorkers(known),
            steady_ns=steady_ns,
        )
        self._seeding = Seeding(judge, provider, known)
        self.stream = provider.open_stream(self, patience_seconds=patience_seconds)
        self._symbols = StreamSymbols(
            judge,
            ingest=self.ingest,
            repairs=self._repairs,
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
            on_refused=self._repairs.rows_refused,
            on_room=self.stream.resume_reading,
            steady_ns=steady_ns,
            watched=self._watched,
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
        self.on_said("promise", self._repairs.promise())
        ends = None if duration_seconds is None else self._seconds() + duration_seconds
        next_tick = self._seconds() + TICK_SECONDS
        connection = asyncio.create_task(self.stream.run())
        connection.add_done_callback(lambda _: self._woken.set())
        try:
            while not stop.is_set() and not connection.done():
                now = self._seconds()
                if ends is not None and now >= ends:
                    return None
                if now >= next_tick:
                    next_tick = max(next_tick + TICK_SECONDS, now)
                    await self._tick()
                until = next_tick if ends is None else min(next_tick, ends)
                await self._sleep(until - self._seconds())
            return await self._refusal(connection)
        finally:
            connection.cancel()
            await asyncio.wait([connection])
            self._consumer.drain_all()
            self._let_go(list(self.ingest.symbols.values()))
            self._repairs.close()
            self._seeding.close()
            self._collector.close()
            self._note_counts()
            self._judge.write_stopped()
            self._watched.rest()

    # What the stream brings: the methods of `StreamObserver`.

    def on_frame(self, payload: bytes, link: int) -> bool:
        """Put a frame into the queue, and see to it that it is judged."""
        received_ns = ns_from_utc(self._judge.clock())
        if isinstance(payload, BesideMessage):
            goes_on = self.queue.put(payload, received_ns, link)
            self._consumer.schedule()
            return goes_on
        stall = self._stall
        if received_ns - stall.last_frame_ns > stall.longest_usual_ns:
            self._end_stall(received_ns)
        stall.last_frame_ns = received_ns
        if self.on_arrival is not None:
            self.on_arrival(payload, received_ns, link)
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
        self._symbols.subscribed(symbols)
        if self._on_streaming is not None:
            tell, self._on_streaming = self._on_streaming, None
            tell()

    def on_stream_event(self, event: StreamEvent) -> None:
        """Let doubt act on what happened to the connection."""
        self._repairs.handle(event)

    def on_said(self, reason: str, sentence: str) -> None:
        """Show what the person at the screen has to know of the connection."""
        self._judge.say(reason, sentence, ns_from_utc(self._judge.clock()))

    def cut(self) -> None:
        """Hold every symbol's events from here on, until what is missed now is known."""
        self._symbols.cut()
        self._repairs.handle(Closed())

    async def _tick(self) -> None:
        run = self._watched.run
        run(self._symbols.follow_positions)
        run(self.stream.check)
        run(self._look_at_feed)
        run(self._look_at_depth)
        protected = [live.symbol for live in self._symbols.protected()]
        for start in range(0, len(protected), SYMBOLS_A_LOOK):
            run(partial(self._look_at, protected[start : start + SYMBOLS_A_LOOK]))
            # Frames do not wait until all symbols have been looked at.
            await asyncio.sleep(0)
        run(self._repairs.end_look)
        run(lambda: self._seeding.look(ns_from_utc(self._judge.clock())))
        run(self._look_at_memory)

    def _look_at_feed(self) -> None:
        self._stall.forget()
        if self._stall.tell_loss():
            self._symbols.forget_unprotected()
        oldest_ns = self.queue.oldest_ns
        lag_ns = 0 if oldest_ns is None else ns_from_utc(self._judge.clock()) - oldest_ns
        self._repairs.begin_look(lag_ns=lag_ns)

    def _look_at_depth(self) -> None:
        """Tell the judge whether depth is seen, where a second feed brings it."""
        if not isinstance(self.stream, DepthBeside):
            return
        now_ns = ns_from_utc(self._judge.clock())
        protected = [live.symbol for live in self._symbols.protected()]
        for symbol, sight in self.stream.look_at_depth(protected, now_ns).items():
            if self._judge.saw_depth(symbol, sight, now_ns):
                self.ingest.lose_depth(symbol)

    def _look_at(self, some: Sequence[str]) -> None:
        self._repairs.look_at(some)
        # Thousands of others are quiet one after another, which is nothing to be told of.
        self._judge.every_second(ns_from_utc(self._judge.clock()), some)

    def _look_at_memory(self) -> None:
        # Also while nothing is protected and every symbol is watched.
        self._judge.keep_record(ns_from_utc(self._judge.clock()))
        warm = all(live.gap is None for live in self._symbols.protected())
        self._collector.tick(settled=warm, busy=len(self.queue) > 0)
        self._note_counts()

    def _await_turn(self) -> None:
        self._loop.call_later(TURN_SECONDS, self._end_turn)

    def _end_turn(self) -> None:
        """Let prints go on of whose symbols nothing else has come."""
        self._let_go(self.ingest.begin_turn())
        if self.ingest.prints_wait:
            self._await_turn()

    def _let_go(self, symbols: Iterable[LiveSymbol]) -> None:
        for live in symbols:
            try:
                self.ingest.let_go(live)
            except (
                Exception
            ) as error:  # one symbol must not end the protection; it is fetched again
                self._watched.note(error)
                self.counts["print_crashed"] += 1
                self._symbols.lost({live.symbol})
                _logger.exception("order_flow.print_crashed", extra={"symbol": live.symbol})

    def _meet(self, symbol: str) -> LiveSymbol | None:
        return self._symbols.meet(symbol)

    def _may_be(self, live: LiveSymbol, is_trade: bool, sip_ns: int, key: int) -> bool:
        return self._repairs.may_be(live, is_trade, sip_ns, key)

    def _act(self, action: Action) -> None:
        match action:
            case Renew(channels):
                self.stream.tell(RenewChannels(channels))
            case Reconnect(reason):
                self.stream.reconnect(reason)
            case _:
                self.counts[type(action).__name__] += 1

    def _tell_stream(self, event: StreamEvent) -> None:
        self.stream.tell(event)

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

    def _seconds(self) -> float:
        return self._steady_ns() / NS_PER_SECOND

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
