"""Which alerts count towards an exit, and how many are enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import MICROSECOND, MINUTE, NOON, SECOND, large_seller, red_burst

from trading_bot.order_flow.data_models import ALERT_SOURCES, AlertSource, OrderFlowAlert, Scale
from trading_bot.order_flow.rules.exit_rule import (
    counting_large_sellers,
    counting_red_bursts,
    large_sellers_are_due,
    number_of,
)

WINDOW = timedelta(seconds=120)


def counted(
    alerts: list[OrderFlowAlert], sources: tuple[AlertSource, ...] = ALERT_SOURCES
) -> list[OrderFlowAlert]:
    return counting_large_sellers(
        alerts, symbol="AAPL", exit_sources=sources, as_of=NOON, window=WINDOW
    )


def bursts_counted(alerts: list[OrderFlowAlert], threshold: float = 4.0) -> list[OrderFlowAlert]:
    return counting_red_bursts(
        alerts, symbol="AAPL", red_burst_threshold=threshold, as_of=NOON, window=WINDOW
    )


@pytest.mark.parametrize(("sellers", "due"), [(0, False), (2, False), (3, True), (4, True)])
def test_three_large_sellers_are_enough(sellers: int, due: bool) -> None:
    # Given so many large sellers
    # When they are counted
    # Then the exit is due from the third
    assert large_sellers_are_due([large_seller()] * sellers) is due


def of_order(number: int) -> OrderFlowAlert:
    """Return an alert of the order that is that many in the window, on the symbol's own scale."""
    scale = Scale(
        size=10_000,
        rank=1,
        of=195,
        larger_at=None,
        threshold=8_000,
        lead=0,
        usual_minute=20_000,
        memory_from=None,
        orders=number,
    )
    return replace(large_seller(source="aggressive_sell"), scale=scale)


@pytest.mark.parametrize(
    ("orders", "number"), [((), 0), ((1, 1), 1), ((1, 2, 2), 2), ((1, 3), 3), ((4,), 4)]
)
def test_on_its_own_scale_orders_count_and_not_their_alerts(
    orders: tuple[int, ...], number: int
) -> None:
    # Given alerts of so many orders; one that grew has two, one that was left out has none
    alerts = [of_order(each) for each in orders]
    # When they are counted
    # Then it is orders that are, and three are enough
    assert number_of(alerts) == number
    assert large_sellers_are_due(alerts) is (number >= 3)


@pytest.mark.parametrize(
    ("before_the_end", "counts"),
    [
        (WINDOW + MICROSECOND, False),
        (WINDOW, True),
        (WINDOW - MICROSECOND, True),
        (timedelta(0), True),
        (-MICROSECOND, False),
    ],
)
def test_both_ends_of_the_window_count(before_the_end: timedelta, counts: bool) -> None:
    # Given a large seller and a red burst around an end of the window
    seller, burst = large_seller(NOON - before_the_end), red_burst(NOON - before_the_end)
    # When they are counted at noon
    # Then those at the ends count and those beyond do not
    assert counted([seller, burst]) == [seller] * counts
    assert bursts_counted([seller, burst]) == [burst] * counts


def test_another_symbols_alerts_do_not_count() -> None:
    # Given alerts of another symbol
    alerts = [large_seller(symbol="MSFT"), red_burst(symbol="MSFT")]
    # When this symbol's are counted
    # Then there are none
    assert (counted(alerts), bursts_counted(alerts)) == ([], [])


@pytest.mark.parametrize("source", [None, *ALERT_SOURCES])
def test_only_chosen_sources_count_and_those_without_one(source: AlertSource | None) -> None:
    # Given a large seller of some source
    alert = large_seller(source=source)
    # When only aggressive selling counts
    found = counted([alert], ("aggressive_sell",))
    # Then it counts when it is that, or says nothing
    assert found == [alert] * (source in (None, "aggressive_sell"))


def test_no_source_chosen_leaves_only_alerts_without_one() -> None:
    # Given alerts of every source and one of none
    alerts = [large_seller(source=source) for source in (None, *ALERT_SOURCES)]
    # When no source counts
    # Then only the alert without a source does
    assert counted(alerts, ()) == alerts[:1]


def test_the_same_object_met_twice_counts_once_and_an_equal_one_counts_too() -> None:
    # Given one alert that stands in the history twice, and another with the same values
    alert, equal = large_seller(), large_seller()
    # When they are counted
    # Then two orders were seen, not three
    assert len(counted([alert, alert, equal])) == 2


@pytest.mark.parametrize(
    ("ratio", "counts"), [(None, False), (3.999999, False), (4.0, True), (4.000001, True)]
)
def test_a_burst_counts_from_the_threshold_on(ratio: float | None, counts: bool) -> None:
    # Given a red burst below, at or above the threshold, or without a ratio
    burst = red_burst(volume_ratio=ratio)
    # When bursts are counted
    # Then it counts from the threshold on
    assert bursts_counted([burst]) == [burst] * counts


@given(st.permutations([0, 30, 60, 90, 120]))
def test_the_order_of_the_history_does_not_matter(ages: list[int]) -> None:
    # Given the same alerts in any order
    sellers = [large_seller(NOON - age * SECOND) for age in ages]
    bursts = [red_burst(NOON - age * SECOND) for age in ages]
    # When they are counted
    found = counted([*sellers, *bursts]) + bursts_counted([*bursts, *sellers])
    # Then they come oldest first
    expected = [NOON - 2 * MINUTE + 30 * step * SECOND for step in range(5)]
    assert [alert.timestamp_utc for alert in found] == expected * 2


def test_no_alert_means_no_exit() -> None:
    # Given nothing
    # When it is judged
    # Then nothing is due
    assert (counted([]), bursts_counted([]), large_sellers_are_due([])) == ([], [], False)
