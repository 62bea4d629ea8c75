"""Prices as ticks and times as nanoseconds: exact both ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import (
    NS_PER_MS,
    cut_to,
    ns_from_utc,
    price_from_ticks,
    ticks_from_price,
    utc_from_ns,
)


@pytest.mark.parametrize(
    ("ticks", "price"),
    [(100_000_000, "100.00"), (100_010_000, "100.01"), (100_005_000, "100.005"), (1, "0.000001")],
)
def test_a_price_shows_cents_and_no_needless_zeros(ticks: int, price: str) -> None:
    # Given a price in ticks
    # When it is shown
    shown = f"{price_from_ticks(ticks):f}"
    # Then it has at least two decimals, and no more than it needs
    assert shown == price


@given(st.integers(min_value=1, max_value=10**13))
def test_ticks_survive_the_way_to_a_price_and_back(ticks: int) -> None:
    # Given any price in ticks
    # When it goes to the border and back
    # Then it is the same
    assert ticks_from_price(price_from_ticks(ticks)) == ticks


@given(st.integers(min_value=1, max_value=10**10))
def test_a_float_of_the_wire_reaches_the_tick_it_was_written_as(hundredths_of_cents: int) -> None:
    # Given a price with four decimals as JSON delivers it
    wire = hundredths_of_cents / 10_000
    # When it becomes ticks
    # Then no rounding of binary fractions is left
    assert ticks_from_price(wire) == hundredths_of_cents * 100


def test_a_stamp_is_cut_to_microseconds_never_rounded_up() -> None:
    # Given the last nanosecond of a microsecond
    # When it becomes a datetime
    # Then it stays in its microsecond
    assert utc_from_ns(1_999) == datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)))  # noqa: DTZ001 - hypothesis wants its bounds naive
def test_a_datetime_survives_the_way_to_nanoseconds_and_back(moment: datetime) -> None:
    # Given any time in UTC
    # When it goes inside and back to the border
    # Then it is the same
    assert utc_from_ns(ns_from_utc(moment)) == moment


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    # Given noon in UTC and the same instant two hours east
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    east = noon.astimezone(timezone(timedelta(hours=2)))
    # When both become nanoseconds
    # Then they are equal
    assert ns_from_utc(east) == ns_from_utc(noon)


def test_a_time_without_a_zone_is_refused() -> None:
    # Given a datetime that may be anywhere
    naive = datetime(2026, 3, 10, 12)  # noqa: DTZ001 - the missing zone is what is tested
    # When it is to become nanoseconds
    # Then it is refused
    with pytest.raises(ValueError, match="has no time zone"):
        ns_from_utc(naive)


@pytest.mark.parametrize(
    ("unix_ns", "cut"), [(0, 0), (999_999, 0), (1_000_000, 1_000_000), (1_999_999, 1_000_000)]
)
def test_stamps_are_cut_to_whole_milliseconds(unix_ns: int, cut: int) -> None:
    # Given a stamp
    # When it is cut
    # Then the millisecond it lies in is left
    assert cut_to(unix_ns, NS_PER_MS) == cut
