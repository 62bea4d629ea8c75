"""The depth gateway of a simulator in a process of its own, and what starts it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from support.gateway_client import GatewayClient, count
from support.simulator_helpers import HandClock, fetch

from trading_bot.simulator.__main__ import main
from trading_bot.simulator.gateway import gw_terms
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.process import SimulatorProcess
from trading_bot.simulator.running import RunningSimulator


@pytest.mark.slow
def test_a_process_serves_depth_beside_the_rest_under_its_own_key() -> None:
    # Given a simulator started as the bot starts it, with depth
    with SimulatorProcess(key="secret-of-this-test", depth=True) as process:
        port = urlsplit(process.depth_url).port
        assert port is not None
        client = GatewayClient(port)
        # When a client comes with its key and wants ten levels of the last minute
        with client.socket:
            answer = client.log_in("secret-of-this-test")
            client.subscribe("mbp-10", "ACME", start=0)
            client.start()
            client.until(count(50, "MBP10Msg"))
        is_known = process.depth_url.startswith("tcp://127.0.0.1:")
        status = fetch(process.base_url, "/v1/marketstatus/now", key="secret-of-this-test")
    # Then it has them, and the other provider is there as ever
    assert (answer["success"], status.status, is_known) == ("1", 200, True)


@pytest.mark.slow
def test_a_process_without_depth_has_no_gateway() -> None:
    # Given a simulator as it usually is
    with SimulatorProcess() as process:
        # When its address for depth is asked for
        # Then there is none
        assert process.depth_url == ""


@pytest.mark.slow
def test_only_depth_loads_the_package_that_writes_its_records() -> None:
    # Given a program that runs a simulator, once as it usually is and once with depth
    script = """
import json, sys
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.running import RunningSimulator
found = []
for depth in (None, GatewayTerms()):
    with RunningSimulator(depth=depth):
        found.append("databento_dbn" in sys.modules)
print(json.dumps(found))
"""
    # When it says what it has loaded
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    # Then the package comes with depth alone
    assert json.loads(told) == [False, True]


def test_a_running_simulator_without_depth_says_that_it_has_no_gateway() -> None:
    # Given a simulator as it usually is
    with (
        RunningSimulator(clock=HandClock()) as simulator,
        # Then it says so
        pytest.raises(RuntimeError, match="without depth"),
    ):
        # When its gateway is asked for
        _ = simulator.gateway


def test_depth_without_its_package_is_refused_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an installation without the package
    monkeypatch.setattr(gw_terms, "find_spec", lambda name: None)
    # When depth is asked for on the command line, and in code
    with pytest.raises(SystemExit) as ended:
        main(["--depth"])
    with pytest.raises(ValueError, match="databento-dbn"):
        RunningSimulator(depth=GatewayTerms())
    # Then it says what to install
    assert ended.value.code == 2
    assert "pip install 'databento-dbn>=0.70,<0.73'" in capsys.readouterr().err


def test_a_taken_port_of_the_gateway_is_said_in_plain_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a port that someone else holds
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        # When the gateway wants it
        status = main(["--depth-port", str(port)])
    # Then it says so
    assert status == 1
    assert f"cannot listen on port 0 or {port}" in capsys.readouterr().err
