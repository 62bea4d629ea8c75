"""`trading-bot replay` and `trading-bot explain`, as they are typed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from support.replay_options import a_day

from trading_bot.cli import app as cli


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("ORDER_FLOW_", "POLYGON_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    monkeypatch.setenv("ORDER_FLOW_THRESHOLDS", "fixed")
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["trading-bot", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_day_is_played_and_one_of_its_alerts_explained(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day
    paths = a_day(own_home).paths
    # When it is played with every option
    status = call(
        monkeypatch,
        *("replay", *paths, "--format", "polygon", "--symbol", "ACME", "--from", "2013-10-08"),
        *("--to", "2013-10-08", "--chunk-rows", 2, "--quote-size-unit", "round_lots", "--json"),
        *("--config", own_home / "config.json", "--accept-losses"),
    )
    played = json.loads(capsys.readouterr().out)
    # Then the record lies in the usual folder, and its alert is found there again
    assert (status, played["alerts"]["total"]) == (0, 3)
    record = own_home / "logs" / "replay" / "2013-10-08.jsonl"
    identity = json.loads(record.read_text().splitlines()[1])["alert_id"]
    status = call(
        monkeypatch,
        *("explain", identity, *paths, "--format", "polygon", "--quote-size-unit", "round_lots"),
        *("--symbol", "ACME", "--json", "--config", own_home / "config.json"),
        "--accept-losses",
    )
    explained = json.loads(capsys.readouterr().out)
    assert (status, explained["compared"], explained["differences"]) == (0, True, {})


def test_what_an_option_leaves_open_is_looked_up(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day, a settings file and a folder for the record
    paths = a_day(own_home).paths
    config = own_home / "own.json"
    config.write_text('{"large_order_size_threshold": 12000}')
    out = own_home / "out"
    # When it is played and explained with as little as possible
    status = call(
        monkeypatch, "replay", *paths, "--config", config, "--out", out, "--accept-losses"
    )
    identity = json.loads((out / "2013-10-08.jsonl").read_text().splitlines()[1])["alert_id"]
    capsys.readouterr()
    explained = call(
        monkeypatch,
        "explain",
        identity,
        *paths,
        "--config",
        config,
        "--record",
        out,
        "--accept-losses",
    )
    # Then both end well
    assert (status, explained) == (0, 0)
    assert "equal to the record in every field" in capsys.readouterr().out


def test_an_alert_that_is_not_in_the_data_ends_with_status_1(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day
    paths = a_day(own_home).paths
    # When an alert is wanted that it lacks
    status = call(monkeypatch, "explain", "0123456789abcdef", *paths, "--accept-losses")
    # Then one line says so
    assert status == 1
    assert capsys.readouterr().err.startswith("trading-bot: alert 0123456789abcdef does not come")


def test_a_file_that_is_no_data_ends_with_status_2(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a file of notes
    path = own_home / "notes.txt"
    path.write_text("hello")
    # When it is played
    status = call(monkeypatch, "replay", path)
    # Then one line names it
    assert status == 2
    assert "notes.txt begins with 'hello'" in capsys.readouterr().err
