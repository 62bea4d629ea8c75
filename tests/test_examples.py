"""The examples run as they stand."""

from __future__ import annotations

import json
import runpy
import threading
from pathlib import Path

import pytest

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.simulator.running import RunningSimulator

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_bot_embeds_the_guard_and_hears_of_a_large_bid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a market with a large bid, a position in it, and a bot that embeds the example
    positions = {"positions": [{"symbol": "CLIF", "quantity": "10", "average_price": "45"}]}
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "positions.json").write_text(json.dumps(positions))
    monkeypatch.chdir(tmp_path)
    heard: list[OrderFlowAlert] = []
    happened = threading.Event()

    def listen(event: MonitorEvent) -> None:
        if isinstance(event, OrderFlowAlert):
            heard.append(event)
            happened.set()

    with RunningSimulator() as market:
        monkeypatch.setenv("POLYGON_API_KEY", market.key)
        monkeypatch.setenv("ORDER_FLOW_BASE_URL", market.base_url)
        start_guard = runpy.run_path(str(EXAMPLES / "embed.py"))["start_guard"]
        # When it runs until it hears of something
        guard = start_guard(listen, market.clock)
        found = happened.wait(20)
        guard.stop()

    # Then that is the bid
    assert found
    assert (heard[0].symbol, heard[0].source) == ("CLIF", "resting_bid")
