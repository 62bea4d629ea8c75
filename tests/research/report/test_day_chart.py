"""Pictures as plain figures: everything found is marked, nothing hides the price."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.score_values import CENT, OPEN_NS, START, alert_at, at, days_after, exit_at, series_of

from trading_bot.order_flow.config import OrderFlowConfig, SymbolThresholds
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.report.day_chart import day_figure, day_words
from trading_bot.research.report.figures import Figure
from trading_bot.research.report.listed import listed
from trading_bot.research.scored_findings import Reading

RULES = OutcomeRules(latency_ms=0)
CONFIG = OrderFlowConfig(thresholds="fixed")
THRESHOLDS = CONFIG.for_symbol("ACME")
NINE_THIRTY_MS = 1_385_717_400_000
"""09:30 of the day, written as if New York were UTC."""


@pytest.fixture
def series() -> QuoteSeries:
    bids = np.full(12_600, START, dtype=np.int64)
    bids[1_050:] -= 10 * CENT
    return series_of(bids)


def figure_of(
    series: QuoteSeries,
    *,
    alerts: list[OrderFlowAlert] | None = None,
    exits: list[ExitRecommendation] | None = None,
    readings: list[Reading] | None = None,
    thresholds: SymbolThresholds | None = THRESHOLDS,
    position: Position | None = None,
) -> Figure:
    found = listed(alerts or [], [series], RULES, CONFIG)
    return day_figure(series, found, exits or [], readings or [], thresholds, position)


def words_on(figure: Figure) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"]]


def named(figure: Figure, start: str) -> Figure:
    (found,) = [each for each in figure["data"] if each["name"].startswith(start)]
    return dict(found)


def test_prices_and_sizes_are_drawn_every_five_seconds(series: QuoteSeries) -> None:
    # Given a day
    # When it is drawn
    figure = figure_of(series)
    # Then price and sizes have a point every five seconds, in New York time
    price, bid = named(figure, "midpoint"), named(figure, "best bid size")
    assert (price["x0"], price["dx"], len(price["y"])) == (NINE_THIRTY_MS, 5_000, 2_520)
    assert (price["y"][0], price["y"][-1]) == (100.005, 99.905)
    assert (bid["y"][0], named(figure, "best ask size")["y"][0]) == (300, -400)
    assert named(figure, "best ask size")["customdata"][0] == 400
    assert figure["layout"]["yaxis4"]["range"] == [-500, 500]
    json.dumps(figure, allow_nan=False)


def test_before_the_first_quote_there_is_no_price(series: QuoteSeries) -> None:
    # Given a first quote eight seconds after the open
    late = replace(series, stamps=series.stamps + 8_000_000_000)
    # When the day is drawn
    # Then the first points are empty
    assert named(figure_of(late), "midpoint")["y"][:3] == [None, None, 100.005]


def test_an_alert_tells_what_was_found_and_what_followed(series: QuoteSeries) -> None:
    # Given a burst, an order and a level without source, before a fall; one after hours of reach
    order = alert_at(at(1_000), kind="large_seller", source="aggressive_sell", severity="critical")
    alerts = [alert_at(at(1_000)), order, replace(order, source=None), alert_at(at(12_500))]
    # When they are drawn
    figure = figure_of(series, alerts=alerts)
    # Then each mark stands at the midpoint with its words and its id
    burst = named(figure, "red burst (2)")
    assert burst["x"][0] == NINE_THIRTY_MS + 1_000_000
    assert burst["y"] == [100.005, 99.905]
    assert burst["text"][0].startswith(
        "red burst, warning: 3.2 times the usual volume, 80% sold<br>"
        "60 s later -10.0 bp, lowest in 300 s -10.0 bp<br>"
    )
    assert "what followed is not judged" in burst["text"][1]
    sold = named(figure, "one large seller: aggressive sell (1)")
    assert sold["text"][0].startswith("aggressive sell, critical: 12,000 shares at 100.00<br>")
    assert (sold["marker"]["color"], sold["marker"]["symbol"]) == ("$one", "circle")
    assert (sold["marker"]["size"][0], burst["marker"]["size"][0]) == (12, 8)
    assert named(figure, "several large sellers: large seller (1)")["meta"]["glyph"] == "▲"


def test_a_source_without_a_name_is_drawn_too(series: QuoteSeries) -> None:
    # Given an alert of a source that no version has had yet
    news: Any = "dark_print"
    alerts = [alert_at(at(1_000), kind="large_seller", source=news)]
    # When the day is drawn
    mark = named(figure_of(series, alerts=alerts), "one large seller: dark print (1)")
    # Then it stands there under its name
    assert mark["y"] == [100.005]


def test_what_lies_elsewhere_is_not_drawn(series: QuoteSeries) -> None:
    # Given alerts and exits of another symbol and another day
    other_day = series_of([1], day=days_after(1)).open_ns
    alerts = [alert_at(at(1_000), symbol="BOLT"), alert_at(other_day), alert_at(OPEN_NS - 1)]
    exits = [exit_at(at(1_000), symbol="BOLT"), exit_at(other_day)]
    # When the day is drawn
    figure = figure_of(series, alerts=alerts, exits=exits)
    # Then there are only the lines
    assert {each["mode"] for each in figure["data"]} == {"lines"}


@pytest.mark.parametrize(("number", "visible"), [(60, None), (61, False)])
def test_a_crowd_of_marks_begins_hidden(
    series: QuoteSeries, number: int, visible: bool | None
) -> None:
    # Given many resting bids
    alerts = [
        alert_at(at(1_000 + n), kind="large_seller", source="resting_bid") for n in range(number)
    ]
    # When they are drawn
    mark = named(figure_of(series, alerts=alerts), "resting bid, no warning")
    # Then more than sixty wait until they are asked for, and none is coloured as a warning
    assert mark.get("visible") is visible
    assert (mark["marker"]["color"], mark["marker"]["symbol"]) == ("$faint", "circle-open")


def test_the_sentence_says_what_the_picture_shows(series: QuoteSeries) -> None:
    # Given a day with a burst, a seller and an exit, and one without
    alerts = [alert_at(at(1)), alert_at(at(2), kind="large_seller", source="ask_wall")]
    found = listed(alerts, [series], RULES, CONFIG)
    exits = [exit_at(at(3)), exit_at(at(3), symbol="BOLT"), exit_at(OPEN_NS - 1)]
    # When both are put into words
    # Then nothing is said by the picture alone
    assert day_words(series, found, exits) == (
        "ACME 2013-11-29: midpoint from 100.005 to 99.905, lowest 99.905, highest 100.005. Alerts: "
        "red burst 1, one large seller 1. Exits suggested: 1."
    )
    assert day_words(series, [], []).endswith("Alerts: none. Exits suggested: 0.")


def test_readings_are_drawn_until_they_are_a_minute_old(series: QuoteSeries) -> None:
    # Given two readings, the second without a baseline
    readings = [Reading(at(9), 2.5, 0.61237), Reading(at(20), None, 0.5)]
    # When they are drawn
    figure = figure_of(series, readings=readings)
    # Then each holds until the next, and the last for a minute
    volume, sold = named(figure, "volume ratio")["y"], named(figure, "sell ratio")["y"]
    assert volume[:6] == [None, None, 2.5, 2.5, None, None]
    assert sold[1:5] == [None, 0.612, 0.612, 0.5]
    assert (sold[80 // 5], sold[85 // 5]) == (0.5, None)


def test_a_day_without_readings_has_empty_panels(series: QuoteSeries) -> None:
    # Given a day without readings
    figure = figure_of(series)
    # When the panels are looked at
    # Then they are empty
    assert set(named(figure, "volume ratio")["y"]) == {None}


@pytest.mark.parametrize(("bid_size", "drawn"), [(7_000, False), (10_000, True)])
def test_the_size_threshold_is_drawn_where_sizes_come_near(
    series: QuoteSeries, bid_size: int, drawn: bool
) -> None:
    # Given bids of some size
    sized = replace(series, bid_sizes=np.full(12_600, bid_size, dtype=np.int64))
    # When the day is drawn
    found = words_on(figure_of(sized))
    # Then thresholds of the ratios always stand, that of sizes only within the panel
    assert {"warns at 3", "critical at 4", "needs 0.6"} <= set(found)
    assert ("large from 10,000" in found) is drawn


def test_on_own_scale_no_threshold_stands_still(series: QuoteSeries) -> None:
    # Given a day that was judged by no fixed threshold
    # When it is drawn
    found = words_on(figure_of(series, thresholds=None))
    # Then none is drawn
    assert not [each for each in found if each.startswith(("warns", "critical", "needs", "large"))]


@pytest.mark.parametrize(
    ("stop", "drawn"), [("99.89", False), ("99.90", True), ("100.01", True), ("100.02", False)]
)
def test_entry_and_stop_are_drawn_within_the_days_prices(
    series: QuoteSeries, stop: str, drawn: bool
) -> None:
    # Given a position with a stop near the day's prices, 99.905 to 100.005
    position = Position("ACME", 100, None, stop)
    # When the day is drawn
    found = words_on(figure_of(series, position=position))
    # Then it stands where it does not push the price aside
    assert (f"stop {stop}" in found) is drawn
    assert not [each for each in found if each.startswith("entry")]
