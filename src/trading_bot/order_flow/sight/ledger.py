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
from typing import Final, NamedTuple

from ..market.units import FAR_PAST_NS, NS_PER_MS, NS_PER_SECOND
from .coverage.books import Books
from .coverage.findings import COMPARISON_SLACK_NS, DEAD_NS, ClockState, Facts, find, find_in
from .coverage.questions import Asked, doubts_due, fills_due
from .coverage.reasons import JUDGED_CHANNELS, Channel, Finding, Lost, Question, Sight
from .coverage.spans import CLOCK_MARGIN_NS, MATTERS_NS

_ANSWER_NS: Final = 2 * NS_PER_SECOND
"""What an answer takes once it is asked for, a look included."""
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


class ChannelSight(NamedTuple):
    """How one channel is seen by itself.

    Attributes:
        channel: Which.
        finding: What it alone allows to be said.
        proved_ns: Up to when it was compared with a second source and equal, Unix nanoseconds; None
            where it never was.
    """

    channel: Channel
    finding: Finding
    proved_ns: int | None


class Ledger(Books):
    """The coverage ledger of one held symbol.

    All times are Unix nanoseconds of the exchange's scale; the present is our clock where it agrees
    with the exchange's, see `market_time`.

    Args:
        symbol: Whose.
        now_ns: The present: what came in the 370 s before is asked for.

    Attributes:
        sight: What the newest look said.
        dead_ns: How long a channel may be away without an answer of REST before nothing is seen.
        clock_margin_ns: What the exchange may be ahead of our clock, as far as that is known.
    """

    __slots__ = (
        "_asked",
        "_clear_since_ns",
        "_faded_ns",
        "_looked_ns",
        "clock_margin_ns",
        "dead_ns",
        "sight",
    )

    def __init__(self, symbol: str, now_ns: int) -> None:
        super().__init__(symbol, now_ns)
        self.sight = Sight("degraded", "starting", "no answer yet", now_ns)
        self.clock_margin_ns = CLOCK_MARGIN_NS
        self.dead_ns = DEAD_NS
        self._asked: Asked = {}
        self._looked_ns = self._faded_ns = now_ns
        self._clear_since_ns: int | None = None

    def subscribed(self, channel: Channel, now_ns: int) -> None:
        """Learn that the stream brings a channel from now on."""
        marks = self.marks[channel]
        if not marks.is_subscribed:
            marks.is_subscribed = marks.was_subscribed = True
            marks.is_refused = False
            marks.live_at_ns = now_ns
            self.spans.live(channel, now_ns)
            if channel == "trades":
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
                    self.missed(channel, now_ns)
            self.spans.away(channel)

    def channel_refused(self, channel: Channel, now_ns: int) -> None:
        """Learn that the stream and REST both refuse a channel of this symbol by name."""
        self.unsubscribed((channel,), now_ns)
        self.marks[channel].is_refused = True

    def compare_every(self, period_ns: int, again_ns: int) -> None:
        """Learn that nothing is compared more often, and that an answer takes its time.

        Args:
            period_ns: How often everything is compared.
            again_ns: How long a question waits at most: a silence is asked about so often.
        """
        self.audit_period_ns = period_ns
        for channel in JUDGED_CHANNELS:
            marks = self.marks[channel]
            marks.asked_after_ns = again_ns // 2
            marks.vouched_for_ns = marks.asked_after_ns + 2 * again_ns
            marks.answer_takes_ns = again_ns + _ANSWER_NS

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
                # A silence tells nothing of what is usual before it has ended.
                if marks.silence_ns(now_ns) <= marks.allowance_ns():
                    marks.fade(seconds)
        for channel in JUDGED_CHANNELS:
            marks = self.marks[channel]
            if marks.is_subscribed:
                self.spans.end_growing(channel, marks.last_event_ns, now_ns, self.clock_margin_ns)
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

    def channels(self, now_ns: int) -> tuple[ChannelSight, ...]:
        """Return how each channel that is judged is seen by itself; from any thread."""
        facts = self._facts(now_ns, "", has_backlog=False)
        found = ((each, find_in(facts, (each,))) for each in JUDGED_CHANNELS)
        return tuple(
            ChannelSight(channel, finding, _known(self.marks[channel].proved_ns))
            for channel, finding in found
        )

    def asked(self, question: Question, now_ns: int) -> None:
        """Note that a question is under way."""
        if question.kind == "fill":
            self.spans.asked(question.number, now_ns)
        else:
            self._asked[question.kind, question.channel] = now_ns

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
            dead_ns=self.dead_ns,
        )

    @property
    def _proof_limit_ns(self) -> int:
        return 2 * self.audit_period_ns + COMPARISON_SLACK_NS

    def _hold(self, found: Finding, now_ns: int) -> Sight:
        """Believe what is worse at once, and that all is well at the second clear look only."""
        held = self.sight
        compared_ns = _known(min(self.marks[channel].proved_ns for channel in JUDGED_CHANNELS))
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


def _known(stamp_ns: int) -> int | None:
    return None if stamp_ns == FAR_PAST_NS else stamp_ns
