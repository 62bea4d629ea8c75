"""Is this symbol's feed fresh enough to say "clear"? Blind is never calm.

A symbol is fed by several kinds of answers (its snapshot, its tape); each must keep arriving. Pure:
every time is given, none is asked for.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from ..config import OrderFlowConfig
from ..market.units import NS_PER_SECOND

VisibilityState = Literal["visible", "degraded", "blind"]
QUIET_LIMIT_NS = 300 * NS_PER_SECOND
"""A symbol without anything new for longer than this is no longer taken for merely quiet."""


class Visibility(NamedTuple):
    """What can be said of a feed at one moment.

    Attributes:
        state: `visible`, `degraded` or `blind`; no alert means calm only while `visible`.
        reason: Why, in a few words; empty when all is well.
    """

    state: VisibilityState
    reason: str


VISIBLE: Final = Visibility("visible", "")
STARTING: Final = Visibility("degraded", "no answer yet")


class FreshnessLimits(NamedTuple):
    """How old may be what a symbol is fed by; nanoseconds.

    Attributes:
        warn_ns: Age up to which it is fresh.
        limit_ns: Age up to which an answer is usable.
        blind_ns: Time without a usable answer that makes blind.
    """

    warn_ns: int
    limit_ns: int
    blind_ns: int

    @classmethod
    def of(cls, config: OrderFlowConfig) -> FreshnessLimits:
        """Return those of a configuration."""
        seconds = (
            config.freshness_warn_seconds,
            config.freshness_limit_seconds,
            config.blind_after_seconds,
        )
        return cls(*(round(each * NS_PER_SECOND) for each in seconds))


class _Kind:
    """The answers of one kind: when the last usable one came, and what is wrong since."""

    __slots__ = ("answered_ns", "failure", "name", "newest_ns", "unchanged", "usable_ns")

    def __init__(self, name: str, started_ns: int) -> None:
        self.name = name
        self.usable_ns = started_ns
        self.answered_ns = started_ns
        self.newest_ns: int | None = None
        self.unchanged = False
        self.failure: str | None = "no answer yet"


class FeedVisibility:
    """The visibility of one symbol.

    Args:
        limits: Freshness limits, which all symbols share.
        started_ns: When watching began.
        kinds: The kinds of answers that feed this symbol.

    Attributes:
        reported: What was last told of it; kept here for whoever tells.
        reported_held: Whether a position depended on it then.
    """

    __slots__ = ("_kinds", "_limits", "reported", "reported_held")

    def __init__(
        self, limits: FreshnessLimits, started_ns: int, *, kinds: tuple[str, ...] = ("tape",)
    ) -> None:
        self._limits = limits
        self._kinds = tuple(_Kind(name, started_ns) for name in kinds)
        self.reported = STARTING
        self.reported_held = False

    def answered(self, kind: str, at_ns: int, newest_ns: int | None, *, feed_alive: bool) -> None:
        """Take an answer as proof of what is known.

        Args:
            kind: Which kind of answer.
            at_ns: When it arrived.
            newest_ns: Its newest exchange stamp; None when it held nothing new.
            feed_alive: True while another symbol, or the market's status, is fresh.
        """
        state = self._of(kind)
        known = state.newest_ns
        state.unchanged = known is not None and (newest_ns is None or newest_ns <= known)
        if newest_ns is not None and (known is None or newest_ns > known):
            state.newest_ns = newest_ns
        state.failure = None
        state.answered_ns = at_ns
        fresh = state.newest_ns is not None and at_ns - state.newest_ns <= self._limits.limit_ns
        if fresh or (state.unchanged and feed_alive):
            state.usable_ns = at_ns

    def failed(self, kind: str, at_ns: int, reason: str) -> None:
        """Count a request that failed, or an answer that was refused, against the symbol."""
        state = self._of(kind)
        state.failure = reason
        state.answered_ns = at_ns

    def is_fresh(self, now_ns: int) -> bool:
        """Return whether any exchange stamp of this symbol is at most the warn limit old."""
        return any(
            kind.newest_ns is not None and now_ns - kind.newest_ns <= self._limits.warn_ns
            for kind in self._kinds
        )

    def judge(self, now_ns: int, *, feed_alive: bool) -> Visibility:
        """Say what can be seen at this moment; the worst kind of answer decides.

        Args:
            now_ns: The present.
            feed_alive: True while another symbol, or the market's status, is fresh.
        """
        worst = VISIBLE
        for kind in self._kinds:
            found = self._judge_kind(kind, now_ns, feed_alive=feed_alive)
            if found.state == "blind":
                return found
            if worst.state == "visible" and found.reason:
                worst = found
        return worst

    def _of(self, name: str) -> _Kind:
        return next(kind for kind in self._kinds if kind.name == name)

    def _judge_kind(self, kind: _Kind, now_ns: int, *, feed_alive: bool) -> Visibility:
        name = kind.name
        unseen_ns = now_ns - kind.usable_ns
        if unseen_ns >= self._limits.blind_ns:
            why = kind.failure or "stale"
            return Visibility("blind", f"no usable {name} for {_seconds(unseen_ns)} s ({why})")
        if kind.failure is not None:
            return Visibility("degraded", f"{name}: {kind.failure}")
        if now_ns - kind.answered_ns > self._limits.warn_ns:
            return Visibility("degraded", f"no {name} for {_seconds(now_ns - kind.answered_ns)} s")
        if kind.newest_ns is None:
            return Visibility("degraded", f"no {name} data yet")
        age_ns = now_ns - kind.newest_ns
        if age_ns <= self._limits.warn_ns:
            return VISIBLE
        if not (kind.unchanged and feed_alive):
            return Visibility("degraded", f"newest {name} is {_seconds(age_ns)} s old")
        if age_ns > QUIET_LIMIT_NS:
            return Visibility("degraded", f"quiet for {_seconds(age_ns)} s")
        return Visibility("visible", f"quiet for {_seconds(age_ns)} s")


def _seconds(ns: int) -> int:
    return ns // NS_PER_SECOND
