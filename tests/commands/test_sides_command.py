"""`trading-bot sides`, on a hand-made day of three messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from trading_bot.cli.app import app
from trading_bot.commands.recorded.sides import measure_sides
from trading_bot.replay.run_replay import ReplayOptions

MESSAGES = (
    "34200.0,1,1,300,1000000,1\n"  # a bid of 300 at 100.00
    "34200.1,1,2,300,1000200,-1\n"  # an offer of 300 at 100.02
    "34201.0,4,1,100,1000000,1\n"  # 100 of the bid are executed: a sale
)
BOOKS = (
    "9999999999,0,1000000,300\n"
    "1000200,300,1000000,300\n"
    "1000200,300,1000000,200\n"
)  # fmt: skip


@pytest.fixture
def day(tmp_path: Path) -> Path:
    message = tmp_path / "ABC_2012-06-21_34200000_57600000_message_1.csv"
    message.write_text(MESSAGES)
    message.with_name(message.name.replace("message", "orderbook")).write_text(BOOKS)
    return message


def test_json_holds_the_shares_right_and_nothing_else(day: Path) -> None:
    # Given a day with one print whose side is known
    # When it is measured for a script
    outcome = CliRunner().invoke(app, ["sides", str(day), "--json"])
    # Then standard output is one object, and the sale was found by every rule with a quote
    found = json.loads(outcome.stdout)
    assert set(found) == {
        *("warnings", "account", "symbol", "prints", "hidden_prints", "rules"),
        *("calibration_error", "events_per_second"),
    }
    right = {"by_trades": 1.0, "by_shares": 1.0, "visible": 1.0, "hidden": None}
    assert found["rules"]["full"] == found["rules"]["lee_ready"] == right


def test_a_person_sees_tables_and_the_rate(day: Path) -> None:
    # Given the same day
    # When it is measured for a person, with delayed clocks
    outcome = CliRunner().invoke(app, ["sides", str(day), "--jitter-ms", "1,10"])
    # Then each table has its heading
    headings = (
        "share right of 1 prints, per cent",
        "calibration of full",
        "confusion of full",
        "what decided",
    )
    assert all(heading in outcome.stdout for heading in headings)
    assert "events a second" in outcome.stdout


def test_reasons_of_what_was_left_out_are_shown(day: Path) -> None:
    # Given a row that cannot be used
    day.write_text(MESSAGES.replace("34200.1,1", "34200.1,9"))
    # When the day is measured
    outcome = CliRunner().invoke(app, ["sides", str(day)])
    # Then its reason is counted in plain sight
    assert "1 refused (1 unknown type in type)" in outcome.stdout.replace("\n", " ")
    assert outcome.exit_code == 2


def test_unknown_rule_is_named_with_the_known_ones(day: Path) -> None:
    # Given a rule that does not exist
    # When it is asked for
    # Then the error names it and what there is
    with pytest.raises(ValueError, match=r"--rule nonsense: must be one of full, lee_ready"):
        measure_sides(
            ReplayOptions(paths=(day,), config_path=day, env_file=day, as_json=True),
            rule="nonsense",
            jitter=None,
            seed=5,
            clock_window_ms=None,
            defer_ms=0,
        )


@pytest.mark.parametrize(("stamps", "told"), [("exact", False), ("ms", True)])
def test_report_says_where_it_measures_what_a_live_run_does(
    day: Path, stamps: str, told: bool
) -> None:
    # Given a day with known sides
    # When it is measured as it was recorded, or as a live run has it
    outcome = CliRunner().invoke(app, ["sides", str(day), "--stamps", stamps])
    # Then the first line says so
    assert ("stamps and matching of a live run" in outcome.stdout.replace("\n", " ")) is told


def test_a_format_that_the_file_does_not_have_is_refused(day: Path) -> None:
    # Given a LOBSTER day
    # When it is said to be something else
    outcome = CliRunner().invoke(app, ["sides", str(day), "--format", "polygon"])
    # Then the error says what it is
    assert f"--format polygon: {day} is lobster" in str(outcome.exception)


def test_a_recording_states_no_sides(tmp_path: Path) -> None:
    # Given a recording
    path = tmp_path / "r.jsonl"
    path.write_text('{"kind":"started"}\n')
    # When its sides are asked for
    outcome = CliRunner().invoke(app, ["sides", str(path)])
    # Then the error says which files state them
    assert "a recording states no sides; LOBSTER days do" in str(outcome.exception)
