"""What is told and recorded of a symbol that is judged on its own scale."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from support.market import give_quote, give_trade
from support.monitor_stubs import HandClock, Holdings, StubClient

from trading_bot.order_flow.calendar import session_of
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import alert_from_record
from trading_bot.order_flow.journal.profile import profile_hash
from trading_bot.order_flow.journal.said import exit_from_record
from trading_bot.order_flow.journal.worth import worth_of_exits
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import iso_utc, utc_from_ns
from trading_bot.order_flow.notices import MonitorEvent, RegimeNotice
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.own_scale.day_volume import Regime
from trading_bot.order_flow.rules.own_scale.memory import BLOCK_NS, BLOCKS, NEVER, OwnScale

S = 1_000_000_000
BID, ASK = 100_000_000, 100_020_000
HELD = Position("ACME", 150, 101, 99, opened_at=utc_from_ns(0))


def open_of(day: date) -> int:
    session = session_of(day)
    assert session is not None
    return session.open_ns


FIRST_NS, SECOND_NS = open_of(date(2026, 3, 10)), open_of(date(2026, 3, 11))


class Watch:
    """A held symbol with a memory of one day, on the day after, and all that is said of it."""

    def __init__(self, folder: Path | None = None, *symbols: str) -> None:
        self.folder = folder
        self.judge = MarketJudge(
            OrderFlowConfig(),
            position_manager=Holdings(HELD),
            client=StubClient(),
            clock=HandClock(utc_from_ns(SECOND_NS)),
            alert_log=None if folder is None else AlertLog(folder),
            wall_fields=False,
        )
        self.told: list[MonitorEvent] = []
        self.judge.publisher.add_listener(self.told.append)
        for symbol in ("ACME", *symbols):
            self.judge.watch(symbol, from_ns=SECOND_NS, now_ns=SECOND_NS)
        remember(self.scale())

    def scale(self, symbol: str = "ACME") -> OwnScale:
        desk = self.judge.judges[symbol].desk
        assert desk is not None
        return desk.scale

    def quote(self, second: float, bid: int = BID, *, symbol: str = "ACME") -> None:
        at_ns = SECOND_NS + round(second * S)
        give_quote(self.judge, symbol, at_ns, bid, 40, bid + ASK - BID, 40)

    def trade(
        self, second: float, price: int = BID, shares: int = 100, *, symbol: str = "ACME"
    ) -> None:
        give_trade(self.judge, symbol, SECOND_NS + round(second * S), price, shares)

    def sell(self, second: float, shares: int) -> None:
        self.quote(second - 0.5)
        self.trade(second, BID, shares)

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.told if isinstance(each, kind)]

    def lines(self, event: str) -> list[dict[str, Any]]:
        assert self.folder is not None
        self.judge.publisher.keep_record({}, utc_from_ns(SECOND_NS))
        found = []
        for path in sorted(self.folder.glob("*.jsonl")):
            found += [json.loads(line) for line in path.read_bytes().splitlines()]
        return [each for each in found if each["event"] == f"order_flow.{event}"]


def remember(scale: OwnScale) -> None:
    """Give a memory of a day of 1,000 shares a minute, whose largest orders were 1 to 195 lots."""
    state = scale.state()
    state.open_ns, state.close_ns = FIRST_NS, FIRST_NS + BLOCKS * BLOCK_NS
    state.place = state.seen_today = BLOCKS
    state.began = [FIRST_NS + place * BLOCK_NS for place in range(BLOCKS)]
    state.volumes = [2_000] * BLOCKS
    state.peaks = [
        [0] * BLOCKS,
        [100 * n for n in range(1, BLOCKS + 1)],
        [0] * BLOCKS,
        [0] * BLOCKS,
    ]
    state.curves = [[15_000 * quarter for quarter in range(1, 27)]]
    scale.restore(state)
    scale.watch_from(SECOND_NS)


def test_an_alert_carries_its_place_and_what_was_so(tmp_path: Path) -> None:
    # Given a held symbol, a falling market, and a quarter of an hour at the usual volume
    watch = Watch(tmp_path, "SPY")
    for second in range(0, 1_021, 15):
        watch.trade(second, ASK, 250)
        price = 400_000_000 if second < 1_000 else 399_600_000
        watch.quote(second, price, symbol="SPY")
        watch.trade(second + 0.1, price, symbol="SPY")
    # When an order is sold that has been exceeded in the last 14 minutes of yesterday only
    watch.sell(1_021, 18_850)
    # Then the alert says so, and what leaving would cost
    (alert,) = watch.of(OrderFlowAlert)
    scale, facts = alert.scale, alert.facts
    assert (scale.rank, scale.of, scale.usual_minute, scale.lead) == (8, 195, 1_000, 0)
    assert scale.larger_at == utc_from_ns(FIRST_NS + 194 * BLOCK_NS)
    assert asdict(facts) == {
        "queue_imbalance": 0.0,
        "market_bp": -10,
        "above_low_bp": 0,
        "day_volume_ratio": 2.12,
        "spread": Decimal("0.02"),
        "leaving_bp": 1.0,
        "bid_shares": 40,
        "held_shares": Decimal(150),
        "leaving_usd": Decimal("1.50"),
    }
    # And its line is read back as the same alert
    (line,) = watch.lines("large_seller_detected")
    assert line["scale"]["larger_at"] == "2026-03-10T19:58:00.000000Z"
    assert alert_from_record(line) == alert


def test_a_suggested_exit_carries_facts_and_worth(tmp_path: Path) -> None:
    # Given a held symbol
    watch = Watch(tmp_path)
    watch.quote(0)
    # When three orders are sold within the window that are large for it
    for second in (601, 631, 661):
        watch.sell(second, 19_600)
    # Then the suggestion says how far the stop is, what leaving costs, and what it is worth
    (exit_,) = watch.of(ExitRecommendation)
    assert exit_.worth == worth_of_exits(OrderFlowConfig())
    assert exit_.facts.leaving_usd == Decimal("1.50")
    assert exit_.spreads_to_stop == 50.0
    # And its line is read back as the same, told again
    (line,) = watch.lines("exit_signal_triggered")
    again = exit_from_record(line, {each.alert_id: each for each in exit_.alerts})
    assert (again.facts, again.worth, again.repeated) == (exit_.facts, exit_.worth, True)


def test_a_suggestion_is_repeated_with_the_facts_of_then() -> None:
    # Given an exit that was suggested, and sellers that keep pressing
    watch = Watch()
    watch.quote(0)
    for second in range(601, 1_010, 40):
        watch.sell(second, 19_600 + 10 * second)
    # When five minutes are over
    exits = watch.of(ExitRecommendation)
    # Then it was suggested again, with facts
    assert len(exits) == 2
    assert all(each.facts is not None and each.worth for each in exits)


def test_a_day_of_twice_the_usual_volume_is_told_once(tmp_path: Path) -> None:
    # Given a symbol that trades twice as much as the day before
    watch = Watch(tmp_path)
    # When half an hour has gone
    for second in range(0, 1_800, 3):
        watch.quote(second)
        watch.trade(second, ASK, 105)
    # Then it is told once, at the end of the first block after a quarter of an hour
    (notice,) = watch.of(RegimeNotice)
    assert (notice.symbol, notice.times, notice.shares, notice.usual) == ("ACME", 2, 33_600, 16_000)
    assert notice.timestamp_utc == utc_from_ns(SECOND_NS + 960 * S)
    (line,) = watch.lines("regime")
    assert {name: line[name] for name in ("times", "shares", "usual", "days")} == {
        "times": 2,
        "shares": 33_600,
        "usual": 16_000,
        "days": 1,
    }


def test_a_session_ends_with_a_line_of_its_counts(tmp_path: Path) -> None:
    # Given a day with an alert
    watch = Watch(tmp_path)
    watch.quote(0)
    watch.sell(601, 19_600)
    # When the first print after the close comes
    watch.trade(23_401)
    # Then one line holds the counts and the last thresholds
    (line,) = watch.lines("scale")
    assert (line["timestamp"], line["symbol"]) == ("2026-03-11T20:00:00.000000Z", "ACME")
    assert (line["alerts"], line["held_back"], line["eased"]) == (1, 0, 0)
    assert line["thresholds"]["ask_wall"] is None
    assert line["memory_from"] == iso_utc(utc_from_ns(SECOND_NS))
    # And the end of the watch adds none
    watch.judge.write_stopped()
    assert len(watch.lines("scale")) == 1


def test_a_watch_that_ends_within_a_session_says_how_far_it_came(tmp_path: Path) -> None:
    # Given a symbol within its session, another that was never seen, and one that is not ranked
    watch = Watch(tmp_path, "BOLT")
    watch.quote(0)
    watch.trade(600)
    # When the watch of both ends
    watch.judge.retire("ACME")
    watch.judge.unwatch("BOLT")
    watch.judge.unwatch("CLIF")
    # Then the line of the first says until when
    (line,) = watch.lines("scale")
    assert (line["timestamp"], line["alerts"]) == ("2026-03-11T13:40:00.000000Z", 0)


def test_the_line_of_a_session_says_by_what_memory_it_was_judged(tmp_path: Path) -> None:
    # Given a symbol whose watch began with a memory of the day before
    watch = Watch(tmp_path)
    memory = watch.scale().state()
    watch.judge.unwatch("ACME")
    watch.judge.watch("ACME", from_ns=SECOND_NS, now_ns=SECOND_NS, memory=memory)
    watch.quote(0)
    # When it ends within the session
    watch.trade(600)
    watch.judge.write_stopped()
    # Then its line holds the age of the memory, and the hash of what it began with
    (line,) = watch.lines("scale")
    assert line["memory_from"] == iso_utc(utc_from_ns(FIRST_NS + 5 * BLOCK_NS))
    assert line["profile_hash"] == profile_hash({"ACME": memory})


def test_the_line_of_a_session_without_any_memory_says_so(tmp_path: Path) -> None:
    # Given a symbol whose watch began with nothing
    watch = Watch(tmp_path, "BOLT")
    # When it ends before its first block does
    watch.quote(0, symbol="BOLT")
    watch.judge.write_stopped()
    # Then neither an age nor a hash is told
    (line,) = [each for each in watch.lines("scale") if each["symbol"] == "BOLT"]
    assert (line["memory_from"], line["profile_hash"]) == (None, None)


def test_what_a_quote_has_found_is_told_with_the_next_print() -> None:
    # Given something that waits to be told as an alert is written
    watch = Watch()
    watch.quote(0)
    watch.trade(600, ASK)
    watch.scale().to_tell.append(Regime(2, 20, 10, 1))
    # When the alert's print comes
    watch.sell(601, 19_600)
    # Then both are told, the alert first
    assert [type(each) for each in watch.told] == [OrderFlowAlert, RegimeNotice]


def test_a_market_that_is_not_watched_is_no_fact() -> None:
    # Given no market
    watch = Watch()
    watch.quote(0)
    # When an alert comes
    watch.sell(601, 19_600)
    # Then nothing is said of it
    assert watch.of(OrderFlowAlert)[0].facts.market_bp is None


def test_the_state_of_a_symbol_outlives_a_run() -> None:
    # Given a symbol within its day
    watch = Watch()
    watch.quote(0)
    for second in range(0, 1_000, 10):
        watch.trade(second, ASK, 500)
    scale = watch.scale()
    again = OwnScale(scale.rules)
    # When another goes on from its state as it is written
    plain = msgspec.json.decode(msgspec.json.encode(scale.state()), type=type(scale.state()))
    again.restore(plain)
    # Then low, volume by time and what was told are the same
    assert again.low_ticks == scale.low_ticks != NEVER
    assert (again.day.today, again.day.told, again.day.is_whole) == (
        (scale.day.today, scale.day.told, scale.day.is_whole)
    )
    assert again.state() == scale.state()


def test_a_line_that_is_found_again_counts_once() -> None:
    # Given a large order that was told
    watch = Watch()
    watch.sell(1, 2_000_000)
    # When its symbol is watched anew from before it, and the same events come again
    watch.judge.unwatch("ACME")
    watch.judge.watch("ACME", from_ns=SECOND_NS, now_ns=SECOND_NS)
    remember(watch.scale())
    watch.sell(1, 2_000_000)
    # Then it is told once, and is one line of the day
    assert len([each for each in watch.told if isinstance(each, OrderFlowAlert)]) == 1
    assert watch.scale().lines_today == 1


def test_a_watch_that_begins_on_a_day_without_a_session_knows_no_lines() -> None:
    # Given a Sunday
    watch = Watch()
    sunday_ns = open_of(date(2026, 3, 16)) - 24 * 3_600 * S
    # When a symbol is watched from then on
    watch.judge.watch("BOLT", from_ns=sunday_ns, now_ns=sunday_ns)
    # Then it has a scale without a line
    assert watch.scale("BOLT").lines_today == 0
