"""What was last seen of each symbol, and what of it is news.

A driver says once a second what it can see of a symbol. What was said last holds for a few seconds
only: a driver that says nothing sees nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from ..errors import DataValidationError, OrderFlowError
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND, utc_from_ns
from ..notices import FeedEvent, FeedEventKind
from .coverage.reasons import Lost, OpenSpan, Sight, span_words
from .visibility import UNWATCHED, Visibility, VisibilityState

UNLOOKED_NS: Final = 10 * NS_PER_SECOND
"""What was said so long ago is doubted."""
DEAD_NS: Final = 30 * NS_PER_SECOND
"""And what was said so long ago is worth nothing."""
_KIND_OF: Final[dict[VisibilityState, FeedEventKind]] = {
    "visible": "recovered",
    "degraded": "degraded",
    "blind": "blind",
}
_NOUN_OF: Final = {"trades": "prints", "quotes": "quotes", "halts": "halts"}


class _Seen:
    """One symbol: what was seen of it when, what was told, and whether it was held then."""

    __slots__ = ("at_ns", "is_first", "sight", "spans", "told", "told_held")

    def __init__(self, sight: Sight, at_ns: int, *, is_held: bool) -> None:
        self.sight = sight
        self.at_ns = at_ns
        self.spans: tuple[OpenSpan, ...] = ()
        self.told = sight
        self.told_held = is_held
        self.is_first = True


class Sightings:
    """Keeps what was seen of every watched symbol.

    Args:
        is_held: Tells whether a position in a symbol is open.

    Attributes:
        refused: Data that was refused, by code.
    """

    def __init__(self, is_held: Callable[[str], bool]) -> None:
        self._is_held = is_held
        self._seen: dict[str, _Seen] = {}
        self._last_code: dict[tuple[str, str], str] = {}
        self.refused: Counter[str] = Counter()

    def add(self, symbol: str, now_ns: int) -> None:
        """Watch a symbol from now on."""
        starting = Sight("degraded", "starting", "no answer yet", now_ns)
        self._seen[symbol] = _Seen(starting, now_ns, is_held=self._is_held(symbol))

    def remove(self, symbol: str) -> None:
        """Stop watching a symbol."""
        self._seen.pop(symbol, None)
        for key in [key for key in self._last_code if key[0] == symbol]:
            del self._last_code[key]

    def saw(self, symbol: str, sight: Sight, at_ns: int, spans: tuple[OpenSpan, ...] = ()) -> bool:
        """Take what can be seen of a watched symbol; return whether it begins to miss events.

        Args:
            symbol: Ticker.
            sight: What can be said.
            at_ns: When; `FAR_FUTURE_NS` for what holds until something else is said.
            spans: What is unknown of it.
        """
        seen = self._seen[symbol]
        begins = sight.misses_events and not seen.sight.misses_events
        seen.sight, seen.at_ns, seen.spans = sight, at_ns, spans
        return begins

    def spans(self, symbol: str) -> tuple[OpenSpan, ...]:
        """Return what is unknown of a symbol, oldest first."""
        seen = self._seen.get(symbol)
        return () if seen is None else seen.spans

    def accepted(self, symbol: str, what: str) -> None:
        """Take that data of a kind is good again."""
        self._last_code.pop((symbol, what), None)

    def refuse(self, symbol: str, what: str, at_ns: int, error: OrderFlowError) -> FeedEvent | None:
        """Count a failed or refused answer; return an event where data is refused anew."""
        code = str(getattr(error, "code", type(error).__name__))
        self.refused[code] += 1
        if self._last_code.get((symbol, what)) == code:
            return None
        self._last_code[symbol, what] = code
        # An old quote is what a quiet stock has.
        if not isinstance(error, DataValidationError) or code == "stale_snapshot":
            return None
        return self._event("refused", symbol, at_ns, str(error), code=code)

    def lost(self, lost: Lost, at_ns: int) -> FeedEvent:
        """Return the event of a span that was never seen, and matters no more."""
        self.refused["spans_lost"] += 1
        codes = "".join(f", {code}" for code in lost.codes)
        what = f"{_NOUN_OF[lost.channel]} {span_words(lost.from_ns, lost.to_ns)}"
        reason = f"{what} were never seen, asked {lost.tries} times{codes}"
        return self._event("lost", lost.symbol, at_ns, reason, code=lost.cause)

    def changes_of(self, symbols: Iterable[str], now_ns: int) -> list[FeedEvent]:
        """Return an event for each of these watched symbols whose state has changed since.

        A symbol that is blind already when a position in it is opened is reported once more, and
        coming into sight for the first time is no recovery.
        """
        events = []
        for symbol in symbols:
            seen = self._seen[symbol]
            found, before = seen.sight, seen.told
            was_held, is_held = seen.told_held, self._is_held(symbol)
            seen.told, seen.told_held = found, is_held
            if seen.is_first and found.state != "blind":
                seen.is_first = found.state == "degraded"
                continue
            seen.is_first = False
            opened_blind = found.state == "blind" and is_held and not was_held
            if found.state != before.state or opened_blind:
                reason = _words(found) or f"was {before.state}: {_words(before)}"
                events.append(self._event(_KIND_OF[found.state], symbol, now_ns, reason))
        return events

    def sight(self, symbol: str, now_ns: int) -> Sight | None:
        """Return what can be said of a symbol at this moment; None where it is not watched."""
        seen = self._seen.get(symbol)
        if seen is None:
            return None
        found, unlooked_ns = seen.sight, now_ns - seen.at_ns
        if seen.at_ns == FAR_FUTURE_NS or unlooked_ns <= UNLOOKED_NS or found.state == "blind":
            return found
        text = f"nobody has looked for {unlooked_ns // NS_PER_SECOND} s"
        if unlooked_ns > DEAD_NS:
            return Sight("blind", "dead", text, seen.at_ns, found.compared_ns)
        return Sight("degraded", "backlog", text, seen.at_ns, found.compared_ns)

    def visibility(self, symbol: str, now_ns: int) -> Visibility:
        """Say what can be seen of a symbol at this moment, in two words."""
        sight = self.sight(symbol, now_ns)
        return UNWATCHED if sight is None else Visibility(sight.state, _words(sight))

    def _event(
        self, kind: FeedEventKind, symbol: str, at_ns: int, reason: str, code: str | None = None
    ) -> FeedEvent:
        held = self._is_held(symbol)
        return FeedEvent(kind, symbol, utc_from_ns(at_ns), reason, held, code)


def _words(sight: Sight) -> str:
    return f"{sight.reason}: {sight.text}" if sight.text else sight.reason
