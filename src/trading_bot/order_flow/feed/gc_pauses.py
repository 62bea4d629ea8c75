"""Garbage collection beside a hot path: measured, and kept short.

What exists once the process is warm stays for its life, so it is frozen: later collections look
only at what came since.
"""

from __future__ import annotations

import gc
from typing import Final

from ..clock import monotonic_seconds

FREEZE_AGAIN_TICKS: Final = 300
_US_PER_SECOND: Final = 1_000_000


class Collector:
    """Measures collections from its making to `close`, and freezes what is there to stay.

    Attributes:
        longest_us: The longest pause, in microseconds, of those that came by themselves.
    """

    def __init__(self) -> None:
        self.longest_us = 0
        self._began = 0.0
        self._own = False
        self._ticks = FREEZE_AGAIN_TICKS
        gc.callbacks.append(self._measure)

    def tick(self, *, settled: bool, busy: bool) -> None:
        """Freeze now and then; called about once a second.

        Args:
            settled: True when no symbol is being started.
            busy: True while frames wait to be judged.
        """
        self._ticks += 1
        if settled and not busy and self._ticks > FREEZE_AGAIN_TICKS:
            self._ticks = 0
            self._own = True
            gc.collect()
            gc.freeze()
            self._own = False

    def close(self) -> None:
        """Stop measuring, and give what was frozen back to ordinary collections."""
        gc.callbacks.remove(self._measure)
        gc.unfreeze()

    def _measure(self, phase: str, _: dict[str, int]) -> None:
        if self._own:
            return
        if phase == "start":
            self._began = monotonic_seconds()
            return
        pause_us = round((monotonic_seconds() - self._began) * _US_PER_SECOND)
        self.longest_us = max(self.longest_us, pause_us)
