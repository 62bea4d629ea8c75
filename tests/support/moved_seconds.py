"""A clock for streams that a test moves forwards, so that nobody waits for a minute."""

from __future__ import annotations

from trading_bot.order_flow.clock import monotonic_seconds


class MovedSeconds:
    """The machine's own seconds, which never run backwards, and what a test adds to them."""

    def __init__(self) -> None:
        self._moved = 0.0

    def __call__(self) -> float:
        return monotonic_seconds() + self._moved

    def move(self, seconds: float) -> None:
        self._moved += seconds
