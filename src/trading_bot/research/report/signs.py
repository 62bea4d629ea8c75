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
    newest_ns: dict[str, int] = {}
    return [_sign_of(each, newest_ns, window_seconds * NS_PER_SECOND) for each in alerts]


def _sign_of(alert: OrderFlowAlert, newest_ns: dict[str, int], window_ns: int) -> Sign:
    if alert.alert_type == "red_burst":
        return "burst"
    if alert.source == "resting_bid":
        return "hollow"
    at_ns = alert.timestamp_ns or 0
    before_ns = newest_ns.get(alert.symbol)
    newest_ns[alert.symbol] = max(at_ns, before_ns or 0)
    # Either way: a late one comes out of order.
    is_further = before_ns is not None and abs(at_ns - before_ns) <= window_ns
    return "several" if is_further else "one"
