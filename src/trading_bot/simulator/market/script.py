"""When the scripted episodes happen, relative to the start of the live run.

The first of each comes within the first 45 seconds, and then again every few minutes. The periods
are long enough that an episode has left the baseline minutes of the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trading_bot.simulator.market.listing import Role
from trading_bot.simulator.settings import MARKET_START, REGULAR_CLOSE, REGULAR_OPEN

LARGE_SELLER_PERIOD_SECONDS = 360
LARGE_SELLER_AT_SECONDS = (8, 16, 24)
RED_BURST_PERIOD_SECONDS = 420
RED_BURST_FROM_SECONDS = 15
RED_BURST_UNTIL_SECONDS = 45
WALL_PERIOD_SECONDS = 780
WALL_GONE_FROM_SECONDS = 720
_QUIET_BEFORE_CLOSE_SECONDS = 600
_WALL_AFTER_OPEN_SECONDS = 300

SellerStyle = Literal["one_stamp", "two_prices", "two_exchanges"]
_STYLES: tuple[SellerStyle, ...] = ("one_stamp", "two_prices", "two_exchanges")

_START_S = int(MARKET_START.timestamp())
_EPISODES_END_S = int(REGULAR_CLOSE.timestamp()) - _QUIET_BEFORE_CLOSE_SECONDS
_WALL_START_S = int(REGULAR_OPEN.timestamp()) + _WALL_AFTER_OPEN_SECONDS


@dataclass(frozen=True, slots=True)
class Scene:
    """What the script asks of one second of one symbol.

    Attributes:
        seller: How a large seller hits the bid in this second, or None.
        burst_orders: Extra orders in this second, most of them sells.
        wall: True while the large bid stands.
    """

    seller: SellerStyle | None = None
    burst_orders: int = 0
    wall: bool = False


_NOTHING = Scene()
_WALL = Scene(wall=True)


def scene(role: Role, second: int) -> Scene:
    """Return what is scripted for a symbol of this role in the Unix second `second`."""
    if role is Role.BID_WALL:
        return _wall(second)
    if not _START_S <= second < _EPISODES_END_S:
        return _NOTHING
    since_start = second - _START_S
    if role is Role.LARGE_SELLERS:
        return _large_sellers(since_start % LARGE_SELLER_PERIOD_SECONDS)
    if role is Role.RED_BURST:
        return _red_burst(since_start % RED_BURST_PERIOD_SECONDS)
    return _NOTHING


def _large_sellers(second: int) -> Scene:
    if second not in LARGE_SELLER_AT_SECONDS:
        return _NOTHING
    return Scene(seller=_STYLES[LARGE_SELLER_AT_SECONDS.index(second)])


def _red_burst(second: int) -> Scene:
    if not RED_BURST_FROM_SECONDS <= second < RED_BURST_UNTIL_SECONDS:
        return _NOTHING
    return Scene(burst_orders=4 + (second - RED_BURST_FROM_SECONDS) // 6)


def _wall(second: int) -> Scene:
    if not _WALL_START_S <= second < _EPISODES_END_S:
        return _NOTHING
    since_start = second - _START_S
    gone = since_start >= 0 and since_start % WALL_PERIOD_SECONDS >= WALL_GONE_FROM_SECONDS
    return _NOTHING if gone else _WALL
