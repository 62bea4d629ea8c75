"""The simulator as a process of its own, and what starts and ends it."""

from __future__ import annotations

import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from support.simulator_helpers import fetch

from trading_bot.order_flow.clock import utc_now
from trading_bot.simulator import __main__ as simulator_main
from trading_bot.simulator.__main__ import main
from trading_bot.simulator.faults.fault_kinds import FAULT_KINDS
from trading_bot.simulator.process import SimulatorProcess, SimulatorStartError
from trading_bot.simulator.settings import DEFAULT_KEY, KEY_VARIABLE, MARKET_START

pytestmark = pytest.mark.slow  # starts processes

MODULE = [sys.executable, "-m", "trading_bot.simulator"]


def test_a_simulator_process_serves_its_own_time_under_its_own_key() -> None:
    # Given a simulator started as the bot starts it, with a fault on one path
    with SimulatorProcess(key="secret-of-this-test", faults=["hang,paths=news"]) as process:
        # When its status and its faults are asked for
        status = fetch(process.base_url, "/v1/marketstatus/now", key="secret-of-this-test").json
        refused = fetch(process.base_url, "/v1/marketstatus/now", key=DEFAULT_KEY)
        faults = fetch(process.base_url, "/sim/faults", key="secret-of-this-test").json["faults"]
        served = datetime.fromisoformat(status["serverTime"])
        market_now = utc_now() + process.clock_offset
        # Then it runs on market time, lets only its key in, and knows its fault
        assert process.market_start == MARKET_START
        assert MARKET_START <= served <= MARKET_START + timedelta(seconds=30)
        assert timedelta(seconds=-1) <= market_now - served <= timedelta(seconds=5)
        assert refused.status == 401
        assert [fault["kind"] for fault in faults] == ["hang"]
        assert "secret-of-this-test" not in repr(process)
        assert process.is_running()
        assert isinstance(process.pid, int)
    # Then it is gone with the block
    assert not process.is_running()


def test_the_child_gets_no_key_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a parent with keys and passwords in its environment, and a child that tells its own
    for name in ("MASSIVE_API_KEY", "POLYGON_API_KEY", "HTTPS_PROXY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a-real-key-of-the-parent")
    script = """
import json, os
moment = "2026-03-10T09:30:00+00:00"
text = json.dumps(dict(os.environ))
print(json.dumps({"base_url": text, "ws_url": "", "market_start": moment, "started_at": moment}))
"""
    # When it is started
    with SimulatorProcess(key="of-this-test", command=[sys.executable, "-c", script]) as process:
        given = json.loads(process.base_url)
    # Then it has what it needs to run, and the one key that is for it
    assert given["PATH"] == os.environ["PATH"]
    assert given[KEY_VARIABLE] == "of-this-test"
    assert not any("a-real-key" in text for text in given.values())


def test_a_simulator_process_draws_its_own_key() -> None:
    # Given two simulators without a key
    # When their keys are compared
    # Then they differ, and are long
    assert SimulatorProcess().key != SimulatorProcess().key
    assert len(SimulatorProcess().key) == 32


def test_what_is_not_started_has_no_time_and_can_be_stopped() -> None:
    # Given a simulator that was not started
    process = SimulatorProcess()
    # When it is stopped and asked
    process.stop()
    # Then it says that it was not started
    with pytest.raises(SimulatorStartError, match="not been started"):
        _ = process.market_start
    with pytest.raises(SimulatorStartError, match="not been started"):
        _ = process.clock_offset
    assert process.pid is None
    assert not process.is_running()


@pytest.mark.parametrize(
    "script", ["", "print('hello')", "print('{}')", "print('[]')", "import sys; sys.stdin.read()"]
)
def test_a_child_that_does_not_come_up_is_an_error(script: str) -> None:
    # Given a child that ends, says something else, or says nothing
    process = SimulatorProcess(command=[sys.executable, "-c", script], start_seconds=0.5)
    # When it is started
    # Then that is an error, and the child is gone
    with pytest.raises(SimulatorStartError, match="did not say where it listens"):
        process.start()
    assert not process.is_running()


def test_a_child_that_does_not_listen_to_its_input_is_ended_by_force() -> None:
    # Given a child that ignores its input and SIGTERM
    script = (
        "import json, signal, threading\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(json.dumps({'base_url': 'x', 'ws_url': 'y', "
        f"'market_start': '{MARKET_START.isoformat()}',"
        f" 'started_at': '{MARKET_START.isoformat()}'}}), flush=True)\n"
        "threading.Event().wait()\n"
    )
    process = SimulatorProcess(command=[sys.executable, "-c", script], stop_seconds=0.1).start()
    # When it is stopped
    process.stop()
    # Then it is gone
    assert not process.is_running()


def test_the_process_module_stays_light() -> None:
    # Given a fresh interpreter
    script = (
        "import sys; import trading_bot.simulator.process, trading_bot.simulator.positions;"
        "print(sorted(set(sys.modules) & {'aiohttp', 'trading_bot.simulator.market.tape',"
        "'trading_bot.simulator.server', 'trading_bot.simulator.market.market',"
        "'trading_bot.simulator.stream.ws_api'}))"
    )
    # When what the bot needs is imported
    found = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    # Then neither server nor generator came along
    assert found.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_simulator_with_a_living_parent_ends_quietly_on_a_signal() -> None:
    # Given a simulator whose parent lives on
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [*MODULE, "--with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    # When it is told to end
    child.send_signal(signal.SIGTERM)
    status = child.wait(timeout=10)
    complaints = child.communicate()[1]
    # Then it ends well, without a word of complaint
    assert (status, complaints) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_lone_simulator_ends_on_a_signal() -> None:
    # Given a simulator that stands alone
    environment = {name: text for name, text in os.environ.items() if name != KEY_VARIABLE}
    started_at = (utc_now() - timedelta(seconds=90)).isoformat()
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [*MODULE, "--seed", "3", "--started-at", started_at],
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert child.stdout is not None
    facts = json.loads(child.stdout.readline())
    # When it is asked and then told to end
    status = fetch(facts["base_url"], "/v1/marketstatus/now", key=facts["key"]).json
    child.send_signal(signal.SIGTERM)
    # Then it has kept the time it was given, and ends well
    assert child.wait(timeout=10) == 0
    child.stdout.close()
    assert facts["key"] == DEFAULT_KEY
    assert datetime.fromisoformat(facts["market_start"]) == MARKET_START
    assert datetime.fromisoformat(status["serverTime"]) >= MARKET_START + timedelta(seconds=89)


def test_a_simulator_ends_with_its_parent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a parent that is gone already
    ours, theirs = os.pipe()
    os.write(theirs, b"x")
    os.close(theirs)
    monkeypatch.setattr("sys.stdin", os.fdopen(ours))
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    # When the simulator runs with it
    status = main(["--with-parent", "--fault", "hang"])
    sys.stdin.close()
    # Then it has said where it listened, ended well, and given the signals back
    facts = json.loads(capsys.readouterr().out)
    assert status == 0
    assert facts["event"] == "simulator.listening"
    assert facts["base_url"].startswith("http://127.0.0.1:")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


class ToldToEnd(io.StringIO):
    """A standard output behind which someone tells the process to end, once it has spoken."""

    def flush(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_simulator_without_a_parent_ends_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given someone who ends the simulator as soon as it listens, and the moment of its start
    output = ToldToEnd()
    monkeypatch.setattr("sys.stdout", output)
    started_at = utc_now().isoformat()
    # When it runs alone
    status = main(["--started-at", started_at])
    # Then it has listened, kept its moment, and ended well
    facts = json.loads(output.getvalue())
    assert status == 0
    assert (facts["event"], facts["started_at"]) == ("simulator.listening", started_at)


def test_a_taken_port_is_said_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    # Given a port that someone else holds
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        # When a simulator wants it
        status = main(["--port", str(port)])
    # Then it says so
    assert status == 1
    assert f"cannot listen on port {port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "explode"], "must be one of"),
        (["--started-at", "2026-01-01T12:00"], "no time zone"),
        (["--started-at", "noon"], "'noon' is no moment"),
        (["--speed", "0"], "0 must be a number above 0"),
        (["--speed", "fast"], "fast must be a number above 0"),
    ],
)
def test_wrong_arguments_are_said_in_plain_words(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    # Given an argument that makes no sense
    # When the simulator is started
    # Then it ends with the usage status and says why
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_the_module_is_run_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a person who asks what it is
    monkeypatch.setattr("sys.argv", ["simulator", "--help"])
    # When the module is run
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(simulator_main.__file__, run_name="__main__")
    # Then it tells, and names every kind of fault
    assert ended.value.code == 0
    told = "".join(capsys.readouterr().out.split())
    assert all(kind in told for kind in FAULT_KINDS)


def test_a_moment_with_a_zone_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    # Given a moment with a zone, and a port that is out of range
    moment = datetime(2030, 1, 1, tzinfo=UTC).isoformat()
    # When the simulator is started
    status = main(["--started-at", moment, "--port", "70000"])
    # Then the moment is no problem, the port is
    assert status == 1
    assert "cannot listen on port 70000" in capsys.readouterr().err
