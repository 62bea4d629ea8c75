"""Seeding: minute bars are asked for beside the judging, once a symbol, and never waited for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient, at, quote

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.seeding import Seeding, last_session
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.facts import MinuteBar
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.provider import History
from trading_bot.order_flow.threads.watch import Threads

CONFIG = OrderFlowConfig(polygon_api_key="k")


class Bars(StubClient):
    """A history with equal minutes of each symbol but those that fail."""

    def __init__(self, shares: int = 600, failing: Sequence[str] = ()) -> None:
        super().__init__()
        self.bars_asked: list[tuple[str, int, int]] = []
        self._shares = shares
        self._failing = failing

    def get_minutes(self, symbol: str, from_ns: int, to_ns: int) -> list[MinuteBar]:
        self.bars_asked.append((symbol, from_ns, to_ns))
        if symbol in self._failing:
            raise DataSourceError("the plan has none", code="plan")
        return [
            MinuteBar(stamp_ns, self._shares)
            for stamp_ns in range(from_ns, to_ns, 60 * NS_PER_SECOND)
        ]


class Rig:
    """A judge of some symbols, and what seeds it."""

    def __init__(self, history: History, *symbols: str, config: OrderFlowConfig = CONFIG) -> None:
        self.judge = MarketJudge(
            config, position_manager=Holdings(), client=StubClient(), clock=HandClock()
        )
        for symbol in symbols or ("ACME",):
            self.judge.watch(symbol, from_ns=at(0), now_ns=at(0))
            give(self.judge, quote(0.5, symbol))
        self.seeding = Seeding(self.judge, PolygonProvider(config, history), Threads())

    def look(self) -> None:
        self.seeding.look(at(1))
        for thread in threading.enumerate():
            if thread.name == "order-flow-bars":
                thread.join(5)

    def usual(self, symbol: str = "ACME") -> int:
        desk = self.judge.judges[symbol].desk
        return 0 if desk is None else desk.scale.usual_minute


def test_a_symbol_without_a_memory_is_seeded_at_the_next_look() -> None:
    # Given a symbol that has been quoted
    history = Bars()
    rig = Rig(history)
    # When it is looked at, and again once the answer is there
    rig.look()
    before = rig.usual()
    rig.look()
    rig.look()
    # Then it was asked for once, of the session before, and is seeded
    session = last_session(at(1))
    assert history.bars_asked == [("ACME", session.open_ns, session.close_ns - 1)]
    assert (before, rig.usual()) == (0, 600)


def test_nothing_is_asked_before_a_symbols_own_events_have_come() -> None:
    # Given a symbol of which nothing came
    history = Bars()
    rig = Rig(history)
    rig.judge.watch("BOLT", from_ns=at(0), now_ns=at(0))
    # When it is looked at
    rig.look()
    # Then only the other is asked for
    assert [symbol for symbol, _, _ in history.bars_asked] == ["ACME"]


def test_a_failure_costs_one_seed_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    # Given two symbols, the first of which has no bars
    rig = Rig(Bars(failing=["ACME"]), "ACME", "BOLT")
    # When they are asked for
    rig.look()
    rig.look()
    # Then the other is seeded, and it was said
    assert (rig.usual("ACME"), rig.usual("BOLT")) == (0, 600)
    assert [each.message for each in caplog.records] == ["order_flow.bars_not_had"]


def test_a_symbol_that_is_wanted_while_another_is_asked_for_waits_its_turn() -> None:
    # Given a question that has no answer yet
    asked, goes_on = threading.Event(), threading.Event()

    class Slow(Bars):
        def get_minutes(self, symbol: str, from_ns: int, to_ns: int) -> list[MinuteBar]:
            asked.set()
            assert goes_on.wait(10)
            return super().get_minutes(symbol, from_ns, to_ns)

    history = Slow()
    rig = Rig(history)
    rig.seeding.look(at(1))
    assert asked.wait(10)
    # When another symbol is wanted, and then the answer comes
    rig.judge.watch("BOLT", from_ns=at(0), now_ns=at(0))
    give(rig.judge, quote(0.5, "BOLT"))
    rig.seeding.look(at(2))
    goes_on.set()
    rig.look()
    rig.look()
    # Then the one thread has asked for both, one after the other
    assert [symbol for symbol, _, _ in history.bars_asked] == ["ACME", "BOLT"]
    assert (rig.usual("ACME"), rig.usual("BOLT")) == (600, 600)


def test_a_session_without_trades_seeds_nothing() -> None:
    # Given a symbol that traded nothing
    rig = Rig(Bars(shares=0))
    # When it is asked for
    rig.look()
    rig.look()
    # Then nothing is known
    assert rig.usual() == 0


def test_fixed_thresholds_need_no_seed() -> None:
    # Given a symbol judged by fixed thresholds
    history = Bars()
    rig = Rig(history, config=OrderFlowConfig(thresholds="fixed"))
    # When it is looked at
    rig.look()
    # Then nothing is asked
    assert history.bars_asked == []


def test_a_history_without_bars_is_not_asked() -> None:
    # Given a host's own history, which has none
    rig = Rig(StubClient())
    # When it is looked at
    rig.look()
    # Then nothing is known
    assert rig.usual() == 0


def test_once_it_is_over_nothing_is_asked() -> None:
    # Given a run that ends
    history = Bars()
    rig = Rig(history)
    # When it is closed before anything was wanted
    rig.seeding.close()
    # Then nothing is asked
    assert history.bars_asked == []


def test_a_seed_of_a_symbol_that_is_watched_no_more_is_dropped() -> None:
    # Given a symbol whose bars have come
    rig = Rig(Bars())
    rig.look()
    # When its watch ends before the next look
    rig.judge.unwatch("ACME")
    rig.look()
    # Then nothing is left of it
    assert rig.judge.symbols == ()


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-10T10:00", "2026-03-09"),
        ("2026-03-10T15:59", "2026-03-09"),
        ("2026-03-10T16:00", "2026-03-10"),
        ("2026-03-09T09:00", "2026-03-06"),
        ("2026-11-27T10:00", "2026-11-25"),
    ],
)
def test_the_last_session_is_the_newest_that_is_over(now: str, day: str) -> None:
    # Given a moment in New York
    moment = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    # When the last session is looked for
    found = last_session(ns_from_utc(moment))
    # Then it is that of the newest day that has closed
    opened = datetime.fromisoformat(f"{day}T09:30").replace(tzinfo=NEW_YORK)
    assert found.open_ns == ns_from_utc(opened)
