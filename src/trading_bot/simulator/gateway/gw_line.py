"""Bytes on their way to one client of the gateway."""

from __future__ import annotations

import socket
import struct
from asyncio import Transport

from trading_bot.simulator.gateway.gw_records import Packer

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""`SO_LINGER` with no time to wait: the peer sees a reset."""


class GatewayLine:
    """Gathers what is said, and sends it in one go; never waits.

    Args:
        transport: The connection.

    Attributes:
        is_over: True once nothing is said or heard any more.
        end: Why it is over.
    """

    def __init__(self, transport: Transport) -> None:
        self.is_over = False
        self.end = "the client left"
        self._transport = transport
        self._gathered = bytearray()
        self._packer: Packer | None = None

    def write(self, data: bytes) -> None:
        """Take bytes."""
        self._gathered += data

    def spoil(self, data: bytes) -> None:
        """Send bytes as they are, also where all others are packed."""
        self.flush()
        if not self._transport.is_closing():
            self._transport.write(data)

    def pack(self) -> None:
        """Pack whatever comes from now on."""
        self.flush()
        self._packer = Packer()

    def flush(self) -> None:
        """Send what was gathered."""
        if not self._gathered:
            return
        data = bytes(self._gathered)
        self._gathered.clear()
        if not self._transport.is_closing():
            self._transport.write(data if self._packer is None else self._packer.pack(data))

    def gathered(self) -> int:
        """Return the bytes that wait for `flush`."""
        return len(self._gathered)

    def unsent(self) -> int:
        """Return the bytes that the network has not taken yet."""
        return len(self._gathered) + self._transport.get_write_buffer_size()

    def fall_silent(self, why: str) -> None:
        """Say and hear nothing any more on a connection that stays."""
        self.is_over, self.end = True, why

    def hang_up(self, why: str) -> None:
        """Close the connection gracefully, after what was said."""
        self.flush()
        self.fall_silent(why)
        self._transport.close()

    def reset(self, why: str) -> None:
        """Reset the connection after what was said, as far as the network takes it at once."""
        self.flush()
        self.fall_silent(why)
        own: socket.socket = self._transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
