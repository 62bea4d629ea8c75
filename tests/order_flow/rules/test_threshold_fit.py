"""Sizes that exceed their threshold most of the time are told once, with the way out."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.market import give_quote
from support.monitor_stubs import (
    BID,
    START,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    position,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent, ThresholdNotice
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.threshold_fit import LOOKS, ThresholdCheck


@pytest.mark.parametrize(("exceeded", "told"), [(11, None), (12, None), (13, 22), (60, 100)])
def test_more_than_a_fifth_of_the_first_minute_is_told(exceeded: int, told: int | None) -> None:
    # Given 59 looks, of which all but the last exceeding ones have been made
    check = ThresholdCheck()
    earlier = [check.saw("ACME", exceeded=n < exceeded - 1) for n in range(LOOKS - 1)]
    # When the sixtieth exceeds too
    found = check.saw("ACME", exceeded=True)
    # Then a share above 20 per cent is told, rounded up, and not before
    assert (earlier, found) == ([None] * (LOOKS - 1), told)


def test_a_symbol_is_told_once_until_it_is_watched_again() -> None:
    # Given a symbol that was told
    check = ThresholdCheck()
    told = [check.saw("ACME", exceeded=True) for _ in range(2 * LOOKS)]
    # When it is watched again
    check.forget("ACME")
    again = [check.saw("ACME", exceeded=True) for _ in range(LOOKS)]
    # Then each watch tells once
    assert (told.count(100), again.count(100)) == (1, 1)


@given(st.lists(st.booleans(), min_size=LOOKS, max_size=LOOKS))
def test_one_symbol_says_nothing_about_another(looks: list[bool]) -> None:
    # Given a symbol that always exceeds its threshold beside one with any looks
    check, alone = ThresholdCheck(), ThresholdCheck()
    # When both are looked at in turn
    beside = []
    for exceeded in looks:
        check.saw("BOLT", exceeded=True)
        beside.append(check.saw("ACME", exceeded=exceeded))
    # Then the other gets what it would get alone
    assert beside == [alone.saw("ACME", exceeded=exceeded) for exceeded in looks]


@pytest.mark.parametrize(
    ("bid_size", "ask_size", "shown"),
    [(9_999, 9_999, False), (10_000, 100, True), (100, 10_000, True)],
)
def test_a_quote_shows_a_large_level_on_either_side(
    bid_size: int, ask_size: int, shown: bool
) -> None:
    # Given the default threshold of 10,000 shares
    sellers = LargeSellerState("ACME", OrderFlowConfig(thresholds="fixed"))
    # When a quote comes
    bid_units, ask_units = bid_size * UNITS_PER_SHARE, ask_size * UNITS_PER_SHARE
    sellers.on_quote(START_NS, BID, bid_units, BID + 10_000, ask_units)
    # Then a size from the threshold on is a large level
    assert sellers.shows_large_level is shown


def test_the_monitor_tells_and_logs_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    # Given two held symbols, of which one shows 12,000 shares and the other has no quote yet
    told: list[MonitorEvent] = []
    monitor = OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(position("ACME"), position("BOLT")),
        client=StubClient(),
        clock=HandClock(),
        log_directory=None,
    )
    monitor.judge.publisher.add_listener(told.append)
    for symbol in monitor.judge.read_positions():
        monitor.judge.watch(symbol, from_ns=START_NS, now_ns=START_NS)
    give_quote(monitor.judge, "ACME", START_NS, BID, 12_000, BID + 10_000, 100)
    # When two minutes of looks pass
    with caplog.at_level(logging.WARNING):
        for _ in range(2 * LOOKS):
            monitor.judge.every_second(START_NS)
    # Then listeners and log hear of it once
    notice = ThresholdNotice("ACME", START, 10_000, 100)
    assert [each for each in told if not isinstance(each, OrderFlowAlert)] == [notice]
    (logged,) = [
        each for each in caplog.records if each.msg == "order_flow.threshold_often_exceeded"
    ]
    assert logged.__dict__["advice"] == notice.advice
    assert "trading-bot calibrate" in notice.advice
    assert monitor.judge.publisher.counts["threshold_notice"] == 1


def test_only_the_symbols_that_are_looked_at_are_told_of() -> None:
    # Given two watched symbols that show 12,000 shares, as a stream of everything has them
    told: list[MonitorEvent] = []
    monitor = OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(position("ACME"), position("BOLT")),
        client=StubClient(),
        clock=HandClock(),
        log_directory=None,
    )
    for symbol in monitor.judge.read_positions():
        monitor.judge.watch(symbol, from_ns=START_NS, now_ns=START_NS)
        give_quote(monitor.judge, symbol, START_NS, BID, 12_000, BID + 10_000, 100)
    monitor.judge.publisher.add_listener(told.append)
    # When one of them is looked at for a minute
    for _ in range(LOOKS):
        monitor.judge.every_second(START_NS, ["BOLT"])
    # Then that one is told of
    assert told == [ThresholdNotice("BOLT", START, 10_000, 100)]
