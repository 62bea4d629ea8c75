"""The two books of one symbol: what its stream brought, and what REST said; pure.

An entry moves marks and opens or closes spans; what it means for sight, the next look says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from .circumstances import Circumstances
from .marks import ChannelMarks
from .reasons import JUDGED_CHANNELS, Channel, OpenSpan, SpanCause
from .spans import CLOCK_MARGIN_NS, MATTERS_NS, Spans

AUDIT_PERIOD_NS: Final = 20 * NS_PER_SECOND


class Books:
    """What is entered of one symbol; all times are Unix nanoseconds of the exchange's scale.

    Args:
        symbol: Whose.
        now_ns: The present: what came in the 370 s before is unknown.

    Attributes:
        symbol: Whose.
        marks: What each channel is known up to.
        spans: What is unknown.
        audit_period_ns: How often prints are compared; as the budget has it.
    """

    __slots__ = (
        "_circumstances",
        "_early_audit_ns",
        "_rest_answered_ns",
        "audit_period_ns",
        "marks",
        "spans",
        "symbol",
    )

    def __init__(self, symbol: str, now_ns: int) -> None:
        self.symbol = symbol
        self.audit_period_ns = AUDIT_PERIOD_NS
        self.marks: dict[Channel, ChannelMarks] = {
            channel: ChannelMarks(now_ns) for channel in (*JUDGED_CHANNELS, "halts")
        }
        self.spans = Spans(symbol)
        for channel in JUDGED_CHANNELS:
            self.spans.add(channel, "start", now_ns - MATTERS_NS, None, now_ns)
        self._circumstances = Circumstances()
        self._rest_answered_ns = FAR_PAST_NS
        self._early_audit_ns = FAR_FUTURE_NS

    def seed(self, channel: Channel, typical_gap_ns: int) -> None:
        """Take the longest silence of the history as the usual one, see `longest_gap_ns`.

        Without it a symbol is taken for lively, and its first long silence is doubted.
        """
        self.marks[channel].typical_gap_ns = typical_gap_ns

    def missed(self, channel: Channel, now_ns: int, after_ns: int | None = None) -> None:
        """Learn that events of a channel were lost on the way: a frame, an overflow, a sleep.

        Args:
            channel: Which.
            now_ns: The present.
            after_ns: The newest stamp judged before them; the newest one heard where None.
        """
        if channel in JUDGED_CHANNELS:
            marks = self.marks[channel]
            most_ns = now_ns + CLOCK_MARGIN_NS if marks.is_subscribed else FAR_FUTURE_NS
            known_ns = marks.last_event_ns if after_ns is None else after_ns
            self._open_span(channel, "gap", known_ns, now_ns, most_ns)

    def heard(
        self, channel: Channel, newest_ns: int, events: int, now_ns: int, lag_ns: int | None = None
    ) -> None:
        """Take what the stream brought of a channel since the last look; REST's is not meant.

        Args:
            channel: Which.
            newest_ns: The newest accepted stamp among it, late and repeated rows too.
            events: How many there were; nothing is learned where there were none.
            now_ns: The present.
            lag_ns: How late the newest frame came, where that is known better than by the look.
        """
        if events > 0:
            marks = self.marks[channel]
            if marks.is_subscribed and marks.is_silent_untold(now_ns):
                # It may have been no silence: what comes now says nothing of before.
                self.missed(channel, now_ns, max(marks.last_event_ns, marks.confirmed_quiet_ns))
            lag_ns = now_ns - newest_ns if lag_ns is None else lag_ns
            marks.hear(newest_ns, events, now_ns, lag_ns)

    def row_refused(self, channel: Channel, after_ns: int, now_ns: int) -> None:
        """Take a row that was refused, or set aside for its stamp: it is missing data.

        Args:
            channel: Its channel.
            after_ns: The last good stamp before it; far in the past where there is none.
            now_ns: The present: the row cannot be of later.
        """
        self.marks[channel].refuse(after_ns, now_ns)
        if channel in JUDGED_CHANNELS:
            self._open_span(channel, "refused", after_ns, now_ns, now_ns + CLOCK_MARGIN_NS)

    def filled(
        self, channel: Channel, from_ns: int, to_ns: int, now_ns: int, *, proves: bool = True
    ) -> None:
        """Take a witnessed answer for (from, to]; its rows are judged.

        Args:
            channel: Which was asked for.
            from_ns: Everything after this stamp is known.
            to_ns: Up to and including this one.
            now_ns: The present.
            proves: False where answers come too seldom to compare anything with.
        """
        self._rest_answered_ns = now_ns
        self.spans.fill(channel, from_ns, to_ns, now_ns)
        self.marks[channel].fill(from_ns, to_ns, proves=proves)

    def leave_start(self) -> None:
        """Learn that what came before the watch was brought, and that nobody will compare it."""
        for span in [each for each in self.spans.open if each.cause == "start" and not each.grows]:
            self.spans.open.remove(span)

    def unfilled(
        self,
        channel: Channel,
        from_ns: int,
        to_ns: int,
        code: str,
        now_ns: int,
        *,
        is_usable: bool = False,
        retry_after_ns: int | None = None,
    ) -> None:
        """Take an answer for (from, to] that closes nothing, whatever it says.

        Args:
            channel: Which was asked for.
            from_ns: Asked after this stamp.
            to_ns: Up to this one.
            code: Why it is no fill.
            now_ns: The present.
            is_usable: True where it held rows that were judged all the same.
            retry_after_ns: What a provider that limits asks to wait, nanoseconds.
        """
        if is_usable:
            self._rest_answered_ns = now_ns
        self.spans.unfilled(channel, from_ns, to_ns, code, now_ns, retry_after_ns)

    def vouched(self, channel: Channel, up_to_ns: int, now_ns: int) -> None:
        """Learn that REST's newest event is ours: of a pulse, a tape, or a question by name."""
        self._rest_answered_ns = now_ns
        self.marks[channel].vouch(up_to_ns, now_ns)
        if channel == "quotes":
            # Nothing compares quotes but their newest.
            self.marks[channel].compare(FAR_PAST_NS, up_to_ns, now_ns)

    def behind(self, channel: Channel, newest_ns: int, now_ns: int) -> None:
        """Learn that REST's newest, older than it takes to settle, is not ours."""
        self._rest_answered_ns = now_ns
        self.marks[channel].fall_behind(newest_ns, now_ns)

    def stalled(self, channel: Channel, first_missing_ns: int, now_ns: int) -> None:
        """Learn that REST knows an event that the stream did not bring."""
        self._rest_answered_ns = now_ns
        marks = self.marks[channel]
        marks.suspect("stalled", now_ns)
        known_ns = min(first_missing_ns, marks.last_event_ns)
        self._open_span(channel, "stalled", known_ns, now_ns)

    def differs(self, channel: Channel, slots: Iterable[tuple[int, int]], now_ns: int) -> None:
        """Learn that a comparison was unequal.

        Args:
            channel: Which.
            slots: The (from, to] in which REST has rows that were not judged; none where only ours
                are more.
            now_ns: The present.
        """
        self._rest_answered_ns = now_ns
        self.marks[channel].suspect("differs", now_ns)
        for from_ns, to_ns in slots:
            self.spans.add(channel, "differs", from_ns, to_ns, now_ns)

    def compared(self, channel: Channel, from_ns: int, up_to_ns: int, now_ns: int) -> None:
        """Learn that (from, up to] was compared with REST and is equal."""
        self._rest_answered_ns = now_ns
        if channel == "trades":
            self._early_audit_ns = FAR_FUTURE_NS
        self.marks[channel].compare(from_ns, up_to_ns, now_ns)

    def prints_through_quote(self, now_ns: int) -> None:
        """Learn that the quote stands still: prints go through it, or pulses know another.

        More than three prints in a row go over 1 % through it, or two pulses in a row know another
        quote of the same stamp.
        """
        self.marks["quotes"].suspect("stale", now_ns)

    def sure_ns(self, channel: Channel) -> int:
        """Return up to where everything of a channel is judged."""
        marks = self.marks[channel]
        known_ns = max(marks.last_event_ns, marks.filled_ns)
        return min([known_ns, *(span.from_ns for span in self.spans.of(channel))])

    def open_spans(self) -> tuple[OpenSpan, ...]:
        """Return what is unknown now, oldest first."""
        return tuple(
            OpenSpan(
                each.channel,
                each.from_ns,
                None if each.grows else each.to_ns,
                each.cause,
                each.since_ns,
                each.tries,
                each.codes,
            )
            for each in self.spans.open
        )

    def _open_span(
        self,
        channel: Channel,
        cause: SpanCause,
        known_ns: int,
        now_ns: int,
        ends_at_most_ns: int = FAR_FUTURE_NS,
    ) -> None:
        """Open a span that grows from a known stamp, or from the earliest that matters."""
        earliest_ns = self._circumstances.session_now_ns(now_ns) - MATTERS_NS
        self.spans.add(
            channel,
            cause,
            max(known_ns, earliest_ns),
            None,
            now_ns,
            # No event that is known already ends it.
            after_ns=self.marks[channel].last_event_ns,
            ends_at_most_ns=ends_at_most_ns,
        )
