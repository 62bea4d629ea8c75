"""Files packed with Zstandard, unpacked by whatever library there is."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from trading_bot.order_flow.outside import zstd_library
from trading_bot.recorded import zstd
from trading_bot.recorded.packed import damage_named, unpacked

MAGIC = b"\x28\xb5\x2f\xfd"


class FakeZstdError(Exception):
    """What the library raises."""


class Frame:
    """Stands in for a library's object: a frame is the magic, a length and as many bytes."""

    def __init__(self) -> None:
        self.eof = False
        self.unused_data = b""
        self._seen = b""

    def decompress(self, data: bytes) -> bytes:
        self._seen += data
        if not MAGIC.startswith(self._seen[:4]):
            raise FakeZstdError("no frame")
        end = 5 + self._seen[4] if len(self._seen) > 4 else 5
        if len(self._seen) < end:
            return b""
        self.eof = True
        self.unused_data = self._seen[end:]
        return self._seen[5:end]


class Maker:
    """The extra's object, which makes the one that unpacks as bytes come."""

    def decompressobj(self) -> Frame:
        return Frame()


def frame(content: bytes) -> bytes:
    return MAGIC + bytes([len(content)]) + content


@pytest.fixture(params=["compression.zstd", "zstandard"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let one of the two libraries be there, and the other not."""
    name = str(request.param)
    module = ModuleType(name)
    vars(module).update(ZstdError=FakeZstdError, ZstdDecompressor=Frame if "." in name else Maker)
    parts = {name.partition(".")[0], name}
    monkeypatch.setattr(zstd_library, "find_spec", lambda asked: asked if asked in parts else None)
    monkeypatch.setitem(sys.modules, name, module)
    return name


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("block", [1, 3, 1_000])
def test_frames_are_read_as_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    # Given a file of two frames, read a few bytes at a time
    monkeypatch.setattr(zstd, "_BLOCK_BYTES", block)
    path = tmp_path / "t.csv.zst"
    path.write_bytes(frame(b"one\ntw") + frame(b"o\n"))
    # When it is read
    with path.open("rb") as raw, unpacked(raw) as stream:
        lines = stream.readlines()
    # Then its lines are there
    assert lines == [b"one\n", b"two\n"]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("content", [frame(b"one\n")[:-1], frame(b"one\n") + b"more"])
def test_a_file_that_is_cut_off_or_damaged_is_named(tmp_path: Path, content: bytes) -> None:
    # Given a file without its end, or with another one
    path = tmp_path / "t.csv.zst"
    path.write_bytes(content)
    # When it is read
    # Then the error names it
    with (
        path.open("rb") as raw,
        pytest.raises(ValueError, match=r"t\.csv\.zst is cut off or damaged"),
        damage_named(path),
        unpacked(raw) as stream,
    ):
        stream.read()


@pytest.mark.parametrize("package", [True, False])
def test_without_a_library_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: bool
) -> None:
    # Given neither library, be it that an older Python has a package of that name
    def find(asked: str) -> Any:
        return asked if package and asked == "compression" else None

    monkeypatch.setattr(zstd_library, "find_spec", find)
    path = tmp_path / "t.csv.zst"
    path.write_bytes(frame(b"one\n"))
    # When it is read
    # Then the error names file and extra
    with (
        path.open("rb") as raw,
        pytest.raises(ValueError, match=r"t\.csv\.zst is packed .*order-flow\[zstd\]'"),
    ):
        unpacked(raw)
