"""What a rule has found, in the numbers that it judged by; an alert is made of it afterwards.

An alert's line waits for nothing that only a reader of the alert needs: so `Decimal` and `datetime`
are built once, when the line is out.
"""

from __future__ import annotations

from typing import Self

import msgspec

from ..data_models import AlertSource, AlertType, Facts, OrderFlowAlert, Scale, Severity
from ..market.units import (
    ns_from_utc,
    price_from_ticks,
    ticks_from_price,
    utc_from_ns,
)


class Signal(msgspec.Struct, frozen=True, gc=False):
    """Selling pressure that a rule has seen; the ratios are those of `OrderFlowAlert`.

    `gc=False` is safe: nothing in it can refer back.

    Attributes:
        symbol: Ticker.
        alert_type: Which rule.
        severity: How grave.
        timestamp_ns: Exchange time of the event that raised it, Unix nanoseconds.
        order_size: Shares of a large seller; None for a burst.
        price_ticks: Price of a large seller; None for a burst.
        source: Which kind of large seller; None for a burst.
        volume_ratio: Last 60 s over baseline; None for a large seller.
        sell_ratio: Expected sold share of the last 60 s.
        sell_ratio_low: The same with every print of unknown side counted as a buy.
        low_confidence_share: Share of the volume whose side is known with less than 0.7.
        scale: Its place among the symbol's own; None for fixed thresholds.
        facts: What was so then; None for fixed thresholds.
    """

    symbol: str
    alert_type: AlertType
    severity: Severity
    timestamp_ns: int
    order_size: int | None = None
    price_ticks: int | None = None
    source: AlertSource | None = None
    volume_ratio: float | None = None
    sell_ratio: float | None = None
    sell_ratio_low: float | None = None
    low_confidence_share: float | None = None
    scale: Scale | None = None
    facts: Facts | None = None

    @classmethod
    def of(cls, alert: OrderFlowAlert) -> Self:
        """Return what an alert was made of."""
        stamp_ns = alert.timestamp_ns
        return cls(
            alert.symbol,
            alert.alert_type,
            alert.severity,
            ns_from_utc(alert.timestamp_utc) if stamp_ns is None else stamp_ns,
            alert.order_size,
            None if alert.price_level is None else ticks_from_price(alert.price_level),
            alert.source,
            alert.volume_ratio,
            alert.sell_ratio,
            alert.sell_ratio_low,
            alert.low_confidence_share,
            alert.scale,
            alert.facts,
        )

    def alert(
        self,
        *,
        late: bool = False,
        delay_seconds: float | None = None,
        context: tuple[str, ...] = (),
        alert_id: str | None = None,
    ) -> OrderFlowAlert:
        """Return the public alert.

        Args:
            late: True when the data came too late to be judged in time.
            delay_seconds: Received time minus exchange time; None where unknown.
            context: Recent headlines about the symbol, newest first.
            alert_id: Its id under the settings it was found with.
        """
        return OrderFlowAlert(
            self.symbol,
            self.alert_type,
            self.severity,
            self.order_size,
            None if self.price_ticks is None else price_from_ticks(self.price_ticks),
            self.volume_ratio,
            utc_from_ns(self.timestamp_ns),
            source=self.source,
            sell_ratio=self.sell_ratio,
            sell_ratio_low=self.sell_ratio_low,
            low_confidence_share=self.low_confidence_share,
            scale=self.scale,
            facts=self.facts,
            late=late,
            delay_seconds=delay_seconds,
            context=context,
            timestamp_ns=self.timestamp_ns,
            alert_id=alert_id,
        )
