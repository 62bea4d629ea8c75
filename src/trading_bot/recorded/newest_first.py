"""Puts the rows of one symbol in order in memory, where a file has its newest row first.

So does the provider's REST unless it is asked otherwise, and whoever keeps its pages keeps that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from trading_bot.recorded.rows import SIP_NS, SYMBOL, Row

MOST_ROWS: Final = 3_000_000
"""Rows of one file that are sorted in memory: about a gigabyte."""
SORTED: Final = "files_newest_first_sorted_in_memory"
"""By this name they are noted in the account."""
_AT_ONCE: Final = 10_000


class UnsortedFileError(ValueError):
    """A file's rows are not in an order that can be read as a stream."""


def comes_newest_first(rows: Sequence[Row], reorder_ns: int) -> bool:
    """Return whether a file goes back in time, by the first symbol at its start.

    Args:
        rows: Of the start, in file order.
        reorder_ns: By how much any file may.
    """
    stamps = [row[SIP_NS] for row in rows if row[SYMBOL] == rows[0][SYMBOL]]
    return bool(stamps) and stamps[0] - stamps[-1] > reorder_ns


def in_order(blocks: Iterable[list[Row]], name: str) -> Iterator[list[Row]]:
    """Yield the rows of one symbol, oldest first.

    Args:
        blocks: All rows of the file.
        name: Of the file.

    Raises:
        UnsortedFileError: More rows than `MOST_ROWS`, or of several symbols; says what to do.
    """
    rows: list[Row] = []
    for block in blocks:
        rows += block
        if len(rows) > MOST_ROWS:
            raise UnsortedFileError(
                f"{name} has its newest row first and holds more than the {MOST_ROWS:,} rows that "
                "are sorted in memory; sort it by sip_timestamp"
            )
    rows.sort()
    symbols = {row[SYMBOL] for row in rows}
    if len(symbols) > 1:
        raise UnsortedFileError(
            f"{name} has its newest row first and holds {len(symbols):,} symbols; name one with "
            "--symbol, or sort it by ticker and sip_timestamp"
        )
    for begin in range(0, len(rows), _AT_ONCE):
        yield rows[begin : begin + _AT_ONCE]
