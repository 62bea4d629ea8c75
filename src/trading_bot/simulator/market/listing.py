"""The invented companies of the simulated market, one for each thing a newcomer should see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What is scripted to happen to a symbol."""

    LARGE_SELLERS = "large_sellers"
    RED_BURST = "red_burst"
    BID_WALL = "bid_wall"
    CALM = "calm"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Listing:
    """One symbol and its ordinary behaviour.

    Attributes:
        symbol: Ticker.
        name: Company.
        role: What is scripted.
        anchor_cents: Price that the stock returns to, cents.
        spread_cents: Usual spread, cents.
        trades_per_second: Mean orders that trade, regular session.
        quotes_per_second: Mean changes of the quote, regular session.
        tape: 1 for NYSE-listed, 2 for other exchanges, 3 for Nasdaq-listed.
        auction_shares: Shares of the opening auction; the closing one has twice as many.
    """

    symbol: str
    name: str
    role: Role
    anchor_cents: int
    spread_cents: int = 1
    trades_per_second: float = 1.2
    quotes_per_second: float = 2.0
    tape: int = 3
    auction_shares: int = 30_000


LISTINGS = (
    Listing(
        symbol="ACME",
        name="Acme Rockets",
        role=Role.LARGE_SELLERS,
        anchor_cents=2_740,
        trades_per_second=2.15,
        quotes_per_second=2.5,
        auction_shares=180_000,
    ),
    Listing(
        symbol="BOLT",
        name="Bolt Electric",
        role=Role.RED_BURST,
        anchor_cents=8_420,
        spread_cents=2,
    ),
    Listing(
        symbol="CLIF",
        name="Cliff Holdings",
        role=Role.BID_WALL,
        anchor_cents=4_600,
        tape=1,
    ),
    Listing(
        symbol="DOVE",
        name="Dove Utilities",
        role=Role.CALM,
        anchor_cents=11_250,
        spread_cents=2,
        tape=1,
        auction_shares=4_000,
    ),
    Listing(
        symbol="EDDY",
        name="Eddy Shipping",
        role=Role.BACKGROUND,
        anchor_cents=6_310,
        spread_cents=2,
        tape=1,
    ),
    Listing(
        symbol="FERN.B",
        name="Fern Foods, class B",
        role=Role.BACKGROUND,
        anchor_cents=1_875,
        quotes_per_second=1.5,
        tape=2,
    ),
)
DELISTED = Listing("GONE", "Gone Airlines", Role.BACKGROUND, anchor_cents=1_000)
"""Stands in the provider's books only: it trades no more."""
DELISTED_ON = "2025-06-30"
