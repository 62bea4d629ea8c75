"""The files of kept messages."""

from __future__ import annotations

import gzip
import stat
import sys
import zlib
from pathlib import Path

import pytest
from support.kept_frames import PlainFrames

from trading_bot.order_flow.capture.frame_files import PartWriter, parts_of


def part_in(folder: Path, name: str = "run.part1") -> PartWriter:
    provider = PlainFrames()
    return PartWriter(
        folder,
        name,
        frames_end=provider.frames_end,
        data_source="plain",
        packer=provider.frame_packer(),
        head=b"HEAD",
    )


def arrivals(path: Path) -> list[bytes]:
    """Return the lines that are there, whether the file has an end or not."""
    return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(path.read_bytes()).splitlines()


def test_messages_lie_behind_the_head_and_their_arrivals_beside_them(tmp_path: Path) -> None:
    # Given a part
    part = part_in(tmp_path)
    # When two messages are kept, one between them was left out, and the part ends
    part.keep(1, b"one", 100)
    part.keep(3, b"three", 200)
    part.close()
    # Then the messages are one file, as the provider has it
    frames, lines = tmp_path / "run.part1.plain", tmp_path / "run.part1.arrivals.gz"
    assert frames.read_bytes() == b"HEADonethree!"
    # And the other says which, when, and how long
    assert gzip.decompress(lines.read_bytes()).splitlines() == [
        b'{"schema":1,"data_source":"plain","frames":"run.part1.plain"}',
        b'{"frame":1,"at_ns":100,"bytes":3}',
        b'{"frame":3,"at_ns":200,"bytes":5}',
    ]
    # And it is known what both take
    assert part.bytes == frames.stat().st_size + lines.stat().st_size


def test_what_is_flushed_is_on_the_disk(tmp_path: Path) -> None:
    # Given a part with a message
    part = part_in(tmp_path)
    part.keep(1, b"one", 100)
    # When it is flushed, and another message comes
    part.flush()
    part.keep(2, b"two", 200)
    # Then the first is there with its arrival, and the second is not
    frames, lines = tmp_path / "run.part1.plain", tmp_path / "run.part1.arrivals.gz"
    assert frames.read_bytes() == b"HEADone"
    assert len(arrivals(lines)) == 2
    assert part.bytes == frames.stat().st_size + lines.stat().st_size
    part.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there a file is its owner's")
def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    # Given a part
    part_in(tmp_path).close()
    # When its files are looked at, then nobody else may read them
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("taken", ["run.part1.plain", "run.part1.arrivals.gz"])
def test_a_file_that_is_there_is_not_written_over(tmp_path: Path, taken: str) -> None:
    # Given a file of that name
    (tmp_path / taken).write_bytes(b"of another run")
    # When a part is begun, then that fails
    with pytest.raises(FileExistsError):
        part_in(tmp_path)
    # And the file stays
    assert (tmp_path / taken).read_bytes() == b"of another run"


def test_parts_come_in_the_order_of_their_connections(tmp_path: Path) -> None:
    # Given parts of two runs, more than nine of one
    for name in ("run.part10", "run.part2", "run.2.part1", "run.part1", "run.partX"):
        (tmp_path / f"{name}.arrivals.gz").touch()
    # When those of each run are asked for, then they come by number, without the other's
    assert [each.name for each in parts_of(tmp_path, "run")] == [
        "run.part1.arrivals.gz",
        "run.part2.arrivals.gz",
        "run.part10.arrivals.gz",
    ]
    assert [each.name for each in parts_of(tmp_path, "run.2")] == ["run.2.part1.arrivals.gz"]
