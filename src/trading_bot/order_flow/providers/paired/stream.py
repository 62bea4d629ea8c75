"""PairedStream: two supervised sessions on one loop, of which the first one is the session's own.

What happens to the second one's connection costs its depth, and nothing else: the driver repairs,
compares and doubts by what the first one says. Their links are numbered apart: messages of the
second feed are marked, and carry their own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ...diagnostics import get_logger
from ...errors import DataSourceError
from ...market.feeds import DepthSight
from ...market.sink import MarketSink
from ..provider import Provider, StreamObserver, StreamSession
from ..supervision.actions import TRADES
from ..supervision.stream_events import ChannelsRefused, Slept, StreamEvent
from .comparison import FeedComparison
from .decoder import DepthSink, PairedDecoder, TapeSink, beside
from .depth_channel import DepthChannel

_logger = get_logger(__name__)


class PairedStream:
    """Both sessions; see `StreamSession` and `DepthBeside`.

    Args:
        tape: Provider of prints and quotes.
        depth: Provider of levels.
        venue: Exchange id of the second one's venue on the first one's tape.
        observer: Takes what comes.
        now_ns: The present, Unix nanoseconds.
        patience_seconds: Of the first session; the second one tries on.
    """

    def __init__(
        self,
        tape: Provider,
        depth: Provider,
        venue: int,
        observer: StreamObserver,
        *,
        now_ns: Callable[[], int],
        patience_seconds: float | None,
    ) -> None:
        self._names = (tape.name, depth.name)
        self._venue = venue
        self._observer = observer
        self._now_ns = now_ns
        self._comparisons: dict[str, FeedComparison] = {}
        self._channel = DepthChannel()
        self._tape: StreamSession = tape.open_stream(
            _TapeObserver(observer, self), patience_seconds=patience_seconds
        )
        self._depth: StreamSession = depth.open_stream(_DepthObserver(self), patience_seconds=None)
        # The number of each feed's newest connection of which something came.
        self.tape_link = self.depth_link = 0

    @property
    def problem(self) -> str | None:
        """Why nothing comes of the first feed now; see `StreamSession`."""
        return self._tape.problem

    @property
    def counts(self) -> Counter[str]:
        """What happened to both connections; to the second one behind `depth_`."""
        counts = Counter(self._tape.counts)
        counts.update({f"depth_{name}": each for name, each in self._depth.counts.items()})
        return counts

    async def run(self) -> None:
        """Keep both connected until cancelled; ends by an error of the first one only.

        Raises:
            DataSourceError: Trying the first one again does not help; `code` says why.
        """
        second = asyncio.create_task(self._run_depth())
        try:
            await self._tape.run()
        finally:
            second.cancel()
            await asyncio.wait([second])

    def follow(self, symbols: Iterable[str]) -> None:
        """Subscribe exactly these symbols from now on, on both."""
        followed = tuple(symbols)
        for symbol in self._comparisons.keys() - set(followed):
            del self._comparisons[symbol]
        for symbol in followed:
            if symbol not in self._comparisons:
                self._comparisons[symbol] = FeedComparison(*self._names)
        self._channel.follow(followed, self._now_ns())
        self._tape.follow(followed)
        self._depth.follow(followed)

    def check(self) -> None:
        """Look after both connections."""
        self._tape.check()
        if not self._channel.refused:
            self._depth.check()

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        self._tape.resume_reading()
        self._depth.resume_reading()

    def tell(self, event: StreamEvent) -> None:
        """Take what others found of the first feed; that the machine slept concerns both."""
        self._tape.tell(event)
        if isinstance(event, Slept):
            self._depth.tell(event)

    def reconnect(self, reason: str) -> None:
        """End the first feed's connection and begin another at once."""
        self._tape.reconnect(reason)

    def decoder(self, sink: MarketSink) -> PairedDecoder:
        """Return what takes the messages of both feeds apart."""
        depth_sink = DepthSink(sink, self._comparisons, self._channel, self._venue)
        return PairedDecoder(
            self._tape.decoder(TapeSink(sink, self._comparisons, self._venue)),
            self._depth.decoder(depth_sink),
            depth_sink,
            lambda: self.depth_link,
            lambda symbol: self._channel.lose(symbol, "levels are missing", self._now_ns()),
        )

    def look_at_depth(self, symbols: Sequence[str], now_ns: int) -> Mapping[str, DepthSight]:
        """Say of each symbol whether its depth is seen, and whether the feeds agree."""
        return {symbol: self._look(symbol, now_ns) for symbol in symbols}

    def _look(self, symbol: str, now_ns: int) -> DepthSight:
        comparison = self._comparisons.get(symbol)
        found = None if comparison is None else comparison.look(now_ns)
        if found is not None and found.stale != self._names[0]:
            # What the depth says is doubted, until both agree again.
            self._channel.lose(symbol, "the feeds disagree", now_ns)
        lost, since_ns = self._channel.look(symbol, now_ns, self._depth.problem)
        return DepthSight(lost, since_ns, found)

    # What both sessions tell.

    def tape_subscribed(self, symbols: Sequence[str]) -> None:
        """Compare what comes from now on."""
        now_ns = self._now_ns()
        for comparison in self._of(symbols):
            comparison.begin_tape(now_ns)

    def tape_cut(self) -> None:
        """Compare nothing until the first feed is there again."""
        for comparison in self._comparisons.values():
            comparison.end_tape()

    def depth_frame(self, payload: bytes, link: int) -> bool:
        """Let a message of the second feed wait among those of the first."""
        self.depth_link = max(self.depth_link, link)
        return self._observer.on_frame(beside(payload, link), self.tape_link)

    def depth_subscribed(self, symbols: Sequence[str]) -> None:
        """Compare what comes from now on."""
        now_ns = self._now_ns()
        for comparison in self._of(symbols):
            comparison.begin_depth(now_ns)

    def depth_cut(self) -> None:
        """Lose all depth, until levels come by the next connection."""
        for comparison in self._comparisons.values():
            comparison.end_depth()
        self._channel.cut(self._depth.problem or "disconnected", self._now_ns())

    def depth_event(self, event: StreamEvent) -> None:
        """Lose the depth of symbols that the second feed does not have."""
        if isinstance(event, ChannelsRefused):
            for channel in event.channels:
                if channel.kind == TRADES:
                    self._channel.lose(channel.symbol, "refused", self._now_ns())

    def depth_said(self, reason: str, sentence: str) -> None:
        """Pass on what the second feed has to say."""
        self._observer.on_said(reason, f"{self._names[1]}: {sentence}")

    def _of(self, symbols: Sequence[str]) -> list[FeedComparison]:
        return [self._comparisons[each] for each in symbols if each in self._comparisons]

    async def _run_depth(self) -> None:
        try:
            await self._depth.run()
        except DataSourceError as error:
            self._refuse_depth(error.code, str(error))
        except Exception as error:  # a defect of the second feed must not end the first
            _logger.exception("order_flow.depth_crashed")
            self._refuse_depth("failed", type(error).__name__)

    def _refuse_depth(self, code: str, words: str) -> None:
        self._channel.refused = code
        self.depth_cut()
        self.depth_said("depth_refused", f"{words}; there is no depth until the next start")


class _TapeObserver:
    """Passes on what the first session tells."""

    def __init__(self, observer: StreamObserver, paired: PairedStream) -> None:
        self._observer = observer
        self._paired = paired

    def on_frame(self, payload: bytes, link: int) -> bool:
        self._paired.tape_link = link
        return self._observer.on_frame(payload, link)

    def on_cut(self, link: int) -> None:
        self._paired.tape_cut()
        self._observer.on_cut(link)

    def on_subscribed(self, symbols: list[str]) -> None:
        self._paired.tape_subscribed(symbols)
        self._observer.on_subscribed(symbols)

    def on_stream_event(self, event: StreamEvent) -> None:
        self._observer.on_stream_event(event)

    def on_said(self, reason: str, sentence: str) -> None:
        self._observer.on_said(reason, sentence)


class _DepthObserver:
    """Tells the pair what the second session tells."""

    def __init__(self, paired: PairedStream) -> None:
        self._paired = paired

    def on_frame(self, payload: bytes, link: int) -> bool:
        return self._paired.depth_frame(payload, link)

    def on_cut(self, link: int) -> None:
        del link
        self._paired.depth_cut()

    def on_subscribed(self, symbols: list[str]) -> None:
        self._paired.depth_subscribed(symbols)

    def on_stream_event(self, event: StreamEvent) -> None:
        self._paired.depth_event(event)

    def on_said(self, reason: str, sentence: str) -> None:
        self._paired.depth_said(reason, sentence)
