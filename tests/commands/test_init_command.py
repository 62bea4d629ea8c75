"""`trading-bot init`, as a person runs it."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trading_bot.cli import app as cli

KEY = "aKey_that-nobody.may=see0"
NAMES = [".env", "config/order_flow_config.json", "config/order_flow_config.schema.json"]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("ORDER_FLOW_", "POLYGON_", "MASSIVE_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("TRADING_BOT_HOME", str(home))
    # One machine is as good as another for what is tested here.
    monkeypatch.setattr(sys, "platform", "linux")
    return home


class Said:
    """What a command said, and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


class Terminal(io.StringIO):
    """A terminal at which nobody answers."""

    def isatty(self) -> bool:
        return True


Call = Callable[..., Said]


@pytest.fixture
def init(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["trading-bot", "init", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


def written(home: Path) -> list[str]:
    return sorted(each.relative_to(home).as_posix() for each in home.rglob("*") if each.is_file())


def test_all_files_are_written_and_each_line_says_what_to_do_next(
    own_home: Path, init: Call
) -> None:
    # Given a folder that is not there
    # When the first files are asked for with what is held
    said = init("--position", "AAPL:100@187.50:182", "--watch", "MSFT,NVDA")
    # Then they are there, and each line tells of one and of the next step
    config, unit = own_home / "config", "config/order-flow-guard.service"
    assert said.status == 0
    assert written(own_home) == sorted([*NAMES, "config/positions.json", unit])
    assert said.out == (
        f"Wrote {own_home}/.env: put your key behind MASSIVE_API_KEY= in it\n"
        f"Wrote {config}/positions.json: change it whenever you trade: it is read again at once\n"
        f"Wrote {config}/order_flow_config.json: change what you like; `trading-bot config show` "
        "prints what holds\n"
        f"Wrote {config}/order_flow_config.schema.json: nothing to do: an editor completes and "
        "checks the settings by it\n"
        f"Wrote {own_home}/{unit}: to keep the guard running: mkdir -p ~/.config/systemd/user && "
        f"cp {own_home}/{unit} ~/.config/systemd/user/ && systemctl --user daemon-reload && "
        "systemctl --user enable --now order-flow-guard\n"
        "Next: `trading-bot doctor` checks all of it, `trading-bot monitor` watches\n"
    )


@pytest.mark.skipif(os.name == "nt", reason="there a file is its owner's")
def test_key_and_positions_are_their_owners_alone(own_home: Path, init: Call) -> None:
    # Given nothing
    # When the first files are written
    init("--no-positions")
    # Then nobody else may read them
    modes = {
        stat.S_IMODE((own_home / name).stat().st_mode) for name in (".env", "config/positions.json")
    }
    assert modes == {0o600}


def test_where_it_was_not_said_what_is_held_nothing_says_so(own_home: Path, init: Call) -> None:
    # Given nothing, and nobody who could be asked
    # When the first files are written
    said = init()
    # Then there is none of positions, and it is said how there will be
    assert said.status == 0
    assert "config/positions.json" not in written(own_home)
    assert (
        f"No {own_home}/config/positions.json: it was not said what is held. Run this again with "
        "--position AAPL:100@187.50:182, or with --no-positions where nothing is\n"
    ) in said.out


def test_nothing_that_is_there_is_overwritten(own_home: Path, init: Call) -> None:
    # Given files of a person, of each name
    init("--no-positions")
    for name in written(own_home):
        (own_home / name).write_text("mine", encoding="utf-8")
    # When the first files are asked for again
    said = init()
    # Then each is as it was, and it is said so
    assert said.status == 0
    assert {(own_home / name).read_text(encoding="utf-8") for name in written(own_home)} == {"mine"}
    assert said.out.count("as it is: for a new one, move it away and run this again\n") == 5
    assert "Wrote" not in said.out


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("--key-from-env",), ".env"),
        (("--position", "AAPL:1@1"), "config/positions.json"),
        (("--no-positions",), "config/positions.json"),
        (("--alerts-per-day", "12"), "config/order_flow_config.json"),
    ],
)
def test_an_answer_for_a_file_that_is_there_is_refused_before_anything_is_written(
    own_home: Path,
    init: Call,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    name: str,
) -> None:
    # Given one file of a person
    monkeypatch.setenv("MASSIVE_API_KEY", KEY)
    path = own_home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    # When something is to stand in it
    said = init(*arguments)
    # Then it is said what to do, and nothing was written
    assert said.status == 2
    assert said.err == (
        f"trading-bot: {path} is there and is never overwritten: change it yourself, or move it "
        "away and run this again; nothing was written\n"
    )
    assert written(own_home) == [name]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--key-from-env",), "the environment has no MASSIVE_API_KEY or POLYGON_API_KEY"),
        (("--position", "AAPL"), "'AAPL' must be SYMBOL:QUANTITY@AVERAGE_PRICE[:STOP]"),
        (("--no-positions", "--watch", "msft"), "did you mean MSFT?"),
        (("--watch", "MSFT"), "--watch needs --position, or --no-positions"),
        (("--position", "AAPL:1@1", "--no-positions"), "--no-positions says that nothing is held"),
        (("--alerts-per-day", "2"), "alerts_per_day=2 must be a whole number from 3 to 30"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_before_anything_is_written(
    own_home: Path, init: Call, arguments: tuple[str, ...], words: str
) -> None:
    # Given an answer that cannot be
    # When the first files are asked for
    said = init(*arguments)
    # Then it is said what is wrong, and nothing was written
    assert said.status == 2
    assert words in said.err
    assert not own_home.exists()


def test_the_key_of_the_environment_is_written_and_never_shown(
    own_home: Path, init: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a key in the environment
    monkeypatch.setenv("POLYGON_API_KEY", KEY)
    # When it is to be written
    shown = init("--key-from-env", "--dry-run")
    said = init("--key-from-env")
    # Then it stands in the file, and in nothing that was said
    assert f"\nMASSIVE_API_KEY={KEY}\n" in (own_home / ".env").read_text(encoding="utf-8")
    assert KEY not in shown.out + shown.err + said.out + said.err
    assert f"Wrote {own_home}/.env: it holds your key, and only you can read it\n" in said.out


def test_who_states_something_is_asked_nothing(
    own_home: Path, init: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a terminal that would answer nothing
    monkeypatch.setattr(sys, "stdin", Terminal())
    # When something is stated
    said = init("--no-positions")
    # Then no question is asked
    assert said.status == 0
    assert "(Enter:" not in said.out
    assert "config/positions.json" in written(own_home)


def test_what_is_there_is_not_asked_for(
    own_home: Path, init: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a terminal that would answer nothing, and all files
    init("--no-positions")
    before = written(own_home)
    monkeypatch.setattr(sys, "stdin", Terminal())
    # When the first files are asked for
    said = init()
    # Then no question is asked, and each file is left
    assert said.status == 0
    assert said.out.count("as it is: ") == len(before) == 5


def test_no_option_takes_the_key(init: Call) -> None:
    # Given a key
    # When it is given on the command line, where the history of the shell keeps it
    # Then that is refused
    assert init("--key", KEY).status == 2


def test_a_dry_run_shows_all_and_writes_nothing(own_home: Path, init: Call) -> None:
    # Given a file of a person
    (own_home / "config").mkdir(parents=True)
    (own_home / "config/order_flow_config.json").write_text("mine", encoding="utf-8")
    # When it is asked what would be written
    said = init("--dry-run", "--position", "AAPL:100@187.50")
    # Then each file is shown with what it holds, and none is written
    assert said.status == 0
    assert written(own_home) == ["config/order_flow_config.json"]
    assert f"Would write {own_home}/config/positions.json (yours alone); then change it" in said.out
    assert '    {"symbol": "AAPL", "quantity": "100", "average_price": "187.50", "stop": null}' in (
        said.out
    )
    assert f"Would leave {own_home}/config/order_flow_config.json as it is: " in said.out


def test_a_folder_that_cannot_be_written_is_one_line(own_home: Path, init: Call) -> None:
    # Given a file where the folder should be
    own_home.write_text("mine", encoding="utf-8")
    # When the first files are asked for
    said = init()
    # Then one line names it
    assert said.status == 2
    assert str(own_home) in said.err
    assert "Traceback" not in said.err


def test_another_system_has_no_unit(
    own_home: Path, init: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a machine without systemd
    monkeypatch.setattr(sys, "platform", "darwin")
    # When the first files are written
    init()
    # Then there is no unit
    assert written(own_home) == sorted(NAMES)


@pytest.mark.skipif(os.name == "nt", reason="there is no such terminal")
def test_on_a_terminal_it_asks(own_home: Path) -> None:
    # Given somebody at a terminal, who answers each question as it comes
    import pty  # noqa: PLC0415 - there is none on Windows

    ours, theirs = pty.openpty()
    answers = [KEY, "file", "AAPL:100@187.50:182", "", "MSFT", "12"]
    # When the first files are asked for
    with subprocess.Popen(
        [sys.executable, "-m", "trading_bot", "init"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as asking:
        assert asking.stdout is not None
        said = b""
        while piece := asking.stdout.read(1):
            said += piece
            if said.endswith(b"): ") and answers:
                os.write(ours, f"{answers.pop(0)}\n".encode())
        status = asking.wait(60)
    os.close(theirs)
    os.close(ours)
    # Then the answers stand in the files, and the key in nothing that was said
    assert status == 0
    assert f"MASSIVE_API_KEY={KEY}" in (own_home / ".env").read_text(encoding="utf-8")
    assert '"AAPL"' in (own_home / "config/positions.json").read_text(encoding="utf-8")
    settings = (own_home / "config/order_flow_config.json").read_text(encoding="utf-8")
    assert '"alerts_per_day": 12' in settings
    assert KEY.encode() not in said


def test_a_broker_may_say_what_is_held(own_home: Path, init: Call) -> None:
    # Given a folder that is not there
    # When the first files are asked for with a broker, and a symbol to watch
    said = init("--positions-source", "alpaca", "--watch", "MSFT")
    # Then there is no positions file, and it is said who says what is held
    assert said.status == 0
    assert "config/positions.json" not in written(own_home)
    assert "alpaca says what is held: see docs/brokers.md\n" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--positions-source", "nobody"], "'nobody' is none of alpaca, file"),
        (["--positions-source", "alpaca", "--no-positions"], "leave the others out"),
        (["--positions-source", "alpaca", "--position", "AAPL:1@2"], "leave the others out"),
        (["--positions-source", "file", "--watch", "MSFT"], "--watch needs --position"),
    ],
)
def test_who_says_what_is_held_is_said_once(
    own_home: Path, init: Call, arguments: list[str], words: str
) -> None:
    # Given a source that is not here, or two of them
    # When the first files are asked for
    said = init(*arguments)
    # Then nothing is written, and why is said
    assert said.status == 2
    assert words in said.err
    assert not own_home.exists()
