"""What became of every row of recorded data: refused for its form, not judged, or judged.

Readers add what they read, refuse and leave; whoever judges adds the rest. Of each kind it adds up:
rows read = refused + not judged + judged. What a user loses is told apart from what nobody wanted:
a loss is a row refused for its form, or a print of a session of which there is no quote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from trading_bot.recorded.size_unit import SizeUnit, unit_lines

Kind = Literal["trades", "quotes", "unreadable"]
KINDS: Final[tuple[Kind, ...]] = ("trades", "quotes", "unreadable")
ONE_LOST_OF: Final = 100
"""More than one row lost of so many is too much to speak of the rest."""
NO_QUOTES: Final = "no_quotes_of_their_day"
NO_CONDITIONS: Final = "trades_without_sale_conditions"
"""By this name trades are noted of a file that does not have the column."""
NOT_WANTED: Final = ("other_symbol", "outside_time")
_DAYS_NAMED = 5
_DAYS_LISTED = 10
_WORDS: Mapping[str, str] = {"outside_session": "outside the session"}


@dataclass(slots=True)
class KindAccount:
    """The rows of one kind.

    Attributes:
        read: All of them.
        refused: Those that cannot be read, by column and reason.
        not_judged: Those that can, and were not judged, by reason.
        judged: Those that were judged.
    """

    read: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_judged: Counter[str] = field(default_factory=Counter)
    judged: int = 0

    def refuse(self, column: str, reason: str, rows: int = 1) -> None:
        """Count rows that cannot be used as they are written.

        Args:
            column: Whose content is at fault.
            reason: What is wrong with it, in one word.
            rows: How many.
        """
        self.refused[column, reason] += rows

    def leave(self, reason: str, rows: int = 1) -> None:
        """Count rows that are in order and are not judged."""
        self.not_judged[reason] += rows


@dataclass(slots=True)
class RowAccount:
    """The rows of all files that are read together.

    Attributes:
        trades: Prints.
        quotes: Quotes and books.
        unreadable: Lines that do not even tell what they hold.
        without_quotes: Prints that would be judged if there were a quote of their day, by symbol
            and day; they become judged with the first such quote.
        units: What the quote sizes of each file count.
        notes: What else is to be said, by name: it changes no sum.
        refused_in: The refused rows once more, by file, column and reason.
        days: Sessions in New York in which rows lie.
        forms: What each file holds, in words, where its reader tells it.
        books: How many quotes came with up to ten levels a side, where its reader tells it.
    """

    trades: KindAccount = field(default_factory=KindAccount)
    quotes: KindAccount = field(default_factory=KindAccount)
    unreadable: KindAccount = field(default_factory=KindAccount)
    without_quotes: Counter[tuple[str, date]] = field(default_factory=Counter)
    units: list[SizeUnit] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    refused_in: Counter[tuple[Path, str, str]] = field(default_factory=Counter)
    days: set[date] = field(default_factory=set)
    books: int = 0
    forms: dict[Path, list[str]] = field(default_factory=lambda: defaultdict(list))

    def of(self, kind: Kind) -> KindAccount:
        """Return the rows of one kind."""
        return {"trades": self.trades, "quotes": self.quotes, "unreadable": self.unreadable}[kind]

    @property
    def read(self) -> int:
        """Rows read, of all kinds."""
        return sum(self.of(kind).read for kind in KINDS)

    @property
    def judged(self) -> int:
        """Rows judged, of all kinds."""
        return sum(self.of(kind).judged for kind in KINDS)

    def not_judged(self, kind: Kind) -> dict[str, int]:
        """Return the rows of a kind that were not judged, by reason."""
        found = Counter(self.of(kind).not_judged)
        if kind == "trades":
            found[NO_QUOTES] += self.without_quotes.total()
        return dict(sorted((+found).items()))

    def lost(self, kind: Kind) -> int:
        """Return how many rows of a kind are lost."""
        waiting = self.without_quotes.total() if kind == "trades" else 0
        return self.of(kind).refused.total() + waiting

    def wanted(self, kind: Kind) -> int:
        """Return how many rows of a kind were asked for: all but other symbols and times."""
        account = self.of(kind)
        return account.read - sum(account.not_judged[reason] for reason in NOT_WANTED)

    def loses_too_much(self, kind: Kind) -> bool:
        """Return whether more than one in a hundred rows that were wanted is lost."""
        return self.lost(kind) * ONE_LOST_OF > self.wanted(kind)

    def stop(self) -> None:
        """Count what was read and was not needed any more, where reading ends before the files.

        Whether a quote would have come for prints that wait for one is not known then.
        """
        self.trades.leave("not_reached", self.without_quotes.total())
        self.without_quotes.clear()
        for kind in KINDS:
            account = self.of(kind)
            rest = account.read - account.refused.total() - account.judged
            rest -= sum(self.not_judged(kind).values())
            if rest:
                account.leave("not_reached", rest)

    def warnings(self) -> list[str]:
        """Return what must be said before any result, worst first; empty when nothing is amiss."""
        return [*self._days_without_quotes(), *self._nothing_judged(), *self._losses()]

    def lines(self) -> list[str]:
        """Return the account for a reader, a line each kind, and what quote sizes count."""
        lines = [_days_line(sorted(self.days))] if self.days else []
        lines += [self._line(kind) for kind in ("trades", "quotes")]
        if self.unreadable.read:
            lines.append(self._line("unreadable"))
        if self.books:
            lines.append(f"Depth: {_rows(self.books, 'book')} of up to ten levels a side")
        lines += unit_lines(self.units)
        bare = self.notes[NO_CONDITIONS]
        if bare:
            lines.append(
                f"Of {_rows(bare, 'trade')} no sale conditions are stated: auctions, average "
                "prices and late reports count as present supply and demand"
            )
        others = Counter({name: count for name, count in self.notes.items() if count})
        del others[NO_CONDITIONS]
        if others:
            lines.append(f"Also: {_listed(others)}")
        return lines

    def to_json_dict(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        kinds: dict[str, Any] = {
            kind: {
                "read": account.read,
                "refused": _by_column(account.refused),
                "not_judged": self.not_judged(kind),
                "judged": account.judged,
                "lost": self.lost(kind),
            }
            for kind in KINDS
            if (account := self.of(kind)).read or kind != "unreadable"
        }
        return {
            **kinds,
            **({"books_with_levels": self.books} if self.books else {}),
            "quote_size_units": [each.to_json_dict() for each in self.units],
            "notes": dict(sorted(self.notes.items())),
            "days": [day.isoformat() for day in sorted(self.days)],
        }

    def _days_without_quotes(self) -> Iterator[str]:
        days = sorted(each for each, count in self.without_quotes.items() if count)
        for symbol, day in days[:_DAYS_NAMED]:
            count = self.without_quotes[symbol, day]
            yield (
                f"{symbol} {day}: {_rows(count, 'trade')} in the session and no quotes of that "
                "day with bid and ask: without them nothing of it can be judged"
            )
        if len(days) > _DAYS_NAMED:
            yield f"{len(days) - _DAYS_NAMED:,} more symbol-days have trades and no quotes"

    def _nothing_judged(self) -> Iterator[str]:
        if self.judged:
            return
        if not self.read:
            yield "nothing was judged: the files hold no rows"
            return
        found = "; ".join(self._line(kind) for kind in KINDS if self.of(kind).read)
        yield f"nothing was judged, so nothing is known: {found}"

    def _losses(self) -> Iterator[str]:
        for kind in KINDS:
            if self.loses_too_much(kind):
                lost, wanted = self.lost(kind), self.wanted(kind)
                yield (
                    f"{lost:,} of {wanted:,} {_name(kind)} ({lost / wanted:.1%}) are lost: "
                    f"{self._causes(kind)}"
                )

    def _causes(self, kind: Kind) -> str:
        parts = [refusals_said(self.of(kind).refused)] if self.of(kind).refused.total() else []
        if kind == "trades" and self.without_quotes.total():
            parts.append(f"{self.without_quotes.total():,} {said(NO_QUOTES)}")
        return ", ".join(parts)

    def _line(self, kind: Kind) -> str:
        account = self.of(kind)
        refused, left = account.refused.total(), self.not_judged(kind)
        why_refused = f" ({refusals_said(account.refused)})" if refused else ""
        why_left = f" ({_listed(left)})" if left else ""
        return (
            f"{_name(kind).capitalize()}: {account.read:,} read = {refused:,} refused{why_refused} "
            f"+ {sum(left.values()):,} not judged{why_left} + {account.judged:,} judged"
        )


def said(reason: str) -> str:
    """Return a reason in words."""
    return _WORDS.get(reason, reason.replace("_", " "))


def refusals_said(refused: Mapping[tuple[str, str], int]) -> str:
    """Return refused rows in words, by column and reason."""
    return ", ".join(
        f"{count:,} {said(reason)} in {column}"
        for (column, reason), count in sorted(refused.items())
    )


def _days_line(days: Sequence[date]) -> str:
    if len(days) > _DAYS_LISTED:
        return f"Days: {len(days):,}, from {days[0]} to {days[-1]}"
    return f"Days: {', '.join(map(str, days))}"


def _name(kind: Kind) -> str:
    return "unreadable lines" if kind == "unreadable" else kind


def _rows(count: int, name: str) -> str:
    return f"{count:,} {name}{'s'[: count != 1]}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {said(name)}" for name, count in sorted(counts.items()))


def _by_column(refused: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (column, reason), count in sorted(refused.items()):
        found.setdefault(column, {})[reason] = count
    return found
