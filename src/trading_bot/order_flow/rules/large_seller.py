"""The large-seller rules of one symbol.

`resting_bid`: a bid level of at least the threshold, the specification's literal rule. Measured on
recorded days it carries no warning; it is labelled so that nobody mistakes it for the others.
`aggressive_sell`: at least the threshold sold at the bid or lower by one order.
`ask_wall`: an offer near the best ask shows at least the threshold and has stood for 2 s; the
largest of those that have counts. Of one bid and one ask it is the best ask. What has stood for so
long without any event counts before the next event takes it away.

A resting level counts once until it is gone for 5 s or has grown by half, so that polling the same
bid a thousand times is one alert.

Each kind has a threshold of its own. They are the settings' one number, unless a scale is attached:
then they are what it says, and what is smaller but teaches it something is looked at as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final

from mypy_extensions import mypyc_attr

from ..config import OrderFlowConfig
from ..data_models import AlertSource, Severity
from ..market.events import Level
from ..market.units import FAR_FUTURE_NS, NS_PER_MS, NS_PER_SECOND, UNITS_PER_SHARE
from .near_offers import WALL_STANDS_NS, NearOffers
from .own_scale.memory import BID, NEVER, ORDER, WALL, OwnScale
from .signals import Signal

RESTING_CRITICAL_FACTOR: Final = 2
AGGRESSIVE_CRITICAL_FACTOR: Final = 3
ORDER_GAP_NS: Final = NS_PER_MS
GONE_NS: Final = 5 * NS_PER_SECOND
HUGE: Final = FAR_FUTURE_NS
"""More shares, and more nanoseconds, than there are."""


def severity_of(
    source: AlertSource, order_size: int, threshold: int, *, several_prices: bool = False
) -> Severity:
    """Return how grave a large seller of at least the threshold is.

    `critical` from twice the threshold for `resting_bid` (our choice), from three times the
    threshold or over several prices for `aggressive_sell`; an `ask_wall` is a warning at most.
    """
    if source == "resting_bid":
        critical = order_size >= RESTING_CRITICAL_FACTOR * threshold
    elif source == "aggressive_sell":
        critical = several_prices or order_size >= AGGRESSIVE_CRITICAL_FACTOR * threshold
    else:
        critical = False
    return "critical" if critical else "warning"


class _Level:
    """A large resting level that has been alerted: its size then, and since when it is gone."""

    __slots__ = ("alerted_size", "gone_since_ns")

    def __init__(self, alerted_size: int) -> None:
        self.alerted_size = alerted_size
        self.gone_since_ns: int | None = None


class RestingLevels:
    """Which large levels of one side have been alerted already.

    Memory is bounded by time: a level that has been gone for 5 s is forgotten.
    """

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels: dict[int, _Level] = {}

    def __len__(self) -> int:
        return len(self._levels)

    def note(self, price_ticks: int, size: int) -> None:
        """Take a level for one that has been alerted with this size."""
        self._levels[price_ticks] = _Level(size)

    def forgets_at(self) -> int:
        """Return when the first of the levels that are gone is to be forgotten."""
        gone = [
            each.gone_since_ns for each in self._levels.values() if each.gone_since_ns is not None
        ]
        return min(gone) + GONE_NS if gone else HUGE

    def grown_at(self, price_ticks: int) -> int:
        """Return the size at which a level deserves its next alert; huge for one unknown."""
        known = self._levels.get(price_ticks)
        return HUGE if known is None else (3 * known.alerted_size + 1) // 2

    def grown_units(self, price_ticks: int) -> int:
        """Return the same in millionths of a share."""
        known = self._levels.get(price_ticks)
        return HUGE if known is None else self.grown_at(price_ticks) * UNITS_PER_SHARE

    def new_or_grown(
        self, stamp_ns: int, large: list[tuple[int, int]], *, also_there: Iterable[int] = ()
    ) -> list[tuple[int, int]]:
        """Take the levels that are large now and return those that deserve an alert.

        Args:
            stamp_ns: Exchange time of the book.
            large: Pairs of (price ticks, shares), every level at or above the threshold.
            also_there: Prices of large levels that are not to be judged now.
        """
        levels = self._levels
        present = {price for price, _ in large}.union(also_there)
        for price, level in list(levels.items()):
            if level.gone_since_ns is not None and stamp_ns - level.gone_since_ns >= GONE_NS:
                del levels[price]
            elif price in present:
                level.gone_since_ns = None
            elif level.gone_since_ns is None:
                level.gone_since_ns = stamp_ns
        fresh = []
        for price, size in large:
            known = levels.get(price)
            if known is None:
                levels[price] = _Level(size)
                fresh.append((price, size))
            elif size >= self.grown_at(price):
                known.alerted_size = size
                fresh.append((price, size))
        return fresh


_NOTHING_LARGE: Final = RestingLevels()
"""Common to all sides that show nothing large; never to be changed."""


def _levels_for(known: RestingLevels, large: list[tuple[int, int]]) -> RestingLevels:
    """Return where large levels may be noted; what is common to all while there is none to note."""
    if len(known):
        return known
    return RestingLevels() if large else _NOTHING_LARGE


@mypyc_attr(allow_interpreted_subclasses=True)
class LargeSellerState:
    """Resting levels, the wall in the making, and the running order of one symbol.

    Args:
        symbol: Ticker.
        config: Thresholds.

    Attributes:
        large_bid_units: Size from which a bid level is large, in millionths of a share.
        bid_units_from: Size from which a bid is to be looked at, likewise.
        ask_units_from: The same of an ask.
        calm_until_ns: A quote before this stamp changes nothing while both its sizes are below
            those; earlier than any stamp while a large level is shown.
        wall_due_ns: When a wall in the making will have stood long enough.
        order_grew: Whether the order found last had been found before, and has grown since.
    """

    __slots__ = (
        "_asks",
        "_bid_grown_units",
        "_bids",
        "_book_calm_ns",
        "_due_ns",
        "_large_ask_units",
        "_large_bid",
        "_large_order",
        "_look_ask_units",
        "_look_at_ns",
        "_look_bid_units",
        "_offers",
        "_order_bid",
        "_order_key",
        "_order_ns",
        "_order_price",
        "_order_raised",
        "_order_several_prices",
        "_order_shares",
        "_ranks_bids",
        "_ranks_orders",
        "_ranks_walls",
        "_scale",
        "_scale_calm_ns",
        "_seen_price",
        "_seen_since_ns",
        "_seen_units",
        "_symbol",
        "_threshold",
        "_wall_grown_units",
        "ask_units_from",
        "bid_units_from",
        "calm_until_ns",
        "large_bid_units",
        "order_grew",
        "wall_due_ns",
    )

    def __init__(self, symbol: str, config: OrderFlowConfig) -> None:
        self._symbol = symbol
        self._threshold = self._large_order = config.for_symbol(symbol).large_order_size_threshold
        self.large_bid_units = self._large_ask_units = self._threshold * UNITS_PER_SHARE
        self.bid_units_from = self.ask_units_from = self.large_bid_units
        self._scale: OwnScale | None = None
        self._ranks_orders = self._ranks_walls = self._ranks_bids = False
        self._look_ask_units = self._look_bid_units = HUGE
        self._scale_calm_ns = self._look_at_ns = HUGE
        # The offer that may teach the scale something: its price, least size, and since when.
        self._seen_price = self._seen_units = self._seen_since_ns = 0
        self._bids = self._asks = _NOTHING_LARGE
        # The one large bid that was judged last: 0 for none, -1 for several.
        self._large_bid = 0
        self._bid_grown_units = HUGE
        self._offers = NearOffers()
        self._due_ns = self.wall_due_ns = self._wall_grown_units = HUGE
        self._book_calm_ns = self.calm_until_ns = HUGE
        self._order_key: Hashable = None
        self._order_ns = -ORDER_GAP_NS - 1
        self._order_bid = self._order_shares = self._order_price = 0
        self._order_several_prices = False
        self._order_raised: Severity | None = None
        self.order_grew = False

    def take_back(self, source: AlertSource, price_ticks: int, size: int) -> None:
        """Know a level that was alerted before this watch began, so that it is not said again.

        Args:
            source: `resting_bid` or `ask_wall`; others stand nowhere.
            price_ticks: Its price.
            size: Shares at its newest alert.
        """
        if source == "resting_bid":
            self._bids = _levels_for(self._bids, [(price_ticks, size)])
            self._bids.note(price_ticks, size)
        elif source == "ask_wall":
            self._asks = _levels_for(self._asks, [(price_ticks, size)])
            self._asks.note(price_ticks, size)
        # The first quote tells whether it still stands.
        self._due_ns = self._book_calm_ns = self.calm_until_ns = 0

    def judge_by_number(self, threshold: int) -> None:
        """Judge by another number of the settings; a scale is to be given again after this.

        Args:
            threshold: Shares from which an order or a level is large.
        """
        self._threshold = self._large_order = threshold
        self.large_bid_units = self._large_ask_units = threshold * UNITS_PER_SHARE
        self.bid_units_from = self.ask_units_from = self.large_bid_units
        self._scale = None
        self._ranks_orders = self._ranks_walls = self._ranks_bids = False
        self._look_ask_units = self._look_bid_units = self._scale_calm_ns = HUGE

    def look_again(self) -> None:
        """Judge what stands by the thresholds that have changed, with the next event."""
        self._due_ns = self._book_calm_ns = self.calm_until_ns = 0
        self._offers.drop_below(self._large_ask_units)
        self.wall_due_ns = self._offers.due_ns

    def judge_by(self, scale: OwnScale) -> None:
        """Judge by a scale from now on; to be called again after each of its turns."""
        self._scale = scale
        kinds = scale.rules.kinds
        self._ranks_orders, self._ranks_walls = ORDER in kinds, WALL in kinds
        self._ranks_bids = BID in kinds
        self._large_order = scale.thresholds[ORDER]
        self.large_bid_units = _units(scale.thresholds[BID])
        self._large_ask_units = _units(scale.thresholds[WALL])
        if self._look_at_ns == HUGE:
            self._look_at_ns = 0
        self._look_from(scale)
        # The next quote is looked at, whatever it shows.
        self.calm_until_ns = 0

    def _look_from(self, scale: OwnScale) -> None:
        """Take over what is to be looked at, because it is large or teaches something."""
        kinds = scale.rules.kinds
        self._look_bid_units = _units(scale.look_from[BID]) if BID in kinds else HUGE
        self._look_ask_units = _units(scale.look_from[WALL]) if WALL in kinds else HUGE
        self.bid_units_from = min(self.large_bid_units, self._look_bid_units)
        self.ask_units_from = min(self._large_ask_units, self._look_ask_units)

    def _learn(
        self, scale: OwnScale, stamp_ns: int, bid_units: int, offers: Sequence[Level]
    ) -> None:
        """Let a quote teach the scale: an offer by the least of 2 s, the bid at once."""
        if self._seen_price and stamp_ns - self._seen_since_ns >= WALL_STANDS_NS:
            scale.learn(WALL, self._seen_units // UNITS_PER_SHARE)
            self._seen_price = 0
            self._look_from(scale)
        units = next((size for price, size in offers if price == self._seen_price), 0)
        if units >= self._look_ask_units:
            self._seen_units = min(self._seen_units, units)
        else:
            price, units = max(offers, key=_size_of, default=(0, 0))
            is_seen = units >= self._look_ask_units
            self._seen_price = price if is_seen else 0
            self._seen_since_ns, self._seen_units = stamp_ns, units
        if bid_units >= self._look_bid_units:
            scale.learn(BID, bid_units // UNITS_PER_SHARE)
            self._look_from(scale)
        calm_ns = min(scale.turn_ns, self._look_at_ns)
        self._scale_calm_ns = 0 if self._seen_price else calm_ns
        self.calm_until_ns = min(self._book_calm_ns, self._scale_calm_ns)

    def _look(self, scale: OwnScale, stamp_ns: int, ask_units: int) -> None:
        """Take the one look of a second at what is offered."""
        if scale.is_new:
            scale.see_level(ask_units // UNITS_PER_SHARE)
        self._look_at_ns = stamp_ns - stamp_ns % NS_PER_SECOND + NS_PER_SECOND

    @property
    def shows_large_level(self) -> bool:
        """Whether the newest quote has a bid, or an offer near the best, that is large."""
        return bool(self._large_bid or self._offers.only_ticks)

    def on_quote(
        self, stamp_ns: int, bid_ticks: int, bid_units: int, ask_ticks: int, ask_units: int
    ) -> list[Signal]:
        """Judge the best bid and ask; a side that is missing has price and size 0.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            bid_ticks: Best bid.
            bid_units: Its size in millionths of a share; nearly always it is only compared.
            ask_ticks: Best ask.
            ask_units: Its size, likewise.
        """
        if self._scale is not None:
            if stamp_ns >= self._look_at_ns:
                self._scale.looks.see(stamp_ns, bid_units, ask_units)
                self._look(self._scale, stamp_ns, ask_units)
            self._learn(self._scale, stamp_ns, bid_units, ((ask_ticks, ask_units),))
        large_bid = bid_ticks if bid_units >= self.large_bid_units else 0
        if self._ranks_bids and not self._is_worth(large_bid, bid_units // UNITS_PER_SHARE):
            large_bid = 0
        wall = ask_ticks if ask_units >= self._large_ask_units else 0
        if (
            large_bid == self._large_bid
            and wall == self._offers.only_ticks
            and bid_units < self._bid_grown_units
            and ask_units < self._wall_grown_units
            and stamp_ns < self._due_ns
        ):
            # The same levels as judged last, none grown, nothing due by time: nothing is new.
            self._offers.resize(ask_units)
            return []
        bids = [(large_bid, bid_units // UNITS_PER_SHARE)] if large_bid else []
        return self._judge_book(stamp_ns, bids, [(wall, ask_units)] if wall else [])

    def on_book(
        self,
        stamp_ns: int,
        large_bids: list[tuple[int, int]],
        best_ask_units: int,
        near_offers: Sequence[Level],
    ) -> list[Signal]:
        """Judge a book.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            large_bids: (price ticks, shares) of the bid levels at or above the threshold.
            best_ask_units: Size of the best ask in millionths of a share, 0 when there is none.
            near_offers: The offers near the best ask, best first; smaller ones than
                `ask_units_from` may be left out.
        """
        if self._scale is not None:
            if stamp_ns >= self._look_at_ns:
                self._look(self._scale, stamp_ns, best_ask_units)
            bid_units = max((size for _, size in large_bids), default=0) * UNITS_PER_SHARE
            self._learn(self._scale, stamp_ns, bid_units, near_offers)
        if self._ranks_bids:
            large_bids = [each for each in large_bids if self._is_worth(*each)]
        large_bid, bid_size = large_bids[0] if large_bids else (0, 0)
        offers = [each for each in near_offers if each[1] >= self._large_ask_units]
        wall, wall_units = offers[0] if offers else (0, 0)
        if (
            len(large_bids) < 2
            and len(offers) < 2
            and large_bid == self._large_bid
            and wall == self._offers.only_ticks
            and bid_size * UNITS_PER_SHARE < self._bid_grown_units
            and wall_units < self._wall_grown_units
            and stamp_ns < self._due_ns
        ):
            # As of a quote: nothing is new.
            self._offers.resize(wall_units)
            return []
        return self._judge_book(stamp_ns, large_bids, offers)

    def _judge_book(
        self, stamp_ns: int, large_bids: list[tuple[int, int]], offers: Sequence[Level]
    ) -> list[Signal]:
        found = []
        self._bids = _levels_for(self._bids, large_bids)
        for price, size in self._bids.new_or_grown(stamp_ns, large_bids):
            severity = self._severity_of_bid(size)
            found.append(self._finding(stamp_ns, "resting_bid", severity, price, size))
        # What has stood long enough by now was due before this book.
        found.extend(self.on_time(stamp_ns))
        self._offers.show(stamp_ns, offers)
        found.extend(self._judge_wall(stamp_ns))
        large_bid = large_bids[0][0] if large_bids else 0
        self._large_bid = large_bid if len(large_bids) < 2 else -1
        self._bid_grown_units = self._bids.grown_units(large_bid)
        self._due_ns = min(self.wall_due_ns, self._bids.forgets_at(), self._asks.forgets_at())
        self._book_calm_ns = 0 if self.shows_large_level else self._due_ns
        self.calm_until_ns = min(self._book_calm_ns, self._scale_calm_ns)
        return found

    def on_time(self, stamp_ns: int) -> list[Signal]:
        """Judge a wall that has stood long enough by now; exchange time passes with any event."""
        return self._judge_wall(stamp_ns) if stamp_ns >= self.wall_due_ns else []

    def _judge_wall(self, stamp_ns: int) -> list[Signal]:
        largest = self._offers.look(stamp_ns)
        self.wall_due_ns = self._offers.due_ns
        price, units = largest or (0, 0)
        size = units // UNITS_PER_SHARE
        is_worth = not self._ranks_walls or self._is_worth(price, size)
        standing = [(price, size)] if largest and is_worth else []
        self._asks = _levels_for(self._asks, standing)
        fresh = self._asks.new_or_grown(stamp_ns, standing, also_there=self._offers.prices)
        self._wall_grown_units = self._asks.grown_units(price) if standing else HUGE
        if largest and not is_worth:
            # It may grow to what it has to be worth.
            self._wall_grown_units = (size + 1) * UNITS_PER_SHARE
        return [self._finding(stamp_ns, "ask_wall", "warning", at, of) for at, of in fresh]

    def _is_worth(self, price_ticks: int, size: int) -> bool:
        """Return whether a level that is ranked is worth what it has to be."""
        scale = self._scale
        return scale is None or size * price_ticks >= scale.rules.least_order_ticks

    def _severity_of_bid(self, size: int) -> Severity:
        scale = self._scale
        if scale is None or not self._ranks_bids:
            return severity_of("resting_bid", size, self._threshold)
        return "critical" if size >= scale.critical[BID] else "warning"

    def on_sell(
        self,
        stamp_ns: int,
        key: Hashable,
        price_ticks: int,
        size: int,
        bid_ticks: int,
        stated: bool,
    ) -> Signal | None:
        """Add a seller's print to the order it belongs to, and judge that order.

        Prints belong to one order while each comes at most 1 ms after the one before, or has its
        key (the same participant stamp).

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            key: Order key, or None where unknown.
            price_ticks: Price of the print.
            size: Shares of the print.
            bid_ticks: Best bid before the print, 0 where there is none.
            stated: True when the provider states the side, which needs no bid to compare with.
        """
        # A late print may lie far before the order that runs.
        same_order = abs(stamp_ns - self._order_ns) <= ORDER_GAP_NS or (
            key is not None and key == self._order_key
        )
        if not same_order:
            self._order_shares = 0
            self._order_several_prices = False
            self._order_raised = None
            self._order_bid = bid_ticks
        self._order_ns, self._order_key = stamp_ns, key
        at_bid_or_lower = price_ticks <= self._order_bid if self._order_bid else stated
        if not at_bid_or_lower:
            return None
        if not self._order_shares:
            self._order_price = price_ticks
        self._order_shares += size
        if price_ticks != self._order_price:
            self._order_several_prices = True
        if self._ranks_orders and self._scale is not None:
            self._scale.learn(ORDER, self._order_shares)
        if self._order_shares < self._large_order or self._order_raised == "critical":
            return None
        return self._judge_order(stamp_ns, price_ticks)

    def _judge_order(self, stamp_ns: int, price_ticks: int) -> Signal | None:
        shares = self._order_shares
        several = self._order_several_prices
        scale = self._scale
        if scale is None or not self._ranks_orders:
            severity = severity_of(
                "aggressive_sell", shares, self._threshold, several_prices=several
            )
        elif shares * price_ticks < scale.rules.least_order_ticks:
            return None
        else:
            severity = "critical" if shares >= scale.critical[ORDER] else "warning"
        if severity == self._order_raised:
            return None
        self.order_grew = self._order_raised is not None
        self._order_raised = severity
        return self._finding(stamp_ns, "aggressive_sell", severity, price_ticks, shares)

    def _finding(
        self, stamp_ns: int, source: AlertSource, severity: Severity, price_ticks: int, size: int
    ) -> Signal:
        return Signal(self._symbol, "large_seller", severity, stamp_ns, size, price_ticks, source)


def _units(shares: int) -> int:
    """Return shares in millionths; huge for more than there are."""
    return HUGE if shares >= NEVER else shares * UNITS_PER_SHARE


def _size_of(level: Level) -> int:
    return level[1]
