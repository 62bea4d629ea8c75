"""When the scripted episodes happen, relative to the start of the live run.

The first of each comes within the first 45 seconds, and then again every few minutes. The periods
are long enough that an episode has left the baseline minutes of the next one.

The session before was an ordinary one: each symbol had some livelier moments an hour, of which what
is scripted for the live run stands out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from trading_bot.simulator.market.listing import Role
from trading_bot.simulator.settings import (
    A_DAY,
    EXTENDED_CLOSE,
    HISTORY_START,
    MARKET_START,
    REGULAR_CLOSE,
    REGULAR_OPEN,
)

LARGE_SELLER_PERIOD_SECONDS = 360
LARGE_SELLER_AT_SECONDS = (8, 16, 24)
RED_BURST_PERIOD_SECONDS = 420
RED_BURST_FROM_SECONDS = 15
RED_BURST_UNTIL_SECONDS = 45
WALL_PERIOD_SECONDS = 780
WALL_GONE_FROM_SECONDS = 720
LARGE_SELLER_SHARES = 10_500
LIVELY_PERIOD_SECONDS = 1_800
"""Between two livelier moments of an ordinary day; each has a burst, a sale and an offer."""
_LIVELY_AFTER_OPEN_SECONDS = 600
_SALE_AFTER_BURST_SECONDS = 600
_OFFER_AFTER_BURST_SECONDS = 1_200
_LIVELY_SECONDS = 30
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
        seller_shares: The least that such a seller sells.
        burst_orders: Extra orders in this second, most of them sells.
        wall: True while the large bid stands.
        offer: Shares of an offer that stands out, or 0.
    """

    seller: SellerStyle | None = None
    seller_shares: int = LARGE_SELLER_SHARES
    burst_orders: int = 0
    wall: bool = False
    offer: int = 0


_NOTHING = Scene()
_WALL = Scene(wall=True)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the market; all moments in Unix seconds.

    Attributes:
        start_s: The first event.
        open_s: The regular session opens.
        close_s: It closes.
        quiet_s: Nothing happens from here on.
        scene: What is scripted for a role in a second.
    """

    start_s: int
    open_s: int
    close_s: int
    quiet_s: int
    scene: Callable[[Role, int], Scene]


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


def ordinary_scene(role: Role, second: int) -> Scene:
    """Return what an ordinary day has for a symbol of this role.

    Sizes differ from one moment to the next, as no two of a day are alike.

    Args:
        role: The symbol's.
        second: Seconds from the open.
    """
    moment, at = divmod(second - _LIVELY_AFTER_OPEN_SECONDS, LIVELY_PERIOD_SECONDS)
    if moment < 0:
        return _NOTHING
    sizes, differs = _LIVELY[role], moment * 7 % 11
    if at < _LIVELY_SECONDS:
        return Scene(burst_orders=sizes.burst_orders)
    if at == _SALE_AFTER_BURST_SECONDS:
        return Scene(seller="one_stamp", seller_shares=sizes.sold + 100 * differs)
    if 0 <= at - _OFFER_AFTER_BURST_SECONDS < _LIVELY_SECONDS:
        return Scene(offer=sizes.offered + 100 * differs)
    return _NOTHING


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How large the livelier moments of a role's ordinary day are."""

    burst_orders: int = 2
    sold: int = 1_800
    offered: int = 1_500


# The stock that sees large sellers knows larger sales, and more of them.
_LIVELY = {role: _Sizes() for role in Role} | {Role.LARGE_SELLERS: _Sizes(4, 7_500, 2_000)}


def _yesterdays_scene(role: Role, second: int) -> Scene:
    return ordinary_scene(role, second - _YESTERDAY_OPEN_S)


_YESTERDAY_OPEN_S = int((REGULAR_OPEN - A_DAY).timestamp())
TODAY = Day(
    start_s=int(HISTORY_START.timestamp()),
    open_s=int(REGULAR_OPEN.timestamp()),
    close_s=int(REGULAR_CLOSE.timestamp()),
    quiet_s=int(EXTENDED_CLOSE.timestamp()),
    scene=scene,
)
YESTERDAY = Day(
    start_s=int((HISTORY_START - A_DAY).timestamp()),
    open_s=_YESTERDAY_OPEN_S,
    close_s=int((REGULAR_CLOSE - A_DAY).timestamp()),
    quiet_s=int((EXTENDED_CLOSE - A_DAY).timestamp()),
    scene=_yesterdays_scene,
)
"""An ordinary Monday."""
