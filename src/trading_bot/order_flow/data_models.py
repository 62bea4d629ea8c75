"""The public values: what the market showed, what was printed, and what we say of it.

All are frozen and keyword-constructible. Prices are `Decimal` USD per share, sizes whole shares,
times aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from .market.units import ns_from_utc

Level = tuple[Decimal, int]
"""One price level: USD per share, whole shares."""
Side = Literal["buy", "sell", "unknown"]
AlertType = Literal["large_seller", "red_burst"]
Severity = Literal["warning", "critical"]
AlertSource = Literal[
    "resting_bid", "aggressive_sell", "ask_wall", "bid_attacked", "bid_wall_eaten"
]
ScaleSource = Literal["burst", "resting_bid", "aggressive_sell", "ask_wall", "bid_attacked"]
WallSide = Literal["bid", "ask"]
WallEnd = Literal["eaten", "pulled", "mixed"]
WallEvent = Literal["placed", "hit", "eaten", "pulled", "mixed", "left_view", "unseen"]
DepthKind = Literal["top_of_book", "levels"]
MarketSource = Literal["live", "simulated", "replay"]
"""Which market a record is of: a real one as it happens, an invented one, or recorded days."""

LETTER_SOURCES: tuple[AlertSource, ...] = ("resting_bid", "aggressive_sell", "ask_wall")
"""The specification's large sellers. Each counts towards an exit, where thresholds are fixed."""
RANKED_EXIT_SOURCES: tuple[AlertSource, ...] = ("aggressive_sell",)
"""What counts towards an exit on the symbol's own scale."""
ALERT_SOURCES: tuple[AlertSource, ...] = (*LETTER_SOURCES, "bid_attacked", "bid_wall_eaten")
SIDES: tuple[Side, ...] = ("buy", "sell", "unknown")
_EVEN = 0.5


def _require_zone(name: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"{name}={moment!r} has no time zone; pass an aware UTC datetime")


@dataclass(frozen=True, slots=True)
class OrderBookSnapshot:
    """The resting interest at one moment.

    Attributes:
        symbol: Ticker.
        bids: Levels of (price, shares), best (highest) first; empty when nobody bids.
        asks: Levels of (price, shares), best (lowest) first; empty when nobody offers.
        timestamp_utc: Exchange time.
        received_at_utc: When we had it; None means unknown, and age is then measured against now.
        depth_kind: `top_of_book` for one bid and one ask, `levels` for true depth.

    Raises:
        ValueError: A time without a zone.
    """

    symbol: str
    bids: Sequence[Level]
    asks: Sequence[Level]
    timestamp_utc: datetime
    _: KW_ONLY
    received_at_utc: datetime | None = None
    depth_kind: DepthKind = "top_of_book"

    def __post_init__(self) -> None:
        _require_zone("timestamp_utc", self.timestamp_utc)
        _require_zone("received_at_utc", self.received_at_utc)
        object.__setattr__(self, "bids", tuple((price, size) for price, size in self.bids))
        object.__setattr__(self, "asks", tuple((price, size) for price, size in self.asks))


@dataclass(frozen=True, slots=True)
class TimeAndSalesRecord:
    """One print of the tape.

    Attributes:
        symbol: Ticker.
        price: USD per share, greater than 0.
        size: Whole shares, greater than 0.
        side: Aggressor: as the provider states it, or the likelier one where `sell_probability` is
            set; `unknown` where nothing is known of it.
        timestamp_utc: Exchange time: when the consolidated tape had the print.
        received_at_utc: When we had it; None means unknown.
        participant_timestamp_ns: When the exchange made it, Unix nanoseconds.
        sell_probability: 0.0 to 1.0, where the side was inferred; None where it is stated, and
            where it is to be inferred yet.
        conditions: Trade condition ids; empty for a regular sale.
        exchange: Exchange id.
        trf_id: Trade reporting facility id of an off-exchange print.
        trade_id: Unique with symbol, exchange and facility only.
        sequence_number: The provider's order within the symbol; not a unique key.

    Raises:
        ValueError: A price or size of 0 or less, a size that is no whole number, a price that is
            no finite `Decimal`, an unknown side, a probability outside 0 to 1 or on the other side,
            or a time without a zone.
    """

    symbol: str
    price: Decimal
    size: int
    side: Side
    timestamp_utc: datetime
    _: KW_ONLY
    received_at_utc: datetime | None = None
    participant_timestamp_ns: int | None = None
    sell_probability: float | None = None
    conditions: Sequence[int] = ()
    exchange: int | None = None
    trf_id: int | None = None
    trade_id: str | None = None
    sequence_number: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.price, Decimal) or not self.price.is_finite() or self.price <= 0:
            raise ValueError(
                f"price={self.price!r} must be a finite Decimal greater than 0, USD per share"
            )
        if not isinstance(self.size, int) or isinstance(self.size, bool) or self.size <= 0:
            raise ValueError(f"size={self.size!r} must be a whole number of shares greater than 0")
        if self.side not in SIDES:
            raise ValueError(f"side={self.side!r} must be one of {', '.join(SIDES)}")
        if self.sell_probability is not None and not 0 <= self.sell_probability <= 1:
            raise ValueError(f"sell_probability={self.sell_probability!r} must lie in 0.0 to 1.0")
        if self.sell_probability is not None and (
            (self.side == "sell" and self.sell_probability < _EVEN)
            or (self.side == "buy" and self.sell_probability > _EVEN)
        ):
            raise ValueError(f"{self.side=} contradicts {self.sell_probability=}")
        _require_zone("timestamp_utc", self.timestamp_utc)
        _require_zone("received_at_utc", self.received_at_utc)
        object.__setattr__(self, "conditions", tuple(self.conditions))


@dataclass(frozen=True, slots=True)
class Scale:
    """The place of an alert among the symbol's own events of its kind, and what it was judged by.

    Sizes are shares, for a red burst thousandths of its baseline; times are aware UTC.

    Attributes:
        size: What was ranked.
        rank: 1 for what exceeds everything in memory.
        of: How many two-minute blocks the memory holds; 195 are 6.5 trading hours.
        larger_at: When the newest block began that held a larger one; None for none.
        threshold: The least size that was large then.
        lead: How many alerts the day was ahead of an even pace; negative when behind.
        usual_minute: Mean shares a minute of the memory.
        memory_from: When the oldest block of the memory began; None without one.
        eased: True where an even pace would have held it back.
        orders: Of an order, how many large ones lay in the window of the exit rule; at most as many
            as make an exit due.
        orders_from: When the first of these came; None for other kinds.
        days: How many days gone, one after the other, held nothing as large; of days remembered.
    """

    size: int
    rank: int
    of: int
    larger_at: datetime | None
    threshold: int
    lead: int
    usual_minute: int
    memory_from: datetime | None
    eased: bool = False
    orders: int = 0
    orders_from: datetime | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What was so at an alert; it had no vote. None stands for what could not be told.

    Attributes:
        queue_imbalance: Mean of (bid - ask) / (bid + ask) of the sizes at the best prices, one look
            a second over 10 s; -1.0 where nobody bids, 1.0 where nobody offers.
        market_bp: How far the market's price has moved in the last minute, basis points.
        above_low_bp: How far the best bid stands above the day's lowest price, basis points.
        day_volume_ratio: Shares since the open over what is usual by this time of the day.
        spread: Best ask minus best bid, USD per share.
        leaving_bp: Half of it over the best bid, basis points: what leaving costs.
        bid_shares: Shares at the best bid, at most a second ago.
        held_shares: Shares of the position; None where none is held, and of a short one.
        leaving_usd: What leaving it costs against the middle of bid and ask, USD.
    """

    queue_imbalance: float | None = None
    market_bp: int | None = None
    above_low_bp: int | None = None
    day_volume_ratio: float | None = None
    spread: Decimal | None = None
    leaving_bp: float | None = None
    bid_shares: int | None = None
    held_shares: Decimal | None = None
    leaving_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderFlowAlert:
    """Selling pressure that a rule has seen.

    Attributes:
        symbol: Ticker.
        alert_type: `large_seller` or `red_burst`.
        severity: `warning` or `critical`; see the rule that raised it.
        order_size: Shares of a large seller; None for a burst.
        price_level: USD per share of a large seller; None for a burst.
        volume_ratio: Last 60 s over baseline, 3.0 means 300 %; None for a large seller.
        timestamp_utc: Exchange time of the event that raised it.
        source: Which kind of large seller; an alert without a source counts towards the exit.
        sell_ratio: Expected sold share of the last 60 s, 0.0 to 1.0.
        sell_ratio_low: The same with every print of unknown side counted as a buy.
        low_confidence_share: Share of the volume whose side is known with less than 0.7.
        late: True when the data came too late to be judged in time.
        delay_seconds: Received time minus exchange time; None where unknown.
        context: Recent headlines about the symbol, newest first.
        timestamp_ns: The exact exchange stamp, Unix nanoseconds; taken from `timestamp_utc` when
            not given.
        alert_id: 16 hex digits, equal for the same alert under the same settings, in every mode and
            across restarts; None where nobody has given it one. Two alerts are compared without it.
        scale: Its place among the symbol's own; None for fixed thresholds.
        facts: What was so then; None for fixed thresholds.

    Raises:
        ValueError: A time without a zone.
    """

    symbol: str
    alert_type: AlertType
    severity: Severity
    order_size: int | None
    price_level: Decimal | None
    volume_ratio: float | None
    timestamp_utc: datetime
    _: KW_ONLY
    source: AlertSource | None = None
    sell_ratio: float | None = None
    sell_ratio_low: float | None = None
    low_confidence_share: float | None = None
    late: bool = False
    delay_seconds: float | None = None
    context: tuple[str, ...] = ()
    timestamp_ns: int | None = None
    alert_id: str | None = field(default=None, compare=False)
    scale: Scale | None = None
    facts: Facts | None = None

    def __post_init__(self) -> None:
        _require_zone("timestamp_utc", self.timestamp_utc)
        if self.timestamp_ns is None:
            object.__setattr__(self, "timestamp_ns", ns_from_utc(self.timestamp_utc))
