"""What a symbol's ledger wants to know of REST, and when; pure: every time is given.

Which question's turn it is, the budget decides: here stands what there is to ask. Pulses and audits
that go round all symbols are the budget's as well; those here are the ones that end a doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from .findings import Facts
from .marks import CALM_NS, ChannelMarks
from .reasons import JUDGED_CHANNELS, Channel, Question
from .spans import MATTERS_NS, Spans

Kind = Literal["fill", "tape_now", "audit", "pulse", "newest"]
Asked = dict[tuple[Kind, Channel], int]
"""When a kind of question was asked of a channel last."""
AGAIN_NS: Final[Mapping[Kind, int]] = {
    "tape_now": 5 * NS_PER_SECOND,
    "audit": 10 * NS_PER_SECOND,
    "pulse": 6 * NS_PER_SECOND,
    "newest": 60 * NS_PER_SECOND,
}
"""How far apart two questions of a kind are."""


def fills_due(symbol: str, spans: Spans, now_ns: int) -> tuple[Question, ...]:
    """Return the questions for unknown spans, each cut to what matters.

    Args:
        symbol: Whose.
        spans: What is unknown.
        now_ns: The present, or the close while the market is closed.
    """
    return tuple(
        Question(symbol, "fill", span.channel, from_ns, to_ns, span.number)
        for span in spans.open
        if span.again_ns <= now_ns
        and (from_ns := max(span.from_ns, (to_ns := min(span.to_ns, now_ns)) - MATTERS_NS)) < to_ns
    )


def doubts_due(
    symbol: str, facts: Facts, asked: Asked, early_audit_ns: int
) -> tuple[Question, ...]:
    """Return the questions that a doubt or a silence asks.

    Args:
        symbol: Whose.
        facts: What is known of it; the market is open.
        asked: When each kind was asked last.
        early_audit_ns: When the channel was subscribed that is to be compared before its turn.
    """
    found = []
    for channel in JUDGED_CHANNELS:
        marks = facts.marks[channel]
        from_ns = max(min(marks.proved_ns, marks.doubt_ns), facts.now_ns - MATTERS_NS)
        if marks.doubt is None:
            from_ns = max(marks.proved_ns, facts.now_ns - MATTERS_NS)
        for kind in _wanted(facts, channel, marks, early_audit_ns):
            asked_ns = asked.get((kind, channel), FAR_PAST_NS)
            if facts.now_ns - asked_ns >= AGAIN_NS[kind]:
                found.append(Question(symbol, kind, channel, from_ns, facts.now_ns))
    return tuple(found)


def _wanted(
    facts: Facts, channel: Channel, marks: ChannelMarks, early_audit_ns: int
) -> Iterator[Kind]:
    now_ns = facts.now_ns
    silent_ns = marks.silence_ns(now_ns)
    is_silent = marks.is_subscribed and silent_ns > facts.allowance_ns(marks)
    # Asked once a silence; while it lasts the pulse vouches, and the tape where no pulse does.
    is_unheard = now_ns - marks.vouched_at_ns >= min(silent_ns, marks.asked_after_ns)
    if marks.behind_at_ns != FAR_FUTURE_NS or (is_silent and is_unheard):
        yield "tape_now"
    if is_silent and silent_ns > marks.quiet_limit_ns():
        yield "newest"
    if channel == "trades" and now_ns - min(early_audit_ns, _doubted_at_ns(marks)) >= CALM_NS:
        yield "audit"
    if channel == "quotes" and marks.doubt is not None:
        yield "pulse"


def _doubted_at_ns(marks: ChannelMarks) -> int:
    return FAR_FUTURE_NS if marks.doubt is None else marks.doubt_ns
