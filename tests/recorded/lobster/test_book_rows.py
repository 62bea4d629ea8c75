"""LOBSTER days as rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.lobster.book_rows import levels_of, lobster_rows
from trading_bot.recorded.lobster.messages import LobsterFile
from trading_bot.recorded.lobster.pair import pairs_of
from trading_bot.recorded.rows import Row

TWO_LEVELS = "1000100,5,1000000,300,1000200,5,999900,12000"


def file_of(folder: Path, *rows: tuple[str, str]) -> LobsterFile:
    stem = "ACME_2012-06-21_34200000_57600000"
    for name, column in (("message", 0), ("orderbook", 1)):
        text = "\n".join(row[column] for row in rows) + "\n"
        (folder / f"{stem}_{name}_2.csv").write_text(text)
    return LobsterFile(pairs_of([folder / f"{stem}_message_2.csv"])[0])


def read(file: LobsterFile, chunk_rows: int = 100) -> list[Row]:
    return [row for rows in lobster_rows(file, 0, chunk_rows) for row in rows]


def shares(*levels: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((ticks, size * UNITS_PER_SHARE) for ticks, size in levels)


def test_a_book_s_levels_come_best_first_without_the_empty_ones() -> None:
    # Given a book of three levels, of which each side lacks one
    book = "1000100,5,1000000,99,1000200,6,-9999999999,0,9999999999,0,999800,101"
    # When it is read
    bids, asks = levels_of(book)
    # Then
    assert bids == shares((100_000_000, 99), (99_980_000, 101))
    assert asks == shares((100_010_000, 5), (100_020_000, 6))


@pytest.mark.parametrize("book", ["1000100,5,1000000", "1000100,5,1000000,many"])
def test_a_book_that_is_not_whole_is_refused(book: str) -> None:
    with pytest.raises(ValueError, match=r"four a level|invalid literal"):
        levels_of(book)


def test_a_change_below_the_best_makes_a_row_of_its_own(tmp_path: Path) -> None:
    # Given a book whose second bid becomes small while the best stays
    file = file_of(
        tmp_path,
        ("34200.1,1,1,5,1000000,1", TWO_LEVELS),
        ("34200.2,1,1,5,1000000,1", TWO_LEVELS),
        ("34200.3,3,1,5,999900,1", TWO_LEVELS.replace("12000", "9000")),
    )
    # When it is read
    rows = read(file)
    # Then two rows tell what changed, and the one without a change tells nothing
    best = (100_000_000, 300 * UNITS_PER_SHARE, 100_010_000, 5 * UNITS_PER_SHARE)
    assert [(row[2], row[5:9]) for row in rows] == [(1, best), (3, best)]
    first, second = (row[-1] for row in rows)
    assert first.bids == shares((100_000_000, 300), (99_990_000, 12_000))
    assert second.bids == shares((100_000_000, 300), (99_990_000, 9_000))
    # And the side that has not changed is the same object, for whoever compares
    assert second.asks is first.asks


def test_a_book_whose_depth_cannot_be_read_is_its_best_prices(tmp_path: Path) -> None:
    # Given books whose deeper level is broken: with other best prices, and with the same
    broken = TWO_LEVELS.replace("12000", "many")
    file = file_of(
        tmp_path,
        ("34200.1,1,1,5,1000000,1", TWO_LEVELS),
        ("34200.2,1,1,5,1000000,1", broken.replace("300", "400")),
        ("34200.3,1,1,5,1000000,1", broken.replace("300", "400") + " "),
    )
    # When it is read
    rows = read(file)
    # Then the best prices count once, and the rows are counted
    assert [row[-1] is None for row in rows] == [False, True]
    assert rows[1][6] == 400 * UNITS_PER_SHARE
    assert file.account.notes["books_without_readable_depth"] == 2


def test_rows_come_in_lists_of_the_wanted_length(tmp_path: Path) -> None:
    # Given three prints
    rows = [(f"34200.{n},4,1,5,1000000,1", TWO_LEVELS) for n in range(3)]
    # When they are read two at a time
    chunks = list(lobster_rows(file_of(tmp_path, *rows), 0, 2))
    # Then the last list holds what is left
    assert [len(chunk) for chunk in chunks] == [2, 2]


def test_no_rows_make_no_list(tmp_path: Path) -> None:
    # Given a file of a row that cannot be used
    file = file_of(tmp_path, ("broken", TWO_LEVELS))
    # When it is read
    # Then nothing comes
    assert list(lobster_rows(file, 0, 100)) == []
