"""A watch of the gateway that is captured gives the same lines again, whatever goes wrong in it."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from support.monitor_stubs import Holdings, position

from trading_bot.cli import app as cli
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.simulator.process import SimulatorProcess

pytestmark = pytest.mark.slow

WATCHED_SECONDS = 30
"""Of the market: its first large sellers and its first burst have come by then."""
SPEED = 3.0
TOLD = ("large_seller_detected", "red_burst_detected", "exit_signal_triggered")
FAULTS = {
    "nothing": [],
    "closed and reset": ["gw_close,seconds=2,count=1", "gw_reset,seconds=4,count=2"],
    "garbage and half a record": [
        "gw_garbage,seconds=2,count=1",
        "gw_half_record,seconds=4,count=1",
    ],
    "skipped and mapped anew": [
        "gw_skip,seconds=3,symbols=ACME,count=30",
        "gw_remap,seconds=4,symbols=ACME,count=1",
    ],
}


def captured(folder: Path, faults: list[str]) -> int:
    """Watch two symbols of a market with faults, and capture it; return how often it was left."""
    with SimulatorProcess(depth=True, faults=faults, speed=SPEED) as simulator:
        until_ns = ns_from_utc(simulator.market_start) + WATCHED_SECONDS * NS_PER_SECOND
        config = OrderFlowConfig(data_source="databento", base_url=simulator.depth_url)
        recorder = CaptureWriter(folder / "capture", config, clock=simulator.clock)
        monitor = OrderFlowMonitor(
            config,
            position_manager=Holdings(position(), position("BOLT")),
            secrets=Secrets({"DATABENTO_API_KEY": simulator.key}, env_file=None),
            log_directory=folder / "record",
            clock=simulator.clock,
            wall_fields=False,
            record_to=recorder,
        )
        thread = Thread(target=monitor.run, args=(60.0,), kwargs={"mode": "stream"})
        thread.start()
        while thread.is_alive() and ns_from_utc(simulator.clock()) < until_ns:
            thread.join(0.05)
        monitor.stop()
        thread.join()
        recorder.close()
        return monitor.judge.dropped()["connections"]


def told_in(record: Path) -> list[str]:
    """Return the lines of a record that tell of alerts and exits."""
    return [
        line
        for path in sorted(record.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if json.loads(line)["event"].removeprefix("order_flow.") in TOLD
    ]


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_a_capture_tells_the_same_to_the_byte(tmp_path: Path, faults: list[str]) -> None:
    # Given a captured watch of a gateway that goes wrong
    connections = captured(tmp_path, faults)
    assert (connections > 1) == bool(faults)
    # When the capture is played
    out = tmp_path / "replayed"
    played = CliRunner().invoke(
        cli.app, ["replay", str(tmp_path / "capture"), "--out", str(out), "--json"]
    )
    # Then every alert and exit is the same, line for line
    live = told_in(tmp_path / "record")
    assert {json.loads(each)["event"].removeprefix("order_flow.") for each in live} == {*TOLD}
    assert told_in(out) == live
    # And no book is missing, none of which is a line of its own
    quotes = json.loads(played.stdout)["account"]["quotes"]
    assert (played.exit_code, quotes["refused"], quotes["not_judged"]) == (0, {}, {})
    assert quotes["judged"] > 1_000
    # And each connection has a file of its own
    assert len(list((tmp_path / "capture" / "frames").glob("*.dbn.zst"))) == connections
