"""Rows sorted by ticker and stamp in bounded memory.

Rows are sorted by runs of so many. Where no run holds a ticker before one of the run before it, as
in a file that is sorted by ticker, they are handed on at once. Else each run is kept on the disk,
and all of them are gone through together, ticker by ticker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Final

from trading_bot.repartition.tables import KEY

RUN_ROWS: Final = 500_000

Piece = tuple[str, Any]
"""A ticker, and rows of it by stamp."""


class TickerCameLateError(Exception):
    """A run holds a ticker that should have come before."""


def runs_of(tables: Iterable[Any], ticker: str, rows: int = RUN_ROWS) -> Iterator[Any]:
    """Yield runs, each sorted by ticker and stamp; what is equal keeps its order.

    Args:
        tables: All rows.
        ticker: The column of tickers.
        rows: How many a run has, about.
    """
    arrow: Any = import_module("pyarrow")
    waiting: list[Any] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        if count >= rows:
            yield _sorted(arrow.concat_tables(waiting), ticker)
            waiting, count = [], 0
    if waiting:
        yield _sorted(arrow.concat_tables(waiting), ticker)


def pieces_at_once(runs: Iterable[Any], ticker: str) -> Iterator[Piece]:
    """Yield rows in the order of the tickers, as they come.

    Raises:
        TickerCameLateError: They do not come so.
    """
    last = ""
    for run in runs:
        for symbol, start, rows in _spans(run, ticker):
            if symbol < last:
                raise TickerCameLateError
            last = symbol
            yield symbol, run.slice(start, rows)


def pieces_by_disk(runs: Iterable[Any], ticker: str, folder: Path) -> Iterator[Piece]:
    """Yield rows in the order of the tickers, after all of them were written into a folder."""
    arrow: Any = import_module("pyarrow")
    kept, spans = [], []
    for number, run in enumerate(runs):
        path = folder / f"{number}.arrow"
        with arrow.OSFile(str(path), "wb") as sink, arrow.ipc.new_file(sink, run.schema) as file:
            file.write_table(run)
        kept.append(arrow.ipc.open_file(arrow.memory_map(str(path))).read_all())
        spans.append(_numbered(number, _spans(run, ticker)))
    for symbol, number, start, rows in merge(*spans):
        yield symbol, kept[number].slice(start, rows)


def _numbered(
    number: int, spans: Iterator[tuple[str, int, int]]
) -> Iterator[tuple[str, int, int, int]]:
    # The first is asked for at once: a run must not be held until it is gone through.
    first = next(spans)
    return ((symbol, number, start, rows) for symbol, start, rows in chain((first,), spans))


def _sorted(table: Any, ticker: str) -> Any:
    compute: Any = import_module("pyarrow.compute")
    table = table.combine_chunks()
    order = compute.sort_indices(table, sort_keys=[(ticker, "ascending"), (KEY, "ascending")])
    if is_rising(order):
        return table
    return table.take(order).combine_chunks()


def is_rising(numbers: Any) -> bool:
    """Return whether no number is below the one before it; those that are unknown say nothing."""
    compute: Any = import_module("pyarrow.compute")
    rising = compute.less_equal(numbers.slice(0, max(0, len(numbers) - 1)), numbers.slice(1))
    return compute.all(rising).as_py() is not False


def _spans(run: Any, ticker: str) -> Iterator[tuple[str, int, int]]:
    """Yield each ticker of a run, where its rows begin, and how many they are."""
    compute: Any = import_module("pyarrow.compute")
    encoded = compute.run_end_encode(run.column(ticker).combine_chunks())
    # It may be on the disk by the time that the first is taken.
    del run
    start = 0
    for symbol, end in zip(encoded.values, encoded.run_ends, strict=True):
        yield symbol.as_py(), start, end.as_py() - start
        start = end.as_py()
