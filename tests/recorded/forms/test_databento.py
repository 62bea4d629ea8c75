"""Databento's tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.flat_data import at, early_quote, quote_row, trade_row
from support.form_files import iso, table

from trading_bot.recorded.forms.databento import price_of
from trading_bot.recorded.recognise import format_of
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

TRADES = ("ts_recv", "ts_event", "action", "side", "price", "size", "sequence", "symbol")
BOOKS = (*TRADES, "bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00")
BOOK = ("100.000000000", "100.010000000", "300", "200")
NO_STAMP = "18446744073709551615"


def rows_of(path: Path, *symbols: str, **options: object) -> list[Row]:
    source = FlatSource([path], ReadOptions(symbols=symbols, **options))  # type: ignore[arg-type]
    return [row for batch in source.batches() for row in batch]


def line(second: int, action: str, side: str, price: str, sequence: int = 1) -> tuple[str, ...]:
    return (iso(second), iso(second), action, side, price, "100", str(sequence), "ACME")


def trade(second: int = 0, place: int = 2, sequence: int = 1) -> Row:
    return trade_row(second, place=place, exchange=0, trade_id="", sequence=sequence)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("20000000000", "20.000000000"),
        ("19990000001", "19.990000001"),
        ("1000000", "0.001000000"),
        ("999999", "999999"),
        ("20.000000000", "20.000000000"),
        ("9223372036854775807", ""),
        ("", ""),
        ("x", "x"),
    ],
)
def test_a_price_is_exact_in_both_ways_of_writing(text: str, price: str) -> None:
    # Given a price, in billionths or as a decimal
    # When it is read
    # Then it has all its digits
    assert price_of(text) == price


def test_trades_are_read(tmp_path: Path) -> None:
    # Given a table of the schema trades
    path = table(tmp_path / "t.csv", [TRADES, line(0, "T", "A", "100000000000")])
    # When it is read
    # Then it is the print, without conditions, which the account says
    source = FlatSource([path], ReadOptions())
    assert [row for batch in source.batches() for row in batch] == [trade()]
    assert source.account.lines()[-1] == (
        "Of 1 trade no sale conditions are stated: auctions, average prices and late reports count "
        "as present supply and demand"
    )


def test_the_book_of_a_print_stands_before_it(tmp_path: Path) -> None:
    # Given a table of the schema tbbo: two prints of one order, and one a second later
    later = ("100.010000000", "100.020000000", "300", "200")
    path = table(
        tmp_path / "t.csv",
        [
            BOOKS,
            (*line(0, "T", "A", "100.0", 1), *BOOK),
            (*line(0, "T", "A", "100.0", 2), *later),
            (*line(1, "T", "B", "100.0", 3), *BOOK),
        ],
    )
    # When it is read
    rows = rows_of(path)
    # Then an order's first book is a nanosecond before its prints, and its second one behind them
    quote = {"bid": 100_010_000, "ask": 100_020_000}
    file = 1 << 40
    assert rows == [
        quote_row(place=file + 2, sip_ns=at(0) - 1, made_ns=at(0)),
        trade(0, 2, 1),
        trade(0, 3, 2),
        quote_row(place=file + 3, sequence=2, **quote),
        quote_row(place=file + 4, sip_ns=at(1) - 1, made_ns=at(1), sequence=3),
        trade(1, 4, 3),
    ]


def test_other_rows_of_a_book_are_quotes(tmp_path: Path) -> None:
    # Given a table of the schema mbp-1, whose second row takes the bid away
    empty = ("9223372036854775807", "100010000000", "0", "200")
    path = table(
        tmp_path / "t.csv",
        [
            BOOKS,
            (*line(0, "A", "B", "100.0"), *BOOK),
            (*line(1, "C", "B", "100.0"), *empty),
        ],
    )
    # When it is read
    # Then each is a quote, the second one without a bid
    assert rows_of(path) == [
        early_quote(0, place=(1 << 40) + 2),
        early_quote(1, place=(1 << 40) + 3, bid=0, bid_size=0),
    ]


def test_a_book_a_second_is_read(tmp_path: Path) -> None:
    # Given a table of the schema bbo, whose event has no stamp
    names = ("ts_recv", "ts_event", "symbol", *BOOKS[-4:])
    path = table(tmp_path / "q.csv", [names, (iso(0), NO_STAMP, "ACME", *BOOK)])
    # When it is read
    # Then it is the quote
    assert rows_of(path) == [early_quote(sequence=0, made_ns=None)]


def test_an_unreadable_stamp_is_refused_in_both_kinds(tmp_path: Path) -> None:
    # Given a print whose stamp is none, among good ones
    bad = ("x", *line(0, "T", "A", "100.0")[1:], *BOOK)
    path = table(tmp_path / "t.csv", [BOOKS, (*line(0, "T", "A", "100.0"), *BOOK), bad])
    # When it is read
    source = FlatSource([path], ReadOptions())
    list(source.batches())
    # Then it is refused as a print and as a quote
    refused = {("sip_timestamp", "malformed"): 1}
    assert (source.account.trades.refused, source.account.quotes.refused) == (refused, refused)


def test_sizes_are_shares_whatever_they_look_like(tmp_path: Path) -> None:
    # Given many odd sizes of a day on which the tape counted round lots
    lines = [(*line(n, "A", "B", "100.0"), "100.0", "100.01", "3", "7") for n in range(200)]
    path = table(tmp_path / "q.csv", [BOOKS, *lines])
    # When they are read
    source = FlatSource([path], ReadOptions())
    # Then they are shares, and the account says why; who says round lots is refused
    assert next(source.batches())[0][6] == 3 * 10**6
    assert source.account.units[0].sentence == (
        "Quote sizes of q.csv: shares, as files of this form count"
    )
    with pytest.raises(ValueError, match=r"q\.csv is said to hold .* round_lots .* count shares"):
        rows_of(path, quote_size_unit="round_lots")


def test_rows_without_symbols_need_to_be_told_one(tmp_path: Path) -> None:
    # Given a table without the column
    row = (*line(0, "T", "A", "100.0")[:-1], *BOOK)
    path = table(tmp_path / "t.csv", [(*TRADES[:-1], *BOOKS[-4:]), row])
    # When it is read
    # Then the symbol that is told is its own, and without one the error says what to do
    assert len(rows_of(path, "ACME")) == 2
    with pytest.raises(ValueError, match=r"t\.csv names no symbol; name .* with --symbol"):
        rows_of(path)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("DBN\x01\x02", "binary DBN: they are read without --format, and not together with"),
        ("ts_recv,ts_event,action,side,price,size,order_id\n", "order by order: they are read"),
    ],
)
def test_what_is_no_table_is_named_with_what_to_do(
    tmp_path: Path, start: str, message: str
) -> None:
    # Given a file of Databento's that is no table of trades or of quotes
    path = tmp_path / "d"
    path.write_text(start)
    # When it is read as one
    # Then it is known, and refused with what to do
    assert format_of(path) == "databento"
    with pytest.raises(ValueError, match=message):
        rows_of(path)
