"""The unit of systemd: what it says, and that systemd takes it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trading_bot.service.unit import unit_text

HOME = Path("/srv/guard")
PYTHON = Path("/srv/guard/.venv/bin/python")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="systemd runs elsewhere")
pytestmark = posix_only


def values(text: str) -> dict[str, str]:
    return dict(
        line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] not in "#["
    )


def test_a_guard_that_fails_or_hangs_is_started_again_and_a_wrong_setting_is_not() -> None:
    # Given the unit of a folder
    found = values(unit_text(HOME, PYTHON))
    # When what it says of restarts is read
    names = ("Type", "NotifyAccess", "Restart", "RestartPreventExitStatus", "WatchdogSec")
    # Then it waits for word of the guard, and status 2 ends it for good
    assert [found[name] for name in names] == ["notify", "main", "on-failure", "2", "60"]


def test_a_unit_runs_the_monitor_of_its_folder() -> None:
    # Given the unit of a folder
    found = values(unit_text(HOME, PYTHON))
    # When what it runs is read
    names = ("WorkingDirectory", "Environment", "EnvironmentFile", "ExecStart", "WantedBy")
    # Then it is the monitor, in that folder, with its variables if there are any
    assert [found[name] for name in names] == [
        "/srv/guard",
        '"TRADING_BOT_HOME=/srv/guard"',
        "-/srv/guard/.env",
        '"/srv/guard/.venv/bin/python" -m trading_bot monitor',
        "default.target",
    ]


def test_a_unit_of_ones_own_asks_for_nothing_that_needs_privileges() -> None:
    # Given a unit for one's own manager, and one for the system's
    own, system = values(unit_text(HOME, PYTHON)), values(unit_text(HOME, PYTHON, user="guard"))
    # When they are compared
    # Then both give privileges away, and only the system's closes the disk but for the folder
    assert own["NoNewPrivileges"] == system["NoNewPrivileges"] == "yes"
    assert "ProtectSystem" not in own
    assert "User" not in own
    assert (system["ProtectSystem"], system["ReadWritePaths"]) == ("strict", '"/srv/guard"')
    assert (system["User"], system["WantedBy"]) == ("guard", "multi-user.target")


def test_odd_characters_of_a_path_are_escaped() -> None:
    # Given a folder with a blank, a quote, a dollar, a backslash and a percent sign in its name
    home = Path('/srv/a b"c$d\\e%f')
    # When its unit is written
    found = values(unit_text(home, home / "python", user="guard"))
    # Then each stands as systemd reads it there
    assert found["WorkingDirectory"] == '/srv/a b"c$d\\e%%f'
    assert found["Environment"] == '"TRADING_BOT_HOME=/srv/a b\\"c$d\\\\e%%f"'
    assert found["ReadWritePaths"] == '"/srv/a b\\"c$d\\\\e%%f"'
    assert found["ExecStart"].startswith('"/srv/a b\\"c$$d\\\\e%%f/python" -m ')


def test_a_path_with_a_line_break_is_refused() -> None:
    # Given a folder whose name would begin a new setting
    # When its unit is asked for
    # Then it is refused
    with pytest.raises(ValueError, match="no path with a line break"):
        unit_text(Path("/srv/a\nExecStartPre=b"), PYTHON)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("user", [None, "root"])
def test_systemd_finds_nothing_wrong_with_a_unit(tmp_path: Path, user: str | None) -> None:
    # Given a unit of this machine, in a folder with a blank in its name
    home = tmp_path / "a home"
    home.mkdir()
    path = tmp_path / "order-flow-guard.service"
    path.write_text(unit_text(home, Path(sys.executable), user=user), encoding="utf-8")
    # When systemd verifies it
    found = subprocess.run(  # noqa: S603 - our own file
        [shutil.which("systemd-analyze") or "", "verify", "--man=no", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    # Then it has nothing to say of it
    said = [line for line in found.stderr.splitlines() if path.name in line]
    assert (found.returncode, said) == (0, [])
