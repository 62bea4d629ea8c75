"""Which prints count for volume, which may be signed, and why the others do not.

A print carries condition ids and a correction code. Several conditions combine with AND: the print
counts only if each of them lets it. The ids are those of the provider's `/v3/reference/conditions`
with `data_type=trade` (https://massive.com/docs/rest/stocks/market-operations/condition-codes);
whether a print of a kind tells of present supply and demand is judged here: a price agreed
elsewhere, earlier or for a package moves no window and has no aggressor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .units import NS_PER_SECOND

LATE_PRINT_NS: Final = 5 * NS_PER_SECOND
"""A print reported more than this after it was made leaves the windows."""
FORM_T: Final = 12
"""Extended-hours trade; inside the regular session it marks a late report."""

_CACHE_LIMIT: Final = 4_096


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a print may be used for.

    Attributes:
        volume: It counts in the rolling windows.
        side: Its aggressor may be inferred; never without `volume`.
        reason: One stable word for why it is not used fully; None for a regular print.
    """

    volume: bool
    side: bool
    reason: str | None


REGULAR = Verdict(volume=True, side=True, reason=None)


def _excluded(reason: str) -> Verdict:
    return Verdict(volume=False, side=False, reason=reason)


def _volume_only(reason: str) -> Verdict:
    return Verdict(volume=True, side=False, reason=reason)


CONDITIONS: Mapping[int, Verdict] = {
    0: REGULAR,  # regular sale
    1: _volume_only("negotiated"),  # acquisition
    2: _excluded("average_price"),
    3: REGULAR,  # automatic execution
    4: _volume_only("bunched"),
    5: _excluded("late_report"),  # bunched, sold late
    6: _excluded("cap_election"),
    7: _excluded("settlement"),  # cash sale
    8: _excluded("auction"),  # closing prints
    9: _excluded("cross"),
    10: _excluded("derivatively_priced"),
    11: _volume_only("negotiated"),  # distribution
    FORM_T: REGULAR,  # in the extended session; see `verdict`
    13: _excluded("out_of_sequence"),  # extended hours, sold out of sequence
    14: REGULAR,  # intermarket sweep
    15: _excluded("official_price"),  # market center official close
    16: _excluded("official_price"),  # market center official open
    17: _excluded("auction"),  # market center opening trade
    18: _excluded("auction"),  # market center reopening trade
    19: _excluded("auction"),  # market center closing trade
    20: _excluded("settlement"),  # next day
    21: _excluded("price_variation"),
    22: _excluded("prior_reference_price"),
    23: _volume_only("negotiated"),  # rule 155
    24: _volume_only("negotiated"),  # rule 127
    25: _excluded("auction"),  # opening prints
    27: _volume_only("stopped_stock"),
    28: _excluded("auction"),  # re-opening prints
    29: _excluded("settlement"),  # seller's option
    30: _volume_only("sold_last"),
    31: _excluded("late_report"),  # stopped stock, sold last
    32: _excluded("out_of_sequence"),
    33: _excluded("late_report"),  # stopped stock, out of sequence
    34: REGULAR,  # split trade
    35: _excluded("package_leg"),  # stock option
    36: REGULAR,  # yellow flag
    37: REGULAR,  # odd lot
    38: _excluded("correction"),  # corrected consolidated close
    41: REGULAR,  # trade-through exempt, a qualifier
    44: _excluded("cancelled"),
    46: _excluded("correction"),
    47: _excluded("late_report"),  # as of
    48: _excluded("correction"),  # as-of correction
    49: _excluded("cancelled"),  # as-of cancel
    51: _excluded("summary"),
    52: _excluded("contingent"),
    53: _excluded("contingent"),  # qualified contingent
    54: _excluded("erroneous"),
    55: _excluded("auction"),  # opening / reopening trade detail
    # Short-sale restriction and financial status: attributes of the stock, not of the print.
    **dict.fromkeys((*range(57, 61), *range(62, 72)), REGULAR),
}
"""What each listed condition lets a print be used for."""

CORRECTIONS: Mapping[int, Verdict] = {
    0: REGULAR,
    1: REGULAR,  # the original, carrying its corrected data
    7: _excluded("erroneous"),  # later marked as an error
    8: _excluded("cancelled"),  # later cancelled
    10: _excluded("cancelled"),  # cancel record
    11: _excluded("erroneous"),  # error record
    12: _excluded("correction"),  # correction record, holds the wrong original
}
"""What each correction code of the tape lets a print be used for."""

_UNKNOWN_CONDITION = _volume_only("unknown_condition")
_UNKNOWN_CORRECTION = _volume_only("unknown_correction")
_FORM_T_IN_SESSION = _excluded("form_t")
_NO_VOLUME = _excluded("no_volume")
_PROVIDER_ONLY = _volume_only("provider_only")


class TradeConditions:
    """Judges prints by their conditions, and remembers each combination it has seen.

    Args:
        conditions: Verdict per condition id.

    Attributes:
        unknown_seen: Condition ids met that the table does not hold. The caller warns of each once.
    """

    __slots__ = ("_cache", "_conditions", "unknown_seen")

    def __init__(self, conditions: Mapping[int, Verdict] = CONDITIONS) -> None:
        self._conditions = conditions
        self._cache: dict[tuple[tuple[int, ...], int, bool], Verdict] = {}
        self.unknown_seen: set[int] = set()

    @classmethod
    def from_reference(cls, records: Iterable[Mapping[str, object]]) -> TradeConditions:
        """Let the provider's own list correct the table, always towards caution.

        Only records with `trade` among their `data_types` count, since ids repeat across types. A
        listed id whose consolidated rule says that it updates no volume never counts (`no_volume`,
        unless the table excludes it for a reason of its own). An id that the table lacks becomes
        known: its volume counts unless its rule says otherwise, its side is never inferred
        (`provider_only`). Nothing that the table excludes or leaves unsigned becomes usable.

        Args:
            records: Entries of `results`; one without an integer id is skipped.
        """
        table = dict(CONDITIONS)
        for record in records:
            identity = record.get("id")
            kinds = record.get("data_types")
            if not isinstance(identity, int) or not isinstance(kinds, list) or "trade" not in kinds:
                continue
            known = table.get(identity, _PROVIDER_ONLY)
            table[identity] = known if _updates_volume(record) or not known.volume else _NO_VOLUME
        return cls(table)

    @property
    def table(self) -> Mapping[int, Verdict]:
        """The verdict of each condition id that is known."""
        return self._conditions

    def verdict(self, conditions: tuple[int, ...], correction: int, extended: bool) -> Verdict:
        """Judge a print.

        Args:
            conditions: Its condition ids; empty for a regular sale.
            correction: Its correction code, 0 for a regular print.
            extended: True when it lies outside the regular session and that session is judged; only
                then does Form T count.

        Returns:
            What it may be used for. The reason is that of the correction code, else of the first
            condition that takes most away.
        """
        if not conditions and not correction:
            return REGULAR
        asked = (conditions, correction, extended)
        found = self._cache.get(asked)
        if found is None:
            found = self._judge(conditions, correction, extended)
            if len(self._cache) >= _CACHE_LIMIT:
                self._cache.clear()
            self._cache[asked] = found
        return found

    def _judge(self, conditions: tuple[int, ...], correction: int, extended: bool) -> Verdict:
        verdict = CORRECTIONS.get(correction, _UNKNOWN_CORRECTION)
        for condition in conditions:
            single = self._conditions.get(condition)
            if single is None:
                self.unknown_seen.add(condition)
                single = _UNKNOWN_CONDITION
            elif condition == FORM_T and not extended and single.volume:
                single = _FORM_T_IN_SESSION
            if single.volume < verdict.volume or (verdict.volume and single.side < verdict.side):
                verdict = single
        return verdict


def is_late(sip_ns: int, participant_ns: int | None) -> bool:
    """Return whether a print reached the tape more than 5 s after it was made.

    Off-exchange prints may be reported minutes late without any condition that says so. A print
    without a participant stamp is taken as punctual.
    """
    return participant_ns is not None and sip_ns - participant_ns > LATE_PRINT_NS


def _updates_volume(record: Mapping[str, object]) -> bool:
    """Read the consolidated volume rule; a record without one takes nothing away."""
    rules = record.get("update_rules")
    consolidated = rules.get("consolidated") if isinstance(rules, Mapping) else None
    return not isinstance(consolidated, Mapping) or consolidated.get("updates_volume") is not False
