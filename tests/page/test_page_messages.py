"""What the page is told, as it goes over the wire."""

from __future__ import annotations

import json
from typing import Any

from support.live_market import (
    alert_line,
    channels,
    exit_line,
    feed_line,
    live_beat,
    live_row,
    wall_line,
)
from support.live_market import other_line as line_of
from support.monitor_stubs import at

from trading_bot.live_view.page.messages import (
    beat_members,
    event,
    quiet_members,
    row_members,
    said_members,
    whole_state,
)
from trading_bot.live_view.past import Past
from trading_bot.live_view.state import LiveState
from trading_bot.order_flow.live_file.lines import LiveRow, LiveWall

MS = at(0) // 1_000_000


def state_of(*beats: Any, lines: tuple[dict[str, Any], ...] = ()) -> LiveState:
    state = LiveState()
    for beat in beats:
        state.take_beat(beat)
    for line in lines:
        state.take_line(line)
    return state


def test_an_event_is_one_line_of_json() -> None:
    # Given members with an end of a line in their text
    # When they are made an event
    made = event("said", {"text": "one\ntwo"})
    # Then it is one line of data, as the stream needs it
    assert made == b'event: said\ndata: {"text":"one\\ntwo"}\n\n'


def test_stamps_are_milliseconds_wherever_they_stand() -> None:
    # Given a row with stamps of its own, in its channels and its walls
    row = live_row(
        channels=channels(1, "prints"),
        price_ns=at(2),
        opened_ns=None,
        walls=(LiveWall(side="bid", price="100", shares=9, since_ns=at(3)),),
        bids=(("100", 9),),
        asks=(),
    )
    # When it is made ready for the page
    members = row_members(row)
    # Then each has another name, and nothing else has changed
    assert members["price_ms"] == MS + 2_000
    assert members["channels"] == [{"name": "prints", "state": "visible", "proved_ms": MS + 1_000}]
    assert members["walls"] == [
        {"side": "bid", "price": "100", "shares": 9, "since_ms": MS + 3_000}
    ]
    assert json.loads(json.dumps(members["bids"])) == [["100", 9]]
    assert "_ns" not in json.dumps(members)


def test_a_stamp_that_is_not_known_stays_so() -> None:
    # Given a channel that was never proved, which a row names all the same
    row = LiveRow(symbol="ACME", sees="blind", channels=channels(0, "prints"))
    # When it is made ready, then what has its default is left out
    assert row_members(row).keys() == {"symbol", "sees", "channels"}


def test_before_anything_is_heard_the_state_says_what_is_waited_for() -> None:
    # Given nothing
    # When the whole state is asked for
    members = whole_state(LiveState(), at(0), "There is no live file yet.")
    # Then it says so, and holds nothing that could be taken for calm
    assert members == {
        "now_ms": 0,
        "market": None,
        "record": "",
        "run": "",
        "number": 0,
        "status": "waiting",
        "troubles": ["There is no live file yet."],
        "silent_for_s": None,
        "rows": [],
        "alerts": [],
        "exits": [],
        "feeds_said": [],
        "walls_said": [],
        "silent": True,
        "order": [],
        "counts": {"one": 0, "several": 0, "burst": 0, "minutes": 5},
        "largest": None,
        "standing": [],
    }


def test_the_whole_state_holds_rows_lines_and_what_follows_from_them() -> None:
    # Given a beat and a line of each kind
    beat = live_beat(
        live_row("ACME"), live_row("ZETA", sees="blind"), seconds=10, troubles=("a thread hangs",)
    )
    lines = (
        alert_line(1, order_size=40_000),
        exit_line(2),
        feed_line("feed_blind", 3, "ZETA"),
        wall_line(seconds=4),
    )
    state = state_of(beat, lines=lines)
    # When the whole state is asked for a second later
    members = whole_state(state, at(11), "")
    # Then all is there
    assert members["now_ms"] == MS + 11_000
    assert members["status"] == "ok"
    assert members["troubles"] == ("a thread hangs",)
    assert members["written_ms"] == MS + 10_000
    assert members["silent_for_s"] == 1.0
    assert not members["silent"]
    assert members["order"] == ["ACME", "ZETA"]
    assert [each["symbol"] for each in members["rows"]] == ["ACME", "ZETA"]
    assert members["counts"] == {"one": 1, "several": 0, "burst": 0, "minutes": 5}
    assert members["largest"] == {"symbol": "ACME", "shares": 40_000, "at_ms": MS + 1_000}
    assert [each["line"] for each in members["feeds_said"]] == [lines[2]]
    assert [each["line"] for each in members["walls_said"]] == [lines[3]]
    (alert,), (exit_,) = members["alerts"], members["exits"]
    assert (alert["kind"], alert["sign"], alert["line"]) == ("alert", "one", lines[0])
    assert (exit_["until_ms"], exit_["ended_ms"]) == (MS + 302_000, None)
    assert members["standing"] == [lines[1]["exit_id"]]


def test_an_exit_whose_position_is_gone_says_when_it_ended() -> None:
    # Given an exit, and then the end of its position
    state = state_of(live_beat(live_row()), lines=(exit_line(2), line_of("position_gone", 4)))
    # When the whole state is asked for
    members = whole_state(state, at(5), "")
    # Then it is there with its end, and stands no more
    assert members["exits"][0]["ended_ms"] == MS + 4_000
    assert members["standing"] == []


def test_a_beat_holds_the_rows_that_changed_and_their_points() -> None:
    # Given two symbols, of which one changes
    first = live_beat(live_row("ACME"), live_row("ZETA"), whole=True)
    second = live_beat(
        live_row("ACME", price="101.5", delta=7), seconds=1, gone=("ZETA",), number=2
    )
    state, past = state_of(first, second), Past()
    past.take_beat(first)
    past.take_beat(second)
    # When the second beat is told
    members = beat_members(state, past, second, at(1))
    # Then it names the changed one alone, with its newest point, and who is gone
    assert members["number"] == 2
    assert [each["symbol"] for each in members["rows"]] == ["ACME"]
    assert members["points"] == {"ACME": [MS + 1_000, 101.5, 1.2, 0.5, 0.4, 7, 500, 400, 0]}
    assert members["gone"] == ("ZETA",)
    assert members["order"] == ["ACME"]
    assert members["sleeping_until_ms"] is None


def test_a_beat_says_until_when_the_guard_sleeps() -> None:
    # Given a beat of a guard that sleeps
    beat = live_beat(sleeping_until_ns=at(60))
    # When it is told, then until when
    members = beat_members(state_of(beat), Past(), beat, at(0))
    assert members["sleeping_until_ms"] == MS + 60_000


def test_silence_is_told_with_its_length_and_the_last_word() -> None:
    # Given a guard that was heard, one that has stopped, and none
    states = [state_of(live_beat()), state_of(live_beat(status="stopped")), LiveState()]
    # When all are quiet for some seconds
    told = [quiet_members(each, at(5)) for each in states]
    # Then it is told for how long, and how each was heard last
    assert [(each["status"], each["silent_for_s"]) for each in told] == [
        ("ok", 5.0),
        ("stopped", 5.0),
        ("waiting", None),
    ]


def test_only_an_exit_says_until_when_it_stands() -> None:
    # Given an alert and an exit
    state = state_of(live_beat())
    said = [state.take_line(alert_line(1)), state.take_line(exit_line(1))]
    # When both are told
    told = [said_members(each) for each in said if each is not None]
    # Then the exit alone has an end
    assert [each.get("until_ms") for each in told] == [None, MS + 301_000]
