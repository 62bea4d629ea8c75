"""The spans of exchange time of one symbol that are unknown; pure: every time is given.

A span (from, to] opens for a cause and closes by a witnessed fill, or once it is too old to matter.

| span | event | becomes |
| --- | --- | --- |
| none | opened | growing, or ended where its end is known |
| growing | the channel brings a newer event | ended at that event's stamp |
| growing | the channel is live for as long as clocks may differ | ended there |
| any | opened again across it | one span over both, with the worse cause |
| any | witnessed fill of a part | what is left of it |
| any | witnessed fill of all of it | none |
| any | any other answer | the same, asked again after 1, 2, 4, then every 5 s |
| ended | 370 s of session time after its end | none, and a `Lost` is returned |
| nine | | the two oldest of the channel that has most become one |
"""

from __future__ import annotations

from typing import Final

from ...market.units import FAR_FUTURE_NS, NS_PER_SECOND
from .reasons import JUDGED_CHANNELS, Channel, Lost, SpanCause
from .span import Span

MOST_SPANS: Final = 8
"""Open spans kept of a symbol; beyond them the oldest become one, and none is dropped."""
MATTERS_NS: Final = 370 * NS_PER_SECOND
"""How long windows look back: a minute, five minutes of baseline and a margin."""
CLOCK_MARGIN_NS: Final = 2 * NS_PER_SECOND
"""What the exchange may be ahead of our clock without a doubt about the clock."""
REFUSED_AGAIN_NS: Final = 5 * NS_PER_SECOND
"""However many rows are refused, their spans are asked for no more often than this."""
_WAITS_NS: Final = (1 * NS_PER_SECOND, 2 * NS_PER_SECOND, 4 * NS_PER_SECOND, 5 * NS_PER_SECOND)
_LONGEST_RETRY_AFTER_NS: Final = 30 * NS_PER_SECOND
_ANSWER_NS: Final = 30 * NS_PER_SECOND
_MOST_CLOSURES: Final = 4


class Spans:
    """The open spans of one symbol, at most `MOST_SPANS`, those of a channel apart.

    Args:
        symbol: Whose.

    Attributes:
        open: The spans, oldest first.
    """

    __slots__ = ("_closures", "_number", "_refused_asked_ns", "_symbol", "open")

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._number = 0
        self._closures: tuple[tuple[int, int], ...] = ()
        self._refused_asked_ns: dict[Channel, int] = {}
        self.open: list[Span] = []

    def of(self, channel: Channel) -> list[Span]:
        """Return those of a channel, oldest first."""
        return [span for span in self.open if span.channel == channel]

    def add(
        self,
        channel: Channel,
        cause: SpanCause,
        from_ns: int,
        to_ns: int | None,
        now_ns: int,
        *,
        after_ns: int | None = None,
        ends_at_most_ns: int = FAR_FUTURE_NS,
    ) -> None:
        """Open a span; one that overlaps it becomes part of it.

        Args:
            channel: Whose events are missing.
            cause: Why.
            from_ns: The newest stamp that is known.
            to_ns: The last stamp that may be missing; None where the span grows.
            now_ns: The present.
            after_ns: A growing span ends at the first event after this stamp; `from_ns` if None.
            ends_at_most_ns: Where a growing span ends without an event.
        """
        self._number += 1
        end_ns = FAR_FUTURE_NS if to_ns is None else to_ns
        # Another print may bear the very stamp that is known: it is asked for too.
        made = Span(self._number, channel, cause, from_ns - 1, end_ns, now_ns)
        made.ended_by_ns = from_ns if after_ns is None else max(from_ns, after_ns)
        made.ends_at_most_ns = ends_at_most_ns
        if cause == "refused":
            asked_ns = self._refused_asked_ns.get(channel)
            if asked_ns is not None:
                made.again_ns = max(now_ns, asked_ns + REFUSED_AGAIN_NS)
        for span in self.of(channel):
            if span.from_ns < made.to_ns and made.from_ns < span.to_ns:
                self.open.remove(span)
                span.unite(made)
                made = span
        self._keep(made)

    def live(self, channel: Channel, now_ns: int) -> None:
        """Let growing spans end soon: from now on the channel brings what there is."""
        for span in self.of(channel):
            if span.grows:
                span.ends_at_most_ns = now_ns + CLOCK_MARGIN_NS

    def away(self, channel: Channel) -> None:
        """Let a growing span grow on: its channel is gone again."""
        for span in self.of(channel):
            if span.grows:
                span.ends_at_most_ns = FAR_FUTURE_NS

    def end_growing(
        self, channel: Channel, heard_ns: int, now_ns: int, margin_ns: int = CLOCK_MARGIN_NS
    ) -> None:
        """End what grows, where a newer event has come or would have.

        Args:
            channel: A channel that is live.
            heard_ns: The newest stamp that it brought.
            now_ns: The present.
            margin_ns: What the exchange may be ahead of our clock, as far as that is known.
        """
        for span in self.of(channel):
            if span.grows:
                ends_ns = span.ends_at_most_ns - (CLOCK_MARGIN_NS - margin_ns)
                if heard_ns > span.ended_by_ns:
                    span.to_ns = heard_ns
                elif now_ns >= ends_ns:
                    # An answer may have filled more of it.
                    span.to_ns = max(ends_ns, span.ended_by_ns, span.from_ns + 1)

    def fill(self, channel: Channel, from_ns: int, to_ns: int, now_ns: int) -> None:
        """Close what a witnessed answer covers: (from, to]."""
        for span in self.of(channel):
            if to_ns <= span.from_ns or from_ns >= span.to_ns:
                continue
            self.open.remove(span)
            if span.to_ns > to_ns:
                self._keep(self._part(span, to_ns, span.to_ns, now_ns))
            if span.from_ns < from_ns:
                self._keep(self._part(span, span.from_ns, from_ns, now_ns))

    def unfilled(
        self,
        channel: Channel,
        from_ns: int,
        to_ns: int,
        code: str,
        now_ns: int,
        retry_after_ns: int | None = None,
    ) -> None:
        """Ask again a little later for what an answer did not close, whatever it said."""
        for span in self.of(channel):
            if to_ns <= span.from_ns or from_ns >= span.to_ns:
                continue
            span.add_code(code)
            wait_ns = _WAITS_NS[min(max(span.tries, 1), len(_WAITS_NS)) - 1]
            if retry_after_ns is not None:
                wait_ns = min(max(retry_after_ns, 0), _LONGEST_RETRY_AFTER_NS)
            span.again_ns = now_ns + wait_ns

    def asked(self, number: int, now_ns: int) -> None:
        """Note that a span's question is under way."""
        for span in self.open:
            if span.number == number:
                span.tries += 1
                span.again_ns = now_ns + _ANSWER_NS
                if span.cause == "refused":
                    self._refused_asked_ns[span.channel] = now_ns

    def ask_anew(self, now_ns: int) -> None:
        """Ask for every span again at once: what was planned means nothing any more."""
        for span in self.open:
            span.again_ns = now_ns
            span.since_ns = min(span.since_ns, now_ns)
        self._refused_asked_ns.clear()

    def lose_old(self, now_ns: int) -> tuple[Lost, ...]:
        """Drop the spans that no longer matter, and return them.

        Args:
            now_ns: The present, or the close while the market is closed.
        """
        old = [span for span in self.open if self.age_ns(span.to_ns, now_ns) >= MATTERS_NS]
        self.open = [span for span in self.open if span not in old]
        return tuple(
            Lost(
                self._symbol,
                each.channel,
                each.from_ns,
                each.to_ns,
                each.cause,
                each.tries,
                each.codes,
            )
            for each in old
        )

    def age_ns(self, stamp_ns: int, now_ns: int) -> int:
        """Return the session time from a stamp to the present; below zero for one to come."""
        paused_ns = sum(
            max(0, min(opened_ns, now_ns) - max(closed_ns, stamp_ns))
            for closed_ns, opened_ns in self._closures
        )
        return now_ns - stamp_ns - paused_ns

    def skip_closure(self, closed_ns: int, opened_ns: int) -> None:
        """Count the time between two sessions to no span's age."""
        self._closures = (*self._closures, (closed_ns, opened_ns))[-_MOST_CLOSURES:]

    def _part(self, span: Span, from_ns: int, to_ns: int, now_ns: int) -> Span:
        self._number += 1
        part = Span(self._number, span.channel, span.cause, from_ns, to_ns, now_ns)
        part.since_ns, part.tries, part.codes = span.since_ns, span.tries, span.codes
        # An event of the part that is filled ends nothing of what is left.
        part.ended_by_ns = max(span.ended_by_ns, from_ns)
        part.ends_at_most_ns = span.ends_at_most_ns
        part.again_ns = now_ns + _WAITS_NS[0]
        return part

    def _keep(self, span: Span) -> None:
        self.open.append(span)
        self.open.sort(key=lambda each: (each.from_ns, each.number))
        if len(self.open) > MOST_SPANS:
            oldest, next_one, *_ = max(map(self.of, JUDGED_CHANNELS), key=len)
            self.open.remove(next_one)
            oldest.unite(next_one)
