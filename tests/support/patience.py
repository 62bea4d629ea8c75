"""Waits for what another thread brings about, no longer than it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from trading_bot.order_flow.clock import monotonic_seconds

_LOOK_SECONDS = 0.005


def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Return once something holds.

    Raises:
        AssertionError: It does not within that time.
    """
    patience = threading.Event()
    ends = monotonic_seconds() + seconds
    while not holds():
        assert monotonic_seconds() < ends, f"not within {seconds:g} s"
        patience.wait(_LOOK_SECONDS)
