"""Finding and opening the two files of a LOBSTER day."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path

import pytest

from trading_bot.recorded.lobster_pair import LobsterPair

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
    pair = LobsterPair(tmp_path / f"{STEM}_orderbook_10.csv")
    # Then its own messages come with it
    assert list(pair.lines()) == [(f"{STEM}_message_10.csv\n", f"{STEM}_orderbook_10.csv\n")]
    assert (pair.symbol, pair.day, pair.levels) == ("MSFT", date(2012, 6, 21), 10)


def test_longer_file_has_no_twin_at_its_end(tmp_path: Path) -> None:
    # Given a message more than books
    (tmp_path / f"{STEM}_message_1.csv").write_text("a\nb\n", encoding="ascii")
    (tmp_path / f"{STEM}_orderbook_1.csv").write_text("x\n", encoding="ascii")
    # When the lines are paired
    lines = list(LobsterPair(tmp_path / f"{STEM}_message_1.csv").lines())
    # Then the last has none
    assert lines == [("a\n", "x\n"), ("b\n", None)]


def test_missing_file_is_named(tmp_path: Path) -> None:
    # Given a path where nothing lies
    # When it is opened
    # Then the error names it
    with pytest.raises(FileNotFoundError, match=r"nowhere\.zip is not a file"):
        LobsterPair(tmp_path / "nowhere.zip")


@pytest.mark.parametrize("kind", ["message", "orderbook"])
def test_half_a_pair_is_refused(tmp_path: Path, kind: str) -> None:
    # Given one of the two files
    path = tmp_path / f"{STEM}_{kind}_1.csv"
    path.write_text("", encoding="ascii")
    # When it is opened
    # Then the error tells what belongs together
    with pytest.raises(FileNotFoundError, match="a message file and an orderbook file"):
        LobsterPair(path)


def test_archive_without_a_pair_is_refused(tmp_path: Path) -> None:
    # Given an archive with the messages of one day and the books of another
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{STEM}_message_1.csv", "")
        archive.writestr("AAPL_2012-06-21_1_2_orderbook_1.csv", "")
    # When it is opened
    # Then it is no LOBSTER day
    with pytest.raises(FileNotFoundError, match="half of a pair"):
        LobsterPair(path)


@pytest.mark.parametrize("name", ["trades.csv", "MSFT_2012-13-45_1_2_message_1.csv"])
def test_name_that_tells_no_day_is_refused(tmp_path: Path, name: str) -> None:
    # Given a file that is not named like LOBSTER's
    (tmp_path / name).write_text("", encoding="ascii")
    # When it is opened
    # Then nothing is guessed
    with pytest.raises(ValueError, match=r"not named like a LOBSTER file|month must be"):
        LobsterPair(tmp_path / name)


def test_compressed_file_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    # Given a day whose books were cut off in transfer
    whole = gzip.compress(b"1,2,3,4\n" * 1_000)
    (tmp_path / f"{STEM}_message_1.csv.gz").write_bytes(gzip.compress(b"a\n" * 1_000))
    (tmp_path / f"{STEM}_orderbook_1.csv.gz").write_bytes(whole[: len(whole) // 2])
    pair = LobsterPair(tmp_path / f"{STEM}_message_1.csv.gz")
    # When it is read to its end
    # Then it does not pass for a short day
    with pytest.raises(ValueError, match="cut off or damaged"):
        list(pair.lines())
