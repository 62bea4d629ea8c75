"""AlertHistory: alerts by symbol, bounded by time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import MICROSECOND, MINUTE, NOON, SECOND, large_seller

from trading_bot.order_flow.journal.history import HISTORY_KEPT, AlertHistory


def test_an_alert_is_found_under_its_symbol_only() -> None:
    # Given alerts of two symbols
    history = AlertHistory()
    first, other, second = large_seller(), large_seller(symbol="MSFT"), large_seller()
    # When they are added
    history.extend([first, other, second])
    # Then each symbol has its own, in the order they came
    assert list(history.of("AAPL")) == [first, second]
    assert list(history.of("MSFT")) == [other]
    assert list(history.of("TSLA")) == []
    assert history.symbols == ("AAPL", "MSFT")
    assert list(history) == [first, other, second]


def test_the_same_object_is_remembered_once_and_an_equal_one_again() -> None:
    # Given an alert that is remembered
    history = AlertHistory()
    alert = large_seller()
    history.remember(alert)
    # When the same object comes again, and then an equal one
    history.remember(alert)
    again = len(history)
    history.remember(large_seller())
    # Then only the other object counts
    assert (again, len(history)) == (1, 2)
    assert alert in history


def test_a_caller_who_holds_the_history_sees_the_newest_ten_minutes() -> None:
    # Given an empty history
    history = AlertHistory()
    # When alerts of twenty minutes are remembered
    alerts = [large_seller(NOON + k * MINUTE) for k in range(20)]
    for alert in alerts:
        history.remember(alert)
    # Then the newest ten minutes are there, both ends included
    assert list(history) == list(history.of("AAPL")) == alerts[9:]


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        (HISTORY_KEPT - MICROSECOND, True),
        (HISTORY_KEPT, True),
        (HISTORY_KEPT + MICROSECOND, False),
    ],
)
def test_an_alert_is_dropped_by_the_time_of_any_symbol(later: timedelta, kept: bool) -> None:
    # Given an alert of one symbol
    history = AlertHistory()
    history.remember(large_seller())
    # When another symbol alerts around ten minutes later
    history.remember(large_seller(NOON + later, symbol="MSFT"))
    # Then the first is there up to exactly ten minutes, and its symbol with it
    assert len(history) == 1 + kept
    assert history.symbols == (("AAPL", "MSFT") if kept else ("MSFT",))


def test_a_burst_of_alerts_is_kept_whole() -> None:
    # Given an empty history
    history = AlertHistory()
    # When hundreds of alerts of one moment are remembered
    for k in range(400):
        history.remember(large_seller(NOON + k * MICROSECOND))
    # Then none is lost: time bounds the history, not a number
    assert len(history) == 400


def test_an_alert_that_comes_late_counts_though_newer_ones_came_before() -> None:
    # Given a newer alert
    history = AlertHistory()
    newer = large_seller(NOON + MINUTE)
    history.remember(newer)
    # When an older one comes
    late = large_seller(NOON)
    history.remember(late)
    # Then both are there
    assert list(history.of("AAPL")) == [newer, late]


def test_a_forgotten_symbol_leaves_the_others() -> None:
    # Given alerts of two symbols
    history = AlertHistory()
    history.extend([large_seller(), other := large_seller(symbol="MSFT")])
    # When one is forgotten, and one that has none
    history.forget("AAPL")
    history.forget("TSLA")
    # Then the other's alert is left
    assert (list(history), history.symbols) == ([other], ("MSFT",))


def test_after_clearing_time_may_start_over() -> None:
    # Given a history that was cleared
    history = AlertHistory()
    history.remember(large_seller(NOON + timedelta(days=1)))
    history.clear()
    # When an alert of a day before comes
    history.remember(large_seller())
    # Then it is kept
    assert (len(history), history.symbols) == (1, ("AAPL",))


@given(
    st.lists(
        st.tuples(st.integers(0, 3_000), st.sampled_from(["AAPL", "MSFT"])), min_size=1, max_size=50
    )
)
def test_whatever_comes_nothing_of_the_newest_ten_minutes_is_missing(
    moments: list[tuple[int, str]],
) -> None:
    # Given an empty history
    history = AlertHistory()
    # When alerts are remembered in any order
    alerts = [large_seller(NOON + at * SECOND, symbol=symbol) for at, symbol in moments]
    for alert in alerts:
        history.remember(alert)
    # Then all that may count are there, and both views agree
    oldest = max(each.timestamp_utc for each in alerts) - HISTORY_KEPT
    held = {id(each) for each in history}
    assert all(id(each) in held for each in alerts if each.timestamp_utc >= oldest)
    by_symbol = [id(each) for symbol in history.symbols for each in history.of(symbol)]
    assert sorted(by_symbol) == sorted(held)
