"""Where the rows of a replay come from, and flat files as one such source."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.order import quotes_come_first
from trading_bot.order_flow.market.units import ns_from_utc, utc_from_ns
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.flat_files import DEFAULT_CHUNK_ROWS, FlatFile, chunk_bytes
from trading_bot.recorded.forms.form import Told
from trading_bot.recorded.forms.tables import tables_in
from trading_bot.recorded.merge import Turns, merged, symbol_by_symbol, without_repeats
from trading_bot.recorded.newest_first import SORTED, UnsortedFileError
from trading_bot.recorded.rows import EARLY_QUOTE, KIND, SIP_NS, SYMBOL, Row
from trading_bot.recorded.share import Share


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Which rows are read.

    Attributes:
        symbols: Only these; empty means all.
        from_ns: Not before this exchange time, Unix nanoseconds; None has no bound.
        to_ns: Before this exchange time; None has no bound.
        quote_size_unit: What quote sizes count; None lets the sizes tell, or the provider's date.
        chunk_rows: About how many rows are read at a time; changes no result.
        day: The day in New York of files whose rows bear times of day only, where no name tells it;
            of LOBSTER's days only this one.
        share: Which lines of the files are this reader's, where others read them too; None for all.
    """

    symbols: tuple[str, ...] = ()
    from_ns: int | None = None
    to_ns: int | None = None
    quote_size_unit: QuoteSizeUnit | None = None
    chunk_rows: int = DEFAULT_CHUNK_ROWS
    day: date | None = None
    share: Share | None = None

    def hold(self, stamp_ns: int) -> bool:
        """Return whether a moment lies within the wanted time."""
        begun = self.from_ns is None or stamp_ns >= self.from_ns
        return begun and (self.to_ns is None or stamp_ns < self.to_ns)


class RowSource(Protocol):
    """Recorded data as rows.

    Attributes:
        paths: The files, in the order of their numbers; see `rows.file_and_row`.
        account: What became of the rows so far.
        step_ns: What their stamps are cut to; 1 where they are kept as they were made.
    """

    paths: tuple[Path, ...]
    account: RowAccount
    step_ns: int

    @property
    def symbols_come_once(self) -> bool:
        """True when no symbol comes again after another one: its state may then be dropped."""
        ...

    @property
    def one_by_one(self) -> bool:
        """True when each batch holds one symbol, and time starts over with the next symbol."""
        ...

    @property
    def rows_read(self) -> int:
        """Rows read so far, those left out included."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes of the files consumed so far."""
        ...

    def batches(self) -> Iterator[list[Row]]:
        """Yield rows in exchange order, in lists that are never empty."""
        ...


class FlatSource:
    """Tables of any number of days and symbols; see `RowSource`.

    Files of one day (by their first row, in New York) are merged, days follow one another. Where a
    file goes on into the next day, the files of that day join it there.

    Args:
        paths: The files; of a zip archive each member is one, and each kind that a file holds.
        options: Which rows.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file is no flat file, or is damaged.
    """

    def __init__(self, paths: Sequence[Path], options: ReadOptions) -> None:
        symbol = options.symbols[0] if len(options.symbols) == 1 else None
        told = Told(symbol, options.day)
        size = chunk_bytes(options.chunk_rows)
        found = [table for path in paths for table in tables_in(path, told, size)]
        self.paths = tuple(table.path for table in found)
        self.account = RowAccount()
        self._options = options
        self._files = [
            FlatFile(
                table.path,
                table=table,
                number=number,
                symbols=options.symbols or None,
                unit=options.quote_size_unit,
                chunk_rows=options.chunk_rows,
                account=self.account,
                share=options.share,
            )
            for number, table in enumerate(found)
        ]
        share = options.share
        if share is None or share.is_first:
            units = (file.size_unit for file in self._files)
            self.account.units += [each for each in units if each is not None]
            self.account.notes.update(SORTED for file in self._files if file.newest_first)
        # One order and one clock for all of them.
        own_ns = min((file.step_ns for file in self._files), default=1)
        self.step_ns = own_ns if share is None else share.step_ns
        if quotes_come_first(self.step_ns):
            for file in self._files:
                file.quote_kind = EARLY_QUOTE
        self._days: dict[date, list[FlatFile]] = defaultdict(list)
        for file in self._files:
            if file.first_ns is not None:
                self._days[_day_of(file.first_ns)].append(file)

    @property
    def symbols_come_once(self) -> bool:
        """True for one day in which symbols do not take turns."""
        return self.one_by_one and len(self._days) <= 1

    @property
    def one_by_one(self) -> bool:
        """True unless symbols take turns."""
        if self._options.share is not None:
            return self._options.share.one_by_one
        return len(self._options.symbols) == 1 or not any(file.by_time for file in self._files)

    @property
    def rows_read(self) -> int:
        """Rows read so far, those left out included."""
        return sum(file.rows_read for file in self._files)

    @property
    def bytes_read(self) -> int:
        """Bytes of the files consumed so far."""
        return sum(file.bytes_read for file in self._files)

    def stated_sides(self) -> dict[int, str]:
        """Return the aggressor of each print whose file states it, by its place.

        Raises:
            ValueError: A file is damaged.
        """
        return {place: side for file in self._files for place, side in file.stated_sides()}

    def batches(self) -> Iterator[list[Row]]:
        """Yield rows in exchange order.

        Raises:
            UnsortedFileError: The rows cannot be put in order in bounded memory.
            ValueError: A file is damaged.
        """
        day_before_ns = 0
        later = deque(sorted(self._days.items()))
        while later:
            _, files = later.popleft()
            newest_ns = day_before_ns
            for rows in self._of_one_day(files, later):
                if rows[0][SIP_NS] < day_before_ns:
                    raise UnsortedFileError(
                        f"{files[0].name} holds rows of {rows[0][SYMBOL]} from before the end of "
                        "the day that was read before it; replay these files one day at a time"
                    )
                newest_ns = max(newest_ns, rows[-1][SIP_NS])
                kept = within(rows, self._options, self.account)
                if kept:
                    yield without_repeats(kept, self.account)
            day_before_ns = newest_ns

    def samples(self) -> Iterator[list[Row]]:
        """Yield rows of every file in turn, as `FlatFile.samples` does: in no order but its own.

        Raises:
            ValueError: A file is damaged.
        """
        for file in self._files:
            for block in file.samples():
                kept = within(sorted(block.rows), self._options, self.account)
                if kept:
                    yield kept

    @property
    def tables(self) -> tuple[FlatFile, ...]:
        """The tables, as far as their starts tell of them."""
        return tuple(self._files)

    @property
    def days(self) -> dict[date, list[FlatFile]]:
        """The tables that have rows, by the day in New York of the first one, in order."""
        return dict(sorted(self._days.items()))

    @property
    def is_whole(self) -> bool:
        """True once all of every file was read."""
        return all(file.is_whole for file in self._files)

    def _of_one_day(
        self, files: list[FlatFile], later: deque[tuple[date, list[FlatFile]]]
    ) -> Iterator[list[Row]]:
        """Yield the rows of files, and of later days that one of them goes on into."""

        def joining(at_ns: int) -> list[FlatFile]:
            joined = []
            while later and _start_ns(later[0][0]) <= at_ns:
                joined += later.popleft()[1]
            return joined

        if self.one_by_one:
            return symbol_by_symbol(
                [Turns(file.runs()) for file in files],
                lambda at_ns: [Turns(file.runs()) for file in joining(at_ns)],
            )
        unlike = next((file for file in files if file.by_time is False), None)
        if unlike is not None:
            raise UnsortedFileError(
                f"{unlike.name} is sorted by ticker and another file of its day by time; sort both "
                "alike, or name one symbol with --symbol"
            )
        return merged(
            [file.in_time() for file in files],
            lambda at_ns: [file.in_time() for file in joining(at_ns)],
        )


def within(rows: list[Row], options: ReadOptions, account: RowAccount) -> list[Row]:
    """Return the rows within the wanted time; counts `outside_time` for the others.

    Args:
        rows: In exchange order.
        options: The bounds.
        account: Gains the number of rows dropped.
    """
    begin = 0 if options.from_ns is None else bisect_left(rows, (options.from_ns,))
    end = len(rows) if options.to_ns is None else bisect_left(rows, (options.to_ns,))
    kept = rows[begin : max(begin, end)]
    if len(kept) < len(rows):
        dropped = [*rows[:begin], *rows[max(begin, end) :]]
        quotes = sum(row[KIND] != 0 for row in dropped)
        account.quotes.leave("outside_time", quotes)
        account.trades.leave("outside_time", len(dropped) - quotes)
    return kept


def _day_of(stamp_ns: int) -> date:
    return utc_from_ns(stamp_ns).astimezone(NEW_YORK).date()


def _start_ns(day: date) -> int:
    return ns_from_utc(datetime.combine(day, time(), NEW_YORK))
