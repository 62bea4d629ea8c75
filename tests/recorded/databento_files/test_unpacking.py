"""Packed DBN is read without a library for Zstandard, and a file without its end is named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from support.dbn_records import book, header, trade
from support.fake_zstd import use_none

from trading_bot.order_flow.providers.databento import kept as kept_module
from trading_bot.order_flow.providers.databento.kept import RecordPacker
from trading_bot.recorded.databento.unpacking import DbnUnpacker, Frames
from trading_bot.recorded.packed import damage_named, unpacked

PLAIN = header() + b"".join(book(sequence=n) + trade(sequence=n) for n in range(1, 400))


def packed(plain: bytes = PLAIN) -> bytes:
    packer = RecordPacker()
    return packer.pack(plain) + packer.finish()


SKIPPED = b"\x5f\x2a\x4d\x18\x03\x00\x00\x00abc"
"""A frame that is passed over."""
REPEATED = (
    b"\x28\xb5\x2f\xfd\x24\x0a" + (10 << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"x" + b"sum."
)
"""A frame of one block that stands for ten bytes, with its sum behind it."""
TEXT = b"\x28\xb5\x2f\xfd\x20\x09" + (9 << 3 | 1).to_bytes(3, "little") + b"ts_event\n"
"""A frame of a line of text."""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A packed file, where nothing is installed that unpacks it."""
    use_none(monkeypatch)
    path = tmp_path / "day.dbn.zst"
    path.write_bytes(packed())
    return path


def read(path: Path) -> bytes:
    with path.open("rb") as raw, damage_named(path), unpacked(raw) as stream:
        return stream.read()


@pytest.mark.parametrize("behind", [b"", SKIPPED], ids=["alone", "with one that is passed over"])
def test_packed_records_are_read_without_a_library(
    kept: Path, monkeypatch: pytest.MonkeyPatch, behind: bytes
) -> None:
    # Given a packed file of several blocks
    monkeypatch.setattr(kept_module, "_BLOCK_BYTES", 500)
    kept.write_bytes(packed() + behind)
    # When it is read
    # Then it holds what was packed
    assert read(kept) == PLAIN


@pytest.mark.parametrize("missing", [1, 5, 100])
def test_a_file_without_its_end_is_named(kept: Path, missing: int) -> None:
    # Given a file that was cut off
    kept.write_bytes(packed()[:-missing])
    # When it is read
    # Then that is said
    with pytest.raises(ValueError, match=r"day\.dbn\.zst is cut off or damaged \(its end is"):
        read(kept)


@pytest.mark.parametrize("content", [packed() + b"something", TEXT])
def test_what_holds_no_frames_of_records_asks_for_a_library(kept: Path, content: bytes) -> None:
    # Given a file of something else, or with something else behind it
    kept.write_bytes(content)
    # When it is read
    # Then it is said what could tell more
    with pytest.raises(ValueError, match=r"pip install"):
        read(kept)


@pytest.mark.parametrize("content", [b"", b"\x28\xb5\x2f\xfd"], ids=["nothing", "a beginning"])
def test_nothing_is_unpacked_of_nothing(content: bytes) -> None:
    # Given a file without a whole frame
    stream = DbnUnpacker(io.BytesIO(content))
    # When it is read
    # Then there is nothing, which is a whole file only where it is empty
    if content:
        with pytest.raises(EOFError):
            stream.read()
    else:
        assert stream.read() == b""


@pytest.mark.parametrize("step", [1, 2, 5, 1_000_000])
def test_frames_are_followed_however_their_bytes_come(step: int) -> None:
    # Given frames of each kind
    content = SKIPPED + packed() + REPEATED + packed(header())
    ends, frames = set(), Frames()
    # When they come in pieces
    for place in range(0, len(content), step):
        frames.take(content[place : place + step])
        if frames.is_whole:
            ends.add(min(place + step, len(content)))
    # Then where one ends is known
    assert len(content) in ends
    if step == 1:
        first = len(SKIPPED)
        assert ends == {
            first,
            first + len(packed()),
            first + len(packed()) + len(REPEATED),
            len(content),
        }
