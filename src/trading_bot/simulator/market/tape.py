"""One symbol's events, second by second, from its own seeded stream.

Only `Random.random` is drawn from: its sequence for a seed is the same in every Python version.
Symbols share nothing, so that one symbol's events do not depend on another's.
"""

from __future__ import annotations

from collections import Counter
from math import exp
from random import Random
from typing import Literal

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, NS_PER_US
from trading_bot.simulator.market.book import TICKS_PER_CENT, Book
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.listing import Listing
from trading_bot.simulator.market.script import TODAY, Day, Scene, SellerStyle
from trading_bot.simulator.market.tape_writer import TapeWriter

# Actions keep this distance, so that a trade and the quote it causes are over before the next.
_SPACING_NS = 4 * NS_PER_MS
_QUOTE_AFTER_TRADE_NS = 350 * NS_PER_US
_EXTENDED_ACTIVITY = 0.06
_AT_THE_TOUCH, _OFF_EXCHANGE, _SWEEP, _LATE = 0.60, 0.945, 0.995, 0.998
_BURST_SELL_SHARE = 0.9

Action = Literal["trade", "quote", "burst"] | SellerStyle
"""One thing that happens within a second."""


class SymbolStream:
    """Writes the tape of one symbol; each call continues where the last one ended.

    Args:
        listing: The symbol.
        seed: The market's seed; the symbol's own stream is drawn from both.
        day: Which day.
    """

    def __init__(self, listing: Listing, seed: int, day: Day = TODAY) -> None:
        self.listing = listing
        self.next_second = day.start_s
        self._day = day
        self._random = Random(f"{seed}:{listing.symbol}").random  # noqa: S311 - no secret, a story
        self._book = Book(listing, self._random)
        self._tape = TapeWriter(listing, self._random)
        self._bursts: Counter[int] = Counter()
        self._halts: list[range] = []

    def halt_at(self, second: int, seconds: int) -> range:
        """Let nothing happen from a second on that is still to come; return the silent seconds.

        The book moves on unseen, so that all comes later as it would have been.
        """
        first = max(second, self.next_second)
        self._halts.append(range(first, first + seconds))
        return self._halts[-1]

    def burst_at(self, second: int, trades: int) -> None:
        """Add so many prints to a second that is still to come; all else stays as it would be."""
        self._bursts[max(second, self.next_second)] += trades

    def advance_one_second(self) -> tuple[list[MarketTrade], list[MarketQuote]]:
        """Return the next second's prints and quotes, each in the order of their SIP stamps."""
        day, second = self._day, self.next_second
        self.next_second += 1
        if second >= day.quiet_s:
            return [], []
        tape, book = self._tape, self._book
        tape.begin()
        start_ns = second * NS_PER_SECOND
        regular = day.open_s <= second < day.close_s
        if book.extended is regular:
            book.extended = not regular
            tape.extended = not regular
            self._auction(second, start_ns)
        book.drift()
        if any(second == halt.stop for halt in self._halts):
            tape.reopening_auction(start_ns + 20 * NS_PER_MS, book)
        plan = day.scene(self.listing.role, second)
        changed = book.set_wall(plan.wall), book.set_offer(plan.offer)
        if any(changed) or second == day.start_s:
            tape.quote(start_ns + NS_PER_MS, book)
        touch = (book.bid_cents * TICKS_PER_CENT, book.ask_cents * TICKS_PER_CENT)
        self._ordinary_second(start_ns, self._activity(second, regular), plan)
        if second in self._bursts:
            tape.burst(self._bursts.pop(second), start_ns, touch)
        if any(second in halt for halt in self._halts):
            return [], []
        return tape.finish()

    def _activity(self, second: int, regular: bool) -> float:
        """Return trading relative to the middle of the day: lively first and last, slow outside."""
        if not regular:
            return _EXTENDED_ACTIVITY
        since_open, until_close = second - self._day.open_s, self._day.close_s - second
        return 1 + 1.6 * exp(-since_open / 300) + 0.8 * exp(-until_close / 600)

    def _auction(self, second: int, start_ns: int) -> None:
        if second == self._day.open_s:
            self._tape.opening_auction(start_ns + 20 * NS_PER_MS, self._book)
        else:
            self._tape.closing_auction(start_ns + 20 * NS_PER_MS, self._book)
        self._book.reopen()
        self._tape.quote(start_ns + 30 * NS_PER_MS, self._book)

    def _count(self, mean: float) -> int:
        draw = self._random
        return int(mean * (0.5 + draw()) + draw())

    def _ordinary_second(self, start_ns: int, activity: float, plan: Scene) -> None:
        draw, book, tape = self._random, self._book, self._tape
        trades = self._count(self.listing.trades_per_second * activity)
        quotes = self._count(self.listing.quotes_per_second * activity)
        kinds: list[Action] = ["trade"] * trades
        kinds += ["quote"] * quotes
        kinds += ["burst"] * plan.burst_orders
        if plan.seller is not None:
            kinds.append(plan.seller)
        if not kinds:
            return
        # Each action has a slot of the second to itself, and a random place in it.
        slot = (NS_PER_SECOND - 40 * NS_PER_MS) // len(kinds)
        at_ns = start_ns + 40 * NS_PER_MS
        for index in range(len(kinds), 0, -1):
            kind = kinds.pop(int(draw() * index))
            moment = at_ns + int(draw() * (slot - _SPACING_NS))
            at_ns += slot
            if kind == "quote":
                book.move()
                tape.quote(moment, book)
            elif kind == "trade":
                self._trade(moment)
            elif kind == "burst":
                self._burst_order(moment)
            else:
                levels = tape.large_seller(moment, book, kind, plan.seller_shares)
                book.press(-3)
                book.take(seller=True, size=book.bid_size, levels=levels)
                tape.quote(moment + 2 * NS_PER_MS, book)

    def _trade(self, moment: int) -> None:
        draw, book, tape = self._random, self._book, self._tape
        kind = draw()
        if kind < _AT_THE_TOUCH:
            seller = draw() < 0.5
            size = tape.at_the_touch(moment, book, seller=seller)
            book.take(seller=seller, size=size)
            tape.quote(moment + _QUOTE_AFTER_TRADE_NS, book)
        elif kind < _OFF_EXCHANGE:
            tape.off_exchange(moment, book)
        elif kind < _SWEEP:
            seller = draw() < 0.5 and not book.wall
            levels = tape.sweep(moment, book, seller=seller)
            book.take(seller=seller, size=0, levels=levels)
            tape.quote(moment + _QUOTE_AFTER_TRADE_NS, book)
        elif kind < _LATE:
            tape.late_report(moment, book)
        else:
            tape.average_price(moment, book)

    def _burst_order(self, moment: int) -> None:
        seller = self._random() < _BURST_SELL_SHARE
        size = self._tape.burst_order(moment, self._book, seller=seller)
        self._book.press(-0.25 if seller else 0.1)
        self._book.take(seller=seller, size=size)
        self._tape.quote(moment + _QUOTE_AFTER_TRADE_NS, self._book)
