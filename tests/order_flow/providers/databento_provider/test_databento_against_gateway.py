"""Against the simulated market's gateway: whatever goes wrong, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pytest
from support.monitor_stubs import Holdings, position

from trading_bot.order_flow.config import Compression, OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.databento.packed import can_unpack
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.simulator.process import SimulatorProcess

pytestmark = pytest.mark.slow

WATCHED_SECONDS = 50
"""Of the market: its first large sellers and its first burst have come by then, and what a session
had to replay after a fault has caught up: it comes all at once, in which nothing is counted."""
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
    trades: int
    connections: int


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
            # Far more than is needed: a machine that is busy must not end it before.
            task = asyncio.create_task(monitor.run_async(600.0, mode="stream"))
            trades = 0
            while not task.done():
                await asyncio.sleep(0.02)
                judge = monitor.judge.judge_of("ACME")
                if judge is not None and judge.trade_ns <= until_ns:
                    trades = judge.trades
                elif judge is not None:
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
            return Seen(alerts, trades, dropped["connections"])

    return asyncio.run(run())


@cache
def undisturbed() -> Seen:
    return watched()


def test_prints_and_alerts_come_from_the_gateway_with_a_past() -> None:
    # Given a market in which nothing goes wrong
    # When it is watched
    seen = undisturbed()
    # Then what was before the watch is known, and what happens is told of
    assert seen.trades > 800
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
    # And of the prints none is missing and none counted twice, but for those just under way
    assert abs(seen.trades - undisturbed().trades) <= 2


@pytest.mark.skipif(not can_unpack(), reason="nothing here unpacks Zstandard")
@pytest.mark.parametrize("fault", [None, "gw_garbage,seconds=3,count=1"])
def test_packed_sessions_bring_the_same(fault: str | None) -> None:
    # Given a day as it is judged plain
    plain = undisturbed()
    # When it comes packed, and perhaps with bytes that are no record
    packed = watched(*([] if fault is None else [fault]), compression="zstd")
    # Then the same is found
    assert packed.alerts == plain.alerts
    assert abs(packed.trades - plain.trades) <= 2
    assert packed.connections == (1 if fault is None else 2)
