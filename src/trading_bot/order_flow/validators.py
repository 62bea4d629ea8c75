"""Is this data fit to be judged? Refused or warned about, never repaired.

What is crossed or stamped ahead is decided by `market.fitness`, as where the tape is judged.
A refusal raises `DataValidationError` with a code to search for and is logged once, here, as
`order_flow.data_validation_error` with `error_type`, `error_message` and `invalid_data`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NoReturn

from .clock import utc_now
from .config import OrderFlowConfig
from .config_bounds import check_values, is_symbol
from .data_models import Level, OrderBookSnapshot, TimeAndSalesRecord
from .diagnostics import get_logger
from .errors import DataValidationError
from .market.fitness import (
    CROSSED_BOOK,
    FUTURE_TIMESTAMP,
    MAX_CLOCK_SKEW_NS,
    MAX_PRICE_USD,
    MAX_SIZE,
    is_ahead,
    is_crossed,
)
from .market.units import NS_PER_SECOND, ns_from_utc, ticks_from_price

MAX_CLOCK_SKEW = timedelta(seconds=MAX_CLOCK_SKEW_NS // NS_PER_SECOND)
MAX_PRICE = Decimal(MAX_PRICE_USD)

_logger = get_logger(__name__)


def validate_level2_data(
    snapshot: OrderBookSnapshot,
    config: OrderFlowConfig | None = None,
    *,
    now: datetime | None = None,
) -> None:
    """Check one snapshot: symbol, levels, crossing, future, freshness.

    A locked book and a one-sided book are accepted. An age above `freshness_warn_seconds` is
    logged as a warning, one above `freshness_limit_seconds` is refused.

    Args:
        snapshot: What is to be judged.
        config: Freshness limits; the defaults when None.
        now: Stands in for a received time that is unknown; the system clock when None.

    Raises:
        DataValidationError: `invalid_symbol`, `empty_book`, `invalid_price`, `invalid_size`,
            `unsorted_levels`, `duplicate_level`, `crossed_book`, `future_timestamp` or
            `stale_snapshot`.
    """
    limits = config or OrderFlowConfig()
    symbol = snapshot.symbol
    _check_symbol(symbol)
    if not snapshot.bids and not snapshot.asks:
        _refuse("empty_book", symbol)
    _check_levels(symbol, "bid", snapshot.bids, descending=True)
    _check_levels(symbol, "ask", snapshot.asks, descending=False)
    bid, ask = _best(snapshot.bids), _best(snapshot.asks)
    if is_crossed(ticks_from_price(bid), ticks_from_price(ask)):
        _refuse(CROSSED_BOOK, symbol, bid=bid, ask=ask)
    seen_at = snapshot.received_at_utc or now or utc_now()
    _check_not_future(symbol, snapshot.timestamp_utc, seen_at)
    age = (seen_at - snapshot.timestamp_utc).total_seconds()
    if age > limits.freshness_limit_seconds:
        _refuse(
            "stale_snapshot",
            symbol,
            snapshot.timestamp_utc,
            age_seconds=age,
            limit_seconds=limits.freshness_limit_seconds,
        )
    if age > limits.freshness_warn_seconds:
        _logger.warning(
            "order_flow.snapshot_aged",
            extra={
                "symbol": symbol,
                "age_seconds": age,
                "warn_seconds": limits.freshness_warn_seconds,
            },
        )


def validate_tape_data(
    records: Sequence[TimeAndSalesRecord],
    config: OrderFlowConfig | None = None,  # noqa: ARG001 - one signature for all validators
    *,
    now: datetime | None = None,
) -> None:
    """Check a tape: symbols, values, order of time, future. Its age is never judged.

    Args:
        records: Prints in the order they are to be judged; equal stamps are allowed.
        config: Not needed today.
        now: The present where a record has no received time; the system clock when None.

    Raises:
        DataValidationError: `invalid_symbol`, `invalid_price`, `invalid_size`, `out_of_order` or
            `future_timestamp`; `index` says which record.
    """
    present = now or utc_now()
    newest: dict[str, datetime] = {}
    for index, record in enumerate(records):
        symbol = record.symbol
        _check_symbol(symbol)
        _check_value(symbol, "invalid_price", record.price, MAX_PRICE, index=index)
        _check_value(symbol, "invalid_size", record.size, MAX_SIZE, index=index)
        before = newest.get(symbol)
        if before is not None and record.timestamp_utc < before:
            _refuse(
                "out_of_order",
                symbol,
                index=index,
                timestamp_utc=record.timestamp_utc,
                previous_utc=before,
            )
        newest[symbol] = record.timestamp_utc
        _check_not_future(symbol, record.timestamp_utc, record.received_at_utc or present)


def validate_order_flow_config(config: OrderFlowConfig) -> None:
    """Check every value of a configuration again.

    Raises:
        ValueError: A value of the wrong type or out of its range.
    """
    check_values(config)


def _check_symbol(symbol: str) -> None:
    if not is_symbol(symbol):
        _refuse("invalid_symbol", None, given=repr(symbol)[:40])


def _best(levels: Sequence[Level]) -> Decimal:
    return levels[0][0] if levels else Decimal(0)


def _check_levels(symbol: str, name: str, levels: Sequence[Level], *, descending: bool) -> None:
    before: Decimal | None = None
    for depth, (price, size) in enumerate(levels):
        _check_value(symbol, "invalid_price", price, MAX_PRICE, book_side=name, depth=depth)
        _check_value(symbol, "invalid_size", size, MAX_SIZE, book_side=name, depth=depth)
        if before is not None and price == before:
            _refuse("duplicate_level", symbol, book_side=name, depth=depth, price=price)
        if before is not None and (price > before) == descending:
            _refuse("unsorted_levels", symbol, book_side=name, depth=depth, price=price)
        before = price


def _check_value(
    symbol: str, code: str, value: Decimal | int, highest: Decimal | int, **where: object
) -> None:
    right_kind = isinstance(value, type(highest)) and not isinstance(value, bool)
    finite = not isinstance(value, Decimal) or value.is_finite()
    if not right_kind or not finite or not 0 < value <= highest:
        _refuse(code, symbol, given=value, highest=highest, **where)


def _check_not_future(symbol: str, stamp: datetime, seen_at: datetime) -> None:
    if is_ahead(ns_from_utc(stamp), ns_from_utc(seen_at)):
        _refuse(
            FUTURE_TIMESTAMP,
            symbol,
            ahead_seconds=(stamp - seen_at).total_seconds(),
            limit_seconds=MAX_CLOCK_SKEW.total_seconds(),
        )


def _refuse(
    code: str, symbol: str | None, stamp_utc: datetime | None = None, /, **facts: object
) -> NoReturn:
    error = DataValidationError(code, symbol=symbol, stamp_utc=stamp_utc, **facts)
    _logger.warning(
        "order_flow.data_validation_error",
        extra={
            "error_type": code,
            "error_message": str(error),
            "symbol": symbol,
            "invalid_data": {name: str(value) for name, value in facts.items()},
        },
    )
    raise error
