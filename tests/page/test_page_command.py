"""`trading-bot page`: what it serves, where it listens, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.live_market import LiveFolder, append, live_beat, live_row
from support.page_client import get, watching
from support.replay_options import a_day

from trading_bot.cli import app as cli
from trading_bot.commands import page
from trading_bot.commands.page import PageOptions, run_page, run_replayed_page
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.live_file.place import live_folder
from trading_bot.replay.run_replay import ReplayOptions


@pytest.fixture(autouse=True)
def own_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)


class Visit:
    """Visits the page from another thread as soon as its address is said, and then ends it."""

    def __init__(
        self, visit: Callable[[int, str], Any] | None = None, number: int = signal.SIGINT
    ) -> None:
        self._visit = visit
        self._number = number
        self.said = ""
        self.found: Any = None

    def __call__(self, text: str) -> None:
        self.said = text
        threading.Thread(target=self._look).start()

    def _look(self) -> None:
        try:
            address = re.search(r"http://127\.0\.0\.1:(\d+)(/\S+/)", self.said)
            assert address is not None
            if self._visit is not None:
                self.found = self._visit(int(address[1]), address[2])
        finally:
            os.kill(os.getpid(), self._number)


def first_state(port: int, root: str) -> Any:
    async def look() -> Any:
        async with watching(port, f"{root}events") as stream:
            return (await stream.next("state"))[1]

    return asyncio.run(look())


def options(home: Path, **changes: Any) -> PageOptions:
    return PageOptions(**({"port": 0, "live_dir": None, "log_dir": None, "home": home} | changes))


def begin(folder: Path, symbol: str, seconds: float = 0.0) -> LiveFolder:
    live = LiveFolder(folder)
    live.begin(live_beat(live_row(symbol), whole=True, seconds=seconds))
    folder.chmod(0o700)
    return live


def test_it_shows_the_live_file_until_ctrl_c(tmp_path: Path) -> None:
    # Given a live file
    begin(tmp_path / "live", "ACME")
    # When it is shown, somebody looks, and then Ctrl-C is pressed
    visit = Visit(first_state)
    status = run_page(options(tmp_path, live_dir=tmp_path / "live"), visit)
    # Then he has seen it, and it has ended well
    assert status == 0
    assert visit.found["order"] == ["ACME"]
    assert "Ctrl-C ends it." in visit.said
    assert "yet" not in visit.said


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_well_by_other_signals_too(tmp_path: Path, number: int) -> None:
    # Given a page
    # When it is told to end, or its terminal goes
    status = run_page(options(tmp_path), Visit(number=number))
    # Then it ends well
    assert status == 0


def test_a_hang_up_that_is_ignored_stays_so(tmp_path: Path) -> None:
    # Given a process that was started to outlive its terminal
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        visit = Visit(lambda *_: os.kill(os.getpid(), signal.SIGHUP))
        # When the terminal goes, and later the process is told to end
        status = run_page(options(tmp_path), visit)
    finally:
        signal.signal(signal.SIGHUP, before)
    # Then it ended by the second
    assert status == 0


def test_of_both_usual_records_the_one_that_was_heard_last_is_shown(tmp_path: Path) -> None:
    # Given live files of both usual records, the simulated one newer
    logs = tmp_path / "logs"
    begin(live_folder(logs / "order_flow"), "REAL")
    begin(live_folder(logs / "order_flow_simulated"), "MADE", seconds=1)
    # When nothing is asked for, and when one is
    seen = []
    for log_dir in (None, logs / "order_flow"):
        visit = Visit(first_state)
        run_page(options(tmp_path, log_dir=log_dir), visit)
        seen += visit.found["order"]
    # Then it is the newer one, and the one that was asked for
    assert seen == ["MADE", "REAL"]


def test_without_a_live_file_it_says_so_and_waits(tmp_path: Path) -> None:
    # Given nothing
    visit = Visit(first_state)
    # When the page is asked for
    status = run_page(options(tmp_path), visit)
    # Then both it and the page say what is waited for
    folder = live_folder(tmp_path / "logs" / "order_flow")
    assert status == 0
    assert f"No guard has written in {folder} yet" in visit.said
    assert visit.found["status"] == "waiting"
    assert str(folder) in visit.found["troubles"][0]


def test_its_address_stays_from_one_start_to_the_next(tmp_path: Path) -> None:
    # Given a page that was served once
    first, second = Visit(), Visit()
    run_page(options(tmp_path), first)
    # When it is served again
    run_page(options(tmp_path), second)
    # Then the token is the same: a page that is open goes on
    tokens = [each.said.split("/")[3] for each in (first, second)]
    assert tokens[0] == tokens[1]


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_one_sentence(tmp_path: Path) -> None:
    # Given a port that somebody else has
    # When the page is to have it, then it says so, and what to do
    with taken_port() as port, pytest.raises(ValueError, match=f"^port {port} .*--port"):
        run_page(options(tmp_path, port=port))


def test_where_the_usual_port_is_taken_another_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the usual port, which somebody else has
    with taken_port() as port:
        monkeypatch.setattr(page, "USUAL_PORT", port)
        visit = Visit(first_state)
        # When no port is asked for
        run_page(options(tmp_path, port=None), visit)
    # Then there is another one, and it is said
    assert f"Port {port} is taken" in visit.said
    assert visit.found["status"] == "waiting"


def test_an_error_of_another_kind_is_the_systems_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an address that this machine does not have
    monkeypatch.setattr("trading_bot.live_view.page.server.ADDRESS", "192.0.2.1")
    # When the page is to listen there, then what is wrong is said as it is
    with pytest.raises(OSError, match="assign requested address"):
        run_page(options(tmp_path))


def test_another_version_of_the_live_file_ends_it(tmp_path: Path) -> None:
    # Given a guard of another version that begins to write while the page is shown
    live = begin(tmp_path / "live", "ACME")
    assert live.segment is not None
    path = live.segment

    def upgrade(_: str) -> None:
        append(path, b'{"schema":2}\n')

    # When it is found, then the page ends and names both
    with pytest.raises(DataSourceError, match="schema 2"):
        run_page(options(tmp_path, live_dir=tmp_path / "live"), upgrade)


def test_an_alert_is_explained_from_the_data_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given recorded data, and a guard with a record
    given: list[Any] = []

    class Noted:
        def __init__(self, _lines: object, data: Callable[[], Any]) -> None:
            given.append(data)

    monkeypatch.setattr(page, "Explainer", Noted)
    begin(tmp_path / "live", "ACME")
    # When the page is served with it, with it and a record, and without any
    for more in ({}, {"log_dir": tmp_path / "record"}, {"data": ()}):
        data = {"live_dir": tmp_path / "live", "data": (Path("tape"),)} | more
        run_page(options(tmp_path, **data), Visit())
    # Then the command is given both where they are known
    assert [each() for each in given] == [
        ("tape",),
        ("tape", "--record", str(tmp_path / "record")),
        (),
    ]


@pytest.mark.slow
def test_a_recorded_day_is_played_into_the_page(tmp_path: Path) -> None:
    # Given a recorded day with three large sellers
    day = a_day(tmp_path, config_is_given=True)

    def look(port: int, root: str) -> Any:
        async def until_an_exit() -> Any:
            async with watching(port, f"{root}events") as stream:
                (_, state), found = await stream.next("state"), None
                while found is None:
                    alerts = [each["line"] for each in state["alerts"]]
                    said = (await stream.next("said"))[1] if not alerts else None
                    found = alerts[-1] if said is None else said["line"]
                answer = await get(port, f"{root}explain/{found['alert_id']}")
                return state["market"], answer.body.decode()

        return asyncio.run(until_an_exit())

    # When it is shown
    visit = Visit(look)
    status = run_replayed_page(0, day, 1.0, visit)
    # Then its alerts come as they were found, each can be explained, and nothing stays behind
    assert status == 0
    assert visit.said.startswith("The page of the recorded day: ")
    market, explained = visit.found
    assert market == "recorded"
    assert "equal to the record in every field" in explained


def test_a_day_that_cannot_be_played_is_one_sentence(tmp_path: Path) -> None:
    # Given files that hold no such symbol
    day = a_day(tmp_path, symbols=("NONE",))
    # When it is to be shown, then it says so
    with pytest.raises(ValueError, match="no row could be played"):
        run_replayed_page(0, day, 1.0)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["trading-bot", "page", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command_hands_on_what_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a command line for a guard
    given: list[PageOptions] = []

    def take(found: PageOptions) -> int:
        given.append(found)
        return 0

    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    monkeypatch.setattr(page, "run_page", take)
    # When it is called with each option, and with none
    data = ["--data", tmp_path, "--live-dir", "live", "--log-dir", "record", "--port", "9"]
    assert [call(monkeypatch, *data), call(monkeypatch)] == [0, 0]
    # Then all are handed on
    assert given == [
        PageOptions(9, Path("live"), Path("record"), tmp_path, (tmp_path,)),
        PageOptions(None, None, None, tmp_path),
    ]


def test_the_command_plays_a_day_as_replay_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a command line for a recorded day
    given: list[Any] = []

    def take(*found: Any) -> int:
        given.append(found)
        return 0

    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    monkeypatch.setattr(page, "run_replayed_page", take)
    tape = tmp_path / "tape.csv"
    tape.touch()
    # When it is called with much of what `replay` takes, and with the day alone
    how = ["--speed", "5", "--symbol", "ACME", "--from", "2013-10-08", "--day", "2013-10-08"]
    call(monkeypatch, "--replay", tape, *how, "--config", tape)
    call(monkeypatch, "--replay", tape)
    # Then it is played so
    ((port, first, speed), (_, second, usual)) = given
    assert (port, speed, usual) == (None, 5.0, 30.0)
    assert first.paths == second.paths == (tape,)
    assert (first.symbols, first.begin, str(first.day)) == (("ACME",), "2013-10-08", "2013-10-08")
    assert (first.config_is_given, second.config_is_given) == (True, False)
    assert isinstance(second, ReplayOptions)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--speed", "2"], "--speed goes with --replay."),
        (["--symbol", "ACME"], "--symbol goes with --replay."),
        (["--replay", "HERE", "--live-dir", "x"], "--live-dir does not go with --replay."),
        (["--replay", "HERE", "--data", "HERE"], "--data does not go with --replay."),
        (["--port", "65536"], "--port"),
        (["--replay", "missing"], "--replay missing: there is no such file"),
    ],
)
def test_what_does_not_go_together_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    # Given options that do not go together, or name what is not there
    given = [each.replace("HERE", str(tmp_path)) for each in arguments]
    # When the command is called, then it ends with a sentence
    assert call(monkeypatch, *given) == 2
    assert words in capsys.readouterr().err
