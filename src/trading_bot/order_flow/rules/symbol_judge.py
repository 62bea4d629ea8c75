"""All that is known of one symbol, and the two functions that every event goes through.

This is the hot path: integers in, findings out, nothing built until there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ..config import OrderFlowConfig
from ..market.trade_conditions import LATE_AFTER_NS, TradeConditions
from .large_seller import LargeSellerState
from .red_burst import RedBurstState, in_extended_hours
from .side.classifier import TradeSideClassifier
from .signals import Finding
from .volume_window import UNKNOWN_SIDE

if TYPE_CHECKING:
    from ..sight.live_symbol import LiveSymbol

NO_FINDINGS: Final[list[Finding]] = []
"""Returned when nothing was found; never to be changed."""
NEVER_NS: Final = (1 << 62) - 1
"""Later than any stamp."""
_BP: Final = 10_000
_RECENT_NS: Final = (1 << 53) - 1
"""Stamps of 104 days differ in these bits; with an exchange beside them they fit a machine word."""


class SymbolJudge:
    """Judges the quotes and prints of one symbol in exchange order.

    Args:
        symbol: Ticker.
        config: Thresholds and sessions.
        conditions: Which prints count.
        sellers: The large-seller state of this symbol.
        bursts: The red-burst state of this symbol.
        sides: Infers the aggressor; without a clock window, so that sizes do not matter to it.

    Attributes:
        live: What a stream knows of the symbol; None while none follows it.
        last_ticks: Price of the newest print that counted, 0 before the first.
        trade_ns: Exchange time of the newest print, 0 before the first.
        recheck_ns: When a standing recommendation is to be looked at again.
        trades: Prints judged.
        quotes: Quotes judged.
    """

    __slots__ = (
        "_bursts",
        "_conditions",
        "_dropped",
        "_extended",
        "_sellers",
        "_sides",
        "last_ticks",
        "live",
        "quotes",
        "recheck_ns",
        "symbol",
        "trade_ns",
        "trades",
    )

    def __init__(
        self,
        symbol: str,
        config: OrderFlowConfig,
        *,
        conditions: TradeConditions,
        sellers: LargeSellerState,
        bursts: RedBurstState,
        sides: TradeSideClassifier,
    ) -> None:
        # First what every event touches: compiled, it stands side by side.
        self.live: LiveSymbol | None = None
        self._sides = sides
        self._sellers = sellers
        self.quotes = 0
        self.trades = 0
        self.trade_ns = 0
        self.last_ticks = 0
        self.recheck_ns = NEVER_NS
        self._bursts = bursts
        self._extended = config.sessions == "extended"
        self._conditions = conditions
        self.symbol = symbol
        # Prints that did not count, or not for a side, by reason; None before the first.
        self._dropped: Counter[str] | None = None

    def on_quote(
        self,
        sip_ns: int,
        matched_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
    ) -> list[Finding]:
        """Judge one quote.

        Args:
            sip_ns: Exchange time, Unix nanoseconds.
            matched_ns: The stamp that prints are matched with: participant time where both sides
                have it, else `sip_ns`.
            bid_ticks: Best bid, 0 when there is none.
            bid_size: Shares at the bid.
            ask_ticks: Best ask, 0 when there is none.
            ask_size: Shares at the ask.
        """
        self.quotes += 1
        sides = self._sides
        if bid_ticks == sides.bid_ticks and ask_ticks == sides.ask_ticks:
            sides.confirmed_ns = matched_ns
        else:
            sides.on_quote(matched_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        sellers = self._sellers
        # By far the most quotes end here: nobody large, and nobody large before.
        if bid_size < sellers.threshold > ask_size and sip_ns < sellers.calm_until_ns:
            return NO_FINDINGS
        return sellers.on_quote(sip_ns, bid_ticks, bid_size, ask_ticks, ask_size)

    def on_book(
        self,
        sip_ns: int,
        matched_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        large_bids: Sequence[tuple[int, int]],
    ) -> list[Finding]:
        """Judge the best bid and ask with the depth below; see `on_quote`.

        Args:
            sip_ns: Exchange time, Unix nanoseconds.
            matched_ns: The stamp that prints are matched with.
            bid_ticks: Best bid, 0 when there is none.
            bid_size: Shares at the bid.
            ask_ticks: Best ask, 0 when there is none.
            ask_size: Shares at the ask.
            large_bids: (price ticks, shares) of every bid level at or above the threshold.
        """
        self.quotes += 1
        self._sides.on_quote(matched_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        return self._sellers.on_book(sip_ns, list(large_bids), ask_ticks, ask_size)

    def on_trade(
        self,
        sip_ns: int,
        matched_ns: int,
        price_ticks: int,
        size: int,
        conditions: tuple[int, ...] = (),
        correction: int = 0,
        exchange: int = 0,
        participant_ns: int | None = None,
        stated_side: str | None = None,
    ) -> list[Finding]:
        """Judge one print.

        Args:
            sip_ns: Exchange time, Unix nanoseconds.
            matched_ns: The stamp that is matched with quotes; see `on_quote`.
            price_ticks: Price.
            size: Shares.
            conditions: Trade condition ids.
            correction: Correction code, 0 for a regular print.
            exchange: Exchange id, 0 where unknown.
            participant_ns: When the exchange made it, or None; prints with one participant stamp
                belong to one order.
            stated_side: `buy` or `sell` where the provider states it.
        """
        self.trades += 1
        self.trade_ns = sip_ns
        key = None
        if participant_ns is not None:
            if sip_ns - participant_ns > LATE_AFTER_NS:
                self._drop("late_print")
                return NO_FINDINGS
            key = (participant_ns & _RECENT_NS) << 8 | exchange
        may_sign = True
        if conditions or correction:
            extended = self._extended and in_extended_hours(sip_ns)
            verdict = self._conditions.verdict(conditions, correction, extended)
            if verdict.reason is not None:
                self._drop(verdict.reason)
            if not verdict.volume:
                return NO_FINDINGS
            may_sign = verdict.side
        self.last_ticks = price_ticks
        sides = self._sides
        if may_sign:
            _, p_sell, _ = sides.on_trade(matched_ns, price_ticks, size, key, stated_side)
        else:
            p_sell = UNKNOWN_SIDE
        sellers = self._sellers
        found = NO_FINDINGS if sip_ns < sellers.wall_due_ns else sellers.on_time(sip_ns)
        if p_sell > UNKNOWN_SIDE:
            stated = stated_side is not None
            sale = sellers.on_sell(
                sip_ns, participant_ns, price_ticks, size, sides.bid_ticks, stated
            )
            if sale is not None:
                found = [*found, sale]
        if self._extended:
            burst = self._bursts.on_trade(sip_ns, size, p_sell, self._spread_bp())
        else:
            burst = self._bursts.on_trade(sip_ns, size, p_sell)
        return found if burst is None else [*found, burst]

    @property
    def quote_ns(self) -> int:
        """The stamp by which the newest quote is matched, 0 before the first."""
        return max(self._sides.confirmed_ns, 0)

    @property
    def bid_ticks(self) -> int:
        """Best bid of the newest quote, 0 while there is none."""
        return self._sides.bid_ticks

    @property
    def ask_ticks(self) -> int:
        """Best ask of the newest quote, 0 while there is none."""
        return self._sides.ask_ticks

    def left_out(self) -> dict[str, int]:
        """Return what did not count, by reason: prints, and bursts withheld for unsure sides."""
        counts = dict(self._dropped or {})
        if self._bursts.withheld:
            counts["burst_withheld"] = self._bursts.withheld
        return counts

    def _drop(self, reason: str) -> None:
        if self._dropped is None:
            self._dropped = Counter()
        self._dropped[reason] += 1

    def _spread_bp(self) -> int:
        """Return the quoted spread over the bid in basis points, rounded up; huge if one-sided."""
        bid_ticks, ask_ticks = self.bid_ticks, self.ask_ticks
        if not bid_ticks or not ask_ticks:
            return _BP
        return -((bid_ticks - ask_ticks) * _BP // bid_ticks)
