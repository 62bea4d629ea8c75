"""The public values refuse what no market can have shown."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import FrozenInstanceError, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from support.flow_values import NOON, NOON_NS, book, large_seller, tick

from trading_bot.order_flow.data_models import (
    OrderBookSnapshot,
    OrderFlowAlert,
    Side,
    TimeAndSalesRecord,
)
from trading_bot.order_flow.market.units import ns_from_utc

NAIVE = datetime(2026, 3, 10, 12)  # noqa: DTZ001 - the missing zone is what is tested


def test_lists_of_levels_are_kept_as_tuples() -> None:
    # Given levels in lists, as a decoder gives them
    bids: list[tuple[Decimal, int]] = [(Decimal("100.00"), 300)]
    asks: list[Any] = [[Decimal("100.02"), 500]]
    # When a snapshot is made of them, and the caller's list changes
    snapshot = OrderBookSnapshot("AAPL", bids, asks, NOON)
    bids.clear()
    # Then the snapshot holds tuples of its own, and says that it is one level deep
    assert (snapshot.bids, snapshot.asks, snapshot.depth_kind, snapshot.received_at_utc) == (
        ((Decimal("100.00"), 300),),
        ((Decimal("100.02"), 500),),
        "top_of_book",
        None,
    )


@pytest.mark.parametrize("field", ["timestamp_utc", "received_at_utc"])
def test_a_snapshot_without_a_zone_is_refused(field: str) -> None:
    # Given a time without a zone
    change: dict[str, Any] = {field: NAIVE}
    # When it is to become a snapshot's
    # Then the field is named
    with pytest.raises(ValueError, match=rf"{field}=.* has no time zone"):
        replace(book(), **change)


def test_values_cannot_be_changed(
    snapshot_with_large_bid: OrderBookSnapshot,
    sell_record: TimeAndSalesRecord,
    large_seller_alert: OrderFlowAlert,
) -> None:
    # Given one value of each kind
    # When its symbol is set
    # Then it refuses
    for value in (snapshot_with_large_bid, sell_record, large_seller_alert):
        with pytest.raises(FrozenInstanceError):
            value.symbol = "MSFT"  # type: ignore[misc]  # the assignment is what is tested


def test_conditions_are_kept_as_a_tuple() -> None:
    # Given conditions in a list
    # When a print is made
    # Then it holds a tuple
    assert tick(conditions=[12, 37]).conditions == (12, 37)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", Decimal(0)),
        ("price", Decimal(-1)),
        ("price", Decimal("NaN")),
        ("price", Decimal("Infinity")),
        ("price", 100.0),
        ("size", 0),
        ("size", -1),
        ("size", 1.5),
        ("size", True),
        ("side", "SELL"),
        ("sell_probability", -0.001),
        ("sell_probability", 1.001),
        ("sell_probability", float("nan")),
        ("timestamp_utc", NAIVE),
        ("received_at_utc", NAIVE),
    ],
)
def test_an_impossible_print_is_refused_by_name(field: str, value: object) -> None:
    # Given a good print and a change of one field
    change: dict[str, Any] = {field: value}
    # When it is set to what cannot be
    # Then the field is named
    with pytest.raises(ValueError, match=f"{field}="):
        replace(tick(), **change)


@pytest.mark.parametrize(
    ("side", "probability", "fits"),
    [
        ("sell", 0.5, True),
        ("sell", 0.499, False),
        ("buy", 0.5, True),
        ("buy", 0.501, False),
        ("unknown", 0.9, True),
    ],
)
def test_an_inferred_side_is_the_likelier_one(side: Side, probability: float, fits: bool) -> None:
    # Given a side and the probability of a sale
    # When a print carries both
    # Then one that contradicts the other is refused
    with nullcontext() if fits else pytest.raises(ValueError, match="contradicts"):
        tick(side=side, sell_probability=probability)


@pytest.mark.parametrize("probability", [None, 0, 0.0, 0.5, 1, 1.0])
def test_a_probability_between_its_ends_is_accepted(probability: float | None) -> None:
    # Given a probability at or between the ends
    # When a print carries it
    # Then it is kept
    assert tick(side="unknown", sell_probability=probability).sell_probability == probability


def test_an_alert_takes_its_exact_stamp_from_its_time() -> None:
    # Given an alert without an exact stamp
    # When it is made
    # Then its stamp is that of its time
    assert large_seller(at=NOON).timestamp_ns == NOON_NS == ns_from_utc(NOON)


def test_an_alert_keeps_the_exact_stamp_it_is_given() -> None:
    # Given a stamp finer than a datetime can hold
    # When the alert is made
    # Then it is kept
    assert large_seller(at=NOON, timestamp_ns=NOON_NS + 7).timestamp_ns == NOON_NS + 7


def test_an_alert_without_a_zone_is_refused() -> None:
    # Given a time without a zone
    # When it is to become an alert's
    # Then it is refused
    with pytest.raises(ValueError, match=r"timestamp_utc=.* has no time zone"):
        large_seller(at=NAIVE)
