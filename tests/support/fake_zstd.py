"""Stands in for a library that unpacks Zstandard: a frame is the magic, a length, as many bytes."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from trading_bot.order_flow.outside import zstd_library

MAGIC = b"\x28\xb5\x2f\xfd"
LONGEST = 255
LIBRARIES = ("compression.zstd", "zstandard")


class FakeZstdError(Exception):
    """What the library raises."""


class Frame:
    """A library's object that unpacks as bytes come."""

    def __init__(self, options: dict[str, int] | None = None) -> None:
        self.limit = None if options is None else 1 << options["window_log_max"]
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

    def __init__(self, max_window_size: int | None = None) -> None:
        self._limit = max_window_size

    def decompressobj(self) -> Frame:
        made = Frame()
        made.limit = self._limit
        return made


def frame(content: bytes) -> bytes:
    return MAGIC + bytes([len(content)]) + content


def packed(content: bytes) -> bytes:
    """Return content in as many frames as it takes."""
    places = range(0, len(content), LONGEST)
    return b"".join(frame(content[place : place + LONGEST]) for place in places)


def use_library(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    """Let one of the two libraries be there, and the other not."""
    module = ModuleType(name)
    is_standard = name == "compression.zstd"
    vars(module).update(
        ZstdError=FakeZstdError,
        ZstdDecompressor=Frame if is_standard else Maker,
        DecompressionParameter=SimpleNamespace(window_log_max="window_log_max"),
    )
    parts = {name.partition(".")[0], name}
    monkeypatch.setattr(zstd_library, "find_spec", lambda asked: asked if asked in parts else None)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def use_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no library."""
    monkeypatch.setattr(zstd_library, "find_spec", lambda asked: None)
