"""A share of a table's lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.flat_data import (
    QUOTES_HEADER,
    TRADES_HEADER,
    at,
    quote_line,
    quotes_file,
    trade_line,
    trades_file,
)
from support.lobster_files import lobster_files

from trading_bot.recorded.flat_layout import Layout
from trading_bot.recorded.lobster.source import LobsterSource
from trading_bot.recorded.share import Share, SharedLines
from trading_bot.recorded.sources import FlatSource, ReadOptions


def of(*symbols: str, is_first: bool = True, one_by_one: bool = False) -> Share:
    return Share(frozenset(symbols).__contains__, is_first, 1, one_by_one)


def taken(header: str, share: Share, *lines: str) -> tuple[list[str], list[int]]:
    """Return the lines of a share, and their places."""
    text, places = SharedLines(Layout(header, "ACME"), share).take(
        "".join(f"{line}\n" for line in lines), range(2, 2 + len(lines))
    )
    return text.splitlines(), list(places)


def test_lines_of_other_symbols_are_left_out_and_the_others_keep_their_places() -> None:
    # Given lines of three symbols in turns
    lines = [trade_line(n, ticker=each) for n, each in enumerate(("ACME", "BOLT", "ACME", "CLIF"))]
    # When the share of one is taken
    found = taken(TRADES_HEADER, of("ACME"), *lines)
    # Then its lines are there, each with its place in the file
    assert found == ([lines[0], lines[2]], [2, 4])


@pytest.mark.parametrize("wanted", [True, False])
def test_a_block_of_one_symbol_is_taken_as_a_whole(wanted: bool) -> None:
    # Given a block of one symbol
    lines = [trade_line(n) for n in range(3)]
    # When it is taken by whom it belongs to, or by another
    found = taken(TRADES_HEADER, of("ACME" if wanted else "BOLT"), *lines)
    # Then it is all there, or nothing of it
    assert found == ((lines, [2, 3, 4]) if wanted else ([], []))


def test_a_block_in_which_all_is_wanted_stays_as_it_is() -> None:
    # Given a block of two symbols
    lines = [trade_line(0), trade_line(1, ticker="BOLT")]
    # When both are wanted
    # Then nothing is left out
    assert taken(TRADES_HEADER, of("ACME", "BOLT"), *lines) == (lines, [2, 3])


def test_a_block_in_which_nothing_is_wanted_is_empty() -> None:
    # Given a block of two symbols
    lines = [trade_line(0), trade_line(1, ticker="BOLT")]
    # When a third is wanted
    # Then nothing is there
    assert taken(TRADES_HEADER, of("CLIF"), *lines) == ([], [])


@pytest.mark.parametrize("wanted", ["ACME", "BOLT"])
def test_a_file_without_tickers_is_that_of_its_one_symbol(wanted: str) -> None:
    # Given a file of one symbol that names none
    line = f"{at(0)},100,100"
    # When it is shared
    found = taken("sip_timestamp,price,size", of(wanted), line)
    # Then it is that symbol's, as a whole
    assert found == (([line], [2]) if wanted == "ACME" else ([], []))


@pytest.mark.parametrize("note", ["", '"a,b"'])
def test_a_ticker_may_stand_anywhere(note: str) -> None:
    # Given files with the ticker behind another column, one with a separator in a cell before it
    header = "note,ticker,sip_timestamp,price,size"
    lines = [f"{note},{each},{at(0)},100,100" for each in ("ACME", "BOLT")]
    # When a share is taken
    # Then it is found there
    assert taken(header, of("BOLT"), *lines) == ([lines[1]], [3])


def test_quotation_marks_and_blanks_about_a_ticker_are_none_of_it() -> None:
    # Given a ticker in quotation marks, and one with a blank
    lines = ['"ACME",x', " ACME,x", "BOLT,x"]
    # When the share is taken
    # Then both are of it
    assert taken(TRADES_HEADER, of("ACME"), *lines) == (lines[:2], [2, 3])


def test_a_line_without_a_ticker_belongs_to_whoever_has_the_empty_one() -> None:
    # Given a line that ends before its ticker
    header = "sip_timestamp,ticker,price,size"
    lines = ["5", f"{at(0)},ACME,100,100"]
    # When both shares are taken
    # Then each line is in one of them
    assert taken(header, of(""), *lines) == (["5"], [2])
    assert taken(header, of("ACME"), *lines) == ([lines[1]], [3])


def test_a_header_that_comes_again_is_everybodys_and_tells_where_the_ticker_is() -> None:
    # Given two files behind each other, the second with its columns in another order
    again = "size,sip_timestamp,ticker,price"
    lines = [trade_line(0), again, f"100,{at(1)},BOLT,100", f"100,{at(2)},ACME,100"]
    # When both shares are taken
    # Then the header is in both
    assert taken(TRADES_HEADER, of("ACME"), *lines) == ([lines[0], again, lines[3]], [2, 3, 5])
    assert taken(TRADES_HEADER, of("BOLT"), *lines) == ([again, lines[2]], [3, 4])


def test_what_shares_count_adds_up_to_what_one_reader_counts(tmp_path: Path) -> None:
    # Given files with rows that are odd in many ways
    trades = trades_file(
        tmp_path / "t.csv",
        trade_line(0),
        trade_line(0.5, ticker="BOLT", size=0),
        "half a line",
        trade_line(1, ticker="BOLT", exchange="P"),
        "",
        trade_line(2, price="x"),
        TRADES_HEADER,
        trade_line(3, ticker="CLIF"),
    )
    quotes = quotes_file(tmp_path / "q.csv", quote_line(0), quote_line(1, ticker="BOLT"))

    def counted(share: Share | None) -> FlatSource:
        source = FlatSource([trades, quotes], ReadOptions(share=share))
        for _ in source.batches():
            pass
        return source

    # When they are read by one, and by two with a share each
    whole = counted(None)
    first = counted(Share(lambda each: each < "B", True, 1, False))
    second = counted(Share(lambda each: each >= "B", False, 1, False))
    # Then the sums are the same, and what concerns the files is counted once
    for kind in ("trades", "quotes"):
        parts = [each.account.of(kind) for each in (first, second)]
        assert sum(each.read for each in parts) == whole.account.of(kind).read
        assert sum((each.refused for each in parts), Counter()) == whole.account.of(kind).refused
    assert first.account.notes + second.account.notes == whole.account.notes
    assert first.account.units == whole.account.units
    assert second.account.units == []
    assert first.rows_read + second.rows_read == whole.rows_read


def test_the_order_of_all_files_holds_for_a_share(tmp_path: Path) -> None:
    # Given a file whose stamps are whole milliseconds, and a share of files that are finer
    path = trades_file(tmp_path / "t.csv", trade_line(0))
    source = FlatSource([path], ReadOptions(share=of("ACME", one_by_one=True)))
    # When it is asked
    # Then it is read as all are
    assert (source.step_ns, source.one_by_one) == (1, True)


@pytest.mark.parametrize("symbol", ["ACME", "BOLT"])
def test_a_stock_day_of_lobster_is_its_symbols(symbol: str, tmp_path: Path) -> None:
    # Given a stock-day
    source = LobsterSource([lobster_files(tmp_path)], ReadOptions(share=of(symbol)))
    # When a share is opened
    # Then it has the day where the symbol is wanted
    assert [pair.symbol for pair in source.pairs] == ["ACME"] * (symbol == "ACME")


def test_the_header_is_quotes(tmp_path: Path) -> None:
    # Given a block of quotes
    lines = [quote_line(0), quote_line(1, ticker="BOLT")]
    # When a share is taken
    # Then it is as of trades
    assert taken(QUOTES_HEADER, of("BOLT"), *lines) == ([lines[1]], [3])
