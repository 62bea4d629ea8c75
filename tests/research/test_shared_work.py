"""Scores, calibrations and sides by several jobs: the same as by one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.lobster_files import lobster_files
from support.many_days import FIXED, write_days

from trading_bot.commands.recorded.calibrate import CalibrateOptions, calibrate_thresholds
from trading_bot.commands.recorded.sides import measure_sides
from trading_bot.commands.score import ScoreOptions, score_data
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.run_replay import ReplayOptions, prepare
from trading_bot.research.calibration.fit import Target
from trading_bot.research.days.one_pass import Play, play_all
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.score_run import score
from trading_bot.research.shared.plays import SharedPlay
from trading_bot.scale.pools import SerialExecutor
from trading_bot.scale.sharing import shared
from trading_bot.scale.workers import Workers


def here_alone(_: int) -> SerialExecutor:
    return SerialExecutor()


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process do the work of several."""
    monkeypatch.setattr("trading_bot.scale.workers.pool_of", here_alone)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ReplayOptions:
    folder = tmp_path_factory.mktemp("shared")
    paths = write_days(folder / "days", days=(0, 1), symbols=("ACME", "BOLT"))
    settings = folder / "settings.json"
    settings.write_text('{"thresholds": "fixed"}')
    return ReplayOptions(tuple(paths), settings, folder / ".env", as_json=True)


def test_a_score_is_the_same_by_several_jobs(data: ReplayOptions) -> None:
    # Given two days of two symbols
    plan, shares = shared(data.paths, "polygon", ReadOptions(), 2)
    assert plan is not None
    # When one and two jobs score them
    plays: tuple[Play, ...] = (play_all, SharedPlay(data, plan, shares, Workers(2, here_alone)))
    cards = [
        score(lambda: prepare(data), rules=OutcomeRules(), seed=5, with_readings=True, play=play)
        for play in plays
    ]
    # Then the cards and the findings are the same
    (one, found), (two, other) = cards
    assert json.dumps(one.to_json_dict()) == json.dumps(two.to_json_dict())
    assert (found.alerts, found.exits, found.readings) == (
        other.alerts,
        other.exits,
        other.readings,
    )


@pytest.mark.parametrize("command", ["score", "calibrate", "sides"])
def test_a_command_says_the_same_by_several_jobs(
    command: str, data: ReplayOptions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a command
    lobster = replace(data, paths=(lobster_files(tmp_path),))

    def run(jobs: int) -> object:
        if command == "score":
            status = score_data(ScoreOptions(data, jobs=jobs))
        elif command == "calibrate":
            out = tmp_path / f"{jobs}.json"
            status = calibrate_thresholds(CalibrateOptions(data, out, Target(5, 15), jobs))
        else:
            status = measure_sides(
                lobster,
                rule="full",
                jitter=None,
                seed=5,
                clock_window_ms=None,
                defer_ms=0,
                jobs=jobs,
            )
        said = json.loads(capsys.readouterr().out)
        said.pop("events_per_second", None)
        return status, said

    # When one and two jobs run it
    # Then they say the same
    assert run(1) == run(2)


def test_the_settings_are_those_of_the_data(data: ReplayOptions) -> None:
    # Given a share of the data
    _, shares = shared(data.paths, "polygon", ReadOptions(), 2)
    # When it is opened
    playback = prepare(replace(data, share=shares[0]))
    # Then it is judged by the same settings
    assert playback.config.config_hash == FIXED.config_hash
