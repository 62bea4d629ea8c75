"""LOBSTER stock-days as a source of a replay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.lobster.book_rows import lobster_rows
from trading_bot.recorded.lobster.messages import LobsterFile
from trading_bot.recorded.lobster.pair import pairs_of
from trading_bot.recorded.merge import merged
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import ReadOptions, within


class LobsterSource:
    """LOBSTER stock-days with the whole depth they have; see `RowSource`.

    Args:
        paths: Archives, or message or order-book files; twins count once.
        options: Which rows.

    Attributes:
        pairs: The stock-days, in order.

    Raises:
        FileNotFoundError: A file or its twin is missing.
        ValueError: Neither names nor options tell symbol and day, or a stock-day is there twice.
    """

    def __init__(self, paths: Sequence[Path], options: ReadOptions) -> None:
        self.account = RowAccount()
        self._options = options
        pairs = pairs_of(paths, options.symbols, options.day)
        if options.share is not None:
            pairs = [each for each in pairs if options.share.wants(each.symbol)]
        self.pairs = tuple(pairs)
        self._files = [LobsterFile(pair, self.account) for pair in pairs]
        given = set(paths)
        for file, pair in zip(self._files, pairs, strict=True):
            if file.path not in given:
                file.path = pair.book.path
        self.paths = tuple(file.path for file in self._files)
        self.bytes_read = 0
        # They state nanoseconds.
        self.step_ns = 1

    @property
    def symbols_come_once(self) -> bool:
        """True when no symbol has two days."""
        return len({file.symbol for file in self._files}) == len(self._files)

    @property
    def one_by_one(self) -> bool:
        """Always: a LOBSTER file holds one symbol."""
        return True

    @property
    def rows_read(self) -> int:
        """Rows read so far, those left out included."""
        return sum(file.counts["rows"] for file in self._files)

    def batches(self) -> Iterator[list[Row]]:
        """Yield rows in exchange order.

        Raises:
            ValueError: A file is damaged.
        """
        for number, file in enumerate(self._files):
            chunks = lobster_rows(file, number, self._options.chunk_rows)
            for rows in merged([chunks]):
                kept = within(rows, self._options, self.account)
                if kept:
                    yield kept
            self.bytes_read += self.paths[number].stat().st_size
