"""At which address the stream listens that belongs to a REST host."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from .official_client import BASE_URL

_STREAM_HOSTS: Final = {
    "api.polygon.io": "socket.polygon.io",
    "api.massive.com": "socket.massive.com",
}


def stream_url(base_url: str | None) -> str:
    """Return the WebSocket address that belongs to a REST host.

    Args:
        base_url: As in the configuration; None for the provider's own.
    """
    parts = urlsplit(base_url or BASE_URL)
    host = _STREAM_HOSTS.get(parts.netloc, parts.netloc)
    return f"{'ws' if parts.scheme == 'http' else 'wss'}://{host}/stocks"
