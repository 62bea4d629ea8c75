"""Polygon's flat files: one day of trades or of quotes of many symbols, as rows in one pass.

`us_stocks_sip/trades_v1` and `quotes_v1`, `.csv.gz` or unpacked. What a file holds is told by its
header and never by its name; columns are found by the names in the header. Tickers are text, so
`NA` and `NULL` are companies. Documentation: https://massive.com/docs/flat-files/stocks .

Quote sizes of files before 2025-11-03 are round lots of 100 shares, from then on shares
(https://polygon.io/blog/change-stocks-quotes-round-lots-to-shares).

The order of rows is not documented. A file that is sorted by time, or by ticker and then by time,
is read as a stream; within one symbol a row may come up to `REORDER_NS` late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, BinaryIO, Final

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.recorded.flat_columns import Block, BlockReader, OddBlockError
from trading_bot.recorded.flat_layout import Layout
from trading_bot.recorded.flat_rows import RowReader
from trading_bot.recorded.packed import damage_named, unpacked
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

REORDER_NS: Final = 5 * NS_PER_SECOND
"""By how much a row may come after rows of its symbol with a later stamp."""
DEFAULT_CHUNK_ROWS: Final = 600
_BYTES_PER_ROW = 100
_PEEK_BYTES = 1 << 18
_PIECE_CHARACTERS = 1 << 14
_THREADED_FROM_BYTES = 50_000_000

_symbol_of = itemgetter(SYMBOL)


class UnsortedFileError(ValueError):
    """A file's rows are not in an order that can be read as a stream."""


class FlatFile:
    """One flat file.

    Args:
        path: The file.
        number: Of this file among those that are read together; part of each row's place.
        symbols: Read only these; None reads all.
        unit: What quote sizes count; None follows the provider's date.
        chunk_rows: About how many rows are read at a time. Changes speed, never a result.
        left_out: Where rows that are left out are counted; a counter of its own when None.

    Attributes:
        kind: `trades` or `quotes`.
        first_ns: SIP stamp of the first usable row, or None when there is none.
        by_time: True when symbols take turns at the start of the file, False when each symbol's
            rows stand together, None when the start holds one symbol only.
        left_out: Rows that were left out while reading, by reason.
        step_ns: What its stamps are cut to, by the file's start: 1,000,000 where all of them are
            whole milliseconds, else 1.
        quote_kind: What its quotes are, by their place among the prints of their stamps; whoever
            reads several files sets it for all of them.
        rows_read: Rows read so far, those left out included.
        bytes_read: Bytes of the file consumed so far, for a progress bar.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The header is not that of a flat file, or the file is damaged.
    """

    def __init__(
        self,
        path: Path,
        *,
        number: int = 0,
        symbols: Collection[str] | None = None,
        unit: QuoteSizeUnit | None = None,
        chunk_rows: int = DEFAULT_CHUNK_ROWS,
        left_out: Counter[str] | None = None,
    ) -> None:
        self.path = path
        self._number = number
        self._symbols = None if symbols is None else frozenset(symbols)
        self._unit = unit
        self._chunk_bytes = max(1, chunk_rows) * _BYTES_PER_ROW
        self.left_out = Counter() if left_out is None else left_out
        self.rows_read = 0
        self.bytes_read = 0
        header, start = self._peek()
        try:
            self._layout = Layout(header)
        except ValueError as error:
            raise ValueError(f"{path} is no flat file of trades or quotes: {error}") from error
        self.kind = self._layout.kind
        rows = self._rows_at_start(start)
        if start and not rows:
            raise ValueError(f"{path} has no usable row at its start, such as {start[:80]!r}")
        self.first_ns = rows[0][SIP_NS] if rows else None
        self.step_ns = 1 if any(map(_is_fine, rows)) else NS_PER_MS
        self.quote_kind = QUOTE
        turns = [symbol for symbol, _ in groupby(rows, _symbol_of)]
        self.by_time = None if len(turns) < 2 else len(set(turns)) < len(turns)

    def runs(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield rows in file order, cut where the symbol changes.

        Raises:
            UnsortedFileError: A row comes too late; names file and row.
            ValueError: The file is damaged.
        """
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
        """Yield rows in file order, whatever their symbols.

        Raises:
            UnsortedFileError: A row comes too late, also behind others; names it.
            ValueError: The file is damaged.
        """
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
        fast = BlockReader(self._layout, self._unit, self.quote_kind)
        careful = RowReader(self._layout, self._unit, self.left_out, self.quote_kind)
        # Numbered as lines of the file: the header is line 1.
        place = first_place(self._number) + 2
        for text in self._text():
            lines = text.count("\n")
            self.rows_read += lines
            if self._may_hold_wanted(text):
                yield self._wanted(_block(fast, careful, text, place, lines))
            else:
                self.left_out["other_symbol"] += lines
            place += lines

    def _wanted(self, block: Block) -> Block:
        wanted = self._symbols
        if wanted is None or block.symbol in wanted:
            return block
        kept = [row for row in block.rows if row[SYMBOL] in wanted]
        self.left_out["other_symbol"] += len(block.rows) - len(kept)
        return block._replace(rows=kept)

    def _may_hold_wanted(self, text: str) -> bool:
        """Return whether a block can hold a wanted symbol, without taking it apart."""
        if self._symbols is None:
            return True
        return any(f"{each}," in text or f'{each}"' in text for each in self._symbols)

    def _check_order(self, rows: list[Row], newest_ns: int, above: str) -> int:
        """Return the newest stamp so far, where no row comes too late after those `above` it."""
        for row in rows:
            stamp = row[SIP_NS]
            if stamp < newest_ns - REORDER_NS:
                late_s = (newest_ns - stamp) / NS_PER_SECOND
                line = file_and_row(row[PLACE])[1]
                raise UnsortedFileError(
                    f"{self.path}: line {line} ({row[SYMBOL]}) lies {late_s:.0f} s before {above} "
                    "that stand above it; sort the file by ticker and sip_timestamp"
                )
            newest_ns = max(newest_ns, stamp)
        return newest_ns

    def _rows_at_start(self, text: str) -> list[Row]:
        """Return the usable rows of the file's first lines; those left out are counted later."""
        fast = BlockReader(self._layout, self._unit)
        careful = RowReader(self._layout, self._unit, Counter())
        rows: list[Row] = []
        begin = 0
        while begin < len(text):
            # In pieces, because odd rows are common at the open and cost their whole piece.
            end = text.find("\n", begin + _PIECE_CHARACTERS) + 1 or len(text)
            piece = _with_bare_newlines(text[begin:end])
            rows += _block(fast, careful, piece, 0, piece.count("\n")).rows
            begin = end
        return rows

    def _peek(self) -> tuple[str, str]:
        """Return the header and the whole lines at the start of the file."""
        with self.path.open("rb") as raw, damage_named(self.path), self._plain(raw) as stream:
            header = stream.readline(_PEEK_BYTES).decode("utf-8", "replace")
            start = stream.read(_PEEK_BYTES).decode("utf-8", "replace")
        return header, start if len(start) < _PEEK_BYTES else start[: start.rfind("\n") + 1]

    def _text(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline, in blocks of bounded size."""
        with self.path.open("rb") as raw, damage_named(self.path), self._plain(raw) as stream:
            stream.readline()
            rest = b""
            while block := stream.read(self._chunk_bytes):
                self.bytes_read = raw.tell()
                whole, newline, tail = block.rpartition(b"\n")
                if newline:
                    yield _with_bare_newlines((rest + whole + newline).decode("utf-8", "replace"))
                    rest = tail
                else:
                    rest += tail
            if rest:
                yield _with_bare_newlines((rest + b"\n").decode("utf-8", "replace"))

    def _plain(self, raw: BinaryIO) -> IO[bytes]:
        """Return the file unpacked; a large one by a thread that works ahead."""
        return unpacked(raw, ahead=self.path.stat().st_size >= _THREADED_FROM_BYTES)


def _is_fine(row: Row) -> bool:
    """Return whether a stamp of a row is finer than a millisecond."""
    return row[SIP_NS] % NS_PER_MS != 0 or (made_ns(row) or 0) % NS_PER_MS != 0


def _block(fast: BlockReader, careful: RowReader, text: str, place: int, lines: int) -> Block:
    """Read whole lines by columns, or row by row where anything is odd."""
    try:
        return fast.read(text, place, lines)
    except OddBlockError:
        return Block(careful.rows(text, place), None, in_order=False)


def _by_symbol(block: Block) -> Iterable[tuple[str, list[Row]]]:
    """Cut a block where the symbol changes."""
    if block.symbol is not None:
        return ((block.symbol, block.rows),)
    return ((symbol, list(run)) for symbol, run in groupby(block.rows, _symbol_of))


def _with_bare_newlines(text: str) -> str:
    return text.replace("\r\n", "\n") if "\r" in text else text
