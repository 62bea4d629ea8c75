"""The signs of alerts: one large seller, several, a burst, and large size that only rests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import NS_PER_SECOND

Sign = Literal["one", "several", "burst", "hollow"]


class Shown(NamedTuple):
    """How a sign is shown: never by its colour alone.

    Attributes:
        glyph: Its shape in text.
        words: What it says.
        shape: Its shape in a picture.
    """

    glyph: str
    words: str
    shape: str


SHOWN: Final[dict[Sign, Shown]] = {
    "one": Shown("●", "one large seller", "circle"),
    "several": Shown("▲", "several large sellers", "triangle-up"),
    "burst": Shown("■", "red burst", "square"),
    "hollow": Shown("○", "resting bid, no warning", "circle-open"),
}


def signs_of(alerts: Iterable[OrderFlowAlert], *, window_seconds: int) -> list[Sign]:
    """Give each alert its sign.

    Args:
        alerts: In the order in which they were raised.
        window_seconds: Sellers of one symbol that lie no further apart are several.
    """
    last_ns: dict[str, int] = {}
    found: list[Sign] = []
    for alert in alerts:
        stamp_ns = alert.timestamp_ns or 0
        if alert.alert_type == "red_burst":
            found.append("burst")
        elif alert.source == "resting_bid":
            found.append("hollow")
        else:
            before_ns = last_ns.get(alert.symbol)
            is_near = before_ns is not None and (
                stamp_ns - before_ns <= window_seconds * NS_PER_SECOND
            )
            found.append("several" if is_near else "one")
            last_ns[alert.symbol] = stamp_ns
    return found
