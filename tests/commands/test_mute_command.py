"""`trading-bot mute`: what it leaves for the guard, and what it says."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.monitor_stubs import START, HandClock

from trading_bot.cli.app import app
from trading_bot.commands.mute import list_mutes, mute, unmute
from trading_bot.notify.mutes import read_wishes
from trading_bot.order_flow.journal.lock import FolderLock
from trading_bot.order_flow.journal.reading import STATE_FILE


def test_a_symbol_is_muted_for_a_while_and_no_guard_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a folder without a guard
    # When a symbol is muted for an hour
    status = mute(tmp_path, "ACME", 3_600.0, HandClock())
    # Then the wish is there, and it says that nobody reads it yet
    said = capsys.readouterr().out
    assert status == 0
    assert read_wishes(tmp_path) == {"ACME": START + timedelta(hours=1)}
    assert said.startswith("ACME is muted until 2026-03-10 ")
    assert f"note: no guard keeps its record in {tmp_path}" in said


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ({"symbols": {"BOLT": {}}}, "note: the guard watches BOLT, and not ACME"),
        ({"symbols": {"ACME": {}}}, ""),
        ({"symbols": {}}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_symbol_that_the_guard_does_not_watch_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: object, note: str
) -> None:
    # Given a guard that says what it watches, or not yet
    if state is not None:
        (tmp_path / STATE_FILE).write_text(json.dumps(state), encoding="utf-8")
    # When a symbol is muted
    with FolderLock(tmp_path).taken():
        mute(tmp_path, "ACME", 60.0, HandClock())
    # Then another one is named
    assert capsys.readouterr().out.partition("\n")[2].strip() == note


def test_a_symbol_that_is_muted_can_be_told_of_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given two that are muted
    clock = HandClock()
    mute(tmp_path, "ACME", 60.0, clock)
    mute(tmp_path, "BOLT", 600.0, clock)
    # When the one is to be told of again, twice
    statuses = [unmute(tmp_path, "ACME", clock) for _ in range(2)]
    # Then it is, once
    assert statuses == [0, 1]
    assert list(read_wishes(tmp_path)) == ["BOLT"]
    assert "ACME is not muted" in capsys.readouterr().out


def test_a_mute_whose_time_is_over_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given one that is muted, and its last moment
    clock = HandClock()
    mute(tmp_path, "ACME", 60.0, clock)
    clock.move(60.0)
    # When it is to be told of again, and listed
    capsys.readouterr()
    status = unmute(tmp_path, "ACME", clock)
    list_mutes(tmp_path, clock)
    # Then it is not muted any more
    assert status == 1
    assert capsys.readouterr().out.splitlines() == [
        "ACME is not muted",
        f"nothing is muted in {tmp_path}",
    ]


def test_what_is_muted_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given two that are muted
    clock = HandClock()
    mute(tmp_path, "BOLT", 60.0, clock)
    mute(tmp_path, "ACME", 600.0, clock)
    capsys.readouterr()
    # When they are listed
    status = list_mutes(tmp_path, clock)
    # Then each has its time
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split(" until ")[0] for line in lines] == ["ACME", "BOLT"]


@pytest.mark.parametrize("act", [lambda f: mute(f, "acme", 60.0), lambda f: unmute(f, "acme")])
def test_what_is_no_symbol_is_refused(tmp_path: Path, act: object) -> None:
    # Given a text that is no ticker
    # When it is to be muted, or told of
    # Then it says what was probably meant
    assert callable(act)
    with pytest.raises(ValueError, match="did you mean 'ACME'"):
        act(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 0, "nothing is muted in"),
        (("ACME", "1h"), 0, "ACME is muted until"),
        (("ACME", "7h", "--simulated"), 0, "ACME is muted until"),
        (("ACME", "168h"), 0, "ACME is muted until"),
        (("ACME", "169h"), 2, "7 days are too long: a week is the most"),
        (("ACME", "--off"), 1, "ACME is not muted"),
        (("ACME",), 2, "say for how long, such as 1h, or --off"),
        (("ACME", "1h", "--off"), 2, "say for how long, such as 1h, or --off"),
        (("--off",), 2, "--off needs the SYMBOL"),
        (("ACME", "soon"), 2, "is no duration"),
    ],
)
def test_the_command_says_what_it_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    # Given a folder of a trader
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    # When the command is called
    result = CliRunner().invoke(app, ["mute", *arguments])
    # Then it ends so, and says why
    assert result.exit_code == status
    assert words in result.output
