"""The specification's classes by hand find what the guard finds by polling the same answers."""

from __future__ import annotations

import runpy
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.simulator_helpers import HandClock

from trading_bot.order_flow import (
    ExitRecommendation,
    Found,
    MonitorEvent,
    OrderBookSnapshot,
    OrderFlowAlert,
    OrderFlowConfig,
    OrderFlowError,
    OrderFlowMonitor,
    PolygonClient,
    Tape,
    TimeAndSalesRecord,
)
from trading_bot.order_flow.market.newest import NewestKnown
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.providers.provider import FetchedTape
from trading_bot.positions import FixedPositionManager
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.running import RunningSimulator

EXAMPLE = Path(__file__).parents[1] / "examples" / "facade.py"
SECONDS = range(0, 52, 4)
"""By their end every scripted episode of the simulated market has begun."""


class Recorded:
    """The answers that the host's client was given, given again to whoever polls.

    Each answer moves the clock, so that the next poll is due; the last one of all ends the run.
    """

    def __init__(self, now: datetime) -> None:
        self.counters: Counter[str] = Counter()
        self.tapes: defaultdict[str, deque[Tape]] = defaultdict(deque)
        self.books: dict[str, OrderBookSnapshot | OrderFlowError] = {}
        self.on_end: Callable[[], None] = lambda: None
        self._now = now
        self._lock = threading.Lock()

    def clock(self) -> datetime:
        return self._now

    def get_snapshots(
        self, symbols: tuple[str, ...]
    ) -> Mapping[str, OrderBookSnapshot | OrderFlowError]:
        return {symbol: self.books[symbol] for symbol in symbols}

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Mapping[str, NewestKnown]:
        return {}

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        with self._lock:
            self._now += timedelta(seconds=1)
            if not self.tapes[symbol]:
                if not any(self.tapes.values()):
                    self.on_end()
                return FetchedTape((), ())
            tape = self.tapes[symbol].popleft()
            # Nothing is of later than the present.
            stamps = [each.sip_ns for each in (*tape.trades, *tape.beside)]
            self._now = max(self._now, utc_from_ns(max(stamps, default=0)))
        return FetchedTape(
            [each for each in tape.trades if each.sip_ns >= trades_from_ns],
            [each for each in tape.beside if each.sip_ns >= (quotes_from_ns or 0)],
        )

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        raise NotImplementedError(symbol)

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        raise NotImplementedError(symbol, start_time, end_time)

    def connectivity(self) -> str:
        return "ok"


def said(events: Iterable[object]) -> dict[str, list[Any]]:
    """Return alerts and exits by symbol, in order; of an exit all but the position's own fields."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for event in events:
        if isinstance(event, OrderFlowAlert):
            found[event.symbol].append((event.alert_id, event))
        elif isinstance(event, ExitRecommendation):
            ids = event.exit_id, event.alert_ids
            facts = event.timestamp_utc, event.urgency, event.price, event.reason
            found[event.symbol].append((*ids, *facts))
    return found


def test_the_classes_by_hand_find_what_the_guard_finds_by_polling_the_same_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given the simulated market, and positions in it that are held for long
    machine = HandClock()
    with RunningSimulator(clock=machine, started_at=machine.now) as market:
        config = OrderFlowConfig(
            thresholds="fixed",
            polygon_api_key=market.key,
            base_url=market.base_url,
            requests_per_second=90.0,
        )
        begun = market.clock()
        recorded = Recorded(begun)
        held = [replace(each, opened_at=begun - timedelta(hours=1)) for each in POSITIONS[:3]]
        positions = FixedPositionManager(held)
        ask_tape, ask_book = PolygonClient.get_time_and_sales, PolygonClient.get_level2_snapshot

        def note_tape(client: PolygonClient, symbol: str, start: datetime, end: datetime) -> Tape:
            recorded.tapes[symbol].append(tape := ask_tape(client, symbol, start, end))
            return tape

        def note_book(client: PolygonClient, symbol: str) -> OrderBookSnapshot:
            recorded.books[symbol] = book = ask_book(client, symbol)
            return book

        monkeypatch.setattr(PolygonClient, "get_time_and_sales", note_tape)
        monkeypatch.setattr(PolygonClient, "get_level2_snapshot", note_book)
        # When a host polls it by hand, every few seconds
        start_polling = runpy.run_path(str(EXAMPLE))["start_polling"]
        poll: Callable[[], list[Found]] = start_polling(config, positions, market.clock)
        by_hand: list[Found] = []
        for _ in SECONDS:
            by_hand += poll()
            machine.move(SECONDS.step)
    # When the guard polls, and is given the same answers
    by_guard: list[MonitorEvent] = []
    guard = OrderFlowMonitor(
        config,
        position_manager=positions,
        client=recorded,
        log_directory=None,
        clock=recorded.clock,
    )
    recorded.on_end = guard.stop
    guard.add_listener(by_guard.append)
    guard.run(60, mode="poll")
    assert guard.telling.close(10)
    # Then both have found the same alerts and the same exits, in the same order
    assert said(by_hand) == said(by_guard)
    # Then, too, there was something to find, of every kind
    alerts = [each for each in by_hand if isinstance(each, OrderFlowAlert)]
    assert {each.source or each.alert_type for each in alerts} == {
        "resting_bid",
        "aggressive_sell",
        "red_burst",
    }
    assert len({each.alert_id for each in alerts}) == len(alerts) >= 5
    assert any(isinstance(each, ExitRecommendation) for each in by_hand)
