"""AlertHistory: alerts by symbol, bounded by time and by number, read while they are added."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import MICROSECOND, MINUTE, NOON, SECOND, large_seller, red_burst

from trading_bot.order_flow.journal.history import HISTORY_KEPT, MOST_OF_A_KIND, AlertHistory


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


@pytest.mark.parametrize("number", [MOST_OF_A_KIND - 1, MOST_OF_A_KIND, MOST_OF_A_KIND + 1])
def test_of_a_storm_of_one_kind_the_newest_are_kept(number: int) -> None:
    # Given an empty history
    history = AlertHistory()
    # When so many alerts of one kind come within a moment
    alerts = [large_seller(NOON + k * MICROSECOND) for k in range(number)]
    history.extend(alerts)
    # Then at most fifty are there, the newest
    assert list(history) == list(history.of("AAPL")) == alerts[-MOST_OF_A_KIND:]


def test_a_storm_of_one_kind_pushes_out_no_other() -> None:
    # Given two aggressive sales, a burst, and one of another symbol
    history = AlertHistory()
    few = [large_seller(), large_seller(), red_burst(), large_seller(symbol="MSFT")]
    history.extend(few)
    # When hundreds of resting bids of that symbol come
    history.extend(large_seller(source="resting_bid") for _ in range(400))
    # Then what was there is there, in its order
    assert history[:4] == tuple(few)
    assert len(history) == 4 + MOST_OF_A_KIND


def test_an_alert_of_a_known_id_is_kept_once() -> None:
    # Given an alert with an id, such as one taken back from a record
    history = AlertHistory()
    history.remember(large_seller(alert_id="a"))
    # When another object of that id comes, and one of another id
    added = [history.remember(large_seller(alert_id=each)) for each in ("a", "b")]
    # Then only the other is added
    assert (added, [each.alert_id for each in history]) == ([False, True], ["a", "b"])


def test_a_dropped_alert_may_come_again() -> None:
    # Given an alert with an id that was forgotten with its symbol
    history = AlertHistory()
    history.remember(large_seller(alert_id="a"))
    history.forget("AAPL")
    # When it comes again
    # Then it is added
    assert history.remember(large_seller(alert_id="a"))


def test_a_history_is_a_sequence() -> None:
    # Given three alerts
    history = AlertHistory()
    first, second, third = alerts = [large_seller(NOON + k * SECOND) for k in range(3)]
    history.extend(alerts)
    # When it is used as one
    # Then it gives what a list would
    assert isinstance(history, Sequence)
    assert (history[0], history[-1], history[1:]) == (first, third, (second, third))
    assert list(reversed(history)) == [third, second, first]
    assert (len(history), second in history, history.index(second)) == (3, True, 1)
    assert large_seller(NOON + MINUTE) not in history
    with pytest.raises(IndexError):
        history[3]


def test_the_newest_alert_is_told_by_its_time() -> None:
    # Given alerts that came in no order
    history = AlertHistory()
    nothing = history.newest_utc
    history.extend(large_seller(NOON + k * MINUTE) for k in (0, 2, 1))
    # When the newest is asked for
    # Then its exchange time decides
    assert (nothing, history.newest_utc) == (None, NOON + 2 * MINUTE)


def test_reads_from_other_threads_never_fail_while_alerts_are_added() -> None:
    # Given a thread that adds alerts of two symbols, and forgets one of them now and then
    history = AlertHistory()
    ended = threading.Event()

    def add() -> None:
        for k in range(4_000):
            history.append(large_seller(NOON + k * SECOND, symbol="AAPL" if k % 2 else "MSFT"))
            if k % 500 == 0:
                history.forget("MSFT")
        ended.set()

    writer = threading.Thread(target=add)
    # When others read in every way until it ends
    failures: list[Exception] = []
    reads = threading.Semaphore(0)

    def read() -> None:
        while not ended.is_set():
            try:
                taken = (*history, *reversed(history), *history[-3:], *history.of("AAPL"))
                assert all(each.alert_type == "large_seller" for each in taken)
                assert history.symbols is not None
                newest = history.newest_utc  # once: the only alert may be forgotten in between
                assert newest is None or newest >= NOON
            except Exception as failure:  # noqa: BLE001 - any failure is what is looked for
                failures.append(failure)
            reads.release()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    assert reads.acquire(timeout=10)
    writer.start()
    for each in (writer, *readers):
        each.join(30)
    # Then none of them fails
    assert (failures, ended.is_set()) == ([], True)


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
