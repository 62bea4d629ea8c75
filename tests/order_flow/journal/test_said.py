from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.monitor_stubs import START, at, large_seller, position, red_burst

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import (
    EXIT_EVENT,
    SETTINGS_CHANGED_EVENT,
    TOLD_EVENT,
    alert_id,
    alert_record,
    event_line,
    exit_id,
    exit_record,
)
from trading_bot.order_flow.journal.said import (
    ALERTS_OF_A_LEVEL,
    LEVELS_OF_A_SYMBOL,
    Said,
    SaidEpisodes,
    SaidLevel,
    said_of,
)
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.continued import JudgedSpan
from trading_bot.order_flow.rules.signals import Signal

HASH = "0123456789abcdef"
UNTIL = START + timedelta(seconds=100)
IDS = ("1" * 16, "2" * 16)


def exit_of(seconds: float = 60, *alerts: OrderFlowAlert, **changes: Any) -> ExitRecommendation:
    fields: dict[str, Any] = {
        "symbol": "ACME",
        "reason": "3 large sellers",
        "alerts": alerts,
        "position": position(opened_at=None),
        "price": Decimal("100.50"),
        "unrealised_pnl": Decimal("-50.00"),
        "distance_to_stop": Decimal("1.50"),
        "urgency": "high",
        "timestamp_utc": START + timedelta(seconds=seconds),
        "exit_id": "e" * 16,
    }
    return ExitRecommendation(**(fields | changes))


def said(*lines: Mapping[str, Any], since: float = 0) -> Said:
    moment = START + timedelta(seconds=since)
    return said_of(lines, since=moment, until=UNTIL, config_hash=HASH, opened={}, judged={})


def test_alerts_since_a_moment_are_gathered_in_their_order() -> None:
    # Given lines of alerts around a moment, the later one first
    alerts = [large_seller(9), large_seller(0), large_seller(-0.001)]
    # When they are gathered
    found = said(*(alert_record(each, config_hash=HASH) for each in alerts))
    # Then those of that moment and later are there, each under its id
    assert list(found.alerts.values()) == alerts[:2]
    assert [each.alert_id for each in found.alerts.values()] == list(found.alerts)
    assert list(found.alerts) == [alert_id(each, HASH) for each in alerts[:2]]


def test_a_recommendation_comes_back_whole_and_marked_as_repeated() -> None:
    # Given the lines of an alert and of the exit that rests on it
    (alert,) = said(alert_record(large_seller(0), config_hash=HASH)).alerts.values()
    recommended = exit_of(60, alert)
    # When they are gathered
    found = said(alert_record(alert, config_hash=HASH), exit_record(recommended))
    # Then the exit is as it was, with its first id
    assert found.exits == {"ACME": exit_of(60, alert, repeated=True)}
    assert found.exits["ACME"].alert_ids == (alert.alert_id,)


def test_a_recommendation_without_price_or_stop_comes_back_without_them() -> None:
    # Given an exit of a position without a stop, when no price was known
    nothing: dict[str, Any] = {"price": None, "unrealised_pnl": None, "distance_to_stop": None}
    recommended = exit_of(position=position(stop=None, opened_at=None), **nothing)
    # When its line is gathered
    found = said(exit_record(recommended))
    # Then it lacks them still
    assert found.exits["ACME"] == exit_of(
        position=position(stop=None, opened_at=None), repeated=True, **nothing
    )


def test_a_recommendation_of_a_position_without_a_known_price_comes_back() -> None:
    # Given an exit of a position of which it is not known what was paid
    held = replace(position(opened_at=None), average_price=None)
    recommended = exit_of(position=held, unrealised_pnl=None)
    # When its line is gathered
    found = said(exit_record(recommended))
    # Then it is not known still
    assert found.exits["ACME"] == replace(recommended, repeated=True)


def test_an_older_line_without_an_id_is_given_the_id_of_its_facts() -> None:
    # Given a recommendation as older versions wrote it
    line = {**exit_record(exit_of()), "alert_ids": list(IDS)}
    del line["exit_id"]
    # When it is gathered
    found = said(line).exits["ACME"]
    # Then its id is what this version would have written
    assert found.exit_id == exit_id("ACME", START + timedelta(seconds=60), IDS)


def test_the_newest_recommendation_of_each_symbol_counts() -> None:
    # Given two recommendations of a position, of which one was told
    lines = [exit_record(exit_of(60)), exit_record(exit_of(90, exit_id="f" * 16))]
    told = event_line(TOLD_EVENT, START, "ACME", exit_id="e" * 16)
    # When they are gathered
    found = said(*lines, told)
    # Then the newest is there, and what was told is known
    assert [each.exit_id for each in found.exits.values()] == ["f" * 16]
    assert found.told == {"e" * 16}


def test_recommendations_found_under_other_settings_count_for_their_positions() -> None:
    # Given an alert and an exit of other settings
    alert = alert_record(large_seller(0), config_hash="other")
    line = {**exit_record(exit_of()), "alert_ids": [alert["alert_id"]]}
    # When they are gathered
    found = said(alert, line)
    # Then the exit is there with its alert, which does not count by itself
    assert found.alerts == {}
    assert found.exits["ACME"].alerts == (large_seller(0),)


@pytest.mark.parametrize(
    "damaged",
    [
        {"schema": 1},
        {"schema": 1, "event": EXIT_EVENT},
        {"schema": 1, "event": TOLD_EVENT, "symbol": "ACME"},
        {**exit_record(exit_of()), "quantity": 0},
        {**exit_record(exit_of()), "price": "much"},
        {**exit_record(exit_of()), "timestamp": 5},
        {**alert_record(large_seller(0), config_hash=HASH), "timestamp": "noon"},
    ],
)
def test_a_line_that_lacks_what_its_kind_has_costs_no_other(damaged: dict[str, Any]) -> None:
    # Given a damaged line before a good one
    good = alert_record(large_seller(5), config_hash=HASH)
    # When both are gathered
    found = said(damaged, good)
    # Then the good one is there, and the other is counted
    assert (list(found.alerts), found.unreadable) == ([good["alert_id"]], 1)


def test_what_is_stamped_later_is_of_a_market_that_has_begun_anew() -> None:
    # Given alerts, exits, positions and spans at the latest moment that counts, and right after it
    tick = timedelta(microseconds=1)
    lines = [
        alert_record(large_seller(100), config_hash=HASH),
        alert_record(large_seller(100.001), config_hash=HASH),
        exit_record(exit_of(100)),
        exit_record(exit_of(100.001, exit_id="f" * 16)),
    ]
    # When they are gathered
    found = said_of(
        lines,
        since=START,
        until=UNTIL,
        config_hash=HASH,
        opened={"ACME": UNTIL, "BOLT": UNTIL + tick},
        judged={"ACME": JudgedSpan(0, at(100)), "BOLT": JudgedSpan(0, at(100) + 1)},
    )
    # Then what is later is left out
    assert list(found.alerts.values()) == [large_seller(100)]
    assert [each.exit_id for each in found.exits.values()] == ["e" * 16]
    assert set(found.opened) == set(found.judged) == {"ACME"}


# Episodes: the alerts on each price


def noted(*alerts: OrderFlowAlert) -> SaidEpisodes:
    episodes = SaidEpisodes()
    for each in alerts:
        episodes.note(Signal.of(each))
    return episodes


def bid(seconds: float, price: str = "100.00", size: int = 12_000) -> OrderFlowAlert:
    return large_seller(seconds, source="resting_bid", price_level=Decimal(price), order_size=size)


def test_the_newest_alert_on_each_price_within_a_span_is_found() -> None:
    # Given alerts on two prices, two of them after the span
    episodes = noted(bid(0), bid(5, size=20_000), bid(3, "99.00"), bid(5.001), red_burst(4))
    # When those that may stand are asked for
    found = episodes.standing("ACME", at(0), at(5))
    # Then each price has its newest within the span, both ends included
    assert found == (
        SaidLevel("resting_bid", 99_000_000, 12_000, at(3)),
        SaidLevel("resting_bid", 100_000_000, 20_000, at(5)),
    )
    assert episodes.standing("ACME", at(6), at(9)) == ()
    assert episodes.standing("BOLT", at(0), at(9)) == ()


def test_the_prices_that_were_said_of_since_a_moment_are_known() -> None:
    # Given alerts on two prices
    episodes = noted(bid(0), bid(5, "99.00"))
    # When those since a moment are asked for
    # Then a price counts if its newest alert is not older
    assert episodes.prices("ACME", at(0)) == {
        ("resting_bid", 100_000_000),
        ("resting_bid", 99_000_000),
    }
    assert episodes.prices("ACME", at(0.001)) == {("resting_bid", 99_000_000)}


def test_a_symbol_may_be_forgotten() -> None:
    # Given an alert
    episodes = noted(bid(0))
    # When its symbol is forgotten
    episodes.forget("ACME")
    # Then nothing is known of it
    assert episodes.prices("ACME", at(0)) == frozenset()


def test_what_is_remembered_of_a_symbol_is_bounded() -> None:
    # Given more prices than are remembered, and more alerts on one of them
    prices = [f"{10 + n / 100:.2f}" for n in range(LEVELS_OF_A_SYMBOL + 1)]
    alerts = [bid(n, prices[-1]) for n in range(ALERTS_OF_A_LEVEL + 1)]
    # When they are noted
    episodes = noted(*(bid(0, each) for each in prices), *alerts)
    # Then the oldest went
    assert len(episodes.prices("ACME", at(0))) == LEVELS_OF_A_SYMBOL
    assert ("resting_bid", 10_000_000) not in episodes.prices("ACME", at(0))
    assert episodes.standing("ACME", at(0), at(0))[-1].price_ticks != alerts[0].price_level


def changed(seconds: float, old: str, new: str) -> dict[str, Any]:
    moment = START + timedelta(seconds=seconds)
    return event_line(SETTINGS_CHANGED_EVENT, moment, None, old_hash=old, new_hash=new, changed={})


def found_under(*hashes: str) -> list[Mapping[str, Any]]:
    """Return the line of an alert under each of these settings, a second after the other."""
    return [
        alert_record(large_seller(second), config_hash=each) for second, each in enumerate(hashes)
    ]


@pytest.mark.parametrize(
    ("changes", "kept", "since"),
    [
        ([], [0], None),
        # From others to these.
        ([(10, "a", HASH)], [0, 1], 10),
        # By way of others.
        ([(10, "b", "a"), (20, "a", HASH)], [0, 1, 2], 20),
        # Away and back.
        ([(10, HASH, "a"), (20, "a", HASH)], [0, 1], 20),
        # From these to others: the file was changed back before this start.
        ([(10, HASH, "a")], [0], None),
        ([(5, "b", HASH), (10, HASH, "a")], [0], None),
        # A restart by other settings lies between.
        ([(10, "b", "c"), (20, "a", HASH)], [0, 1], 20),
        # Of a watchlist.
        ([(10, HASH, HASH)], [0], None),
        # Of a market that has begun anew since.
        ([(101, "a", HASH)], [0], None),
        ([(100, "a", HASH)], [0, 1], 100),
    ],
)
def test_alerts_of_settings_that_became_these_on_the_way_are_gathered(
    changes: list[tuple[float, str, str]], kept: list[int], since: float | None
) -> None:
    # Given alerts of these settings and of others, and what changed on the way of a run
    alerts = found_under(HASH, "a", "b")
    # When they are gathered
    found = said(*alerts, *(changed(*each) for each in changes))
    # Then those of settings that became these are there, and since when these hold
    assert list(found.alerts) == [alerts[each]["alert_id"] for each in kept]
    assert found.settings_at == (None if since is None else START + timedelta(seconds=since))


def test_a_change_that_cannot_be_read_is_counted() -> None:
    # Given the line of a change without a hash
    line = {each: of for each, of in changed(10, "a", HASH).items() if each != "old_hash"}
    # When it is gathered
    found = said(*found_under("a"), line)
    # Then it is counted, and changes nothing
    assert (found.unreadable, found.settings_at, found.alerts) == (1, None, {})
