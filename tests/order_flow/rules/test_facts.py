"""What is so at an alert."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.flow_values import ASK, BID, NOON_NS, S
from support.market import JudgedSymbol, give_quote, give_trade

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import Facts
from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.facts import facts_of
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.memory import OwnScale

LONG = Position("ACME", 150, 100)
SHORT = Position("ACME", -150, 100)


class Ranked(JudgedSymbol):
    """A symbol judged on its own scale from noon on."""

    def __init__(self) -> None:
        super().__init__("ACME", OrderFlowConfig())
        rules = scale_rules(OrderFlowConfig(), "ACME")
        assert rules is not None
        self.scale = OwnScale(rules)
        self.scale.watch_from(NOON_NS)
        self.judge.judge_by(self.scale, 120)

    def quote(self, second: float, bid: int = 300, ask: int = 100, *, at: int = BID) -> None:
        give_quote(self.judge, "ACME", NOON_NS + round(second * S), at, bid, at + ASK - BID, ask)

    def trade(self, second: float, price: int = BID, shares: int = 100, **more: object) -> None:
        give_trade(self.judge, "ACME", NOON_NS + round(second * S), price, shares, **more)

    def facts(self, second: float, **more: object) -> Facts:
        return facts_of(self.judge, self.scale, NOON_NS + round(second * S), **more)  # type: ignore[arg-type]


def test_before_anything_was_seen_there_are_no_facts() -> None:
    # Given a symbol of which nothing was seen
    # When its facts are asked for, with nothing held
    # Then there are none
    assert Ranked().facts(0) == Facts()


def test_a_quote_says_what_leaving_costs() -> None:
    # Given a quote of 300 shares at 100.00 against 100 at 100.02
    symbol = Ranked()
    symbol.quote(0)
    # When the facts of a position of 150 are asked for, beside a falling market
    found = symbol.facts(1, position=LONG, market_bp=-4)
    # Then leaving costs half the spread, and the rest is as it stands
    assert found == Facts(
        queue_imbalance=0.5,
        market_bp=-4,
        spread=Decimal("0.02"),
        leaving_bp=1.0,
        bid_shares=300,
        held_shares=Decimal(150),
        leaving_usd=Decimal("1.50"),
    )


def test_of_a_short_position_nothing_is_said() -> None:
    # Given a quote
    symbol = Ranked()
    symbol.quote(0)
    # When the facts of shares that are owed are asked for
    found = symbol.facts(1, position=SHORT)
    # Then leaving it is no subject
    assert (found.held_shares, found.leaving_usd) == (None, None)


@pytest.mark.parametrize(("bid", "ask"), [(0, ASK), (BID, 0), (ASK, BID)])
def test_without_two_sides_leaving_has_no_price(bid: int, ask: int) -> None:
    # Given a book that is one-sided or crossed
    symbol = Ranked()
    give_quote(symbol.judge, "ACME", NOON_NS, bid, 100, ask, 100)
    # When its facts are asked for
    found = symbol.facts(1, position=LONG)
    # Then there is no spread
    assert (found.spread, found.leaving_bp, found.bid_shares) == (None, None, None)


def test_of_each_second_the_first_quote_is_looked_at() -> None:
    # Given quotes that change their sizes four times in two seconds
    symbol = Ranked()
    for second, bid in ((0, 300), (0.1, 100), (1.0, 100), (1.9, 900)):
        symbol.quote(second, bid)
    # When the imbalance is asked for
    # Then it is the mean of the first of each second, 0.5 and 0
    assert symbol.facts(2).queue_imbalance == 0.25


def test_a_book_is_looked_at_as_a_quote_is() -> None:
    # Given books with 300 bid against 100, twice within a second
    symbol = Ranked()
    for second, bid in ((0.0, 300), (0.5, 100)):
        levels = ((BID, bid * UNITS_PER_SHARE),), ((ASK, 100 * UNITS_PER_SHARE),)
        symbol.judge.book(BookEvent("ACME", NOON_NS + round(second * S), *levels))
    # When the facts are asked for
    found = symbol.facts(1)
    # Then the first counts
    assert (found.queue_imbalance, found.bid_shares) == (0.5, 300)


@pytest.mark.parametrize(
    ("low", "above"), [(BID, 0), (BID - 100_000, 10), (BID - 1_000_000, 101), (BID + 10_000, -1)]
)
def test_the_days_low_is_so_far_below_the_bid(low: int, above: int) -> None:
    # Given a quote, and a print at the day's low
    symbol = Ranked()
    symbol.quote(0)
    symbol.trade(1, low)
    symbol.trade(2, BID + 20_000)
    # When the distance is asked for
    # Then it is that of the bid, in basis points
    assert symbol.facts(3).above_low_bp == above


def test_a_print_that_may_not_be_signed_is_no_low() -> None:
    # Given a print of an average price below the others
    symbol = Ranked()
    symbol.quote(0)
    symbol.trade(1)
    symbol.trade(2, BID - 500_000, conditions=(10,))
    # When the distance to the day's low is asked for
    # Then that price does not count
    assert symbol.facts(3).above_low_bp == 0


def test_the_volume_of_the_day_is_compared_with_the_usual_one() -> None:
    # Given a symbol whose day before had traded 1,000 shares by noon, and 1,300 today
    symbol = Ranked()
    symbol.trade(1, shares=300)
    symbol.scale.day_volume = 1_000
    symbol.scale.day.restore([[1_000] * 26], [], 0, is_whole=True)
    # When the facts are asked for
    # Then today trades 1.3 times as much
    assert symbol.facts(2).day_volume_ratio == 1.3
