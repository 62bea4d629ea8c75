"""Rows as they were in time, a few at once: for whoever is to see a day as it was.

Where they come symbol by symbol they are read once, kept on disk by symbol, and merged from there
in bounded memory.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.merge import merged
from trading_bot.recorded.rows import SYMBOL, Row
from trading_bot.recorded.sources import RowSource

_symbol_of = itemgetter(SYMBOL)


class InTime:
    """A source whose symbols take turns; see `RowSource`.

    Args:
        source: Where the rows come from.
        rows_at_once: How many are handed on at once.
        has_one_symbol: So that there is nothing to be merged.
    """

    def __init__(self, source: RowSource, rows_at_once: int, *, has_one_symbol: bool) -> None:
        self._source = source
        self._rows_at_once = rows_at_once
        self._takes_turns = has_one_symbol or not source.one_by_one
        self.paths: tuple[Path, ...] = source.paths
        self.account: RowAccount = source.account
        self.step_ns = source.step_ns
        self.symbols_come_once = False
        self.one_by_one = False

    @property
    def rows_read(self) -> int:
        """Rows read so far, those left out included."""
        return self._source.rows_read

    @property
    def bytes_read(self) -> int:
        """Bytes of the files consumed so far."""
        return self._source.bytes_read

    def batches(self) -> Iterator[list[Row]]:
        """Yield rows in exchange order, in lists that are never empty.

        Raises:
            OSError: They cannot be kept meanwhile.
            ValueError: A file is damaged, or its rows cannot be put into order.
        """
        at_once = self._rows_at_once
        for rows in self._source.batches() if self._takes_turns else self._merged():
            for begin in range(0, len(rows), at_once):
                yield rows[begin : begin + at_once]

    def _merged(self) -> Iterator[list[Row]]:
        with ExitStack() as kept:
            files: dict[str, IO[bytes]] = {}
            for rows in self._source.batches():
                for symbol, of_one in groupby(rows, _symbol_of):
                    if symbol not in files:
                        files[symbol] = kept.enter_context(tempfile.TemporaryFile())
                    pickle.dump(list(of_one), files[symbol])
            yield from merged([_again(each) for each in files.values()])


def _again(file: IO[bytes]) -> Iterator[list[Row]]:
    end = file.tell()
    file.seek(0)
    while file.tell() < end:
        rows: list[Row] = pickle.load(file)  # noqa: S301 - written by us, and had by nobody else
        yield rows
