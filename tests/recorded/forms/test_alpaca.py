"""Alpaca's trades and quotes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at, early_quote, trade_row
from support.form_files import iso, json_lines, table

from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

TRADES = ("symbol", "timestamp", "exchange", "price", "size", "id", "conditions", "tape")
QUOTES = (
    "symbol",
    "timestamp",
    "ask_exchange",
    "ask_price",
    "ask_size",
    "bid_exchange",
    "bid_price",
    "bid_size",
    "conditions",
    "tape",
)
QUOTE = ("V", "100.01", "2", "V", "100.0", "3", "['R']", "A")


def rows_of(path: Path, *symbols: str) -> list[Row]:
    source = FlatSource([path], ReadOptions(symbols=symbols))
    return [row for batch in source.batches() for row in batch]


def trade(**changes: Any) -> Row:
    plain = {"sequence": 0, "made_ns": None, "exchange": 15}
    return trade_row(**plain | changes)


def test_a_table_of_trades_is_read_with_its_letters(tmp_path: Path) -> None:
    # Given a table as the client writes it
    stamps = [iso(second).replace("T", " ").replace("Z", "+00:00") for second in range(2)]
    path = table(
        tmp_path / "t.csv",
        [
            TRADES,
            ("ACME", stamps[0], "V", "100.00", "100.0", "7", "['@', 'I']", "A"),
            ("ACME", stamps[1], "D", "100.00", "1.5", "8", "['@', 'B']", "C"),
        ],
    )
    # When it is read
    rows = rows_of(path)
    # Then venues and conditions are our numbers, and a fraction of a share is kept
    assert rows == [
        trade(conditions=(37,)),
        trade(seconds=1, place=3, size=1.5, exchange=4, trade_id="8", conditions=(4,)),
    ]


def test_a_table_of_quotes_is_read_as_it_is(tmp_path: Path) -> None:
    # Given a table as the client writes it, of a day on which it counts round lots
    path = table(tmp_path / "q.csv", [QUOTES, ("ACME", iso(0), *QUOTE)])
    # When it is read
    # Then it is the quote
    assert rows_of(path) == [early_quote(sequence=0, made_ns=None)]


ANSWER = {
    "t": iso(0),
    "x": "V",
    "p": 100.0,
    "s": 100,
    "c": ["@", "I"],
    "i": 7,
    "z": "A",
}


@pytest.mark.parametrize(
    "answer",
    [
        {"trades": {"ACME": [ANSWER]}, "next_page_token": None},
        {"trades": [ANSWER], "symbol": "ACME"},
        {"trades": {"ACME": [ANSWER]}, "quotes": None},
        ANSWER | {"symbol": "ACME"},
    ],
)
def test_an_answer_is_read_whoever_it_is_of(tmp_path: Path, answer: object) -> None:
    # Given an answer about one symbol or about several
    path = json_lines(tmp_path / "t.json", [answer])
    # When it is read
    # Then it is the print
    assert rows_of(path) == [trade(conditions=(37,))]


def test_an_answer_of_quotes_is_read(tmp_path: Path) -> None:
    # Given an answer
    quote = {"t": iso(0), "ap": 100.01, "as": 2, "bp": 100, "bs": 3, "c": ["R"], "z": "A"}
    path = json_lines(tmp_path / "q.json", [{"quotes": {"ACME": [quote]}}])
    # When it is read
    # Then it is the quote
    assert rows_of(path) == [early_quote(sequence=0, made_ns=None)]


@pytest.mark.parametrize(
    ("update", "correction"),
    [("canceled", 8), ("incorrect", 7), ("corrected", 1), ("other", -1)],
)
def test_what_became_of_a_print_is_its_correction(
    tmp_path: Path, update: str, correction: int
) -> None:
    # Given a print that was changed later
    path = json_lines(tmp_path / "t.json", [{"trades": {"ACME": [ANSWER | {"u": update}]}}])
    # When it is read
    # Then its correction says so
    assert rows_of(path) == [trade(conditions=(37,), correction=correction)]


def test_a_table_without_symbols_needs_to_be_told_one(tmp_path: Path) -> None:
    # Given a table of one symbol, which it does not name
    path = table(tmp_path / "t.csv", [TRADES[1:], (iso(0), "V", "100.00", "100", "7", "[]", "A")])
    # When it is read
    # Then the symbol that is told is its own, and without one the error says what to do
    assert rows_of(path, "ACME") == [trade()]
    with pytest.raises(ValueError, match=r"t\.csv names no symbol; name .* with --symbol"):
        rows_of(path)


def test_a_table_of_another_maker_is_not_taken_for_it(tmp_path: Path) -> None:
    # Given the same names, and a column that the client does not have
    path = table(
        tmp_path / "t.csv",
        [
            (*TRADES, "sequence_number"),
            ("ACME", at(0), "12", "100.00", "100", "7", "14", "1", "1"),
        ],
    )
    # When it is read
    # Then its codes are numbers
    assert rows_of(path) == [trade_row(conditions=(14,), made_ns=None)]


def test_an_unknown_letter_is_counted_once_in_a_file_that_is_looked_at_twice(
    tmp_path: Path,
) -> None:
    # Given a table with its newest row first, which is sorted in memory, of a letter nobody knows
    rows = [("ACME", iso(second), "V", "100.00", "100", "7", "['!']", "A") for second in (60, 0)]
    path = table(tmp_path / "t.csv", [TRADES, *rows])
    # When it is read
    source = FlatSource([path], ReadOptions())
    list(source.batches())
    # Then each print is counted once
    assert source.account.notes["prints_of_unknown_condition_!"] == 2
