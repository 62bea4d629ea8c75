"""Lots of one symbol as the one position that they are; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ..position import Position


def added_up(
    lots: Mapping[str, Sequence[Position]], refused: Mapping[str, str]
) -> tuple[dict[str, Position], dict[str, str]]:
    """Add up the lots of each symbol.

    The price is theirs by weight, not known where one of theirs is not; the stop is the one that is
    reached first, and the host's own object the tuple of theirs.

    Args:
        lots: By symbol, one or more of each.
        refused: What is wrong with lots that could not be read, by symbol: one refuses its symbol.

    Returns:
        The positions by symbol, and what was refused: those above, and lots of both sides.
    """
    positions, wrong = {}, dict(refused)
    for symbol, held in lots.items():
        if symbol in wrong:
            continue
        if len({each.is_short for each in held}) > 1:
            wrong[symbol] = f"{symbol} has rows of both sides, long and short: give their sum"
        else:
            positions[symbol] = _sum(held)
    return positions, wrong


def _sum(lots: Sequence[Position]) -> Position:
    if len(lots) == 1:
        return lots[0]
    quantity = sum((each.quantity for each in lots), Decimal(0))
    stops = [each.stop for each in lots if each.stop is not None]
    opened = [each.opened_at for each in lots]
    nearest = min if quantity < 0 else max
    return Position(
        lots[0].symbol,
        quantity,
        _average_price(lots, quantity),
        nearest(stops) if stops else None,
        # The whole position is as old as its oldest lot; of unknown age with one of those.
        opened_at=None if None in opened else min(each for each in opened if each is not None),
        origin=tuple(each.origin for each in lots),
    )


def _average_price(lots: Sequence[Position], quantity: Decimal) -> Decimal | None:
    paid = Decimal(0)
    for each in lots:
        if each.average_price is None:
            return None
        paid += each.quantity * each.average_price
    return paid / quantity
