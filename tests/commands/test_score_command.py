"""`trading-bot score`, on a made day."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from support.card_values import RULES, card_of, effects_of, row_of
from support.flat_data import trade_line, trades_file
from support.recorded_day import FIXED, recorded_day

from trading_bot.cli import app as cli
from trading_bot.cli.app import app
from trading_bot.commands import score as command
from trading_bot.order_flow.config import Thresholds
from trading_bot.replay.playback import open_playback
from trading_bot.research import extras
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.score_run import score
from trading_bot.research.text_table import TextTable


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    recorded_day(folder)
    return folder


def at_home(folder: Path) -> dict[str, str]:
    return {
        "TRADING_BOT_HOME": str(folder),
        "ORDER_FLOW_THRESHOLDS": "fixed",
        # In the calm of this day the bid is attacked all the time.
        "ORDER_FLOW_BID_ATTACK_EXECUTIONS": "0",
    }


def run(*arguments: str | Path, home: Path) -> str:
    outcome = CliRunner().invoke(app, ["score", *map(str, arguments)], env=at_home(home))
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.stdout


def test_a_person_sees_tables_and_sentences(day: Path, tmp_path: Path) -> None:
    # Given a day with five alerts
    # When it is scored
    text = run(day, home=tmp_path)
    # Then tables and sentences are there
    assert "Scored: ACME 2013-10-08" in text
    assert "Negative controls: none of these may show a fall" in text
    assert "ACME: 5.0 alerts a day (5 alerts, 1 day); wanted 5 to 15: met." in text


@pytest.mark.parametrize("thresholds", ["own_scale", "fixed"])
def test_days_are_judged_on_own_scale_unless_the_settings_say_otherwise(
    day: Path, tmp_path: Path, thresholds: Thresholds
) -> None:
    # Given settings that say nothing of thresholds, or that they are fixed
    home = at_home(tmp_path)
    if thresholds == "own_scale":
        del home["ORDER_FLOW_THRESHOLDS"]
    # When the day is scored and replayed
    said = [
        CliRunner().invoke(app, [command, str(day), "--json"], env=home).stdout
        for command in ("score", "replay")
    ]
    # Then both are judged so
    scored, replayed = map(json.loads, said)
    expected = replace(FIXED, thresholds=thresholds).config_hash
    assert scored["settings"]["config_hash"] == expected
    assert replayed["config_hash"] == expected


def test_every_source_is_shown_and_its_parts_where_that_is_asked(day: Path, tmp_path: Path) -> None:
    # Given a day with too few alerts of any kind
    # When it is scored as it comes, and with every row
    plain, full = run(day, home=tmp_path), run(day, "--all-rows", home=tmp_path)
    # Then all sources are there, marked where they say nothing, and severities only in the latter
    for text in (plain, full):
        assert "aggressive sell, all" in text
        assert "bid wall eaten, all" in text
        assert ") few" in text
    assert "red burst, critical" not in plain
    assert "red burst, critical" in full


GREY = re.escape("\x1b[90m")


@pytest.mark.parametrize(
    ("terminal", "no_color", "grey"),
    [(True, False, True), (True, True, False), (False, False, False)],
)
def test_too_few_are_grey_where_there_are_colours_and_marked_everywhere(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: bool, grey: bool
) -> None:
    # Given a kind of which too few were judged, on a terminal with or without colours, or a pipe
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    few = row_of(source="bid_attacked", judged=29, few=dict.fromkeys(RULES.columns, -1.3))
    sure = row_of(effects=effects_of(-1.0, -2.0, -0.5))
    console = Console(
        file=StringIO(), force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    # When the card is shown
    command._show(card_of(few, sure), console, all_rows=False)
    # Then the mark is there in any case, and what says something is never grey
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue()
    assert "(-1.30) few" in text
    assert (re.search(rf"{GREY} *\(-1.30\) few", text) is not None) is grey
    assert re.search(rf"{GREY} *-1.00", text) is None


def test_tables_are_written_where_they_are_wanted(day: Path, tmp_path: Path) -> None:
    # Given the same day
    markdown, lines = tmp_path / "card.md", tmp_path / "card.csv"
    # When files are wanted
    text = run(day, "--markdown", markdown, "--csv", lines, home=tmp_path)
    # Then they are there, and their places are told
    assert f"Report: {markdown}\nReport: {lines}\n" in text
    assert markdown.read_text(encoding="utf-8").startswith("# ACME 2013-10-08\n")
    assert lines.read_text(encoding="utf-8").startswith("control,kind,source,")


def test_json_is_all_there_is_and_the_seed_decides_it(day: Path, tmp_path: Path) -> None:
    # Given the same day and a market
    lines = [trade_line(n, ticker="SPY") for n in range(0, 2_700, 30)]
    market = trades_file(tmp_path / "spy.csv", *lines)
    options = ("--json", "--seed", "7", "--hit-bp", "3", "--market", market)
    # When it is scored twice with one seed
    one, two = (run(day, *options, home=tmp_path) for _ in range(2))
    # Then standard output is one object, to the byte
    assert one == two
    settings = json.loads(one)["settings"]
    assert (settings["seed"], settings["hit_bp"], settings["market"]) == (7, [3], "SPY")


def test_with_a_market_each_alert_of_the_record_has_its_tag(day: Path, tmp_path: Path) -> None:
    # Given a day, the record of its replay, and a market
    home = at_home(tmp_path)
    played = CliRunner().invoke(app, ["replay", str(day), "--out", str(tmp_path / "out")], env=home)
    assert played.exit_code == 0
    lines = [
        json.loads(line)
        for path in sorted((tmp_path / "out").glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    trades = [trade_line(n, ticker="SPY") for n in range(0, 2_700, 30)]
    market = trades_file(tmp_path / "spy.csv", *trades)
    # When the day is scored beside it
    found = json.loads(run(day, "--json", "--market", market, home=tmp_path))["alerts"]
    # Then the same alerts are listed, each with a tag: this market stands still
    names = ("alert_id", "symbol", "timestamp", "alert_type", "source", "severity")
    recorded = [{name: line[name] for name in names} for line in lines if "alert_id" in line]
    assert len(recorded) == 5
    assert found == [{**alert, "market_wide": False} for alert in recorded]


def test_the_page_is_written_where_it_is_wanted(day: Path, tmp_path: Path) -> None:
    # Given the same day
    path = tmp_path / "report.html"
    # When a page is wanted
    text = run(day, "--html", path, "--latency-ms", "0", home=tmp_path)
    # Then it is there, and its place is told
    assert f"Report: {path}" in text
    assert "entry 0 ms after the alert" in path.read_text(encoding="utf-8")


def test_every_alert_is_written_with_what_followed(day: Path, tmp_path: Path) -> None:
    # Given the same day
    path = tmp_path / "alerts.csv"
    # When its alerts are wanted
    text = run(day, "--alerts-csv", path, home=tmp_path)
    # Then there is a line for each, and its place is told
    assert f"Report: {path}" in text
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    assert head.startswith("alert_id,timestamp,symbol,sign,")
    assert len(lines) == 5


def test_the_position_given_is_reckoned_in_usd(day: Path, tmp_path: Path) -> None:
    # Given the same day, and a position with a fraction of a share
    path = tmp_path / "positions.json"
    held = {"symbol": "ACME", "quantity": "12.5", "average_price": "100.00"}
    path.write_text(json.dumps({"positions": [held]}), encoding="utf-8")
    # When it is scored with it
    found = json.loads(run(day, "--positions", path, "--json", home=tmp_path))
    # Then the account is of these shares, to the last digit
    (account,) = found["positions"]
    assert account["quantity"] == "12.5"
    assert account["change_staying"] == "0.125"
    assert len(account["exits"]) == 2
    assert found["positions_compared"]["days"] == 1


@pytest.mark.parametrize(
    ("extra", "options"), [("score", ()), ("plots", ("--html", "report.html"))]
)
def test_a_missing_extra_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    extra: str,
    options: tuple[str, ...],
) -> None:
    # Given an extra that is not installed
    monkeypatch.setitem(extras._PACKAGES, extra, ("not_installed_here",))
    monkeypatch.setattr(sys, "argv", ["trading-bot", "score", "day", *options])
    # When a score is wanted
    with pytest.raises(SystemExit) as ended:
        cli.main()
    # Then one line names the extra and how to get it
    said = capsys.readouterr().err
    assert ended.value.code == cli.USAGE_ERROR
    assert said.count("\n") == 1
    assert f"of the extra {extra!r}: {sys.executable} -m pip install numpy plotly" in said


@pytest.mark.parametrize("text", ["5,five", "10,5", "5,5", ""])
def test_distances_are_rising_numbers(text: str) -> None:
    # Given distances that are none
    # When they are read
    # Then the error names option and value
    with pytest.raises(ValueError, match="--hit-bp"):
        command.parse_distances(text)


@pytest.mark.parametrize(("width", "columns"), [(169, 2), (170, 3)])
def test_a_narrow_terminal_sees_the_main_columns(width: int, columns: int) -> None:
    # Given a table of three columns
    source = TextTable("t", ("kind", "number", "a day"), (("x", "1", "2"),), narrow=(0, 2))
    # When it is shown on terminals of two widths
    table = command._table(source, width)
    # Then the narrow one has the main columns
    assert len(table.columns) == columns


def test_a_terminal_keeps_its_own_width(day: Path, tmp_path: Path) -> None:
    # Given a card, and a console that is a terminal
    card, _ = score(lambda: open_playback([day]), rules=OutcomeRules(), seed=5)
    with (tmp_path / "out.txt").open("w+", encoding="utf-8") as stream:
        console = Console(file=stream, force_terminal=True, width=100)
        # When the card is shown
        command._show(card, console, all_rows=False)
        # Then the width is not changed
        assert console.width == 100
