"""How far back the tape of a symbol is asked for when its watch begins; pure."""

from __future__ import annotations

from typing import Final

from ..market.units import NS_PER_SECOND

BACKFILL_NS: Final = 370 * NS_PER_SECOND
"""Asked for at the start: the current minute, five minutes of baseline, and a margin."""
_NS_PER_MINUTE: Final = 60 * NS_PER_SECOND


def backfill_start(now_ns: int) -> int:
    """Return from when a symbol's tape is asked for at first, Unix nanoseconds.

    A whole minute, so that two starts within one minute judge the same events: a bid that stands
    there already is then one signal, and not one a start.
    """
    start_ns = now_ns - BACKFILL_NS
    return start_ns - start_ns % _NS_PER_MINUTE
