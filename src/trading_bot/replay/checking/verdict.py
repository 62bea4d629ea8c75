"""What a replay of recorded files would come to, in sentences and as its exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from trading_bot.recorded.account import ONE_LOST_OF, RowAccount, refusals_said
from trading_bot.recorded.size_unit import unit_lines
from trading_bot.replay.checking.facts import FileFacts
from trading_bot.replay.checking.reading import Checked
from trading_bot.replay.data_words import LOSSES

_DAYS_NAMED = 5


class Verdict:
    """What was found, judged by the rule of the account of rows.

    Args:
        found: What the files hold.
        accept_losses: True when the user takes losses as they are.

    Attributes:
        problems: Why a replay cannot play these files.
        warnings: What of them it would lose.
        status: Exit status with which a replay would end, as far as it is known.
    """

    def __init__(self, found: Checked, *, accept_losses: bool = False) -> None:
        self._found = found
        self._files = [each for each in found.files if each.problem is None]
        self.problems = [
            *(each.problem for each in found.files if each.problem is not None),
            *found.problems,
        ]
        self.warnings = [
            *(sentence for account in found.accounts for sentence in account.warnings()),
            *([] if found.accounts or not self._files else self._by_samples()),
        ]
        is_lost = bool(self.warnings) and not accept_losses
        self.status = LOSSES if self.problems or is_lost else 0

    def total_lines(self) -> list[str]:
        """Return what all files come to, the worst first and the verdict last."""
        files = self._files
        symbols = set[str]().union(*(each.symbols for each in files))
        days = sorted({each for file in files for each in file.days})
        unusable = len(self._found.files) - len(files)
        lines = [
            *(f"  WARNING: {sentence}" for sentence in self.warnings),
            *(f"  {line}" for account in self._found.accounts for line in _counts(account)),
            f"  {counted(len(files), 'file')} with {counted(len(symbols), 'symbol')} and "
            f"{counted(len(days), 'day')}" + (f"; {unusable:,} not usable" if unusable else ""),
        ]
        if not self._found.accounts and files:
            seen = sum(each.looked_at for each in files)
            unseen = sum(not each.looked_at and not each.whole for each in files)
            lines.append(
                f"  Told by {counted(seen, 'row')} of them, not by all"
                + (f"; {counted(unseen, 'file')} not looked at, for time" if unseen else "")
                + "; --full reads every row"
            )
        return [*lines, f"  {self.sentence}"]

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self._found.problems:
            return f"Cannot be replayed so: {'; '.join(self._found.problems)}"
        if self.problems:
            return "Cannot be replayed so: leave out or mend what is not usable"
        known = "" if self._found.accounts else ", by what was looked at"
        if self.status:
            return (
                f"A replay would end with exit status 2{known}; --accept-losses takes it as it is"
            )
        if self.warnings:
            return f"Can be replayed{known}, with the losses above"
        return f"Can be replayed{known}"

    def to_json_dict(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        found = self._found
        return {
            "status": self.status,
            "verdict": self.sentence,
            "every_row_read": bool(found.accounts),
            "problems": self.problems,
            "warnings": self.warnings,
            "files": [each.to_json_dict() for each in found.files],
            "accounts": [each.to_json_dict() | {"lines": each.lines()} for each in found.accounts],
        }

    def _by_samples(self) -> Iterator[str]:
        """Yield what the rows that were looked at tell of the others."""
        files = self._files
        if not any(each.usable for each in files):
            yield "no row was seen that can be used, so nothing is known"
            return
        refused = Counter[tuple[str, str]]()
        for each in files:
            refused += each.refused
        seen = sum(each.looked_at for each in files)
        if refused.total() * ONE_LOST_OF > seen:
            yield (
                f"{refused.total():,} of {seen:,} rows looked at ({refused.total() / seen:.1%}) "
                f"cannot be read: {refusals_said(refused)}"
            )
        if all(each.outside == each.usable for each in files):
            yield "every row looked at is outside the session: nothing would be judged"
        yield from _days_without_quotes(files)


def _counts(account: RowAccount) -> Iterator[str]:
    """Yield the lines of an account; what quote sizes count stands with each file."""
    units = unit_lines(account.units)
    return (line for line in account.lines() if line not in units)


def _days_without_quotes(files: list[FileFacts]) -> Iterator[str]:
    traded = {each for file in files for each in file.trade_days}
    quoted = {each for file in files for each in file.quote_days}
    if not traded:
        return
    if not quoted:
        yield "trades and no quotes at all: without quotes of their day none of them is judged"
        return
    # A day between others may well be there, and was passed over.
    missing = sorted(day for day in traded if not min(quoted) <= day <= max(quoted))
    for day in missing[:_DAYS_NAMED]:
        yield f"{day}: trades, and no quotes of that day were seen"
    if len(missing) > _DAYS_NAMED:
        yield f"{len(missing) - _DAYS_NAMED:,} more days have trades and no quotes"


def counted(number: int, name: str) -> str:
    """Return how many of something, in words."""
    return f"{number:,} {name}{'s'[: number != 1]}"
