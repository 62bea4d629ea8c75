"""Files of Databento as one source."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.account_values import adds_up
from support.databento_files import dbn_file, table_file
from support.dbn_records import (
    ACME,
    BIDS,
    DAY,
    OPEN_NS,
    SNAPSHOT,
    best,
    book,
    order,
    print_alone,
    trade,
)
from support.form_files import table

from trading_bot.order_flow.market.events import HaltEvent, Withdrawal
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.recorded.databento.event_rows import EventRows
from trading_bot.recorded.databento.source import DatabentoSource
from trading_bot.recorded.flat_files import REORDER_NS
from trading_bot.recorded.rows import KIND, SIP_NS, SYMBOL, Row, columns_of
from trading_bot.recorded.sources import ReadOptions

HOUR_NS = 3_600 * NS_PER_SECOND


def read(*paths: Path, **options: object) -> tuple[list[Row], DatabentoSource]:
    source = DatabentoSource(paths, ReadOptions(**options))  # type: ignore[arg-type]
    return [row for batch in source.batches() for row in batch], source


def test_files_are_put_in_order_by_their_first_records(tmp_path: Path) -> None:
    # Given a file of the afternoon, two of the morning, and one without records
    late = dbn_file(tmp_path / "a", *[book(OPEN_NS + HOUR_NS + n) for n in range(3)])
    early = dbn_file(tmp_path / "b", *[book(OPEN_NS + n * 10) for n in range(5)])
    prints = dbn_file(
        tmp_path / "c", *[print_alone(OPEN_NS + n * 10 + 5) for n in range(5)], schema="trades"
    )
    empty = dbn_file(tmp_path / "d")
    # When they are read together
    rows, source = read(late, early, prints, empty, chunk_rows=2)
    # Then all rows come by time
    stamps = [row[SIP_NS] for row in rows]
    assert (len(rows), stamps) == (13, sorted(stamps))
    assert [row[KIND] for row in rows[:4]] == [1, 0, 1, 0]
    assert source.paths == (late, early, prints, empty)
    assert (source.one_by_one, source.symbols_come_once, source.step_ns) == (False, False, 1)


def test_only_wanted_symbols_and_times_are_rows(tmp_path: Path) -> None:
    # Given books of two symbols
    records = [book(), book(instrument=12), trade(instrument=12), book(OPEN_NS + HOUR_NS)]
    path = dbn_file(tmp_path / "f", *records)
    # When one of them is wanted, for some time
    rows, source = read(path, symbols=("ACME",), to_ns=OPEN_NS + 1)
    # Then the rest is counted
    assert [row[SYMBOL] for row in rows] == ["ACME"]
    assert source.account.not_judged("quotes") == {"other_symbol": 1, "outside_time": 1}
    assert source.account.not_judged("trades") == {"other_symbol": 1}


def test_quotes_of_other_symbols_are_counted(tmp_path: Path) -> None:
    # Given best bids and asks of a symbol that is not wanted
    path = dbn_file(tmp_path / "f", best(), schema="mbp-1")
    # When the file is read for another
    rows, source = read(path, symbols=("BOLT",))
    # Then there is none
    assert rows == []
    assert source.account.quotes.not_judged == {"other_symbol": 1}


def test_what_is_no_ticker_is_named_and_left_out(tmp_path: Path) -> None:
    # Given a spread beside a future whose name is spelled as a ticker is
    mappings = {"ESH4": [(*DAY, ACME)], "UD:1V": [(*DAY, 12)]}
    records = [book(), book(instrument=12), trade(instrument=12)]
    path = dbn_file(tmp_path / "f", *records, mappings=mappings)
    # When they are read
    rows, source = read(path)
    # Then the one is read, and the other is named
    assert [row[SYMBOL] for row in rows] == ["ESH4"]
    assert source.account.quotes.not_judged == {"no_ticker": 1}
    assert "2 records of UD:1V, which is no ticker" in source.account.lines()[-1]


def test_records_that_cannot_be_used_are_counted_by_kind_and_reason(tmp_path: Path) -> None:
    # Given records that are at fault in every way
    records = [
        book(bids=[BIDS[0], *BIDS[:9]]),
        book(flags=128 | 4),
        book(bids=[(10**17, 5)]),
        trade(price=0),
        trade(size=0),
        trade(at_ns=5),
        book(at_ns=5),
        trade(flags=SNAPSHOT),
        book(instrument=99),
        trade(instrument=99),
        book(flags=0),
        book(OPEN_NS + 1),
    ]
    path = dbn_file(tmp_path / "f", *records)
    # When they are read
    rows, source = read(path, chunk_rows=2)
    # Then each has its reason, and the account adds up once the rows are judged
    assert len(rows) == 1
    assert source.account.trades.refused == {
        ("price", "impossible_price"): 1,
        ("size", "impossible_size"): 1,
        ("ts_event", "impossible_stamp"): 1,
        ("instrument_id", "unmapped"): 1,
    }
    assert source.account.trades.not_judged == {"print_of_snapshot": 1}
    assert source.account.quotes.refused == {
        ("levels", "impossible_book"): 1,
        ("levels", "maybe_bad_book"): 1,
        ("levels", "impossible_price"): 1,
        ("ts_event", "impossible_stamp"): 1,
        ("instrument_id", "unmapped"): 1,
    }
    assert source.account.quotes.not_judged == {"without_a_book_of_their_own": 1}
    source.account.quotes.judged += 1
    assert adds_up(source.account)


@pytest.mark.parametrize("chunk_rows", [1, 600])
def test_a_record_whose_event_a_print_ends_is_counted_once(tmp_path: Path, chunk_rows: int) -> None:
    # Given a record that completes no event, and a print that does
    path = dbn_file(tmp_path / "f", book(flags=0), trade(OPEN_NS + 1, flags=128))
    # When they are read, in one block or in two
    rows, source = read(path, chunk_rows=chunk_rows)
    # Then both are rows, and nothing is left out
    assert [row[KIND] for row in rows] == [1, 0]
    assert source.account.not_judged("quotes") == {}
    assert source.account.quotes.not_judged.total() == 0


@pytest.mark.parametrize("chunk_rows", [1, 600])
def test_a_refused_order_is_not_shown_by_a_print_as_well(tmp_path: Path, chunk_rows: int) -> None:
    # Given an order of an impossible stamp, and a print that completes its event
    made = [order(at_ns=7), order("T", at_ns=OPEN_NS + 1)]
    path = dbn_file(tmp_path / "f", *made, schema="mbo")
    # When they are read, in one block or in two
    rows, source = read(path, chunk_rows=chunk_rows)
    # Then the order is refused and the print is a row, and no row is counted twice
    assert [row[KIND] for row in rows] == [0]
    assert source.account.quotes.refused == {("ts_event", "impossible_stamp"): 1}
    assert source.account.quotes.not_judged.total() == 0


def test_a_record_of_no_known_action_is_one_record(tmp_path: Path) -> None:
    # Given a record whose action is none
    record = bytearray(book())
    record[28] = ord("x")
    path = dbn_file(tmp_path / "f", bytes(record), book(OPEN_NS + 1))
    # When it is read
    _, source = read(path)
    # Then it is refused once
    assert source.account.quotes.refused == {("levels", "impossible_action"): 1}
    assert source.account.quotes.not_judged == source.account.trades.refused == {}


def test_faults_of_orders_are_noted(tmp_path: Path) -> None:
    # Given a book that crosses itself, and a cancel of what is unknown
    records = [
        order("R", "N"),
        order(),
        order(side="A", number=2, price=BIDS[0][0]),
        order("C", number=9),
    ]
    path = dbn_file(tmp_path / "f", *records, schema="mbo")
    # When it is read
    rows, source = read(path)
    # Then both are told, and neither is a loss
    assert len(rows) == 1
    assert source.account.notes["unknown_order"] == 1
    assert source.account.quotes.not_judged == {
        "crossed_book": 1,
        "without_a_book_of_their_own": 2,
    }
    assert source.account.quotes.refused == {}


@pytest.mark.parametrize(("late_ns", "lost"), [(REORDER_NS, 0), (REORDER_NS + 1, 1)])
@pytest.mark.parametrize("chunk_rows", [1, 600])
def test_what_comes_too_late_is_refused(
    tmp_path: Path, late_ns: int, lost: int, chunk_rows: int
) -> None:
    # Given a record and a print around the time for which rows are put in order
    at_ns = OPEN_NS + HOUR_NS
    records = [book(at_ns), book(at_ns + 1), book(at_ns + 1 - late_ns), trade(at_ns + 1 - late_ns)]
    path = dbn_file(tmp_path / "f", *records)
    # When they are read
    rows, source = read(path, chunk_rows=chunk_rows)
    # Then what is later than that is refused
    assert [row[SIP_NS] for row in rows] == sorted(row[SIP_NS] for row in rows)
    expected = {("ts_event", "out_of_order"): 1} if lost else {}
    assert source.account.quotes.refused == source.account.trades.refused == expected


def test_one_stamp_of_the_future_does_not_make_the_others_late(tmp_path: Path) -> None:
    # Given a record that is said to be of next year
    records = [book(OPEN_NS + n) for n in range(4)]
    records[1] = book(OPEN_NS + 9_000 * HOUR_NS)
    path = dbn_file(tmp_path / "f", *records)
    # When it is read
    rows, source = read(path)
    # Then it alone is refused
    assert len(rows) == 3
    assert source.account.quotes.refused == {("ts_event", "out_of_order"): 1}


def test_prints_of_two_files_count_once(tmp_path: Path) -> None:
    # Given the same prints in two files
    one = dbn_file(tmp_path / "a", trade(), trade(OPEN_NS + 1))
    two = dbn_file(tmp_path / "b", trade(), trade(OPEN_NS + 1))
    # When both are read
    rows, source = read(one, two)
    # Then each is one
    assert len(rows) == 2
    assert source.account.trades.not_judged == {"duplicate": 2}


def test_what_is_none_of_these_is_refused(tmp_path: Path) -> None:
    # Given a table of something else
    path = table(tmp_path / "f.csv", [("a", "b"), (1, 2)])
    # When it is opened as one of these
    # Then the error says what it should have
    with pytest.raises(ValueError, match="neither DBN nor a table of Databento with the columns"):
        read(path)


def test_rows_give_the_events_that_they_were_made_of(tmp_path: Path) -> None:
    # Given a book and a stated sale
    path = dbn_file(tmp_path / "f", book(), trade(OPEN_NS + 1))
    # When the rows are given to the judge as columns
    rows, _ = read(path)
    columns = columns_of(rows)
    # Then the book has all levels, and the print says who sold
    assert list(columns.kinds) == [2, 0]
    assert len(columns.books[0].asks) == 10
    assert [column[0] for column in columns.trades][-2:] == ["", "sell"]


def test_words_that_are_no_rows_are_passed_by() -> None:
    # Given what keeps events as rows
    rows = EventRows(0, ())
    # When it is told of a halt, and of a print that is taken back
    rows.halt(HaltEvent("ACME", OPEN_NS, halted=True))
    rows.withdraw(Withdrawal("ACME", OPEN_NS))
    # Then there is no row
    assert rows.take() == []


def test_a_symbol_is_asked_for_where_a_table_has_none(tmp_path: Path) -> None:
    # Given two files, of which one names its symbol
    one = dbn_file(tmp_path / "a", book())
    two = table_file(tmp_path / "b.csv", [print_alone(OPEN_NS + 1)], symbols=False)
    # When they are read for one symbol
    # Then both are its own
    assert len(read(one, two, symbols=("ACME",))[0]) == 2
