"""The examples run as they stand, as programs of their own, against `trading-bot simulate`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.journal.lines import SEEN_EVENT, event_line
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.simulator.settings import DEFAULT_KEY, MARKET_START

pytestmark = pytest.mark.slow  # processes, and a market over sockets

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SO_LONG_AGO = timedelta(seconds=40)
"""The market's first 33 seconds hold an exit from ACME and one from BOLT."""
PATIENCE_SECONDS = 60.0
END = "exit suggested"


@pytest.fixture(scope="module")
def market() -> Iterator[str]:
    """Run the command that a host would run for its bot, a while into its day."""
    started_at = (utc_now() - SO_LONG_AGO).isoformat()
    command = [sys.executable, "-m", "trading_bot", "simulate", "--started-at", started_at]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:  # noqa: S603 - our own interpreter
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["base_url"]
        process.terminate()


def environment(**more: str) -> Mapping[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "ORDER_FLOW"))}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), **more}


def run(program: Path, market: str, directory: Path) -> list[str]:
    """Run a program beside the market until it ends; press Enter once two exits were shown.

    Its record says that an earlier run knew the positions already: who starts a bot is not told to
    leave for what happened before.
    """
    log = AlertLog(directory / "logs" / "order_flow")
    for symbol in ("ACME", "BOLT"):
        opened_at = iso_utc(MARKET_START)
        fields = {"opened_at": opened_at, "quantity": 1, "average_price": 1}
        unmeasured = {"latency_ms": None, "logged_at": None}
        log.write(event_line(SEEN_EVENT, MARKET_START, symbol, **fields, **unmeasured))
    log.close()
    command = [sys.executable, str(program)]
    shown: list[str] = []
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        cwd=directory,
        env=environment(MASSIVE_API_KEY=DEFAULT_KEY, ORDER_FLOW_BASE_URL=market),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        patience = threading.Timer(PATIENCE_SECONDS, process.kill)
        patience.start()
        for line in process.stdout:
            shown.append(line.rstrip())
            if sum(END in each for each in shown) == 2:
                # An example that does not ask for it has ended its input, or will never read it.
                process.stdin.write("\n")
                process.stdin.close()
                shown += process.stdout.read().splitlines()
                break
        status = process.wait()
        patience.cancel()
        assert status == 0, shown
    return shown


def exits(shown: list[str]) -> set[str]:
    return {word for line in shown if END in line for word in ("ACME", "BOLT") if word in line}


def sold(shown: list[str]) -> list[str]:
    return sorted(line.split(" at ")[0] for line in shown if line.startswith("sold"))


def test_the_embedding_of_the_readme_works_as_written(market: str, tmp_path: Path) -> None:
    # Given the lines that the README shows
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"^## Embed it\n\n```python\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    program = tmp_path / "bot.py"
    program.write_text(lines, encoding="utf-8")
    # When they run against the simulated market
    shown = run(program, market, tmp_path)
    # Then the exits are shown, and they are ten lines at most
    assert exits(shown) == {"ACME", "BOLT"}
    assert len([each for each in lines.splitlines() if each]) <= 10


def test_a_bot_embeds_the_guard_and_hears_of_its_exits(market: str, tmp_path: Path) -> None:
    # Given the example
    # When it runs until Enter is pressed
    shown = run(EXAMPLES / "embed.py", market, tmp_path)
    # Then it has shown both exits, and the guard's own end
    assert exits(shown) == {"ACME", "BOLT"}
    assert shown[-1].endswith("the guard has stopped")


@pytest.mark.parametrize("name", ["tick_loop.py", "asyncio_bot.py"])
def test_a_bot_with_a_loop_of_its_own_sells_what_it_is_told_to(
    name: str, market: str, tmp_path: Path
) -> None:
    # Given a bot with a loop of ticks, or an event loop
    # When it runs until it holds nothing any more
    shown = run(EXAMPLES / name, market, tmp_path)
    # Then it has sold both positions once, and the guard has stopped
    assert exits(shown) == {"ACME", "BOLT"}
    assert sold(shown) == ["sold 1200 ACME", "sold 400 BOLT"]
    assert shown[-1] == "the guard is stopped"


def test_a_bot_with_a_dict_of_positions_sells_what_its_risk_manager_takes(
    market: str, tmp_path: Path
) -> None:
    # Given a bot whose risk manager has one method
    # When it runs until it holds nothing any more
    shown = run(EXAMPLES / "dict_positions.py", market, tmp_path)
    # Then both are sold, each for its reason
    assert sold(shown) == ["sold 1200 ACME", "sold 400 BOLT"]
    assert any(line.startswith("ACME: 3 large sellers in 16 s (aggressive sell)") for line in shown)
