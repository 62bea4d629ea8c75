"""What a client of the stream asks, and what its session needs of the server around it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from trading_bot.simulator.faults.faults import FaultBoard
from trading_bot.simulator.stream.ws_log import StreamLog


class Request(msgspec.Struct):
    """What a client sends."""

    action: str
    params: str = ""


class Guest(Protocol):
    """What the server needs of a session that it makes room for."""

    key: str | None

    def evict(self) -> None:
        """Give way to a newer connection of the same account."""
        ...


class StreamDesk(Protocol):
    """What a session needs of the server around it."""

    @property
    def log(self) -> StreamLog:
        """Takes notes."""
        ...

    @property
    def faults(self) -> FaultBoard:
        """What goes wrong."""
        ...

    def now_ns(self) -> int:
        """Return the market's present, Unix nanoseconds."""
        ...

    def refusal_of_key(self, key: str) -> str | None:
        """Return why a key is not let in, or None."""
        ...

    def refusal_of_channel(self, channel: str) -> str | None:
        """Return why a channel cannot be had, or None."""
        ...

    def admit(self, session: Guest) -> None:
        """Make room for an account's new connection."""
        ...

    def prepare(self, symbol: str) -> None:
        """Have a symbol's past made, or every symbol's for `*`."""
        ...
