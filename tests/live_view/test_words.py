"""What happened is one line, the same from a guard's events and from its record."""

from __future__ import annotations

from typing import Any

import pytest
from support.live_market import (
    CONFIG_HASH,
    alert_line,
    burst_line,
    exit_line,
    feed_line,
    other_line,
    wall_line,
)
from support.monitor_stubs import START, at, exit_of, large_seller, red_burst

from trading_bot.live_view.cells import plain
from trading_bot.live_view.said import SaidLine, kind_of
from trading_bot.live_view.words import event_of, line_of_event, line_of_said, record_line
from trading_bot.live_view.zones import LOCAL, ago, zone_of
from trading_bot.order_flow.notices import FeedEvent, GuardState, MonitorEvent, ThresholdNotice


def words_of(line: Any, **options: Any) -> str:
    said = SaidLine(kind_of(line) or "state", at(0), line["symbol"] or "", line)
    return plain(line_of_said(said, **options))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            alert_line(),
            "ACME   warning  large seller: 12,000 shares sold at 100.00 by one order",
        ),
        (
            alert_line(late=True, delay_seconds=12.4, context=("news \x1b[2J",)),
            (
                "ACME   warning  large seller: 12,000 shares sold at 100.00 by one order"
                "  (late by 12 s)  news: news [2J"
            ),
        ),
        (
            burst_line(),
            "ACME   critical red burst: 4.5 times the usual minute's volume, 75% sold",
        ),
        (
            exit_line(),
            (
                "ACME   INVENTED EXIT SUGGESTED (high): 100 shares, P&L -50.00 USD, 1.5 USD above "
                "the stop; your rule: 3 large sellers"
            ),
        ),
        (
            feed_line("feed_blind", reason="gap: away"),
            "ACME   feed blind: gap: away  this position is not protected now",
        ),
        (feed_line("data_lost", reason="a span"), "ACME   feed lost: a span"),
        (feed_line("depth_back", reason="seen"), "ACME   feed depth_back: seen"),
        (
            wall_line("placed"),
            "ACME   bid of 20,000 shares at 100.40 has stood 2 s, 1 level from the best",
        ),
        (
            other_line("regime", times=2, shares=2_300_000, usual=1_000_000, days=1),
            (
                "ACME   busier than usual: another kind of day: 2.3 times its usual volume so far "
                "(2,300,000 shares, yesterday 1,000,000)"
            ),
        ),
        (other_line("record_reopened", symbol=None, reason="gone"), "       record reopened: gone"),
        (other_line("muted", until="noon"), "ACME   muted: noon"),
        (other_line("position_gone"), "ACME   position gone"),
        # A line that is damaged is told of all the same.
        ({**exit_line(), "urgency": "odd"}, "ACME   exit signal triggered: 3 large sellers"),
        ({**wall_line(), "size": None}, "ACME   wall placed"),
    ],
)
def test_a_line_of_the_record_is_told_in_words(line: Any, words: str) -> None:
    # Given a line of the record
    # When it is told
    # Then it has its time and symbol before what has happened
    assert words_of(line, mark="INVENTED ") == f"10:00:00 ET {words}"


@pytest.mark.parametrize("event", [large_seller(), red_burst(), exit_of()])
def test_the_record_tells_of_an_event_what_its_listener_is_told(event: MonitorEvent) -> None:
    # Given an alert or an exit
    line = record_line(event, CONFIG_HASH)
    # When it is told from its line of the record
    # Then the words are those of the event
    assert line is not None
    assert words_of(line).replace("1.5 USD", "1.50 USD") == plain(line_of_event(event))


def test_only_what_a_state_needs_is_turned_into_lines() -> None:
    # Given events of other kinds
    blind = FeedEvent("blind", "ACME", START, "gap: away", position_open=True)
    back = FeedEvent("recovered", "ACME", START, "", position_open=True)
    # When they are turned into lines
    line = record_line(blind, CONFIG_HASH)
    # Then bad sight is one, and nothing else
    assert line is not None
    assert line["event"] == "order_flow.feed_blind"
    assert record_line(back, CONFIG_HASH) is None
    assert record_line(GuardState("connection", None, "", START), CONFIG_HASH) is None
    assert record_line(ThresholdNotice("ACME", START, 1, 2), CONFIG_HASH) is None


def test_a_line_without_an_event_is_none() -> None:
    # Given something else
    # When it is to be an event, then it is none
    assert event_of({}) is None


def test_times_are_those_of_the_zone() -> None:
    # Given an alert
    # When it is told in either zone
    # Then each says which it is
    assert words_of(alert_line(), zone=zone_of("exchange")).startswith("10:00:00 ET ACME")
    assert zone_of("local") is LOCAL
    local = START.astimezone()
    assert words_of(alert_line(), zone=LOCAL).startswith(f"{local:%H:%M:%S %Z} ACME")
    assert LOCAL.day_and_hour(at(0)) == f"{local:%a %H:%M %Z}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (0, "0 s"), (119.9, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h")],
)
def test_how_long_ago_something_is_is_said_in_few_words(seconds: float, words: str) -> None:
    # Given a span, when it is said, then in the largest unit that tells enough
    assert ago(seconds) == words
