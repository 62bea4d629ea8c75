"""Which symbols a stream judges: those of the positions, or whatever trades.

Those of the positions and the watchlist are protected: their start is fetched by REST, and whatever
the stream misses later. When everything is watched, the others are judged from their first event
on, and nothing is fetched for thousands of them: after a cut they begin anew, without the minutes
before, and are not called visible until their windows are full again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..market.units import ns_from_utc
from ..providers.polygon.channels import EVERYTHING
from ..providers.polygon.stream import PolygonStream
from ..sight.gap_filler import GapFiller
from ..sight.live_symbol import LiveSymbol
from ..sight.stream_health import StreamWatch
from .ingest import StreamJudge
from .poll_feed import BACKFILL_NS, backfill_start

if TYPE_CHECKING:
    from ..monitor import OrderFlowMonitor


class WatchedSymbols:
    """The symbols of one stream.

    Args:
        monitor: Knows the positions, and is told whom to watch.
        judge: Holds the symbols.
        watch: Told of those whose past is not known.
        gaps: Fetches the start of the protected ones.
        stream: Told what to subscribe.
        everything: Judge every symbol that the provider streams.
    """

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        judge: StreamJudge,
        watch: StreamWatch,
        gaps: GapFiller,
        stream: PolygonStream,
        *,
        everything: bool,
    ) -> None:
        self._monitor = monitor
        self._judge = judge
        self._watch = watch
        self._gaps = gaps
        self._stream = stream
        self._everything = everything
        self._wanted: tuple[str, ...] = ()
        self._protected: dict[str, LiveSymbol] = {}

    def protected(self) -> list[LiveSymbol]:
        """Return the symbols for which everything missed is fetched."""
        return list(self._protected.values())

    def protects(self, symbol: str) -> bool:
        """Tell whether everything missed is fetched for a symbol."""
        return symbol in self._protected

    def follow_positions(self) -> None:
        """Read the positions anew; subscribe and judge what they ask for."""
        wanted = self._monitor.read_positions()
        if wanted != self._wanted:
            self._protect_only(wanted)
            self._wanted = wanted
        self._stream.follow([EVERYTHING] if self._everything else wanted)

    def meet(self, symbol: str) -> LiveSymbol | None:
        """Begin to judge a symbol that trades; None where only the positions are watched."""
        if not self._everything:
            return None
        now_ns = self._now_ns()
        self._watch.unknown_until[symbol] = now_ns + BACKFILL_NS
        return self._begin(symbol, now_ns)

    def subscribed(self, symbols: Iterable[str]) -> None:
        """Fetch what these symbols missed before they were subscribed; `*` stands for all."""
        for symbol in symbols:
            lives = self.protected()
            if symbol != EVERYTHING:
                lives = [live for live in lives if live.symbol == symbol]
            for live in lives:
                self._gaps.ask(live, live.gap or self._judge.open_gap(live))

    def cut(self) -> None:
        """Let the events of the protected wait from here on, until it is known what is missed."""
        for live in self._protected.values():
            self._judge.open_gap(live)
        self.forget_unprotected()

    def doubt_silence(self) -> None:
        """Fetch what a silence that ends here may have swallowed; `forget_unprotected` if it has.

        Where nothing is protected nobody finds out, and the worst is assumed.
        """
        protected = self.protected()
        self._gaps.doubt_silence(protected)
        if not protected:
            self.forget_unprotected()

    def lost(self, symbols: set[str]) -> None:
        """Fetch what damaged frames held.

        Args:
            symbols: Those concerned; an empty name stands for every symbol.
        """
        every = "" in symbols
        self._gaps.open_lost(live for live in self.protected() if every or live.symbol in symbols)
        self.forget_unprotected(None if every else symbols)

    def forget_unprotected(self, symbols: set[str] | None = None) -> None:
        """Begin anew with symbols of which something was missed that nobody fetches.

        What was judged so far would make a lively minute of one that was merely seen again.

        Args:
            symbols: Those concerned; None for every one.
        """
        for symbol in list(self._judge.symbols):
            if symbol not in self._protected and (symbols is None or symbol in symbols):
                self._drop(symbol)

    def _protect_only(self, wanted: tuple[str, ...]) -> None:
        for symbol in self._protected.keys() - wanted:
            # Where everything is watched, it is judged on as one of the others.
            del self._protected[symbol]
            if not self._everything:
                self._drop(symbol)
        from_ns = backfill_start(self._now_ns())
        for symbol in wanted:
            if symbol not in self._protected:
                self._protect(symbol, from_ns)

    def _protect(self, symbol: str, from_ns: int) -> None:
        if symbol in self._judge.symbols:
            self._drop(symbol)
        live = self._protected[symbol] = self._begin(symbol, from_ns)
        gap = self._judge.open_gap(live, fills_start=True)
        if self._everything and self._stream.problem is None:
            self._gaps.ask(live, gap)  # its channels are subscribed already

    def _begin(self, symbol: str, from_ns: int) -> LiveSymbol:
        monitor = self._monitor
        monitor.watch(symbol, from_ns=from_ns, now_ns=self._now_ns())
        judge = monitor.judge_of(symbol)
        assert judge is not None  # noqa: S101 - watched just now
        live = LiveSymbol(symbol, judge, from_ns)
        self._judge.add(live)
        return live

    def _drop(self, symbol: str) -> None:
        self._judge.remove(symbol)
        self._gaps.forget(symbol)
        self._watch.forget(symbol)
        self._monitor.unwatch(symbol)

    def _now_ns(self) -> int:
        return ns_from_utc(self._monitor.clock())
