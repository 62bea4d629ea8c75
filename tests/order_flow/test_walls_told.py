"""From the books of a provider with depth to what is recorded and told of large levels."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.flow_values import S
from support.monitor_stubs import START, HandClock, Holdings, StubClient, at

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert, WallEvent
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, TradeEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.notices import MonitorEvent, WallNotice
from trading_bot.order_flow.rules.walls.lines import MOST_LINES
from trading_bot.order_flow.sight.coverage.reasons import Reason, Sight, State
from trading_bot.order_flow.telling.describe import describe

BID, ASK, CENT = 100_000_000, 100_010_000, 10_000


class Watch:
    """A judge of ACME under fixed thresholds, whose usual level is 100 shares."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[MonitorEvent] = []
        self.judge = MarketJudge(
            OrderFlowConfig(thresholds="fixed"),
            position_manager=Holdings(),
            client=StubClient(),
            clock=HandClock(),
            alert_log=AlertLog(folder),
        )
        self.judge.publisher.add_listener(self.told.append)
        self.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        for second in range(30):
            self.book(second, 100, 100, 100)

    def book(self, second: float, *bids: int) -> None:
        levels = tuple((BID - CENT * n, size * UNITS_PER_SHARE) for n, size in enumerate(bids))
        self.judge.book(BookEvent("ACME", at(second), levels, ((ASK, 100 * UNITS_PER_SHARE),)))

    def sell(self, second: float, ticks: int, shares: int) -> None:
        self.judge.trade(
            TradeEvent(
                "ACME",
                at(second),
                ticks,
                shares * UNITS_PER_SHARE,
                stated_side="sell",
                trade_id="1",
            )
        )

    def see(self, second: float, state: State, reason: Reason) -> None:
        self.judge.saw("ACME", Sight(state, reason, "", at(second)), at(second))

    @property
    def events(self) -> list[str]:
        return [each.event for each in self.told if isinstance(each, WallNotice)]

    def lines(self) -> list[dict[str, Any]]:
        (path,) = self.folder.glob("*.jsonl")
        found = [json.loads(line) for line in path.read_bytes().splitlines()]
        return [each for each in found if each["event"].startswith("order_flow.wall_")]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """A symbol watched for half a minute."""
    return Watch(tmp_path)


def test_the_life_of_a_bid_that_is_eaten_is_recorded_and_told(watch: Watch) -> None:
    # Given a bid of ten times the usual level, one below the best
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When it is sold to until it is gone
    watch.sell(33, BID - CENT, 900)
    watch.book(33.1, 0, 100)
    # Then each step has a line
    assert watch.events == ["placed", "hit", "eaten"]
    line = watch.lines()[-1]
    assert (line["event"], line["symbol"], line["side"]) == ("order_flow.wall_eaten", "ACME", "bid")
    assert (line["price_level"], line["size"], line["peak"]) == (99.99, 100, 1_000)
    assert (line["executed"], line["cancelled"], line["added"]) == (900, 0, 0)
    assert (line["refills"], line["since"]) == (0, "2026-03-10T14:00:30.000000Z")
    assert (line["levels_away"], line["left_out"]) == (1, 0)
    # And a host is told in words
    assert [describe(each) for each in watch.told if isinstance(each, WallNotice)] == [
        (
            "10:00:32 ET ACME large level: bid of 1,000 shares at 99.99 has stood 2 s, "
            "1 level from the best"
        ),
        "10:00:33 ET ACME large level: bid of 1,000 shares at 99.99 is being hit, 1,000 left",
        (
            "10:00:33 ET ACME large level: bid of 1,000 shares at 99.99 eaten after 3 s: "
            "900 executed, 0 cancelled"
        ),
    ]


def test_a_bid_three_levels_down_that_is_pulled_is_told_and_no_alert(watch: Watch) -> None:
    # Given
    watch.book(30, 100, 100, 100, 1_000)
    watch.book(32, 100, 100, 100, 1_000)
    # When
    watch.book(35, 100, 100, 100)
    # Then
    assert watch.events == ["placed", "pulled"]
    assert [type(each) for each in watch.told] == [WallNotice, WallNotice]


def test_a_quote_of_one_level_has_no_walls(tmp_path: Path) -> None:
    # Given a source that shows the best bid and ask only
    watch = Watch(tmp_path)
    watch.judge.unwatch("ACME")
    watch.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    for second in range(30, 61):
        watch.book(second, 100)
    # When it shows a large bid
    watch.book(61, 5_000)
    watch.book(64, 5_000)
    # Then
    assert watch.events == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [("blind", "dead"), ("degraded", "gap"), ("degraded", "stalled"), ("degraded", "by_rest")],
)
def test_where_events_are_missing_a_wall_was_not_seen_to_its_end(
    watch: Watch, state: State, reason: Reason
) -> None:
    # Given
    watch.see(29, "visible", "")
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When
    watch.see(33, state, reason)
    watch.book(34, 100, 100)
    # Then nobody says that it was pulled
    assert watch.events == ["placed", "unseen"]


def test_a_symbol_that_is_seen_badly_but_whole_keeps_its_walls(watch: Watch) -> None:
    # Given
    watch.see(29, "visible", "")
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When
    watch.see(33, "degraded", "not_compared")
    # Then
    assert watch.events == ["placed"]


def test_what_misses_events_still_ends_no_wall_twice(watch: Watch) -> None:
    # Given a hole that is told once a second
    watch.see(30, "degraded", "gap")
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When
    watch.see(33, "degraded", "gap")
    # Then a wall found since is followed
    assert watch.events == ["placed"]


def test_in_a_halt_walls_are_not_followed(watch: Watch) -> None:
    # Given
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When
    watch.judge.halt(HaltEvent("ACME", at(33), halted=True))
    watch.book(34, 100, 100)
    # Then
    assert watch.events == ["placed", "unseen"]


def test_what_is_beyond_sixty_lines_an_hour_is_counted(watch: Watch) -> None:
    # Given
    for number in range(MOST_LINES // 2 + 1):
        watch.book(30 + 5 * number, 100, 1_000)
        # When
        watch.book(33 + 5 * number, 100)
    # Then
    assert len(watch.lines()) == MOST_LINES
    assert watch.judge.publisher.counts["wall_not_told"] == 2


def test_under_own_scale_what_is_large_is_what_the_memory_says(tmp_path: Path) -> None:
    # Given own scale in its first block, which is silent
    watch = Watch(tmp_path)
    judge = MarketJudge(
        OrderFlowConfig(),
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
    )
    judge.publisher.add_listener(watch.told.append)
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    watch.judge = judge
    for second in range(30):
        watch.book(second, 100, 100)
    # When
    watch.book(30, 100, 5_000)
    watch.book(33, 100, 5_000)
    # Then
    assert watch.events == []


NOTICE = WallNotice(
    symbol="ACME",
    timestamp_utc=START + timedelta(seconds=8),
    event="pulled",
    side="ask",
    price_level=Decimal("100.01"),
    size=0,
    peak=5_000,
    executed=100,
    cancelled=4_900,
    added=0,
    refills=0,
    since=START,
    levels_away=None,
    left_out=0,
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "ask of 5,000 shares at 100.01 pulled after 8 s: 100 executed, 4,900 cancelled"),
        (
            {"event": "mixed", "refills": 1},
            (
                "ask of 5,000 shares at 100.01 partly pulled after 8 s: 100 executed, "
                "4,900 cancelled, refilled once"
            ),
        ),
        (
            {"event": "eaten", "refills": 2, "left_out": 3},
            (
                "ask of 5,000 shares at 100.01 eaten after 8 s: 100 executed, 4,900 cancelled, "
                "refilled 2 times (3 others not told)"
            ),
        ),
        (
            {"event": "left_view"},
            "ask of 5,000 shares at 100.01 is deeper than the book shows, after 8 s",
        ),
        ({"event": "unseen"}, "ask of 5,000 shares at 100.01 was not seen to its end"),
        (
            {"event": "placed", "levels_away": 0},
            "ask of 5,000 shares at 100.01 has stood 2 s, at the best",
        ),
        (
            {"event": "placed", "levels_away": 2},
            "ask of 5,000 shares at 100.01 has stood 2 s, 2 levels from the best",
        ),
        ({"event": "placed"}, "ask of 5,000 shares at 100.01 has stood 2 s"),
    ],
)
def test_what_happened_is_said_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    # Given
    members = {name: getattr(NOTICE, name) for name in WallNotice.__slots__}
    # When
    notice = WallNotice(**(members | changes))
    # Then
    assert notice.sentence == sentence


@pytest.mark.parametrize("event", ["placed", "hit", "eaten", "pulled", "mixed", "left_view"])
def test_no_sentence_names_an_intent(event: WallEvent) -> None:
    # Given
    members = {name: getattr(NOTICE, name) for name in WallNotice.__slots__}
    # When
    sentence = WallNotice(**(members | {"event": event})).sentence
    # Then
    assert not {"spoof", "fake", "manipul", "layer"} & set(sentence.lower().split())


def test_walls_that_are_not_followed_are_counted(watch: Watch) -> None:
    # Given five large bids
    watch.book(30, *[1_000] * 5)
    # When
    watch.book(32, *[1_000] * 5)
    # Then
    assert watch.judge.dropped()["walls_unfollowed"] == 1


def alerts(watch: Watch) -> list[OrderFlowAlert]:
    return [each for each in watch.told if isinstance(each, OrderFlowAlert)]


def test_a_large_bid_that_is_eaten_is_a_warning(watch: Watch) -> None:
    # Given
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When
    watch.sell(33, BID - CENT, 900)
    watch.book(33.1, 0, 100)
    # Then
    (alert,) = alerts(watch)
    assert (alert.source, alert.severity, alert.order_size) == ("bid_wall_eaten", "warning", 1_000)
    assert describe(alert) == (
        "10:00:33 ET ACME warning large bid eaten: 1,000 shares stood at 99.99"
    )


def test_it_counts_towards_no_exit_by_itself(watch: Watch) -> None:
    assert "bid_wall_eaten" not in watch.judge.config.counting_sources()


@pytest.mark.parametrize(("executed", "found"), [(449, 0), (450, 1)], ids=["below", "at"])
def test_a_bid_of_which_less_than_half_was_executed_is_no_alert(
    watch: Watch, executed: int, found: int
) -> None:
    # Given
    watch.book(30, 100, 1_000)
    watch.book(32, 100, 1_000)
    # When 900 shares go
    watch.sell(33, BID - CENT, executed)
    watch.book(33.1, 100, 100)
    # Then
    assert len(alerts(watch)) == found


def test_an_offer_that_is_eaten_is_no_alert(watch: Watch) -> None:
    # Given
    offers = ((ASK, 1_000 * UNITS_PER_SHARE), (ASK + CENT, 100 * UNITS_PER_SHARE))
    for second in (30, 32):
        watch.judge.book(BookEvent("ACME", at(second), ((BID, 100 * UNITS_PER_SHARE),), offers))
    # When
    watch.judge.trade(
        TradeEvent("ACME", at(33), ASK, 1_000 * UNITS_PER_SHARE, stated_side="buy", trade_id="1")
    )
    watch.judge.book(BookEvent("ACME", at(33), ((BID, 100 * UNITS_PER_SHARE),), offers[1:]))
    # Then
    assert watch.events == ["placed", "hit", "eaten"]
    assert alerts(watch) == []


@pytest.mark.parametrize(
    ("late_ns", "events"),
    [(10 * S, ["placed"]), (10 * S + 1, [])],
    ids=["at", "above"],
)
def test_what_comes_more_than_ten_seconds_late_is_old_news(
    watch: Watch, late_ns: int, events: list[str]
) -> None:
    # Given a book of the past, as at the start of a watch
    levels = ((BID, 100 * UNITS_PER_SHARE), (BID - CENT, 1_000 * UNITS_PER_SHARE))
    asks = ((ASK, 100 * UNITS_PER_SHARE),)
    # When
    for second in (30, 32):
        watch.judge.book(
            BookEvent("ACME", at(second), levels, asks, received_ns=at(second) + late_ns)
        )
    # Then
    assert watch.events == events
    assert watch.judge.publisher.counts["wall_late"] == 1 - len(events)
