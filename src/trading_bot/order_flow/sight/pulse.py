"""The pulse: one snapshot of REST against what was judged, symbol by symbol; pure.

One request answers for up to 250 symbols, so it is made every few seconds. It proves that a channel
is alive or that something is missing; that nothing is missing only an audit of the tape proves.

    print that REST knows as the newest         said         and
    none, or below one share                    not_compared
    is among those judged                       vouched      run of unequal ones ends
    older than the newest, not known by key     vouched      only by its stamp
    younger than the settle time                unsettled
    lacks, or is newer than ours                behind       tape asked now; two in a row: differs

    quote that REST knows as the newest         said         and
    none                                        not_compared
    same stamp as ours then, same prices        vouched      run of unequal ones ends
    older than ours, ours of then unknown       vouched      only by its stamp
    younger than the settle time                unsettled
    newer than ours                             behind       quotes asked now; and where its prices
                                                             are others, two in a row: stale
    same stamp, other prices                    behind       the same

The day's volume is a trigger only: REST's grows by more than was judged, so an audit is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ..market.newest import BestPrices, NewestKnown
from ..market.units import NS_PER_SECOND, UNITS_PER_SHARE, cut_to

UNEQUAL_RUN: Final = 2
"""So many unequal pulses in a row are no accident of timing."""
VOLUME_SHARES: Final = 1_000
VOLUME_PERCENT: Final = 10
"""An audit is due once REST's growth exceeds ours by more than both of these."""
VOLUME_SPAN_NS: Final = 60 * NS_PER_SECOND
"""Growth is compared over no longer a time, so that what is in flight does not add up."""

Said = Literal["not_compared", "unsettled", "vouched", "behind"]


@dataclass(frozen=True, slots=True)
class JudgedMarks:
    """What was judged of one symbol, by stream and REST, when the snapshot came.

    Attributes:
        trade_ns: Newest stamp of a print, 0 before the first.
        holds_trade: Whether the snapshot's print was judged; None where that cannot be told,
            since it has no id or stamps so old are forgotten.
        quote_ns: Newest stamp of a quote, 0 before the first.
        quote_then: The newest quote stamped at or before the snapshot's; None where it is unknown.
        shares: Shares judged so far, since any moment that stays the same.
    """

    trade_ns: int
    holds_trade: bool | None
    quote_ns: int
    quote_then: BestPrices | None
    shares: int


@dataclass(frozen=True, slots=True)
class PulseVerdict:
    """What one pulse means for one symbol.

    Attributes:
        trades: What it says of the prints.
        quotes: What it says of the quotes.
        trades_reason: `differs` where prints lack twice in a row, else empty.
        quotes_reason: `stale` where quotes were unequal twice in a row, else empty.
        audit_due: Whether its volume asks for an early audit.
    """

    trades: Said
    quotes: Said
    trades_reason: Literal["", "differs"] = ""
    quotes_reason: Literal["", "stale"] = ""
    audit_due: bool = False

    @property
    def asks_tape(self) -> bool:
        """True where the prints are to be asked for now."""
        return self.trades == "behind"

    @property
    def asks_quotes(self) -> bool:
        """True where the quotes are to be asked for now."""
        return self.quotes == "behind"


class Pulse:
    """The pulses of one symbol, one after the other.

    Args:
        step_ns: Step of the provider's live stamps.
    """

    __slots__ = ("_day_shares", "_quote_run", "_shares", "_since_ns", "_step_ns", "_trade_run")

    def __init__(self, step_ns: int) -> None:
        self._step_ns = step_ns
        self._trade_run = self._quote_run = 0
        # Both volumes when growth began to be compared; none yet.
        self._since_ns: int | None = None
        self._day_shares = self._shares = 0

    @property
    def is_unsure_of_quotes(self) -> bool:
        """True where the newest quotes were unequal, and those before them were not."""
        return self._quote_run == 1

    def compare(self, snapshot: NewestKnown, judged: JudgedMarks, settle_ns: int) -> PulseVerdict:
        """Compare one snapshot with what was judged.

        Args:
            snapshot: What REST says.
            judged: What was judged, taken when the answer came: the stream may be ahead of it.
            settle_ns: What is younger than this may be on its way on the stream still.
        """
        trades = self._compare_trades(snapshot, judged, settle_ns)
        quotes = self._compare_quotes(snapshot, judged, settle_ns)
        return PulseVerdict(
            trades,
            quotes,
            trades_reason="differs" if self._trade_run >= UNEQUAL_RUN else "",
            quotes_reason="stale" if self._quote_run >= UNEQUAL_RUN else "",
            audit_due=self._outgrows(snapshot, judged.shares),
        )

    def _compare_trades(self, snapshot: NewestKnown, judged: JudgedMarks, settle_ns: int) -> Said:
        if snapshot.trade_ns is None or snapshot.trade_size < UNITS_PER_SHARE:
            return "not_compared"
        stamp_ns = cut_to(snapshot.trade_ns, self._step_ns)
        if judged.holds_trade:
            self._trade_run = 0
            return "vouched"
        if judged.holds_trade is None and stamp_ns <= judged.trade_ns:
            return "vouched"
        if snapshot.asked_ns - stamp_ns < settle_ns:
            return "unsettled"
        self._trade_run += 1
        return "behind"

    def _compare_quotes(self, snapshot: NewestKnown, judged: JudgedMarks, settle_ns: int) -> Said:
        theirs, ours = snapshot.quote, judged.quote_then
        if theirs is None:
            return "not_compared"
        stamp_ns = cut_to(theirs.sip_ns, self._step_ns)
        is_newest = stamp_ns > judged.quote_ns
        if ours is None and not is_newest:
            return "vouched"
        has_same_prices = ours is not None and (
            (ours.bid_ticks, ours.ask_ticks) == (theirs.bid_ticks, theirs.ask_ticks)
        )
        if has_same_prices and not is_newest:
            self._quote_run = 0
            return "vouched"
        # Where ours is newer, the stream has passed that stamp, however young it is.
        if is_newest and snapshot.asked_ns - stamp_ns < settle_ns:
            return "unsettled"
        # One that only repeats our prices makes none of them wrong.
        self._quote_run = 0 if has_same_prices else self._quote_run + 1
        return "behind"

    def _outgrows(self, snapshot: NewestKnown, shares: int) -> bool:
        if snapshot.day_shares is None:
            return False
        since_ns = self._since_ns
        growth = snapshot.day_shares - self._day_shares
        lacking = growth - (shares - self._shares)
        is_over = (
            since_ns is not None
            and lacking > VOLUME_SHARES
            and lacking * 100 > growth * VOLUME_PERCENT
        )
        is_new_span = (
            since_ns is None or snapshot.asked_ns - since_ns >= VOLUME_SPAN_NS or growth < 0
        )
        if is_over or is_new_span:
            self._since_ns = snapshot.asked_ns
            self._day_shares, self._shares = snapshot.day_shares, shares
        return is_over
