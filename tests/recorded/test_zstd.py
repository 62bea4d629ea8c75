"""Files packed with Zstandard, unpacked by whatever library there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.fake_zstd import LIBRARIES, frame, use_library

from trading_bot.order_flow.outside import zstd_library
from trading_bot.recorded import zstd
from trading_bot.recorded.packed import damage_named, unpacked


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let one of the two libraries be there, and the other not."""
    name = str(request.param)
    use_library(monkeypatch, name)
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
