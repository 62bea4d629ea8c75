"""What a line of the record says, and the alert that is read back from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import START, START_NS, exit_of, large_seller, red_burst

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import (
    alert_from_record,
    alert_id,
    alert_line,
    alert_record,
    event_line,
    exit_id,
    line_bytes,
)
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.signals import Signal

HASH = "0123456789abcdef"


def test_a_large_seller_becomes_one_flat_line() -> None:
    # Given a large seller that came in time
    signal = Signal.of(large_seller(8.125, price_level=Decimal("100.10")))
    # When its line is written
    line = alert_line(
        signal,
        known_as="feedfeedfeedfeed",
        config_hash=HASH,
        delay_seconds=0.2500001,
        context=("Acme recalls rockets",),
        latency_ms=3.25,
        logged_at=START,
    )
    # Then it holds every field, times in UTC with microseconds, ratios with six decimals, and the
    # price's own digits
    assert line_bytes(line) == (
        b'{"schema":1,"event":"order_flow.large_seller_detected",'
        b'"timestamp":"2026-03-10T14:00:08.125000Z","symbol":"ACME",'
        b'"alert_id":"feedfeedfeedfeed","alert_type":"large_seller","severity":"warning",'
        b'"source":"aggressive_sell","order_size":12000,"price_level":100.10,'
        b'"volume_ratio":null,"sell_ratio":null,"sell_ratio_low":null,'
        b'"low_confidence_share":null,"late":false,"delay_seconds":0.25,'
        b'"context":["Acme recalls rockets"],"config_hash":"0123456789abcdef",'
        b'"latency_ms":3.25,"logged_at":"2026-03-10T14:00:00.000000Z"}\n'
    )


def test_a_red_burst_in_a_replay_has_no_wall_clock_fields() -> None:
    # Given a burst with a ratio of many decimals
    alert = red_burst(20, volume_ratio=10 / 3)
    # When its line is built as a replay does
    line = alert_record(alert, config_hash=HASH)
    # Then ratios are cut to six decimals, and nothing is measured by the wall clock
    assert line == {
        "schema": 1,
        "event": "order_flow.red_burst_detected",
        "timestamp": "2026-03-10T14:00:20.000000Z",
        "symbol": "ACME",
        "alert_id": alert_id(alert, HASH),
        "alert_type": "red_burst",
        "severity": "critical",
        "source": None,
        "order_size": None,
        "price_level": None,
        "volume_ratio": 3.333333,
        "sell_ratio": 0.75,
        "sell_ratio_low": 0.7,
        "low_confidence_share": 0.1,
        "late": False,
        "delay_seconds": None,
        "context": [],
        "config_hash": HASH,
        "latency_ms": None,
        "logged_at": None,
    }


@given(
    st.integers(0, 10**15).map(lambda us: START + timedelta(microseconds=us)),
    st.sampled_from([UTC, timezone(timedelta(hours=-4))]),
)
def test_any_wall_clock_is_written_in_utc_with_microseconds(moment: datetime, zone: tzinfo) -> None:
    # Given any clock's time, in any zone, and at a whole second
    local = moment.astimezone(zone)
    for logged_at in (local, local.replace(microsecond=0)):
        # When a line is written at that time
        line = alert_line(
            Signal.of(large_seller()), known_as="", config_hash=HASH, logged_at=logged_at
        )
        # Then it stands there as everywhere
        assert json.loads(line_bytes(line))["logged_at"] == iso_utc(logged_at)


@pytest.mark.parametrize(
    "other",
    [
        large_seller(symbol="BOLT"),
        large_seller(severity="critical"),
        large_seller(source="ask_wall"),
        large_seller(0.001),
        large_seller(price_level=Decimal("100.01")),
        large_seller(order_size=12_001),
        large_seller(price_level=None),
    ],
)
def test_findings_that_differ_have_different_ids(other: OrderFlowAlert) -> None:
    # Given one signal and another that differs in one way
    # When their ids are compared
    ids = {alert_id(large_seller(), HASH), alert_id(other, HASH)}
    # Then they differ, and are 16 hex digits
    assert len(ids) == 2
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in ids)


def test_the_same_finding_has_one_id_whatever_was_learned_later() -> None:
    # Given a signal, and the same with delay, headlines and more digits of the same price
    first = large_seller()
    later = large_seller(
        delay_seconds=2.0, late=True, context=("news",), price_level=Decimal("100.0000")
    )
    # When their ids are compared
    # Then they are equal, and other settings give another
    assert alert_id(first, HASH) == alert_id(later, HASH)
    assert alert_id(first, HASH) != alert_id(first, "fedcba9876543210")


def id_of(exit_: ExitRecommendation) -> str:
    ids = [alert_id(each, HASH) for each in exit_.alerts]
    return exit_id(exit_.symbol, exit_.timestamp_utc, ids)


def test_an_exit_has_one_id_whoever_holds_the_position_and_whatever_it_is_worth() -> None:
    # Given an exit, the same found again by another process, and three that differ
    exit_ = exit_of(seconds=20)
    again = replace(exit_, reason="in other words", price=None, urgency="immediate", repeated=True)
    others = [
        replace(exit_, symbol="BOLT"),
        replace(exit_, timestamp_utc=exit_.timestamp_utc + timedelta(microseconds=1)),
        replace(exit_, alerts=(*exit_.alerts, large_seller(1))),
    ]
    # When their ids are compared
    ids = {id_of(each) for each in (exit_, again, *others)}
    # Then those of the same exit are equal, and are 16 hex digits
    assert id_of(exit_) == id_of(again)
    assert len(ids) == 4
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in ids)


def test_the_id_of_an_exit_is_what_the_record_says_it_is() -> None:
    # Given an exit on two alerts
    exit_ = replace(exit_of(seconds=20), alerts=(large_seller(0), large_seller(20)))
    # When its id is made from what stands in the record
    ids = ",".join(alert_id(each, HASH) for each in exit_.alerts)
    text = f"exit|ACME|{START_NS + 20 * 10**9}|{ids}"
    # Then it is the same
    assert id_of(exit_) == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_any_event_has_the_same_four_first_fields() -> None:
    # Given an event of the whole run, its time given in another zone
    moment = datetime(2026, 3, 10, 10, 0, tzinfo=timezone(timedelta(hours=-4)))
    # When its line is built
    line = event_line("order_flow.monitoring_started", moment, None, symbols=["ACME"])
    # Then schema, event, UTC time and symbol come first
    assert list(line.items()) == [
        ("schema", 1),
        ("event", "order_flow.monitoring_started"),
        ("timestamp", "2026-03-10T14:00:00.000000Z"),
        ("symbol", None),
        ("symbols", ["ACME"]),
    ]
    assert event_line("x", line["timestamp"], None)["timestamp"] == line["timestamp"]


@given(
    seconds=st.integers(0, 86_000_000_000),
    price=st.none() | st.decimals("0.0001", "500000", places=4),
    ratio=st.none() | st.floats(0, 1e6),
    size=st.none() | st.integers(1, 10**9),
    context=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3),
)
def test_an_alert_survives_its_line(
    seconds: int,
    price: Decimal | None,
    ratio: float | None,
    size: int | None,
    context: list[str],
) -> None:
    # Given any alert, its ratio of six decimals as recorded
    rounded = None if ratio is None else round(ratio, 6)
    alert = large_seller(
        timestamp_utc=START + timedelta(microseconds=seconds),
        price_level=price,
        volume_ratio=rounded,
        order_size=size,
        context=tuple(context),
    )
    line = alert_record(alert, config_hash=HASH)
    # When the alert is read from it again
    read = alert_from_record(line)
    # Then it is the same, and so is its id
    assert read == alert
    assert alert_id(read, HASH) == line["alert_id"]


def test_times_are_written_in_utc_with_microseconds() -> None:
    # Given a moment in New York
    moment = datetime(2026, 3, 10, 9, 59, 59, 7, tzinfo=timezone(timedelta(hours=-4)))
    # When it is written
    # Then it is UTC, to the microsecond
    assert iso_utc(moment) == "2026-03-10T13:59:59.000007Z"
