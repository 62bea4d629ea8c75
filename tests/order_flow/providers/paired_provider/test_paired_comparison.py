"""Two feeds of one symbol are compared by prints, shares, prices and best levels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from trading_bot.order_flow.market.feeds import Disagreement
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import (
    NS_PER_MS,
    NS_PER_SECOND,
    TICKS_PER_DOLLAR,
    UNITS_PER_SHARE,
    ns_from_utc,
)
from trading_bot.order_flow.providers.paired.comparison import FeedComparison
from trading_bot.simulator.gateway.gw_feed import venue_rows
from trading_bot.simulator.market.depth import DepthRow
from trading_bot.simulator.market.listing import LISTINGS
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.settings import MARKET_START

START = 1_773_151_200
PRICE = 27 * TICKS_PER_DOLLAR
CENT = TICKS_PER_DOLLAR // 100
LOT = 100 * UNITS_PER_SHARE
Change = Callable[[int, int, int], tuple[int, int, int] | None]
"""Makes of number, price and size of a print what a feed has: delay in seconds, price, size."""


def ns(second: float) -> int:
    return round((START + second) * NS_PER_SECOND)


def as_it_is(_number: int, price: int, size: int) -> tuple[int, int, int] | None:
    return 0, price, size


class Feeds:
    """Both feeds of a market that prints `rate` times a second."""

    def __init__(self, rate: int = 2) -> None:
        self.comparison = FeedComparison("tape", "venue")
        self.comparison.begin_tape(ns(0))
        self.comparison.begin_depth(ns(0))
        self._rate = rate
        self._number = 0
        self._late: list[tuple[int, partial[None]]] = []
        self.second = 0

    def run(
        self, seconds: int, tape: Change = as_it_is, depth: Change = as_it_is
    ) -> list[Disagreement | None]:
        """Let seconds pass; return what each look told."""
        return [self._run_second(tape, depth) for _ in range(seconds)]

    def found_after(self, most: int, tape: Change = as_it_is, depth: Change = as_it_is) -> int:
        """Return after how many seconds a difference is told."""
        for second in range(1, most + 1):
            if self._run_second(tape, depth) is not None:
                return second
        raise AssertionError(f"nothing was told within {most} s")

    def _run_second(self, tape: Change, depth: Change) -> Disagreement | None:
        comparison = self.comparison
        for part in range(self._rate):
            self._number += 1
            stamp = ns(self.second + (part + 0.5) / self._rate)
            price, size = PRICE + self._number % 3 * CENT, LOT * (1 + self._number % 4)
            for change, take in ((tape, comparison.tape_print), (depth, comparison.depth_print)):
                found = change(self._number, price, size)
                if found is not None:
                    delay, *rest = found
                    self._late.append((self.second + delay, partial(take, stamp, *rest)))
        due = [each for at, each in self._late if at <= self.second]
        self._late = [(at, each) for at, each in self._late if at > self.second]
        for bring in due:
            bring()
        self.second += 1
        return comparison.look(ns(self.second))


def test_feeds_that_say_the_same_agree() -> None:
    # Given two feeds of the same prints
    feeds = Feeds()
    # When ten minutes pass, then nothing is told
    assert set(feeds.run(600)) == {None}


@pytest.mark.parametrize(
    ("depth", "code", "stale", "words"),
    [
        (lambda n, p, s: (12, p, s), "late", "venue", "venue looks stale: nothing newer than"),
        (lambda n, p, s: None if n % 3 == 0 else (0, p, s), "missing", "venue", "venue lacks"),
        (lambda n, p, s: (0, p * 2, s // 2), "split", None, "0.5 times the shares and 2 times"),
        (lambda n, p, s: (0, p, s // 100), "shares", None, "0.01 times the shares and 1 times"),
        (lambda n, p, s: (0, p * 10, s), "price", None, "1 times the shares and 10 times"),
    ],
)
def test_a_fault_of_the_second_feed_is_found_within_forty_seconds(
    depth: Change, code: str, stale: str | None, words: str
) -> None:
    # Given two feeds that agree
    feeds = Feeds()
    feeds.run(60)
    # When the second one is late, loses prints, or has other units
    took = feeds.found_after(40, depth=depth)
    # Then that is told, and which looks stale where that can be told
    found = feeds.comparison.told
    assert found is not None
    assert took <= 40
    assert (found.code, found.stale) == (code, stale)
    assert words in found.text


@pytest.mark.parametrize(
    ("tape", "code", "stale"),
    [
        (lambda n, p, s: (12, p, s), "late", "tape"),
        (lambda n, p, s: None if n % 3 == 0 else (0, p, s), "missing", "tape"),
        (lambda n, p, s: (0, p // 2, s * 2), "split", None),
        (lambda n, p, s: (0, p, s * 100), "shares", None),
        (lambda n, p, s: (0, p * 1_000, s), "price", None),
    ],
)
def test_a_fault_of_the_first_feed_is_found_within_forty_seconds(
    tape: Change, code: str, stale: str | None
) -> None:
    # Given two feeds that agree
    feeds = Feeds()
    feeds.run(60)
    # When the first one is late, loses prints, or has other units
    feeds.found_after(40, tape=tape)
    # Then that is told
    found = feeds.comparison.told
    assert found is not None
    assert (found.code, found.stale) == (code, stale)


@pytest.mark.parametrize(("prints", "is_told"), [(19, False), (20, True), (21, True)])
def test_fewer_than_twenty_prints_are_not_compared(prints: int, is_told: bool) -> None:
    # Given a venue that lately printed so often, and a tape that has another price
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(-40))
    comparison.begin_depth(ns(-40))
    for number in range(prints):
        comparison.tape_print(ns(20 + number / 4), PRICE, LOT)
        comparison.depth_print(ns(20 + number / 4), PRICE * 2, LOT)
    # When both are looked at until it would be told
    for _ in range(5):
        found = comparison.look(ns(28))
    # Then it is told from twenty on
    assert (found is not None) is is_told


@pytest.mark.parametrize(("lost", "is_told"), [(5, False), (6, False), (7, True), (8, True)])
def test_so_many_missing_prints_are_told(lost: int, is_told: bool) -> None:
    # Given 40 prints inside the span of the tape, of which the venue's feed lacks some
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(-40))
    comparison.begin_depth(ns(-40))
    for number in range(40):
        comparison.tape_print(ns(5 + number / 2), PRICE, LOT)
        if number % 5 or number // 5 >= lost:
            comparison.depth_print(ns(5 + number / 2), PRICE, LOT)
    # When both are looked at until it would be told
    for _ in range(5):
        found = comparison.look(ns(30))
    # Then a tenth and two are let pass
    assert (found is not None and found.code == "missing") is is_told


@pytest.mark.parametrize(("newer", "is_told"), [(2, False), (3, True), (4, True)])
def test_a_feed_that_stands_still_is_told_after_three_prints_of_the_other(
    newer: int, is_told: bool
) -> None:
    # Given two feeds that agreed, until one stood still
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(-40))
    comparison.begin_depth(ns(-40))
    for number in range(40):
        comparison.tape_print(ns(number / 2), PRICE, LOT)
        comparison.depth_print(ns(number / 2), PRICE, LOT)
    for number in range(newer):
        comparison.tape_print(ns(21.5 + number / 4), PRICE, LOT)
    # When both are looked at until it would be told
    for _ in range(5):
        found = comparison.look(ns(26))
    # Then three prints that are newer are enough
    assert (found is not None and found.code == "late") is is_told


@pytest.mark.parametrize(("looks", "is_told"), [(4, False), (5, True), (6, True)])
def test_what_is_found_five_times_in_a_row_is_told(looks: int, is_told: bool) -> None:
    # Given two feeds whose prices differ
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(-40))
    comparison.begin_depth(ns(-40))
    for number in range(60):
        comparison.tape_print(ns(number / 2), PRICE, LOT)
        comparison.depth_print(ns(number / 2), PRICE * 3, LOT)
    # When they are looked at so often
    for _ in range(looks):
        found = comparison.look(ns(30))
    # Then the fifth look tells it
    assert (found is not None) is is_told


def test_what_the_newest_prints_do_not_show_is_not_told() -> None:
    # Given two feeds whose prices differed, and a venue that has fallen silent since
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(-40))
    comparison.begin_depth(ns(-40))
    for number in range(40):
        comparison.tape_print(ns(number / 2), PRICE, LOT)
        comparison.depth_print(ns(number / 2), PRICE * 3, LOT)
    # When they are looked at, then nobody can say what differs now
    assert {comparison.look(ns(27)) for _ in range(6)} == {None}


def test_feeds_agree_again_a_minute_after_the_last_difference() -> None:
    # Given two feeds that differed
    feeds = Feeds()
    feeds.run(60)
    feeds.found_after(40, depth=lambda n, p, s: (0, p * 2, s))
    # When they are the same again
    told = feeds.run(120)
    # Then that is told a minute after nothing was found any more, and stays
    agreed = told.index(None)
    assert 60 < agreed <= 32 + 60
    assert set(told[agreed:]) == {None}


def test_nothing_is_compared_while_a_feed_is_away() -> None:
    # Given two feeds of which one is lost
    feeds = Feeds()
    feeds.run(60)
    feeds.comparison.end_depth()
    # When the other goes on alone
    told = feeds.run(60, depth=lambda n, p, s: None)
    # Then nothing is told
    assert set(told) == {None}
    feeds.comparison.end_tape()
    assert set(feeds.run(10)) == {None}


def test_what_was_missed_before_a_feed_came_back_does_not_count() -> None:
    # Given two feeds of which one was lost
    feeds = Feeds()
    feeds.run(60)
    feeds.comparison.end_depth()
    feeds.run(20, depth=lambda n, p, s: None)
    # When it is there again, and replays what it missed
    feeds.comparison.begin_depth(ns(feeds.second))
    feeds.comparison.depth_print(ns(feeds.second - 5), PRICE * 9, LOT)
    # Then the time before is not compared
    assert set(feeds.run(60)) == {None}


@pytest.mark.parametrize(
    ("venue_bid", "venue_ask", "is_told"),
    [
        (PRICE + CENT, PRICE + 5 * CENT, False),
        (PRICE + CENT + 1, PRICE + 5 * CENT, True),
        (PRICE, PRICE + CENT, False),
        (PRICE, PRICE + CENT - 1, True),
        (PRICE - 50 * CENT, PRICE + 50 * CENT, False),
    ],
)
def test_a_venue_cannot_be_better_than_the_market_by_more_than_a_tick(
    venue_bid: int, venue_ask: int, is_told: bool
) -> None:
    # Given the market's best bid and ask, and the venue's
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(0))
    comparison.begin_depth(ns(0))
    comparison.nbbo(ns(1), PRICE, PRICE + 2 * CENT, ns(1))
    comparison.levels(ns(1), ((venue_bid, LOT),), ((venue_ask, LOT),), ns(1))
    # When that stands for ten seconds and is looked at until it would be told
    for second in range(11, 16):
        found = comparison.look(ns(second))
    # Then it is told where the venue's is better by more than a tick
    assert (found is not None and found.code == "outside") is is_told


@pytest.mark.parametrize(("seconds", "is_found"), [(9.9, False), (10, True), (10.1, True)])
def test_a_better_venue_is_found_after_ten_seconds(seconds: float, is_found: bool) -> None:
    # Given a venue that is better than the market
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(0))
    comparison.begin_depth(ns(0))
    comparison.nbbo(ns(1), PRICE, PRICE + 2 * CENT, ns(1))
    comparison.levels(ns(1), ((PRICE + 5 * CENT, LOT),), (), ns(1))
    # When it is looked at after so long
    for _ in range(5):
        found = comparison.look(ns(1 + seconds))
    # Then it is found after ten seconds
    assert (found is not None) is is_found


@pytest.mark.parametrize(
    ("quote_second", "level_second", "stale"),
    [(1, 1.5, None), (1, 2.5, "tape"), (2.5, 1, "venue")],
)
def test_of_two_bests_the_older_one_looks_stale(
    quote_second: float, level_second: float, stale: str | None
) -> None:
    # Given a venue that is better than the market, and stamps of both
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(0))
    comparison.begin_depth(ns(0))
    comparison.nbbo(ns(quote_second), PRICE, PRICE + 2 * CENT, ns(3))
    comparison.levels(ns(level_second), ((PRICE + 5 * CENT, LOT),), (), ns(3))
    # When that is told
    for second in range(13, 18):
        found = comparison.look(ns(second))
    # Then the one that is more than a second older looks stale
    assert found is not None
    assert found.stale == stale


def test_a_better_venue_that_goes_back_in_time_is_not_told() -> None:
    # Given a venue that is better for some seconds again and again
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(0))
    comparison.begin_depth(ns(0))
    comparison.nbbo(ns(1), PRICE, PRICE + 2 * CENT, ns(1))
    told = []
    for second in range(1, 100, 3):
        bid = PRICE + (5 if second % 2 else 0) * CENT
        comparison.levels(ns(second), ((bid, LOT),), (), ns(second))
        # When it is looked at
        told.append(comparison.look(ns(second)))
    # Then nothing is told
    assert set(told) == {None}


def test_an_odd_lot_is_nobodys_best() -> None:
    # Given a venue whose best bid is an odd lot far above the market's
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(0))
    comparison.begin_depth(ns(0))
    comparison.nbbo(ns(1), PRICE, PRICE + 20 * CENT, ns(1))
    levels = ((PRICE + 9 * CENT, LOT // 2), (PRICE + 8 * CENT, LOT // 2 - 1), (PRICE, LOT))
    comparison.levels(ns(1), levels, (), ns(1))
    # When it stands
    told = {comparison.look(ns(second)) for second in range(1, 30)}
    # Then only a round lot counts
    assert told == {None}


def test_below_a_dollar_a_tick_is_a_hundredth_of_a_cent() -> None:
    # Given a venue that bids a tenth of a cent more for a penny stock
    comparison = FeedComparison("tape", "venue")
    comparison.begin_tape(ns(0))
    comparison.begin_depth(ns(0))
    comparison.nbbo(ns(1), 50 * CENT, 52 * CENT, ns(1))
    comparison.levels(ns(1), ((50 * CENT + CENT // 10, LOT),), (), ns(1))
    # When it stands
    told = [comparison.look(ns(second)) for second in range(1, 30)]
    # Then that is more than a tick
    assert told[-1] is not None
    assert told[-1].code == "outside"


@pytest.mark.parametrize(
    ("seed", "seconds"),
    [
        (1, 400),
        pytest.param(1, 3_600, marks=pytest.mark.slow),
        pytest.param(2, 3_600, marks=pytest.mark.slow),
        pytest.param(3, 3_600, marks=pytest.mark.slow),
    ],
)
def test_on_honest_hours_of_the_generated_market_nothing_is_told(seed: int, seconds: int) -> None:
    # Given some time of a generated market as its tape and its venue tell it
    market = SimulatedMarket(seed)
    start_ns = ns_from_utc(MARKET_START)
    conditions = TradeConditions()
    changes = 0
    for listing in LISTINGS[:3]:
        comparison = FeedComparison("tape", "venue")
        comparison.begin_tape(start_ns)
        comparison.begin_depth(start_ns)
        told = None
        for second in range(1, seconds):
            now_ns = start_ns + second * NS_PER_SECOND
            one = market.symbol(listing.symbol, now_ns)
            assert one is not None
            before_ns = now_ns - NS_PER_SECOND
            for trade in one.trades.rows(*one.trades.numbers(before_ns + 1, now_ns)):
                verdict = conditions.verdict(tuple(trade.conditions), 0, False)
                if trade.exchange != 4 and (verdict.volume or verdict.reason == "auction"):
                    stamp = trade.participant_ns // NS_PER_MS * NS_PER_MS
                    comparison.tape_print(stamp, trade.price_ticks, trade.size)
            for quote in one.quotes.rows(*one.quotes.numbers(before_ns + 1, now_ns)):
                comparison.nbbo(quote.sip_ns, quote.bid_ticks, quote.ask_ticks, quote.sip_ns)
            for row in venue_rows(market, (listing.symbol,), before_ns, now_ns):
                if not isinstance(row, DepthRow):
                    continue
                change = row.change
                if change.action == "T":
                    comparison.depth_print(row.event_ns, change.price_ticks, change.size)
                elif row.is_last:
                    bids = tuple(
                        (e.price_ticks, e.size * UNITS_PER_SHARE) for e in change.book.bids
                    )
                    asks = tuple(
                        (e.price_ticks, e.size * UNITS_PER_SHARE) for e in change.book.asks
                    )
                    comparison.levels(row.event_ns, bids, asks, row.received_ns)
            # When it is looked at each second
            found = comparison.look(now_ns)
            changes += (found is None) != (told is None)
            told = found
    # Then nothing is told
    assert changes == 0
