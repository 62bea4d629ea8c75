"""OrderFlowDetector: large sellers in a book, the exit rule over its history, health."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import (
    MICROSECOND,
    MINUTE,
    NOON,
    NOON_NS,
    SECOND,
    book,
    large_seller,
    red_burst,
)
from support.monitor_stubs import Holdings

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import (
    AlertSource,
    OrderBookSnapshot,
    OrderFlowAlert,
    Severity,
)
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.exit_judge import ExitJudge
from trading_bot.order_flow.journal.lines import alert_id, alert_record, exit_id
from trading_bot.order_flow.order_flow_detector import OrderFlowDetector
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation

TWO_MINUTES = 2 * MINUTE
HELD = Position("AAPL", quantity=Decimal(100), average_price=Decimal(101))


def detector(**settings: Any) -> OrderFlowDetector:
    return OrderFlowDetector(OrderFlowConfig(thresholds="fixed", **settings))


# Large sellers in a book


def test_a_bid_of_more_than_ten_thousand_shares_is_a_large_seller(
    snapshot_with_large_bid: OrderBookSnapshot,
) -> None:
    # Given a detector made from a configuration alone
    # When a book with a bid of 12,000 shares is judged
    alerts = detector().detect_large_sellers(snapshot_with_large_bid)
    # Then there is one alert, labelled as resting in the bids
    assert alerts == [
        OrderFlowAlert(
            symbol="AAPL",
            alert_type="large_seller",
            severity="warning",
            order_size=12_000,
            price_level=Decimal("100.00"),
            volume_ratio=None,
            timestamp_utc=NOON,
            source="resting_bid",
            timestamp_ns=NOON_NS,
        )
    ]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (9_999, []),
        (10_000, ["warning"]),
        (10_001, ["warning"]),
        (19_999, ["warning"]),
        (20_000, ["critical"]),
        (20_001, ["critical"]),
    ],
)
def test_a_bid_alerts_from_the_threshold_and_is_critical_from_twice_it(
    size: int, expected: list[str]
) -> None:
    # Given a book whose best bid shows so many shares
    snapshot = book(bids=[(Decimal("100.00"), size)])
    # When it is judged
    # Then thresholds are the smallest value that alerts
    assert [a.severity for a in detector().detect_large_sellers(snapshot)] == expected


def test_every_level_of_the_bids_is_scanned() -> None:
    # Given a book with a small best bid and large ones below it
    snapshot = book(
        bids=[(Decimal("100.00"), 100), (Decimal("99.99"), 10_000), (Decimal("99.98"), 25_000)]
    )
    # When it is judged
    found = [(a.price_level, a.order_size) for a in detector().detect_large_sellers(snapshot)]
    # Then each large level is found
    assert found == [(Decimal("99.99"), 10_000), (Decimal("99.98"), 25_000)]


def test_a_wall_of_offers_alerts_once_it_has_stood_for_two_seconds() -> None:
    # Given a best ask of 15,000 shares with a small bid
    judged = detector()
    asks = [(Decimal("100.02"), 15_000), (Decimal("100.03"), 90_000)]
    # When it is shown at once, and 2 s later
    found = [
        [(a.source, a.order_size) for a in judged.detect_large_sellers(book(asks=asks, at=at))]
        for at in (NOON, NOON + 2 * SECOND)
    ]
    # Then it is a wall the second time: the largest near the best ask
    assert found == [[], [("ask_wall", 90_000)]]


@pytest.mark.parametrize(("bids", "asks"), [([], None), (None, []), ([], [])])
def test_a_side_that_nobody_quotes_raises_nothing(bids: Any, asks: Any) -> None:
    # Given a book with an empty side
    # When it is judged
    # Then there is no alert
    assert detector().detect_large_sellers(book(bids, asks)) == []


def test_symbols_have_their_own_thresholds_and_states() -> None:
    # Given a threshold of 50,000 for one symbol
    judged = detector(symbol_overrides={"MSFT": {"large_order_size_threshold": 50_000}})
    bids = [(Decimal("100.00"), 49_999)]
    # When the same book is judged for two symbols
    found = [
        len(judged.detect_large_sellers(book(bids, symbol=symbol))) for symbol in ("AAPL", "MSFT")
    ]
    # Then each meets its own threshold
    assert found == [1, 0]


def test_what_was_detected_stands_in_the_history_once() -> None:
    # Given an alert that the detector has raised
    judged = detector()
    [alert] = judged.detect_large_sellers(book(bids=[(Decimal("100.00"), 12_000)]))
    # When it is published too
    judged.publish(alert)
    # Then it stands in the history once
    assert list(judged.alert_history) == [alert]


def test_three_large_bids_make_the_exit_due_without_further_ado() -> None:
    # Given a detector that is only asked to detect
    judged = detector()
    # When three distinct large bids are shown within two minutes
    found = []
    for step in range(3):
        bids = [(Decimal(100 - step), 12_000)]
        judged.detect_large_sellers(book(bids, at=NOON + step * MINUTE))
        found.append(judged.should_trigger_exit("AAPL", as_of=NOON + step * MINUTE))
    # Then the third makes the exit due
    assert found == [False, False, True]


def test_a_caller_who_keeps_the_alerts_too_does_not_count_them_twice() -> None:
    # Given a caller who appends what detection returns
    judged = detector()
    for step in range(2):
        bids = [(Decimal(100 - step), 12_000)]
        judged.alert_history.extend(judged.detect_large_sellers(book(bids, at=NOON)))
    # When two large sellers stand there twice
    # Then they are two
    assert judged.should_trigger_exit("AAPL", as_of=NOON) is False


@pytest.mark.parametrize(
    ("source", "size", "expected"),
    [
        ("resting_bid", 19_999, "warning"),
        ("resting_bid", 20_000, "critical"),
        ("aggressive_sell", 29_999, "warning"),
        ("aggressive_sell", 30_000, "critical"),
        ("ask_wall", 90_000, "warning"),
    ],
)
def test_severity_is_calculated_by_source_and_size(
    source: AlertSource, size: int, expected: Severity
) -> None:
    # Given a size and its source
    # When the severity is calculated
    # Then it is the rule's
    assert detector()._calculate_alert_severity(size, source=source) == expected


def test_severity_is_calculated_by_the_symbols_own_threshold() -> None:
    # Given a threshold of 50,000 for one symbol
    judged = detector(symbol_overrides={"MSFT": {"large_order_size_threshold": 50_000}})
    # When 60,000 shares are judged for it and for another
    found = [judged._calculate_alert_severity(60_000, symbol=each) for each in ("MSFT", "AAPL")]
    # Then only the other's are critical
    assert found == ["warning", "critical"]


# The exit rule


@pytest.mark.parametrize(
    ("sellers", "due"), [(0, False), (1, False), (2, False), (3, True), (4, True)]
)
def test_three_large_sellers_in_two_minutes_make_the_exit_due(sellers: int, due: bool) -> None:
    # Given so many large sellers within the window
    judged = detector()
    judged.alert_history.extend(large_seller(NOON + k * 10 * SECOND) for k in range(sellers))
    # When the exit rule is asked as the window closes
    # Then three are enough
    assert judged.should_trigger_exit(as_of=NOON + TWO_MINUTES) is due


@pytest.mark.parametrize(
    ("as_of", "due"),
    [
        (NOON + TWO_MINUTES - MICROSECOND, False),
        (NOON + TWO_MINUTES, True),
        (NOON + TWO_MINUTES + MICROSECOND, False),
    ],
)
def test_both_ends_of_the_exit_window_count(as_of: datetime, due: bool) -> None:
    # Given three large sellers over exactly two minutes
    judged = detector()
    judged.alert_history.extend(large_seller(NOON + k * MINUTE) for k in range(3))
    # When the exit rule is asked before, at and after the newest
    # Then both ends count, and nothing beyond them
    assert judged.should_trigger_exit("AAPL", as_of=as_of) is due


@pytest.mark.parametrize(("window", "due"), [(30, False), (60, True), (300, True)])
def test_the_configured_window_decides(window: int, due: bool) -> None:
    # Given three large sellers within a minute
    judged = detector(alert_window_seconds=window)
    judged.alert_history.extend(large_seller(NOON + k * 30 * SECOND) for k in range(3))
    # When the exit rule is asked
    # Then the window decides
    assert judged.should_trigger_exit("AAPL", as_of=NOON + MINUTE) is due


def test_a_symbols_own_window_decides() -> None:
    # Given a window of 30 s for one symbol
    judged = detector(symbol_overrides={"MSFT": {"alert_window_seconds": 30}})
    for symbol in ("AAPL", "MSFT"):
        judged.alert_history.extend(
            large_seller(NOON + k * 20 * SECOND, symbol=symbol) for k in range(3)
        )
    # When both are asked 40 s after the first alert
    found = [
        judged.should_trigger_exit(symbol, as_of=NOON + 40 * SECOND) for symbol in ("AAPL", "MSFT")
    ]
    # Then it is due for the one with the long window
    assert found == [True, False]


def test_symbols_are_never_added_up() -> None:
    # Given two large sellers in each of two symbols
    judged = detector()
    judged.alert_history.extend(
        large_seller(NOON, symbol=symbol) for symbol in ("AAPL", "MSFT") for _ in range(2)
    )
    # When any one symbol is asked for, and each by name
    found = [judged.should_trigger_exit(each, as_of=NOON) for each in (None, "AAPL", "MSFT")]
    # Then none has three
    assert found == [False] * 3


def test_any_one_symbol_with_three_is_enough() -> None:
    # Given three large sellers in one symbol
    judged = detector()
    judged.alert_history.extend([large_seller(symbol="MSFT") for _ in range(3)])
    # When any one symbol is asked for, and each by name
    found = [judged.should_trigger_exit(each, as_of=NOON) for each in (None, "AAPL", "MSFT")]
    # Then it is due for that one
    assert found == [True, False, True]


def test_red_bursts_are_not_large_sellers() -> None:
    # Given three red bursts
    judged = detector()
    judged.alert_history.extend([red_burst() for _ in range(3)])
    # When the large-seller half of the rule is asked
    # Then it is not due
    assert judged.should_trigger_exit("AAPL", as_of=NOON) is False


@pytest.mark.parametrize(
    ("source", "due"),
    [("aggressive_sell", True), (None, True), ("resting_bid", False), ("ask_wall", False)],
)
def test_only_chosen_sources_count(source: AlertSource | None, due: bool) -> None:
    # Given a configuration in which only aggressive sales count
    judged = detector(exit_sources=("aggressive_sell",))
    judged.alert_history.extend([large_seller(source=source) for _ in range(3)])
    # When the exit rule is asked
    # Then other sources do not count; those without one do
    assert judged.should_trigger_exit("AAPL", as_of=NOON) is due


@pytest.mark.parametrize(
    ("later", "due"),
    [(timedelta(0), True), (TWO_MINUTES, True), (TWO_MINUTES + MICROSECOND, False)],
)
def test_without_as_of_the_injected_clock_says_what_now_is(later: timedelta, due: bool) -> None:
    # Given a clock, and three large sellers at noon
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), clock=lambda: NOON + later)
    judged.alert_history.extend([large_seller() for _ in range(3)])
    # When the exit rule is asked for now
    # Then the clock decides
    assert judged.should_trigger_exit() is due


def test_the_system_clock_is_the_default() -> None:
    # Given large sellers long ago, and no clock
    judged = detector()
    judged.alert_history.extend([large_seller(NOON - timedelta(days=365)) for _ in range(3)])
    # When the exit rule is asked for now
    # Then they do not count
    assert judged.should_trigger_exit() is False


@given(st.permutations(range(5)))
def test_callers_may_append_in_any_order(order: list[int]) -> None:
    # Given alerts appended in any order
    judged = detector()
    judged.alert_history.extend(large_seller(NOON + k * MINUTE) for k in order)
    # When the exit rule is asked at each minute
    found = [judged.should_trigger_exit("AAPL", as_of=NOON + k * MINUTE) for k in range(8)]
    # Then it is due while three lie in the window
    assert found == [False, False, True, True, True, False, False, False]


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(("AAPL", "MSFT"))), max_size=12),
    st.integers(0, 500),
    st.integers(-10_000, 10_000),
)
def test_shifting_all_times_leaves_the_answer(
    alerts: list[tuple[int, str]], as_of: int, shift: int
) -> None:
    # Given any alerts, and the same at another time
    now, later = detector(), detector()
    now.alert_history.extend(large_seller(NOON + s * SECOND, symbol=name) for s, name in alerts)
    later.alert_history.extend(
        large_seller(NOON + (s + shift) * SECOND, symbol=name) for s, name in alerts
    )
    # When both are asked
    # Then the answers are the same
    assert now.should_trigger_exit(as_of=NOON + as_of * SECOND) == later.should_trigger_exit(
        as_of=NOON + (as_of + shift) * SECOND
    )


# The history


def test_a_forgotten_symbol_leaves_its_levels_and_keeps_its_alerts() -> None:
    # Given alerts of two symbols, and a large bid that has alerted
    judged = detector()
    history = judged.alert_history
    bids = [(Decimal("100.00"), 12_000)]
    judged.detect_large_sellers(book(bids))
    judged.alert_history.remember(other := large_seller(symbol="MSFT"))
    # When the symbol is forgotten
    judged.forget("AAPL")
    # Then the alerts stay, and the bid is new again
    assert len(history) == 2
    assert history.of("MSFT")[0] is other
    assert len(judged.detect_large_sellers(book(bids))) == 1


# Publishing, positions, fetching, health


class Receiver:
    def __init__(self) -> None:
        self.told: list[tuple[OrderFlowAlert, int, Decimal | None]] = []

    def on_alert(
        self,
        alert: OrderFlowAlert,
        history: Iterable[OrderFlowAlert],
        price: Decimal | None = None,
    ) -> ExitRecommendation | None:
        self.told.append((alert, len(list(history)), price))
        return None


def test_a_published_alert_reaches_the_risk_manager_with_the_history(
    large_seller_alert: OrderFlowAlert,
) -> None:
    # Given a risk manager
    receiver = Receiver()
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), risk_manager=receiver)
    # When an alert is published
    found = judged.publish(large_seller_alert, Decimal("99.50"))
    # Then the risk manager has it, with a history that holds it, and the price
    assert (found, receiver.told) == (None, [(large_seller_alert, 1, Decimal("99.50"))])


def test_the_third_published_large_seller_recommends_the_exit() -> None:
    # Given a held position and the bot's own risk manager
    config, held = OrderFlowConfig(thresholds="fixed"), Holdings(HELD)
    judged = OrderFlowDetector(config, risk_manager=ExitJudge(config, held))
    # When three large sellers are published
    found = [judged.publish(large_seller(NOON + k * SECOND)) for k in range(3)]
    # Then the third recommends to leave
    assert [each is not None for each in found] == [False, False, True]


def test_without_a_risk_manager_a_published_alert_is_only_kept(
    large_seller_alert: OrderFlowAlert,
) -> None:
    # Given a detector alone
    judged = detector()
    # When an alert is published
    found = judged.publish(large_seller_alert)
    # Then it stands in the history
    assert (found, list(judged.alert_history)) == (None, [large_seller_alert])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("positions_only", ("AAPL", "TSLA")), ("watchlist", ("AAPL", "TSLA", "NVDA", "AMD"))],
)
def test_held_symbols_are_watched_and_in_watchlist_mode_the_lists_too(
    mode: str, expected: tuple[str, ...]
) -> None:
    # Given two positions, one of them short, and two watchlists that overlap
    short = Position("TSLA", quantity=Decimal(-5), average_price=Decimal(300))
    held = Holdings(HELD, short, watchlist=["AMD", "AAPL"])
    config = OrderFlowConfig(thresholds="fixed", monitoring_mode=mode, watchlist=("NVDA", "AAPL"))  # type: ignore[arg-type]  # one of two words
    # When the symbols to watch are asked for
    judged = OrderFlowDetector(config, position_manager=held)
    # Then each stands once, the held ones first
    assert judged.monitored_symbols() == expected
    assert judged.held_positions() == {"AAPL": HELD, "TSLA": short}


@pytest.mark.parametrize(("mode", "expected"), [("positions_only", ()), ("watchlist", ("NVDA",))])
def test_without_a_position_manager_nothing_is_held(mode: str, expected: tuple[str, ...]) -> None:
    # Given no position manager
    judged = detector(monitoring_mode=mode, watchlist=("NVDA",))
    # When the symbols to watch are asked for
    # Then only the configuration's watchlist is there, in its mode
    assert (judged.monitored_symbols(), judged.held_positions()) == (expected, {})


class StubSource:
    def __init__(self, word: str = "ok") -> None:
        self.word = word

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        return book(symbol=symbol)

    def connectivity(self) -> str:
        return self.word


def test_a_book_is_fetched_from_the_client() -> None:
    # Given a source of books
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), client=StubSource())
    # When one is fetched
    # Then it is what the source gave
    assert judged.fetch_level2_snapshot("MSFT") == book(symbol="MSFT")


def test_fetching_needs_a_client() -> None:
    # Given a detector made from a configuration alone
    # When a book is to be fetched
    # Then the error says what is missing
    with pytest.raises(RuntimeError, match=r"OrderFlowDetector\(config, client="):
        detector().fetch_level2_snapshot("AAPL")


@pytest.mark.parametrize(
    ("word", "status"), [("ok", "ok"), ("untried", "ok"), ("timeout", "degraded")]
)
def test_health_follows_the_provider(word: str, status: str) -> None:
    # Given a client whose last question went like that
    judged = OrderFlowDetector(
        OrderFlowConfig(thresholds="fixed"), client=StubSource(word), clock=lambda: NOON
    )
    # When health is checked
    # Then status and dependency say so
    assert judged.health_check() == {
        "status": status,
        "timestamp_utc": "2026-03-10T16:00:00+00:00",
        "last_alert_timestamp": None,
        "last_alert_count": 0,
        "api_connectivity": word,
        "dependencies": {"polygon_api": word},
    }


def test_health_tells_the_newest_alert_and_no_client_is_untried() -> None:
    # Given alerts appended in no order, and no client
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), clock=lambda: NOON)
    judged.alert_history.extend(large_seller(NOON + k * MINUTE) for k in (0, 2, 1))
    # When health is checked
    # Then the newest is named, and all are counted
    assert judged.health_check() == {
        "status": "ok",
        "timestamp_utc": "2026-03-10T16:00:00+00:00",
        "last_alert_timestamp": "2026-03-10T16:02:00+00:00",
        "last_alert_count": 3,
        "api_connectivity": "untried",
        "dependencies": {"polygon_api": "untried"},
    }


class AskedSource(StubSource):
    """Answers a question, or fails; and knows how the last one went."""

    def __init__(self, failure: Exception | None = None, word: str = "untried") -> None:
        super().__init__(word)
        self.failure = failure
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure
        self.word = "ok"

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        self._ask(symbol)
        return book(symbol=symbol)


class MarketSource(AskedSource):
    def get_market_state(self) -> str:
        self._ask("market")
        return "open"


@pytest.mark.parametrize("ask", [False, True])
def test_health_asks_a_cheap_question_only_where_that_is_wanted(ask: bool) -> None:
    # Given a client that was never asked
    source = MarketSource()
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), client=source)
    # When health is checked, with and without a question
    health = judged.health_check(ask=ask)
    # Then it knows, or says that it does not
    assert (health["api_connectivity"], source.asked) == (
        ("ok", ["market"]) if ask else ("untried", [])
    )


@pytest.mark.parametrize(
    ("failure", "word"),
    [
        (DataSourceError("no", code="wrong_key"), "wrong_key"),
        (DataValidationError("stale_snapshot"), "ok"),
    ],
)
def test_health_that_asks_names_what_went_wrong_and_never_raises(
    failure: Exception, word: str
) -> None:
    # Given a provider that does not answer, or whose data is unfit
    source = MarketSource(failure, "ok")
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), client=source)
    # When health asks it
    # Then the error's code stands there; one that answered is connected
    assert judged.health_check(ask=True)["api_connectivity"] == word


@pytest.mark.parametrize(("watchlist", "asked"), [(("AAPL", "MSFT"), ["AAPL"]), ((), [])])
def test_a_client_that_knows_books_only_is_asked_for_the_first_watched_one(
    watchlist: tuple[str, ...], asked: list[str]
) -> None:
    # Given a client without a question about the market
    source = AskedSource()
    config = OrderFlowConfig(thresholds="fixed", monitoring_mode="watchlist", watchlist=watchlist)
    # When health asks
    word = OrderFlowDetector(config, client=source).health_check(ask=True)["api_connectivity"]
    # Then it asks for one book, or for none where nothing is watched
    assert (source.asked, word) == (asked, "ok" if asked else "untried")


def test_health_that_asks_without_a_client_is_untried() -> None:
    # Given no client
    # When health is to ask
    # Then nobody was asked
    assert detector().health_check(ask=True)["api_connectivity"] == "untried"


# Ids and log lines


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    return [each for each in caplog.records if vars(each).get("event") == event]


def test_an_alert_has_the_id_that_the_record_would_give_it(
    snapshot_with_large_bid: OrderBookSnapshot,
) -> None:
    # Given a detector
    judged = detector()
    # When it finds a large bid
    [alert] = judged.detect_large_sellers(snapshot_with_large_bid)
    # Then the id is that of the settings and the alert
    assert alert.alert_id == alert_id(alert, judged.config.config_hash)


def test_an_alert_is_logged_once_in_words_and_fields(caplog: pytest.LogCaptureFixture) -> None:
    # Given a book with a large bid that came 20 ms ago
    received = NOON + timedelta(milliseconds=100)
    judged = OrderFlowDetector(
        OrderFlowConfig(thresholds="fixed"), clock=lambda: received + 20_000 * MICROSECOND
    )
    snapshot = book(bids=[(Decimal("100.00"), 12_000)], received_at=received)
    # When it is found, found again after the symbol was forgotten, and published
    [alert] = judged.detect_large_sellers(snapshot)
    judged.forget("AAPL")
    judged.detect_large_sellers(snapshot)
    judged.publish(alert)
    # Then one line says it, and its fields are those of the record
    [line] = logged(caplog, "order_flow.large_seller_detected")
    assert line.levelname == "WARNING"
    assert line.getMessage() == (
        "order_flow.large_seller_detected AAPL large seller, warning: 12,000 shares rest in the "
        "bids, 100.00 USD"
    )
    record = alert_record(alert, config_hash=judged.config.config_hash) | {"latency_ms": 20.0}
    assert record.items() <= vars(line).items()
    assert (alert.delay_seconds, alert.late) == (0.1, False)


def test_a_recommendation_has_an_id_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    # Given a held position and the bot's own risk manager
    config, held = OrderFlowConfig(thresholds="fixed"), Holdings(HELD)
    judged = OrderFlowDetector(config, risk_manager=ExitJudge(config, held))
    # When three large sellers are published
    found = [judged.publish(large_seller(NOON + k * SECOND)) for k in range(3)][-1]
    # Then the third recommends to leave, under an id, in one line
    assert found is not None
    ids = [alert_id(each, config.config_hash) for each in found.alerts]
    assert found.exit_id == exit_id("AAPL", found.timestamp_utc, ids)
    [line] = logged(caplog, "order_flow.exit_signal_triggered")
    assert line.getMessage() == (
        f"order_flow.exit_signal_triggered AAPL exit, elevated: {found.reason}"
    )
    assert vars(line)["exit_id"] == found.exit_id


def test_an_id_that_the_hosts_risk_manager_gave_stays() -> None:
    # Given a risk manager that gives its own ids
    config = OrderFlowConfig(thresholds="fixed")

    class Own(ExitJudge):
        def on_alert(self, *given: Any) -> ExitRecommendation | None:
            found = super().on_alert(*given)
            return None if found is None else replace(found, exit_id="own")

    judged = OrderFlowDetector(config, risk_manager=Own(config, Holdings(HELD)))
    # When an exit is due
    found = [judged.publish(large_seller(NOON + k * SECOND)) for k in range(3)][-1]
    # Then its id is the risk manager's
    assert found is not None
    assert found.exit_id == "own"


def test_a_recommendation_is_repeated_where_the_risk_manager_repeats() -> None:
    # Given a position that should have been left five minutes ago
    config, held = OrderFlowConfig(thresholds="fixed", alert_window_seconds=300), Holdings(HELD)
    judged = OrderFlowDetector(config, risk_manager=ExitJudge(config, held))
    for k in range(3):
        judged.publish(large_seller(NOON + k * SECOND))
    again = NOON + 2 * SECOND + 5 * MINUTE
    judged.alert_history.extend(large_seller(again - k * SECOND) for k in range(3))
    # When it is judged again
    # Then it is told when, and recommended under another id
    assert judged.repeat_exit_at("AAPL") == again
    found = judged.repeat_exit("AAPL", again, Decimal("99.00"))
    assert found is not None
    assert (found.price, bool(found.exit_id)) == (Decimal("99.00"), True)


def test_a_risk_manager_that_repeats_nothing_is_not_asked_to() -> None:
    # Given a host's risk manager with the one method it must have
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), risk_manager=Receiver())
    # When a repetition is asked for
    # Then there is none
    assert (judged.repeat_exit("AAPL", NOON), judged.repeat_exit_at("AAPL")) == (None, None)


# What the tape brings


def test_a_best_bid_and_ask_raises_nothing_where_the_tape_brings_every_quote() -> None:
    # Given a symbol whose quotes are judged one by one, from its tape
    judged = detector()
    judged.quotes_come_by_tape("AAPL")
    large = book(bids=[(Decimal("100.00"), 12_000)])
    # When its snapshot shows a large bid, at the top, and then in depth
    found = [
        len(judged.detect_large_sellers(each))
        for each in (large, replace(large, depth_kind="levels"))
    ]
    # Then only depth shows what the quotes do not
    assert found == [0, 1]
    # Then, too, a symbol that was forgotten is judged by its snapshots again
    judged.forget("AAPL")
    assert len(judged.detect_large_sellers(large)) == 1


# Threads


def test_the_exit_rule_may_be_asked_by_other_threads_while_alerts_are_raised() -> None:
    # Given a thread that raises alerts
    judged = OrderFlowDetector(OrderFlowConfig(thresholds="fixed"), clock=lambda: NOON)
    begun, ended = threading.Semaphore(0), threading.Event()

    def raise_alerts() -> None:
        for k in range(3_000):
            judged.publish(large_seller(NOON + k * SECOND, symbol=f"S{k % 7}"))
        ended.set()

    # When others ask in every way meanwhile
    failures: list[Exception] = []

    def ask() -> None:
        while not ended.is_set():
            try:
                judged.should_trigger_exit()
                judged.should_trigger_exit("S1")
                assert judged.health_check()["last_alert_count"] >= 0
                assert len(list(judged.alert_history)) >= 0
            except Exception as failure:  # noqa: BLE001 - any failure is what is looked for
                failures.append(failure)
            begun.release()

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for each in askers:
        each.start()
    assert begun.acquire(timeout=10)
    writer = threading.Thread(target=raise_alerts)
    writer.start()
    for each in (writer, *askers):
        each.join(30)
    # Then none of them fails
    assert (failures, ended.is_set()) == ([], True)


# Properties


books = st.lists(
    st.tuples(
        st.integers(0, 7_000),
        st.sampled_from(("AAPL", "MSFT")),
        st.sampled_from((100, 9_999, 10_000, 16_000, 30_000)),
        st.sampled_from((100, 9_999, 10_000, 16_000, 30_000)),
    ),
    max_size=30,
)
"""Books as (ms after the one before, symbol, shares bid, shares offered)."""


def shown(steps: list[tuple[int, str, int, int]]) -> list[OrderBookSnapshot]:
    at, snapshots = NOON, []
    for step, symbol, bid, ask in steps:
        at += timedelta(milliseconds=step)
        levels = [(Decimal("100.00"), bid)], [(Decimal("100.02"), ask)]
        snapshots.append(book(*levels, symbol=symbol, at=at))
    return snapshots


def found_in(snapshots: list[OrderBookSnapshot]) -> list[OrderFlowAlert]:
    judged = detector()
    return [alert for each in snapshots for alert in judged.detect_large_sellers(each)]


@given(books, st.integers(-10_000, 10_000))
def test_the_same_books_give_the_same_alerts_and_later_ones_later_alerts(
    steps: list[tuple[int, str, int, int]], seconds: int
) -> None:
    # Given any books, and the same at another time
    snapshots = shown(steps)
    shift = seconds * SECOND
    later = [replace(each, timestamp_utc=each.timestamp_utc + shift) for each in snapshots]
    # When they are judged
    now = found_in(snapshots)
    # Then once is as good as twice, and only the time differs
    assert found_in(snapshots) == now
    assert found_in(later) == [
        replace(alert, timestamp_utc=alert.timestamp_utc + shift, timestamp_ns=None)
        for alert in now
    ]


@given(books)
def test_each_symbol_is_judged_as_if_it_were_alone(
    steps: list[tuple[int, str, int, int]],
) -> None:
    # Given any books of two symbols
    snapshots = shown(steps)
    together = found_in(snapshots)
    # When each symbol's own books are judged by themselves
    # Then their alerts are the same
    for symbol in ("AAPL", "MSFT"):
        alone = found_in([each for each in snapshots if each.symbol == symbol])
        assert [alert for alert in together if alert.symbol == symbol] == alone
