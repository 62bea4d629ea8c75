"""Foresight scores well, chance scores nothing, and every kind has its row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import numpy as np
import pytest
from support.card_values import effects_of, row_of
from support.flat_data import trade_row
from support.score_values import OPEN_NS, S, alert_at, at, days_after, exit_at, walk

from trading_bot.order_flow.data_models import AlertSource
from trading_bot.order_flow.market.units import ns_from_utc, utc_from_ns
from trading_bot.research.bootstrap import Effect
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.matched_control import ControlPool, Moment
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.scorecard import (
    SOURCES,
    Event,
    FalseExits,
    alerts_a_day,
    events_of,
    false_exits,
    rate_is_met,
    score_rows,
)

RULES = OutcomeRules(latency_ms=0)


@pytest.fixture(scope="module")
def pool() -> ControlPool:
    return ControlPool([walk(1), walk(2, day=days_after(1))], RULES, seed=5)


def seconds_by(pool: ControlPool, *, foresight: bool) -> list[int]:
    """Return seconds of the first day: before its deepest falls, or by chance alone."""
    session = pool.series[0]
    assert isinstance(session, QuoteSeries)
    seconds = session.seconds()[400:12_000]
    if not foresight:
        chosen = np.random.default_rng(3).choice(seconds, 60, replace=False)
        return [int(each) for each in chosen]
    ahead = session.mids[460:12_060] - session.mids[400:12_000]
    return [int(each) for each in seconds[np.argsort(ahead, kind="stable")[:60]]]


@pytest.mark.parametrize(("foresight", "falls"), [(True, True), (False, False)])
def test_foresight_scores_and_chance_does_not(
    pool: ControlPool, foresight: bool, falls: bool
) -> None:
    # Given alerts before the deepest falls, or at random
    alerts = [alert_at(stamp_ns) for stamp_ns in seconds_by(pool, foresight=foresight)]
    # When they are scored
    (row,) = score_rows(events_of(alerts), pool, seed=5)
    # Then a fall beyond that of matched seconds is seen only where there is one
    assert row.shows_a_fall is falls
    assert row.effects is not None
    assert (row.effects["down_minus_up_5"].low > 0) is falls
    assert (row.judged, row.unjudged) == (60, {})


def test_every_kind_has_a_row_for_all_and_one_for_each_of_several_severities(
    pool: ControlPool,
) -> None:
    # Given alerts of two kinds and two severities, and two exits
    alerts = [
        alert_at(at(1_000)),
        alert_at(at(2_000), severity="critical"),
        alert_at(at(3_000), kind="large_seller", source="aggressive_sell"),
        alert_at(at(4_000), kind="large_seller", source="aggressive_sell"),
    ]
    exits = [exit_at(at(1_500)), exit_at(at(100))]
    # When they are scored
    rows = score_rows(events_of(alerts, exits), pool, seed=5)
    # Then the rows are sorted, exits last, and say how often a day and what was not judged
    assert [(row.name, row.count, row.per_day, row.judged, row.unjudged) for row in rows] == [
        ("aggressive sell, all", 2, 1.0, 2, {}),
        ("red burst, all", 2, 1.0, 2, {}),
        ("red burst, critical", 1, 0.5, 1, {}),
        ("red burst, warning", 1, 0.5, 1, {}),
        ("any alert, all", 4, 2.0, 4, {}),
        ("any alert, critical", 1, 0.5, 1, {}),
        ("any alert, warning", 3, 1.5, 3, {}),
        ("exit, all", 2, 1.0, 1, {"unmatched": 1}),
    ]
    assert [row.shows_a_fall for row in rows] == [None] * 8


def test_one_kind_alone_is_not_told_twice(pool: ControlPool) -> None:
    # Given alerts of one kind, and an exit
    events = events_of([alert_at(at(1_000)), alert_at(at(2_000))], [exit_at(at(1_500))])
    # When they are scored
    names = [row.name for row in score_rows(events, pool, seed=5) if row.is_whole]
    # Then there is no row for all alerts together
    assert names == ["red burst, all", "exit, all"]


def test_symbols_are_scored_together_and_each_alone() -> None:
    # Given two symbols, one of them over two days, and one that was never seen trading
    days = [walk(1), walk(2, day=days_after(1)), walk(3, symbol="BOLT")]
    pool = ControlPool(days, RULES, seed=5)
    alerts = [alert_at(at(1_000 * n), symbol=symbol) for n in (1, 2) for symbol in ("ACME", "BOLT")]
    # When their alerts are scored
    rows = score_rows(events_of([*alerts, alert_at(at(900), symbol="ODD")]), pool, seed=5)
    # Then there is a row for all and one for each, with its own number of days
    assert [(row.name, row.symbol, row.count, row.per_day) for row in rows if not row.severity] == [
        ("red burst, all", None, 5, 1.6667),
        ("red burst, ACME", "ACME", 2, 1.0),
        ("red burst, BOLT", "BOLT", 2, 2.0),
        ("red burst, ODD", "ODD", 1, 0.0),
    ]
    assert [row.is_whole for row in rows if not row.severity] == [True, False, False, False]


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(-2.0, -0.1, "fall"), (-2.0, 0.0, "nothing"), (0.0, 2.0, "nothing"), (0.1, 2.0, "rise")],
)
def test_each_horizon_is_judged_by_its_own_interval(low: float, high: float, shown: str) -> None:
    # Given a row that shows nothing but at 300 s
    effects = effects_of(0.0, -1.0, 1.0) | {"mid_300": Effect(0.0, 0.0, 0.0, low, high, 0.04)}
    row = row_of(effects=effects)
    # When it is judged
    # Then the last horizon has a verdict of its own, and a fall there is a fall
    assert row.shown == {10: "nothing", 30: "nothing", 60: "nothing", 300: shown}
    assert row.shows_a_fall is (shown == "fall")
    assert row.to_json_dict()["shown"] == {
        **dict.fromkeys(("mid_10", "mid_30", "mid_60"), "nothing"),
        "mid_300": shown,
    }


def test_severities_can_be_left_together(pool: ControlPool) -> None:
    # Given alerts of two severities
    events = events_of([alert_at(at(1_000)), alert_at(at(2_000), severity="critical")])
    # When they are scored as a whole
    rows = score_rows(events, pool, seed=5, cut=False)
    # Then there is one row
    assert [(row.name, row.count) for row in rows] == [("red burst, all", 2)]


def test_alerts_in_a_falling_market_are_scored_apart(pool: ControlPool) -> None:
    # Given a market that falls at the second of three alerts and is not known at the third
    shift_s = (OPEN_NS - trade_row(0)[0]) / S
    prices = [(900, 100_000_000), (1_000, 100_000_000), (1_060, 99_000_000)]
    market = MarketSeries(
        [[trade_row(shift_s + second, symbol="SPY", price=price) for second, price in prices]]
    )
    alerts = [alert_at(at(1_000)), alert_at(at(1_060)), alert_at(at(2_000))]
    # When they are scored
    events = events_of(alerts, market=market)
    rows = score_rows(events, pool, seed=5)
    # Then those in the falling market, and those of the symbol's own, have rows of their own
    assert [event.market_wide for event in events] == [False, True, None]
    assert [(row.name, row.count) for row in rows] == [
        ("red burst, all", 3),
        ("red burst, all, market-wide", 1),
        ("red burst, all, own", 1),
    ]


def test_a_row_as_json_holds_every_effect(pool: ControlPool) -> None:
    # Given enough alerts of one kind, and too few of another
    alerts = [alert_at(stamp_ns) for stamp_ns in seconds_by(pool, foresight=True)]
    few = [alert_at(at(1_000), kind="large_seller", source="ask_wall")]
    # When their rows are written
    found = [row.to_json_dict() for row in score_rows(events_of(alerts + few), pool, seed=5)]
    # Then the one has a number for every outcome, and the other says that it is too few
    assert [each["too_few"] for each in found] == [True, False, False]
    assert (found[0]["effects"], found[0]["shown"]) == (None, None)
    effects = found[1]["effects"]
    assert isinstance(effects, dict)
    assert tuple(effects) == RULES.columns
    assert set(effects["mid_60"]) == {
        "alert",
        "control",
        "difference",
        "low",
        "high",
        "p",
        "p_corrected",
    }


@pytest.mark.parametrize(("number", "known"), [(0, False), (29, True), (30, False)])
def test_too_few_have_a_difference_without_an_interval(
    pool: ControlPool, number: int, known: bool
) -> None:
    # Given about thirty alerts, or none
    alerts = [alert_at(stamp_ns) for stamp_ns in seconds_by(pool, foresight=True)[:number]]
    events = events_of(alerts, [exit_at(at(1_000))])
    # When they are scored
    row = score_rows(events, pool, seed=5, sources=("ask_wall",))[1 if number else 0]
    # Then those that are too few have a mean for every outcome, and nobody takes it for more
    assert (row.few is not None) is known
    written = row.to_json_dict()
    assert written["too_few"] is (number < 30)
    if row.few is not None:
        assert tuple(row.few) == RULES.columns
        assert row.few["mid_60"] < 0
        assert written["differences_of_few"] == row.few
    else:
        assert written["differences_of_few"] is None


def test_a_new_source_has_its_row_by_itself(pool: ControlPool) -> None:
    # Given an alert of a source that no version has had yet, and another of which there was none
    news: Any = "dark_print"
    events = events_of([alert_at(at(1_000), kind="large_seller", source=news)])
    # When they are scored
    rows = score_rows(events, pool, seed=5, sources=(*SOURCES, "tired_bid"))
    # Then both have their rows, among those of all sources that there are
    counts = {row.source: row.count for row in rows}
    assert counts == {**dict.fromkeys(SOURCES, 0), "dark_print": 1, "tired_bid": 0}
    assert [row.kind for row in rows] == ["large_seller"] * len(counts)


def test_every_source_that_an_alert_may_have_is_scored() -> None:
    # Given the sources that an alert may name
    # When they are compared with those that have a row
    # Then none is missing
    assert get_args(AlertSource) == SOURCES


def test_stamps_are_exact_for_alerts_and_microseconds_for_exits() -> None:
    # Given an alert and an exit with nanoseconds
    stamp_ns = at(1_000) + 1_234
    # When they become events
    found = events_of([alert_at(stamp_ns)], [exit_at(stamp_ns)])
    # Then each has the stamp it came with
    later_ns = ns_from_utc(utc_from_ns(at(1_000)) + timedelta(microseconds=1))
    assert [event.moment for event in found] == [
        Moment("ACME", stamp_ns),
        Moment("ACME", later_ns),
    ]


def test_false_exits_are_counted_beside_their_controls(pool: ControlPool) -> None:
    # Given exits at the deepest falls, one that cannot be judged, and an alert
    stamps = seconds_by(pool, foresight=True)
    events = events_of([alert_at(stamps[0])], [exit_at(each) for each in (*stamps, at(1))])
    # When false exits are counted
    found = false_exits(events, pool)
    # Then they are fewer than among seconds that looked alike
    assert found.judged == 60
    assert found.share is not None
    assert found.control_share is not None
    assert found.share < found.control_share


@pytest.mark.parametrize(
    ("exits", "share", "met"),
    [
        (FalseExits(0, 0, None), None, None),
        (FalseExits(100, 9, 0.5), 0.09, True),
        (FalseExits(100, 10, 0.5), 0.1, False),
        (FalseExits(100, 11, 0.5), 0.11, False),
        (FalseExits(30, 0, 0.5), 0.0, True),
        (FalseExits(29, 0, 0.5), 0.0, None),
    ],
)
def test_less_than_a_tenth_may_be_false(
    exits: FalseExits, share: float | None, met: bool | None
) -> None:
    # Given some false exits among some
    # When the wish is looked at
    # Then exactly a tenth is too many, and fewer than thirty judged are no answer
    assert (exits.share, exits.met) == (share, met)


def test_no_exit_is_no_answer(pool: ControlPool) -> None:
    # Given alerts without an exit
    # When false exits are counted
    # Then nothing is known
    assert false_exits(events_of([alert_at(at(1_000))]), pool) == FalseExits(0, 0, None)


def test_alerts_a_day_leave_exits_out() -> None:
    # Given three alerts and an exit of one symbol, and none of another
    events = [Event("red_burst", None, "warning", Moment("ACME", at(n))) for n in range(3)]
    events.append(Event("exit", None, "high", Moment("ACME", at(4))))
    # When they are counted over two days and one
    # Then each symbol has its rate
    assert alerts_a_day(events, {"BOLT": 1, "ACME": 2}) == {"ACME": 1.5, "BOLT": 0.0}


@pytest.mark.parametrize(("rate", "met"), [(4.9, False), (5.0, True), (15.0, True), (15.1, False)])
def test_five_to_fifteen_alerts_a_day_are_wanted(rate: float, met: bool) -> None:
    # Given a rate
    # When the wish is looked at
    # Then both ends are as wanted
    assert rate_is_met(rate) is met
