"""Files with their newest row first."""

from __future__ import annotations

import pytest
from support.flat_data import trade_row

from trading_bot.recorded import newest_first
from trading_bot.recorded.newest_first import UnsortedFileError, comes_newest_first, in_order
from trading_bot.recorded.rows import Row

FIVE_SECONDS = 5_000_000_000


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], False),
        ([trade_row(0), trade_row(10)], False),
        ([trade_row(5), trade_row(0)], False),
        ([trade_row(5.001), trade_row(0)], True),
        ([trade_row(10), trade_row(11), trade_row(0, symbol="BOLT")], False),
    ],
)
def test_a_file_that_goes_back_by_more_than_any_may_is_newest_first(
    rows: list[Row], found: bool
) -> None:
    # Given the rows at a file's start
    # When they are looked at
    # Then the first symbol's rows decide
    assert comes_newest_first(rows, FIVE_SECONDS) is found


def test_rows_come_oldest_first_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given rows of one symbol, newest first, and pieces of two
    monkeypatch.setattr(newest_first, "_AT_ONCE", 2)
    blocks = [[trade_row(3), trade_row(2)], [trade_row(1)]]
    # When they are put in order
    found = list(in_order(blocks, "t.csv"))
    # Then time goes forward
    assert found == [[trade_row(1), trade_row(2)], [trade_row(3)]]


@pytest.mark.parametrize(("most", "is_refused"), [(1, True), (2, False), (3, False)])
def test_more_rows_than_fit_are_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, most: int, is_refused: bool
) -> None:
    # Given two rows, and room for some
    monkeypatch.setattr(newest_first, "MOST_ROWS", most)
    blocks = [[trade_row(2), trade_row(1)]]
    # When they are put in order
    # Then too many are refused
    if is_refused:
        with pytest.raises(
            UnsortedFileError, match=r"t\.csv .* more than the 1 rows .* sort it by"
        ):
            list(in_order(blocks, "t.csv"))
    else:
        assert list(in_order(blocks, "t.csv")) == [[trade_row(1), trade_row(2)]]


def test_several_symbols_are_an_error_that_says_what_to_do() -> None:
    # Given rows of two symbols
    blocks = [[trade_row(2), trade_row(1, symbol="BOLT")]]
    # When they are put in order
    # Then the error names the option
    with pytest.raises(UnsortedFileError, match=r"t\.csv .* 2 symbols; name one with --symbol"):
        list(in_order(blocks, "t.csv"))
