"""What one look at a symbol's marks and spans finds: the worst thing, in one word; pure.

The checks stand in their order: the first that finds something decides. Prints and quotes are both
looked at, and the worse of them is what is said; neither speaks for the other.

| state | reason | found when |
| --- | --- | --- |
| blind | clock | our clock and the exchange's differ |
| blind | no_channel | a channel is refused by the stream and by REST |
| blind | delayed | stream and REST are late alike, 14 to 17 minutes |
| blind | dead | a channel is away, and REST has not answered for 30 s |
| degraded | starting, no_history | what came before the start is unknown, or was refused |
| degraded | by_rest | a channel is away, and REST stands in |
| degraded | late, stalled, differs, refused, stale | doubted until compared |
| degraded | refused | a refused row's span is still open 3 s later |
| degraded | gap, stalled, differs | a span is unknown that ended less than 370 s ago |
| degraded | halted | trading rests, or has gone on for less than 10 s |
| degraded | clock_unsure, backlog | as told from outside |
| degraded | stale | prints go on, and the quote is old without REST's word |
| degraded | no_halt_data | no prints beyond the quiet limit while quotes move |
| degraded | unconfirmed | silent without REST's word, or for longer than any word is good for |
| degraded | not_compared | no comparison lately, or none ever |
| visible | closed | between sessions, and nothing of the above |
| visible | quiet | silent beyond its allowance, and REST knows nothing newer |
| visible | | none of these |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from ...market.units import FAR_PAST_NS, NS_PER_SECOND
from .circumstances import Circumstances
from .marks import CALM_NS, ChannelMarks
from .reasons import (
    JUDGED_CHANNELS,
    Channel,
    Finding,
    Reason,
    SpanCause,
    State,
    clock_words,
    span_words,
    whole_seconds,
)
from .span import Span
from .spans import Spans

ClockState = Literal["", "clock_unsure", "clock"]
"""What is wrong with the clock; empty where nothing is."""
DEAD_NS: Final = 30 * NS_PER_SECOND
"""A channel away for so long without an answer of REST leaves nothing to see by; a setting."""
REFUSED_SPAN_NS: Final = 3 * NS_PER_SECOND
"""How long a single refused row may stay unfilled before it is said."""
BEHIND_NS: Final = 5 * NS_PER_SECOND
"""How long the tape may owe what REST is said to know."""
OPENING_NS: Final = 60 * NS_PER_SECOND
OPENING_ALLOWANCE_NS: Final = 3 * NS_PER_SECOND
COMPARISON_SLACK_NS: Final = 10 * NS_PER_SECOND
_OLD_QUOTE_NS: Final = 10 * NS_PER_SECOND
_WORD_OF: Final[Mapping[SpanCause, Reason]] = {
    "gap": "gap",
    "refused": "refused",
    "stalled": "stalled",
    "differs": "differs",
}
_NOUN_OF: Final[Mapping[Channel, str]] = {
    "trades": "prints",
    "quotes": "quotes",
    "halts": "halts",
}


class Facts(NamedTuple):
    """All that a look goes by.

    Attributes:
        marks: Of prints, quotes and halts.
        spans: What is unknown, without what is too old to matter.
        now_ns: The present; the close while the market is closed.
        clock: What is wrong with the clock.
        has_backlog: True while events wait too long to be judged.
        circumstances: Sessions and halts.
        rest_answered_ns: When REST gave a usable answer last.
        proof_limit_ns: How old a comparison may be.
        dead_ns: How long a channel may be away without an answer of REST.
    """

    marks: Mapping[Channel, ChannelMarks]
    spans: Spans
    now_ns: int
    clock: ClockState
    has_backlog: bool
    circumstances: Circumstances
    rest_answered_ns: int
    proof_limit_ns: int
    dead_ns: int = DEAD_NS

    @property
    def is_closed(self) -> bool:
        """True between sessions."""
        return self.circumstances.closed_ns is not None

    def allowance_ns(self, marks: ChannelMarks) -> int:
        """Return the silence of a channel that is allowed now."""
        if self.now_ns - self.circumstances.opened_ns < OPENING_NS:
            return OPENING_ALLOWANCE_NS
        return marks.allowance_ns()


def find(facts: Facts) -> Finding:
    """Return the worst that can be said of a symbol now."""
    return find_in(facts, JUDGED_CHANNELS)


def find_in(facts: Facts, channels: Iterable[Channel]) -> Finding:
    """Return the worst that some channels alone allow to be said."""
    for check in _CHECKS:
        for channel in channels:
            found = check(facts, channel, facts.marks[channel])
            if found is not None:
                return found
    return Finding("visible", "", "")


def _find_blind(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    noun = _NOUN_OF[channel]
    if facts.clock == "clock":
        return Finding("blind", "clock", "our clock and the exchange's differ")
    if marks.is_refused:
        return Finding("blind", "no_channel", f"{noun} are refused by stream and REST")
    if marks.is_delayed(facts.now_ns):
        late = whole_seconds(marks.lag_ns)
        return Finding("blind", "delayed", f"{noun} come {late} s late, by stream and REST alike")
    unanswered_ns = facts.now_ns - max(facts.rest_answered_ns, marks.live_at_ns)
    if not marks.is_subscribed and not facts.is_closed and unanswered_ns >= facts.dead_ns:
        words = f"{noun} are away, and REST has no answer for {whole_seconds(unanswered_ns)} s"
        return Finding("blind", "dead", words + _codes_of(facts, channel))
    return None


def _find_start(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    del marks
    for span in facts.spans.of(channel):
        if span.cause == "start":
            reason: Reason = "no_history" if span.codes else "starting"
            return _degraded(reason, _span_words(span, facts.now_ns))
    return None


def _find_by_rest(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    if marks.is_subscribed or facts.is_closed:
        return None
    ago = whole_seconds(facts.now_ns - facts.rest_answered_ns)
    noun = _NOUN_OF[channel]
    if facts.rest_answered_ns > marks.live_at_ns:
        return _degraded("by_rest", f"{noun} are asked of REST, answered {ago} s ago")
    words = f"{noun} are away since {clock_words(marks.live_at_ns)}"
    return _degraded("gap", words + _codes_of(facts, channel))


def _find_doubt(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    del facts
    noun, since = _NOUN_OF[channel], clock_words(marks.doubt_ns)
    if marks.doubt == "late":
        return _degraded("late", f"{noun} came {whole_seconds(marks.lag_ns)} s late")
    if marks.doubt is not None:
        return _degraded(marks.doubt, f"{noun} are doubted, to be compared from {since} on")
    return None


def _find_span(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    del marks
    for span in facts.spans.of(channel):
        is_new = facts.now_ns - span.since_ns < REFUSED_SPAN_NS and not facts.is_closed
        if span.cause == "refused" and is_new:
            continue
        return _degraded(_WORD_OF[span.cause], _span_words(span, facts.now_ns))
    return None


def _find_circumstance(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    del channel, marks
    halted_at_ns, reopened_ns = facts.circumstances.halted_at_ns, facts.circumstances.reopened_ns
    if halted_at_ns is not None:
        return _degraded("halted", f"trading rests since {clock_words(halted_at_ns)}")
    if facts.now_ns - reopened_ns < CALM_NS:
        return _degraded("halted", f"trading goes on since {clock_words(reopened_ns)}")
    if facts.clock:
        return _degraded("clock_unsure", "our clock and the exchange's may differ")
    if facts.has_backlog:
        return _degraded("backlog", "events wait to be judged")
    return None


def _find_silence(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    now_ns, noun = facts.now_ns, _NOUN_OF[channel]
    silent_ns = marks.silence_ns(now_ns)
    is_silent = silent_ns > facts.allowance_ns(marks) and not facts.is_closed
    words = f"no {noun} for {whole_seconds(silent_ns)} s"
    is_told_by_now = silent_ns > facts.allowance_ns(marks) + marks.answer_takes_ns
    if is_silent and is_told_by_now and not marks.is_vouched(now_ns):
        prints = facts.marks["trades"]
        prints_go_on = prints.silence_ns(now_ns) <= facts.allowance_ns(prints)
        if channel == "trades" or not prints_go_on:
            return _degraded("unconfirmed", f"{words}, and REST gives no word")
        if silent_ns > max(_OLD_QUOTE_NS, 3 * marks.typical_gap_ns):
            return _degraded("stale", f"{words}, and prints go on")
    elif is_silent and silent_ns > marks.quiet_limit_ns():
        quotes = facts.marks["quotes"]
        if channel == "trades" and quotes.silence_ns(now_ns) <= facts.allowance_ns(quotes):
            return _degraded("no_halt_data", f"{words}, and quotes move: it may be halted")
        return _degraded("unconfirmed", f"{words}, which is not usual, and REST knows none")
    if now_ns - marks.behind_at_ns > BEHIND_NS:
        return _degraded("unconfirmed", f"REST knows newer {noun}, and its tape does not answer")
    return None


def _find_comparison(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    if marks.proved_ns == FAR_PAST_NS:
        return _degraded("not_compared", f"{_NOUN_OF[channel]} were never compared")
    age_ns = marks.proof_age_ns(facts.now_ns)
    if age_ns > facts.proof_limit_ns:
        since = whole_seconds(age_ns)
        return _degraded("not_compared", f"{_NOUN_OF[channel]} were compared {since} s ago")
    return None


def _find_calm(facts: Facts, channel: Channel, marks: ChannelMarks) -> Finding | None:
    if facts.is_closed:
        return Finding("visible", "closed", "the market is closed")
    silent_ns = marks.silence_ns(facts.now_ns)
    if silent_ns <= facts.allowance_ns(marks) or not marks.is_vouched(facts.now_ns):
        return None
    ago = whole_seconds(facts.now_ns - marks.vouched_at_ns)
    words = f"no {_NOUN_OF[channel]} for {whole_seconds(silent_ns)} s"
    return Finding("visible", "quiet", f"{words}; REST knows none, asked {ago} s ago")


def _degraded(reason: Reason, text: str) -> Finding:
    state: State = "degraded"
    return Finding(state, reason, text)


def _span_words(span: Span, now_ns: int) -> str:
    times = span_words(span.from_ns, min(span.to_ns, now_ns))
    on = " and on" if span.grows else ""
    asked = f", asked {span.tries} times" if span.tries > 1 else ", asked once" * span.tries
    codes = _in_words(span.codes)
    noun = _NOUN_OF[span.channel]
    return f"{noun} {times}{on} unknown{asked}{codes}"


def _codes_of(facts: Facts, channel: Channel) -> str:
    """Say why what is unknown of a channel could not be had, each reason once."""
    return _in_words(dict.fromkeys(code for span in facts.spans.of(channel) for code in span.codes))


def _in_words(codes: Iterable[str]) -> str:
    return "".join(f", {code}" for code in codes)


_CHECKS: Final = (
    _find_blind,
    _find_start,
    _find_by_rest,
    _find_doubt,
    _find_span,
    _find_circumstance,
    _find_silence,
    _find_comparison,
    _find_calm,
)
