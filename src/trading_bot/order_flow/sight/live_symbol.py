"""What the stream knows of one symbol: what was taken already, and whether its events wait.

A print is the same when exchange, reporting facility, id and sequence number are; a quote when its
stamp and sequence number are. Nothing is judged twice, however often it comes, by stream or REST.
"""

from __future__ import annotations

from array import array
from typing import Final, Protocol

from ..market.halts import Halt
from ..market.sink import MarketSink
from ..market.units import NS_PER_MS, NS_PER_SECOND
from .gap import Gap

REMEMBERED: Final = 128
"""Most prints that are known again."""
OVERLAP_NS: Final = 5 * NS_PER_SECOND
"""A gap is filled from this much before the newest event: late ones may have been cut off too."""
KEPT_NS: Final = 60 * NS_PER_SECOND
"""Of the newest `REMEMBERED` prints, those of so long before the newest are always known again."""
_REMEMBERED_AT_FIRST: Final = 8
_NEW_DAY_NS: Final = 3_600 * NS_PER_SECOND
_NO_KEY: Final = array("q", (0,))


class Judged(Protocol):
    """What is asked of a symbol's judge: how far it has come; see `SymbolJudge`."""

    trades: int
    quotes: int
    trade_ns: int
    halted_by: Halt | None

    @property
    def quote_ns(self) -> int:
        """The stamp by which the newest quote is matched, 0 before the first."""
        ...


class LiveSymbol:
    """One subscribed symbol.

    Args:
        symbol: Ticker.
        judge: Its judge, for what was judged last.
        way_in: Where its events go to be judged.
        from_ns: Since when its tape is wanted.

    Attributes:
        last_probe_ns: When REST was last asked whether anything newer exists.
        failure: The failure last told of, empty for none.
        last_event_ns: When its newest event was judged.
        keys: What the newest prints are known again by.
        trade_sequence: Highest sequence number of a print.
        gap: What waits while a gap is filled, else None.
        trade_ns: Newest stamp of a print.
        quote_ns: Newest stamp of a quote.
        quote_sequence: Its sequence number.
        repeated: Prints and quotes that came again.
        outdated: Quotes that came after a newer one.
        seen: Events judged up to the last look.
        typical_gap_ns: Its usual longest silence, forgotten slowly.
        confirmed_quiet_ns: When REST last said that nothing newer exists.
    """

    __slots__ = (
        "_filled_from_ns",
        "_filled_until_ns",
        "_forgotten_ns",
        "_half_began_ns",
        "_half_ends",
        "_place",
        "confirmed_quiet_ns",
        "failure",
        "from_ns",
        "gap",
        "judge",
        "keys",
        "last_event_ns",
        "last_probe_ns",
        "outdated",
        "quote_ns",
        "quote_sequence",
        "repeated",
        "seen",
        "symbol",
        "trade_ns",
        "trade_sequence",
        "typical_gap_ns",
        "way_in",
    )

    def __init__(self, symbol: str, judge: Judged, way_in: MarketSink, from_ns: int) -> None:
        # First what every event touches: compiled, it stands side by side.
        self.symbol = symbol
        self.gap: Gap | None = None
        self.way_in = way_in
        self.quote_ns = self.quote_sequence = 0
        self.trade_sequence = self.trade_ns = 0
        # Filled from behind, half by half; it grows while what would be forgotten is young.
        self.keys = _NO_KEY * _REMEMBERED_AT_FIRST
        self._place = _REMEMBERED_AT_FIRST - 1
        self._half_ends = _REMEMBERED_AT_FIRST // 2
        self.judge = judge
        self.from_ns = from_ns
        self.repeated = self.outdated = 0
        self.failure = ""
        self.seen = 0
        self.last_event_ns = self.typical_gap_ns = self.confirmed_quiet_ns = self.last_probe_ns = 0
        # Every print after this millisecond is remembered.
        self._forgotten_ns = 0
        # The newest stamp when the half that is filled now was begun.
        self._half_began_ns = 0
        # The span whose prints REST has filled in last.
        self._filled_from_ns = self._filled_until_ns = 0

    def takes_trade(
        self, sip_ns: int, exchange: int, trf_id: int, trade_id: str, sequence: int
    ) -> bool:
        """Return whether a print is new, and remember it.

        A sequence number above all others is new without a look: only those that go back, as
        repeated and late ones do, are searched for. A print without id and number is always new.
        """
        key = hash((exchange, trf_id, trade_id, sequence))
        if sequence > self.trade_sequence:
            self.trade_sequence = sequence
        elif (sequence or trade_id) and (self.has_filled(sip_ns) or key in self.keys):
            self.repeated += 1
            return False
        elif sip_ns - self.trade_ns > _NEW_DAY_NS:
            # The provider's numbers begin again each day.
            self.trade_sequence = sequence
        self.remember(key, sip_ns)
        return True

    def remember(self, key: int, sip_ns: int) -> None:
        """Keep the key of a print that is judged now."""
        if sip_ns > self.trade_ns:
            self.trade_ns = sip_ns
        place = self._place
        self.keys[place] = key
        self._place = place - 1
        if place == self._half_ends:
            self._begin_half(place)

    def _begin_half(self, newest: int) -> None:
        """Make room for the prints to come: forget the older half, or grow where that is young."""
        keys = self.keys
        count = len(keys)
        if count < REMEMBERED and self.trade_ns - self._half_began_ns < KEPT_NS:
            self.keys = _NO_KEY * count + keys[newest:] + keys[:newest]
            self._place, self._half_ends = count - 1, 0
        else:
            self._forgotten_ns = self._half_began_ns
            self._place = (newest or count) - 1
            self._half_ends = 0 if newest else count // 2
        self._half_began_ns = self.trade_ns

    def has_filled(self, sip_ns: int) -> bool:
        """Return whether REST has filled in the prints of a stamp.

        What the stream brings of them later is known, however many they are.
        """
        return self._filled_from_ns <= sip_ns < self._filled_until_ns

    def note_filled(self, from_ns: int, until_ns: int) -> None:
        """Mark the prints from one stamp to before another as known: REST has filled them in."""
        if from_ns <= self._filled_until_ns:
            from_ns = min(from_ns, self._filled_from_ns)
        self._filled_from_ns = from_ns
        self._filled_until_ns = max(until_ns, self._filled_until_ns)

    def takes_quote(self, sip_ns: int, sequence: int) -> bool:
        """Return whether a quote is newer than the newest, and remember it.

        An older one says nothing of the present and is passed over.
        """
        if sip_ns <= self.quote_ns:
            if sip_ns < self.quote_ns or 0 < sequence < self.quote_sequence:
                self.outdated += 1
                return False
            if sequence and sequence == self.quote_sequence:
                self.repeated += 1
                return False
        self.quote_ns = sip_ns
        self.quote_sequence = sequence
        return True

    @property
    def trades_from_ns(self) -> int:
        """From when the prints of a gap are asked for.

        Some seconds before the newest, as far as those that were judged since are remembered.
        """
        if not self.trade_ns:
            return self.from_ns
        remembered_ns = self._forgotten_ns + NS_PER_MS
        return max(self.from_ns, remembered_ns, self.trade_ns - OVERLAP_NS)

    @property
    def quotes_from_ns(self) -> int:
        """From when the quotes of a gap are asked for."""
        return self.quote_ns or self.from_ns
