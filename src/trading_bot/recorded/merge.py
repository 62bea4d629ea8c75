"""Many streams of rows into one in exchange order, in bounded memory.

A row is handed on once every stream has come far enough past it that nothing can precede it any
more. How far the streams are read at a time changes no result.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import filterfalse
from operator import itemgetter
from typing import TypeVar

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, FAR_PAST_NS
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.flat_files import REORDER_NS
from trading_bot.recorded.newest_first import UnsortedFileError
from trading_bot.recorded.rows import KIND, PLACE, SEQUENCE, SIP_NS, SYMBOL, Row

_is_quote = itemgetter(KIND)
_what_orders = itemgetter(SIP_NS, SEQUENCE, SYMBOL)


Stream = Iterator[list[Row]]
JoiningT = TypeVar("JoiningT")
Joining = Callable[[int], Sequence[JoiningT]]
"""Gives what joins once something has come as far as this stamp; mostly nothing."""
_Opening = Callable[[int], Generator[list[Row], None, Sequence[Stream]]]
"""The same, of streams that begin behind other rows: those are yielded first."""


def merged(
    streams: Iterable[Stream], joining: Joining[Stream] = lambda _: ()
) -> Iterator[list[Row]]:
    """Merge streams whose rows are at most `REORDER_NS` out of order.

    Args:
        streams: Each yields lists of rows, none of them empty.
        joining: Gives streams of which no row is earlier than the stamp that they join at.

    Yields:
        Rows in exchange order, in lists that are never empty.
    """

    def opening(at_ns: int) -> Generator[list[Row], None, Sequence[Stream]]:
        yield from ()
        return joining(at_ns)

    return _merged(streams, opening)


def _merged(streams: Iterable[Stream], opening: _Opening) -> Iterator[list[Row]]:
    newest = dict.fromkeys(streams, FAR_PAST_NS)
    waiting: list[Row] = []
    in_order = 0
    while newest:
        behind = min(newest, key=newest.__getitem__)
        rows = next(behind, None)
        if rows is None:
            del newest[behind]
        else:
            newest[behind] = max(newest[behind], rows[-1][SIP_NS])
            joined = yield from opening(newest[behind])
            newest.update(dict.fromkeys(joined, FAR_PAST_NS))
            waiting += rows
        # Not at each few rows: of many symbols thousands wait, and are gone through each time.
        if newest and len(waiting) < 2 * in_order:
            continue
        # Runs that are sorted already, as they are: this is a merge, not a sort.
        waiting.sort()
        settled_ns = min(newest.values(), default=FAR_FUTURE_NS) - REORDER_NS
        count = bisect_left(waiting, (settled_ns,))
        if count:
            yield waiting[:count]
            del waiting[:count]
        in_order = len(waiting)


class Turns:
    """One file's runs of rows, of which the caller takes one symbol's at a time.

    Args:
        runs: (symbol, rows) in file order.
    """

    def __init__(self, runs: Iterator[tuple[str, list[Row]]]) -> None:
        self._runs = runs
        self._next = next(runs, None)

    @property
    def symbol(self) -> str | None:
        """The symbol that comes next, None at the end."""
        return None if self._next is None else self._next[0]

    def of(self, symbol: str) -> Iterator[list[Row]]:
        """Yield the rows that follow up to the next other symbol."""
        while self._next is not None and self._next[0] == symbol:
            rows = self._next[1]
            self._next = next(self._runs, None)
            yield rows


def symbol_by_symbol(
    files: Iterable[Turns], joining: Joining[Turns] = lambda _: ()
) -> Iterator[list[Row]]:
    """Merge files in which each symbol's rows stand together, in the order of the tickers.

    Args:
        files: They all have rows.
        joining: Gives files of which no row is earlier than the stamp that they join at.

    What joins may hold tickers that have gone by: their rows are yielded before it goes on.

    Raises:
        UnsortedFileError: A ticker comes after a later one.
    """
    return _in_turn(list(files), joining, None)


def _in_turn(
    files: list[Turns], joining: Joining[Turns], before: str | None
) -> Iterator[list[Row]]:
    """Yield the rows of the tickers before one, of all where it is None; `files` gains what joins.

    Raises:
        UnsortedFileError: A ticker comes after a later one.
    """
    last = ""

    def opening(at_ns: int) -> Generator[list[Row], None, Sequence[Stream]]:
        joined = list(joining(at_ns))
        if joined:
            # Of tickers that have gone by: they have no rows of these days in the other files.
            yield from _in_turn(joined, joining, last)
            files.extend(joined)
        return [each.of(last) for each in joined if each.symbol == last]

    while waiting := [turns.symbol for turns in files if turns.symbol is not None]:
        symbol = min(waiting)
        if before is not None and symbol >= before:
            return
        if symbol < last:
            raise UnsortedFileError(
                f"rows of {symbol} come after rows of {last}: these files are sorted neither by "
                "ticker nor by time, so they cannot be read as a stream; sort them by ticker and "
                "sip_timestamp, or name one symbol with --symbol"
            )
        last = symbol
        own = [turns.of(symbol) for turns in files if turns.symbol == symbol]
        yield from _merged(own, opening)


def without_repeats(rows: list[Row], account: RowAccount) -> list[Row]:
    """Drop prints that stand in the data twice, as where two files overlap; counts `duplicate`.

    Prints are the same when all but their place is equal and they have a sequence number.

    Args:
        rows: In exchange order.
        account: Gains the number of rows dropped.
    """
    prints = list(filterfalse(_is_quote, rows))
    if len(set(map(_what_orders, prints))) == len(prints):
        return rows
    known = set()
    repeated = set()
    for row in prints:
        key = row[:PLACE] + row[PLACE + 1 :]
        if row[SEQUENCE] and key in known:
            repeated.add(row[PLACE])
        known.add(key)
    if not repeated:
        return rows
    account.trades.leave("duplicate", len(repeated))
    return [row for row in rows if row[PLACE] not in repeated]
