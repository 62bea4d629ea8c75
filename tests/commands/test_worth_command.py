"""`trading-bot score --worth`: what alerts and exits were followed by, into a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.flat_data import trade_line, trades_file
from support.recorded_day import FIXED, playback_of, recorded_day

from trading_bot.cli.app import app
from trading_bot.commands.worth import measure_worth, put_worth
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.worth import Followed, Worth, read_worth
from trading_bot.research.outcomes import OutcomeRules


def run(*arguments: str | Path, home: Path) -> str:
    outcome = CliRunner().invoke(
        app, ["score", *map(str, arguments)], env={"TRADING_BOT_HOME": str(home)}
    )
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.stdout


def measured(folder: Path, *, day: int = 0, config: OrderFlowConfig = FIXED) -> Worth:
    recorded_day(folder, day=day)
    playback = playback_of(folder, config)
    return measure_worth(playback, rules=OutcomeRules(), seed=5, command=f"score {folder.name}")


def test_alerts_and_exits_are_counted_with_what_they_were_followed_by(tmp_path: Path) -> None:
    # Given a day of five alerts and two exits, after which the price hardly moves
    # When it is measured
    worth = measured(tmp_path / "day")
    # Then each stands without a fall, as matched seconds do, beside how it was measured
    (found,) = worth.sets
    assert (found.command, found.days) == ("score day", ("ACME 2013-10-08",))
    assert (found.alerts, found.exits) == (Followed(5, 5, 1.0), Followed(2, 2, 1.0))
    assert (worth.config_hash, worth.fall_bp, worth.within_seconds) == (FIXED.config_hash, 10, 300)


def test_the_days_of_several_runs_stand_side_by_side(tmp_path: Path) -> None:
    # Given a file with a day
    path = tmp_path / "worth.json"
    put_worth(path, measured(tmp_path / "one"))
    # When another day is put there, and the first once more
    put_worth(path, measured(tmp_path / "two", day=1))
    put_worth(path, measured(tmp_path / "again"))
    # Then each stands there once
    assert [each.command for each in read_worth(path).sets] == ["score again", "score two"]


def test_what_was_measured_with_other_settings_gives_way(tmp_path: Path) -> None:
    # Given a file with a day
    path = tmp_path / "worth.json"
    put_worth(path, measured(tmp_path / "one"))
    # When another day is put there that was judged by other settings
    other = replace(FIXED, alert_window_seconds=60)
    put_worth(path, measured(tmp_path / "two", day=1, config=other))
    # Then it stands alone
    worth = read_worth(path)
    assert (worth.config_hash, len(worth.sets)) == (other.config_hash, 1)


def test_the_command_writes_the_file_and_says_the_counts(tmp_path: Path) -> None:
    # Given a day, and settings
    recorded_day(tmp_path / "day")
    config = tmp_path / "config.json"
    config.write_text('{"thresholds": "fixed", "bid_attack_executions": 0}')
    path = tmp_path / "worth.json"
    options = ("--config", config, "--symbol", "ACME", "--worth", path)
    # When its worth is measured
    text = run(tmp_path / "day", *options, home=tmp_path)
    # Then counts are said, and the file names the command
    assert text.endswith(
        "alerts: 5 of 5 without a fall of 10 bp, matched seconds 100%\n"
        "exits: 2 of 2 without a fall of 10 bp, matched seconds 100%\n"
    )
    command = "trading-bot score day --symbol ACME --seed 5 --worth worth.json"
    assert read_worth(path).sets[0].command == command


def test_days_without_an_exit_have_nothing_to_match(tmp_path: Path) -> None:
    # Given a day without large sellers or a burst
    recorded_day(tmp_path / "day", burst_size=0, sell=0)
    # When its worth is measured
    text = run(tmp_path / "day", "--worth", tmp_path / "worth.json", home=tmp_path)
    # Then nothing was matched
    assert "exits: none could be judged, so nothing is known, matched seconds none\n" in text


def test_data_without_quotes_cannot_be_measured(tmp_path: Path) -> None:
    # Given prints alone
    trades_file(tmp_path / "day.csv", trade_line(0), trade_line(1))
    playback = playback_of(tmp_path, FIXED)
    # When their worth is measured
    # Then there is nothing to measure by
    with pytest.raises(ValueError, match="nothing can be measured"):
        measure_worth(playback, rules=OutcomeRules(), seed=5, command="score")
