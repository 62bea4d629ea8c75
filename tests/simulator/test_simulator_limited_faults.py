"""Faults of one channel, of a share of its events, of subscriptions and keys."""

from __future__ import annotations

import pytest
from support.simulator_helpers import STOCKS, at, fetch
from support.stream_helpers import (
    AUTHENTICATED,
    CONNECTED,
    WITH_BANDS,
    Row,
    client_of,
    connected,
    expected,
    simulator_by_hand,
    status,
)

from trading_bot.simulator.faults.fault_kinds import FIELD_FAULTS
from trading_bot.simulator.faults.faults import Fault, fault_from_mapping, parse_fault

ACME = ("T.ACME", "Q.ACME")
BOTH = ("T.ACME", "Q.ACME", "T.DOVE", "Q.DOVE")


def heard(fault: Fault, seconds: float, count: int, *channels: str) -> list[Row]:
    """Return what a client hears that listens from the start for so many seconds."""
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *channels) as client,
    ):
        clock.move(seconds)
        return client.events(count)


def told(fault: Fault, *channels: str, answers: int) -> list[Row]:
    """Return what a client is told that subscribes, answer by answer."""
    with simulator_by_hand(faults=[fault]) as (simulator, _), client_of(simulator) as client:
        client.say("subscribe", ",".join(channels))
        return [row for _ in range(answers) for row in client.frame()]


# A channel, a symbol, a share


@pytest.mark.parametrize(("channel", "left"), [("T", "Q"), ("Q", "T")])
def test_one_channel_may_be_mute(channel: str, left: str) -> None:
    # Given a stream that withholds one kind of event
    wanted = expected(("ACME",), at(0), at(5), left)
    # When a client listens to both
    rows = heard(Fault("ws_mute", channel=channel), 5, len(wanted), *ACME)
    # Then it hears the other
    assert rows == wanted


def test_one_channel_of_one_symbol_may_be_mute() -> None:
    # Given a stream that withholds the prints of ACME
    wanted = [
        row
        for row in expected(("ACME", "DOVE"), at(0), at(5))
        if (row["ev"], row["sym"]) != ("T", "ACME")
    ]
    # When a client listens to two symbols
    rows = heard(Fault("ws_mute", channel="T", symbols=("ACME",)), 5, len(wanted), *BOTH)
    # Then it hears everything else
    assert rows == wanted


def test_limit_bands_may_be_mute() -> None:
    # Given a stream that withholds limit bands
    fault = Fault("ws_mute", channel="LULD")
    with (
        simulator_by_hand(faults=[fault], stream=WITH_BANDS) as (simulator, clock),
        client_of(simulator, "LULD.ACME", "T.ACME") as client,
    ):
        # When ten seconds pass
        clock.move(10)
        wanted = expected(("ACME",), at(0), at(10), "T")
        # Then prints alone come
        assert client.events(len(wanted)) == wanted


def test_a_share_of_the_events_is_withheld_the_same_each_time() -> None:
    # Given a stream that withholds four of five prints
    fault = Fault("ws_mute", channel="T", share=0.8)
    prints = expected(("ACME", "DOVE"), at(0), at(60), "T")
    wanted = [row for row in prints if not fault.concerns_event("T", row["sym"], row["q"])]
    # When two clients listen, one after the other
    channels = ("T.ACME", "T.DOVE")
    first, second = (heard(fault, 60, len(wanted), *channels) for _ in range(2))
    # Then both hear the same, about a fifth
    assert first == second == wanted
    assert 0.1 < len(wanted) / len(prints) < 0.3


@pytest.mark.parametrize(("share", "hit"), [(0.001, 0.001), (0.5, 0.5), (1.0, 1.0)])
def test_a_share_is_drawn_evenly(share: float, hit: float) -> None:
    # Given a fault of a share of all events
    fault = Fault("ws_mute", share=share)
    # When ten thousand events are looked at
    hits = sum(fault.concerns_event("T", "ACME", sequence) for sequence in range(10_000))
    # Then about that share is hit
    assert abs(hits / 10_000 - hit) < 0.02


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "ws_mute", "channel": "A"}, "channel='A' must be one of T, Q, LULD"),
        ({"kind": "ws_mute", "share": 0.0}, "share=0.0 must be above 0"),
        ({"kind": "ws_mute", "share": 1.01}, "share=1.01 must be above 0 and at most 1"),
        ({"kind": "ws_mute", "field": "p"}, "field='p' is needed by field_renamed"),
        ({"kind": "field_removed"}, "field=None is needed by field_renamed"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(fields: dict[str, object], words: str) -> None:
    # Given such a limit
    # When it is read, then the error says what is wrong
    with pytest.raises(ValueError, match=words):
        fault_from_mapping(fields)


def test_limits_are_read_from_a_command_line() -> None:
    # Given a fault in one line
    text = "ws_mute,channel=T,share=0.8,symbols=ACME"
    # When it is read, then it has its limits
    assert parse_fault(text) == Fault("ws_mute", channel="T", share=0.8, symbols=("ACME",))
    renamed = parse_fault("field_renamed,field=price,channel=T,paths=trades")
    assert renamed == Fault("field_renamed", field="price", channel="T", paths=("trades",))


# Keys and subscriptions


def test_the_next_authentications_may_fail_and_then_be_well_again() -> None:
    # Given a stream that refuses one key
    with simulator_by_hand(faults=[Fault("auth_failed", count=1)]) as (simulator, _):
        # When two clients come one after the other
        with connected(simulator) as client:
            words = client.log_in()
            code = client.close_code()[1]
        with connected(simulator) as later:
            again = later.log_in()
    # Then the first is refused as a wrong key is, and the other let in
    assert words == [CONNECTED, status("auth_failed", "authentication failed")]
    assert (code, again) == (1008, [CONNECTED, AUTHENTICATED])


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (Fault("ws_no_answer"), []),
        (Fault("ws_no_answer", channel="T"), ["Q.ACME", "Q.DOVE"]),
        (Fault("ws_no_answer", symbols=("ACME",)), ["T.DOVE", "Q.DOVE"]),
        (Fault("ws_no_answer", channel="Q", symbols=("ACME",)), ["T.ACME", "T.DOVE", "Q.DOVE"]),
        (Fault("ws_no_answer", count=1), ["Q.ACME", "T.DOVE", "Q.DOVE"]),
    ],
)
def test_subscriptions_may_be_passed_over(fault: Fault, answered: list[str]) -> None:
    # Given a stream that passes over some channels
    with simulator_by_hand(faults=[fault]) as (simulator, _), client_of(simulator) as client:
        # When a client asks for four, and then for something else
        client.say("subscribe", ",".join(BOTH))
        client.say("nonsense")
        rows = [row for _ in range(len(answered) + 1) for row in client.frame()]
        # Then the others are confirmed, and of these nothing is said
        assert rows == [
            *[status("success", f"subscribed to: {channel}") for channel in answered],
            status("error", "unknown action: nonsense"),
        ]
        notes = [note.detail for note in simulator.streams.of("unanswered")]
        assert sorted([*answered, *notes]) == sorted(BOTH)


def test_events_of_a_channel_that_was_passed_over_do_not_come() -> None:
    # Given a stream that passes over prints
    wanted = expected(("ACME",), at(0), at(5), "Q")
    with (
        simulator_by_hand(faults=[Fault("ws_no_answer", channel="T")]) as (simulator, clock),
        client_of(simulator) as client,
    ):
        # When a client asks for both
        client.say("subscribe", ",".join(ACME))
        client.frame()
        clock.move(5)
        # Then quotes come
        assert client.events(len(wanted)) == wanted


def test_a_request_with_one_symbol_may_be_refused_by_an_error_that_names_none() -> None:
    # Given a stream that dislikes ACME
    fault = Fault("ws_unnamed_error", symbols=("ACME",))
    # When a client asks for it among others
    rows = told(fault, *BOTH, answers=1)
    # Then the whole request is refused, and no channel named
    assert rows == [status("error", "the subscription could not be made")]


def test_a_request_without_that_symbol_is_answered() -> None:
    # Given a stream that dislikes ACME
    fault = Fault("ws_unnamed_error", symbols=("ACME",))
    # When a client asks for another
    rows = told(fault, "T.DOVE", "Q.DOVE", answers=2)
    # Then it has that
    assert [row["status"] for row in rows] == ["success", "success"]


# What REST knows


def test_the_rows_of_rest_may_be_left_out() -> None:
    # Given a tape without results
    with simulator_by_hand(faults=[Fault("empty_results", paths=("trades",))]) as (
        simulator,
        clock,
    ):
        clock.move(5)
        # When prints and quotes are asked for
        trades = fetch(simulator.base_url, "/v3/trades/ACME?limit=1").json
        quotes = fetch(simulator.base_url, "/v3/quotes/ACME?limit=1").json
    # Then the prints are well answered, without a row or a further page
    assert (trades["status"], trades.keys()) == ("OK", {"status", "request_id"})
    assert len(quotes["results"]) == 1


def test_an_answer_may_be_an_error_by_its_word_alone() -> None:
    # Given an answer that refuses in its body
    with simulator_by_hand(faults=[Fault("status_error")]) as (simulator, _):
        # When prints are asked for
        reply = fetch(simulator.base_url, "/v3/trades/ACME")
    # Then all is well but for the word
    assert (reply.status, reply.json["status"], "results" in reply.json) == (200, "ERROR", False)


@pytest.mark.parametrize(("seconds", "behind"), [(20.0, 20), (None, 10), (0.0, 0)])
def test_rest_may_know_only_what_is_older(seconds: float | None, behind: int) -> None:
    # Given a provider that is behind by some seconds
    fault = Fault("rest_behind", seconds=seconds)
    with simulator_by_hand(faults=[fault]) as (simulator, clock):
        clock.move(60)
        # When tape and snapshot are asked for
        trades = fetch(simulator.base_url, "/v3/trades/DOVE?limit=1000").json["results"]
        quote = fetch(simulator.base_url, "/v3/quotes/DOVE?limit=1").json["results"][0]
        row = fetch(simulator.base_url, f"{STOCKS}/DOVE").json["ticker"]
        simulator.faults.clear()
        all_trades = fetch(simulator.base_url, "/v3/trades/DOVE?limit=1000").json["results"]
        full = fetch(simulator.base_url, f"{STOCKS}/DOVE").json["ticker"]
    # Then they end there, the day's volume too
    known_ns = at(60 - behind)
    hidden = [each for each in all_trades if each["sip_timestamp"] > known_ns]
    markers = {15, 16, 38}
    shares = sum(each["size"] for each in hidden if not markers & {*each.get("conditions", ())})
    assert trades[0] == next(each for each in all_trades if each["sip_timestamp"] <= known_ns)
    assert quote["sip_timestamp"] <= known_ns
    assert row["lastTrade"]["t"] == trades[0]["sip_timestamp"]
    assert row["lastQuote"]["t"] == quote["sip_timestamp"]
    assert row["min"]["av"] == full["min"]["av"] - shares
    assert bool(hidden) is bool(behind)


# Members and stamps


def changed(row: Row, kind: str, field: str) -> Row:
    """Return a row as a field fault leaves it, where a number is changed."""
    value = row[field]
    left = {name: each for name, each in row.items() if name != field}
    match kind:
        case "field_renamed":
            return {**left, f"{field}_new": value}
        case "field_retyped":
            return {**left, field: str(value)}
        case "field_shifted":
            return {**left, field: value * 1_000}
    return left


@pytest.mark.parametrize("kind", FIELD_FAULTS)
@pytest.mark.parametrize(("channel", "field"), [("T", "p"), ("Q", "bs")])
def test_a_member_of_one_channel_may_change_on_the_stream(
    kind: str, channel: str, field: str
) -> None:
    # Given a stream that changes a member of one kind of message
    wanted = [
        changed(row, kind, field) if row["ev"] == channel else row
        for row in expected(("ACME",), at(0), at(5))
    ]
    # When a client listens to both
    rows = heard(Fault(kind, field=field, channel=channel), 5, len(wanted), *ACME)
    # Then that member is changed, and no other
    assert rows == wanted


@pytest.mark.parametrize("kind", FIELD_FAULTS)
@pytest.mark.parametrize(("path", "field"), [("trades", "size"), ("quotes", "ask_price")])
def test_a_member_of_a_row_may_change_on_rest(kind: str, path: str, field: str) -> None:
    # Given REST as it is, and then with a changed member
    with simulator_by_hand() as (simulator, clock):
        clock.move(5)
        before = fetch(simulator.base_url, f"/v3/{path}/ACME?limit=5").json["results"]
        simulator.faults.add(Fault(kind, field=field))
        # When the rows are asked for again
        after = fetch(simulator.base_url, f"/v3/{path}/ACME?limit=5").json["results"]
    # Then that member is changed, and no other
    assert after == [changed(row, kind, field) for row in before]


def test_a_member_that_is_no_number_is_retyped_to_a_list_and_not_shifted() -> None:
    # Given REST with two changes of ids
    faults = [Fault("field_retyped", field="id"), Fault("field_shifted", field="decimal_size")]
    with simulator_by_hand() as (simulator, clock):
        clock.move(5)
        before = fetch(simulator.base_url, "/v3/trades/ACME?limit=5").json["results"]
        for fault in faults:
            simulator.faults.add(fault)
        # When prints are asked for
        after = fetch(simulator.base_url, "/v3/trades/ACME?limit=5").json["results"]
    # Then ids are lists, and texts as they were
    assert after == [{**row, "id": [row["id"]]} for row in before]


def test_changed_members_may_be_limited_to_a_channel_a_way_in_and_a_count() -> None:
    # Given three faults of prints: of quotes' rows, of the stream alone, of two messages
    sizes = Fault("field_removed", field="size", channel="Q")
    ids = Fault("field_removed", field="id", paths=("stream",))
    prices = Fault("field_removed", field="p", count=2)
    wanted = expected(("ACME",), at(0), at(30), "T")
    with (
        simulator_by_hand(faults=[sizes, ids, prices]) as (simulator, clock),
        client_of(simulator, "T.ACME") as client,
    ):
        clock.move(30)
        # When prints are streamed and asked for
        rows = client.events(len(wanted))
        asked = fetch(simulator.base_url, "/v3/trades/ACME?limit=1").json["results"][0]
        quoted = fetch(simulator.base_url, "/v3/quotes/ACME?limit=1").json["results"][0]
    # Then two messages lack their price, and no row lacks anything
    assert [row for row in rows if "p" not in row] == rows[:2]
    assert {"id", "size", "price"} <= asked.keys()
    assert {"bid_price", "bid_size"} <= quoted.keys()


def test_members_of_rest_do_not_change_on_the_stream() -> None:
    # Given a stream beside REST with changed prints, by a name that both have not
    wanted = expected(("ACME",), at(0), at(5), "T")
    # When a client listens
    rows = heard(Fault("field_removed", field="p", paths=("trades",)), 5, len(wanted), "T.ACME")
    # Then all is there
    assert rows == wanted


@pytest.mark.parametrize(
    ("fault", "channel", "seconds"),
    [
        (Fault("future_stamp"), "T", 3_600),
        (Fault("future_stamp", seconds=90.0, symbols=("ACME",)), "T", 90),
        (Fault("future_stamp", seconds=5.5, channel="Q"), "Q", 5.5),
    ],
)
def test_one_event_may_be_stamped_ahead_on_the_stream(
    fault: Fault, channel: str, seconds: float
) -> None:
    # Given a stream that stamps one print or quote ahead
    wanted = expected(("ACME",), at(0), at(30))
    first = next(row for row in wanted if row["ev"] == channel)
    first |= {
        name: first[name] + int(seconds * 1_000) for name in ("t", "pt", "trft") if name in first
    }
    # When a client listens
    rows = heard(fault, 30, len(wanted), *ACME)
    # Then the first is, and no other
    assert rows == wanted


def test_nothing_of_other_symbols_or_from_before_is_stamped_ahead() -> None:
    # Given a stream that stamps a print of ACME ahead, ten seconds from now
    fault = Fault("future_stamp", symbols=("ACME",), after_seconds=10.0)
    wanted = expected(("ACME", "DOVE"), at(0), at(9), "T")
    # When a client listens for nine
    rows = heard(fault, 9, len(wanted), "T.ACME", "T.DOVE")
    # Then all is as it was
    assert rows == wanted


@pytest.mark.parametrize(("channel", "path"), [("T", "trades"), ("Q", "quotes")])
def test_one_event_may_be_stamped_ahead_on_rest_each_time(channel: str, path: str) -> None:
    # Given REST as it is
    with simulator_by_hand() as (simulator, clock):
        clock.move(5)
        address = f"/v3/{path}/ACME?order=asc&limit=1000&timestamp.gte={at(0)}"
        before = fetch(simulator.base_url, address).json["results"]
        # When one event since two seconds ago is stamped ahead, and rows are asked for twice
        clock.move(-3)
        simulator.faults.add(Fault("future_stamp", channel=channel, seconds=60.0))
        clock.move(3)
        after = [fetch(simulator.base_url, address).json["results"] for _ in range(2)]
    # Then it is the first of those, both times
    number = next(n for n, row in enumerate(before) if row["sip_timestamp"] >= at(2))
    for name in ("sip_timestamp", "participant_timestamp"):
        before[number][name] += 60 * 10**9
    assert after == [before, before]


def test_nothing_is_stamped_ahead_before_anything_has_happened() -> None:
    # Given REST that stamps the next print ahead
    with simulator_by_hand() as (simulator, clock):
        clock.move(5)
        before = fetch(simulator.base_url, "/v3/trades/ACME?limit=9").json["results"]
        simulator.faults.add(Fault("future_stamp"))
        # When prints are asked for before there is one
        after = fetch(simulator.base_url, "/v3/trades/ACME?limit=9").json["results"]
    # Then they are as they were
    assert after == before
