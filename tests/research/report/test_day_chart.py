"""Pictures as plain figures: everything found is marked, nothing hides the price."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.card_values import card_of, effects_of, row_of
from support.score_values import CENT, OPEN_NS, START, alert_at, at, days_after, exit_at, series_of

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.report.day_chart import Figure, day_figure, effects_figure
from trading_bot.research.scored_findings import Findings, Reading

RULES = OutcomeRules(latency_ms=0)
THRESHOLDS = OrderFlowConfig(thresholds="fixed").for_symbol("ACME")
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
) -> Figure:
    findings = Findings(alerts or [], exits or [], [series], {"ACME": readings or []})
    return day_figure(series, findings, THRESHOLDS, RULES)


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
    # Given a burst, an order, and a level without source, before a fall; one after hours of reach
    order = alert_at(at(1_000), kind="large_seller", source="aggressive_sell", severity="critical")
    alerts = [
        alert_at(at(1_000)),
        order,
        replace(order, source=None),
        alert_at(at(12_500)),
        replace(alert_at(at(1_100), severity="critical"), sell_ratio=None),
    ]
    # When they are drawn
    figure = figure_of(series, alerts=alerts)
    # Then each mark stands at the midpoint with its words
    burst = named(figure, "red burst, warning (2)")
    assert burst["x"][0] == NINE_THIRTY_MS + 1_000_000
    assert burst["y"] == [100.005, 99.905]
    assert burst["text"] == [
        (
            "red burst, warning: 3.2 times the usual volume, 80% sold<br>"
            "60 s later -10.0 bp, lowest in 300 s -10.0 bp"
        ),
        "red burst, warning: 3.2 times the usual volume, 80% sold<br>what followed is not judged",
    ]
    sold = named(figure, "aggressive sell, critical (1)")["text"]
    assert sold[0].startswith("aggressive sell, critical: 12,000 shares at 100.00<br>")
    assert named(figure, "large seller, critical (1)")["text"][0].startswith("large seller, ")
    unsold = named(figure, "red burst, critical (1)")["text"]
    assert unsold[0].startswith("red burst, critical: 3.2 times the usual volume<br>")


def test_a_source_without_a_mark_of_its_own_is_drawn_too(series: QuoteSeries) -> None:
    # Given an alert of a source that no version has had yet
    news: Any = "dark_print"
    alerts = [alert_at(at(1_000), kind="large_seller", source=news)]
    # When the day is drawn
    mark = named(figure_of(series, alerts=alerts), "dark print, warning (1)")
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


@pytest.mark.parametrize(("number", "hidden"), [(60, False), (61, True)])
def test_a_crowd_of_marks_begins_hidden(series: QuoteSeries, number: int, hidden: bool) -> None:
    # Given many resting bids
    alerts = [
        alert_at(at(1_000 + n), kind="large_seller", source="resting_bid") for n in range(number)
    ]
    # When they are drawn
    mark = named(figure_of(series, alerts=alerts), "resting bid (no warning)")
    # Then more than sixty wait until they are asked for
    assert (mark.get("visible"), mark["name"].endswith("hidden")) == (
        "legendonly" if hidden else None,
        hidden,
    )


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (40, 40), (41, 0)])
def test_exits_are_lines_through_all_panels_unless_there_are_too_many(
    series: QuoteSeries, number: int, lines: int
) -> None:
    # Given some exits
    exits = [exit_at(at(1_000 + n)) for n in range(number)]
    # When they are drawn
    figure = figure_of(series, exits=exits)
    # Then all are marked above the price, and up to forty have a line
    mark = named(figure, f"exit recommended ({number})")
    assert mark["text"][0] == "exit, high<br>3 large sellers"
    assert (mark["yaxis"], len(mark["x"])) == ("y5", number)
    drawn = [each for each in figure["layout"]["shapes"] if each["yref"] == "paper"]
    assert len(drawn) == lines


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
    # Given findings without readings of the symbol
    figure = day_figure(series, Findings(series=[series]), THRESHOLDS, RULES)
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
    texts = [each["text"] for each in figure_of(sized)["layout"]["annotations"]]
    # Then thresholds of the ratios always stand, that of sizes only within the panel
    assert texts[:3] == ["warns at 3", "critical at 4", "needs 0.6"]
    assert ("large from 10,000" in texts) is drawn


def test_effects_are_drawn_with_their_intervals() -> None:
    # Given kinds that fall, rise, and show nothing, and controls that pass and fail
    falls, rises = effects_of(-1.0, -2.0, -0.5), effects_of(1.0, 0.5, 2.0)
    nothing = effects_of(-1.0, -2.0, 0.5)
    card = card_of(
        row_of(effects=falls),
        row_of(source="ask_wall", effects=rises),
        row_of(source="resting_bid", effects=nothing),
        row_of(source="aggressive_sell"),
    )
    control = replace(
        card, controls={"mirrored": (row_of(effects=rises), row_of(effects=falls), row_of())}
    )
    # When they are drawn
    figure = effects_figure(control)
    # Then the first stands at the top, and colours tell what can be said
    assert figure is not None
    assert [(each["y"][0], each["error_x"]["color"]) for each in figure["data"]] == [
        ("mirrored: red burst, all", "#ff5d5d"),
        ("mirrored: red burst, all", "#8695a5"),
        ("resting bid, all", "#5aa9ff"),
        ("ask wall, all", "#3ecf8e"),
        ("red burst, all", "#ff5d5d"),
    ]
    error = figure["data"][-1]["error_x"]
    assert (error["array"], error["arrayminus"]) == ([0.5], [1.0])


def test_with_too_few_of_everything_no_effect_is_drawn() -> None:
    # Given a card that says nothing
    # When its effects are to be drawn
    # Then there is no picture
    assert effects_figure(card_of(row_of())) is None
