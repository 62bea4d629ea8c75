"""What is known of one held symbol up to when, and so whether it may be called visible; pure.

Whoever drives a feed tells the ledger what happens, lets it look once a second, and carries out its
questions. Nothing is assumed: what is unknown stays so until a witness fills it, or until it is too
old to matter. A symbol's ledger knows of no other symbol.

| from | event | to |
| --- | --- | --- |
| none | made | degraded (starting): the time before is a span, asked for |
| any | a channel goes | degraded (gap; by_rest once REST answers; dead after 30 s without) |
| away | subscribed | the same; its span ends at the first event |
| visible | silent beyond its allowance, or REST knows newer | visible; the tape is asked |
| visible | the tape has rows that the stream did not bring | degraded (stalled) |
| visible | a row is refused | visible, its span asked for; degraded (refused) by the limits |
| visible | a comparison is unequal | degraded (differs) |
| degraded | witnessed fill of the last span, doubts compared, clear for two looks | visible |
| degraded | 370 s after the last span's end | visible, with a `Lost` |
| blind | whatever made it so ends | degraded, while anything is unknown |
| any | session ends | the same or visible (closed); spans do not age |

`coverage.findings` has the reasons, `.marks` the doubts, `.spans` the life of a span.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_MS, NS_PER_SECOND
from .coverage.circumstances import Circumstances
from .coverage.findings import COMPARISON_SLACK_NS, ClockState, Facts, find
from .coverage.marks import ChannelMarks
from .coverage.questions import Asked, doubts_due, fills_due
from .coverage.reasons import JUDGED_CHANNELS, Channel, Finding, Lost, Question, Sight
from .coverage.spans import CLOCK_MARGIN_NS, MATTERS_NS, Spans

AUDIT_PERIOD_NS: Final = 20 * NS_PER_SECOND
CLEAR_NS: Final = 500 * NS_PER_MS
"""Two clear looks are at least so far apart."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found.

    Attributes:
        sight: What can be said now.
        before: What the look before it said.
        lost: Spans that no longer matter and were never filled, each returned once.
    """

    sight: Sight
    before: Sight
    lost: tuple[Lost, ...]


class Ledger:
    """The coverage ledger of one held symbol.

    All times are Unix nanoseconds of the exchange's scale; the present is our clock where it agrees
    with the exchange's, see `market_time`.

    Args:
        symbol: Whose.
        now_ns: The present: what came in the 370 s before is asked for.

    Attributes:
        symbol: Whose.
        sight: What the newest look said.
        marks: What each channel is known up to.
        spans: What is unknown.
        audit_period_ns: How often prints are compared; as the budget has it.
    """

    def __init__(self, symbol: str, now_ns: int) -> None:
        self.symbol = symbol
        self.audit_period_ns = AUDIT_PERIOD_NS
        self.marks: dict[Channel, ChannelMarks] = {
            channel: ChannelMarks(now_ns) for channel in (*JUDGED_CHANNELS, "halts")
        }
        self.spans = Spans(symbol)
        for channel in JUDGED_CHANNELS:
            self.spans.add(channel, "start", now_ns - MATTERS_NS, None, now_ns)
        self.sight = Sight("degraded", "starting", "no answer yet", now_ns)
        self._asked: Asked = {}
        self._looked_ns = self._faded_ns = now_ns
        self._clear_since_ns: int | None = None
        self._circumstances = Circumstances()
        self._rest_answered_ns = FAR_PAST_NS
        self._early_audit_ns = FAR_FUTURE_NS

    def seed(self, channel: Channel, typical_gap_ns: int) -> None:
        """Take the longest silence of the history as the usual one."""
        self.marks[channel].typical_gap_ns = typical_gap_ns

    def subscribed(self, channel: Channel, now_ns: int) -> None:
        """Learn that the stream brings a channel from now on."""
        marks = self.marks[channel]
        if not marks.is_subscribed:
            marks.is_subscribed = marks.was_subscribed = True
            marks.is_refused = False
            marks.live_at_ns = now_ns
            self.spans.live(channel, now_ns)
            self._early_audit_ns = now_ns

    def unsubscribed(self, channels: Iterable[Channel], now_ns: int) -> None:
        """Learn that the stream brings channels no more: its connection ended, or was given up.

        What it brought before is to be told by `heard` first.
        """
        for channel in channels:
            marks = self.marks[channel]
            if marks.is_subscribed:
                marks.is_subscribed = False
                marks.live_at_ns = now_ns
                if self._circumstances.may_bring(now_ns):
                    self._open_gap(channel, now_ns)
            self.spans.away(channel)

    def channel_refused(self, channel: Channel, now_ns: int) -> None:
        """Learn that the stream and REST both refuse a channel of this symbol by name."""
        self.unsubscribed((channel,), now_ns)
        self.marks[channel].is_refused = True

    def missed(self, channel: Channel, now_ns: int) -> None:
        """Learn that events of a channel were lost on the way: a frame, an overflow, a sleep."""
        self._open_gap(channel, now_ns)

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
            lag_ns = now_ns - newest_ns if lag_ns is None else lag_ns
            self.marks[channel].hear(newest_ns, events, now_ns, lag_ns)

    def row_refused(self, channel: Channel, after_ns: int, now_ns: int) -> None:
        """Take a row that was refused, or set aside for its stamp: it is missing data.

        Args:
            channel: Its channel.
            after_ns: The last good stamp before it; far in the past where there is none.
            now_ns: The present: the row cannot be of later.
        """
        self.marks[channel].refuse(after_ns, now_ns)
        if channel in JUDGED_CHANNELS:
            from_ns, most_ns = self._within(after_ns, now_ns), now_ns + CLOCK_MARGIN_NS
            self.spans.add(channel, "refused", from_ns, None, now_ns, ends_at_most_ns=most_ns)

    def filled(self, channel: Channel, from_ns: int, to_ns: int, now_ns: int) -> None:
        """Take a witnessed answer for (from, to]; its rows are judged."""
        self._rest_answered_ns = now_ns
        self.spans.fill(channel, from_ns, to_ns, now_ns)
        self.marks[channel].fill(from_ns, to_ns)

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
        from_ns = self._within(min(first_missing_ns, marks.last_event_ns), now_ns)
        after_ns = marks.last_event_ns
        self.spans.add(channel, "stalled", from_ns, None, now_ns, after_ns=after_ns)

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
        self._early_audit_ns = FAR_FUTURE_NS
        self.marks[channel].compare(from_ns, up_to_ns, now_ns)

    def prints_through_quote(self, now_ns: int) -> None:
        """Learn that the quote stands still: prints go through it, or pulses know another.

        More than three prints in a row go over 1 % through it, or two pulses in a row know another
        quote of the same stamp.
        """
        self.marks["quotes"].suspect("stale", now_ns)

    def halted(self, now_ns: int) -> None:
        """Learn that trading rests."""
        self._circumstances.halt(now_ns)

    def resumed(self, now_ns: int) -> None:
        """Learn that trading goes on."""
        if self._circumstances.resume(now_ns):
            self.marks["trades"].live_at_ns = now_ns

    def session_closed(self, now_ns: int) -> None:
        """Expect nothing until the next session."""
        self._circumstances.close(now_ns)

    def session_opened(self, now_ns: int) -> None:
        """Expect events again; the time between sessions counts for nothing."""
        closed_ns = self._circumstances.closed_ns
        if closed_ns is None:
            return
        self._circumstances.open(now_ns)
        self.spans.skip_closure(closed_ns, now_ns)
        for channel in JUDGED_CHANNELS:
            marks = self.marks[channel]
            if marks.proof_age_ns(closed_ns) <= self._proof_limit_ns:
                marks.proof_counts_from_ns = now_ns
            marks.live_at_ns = now_ns
            if marks.was_subscribed and not marks.is_subscribed:
                self.spans.add(channel, "gap", now_ns, None, now_ns)
        self._faded_ns = now_ns

    def look(self, now_ns: int, clock: ClockState = "", *, has_backlog: bool = False) -> Look:
        """Say what can be seen now; to be called once a second, or more often.

        Args:
            now_ns: The present.
            clock: What is wrong with the clock, see `market_time`.
            has_backlog: True while events wait too long to be judged.
        """
        if now_ns < self._looked_ns - CLOCK_MARGIN_NS:
            self._step_back(now_ns)
        self._looked_ns = now_ns
        if self._circumstances.closed_ns is None:
            seconds = (now_ns - self._faded_ns) // NS_PER_SECOND
            self._faded_ns += seconds * NS_PER_SECOND
            for marks in self.marks.values():
                marks.fade(seconds)
        for channel in JUDGED_CHANNELS:
            marks = self.marks[channel]
            if marks.is_subscribed:
                self.spans.end_growing(channel, marks.last_event_ns, now_ns)
        lost = self.spans.lose_old(self._circumstances.session_now_ns(now_ns))
        before, self.sight = (
            self.sight,
            self._hold(find(self._facts(now_ns, clock, has_backlog)), now_ns),
        )
        return Look(self.sight, before, lost)

    def questions(self, now_ns: int) -> tuple[Question, ...]:
        """Return what is to be asked of REST now; each stands until `asked` is told of it."""
        closed_ns = self._circumstances.closed_ns
        if closed_ns is not None and now_ns - closed_ns > MATTERS_NS:
            return ()
        found = fills_due(self.symbol, self.spans, self._circumstances.session_now_ns(now_ns))
        if closed_ns is None:
            facts = self._facts(now_ns, "", has_backlog=False)
            found += doubts_due(self.symbol, facts, self._asked, self._early_audit_ns)
        return found

    def asked(self, question: Question, now_ns: int) -> None:
        """Note that a question is under way."""
        if question.kind == "fill":
            self.spans.asked(question.number, now_ns)
        else:
            self._asked[question.kind, question.channel] = now_ns

    def sure_ns(self, channel: Channel) -> int:
        """Return up to where everything of a channel is judged."""
        marks = self.marks[channel]
        known_ns = max(marks.last_event_ns, marks.filled_ns)
        return min([known_ns, *(span.from_ns for span in self.spans.of(channel))])

    def _open_gap(self, channel: Channel, now_ns: int) -> None:
        if channel in JUDGED_CHANNELS:
            marks = self.marks[channel]
            most_ns = now_ns + CLOCK_MARGIN_NS if marks.is_subscribed else FAR_FUTURE_NS
            from_ns = self._within(marks.last_event_ns, now_ns)
            self.spans.add(channel, "gap", from_ns, None, now_ns, ends_at_most_ns=most_ns)

    def _within(self, stamp_ns: int, now_ns: int) -> int:
        """Return a stamp, or the earliest that matters."""
        return max(stamp_ns, self._circumstances.session_now_ns(now_ns) - MATTERS_NS)

    def _facts(self, now_ns: int, clock: ClockState, has_backlog: bool) -> Facts:
        return Facts(
            marks=self.marks,
            spans=self.spans,
            now_ns=self._circumstances.session_now_ns(now_ns),
            clock=clock,
            has_backlog=has_backlog,
            circumstances=self._circumstances,
            rest_answered_ns=self._rest_answered_ns,
            proof_limit_ns=self._proof_limit_ns,
        )

    @property
    def _proof_limit_ns(self) -> int:
        return 2 * self.audit_period_ns + COMPARISON_SLACK_NS

    def _hold(self, found: Finding, now_ns: int) -> Sight:
        """Believe what is worse at once, and that all is well at the second clear look only."""
        held = self.sight
        proved_ns = min(self.marks[channel].proved_ns for channel in JUDGED_CHANNELS)
        compared_ns = None if proved_ns == FAR_PAST_NS else proved_ns
        if found.state != "visible":
            self._clear_since_ns = None
        elif held.state != "visible":
            if self._clear_since_ns is None:
                self._clear_since_ns = now_ns
            if now_ns - self._clear_since_ns < CLEAR_NS:
                return replace(held, compared_ns=compared_ns)
        since_ns = held.since_ns if held.state == found.state else now_ns
        return Sight(found.state, found.reason, found.text, since_ns, compared_ns)

    def _step_back(self, now_ns: int) -> None:
        """Begin to prove anew after the clock went back: every moment noted may lie ahead."""
        for marks in self.marks.values():
            marks.step_back(now_ns)
        self.spans.ask_anew(now_ns)
        self._asked.clear()
        self._rest_answered_ns = FAR_PAST_NS
        self._faded_ns = now_ns
        self._clear_since_ns = None
        self._circumstances.step_back(now_ns)
