"""What a classifier remembers of the quotes: the last 64, and what they lost.

A print is judged by the quote strictly before it: one with the print's own stamp is the print's
footprint, or cannot be told from it.
"""

from __future__ import annotations

from array import array

from trading_bot.order_flow.quote_reductions import QuoteReductions

QUOTE_RING = 64
"""Quotes kept; a print older than all of them is judged without a quote."""
NEVER_NS = -(1 << 62)
"""Earlier than any stamp."""

BID_AT = 1
"""Where a quote's bid stands in the ring, from its stamp."""
ASK_AT = 2
"""Where its ask stands."""

_FIELDS = 3
_RING_END = QUOTE_RING * _FIELDS


class QuoteMemory:
    """A ring of best quotes, newest first to find, of constant size.

    One array of integers, [stamp, bid, ask] side by side: a quote costs a few stores next to each
    other, and a thousand symbols a few megabytes. A place that was never filled is infinitely old,
    so it needs no test of its own.

    Args:
        clock_window_ns: How far the prints' clock may lag; reductions are noted when it is above 0.
    """

    __slots__ = ("_newest", "_reductions", "_ring", "_window_ns")

    def __init__(self, clock_window_ns: int) -> None:
        self._window_ns = clock_window_ns
        # Where the newest quote's stamp stands in the ring.
        self._newest = 0
        self._ring = array("q", [NEVER_NS, 0, 0]) * QUOTE_RING
        self._reductions = QuoteReductions()

    def on_quote(
        self, stamp_ns: int, bid_ticks: int, bid_size: int, ask_ticks: int, ask_size: int
    ) -> None:
        """Take the best bid and ask after one update.

        Args:
            stamp_ns: When it happened, Unix nanoseconds.
            bid_ticks: Best bid, 0 when there is none.
            bid_size: Shares at the bid.
            ask_ticks: Best ask, 0 when there is none.
            ask_size: Shares at the ask.
        """
        if self._window_ns:
            self._reductions.on_quote(stamp_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        ring = self._ring
        newest = self._newest
        # Only the last quote of a stamp can ever stand strictly before a print.
        if ring[newest] != stamp_ns:
            self._newest = newest = (newest + _FIELDS) % _RING_END
            ring[newest] = stamp_ns
        ring[newest + BID_AT] = bid_ticks
        ring[newest + ASK_AT] = ask_ticks

    def _quote_before(self, stamp_ns: int) -> int:
        """Find the newest quote strictly before a stamp: its place in the ring, or -1."""
        ring = self._ring
        place = self._newest
        if ring[place] < stamp_ns:
            return place
        for _ in range(QUOTE_RING - 1):
            place = (place - _FIELDS) % _RING_END
            if ring[place] < stamp_ns:
                return place
        return -1

    def _oldest_before(self, stamp_ns: int) -> int:
        """Give the place of the oldest quote kept if it lies strictly before a stamp, else -1."""
        place = (self._newest + _FIELDS) % _RING_END
        return place if self._ring[place] < stamp_ns else -1

    def _moved_since(self, place: int, since_ns: int) -> bool:
        """Tell whether the best price changed from a moment to the quote at a place in the ring."""
        ring = self._ring
        bid, ask = ring[place + BID_AT], ring[place + ASK_AT]
        for _ in range(QUOTE_RING - 1):
            if ring[place] < since_ns:
                return False
            place = (place - _FIELDS) % _RING_END
            if ring[place + BID_AT] != bid or ring[place + ASK_AT] != ask:
                return True
        return False
