"""A provider whose messages are kept as they are, and that can be held up or fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import BinaryIO

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.providers.provider import StreamDecoder

REFUSED = b"refused"
"""A message that cannot be packed."""


class PlainPacker:
    """Packs by writing down; a message waits while its provider is held up."""

    def __init__(self, provider: PlainFrames) -> None:
        self._provider = provider
        self._waiting = b""

    def pack(self, data: bytes) -> bytes:
        self._provider.may_pack.wait(10.0)
        if data == REFUSED:
            raise DataSourceError("no", code="undecodable")
        self._waiting += data
        return b""

    def flush(self) -> bytes:
        written, self._waiting = self._waiting, b""
        return written

    def finish(self) -> bytes:
        return self.flush() + b"!"


class PlainFrames:
    """What keeps the messages; see `KeepsFrames`."""

    frames_end = ".plain"

    def __init__(self) -> None:
        self.may_pack = threading.Event()
        self.may_pack.set()

    def frame_packer(self) -> PlainPacker:
        return PlainPacker(self)

    def unpacked_frames(self, raw: BinaryIO) -> Iterator[bytes]:
        yield raw.read()

    def frame_decoder(self, sink: MarketSink) -> StreamDecoder:
        raise NotImplementedError
