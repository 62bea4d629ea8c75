"""The audit: REST's tape of a span against the tally, slot by slot of 5 s; pure.

    a slot where                                          is        and
    every judged print is a row and every row judged      equal
    rows lack among those judged                          missing   they are judged late
    judged prints lack among the rows                     surplus   only said
    keys agree, and shares do not                         shares    only said
    keys are not kept, and count or shares do not agree   count     only said
    keys do not agree, count and shares do                equal     `ids_agree` is False
    the same elsewhere, and count or shares do not agree  count     only said: who lacks is unknown

Not compared: rows below one share, rows that the caller set aside, prints taken back. A row of a
withdrawn print (correction 7, 8, 10, 11, 12) excuses one judged print of its key, and demands none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from ..market.events import TradeEvent
from ..market.trade_conditions import CORRECTIONS
from ..market.units import UNITS_PER_SHARE, cut_to
from .audit_verdict import AuditSpan, AuditVerdict, SlotDifference, Unequal
from .slot import SLOT_NS, Slot
from .tally import Tally, print_key

WITHDRAWN_CORRECTIONS: Final = frozenset(
    code for code, verdict in CORRECTIONS.items() if not verdict.volume
)
"""Codes of prints that were cancelled, found wrong, or are records of such a change."""


LEAST_RENAMED: Final = 2
"""So many rows that lack, and as many judged that no row met, are the same by other names."""


class _Compared:
    """What was judged of one slot when the audit began, and the rows that came in since."""

    __slots__ = (
        "from_ns",
        "has_keys",
        "judged_count",
        "judged_size",
        "missing",
        "spare_count",
        "spare_size",
        "tape_count",
        "tape_size",
        "unmet",
    )

    def __init__(self, slot: Slot) -> None:
        self.from_ns = slot.from_ns
        self.judged_count, self.judged_size = slot.count, slot.size
        self.has_keys = not slot.forgotten
        # Judged keys that no row has met yet, and rows that met none.
        self.unmet = Counter(slot.keys) if self.has_keys else Counter()
        self.missing: list[TradeEvent] = []
        # The rows that count, and those of withdrawn prints, which may have been judged or not.
        self.tape_count = self.tape_size = 0
        self.spare_count = self.spare_size = 0

    def meet(self, key: int) -> bool:
        """Let a row meet a judged print of its key; False where there is none."""
        if self.unmet[key] <= 0:
            return False
        self.unmet[key] -= 1
        return True

    def count_row(self, row: TradeEvent) -> None:
        """Count a row that stands."""
        self.tape_count += 1
        self.tape_size += row.size

    def count_spare(self, row: TradeEvent) -> None:
        """Count a row that was withdrawn at the exchange."""
        self.spare_count += 1
        self.spare_size += row.size

    @property
    def surplus(self) -> int:
        """How many judged prints no row has met."""
        return self.unmet.total()

    @property
    def agrees(self) -> bool:
        """True where count and shares are those judged."""
        count, size = self.tape_count, self.tape_size
        return (
            count <= self.judged_count <= count + self.spare_count
            and size <= self.judged_size <= size + self.spare_size
        )


class Audit:
    """One audit: made when the answer came, given its rows slice by slice, asked for a verdict.

    Args:
        span: From `span_to_audit`.
        tally: What was judged.
        step_ns: Step of the provider's live stamps.
        set_aside: Keys of rows that are not to be judged.
    """

    __slots__ = (
        "_met_venues",
        "_seen",
        "_set_aside",
        "_slots",
        "_span",
        "_step_ns",
        "_tally",
        "_withdrawn",
    )

    def __init__(
        self, span: AuditSpan, tally: Tally, step_ns: int, set_aside: Collection[int] = ()
    ) -> None:
        self._span = span
        self._tally = tally
        self._step_ns = step_ns
        self._set_aside = set_aside
        self._slots = {
            from_ns: _Compared(tally.slot_of(from_ns) or Slot(from_ns))
            for from_ns in range(span.from_ns, span.until_ns, SLOT_NS)
        }
        self._seen: set[tuple[int, bool]] = set()
        self._withdrawn: list[tuple[int, TradeEvent]] = []
        self._met_venues: set[tuple[int, int]] = set()

    def take(self, rows: Iterable[TradeEvent]) -> None:
        """Take some rows of the answer, in any order; repeated ones do no harm.

        Rows outside the span are passed over. A row without id and number is never a repeated one.
        """
        for row in rows:
            key = print_key(row.exchange, row.trf_id, row.trade_id, row.sequence)
            is_withdrawn = row.correction in WITHDRAWN_CORRECTIONS
            if row.trade_id or row.sequence:
                if (key, is_withdrawn) in self._seen:
                    continue
                self._seen.add((key, is_withdrawn))
            if is_withdrawn:
                # Last of all: one that stands has the first right to its key.
                self._withdrawn.append((key, row))
            elif row.size >= UNITS_PER_SHARE and key not in self._set_aside:
                self._compare(row, key)

    def verdict(self, *, ids_agree: bool = True) -> AuditVerdict:
        """Return what was found, once all pages were taken; to be asked once.

        Args:
            ids_agree: False where earlier audits found that ids do not agree.
        """
        withdrawn: list[TradeEvent] = []
        for key, row in self._withdrawn:
            slot = self._slot_of(row)
            if slot is not None:
                withdrawn += [row] if slot.meet(key) else []
                slot.count_spare(row)
        slots = self._slots.values()
        is_renamed = [self._is_renamed(slot) for slot in slots]
        trusts_ids = ids_agree and not any(is_renamed)
        missing: list[TradeEvent] = []
        differences: list[SlotDifference] = []
        for slot, renamed in zip(slots, is_renamed, strict=True):
            certain = self._certain(slot, trusts_ids=trusts_ids)
            if not renamed and (why := _why(slot, certain)):
                missing += certain
                differences.append(_difference(slot, why))
        missing.sort(key=lambda row: (row.sip_ns, row.sequence))
        return AuditVerdict(
            self._span,
            differences[0].from_ns if differences else self._span.until_ns,
            tuple(missing),
            tuple(differences),
            False if any(is_renamed) else True if self._met_venues else None,
            tuple(withdrawn),
        )

    def _compare(self, row: TradeEvent, key: int) -> None:
        own = self._slot_of(row)
        if own is not None and own.meet(key):
            self._count_met(own, row)
            return
        # A stream that rounds its stamps brings a print in the slot after its own.
        after_ns = cut_to(row.sip_ns, SLOT_NS) + SLOT_NS
        after = self._slots.get(after_ns)
        if after is not None and after.meet(key):
            self._count_met(after, row)
        elif own is None or self._tally.has_withdrawn(key):
            return
        elif not own.has_keys:
            own.count_row(row)
        elif after is not None or not self._tally.holds(key, after_ns):
            own.count_row(row)
            # One that was judged by another stamp differs, and is not to be judged again.
            is_named = bool(row.trade_id or row.sequence)
            if not is_named or not self._tally.knows(key, row.sip_ns):
                own.missing.append(row)

    def _count_met(self, slot: _Compared, row: TradeEvent) -> None:
        slot.count_row(row)
        self._met_venues.add((row.exchange, row.trf_id))

    def _slot_of(self, row: TradeEvent) -> _Compared | None:
        return self._slots.get(cut_to(row.sip_ns, SLOT_NS))

    def _is_renamed(self, slot: _Compared) -> bool:
        """Return whether a slot's own prints bear other keys: count and shares agree."""
        venues = {(row.exchange, row.trf_id) for row in slot.missing}
        is_met = not venues.isdisjoint(self._met_venues)
        if not slot.agrees or not slot.missing or not slot.surplus:
            return False
        return _has_as_many(slot) or not is_met

    def _certain(self, slot: _Compared, *, trusts_ids: bool) -> list[TradeEvent]:
        """Return the rows of which it is certain that they were not judged under another key."""
        if _has_as_many(slot):
            return []
        if trusts_ids or not slot.surplus:
            return slot.missing
        return [row for row in slot.missing if (row.exchange, row.trf_id) in self._met_venues]


def _has_as_many(slot: _Compared) -> bool:
    """Return whether as many were judged that no row met, which is no accident with two of them."""
    return slot.surplus >= len(slot.missing) >= LEAST_RENAMED


def _why(slot: _Compared, certain: list[TradeEvent]) -> Unequal | None:
    """Return in what a slot is not equal."""
    if certain:
        return "missing"
    if slot.missing or (not slot.has_keys and not slot.agrees):
        return "count"
    if slot.surplus:
        return "surplus"
    return None if slot.agrees else "shares"


def _difference(slot: _Compared, why: Unequal) -> SlotDifference:
    return SlotDifference(
        slot.from_ns,
        slot.from_ns + SLOT_NS,
        why,
        slot.judged_count,
        slot.tape_count,
        slot.judged_size,
        slot.tape_size,
    )
