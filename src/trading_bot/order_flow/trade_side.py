"""Who initiated a trade: the aggressor's side, inferred from quotes and prints, with a confidence.

The feed does not say who crossed the spread. `TradeSideClassifier` applies a fixed list of rules to
one symbol's quotes and prints as they come; the first rule that yields a side decides, and its
measured reliability becomes the probability. The rules and where they come from:

- quote rule on the quote strictly before the print, tick test as fallback: Lee and Ready,
  "Inferring Trade Direction from Intraday Data", Journal of Finance 46 (1991);
- only prints at the quote are signed by it, the rest by the tick test: Ellis, Michaely and O'Hara,
  "The Accuracy of Trade Classification Rules", JFQA 35 (2000);
- the nearer three tenths of the spread belong to the quote: Chakrabarty, Li, Nguyen and Van Ness,
  "Trade Classification Algorithms for Electronic Communications Networks", Journal of Banking &
  Finance 31 (2007);
- clocks decide more than rules do: Holden and Jacobsen, "Liquidity Measurement Problems in Fast,
  Competitive Markets", Journal of Finance 69 (2014);
- a print is matched with the quote change that it caused where the clocks differ: Jurkatis,
  "Inferring Trade Directions in Fast Markets", Journal of Financial Markets 58 (2022);
- prints of one marketable order carry one participant stamp: Schwenk-Nebbe, "The Participant
  Timestamp: Get the Most out of TAQ Data" (2022);
- sub-penny prints are signed by the midpoint: Barber, Huang, Jorion, Odean and Schwarz, "A
  (Sub)penny for Your Thoughts: Tracking Retail Investor Activity in TAQ", Journal of Finance 79
  (2024).

Prices are integer ticks, so an exact midpoint stays one. A print is judged by what came before it,
unless `defer_ms` asks to wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Literal, NamedTuple, get_args

from trading_bot.order_flow.data_models import Side
from trading_bot.order_flow.units import NS_PER_MS, NS_PER_SECOND

SideRule = Literal["full", "lee_ready", "clnv", "emo", "tick"]
"""`full` is this library's rule set; the others stand for comparison with the literature."""
TradeSide = tuple[Side, int, str]
"""Side, probability of a sale in thousandths (500 when unknown), name of the rule that decided."""

SIDE_RULES: tuple[SideRule, ...] = get_args(SideRule)
QUOTE_RING = 64
"""Quotes kept; a print older than all of them is judged without a quote."""
REDUCTION_RING = 64
"""Recent reductions of the best quote kept, to match prints whose clock runs late."""
QUOTE_MAX_AGE_NS = 60 * NS_PER_SECOND
"""A quote older than this says nothing about a print."""
BORROW_NS = NS_PER_MS
"""A sure print lends its side to unsure ones at most this much later."""
STRONG = 975
"""Confidence in thousandths from which a print is sure enough to lend its side."""
BORROW_BELOW = 900
"""Confidence in thousandths below which a side may be replaced by a borrowed one."""

_NEVER_NS = -(1 << 62)
_RING_MASK = QUOTE_RING - 1


def _both(confidence: int, rule: str) -> tuple[TradeSide, TradeSide]:
    """Build the result for a buy and for a sale once, so that judging a print allocates nothing."""
    return ("buy", 1000 - confidence, rule), ("sell", confidence, rule)


# Index 0 is a buy, 1 a sale. The confidences are the shares right that each rule was measured at.
_STATED = _both(1000, "stated")
_REDUCTION = _both(985, "reduction")
_VANISHED = _both(850, "vanished_level")
_QUOTE = _both(990, "quote")
_MOVED_QUOTE = _both(900, "moved_quote")
_WALK = _both(995, "walk")
_SAME_ORDER = _both(995, "same_order")
_INSIDE_NEAR_MID = _both(730, "inside")
_INSIDE = _both(860, "inside")
_INSIDE_NEAR_QUOTE = _both(960, "inside")
_BORROWED = _both(900, "borrowed")
_TICK = _both(600, "tick")
_UNKNOWN: TradeSide = ("unknown", 500, "no_evidence")
DEFERRED: TradeSide = ("unknown", 500, "deferred")
"""What `on_trade` returns while a print waits; `due` gives its side."""


class DueTrade(NamedTuple):
    """A print whose wait is over.

    Attributes:
        stamp_ns: The stamp it was given with.
        price_ticks: Its price.
        size: Its size in shares.
        key: Its order key.
        result: Side, probability of a sale in thousandths, rule.
    """

    stamp_ns: int
    price_ticks: int
    size: int
    key: Hashable | None
    result: TradeSide


class _Waiting:
    """A print in the queue of a classifier that waits."""

    __slots__ = ("key", "price_ticks", "result", "size", "stamp_ns")

    def __init__(
        self, stamp_ns: int, price_ticks: int, size: int, key: Hashable | None, result: TradeSide
    ) -> None:
        self.stamp_ns = stamp_ns
        self.price_ticks = price_ticks
        self.size = size
        self.key = key
        self.result = result


class TradeSideClassifier:
    """Infers the aggressor of each print of one symbol, as quotes and prints come in.

    Give each event in time order, a print before the quotes of its own stamp where the source has
    no better order; both stamps must come from the same kind of clock (participant or tape). Give a
    print only if it may be signed (`TradeConditions`). Memory is bounded: 64 quotes, 64 reductions
    and, with `defer_ms`, the prints of that time.

    Args:
        rule: Which rule set decides.
        clock_window_ns: By how much the prints' clock may lag the quotes' clock. 0 for one
            sequenced feed or for participant stamps; about five times the mean delay otherwise.
        defer_ms: Wait this long for the rest of an order before giving a side. With it `on_trade`
            returns `DEFERRED`, and `due` gives the results in the order of the prints.

    Raises:
        ValueError: An unknown rule or a negative duration.
    """

    __slots__ = (
        "_asks",
        "_bids",
        "_defer_ns",
        "_full",
        "_key",
        "_last_price",
        "_newest",
        "_order_result",
        "_reductions",
        "_rule",
        "_stamps",
        "_strong",
        "_strong_stamp",
        "_tick",
        "_waiting",
        "_window_ns",
    )

    def __init__(
        self, *, rule: SideRule = "full", clock_window_ns: int = 0, defer_ms: int = 0
    ) -> None:
        if rule not in SIDE_RULES:
            raise ValueError(f"rule={rule!r} must be one of {', '.join(SIDE_RULES)}")
        if clock_window_ns < 0 or defer_ms < 0:
            raise ValueError(
                f"clock_window_ns={clock_window_ns} and defer_ms={defer_ms} must be 0 or more"
            )
        self._rule = rule
        self._full = rule == "full"
        self._window_ns = clock_window_ns
        self._defer_ns = defer_ms * NS_PER_MS
        # Rings of plain lists: a quote costs three stores and allocates nothing. A slot that was
        # never filled is infinitely old, so it needs no test of its own.
        self._newest = 0
        self._stamps = [_NEVER_NS] * QUOTE_RING
        self._bids = [0] * QUOTE_RING
        self._asks = [0] * QUOTE_RING
        self._reductions = _Reductions()
        self._last_price = 0
        self._tick = -1
        self._key: Hashable | None = None
        self._order_result = _UNKNOWN
        self._strong_stamp = _NEVER_NS
        self._strong = _UNKNOWN
        self._waiting: deque[_Waiting] = deque()

    def on_quote(
        self, stamp_ns: int, bid_ticks: int, bid_size: int, ask_ticks: int, ask_size: int
    ) -> None:
        """Take the best bid and ask after one update.

        Args:
            stamp_ns: When it happened, Unix nanoseconds.
            bid_ticks: Best bid, 0 when there is none.
            bid_size: Shares at the bid.
            ask_ticks: Best ask, 0 when there is none.
            ask_size: Shares at the ask.
        """
        if self._window_ns:
            self._reductions.on_quote(stamp_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        stamps = self._stamps
        newest = self._newest
        # Only the last quote of a stamp can ever stand strictly before a print.
        if stamps[newest] != stamp_ns:
            self._newest = newest = (newest + 1) & _RING_MASK
            stamps[newest] = stamp_ns
        self._bids[newest] = bid_ticks
        self._asks[newest] = ask_ticks

    def on_trade(
        self,
        stamp_ns: int,
        price_ticks: int,
        size: int,
        key: Hashable | None,
        stated_side: str | None,
    ) -> TradeSide:
        """Judge one print that is eligible for a side.

        Args:
            stamp_ns: When it happened, on the clock of the quotes.
            price_ticks: Price in ticks.
            size: Shares.
            key: What prints of one order have in common, such as (exchange, participant stamp);
                None where that is not known.
            stated_side: `buy` or `sell` where the provider states the aggressor, else None.

        Returns:
            Side, probability of a sale in thousandths, and the name of the deciding rule;
            `DEFERRED` when `defer_ms` is set.
        """
        last_price = self._last_price
        if price_ticks != last_price:
            if last_price:
                self._tick = 1 if price_ticks < last_price else 0
            self._last_price = price_ticks
        if not self._full:
            result = self._by_literature(stamp_ns, price_ticks, stated_side)
        else:
            if stated_side is not None:
                result = _STATED[stated_side == "sell"]
            else:
                result = self._infer(stamp_ns, price_ticks, size, key, last_price)
            probability = result[1]
            if probability >= STRONG or probability <= 1000 - STRONG:
                self._strong = result
                self._strong_stamp = stamp_ns
            if key is None or key != self._key:
                self._key = key
                self._order_result = result
            elif _confidence(result) > _confidence(self._order_result):
                self._order_result = result
        if self._defer_ns:
            self._wait(_Waiting(stamp_ns, price_ticks, size, key, result))
            return DEFERRED
        return result

    def due(self, stamp_ns: int) -> list[DueTrade]:
        """Give the prints whose wait has ended by a moment, in the order they came.

        Args:
            stamp_ns: The present on the clock of the prints; a far future empties the queue.

        Returns:
            One entry per print; always empty without `defer_ms`.
        """
        waiting = self._waiting
        released: list[DueTrade] = []
        while waiting and waiting[0].stamp_ns + self._defer_ns <= stamp_ns:
            print_ = waiting.popleft()
            result = print_.result
            if self._full and _confidence(result) < BORROW_BELOW:
                result = self._reconsider(print_)
            released.append(
                DueTrade(print_.stamp_ns, print_.price_ticks, print_.size, print_.key, result)
            )
        return released

    def _quote_before(self, stamp_ns: int) -> int:
        """Find the newest quote strictly before a stamp; its place in the ring, or -1."""
        stamps = self._stamps
        place = self._newest
        if stamps[place] < stamp_ns:
            return place
        for _ in range(QUOTE_RING - 1):
            place = (place - 1) & _RING_MASK
            if stamps[place] < stamp_ns:
                return place
        return -1

    def _infer(
        self, stamp_ns: int, price_ticks: int, size: int, key: Hashable | None, last_price: int
    ) -> TradeSide:
        """Apply steps 2 to 9: the first that yields a side decides, step 7 may replace it."""
        place = self._quote_before(stamp_ns)
        weak: TradeSide | None = None
        usable = False
        if place >= 0:
            bid = self._bids[place]
            ask = self._asks[place]
            usable = 0 < bid < ask and stamp_ns - self._stamps[place] <= QUOTE_MAX_AGE_NS
        if usable:
            window_ns = self._window_ns
            moved = False
            if window_ns:
                moved = self._moved_since(place, stamp_ns - window_ns)
                caused = self._reductions.cause_of(price_ticks, size, stamp_ns, window_ns, moved)
                if caused is not None:
                    return caused
            if price_ticks >= ask or price_ticks <= bid:
                sale_at_quote = price_ticks <= bid
                if not moved:
                    return _QUOTE[sale_at_quote]
                if bid <= price_ticks <= ask:
                    return _MOVED_QUOTE[sale_at_quote]
                weak = _TICK[self._tick]
        if key is not None and key == self._key:
            if price_ticks != last_price:
                return _WALK[price_ticks < last_price]
            return _SAME_ORDER[self._order_result[1] > 500]
        if usable and weak is None:
            above_mid = 2 * price_ticks - bid - ask
            spread = ask - bid
            distance = abs(above_mid)
            if 5 * distance >= spread:
                if 5 * distance < 2 * spread:
                    weak = _INSIDE_NEAR_MID[above_mid < 0]
                elif 10 * distance < 7 * spread:
                    weak = _INSIDE[above_mid < 0]
                else:
                    return _INSIDE_NEAR_QUOTE[above_mid < 0]
        if stamp_ns - self._strong_stamp <= BORROW_NS:
            return _BORROWED[self._strong[1] > 500]
        if weak is not None:
            return weak
        return _UNKNOWN if self._tick < 0 else _TICK[self._tick]

    def _by_literature(self, stamp_ns: int, price_ticks: int, stated_side: str | None) -> TradeSide:
        """Apply one published rule as it is written, for comparison."""
        if stated_side is not None:
            return _STATED[stated_side == "sell"]
        by_tick = _UNKNOWN if self._tick < 0 else _TICK[self._tick]
        rule = self._rule
        if rule == "tick":
            return by_tick
        place = self._quote_before(stamp_ns)
        if place < 0:
            return by_tick
        bid = self._bids[place]
        ask = self._asks[place]
        if not 0 < bid < ask or stamp_ns - self._stamps[place] > QUOTE_MAX_AGE_NS:
            return by_tick
        if rule == "lee_ready":
            above_mid = 2 * price_ticks - bid - ask
            return _QUOTE[above_mid < 0] if above_mid else by_tick
        if rule == "emo":
            if price_ticks == ask:
                return _QUOTE[0]
            return _QUOTE[1] if price_ticks == bid else by_tick
        # CLNV: the outer three tenths of the spread, ends included, belong to the nearer quote.
        reach = 3 * (ask - bid)
        if 0 <= 10 * (ask - price_ticks) <= reach:
            return _QUOTE[0]
        return _QUOTE[1] if 0 <= 10 * (price_ticks - bid) <= reach else by_tick

    def _moved_since(self, place: int, since_ns: int) -> bool:
        """Tell whether the best price changed from a moment to the quote at a place in the ring."""
        bid = self._bids[place]
        ask = self._asks[place]
        for _ in range(QUOTE_RING - 1):
            if self._stamps[place] < since_ns:
                return False
            place = (place - 1) & _RING_MASK
            if self._bids[place] != bid or self._asks[place] != ask:
                return True
        return False

    def _wait(self, arrived: _Waiting) -> None:
        """Queue a print."""
        self._waiting.append(arrived)

    def _reconsider(self, print_: _Waiting) -> TradeSide:
        """Judge an unsure print by what came within its wait."""
        best = _confidence(print_.result)
        result = print_.result
        for later in self._waiting:
            near = later.stamp_ns - print_.stamp_ns <= BORROW_NS
            same = print_.key is not None and later.key == print_.key
            if not near and not same:
                break
            strength = _confidence(later.result)
            if strength < STRONG:
                continue
            if same:
                return _SAME_ORDER[later.result[1] > 500]
            if best < BORROW_BELOW:
                result = _BORROWED[later.result[1] > 500]
                best = BORROW_BELOW
        return result


def _confidence(result: TradeSide) -> int:
    """Give the stated probability, in thousandths, that the side is right."""
    return max(result[1], 1000 - result[1])


class _Reductions:
    """The recent reductions of the best bid and ask, each of which one print may have caused."""

    __slots__ = ("_ask", "_ask_size", "_bid", "_bid_size", "_recent")

    def __init__(self) -> None:
        self._bid = self._bid_size = self._ask = self._ask_size = 0
        # (stamp, price, shares, is a sale, the level vanished), newest last
        self._recent: deque[tuple[int, int, int, int, bool]] = deque(maxlen=REDUCTION_RING)

    def on_quote(self, stamp_ns: int, bid: int, bid_size: int, ask: int, ask_size: int) -> None:
        """Note what the new quote has less of than the one before."""
        recent = self._recent
        if bid == self._bid:
            if bid_size < self._bid_size:
                recent.append((stamp_ns, bid, self._bid_size - bid_size, 1, False))
        elif bid < self._bid:
            recent.append((stamp_ns, self._bid, self._bid_size, 1, True))
        if ask == self._ask:
            if ask_size < self._ask_size:
                recent.append((stamp_ns, ask, self._ask_size - ask_size, 0, False))
        elif self._ask and (ask > self._ask or not ask):
            recent.append((stamp_ns, self._ask, self._ask_size, 0, True))
        self._bid = bid
        self._bid_size = bid_size
        self._ask = ask
        self._ask_size = ask_size

    def cause_of(
        self, price: int, size: int, stamp_ns: int, window_ns: int, moved: bool
    ) -> TradeSide | None:
        """Find the reduction that a print has caused and use it up.

        Args:
            price: The print's price.
            size: Its shares.
            stamp_ns: Its stamp.
            window_ns: How far back to look.
            moved: The best price moved within the window.
        """
        recent = self._recent
        vanished: TradeSide | None = None
        for place in range(len(recent) - 1, -1, -1):
            stamp, level, gone, sale, all_gone = recent[place]
            if stamp >= stamp_ns:
                continue
            if stamp < stamp_ns - window_ns:
                break
            if level == price:
                if gone == size:
                    del recent[place]
                    return _REDUCTION[sale]
                if all_gone and moved and vanished is None:
                    vanished = _VANISHED[sale]
        return vanished
