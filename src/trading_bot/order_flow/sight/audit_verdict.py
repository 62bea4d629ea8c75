"""What an audit asks for, and what it finds; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from ..market.events import TradeEvent
from ..market.units import NS_PER_SECOND, cut_to
from .slot import SLOT_NS
from .tally import Tally

LONGEST_AUDIT_NS: Final = 370 * NS_PER_SECOND
"""The longest window: what came before it changes no judgement."""
Unequal = Literal["missing", "surplus", "shares", "count"]
"""In what a slot is not equal; see the table of `audit`."""


@dataclass(frozen=True, slots=True)
class AuditSpan:
    """What an audit asks for and compares.

    Attributes:
        from_ns: First stamp compared; the beginning of a slot.
        until_ns: Compared up to here, without it; the end of a slot.
        ask_from_ns: From when to ask: a stamp that the stream has rounded may lie in the slot
            before.
    """

    from_ns: int
    until_ns: int
    ask_from_ns: int


@dataclass(frozen=True, slots=True)
class SlotDifference:
    """One slot that is not equal.

    Attributes:
        from_ns: Its first stamp.
        until_ns: The first stamp after it.
        why: `missing`, `surplus`, `shares` or `count`; see the table.
        judged_count: Prints judged.
        tape_count: Rows of REST that count.
        judged_size: Millionths of a share judged.
        tape_size: The same of those rows.
    """

    from_ns: int
    until_ns: int
    why: Unequal
    judged_count: int
    tape_count: int
    judged_size: int
    tape_size: int


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What an audit found.

    Attributes:
        span: What was compared.
        proved_ns: Equal up to here.
        missing: Rows that were never judged, oldest first: to be judged late.
        differences: The slots that are not equal, oldest first.
        ids_agree: False where count and shares had to do, since stream and REST name the same
            prints differently; None where no key said anything.
        withdrawn: Rows of prints that were judged, and withdrawn at the exchange since.
    """

    span: AuditSpan
    proved_ns: int
    missing: tuple[TradeEvent, ...]
    differences: tuple[SlotDifference, ...]
    ids_agree: bool | None
    withdrawn: tuple[TradeEvent, ...] = ()

    @property
    def is_equal(self) -> bool:
        """True where every slot is."""
        return not self.differences


def span_to_audit(
    proved_ns: int, now_ns: int, settle_ns: int, tally: Tally, step_ns: int
) -> AuditSpan | None:
    """Return the whole slots to compare next, None where there are none.

    It begins where the last audit ended, or later where the tally does not reach so far back or no
    window does: what lies between was never compared, and the caller says so.

    Args:
        proved_ns: Compared up to here already.
        now_ns: The present, Unix nanoseconds.
        settle_ns: What is younger may be incomplete at REST.
        tally: What was judged.
        step_ns: Step of the provider's live stamps.
    """
    begin_ns = max(proved_ns, tally.counted_from_ns, now_ns - LONGEST_AUDIT_NS)
    from_ns = begin_ns + -begin_ns % SLOT_NS
    until_ns = cut_to(now_ns - settle_ns, SLOT_NS)
    return AuditSpan(from_ns, until_ns, from_ns - step_ns) if from_ns < until_ns else None


def still_known(span: AuditSpan, tally: Tally) -> AuditSpan | None:
    """Return what of a span can be compared still, now that its answer has come; None for nothing.

    A tally forgets while the question is under way: what it forgot would be found missing.

    Args:
        span: As it was asked for.
        tally: What was judged.
    """
    known_ns = tally.counted_from_ns
    from_ns = max(span.from_ns, known_ns + -known_ns % SLOT_NS)
    return replace(span, from_ns=from_ns) if from_ns < span.until_ns else None
