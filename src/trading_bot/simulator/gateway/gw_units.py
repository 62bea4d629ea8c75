"""Rows in units that are not meant: as before a split, or in round lots."""

from __future__ import annotations

from trading_bot.simulator.market.depth import DepthRow
from trading_bot.simulator.market.depth_levels import DepthBook, Level

_LOT = 100


def as_before_a_split(row: DepthRow) -> DepthRow:
    """Return a row at twice the price and half the shares."""
    change = row.change
    bids, asks = ([_before(each) for each in side] for side in change.book)
    changed = change._replace(
        price_ticks=change.price_ticks * 2,
        size=max(1, change.size // 2),
        book=DepthBook(tuple(bids), tuple(asks)),
    )
    return row._replace(change=changed)


def in_round_lots(row: DepthRow) -> DepthRow:
    """Return a row whose sizes count round lots, of which there is one at least."""
    change = row.change
    bids, asks = ([_in_lots(each) for each in side] for side in change.book)
    book = DepthBook(tuple(bids), tuple(asks))
    return row._replace(change=change._replace(size=_lots(change.size), book=book))


def _before(level: Level) -> Level:
    return level._replace(price_ticks=level.price_ticks * 2, size=max(1, level.size // 2))


def _in_lots(level: Level) -> Level:
    return level._replace(size=_lots(level.size))


def _lots(shares: int) -> int:
    return max(1, shares // _LOT)
