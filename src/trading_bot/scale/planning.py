"""Divides recorded files into days, and each day among jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from trading_bot.order_flow.journal.market_minute import MARKET
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.lobster.source import LobsterSource
from trading_bot.recorded.packed import DamagedFileError
from trading_bot.recorded.recognise import Format
from trading_bot.recorded.rows import SYMBOL
from trading_bot.recorded.sources import FlatSource, ReadOptions
from trading_bot.scale.specs import Reading

DIVIDED: Final[tuple[Format, ...]] = ("polygon", "lobster")
"""Files that can be divided; a recording of a live run is one stream, and Databento's are too."""
_EVEN_OF = 10
"""One job may have a tenth more than its share."""
_BLOCKS_OF_TURNS = 8
"""Blocks at the start of a file in which symbols take turns: they tell how much is of each."""


@dataclass(frozen=True, slots=True)
class Day:
    """Files that are read together.

    Attributes:
        day: In New York, of the first row.
        until: The last day that anything in them is known to be of.
        paths: The files.
    """

    day: date
    until: date
    paths: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(path.stat().st_size for path in self.paths)


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do.

    Attributes:
        reading: How files are read; the day of LOBSTER's is put in with each.
        days: In order.
        account: What is known of the files before any is read.
        symbols: Symbols that stand in files of their own; empty where nobody can tell.
        failed: Files that cannot be opened, with the reason.
    """

    reading: Reading
    days: tuple[Day, ...]
    account: RowAccount
    symbols: frozenset[str]
    failed: tuple[str, ...]

    def largest(self) -> Day:
        """Return the day with the largest files.

        Raises:
            ValueError: There is none.
        """
        return max(self.days, key=lambda each: each.size)

    def may_hold_market(self) -> bool:
        """Return whether the market's symbol may be among what is read."""
        wanted = self.reading.symbols
        return (not wanted or MARKET in wanted) and (not self.symbols or MARKET in self.symbols)

    def reading_of(self, day: date) -> Reading:
        """Return how the files of a day are read."""
        if self.reading.kind != "lobster":
            return self.reading
        return replace(self.reading, day=day)


def plan_of(files: Sequence[Path], kind: Format, options: ReadOptions) -> Plan:
    """Look at the start of each file.

    Args:
        files: All of one kind.
        kind: What they hold.
        options: Which rows.

    Raises:
        ValueError: No file can be opened; says why.
    """
    reading = Reading(
        kind=kind,
        symbols=options.symbols,
        from_ns=options.from_ns,
        to_ns=options.to_ns,
        quote_size_unit=options.quote_size_unit,
        day=options.day,
        one_by_one=True,
    )
    if kind == "lobster":
        return _of_lobster(files, options, reading)
    return _of_tables(files, options, reading)


def shares_of(day: Day, options: ReadOptions) -> Mapping[str, int]:
    """Return about how much there is of each symbol on a day, to divide it evenly.

    Args:
        day: Which.
        options: How its files are read.
    """
    weights: Counter[str] = Counter()
    for table in FlatSource(day.paths, options).tables:
        if table.by_time:
            blocks = islice(table.blocks(), _BLOCKS_OF_TURNS)
            start = Counter(row[SYMBOL] for block in blocks for row in block.rows)
            size = table.path.stat().st_size
            for symbol, rows in start.items():
                weights[symbol] += size * rows // start.total()
        else:
            for symbol, size in table.outline():
                weights[symbol] += size
    return weights


def are_even(days: Sequence[Day], jobs: int) -> bool:
    """Return whether jobs are about equally busy with whole days, so that none need be divided.

    Args:
        days: Which are worked off in any order.
        jobs: How many there are.
    """
    busy = [0] * jobs
    sizes = sorted((each.size for each in days), reverse=True)
    for size in sizes:
        busy[busy.index(min(busy))] += size
    return max(busy) * jobs * _EVEN_OF <= sum(sizes) * (_EVEN_OF + 1)


def joined(days: Sequence[Day], reaches: Mapping[date, date]) -> list[Day] | None:
    """Return days whose files overlap as one; None where none does.

    Args:
        days: In order.
        reaches: The last day that rows of the files of each day were of.
    """
    found: list[Day] = []
    for each in days:
        before = found[-1] if found else None
        if (
            before is not None
            and max(before.until, reaches.get(before.day, before.day)) >= each.day
        ):
            until = max(
                before.until, each.until, *(reaches.get(d, d) for d in (before.day, each.day))
            )
            found[-1] = Day(before.day, until, (*before.paths, *each.paths))
        else:
            found.append(each)
    return found if len(found) < len(days) else None


def _of_tables(files: Sequence[Path], options: ReadOptions, reading: Reading) -> Plan:
    account = RowAccount()
    failed: list[str] = []
    by_day: dict[date, list[Path]] = defaultdict(list)
    until: dict[date, date] = {}
    steps: list[int] = []
    any_by_time = False
    for path, source in _opened(files, options, failed):
        account.units += source.account.units
        account.notes.update(source.account.notes)
        days = sorted(source.days)
        if not days:
            continue
        steps.append(source.step_ns)
        any_by_time |= not source.one_by_one
        by_day[days[0]].append(path)
        until[days[0]] = max(until.get(days[0], days[0]), days[-1])
    if failed and not by_day:
        raise ValueError(failed[0])
    one_by_one = len(options.symbols) == 1 or not any_by_time
    whole = replace(reading, step_ns=min(steps, default=1), one_by_one=one_by_one)
    found = [Day(day, until[day], tuple(paths)) for day, paths in sorted(by_day.items())]
    return Plan(whole, tuple(joined(found, {}) or found), account, frozenset(), tuple(failed))


def _opened(
    files: Sequence[Path], options: ReadOptions, failed: list[str]
) -> Iterator[tuple[Path, FlatSource]]:
    for path in files:
        try:
            yield path, FlatSource([path], options)
        except DamagedFileError as error:
            failed.append(str(error))


def _of_lobster(files: Sequence[Path], options: ReadOptions, reading: Reading) -> Plan:
    source = LobsterSource(files, options)
    by_day: dict[date, list[Path]] = defaultdict(list)
    for pair in source.pairs:
        by_day[pair.day] += {pair.message.path: None, pair.book.path: None}
    days = [Day(day, day, tuple(dict.fromkeys(paths))) for day, paths in sorted(by_day.items())]
    symbols = frozenset(pair.symbol for pair in source.pairs)
    return Plan(reading, tuple(days), source.account, symbols, ())
