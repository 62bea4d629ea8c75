"""What a classifier remembers of the quotes: the last best prices, and what they lost.

A print is judged by the quote strictly before it: one with the print's own stamp is the print's
footprint, or cannot be told from it. Most quotes change a size only, and sides are told by prices:
so quotes of one best bid and ask in a row are one run, from its first stamp to its last. Up to 32
runs are kept, fewer where prices change so seldom that the others are too old to say anything.
Where the clocks differ, what the quotes lost within the clock window is kept beside them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from struct import Struct
from typing import Final

from ...market.units import FAR_PAST_NS, NS_PER_SECOND
from .quote_reductions import COMPARED_FROM, QuoteReductions, SeenQuote

QUOTE_RUNS: Final = 32
"""Most runs of equal prices kept; a print older than all of them is judged without a quote."""
QUOTE_MAX_AGE_NS: Final = 60 * NS_PER_SECOND
"""A quote older than this says nothing about a print."""
QUOTES_KEPT_NS: Final = QUOTE_MAX_AGE_NS + 10 * NS_PER_SECOND
"""A run whose last quote is older than this may be forgotten. A print that comes even later, out of
a gap that could not be filled in time, is signed by the tick test then."""

_FIELDS: Final = 4
_CONFIRMED_AT: Final = 1
_BID_AT: Final = 2
_ASK_AT: Final = 3
_run: Final = Struct(f"={_FIELDS}q")
_FIELD_BYTES: Final = 8
# Of the ring: the newest run stands outside.
_FIRST_RUNS: Final = QUOTE_RUNS // 8 - 1
_ALL_RUNS: Final = QUOTE_RUNS - 1

QuoteRun = tuple[int, int, int, int]
"""Best prices that stood for a while: stamps of the first and the last quote with them, best bid
and best ask in ticks, 0 where there is none."""
NO_QUOTE: QuoteRun = (FAR_PAST_NS, FAR_PAST_NS, 0, 0)
"""What stood before the first quote."""
_NO_RUN: Final = array("q", NO_QUOTE)


class QuoteMemory:
    """The newest run of best prices, and a ring of the runs before it; its size has a bound.

    Args:
        clock_window_ns: How far the prints' clock may lag; reductions are noted when it is above 0.

    Attributes:
        since_ns: Stamp of the first quote with the newest prices.
        confirmed_ns: Stamp of the newest quote. It is all that a quote with other sizes changes, so
            that a caller in a hurry may set it alone, and give `note` the quote.
        bid_ticks: Its best bid, 0 when there is none.
        ask_ticks: Its best ask, 0 when there is none.
        note: Takes each quote, where sizes matter because there is a clock window; else None.
    """

    __slots__ = (
        "_newest",
        "_reductions",
        "_ring",
        "ask_ticks",
        "bid_ticks",
        "confirmed_ns",
        "note",
        "since_ns",
    )

    def __init__(self, clock_window_ns: int) -> None:
        self.since_ns, self.confirmed_ns, self.bid_ticks, self.ask_ticks = NO_QUOTE
        self._reductions = QuoteReductions(clock_window_ns) if clock_window_ns else None
        self.note: Callable[[SeenQuote], None] | None = None
        if self._reductions is not None:
            self.note = self._reductions.seen.append
        # Runs side by side, as four integers each.
        self._ring = _NO_RUN * _FIRST_RUNS
        # Where the newest of them begins.
        self._newest = 0

    def on_quote(
        self, stamp_ns: int, bid_ticks: int, bid_size: int, ask_ticks: int, ask_size: int
    ) -> None:
        """Take the best bid and ask after one update.

        Args:
            stamp_ns: When it happened, Unix nanoseconds.
            bid_ticks: Best bid, 0 when there is none.
            bid_size: Size at the bid, in the unit of the prints' sizes.
            ask_ticks: Best ask, 0 when there is none.
            ask_size: Size at the ask.
        """
        reductions = self._reductions
        if reductions is not None:
            reductions.seen.append((stamp_ns, bid_ticks, bid_size, ask_ticks, ask_size))
        if bid_ticks != self.bid_ticks or ask_ticks != self.ask_ticks:
            if reductions is not None and len(reductions.seen) >= COMPARED_FROM:
                reductions.compare()
            # Only the last quote of a stamp can ever stand strictly before a print.
            if stamp_ns != self.since_ns:
                self._keep_newest(stamp_ns)
                self.since_ns = stamp_ns
            self.bid_ticks = bid_ticks
            self.ask_ticks = ask_ticks
        self.confirmed_ns = stamp_ns

    def stood(self, bid_ticks: int, ask_ticks: int, from_ns: int, until_ns: int) -> bool | None:
        """Return whether a best bid and ask stood within a span; None where it is forgotten.

        Args:
            bid_ticks: Best bid, 0 when there is none.
            ask_ticks: Best ask, 0 when there is none.
            from_ns: First stamp of the span.
            until_ns: Its last stamp.
        """
        if (bid_ticks, ask_ticks) == (self.bid_ticks, self.ask_ticks) and self.since_ns <= until_ns:
            return True
        ends_ns, ring, place = self.since_ns, self._ring, self._newest
        for _ in range(len(ring) // _FIELDS):
            if ends_ns <= from_ns:
                return False
            since_ns, _, bid, ask = _run.unpack_from(ring, place * _FIELD_BYTES)
            if (bid, ask) == (bid_ticks, ask_ticks) and since_ns <= until_ns:
                return True
            ends_ns = since_ns
            place = (place or len(ring)) - _FIELDS
        return False if ends_ns <= from_ns else None

    def _keep_newest(self, stamp_ns: int) -> None:
        """Put the newest run into the ring, which grows where a young one would have to go."""
        ring = self._ring
        place = self._newest + _FIELDS
        if place == len(ring):
            place = 0
        goes = place
        if self._reductions is not None:
            # One place sooner: while it has room, the ring knows what stood before all of its runs.
            goes = place + _FIELDS if place + _FIELDS < len(ring) else 0
        if (
            len(ring) < _ALL_RUNS * _FIELDS
            and ring[goes + _CONFIRMED_AT] >= stamp_ns - QUOTES_KEPT_NS
        ):
            room = _NO_RUN * (len(ring) // _FIELDS + 1)
            ring = self._ring = ring[place:] + ring[:place] + room
            place = len(ring) - len(room)
        self._newest = place
        _run.pack_into(
            ring,
            place * _FIELD_BYTES,
            self.since_ns,
            self.confirmed_ns,
            self.bid_ticks,
            self.ask_ticks,
        )

    def _run_before(self, stamp_ns: int) -> QuoteRun | None:
        """Find what stood just before a stamp, or None when that is forgotten."""
        if self.since_ns < stamp_ns:
            return self.since_ns, self.confirmed_ns, self.bid_ticks, self.ask_ticks
        ring = self._ring
        place = self._newest
        for _ in range(len(ring) // _FIELDS):
            if ring[place] < stamp_ns:
                return _run.unpack_from(ring, place * _FIELD_BYTES)
            place = (place or len(ring)) - _FIELDS
        return None

    def _oldest_before(self, stamp_ns: int) -> QuoteRun | None:
        """Give the oldest run kept if it began strictly before a stamp, else None."""
        ring = self._ring
        place = self._newest + _FIELDS
        if place == len(ring):
            place = 0
        if ring[place] < stamp_ns:
            return _run.unpack_from(ring, place * _FIELD_BYTES)
        return None

    def _moved_before(self, began_ns: int, bid_ticks: int, ask_ticks: int, since_ns: int) -> bool:
        """Return whether other prices stood between a moment and the beginning of a run."""
        ring = self._ring
        place = self._newest
        reached = began_ns == self.since_ns
        for _ in range(len(ring) // _FIELDS):
            if reached:
                if ring[place + _BID_AT] != bid_ticks or ring[place + _ASK_AT] != ask_ticks:
                    return True
                if ring[place] < since_ns:
                    return False
            reached = reached or ring[place] == began_ns
            place = (place or len(ring)) - _FIELDS
        return False
