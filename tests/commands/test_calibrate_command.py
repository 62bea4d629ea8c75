"""`trading-bot calibrate`, on made days."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.flat_data import TRADES_HEADER, write_flat
from support.recorded_day import recorded_day

from trading_bot.cli.app import app


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    for day in range(2):
        recorded_day(folder, day=day)
    return folder


SILENT = {
    "ORDER_FLOW_THRESHOLDS": "fixed",
    "ORDER_FLOW_LARGE_ORDER_SIZE": "50000",
    "ORDER_FLOW_VOLUME_SPIKE_THRESHOLD": "10",
    "ORDER_FLOW_RED_BURST_THRESHOLD": "20",
}
"""Settings that find nothing on the made days."""


def run(*arguments: str | Path, home: Path, settings: dict[str, str] = SILENT) -> tuple[int, str]:
    outcome = CliRunner().invoke(
        app,
        ["calibrate", *map(str, arguments)],
        env={"TRADING_BOT_HOME": str(home), "COLUMNS": "120", **settings},
    )
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.exit_code, outcome.stdout


def test_what_fits_is_written_and_told(days: Path, tmp_path: Path) -> None:
    # Given two days of about five alerts each
    out = tmp_path / "order_flow_config.json"
    # When they are calibrated
    status, text = run(days, "--out", out, "--target-low", "3", "--target-high", "8", home=tmp_path)
    # Then the thresholds are in the file, and the reader sees every cell and how it held
    assert status == 0
    assert set(json.loads(out.read_text())["symbol_overrides"]) == {"ACME"}
    assert "ACME: alerts a day of every threshold tried" in text
    assert "ACME: fitted on the days before, judged on the next" in text
    assert "1 of 1 days out of sample were as wanted." in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"ORDER_FLOW_THRESHOLDS": "fixed"},
            "the settings as they are came to the wish on 1 of 1 judged days, fitted ones on 1.",
        ),
        (
            {},
            (
                "thresholds follow the symbol's own scale, and a number would take its place; with "
                "thresholds = fixed they would be written."
            ),
        ),
    ],
    ids=["as good", "own scale"],
)
def test_nothing_takes_the_place_of_settings_that_are_as_good_or_on_own_scale(
    days: Path, tmp_path: Path, settings: dict[str, str], reason: str
) -> None:
    # Given two days of five alerts each by the settings as they are, or settings on own scale
    out = tmp_path / "order_flow_config.json"
    # When they are calibrated
    status, text = run(
        days, "--out", out, "--target-low", "3", "--target-high", "8", home=tmp_path,
        settings=settings,
    )  # fmt: skip
    # Then it is a report that says why nothing is written, and no failure
    assert (status, out.exists()) == (0, False)
    assert f"ACME: nothing written: {reason}" in " ".join(text.split())
    assert "as set" in text


def test_days_that_were_used_before_are_told_as_spent(days: Path, tmp_path: Path) -> None:
    # Given a ledger of an earlier calibration beside the settings
    ledger = tmp_path / "config" / "order_flow_config.spent_days.json"
    ledger.parent.mkdir()
    ledger.write_text('{"ACME": ["2013-10-09"]}')
    # When its day is calibrated again
    status, text = run(days, "--target-low", "3", "--target-high", "8", home=tmp_path)
    # Then nothing is out of sample any more, and every day is in the ledger
    assert status == 0
    assert "2013-10-09 (spent)" in text
    assert "no day is left that is out of sample" in text.replace("\n", " ")
    assert json.loads(ledger.read_text()) == {"ACME": ["2013-10-08", "2013-10-09"]}


def test_what_fits_nothing_is_refused(days: Path, tmp_path: Path) -> None:
    # Given a target that no threshold meets
    # When the days are calibrated
    status, text = run(days, "--target-low", "900", "--target-high", "901", home=tmp_path)
    # Then nothing is written, and the reason and the exit status say so
    assert status == 1
    assert "ACME: nothing written: no thresholds within the bounds give 900 to 901" in text
    assert "nothing fits" in text
    assert not (tmp_path / "config" / "order_flow_config.json").exists()


def test_json_is_all_there_is(days: Path, tmp_path: Path) -> None:
    # Given two days
    # When they are calibrated for a script
    status, text = run(
        days, "--json", "--symbol", "ACME", "--format", "polygon", "--target-high", "8",
        "--target-low", "3", home=tmp_path,
    )  # fmt: skip
    # Then standard output is one object
    found = json.loads(text)
    assert (status, found["written"]) == (0, ["ACME"])
    assert [each["symbol"] for each in found["symbols"]] == ["ACME"]


def test_no_row_is_nothing_to_calibrate(tmp_path: Path) -> None:
    # Given a file without a row
    path = write_flat(tmp_path / "trades.csv", TRADES_HEADER, [])
    # When it is calibrated
    # Then the error says so
    with pytest.raises(ValueError, match="nothing to calibrate"):
        run(path, home=tmp_path)
