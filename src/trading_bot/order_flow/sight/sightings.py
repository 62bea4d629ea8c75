"""What was last seen of each symbol, and what of it is news.

A driver says once a second what it can see of a symbol. What was said last holds for a few seconds
only: a driver that says nothing sees nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from ..errors import DataValidationError, OrderFlowError
from ..market.feeds import DepthSight, Disagreement
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND, utc_from_ns
from ..notices import FeedEvent, FeedEventKind
from .coverage.reasons import Finding, Lost, OpenSpan, Sight, clock_words, span_words
from .ledger import ChannelSight, Ledger
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
DEPTH_STARTS_NS: Final = 10 * NS_PER_SECOND
"""A watch begins without depth; what is not there after this is told."""
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


class _SeenDepth:
    """The depth of one symbol, where it is a second feed's: what is so, and what was told."""

    __slots__ = ("began_ns", "sight", "told_disagreement", "told_lost", "told_seen")

    def __init__(self, began_ns: int) -> None:
        self.began_ns = began_ns
        self.sight = DepthSight("", began_ns)
        self.told_disagreement: Disagreement | None = None
        self.told_lost = False
        # It was there once, so that its loss is news at once.
        self.told_seen = False


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
        self._depths: dict[str, _SeenDepth] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._last_code: dict[tuple[str, str], str] = {}
        self.refused: Counter[str] = Counter()

    def add(self, symbol: str, now_ns: int) -> None:
        """Watch a symbol from now on."""
        starting = Sight("degraded", "starting", "no answer yet", now_ns)
        self._seen[symbol] = _Seen(starting, now_ns, is_held=self._is_held(symbol))

    def remove(self, symbol: str) -> None:
        """Stop watching a symbol."""
        self._seen.pop(symbol, None)
        self._depths.pop(symbol, None)
        self._ledgers.pop(symbol, None)
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

    def saw_depth(self, symbol: str, sight: DepthSight, at_ns: int) -> bool:
        """Take whether a second feed's depth of a symbol is seen; True where it is lost now.

        Args:
            symbol: Ticker.
            sight: What can be said.
            at_ns: When.
        """
        known = self._depths.get(symbol)
        if known is None:
            self._depths[symbol] = known = _SeenDepth(at_ns)
            known.sight = sight
            return False
        begins = bool(sight.lost) and not known.sight.lost
        known.sight = sight
        return begins

    def depth(self, symbol: str) -> DepthSight | None:
        """Return what can be said of a symbol's depth; None where no second feed brings it."""
        known = self._depths.get(symbol)
        return None if known is None else known.sight

    def depth_changes_of(self, symbols: Iterable[str], now_ns: int) -> list[FeedEvent]:
        """Return an event for each of these symbols whose depth, or its feeds' accord, changed."""
        events = []
        for symbol in symbols:
            known = self._depths.get(symbol)
            if known is not None:
                events += self._depth_changes(symbol, known, now_ns)
        return events

    def _depth_changes(self, symbol: str, known: _SeenDepth, now_ns: int) -> list[FeedEvent]:
        events = []
        sight, told = known.sight, known.told_disagreement
        found = sight.disagreement
        if found is not None and told is None:
            event = self._event("feeds_disagree", symbol, now_ns, found.text, found.code)
            events.append(replace(event, stale=found.stale))
        elif found is None and told is not None:
            reason = f"was {told.code}: {told.text}"
            events.append(self._event("feeds_agree", symbol, now_ns, reason))
        known.told_disagreement = found
        is_late = known.told_seen or now_ns - known.began_ns >= DEPTH_STARTS_NS
        if sight.lost and not known.told_lost and is_late:
            known.told_lost = True
            events.append(self._event("depth_lost", symbol, now_ns, sight.lost))
        elif not sight.lost:
            known.told_seen = True
            if known.told_lost:
                known.told_lost = False
                since = clock_words(sight.since_ns)
                events.append(self._event("depth_back", symbol, now_ns, f"seen since {since}"))
        return events

    def keep_ledger(self, symbol: str, ledger: Ledger) -> None:
        """Take whose ledger says how each channel of a watched symbol is seen."""
        self._ledgers[symbol] = ledger

    def channels(self, symbol: str, now_ns: int) -> tuple[ChannelSight, ...]:
        """Return how each channel of a symbol is seen by itself; nothing where no ledger says."""
        ledger = self._ledgers.get(symbol)
        return () if ledger is None else ledger.channels(now_ns)

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
                reason = words_of_sight(found) or f"was {before.state}: {words_of_sight(before)}"
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
        return self.visibility_of(symbol, self.sight(symbol, now_ns))

    def visibility_of(self, symbol: str, sight: Sight | None) -> Visibility:
        """Say what can be seen of a symbol, by what is known of its prints and quotes.

        Args:
            symbol: Ticker.
            sight: What `sight` has said of it.
        """
        if sight is None:
            return UNWATCHED
        depth = self.depth(symbol)
        said = [words_of_sight(sight), "" if depth is None else words_of_depth(depth)]
        return Visibility(sight.state, "; ".join(filter(None, said)))

    def _event(
        self, kind: FeedEventKind, symbol: str, at_ns: int, reason: str, code: str | None = None
    ) -> FeedEvent:
        held = self._is_held(symbol)
        return FeedEvent(kind, symbol, utc_from_ns(at_ns), reason, held, code)


def words_of_depth(depth: DepthSight) -> str:
    """Say since when depth is blind, and how two feeds differ; empty where all is well."""
    words = []
    if depth.lost:
        words.append(f"depth blind since {clock_words(depth.since_ns)}: {depth.lost}")
    if depth.disagreement is not None:
        words.append(f"feeds_disagree: {depth.disagreement.text}")
    return "; ".join(words)


def words_of_sight(sight: Sight | Finding) -> str:
    """Say why something cannot be seen; empty where all is well."""
    return f"{sight.reason}: {sight.text}" if sight.text else sight.reason
