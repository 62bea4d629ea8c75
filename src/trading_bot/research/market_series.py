"""What the whole market did at a moment, by the prices of one symbol that stands for it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.recorded.rows import KIND, PLACE, SIP_NS, Row
from trading_bot.research.quote_series import BASIS_POINTS

FALL_BP = 3
FALL_SECONDS = 60
STALE_SECONDS = 60
"""A market without a price for so long says nothing."""


class MarketSeries:
    """Prices of the market's symbol: midpoints where it has quotes, else regular prints.

    Args:
        batches: Rows of one symbol in exchange order.

    Raises:
        ValueError: Several symbols, or no usable price.
    """

    def __init__(self, batches: Iterable[list[Row]]) -> None:
        quotes, prints = (array("q"), array("q")), (array("q"), array("q"))
        conditions = TradeConditions()
        symbols = set()
        for rows in batches:
            for row in rows:
                symbols.add(row[3])
                if row[KIND]:
                    bid, ask = row[PLACE + 1], row[PLACE + 3]
                    if 0 < bid <= ask:
                        quotes[0].append(row[SIP_NS])
                        quotes[1].append(bid + ask)
                elif conditions.verdict(row[PLACE + 3], row[PLACE + 4], False).side:
                    prints[0].append(row[SIP_NS])
                    prints[1].append(2 * row[PLACE + 1])
        chosen = quotes if quotes[0] else prints
        if len(symbols) != 1 or not chosen[0]:
            raise ValueError(
                f"a market series needs prices of one symbol, found {sorted(symbols) or 'none'}"
            )
        (self.symbol,) = symbols
        self._stamps = np.array(chosen[0], dtype=np.int64)
        self._prices = np.array(chosen[1], dtype=np.int64)

    def falls_at(self, stamp_ns: int) -> bool | None:
        """Return whether the market falls: at least 3 bp below its price 60 s before.

        Returns:
            None where one of the two prices is missing or older than a minute.
        """
        now = self._price_at(stamp_ns)
        before = self._price_at(stamp_ns - FALL_SECONDS * NS_PER_SECOND)
        if now is None or before is None:
            return None
        return (before - now) * BASIS_POINTS >= FALL_BP * before

    def _price_at(self, stamp_ns: int) -> int | None:
        place = int(np.searchsorted(self._stamps, stamp_ns, side="right")) - 1
        if place < 0 or stamp_ns - int(self._stamps[place]) > STALE_SECONDS * NS_PER_SECOND:
            return None
        return int(self._prices[place])
