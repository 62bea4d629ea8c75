"""Every alert with what followed it, by the id under which it is explained."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO

import numpy as np
from support.score_values import CENT, START, alert_at, at, days_after, series_of

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.report.listed import (
    ListedAlert,
    alerts_csv,
    describe,
    describe_outcome,
    kind_of,
    listed,
)

RULES = OutcomeRules(latency_ms=0)
CONFIG = OrderFlowConfig(thresholds="fixed")
SELLER = alert_at(at(1_010), kind="large_seller", source="aggressive_sell")


def falling() -> QuoteSeries:
    """Return a session that falls ten cents 1,050 s after its open."""
    bids = np.full(12_600, START, dtype=np.int64)
    bids[1_050:] -= 10 * CENT
    return series_of(bids)


def list_of(*alerts: OrderFlowAlert) -> list[ListedAlert]:
    return listed(alerts, [falling()], RULES, CONFIG)


def test_each_alert_stands_with_what_followed_at_every_horizon() -> None:
    # Given an alert 40 s before a fall
    (found,) = list_of(SELLER)
    # When it is listed
    # Then the horizons before the fall see nothing, those after it all of it
    assert found.followed is not None
    assert (found.followed["mid_10"], found.followed["mid_30"]) == (0.0, 0.0)
    assert found.followed["mid_60"] == found.followed["mid_300"] == -9.9995
    assert found.followed["lowest_300"] == -9.9995
    assert found.sign == "one"


def test_its_id_is_the_records() -> None:
    # Given an alert that has an id, and one that nobody gave one
    known = replace(SELLER, alert_id="0123456789abcdef")
    # When they are listed
    one, other = list_of(known, SELLER)
    # Then both are found again by it
    assert one.alert_id == "0123456789abcdef"
    assert other.alert_id == alert_id(SELLER, CONFIG.config_hash)


def test_what_lies_outside_a_session_is_listed_without_what_followed() -> None:
    # Given alerts of another symbol, another day, before the open, and too late to be judged
    other_day = series_of([1], day=days_after(1)).open_ns
    alerts = [
        alert_at(at(1_000), symbol="BOLT"),
        alert_at(other_day),
        alert_at(at(-1)),
        alert_at(at(12_500)),
    ]
    # When they are listed
    # Then none is left out
    assert [each.followed for each in list_of(*alerts)] == [None] * 4


def test_the_csv_has_a_line_for_each_with_empty_cells_where_nothing_is_known() -> None:
    # Given a seller that is judged and a burst that is not
    found = list_of(SELLER, alert_at(at(12_500)))
    # When they are written
    seller, burst = csv.DictReader(StringIO(alerts_csv(found, RULES)))
    # Then other programs read them
    assert seller["alert_id"] == found[0].alert_id
    assert (seller["sign"], seller["source"], seller["order_size"]) == (
        "one",
        "aggressive_sell",
        "12000",
    )
    assert (seller["mid_60_bp"], seller["volume_ratio"]) == ("-9.9995", "")
    assert (burst["sign"], burst["volume_ratio"], burst["mid_60_bp"]) == ("burst", "3.2", "")


def test_what_was_found_and_what_followed_is_put_into_words() -> None:
    # Given a seller, a burst with and without its sold share, and a level without a source
    burst = alert_at(at(1))
    # When they are described
    # Then each says what it was
    assert describe(SELLER) == "12,000 shares at 100.00"
    assert describe(burst) == "3.2 times the usual volume, 80% sold"
    assert describe(replace(burst, sell_ratio=None)) == "3.2 times the usual volume"
    assert describe(replace(SELLER, order_size=None)).startswith("0 shares")
    assert [kind_of(SELLER), kind_of(replace(SELLER, source=None))] == [
        "aggressive sell",
        "large seller",
    ]
    assert describe_outcome(None) == "what followed is not judged"
    assert describe_outcome({"mid_60": -1.26, "lowest_300": -3.0}) == (
        "60 s later -1.3 bp, lowest in 300 s -3.0 bp"
    )
