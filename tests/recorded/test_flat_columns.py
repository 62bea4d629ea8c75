"""Blocks of flat files, read by columns."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from support.flat_data import (
    QUOTES_HEADER,
    TRADES_HEADER,
    at,
    quote_line,
    quote_row,
    trade_line,
    trade_row,
)

from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.units import QuoteSizeUnit
from trading_bot.recorded import flat_columns
from trading_bot.recorded.account import KindAccount
from trading_bot.recorded.cells import UNREADABLE_CODE
from trading_bot.recorded.flat_columns import Block, BlockReader, OddBlockError
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS, Layout
from trading_bot.recorded.table_reader import TableReader


def trades(*lines: str, header: str = TRADES_HEADER) -> Block:
    return BlockReader(Layout(header), None, Counter()).read(
        "\n".join(lines) + "\n", range(2, 2 + len(lines))
    )


def quotes(*lines: str, header: str = QUOTES_HEADER, unit: QuoteSizeUnit | None = None) -> Block:
    return BlockReader(Layout(header), unit, Counter()).read(
        "\n".join(lines) + "\n", range(2, 2 + len(lines))
    )


def test_trades_are_read_in_the_order_of_the_file() -> None:
    # Given two regular rows
    lines = (trade_line(0), trade_line(1, price="99.5", size=7, sequence_number=2, trf_id=201))
    # When the block is read
    block = trades(*lines)
    # Then each is a row
    expected = [
        trade_row(0),
        trade_row(1, place=3, price=99_500_000, size=7, sequence=2, trf_id=201),
    ]
    assert block == Block(expected, "ACME", in_order=True)


def test_quotes_of_the_old_days_count_in_round_lots() -> None:
    # Given a quote of 2013 that shows 3 by 2
    line = quote_line()
    # When the block is read
    block = quotes(line)
    # Then it shows 300 by 200 shares
    assert block == Block([quote_row()], "ACME", in_order=True)


def test_quotes_since_the_change_count_in_shares() -> None:
    # Given a quote of the first moment that counts in shares
    line = quote_line(sip_timestamp=SHARES_SINCE_NS, participant_timestamp=SHARES_SINCE_NS)
    # When the block is read
    (row,) = quotes(line).rows
    # Then its sizes are as written
    assert (row[6], row[8]) == (3 * UNITS_PER_SHARE, 2 * UNITS_PER_SHARE)


def test_quoted_conditions_are_several() -> None:
    # Given a print with two conditions in quotation marks, one with one, one with none
    lines = (
        trade_line(0, conditions='"14,41"'),
        trade_line(1, conditions="12"),
        trade_line(2, conditions=""),
    )
    # When the block is read
    block = trades(*lines)
    # Then each print has its own
    assert [row[7] for row in block.rows] == [(14, 41), (12,), ()]


@pytest.mark.parametrize("symbol", ["NA", "NULL", "nan", "BRK.B"])
def test_tickers_are_text_whatever_they_look_like(symbol: str) -> None:
    # Given a row of a company with an awkward ticker
    line = trade_line(ticker=symbol)
    # When the block is read
    block = trades(line)
    # Then the ticker is kept
    assert block.symbol == symbol


def test_a_block_of_two_symbols_names_none() -> None:
    # Given rows of two symbols
    lines = (trade_line(ticker="ACME"), trade_line(ticker="BOLT"))
    # When the block is read
    block = trades(*lines)
    # Then it has no symbol of its own
    assert (block.symbol, [row[3] for row in block.rows]) == (None, ["ACME", "BOLT"])


def test_a_block_out_of_order_says_so() -> None:
    # Given a row with an earlier stamp below a later one
    lines = (trade_line(1), trade_line(0))
    # When the block is read
    block = trades(*lines)
    # Then it is known
    assert not block.in_order


def test_columns_are_found_by_name_in_any_order() -> None:
    # Given a file with fewer columns in another order
    header = "sip_timestamp,price,size,ticker"
    # When a row is read
    block = trades(f"{at(0)},100.0000,100,ACME", header=header)
    # Then what is missing is unknown
    expected = trade_row(sequence=0, exchange=0, made_ns=None, trade_id="")
    assert block.rows == [expected]


def test_a_participant_stamp_of_its_own_is_read() -> None:
    # Given a print made half a second before the tape had it
    line = trade_line(1, participant_timestamp=at(0.5))
    # When the block is read
    block = trades(line)
    # Then both stamps are kept
    assert block.rows == [trade_row(1, made_ns=at(0.5))]


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "none"},
        {"price": "0.0000"},
        {"price": "0.0000001"},
        {"price": "10000001"},
        {"size": "0"},
        {"sip_timestamp": ""},
        {"sip_timestamp": at(0) // 1_000_000},
        {"size": "many"},
        {"ticker": ""},
        {"id": "one,more"},
    ],
)
def test_anything_odd_in_trades_is_left_to_the_row_reader(changes: dict[str, Any]) -> None:
    # Given a block with one odd row
    lines = (trade_line(0), trade_line(1, **changes))
    # When it is read by columns
    # Then it is refused as a whole
    with pytest.raises(OddBlockError):
        trades(*lines)


@pytest.mark.parametrize(
    "changes",
    [
        {"bid_price": "0", "bid_size": "0"},
        {"ask_size": "0"},
        {"ask_size": "2.5"},
        {"sip_timestamp": SHARES_SINCE_NS, "participant_timestamp": SHARES_SINCE_NS},
    ],
)
def test_anything_odd_in_quotes_is_left_to_the_row_reader(changes: dict[str, Any]) -> None:
    # Given a block with one odd row, or rows on both sides of the change of units
    lines = (quote_line(0), quote_line(1, **changes))
    # When it is read by columns
    # Then it is refused as a whole
    with pytest.raises(OddBlockError):
        quotes(*lines)


def test_the_first_and_the_last_column_are_kept_apart_where_lines_meet() -> None:
    # Given files that begin with one column that is read and end with another
    headers = ("ticker,price,sip_timestamp,size", "size,price,sip_timestamp,ticker")
    lines = (
        [f"ACME,100.0000,{at(0)},{size}" for size in (100, 200, 200)],
        [f"{size},100.0000,{at(0)},ACME" for size in (100, 200, 200)],
    )
    # When they are read
    blocks = [trades(*each, header=header) for each, header in zip(lines, headers, strict=True)]
    # Then every line has its own cells
    found = [[(row[3], row[6] // UNITS_PER_SHARE) for row in block.rows] for block in blocks]
    assert found == [[("ACME", 100), ("ACME", 200), ("ACME", 200)]] * 2


@pytest.mark.parametrize(
    "lines",
    [
        ("A,1,2\n3", "A,1,2,3", "B"),
        ("A,1,2,3,A\n1", "2,3"),
        ("A,1,2,3,A", "1,2,3\nA,1,2,3"),
        ("A,1,2", "3"),
        ("A,1\n2,3,A,1", "2,3"),
        ("no comma",),
    ],
)
def test_a_line_of_another_width_is_left_to_the_row_reader(lines: tuple[str, ...]) -> None:
    # Given cells of four columns with a newline at another place than after each fourth
    text = "\n".join(lines) + "\n"
    reader = BlockReader(Layout("ticker,price,sip_timestamp,size"), None, Counter())
    # When they are read by columns
    # Then they are refused, even where their number is right
    with pytest.raises(OddBlockError):
        reader.read(text, range(2, 2 + text.count("\n")))


def test_a_last_line_without_its_newline_is_left_to_the_row_reader() -> None:
    # Given as many newlines as lines, but two of them in one place
    text = "A,1,2,3\n\nA,1,2,3"
    reader = BlockReader(Layout("ticker,price,sip_timestamp,size"), None, Counter())
    # When it is read by columns
    # Then it is refused
    with pytest.raises(OddBlockError):
        reader.read(text, range(2, 4))


def test_a_block_without_any_ticker_is_refused() -> None:
    # Given a block whose only row lacks its ticker
    # When it is read by columns
    # Then it is refused
    with pytest.raises(OddBlockError):
        trades(trade_line(ticker=""))


def test_round_lots_by_price_are_left_to_the_row_reader() -> None:
    # Given a quote after the change whose sizes are told to be round lots
    line = quote_line(sip_timestamp=SHARES_SINCE_NS, participant_timestamp=SHARES_SINCE_NS)
    # When it is read by columns
    # Then it is refused: the size of a lot depends on each price
    with pytest.raises(OddBlockError):
        quotes(line, unit="round_lots")


def test_what_texts_mean_is_forgotten_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given room for two prices only
    monkeypatch.setattr(flat_columns, "_CACHE_LIMIT", 2)
    lines = [trade_line(number, price=f"{100 + number}") for number in range(5)]
    # When five are read
    block = trades(*lines)
    # Then all are right
    assert [row[5] for row in block.rows] == [(100 + n) * 1_000_000 for n in range(5)]


def test_sizes_and_prices_with_decimals_are_read_by_columns() -> None:
    # Given prints as they are written since there are fractions of a share
    lines = [
        trade_line(0, size="100.000000", price="100.000000"),
        trade_line(1, size="0.250000", price="100.000000"),
        trade_line(2, size="7.5", price="100.000000"),
    ]
    # When the block is read
    block = trades(*lines)
    # Then sizes are millionths of a share
    assert [row[6] for row in block.rows] == [100_000_000, 250_000, 7_500_000]


def test_quotes_with_decimals_are_read_by_columns() -> None:
    # Given a quote whose whole sizes have decimals
    # When the block is read
    block = quotes(quote_line(bid_size="3.0", ask_size="2.000000"))
    # Then it is the same quote
    assert block.rows == [quote_row()]


def test_numbers_that_went_through_floats_are_read_by_columns() -> None:
    # Given whole numbers with a point
    line = trade_line(correction="0.0", exchange="12.0", trf_id="201.0", sequence_number="1.0")
    # When the block is read
    block = trades(line)
    # Then they are whole again
    assert block.rows == [trade_row(trf_id=201)]


@pytest.mark.parametrize("nothing", ["", "0"])
def test_a_column_without_participant_stamps_is_read_by_columns(nothing: str) -> None:
    # Given prints of which nobody stated when they were made
    # When the block is read
    block = trades(*[trade_line(0, participant_timestamp=nothing)] * 2)
    # Then nothing is known of that
    assert [row[10] for row in block.rows] == [None, None]


def test_a_participant_stamp_may_be_missing_here_and_there() -> None:
    # Given a print with the stamp and one without
    lines = [trade_line(1, participant_timestamp=at(0)), trade_line(1, participant_timestamp="")]
    # When the block is read
    block = trades(*lines)
    # Then each has its own
    assert [row[10] for row in block.rows] == [at(0), None]


def test_stamps_of_another_unit_are_read_by_columns() -> None:
    # Given stamps in milliseconds
    at_ms = at(0) // 1_000_000
    # When the block is read
    block = trades(trade_line(0, sip_timestamp=at_ms, participant_timestamp=at_ms))
    # Then they are nanoseconds
    assert block.rows == [trade_row(0)]


def test_iso_stamps_are_read_by_columns() -> None:
    # Given stamps as text
    line = trade_line(0, sip_timestamp="2013-10-08T14:00:00.000000001Z")
    # When the block is read
    block = trades(line)
    # Then they are exact
    assert block.rows == [trade_row(sip_ns=at(0) + 1, made_ns=at(0))]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_cells_may_be_apart_by_other_characters(separator: str) -> None:
    # Given a file with some separator, and conditions in quotation marks with it and with commas
    header = separator.join(("ticker", "conditions", "price", "size", "sip_timestamp"))
    lines = [
        separator.join(("ACME", f'"14{between}37"', "100.0000", "100", str(at(0))))
        for between in (separator, ",")
    ]
    # When the block is read
    block = trades(*lines, header=header)
    # Then every cell has its place
    assert [row[7] for row in block.rows] == [(14, 37), (14, 37)]


def test_a_file_without_tickers_is_of_the_symbol_that_is_told() -> None:
    # Given prints without a ticker
    reader = BlockReader(Layout("sip_timestamp,price,size", "BOLT"), None, Counter())
    # When the block is read
    block = reader.read(f"{at(0)},100.0000,100\n{at(1)},100.0000,100\n", range(2, 4))
    # Then all are of that symbol
    assert (block.symbol, [row[3] for row in block.rows]) == ("BOLT", ["BOLT", "BOLT"])


@pytest.mark.parametrize(
    ("column", "text", "place", "stands_for"),
    [
        ("conditions", "T I", 7, (UNREADABLE_CODE,)),
        ("correction", "N", 8, UNREADABLE_CODE),
        ("exchange", "P", 9, 0),
        ("participant_timestamp", "1.38e18", 10, None),
        ("trf_id", "Q", 11, 0),
        ("sequence_number", "x", 2, 0),
    ],
)
def test_a_qualifier_that_cannot_be_read_costs_its_meaning_and_no_time(
    column: str, text: str, place: int, stands_for: object
) -> None:
    # Given a block of which one qualifier is written in another way in two rows of three
    odd = trade_line(1, **{column: text})
    notes: Counter[str] = Counter()
    lines = f"{trade_line(0)}\n{odd}\n{odd}\n"
    # When it is read by columns
    block = BlockReader(Layout(TRADES_HEADER), None, notes).read(lines, range(2, 5))
    # Then the rows are there without its meaning, and both cells are counted
    assert [row[place] for row in block.rows[1:]] == [stands_for] * 2
    assert notes == {f"unreadable_{column}": 2}


def test_what_cannot_be_read_is_counted_in_the_blocks_that_hold_it_only() -> None:
    # Given a reader that met an exchange in letters
    notes: Counter[str] = Counter()
    reader = BlockReader(Layout(TRADES_HEADER), None, notes)
    reader.read(trade_line(0, exchange="P") + "\n", range(2, 3))
    # When it reads a block that holds none
    reader.read(trade_line(1) + "\n", range(3, 4))
    # Then the one cell is counted
    assert notes == {"unreadable_exchange": 1}


def test_what_cannot_be_read_is_left_uncounted_where_the_block_is_read_again() -> None:
    # Given a block with an exchange in letters and a row without a price
    notes: Counter[str] = Counter()
    reader = BlockReader(Layout(TRADES_HEADER), None, notes)
    # When it is refused
    with pytest.raises(OddBlockError):
        reader.read(f"{trade_line(0, exchange='P')}\n{trade_line(1, price='')}\n", range(2, 4))
    # Then the row reader counts what it reads
    assert notes == {}


def test_qualifiers_with_blanks_around_them_are_read() -> None:
    # Given codes with blanks around them
    line = trade_line(0, exchange=" 11 ", conditions=" 37 ", sequence_number=" 5")
    # When they are read
    ((_, _, sequence, _, _, _, _, conditions, _, exchange, *_),) = trades(line).rows
    # Then they are what they say
    assert (sequence, conditions, exchange) == (5, (37,), 11)


def test_quotes_without_a_number_in_their_sequence_are_read() -> None:
    # Given a quote whose sequence is a letter
    notes: Counter[str] = Counter()
    reader = BlockReader(Layout(QUOTES_HEADER), None, notes)
    # When it is read
    block = reader.read(quote_line(0, sequence_number="x") + "\n", range(2, 3))
    # Then it has no number, and the cell is counted
    assert block.rows == [quote_row(0, sequence=0)]
    assert notes == {"unreadable_sequence_number": 1}


@pytest.mark.parametrize("column", ["sip_timestamp", "sequence_number", "participant_timestamp"])
def test_one_row_with_an_empty_number_is_not_lost(column: str) -> None:
    # Given a block of one row, with an empty cell in a column of numbers
    notes: Counter[str] = Counter()
    account = KindAccount()
    reader = TableReader(Layout(TRADES_HEADER), None, account, notes)
    # When it is read
    rows = reader.read(trade_line(0, **{column: ""}) + "\n", range(2, 3)).rows
    # Then the row is there, or is refused
    assert len(rows) + account.refused.total() == 1


def test_a_block_of_one_row_without_a_stamp_is_read_by_rows() -> None:
    # Given a single row whose stamp is missing
    # When the block is read
    # Then it is judged row by row, as among others
    with pytest.raises(OddBlockError):
        trades(trade_line(0, sip_timestamp="", participant_timestamp=""))


def test_a_single_row_without_a_sequence_number_is_not_lost() -> None:
    # Given a block of one row without a sequence number
    # When it is read
    block = trades(trade_line(0, sequence_number=""))
    # Then the row is there
    assert block.rows == [trade_row(0, sequence=0)]
