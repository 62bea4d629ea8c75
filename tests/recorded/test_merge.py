"""Streams of rows merged in exchange order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.account_values import left_out
from support.flat_data import at, quote_row, trade_row

from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.merge import Turns, merged, symbol_by_symbol, without_repeats
from trading_bot.recorded.newest_first import UnsortedFileError
from trading_bot.recorded.rows import Row


def flat(batches: Iterator[list[Row]]) -> list[Row]:
    return [row for batch in batches for row in batch]


def runs(*rows: Row) -> Turns:
    return Turns(iter([(row[3], [row]) for row in rows]))


def test_prints_and_quotes_are_merged_by_time() -> None:
    # Given a stream of prints and one of quotes
    prints = [trade_row(0), trade_row(2)]
    quotes = [quote_row(0), quote_row(1)]
    # When they are merged
    rows = flat(merged([iter([prints]), iter([quotes])]))
    # Then prints come before quotes of their stamp
    assert rows == [trade_row(0), quote_row(0), quote_row(1), trade_row(2)]


def test_rows_are_handed_on_before_the_streams_end() -> None:
    # Given two streams, each of which has come six seconds further
    prints = iter([[trade_row(0)], [trade_row(6)], [trade_row(20)]])
    quotes = iter([[quote_row(1)], [quote_row(7)], [quote_row(20)]])
    # When the first batch is asked for
    batch = next(merged([prints, quotes]))
    # Then it holds what nothing can precede any more
    assert batch == [trade_row(0)]


rows_of_time = st.lists(st.integers(0, 4_000), min_size=1, max_size=30)


@given(rows_of_time, rows_of_time, st.integers(1, 7), st.integers(1, 7))
def test_how_much_is_read_at_a_time_changes_no_order(
    prints: list[int], quotes: list[int], print_step: int, quote_step: int
) -> None:
    # Given two streams within five seconds of disorder, read in pieces of any size
    trade_rows = [trade_row(ms / 1_000, place=n) for n, ms in enumerate(prints)]
    quote_rows = [quote_row(ms / 1_000, place=100 + n) for n, ms in enumerate(quotes)]

    def pieces(rows: list[Row], step: int) -> Iterator[list[Row]]:
        return (rows[start : start + step] for start in range(0, len(rows), step))

    # When they are merged
    rows = flat(merged([pieces(trade_rows, print_step), pieces(quote_rows, quote_step)]))
    # Then the result is all rows, sorted
    assert rows == sorted(trade_rows + quote_rows)


def test_files_sorted_by_ticker_are_merged_symbol_by_symbol() -> None:
    # Given prints of two symbols, and quotes of one of them and of a third
    prints = runs(trade_row(5), trade_row(1, symbol="BOLT"))
    quotes = runs(quote_row(4), quote_row(0, symbol="CLIF"))
    # When they are merged
    batches = list(symbol_by_symbol([prints, quotes]))
    # Then each symbol's rows stand together, in time order
    assert batches == [
        [quote_row(4), trade_row(5)],
        [trade_row(1, symbol="BOLT")],
        [quote_row(0, symbol="CLIF")],
    ]


def test_a_ticker_that_comes_back_is_an_error_that_says_what_to_do() -> None:
    # Given a file whose symbols take turns
    prints = runs(trade_row(0), trade_row(1, symbol="BOLT"), trade_row(2))
    # When it is read symbol by symbol
    # Then the error names the symbols and the remedy
    with pytest.raises(
        UnsortedFileError, match=r"rows of ACME come after rows of BOLT: .* --symbol"
    ):
        flat(symbol_by_symbol([prints]))


def test_what_waits_is_not_gone_through_at_each_few_rows() -> None:
    # Given many rows of one moment, which come one by one
    compared = Counter[str]()

    class Counted(tuple[Any, ...]):
        __slots__ = ()

        def __lt__(self, other: tuple[Any, ...]) -> bool:
            compared["rows"] += 1
            return tuple(self) < tuple(other)

    rows = [Counted(trade_row(n / 1_000, place=n)) for n in range(2_000)]
    # When they are merged
    found = flat(merged([iter([[row] for row in rows])]))
    # Then each was looked at a few times, however many wait
    assert found == rows
    assert compared["rows"] < 10 * len(rows)


def test_a_stream_joins_where_another_one_comes_so_far() -> None:
    # Given a stream that goes on beyond the moment at which another one joins
    first = iter([[trade_row(0)], [trade_row(100, place=3)]])
    second = iter([[quote_row(99)]])

    def joining(at_ns: int) -> list[Iterator[list[Row]]]:
        return [second] if at_ns >= at(100) else []

    # When they are merged
    found = flat(merged([first], joining))
    # Then the second one's rows have their places
    assert found == [trade_row(0), quote_row(99), trade_row(100, place=3)]


def test_a_file_joins_symbol_by_symbol() -> None:
    # Given two symbols, the first of which goes on beyond the moment at which a file joins
    week = runs(trade_row(0), trade_row(100, place=3), trade_row(0, symbol="BOLT", place=4))
    other = runs(trade_row(99, place=5), trade_row(99, symbol="CLIF", place=6))
    waiting = [other]

    def joining(at_ns: int) -> list[Turns]:
        return [waiting.pop()] if waiting and at_ns >= at(100) else []

    # When they are merged
    found = flat(symbol_by_symbol([week], joining))
    # Then each symbol has the rows of both
    assert [row[4] for row in found] == [2, 5, 3, 4, 6]


def test_a_file_that_joins_may_hold_tickers_that_have_gone_by() -> None:
    # Given a week of prints whose first two tickers have none of its later days, and the quotes of
    # those days, of all tickers
    week = runs(
        trade_row(0, place=1),
        trade_row(0, symbol="BOLT", place=2),
        trade_row(0, symbol="CLIF", place=3),
        trade_row(100, symbol="CLIF", place=4),
        trade_row(200, symbol="DUNE", place=5),
    )
    later = [
        (
            200,
            runs(quote_row(199, place=9), quote_row(199, symbol="DUNE", place=10)),
        ),
        (
            100,
            runs(
                quote_row(99, place=6),
                quote_row(99, symbol="BOLT", place=7),
                quote_row(99, symbol="CLIF", place=8),
            ),
        ),
    ]

    def joining(at_ns: int) -> list[Turns]:
        return [later.pop()[1]] if later and at_ns >= at(later[-1][0]) else []

    # When they are merged
    batches = list(symbol_by_symbol([week], joining))
    # Then each ticker is in time order, and those that had gone by come where their day does
    assert [[row[4] for row in batch] for batch in batches] == [
        [1],
        [2],
        [6],
        [7],
        [3, 8, 4],
        [9],
        [10, 5],
    ]


def test_a_print_that_stands_in_two_files_counts_once() -> None:
    # Given one print twice, between others of its stamp
    rows = [
        trade_row(0, place=1, trade_id="a"),
        trade_row(0, place=2, trade_id="b"),
        trade_row(0, place=3, trade_id="a"),
        quote_row(0),
    ]
    account = RowAccount()
    # When repeats are dropped
    kept = without_repeats(rows, account)
    # Then one of them is left, and counted
    assert (kept, left_out(account)) == ([*rows[:2], rows[3]], {"duplicate": 1})


def test_prints_without_a_number_are_never_taken_for_repeats() -> None:
    # Given two equal prints without a sequence number
    rows = [trade_row(0, place=1, sequence=0), trade_row(0, place=2, sequence=0)]
    account = RowAccount()
    # When repeats are dropped
    kept = without_repeats(rows, account)
    # Then both are there
    assert (kept, left_out(account)) == (rows, {})


def test_different_prints_cost_no_second_look() -> None:
    # Given prints with stamps of their own
    rows = [trade_row(0), trade_row(1)]
    # When repeats are dropped
    kept = without_repeats(rows, RowAccount())
    # Then the list itself comes back
    assert kept is rows
