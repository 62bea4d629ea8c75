"""Packed and plain files."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from trading_bot.recorded import packed as packed_module
from trading_bot.recorded.packed import damage_named, lines_saved, members, unpacked


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


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_each_usual_packer_is_known_by_what_its_files_begin_with(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    # Given a file packed in two pieces, under a name that tells nothing
    path = tmp_path / "file"
    path.write_bytes(pack(b"one\n") + pack(b"two\n"))
    # When it is read
    with path.open("rb") as raw, unpacked(raw) as stream:
        lines = stream.readlines()
    # Then its lines are there
    assert lines == [b"one\n", b"two\n"]


@pytest.mark.parametrize(("member", "content"), [(None, b"one\n"), ("second", b"two\n")])
def test_a_member_of_an_archive_is_read_like_a_file(
    tmp_path: Path, member: str | None, content: bytes
) -> None:
    # Given an archive of two files
    path = zipped(tmp_path / "day.zip", first=b"one\n", second=b"two\n")
    # When one is asked for, or none by name
    with path.open("rb") as raw, unpacked(raw, member=member) as stream:
        found = stream.read()
    # Then it is read, or the first one
    assert found == content


def test_the_files_of_an_archive_are_listed(tmp_path: Path) -> None:
    # Given an archive with a folder and what one system adds, and a plain file
    names = {"folder/": b"", "folder/t.csv": b"1", "__MACOSX/folder/._t.csv": b"2", "q.csv": b"3"}
    path = zipped(tmp_path / "day.zip", **names)
    plain = tmp_path / "plain.csv"
    plain.write_bytes(b"1")
    # When their files are asked for
    # Then the archive's have names, and the plain file is one
    assert members(path) == ["folder/t.csv", "q.csv"]
    assert members(plain) == [None]


def test_an_archive_without_files_is_named(tmp_path: Path) -> None:
    # Given an archive of a folder
    path = zipped(tmp_path / "day.zip", **{"folder/": b""})
    # When its files are asked for
    # Then the error names it
    with pytest.raises(ValueError, match=r"day\.zip .* \(it holds no file\)"):
        members(path)


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
@pytest.mark.parametrize("is_cut", [False, True])
def test_a_damaged_file_of_each_packer_is_named(
    tmp_path: Path, pack: Callable[[bytes], bytes], is_cut: bool
) -> None:
    # Given a file without its end, or with a damaged middle
    path = tmp_path / "file"
    data = bytearray(pack(bytes(range(256)) * 50))
    if is_cut:
        del data[-10:]
    else:
        data[30:60] = b"\xff" * 30
    path.write_bytes(data)
    # When it is read
    # Then the error names it
    with (
        path.open("rb") as raw,
        pytest.raises(ValueError, match="file is cut off or damaged"),
        damage_named(path),
        unpacked(raw) as stream,
    ):
        stream.read()


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    # Given an archive without its end
    path = zipped(tmp_path / "day.zip", first=b"one\n")
    path.write_bytes(path.read_bytes()[:-10])
    # When its files are asked for
    # Then the error names it
    with pytest.raises(ValueError, match=r"day\.zip is cut off or damaged"):
        members(path)


def test_an_encrypted_archive_is_named(tmp_path: Path) -> None:
    # Given an archive whose member says that it is encrypted
    path = zipped(tmp_path / "day.zip", first=b"one\n")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    # When it is read
    # Then the error names it
    with (
        path.open("rb") as raw,
        pytest.raises(ValueError, match=r"day\.zip is cut off or damaged .*encrypted"),
        damage_named(path),
    ):
        unpacked(raw)


def test_what_the_system_says_is_no_damage(tmp_path: Path) -> None:
    # Given a disk that fails
    # When a file is read
    # Then the system's error goes on
    with pytest.raises(OSError, match="disk"), damage_named(tmp_path):
        raise OSError(5, "disk")


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
