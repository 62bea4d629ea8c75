"""The command line: what each command prints, and one clear line for what is wrong."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from trading_bot.cli import app as cli
from trading_bot.cli import help as help_
from trading_bot.cli import options as cli_options
from trading_bot.order_flow.config import FIELD_NAMES
from trading_bot.order_flow.journal.lines import event_line
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules import symbol_judge
from trading_bot.replay.run_explain import ExplainOptions
from trading_bot.watched.asked import MonitorOptions

KEY = "pk_of_this_test_0123456789"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("ORDER_FLOW_", "POLYGON_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command as the console script does, and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["trading-bot", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def write_config(home: Path, **settings: object) -> Path:
    path = home / "config" / "order_flow_config.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def test_the_version_says_whether_the_core_is_compiled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a plain install, and one whose core is machine code
    told = []
    for source in ("event_router.py", "event_router.cpython-311-x86_64-linux-gnu.so"):
        monkeypatch.setattr(symbol_judge, "__file__", source)
        # When each is asked for its version
        assert call(monkeypatch, "--version") == 0
        told.append(capsys.readouterr().out)
    # Then it says which it is
    assert told == [
        f"trading-bot {version('trading-bot-order-flow')}, core: {core}\n"
        for core in ("plain Python", "compiled")
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["monitor", "health", "simulate", "config", "test"]),
        (
            ["monitor"],
            ["--simulated", "--duration", "--position", "--watch", "1h30m", "MASSIVE_API_KEY"],
        ),
        (["health"], ["--timeout", "exit 0 if all is well, else 1"]),
        (["watch"], ["--once", "--ascii", "--bell", "--json", "exchange|local", "status is 0"]),
        (["simulate"], ["--port", "--seed", "--fault"]),
        (["journal"], ["list", "verify", "export"]),
        (["journal", "export"], ["--out", "--event", "--from", "--to", "--symbol"]),
        (["config"], ["show"]),
        (["config", "show"], ["--json", "The key is never shown"]),
        (["config", "schema"], ["JSON schema", "for an editor"]),
        (["init"], ["--key-from-env", "--dry-run", "nothing that is there is overwritten"]),
    ],
)
def test_every_command_says_how_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    # Given a command
    # When its help is asked for
    status = call(monkeypatch, *arguments, "--help")
    # Then it names what it takes, and ends well
    said = " ".join(capsys.readouterr().out.split())
    assert status == 0
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["monitor", "--colour"], "No such option '--colour'"),
        (["look"], "No such command 'look'"),
        (["monitor", "--duration", "soon"], "'--duration'"),
        (["monitor", "--duration", "0"], "'--duration'"),
        (["monitor", "--duration", "nan"], "'nan' is no duration: write 90s, 5m, 1h30m"),
        (["monitor", "--duration", "99ms"], "'99ms' is no duration"),
        (["monitor", "--duration", "0.09s"], "0.09s is less than 0.1 s"),
        (["health", "--timeout", "0.9s"], "0.9s is less than 1 s"),
        (["health", "--timeout", "soon"], "'soon' is no duration"),
        (["monitor", "--watch", "aapl"], "did you mean AAPL?"),
        (["health", "--watch", ","], "',' names no symbol"),
        (["monitor", "--position", "AAPL:100"], "must be SYMBOL:QUANTITY@AVERAGE_PRICE[:STOP]"),
        (["health", "--position", "A:1@2", "--position", "A:1@2"], "A is held twice"),
        (["monitor", "--position", "A:1@2", "--no-positions"], "--no-positions both say what is"),
        (
            ["monitor", "--positions-source", "alpaca", "--no-positions"],
            "alpaca and --no-positions",
        ),
        (
            ["monitor", "--positions-source", "alpaca", "--position", "A:1@2"],
            "alpaca and --position",
        ),
        (["monitor", "--mode", "STREAM"], "'STREAM' is not one of 'stream', 'poll'"),
        (["replay", "day", "--chunk-rows", "0"], "0 is not in the range x>=1"),
        (["replay"], "Missing argument 'PATH...'"),
        (["config", "show", "extra"], "(extra)"),
        (["journal", "export"], "Missing option '--out'"),
        (["journal", "export", "--out", "a.csv", "--event", "told"], "'told' is not one of"),
    ],
)
def test_a_wrong_call_ends_with_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    named: str,
) -> None:
    # Given a call that makes no sense
    # When it is made
    status = call(monkeypatch, *arguments)
    # Then the last line says why, after how it is used, and the exit status is that of usage
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert said.err.strip().splitlines()[-1].startswith("Error: ")
    assert named in said.err.strip().splitlines()[-1]


def test_help_lists_the_commands_in_the_order_of_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a person who does not know the commands
    # When help is asked for
    call(monkeypatch, "--help")
    # Then they stand under headings, the main job first, and none is left out
    said = capsys.readouterr().out
    headings = [heading for heading, _ in help_.COMMANDS]
    places = [said.index(f"\n{heading}:\n") for heading in headings]
    assert places == sorted(places)
    listed = re.findall(r"^  ([a-z]+)  ", said[places[0] :], re.MULTILINE)
    assert listed == [name for _, names in help_.COMMANDS for name in names]
    assert set(listed) == set(cli.app.commands)
    assert "trading-bot monitor --simulated --duration 60\n" in said


def test_a_command_without_a_heading_is_listed_all_the_same() -> None:
    # Given a group with a command that no heading names
    group = click.Group(commands=[cli.app.commands["health"], click.Command("new", help="New.")])
    formatter = click.HelpFormatter(width=80)
    # When its commands are written
    help_.write_commands(group, formatter)
    # Then it comes last, under a heading of its own
    said = formatter.getvalue()
    assert said.index("Watch:\n  health") < said.index("More commands:\n  new  New.")


def commands_of(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from commands_of(command, *above, name)


@pytest.mark.parametrize("words", [(), *commands_of(cli.app)], ids=" ".join)
def test_every_command_has_a_short_way_to_its_help_and_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    # Given a command
    # When its help is asked for by one letter
    status = call(monkeypatch, *words, "-h")
    # Then it says how it is used, with an example that names it
    said = " ".join(capsys.readouterr().out.split())
    assert status == 0
    assert re.search(rf"Examples?: {' '.join(('trading-bot', *words))}\b", said)


def test_options_of_a_large_command_stand_under_headings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a command with many options
    # When its help is asked for
    call(monkeypatch, "monitor", "-h")
    # Then each stands once, under what it is about
    said = capsys.readouterr().out
    parts = re.split(r"^(Which market|What is watched|Options):$", said, flags=re.MULTILINE)
    found = {
        parts[at]: re.findall(r"^  (--[a-z-]+|-h)", parts[at + 1], re.MULTILINE) for at in (1, 3, 5)
    }
    assert "--simulated" in found["Which market"]
    assert "--positions" in found["What is watched"]
    assert {"--duration", "-h"} <= set(found["Options"])
    assert sum(map(len, found.values())) == len(
        cli.app.commands["monitor"].get_params(click.Context(cli.app.commands["monitor"]))
    )


@pytest.mark.parametrize(
    ("shell", "mark"),
    [("bash", "complete -o nosort"), ("zsh", "#compdef trading-bot"), ("fish", "complete --no-f")],
)
def test_the_script_of_a_shell_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str, mark: str
) -> None:
    # Given a shell
    # When its script is asked for
    status = call(monkeypatch, "completion", shell)
    # Then it is that shell's, for this command
    said = capsys.readouterr().out
    assert status == 0
    assert mark in said
    assert "_TRADING_BOT_COMPLETE" in said


@pytest.mark.parametrize(
    ("typed", "place", "completed"),
    [("trading-bot mon", "1", "monitor"), ("trading-bot monitor --sim", "2", "--simulated")],
)
def test_what_is_typed_is_completed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    place: str,
    completed: str,
) -> None:
    # Given a shell that asks as its script does
    for name, value in (
        ("_TRADING_BOT_COMPLETE", "bash_complete"),
        ("COMP_WORDS", typed),
        ("COMP_CWORD", place),
    ):
        monkeypatch.setenv(name, value)
    # When the command is run
    status = call(monkeypatch)
    # Then it answers with what fits
    assert (status, capsys.readouterr().out) == (0, f"plain,{completed}\n")


def test_health_of_a_guard_that_runs_is_asked_of_nobody_else(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a folder without a guard
    # When its health is asked, with the folder and without
    found = [
        (call(monkeypatch, "health", "--running", *more), json.loads(capsys.readouterr().out))
        for more in ([], ["--simulated"], ["--log-dir", str(own_home / "record")])
    ]
    # Then it is dead in both
    assert found == [
        (1, {"reason": f"dead: no guard keeps its record in {folder}"})
        for folder in (
            own_home / "logs" / "order_flow",
            own_home / "logs" / "order_flow_simulated",
            own_home / "record",
        )
    ]


@pytest.mark.parametrize(
    "more", [["--no-positions"], ["--timeout", "20"], ["--base-url", "http://127.0.0.1:1"]]
)
def test_what_a_running_guard_cannot_be_told_any_more_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    # Given a question about a guard that runs, and an option for one that is to be started
    # When it is asked
    status = call(monkeypatch, "health", "--running", *more)
    # Then the option is named
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.endswith(f"Error: {more[0]} does not go with --running.\n")


def test_help_shows_the_default_of_an_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given options with a default, and one without
    # When help is asked for
    call(monkeypatch, "sides", "--help")
    # Then it stands behind what each is for
    said = " ".join(capsys.readouterr().out.split())
    assert "--seed INTEGER Of the delays. [default: 5] --clock-window-ms" in said
    assert "Wait for the rest of an order. [default: 0; x>=0]" in said
    assert "By how much the prints' clock may lag. --defer-ms" in said


def test_an_interrupted_command_ends_as_a_shell_expects(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a replay in which Ctrl-C is pressed
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("trading_bot.commands.recorded.replay.replay_data", interrupted)
    # When it is run
    status = call(monkeypatch, "replay", "day")
    # Then it ends with the status of an interrupt, without a word
    assert (status, *capsys.readouterr()) == (130, "", "")


@pytest.mark.parametrize("command", [["monitor"], ["health"], ["config", "show"]])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not valid JSON"),
        ('{"volume_spike": 3}', "unknown setting 'volume_spike'"),
        (
            '{"alert_window_seconds": 5}',
            "alert_window_seconds=5 must be a whole number from 30 to 300",
        ),
        ('{"blind_after_seconds": "x"}', "blind_after_seconds='x' must be a number"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    content: str,
    words: str,
) -> None:
    # Given a settings file with something wrong in it
    path = own_home / "own.json"
    path.write_text(content, encoding="utf-8")
    # When any command reads it
    status = call(monkeypatch, *command, "--config", str(path))
    # Then one line names it, without a traceback
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("trading-bot: ")
    assert words in line


def test_of_an_account_number_only_the_last_digits_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given the number of an account
    monkeypatch.setenv("ORDER_FLOW_POSITIONS_ACCOUNT", "PA3X9K7LQ2")
    # When the settings are asked for
    status = call(monkeypatch, "config", "show")
    # Then it is not shown whole
    said = capsys.readouterr().out
    assert status == 0
    assert '"...7LQ2"' in said
    assert "PA3X9K" not in said


def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a variable out of its range
    monkeypatch.setenv("ORDER_FLOW_LARGE_ORDER_SIZE", "10")
    # When the settings are asked for
    status = call(monkeypatch, "config", "show")
    # Then the variable, its value and its range are named
    assert status == 2
    assert capsys.readouterr().err == (
        "trading-bot: ORDER_FLOW_LARGE_ORDER_SIZE (environment): large_order_size_threshold='10' "
        "must be a whole number of at least 1,000\n"
    )


def test_a_record_that_cannot_be_made_is_one_clear_line(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a file where the folder of the record should be
    (own_home / "taken").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("POLYGON_API_KEY", KEY)
    # When the market is to be watched into it
    status = call(monkeypatch, "monitor", "--log-dir", str(own_home / "taken"))
    # Then one line names it
    assert status == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trading-bot: ")
    assert str(own_home / "taken") in line


@pytest.mark.parametrize("command", ["monitor", "health"])
def test_a_wrong_positions_file_is_one_clear_line(
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    # Given a positions file with a typing error, and a key
    monkeypatch.setenv("POLYGON_API_KEY", KEY)
    (own_home / "config" / "positions.json").write_text('{"position": []}', encoding="utf-8")
    # When the market is to be watched
    status = call(monkeypatch, command)
    # Then one line says what it should hold, and the key is not in it
    assert status == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert 'must hold {"positions": [...], "watchlist": [...]}' in line
    assert KEY not in line


@pytest.mark.parametrize("command", ["monitor", "health"])
def test_positions_and_none_are_not_said_at_once(
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    # Given a positions file
    path = own_home / "held.json"
    path.write_text("{}", encoding="utf-8")
    # When a command gets it, and the word that nothing is held, or what else is
    first = call(monkeypatch, command, "--no-positions", "--positions", str(path))
    second = call(monkeypatch, command, "--position", "A:1@2", "--positions", str(path))
    # Then it is wrong usage
    assert (first, second) == (2, 2)
    said = capsys.readouterr().err
    assert "--no-positions says that nothing is held, --positions what is." in said
    assert "--position and --positions both say what is held: leave one out." in said


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["monitor"], "--config"),
        (["monitor"], "--positions"),
        (["health"], "--config"),
        (["health"], "--positions"),
        (["config", "show"], "--config"),
        (["replay", "day"], "--config"),
        (["replay", "day"], "--positions"),
        (["score", "day"], "--config"),
        (["calibrate", "day"], "--config"),
        (["explain", "id", "day"], "--config"),
        (["explain", "id", "day"], "--positions"),
    ],
)
def test_a_file_that_is_named_and_missing_is_no_wish_for_the_usual_one(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    option: str,
) -> None:
    # Given a file that is not there
    # When a command is to read it
    status = call(monkeypatch, *command, option, "gone.json")
    # Then one line names option and file, and says what to do
    assert status == 2
    assert capsys.readouterr().err == (
        f"trading-bot: {option} gone.json: there is no such file; mend the path, or leave it out\n"
    )


def test_what_is_stated_without_a_file_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given both commands, which note what they are asked for
    asked: list[MonitorOptions] = []

    def note(options: MonitorOptions) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr("trading_bot.commands.monitor.run_monitor", note)
    monkeypatch.setattr("trading_bot.commands.monitor.run_health", note)
    stated = ["--position", "AAPL:100@187.50:182", "--position", "MSFT:-1@2", "--watch", "AMD,A"]
    # When they are called
    assert call(monkeypatch, "monitor", *stated, "--watch", "B", "--duration", "1h30m") == 0
    assert call(monkeypatch, "health", *stated, "--timeout", "2m") == 0
    assert call(monkeypatch, "health") == 0
    # Then they know, in seconds and to the last digit
    held = (Position("AAPL", 100, "187.50", 182), Position("MSFT", -1, 2))
    assert [(each.positions, each.watch, each.duration_seconds) for each in asked] == [
        (held, ("AMD", "A", "B"), 5_400.0),
        (held, ("AMD", "A"), 120.0),
        ((), (), 20.0),
    ]


@pytest.mark.parametrize(
    ("stated", "found"),
    [([], None), (["--live-dir", "here"], Path("here")), (["--live-dir", "off"], Path("off"))],
)
def test_where_the_live_file_goes_is_handed_on(
    monkeypatch: pytest.MonkeyPatch, stated: list[str], found: Path | None
) -> None:
    # Given the command, which notes what it is asked for
    asked: list[Path | None] = []

    def note(options: MonitorOptions) -> int:
        asked.append(options.live_dir)
        return 0

    monkeypatch.setattr("trading_bot.commands.monitor.run_monitor", note)
    # When it is called, then it knows where the live file goes
    assert call(monkeypatch, "monitor", *stated) == 0
    assert asked == [found]


def test_an_alert_is_looked_for_in_the_record_of_each_market(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the command, which notes where it looks
    asked: list[ExplainOptions] = []

    def note(options: ExplainOptions) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr("trading_bot.replay.run_explain.run_explain", note)
    # When an alert is to be explained, whose record is not named
    assert call(monkeypatch, "explain", "0123456789abcdef", "day") == 0
    # Then every usual folder is looked through
    folders = ("order_flow", "order_flow_simulated", "replay")
    assert asked[0].records == tuple(own_home / "logs" / each for each in folders)


@pytest.mark.parametrize(
    ("command", "wish"),
    [("monitor", ["--watch", "AAPL"]), ("health", [])],
    ids=["of a wish", "of health"],
)
def test_without_a_key_no_invented_market_is_pretended(
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    wish: list[str],
) -> None:
    # Given no key
    monkeypatch.delenv("MASSIVE_API_KEY", raising=False)
    # When a trader's own symbols, or the health of their watch, are asked for
    status = call(monkeypatch, command, *wish)
    # Then one line says what to do, and nothing is recorded
    assert status == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trading-bot: no key is set (MASSIVE_API_KEY or POLYGON_API_KEY)")
    assert f"put the key into {own_home / '.env'}" in line
    assert "--simulated" in line
    assert not (own_home / "logs").exists()


def test_health_of_one_market_does_not_read_the_record_of_another(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a record of the live market
    log = AlertLog(own_home / "record")
    moment = "2026-03-10T14:00:00.000000Z"
    log.write(event_line("order_flow.monitoring_started", moment, None, market="live"))
    log.close()
    # When the health of the simulated one is asked beside it
    status = call(monkeypatch, "health", "--simulated", "--log-dir", str(own_home / "record"))
    # Then that is refused in one line
    assert status == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("[record_of_other_market]")


def test_every_setting_is_shown_with_its_origin(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given settings in file, environment and .env
    write_config(own_home, alert_window_seconds=60, symbol_overrides={"ACME": {}})
    monkeypatch.setenv("ORDER_FLOW_VOLUME_SPIKE_THRESHOLD", "2.5")
    (own_home / ".env").write_text("ORDER_FLOW_MONITORING_MODE=watchlist\n", encoding="utf-8")
    # When they are shown
    status = call(monkeypatch, "config", "show", "--json")
    # Then each has value, origin and variable
    said = capsys.readouterr()
    rows = json.loads(said.out)
    assert (status, said.err) == (0, "")
    assert tuple(rows) == FIELD_NAMES
    assert rows["alert_window_seconds"] == {
        "value": 60,
        "origin": "file",
        "variable": "ORDER_FLOW_ALERT_WINDOW_SECONDS",
    }
    assert rows["volume_spike_threshold"]["origin"] == "environment"
    assert (rows["monitoring_mode"]["value"], rows["monitoring_mode"]["origin"]) == (
        "watchlist",
        ".env",
    )
    assert rows["symbol_overrides"] == {"value": {"ACME": {}}, "origin": "file", "variable": None}
    assert rows["red_burst_threshold"]["origin"] == "default"


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize(("key", "shown"), [(KEY, "(set)"), ("", "(not set)")])
def test_the_key_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: list[str],
    key: str,
    shown: str,
) -> None:
    # Given a key, or none
    monkeypatch.setenv("POLYGON_API_KEY", key)
    # When the settings are shown
    status = call(monkeypatch, "config", "show", *form)
    # Then it is said whether it is set, and no more
    said = capsys.readouterr()
    assert status == 0
    assert KEY not in said.out + said.err
    assert f'"{shown}"' in said.out


def test_settings_in_conflict_are_noted_beside_them(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a setting that file and environment set differently
    path = write_config(own_home, alert_window_seconds=60)
    monkeypatch.setenv("ORDER_FLOW_ALERT_WINDOW_SECONDS", "90")
    # When the settings are shown
    call(monkeypatch, "config", "show")
    # Then the winner is named on standard error, and shown
    said = capsys.readouterr()
    assert said.err == (
        f"note: alert_window_seconds is set differently in {path} and by "
        f"ORDER_FLOW_ALERT_WINDOW_SECONDS (environment); {path} wins\n"
    )
    shown = {line.split()[0]: line.split()[1:] for line in said.out.splitlines()}
    assert shown["alert_window_seconds"] == ["60", "(file)"]
    assert shown["red_burst_threshold"][:2] == ["4.0", "(default):"]


@pytest.mark.slow
def test_health_of_the_simulated_market_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given the simulated market: slower than a unit test, because it starts a process
    # When its health is asked
    status = call(monkeypatch, "health", "--simulated")
    # Then JSON alone is printed, every position is visible, and the exit status says so
    said = capsys.readouterr().out
    assert status == 0
    assert {each["visibility"] for each in json.loads(said)["symbols"].values()} == {"visible"}


def test_without_a_command_the_main_job_runs(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given settings that the main job refuses
    write_config(own_home, data_source="other")
    # When no command is named
    status = call(monkeypatch)
    # Then it was the main job that read them
    assert status == 2
    said = capsys.readouterr().err
    assert (
        "data_source='other' is no provider that is installed (known: databento, polygon)" in said
    )


def test_the_simulator_has_its_own_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a fault that does not exist
    # When the simulator is started with it
    status = call(monkeypatch, "simulate", "--fault", "explode")
    # Then it says which there are
    assert status == 2
    assert "must be one of" in capsys.readouterr().err


def test_the_tests_need_a_source_checkout(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a folder without tests
    # When they are to be run
    status = call(monkeypatch, "test", "-k", "nothing")
    # Then one line says where to run them
    assert status == 2
    assert capsys.readouterr().err == (
        f"trading-bot: {own_home.resolve()} holds no tests folder; run this in a source checkout, "
        "such as by `python3 run.py test`\n"
    )


def test_a_simulated_market_that_does_not_come_up_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an interpreter that cannot start the market's process
    monkeypatch.setattr("trading_bot.simulator.process.sys.executable", "/bin/false")
    # When the simulated market is to be watched
    status = call(monkeypatch, "monitor", "--simulated", "--duration", "1")
    # Then one line says so
    assert status == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("trading-bot: the simulator did not say where it listens")


def test_the_default_home_is_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given no home in the environment
    monkeypatch.delenv("TRADING_BOT_HOME")
    # When it is asked
    # Then it is the present folder
    assert cli_options.home() == Path()


def test_the_package_is_run_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a person who asks for help
    monkeypatch.setattr(sys, "argv", ["trading_bot", "--help"])
    # When the package is run
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("trading_bot", run_name="__main__")
    # Then it is the console script
    assert ended.value.code == 0
    assert "Usage: trading-bot" in capsys.readouterr().out


@pytest.mark.slow
def test_help_loads_nothing_of_the_guard() -> None:
    # Given a fresh process
    look = "import sys, trading_bot.cli.app; print(*sys.modules)"
    # When the command line is loaded, as for help and usage errors
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", look], capture_output=True, check=True, text=True, timeout=60
    )
    # Then the guard, its client and the terminal are not; errors are, which blank what they say
    heavy = ("trading_bot.order_flow.", "trading_bot.commands", "massive", "rich", "asyncio")
    loaded = [name for name in run.stdout.split() if name.startswith(heavy)]
    assert loaded == ["trading_bot.order_flow.diagnostics", "trading_bot.order_flow.errors"]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["monitor", "doctor"])
def test_without_time_zone_data_the_mend_is_said(own_home: Path, command: str) -> None:
    # Given a machine without it
    hidden = "import sys; sys.modules['tzdata'] = None; from trading_bot.cli.app import main; "
    code = f"{hidden}sys.argv = ['trading-bot', '{command}']; main()"
    environ = os.environ | {"PYTHONTZPATH": "", "TRADING_BOT_HOME": str(own_home)}
    # When a command is run
    run = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    # Then it says what to install, in one line
    (line,) = [each for each in (run.stdout + run.stderr).splitlines() if "pip install" in each]
    assert "no America/New_York; install it: pip install tzdata" in line
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_a_folder_that_is_not_there_is_named_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no folder
    none = tmp_path / "none"
    # When its record is asked for
    status = call(monkeypatch, "journal", "list", "--log-dir", str(none))
    # Then one line names it, without the system's number
    assert status == 2
    assert capsys.readouterr().err == f"trading-bot: {none}: No such file or directory\n"
