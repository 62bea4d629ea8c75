"""What is refused, what is warned about, and what the log says of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import MICROSECOND, MINUTE, NOON, SECOND, book, tick

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import Level, OrderBookSnapshot, TimeAndSalesRecord
from trading_bot.order_flow.errors import DataValidationError
from trading_bot.order_flow.validators import (
    validate_level2_data,
    validate_order_flow_config,
    validate_tape_data,
)


def level(price: str, size: int = 100) -> Level:
    return Decimal(price), size


def aged(seconds: float) -> OrderBookSnapshot:
    return book(at=NOON - timedelta(seconds=seconds), received_at=NOON)


def refusal_of_book(snapshot: OrderBookSnapshot, **more: Any) -> DataValidationError:
    with pytest.raises(DataValidationError) as refused:
        validate_level2_data(snapshot, now=NOON, **more)
    return refused.value


def refusal_of_tape(records: list[TimeAndSalesRecord]) -> DataValidationError:
    with pytest.raises(DataValidationError) as refused:
        validate_tape_data(records, now=NOON)
    return refused.value


def forced(record: TimeAndSalesRecord, **values: object) -> TimeAndSalesRecord:
    """Return a record that its own constructor would have refused."""
    for name, value in values.items():
        object.__setattr__(record, name, value)
    return record


# The freshness of a book


@pytest.mark.parametrize(
    ("age", "warns"),
    [(0, False), (9.999999, False), (10, False), (10.000001, True), (29.5, True), (30, True)],
)
def test_a_book_up_to_ten_seconds_old_is_fine_and_up_to_thirty_a_warning(
    age: float, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a book that was so old when it arrived
    # When it is validated
    with caplog.at_level(logging.WARNING, "trading_bot.order_flow"):
        validate_level2_data(aged(age))
    # Then it is accepted, with a warning beyond 10 s
    assert [record.getMessage() for record in caplog.records] == [
        "order_flow.snapshot_aged"
    ] * warns


@pytest.mark.parametrize("age", [30.000001, 31, 3_600])
def test_a_book_older_than_thirty_seconds_is_refused(age: float) -> None:
    # Given a book that was older than 30 s when it arrived
    # When it is validated
    error = refusal_of_book(aged(age))
    # Then it is refused as stale, with its age and the limit
    assert (error.code, error.symbol, error.facts) == (
        "stale_snapshot",
        "AAPL",
        {"age_seconds": age, "limit_seconds": 30.0},
    )


def test_the_configured_limits_decide(caplog: pytest.LogCaptureFixture) -> None:
    # Given limits of 2 s and 4 s
    limits = OrderFlowConfig(
        thresholds="fixed", freshness_warn_seconds=2, freshness_limit_seconds=4
    )
    # When books of 2, 3 and 4 s are validated, and one of 5 s
    with caplog.at_level(logging.WARNING, "trading_bot.order_flow"):
        for age in (2, 3, 4):
            validate_level2_data(aged(age), limits)
    # Then two warn and the last is refused
    facts = [
        (record.__dict__["age_seconds"], record.__dict__["warn_seconds"])
        for record in caplog.records
    ]
    assert facts == [(3.0, 2.0), (4.0, 2.0)]
    assert refusal_of_book(aged(5), config=limits).code == "stale_snapshot"


def test_an_old_book_that_arrived_in_time_is_not_stale() -> None:
    # Given a book of last year that arrived a second after its stamp
    past = NOON - timedelta(days=365)
    # When it is validated now
    # Then its age is that of its arrival
    validate_level2_data(book(at=past, received_at=past + SECOND), now=NOON)


def test_without_an_arrival_the_age_is_measured_against_now() -> None:
    # Given a book whose arrival is unknown
    # When it is validated 30 s and 31 s after its stamp
    validate_level2_data(book(), now=NOON + 30 * SECOND)
    with pytest.raises(DataValidationError, match="stale_snapshot"):
        validate_level2_data(book(), now=NOON + 31 * SECOND)
    # Then the present decides: the second was refused


def test_the_present_is_the_system_clock_s() -> None:
    # Given a book of this moment, and one of 31 s ago
    present = utc_now()
    # When they are validated without a present
    validate_level2_data(book(at=present))
    # Then the clock decides
    with pytest.raises(DataValidationError, match="stale_snapshot"):
        validate_level2_data(book(at=present - 31 * SECOND))


@pytest.mark.parametrize(
    ("ahead", "refused"), [(5 * SECOND, False), (5 * SECOND + MICROSECOND, True)]
)
def test_a_stamp_from_the_future_is_refused_beyond_the_clock_skew(
    ahead: timedelta, refused: bool
) -> None:
    # Given a book and a print stamped ahead of their arrival
    snapshot = book(at=NOON + ahead, received_at=NOON)
    record = tick(NOON + ahead, received_at_utc=NOON)
    # When they are validated
    # Then 5 s are forgiven
    if refused:
        assert refusal_of_book(snapshot).code == "future_timestamp"
        assert refusal_of_tape([record]).facts == {"ahead_seconds": 5.000001, "limit_seconds": 5.0}
    else:
        validate_level2_data(snapshot)
        validate_tape_data([record])


# The levels of a book


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([level("100.00")], [level("100.02")]),
        ([level("100.00")], [level("100.00")]),
        ([], [level("100.00")]),
        ([level("100.00")], []),
        ([level("100.00"), level("99.99"), level("99.5")], [level("100.01"), level("100.05")]),
        ([level("0.0001")], [level("10000000", 10_000_000_000)]),
    ],
)
def test_a_possible_book_is_accepted(bids: list[Level], asks: list[Level]) -> None:
    # Given a book that is open, locked, one-sided, deep or at the bounds
    # When it is validated
    # Then there is nothing to say
    validate_level2_data(book(bids, asks), now=NOON)


GOOD = level("100.00")


@pytest.mark.parametrize(
    ("bids", "asks", "code"),
    [
        ([], [], "empty_book"),
        ([level("100.01")], [level("100.00")], "crossed_book"),
        ([level("99.99"), level("100.00")], [], "unsorted_levels"),
        ([], [level("100.01"), level("100.00")], "unsorted_levels"),
        ([GOOD, GOOD], [], "duplicate_level"),
        ([], [level("100.0"), level("100.00")], "duplicate_level"),
        ([level("0")], [], "invalid_price"),
        ([level("-1")], [], "invalid_price"),
        ([level("NaN")], [], "invalid_price"),
        ([level("sNaN")], [], "invalid_price"),
        ([level("Infinity")], [], "invalid_price"),
        ([], [level("10000000.01")], "invalid_price"),
        ([(100.0, 100)], [], "invalid_price"),
        ([("100", 100)], [], "invalid_price"),
        ([level("100", 0)], [], "invalid_size"),
        ([level("100", -1)], [], "invalid_size"),
        ([], [level("100", 10_000_000_001)], "invalid_size"),
        ([(Decimal(100), 1.5)], [], "invalid_size"),
        ([(Decimal(100), True)], [], "invalid_size"),
        ([(Decimal(100), None)], [], "invalid_size"),
    ],
)
def test_an_impossible_book_is_refused_by_its_code(bids: Any, asks: Any, code: str) -> None:
    # Given a book that cannot be
    # When it is validated
    # Then the code says why
    assert refusal_of_book(book(bids, asks)).code == code


def test_a_bad_level_is_told_with_its_place() -> None:
    # Given a bad size in the second ask
    snapshot = book([GOOD], [level("100.01"), level("100.02", 0)])
    # When it is validated
    # Then side and depth are told
    assert refusal_of_book(snapshot).facts == {
        "given": 0,
        "highest": 10_000_000_000,
        "book_side": "ask",
        "depth": 1,
    }


@pytest.mark.parametrize("symbol", ["", "aapl", "AAPL; DROP", "A" * 16, None])
def test_what_is_no_symbol_is_refused_in_book_and_tape(symbol: Any) -> None:
    # Given data under a name that is no ticker
    # When it is validated
    # Then it is refused, and the name is shown cut short
    shown = {"given": repr(symbol)[:40]}
    for error in (refusal_of_book(book(symbol=symbol)), refusal_of_tape([tick(symbol=symbol)])):
        assert (error.code, error.symbol, error.facts) == ("invalid_symbol", None, shown)


# Tapes


def test_an_empty_tape_and_equal_stamps_are_accepted() -> None:
    # Given no print, and three of one stamp
    # When they are validated
    # Then there is nothing to say
    validate_tape_data([], now=NOON)
    validate_tape_data([tick(), tick(), tick()], now=NOON)


def test_a_later_print_with_an_earlier_stamp_is_refused() -> None:
    # Given three prints, the last a microsecond before the second
    records = [tick(NOON - MINUTE), tick(NOON), tick(NOON - MICROSECOND)]
    # When they are validated
    error = refusal_of_tape(records)
    # Then the third is named with both times
    assert (error.code, error.symbol, error.facts) == (
        "out_of_order",
        "AAPL",
        {"index": 2, "timestamp_utc": NOON - MICROSECOND, "previous_utc": NOON},
    )


def test_each_symbol_has_its_own_order() -> None:
    # Given two symbols, the second's prints all before the first's
    records = [
        tick(NOON),
        tick(NOON - MINUTE, symbol="MSFT"),
        tick(NOON),
        tick(NOON, symbol="MSFT"),
    ]
    # When they are validated
    # Then each is in order
    validate_tape_data(records, now=NOON)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("price", Decimal(0), "invalid_price"),
        ("price", Decimal(-5), "invalid_price"),
        ("price", Decimal("NaN"), "invalid_price"),
        ("price", Decimal("10000000.01"), "invalid_price"),
        ("price", 100.0, "invalid_price"),
        ("size", 0, "invalid_size"),
        ("size", -1, "invalid_size"),
        ("size", 10_000_000_001, "invalid_size"),
        ("size", False, "invalid_size"),
    ],
)
def test_an_impossible_print_is_refused_with_its_index(name: str, value: object, code: str) -> None:
    # Given a good print and one that cannot be
    records = [tick(), forced(tick(), **{name: value})]
    # When they are validated
    error = refusal_of_tape(records)
    # Then the second is named
    assert (error.code, error.facts["index"]) == (code, 1)


def test_the_age_of_a_tape_is_never_judged(caplog: pytest.LogCaptureFixture) -> None:
    # Given a tape of last year
    # When it is validated
    with caplog.at_level(logging.WARNING, "trading_bot.order_flow"):
        validate_tape_data(
            [tick(NOON - timedelta(days=365))], OrderFlowConfig(thresholds="fixed"), now=NOON
        )
    # Then there is nothing to say
    assert caplog.records == []


def test_a_tape_without_arrival_is_measured_against_now_for_the_future_alone() -> None:
    # Given prints of this moment, and of a minute ahead
    present = utc_now()
    # When they are validated without a present
    validate_tape_data([tick(present)])
    # Then the clock decides what is the future
    with pytest.raises(DataValidationError, match="future_timestamp"):
        validate_tape_data([tick(present + MINUTE)])


@given(st.lists(st.integers(0, 5), max_size=8))
def test_a_sorted_tape_is_accepted_and_any_other_refused(seconds: list[int]) -> None:
    # Given prints at any times
    stamps = [NOON + second * SECOND for second in seconds]
    records = [tick(stamp) for stamp in stamps]
    # When they are validated
    try:
        validate_tape_data(records, now=NOON + timedelta(days=2))
        accepted = True
    except DataValidationError:
        accepted = False
    # Then order alone decides
    assert accepted is (stamps == sorted(stamps))


# The log, and the configuration


def test_a_refusal_is_logged_once_with_code_message_and_facts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a crossed book
    snapshot = book([level("100.01")], [level("100.00")])
    # When it is refused
    with caplog.at_level(logging.WARNING, "trading_bot.order_flow"):
        error = refusal_of_book(snapshot)
    # Then one event tells code, message and the facts as text
    [record] = caplog.records
    fields = ("error_type", "error_message", "symbol", "invalid_data")
    assert (record.getMessage(), {name: record.__dict__[name] for name in fields}) == (
        "order_flow.data_validation_error",
        {
            "error_type": "crossed_book",
            "error_message": str(error),
            "symbol": "AAPL",
            "invalid_data": {"bid": "100.01", "ask": "100.00"},
        },
    )


def test_nothing_is_repaired() -> None:
    # Given a book and a tape
    snapshot, records = book(), [tick()]
    copies = replace(snapshot), [replace(each) for each in records]
    # When they are validated
    validate_level2_data(snapshot, now=NOON)
    validate_tape_data(records, now=NOON)
    # Then they are what they were
    assert (snapshot, records) == copies


def test_a_configuration_is_checked_again() -> None:
    # Given a configuration that somebody has forced
    config = OrderFlowConfig(thresholds="fixed")
    validate_order_flow_config(config)
    object.__setattr__(config, "large_order_size_threshold", 999)
    # When it is validated
    # Then the value is refused
    with pytest.raises(ValueError, match="large_order_size_threshold=999 must be"):
        validate_order_flow_config(config)
