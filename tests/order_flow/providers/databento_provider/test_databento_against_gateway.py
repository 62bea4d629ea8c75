"""Against the simulated market's gateway: whatever goes wrong, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import pytest
from support.monitor_stubs import Holdings, position

from trading_bot.order_flow.config import Compression, OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, TradeEvent, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.databento.packed import can_unpack
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge
from trading_bot.simulator.process import SimulatorProcess

pytestmark = pytest.mark.slow

WATCHED_SECONDS = 50
"""Of the market: its first large sellers and its first burst have come by then."""
SPEED = 3.0
FAULTS = {
    "closed and reset": ("gw_close,seconds=3,count=1", "gw_reset,seconds=6,count=1"),
    "hung up and an error": ("gw_hang_up,count=2", "gw_error,seconds=3,count=1"),
    "garbage and half a record": (
        "gw_garbage,seconds=3,count=1",
        "gw_half_record,seconds=6,count=1",
    ),
    "mapped anew and skipped": (
        "gw_remap,seconds=3,symbols=ACME,count=1",
        "gw_skip,seconds=3,symbols=ACME,count=30",
    ),
}
"""One after the other: their seconds count from the beginning of a session."""


class Seen(NamedTuple):
    """What a run has seen of ACME up to a moment of the market."""

    alerts: Sequence[tuple[str, int | None, int | None]]
    past: int
    """Prints from before the market began."""
    trades: int
    """Prints since."""
    connections: int


class Counted(MarketSink):
    """Counts the prints on their way to a judge, by their stamps."""

    def __init__(self, judge: MarketSink, start_ns: int, until_ns: int) -> None:
        self._judge = judge
        self._start_ns = start_ns
        self._until_ns = until_ns
        self.past = 0
        self.trades = 0

    def trade(self, event: Print) -> None:
        stamp_ns = TradeEvent(*event).sip_ns
        self.past += stamp_ns < self._start_ns
        self.trades += self._start_ns <= stamp_ns <= self._until_ns
        self._judge.trade(event)

    def quote(self, *args: Any, **named: Any) -> None:
        self._judge.quote(*args, **named)

    def book(self, event: BookEvent) -> None:
        self._judge.book(event)

    def withdraw(self, event: Withdrawal) -> None:
        self._judge.withdraw(event)

    def halt(self, event: HaltEvent) -> None:
        self._judge.halt(event)


def watched(*faults: str, compression: Compression = "none") -> Seen:
    """Watch ACME beside a market with faults."""

    async def run() -> Seen:
        with SimulatorProcess(depth=True, faults=faults, speed=SPEED) as simulator:
            start_ns = ns_from_utc(simulator.market_start)
            until_ns = start_ns + WATCHED_SECONDS * NS_PER_SECOND
            monitor = OrderFlowMonitor(
                OrderFlowConfig(
                    data_source="databento",
                    # A memory that begins with the watch depends on when that was.
                    thresholds="fixed",
                    bid_attack_executions=0,
                    base_url=simulator.depth_url,
                    compression=compression,
                ),
                position_manager=Holdings(position()),
                secrets=Secrets({"DATABENTO_API_KEY": simulator.key}, env_file=None),
                log_directory=None,
                clock=simulator.clock,
            )
            told: list[MonitorEvent] = []
            monitor.add_listener(told.append)
            counted: list[Counted] = []

            def count(judge: SymbolJudge) -> MarketSink:
                counted.append(Counted(judge, start_ns, until_ns))
                return counted[-1]

            # What a replay brings comes all at once: a look from time to time would miss it.
            monitor.judge._in_front_of = count  # type: ignore[method-assign]
            # Far more than is needed: a machine that is busy must not end it before.
            task = asyncio.create_task(monitor.run_async(600.0, mode="stream"))
            while not task.done():
                await asyncio.sleep(0.02)
                judge = monitor.judge.judge_of("ACME")
                if judge is not None and judge.trade_ns > until_ns:
                    break
            monitor.stop()
            await task
            dropped = monitor.judge.dropped()
            alerts = sorted(
                (each.source or each.alert_type, each.order_size, each.timestamp_ns)
                for each in told
                if isinstance(each, OrderFlowAlert)
                and start_ns <= (each.timestamp_ns or 0) <= until_ns
            )
            (of_acme,) = counted
            return Seen(alerts, of_acme.past, of_acme.trades, dropped["connections"])

    return asyncio.run(run())


@cache
def undisturbed() -> Seen:
    return watched()


def test_prints_and_alerts_come_from_the_gateway_with_a_past() -> None:
    # Given a market in which nothing goes wrong
    # When it is watched
    seen = undisturbed()
    # Then what was before the watch is known, and what happens is told of
    assert seen.past > 500
    assert seen.trades > 50
    told = {source for source, _, _ in seen.alerts}
    assert told == {"aggressive_sell", "red_burst"}
    assert seen.connections == 1


@pytest.mark.parametrize("kind", FAULTS)
def test_whatever_goes_wrong_the_same_is_told(kind: str) -> None:
    # Given a gateway that goes wrong
    # When it is watched
    seen = watched(*FAULTS[kind])
    assert seen.connections > 1
    # Then every alert comes with its stamp, as if nothing had happened
    assert seen.alerts == undisturbed().alerts
    # And of the prints none is missing and none comes twice
    assert seen.trades == undisturbed().trades


@pytest.mark.skipif(not can_unpack(), reason="nothing here unpacks Zstandard")
@pytest.mark.parametrize("fault", [None, "gw_garbage,seconds=3,count=1"])
def test_packed_sessions_bring_the_same(fault: str | None) -> None:
    # Given a day as it is judged plain
    plain = undisturbed()
    # When it comes packed, and perhaps with bytes that are no record
    packed = watched(*([] if fault is None else [fault]), compression="zstd")
    # Then the same is found
    assert packed.alerts == plain.alerts
    assert packed.trades == plain.trades
    assert packed.connections == (1 if fault is None else 2)
