"""LOBSTER days as rows."""

from __future__ import annotations

from pathlib import Path

from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.lobster.book_rows import large_bids, lobster_rows
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
    return [row for rows in lobster_rows(file, 0, 10_000, chunk_rows) for row in rows]


def test_large_bids_are_those_at_the_threshold_on_any_level() -> None:
    # Given a book with levels below, at and above the threshold, and an empty one
    book = (
        "1000100,5,1000000,9999,1000200,5,999900,10000,1000300,5,999800,10001,1,1,-9999999999,99999"
    )
    # When its large bids are read
    found = large_bids(book, 10_000)
    # Then they come best first
    assert [(ticks, size // UNITS_PER_SHARE) for ticks, size in found] == [
        (99_990_000, 10_000),
        (99_980_000, 10_001),
    ]


def test_a_large_bid_below_the_best_makes_a_row_of_its_own(tmp_path: Path) -> None:
    # Given a book whose second level becomes small while the best stays
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
    assert [(row[2], row[5:9], row[10]) for row in rows] == [
        (1, best, ((99_990_000, 12_000 * UNITS_PER_SHARE),)),
        (3, best, ()),
    ]


def test_levels_that_cannot_be_read_stay_as_they_were(tmp_path: Path) -> None:
    # Given a book whose deeper level is broken
    file = file_of(
        tmp_path,
        ("34200.1,1,1,5,1000000,1", TWO_LEVELS),
        ("34200.2,1,1,5,1000000,1", TWO_LEVELS.replace("12000", "many")),
    )
    # When it is read
    rows = read(file)
    # Then its best prices count and the row is counted
    assert (len(rows), file.account.notes["books_without_readable_depth"]) == (1, 1)


def test_rows_come_in_lists_of_the_wanted_length(tmp_path: Path) -> None:
    # Given three prints
    rows = [(f"34200.{n},4,1,5,1000000,1", TWO_LEVELS) for n in range(3)]
    # When they are read two at a time
    chunks = list(lobster_rows(file_of(tmp_path, *rows), 0, 10_000, 2))
    # Then the last list holds what is left
    assert [len(chunk) for chunk in chunks] == [2, 2]


def test_no_rows_make_no_list(tmp_path: Path) -> None:
    # Given a file of a row that cannot be used
    file = file_of(tmp_path, ("broken", TWO_LEVELS))
    # When it is read
    # Then nothing comes
    assert list(lobster_rows(file, 0, 10_000, 100)) == []
