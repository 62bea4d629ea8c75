"""What a file holds."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from support.flat_data import QUOTES_HEADER, TRADES_HEADER

from trading_bot.recorded.recognise import common_format, files_in, format_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (TRADES_HEADER, "polygon"),
        (QUOTES_HEADER, "polygon"),
        ('{"kind":"started"}', "jsonl"),
        ("34200.004241176,1,16113575,18,5853300,1", "lobster"),
        ("5859400,200,5853300,18", "lobster"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_format_is_told_by_the_first_line(
    tmp_path: Path, content: str, kind: str, packed: bool
) -> None:
    # Given a file under a name that tells nothing
    path = tmp_path / "data"
    data = content.encode() + b"\nmore\n"
    path.write_bytes(gzip.compress(data) if packed else data)
    # When it is looked at
    # Then its format is known
    assert format_of(path) == kind


def test_an_archive_is_a_lobster_sample(tmp_path: Path) -> None:
    # Given an archive
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("message.csv", "1")
    # When it is looked at
    # Then it is taken for one
    assert format_of(path) == "lobster"


def test_an_empty_file_is_named_so(tmp_path: Path) -> None:
    # Given a file without a byte
    path = tmp_path / "t.csv"
    path.touch()
    # When it is looked at
    # Then the error says that, and nothing about its content
    with pytest.raises(ValueError, match=r"t\.csv is empty$"):
        format_of(path)


@pytest.mark.parametrize("content", ["hello", "1,2,3", "a,b,c,d"])
def test_anything_else_is_refused_with_what_it_begins_with(tmp_path: Path, content: str) -> None:
    # Given a foreign file
    path = tmp_path / "notes.txt"
    path.write_text(content)
    # When it is looked at
    # Then the error shows its start and what could be replayed
    with pytest.raises(ValueError, match=rf"notes\.txt begins with '{content}': neither .*--form"):
        format_of(path)


def test_folders_give_their_data_files(tmp_path: Path) -> None:
    # Given a folder of data beside other things, and a file elsewhere
    folder = tmp_path / "day"
    folder.mkdir()
    for name in ("b.csv.gz", "a.csv", "c.jsonl", "d.jsonl.gz", "e.zip", "notes.txt"):
        (folder / name).touch()
    other = tmp_path / "other"
    other.touch()
    # When both are named
    found = files_in([folder, other])
    # Then the data files come in the order of their names, then the other
    names = [path.name for path in found]
    assert names == ["a.csv", "b.csv.gz", "c.jsonl", "d.jsonl.gz", "e.zip", "other"]


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    # Given a path to nothing
    # When it is looked for
    # Then the error names it
    with pytest.raises(FileNotFoundError, match="gone does not exist"):
        files_in([tmp_path / "gone"])


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    # Given an empty folder
    # When it is looked into
    # Then the error says what was looked for
    with pytest.raises(ValueError, match=r"holds no \.csv, "):
        files_in([tmp_path])


def test_a_file_named_twice_would_count_twice(tmp_path: Path) -> None:
    # Given a folder, and a file of it once more
    path = tmp_path / "a.csv"
    path.touch()
    # When both are named
    # Then it is refused
    with pytest.raises(ValueError, match=r"a\.csv is given twice"):
        files_in([tmp_path, path])


def test_files_of_one_format_are_played_together(tmp_path: Path) -> None:
    # Given two flat files and a recording
    trades, quotes, recording = tmp_path / "t", tmp_path / "q", tmp_path / "r"
    trades.write_text(TRADES_HEADER)
    quotes.write_text(QUOTES_HEADER)
    recording.write_text("{}")
    # When formats are compared
    # Then the flat files go together, and the recording does not go with them
    assert common_format([trades, quotes]) == "polygon"
    with pytest.raises(ValueError, match=r"different kinds .*: r is jsonl, q is polygon"):
        common_format([trades, quotes, recording])
