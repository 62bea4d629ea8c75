"""Files of Databento as one source of a replay."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from trading_bot.order_flow.market.units import FAR_PAST_NS
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.databento.binary import DbnRecords
from trading_bot.recorded.databento.event_rows import EventRows
from trading_bot.recorded.databento.reading import RecordFile, Records
from trading_bot.recorded.databento.table import TableRecords
from trading_bot.recorded.flat_files import REORDER_NS, chunk_bytes
from trading_bot.recorded.forms.contents import content_of
from trading_bot.recorded.forms.databento import BOOKS, DBN_MAGIC, ORDERS, PRINTS
from trading_bot.recorded.forms.form import Told, start_of
from trading_bot.recorded.merge import merged, without_repeats
from trading_bot.recorded.packed import damage_named, members, unpacked
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import ReadOptions, within


class DatabentoSource:
    """Files of DBN and tables, of any number of days and symbols; see `RowSource`.

    Args:
        paths: The files; of a zip archive each member is one.
        options: Which rows.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A file is none of these, or is damaged.
    """

    def __init__(self, paths: Sequence[Path], options: ReadOptions) -> None:
        self.account = RowAccount()
        self._options = options
        found = [self._records(path, member) for path in paths for member in members(path)]
        for each in found:
            self.account.forms[each.path].append(each.form)
        self.paths = tuple(each.path for each in found)
        self._files = [
            RecordFile(each, EventRows(number, options.symbols), self.account)
            for number, each in enumerate(found)
        ]
        # They state nanoseconds.
        self.step_ns = 1

    @property
    def symbols_come_once(self) -> bool:
        """Never: symbols take turns."""
        return False

    @property
    def one_by_one(self) -> bool:
        """Never: the rows of all symbols come by time."""
        return False

    @property
    def rows_read(self) -> int:
        """Records read so far, those left out included."""
        return sum(file.rows_read for file in self._files)

    @property
    def bytes_read(self) -> int:
        """Bytes of the files consumed so far."""
        return sum(file.records.bytes_read for file in self._files)

    def batches(self) -> Iterator[list[Row]]:
        """Yield rows in exchange order.

        Raises:
            ValueError: A file is damaged.
        """
        # What stands below its first record may still be earlier.
        begun = {file: (file.records.first_ns or FAR_PAST_NS) - REORDER_NS for file in self._files}
        waiting = deque(sorted(self._files, key=begun.__getitem__))

        def joining(at_ns: int) -> list[Iterator[list[Row]]]:
            joined = []
            while waiting and begun[waiting[0]] <= at_ns:
                joined.append(waiting.popleft().rows())
            return joined

        while waiting:
            for rows in merged([waiting.popleft().rows()], joining):
                kept = within(rows, self._options, self.account)
                if kept:
                    yield without_repeats(kept, self.account)

    def _records(self, path: Path, member: str | None) -> Records:
        with path.open("rb") as raw, damage_named(path), unpacked(raw, member=member) as stream:
            is_binary = stream.read(len(DBN_MAGIC)) == DBN_MAGIC.encode()
        rows = self._options.chunk_rows
        if is_binary:
            return DbnRecords(path, member, rows)
        content = content_of(path, member, chunk_bytes(rows))
        symbols = self._options.symbols
        told = Told(symbols[0] if len(symbols) == 1 else None, self._options.day)
        start = start_of(path if member is None else Path(member), content.header, told)
        if not any(form.matches(start) for form in (ORDERS, BOOKS, PRINTS)):
            raise ValueError(
                f"{content.name} is neither DBN nor a table of Databento with the columns "
                "ts_event, action, side, price, size"
            )
        return TableRecords(path, content, start, self.account)
