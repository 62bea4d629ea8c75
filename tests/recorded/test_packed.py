"""Packed and plain files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from trading_bot.recorded import packed as packed_module
from trading_bot.recorded.packed import damage_named, lines_saved, unpacked


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_reads_the_same_packed_or_not(tmp_path: Path, packed: bool, ahead: bool) -> None:
    # Given a file
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(b"one\ntwo\n") if packed else b"one\ntwo\n")
    # When it is read
    with path.open("rb") as raw, unpacked(raw, ahead=ahead) as stream:
        lines = stream.readlines()
    # Then its lines are there
    assert lines == [b"one\n", b"two\n"]


def test_several_members_are_one_file(tmp_path: Path) -> None:
    # Given a file that was packed in two pieces
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    # When it is read
    with path.open("rb") as raw, unpacked(raw) as stream:
        lines = stream.readlines()
    # Then both are there
    assert lines == [b"one\n", b"two\n"]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    # Given a packed file with a damaged middle
    path = tmp_path / "file.gz"
    data = bytearray(gzip.compress(bytes(range(256)) * 50))
    data[30:60] = b"\xff" * 30
    path.write_bytes(data)
    # When it is read
    # Then the error names it
    with (
        path.open("rb") as raw,
        pytest.raises(ValueError, match=r"file\.gz is cut off or damaged"),
        damage_named(path),
        unpacked(raw) as stream,
    ):
        stream.read()


@pytest.mark.parametrize("packed", [False, True])
def test_every_line_of_a_whole_file_is_saved(tmp_path: Path, packed: bool) -> None:
    # Given a file, packed in two pieces or plain
    path = tmp_path / "file"
    pieces = (b"one\n", b"two\n")
    path.write_bytes(b"".join(map(gzip.compress, pieces)) if packed else b"".join(pieces))
    # When its lines are saved
    with path.open("rb") as raw:
        lines = [line.rstrip() for line in lines_saved(raw)]
    # Then all are there
    assert lines == [b"one", b"two"]


def test_what_was_written_before_a_process_died_is_saved(tmp_path: Path) -> None:
    # Given a file that was flushed and never finished
    path = tmp_path / "file.gz"
    with gzip.GzipFile(path, "wb") as stream:
        stream.write(b"one\ntwo\nhal")
        stream.flush()
        flushed = path.stat().st_size
    path.write_bytes(path.read_bytes()[:flushed])
    # When its lines are saved
    with path.open("rb") as raw:
        lines = lines_saved(raw)
        saved = [next(lines), next(lines)]
        # Then the whole ones are there, and after them the lack is told
        with pytest.raises(EOFError, match="its end is missing"):
            next(lines)
    assert saved == [b"one", b"two"]


def test_lines_of_a_damaged_file_end_with_what_is_wrong(tmp_path: Path) -> None:
    # Given a file with a damaged middle
    path = tmp_path / "file.gz"
    data = bytearray(gzip.compress(bytes(range(256)) * 50))
    data[30:60] = b"\xff" * 30
    path.write_bytes(data)
    # When its lines are saved
    # Then it is told
    with path.open("rb") as raw, pytest.raises(EOFError, match=r"it is damaged \("):
        list(lines_saved(raw))


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_that_does_not_end_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    # Given a file whose second line is much longer than is read, and whose first is not
    monkeypatch.setattr(packed_module, "_LONGEST_LINE", 100)
    path = tmp_path / "file"
    data = b"x" * 99 + b"\n" + b"y" * 301 + b"\nz\n"
    path.write_bytes(gzip.compress(data) if packed else data)
    # When its lines are read
    with path.open("rb") as raw:
        lines = lines_saved(raw)
        found = next(lines).rstrip()
        with pytest.raises(EOFError, match="longer than 100 bytes"):
            next(lines)
    # Then the first is there, and it ends
    assert found == b"x" * 99
