"""Bytes on their way to one client of the stream."""

from __future__ import annotations

from asyncio import WriteTransport


class StreamLine:
    """Writes whole frames, in order; never waits.

    Args:
        transport: The connection.
    """

    def __init__(self, transport: WriteTransport) -> None:
        self._transport = transport

    @property
    def is_open(self) -> bool:
        """True until the connection is closed from either side."""
        return not self._transport.is_closing()

    def unsent(self) -> int:
        """Return the bytes that the network has not taken yet."""
        return self._transport.get_write_buffer_size()

    def send(self, frame: bytes) -> None:
        """Send one frame; nothing happens on a closed connection."""
        if self.is_open:
            self._transport.write(frame)

    def hang_up(self) -> None:
        """Close the connection after what was written."""
        self._transport.close()

    def cut(self) -> None:
        """End the connection at once, as if the machine were gone."""
        self._transport.abort()
