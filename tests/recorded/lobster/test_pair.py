"""Finding and opening the two files of a LOBSTER day."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path

import pytest
from support.lobster_files import BOOK, lobster_files

from trading_bot.recorded.lobster.pair import pairs_of

STEM = "MSFT_2012-06-21_34200000_57600000"


def test_either_file_leads_to_the_pair_of_its_own_name(tmp_path: Path) -> None:
    # Given two depths of one day in one folder, and other files
    for name in (
        f"{STEM}_message_5.csv",
        f"{STEM}_orderbook_5.csv",
        f"{STEM}_message_10.csv",
        f"{STEM}_orderbook_10.csv",
        "notes.txt",
    ):
        (tmp_path / name).write_text(f"{name}\n", encoding="ascii")
    # When the deeper order book is opened
    (pair,) = pairs_of([tmp_path / f"{STEM}_orderbook_10.csv"])
    # Then its own messages come with it
    assert list(pair.lines()) == [(f"{STEM}_message_10.csv\n", f"{STEM}_orderbook_10.csv\n")]
    assert (pair.symbol, pair.day) == ("MSFT", date(2012, 6, 21))


def test_longer_file_has_no_twin_at_its_end(tmp_path: Path) -> None:
    # Given a message more than books
    (tmp_path / f"{STEM}_message_1.csv").write_text("a\nb\n", encoding="ascii")
    (tmp_path / f"{STEM}_orderbook_1.csv").write_text("x\n", encoding="ascii")
    # When the lines are paired
    lines = list(pairs_of([tmp_path / f"{STEM}_message_1.csv"])[0].lines())
    # Then the last has none
    assert lines == [("a\n", "x\n"), ("b\n", None)]


def test_missing_file_is_named(tmp_path: Path) -> None:
    # Given a path where nothing lies
    # When it is opened
    # Then the error names it
    with pytest.raises(FileNotFoundError, match=r"nowhere\.zip is not a file"):
        pairs_of([tmp_path / "nowhere.zip"])


@pytest.mark.parametrize("kind", ["message", "orderbook"])
def test_half_a_pair_is_refused(tmp_path: Path, kind: str) -> None:
    # Given one of the two files
    path = tmp_path / f"{STEM}_{kind}_1.csv"
    path.write_text("", encoding="ascii")
    # When it is opened
    # Then the error tells what belongs together
    with pytest.raises(FileNotFoundError, match="a message file and an orderbook file"):
        pairs_of([path])


def test_archive_without_a_pair_is_refused(tmp_path: Path) -> None:
    # Given an archive with the messages of one day and the books of another
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{STEM}_message_1.csv", "")
        archive.writestr("AAPL_2012-06-21_1_2_orderbook_1.csv", "")
    # When it is opened
    # Then it is no LOBSTER day
    with pytest.raises(FileNotFoundError, match="half of a pair"):
        pairs_of([path])


@pytest.mark.parametrize("name", ["trades.csv", "MSFT_2012-13-45_1_2_message_1.csv"])
def test_a_foreign_file_under_a_foreign_name_is_refused(tmp_path: Path, name: str) -> None:
    # Given a file that is neither named nor written like LOBSTER's
    (tmp_path / name).write_text("a,b\n", encoding="ascii")
    # When it is opened
    # Then nothing is guessed
    with pytest.raises(ValueError, match=rf"{name} is no LOBSTER file"):
        pairs_of([tmp_path / name])


def test_all_days_of_an_archive_are_found(tmp_path: Path) -> None:
    # Given an archive with three days of one symbol and one of another, in folders, and a note
    path = tmp_path / "week.zip"
    stems = [f"MSFT_2019-05-0{day}_34200000_57600000" for day in (8, 6, 7)]
    stems.append("BRK.B_2019-05-06_34200000_57600000")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ReadMe.txt", "what the columns mean")
        for stem in stems:
            archive.writestr(f"week/{stem}_message_2.csv", f"{stem} m")
            archive.writestr(f"week/{stem}_orderbook_2.csv", f"{stem} b")
    # When it is opened
    pairs = pairs_of([path])
    # Then all are there, in the order of days and symbols, each with its own lines
    assert [(pair.symbol, pair.day.day) for pair in pairs] == [
        ("BRK.B", 6),
        ("MSFT", 6),
        ("MSFT", 7),
        ("MSFT", 8),
    ]
    assert list(pairs[3].lines()) == [(f"{stems[0]} m", f"{stems[0]} b")]


@pytest.mark.parametrize(
    ("symbols", "day", "count"),
    [
        ((), date(2012, 6, 21), 2),
        (("MSFT",), None, 2),
        (("MSFT",), date(2012, 6, 22), 1),
        (("CLIF",), None, 0),
    ],
)
def test_only_what_is_wanted_is_found(
    tmp_path: Path, symbols: tuple[str, ...], day: date | None, count: int
) -> None:
    # Given two days of one symbol, and one of another
    paths = [
        lobster_files(tmp_path, "MSFT"),
        lobster_files(tmp_path, "MSFT", "2012-06-22"),
        lobster_files(tmp_path, "BOLT"),
    ]
    # When a symbol or a day is named
    # Then the others are left out
    assert len(pairs_of(paths, symbols, day)) == count


def test_a_stock_day_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    # Given one day with two depths
    one = lobster_files(tmp_path)
    other = one.with_name(one.name.replace("_1.csv", "_5.csv"))
    other.write_text(BOOK)
    message = other.with_name(other.name.replace("orderbook", "message"))
    message.write_text("34200.5,1,1,5,999900,1\n")
    # When both are given
    # Then nothing is chosen
    with pytest.raises(ValueError, match=r"ACME 2012-06-21 is there twice, in .*; give one"):
        pairs_of([one, other])


MESSAGE = "34200.5,4,1,5,999900,1,null"


def unnamed(folder: Path, **contents: str) -> list[Path]:
    paths = []
    for name, content in contents.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(f"{content}\n")
    return paths


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize("zipped", [False, True])
def test_files_of_any_name_are_put_together_by_what_they_hold(
    tmp_path: Path, names: tuple[str, str], zipped: bool
) -> None:
    # Given messages and books under names that tell nothing, plain or in an archive
    paths = unnamed(tmp_path, **{names[0]: MESSAGE, names[1]: BOOK})
    if zipped:
        with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
            for path in paths:
                archive.write(path, path.name)
        paths = [tmp_path / "day.zip"]
    # When symbol and day are said
    (pair,) = pairs_of(paths, ("ACME",), date(2021, 4, 1))
    # Then they are a pair
    assert (pair.symbol, pair.day) == ("ACME", date(2021, 4, 1))
    assert list(pair.lines()) == [(f"{MESSAGE}\n", f"{BOOK}\n")]


@pytest.mark.parametrize(
    ("symbols", "day"), [((), date(2021, 4, 1)), (("ACME",), None), (("ACME", "BOLT"), None)]
)
def test_files_of_any_name_need_one_symbol_and_a_day(
    tmp_path: Path, symbols: tuple[str, ...], day: date | None
) -> None:
    # Given messages and books under names that tell nothing
    paths = unnamed(tmp_path, a=MESSAGE, b=BOOK)
    # When one of the two is not said
    # Then the error asks for both
    with pytest.raises(ValueError, match=r"a\.csv, .*b\.csv: .* --symbol .* --day YYYY-MM-DD"):
        pairs_of(paths, symbols, day)


@pytest.mark.parametrize(
    "contents", [{"a": MESSAGE}, {"a": BOOK}, {"a": MESSAGE, "b": BOOK, "c": BOOK}]
)
def test_files_of_any_name_are_read_pair_by_pair(tmp_path: Path, contents: dict[str, str]) -> None:
    # Given files under names that tell nothing, not one of each kind
    paths = unnamed(tmp_path, **contents)
    # When they are opened
    # Then nothing is guessed
    with pytest.raises(ValueError, match="one file of messages and its file of order books at a"):
        pairs_of(paths, ("ACME",), date(2021, 4, 1))


def test_an_archive_of_nothing_that_is_known_is_refused(tmp_path: Path) -> None:
    # Given an archive with a note
    path = tmp_path / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")
    # When it is opened
    # Then the error says so
    with pytest.raises(ValueError, match=r"notes\.zip holds no LOBSTER file"):
        pairs_of([path])


def test_a_header_is_no_row(tmp_path: Path) -> None:
    # Given both files with headers, the books with an index
    paths = unnamed(
        tmp_path,
        a=f"time,type,order_id,size,price,direction\n{MESSAGE}",
        b=f",ask_price_1,ask_size_1,bid_price_1,bid_size_1\n0,{BOOK}",
    )
    # When they are read
    (pair,) = pairs_of(paths, ("ACME",), date(2021, 4, 1))
    # Then only the rows are there
    assert list(pair.lines()) == [(f"{MESSAGE}\n", BOOK)]


def test_compressed_file_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    # Given a day whose books were cut off in transfer
    whole = gzip.compress(b"1,2,3,4\n" * 1_000)
    (tmp_path / f"{STEM}_message_1.csv.gz").write_bytes(gzip.compress(b"a\n" * 1_000))
    (tmp_path / f"{STEM}_orderbook_1.csv.gz").write_bytes(whole[: len(whole) // 2])
    (pair,) = pairs_of([tmp_path / f"{STEM}_message_1.csv.gz"])
    # When it is read to its end
    # Then it does not pass for a short day
    with pytest.raises(ValueError, match="cut off or damaged"):
        list(pair.lines())
