"""`monitor --metrics-port` and `--metrics-file`: what is told where, and what is refused."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from support.metrics_bench import parsed, scraped, watching

from trading_bot.bot import TradingBot
from trading_bot.cli import app as cli
from trading_bot.commands.metrics import refuse_metrics_in_vain, tell_metrics
from trading_bot.commands.monitor import run_monitor
from trading_bot.metrics import library
from trading_bot.metrics.library import MISSING, MissingLibraryError
from trading_bot.metrics.serving import PortTakenError
from trading_bot.watched.asked import MonitorOptions


def options_of(**changes: Any) -> MonitorOptions:
    fields: dict[str, Any] = {
        "simulated": True,
        "duration_seconds": 1.0,
        "log_directory": None,
        "config_path": Path("config.json"),
        "positions_path": Path("positions.json"),
        "base_url": None,
        "home": Path(),
    }
    return MonitorOptions(**(fields | changes))


class Rig:
    """A bot that holds one position, and what is said of its metrics."""

    def __init__(self) -> None:
        self.bot = cast(TradingBot, SimpleNamespace(monitor=watching("ACME")))
        self.said: list[str] = []

    def say(self, text: str, style: str = "") -> None:
        self.said.append(text)

    def notices(self) -> dict[str, Any]:
        return {"muted": {"ACME": "14:31"}, "notices": {"status": "off", "held": 0}}

    def tell(self, **options: Any) -> Any:
        return tell_metrics(options_of(**options), self.bot, self.notices, self.say)


def test_without_a_wish_nothing_is_told() -> None:
    # Given a bot of which nobody asks for metrics
    rig = Rig()
    # When it runs
    with rig.tell():
        # Then nothing is said, and no thread is there for them
        assert rig.said == []
    assert rig.bot.monitor.threads.health() == {}


def test_port_and_file_tell_the_same(tmp_path: Path) -> None:
    # Given a bot of which both are asked for
    rig, path = Rig(), tmp_path / "order_flow.prom"
    # When it runs
    with rig.tell(metrics_port=0, metrics_file=path):
        address, file = rig.said
        port = int(address.removeprefix("Metrics: http://127.0.0.1:").removesuffix("/metrics"))
        by_port, by_file = parsed(scraped(port)), parsed(path.read_bytes())
    # Then both are named, and tell of guard, notices and process
    assert file == f"Metrics: {path}, every 15 s"
    for found in (by_port, by_file):
        assert found['order_flow_positions{side="long"}'] == 1.0
        assert found["order_flow_muted_symbols"] == 1.0
    if sys.platform == "linux":
        assert by_port["process_resident_memory_bytes"] > 0


def test_each_may_be_asked_for_alone(tmp_path: Path) -> None:
    # Given a bot of which the one is asked for, and one of which the other is
    port, file = Rig(), Rig()
    # When they run
    with port.tell(metrics_port=0), file.tell(metrics_file=tmp_path / "of.prom"):
        # Then each has what was asked for
        assert port.said[0].startswith("Metrics: http://127.0.0.1:")
        assert file.said == [f"Metrics: {tmp_path / 'of.prom'}, every 15 s"]


def test_a_port_is_free_again_where_the_file_cannot_be_written(tmp_path: Path) -> None:
    # Given a free port, and a folder that does not exist
    rig = Rig()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # When a bot is to tell at both
    with pytest.raises(ValueError, match="cannot be written"):
        rig.tell(metrics_port=port, metrics_file=tmp_path / "nowhere" / "order_flow.prom")
    # Then it ends, and nobody listens
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_port_that_is_taken_ends_it() -> None:
    # Given a port where somebody listens
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # When a bot is to tell there, then it says so
        with pytest.raises(PortTakenError, match=f"--metrics-port {port}"):
            Rig().tell(metrics_port=port)


@pytest.mark.parametrize("asked", [{"metrics_port": 0}, {"metrics_file": Path("of.prom")}])
def test_a_missing_library_ends_it_before_anything_is_watched(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    # Given an environment without prometheus_client
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    # When metrics are asked for, then it is said what to install
    with pytest.raises(MissingLibraryError) as raised:
        run_monitor(options_of(**asked))
    assert str(raised.value) == MISSING


def test_a_missing_library_is_missed_by_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an environment without prometheus_client
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    # When no metrics are asked for, then nothing is refused
    refuse_metrics_in_vain(options_of())


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_a_usage_error(port: str) -> None:
    # Given a number that is no port
    # When it is asked for
    result = CliRunner().invoke(cli.app, ["monitor", "--metrics-port", port])
    # Then it is refused by name
    assert result.exit_code == cli.USAGE_ERROR
    assert "--metrics-port" in result.output
