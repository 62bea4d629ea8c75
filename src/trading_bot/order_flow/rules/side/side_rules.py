"""What each kind of evidence says of a trade's side, and how often it is right.

Pure functions and constants for `trade_side`. Prices are integer ticks, so a print at the exact
midpoint is at the midpoint. A confidence is the share of prints that the rule signed right on
recorded days with known sides (see docs/accuracy.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from ...data_models import Side

SideRule = Literal["full", "lee_ready", "clnv", "emo", "tick"]
"""`full` is this library's rule set; the others stand for comparison with the literature."""
SIDE_RULES: tuple[SideRule, ...] = get_args(SideRule)
TradeSide = tuple[Side, int, str]
"""Side, probability of a sale in thousandths (500 when unknown), name of the deciding rule."""
BothSides = tuple[TradeSide, TradeSide]
"""The result of one rule for a buy and, second, for a sale."""


def _both(confidence: int, rule: str) -> BothSides:
    # Built once: judging a print allocates nothing.
    return ("buy", 1000 - confidence, rule), ("sell", confidence, rule)


STATED = _both(1000, "stated")
"""The provider names the aggressor."""
REDUCTION = _both(995, "reduction")
"""The best quote lost exactly the print's size (Jurkatis 2022)."""
VANISHED_LEVEL = _both(850, "vanished_level")
"""The best quote at the print's price vanished with another size (Jurkatis 2022)."""
QUOTE = _both(990, "quote")
"""At or through the quote (Lee and Ready 1991; Ellis, Michaely and O'Hara 2000)."""
MOVED_QUOTE = _both(900, "moved_quote")
"""At the quote, which moved within the clock window (Holden and Jacobsen 2014)."""
WALK = _both(995, "walk")
"""Prints of one order move in its direction (Schwenk-Nebbe 2022)."""
LOOSE_WALK = _both(900, "walk")
"""The same where the stamp that names the order is late: it may name several (our measurement)."""
SAME_ORDER = _both(995, "same_order")
"""Prints of one order have one side (Schwenk-Nebbe 2022)."""
OF_ONE_ORDER = 975
"""How often, in thousandths, prints of one stamp and price are of one order where the stamp is late
or a whole millisecond, and so may name several (our measurement)."""
UNSURE_ORDER = 600
"""Most that a print inside a quote that moved says of the prints after it (our measurement)."""
BORROWED = _both(900, "borrowed")
"""A sure print within 1 ms: orders come in runs (our measurement)."""
TICK = _both(600, "tick")
"""The last different price (tick test, Lee and Ready 1991)."""
NO_EVIDENCE: TradeSide = ("unknown", 500, "no_evidence")
"""No earlier price and no usable quote."""

_INSIDE = (_both(730, "inside"), _both(860, "inside"), _both(960, "inside"))
_INSIDE_MOVED = (_both(630, "inside"), _both(770, "inside"), _both(880, "inside"))


def confidence_of(result: TradeSide) -> int:
    """Give the stated probability, in thousandths, that the side is right."""
    return max(result[1], 1000 - result[1])


def capped(result: TradeSide, confidence: int) -> TradeSide:
    """Claim no more than this confidence, in thousandths, for a result."""
    side, probability, rule = result
    return side, min(max(probability, 1000 - confidence), confidence), rule


def handed_on(result: TradeSide, *, moved: bool) -> TradeSide:
    """Give a print the side of the one before it, where their stamp may name several orders.

    Args:
        result: Of the surest print of this stamp and price.
        moved: The best price moved within the clock window, so that print may have met another
            quote; it erred for all that follow then.

    Returns:
        That side: right if both are of one order and it is right, or if neither holds.
    """
    confidence = confidence_of(result)
    if moved and confidence < MOVED_QUOTE[1][1]:
        confidence = min(confidence, UNSURE_ORDER)
    else:
        confidence -= (2 * confidence - 1000) * (1000 - OF_ONE_ORDER) // 1000
    side, probability, _ = capped(result, confidence)
    return side, probability, SAME_ORDER[0][2]


def inside_spread(price: int, bid: int, ask: int, *, moved: bool) -> TradeSide | None:
    """Sign a print between bid and ask by the nearer of the two.

    The quote rule of Lee and Ready (1991), graded by x = (2 price - bid - ask) / (ask - bid): the
    nearer the quote, the surer. From the midpoint to |x| < 0.2 it says nothing, so a sub-penny
    print at the midpoint stays unsigned (Barber et al. 2024).

    Args:
        price: The print.
        bid: Best bid, less than `ask`.
        ask: Best ask.
        moved: The best price moved within the clock window, so the quote may not be the one met.

    Returns:
        The side with 0.73, 0.86 or 0.96 for |x| below 0.4, 0.7 and 1; about a tenth less where the
        quote moved; None near the midpoint.
    """
    above_mid = 2 * price - bid - ask
    distance = 10 * abs(above_mid)
    spread = ask - bid
    if distance < 2 * spread:
        return None
    grade = 0 if distance < 4 * spread else 1 if distance < 7 * spread else 2
    return (_INSIDE_MOVED if moved else _INSIDE)[grade][above_mid < 0]


def lee_ready(price: int, bid: int, ask: int) -> TradeSide | None:
    """Sign by the midpoint; None at the midpoint (Lee and Ready 1991)."""
    above_mid = 2 * price - bid - ask
    return QUOTE[above_mid < 0] if above_mid else None


def emo(price: int, bid: int, ask: int) -> TradeSide | None:
    """Sign prints exactly at the quote; None elsewhere (Ellis, Michaely and O'Hara 2000)."""
    if price == ask:
        return QUOTE[0]
    return QUOTE[1] if price == bid else None


def clnv(price: int, bid: int, ask: int) -> TradeSide | None:
    """Sign prints within three tenths of the spread from a quote (Chakrabarty et al. 2007).

    The ends belong to the quote; the middle four tenths and prints outside give None.
    """
    reach = 3 * (ask - bid)
    if 0 <= 10 * (ask - price) <= reach:
        return QUOTE[0]
    return QUOTE[1] if 0 <= 10 * (price - bid) <= reach else None


QuoteRule = Callable[[int, int, int], TradeSide | None]
QUOTE_RULES: dict[SideRule, QuoteRule] = {"lee_ready": lee_ready, "emo": emo, "clnv": clnv}
"""The published rules that look at the quote; where one gives None the tick test decides."""
