"""Reads recordings of `monitor --record`, file after file, line after line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from trading_bot.order_flow.capture.frame_files import FOLDER
from trading_bot.order_flow.capture.lines import (
    CAPTURE_SCHEMA,
    EVENT_LINES,
    AnyLine,
    BookAt,
    BookLine,
    Frames,
    OldQuoteLine,
    OldTradeLine,
    QuoteLine,
    Started,
    TradeLine,
)
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import decode, decode_or_none
from trading_bot.order_flow.outside.source import LINE
from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.recorded.kept_books import KeptBooks
from trading_bot.recorded.packed import lines_saved
from trading_bot.recorded.rows import first_place

RowLine = TradeLine | QuoteLine | BookLine | OldTradeLine | OldQuoteLine
"""A line that holds a trade or a quote."""
_FIRST_LINE = replace(LINE, mend={"": "give a file that it wrote"})
_decoder = msgspec.json.Decoder(AnyLine)


class Recordings:
    """The recordings of one or several runs, in the order in which they were begun.

    Args:
        paths: The files, `.jsonl.gz` or unpacked.
        symbols: Only events of these; empty means all.

    Attributes:
        paths: The files in order.
        first: The first line of the first file.
        account: What became of the rows so far; lines without a trade or a quote are no rows. Its
            note `files_cut_off` counts those whose end is missing, as a killed process leaves them.
        rows_read: Lines read so far.
        bytes_read: Bytes of the files consumed so far.
        where: File and line that were read last.
        place: The same as a number; see `rows.file_and_row`.

    Raises:
        ValueError: A file is no recording, or one of a newer format.
    """

    def __init__(self, paths: Sequence[Path], symbols: Sequence[str] = ()) -> None:
        begun = sorted(
            ((_start_of(path), path) for path in paths), key=lambda each: (each[0].at_ns, each[1])
        )
        self.paths = tuple(path for _, path in begun)
        self.first = begun[0][0]
        self._symbols = frozenset(symbols)
        self.account = RowAccount()
        self.rows_read = 0
        self.bytes_read = 0
        self.where = f"{self.paths[0]}, line 1"
        self.place = 0
        self._settings = self.first.config
        self._kept: dict[tuple[Path, str], KeptBooks] = {}
        self._books: KeptBooks | None = None

    def lines(self) -> Iterator[AnyLine]:
        """Yield every usable line; events of other symbols are counted and left out."""
        for file_number, path in enumerate(self.paths):
            before = self.bytes_read
            with path.open("rb") as raw:
                for number, data in enumerate(self._saved(raw), 1):
                    self.rows_read += 1
                    self.where = f"{path}, line {number}"
                    self.place = first_place(file_number) + number - 1
                    self.bytes_read = before + raw.tell()
                    line = decode_or_none(data, _decoder)
                    if line is None:
                        self.account.unreadable.read += 1
                        self.account.unreadable.refuse("the line", "malformed")
                        self.account.refused_in[path, "the line", "malformed"] += 1
                        continue
                    match line:
                        case Started():
                            self._settings = line.config
                        case Frames():
                            self._books = self._open_books(path, line)
                            continue
                        case BookAt():
                            line = self._found(path, line)
                            if line is None:
                                continue
                    row = line if isinstance(line, RowLine) and not _is_depth(line) else None
                    if row is not None:
                        self.row_of(row).read += 1
                    if self._is_wanted(line):
                        yield line
                    elif row is not None:
                        self.row_of(row).leave("other_symbol")

    def _open_books(self, path: Path, line: Frames) -> KeptBooks:
        """Return the books of a run; a file that goes on from another goes on in them."""
        folder = path.parent / FOLDER
        if (folder, line.run) not in self._kept:
            config = OrderFlowConfig(**self._settings)
            self._kept[folder, line.run] = KeptBooks(folder, line.run, config, self.account.notes)
        return self._kept[folder, line.run]

    def _found(self, path: Path, line: BookAt) -> BookLine | None:
        """Return a book that is named; one that was not kept, or is not wanted, is counted."""
        quotes = self.account.quotes
        if self._symbols and line.symbol not in self._symbols:
            quotes.read += 1
            quotes.leave("other_symbol")
            return None
        book = None if self._books is None else self._books.find(line)
        if book is None:
            quotes.read += 1
            quotes.refuse("the frames", "not_kept")
            self.account.refused_in[path, "the frames", "not_kept"] += 1
        return book

    def row_of(self, line: RowLine) -> KindAccount:
        """Return where a trade or a quote is counted."""
        is_trade = isinstance(line, TradeLine | OldTradeLine)
        return self.account.trades if is_trade else self.account.quotes

    def _saved(self, raw: BinaryIO) -> Iterator[bytes]:
        try:
            yield from lines_saved(raw)
        except EOFError:
            self.account.notes["files_cut_off"] += 1

    def _is_wanted(self, line: AnyLine) -> bool:
        if not self._symbols or not isinstance(line, EVENT_LINES):
            return True
        return line.symbol in self._symbols


def _is_depth(line: RowLine) -> bool:
    """Return whether a line holds levels beside quotes, which are no quote."""
    return isinstance(line, BookLine) and line.venue != 0


def _start_of(path: Path) -> Started:
    with path.open("rb") as raw:
        try:
            first = next(lines_saved(raw), b"")
            line = decode(first, "its first line", _FIRST_LINE, _decoder)
        except (EOFError, DataSourceError) as error:
            raise ValueError(f"{path} is no recording of `monitor --record`: {error}") from error
    if not isinstance(line, Started):
        raise ValueError(f"{path} does not begin as a recording of `monitor --record` does")
    if line.schema > CAPTURE_SCHEMA:
        raise ValueError(f"{path} was recorded by a newer version (format {line.schema}); update")
    return line
