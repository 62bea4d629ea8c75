"""Bytes on their way to one client of the stream."""

from __future__ import annotations

from asyncio import WriteTransport

from trading_bot.order_flow.market.units import NS_PER_SECOND


class StreamLine:
    """Writes frames in order; never waits.

    Args:
        transport: The connection.
    """

    def __init__(self, transport: WriteTransport) -> None:
        self._transport = transport
        self._waiting = bytearray()
        self._bytes_per_second: float | None = None
        self._dripped_until_ns = 0

    def unsent(self) -> int:
        """Return the bytes that the network has not taken yet."""
        return len(self._waiting) + self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> None:
        """Send bytes; nothing happens on a closed connection."""
        if self._bytes_per_second is not None:
            self._waiting += data
        elif not self._transport.is_closing():
            self._transport.write(data)

    def limit(self, bytes_per_second: float | None, now_ns: int) -> None:
        """Let only so many bytes a market second through from now on, or None for all."""
        if bytes_per_second is None:
            self._bytes_per_second = None
            if self._waiting:
                waiting, self._waiting = self._waiting, bytearray()
                self.send(bytes(waiting))
        elif self._bytes_per_second is None:
            self._bytes_per_second = bytes_per_second
            self._dripped_until_ns = now_ns

    def drip(self, now_ns: int) -> None:
        """Let through what a limit allows by now."""
        if self._bytes_per_second is None:
            return
        passed_ns = now_ns - self._dripped_until_ns
        count = int(self._bytes_per_second * passed_ns / NS_PER_SECOND)
        # What is left of a byte stays for the next time.
        if count and not self._transport.is_closing():
            self._dripped_until_ns = now_ns
            self._transport.write(self._waiting[:count])
            del self._waiting[:count]

    def hang_up(self) -> None:
        """Close the connection after what was written."""
        self._transport.close()

    def cut(self) -> None:
        """End the connection at once, as if the machine were gone."""
        self._transport.abort()
