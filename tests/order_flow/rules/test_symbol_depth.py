"""Levels of one venue beside the quotes of all, as the judge of a symbol takes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.flow_values import ASK, BID, NOON_NS, S
from support.market import JudgedSymbol, give_quote, give_trade

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import BookEvent, HaltEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.leaving import leaving_of, words_of_leaving
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.memory import OwnScale
from trading_bot.order_flow.rules.walls.desk import ToldWall

CENT = 10_000
VENUE = 12
Sides = list[tuple[int, int]]


class Beside(JudgedSymbol):
    """A symbol whose quotes one feed brings, and whose levels another."""

    def __init__(self, *, is_seen: bool = True) -> None:
        super().__init__("ACME", OrderFlowConfig(thresholds="fixed"))
        self.walls: list[str] = []
        self.judge._on_walls = self._note
        self.judge.see_depth(is_seen=is_seen)

    def _note(self, _judge: object, walls: list[ToldWall], _received_ns: int | None) -> None:
        self.walls += [each.fact.event for each in walls]

    def quote(self, second: float = 0, *, bid: int = BID, size: int = 300, ask: int = ASK) -> None:
        give_quote(self.judge, "ACME", NOON_NS + round(second * S), bid, size, ask, 300)

    def levels(self, bids: Sides, asks: Sides = [], second: float = 0, **more: Any) -> None:  # noqa: B006
        bid_levels, ask_levels = (
            tuple((price, size * UNITS_PER_SHARE) for price, size in side) for side in (bids, asks)
        )
        at_ns = NOON_NS + round(second * S)
        self.judge.book(BookEvent("ACME", at_ns, bid_levels, ask_levels, venue=VENUE, **more))

    @property
    def kind(self) -> str:
        return self.judge.depth_kind

    def sources(self) -> list[tuple[str | None, int | None]]:
        return [(alert.source, alert.order_size) for alert in self.take()]


def test_the_best_bid_is_the_quotes_and_the_lower_ones_are_the_venues() -> None:
    # Given a quote, and levels of a venue that is at the bid and above it
    symbol = Beside()
    symbol.quote()
    symbol.levels([(BID + CENT, 100), (BID, 200), (BID - CENT, 400), (BID - 2 * CENT, 500)])
    # When it is asked what is bid
    # Then the whole market's best comes first, and what is below it behind
    units = UNITS_PER_SHARE
    assert symbol.judge.displayed_bids == (
        (BID, 300 * units),
        (BID - CENT, 400 * units),
        (BID - 2 * CENT, 500 * units),
    )
    assert symbol.kind == "levels"
    # And the levels are no quote
    assert (symbol.judge.quotes, symbol.judge.bid_ticks) == (1, BID)


def test_without_a_quote_nothing_is_bid() -> None:
    # Given levels, and no quote
    symbol = Beside()
    symbol.levels([(BID, 20_000)])
    # When it is asked what is bid, then nobody knows
    assert symbol.judge.displayed_bids == ()
    assert symbol.sources() == []


def test_a_large_bid_of_the_venue_alerts_once() -> None:
    # Given a quote
    symbol = Beside()
    symbol.quote()
    # When the venue shows a large bid below the best, and quotes and levels go on
    symbol.levels([(BID - CENT, 12_000)])
    found = symbol.sources()
    symbol.quote(1)
    symbol.levels([(BID - CENT, 12_000), (BID - 2 * CENT, 100)], second=2)
    symbol.quote(1.5, size=12_000)
    # Then it alerts once, and a large best bid once
    assert found == [("resting_bid", 12_000)]
    assert symbol.sources() == [("resting_bid", 12_000)]


def test_a_large_offer_of_the_venue_near_the_best_alerts_once_it_has_stood() -> None:
    # Given a quote, and a large offer a cent above the best, and another one far above
    symbol = Beside()
    symbol.quote()
    symbol.levels([], [(ASK + CENT, 15_000), (ASK + 90 * CENT, 30_000)])
    # When it has stood for two seconds
    symbol.quote(2)
    # Then it alerts
    assert symbol.sources() == [("ask_wall", 15_000)]


@pytest.mark.parametrize(("bid", "ask"), [(0, ASK), (BID, 0), (ASK + CENT, ASK)])
def test_levels_are_judged_by_a_whole_quote_only(bid: int, ask: int) -> None:
    # Given a quote that lacks a side, or is crossed
    symbol = Beside()
    symbol.quote(bid=bid, ask=ask)
    # When the venue shows a large bid, then nobody can say where it lies
    symbol.levels([(BID - CENT, 12_000)])
    assert symbol.sources() == []


def test_levels_that_are_ahead_or_come_in_a_halt_are_left_out() -> None:
    # Given a quote
    symbol = Beside()
    symbol.quote()
    # When levels are stamped too far ahead
    symbol.levels([(BID - CENT, 12_000)], second=6, received_ns=NOON_NS)
    # Then they are left out
    assert symbol.judge.left_out() == {"future_timestamp": 1}
    # And so are those of a halt
    symbol.judge.halt(HaltEvent("ACME", NOON_NS, True))
    symbol.levels([(BID - CENT, 12_000)])
    assert symbol.judge.left_out()["halted"] == 1
    assert symbol.sources() == []


def test_levels_wait_until_depth_is_seen() -> None:
    # Given a second feed that is not seen yet
    symbol = Beside(is_seen=False)
    symbol.quote()
    symbol.levels([(BID - CENT, 12_000)])
    assert symbol.kind == "top_of_book"
    assert symbol.sources() == []
    # When it is seen, then what came meanwhile counts
    symbol.judge.see_depth(is_seen=True)
    assert symbol.kind == "levels"
    assert symbol.sources() == [("resting_bid", 12_000)]
    symbol.judge.see_depth(is_seen=True)
    assert symbol.sources() == []


def test_depth_that_is_lost_leaves_the_best_bid_and_says_so() -> None:
    # Given a position that does not fit the best bid, and levels that are lost
    symbol = Beside()
    symbol.quote()
    symbol.levels([(BID - CENT, 1_000)])
    position = Position("ACME", 500, 100)
    assert leaving_of(symbol.judge, position, NOON_NS).fits == 500
    symbol.judge.lose_depth()
    symbol.judge.see_depth(is_seen=False)
    # When it is asked what leaving costs
    leaving = leaving_of(symbol.judge, position, NOON_NS)
    # Then it is known for what fits the best bid, and beyond that it is not
    assert (leaving.fits, leaving.depth_kind) == (Decimal(300), "top_of_book")
    assert leaving.unknown == "its depth cannot be seen"
    words = words_of_leaving(leaving)
    assert words.endswith(
        "300 fit the displayed best bid, the rest is not known: its depth cannot be seen"
    )
    # And what fits the best bid whole is known whole
    assert leaving_of(symbol.judge, Position("ACME", 300, 100), NOON_NS).unknown == ""


def test_of_large_levels_only_prints_of_the_venue_take() -> None:
    # Given a large bid of the venue that has stood two seconds
    symbol = Beside()
    usual = [(BID - each * CENT, 100) for each in range(6)]
    for second in range(40):
        symbol.quote(second)
        symbol.levels(usual, [(ASK + CENT, 100), (ASK + 2 * CENT, 100)], second=second)
    wall = [(BID, 5_000), *usual[1:]]
    for second in range(40, 44):
        symbol.quote(second, size=5_000)
        symbol.levels(wall, [(ASK + CENT, 100)], second=second)
    assert symbol.walls == ["placed"]
    # When another venue has a print at its price, then it is not hit
    give_trade(symbol.judge, "ACME", NOON_NS + 44 * S, BID, 500, exchange=11)
    assert symbol.walls == ["placed"]
    # And when its own venue has one, then it is
    give_trade(symbol.judge, "ACME", NOON_NS + 45 * S, BID, 500, exchange=VENUE)
    assert symbol.walls == ["placed", "hit"]
    # And nobody sees what becomes of it once depth is lost
    symbol.judge.lose_depth()
    assert symbol.walls == ["placed", "hit", "unseen"]


def test_on_own_scale_levels_beside_quotes_are_judged_too() -> None:
    # Given a symbol on its own scale
    symbol = Beside()
    rules = scale_rules(OrderFlowConfig(), "ACME")
    assert rules is not None
    scale = OwnScale(rules)
    scale.watch_from(NOON_NS)
    symbol.judge.judge_by(scale, 120)
    # When quotes and levels come for a while
    for second in range(5):
        symbol.quote(second)
        symbol.levels([(BID - CENT, 12_000)], [(ASK + CENT, 100)], second=second + 0.5)
    # Then the best bid and ask are looked at once a second, by the newest stamp
    assert scale.looks.due_ns > NOON_NS + 4 * S


def test_the_best_ask_is_the_quotes_and_the_higher_ones_are_the_venues() -> None:
    # Given no quote, then one, and levels of a venue that is at the ask and below it
    symbol = Beside()
    found = [symbol.judge.displayed_asks]
    symbol.quote()
    found.append(symbol.judge.displayed_asks)
    before = symbol.judge.judged
    symbol.levels([], [(ASK - CENT, 100), (ASK, 200), (ASK + CENT, 400)])
    found.append(symbol.judge.displayed_asks)
    # When the displayed asks are asked for
    # Then the best one is the quote's, and what is offered above it the venue's
    best = (ASK, 300 * UNITS_PER_SHARE)
    assert found == [(), (best,), (best, (ASK + CENT, 400 * UNITS_PER_SHARE))]
    # And it is known that something has come
    assert symbol.judge.judged != before
