"""Which symbols a stream judges: those of the positions, or whatever trades.

Those of the positions and the watchlist are protected: their start is fetched by REST, and whatever
the stream misses later. When everything is watched, the others are judged from their first event
on, and nothing is fetched for thousands of them: after a cut they begin anew, without the minutes
before; nobody compares them with anything, so that they are never called visible.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..config_bounds import is_symbol
from ..diagnostics import holds_secret
from ..judge import MarketJudge
from ..market.units import FAR_FUTURE_NS, ns_from_utc
from ..providers.provider import EVERYTHING, Capabilities, StreamSession
from ..sight.coverage.reasons import Sight
from ..sight.live_symbol import LiveSymbol
from ..sight.symbol_repair import SymbolRepair
from ..sight.tally import Tally
from .ingest import Ingest
from .repairs import Repairs


class StreamSymbols:
    """The symbols of one stream.

    Args:
        judge: Knows the positions, and is told which symbols to watch.
        ingest: Holds the symbols.
        repairs: Fetches what the protected ones miss.
        stream: Told what to subscribe.
        capabilities: What the provider can do.
        everything: Judge every symbol that the provider streams.
    """

    def __init__(
        self,
        judge: MarketJudge,
        *,
        ingest: Ingest,
        repairs: Repairs,
        stream: StreamSession,
        capabilities: Capabilities,
        everything: bool,
    ) -> None:
        self._judge = judge
        self._ingest = ingest
        self._repairs = repairs
        self._stream = stream
        self._by_exchange_time = not capabilities.participant_time
        self._step_ns = capabilities.step_ns
        self._stream_refills = capabilities.stream_refills
        self._compares_prices = capabilities.quotes_known_by_price
        self._everything = everything
        self._wanted: tuple[str, ...] = ()
        self._protected: dict[str, LiveSymbol] = {}

    def protected(self) -> list[LiveSymbol]:
        """Return the symbols for which everything missed is fetched."""
        return list(self._protected.values())

    def follow_positions(self) -> None:
        """Read the positions anew; subscribe and judge what they ask for."""
        wanted = self._judge.read_positions()
        if wanted != self._wanted:
            self._protect_only(wanted)
            self._wanted = wanted
        self._stream.follow([EVERYTHING] if self._everything else wanted)

    def meet(self, symbol: str) -> LiveSymbol | None:
        """Begin to judge a symbol that trades; None where only the positions are watched."""
        if not self._everything or not is_symbol(symbol) or holds_secret(symbol):
            return None
        now_ns = self._now_ns()
        live = self._begin(symbol, now_ns)
        text = "nobody compares what is not held"
        self._judge.saw(symbol, Sight("degraded", "not_compared", text, now_ns), FAR_FUTURE_NS)
        return live

    def subscribed(self, symbols: Iterable[str]) -> None:
        """Fetch what these symbols missed before they were subscribed; `*` stands for all."""
        every = EVERYTHING in (named := tuple(symbols))
        self._repairs.subscribed(self._protected if every else named)

    def cut(self) -> None:
        """Let the events of the protected wait from here on, until it is known what is missed."""
        self._repairs.cut()
        self.forget_unprotected()

    def backfill_after_stall(self) -> None:
        """Backfill what a stall that ends here may have dropped; `forget_unprotected` if it has.

        Where nothing is protected nobody finds out, and the worst is assumed.
        """
        self._repairs.stalled()
        if not self._protected:
            self.forget_unprotected()

    def lost(self, symbols: set[str]) -> None:
        """Fetch what damaged frames held.

        Args:
            symbols: Those concerned; an empty name stands for every symbol.
        """
        every = "" in symbols
        self._repairs.missed(each for each in self._protected if every or each in symbols)
        self.forget_unprotected(None if every else symbols)

    def forget_unprotected(self, symbols: set[str] | None = None) -> None:
        """Begin anew with symbols of which something was missed that nobody fetches.

        What was judged so far would make a lively minute of one that was merely seen again.

        Args:
            symbols: Those concerned; None for every one.
        """
        for symbol in list(self._ingest.symbols):
            if symbol not in self._protected and (symbols is None or symbol in symbols):
                self._drop(symbol)

    def _protect_only(self, wanted: tuple[str, ...]) -> None:
        for symbol in self._protected.keys() - wanted:
            # Where everything is watched, it is judged on as one of the others.
            del self._protected[symbol]
            self._repairs.forget(symbol)
            self._drop(symbol)
        now_ns = self._now_ns()
        for symbol in wanted:
            if symbol not in self._protected:
                self._protect(symbol, self._judge.history_start(symbol, now_ns), now_ns)
        self._repairs.hold()

    def _protect(self, symbol: str, from_ns: int, now_ns: int) -> None:
        if symbol in self._ingest.symbols:
            self._drop(symbol)
        repair = SymbolRepair(
            symbol,
            from_ns,
            now_ns,
            self._step_ns,
            stream_refills=self._stream_refills,
            compares_prices=self._compares_prices,
        )
        live = self._protected[symbol] = self._begin(symbol, from_ns, repair.tally)
        self._repairs.protect(live, repair)
        if self._everything and self._stream.problem is None:
            self._repairs.subscribed((symbol,))  # its channels are subscribed already

    def _begin(self, symbol: str, from_ns: int, tally: Tally | None = None) -> LiveSymbol:
        way_in = self._judge.watch(
            symbol,
            from_ns=from_ns,
            now_ns=self._now_ns(),
            by_exchange_time=self._by_exchange_time,
            # Thousands of memories would be tens of megabytes.
            ranks=tally is not None,
        )
        live = LiveSymbol(symbol, self._judge.judges[symbol], way_in, from_ns, tally)
        self._ingest.add(live)
        return live

    def _drop(self, symbol: str) -> None:
        self._ingest.remove(symbol)
        self._judge.unwatch(symbol)

    def _now_ns(self) -> int:
        return ns_from_utc(self._judge.clock())
