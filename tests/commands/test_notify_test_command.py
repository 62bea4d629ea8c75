"""`trading-bot notify test`: who is tried, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from trading_bot.cli.app import app
from trading_bot.commands import notify_test
from trading_bot.commands.notify_test import run_test
from trading_bot.notify import notices

TOKEN = "t0k3n-of-the-command"
URL = f"json://127.0.0.1/{TOKEN}"


def env_of(folder: Path, *lines: str) -> Path:
    path = folder / ".env"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], str | None]]:
    """Who was tried; the first of them takes it, and that is told."""
    found: list[tuple[tuple[str, ...], str | None]] = []

    def try_all(urls: tuple[str, ...], beat: str | None, tell: Callable[[str], None]) -> bool:
        found.append((urls, beat))
        tell("1. json://127.0.0.1: ok")
        return len(urls) == 1

    monkeypatch.setattr(notify_test, "try_receivers", try_all)
    monkeypatch.setattr(notices, "is_there", lambda: True)
    return found


@pytest.mark.parametrize(("urls", "status"), [(URL, 0), (f"{URL} json://other/x", 1)])
def test_receivers_and_switch_of_the_settings_are_tried(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    tried: list[tuple[tuple[str, ...], str | None]],
    urls: str,
    status: int,
) -> None:
    # Given receivers, and a switch
    env = env_of(tmp_path, f"ORDER_FLOW_NOTIFY_URLS={urls}", "ORDER_FLOW_HEARTBEAT_URL=http://b/x")
    # When they are tried
    found = run_test(tmp_path / "none.json", env)
    # Then the status says whether all are well
    assert found == status
    assert tried == [(tuple(urls.split()), "http://b/x")]
    assert capsys.readouterr().out == "1. json://127.0.0.1: ok\n"


def test_settings_that_name_nobody_are_told_so(tmp_path: Path) -> None:
    # Given settings without a receiver
    # When they are tried
    # Then it says where to set one
    with pytest.raises(ValueError, match="set ORDER_FLOW_NOTIFY_URLS in"):
        run_test(tmp_path / "none.json", tmp_path / ".env")


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a receiver, and no library
    monkeypatch.setattr(notices, "is_there", lambda: False)
    env = env_of(tmp_path, f"ORDER_FLOW_NOTIFY_URLS={URL}")
    # When it is tried
    # Then the extra is named
    with pytest.raises(ValueError, match="pip install"):
        run_test(tmp_path / "none.json", env)


def test_the_command_ends_with_the_status(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tried: list[tuple[tuple[str, ...], str | None]],
) -> None:
    # Given a folder of a trader
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    env_of(tmp_path, f"ORDER_FLOW_NOTIFY_URLS={URL}")
    # When the command is called
    result = CliRunner().invoke(app, ["notify", "test"])
    # Then all is well
    assert (result.exit_code, len(tried)) == (0, 1)


def test_no_token_is_among_the_settings_that_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given receivers and a switch with tokens
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    env_of(
        tmp_path,
        f"ORDER_FLOW_NOTIFY_URLS={URL}",
        f"ORDER_FLOW_HEARTBEAT_URL=https://beat.example/{TOKEN}",
    )
    # When the settings are shown
    result = CliRunner().invoke(app, ["config", "show"])
    # Then scheme and host are there, and no token
    assert '["json://127.0.0.1"]' in result.output
    assert '"https://beat.example"' in result.output
    assert TOKEN not in result.output
