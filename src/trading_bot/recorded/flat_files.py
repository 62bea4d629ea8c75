"""Tables of trades or quotes of many symbols, as rows in one pass, such as flat files.

`us_stocks_sip/trades_v1` and `quotes_v1`, and whatever else has their columns, under their names or
others (`column_names`), apart by commas, semicolons, tabs or bars, packed or not. What a file holds
is told by its header and never by its name. Tickers are text, so `NA` and `NULL` are companies.
Documentation of the flat files: https://massive.com/docs/flat-files/stocks .

Quote sizes before 2025-11-03 were round lots of 100 shares, and have been shares since; which of
them a file holds is told by its sizes, see `size_unit`
(https://polygon.io/blog/change-stocks-quotes-round-lots-to-shares).

The order of rows is not documented. A file that is sorted by time, or by ticker and then by time,
is read as a stream; within one symbol a row may come up to `REORDER_NS` late. One symbol with its
newest row first is sorted in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Final

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.recorded.account import NO_CONDITIONS, KindAccount, RowAccount, said
from trading_bot.recorded.flat_columns import Block
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS, Layout, names_in
from trading_bot.recorded.flat_rows import telling_sizes
from trading_bot.recorded.forms.form import AGGRESSOR, SIDES, Part
from trading_bot.recorded.forms.tables import Table
from trading_bot.recorded.forms.translated import Content
from trading_bot.recorded.newest_first import UnsortedFileError, comes_newest_first, in_order
from trading_bot.recorded.parquet.cells import Cells, Passed
from trading_bot.recorded.parquet.text import ParquetText
from trading_bot.recorded.rows import (
    PLACE,
    QUOTE,
    SIP_NS,
    SYMBOL,
    Row,
    file_and_row,
    first_place,
    made_ns,
)
from trading_bot.recorded.share import Share, SharedLines
from trading_bot.recorded.size_unit import SizeUnit, fixed_unit, size_unit
from trading_bot.recorded.table_reader import TableReader
from trading_bot.recorded.table_text import TableText

REORDER_NS: Final = 5 * NS_PER_SECOND
"""By how much a row may come after rows of its symbol with a later stamp."""
DEFAULT_CHUNK_ROWS: Final = 600
_BYTES_PER_ROW = 100
_FIRST_LINE = 2
"""Rows are numbered as lines of the file: the header is line 1."""
_PIECE_CHARACTERS = 1 << 14
_SHOWN_CHARACTERS = 80
_REMEDIES: Final = {
    "imprecise_stamp": "its stamps were floats, which cannot hold nanoseconds, so the order of "
    "events is lost; export it again with sip_timestamp as whole numbers (int64) or as ISO 8601",
    "stamp_without_zone": "its stamps name no time zone; export it again with one, such as "
    "2026-09-18T14:00:00.000000000Z, or with whole numbers of nanoseconds",
}
"""What to do with a file none of whose rows can be used, where one reason says it all."""

_symbol_of = itemgetter(SYMBOL)


class FlatFile:
    """One table.

    Args:
        path: The file.
        table: Which of the tables in it; None for a file that is a table as it is.
        number: Of this file among those that are read together; part of each row's place.
        symbols: Read only these; None reads all.
        unit: What quote sizes count; None lets the sizes tell, or the provider's date.
        chunk_rows: About how many rows are read at a time. Changes speed, never a result.
        account: Where its rows are counted; one of its own when None.
        share: Which lines are this reader's; None for all.

    Attributes:
        name: What the file is called in messages.
        form: What its maker calls it; empty for a table that is read as it is.
        kind: `trades` or `quotes`.
        first_ns: SIP stamp of the first usable row in time, or None when there is none.
        newest_first: True when the file goes back in time, so that its rows are sorted in memory.
        by_time: True when symbols take turns at the start of the file, False when each symbol's
            rows stand together, None when the start would be the same either way.
        account: Where its rows are counted.
        size_unit: What its quote sizes count; None for trades, and without a row.
        step_ns: What its stamps are cut to, by the file's start: 1,000,000 where all of them are
            whole milliseconds, else 1.
        quote_kind: What its quotes are, by their place among the prints of their stamps; whoever
            reads several files sets it for all of them.
        rows_read: Rows read so far, those left out included.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The header is not that of trades or quotes, it names no tickers and not one
            symbol is wanted, no row at the start can be used, or the file is damaged.
    """

    def __init__(
        self,
        path: Path,
        *,
        table: Table | None = None,
        number: int = 0,
        symbols: Collection[str] | None = None,
        unit: QuoteSizeUnit | None = None,
        chunk_rows: int = DEFAULT_CHUNK_ROWS,
        account: RowAccount | None = None,
        share: Share | None = None,
    ) -> None:
        self.path = path
        self._number = number
        self._table = table
        self._symbols = None if symbols is None else frozenset(symbols)
        self.account = RowAccount() if account is None else account
        self.rows_read = 0
        self._text: Content = (
            TableText(path, None, chunk_bytes(chunk_rows))
            if table is None
            else table.text(self._notes_of_file(share))
        )
        self.name = self._text.name
        self.form = "" if table is None or table.form is None else table.form.name
        only = next(iter(symbols)) if symbols is not None and len(symbols) == 1 else None
        try:
            self._layout = Layout(self._text.header, only)
        except ValueError as error:
            raise ValueError(f"{self.name} is no file of trades or quotes: {error}") from error
        self._share = share
        self.kind = self._layout.kind
        self.quote_kind = QUOTE
        part = None if table is None else table.part
        rows = self._rows_at_start()
        self.step_ns = 1 if any(map(_is_fine, rows)) else NS_PER_MS
        if isinstance(self._text, ParquetText) and self._text.step_ns:
            self.step_ns = self._text.step_ns
        self.size_unit = self._size_unit(rows, unit, part)
        self._unit = unit if self.size_unit is None else self.size_unit.lots_as
        self.by_time = _are_by_time(rows)
        self.newest_first = comes_newest_first(rows, REORDER_NS)
        self.first_ns = rows[0][SIP_NS] if rows else None
        if self.newest_first:
            self.first_ns = min(row[SIP_NS] for row in (*rows, *self._rows_at_end()))
        # It has told what it can, and a year of files would each hold a quarter of a megabyte.
        self._text.start = ""

    @property
    def bytes_read(self) -> int:
        """Bytes of the file consumed so far, for a progress bar."""
        return self._text.bytes_read

    @property
    def order(self) -> str:
        """In which order its rows stand, in words."""
        if self.newest_first:
            return "newest first; sorted in memory"
        return "by symbol, then by time" if self.by_time is False else "by time"

    @property
    def is_whole(self) -> bool:
        """True once all of it was read, if only as samples."""
        return self._text.is_whole

    def runs(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield rows in file order, cut where the symbol changes; oldest first always.

        Raises:
            UnsortedFileError: A row comes too late; names file and row.
            ValueError: The file is damaged.
        """
        if self.newest_first:
            yield from ((rows[0][SYMBOL], rows) for rows in self._in_memory())
            return
        newest: dict[str, int] = {}
        for block in self.blocks():
            for symbol, rows in _by_symbol(block):
                if symbol not in newest and not self.by_time:
                    newest.clear()
                if block.in_order and rows[0][SIP_NS] >= newest.get(symbol, 0):
                    newest[symbol] = rows[-1][SIP_NS]
                else:
                    newest[symbol] = self._check_order(
                        rows, newest.get(symbol, 0), "rows of its symbol"
                    )
                yield symbol, rows

    def in_time(self) -> Iterator[list[Row]]:
        """Yield rows in file order, whatever their symbols; oldest first always.

        Raises:
            UnsortedFileError: A row comes too late, also behind others; names it.
            ValueError: The file is damaged.
        """
        if self.newest_first:
            yield from self._in_memory()
            return
        newest_ns = 0
        for block in self.blocks():
            if not block.rows:
                continue
            if block.in_order and block.rows[0][SIP_NS] >= newest_ns:
                newest_ns = block.rows[-1][SIP_NS]
            else:
                newest_ns = self._check_order(block.rows, newest_ns, "rows")
            yield block.rows

    def blocks(self) -> Iterator[Block]:
        """Yield the usable rows of the wanted symbols in file order, in blocks.

        Raises:
            ValueError: The file is damaged; says so.
        """
        if isinstance(self._text, ParquetText):
            wants = None if self._share is None else self._share.wants
            return self._read(self._text.pieces(self._symbols, wants))
        return self._read(self._text.blocks())

    def samples(self) -> Iterator[Block]:
        """Yield usable rows of the wanted symbols from places all over the file, in its order.

        Of a packed file they are its first ones, and go on for as long as they are asked for.

        Raises:
            ValueError: The file is damaged; says so.
        """
        return self._read(self._text.samples())

    def _read(self, pieces: Iterable[str | Cells | Passed]) -> Iterator[Block]:
        account = self.account.of(self.kind)
        reader = TableReader(
            self._layout,
            self._unit,
            account,
            self.account.notes,
            self.quote_kind,
            self._symbols,
        )
        states_none = self.kind == "trades" and "conditions" not in self._layout.places
        headers = 0
        place = first_place(self._number) + _FIRST_LINE
        shared = None if self._share is None else SharedLines(self._layout, self._share)
        for piece in pieces:
            if isinstance(piece, Passed):
                place += piece.rows
                if piece.counted:
                    self.rows_read += piece.rows
                    account.read += piece.rows
                    account.leave("other_symbol", piece.rows)
                continue
            every = range(
                place, place + (piece.count("\n") if isinstance(piece, str) else piece.rows)
            )
            place = every.stop
            text: str | Cells = piece
            places: Sequence[int] = every
            if isinstance(piece, str) and shared is not None:
                text, places = shared.take(piece, every)
            lines = len(places)
            block = Block([], None, in_order=True)
            if not lines:
                continue
            if isinstance(text, Cells):
                refused = account.refused.copy()
                block = reader.read_cells(text, places)
                self._note_refused(account.refused, refused)
            elif self._may_hold_wanted(text):
                refused = account.refused.copy()
                block = reader.read(text, places)
                self._note_refused(account.refused, refused)
            else:
                account.leave("other_symbol", lines)
            rows = lines - (reader.headers - headers)
            headers = reader.headers
            self.rows_read += rows
            account.read += rows
            wanted = self._wanted(block, account)
            if states_none and wanted.rows:
                self.account.notes[NO_CONDITIONS] += len(wanted.rows)
            yield wanted

    def stated_sides(self) -> Iterator[tuple[int, str]]:
        """Yield the place of each print whose aggressor the file states, and that.

        Raises:
            ValueError: The file is damaged.
        """
        names = names_in(self._text.header)
        if AGGRESSOR not in names:
            return
        at = names.index(AGGRESSOR)
        lines = (line for text in self._looked_at() for line in text.splitlines())
        for place, line in enumerate(lines, first_place(self._number) + _FIRST_LINE):
            cells = line.split(",")
            if len(cells) == len(names) and cells[at] in SIDES:
                yield place, cells[at]

    def outline(self) -> Iterator[tuple[str, int]]:
        """Yield the symbol at the end of each stretch of the file, and how long that is.

        Of a file that is sorted by ticker this tells about how much there is of each, at the cost
        of unpacking it.

        Raises:
            ValueError: The file is damaged.
        """
        at = self._layout.places.get("ticker")
        for text in self._looked_at():
            last = text[text.rfind("\n", 0, -1) + 1 : -1].split(self._layout.separator)
            symbol = self._layout.symbol if at is None else last[at] if at < len(last) else ""
            yield symbol or "", len(text)

    def _looked_at(self) -> Iterator[str]:
        """Yield the text of the file, of which nothing is counted."""
        return (self._text if self._table is None else self._table.text(Counter())).blocks()

    def _notes_of_file(self, share: Share | None) -> Counter[str]:
        return self.account.notes if share is None or share.is_first else Counter()

    def _note_refused(
        self, now: Counter[tuple[str, str]], before: Counter[tuple[str, str]]
    ) -> None:
        if now.total() > before.total():
            for (column, reason), count in (now - before).items():
                self.account.refused_in[self.path, column, reason] += count

    def _in_memory(self) -> Iterator[list[Row]]:
        return in_order((block.rows for block in self.blocks()), self.name)

    def _wanted(self, block: Block, account: KindAccount) -> Block:
        wanted = self._symbols
        if wanted is None or block.symbol in wanted:
            return block
        kept = [row for row in block.rows if row[SYMBOL] in wanted]
        account.leave("other_symbol", len(block.rows) - len(kept))
        return block._replace(rows=kept)

    def _may_hold_wanted(self, text: str) -> bool:
        """Return whether a block can hold a wanted symbol, without taking it apart."""
        if self._symbols is None or self._layout.symbol is not None:
            return True
        ends = (self._layout.separator, '"', "\n")
        # What follows a header that comes again may be laid out in another way.
        return self._layout.stamp_name in text or any(
            each + end in text for each in self._symbols for end in ends
        )

    def _check_order(self, rows: list[Row], newest_ns: int, above: str) -> int:
        """Return the newest stamp so far, where no row comes too late after those `above` it."""
        for row in rows:
            stamp = row[SIP_NS]
            if stamp < newest_ns - REORDER_NS:
                late_s = (newest_ns - stamp) / NS_PER_SECOND
                line = file_and_row(row[PLACE])[1]
                raise UnsortedFileError(
                    f"{self.name}: line {line} ({row[SYMBOL]}) lies {late_s:.0f} s before {above} "
                    "that stand above it; sort the file by ticker and sip_timestamp"
                )
            newest_ns = max(newest_ns, stamp)
        return newest_ns

    def _rows_at_start(self) -> list[Row]:
        """Return the usable rows of the file's first lines; those left out are counted later.

        Raises:
            ValueError: None of them can be used; says why.
        """
        account = KindAccount()
        # As they are written: what the sizes count is to be told by them.
        reader = TableReader(self._layout, "shares", account, Counter())
        text = self._text.start
        rows: list[Row] = []
        begin = 0
        while begin < len(text):
            # In pieces, because odd rows are common at the open and cost their whole piece.
            end = text.find("\n", begin + _PIECE_CHARACTERS) + 1 or len(text)
            piece = text[begin:end]
            rows += reader.read(piece, range(piece.count("\n"))).rows
            begin = end
        if account.refused and not rows:
            ((column, reason), _), *_ = account.refused.most_common(1)
            why = _REMEDIES.get(reason, f"each is refused, most for {said(reason)} in {column}")
            line = text.partition("\n")[0][:_SHOWN_CHARACTERS]
            raise ValueError(f"{self.name} has no usable row at its start: {why}; such as {line!r}")
        return rows

    def _rows_at_end(self) -> list[Row]:
        """Return the usable rows of the file's last lines; those left out are counted later."""
        reader = TableReader(self._layout, "shares", KindAccount(), Counter())
        text = ""
        for block in self._looked_at():
            text = block
        return reader.read(text, range(text.count("\n"))).rows

    def _size_unit(
        self, rows: list[Row], stated: QuoteSizeUnit | None, part: Part | None
    ) -> SizeUnit | None:
        if self.kind == "trades" or not rows:
            return None
        name, sizes = Path(self.name).name, telling_sizes(rows)
        if part is not None and part.unit is not None:
            return fixed_unit(name, sizes, part.unit, stated)
        by_date: QuoteSizeUnit = "round_lots" if rows[0][SIP_NS] < SHARES_SINCE_NS else "shares"
        usual = None if part is None else part.usual_unit
        if isinstance(self._text, ParquetText):
            usual = self._text.usual_unit
        return size_unit(name, sizes, by_date=by_date, stated=stated, usual=usual)


def chunk_bytes(chunk_rows: int) -> int:
    """Return about how many bytes so many rows take."""
    return max(1, chunk_rows) * _BYTES_PER_ROW


def _are_by_time(rows: list[Row]) -> bool | None:
    """Return whether rows are sorted by time over all symbols; None where nobody can tell."""
    turns = [symbol for symbol, _ in groupby(rows, _symbol_of)]
    if len(set(turns)) < len(turns):
        return True
    by_time = all(one[SIP_NS] <= next_one[SIP_NS] for one, next_one in pairwise(rows))
    by_ticker = turns == sorted(turns)
    return None if len(turns) < 2 or (by_time and by_ticker) else by_time


def _is_fine(row: Row) -> bool:
    """Return whether a stamp of a row is finer than a millisecond."""
    return row[SIP_NS] % NS_PER_MS != 0 or (made_ns(row) or 0) % NS_PER_MS != 0


def _by_symbol(block: Block) -> Iterable[tuple[str, list[Row]]]:
    """Cut a block where the symbol changes."""
    if block.symbol is not None:
        return ((block.symbol, block.rows),)
    return ((symbol, list(run)) for symbol, run in groupby(block.rows, _symbol_of))
