"""Says how well each symbol of a stream can be seen, once a second.

A symbol that gives events is judged by their stamps. A silent one is seen while the connection
gives signs of life and the silence is no longer than this symbol's own usual ones; beyond that only
REST can tell a quiet stock from a dead feed: where its snapshot shows nothing newer, the symbol is
quiet, and where it does, the stream has lost something.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final, Protocol

from ..config import OrderFlowConfig
from ..errors import DataSourceError, OrderFlowError
from ..market.delayed_plan import DELAYED_PLAN, DelayWatch
from ..market.units import NS_PER_SECOND, cut_to
from .feed_health import TAPE
from .live_symbol import LiveSymbol

ASK_AFTER_NS: Final = 3 * NS_PER_SECOND
"""Silence after which REST is asked, at the soonest."""
ASK_AGAIN_NS: Final = 8 * NS_PER_SECOND
"""How often REST is asked for a symbol that stays silent."""
SKEW_NS: Final = 2 * NS_PER_SECOND
"""Stamps this far ahead of the clock mean that the clock is wrong."""
_USUAL_FACTOR: Final = 3
_FORGET: Final = 0.98
"""What is left of the usual silence after each shorter one."""
_NO_BLINDNESS: Final = frozenset({"halted", "no_halt_data", "gap_not_filled", "no_history"})
_WORDS: Final = {
    "filling_gap": "what was missed is being fetched",
    "gap_not_filled": "what was missed could not be fetched yet",
    "no_history": "it is watched since lately, and its minutes before are not fetched",
    "halted": "trading is halted",
    "no_halt_data": "no halt data: a pause was seen by its silence and its reopening print only",
    "silent": "longer silent than usual, and nothing vouches for it",
    "queue_lag": "frames wait too long to be judged",
    "clock_skew": "its stamps lie ahead of this machine's clock; check the clock",
    "channel_refused": "the provider refuses its channels",
    "quotes_stand_still": "prints go on without a quote",
    "delayed_plan": DELAYED_PLAN,
}


class FeedJudge(Protocol):
    """Whoever is told how the feeds of its symbols are; see `MarketJudge`."""

    def heartbeat_arrived(self, at_ns: int) -> None:
        """Mark the feed of all symbols as alive."""
        ...

    def feed_answered(self, symbol: str, kind: str, at_ns: int, newest_ns: int | None) -> None:
        """Take a good answer about a symbol."""
        ...

    def feed_failed(self, symbol: str, kind: str, at_ns: int, error: OrderFlowError) -> None:
        """Take an answer that failed."""
        ...


class StreamHealth:
    """Feeds the judge's visibility from a stream.

    Args:
        config: Freshness limits.
        judge: Is told how the feeds of its symbols are.
        step_ns: Step of the provider's live stamps.
        unfilled: The symbols with a gap that could not be filled yet.

    Attributes:
        refused_symbols: Those that the provider does not stream.
        unknown_until: Until when the past of others is not known, Unix nanoseconds.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        judge: FeedJudge,
        *,
        step_ns: int,
        unfilled: Container[str] = frozenset(),
    ) -> None:
        self._judge = judge
        self._step_ns = step_ns
        self._unfilled = unfilled
        self._warn_ns = round(config.freshness_warn_seconds * NS_PER_SECOND)
        self._limit_ns = round(config.freshness_limit_seconds * NS_PER_SECOND)
        self._blind_ns = round(config.blind_after_seconds * NS_PER_SECOND)
        self._delays = DelayWatch()
        self.refused_symbols: set[str] = set()
        self.unknown_until: dict[str, int] = {}

    def look(
        self, symbols: Iterable[LiveSymbol], now_ns: int, *, problem: str | None, lag_ns: int
    ) -> list[LiveSymbol]:
        """Judge every symbol's visibility.

        Args:
            symbols: The symbols.
            now_ns: The present.
            problem: Why nothing comes, in one word; None while connected and subscribed.
            lag_ns: How long the oldest frame has waited to be judged.

        Returns:
            The silent symbols for which REST should be asked.
        """
        silent = []
        if problem is None:
            self._judge.heartbeat_arrived(now_ns)
        for live in symbols:
            live.last_event_ns = live.last_event_ns or now_ns
            seen = live.judge.trades + live.judge.quotes
            heard = seen != live.seen
            if heard:
                self._note_heard(live, seen, now_ns)
            failure = self._failure(live, now_ns, problem, lag_ns, heard=heard)
            failure = failure or self._unknown_past(live.symbol, now_ns)
            if failure in _NO_BLINDNESS:
                # What is not to be seen is known: no calm, and no blindness either.
                newest_ns = max(live.trade_ns, live.quote_ns) or None
                self._judge.feed_answered(live.symbol, TAPE, now_ns, newest_ns)
                live.failure = ""
            if failure:
                self._fail(live, failure, now_ns)
                silent += [live] if failure == "silent" and self._may_ask(live, now_ns) else []
                continue
            live.failure = ""
            if heard:
                newest_ns = max(live.trade_ns, live.quote_ns)
                self._judge.feed_answered(live.symbol, TAPE, now_ns, newest_ns)
                continue
            self._judge.feed_answered(live.symbol, TAPE, now_ns, None)
            if now_ns - live.last_event_ns >= ASK_AFTER_NS and self._may_ask(live, now_ns):
                silent.append(live)
        return silent

    def confirm_quiet(self, live: LiveSymbol, now_ns: int, newest_quote_ns: int) -> bool:
        """Take what REST knows of a silent symbol; return False when it knows something newer."""
        if cut_to(newest_quote_ns, self._step_ns) > live.quote_ns:
            return False
        live.confirmed_quiet_ns = now_ns
        return True

    def fail(self, live: LiveSymbol, code: str, now_ns: int) -> None:
        """Mark a symbol as not to be seen, and why."""
        self._fail(live, code, now_ns)

    def forget(self, symbol: str) -> None:
        """Drop what is known of a symbol that is no longer watched."""
        self.unknown_until.pop(symbol, None)

    def _unknown_past(self, symbol: str, now_ns: int) -> str:
        if symbol in self._unfilled:
            return "gap_not_filled"
        return "no_history" if now_ns < self.unknown_until.get(symbol, 0) else ""

    def _failure(
        self, live: LiveSymbol, now_ns: int, problem: str | None, lag_ns: int, *, heard: bool
    ) -> str:
        if live.symbol in self.refused_symbols:
            return "channel_refused"
        if problem is not None:
            return problem
        if live.gap is not None:
            return "silent" if live.gap.awaits_event else "filling_gap"
        halt = live.judge.halted_by
        if halt is not None and not halt.is_over(now_ns):
            return "halted" if halt.announced else "no_halt_data"
        if lag_ns > self._warn_ns:
            return "queue_lag"
        if max(live.trade_ns, live.quote_ns) > now_ns + SKEW_NS:
            return "clock_skew"
        if live.judge.trade_ns - live.judge.quote_ns > self._limit_ns:
            return "quotes_stand_still"
        if heard:
            late = self._delays.is_delayed(live.symbol, live.quote_ns, now_ns)
            return "delayed_plan" if late else ""
        return "silent" if self._is_silent(live, now_ns) else ""

    def _is_silent(self, live: LiveSymbol, now_ns: int) -> bool:
        typical_gap_ns = min(_USUAL_FACTOR * live.typical_gap_ns, self._blind_ns // 2)
        if now_ns - live.last_event_ns <= max(typical_gap_ns, self._warn_ns):
            return False
        return now_ns - live.confirmed_quiet_ns > self._blind_ns // 2

    def _note_heard(self, live: LiveSymbol, seen: int, now_ns: int) -> None:
        live.seen = seen
        silence = now_ns - live.last_event_ns
        live.typical_gap_ns = max(silence, round(live.typical_gap_ns * _FORGET))
        live.last_event_ns = now_ns

    def _may_ask(self, live: LiveSymbol, now_ns: int) -> bool:
        if now_ns - live.last_probe_ns < ASK_AGAIN_NS:
            return False
        live.last_probe_ns = now_ns
        return True

    def _fail(self, live: LiveSymbol, code: str, now_ns: int) -> None:
        if live.failure == code:
            return
        live.failure = code
        error = DataSourceError(_WORDS.get(code, f"the stream is down ({code})"), code=code)
        # It concerns the feed, not data that was refused: no event comes of it by itself.
        self._judge.feed_failed(live.symbol, TAPE, now_ns, error)
