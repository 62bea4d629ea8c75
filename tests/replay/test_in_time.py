"""Rows of several symbols as they were in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.flat_data import quote_line, quotes_file, trade_line, trades_file

from trading_bot.recorded.rows import SYMBOL
from trading_bot.recorded.sources import FlatSource, ReadOptions
from trading_bot.replay.in_time import InTime


def by_ticker(folder: Path, seconds: int = 5) -> FlatSource:
    """Return files as the provider sorts them: by ticker, then by time."""
    times = range(seconds)
    symbols = ("ACME", "ZETA")
    quotes = [quote_line(second, ticker=each) for each in symbols for second in times]
    trades = [trade_line(second + 0.5, ticker=each) for each in symbols for second in times]
    paths = [quotes_file(folder / "q.csv", *quotes), trades_file(folder / "t.csv", *trades)]
    return FlatSource(paths, ReadOptions())


def test_symbols_that_come_one_after_the_other_take_turns(tmp_path: Path) -> None:
    # Given files that are sorted by ticker
    source = by_ticker(tmp_path)
    assert source.one_by_one
    # When their rows are wanted as they were in time
    # Two rows at a time, so that a symbol comes in several lists.
    pieces = InTime(source, 2, has_one_symbol=True)
    pieces.one_by_one = True
    shown = InTime(pieces, 3, has_one_symbol=False)
    batches = list(shown.batches())
    # Then they come so, a few at once, and none is missing
    rows = [row for batch in batches for row in batch]
    assert len(rows) == 20
    assert rows == sorted(rows)
    assert [row[SYMBOL] for row in rows[:4]] == ["ACME", "ZETA", "ACME", "ZETA"]
    assert max(map(len, batches)) == 3
    assert (shown.symbols_come_once, shown.one_by_one) == (False, False)
    assert (shown.rows_read, shown.bytes_read) == (source.rows_read, source.bytes_read)
    assert (shown.paths, shown.step_ns) == (source.paths, source.step_ns)
    assert shown.account is source.account


def by_time(folder: Path) -> FlatSource:
    """Return files that are sorted by time, their symbols in turn."""
    symbols = ("ACME", "ZETA") * 5
    quotes = [quote_line(second, ticker=each) for second, each in enumerate(symbols)]
    trades = [trade_line(second + 0.5, ticker=each) for second, each in enumerate(symbols)]
    paths = [quotes_file(folder / "q.csv", *quotes), trades_file(folder / "t.csv", *trades)]
    return FlatSource(paths, ReadOptions())


@pytest.mark.parametrize(("make", "has_one_symbol"), [(by_ticker, True), (by_time, False)])
def test_rows_that_come_in_time_are_only_cut(
    tmp_path: Path, make: Callable[[Path], FlatSource], has_one_symbol: bool
) -> None:
    # Given rows of which nothing has to be merged
    wanted = [row for batch in make(tmp_path).batches() for row in batch]
    # When they are wanted a few at once
    batches = list(InTime(make(tmp_path), 7, has_one_symbol=has_one_symbol).batches())
    # Then they come as they are
    assert [row for batch in batches for row in batch] == wanted
    assert max(map(len, batches)) == 7
