"""What can be said of a symbol's sight: a state, one reason word, a sentence with figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ...market.units import NS_PER_SECOND, utc_from_ns

Channel = Literal["trades", "quotes", "halts"]
State = Literal["visible", "degraded", "blind"]
Reason = Literal[
    "",
    "quiet",
    "closed",
    "not_compared",
    "starting",
    "no_history",
    "gap",
    "stalled",
    "late",
    "stale",
    "refused",
    "differs",
    "unconfirmed",
    "by_rest",
    "halted",
    "no_halt_data",
    "backlog",
    "clock_unsure",
    "dead",
    "delayed",
    "clock",
    "no_channel",
]
Doubt = Literal["stalled", "late", "refused", "differs", "stale"]
"""Reasons that end only after an equal comparison of the time since."""
SpanCause = Literal["gap", "start", "refused", "stalled", "differs"]
"""Why a span is unknown."""

JUDGED_CHANNELS: Final[tuple[Channel, ...]] = ("trades", "quotes")
"""Those that decide the state; halts only explain a silence and are no proof of calm."""
_MISSING: Final[frozenset[Reason]] = frozenset({"gap", "stalled", "by_rest"})
CAUSES: Final[tuple[SpanCause, ...]] = ("refused", "gap", "start", "differs", "stalled")
"""Mildest first: where two spans become one, the worse cause stays."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be said of a symbol at one moment.

    Attributes:
        state: No alert means calm only while `visible`.
        reason: One word; empty where all is well.
        text: A sentence with figures; empty where all is well.
        since_ns: Since when the state holds, Unix nanoseconds; a new reason alone moves it not.
        compared_ns: Up to when prints and quotes were compared with a second source and equal,
            Unix nanoseconds; None where they never were.
    """

    state: State
    reason: Reason
    text: str
    since_ns: int
    compared_ns: int | None = None

    @property
    def misses_events(self) -> bool:
        """Whether the stream brings less than happens, so that what follows may be no change."""
        return self.state == "blind" or self.reason in _MISSING

    def compared_seconds_ago(self, now_ns: int) -> int | None:
        """Return how long ago sight was compared, whole seconds; None where it never was."""
        if self.compared_ns is None:
            return None
        return max(0, now_ns - self.compared_ns) // NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look finds, before a state is held for a while.

    Attributes:
        state: The state.
        reason: Its reason word.
        text: Its sentence.
    """

    state: State
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A span that stayed unknown until it no longer mattered; to be written down for good.

    Attributes:
        symbol: Whose.
        channel: Of which channel.
        from_ns: Unknown after this stamp, Unix nanoseconds.
        to_ns: Up to and including this one.
        cause: Why it was unknown.
        tries: How often it was asked for.
        codes: Why it was not filled: the different codes, at most four.
    """

    symbol: str
    channel: Channel
    from_ns: int
    to_ns: int
    cause: SpanCause
    tries: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """A span that is unknown now.

    Attributes:
        channel: Of which channel.
        from_ns: Unknown after this stamp, Unix nanoseconds.
        to_ns: Up to and including this one; None while it grows.
        cause: Why.
        since_ns: Since when it is known to be unknown.
        tries: How often it was asked for.
        codes: Why it was not filled so far.
    """

    channel: Channel
    from_ns: int
    to_ns: int | None
    cause: SpanCause
    since_ns: int
    tries: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask REST for.

    Attributes:
        symbol: Whose.
        kind: `fill` of an unknown span, `tape_now` to settle a doubt at once, `audit` or `pulse`
            to end one, `newest` for the newest print or quote by the symbol's name.
        channel: Of which channel.
        from_ns: Asked after this stamp, Unix nanoseconds; the witness asks further back.
        to_ns: Up to and including this one.
        number: The span's; 0 for other kinds.
    """

    symbol: str
    kind: Literal["fill", "tape_now", "audit", "pulse", "newest"]
    channel: Channel
    from_ns: int
    to_ns: int
    number: int = 0


def clock_words(stamp_ns: int) -> str:
    """Return a stamp as time of day, `14:31:02 UTC`."""
    return f"{utc_from_ns(stamp_ns):%H:%M:%S} UTC"


def span_words(from_ns: int, to_ns: int) -> str:
    """Return a span as times of day, `from 14:31:02 to 14:31:05 UTC`."""
    return f"from {utc_from_ns(from_ns):%H:%M:%S} to {clock_words(to_ns)}"


def whole_seconds(span_ns: int) -> int:
    """Return a length in whole seconds, never below zero."""
    return max(0, span_ns) // NS_PER_SECOND
