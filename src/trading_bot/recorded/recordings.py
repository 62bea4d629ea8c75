"""Reads recordings of `monitor --record`, file after file, line after line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from trading_bot.order_flow.capture.lines import (
    CAPTURE_SCHEMA,
    EVENT_LINES,
    AnyLine,
    Started,
)
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import decode, decode_or_none
from trading_bot.order_flow.outside.source import LINE
from trading_bot.recorded.packed import lines_saved

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
        left_out: Lines that were left out so far, by reason; `cut_off` counts files whose end is
            missing, as a killed process leaves them.
        unread: None: a line counts as a whole.
        notes: None: lines are in order.
        rows_read: Lines read so far.
        bytes_read: Bytes of the files consumed so far.
        where: File and line that were read last.

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
        self.left_out: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self.notes: tuple[str, ...] = ()
        self.rows_read = 0
        self.bytes_read = 0
        self.where = f"{self.paths[0]}, line 1"

    def lines(self) -> Iterator[AnyLine]:
        """Yield every usable line; events of other symbols are counted and left out."""
        for path in self.paths:
            before = self.bytes_read
            with path.open("rb") as raw:
                for number, data in enumerate(self._saved(raw), 1):
                    self.rows_read += 1
                    self.where = f"{path}, line {number}"
                    self.bytes_read = before + raw.tell()
                    line = decode_or_none(data, _decoder)
                    if line is None:
                        self.left_out["malformed"] += 1
                    elif self._is_wanted(line):
                        yield line
                    else:
                        self.left_out["other_symbol"] += 1

    def _saved(self, raw: BinaryIO) -> Iterator[bytes]:
        try:
            yield from lines_saved(raw)
        except EOFError:
            self.left_out["cut_off"] += 1

    def _is_wanted(self, line: AnyLine) -> bool:
        if not self._symbols or not isinstance(line, EVENT_LINES):
            return True
        return line.symbol in self._symbols


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
