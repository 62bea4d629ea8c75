"""Watches the feeds of all symbols: what came, what was refused, and when that changes anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from ..config import OrderFlowConfig
from ..errors import DataValidationError, OrderFlowError
from ..market.units import ns_from_utc, utc_from_ns
from ..notices import FeedEvent, FeedEventKind
from .visibility import (
    STARTING,
    FeedVisibility,
    FreshnessLimits,
    Visibility,
    VisibilityState,
)

SNAPSHOT = "snapshot"
TAPE = "tape"
UNWATCHED = Visibility("blind", "not watched")
_KIND_OF: dict[VisibilityState, FeedEventKind] = {
    "visible": "recovered",
    "degraded": "degraded",
    "blind": "blind",
}


class FeedWatch:
    """Keeps one `FeedVisibility` a symbol and reports each change of state once.

    Args:
        config: Freshness limits.
        is_held: Tells whether a position in a symbol is open.

    Attributes:
        kinds: The kinds of answers that feed the symbols added from now on.
        refused: Answers that were refused or failed, by code.
    """

    def __init__(self, config: OrderFlowConfig, is_held: Callable[[str], bool]) -> None:
        self._limits = FreshnessLimits.of(config)
        self._is_held = is_held
        self._feeds: dict[str, FeedVisibility] = {}
        self._words: dict[tuple[str, str], str] = {}
        self._last_code: dict[tuple[str, str], str] = {}
        self._status_ns: int | None = None
        self._heartbeat_ns: int | None = None
        self.kinds: tuple[str, ...] = (SNAPSHOT, TAPE)
        self.refused: Counter[str] = Counter()

    def add(self, symbol: str, now_ns: int) -> None:
        """Watch a symbol from now on."""
        feed = self._feeds[symbol] = FeedVisibility(self._limits, now_ns, kinds=self.kinds)
        feed.reported_held = self._is_held(symbol)

    def remove(self, symbol: str) -> None:
        """Stop watching a symbol."""
        self._feeds.pop(symbol, None)
        for kind in (SNAPSHOT, TAPE):
            self._last_code.pop((symbol, kind), None)
            self._words.pop((symbol, kind), None)

    def market_status_arrived(self, at_ns: int) -> None:
        """Take the market's own status, with a fresh server time, as a sign of life."""
        self._status_ns = at_ns

    def heartbeat_arrived(self, at_ns: int) -> None:
        """Take a sign of life of the feed of all symbols, a stream."""
        self._heartbeat_ns = at_ns

    def answered(self, symbol: str, kind: str, at_ns: int, newest_ns: int | None) -> None:
        """Take a good answer as proof of what is known."""
        self._last_code.pop((symbol, kind), None)
        self._words.pop((symbol, kind), None)
        alive = self._feed_alive(symbol, at_ns)
        self._feeds[symbol].answered(kind, at_ns, newest_ns, feed_alive=alive)

    def failed(self, symbol: str, kind: str, at_ns: int, error: OrderFlowError) -> FeedEvent | None:
        """Count a failed or refused answer against a symbol; return an event on its first refusal.

        A snapshot refused only because it is old, as a quiet stock's is, counts as an answer with
        nothing new: whether that is quiet or dead is for the visibility to judge.
        """
        code = str(getattr(error, "code", type(error).__name__))
        self.refused[code] += 1
        refused_as_old = code == "stale_snapshot"
        if refused_as_old:
            stamp = getattr(error, "stamp_utc", None)
            newest_ns = None if stamp is None else ns_from_utc(stamp)
            alive = self._feed_alive(symbol, at_ns)
            self._feeds[symbol].answered(kind, at_ns, newest_ns, feed_alive=alive)
        else:
            self._feeds[symbol].failed(kind, at_ns, code)
            self._words[symbol, kind] = str(error)
        if self._last_code.get((symbol, kind)) == code:
            return None
        self._last_code[symbol, kind] = code
        if not isinstance(error, DataValidationError):
            return None
        return self._event("refused", symbol, at_ns, str(error), code=code)

    def changes(self, now_ns: int) -> list[FeedEvent]:
        """Return an event for every symbol whose state has changed since the last call.

        A symbol that is blind already when a position in it is opened is reported once more.
        """
        return self.changes_of(self._feeds, now_ns)

    def changes_of(self, symbols: Iterable[str], now_ns: int) -> list[FeedEvent]:
        """Return the events of some watched symbols; see `changes`."""
        events = []
        for symbol in symbols:
            feed = self._feeds[symbol]
            found = feed.judge(now_ns, feed_alive=self._feed_alive(symbol, now_ns))
            before, was_held, is_held = feed.reported, feed.reported_held, self._is_held(symbol)
            feed.reported, feed.reported_held = found, is_held
            opened_blind = found.state == "blind" and is_held and not was_held
            if before is STARTING and found.state != "blind":
                # Coming into sight for the first time is no recovery.
                if found.state == "degraded":
                    feed.reported = STARTING
                continue
            if found.state != before.state or opened_blind:
                kind = _KIND_OF[found.state]
                reason = found.reason or f"was {before.state}: {before.reason}"
                events.append(self._event(kind, symbol, now_ns, reason + self._why(symbol, found)))
        return events

    def visibility(self, symbol: str, now_ns: int) -> Visibility:
        """Say what can be seen of a symbol at this moment."""
        feed = self._feeds.get(symbol)
        if feed is None:
            return UNWATCHED
        return feed.judge(now_ns, feed_alive=self._feed_alive(symbol, now_ns))

    def _feed_alive(self, symbol: str, now_ns: int) -> bool:
        """Return whether another symbol is fresh; market status vouches for a symbol alone."""
        if self.kinds == (TAPE,):
            # One stream feeds all symbols: they live and die together.
            beat_ns = self._heartbeat_ns
            return beat_ns is not None and now_ns - beat_ns <= self._limits.warn_ns
        # A copy: a terminal or a health check asks from a thread of its own.
        others = [feed for name, feed in list(self._feeds.items()) if name != symbol]
        if others:
            return any(feed.is_fresh(now_ns) for feed in others)
        return self._status_ns is not None and now_ns - self._status_ns <= 6 * self._limits.warn_ns

    def _why(self, symbol: str, found: Visibility) -> str:
        """Return the plain words of the failure that a visibility stands for, or nothing."""
        for kind in (SNAPSHOT, TAPE):
            words = self._words.get((symbol, kind))
            if words is not None and kind in found.reason:
                return f": {words}"
        return ""

    def _event(
        self, kind: FeedEventKind, symbol: str, at_ns: int, reason: str, code: str | None = None
    ) -> FeedEvent:
        held = self._is_held(symbol)
        return FeedEvent(kind, symbol, utc_from_ns(at_ns), reason, held, code)
