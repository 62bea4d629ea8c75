"""Which files a day of a record has, and that it reads the same whichever they are."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path

import pytest

from trading_bot.order_flow.journal.days import (
    LONGEST_LINE,
    RecordDay,
    days_in,
    is_day_file,
    open_lines,
    path_to_append_to,
    raw_lines,
)

LINES = b'{"a":1}\n{"b":2}\n'


def folder_with(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_bytes(gzip.compress(LINES) if name.endswith(".gz") else LINES)
    return folder


def test_days_are_listed_in_their_order_with_their_files(tmp_path: Path) -> None:
    # Given a plain day, a compressed one with late lines, and what is no day
    folder_with(tmp_path, "2026-03-11.jsonl", "2026-03-10.late.jsonl", "2026-03-10.jsonl.gz")
    folder_with(tmp_path, "2026-03-10.jsonl.gz.new", "2026-03-10.late.jsonl.gz", "note.jsonl")
    (tmp_path / "2026-03-12.jsonl").mkdir()
    # When the days are listed
    found = days_in(tmp_path)
    # Then each is there once
    assert found == [
        RecordDay(
            "2026-03-10",
            packed=tmp_path / "2026-03-10.jsonl.gz",
            late=tmp_path / "2026-03-10.late.jsonl",
        ),
        RecordDay("2026-03-11", plain=tmp_path / "2026-03-11.jsonl"),
    ]
    assert [each.is_compressed for each in found] == [True, False]


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (("D.jsonl",), ["D.jsonl"]),
        (("D.jsonl.gz",), ["D.jsonl.gz"]),
        (("D.jsonl", "D.jsonl.gz"), ["D.jsonl"]),
        (("D.jsonl.gz", "D.late.jsonl"), ["D.jsonl.gz", "D.late.jsonl"]),
        (("D.jsonl", "D.jsonl.gz", "D.late.jsonl"), ["D.jsonl", "D.late.jsonl"]),
        (("D.late.jsonl",), ["D.late.jsonl"]),
    ],
)
def test_the_plain_file_counts_and_late_lines_are_read_last(
    tmp_path: Path, names: tuple[str, ...], read: list[str]
) -> None:
    # Given the files of a day
    folder_with(tmp_path, *(name.replace("D", "2026-03-10") for name in names))
    # When it is asked what is read of it
    (day,) = days_in(tmp_path)
    # Then it is each line once
    assert [path.name.replace("2026-03-10", "D") for path in day.files] == read
    assert day.content_bytes() == len(LINES) * len(read)


@pytest.mark.parametrize("name", ["2026-03-10.jsonl", "2026-03-10.jsonl.gz"])
def test_a_day_reads_the_same_compressed_or_not(tmp_path: Path, name: str) -> None:
    # Given a day in either form
    folder_with(tmp_path, name)
    # When its lines are read
    found = list(raw_lines(tmp_path / name))
    # Then they are those
    assert found == [b'{"a":1}\n', b'{"b":2}\n']


@pytest.mark.parametrize("name", ["2026-03-10.jsonl", "2026-03-10.jsonl.gz"])
@pytest.mark.parametrize(("size", "is_read"), [(-1, True), (0, True), (1, False)])
def test_a_line_that_is_too_long_costs_itself(
    tmp_path: Path, name: str, size: int, is_read: bool
) -> None:
    # Given a line around the longest, and one after it
    long = b"x" * (LONGEST_LINE - 1 + size) + b"\n"
    content = long + LINES
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    # When they are read
    found = list(raw_lines(tmp_path / name))
    # Then it is passed over where it is longer
    assert found == [long if is_read else None, b'{"a":1}\n', b'{"b":2}\n']


def test_a_last_line_that_is_too_long_and_does_not_end_is_passed_over(tmp_path: Path) -> None:
    # Given a file of one
    (tmp_path / "2026-03-10.jsonl").write_bytes(b"x" * (LONGEST_LINE * 2 + 1))
    # When it is read
    # Then it is none
    assert list(raw_lines(tmp_path / "2026-03-10.jsonl")) == [None]


@pytest.mark.parametrize("damage", ["cut", "flipped", "no gzip"])
def test_a_damaged_compressed_file_is_named_as_such(tmp_path: Path, damage: str) -> None:
    # Given a compressed day that lost its end, or was changed, or is none
    packed = bytearray(gzip.compress(LINES * 10_000))
    if damage == "flipped":
        packed[len(packed) // 2] ^= 0xFF
    path = tmp_path / "2026-03-10.jsonl.gz"
    path.write_bytes({"cut": bytes(packed[:-20]), "no gzip": LINES}.get(damage, bytes(packed)))
    # When it is read
    # Then one kind of error says so
    with pytest.raises(gzip.BadGzipFile):
        list(raw_lines(path))


def test_what_comes_before_the_damage_is_read(tmp_path: Path) -> None:
    # Given a compressed day of different lines that lost its end
    lines = [f"{number * 7919}\n".encode() for number in range(5_000)]
    path = tmp_path / "2026-03-10.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(lines))[:-9])
    # When it is read until that is met
    found: list[bytes | None] = []
    with suppress(gzip.BadGzipFile):
        for line in raw_lines(path):
            found.append(line)  # noqa: PERF402 - what came before the error stays
    # Then every line that is whole was there
    assert len(found) > 4_900
    assert found == lines[: len(found)]


def test_what_was_compressed_since_it_was_listed_is_found(tmp_path: Path) -> None:
    # Given a day that was compressed after somebody had listed it as plain
    folder_with(tmp_path, "2026-03-10.jsonl.gz")
    # When its plain name is opened
    with open_lines(tmp_path / "2026-03-10.jsonl") as stream:
        found = stream.read()
    # Then its lines are there
    assert found == LINES


@pytest.mark.parametrize("name", ["2026-03-10.jsonl", "2026-03-10.jsonl.gz"])
def test_what_is_in_neither_form_is_missing(tmp_path: Path, name: str) -> None:
    # Given no such day
    # When it is opened
    # Then the error is the system's
    with pytest.raises(FileNotFoundError):
        open_lines(tmp_path / name)


def test_a_day_whose_file_is_gone_has_no_size(tmp_path: Path) -> None:
    # Given a day that is removed after it was listed
    (day,) = days_in(folder_with(tmp_path, "2026-03-10.jsonl.gz"))
    (tmp_path / "2026-03-10.jsonl.gz").unlink()
    # When its size is asked for
    # Then it has none
    assert day.content_bytes() == -1


def test_a_compressed_file_of_nothing_has_no_lines(tmp_path: Path) -> None:
    # Given a file that is empty, and no gzip
    (tmp_path / "2026-03-10.jsonl.gz").write_bytes(b"")
    # When it is measured
    (day,) = days_in(tmp_path)
    # Then it has no content
    assert day.content_bytes() == 0


@pytest.mark.parametrize(
    ("names", "is_sealed", "appended_to"),
    [
        ((), False, "2026-03-10.jsonl"),
        (("2026-03-10.jsonl",), False, "2026-03-10.jsonl"),
        (("2026-03-10.jsonl",), True, "2026-03-10.late.jsonl"),
        (("2026-03-10.jsonl.gz",), False, "2026-03-10.late.jsonl"),
        (("2026-03-10.jsonl", "2026-03-10.jsonl.gz"), False, "2026-03-10.late.jsonl"),
        (("2026-03-10.jsonl", "2026-03-10.late.jsonl"), False, "2026-03-10.late.jsonl"),
    ],
)
def test_lines_go_to_the_plain_file_until_it_is_compressed(
    tmp_path: Path, names: tuple[str, ...], is_sealed: bool, appended_to: str
) -> None:
    # Given the files of a day
    folder_with(tmp_path, *names)
    # When it is asked where its next line goes
    found = path_to_append_to(tmp_path, "2026-03-10", is_sealed=is_sealed)
    # Then it is a file that is read, after what was written before
    assert found == tmp_path / appended_to


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("2026-03-10.jsonl", True),
        ("2026-03-10.jsonl.gz", True),
        ("2026-03-10.jsonl.gz.new", True),
        ("2026-03-10.late.jsonl", True),
        ("2026-03-10.late.jsonl.gz", False),
        ("2026-03-10.2.jsonl.gz", False),
        ("2026-03-10.csv", False),
        ("10.jsonl", False),
    ],
)
def test_files_of_days_are_known_by_their_names(name: str, is_one: bool) -> None:
    # Given a name
    # When it is looked at
    # Then it is known whether it is that of a day's file
    assert is_day_file(name) is is_one
