"""What is told of each protected symbol, and of what is held."""

from __future__ import annotations

import pytest
from support.market import give_trade
from support.metrics_bench import reading_of, samples, watching
from support.monitor_stubs import (
    BID,
    START_NS,
    HandClock,
    Holdings,
    at,
    exit_of,
    position,
    sight,
)

from trading_bot.metrics.of_sight import of_positions, of_sight, word_of
from trading_bot.metrics.reading import read
from trading_bot.order_flow.exit_judge import REPEAT_AFTER
from trading_bot.order_flow.market.feeds import DepthSight
from trading_bot.order_flow.sight.coverage.reasons import OpenSpan
from trading_bot.order_flow.sight.ledger import Ledger


def test_a_symbol_is_in_one_state_and_says_why_in_one_word() -> None:
    # Given two held symbols, of which one is blind
    monitor = watching("ACME", "BOLT")
    monitor.judge.saw("ACME", sight(compared=-7.0), START_NS)
    monitor.judge.saw("BOLT", sight("blind", "dead", "nobody answers for 31 s"), START_NS)
    # When their sight is told
    found = samples(of_sight(reading_of(monitor)))
    # Then each is in one state, and figures make no series
    assert found == {
        'order_flow_symbol_sight{state="visible",symbol="ACME"}': 1.0,
        'order_flow_symbol_sight{state="degraded",symbol="ACME"}': 0.0,
        'order_flow_symbol_sight{state="blind",symbol="ACME"}': 0.0,
        'order_flow_symbol_sight{state="visible",symbol="BOLT"}': 0.0,
        'order_flow_symbol_sight{state="degraded",symbol="BOLT"}': 0.0,
        'order_flow_symbol_sight{state="blind",symbol="BOLT"}': 1.0,
        'order_flow_symbol_sight_reason{reason="dead",symbol="BOLT"}': 1.0,
        'order_flow_symbol_compared_age_seconds{symbol="ACME"}': 7.0,
        'order_flow_channel_unknown_spans{channel="prints",symbol="ACME"}': 0.0,
        'order_flow_channel_unknown_spans{channel="quotes",symbol="ACME"}': 0.0,
        'order_flow_channel_unknown_spans{channel="prints",symbol="BOLT"}': 0.0,
        'order_flow_channel_unknown_spans{channel="quotes",symbol="BOLT"}': 0.0,
    }


def test_spans_are_counted_by_channel() -> None:
    # Given a symbol with two spans of prints that are unknown, and one of halts
    monitor = watching("ACME")
    spans = tuple(
        OpenSpan(channel, START_NS, None, "gap", START_NS, 0, ())
        for channel in ("trades", "trades", "halts")
    )
    monitor.judge.saw("ACME", sight("degraded", "gap"), START_NS, spans)
    # When its sight is told
    found = samples(of_sight(reading_of(monitor)))
    # Then prints and quotes have their number, and halts, which prove nothing, none
    assert {key: value for key, value in found.items() if "spans" in key} == {
        'order_flow_channel_unknown_spans{channel="prints",symbol="ACME"}': 2.0,
        'order_flow_channel_unknown_spans{channel="quotes",symbol="ACME"}': 0.0,
    }


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("gap: prints are away since 14:31:02 UTC", "gap"),
        ("by_rest", "by_rest"),
        ("", ""),
        ("not watched", "not_watched"),
        ("depth blind since 14:31:02 UTC: late", "depth"),
    ],
)
def test_a_reason_is_one_word_of_few(reason: str, word: str) -> None:
    # Given why a symbol is seen as it is, with figures
    # When it is told, then the word alone is
    assert word_of({"reason": reason}) == word


def test_of_thousands_that_are_watched_those_that_are_protected_are_told() -> None:
    # Given a guard that watches a symbol beside those that it protects
    monitor = watching("ACME")
    monitor.judge.watch("ZEST", from_ns=START_NS, now_ns=START_NS)
    # When the sight of all is told
    found = samples(of_sight(reading_of(monitor)))
    # Then nobody hears of the one that nobody holds
    assert any('"ACME"' in key for key in found)
    assert not any('"ZEST"' in key for key in found)


def test_outside_of_a_run_no_symbol_is_told_to_be_blind() -> None:
    # Given a guard between two sessions
    monitor = watching("ACME")
    # When its sight is told
    found = samples(of_sight(read(monitor)))
    # Then there is nothing to be said of it
    assert found == {}


def test_positions_are_counted_by_side_with_their_age() -> None:
    # Given one position bought and two sold short, read 3 s ago
    clock = HandClock()
    held = Holdings(position("ACME"), position("BOLT", -100), position("CLIF", -50))
    monitor = watching(position_manager=held, clock=clock)
    clock.move(3.0)
    # When they are told
    found = samples(of_positions(reading_of(monitor)))
    # Then they are counted, and it is said how far they are known
    assert {key: value for key, value in found.items() if "_symbol_" not in key} == {
        'order_flow_positions{side="long"}': 1.0,
        'order_flow_positions{side="short"}': 2.0,
        'order_flow_positions_state{state="unread"}': 0.0,
        'order_flow_positions_state{state="known"}': 1.0,
        'order_flow_positions_state{state="stale"}': 0.0,
        'order_flow_positions_state{state="old"}': 0.0,
        'order_flow_positions_state{state="never"}': 0.0,
        "order_flow_positions_age_seconds": 3.0,
    }


def test_positions_that_were_never_read_have_no_age() -> None:
    # Given a manager that fails from the first
    held = Holdings()
    held.failure = RuntimeError("down")
    monitor = watching(position_manager=held)
    # When they are told
    found = samples(of_positions(reading_of(monitor)))
    # Then they are said to be unknown, and nothing of their age
    assert found['order_flow_positions_state{state="never"}'] == 1.0
    assert "order_flow_positions_age_seconds" not in found


@pytest.mark.parametrize(("early", "stands"), [(1.0, 1.0), (0.0, 0.0), (-1.0, 0.0)])
def test_an_exit_is_told_as_long_as_it_stands(early: float, stands: float) -> None:
    # Given a recommendation for a held symbol
    clock = HandClock()
    monitor = watching("ACME", clock=clock)
    monitor.judge.publisher.exits["ACME"] = exit_of("ACME")
    # When it is told before, at and after the moment when it would be repeated
    clock.move(REPEAT_AFTER.total_seconds() - early)
    found = samples(of_positions(reading_of(monitor)))
    # Then it stands before that moment only
    assert found['order_flow_symbol_exit{symbol="ACME"}'] == stands
    assert found['order_flow_symbol_held{symbol="ACME"}'] == 1.0


def test_the_depth_of_a_second_feed_is_a_channel_of_its_own() -> None:
    # Given two symbols, one of which has lost its depth
    monitor = watching("ACME", "BOLT")
    for symbol, lost in (("ACME", "late"), ("BOLT", "")):
        monitor.judge.saw(symbol, sight(), START_NS)
        monitor.judge.saw_depth(symbol, DepthSight(lost, START_NS), START_NS)
    # When their sight is told
    found = samples(of_sight(reading_of(monitor)))
    # Then both are visible, one channel is blind, and the reason names it
    assert found['order_flow_symbol_sight{state="visible",symbol="ACME"}'] == 1.0
    assert found['order_flow_symbol_sight_reason{reason="depth",symbol="ACME"}'] == 1.0
    assert found['order_flow_channel_sight{channel="depth",state="blind",symbol="ACME"}'] == 1.0
    assert found['order_flow_channel_sight{channel="depth",state="visible",symbol="BOLT"}'] == 1.0


def test_each_channel_has_its_own_state_and_the_age_of_its_proof() -> None:
    # Given a symbol whose prints were equal to a second source 4 s ago, and its quotes never
    clock = HandClock()
    monitor = watching("ACME", clock=clock)
    ledger = Ledger("ACME", START_NS)
    ledger.subscribed("trades", START_NS)
    ledger.filled("trades", at(-400), START_NS, START_NS)
    monitor.judge.sightings.keep_ledger("ACME", ledger)
    clock.move(4.0)
    # When its channels are told
    found = samples(of_sight(reading_of(monitor)))
    # Then prints have an age, and quotes are what they are by themselves
    assert {key: value for key, value in found.items() if "_channel_" in key and value} == {
        'order_flow_channel_sight{channel="prints",state="degraded",symbol="ACME"}': 1.0,
        'order_flow_channel_proof_age_seconds{channel="prints",symbol="ACME"}': 4.0,
        'order_flow_channel_sight{channel="quotes",state="degraded",symbol="ACME"}': 1.0,
    }


def test_it_is_told_how_late_the_newest_print_came() -> None:
    # Given a symbol of which one print has come, 250 ms behind its stamp, and one without any
    monitor = watching("ACME", "BOLT")
    give_trade(monitor.judge, "ACME", START_NS, BID, 100, received_ns=at(0.25))
    # When their sight is told
    found = samples(of_sight(reading_of(monitor)))
    # Then the first has a delay
    assert {key: value for key, value in found.items() if "_delay_" in key} == {
        'order_flow_symbol_delay_seconds{symbol="ACME"}': 0.25
    }
