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
from typing import Final, NamedTuple

from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_MS
from .quote_memory import NO_QUOTE, QUOTE_MAX_AGE_NS, QuoteMemory
from .side_rules import (
    BORROWED,
    LOOSE_WALK,
    MOVED_QUOTE,
    NO_EVIDENCE,
    QUOTE,
    QUOTE_RULES,
    SAME_ORDER,
    SIDE_RULES,
    STATED,
    TICK,
    WALK,
    SideRule,
    TradeSide,
    capped,
    confidence_of,
    handed_on,
    inside_spread,
)

BORROW_NS: Final = NS_PER_MS
"""A sure print lends its side to unsure ones at most this much later."""
STRONG: Final = 975
"""Confidence in thousandths from which a print is sure enough to lend its side."""
BORROW_BELOW: Final = 900
"""Confidence in thousandths below which a side may be replaced by a borrowed one."""
WINDOW_PER_MEAN_DELAY: Final = 5
"""A clock window is this many times the mean delay of the prints' stamps."""
DEFERRED: TradeSide = ("unknown", 500, "deferred")
"""What `on_trade` returns while a print waits; `due` gives its side."""


# One by one for the prints that are most: compiled, a look into a pair builds it anew.
_QUOTE_BUY: Final = QUOTE[0]
_QUOTE_SALE: Final = QUOTE[1]
_TICK_BUY: Final = TICK[0]
_TICK_SALE: Final = TICK[1]

_Waiting = tuple[int, int, int, Hashable | None, TradeSide, int]


class DueTrade(NamedTuple):
    """A print whose wait is over, with what it was given with.

    Attributes:
        stamp_ns: Its stamp.
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


class TradeSideClassifier(QuoteMemory):
    """Infers the aggressor of each print of one symbol, as quotes and prints come in.

    Give each event in time order, a print before the quotes of its own stamp where the source has
    no better order; both stamps must come from the same kind of clock (participant or tape). Give a
    print only if it may be signed (`TradeConditions`). Memory is bounded: at most 32 prices, 64
    reductions and, with `defer_ms`, the prints of that time. `Matching` says which window and step
    go with which stamps.

    Args:
        rule: Which rule set decides.
        clock_window_ns: By how much the prints' clock may lag the quotes' clock. 0 for one
            sequenced feed or for participant stamps; about five times the mean delay otherwise.
        step_ns: What stamps are cut to: under `full` a print stands at the end of its step, and is
            given after the quotes of its own stamp. 1 means that they are not cut.
        defer_ms: Wait this long for the rest of an order before giving a side. With it `on_trade`
            returns `DEFERRED`, and `due` gives the results in the order of the prints.

    Attributes:
        met_bid_ticks: Best bid that the newest print met, 0 where there was none.

    Raises:
        ValueError: An unknown rule, a negative duration, or a step of less than a nanosecond.
    """

    __slots__ = (
        "_by_tick",
        "_defer_ns",
        "_delay_ns",
        "_due_ns",
        "_full",
        "_key",
        "_last_price",
        "_late_ns",
        "_order_result",
        "_quote_rule",
        "_since_ns",
        "_strong",
        "_strong_ns",
        "_waiting",
        "_window_ns",
        "met_bid_ticks",
    )

    def __init__(
        self,
        *,
        rule: SideRule = "full",
        clock_window_ns: int = 0,
        step_ns: int = 1,
        defer_ms: int = 0,
    ) -> None:
        if rule not in SIDE_RULES:
            raise ValueError(f"rule={rule!r} must be one of {', '.join(SIDE_RULES)}")
        if clock_window_ns < 0 or defer_ms < 0:
            raise ValueError(
                f"clock_window_ns={clock_window_ns} and defer_ms={defer_ms} must be 0 or more"
            )
        if step_ns < 1:
            raise ValueError(f"step_ns={step_ns} must be 1 or more")
        self._full = rule == "full"
        self._quote_rule = QUOTE_RULES.get(rule)
        super().__init__(clock_window_ns)
        self._window_ns = clock_window_ns
        self._delay_ns = clock_window_ns // WINDOW_PER_MEAN_DELAY
        # By how much the end of a step lies behind a stamp. The published rules know no steps.
        self._late_ns = step_ns if self._full and step_ns > 1 else 0
        # From a stamp to where its window begins.
        self._since_ns = self._late_ns - clock_window_ns
        self.met_bid_ticks = 0
        self._defer_ns = defer_ms * NS_PER_MS
        self._last_price = 0
        self._by_tick = NO_EVIDENCE
        self._key: Hashable | None = None
        self._order_result = NO_EVIDENCE
        self._strong_ns = FAR_PAST_NS
        self._strong = NO_EVIDENCE
        self._waiting: deque[_Waiting] | None = deque() if defer_ms else None
        # When the first of them is due; means nothing while none waits.
        self._due_ns = 0

    def on_trade(
        self,
        stamp_ns: int,
        price_ticks: int,
        size: int,
        key: Hashable | None,
        stated_side: str | None,
        confidence_cap: int = 1000,
    ) -> TradeSide:
        """Judge one print that is eligible for a side.

        Args:
            stamp_ns: When it happened, on the clock of the quotes.
            price_ticks: Price in ticks.
            size: Its size, in the unit of the quotes' sizes.
            key: What prints of one order have in common, such as (exchange, participant stamp);
                None where that is not known.
            stated_side: `buy` or `sell` where the provider states the aggressor, else None.
            confidence_cap: No more than this many thousandths may be claimed, for prints whose
                stamp is a guess.

        Returns:
            Side, probability of a sale in thousandths, and the name of the deciding rule;
            `DEFERRED` when `defer_ms` is set.
        """
        since_ns = stamp_ns + self._since_ns
        stamp_ns += self._late_ns
        last_price = self._last_price
        if price_ticks != last_price:
            if last_price:
                self._by_tick = _TICK_SALE if price_ticks < last_price else _TICK_BUY
            self._last_price = price_ticks
        self.met_bid_ticks = bid = self.bid_ticks
        if (
            # By far the most prints: at the quote that stands, with nothing to doubt it.
            (price_ticks <= bid or price_ticks >= self.ask_ticks)
            and self._full
            and 0 < bid < self.ask_ticks
            and self.since_ns < since_ns
            and stamp_ns <= self.confirmed_ns + QUOTE_MAX_AGE_NS
            and (self.note is None or self.confirmed_ns < since_ns)
            and stated_side is None
            and confidence_cap == 1000
        ):
            self._strong = result = _QUOTE_SALE if price_ticks <= bid else _QUOTE_BUY
            self._strong_ns = stamp_ns
            if key is None or key != self._key:
                self._key = key
                self._order_result = result
                if self._waiting is None:
                    return result
        elif stated_side is not None:
            result = STATED[stated_side == "sell"]
            if self._window_ns or stamp_ns < self.since_ns:
                # With late stamps, and of a print that is late itself, an older quote was met.
                self.met_bid_ticks = (self._run_before(stamp_ns - self._delay_ns) or NO_QUOTE)[2]
        elif self._full:
            result = self._infer(stamp_ns, price_ticks, size, key, last_price)
        else:
            result = self._by_literature(stamp_ns, price_ticks)
        if confidence_cap < 1000:
            result = capped(result, confidence_cap)
        if not 1000 - STRONG < result[1] < STRONG:
            self._strong = result
            self._strong_ns = stamp_ns
        if (
            key is None
            or key != self._key
            # A late stamp may name several orders: one at another price may be another.
            or (self._window_ns and price_ticks != last_price)
        ):
            self._key = key
            self._order_result = result
        elif confidence_of(result) > confidence_of(self._order_result):
            self._order_result = result
        if self._waiting is not None:
            if not self._waiting:
                self._due_ns = stamp_ns + self._defer_ns
            self._waiting.append((stamp_ns, price_ticks, size, key, result, confidence_cap))
            return DEFERRED
        return result

    def due(self, stamp_ns: int) -> list[DueTrade]:
        """Give the prints whose wait has ended by a moment, in the order they came.

        Args:
            stamp_ns: The present on the clock of the prints; a far future empties the queue.

        Returns:
            One entry per print; always empty without `defer_ms`.
        """
        released: list[DueTrade] = []
        waiting = self._waiting
        while waiting and stamp_ns >= self._due_ns:
            *print_, confidence_cap = waiting.popleft()
            first = DueTrade._make(print_)
            if self._full and confidence_of(first.result) < BORROW_BELOW:
                result = capped(self._reconsider(first), confidence_cap)
                first = first._replace(result=result)
            released.append(first)
            if waiting:
                self._due_ns = waiting[0][0] + self._defer_ns
        return released

    def _infer(
        self, stamp_ns: int, price_ticks: int, size: int, key: Hashable | None, last_price: int
    ) -> TradeSide:
        """Apply steps 2 to 9: the first that yields a side decides, a weak one may be replaced."""
        window_ns = self._window_ns
        # With late stamps the quote that a print met is older by their mean delay.
        matching_ns = stamp_ns - self._delay_ns
        began_ns = self.since_ns
        if began_ns < matching_ns:
            confirmed_ns, bid, ask = self.confirmed_ns, self.bid_ticks, self.ask_ticks
        else:
            run = self._run_before(matching_ns)
            if run is None and self._delay_ns:
                run = self._oldest_before(stamp_ns)
            began_ns, confirmed_ns, bid, ask = run or NO_QUOTE
        if window_ns:
            self.met_bid_ticks = bid
        if matching_ns - confirmed_ns > QUOTE_MAX_AGE_NS:
            bid = ask = 0
        moved = False
        weak: TradeSide | None = None
        if 0 < bid < ask:
            if self._reductions is not None:
                since_ns = stamp_ns - window_ns
                cause, vanished = self._reductions.cause_of(price_ticks, size, since_ns, stamp_ns)
                if cause is None and began_ns >= since_ns:
                    moved = self._moved_before(began_ns, bid, ask, since_ns)
                    if moved:
                        cause = vanished
                if cause is not None:
                    if cause[1] > NO_EVIDENCE[1]:
                        # The level that it took from was the best bid.
                        self.met_bid_ticks = price_ticks
                    return cause
            if price_ticks >= ask or price_ticks <= bid:
                if not moved:
                    return _QUOTE_SALE if price_ticks <= bid else _QUOTE_BUY
                if bid <= price_ticks <= ask:
                    return MOVED_QUOTE[price_ticks <= bid]
                weak = self._by_tick
        if key is not None and key == self._key:
            if price_ticks != last_price:
                return (LOOSE_WALK if window_ns else WALK)[price_ticks < last_price]
            order_result = self._order_result
            if order_result[1] != NO_EVIDENCE[1]:
                if not window_ns:
                    return SAME_ORDER[order_result[1] > 500]
                return handed_on(order_result, moved=moved)
        if weak is None:
            if 0 < bid < ask:
                weak = inside_spread(price_ticks, bid, ask, moved=moved)
            if weak is None:
                weak = self._by_tick
        if (
            1000 - BORROW_BELOW < weak[1] < BORROW_BELOW
            and 0 <= stamp_ns - self._strong_ns <= BORROW_NS
        ):
            return BORROWED[self._strong[1] > 500]
        return weak

    def _by_literature(self, stamp_ns: int, price_ticks: int) -> TradeSide:
        """Apply one published rule as it is written, the tick test where it says nothing."""
        run = self._run_before(stamp_ns) if self._quote_rule else None
        if self._quote_rule is None or run is None:
            return self._by_tick
        _, confirmed_ns, bid, ask = run
        if not 0 < bid < ask or stamp_ns - confirmed_ns > QUOTE_MAX_AGE_NS:
            return self._by_tick
        return self._quote_rule(price_ticks, bid, ask) or self._by_tick

    def _reconsider(self, first: DueTrade) -> TradeSide:
        """Judge a weak print again by what came within its wait.

        A reduction of exactly its size that came after it gives its side, where the clocks differ;
        else a sure print of the same order; else the first sure one at most 1 ms later lends it.
        """
        if self._reductions is not None:
            exact, _ = self._reductions.cause_of(
                first.price_ticks, first.size, first.stamp_ns - self._window_ns, FAR_FUTURE_NS
            )
            if exact is not None:
                return exact
        borrowed: TradeSide | None = None
        for stamp_ns, _, _, key, result, _ in self._waiting or ():
            same_order = first.key is not None and key == first.key
            if not same_order and stamp_ns - first.stamp_ns > BORROW_NS:
                break
            if confidence_of(result) < STRONG:
                continue
            if same_order:
                return SAME_ORDER[result[1] > 500]
            if borrowed is None:
                borrowed = BORROWED[result[1] > 500]
        return borrowed or first.result
