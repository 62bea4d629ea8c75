"""Shares right, calibration, and what the command prints of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from trading_bot.order_flow.rules.side.side_rules import TradeSide
from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.research.side_scores import (
    Calibration,
    RuleScore,
    SidesReport,
    calibrate,
    half_points,
    score,
)
from trading_bot.research.side_tape import KnownPrint

SELL: TradeSide = ("sell", 990, "quote")
BUY: TradeSide = ("buy", 400, "tick")
UNKNOWN: TradeSide = ("unknown", 500, "no_evidence")

PRINTS = [
    KnownPrint("sell", 100, hidden=False),
    KnownPrint("sell", 300, hidden=False),
    KnownPrint("buy", 100, hidden=True),
    KnownPrint("buy", 500, hidden=True),
    KnownPrint(None, 9_999, hidden=True),
]


@pytest.mark.parametrize(("given", "points"), [("sell", 2), ("unknown", 1), ("buy", 0)])
def test_unknown_counts_one_half(given: str, points: int) -> None:
    # Given a print that a seller started
    # When a side is given for it
    # Then right is whole, unknown half, wrong nothing
    assert half_points("sell", given) == points


def test_score_counts_trades_and_shares_visible_and_hidden_apart() -> None:
    # Given one right and one unknown visible print, a wrong and a right hidden one, and one that
    # nobody knows
    results = [SELL, UNKNOWN, SELL, BUY, BUY]
    # When they are scored
    # Then shares weigh by size, and the unknown truth counts nowhere
    assert score(PRINTS, results) == RuleScore(
        by_trades=2.5 / 4, by_shares=750 / 1_000, visible=0.75, hidden=0.5
    )


@pytest.mark.parametrize(
    ("prints", "visible", "hidden"), [(PRINTS[:1], 1.0, None), (PRINTS[2:3], None, 0.0)]
)
def test_kind_without_prints_has_no_share(
    prints: list[KnownPrint], visible: float | None, hidden: float | None
) -> None:
    # Given prints of one kind only
    # When they are scored
    result = score(prints, [SELL])
    # Then the other kind has none
    assert (result.visible, result.hidden) == (visible, hidden)


def test_tape_without_known_sides_cannot_be_scored() -> None:
    # Given a print that nobody knows
    # When it is scored
    # Then there is nothing to measure
    with pytest.raises(ValueError, match="nothing to measure"):
        score(PRINTS[4:], [SELL])


def test_calibration_compares_stated_confidence_with_the_share_right() -> None:
    # Given two results stated at 0.99, one right, and two at 0.6, both right
    results = [SELL, BUY, SELL, BUY, SELL]
    prints = [replace(PRINTS[0]), replace(PRINTS[2]), *PRINTS[2:]]
    # When they are calibrated
    rows, error = calibrate(prints, results)
    # Then each confidence has its row, and the error weighs them by prints
    assert rows == (Calibration(0.6, 2, 1.0), Calibration(0.99, 2, 0.5))
    assert error == (2 * 0.4 + 2 * 0.49) / 4


REPORT = SidesReport(
    symbol="AMZN",
    day=date(2012, 6, 21),
    prints=1_234,
    quotes=5_678,
    hidden_prints=34,
    account=RowAccount(KindAccount(read=1_234, judged=1_234), KindAccount(read=1, judged=1)),
    rule="full",
    rules={
        "full": RuleScore(0.975, 0.96875, 1.0, None),
        "tick": RuleScore(0.5, 0.25, 0.125, None),
    },
    calibration=(Calibration(0.6, 1_000, 0.5), Calibration(0.99, 234, 1.0)),
    calibration_error=0.0125,
    coverage=1.0,
    deciding=(("quote", 1_234, 0.975),),
    confusion={("buy", "buy"): 1_000, ("buy", "sell"): 4, ("sell", "sell"): 230},
    events_per_second=1_234_567.8,
)


def test_json_has_exactly_the_documented_shape() -> None:
    # Given a report
    # When it is put into JSON's terms
    # Then shares and error are fractions, and a kind without prints is null
    assert REPORT.to_json_dict() == {
        "warnings": [],
        "account": REPORT.account.to_json_dict(),
        "hidden_prints": 34,
        "symbol": "AMZN",
        "prints": 1_234,
        "rules": {
            "full": {"by_trades": 0.975, "by_shares": 0.96875, "visible": 1.0, "hidden": None},
            "tick": {"by_trades": 0.5, "by_shares": 0.25, "visible": 0.125, "hidden": None},
        },
        "calibration_error": 0.0125,
        "events_per_second": 1_234_568,
    }


def test_rows_for_a_table_are_text() -> None:
    # Given a report
    # When its tables are asked for
    # Then shares are per cent, counts have separators, and what does not exist is a dash or 0
    assert REPORT.rule_rows() == [
        ("full", "97.50", "96.88", "100.00", "-"),
        ("tick", "50.00", "25.00", "12.50", "-"),
    ]
    assert REPORT.calibration_rows() == [("0.600", "0.500", "1,000"), ("0.990", "1.000", "234")]
    assert REPORT.confusion_rows() == [("buy", "1,000", "4", "0"), ("sell", "0", "230", "0")]
