"""`bid_attacked`: sellers hit one bid price again and again.

At least five executions at one bid price, none more than 10 s after the one before: each a print
that a seller made, by the side that is stated or inferred, at the best bid that it met. The bid may
change in between and come back; a sale at another best bid ends the attack, and so does a longer
gap. An attack is told once, as a warning, with its fifth execution; the next only after it ended.

It needs the tape and the best bid alone, so every provider has it. It counts towards no exit unless
the user says so, and predicts nothing: that the price fell after it on two stocks of one day in
2012 was not found again on other days.

    >>> attack = BidAttack("ACME", executions=2, gap_seconds=10)
    >>> attack.on_sale(1_000_000_000, 48_190_000, 300)
    >>> attack.on_sale(11_000_000_000, 48_190_000, 200).order_size
    500
"""

from __future__ import annotations

from typing import Final

from ..config import SymbolThresholds
from ..market.units import FAR_PAST_NS, NS_PER_SECOND
from .signals import Signal

BID_ATTACKED: Final = "bid_attacked"


class BidAttack:
    """The attack on one symbol's bid that goes on, or the last one.

    Args:
        symbol: Ticker.
        executions: So many at one price are an attack.
        gap_seconds: The longest time between two of them.
    """

    __slots__ = (
        "_executions",
        "_gap_ns",
        "_is_told",
        "_needed",
        "_newest_ns",
        "_price_ticks",
        "_shares",
        "_symbol",
    )

    def __init__(self, symbol: str, *, executions: int, gap_seconds: int) -> None:
        self._symbol = symbol
        self._needed = executions
        self._gap_ns = gap_seconds * NS_PER_SECOND
        self._price_ticks = self._executions = self._shares = 0
        self._newest_ns = FAR_PAST_NS
        self._is_told = False

    def judge_by_numbers(self, executions: int, gap_seconds: int) -> None:
        """Judge by other numbers from the next execution on; an attack that was told stays told."""
        self._needed = executions
        self._gap_ns = gap_seconds * NS_PER_SECOND

    def on_sale(self, stamp_ns: int, price_ticks: int, shares: int) -> Signal | None:
        """Take an execution at the best bid; return the attack that it makes.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            price_ticks: Its price, which was the best bid.
            shares: Its shares.
        """
        if price_ticks != self._price_ticks or stamp_ns - self._newest_ns > self._gap_ns:
            self._price_ticks = price_ticks
            self._newest_ns = stamp_ns
            self._executions = self._shares = 0
            self._is_told = False
        elif stamp_ns > self._newest_ns:
            # A late print does not shorten the attack.
            self._newest_ns = stamp_ns
        self._executions += 1
        self._shares += shares
        if self._is_told or self._executions < self._needed:
            return None
        self._is_told = True
        return Signal(
            self._symbol,
            "large_seller",
            "warning",
            stamp_ns,
            self._shares,
            price_ticks,
            BID_ATTACKED,
        )


def bid_attack_of(symbol: str, own: SymbolThresholds) -> BidAttack | None:
    """Return what looks for attacks on a symbol's bid; None where they are not told."""
    if not own.tells_bid_attacks:
        return None
    return BidAttack(
        symbol, executions=own.bid_attack_executions, gap_seconds=own.bid_attack_gap_seconds
    )
