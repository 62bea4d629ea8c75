"""Commands that read recorded days: the same options, the same account, the same exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from support.flat_data import quote_line, quotes_file, trade_line, trades_file
from support.recorded_day import recorded_day

from trading_bot.cli.app import app

DATA_OPTIONS = {
    *("--format", "--symbol", "--from", "--to", "--quote-size-unit", "--config"),
    *("--accept-losses", "--json"),
}
NEEDS: dict[str, tuple[str, ...]] = {
    "replay": (),
    "score": (),
    "calibrate": ("--target-low", "3", "--target-high", "8"),
}
"""Commands that read whole days, with what else they are given."""
ALERT = "0123456789abcdef"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("day")
    recorded_day(folder)
    return folder


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    for number in range(2):
        recorded_day(folder, day=number)
    return folder


@pytest.fixture
def lobster(tmp_path: Path) -> Path:
    path = tmp_path / "ABC_2012-06-21_34200000_57600000_message_1.csv"
    path.write_text(
        "34200.0,1,1,300,1000000,1\n34200.1,1,2,300,1000200,-1\n34201.0,4,1,100,1000000,1\n"
        "34202.0,4,1,100,1000000,1\n34203.0,1,1,5,990000,1\n"
    )
    path.with_name(path.name.replace("message", "orderbook")).write_text(
        "9999999999,0,1000000,300\n1000200,300,1000000,300\n1000200,300,1000000,200\n"
        "1000200,300,1000000,100\n1000200,300,1000000,100\n"
    )
    return path


def run(*arguments: str | Path, home: Path, **settings: str) -> tuple[int, str]:
    environment = {"TRADING_BOT_HOME": str(home), "ORDER_FLOW_THRESHOLDS": "fixed", **settings}
    outcome = CliRunner().invoke(app, list(map(str, arguments)), env=environment)
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.exit_code, outcome.stdout


def as_json(*arguments: str | Path, home: Path, **settings: str) -> tuple[int, dict[str, Any]]:
    status, text = run(*arguments, "--json", home=home, **settings)
    return status, json.loads(text)


def adds_up(account: dict[str, Any]) -> bool:
    return all(
        kind["read"]
        == sum(sum(each.values()) for each in kind["refused"].values())
        + sum(kind["not_judged"].values())
        + kind["judged"]
        for kind in (account["trades"], account["quotes"])
    )


@pytest.mark.parametrize("name", ["check", "sides", "replay", "score", "calibrate", "explain"])
def test_every_command_of_recorded_days_takes_the_same_options(name: str) -> None:
    # Given a command
    options = [each for each in app.commands[name].params if isinstance(each, click.Option)]
    # When its options are looked at
    known = {spelling for each in options for spelling in each.opts}
    # Then those that choose the data are there
    assert known >= DATA_OPTIONS


@pytest.mark.parametrize("name", NEEDS)
def test_a_whole_day_is_accounted_for(name: str, days: Path, tmp_path: Path) -> None:
    # Given two days in which all is well
    # When a command reads them for a script, and for a person
    status, found = as_json(name, days, *NEEDS[name], home=tmp_path)
    _, text = run(name, days, *NEEDS[name], home=tmp_path)
    # Then every row is judged, each has one fate, and settings are told in words
    account = found["account"]
    assert (status, found["warnings"], adds_up(account)) == (0, [], True)
    assert account["quotes"] == {
        "read": 2_700,
        "refused": {},
        "not_judged": {},
        "judged": 2_700,
        "lost": 0,
    }
    assert "Quotes: 2,700 read = 0 refused + 0 not judged + 2,700 judged" in text
    assert "told by the sizes: 0 of 2,700 are multiples of 100" in text
    assert "Alerts: by fixed thresholds" in text


def test_explain_accounts_for_what_it_read(day: Path, tmp_path: Path) -> None:
    # Given the record of a day
    run("replay", day, "--out", tmp_path / "out", home=tmp_path)
    line = (tmp_path / "out" / "2013-10-08.jsonl").read_text().splitlines()[1]
    identity = json.loads(line)["alert_id"]
    # When its first alert is explained
    status, found = as_json("explain", identity, day, home=tmp_path)
    _, text = run("explain", identity, day, home=tmp_path)
    # Then the rest of what was read is told as not reached
    account = found["account"]
    assert (status, found["warnings"], adds_up(account)) == (0, [], True)
    assert account["quotes"]["not_judged"]["not_reached"] > 0
    assert found["settings"][0].startswith("Alerts: by fixed thresholds")
    assert "not reached) + " in text


def test_an_alert_that_is_not_found_is_told_with_what_was_read(tmp_path: Path) -> None:
    # Given trades alone
    trades_file(tmp_path / "t.csv", trade_line(0), trade_line(1))
    # When an alert is looked for in them
    # Then the error says why there is none, as one of the data
    with pytest.raises(ValueError, match="2 trades in the session and no quotes of that day"):
        run("explain", ALERT, tmp_path / "t.csv", home=tmp_path)


@pytest.mark.parametrize("accept", [False, True])
def test_trades_without_quotes_end_a_replay_with_status_2(tmp_path: Path, accept: bool) -> None:
    # Given trades of a symbol and day alone
    trades_file(tmp_path / "t.csv", trade_line(0), trade_line(1))
    accepted = ("--accept-losses",) if accept else ()
    # When they are played
    status, text = run("replay", tmp_path / "t.csv", *accepted, home=tmp_path)
    # Then symbol and day are named before all else, and only who accepts it goes on
    assert status == (0 if accept else 2)
    assert text.startswith("WARNING: ACME 2013-10-08: 2 trades in the session and no quotes")


@pytest.mark.parametrize("name", ["score", "calibrate"])
def test_trades_without_quotes_give_no_score_and_no_thresholds(name: str, tmp_path: Path) -> None:
    # Given trades alone
    trades_file(tmp_path / "t.csv", trade_line(0), trade_line(1))
    # When they are to be scored or fitted
    try:
        status, said = run(name, tmp_path / "t.csv", home=tmp_path)
    except ValueError as error:
        status, said = 2, str(error)
    # Then the lack is named, and nothing is written
    assert status == 2
    assert "ACME 2013-10-08: 2 trades in the session and no quotes of that day" in said
    assert not (tmp_path / "config").exists()


def test_rows_of_another_hour_end_a_replay_with_status_2(tmp_path: Path) -> None:
    # Given a quote and a print of six in the morning
    trades_file(tmp_path / "t.csv", trade_line(-14_400))
    quotes_file(tmp_path / "q.csv", quote_line(-14_400))
    # When they are played
    status, text = run("replay", tmp_path / "t.csv", tmp_path / "q.csv", home=tmp_path)
    # Then that is said first
    assert status == 2
    assert text.startswith("WARNING: nothing was judged")
    assert "1 outside the session" in text
    assert "Alerts: 0 in 0 judged rows: nothing is known" in text


@pytest.mark.parametrize(("bad", "status"), [(0, 0), (1, 0), (2, 2)])
def test_more_than_one_per_cent_lost_is_said_first(tmp_path: Path, bad: int, status: int) -> None:
    # Given 100 quotes of which some cannot be read
    lines = [quote_line(n, bid_price="x" if 0 < n <= bad else "100.0000") for n in range(100)]
    quotes_file(tmp_path / "q.csv", *lines)
    # When they are played
    found, text = run("replay", tmp_path / "q.csv", home=tmp_path)
    # Then the status and the first line say so, with the column
    assert found == status
    said = "WARNING: 2 of 100 quotes (2.0%) are lost: 2 malformed in bid_price"
    assert text.startswith(said) is (status == 2)


def broken_days(folder: Path) -> Path:
    """Write two days of which a part of the trades has no readable size."""
    for number in range(2):
        trades, _ = recorded_day(folder, day=number)
        lines = trades.read_text().splitlines()
        broken = [trade_line(86_400 * number + 2_690 + n / 100, size="x") for n in range(30)]
        trades.write_text("\n".join([*lines[:-5], *broken]) + "\n")
    return folder


def test_nothing_is_fitted_to_days_with_losses_unless_they_are_accepted(tmp_path: Path) -> None:
    # Given two days with losses, and a wish that they meet
    days = broken_days(tmp_path / "days")
    silent = {
        "ORDER_FLOW_LARGE_ORDER_SIZE": "50000",
        "ORDER_FLOW_VOLUME_SPIKE_THRESHOLD": "10",
        "ORDER_FLOW_RED_BURST_THRESHOLD": "20",
    }
    wish = ("calibrate", days, "--target-low", "3", "--target-high", "8")
    # When they are calibrated, and once more with the losses accepted
    refused, text = run(*wish, home=tmp_path, **silent)
    untouched = not (tmp_path / "config").exists()
    accepted, found = as_json(*wish, "--accept-losses", home=tmp_path, **silent)
    # Then only the latter writes thresholds and marks the days
    assert (refused, untouched) == (2, True)
    assert text.startswith("WARNING: ")
    assert "nothing written: too much of the data is lost" in " ".join(text.split())
    assert (accepted, found["written"]) == (0, ["ACME"])
    assert len(found["warnings"]) == 1


def test_nothing_is_measured_on_days_with_losses(tmp_path: Path) -> None:
    # Given two days with losses
    days = broken_days(tmp_path / "days")
    # When what their alerts are worth is measured
    status, text = run("score", days, "--worth", tmp_path / "worth.json", home=tmp_path)
    # Then nothing is written
    assert (status, (tmp_path / "worth.json").exists()) == (2, False)
    assert text.endswith(f"Nothing is written to {tmp_path / 'worth.json'}.\n")


def test_a_score_tells_losses_in_text_json_and_page(tmp_path: Path) -> None:
    # Given two days with losses
    days = broken_days(tmp_path / "days")
    page = tmp_path / "report.html"
    # When they are scored in each way
    status, text = run("score", days, "--html", page, home=tmp_path)
    _, found = as_json("score", days, home=tmp_path)
    # Then each says so, and holds the account and the settings
    assert status == 2
    assert text.startswith("WARNING: 60 of 2,")
    assert found["warnings"][0].startswith("60 of 2,")
    assert adds_up(found["account"])
    shown = page.read_text(encoding="utf-8")
    assert "<h2>⚠ Warning</h2><ul><li>60 of 2," in shown
    assert "<h2>The data, row by row</h2><ul><li>Days: " in shown
    assert "<h2>What it was judged by</h2><ul><li>Alerts: by fixed thresholds" in shown


@pytest.mark.parametrize("name", NEEDS)
def test_a_unit_against_the_sizes_is_refused_by_option_and_by_setting(
    name: str, day: Path, tmp_path: Path
) -> None:
    # Given a day whose sizes are round lots
    # When shares are said, by the option or in the settings
    # Then each command refuses it
    with pytest.raises(ValueError, match="is said to hold quote sizes in shares"):
        run(name, day, "--quote-size-unit", "shares", home=tmp_path)
    with pytest.raises(ValueError, match="is said to hold quote sizes in shares"):
        run(name, day, home=tmp_path, ORDER_FLOW_QUOTE_SIZE_UNIT="shares")


@pytest.mark.parametrize("name", NEEDS)
def test_symbol_and_time_are_chosen_alike(name: str, days: Path, tmp_path: Path) -> None:
    # Given two days
    chosen = ("--symbol", "ACME", "--from", "2013-10-09", "--to", "2013-10-09")
    # When one of them is chosen
    _, found = as_json(name, days, *chosen, home=tmp_path)
    # Then the other is counted as not wanted
    account = found["account"]
    assert account["quotes"]["not_judged"] == {"outside_time": 1_350}
    assert adds_up(account)


def test_sides_are_measured_on_a_chosen_time(lobster: Path, tmp_path: Path) -> None:
    # Given a day of two executions, the second at 09:30:02
    # When only what was before it is wanted
    status, found = as_json(
        "sides", lobster, "--symbol", "ABC", "--to", "2012-06-21T09:30:02", home=tmp_path
    )
    # Then the second is counted as not wanted, and all adds up
    assert (status, found["prints"], adds_up(found["account"])) == (0, 1, True)
    assert found["account"]["trades"]["not_judged"] == {"outside_time": 1}
    assert found["account"]["quotes"]["not_judged"] == {"outside_time": 1, "unchanged": 1}


def test_sides_of_another_symbol_are_none(lobster: Path, tmp_path: Path) -> None:
    # Given a day of ABC
    # When XYZ is wanted
    # Then the error names both
    with pytest.raises(ValueError, match="holds ABC 2012-06-21, not XYZ"):
        run("sides", lobster, "--symbol", "XYZ", home=tmp_path)


@pytest.mark.parametrize("name", ["sides", "replay", "calibrate"])
def test_files_that_count_shares_hold_no_round_lots(
    name: str, lobster: Path, tmp_path: Path
) -> None:
    # Given a LOBSTER day
    # When it is said to count round lots
    # Then that is refused
    with pytest.raises(ValueError, match="sizes of lobster files are shares"):
        run(name, lobster, "--quote-size-unit", "round_lots", home=tmp_path)
