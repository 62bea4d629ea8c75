"""`--depth`: the simulated market with ten levels, and what is said where there are none."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from trading_bot.cli import app as cli
from trading_bot.commands.market import open_market
from trading_bot.commands.monitor import run_health, run_monitor
from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.order_flow.journal.reading import RecordReader
from trading_bot.watched.asked import MonitorOptions
from trading_bot.watched.choice import source_of

KEY = "pk_of_this_test_0123456789"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POLYGON_API_KEY", "MASSIVE_API_KEY", "DATABENTO_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def asked_at(home: Path, **changes: Any) -> MonitorOptions:
    """Return a call with `--depth`."""
    fields: dict[str, Any] = {
        "simulated": True,
        "depth": True,
        "duration_seconds": 1.0,
        "log_directory": None,
        "config_path": home / "config.json",
        "positions_path": home / "positions.json",
        "base_url": None,
        "home": home,
    }
    return MonitorOptions(**(fields | changes))


@pytest.mark.parametrize(
    "settings", [{"polygon_api_key": KEY}, {"data_source": "databento"}], ids=["key", "provider"]
)
@pytest.mark.parametrize("demo", [True, False])
def test_depth_is_refused_for_the_live_market(
    tmp_path: Path, settings: dict[str, Any], demo: bool
) -> None:
    # Given settings that mean the live market
    config = OrderFlowConfig(**settings)
    # When depth is asked of it, then it is said what depth means, and what brings it there
    with pytest.raises(ValueError, match=r"^--depth is of the simulated market: add --simulated"):
        source_of(asked_at(tmp_path, simulated=False), config, may_demonstrate=demo)


def test_a_bare_call_demonstrates_depth(tmp_path: Path) -> None:
    # Given neither key nor anything of the trader's own
    options = asked_at(tmp_path, simulated=False)
    # When depth is asked for, then it is that of the simulated market
    assert source_of(options, OrderFlowConfig(), may_demonstrate=True) == "simulated"


@pytest.mark.parametrize("command", ["monitor", "health"])
def test_the_command_line_hands_on_whether_depth_is_wanted(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    # Given a command that notes what it is asked for
    asked: list[bool] = []

    def note(options: MonitorOptions) -> int:
        asked.append(options.depth)
        return 0

    monkeypatch.setattr(f"trading_bot.commands.monitor.run_{command}", note)
    # When it is called without the option and with it
    for arguments in ([], ["--depth"]):
        CliRunner().invoke(cli.app, [command, "--simulated", *arguments])
    # Then it knows
    assert asked == [False, True]


def test_depth_cannot_be_polled() -> None:
    # Given a call for both
    # When it is made
    found = CliRunner().invoke(cli.app, ["monitor", "--simulated", "--depth", "--mode", "poll"])
    # Then it is wrong usage
    assert found.exit_code == 2
    assert found.output.splitlines()[-1] == (
        "Error: --depth needs a stream, and --mode poll has none."
    )


def test_depth_of_a_guard_that_runs_already_is_refused() -> None:
    # Given a call for the health of a guard that runs
    # When depth is asked of it, then it is wrong usage
    found = CliRunner().invoke(cli.app, ["health", "--running", "--depth"])
    assert found.exit_code == 2
    assert found.output.splitlines()[-1] == "Error: --depth does not go with --running."


@pytest.mark.slow  # starts the market's process
def test_the_market_is_asked_as_the_provider_that_has_levels(tmp_path: Path) -> None:
    # Given settings of another provider, with its key, and another dataset
    environ = {"MASSIVE_API_KEY": KEY, "ORDER_FLOW_DATASET": "ARCX.PILLAR"}
    resolved = resolve(tmp_path / "none.json", environ=environ, env_file=None)
    # When the simulated market is opened with depth
    with open_market(asked_at(tmp_path), resolved, "simulated", lambda *_: None) as market:
        # Then settings and key are of the gateway, and no word of the trader's own goes there
        assert (market.config.data_source, market.config.dataset) == ("databento", "XNAS.ITCH")
        assert (market.config.base_url or "").startswith("tcp://127.0.0.1:")
        assert market.config.polygon_api_key == market.secrets.get("DATABENTO_API_KEY") != KEY
        # And it stays so when the settings are read again
        assert market.renew(resolved) == market.config


@pytest.mark.slow  # a market over sockets, for seconds
def test_the_demonstration_shows_ten_levels_an_alert_and_an_exit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no key and nothing of the trader's own
    # When the market with depth is watched for less than a minute
    status = run_monitor(asked_at(tmp_path, simulated=False, duration_seconds=36.0))
    # Then it is marked as simulated, and ten levels are seen
    said = capsys.readouterr().out.splitlines()
    assert status == 0
    assert "SIMULATED" in said[0]
    assert said[1].startswith("Watching the SIMULATED market at 127.0.0.1:")
    assert said[2] == "Depth: 10 levels, XNAS"
    # And there are an alert and an exit, on the screen and in a record of its own
    assert any(" large seller: " in line for line in said)
    assert any("SIMULATED EXIT SUGGESTED" in line for line in said)
    folder = tmp_path / "logs" / "order_flow_simulated"
    counts = Counter(
        json.loads(line)["event"]
        for path in folder.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    assert counts["order_flow.large_seller_detected"] > 0
    assert counts["order_flow.exit_signal_triggered"] > 0
    assert RecordReader(folder).market() == "simulated"
    assert not (tmp_path / "logs" / "order_flow").exists()


@pytest.mark.slow  # a market over sockets, for seconds
def test_health_looks_by_the_stream(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a provider that has nothing to be polled
    # When health is asked
    run_health(asked_at(tmp_path, duration_seconds=8.0))
    # Then its symbols were looked at, and none is blind
    health = json.loads(capsys.readouterr().out)
    assert health["market_source"] == "simulated"
    assert {each["visibility"] for each in health["symbols"].values()} <= {"visible", "degraded"}
    assert set(health["symbols"]) == {"ACME", "BOLT", "CLIF", "DOVE", "EDDY"}
