"""What the stream knows of one symbol: what was taken already, and whether its events wait.

A print is the same when exchange, reporting facility, id and sequence number are; a quote when its
stamp and sequence number are. Nothing is judged twice, however often it comes, by stream or REST.
"""

from __future__ import annotations

from array import array
from typing import Final, Protocol

from ..market.events import Print, TradeEvent, Withdrawal
from ..market.halts import Halt
from ..market.sink import MarketSink
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND, UNITS_PER_SHARE
from .gap import Gap
from .tally import Tally, print_key

REMEMBERED: Final = 128
"""Most prints that are known again."""
KEPT_NS: Final = 60 * NS_PER_SECOND
"""Of the newest `REMEMBERED` prints, those of so long before the newest are always known again."""
DOUBTED_BEHIND_NS: Final = 10 * NS_PER_SECOND
"""A stamp so far behind the newest print is late beyond use, or wrong."""
_REMEMBERED_AT_FIRST: Final = 8
_NEW_DAY_NS: Final = 3_600 * NS_PER_SECOND
_NO_KEY: Final = array("q", (0,))


class Judged(Protocol):
    """What is asked of a symbol's judge: how far it has come; see `SymbolJudge`."""

    trades: int
    quotes: int
    trade_ns: int
    halted_by: Halt | None
    through_run: int
    through_at: int

    @property
    def quote_ns(self) -> int:
        """The stamp by which the newest quote is matched, 0 before the first."""
        ...

    @property
    def bid_ticks(self) -> int:
        """Best bid of the newest quote, 0 while there is none."""
        ...

    @property
    def ask_ticks(self) -> int:
        """Best ask of the newest quote, 0 while there is none."""
        ...

    def quoted(self, bid_ticks: int, ask_ticks: int, from_ns: int, until_ns: int) -> bool | None:
        """Return whether a best bid and ask stood in a span; None where that is forgotten."""
        ...

    def shares_of(self, event: Withdrawal) -> int:
        """Return how many shares a print counted that may be taken back; 0 where unknown."""
        ...


class LiveSymbol:
    """One subscribed symbol.

    Args:
        symbol: Ticker.
        judge: Its judge, for what was judged last.
        way_in: Where its events go to be judged.
        from_ns: Since when its tape is wanted.
        tally: Counts its prints, so that they can be compared with a second source; None where
            nobody compares them, and only the newest are known again.

    Attributes:
        keys: What the newest prints are known again by, where there is no tally.
        trade_sequence: Highest sequence number of a print.
        gap: What waits while a gap is filled, else None.
        held: The prints that wait for the quotes of their millisecond, else None.
        held_ns: Their stamp, one for all; far in the future while none waits.
        held_turn: In which turn of `Ingest` the first of them began to wait.
        trade_ns: Newest stamp of a print.
        quote_ns: Newest stamp of a quote.
        quote_sequence: Its sequence number.
        repeated: Prints and quotes that came again.
        pending: Where prints are written down to be counted; None without a tally.
        depth_at: Stamp and sequence number of the newest levels that came beside quotes.
        outdated: Events that came after newer ones, and say nothing of the present.
        late_trade_ns: Newest stamp of a print that came again or too late, 0 before the first.
        late_trades: How many of those came.
        late_quote_ns: The same of quotes.
        late_quotes: How many of those came.
        doubted_trades: Prints whose stamp lies so far back that it may be wrong: a second source is
            asked for them.
    """

    __slots__ = (
        "_half_began_ns",
        "_half_ends",
        "_place",
        "depth_at",
        "doubted_trades",
        "from_ns",
        "gap",
        "held",
        "held_ns",
        "held_turn",
        "judge",
        "keys",
        "late_quote_ns",
        "late_quotes",
        "late_trade_ns",
        "late_trades",
        "outdated",
        "pending",
        "quote_ns",
        "quote_sequence",
        "repeated",
        "symbol",
        "tally",
        "trade_ns",
        "trade_sequence",
        "way_in",
    )

    def __init__(
        self,
        symbol: str,
        judge: Judged,
        way_in: MarketSink,
        from_ns: int,
        tally: Tally | None = None,
    ) -> None:
        # First what every event touches: compiled, it stands side by side.
        self.symbol = symbol
        self.gap: Gap | None = None
        self.way_in = way_in
        self.held_ns = FAR_FUTURE_NS
        self.held: list[Print] | None = None
        self.held_turn = 0
        self.quote_ns = self.quote_sequence = 0
        self.depth_at = (0, 0)
        self.trade_sequence = self.trade_ns = 0
        self.tally = tally
        self.pending = None if tally is None else tally.pending
        # Filled from behind, half by half; it grows while what would be forgotten is young.
        self.keys = _NO_KEY * _REMEMBERED_AT_FIRST
        self._place = _REMEMBERED_AT_FIRST - 1
        self._half_ends = _REMEMBERED_AT_FIRST // 2
        self.judge = judge
        self.from_ns = from_ns
        self.repeated = self.outdated = 0
        self.late_trade_ns = self.late_trades = self.late_quote_ns = self.late_quotes = 0
        self.doubted_trades = 0
        # The newest stamp when the half that is filled now was begun.
        self._half_began_ns = 0

    @property
    def trades(self) -> int:
        """How many prints were judged, or wait only for the quotes of their millisecond."""
        return self.judge.trades + (0 if self.held is None else len(self.held))

    def takes_trade(
        self, sip_ns: int, exchange: int, trf_id: int, trade_id: str, sequence: int, size: int
    ) -> bool:
        """Return whether a print is new, and remember it.

        A sequence number above all others is new without a look: only those that go back, as
        repeated and late ones do, are searched for. A print without id and number is always new,
        unless it is older than all that is remembered, and so cannot be told from a repeated one.
        """
        key = print_key(exchange, trf_id, trade_id, sequence)
        if self._is_doubtful(sip_ns) and not self._knows(key, sip_ns):
            self.doubted_trades += 1
            self._note_late(sip_ns)
            return False
        if sequence > self.trade_sequence:
            self.trade_sequence = sequence
        elif self._is_too_old(sip_ns):
            self.outdated += 1
            self._note_late(sip_ns)
            return False
        elif (sequence or trade_id) and self._knows(key, sip_ns):
            self.repeated += 1
            self._note_late(sip_ns)
            return False
        elif sip_ns - self.trade_ns > _NEW_DAY_NS:
            # The provider's numbers begin again each day.
            self.trade_sequence = sequence
        self.remember(key, sip_ns, size)
        return True

    def take_missed(self, event: TradeEvent) -> None:
        """Remember a print of which it is known that it was never judged."""
        sequence = event.sequence
        self.trade_sequence = max(self.trade_sequence, sequence)
        key = print_key(event.exchange, event.trf_id, event.trade_id, sequence)
        self.remember(key, event.sip_ns, event.size)

    def remember(self, key: int, sip_ns: int, size: int) -> None:
        """Keep the key of a print that is judged now.

        Args:
            key: Its `print_key`.
            sip_ns: Its stamp.
            size: Millionths of a share.
        """
        if sip_ns > self.trade_ns:
            self.trade_ns = sip_ns
        if self.tally is None:
            self.keep(key)
        elif size >= UNITS_PER_SHARE:
            # What is below one share is not judged, and no second source counts it.
            self.tally.add(key, sip_ns, size)

    def keep(self, key: int) -> None:
        """Remember the key of the newest print, where there is no tally."""
        place = self._place
        self.keys[place] = key
        self._place = place - 1
        if place == self._half_ends:
            self._begin_half(place)

    def takes_quote(self, sip_ns: int, sequence: int) -> bool:
        """Return whether a quote is newer than the newest, and remember it.

        An older one says nothing of the present and is passed over.
        """
        if sip_ns <= self.quote_ns:
            is_older = sip_ns < self.quote_ns or 0 < sequence < self.quote_sequence
            if is_older or (sequence and sequence == self.quote_sequence):
                if is_older:
                    self.outdated += 1
                else:
                    self.repeated += 1
                self.late_quotes += 1
                self.late_quote_ns = max(self.late_quote_ns, sip_ns)
                return False
        self.quote_ns = sip_ns
        self.quote_sequence = sequence
        return True

    def _knows(self, key: int, sip_ns: int) -> bool:
        return key in self.keys if self.tally is None else self.tally.holds(key, sip_ns)

    def _is_doubtful(self, sip_ns: int) -> bool:
        return self.tally is not None and sip_ns < self.trade_ns - DOUBTED_BEHIND_NS

    def _is_too_old(self, sip_ns: int) -> bool:
        return self.tally is not None and sip_ns < self.tally.known_from_ns

    def _note_late(self, sip_ns: int) -> None:
        self.late_trades += 1
        self.late_trade_ns = max(self.late_trade_ns, sip_ns)

    def _begin_half(self, newest: int) -> None:
        """Make room for the prints to come: forget the older half, or grow where that is young."""
        keys = self.keys
        count = len(keys)
        if count < REMEMBERED and self.trade_ns - self._half_began_ns < KEPT_NS:
            self.keys = _NO_KEY * count + keys[newest:] + keys[:newest]
            self._place, self._half_ends = count - 1, 0
        else:
            self._place = (newest or count) - 1
            self._half_ends = 0 if newest else count // 2
        self._half_began_ns = self.trade_ns
