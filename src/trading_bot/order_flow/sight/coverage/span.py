"""One span of exchange time that is unknown; pure: every time is given."""

from __future__ import annotations

from typing import Final

from ...market.units import FAR_FUTURE_NS
from .reasons import CAUSES, Channel, SpanCause

_MOST_CODES: Final = 4


class Span:
    """One unknown span (from, to].

    Attributes:
        number: Names it in questions.
        channel: Whose events are missing.
        cause: Why.
        from_ns: Unknown after this stamp, Unix nanoseconds.
        to_ns: Up to and including this one; `FAR_FUTURE_NS` while it grows.
        since_ns: When it was opened.
        again_ns: When it is to be asked for.
        tries: How often it was asked for.
        codes: Why answers did not fill it.
        ended_by_ns: It ends at the first event after this stamp.
        ends_at_most_ns: It ends here without an event; far ahead while its channel is away.
    """

    __slots__ = (
        "again_ns",
        "cause",
        "channel",
        "codes",
        "ended_by_ns",
        "ends_at_most_ns",
        "from_ns",
        "number",
        "since_ns",
        "to_ns",
        "tries",
    )

    def __init__(
        self, number: int, channel: Channel, cause: SpanCause, from_ns: int, to_ns: int, now_ns: int
    ) -> None:
        self.number = number
        self.channel = channel
        self.cause = cause
        self.from_ns = from_ns
        self.to_ns = to_ns
        self.since_ns = self.again_ns = now_ns
        self.tries = 0
        self.codes: tuple[str, ...] = ()
        self.ended_by_ns = from_ns
        self.ends_at_most_ns = FAR_FUTURE_NS

    @property
    def grows(self) -> bool:
        """True while its end is not known."""
        return self.to_ns == FAR_FUTURE_NS

    def unite(self, other: Span) -> None:
        """Cover another span of the same channel too, and all between; asked for by the earlier."""
        grown = [each for each in (self, other) if each.grows]
        # What had ended stays covered: no event before its end can end the two.
        ends_ns = [each.to_ns for each in (self, other) if not each.grows]
        self.ended_by_ns = max(self.ended_by_ns, other.ended_by_ns, *ends_ns)
        self.ends_at_most_ns = max((each.ends_at_most_ns for each in grown), default=FAR_FUTURE_NS)
        self.from_ns = min(self.from_ns, other.from_ns)
        self.to_ns = max(self.to_ns, other.to_ns)
        self.since_ns = min(self.since_ns, other.since_ns)
        self.again_ns = min(self.again_ns, other.again_ns)
        self.cause = max(self.cause, other.cause, key=CAUSES.index)
        self.tries = max(self.tries, other.tries)
        for code in other.codes:
            self.add_code(code)

    def add_code(self, code: str) -> None:
        """Remember why an answer did not fill it."""
        if code and code not in self.codes and len(self.codes) < _MOST_CODES:
            self.codes += (code,)
