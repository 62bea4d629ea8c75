"""What makes data unfit to be judged: one set of rules for what is asked for and what streams by.

`validators` raises where these say so; the judge of a symbol sets the one event aside and counts it
under the same code. Freshness is no matter of the data alone, so it is not here: an old snapshot is
refused, an old print of a backfill is judged at its own time.
"""

from __future__ import annotations

from typing import Final

from .units import NS_PER_SECOND

CROSSED_BOOK: Final = "crossed_book"
FUTURE_TIMESTAMP: Final = "future_timestamp"
MAX_CLOCK_SKEW_NS: Final = 5 * NS_PER_SECOND
"""How far a stamp may lie in the future: two machines' clocks never agree exactly."""
MAX_PRICE_USD: Final = 10_000_000
"""USD per share; the dearest listed share trades below a tenth of this."""
MAX_SIZE: Final = 10_000_000_000
"""Shares; more than any company's whole day."""


def is_crossed(bid_ticks: int, ask_ticks: int) -> bool:
    """Return whether a bid stands above the ask; not where they are equal, or one is missing (0).

    Quotes of two exchanges cross for milliseconds while one of them is late: one of the two prices
    is gone already, and nobody can say which, so that no level of it may be told of.
    """
    return bid_ticks > ask_ticks > 0


def is_ahead(stamp_ns: int, seen_ns: int | None) -> bool:
    """Return whether data is stamped more than 5 s after it was seen; unknown (None) is not."""
    return seen_ns is not None and stamp_ns - seen_ns > MAX_CLOCK_SKEW_NS
