"""All checks together: in order, within the time, whatever one of them does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from click.testing import CliRunner
from support.doctor_values import hold, looked_at, machine
from support.provider_stub import KEY, Reply, StubProvider

from trading_bot.cli import app as cli
from trading_bot.doctor import examination
from trading_bot.doctor.check import Check, exit_status, fail, ok, warn
from trading_bot.doctor.checks import OFFLINE, ONLINE_NAMES
from trading_bot.doctor.examination import examine
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.online_checks import ONLINE
from trading_bot.doctor.run import run_doctor
from trading_bot.simulator.running import RunningSimulator

ALL = [*OFFLINE, *ONLINE_NAMES]


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ORDER_FLOW_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def no_zone() -> tzinfo:
    raise ZoneInfoNotFoundError("none")


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ([], 0),
        ([ok("a")], 0),
        ([ok("a"), warn("b", "c")], 1),
        ([warn("b", "c"), fail("d", "e"), ok("a")], 2),
    ],
)
def test_the_worst_decides_the_exit_status(checks: list[Check], status: int) -> None:
    # Given what was found
    # When its exit status is asked for, then it is that of the worst
    assert exit_status(checks) == status


def test_every_name_has_its_check() -> None:
    # Given the names of the checks that ask
    # When they are compared with the checks, then none is missing
    assert tuple(ONLINE) == ONLINE_NAMES


def test_every_check_is_explained() -> None:
    # Given the page on the checks
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    # When its table is read
    table = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    # Then it names each
    assert [name for name in ALL if f"`{name}`" not in table] == []


@pytest.mark.slow
def test_a_healthy_set_up_is_well(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a market, a private key, settings and positions
    hold(tmp_path, "ACME", "DOVE", "FERN.B")
    env = tmp_path / ".env"
    env.write_text(f"MASSIVE_API_KEY={sim.key}\n", encoding="utf-8")
    env.chmod(0o600)
    looked = looked_at(tmp_path, sim.base_url, environ={})
    # When all is looked at
    status = run_doctor(looked, seconds=20, as_json=False)
    # Then one line for each check says so
    said = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split()[:2] for line in said] == [["ok", name] for name in ALL]


@pytest.mark.slow
def test_the_simulated_market_is_well_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an empty folder
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    # When the command looks at the simulated market
    run = CliRunner().invoke(cli.app, ["doctor", "--simulated", "--json"])
    # Then JSON alone is printed, in the documented shape
    checks = json.loads(run.stdout)["checks"]
    assert run.exit_code == 0, run.stdout
    assert [each["name"] for each in checks] == ALL
    assert {tuple(each) for each in checks} == {("name", "state", "found", "mend")}


def test_faults_that_have_nothing_to_do_with_each_other_are_all_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no key, a full disk, an old Python, and a file in place of the record
    (tmp_path / "record").touch()
    looked = looked_at(
        tmp_path, environ={}, machine=machine(python=(3, 9, 0), free_bytes=lambda _: 5)
    )
    # When all is looked at
    status = run_doctor(looked, seconds=20, as_json=True)
    # Then each is found, and what needs a key is not asked
    checks = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    failed = {name for name, each in checks.items() if each["state"] == "fail"}
    assert status == 2
    assert failed == {"python", "key", "journal", "disk"}
    asked_nothing = {n for n, each in checks.items() if each["found"] == "not asked: no key"}
    keyless = {"proxy", "certificates", "depth_feed", "budget", "hosts_told"}
    assert asked_nothing == set(ONLINE_NAMES) - keyless


def test_without_time_zone_data_the_rest_of_the_machine_is_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a machine without it
    looked = looked_at(tmp_path, machine=machine(new_york=no_zone))
    # When all is looked at
    run_doctor(looked, seconds=20, as_json=True)
    # Then the mend is said once, and files are looked at all the same
    checks = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["time_zone"]["state"] == "fail"
    assert checks["settings"]["state"] == "ok"
    assert {checks[name]["mend"] for name in ONLINE_NAMES} == {"mend time_zone first"}


def test_a_check_that_fails_itself_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a check with a defect, which names the key
    def broken(_: Looked) -> Check:
        raise RuntimeError(f"boom {KEY}")

    monkeypatch.setattr(examination, "OFFLINE", {"settings": OFFLINE["settings"], "disk": broken})
    looked = looked_at(tmp_path, machine=machine(new_york=no_zone))
    monkeypatch.setattr(examination, "ONLINE_NAMES", ())
    # When all is looked at
    found = dict(examine(looked, 20))
    # Then the others are there, and no secret is shown
    assert found["settings"].state == "ok"
    assert found["disk"].found == "this check has failed itself (RuntimeError: boom ***)"
    assert "report" in found["disk"].mend


def test_the_login_of_an_address_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a host that was written with name and password
    looked = looked_at(tmp_path, "https://walter:s3cret-word@api.test")
    # When all is looked at
    run_doctor(looked, seconds=20, as_json=False)
    # Then the address is refused without them
    said = capsys.readouterr().out
    assert "base_url='https://***@api.test' must be a host" in said
    assert "s3cret-word" not in said


@pytest.mark.slow
def test_a_provider_that_never_answers_ends_within_the_time(tmp_path: Path) -> None:
    # Given a provider that takes questions and answers none
    with StubProvider(Reply(hangs=True)) as host:
        looked = looked_at(tmp_path, host.base_url)
        begun: list[str] = []
        # When all is looked at within a second
        found = dict(examine(looked, 1, begun=begun.append))
    # Then what asks nobody was found, and the rest says that there was no time
    assert list(found) == ALL
    assert begun == [*OFFLINE, "proxy", "certificates", "key_accepted"]
    assert found["disk"].state == "ok"
    assert found["key_accepted"] == warn(
        "no answer within 1 s in all", "give it more time (--timeout 2)"
    )
    assert found["real_time"].found == "not looked at: no time was left"


def test_nothing_more_is_asked_once_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a check that takes until the time is over
    made: list[str] = []

    def slow(looked: Looked) -> Check:
        looked.over.wait()
        return ok("late")

    def note(_: Looked) -> Check:
        made.append("asked")
        return ok("asked")

    monkeypatch.setattr(examination, "OFFLINE", {"slow": slow})
    monkeypatch.setattr(examination, "ONLINE_NAMES", ("next",))
    monkeypatch.setattr(examination, "_online", lambda: {"next": note})
    # When all is looked at within no time
    found = dict(examine(looked_at(tmp_path), 0.05))
    # Then the next was not made
    assert [each.state for each in found.values()] == ["warn", "warn"]
    assert made == []
    assert not [each for each in threading.enumerate() if each.name == "doctor"]


class Terminal:
    """A stream that says that a person looks at it."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_on_a_terminal_it_is_shown_what_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a terminal
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    # When all is looked at
    run_doctor(looked_at(tmp_path, environ={}), seconds=20, as_json=False)
    # Then each name is shown while its check is made, and taken away
    assert "\r\x1b[K...   settings\r\x1b[K" in terminal.text
    assert "\x1b" not in capsys.readouterr().out


def test_a_line_holds_state_name_finding_and_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no key
    # When all is looked at
    run_doctor(looked_at(tmp_path, environ={}), seconds=20, as_json=False)
    # Then its line says all of it
    lines = capsys.readouterr().out.splitlines()
    (line,) = [each for each in lines if each.split()[1] == "key"]
    assert line == (
        "fail  key           no key is set (MASSIVE_API_KEY or POLYGON_API_KEY): `monitor` only "
        f"demonstrates itself, on a SIMULATED market; put it into {tmp_path / '.env'} or the "
        "environment, or run with --simulated"
    )


def test_two_words_of_what_is_held_are_refused(tmp_path: Path) -> None:
    # Given both options
    path = tmp_path / "positions.json"
    path.write_text("{}", encoding="utf-8")
    # When the command is called, then it says that they exclude each other
    run = CliRunner().invoke(cli.app, ["doctor", "--no-positions", "--positions", str(path)])
    assert run.exit_code == 2
    assert "--no-positions says that nothing is held" in run.output


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A doctor that waits for a provider that never answers."""
    with StubProvider(Reply(hangs=True)) as host:
        command = [sys.executable, "-m", "trading_bot", "doctor", "--base-url", host.base_url]
        environ = os.environ | {"MASSIVE_API_KEY": KEY, "TRADING_BOT_HOME": str(tmp_path)}
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        yield process
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_ctrl_c_ends_it_without_a_word(waiting: subprocess.Popen[str]) -> None:
    # Given a doctor that waits for an answer
    assert waiting.stdout is not None
    while "certificates" not in waiting.stdout.readline():
        pass
    # When Ctrl-C is pressed
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=10)
    # Then it ends as a shell expects, without a trace
    assert waiting.returncode == 130
    assert (out, err) == ("", "")
