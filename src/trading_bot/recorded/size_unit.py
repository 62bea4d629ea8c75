"""What the sizes in a file's quotes count, told by the sizes themselves.

The provider counted round lots before 2025-11-03 and shares since; some files of older days have
been made anew in shares. Bids and offers rest in round lots: of sizes in shares practically all are
multiples of 100, of sizes in lots about one in a hundred is. So the date decides only where a file
shows too few sizes, and nobody's word is taken against the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from trading_bot.order_flow.config import QuoteSizeUnit

ENOUGH_SIZES: Final = 200
"""Non-zero sizes from which on they decide."""
_SHARES_FROM: Final = 90
_LOTS_UP_TO: Final = 10
"""Per cent of the sizes that are multiples of 100; between them the sizes tell nothing."""
_HUNDRED = 100
_FILES_NAMED = 3

DecidedBy = Literal["sizes", "date", "statement", "form"]


@dataclass(frozen=True, slots=True)
class SizeUnit:
    """What the quote sizes of one file count.

    Attributes:
        name: Of the file.
        unit: What they count.
        decided_by: What tells so.
        sizes: Non-zero sizes seen at the start of the file.
        hundreds: How many of them are multiples of 100.
    """

    name: str
    unit: QuoteSizeUnit
    decided_by: DecidedBy
    sizes: int
    hundreds: int

    @property
    def lots_as(self) -> QuoteSizeUnit | None:
        """The unit as readers take it; None where the date of each row decides."""
        return None if self.decided_by == "date" else self.unit

    @property
    def finding(self) -> str:
        """What they count, and what tells so, in words."""
        unit = "shares" if self.unit == "shares" else "round lots"
        seen = f"{self.hundreds:,} of {self.sizes:,} are multiples of 100"
        if self.decided_by == "sizes":
            return f"{unit}, told by the sizes: {seen}"
        if self.decided_by == "form":
            return f"{unit}, as files of this form count"
        if self.decided_by == "statement":
            return f"{unit}, as stated; {seen}"
        return f"{unit}, assumed by date; {seen}: too few to tell"

    @property
    def sentence(self) -> str:
        """The finding, with the file that it is of."""
        return f"Quote sizes of {self.name}: {self.finding}"

    def to_json_dict(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        return asdict(self)


def unit_lines(found: Iterable[SizeUnit]) -> list[str]:
    """Return what the sizes of files count, a line each; of many alike one line for all."""
    alike: dict[tuple[QuoteSizeUnit, DecidedBy], list[SizeUnit]] = {}
    for each in found:
        alike.setdefault((each.unit, each.decided_by), []).append(each)
    lines = []
    for group in alike.values():
        if len(group) <= _FILES_NAMED:
            lines += [each.sentence for each in group]
            continue
        sizes, hundreds = sum(each.sizes for each in group), sum(each.hundreds for each in group)
        whole = replace(group[0], name=f"{len(group):,} files", sizes=sizes, hundreds=hundreds)
        lines.append(whole.sentence)
    return lines


def size_unit(
    name: str,
    sizes: Iterable[int],
    *,
    by_date: QuoteSizeUnit,
    stated: QuoteSizeUnit | None,
    usual: QuoteSizeUnit | None = None,
) -> SizeUnit:
    """Decide what the sizes of one file count.

    Args:
        name: Of the file.
        sizes: As they are written, of sides whose round lot is 100 shares; zeros do not count.
        by_date: What the provider's date says.
        stated: What the user says; None for nothing.
        usual: What files of its form usually count, in place of the date's word; None for nothing.

    Raises:
        ValueError: The sizes contradict what the user says.
    """
    seen = [size for size in sizes if size]
    hundreds = sum(size % _HUNDRED == 0 for size in seen)
    told: QuoteSizeUnit | None = None
    if len(seen) >= ENOUGH_SIZES:
        if _HUNDRED * hundreds >= _SHARES_FROM * len(seen):
            told = "shares"
        elif _HUNDRED * hundreds <= _LOTS_UP_TO * len(seen):
            told = "round_lots"
    if stated is not None and told not in (None, stated):
        raise ValueError(
            f"{name} is said to hold quote sizes in {stated} (quote_size_unit), and holds "
            f"{told}: {hundreds:,} of {len(seen):,} sizes are multiples of 100; leave "
            "--quote-size-unit and the setting away, or name the right one"
        )
    if told is not None:
        return SizeUnit(name, told, "sizes", len(seen), hundreds)
    if stated is not None:
        return SizeUnit(name, stated, "statement", len(seen), hundreds)
    if usual is not None:
        return SizeUnit(name, usual, "form", len(seen), hundreds)
    return SizeUnit(name, by_date, "date", len(seen), hundreds)


def fixed_unit(
    name: str, sizes: Iterable[int], unit: QuoteSizeUnit, stated: QuoteSizeUnit | None
) -> SizeUnit:
    """Return what the sizes of a file count whose form fixes it.

    Args:
        name: Of the file.
        sizes: As they are written; zeros do not count.
        unit: What its form says.
        stated: What the user says; None for nothing.

    Raises:
        ValueError: The user says something else.
    """
    if stated not in (None, unit):
        raise ValueError(
            f"{name} is said to hold quote sizes in {stated} (quote_size_unit), and files of its "
            f"form count {unit}; leave --quote-size-unit and the setting away"
        )
    seen = [size for size in sizes if size]
    hundreds = sum(size % _HUNDRED == 0 for size in seen)
    return SizeUnit(name, unit, "form", len(seen), hundreds)
