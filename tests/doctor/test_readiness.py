"""What `monitor` looks at before it begins, and what ends it there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support.doctor_values import looked_at, machine
from support.provider_stub import KEY, Reply, StubProvider, as_json

from trading_bot.cli import app as cli
from trading_bot.doctor.questions import refusal_of_key
from trading_bot.doctor.readiness import NotReadyError, make_ready, warnings_before_watch
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.errors import DataValidationError

STATUS = as_json({"market": "open", "serverTime": "2026-07-01T15:00:00Z", "exchanges": {}})


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ORDER_FLOW_"):
            monkeypatch.delenv(name)


def nobody(text: str, style: str) -> None:
    raise AssertionError(f"{text} was said, {style or 'plainly'}")


def test_a_healthy_set_up_says_nothing(tmp_path: Path) -> None:
    # Given a provider that lets the key in
    with StubProvider(STATUS) as host:
        # When it is looked at, then nothing is said, and one question was asked
        make_ready(looked_at(tmp_path, host.base_url), nobody)
    assert [each.path for each in host.asked] == ["/v1/marketstatus/now"]


def test_what_works_less_well_is_a_warning(tmp_path: Path) -> None:
    # Given little space, and no key
    looked = looked_at(tmp_path, environ={}, machine=machine(free_bytes=lambda _: 200_000_000))
    said: list[tuple[str, str]] = []
    # When it is looked at
    make_ready(looked, lambda text, style: said.append((text, style)))
    # Then it is said with its mend, as a warning
    ((text, style),) = said
    assert text.startswith("warning: disk: 200.0 MB free for the record in ")
    assert text.endswith("; free some space, or name a folder on another disk (--log-dir)")
    assert style == "yellow"


def no_zone() -> Any:
    raise KeyError("none")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"machine": machine(free_bytes=lambda _: 5)}, "disk: 0.0 KB free"),
        ({"machine": machine(new_york=no_zone)}, "time_zone: the time zone data has no America"),
        ({"environ": {"MASSIVE_API_KEY": "in two"}}, "key: the key (environment) holds a blank"),
        ({"log_directory": Path(__file__)}, "journal: the record cannot be written"),
    ],
)
def test_what_cannot_mend_itself_refuses(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    # Given something that does not work
    looked = looked_at(tmp_path, **changes)
    # When it is looked at, then the watch does not begin
    with pytest.raises(NotReadyError) as refused:
        make_ready(looked, nobody)
    assert words in str(refused.value)
    assert "; " in str(refused.value)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_refuses(tmp_path: Path, status: int) -> None:
    # Given a provider that refuses it
    with StubProvider(as_json({"error": f"no {KEY}"}, status)) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When it is looked at, then the mend is said, and not the key
        with pytest.raises(NotReadyError, match="check MASSIVE_API_KEY") as refused:
            make_ready(looked, nobody)
    assert KEY not in str(refused.value)
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "reply", [as_json({}, 500), as_json({}, 429), Reply(drops=True), Reply(b"nonsense")]
)
def test_what_may_mend_itself_does_not_refuse(tmp_path: Path, reply: Reply) -> None:
    # Given a provider that fails for now
    with StubProvider(reply) as host:
        # When it is looked at, then it is asked once, and the watch may begin
        make_ready(looked_at(tmp_path, host.base_url), nobody)
    assert len(host.asked) == 1


def test_a_provider_that_is_away_does_not_refuse(tmp_path: Path) -> None:
    # Given an address where nobody listens
    with StubProvider(STATUS) as host:
        address = host.base_url
    # When it is looked at, then the watch may begin
    make_ready(looked_at(tmp_path, address), nobody)


@pytest.mark.parametrize("changes", [{"environ": {}}, {"simulated": True}])
def test_a_market_without_a_key_is_asked_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    # Given no key, or the simulated market
    # When it is looked at, then no provider is made
    make_ready(looked_at(tmp_path, **changes), nobody)


def test_settings_that_cannot_be_read_refuse(tmp_path: Path) -> None:
    # Given such settings
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    # When they are looked at, then the watch does not begin
    with pytest.raises(NotReadyError, match="mend settings first"):
        make_ready(looked_at(tmp_path), nobody)


def test_data_that_must_not_be_judged_refuses_no_key() -> None:
    # Given an error of the data, not of the provider
    # When it is looked at, then it says nothing of the key
    assert refusal_of_key(DataValidationError("impossible_stamp")) == ""


def test_the_quick_checks_are_quick(tmp_path: Path) -> None:
    # Given a first look, which imports
    warnings_before_watch(looked_at(tmp_path))
    # When they are made again
    began = monotonic_seconds()
    warnings_before_watch(looked_at(tmp_path))
    # Then they take a tenth of a second at most
    assert monotonic_seconds() - began < 0.1


def test_the_command_ends_with_status_2_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a key that the provider does not know
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    monkeypatch.setenv("MASSIVE_API_KEY", KEY)
    with StubProvider(as_json({"error": "Unknown API Key"}, 401)) as host:
        arguments = ["monitor", "--no-positions", "--base-url", host.base_url]
        monkeypatch.setattr(sys, "argv", ["trading-bot", *arguments])
        # When it is to be watched
        with pytest.raises(SystemExit) as ended:
            cli.main()
    # Then one line says why
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trading-bot: the provider does not know this key (401)")
