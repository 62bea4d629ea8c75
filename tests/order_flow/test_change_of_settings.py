"""Other settings hold for every symbol from one event to the next, and cost nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, at, position

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, utc_from_ns
from trading_bot.order_flow.notices import GuardState, MonitorEvent, ThresholdNotice
from trading_bot.order_flow.recommendation import ExitRecommendation

S = 1_000_000_000


class Watch:
    """Symbols that are watched by fixed numbers, and all that is told of them."""

    def __init__(self, *symbols: str, folder: Path | None = None, **numbers: Any) -> None:
        self.config = OrderFlowConfig(thresholds="fixed", **numbers)
        self.clock = HandClock()
        symbols = symbols or ("ACME",)
        self.judge = MarketJudge(
            self.config,
            position_manager=Holdings(*map(position, symbols)),
            client=StubClient(),
            clock=self.clock,
            alert_log=None if folder is None else AlertLog(folder),
            wall_fields=False,
        )
        self.told: list[MonitorEvent] = []
        self.judge.publisher.add_listener(self.told.append)
        self.judge.read_positions()
        for symbol in symbols:
            self.judge.watch(symbol, from_ns=at(0), now_ns=at(0))

    def change(self, **numbers: Any) -> OrderFlowConfig:
        self.judge.change_settings(OrderFlowConfig(thresholds="fixed", **numbers))
        return self.judge.config

    def quote(self, second: float, bid: int = 500, ask: int = 500, symbol: str = "ACME") -> None:
        give_quote(self.judge, symbol, at(second), BID, bid, ASK, ask)

    def sell(self, second: float, shares: int, symbol: str = "ACME") -> None:
        self.quote(second - 0.5, symbol=symbol)
        give_trade(self.judge, symbol, at(second), BID, shares)

    def buy(self, second: float, shares: int) -> None:
        give_trade(self.judge, "ACME", at(second), ASK, shares)

    def take(self) -> list[tuple[str, int | None]]:
        """Return source, or type, and size of each alert since the last call."""
        told, self.told[:] = list(self.told), []
        return [
            (each.source or each.alert_type, each.order_size)
            for each in told
            if isinstance(each, OrderFlowAlert)
        ]


@pytest.mark.parametrize("shares", [19_999, 20_000, 20_001])
def test_a_raised_threshold_holds_from_the_next_order_on(shares: int) -> None:
    # Given a threshold of 10,000 shares, at which an order alerts
    watch = Watch()
    watch.sell(1, 10_000)
    before = watch.take()
    # When it is raised to 20,000
    watch.change(large_order_size_threshold=20_000)
    watch.sell(2, shares)
    # Then orders of that size alert, and smaller ones do not
    assert before == [("aggressive_sell", 10_000)]
    assert watch.take() == ([("aggressive_sell", shares)] if shares >= 20_000 else [])


@pytest.mark.parametrize("shares", [4_999, 5_000, 5_001])
def test_a_lowered_threshold_holds_from_the_next_order_on(shares: int) -> None:
    # Given a threshold of 10,000 shares, below which no order alerts
    watch = Watch()
    watch.sell(1, 9_999)
    before = watch.take()
    # When it is lowered to 5,000
    watch.change(large_order_size_threshold=5_000)
    watch.sell(2, shares)
    # Then orders of that size alert, and smaller ones do not
    assert before == []
    assert watch.take() == ([("aggressive_sell", shares)] if shares >= 5_000 else [])


def test_every_symbol_is_judged_by_it_at_once_but_for_its_own_numbers() -> None:
    # Given three symbols, one of which has a number of its own
    watch = Watch("ACME", "BOLT", "CLIF")
    # When the threshold is raised for all but that one
    watch.change(
        large_order_size_threshold=20_000,
        symbol_overrides={"CLIF": {"large_order_size_threshold": 12_000}},
    )
    for symbol in ("ACME", "BOLT", "CLIF"):
        watch.sell(2, 15_000, symbol)
    # Then the one alerts
    assert [each.symbol for each in watch.told if isinstance(each, OrderFlowAlert)] == ["CLIF"]


def test_a_symbol_that_is_watched_later_is_judged_by_it() -> None:
    # Given a threshold that was raised
    watch = Watch()
    watch.change(large_order_size_threshold=20_000)
    # When another symbol is watched
    watch.judge.watch("BOLT", from_ns=at(1), now_ns=at(1))
    watch.sell(2, 19_999, "BOLT")
    watch.sell(3, 20_000, "BOLT")
    # Then its orders alert from there on
    assert watch.take() == [("aggressive_sell", 20_000)]


def test_a_bid_that_stands_alerts_once_it_is_large() -> None:
    # Given a bid of less than the threshold
    watch = Watch()
    watch.quote(1, bid=8_000)
    before = watch.take()
    # When the threshold is lowered to it, and the bid stands on
    watch.change(large_order_size_threshold=8_000)
    watch.quote(2, bid=8_000)
    watch.quote(3, bid=8_000)
    # Then it is told, once
    assert before == []
    assert watch.take() == [("resting_bid", 8_000)]


def test_a_bid_that_was_told_is_not_told_again() -> None:
    # Given a bid that was told
    watch = Watch()
    watch.quote(1, bid=12_000)
    before = watch.take()
    # When the threshold is lowered while it stands
    watch.change(large_order_size_threshold=9_000)
    watch.quote(2, bid=12_000)
    # Then it is not told again
    assert (before, watch.take()) == ([("resting_bid", 12_000)], [])


def test_levels_of_a_book_are_judged_by_it() -> None:
    # Given a book of less than the threshold
    watch = Watch()
    bids = tuple((BID - step, 8_000 * UNITS_PER_SHARE) for step in (0, 10_000))
    watch.judge.book(BookEvent("ACME", at(1), bids, ((ASK, UNITS_PER_SHARE),)))
    before = watch.take()
    # When the threshold is lowered to its levels
    watch.change(large_order_size_threshold=8_000)
    watch.judge.book(BookEvent("ACME", at(2), bids, ((ASK, UNITS_PER_SHARE),)))
    # Then each is told
    assert (before, watch.take()) == ([], [("resting_bid", 8_000)] * 2)


@pytest.mark.parametrize(("threshold", "told"), [(12_000, True), (12_001, False)])
def test_an_offer_in_the_making_is_judged_by_the_new_threshold(threshold: int, told: bool) -> None:
    # Given an offer that has stood for a second
    watch = Watch()
    watch.quote(1, ask=12_000)
    # When the threshold is raised to it or beyond, and the next that comes is a print
    watch.change(large_order_size_threshold=threshold)
    watch.buy(3, 100)
    # Then it is told where it is still large
    assert watch.take() == ([("ask_wall", 12_000)] if told else [])


def test_an_offer_that_has_stood_is_told_once_it_is_large() -> None:
    # Given an offer of less than the threshold
    watch = Watch()
    watch.quote(1, ask=8_000)
    # When the threshold is lowered to it, and it stands for two seconds more
    watch.change(large_order_size_threshold=8_000)
    watch.quote(2, ask=8_000)
    watch.buy(3.999, 100)
    before = watch.take()
    watch.buy(4, 100)
    # Then it is told then
    assert (before, watch.take()) == ([], [("ask_wall", 8_000)])


def burst(watch: Watch, shares: int) -> list[tuple[str, int | None]]:
    """Sell so many shares in a minute, after five of 3,000 bought ones each."""
    for minute in range(5):
        watch.buy(60 * minute + 30, 1_500)
        watch.buy(60 * minute + 40, 1_500)
    watch.quote(359)
    give_trade(watch.judge, "ACME", at(360), BID, shares)
    return watch.take()


PLAIN: dict[str, Any] = {"minimum_baseline_prints": 0, "large_order_size_threshold": 1_000_000}


@pytest.mark.parametrize("shares", [17_999, 18_000, 18_001])
def test_a_raised_burst_is_judged_with_the_windows_as_they_are(shares: int) -> None:
    # Given bursts from three times the usual minute
    watch = Watch(**PLAIN)
    watch.quote(0)
    # When they are raised to six times before any minute was seen
    watch.change(**PLAIN, volume_spike_threshold=6.0, red_burst_threshold=6.0)
    # Then a burst is one from there on
    assert burst(watch, shares) == ([("red_burst", None)] if shares >= 18_000 else [])


@pytest.mark.parametrize("shares", [4_499, 4_500, 4_501])
def test_a_lowered_burst_counts_in_the_calm_that_was_reckoned_before(shares: int) -> None:
    # Given five calm minutes
    watch = Watch(**PLAIN)
    watch.quote(0)
    for minute in range(5):
        watch.buy(60 * minute + 30, 3_000)
    watch.quote(359)
    give_trade(watch.judge, "ACME", at(359.5), BID, 1)
    # When bursts are lowered to one and a half times the usual minute in the middle of them
    watch.change(**PLAIN, volume_spike_threshold=1.5, red_burst_threshold=1.5)
    give_trade(watch.judge, "ACME", at(360), BID, shares - 1)
    # Then a burst of that is one, by the minutes that were seen before
    assert watch.take() == ([("red_burst", None)] if shares >= 4_500 else [])


@pytest.mark.parametrize(("least", "told"), [(9, True), (10, True), (11, False)])
def test_the_prints_of_a_baseline_are_asked_for_as_set_now(least: int, told: bool) -> None:
    # Given a baseline that asks for no prints
    watch = Watch(**PLAIN)
    watch.quote(0)
    # When some are asked for
    watch.change(**PLAIN | {"minimum_baseline_prints": least})
    # Then a burst over ten of them is told where they are enough
    assert burst(watch, 12_000) == ([("red_burst", None)] if told else [])


# What makes an exit due.


def exits(watch: Watch) -> list[ExitRecommendation]:
    return [each for each in watch.told if isinstance(each, ExitRecommendation)]


@pytest.mark.parametrize(("window", "due"), [(59, False), (60, True), (61, True)])
def test_the_window_of_the_exit_is_as_set_now(window: int, due: bool) -> None:
    # Given two large sellers
    watch = Watch()
    watch.sell(1, 10_000)
    watch.sell(31, 10_000)
    # When the window is made shorter, and a third comes a minute after the first
    watch.change(alert_window_seconds=window)
    watch.sell(61, 10_000)
    # Then they make an exit due where all lie in it
    assert len(exits(watch)) == due


def test_what_was_said_counts_on_whatever_the_thresholds_are_now() -> None:
    # Given two large sellers
    watch = Watch()
    watch.sell(1, 10_000)
    watch.sell(31, 10_000)
    # When the threshold is raised, and a third comes that reaches it
    watch.change(large_order_size_threshold=20_000)
    watch.sell(61, 20_000)
    # Then the three make an exit due, by the ids that each was told by
    (exit_,) = exits(watch)
    told = [each.alert_id for each in watch.told if isinstance(each, OrderFlowAlert)]
    assert [each.alert_id for each in exit_.alerts] == told
    assert len(set(told)) == 3


def test_an_exit_names_alerts_as_they_stand_in_the_record(tmp_path: Path) -> None:
    # Given two large sellers, a change, and a third
    watch = Watch(folder=tmp_path)
    watch.sell(1, 10_000)
    watch.sell(31, 10_000)
    watch.change(large_order_size_threshold=9_000)
    # When that one makes an exit due
    watch.sell(61, 10_000)
    # Then its line names the lines of all three
    lines = lines_of(tmp_path)
    ids = [each["alert_id"] for each in lines if "alert_id" in each]
    (found,) = [each for each in lines if each["event"].endswith("exit_signal_triggered")]
    assert found["alert_ids"] == ids
    assert len(ids) == 3


def test_sources_that_count_are_as_set_now() -> None:
    # Given two large sellers
    watch = Watch()
    watch.sell(1, 10_000)
    watch.sell(31, 10_000)
    # When their source counts no more
    watch.change(exit_sources=("ask_wall",))
    watch.sell(61, 10_000)
    # Then a third makes no exit due
    assert exits(watch) == []
    assert not watch.judge.detector.should_trigger_exit("ACME", as_of=utc_from_ns(at(61)))


# What is watched.


def test_the_watchlist_is_as_set_now() -> None:
    # Given a held symbol
    watch = Watch()
    before = watch.judge.read_positions()
    # When a watchlist is set
    watch.change(monitoring_mode="watchlist", watchlist=("BOLT", "CLIF"))
    after = watch.judge.read_positions()
    watch.change(monitoring_mode="watchlist", watchlist=("CLIF",))
    # Then it is watched beside it
    assert (before, after) == (("ACME",), ("ACME", "BOLT", "CLIF"))
    assert watch.judge.read_positions() == ("ACME", "CLIF")


def test_settings_are_looked_at_before_the_positions() -> None:
    # Given somebody who sets a watchlist when asked
    watch = Watch()

    def set_a_watchlist() -> None:
        watch.change(monitoring_mode="watchlist", watchlist=("BOLT",))

    watch.judge.look_at_settings = set_a_watchlist
    # When the positions are read
    # Then what is watched is what that says
    assert watch.judge.read_positions() == ("ACME", "BOLT")


# What is told and recorded.


def lines_of(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.glob("*.jsonl")
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_change_is_recorded_with_both_hashes_and_each_value(tmp_path: Path) -> None:
    # Given a watch that keeps a record
    watch = Watch(folder=tmp_path, polygon_api_key="a-secret-key")
    before = watch.config.config_hash
    # When two settings change
    after = watch.change(
        large_order_size_threshold=20_000, watchlist=("BOLT",), polygon_api_key="a-secret-key"
    ).config_hash
    watch.sell(1, 20_000)
    # Then the record says so, and later alerts have the new hash
    changed, alert = lines_of(tmp_path)
    assert changed == {
        "schema": 1,
        "event": "order_flow.settings_changed",
        "timestamp": "2026-03-10T14:00:00.000000Z",
        "symbol": None,
        "old_hash": before,
        "new_hash": after,
        "changed": {
            "large_order_size_threshold": {"old": None, "new": 20_000},
            "watchlist": {"old": [], "new": ["BOLT"]},
        },
        "latency_ms": None,
        "logged_at": None,
    }
    assert alert["config_hash"] == after != before
    assert "a-secret-key" not in (tmp_path / "2026-03-10.jsonl").read_text()


def test_a_change_is_told_once_it_is_done() -> None:
    # Given a listener that looks at the settings when it is told
    watch = Watch()
    seen: list[int] = []
    watch.judge.publisher.add_listener(
        lambda _: seen.append(watch.judge.detector.config.large_order_size_threshold)
    )
    # When they change
    watch.change(large_order_size_threshold=20_000)
    # Then it is told in words, and finds the new ones
    (told,) = watch.told
    assert told == GuardState(
        "settings_changed",
        None,
        "large_order_size_threshold not stated -> 20000",
        watch.clock(),
    )
    assert (seen, watch.judge.publisher.counts["settings_changed"]) == ([20_000], 1)


def test_a_change_that_only_the_watchlist_has_keeps_the_hash(tmp_path: Path) -> None:
    # Given a watch that keeps a record
    watch = Watch(folder=tmp_path)
    # When the watchlist alone changes
    watch.change(watchlist=("BOLT",))
    # Then alerts keep their ids
    (line,) = lines_of(tmp_path)
    assert line["old_hash"] == line["new_hash"] == watch.config.config_hash


def test_whether_a_threshold_fits_is_judged_anew_where_it_has_changed() -> None:
    # Given two symbols of which it was said that their usual size exceeds the threshold
    watch = Watch("ACME", "BOLT")

    def notices() -> list[str]:
        start = round((watch.clock() - HandClock()()).total_seconds())
        for second in range(1, 1_300):
            for symbol in ("ACME", "BOLT"):
                watch.quote(start + second, bid=30_000, symbol=symbol)
            watch.judge.every_second(at(start + second))
        watch.clock.move(1_300)
        told, watch.told[:] = list(watch.told), []
        return [each.symbol for each in told if isinstance(each, ThresholdNotice)]

    first, again = notices(), notices()
    # When one of them gets another
    watch.change(symbol_overrides={"BOLT": {"large_order_size_threshold": 20_000}})
    # Then it is said again of that one
    assert (first, again, notices()) == (["ACME", "BOLT"], [], ["BOLT"])
