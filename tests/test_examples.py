"""The examples run as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from trading_bot.simulator.running import RunningSimulator

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_bot_embeds_the_guard_and_hears_of_a_large_bid(tmp_path: Path) -> None:
    # Given a simulated market that keeps the machine's time, and a position with a large bid
    positions = {"positions": [{"symbol": "CLIF", "quantity": "10", "average_price": "45"}]}
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "positions.json").write_text(json.dumps(positions))
    with RunningSimulator() as market:
        environment = os.environ | {
            "POLYGON_API_KEY": market.key,
            "ORDER_FLOW_BASE_URL": market.base_url,
        }
        # When the example runs until its record holds an alert, and Enter is pressed
        bot = subprocess.Popen(
            [sys.executable, "-u", str(EXAMPLES / "embed.py")],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert bot.stdout is not None
        heard = next(line for line in bot.stdout if "OrderFlowAlert" in line or not line)
        bot.communicate("\n", timeout=20)

    # Then the listener was told of the bid, and the bot ended well
    assert "source='resting_bid'" in heard
    assert bot.returncode == 0
