"""The command line against the simulated market's gateway, as a user of Databento meets it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from support.fake_zstd import use_none

from trading_bot.cli import app as cli
from trading_bot.commands.polling import may_poll
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.running import RunningSimulator

NO_SECRETS = Secrets({}, env_file=None)


class Said(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


class Caller:
    """Calls commands in a folder of their own, beside a gateway."""

    def __init__(
        self,
        home: Path,
        sim: RunningSimulator,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self._home = home
        self._sim = sim
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, **variables: str) -> Said:
        usual = {"DATABENTO_API_KEY": self._sim.key, "ORDER_FLOW_DATA_SOURCE": "databento"}
        self._write(usual | variables)
        given = ["trading-bot", *arguments, "--base-url", self._sim.gateway.url]
        self._monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, " ".join(shown.out.split()), " ".join(shown.err.split()))

    def _write(self, variables: Mapping[str, str]) -> None:
        path = self._home / ".env"
        path.write_text("".join(f"{name}={text}\n" for name, text in variables.items()))
        path.chmod(0o600)


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningSimulator]:
    with RunningSimulator(warm=True, depth=GatewayTerms()) as simulator:
        yield simulator


@pytest.fixture
def call(
    tmp_path: Path,
    gateway: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Caller:
    for name in list(os.environ):
        if name.startswith("ORDER_FLOW_") or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Caller(tmp_path, gateway, monkeypatch, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["monitor", "health"])
@pytest.mark.parametrize(
    ("variables", "symbols", "words"),
    [
        ({"DATABENTO_API_KEY": "wrong"}, "ACME", "does not know this key"),
        ({"DATABENTO_API_KEY": ""}, "ACME", "no key is set (DATABENTO_API_KEY)"),
        ({"ORDER_FLOW_DATASET": "EQUS.MINI"}, "ACME", "EQUS.MINI has no book of ten levels"),
        ({"ORDER_FLOW_DATASET": "DBEQ.BASIC"}, "ACME", "no live dataset DBEQ.BASIC"),
        ({"ORDER_FLOW_DATASET": "MEMX.MEMOIR"}, "ACME", "no live dataset MEMX.MEMOIR"),
        ({"ORDER_FLOW_DATASET": "nasdaq"}, "ACME", "must be the name of a dataset"),
        ({}, "ACME,NOPE", "XNAS.ITCH has no NOPE"),
    ],
)
def test_what_cannot_be_watched_is_one_line_and_status_two(
    call: Caller, command: str, variables: dict[str, str], symbols: str, words: str
) -> None:
    # Given a key, dataset or symbol that will not do
    # When it is to be watched, or looked at
    said = call(command, "--no-positions", "--watch", symbols, **variables)
    # Then one line says why, before anything was watched
    assert (said.status, said.err.count("trading-bot: ")) == (2, 1)
    assert words in said.err
    assert "Watching" not in said.out


@pytest.mark.slow
def test_a_plan_without_the_dataset_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an account that may not have the dataset live
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    with RunningSimulator(depth=GatewayTerms(licensed=("EQUS.MINI",))) as simulator:
        call = Caller(tmp_path, simulator, monkeypatch, capsys)
        # When it is to be watched
        said = call("monitor", "--no-positions", "--watch", "ACME")
    # Then the plan is named
    assert said.status == 2
    assert "your Databento plan has no live XNAS.ITCH" in said.err


@pytest.mark.slow
def test_a_watch_by_another_gateway_goes_by_its_time(call: Caller) -> None:
    # Given a gateway that keeps a time of its own
    # When it is watched for a moment
    said = call("monitor", "--no-positions", "--watch", "ACME", "--duration", "4")
    # Then it streams
    assert said.status == 0
    assert "Streaming every trade and quote" in said.out
    assert "warning" not in said.out


@pytest.mark.slow
def test_health_streams_what_cannot_be_polled(call: Caller) -> None:
    # Given a gateway
    # When it is looked at
    said = call("health", "--no-positions", "--watch", "ACME", "--timeout", "30")
    # Then the stream was let in, before anything was called well, and not only a first question
    found = json.loads(said.out)
    assert found["api_connectivity"] == "ok"
    assert found["symbols"]["ACME"]["visibility"] in ("degraded", "visible")
    assert found["dropped"]["connections"] == 1


@pytest.mark.slow
def test_health_of_nothing_held_is_well_once_the_gateway_has_let_it_in(call: Caller) -> None:
    # Given nothing that is held or watched
    # When health is asked for
    said = call("health", "--no-positions", "--timeout", "4")
    # Then nothing is wrong
    found = json.loads(said.out)
    assert (said.status, found["status"], found["api_connectivity"]) == (0, "ok", "ok")


def test_the_doctor_looks_at_gateway_dataset_and_symbols(
    call: Caller, gateway: RunningSimulator
) -> None:
    # Given a gateway with a host beside it
    variables = {"ORDER_FLOW_REFERENCE_URL": gateway.base_url}
    arguments = ("doctor", "--json", "--no-positions", "--watch")
    # When all is looked at, and then with a symbol that is not there
    well, ill = (call(*arguments, each, **variables) for each in ("ACME,FERN.B", "NOPE"))
    # Then each thing is told
    found = {each["name"]: each for each in json.loads(well.out)["checks"]}
    states = {name: found[name]["state"] for name in ("key_accepted", "dataset", "symbols")}
    assert set(states.values()) == {"ok"}
    assert found["dataset"]["found"] == "XNAS.ITCH has ten levels (mbp-10)"
    assert found["symbols"]["found"] == "2 known: ACME, FERN.B"
    failed = [each["name"] for each in json.loads(ill.out)["checks"] if each["state"] == "fail"]
    assert (ill.status, failed) == (2, ["symbols"])


@pytest.mark.slow
def test_a_stream_alone_is_not_polled(call: Caller) -> None:
    # Given a provider that has a stream alone
    # When it is to be polled
    said = call("monitor", "--no-positions", "--watch", "ACME", "--mode", "poll")
    # Then that is refused
    assert said.status == 2
    assert "databento can only be streamed: leave out --mode poll" in said.err


def test_what_can_be_polled_may_be() -> None:
    # Given a provider that has a history
    # When it is asked, with a mode or without
    # Then it may be polled
    assert may_poll(OrderFlowConfig(), NO_SECRETS, "poll")
    assert may_poll(OrderFlowConfig(), NO_SECRETS, None)


def test_a_stream_alone_may_be_asked_to_stream() -> None:
    # Given a provider that has a stream alone
    config = OrderFlowConfig(data_source="databento")
    # When it is to be streamed
    # Then nothing takes its place
    assert not may_poll(config, NO_SECRETS, "stream")
    with pytest.raises(ValueError, match="can only be streamed"):
        may_poll(config, NO_SECRETS, "poll")


def test_what_cannot_be_unpacked_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given nothing that unpacks, and settings that ask for it
    use_none(monkeypatch)
    config = OrderFlowConfig(data_source="databento", compression="zstd")
    # When it is to be watched, then it says what to install
    with pytest.raises(ValueError, match=r"order-flow\[zstd\]"):
        may_poll(config, NO_SECRETS, None)
