"""What a supervised stream tells, and at which address it listens."""

from __future__ import annotations

from typing import Final, Protocol
from urllib.parse import urlsplit

from trading_bot.order_flow.official_client import BASE_URL

_STREAM_HOSTS: Final = {
    "api.polygon.io": "socket.polygon.io",
    "api.massive.com": "socket.massive.com",
}


class StreamObserver(Protocol):
    """Whoever takes what the stream brings; called on its event loop."""

    def on_frame(self, payload: bytes, link: int) -> bool:
        """Take one message of a connection; return False when reading has to stop."""
        ...

    def on_cut(self, link: int) -> None:
        """Take note that a connection has ended, after its last frame."""
        ...

    def on_subscribed(self, symbols: list[str]) -> None:
        """Take note that prints and quotes of these symbols come from now on."""
        ...

    def on_channels_refused(self, channels: list[str], reason: str) -> None:
        """Take note that the provider refuses channels for good."""
        ...


def stream_url(base_url: str | None) -> str:
    """Return the WebSocket address that belongs to a REST host.

    Args:
        base_url: As in the configuration; None for the provider's own.
    """
    parts = urlsplit(base_url or BASE_URL)
    host = _STREAM_HOSTS.get(parts.netloc, parts.netloc)
    return f"{'ws' if parts.scheme == 'http' else 'wss'}://{host}/stocks"
