"""Thresholds go into the settings file, used days into the ledger, and nothing else changes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from support.calibration_values import FIRST, WANTED, steady

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.research.calibration.files import (
    ledger_path,
    read_ledger,
    write_ledger,
    write_thresholds,
)
from trading_bot.research.calibration.fit import Calibration, calibrate

FITS = calibrate("ACME", steady(2), WANTED, present={})
REFUSED = calibrate("BOLT", steady(1), WANTED, present={})
KEPT = calibrate("CLIF", steady(2), WANTED, present=dict.fromkeys(steady(2).days, 10))
FITTED = {
    "large_order_size_threshold": 10_000,
    "volume_spike_threshold": 3.0,
    "red_burst_threshold": 4.0,
}


def test_thresholds_are_written_where_they_are_read(tmp_path: Path) -> None:
    # Given no settings file
    out = tmp_path / "config" / "order_flow.json"
    # When a calibration that fits and one that was refused are written
    written = write_thresholds(out, [FITS, REFUSED])
    # Then the settings hold the one and not the other
    config = OrderFlowConfig.load(out, environ={}, env_file=None)
    assert written == ["ACME"]
    assert {s: dict(v) for s, v in config.symbol_overrides.items()} == {"ACME": FITTED}


def test_all_else_in_the_file_stays(tmp_path: Path) -> None:
    # Given settings of the user, with thresholds of two symbols
    out = tmp_path / "order_flow.json"
    before = {
        "$schema": "./order_flow_config.schema.json",
        "poll_interval_seconds": 2.0,
        "watchlist": None,
        "symbol_overrides": {
            "ZULU": {"alert_window_seconds": 60},
            "ACME": {"alert_window_seconds": 90, "volume_spike_threshold": 2.0},
        },
    }
    out.write_text(json.dumps(before))
    # When a calibration is written
    write_thresholds(out, [FITS])
    # Then only the thresholds of its symbol have changed
    assert json.loads(out.read_text()) == before | {
        "symbol_overrides": {
            "ACME": {"alert_window_seconds": 90} | FITTED,
            "ZULU": {"alert_window_seconds": 60},
        }
    }


def test_a_file_without_overrides_of_symbols_gets_them(tmp_path: Path) -> None:
    # Given settings in which nothing is set
    out = tmp_path / "order_flow.json"
    out.write_text('{"symbol_overrides": null, "watchlist": null}')
    # When a calibration is written
    write_thresholds(out, [FITS])
    # Then its symbol is there
    assert json.loads(out.read_text())["symbol_overrides"] == {"ACME": FITTED}


def test_nothing_that_fits_touches_no_file(tmp_path: Path) -> None:
    # Given a refused calibration, and one whose settings are as good
    out = tmp_path / "order_flow.json"
    # When it is to be written
    written = write_thresholds(out, [REFUSED, KEPT])
    # Then there is no file
    assert (written, out.exists()) == ([], False)


def test_a_settings_file_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    # Given a file with an unknown setting
    out = tmp_path / "order_flow.json"
    out.write_text('{"poll_interval": 2}')
    # When a calibration is to be written
    # Then it is refused as the settings' reader refuses it
    with pytest.raises(ValueError, match="unknown setting 'poll_interval'"):
        write_thresholds(out, [FITS])
    assert out.read_text() == '{"poll_interval": 2}'


def days_of(result: Calibration) -> set[date]:
    return set(result.counts.days)


def test_used_days_are_remembered_beside_the_settings(tmp_path: Path) -> None:
    # Given a ledger that knows a day of another symbol and an earlier one of this
    path = ledger_path(tmp_path / "new" / "order_flow.json")
    before = {"ZULU": {FIRST}, "ACME": {date(2013, 1, 2)}}
    # When one that fits is marked, and one of a single day, on which nothing could be fitted
    write_ledger(path, before, [FITS, REFUSED])
    # Then every day that a fit has looked at is there
    assert path.name == "order_flow.spent_days.json"
    assert read_ledger(path) == {
        "ACME": {date(2013, 1, 2)} | days_of(FITS),
        "ZULU": {FIRST},
    }


def test_without_a_ledger_no_day_is_spent(tmp_path: Path) -> None:
    # Given no ledger
    # When it is read
    # Then it is empty
    assert read_ledger(tmp_path / "none.json") == {}


@pytest.mark.parametrize("text", ["{broken", "[1]", '{"ACME": [1]}', '{"ACME": ["soon"]}'])
def test_a_damaged_ledger_is_refused(tmp_path: Path, text: str) -> None:
    # Given a file that is no ledger
    path = tmp_path / "ledger.json"
    path.write_text(text)
    # When it is read
    # Then the error names it and says what to do
    with pytest.raises(ValueError, match=r"ledger\.json is no list of used days .*mend it"):
        read_ledger(path)
