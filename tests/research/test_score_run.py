"""The whole score of a made day: same bytes for the same seed, controls that stay silent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.flat_data import at, quote_line, quotes_file
from support.recorded_day import FIXED, playback_of, recorded_day
from support.score_values import CLOSE_NS, OPEN_NS, S, alert_at, days_after, series_of
from support.score_values import at as after_open

from trading_bot.replay.playback import open_playback
from trading_bot.research.day_counts import DayCount
from trading_bot.research.days.shifted import SHIFT_NS, shifted
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.score_run import Scorecard, score
from trading_bot.research.scorecard import SOURCES, events_of
from trading_bot.research.scored_findings import Findings

RULES = OutcomeRules()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    for day in range(2):
        recorded_day(folder, day=day)
    return folder


@pytest.fixture(scope="module")
def scored(folder: Path) -> tuple[Scorecard, Findings]:
    return score(lambda: playback_of(folder), rules=RULES, seed=5)


def test_a_score_holds_rows_controls_accounts_and_wishes(
    scored: tuple[Scorecard, Findings],
) -> None:
    # Given two days with a burst and three large sellers each
    card, findings = scored
    # When the card is looked at
    # Then each part speaks of them
    assert card.days == (("ACME", "2013-10-08"), ("ACME", "2013-10-09"))
    counts = {row.name: row.count for row in card.rows if row.is_whole and row.count}
    assert counts == {
        "aggressive sell, all": 6,
        "red burst, all": 4,
        "any alert, all": 10,
        "exit, all": 4,
    }
    assert len(findings.alerts) == 10
    assert card.alerts_a_day == {"ACME": 5.0}
    assert card.day_counts == (
        DayCount("ACME", "2013-10-08", 5, 2),
        DayCount("ACME", "2013-10-09", 5, 2),
    )
    assert [(a.day, a.recommendations) for a in card.accounts] == [
        ("2013-10-08", 2),
        ("2013-10-09", 2),
    ]
    assert card.false_exits.judged == 4
    assert card.market is None


def test_the_negative_controls_are_mirrored_shuffled_and_shifted(
    scored: tuple[Scorecard, Findings],
) -> None:
    # Given the same score
    card, _ = scored
    # When its controls are looked at
    found = {name: [row.name for row in rows if row.count] for name, rows in card.controls.items()}
    # Then buyers raise nothing upside down, a coin leaves some sales, and all are shifted
    assert found["mirrored"] == []
    assert set(found["shuffled"]) <= {"aggressive sell, all", "red burst, all"}
    assert found["shifted"] == ["aggressive sell, all", "red burst, all", "exit, all"]


def test_every_source_has_its_row_and_its_controls_though_nothing_was_raised(
    scored: tuple[Scorecard, Findings],
) -> None:
    # Given the same score, in which orders alone are large
    card, _ = scored
    # When sources are looked for that raised nothing
    silent = [row.source for row in card.rows if not row.count]
    controls = {name: {row.source for row in rows} for name, rows in card.controls.items()}
    # Then each has a row, and controls; a coin for sides is one only where sides decide
    assert silent == ["ask_wall", "bid_attacked", "bid_wall_eaten", "resting_bid"]
    assert controls["mirrored"] >= set(SOURCES)
    assert controls["shifted"] >= set(SOURCES)
    assert controls["shuffled"] == {"aggressive_sell", "bid_attacked", None}


def test_the_looks_are_counted_and_named(scored: tuple[Scorecard, Findings]) -> None:
    # Given the same score, of which no kind has thirty alerts
    # When it is written
    found = scored[0].to_json_dict()["looks"]
    # Then the correction is named, and no cell was looked at
    assert found == {"correction": "holm", "level": 0.05, "cells": 0, "miss_zero": 0, "left": 0}


def test_the_same_seed_gives_the_same_bytes(
    folder: Path, scored: tuple[Scorecard, Findings]
) -> None:
    # Given a score
    first = json.dumps(scored[0].to_json_dict())
    # When it is made again, with readings
    said: list[str] = []
    card, _ = score(
        lambda: playback_of(folder), rules=RULES, seed=5, with_readings=True, progress=said.append
    )
    # Then not a byte differs, and each step was told
    assert json.dumps(card.to_json_dict()) == first
    assert said == [
        "playing the data as it is, upside down and with shuffled sides",
        "choosing controls",
        "drawing the balance",
    ]


def test_the_json_names_how_it_was_made(scored: tuple[Scorecard, Findings]) -> None:
    # Given a score
    found = scored[0].to_json_dict()
    # When it is written
    # Then settings and wishes stand beside the figures
    assert found["day_counts"][0] == {
        "symbol": "ACME",
        "day": "2013-10-08",
        "alerts": 5,
        "exits": 2,
    }
    assert found["settings"]["latency_ms"] == 1_000
    assert found["settings"]["hit_bp"] == (5, 10)
    assert found["success"]["alerts_a_day"] == {"ACME": {"rate": 5.0, "met": True}}
    assert set(found["success"]["false_exits"]) == {
        "judged",
        "false",
        "control_share",
        "share",
        "met",
    }
    assert {row["failed"] for rows in found["negative_controls"].values() for row in rows} == {None}


def test_a_market_is_named(folder: Path) -> None:
    # Given a market that stands still
    market = MarketSeries([[(at(n), 1, 1, "SPY", n, 1, 1, 1, 1, at(n), None) for n in range(9)]])
    # When a day is scored beside it
    files = sorted(folder.glob("*2013-10-08*"))
    card, _ = score(lambda: open_playback(files, FIXED), rules=RULES, seed=5, market=market)
    # Then the card says so, and tags each alert, not the exits
    assert card.market == "SPY"
    assert [each.market_wide for each in card.tagged_alerts or ()] == [None] * 5
    assert len(card.to_json_dict()["alerts"]) == 5


def test_without_a_market_no_alert_is_listed(scored: tuple[Scorecard, Findings]) -> None:
    # Given a score without a market
    card, _ = scored
    # When it is written as JSON
    # Then it has no list of alerts
    assert card.tagged_alerts is None
    assert "alerts" not in card.to_json_dict()


def test_data_without_a_quote_of_the_session_is_refused(tmp_path: Path) -> None:
    # Given quotes of the evening only
    path = quotes_file(tmp_path / "q.csv", quote_line(7 * 3_600))
    # When they are scored
    # Then it is refused
    with pytest.raises(ValueError, match="nothing can be scored"):
        score(lambda: open_playback([path]), rules=RULES, seed=5)


@pytest.mark.parametrize(
    ("stamp_ns", "moved_by"),
    [
        (OPEN_NS, SHIFT_NS),
        (CLOSE_NS - SHIFT_NS - 600 * S - 1, SHIFT_NS),
        (CLOSE_NS - SHIFT_NS - 600 * S, -SHIFT_NS),
        (CLOSE_NS - 1, -SHIFT_NS),
        (CLOSE_NS, -SHIFT_NS),
    ],
)
def test_alerts_are_shifted_to_where_the_session_has_room(stamp_ns: int, moved_by: int) -> None:
    # Given an alert, and sessions of its symbol and another
    sessions = [series_of([1]), series_of([1], day=days_after(1)), series_of([1], symbol="BOLT")]
    # When it is shifted
    (found,) = shifted(events_of([alert_at(stamp_ns)]), sessions)
    # Then it goes half an hour on while its outcome still fits, else back
    assert found.moment.stamp_ns == stamp_ns + moved_by


def test_exits_of_symbols_without_a_session_are_left_out_of_accounts(tmp_path: Path) -> None:
    # Given a symbol whose only quote is crossed, beside one with a day
    recorded_day(tmp_path / "a")
    odd = recorded_day(tmp_path / "b", symbol="ODD")
    lines = [quote_line(n, ticker="ODD", bid_price="100.0200") for n in range(100)]
    quotes_file(odd[1], *lines)
    # When both are scored
    card, findings = score(
        lambda: open_playback([tmp_path / "a", tmp_path / "b"], FIXED), rules=RULES, seed=5
    )
    # Then the odd one has alerts, but no account
    assert {alert.symbol for alert in findings.alerts} >= {"ACME", "ODD"}
    assert [account.symbol for account in card.accounts] == ["ACME"]
    assert after_open(0) == OPEN_NS
