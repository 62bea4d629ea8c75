"""What unpacks Zstandard here."""

from __future__ import annotations

import pytest
from support.fake_zstd import LIBRARIES, frame, use_library, use_none

from trading_bot.order_flow.outside.zstd_library import begin_frame, zstd_library


@pytest.mark.parametrize("name", LIBRARIES)
def test_either_library_will_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    # Given one of the two
    module = use_library(monkeypatch, name)
    # When it is looked for
    # Then it is found, and unpacks a frame
    assert zstd_library() is module
    assert begin_frame(module).decompress(frame(b"one")) == b"one"


def test_there_may_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given neither
    use_none(monkeypatch)
    # When one is looked for, then there is none
    assert zstd_library() is None


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("limit", [None, 1 << 23])
def test_memory_may_be_limited(
    monkeypatch: pytest.MonkeyPatch, name: str, limit: int | None
) -> None:
    # Given one of the two
    module = use_library(monkeypatch, name)
    # When a frame is begun with a limit, or without
    # Then the library is told of it in its own way
    assert begin_frame(module, limit).limit == limit
