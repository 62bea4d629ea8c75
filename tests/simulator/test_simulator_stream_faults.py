"""What goes wrong with a stream on demand, over a real socket."""

from __future__ import annotations

import json
import socket

import pytest
from support.simulator_helpers import at, fetch
from support.stream_helpers import (
    AUTHENTICATED,
    CONNECTED,
    Row,
    client_of,
    connected,
    expected,
    simulator_by_hand,
    status,
    wait_until,
)
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from trading_bot.simulator.faults.fault_kinds import MARKET_FAULTS, STREAM_FAULTS
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

ACME = ("T.ACME", "Q.ACME")


def acme(from_seconds: float, until_seconds: float) -> list[Row]:
    return expected(("ACME",), at(from_seconds), at(until_seconds))


def heard(fault: Fault, seconds: float, count: int, *channels: str) -> list[Row]:
    """Return what a client hears that listens from the start for so many seconds."""
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *(channels or ACME)) as client,
    ):
        clock.move(seconds)
        return client.events(count)


def test_a_plan_without_websocket_refuses_the_key() -> None:
    # Given a plan without the stream, once
    fault = Fault("ws_plan_without_websocket", count=1)
    with simulator_by_hand(faults=[fault]) as (simulator, _):
        # When two clients come one after the other
        with connected(simulator) as client:
            words = client.log_in()
            code = client.close_code()[1]
        with connected(simulator) as later:
            again = later.log_in()
    # Then the first is refused in the provider's words, and the other let in
    assert [word["status"] for word in words] == ["connected", "auth_failed"]
    assert words[1]["message"].startswith("Your plan doesn't include websocket access.")
    assert code == 1008
    assert again == [CONNECTED, AUTHENTICATED]


@pytest.mark.parametrize(
    ("kind", "refused", "had"),
    [
        ("ws_plan_without_quotes", "Q.ACME", ["T.ACME", "Q.DOVE"]),
        ("ws_plan_without_trades", "T.ACME", ["Q.ACME", "T.DOVE"]),
    ],
)
def test_a_plan_without_a_channel_refuses_it(kind: str, refused: str, had: list[str]) -> None:
    # Given a plan without one kind of event for a symbol
    fault = Fault(kind, symbols=("ACME",), count=1)
    with simulator_by_hand(faults=[fault]) as (simulator, _), client_of(simulator) as client:
        # When a client subscribes this, others, and this once more
        told = client.subscribe(refused, *had, refused)
    # Then this is refused as often as it was said, and the others can be had
    assert told == [
        status("error", f"not authorized, your plan does not include: {refused}"),
        *[status("success", f"subscribed to: {channel}") for channel in [*had, refused]],
    ]


@pytest.mark.parametrize(("code", "seen"), [(1000, 1000), (1001, 1001), (None, 1006)])
def test_the_end_may_come_between_key_and_subscription(code: int | None, seen: int) -> None:
    # Given a server that closes after it has let a client in
    fault = Fault("ws_close_after_auth", code=code, count=1)
    with simulator_by_hand(faults=[fault]) as (simulator, _):
        # When a client comes, and comes back
        with connected(simulator) as client:
            words = client.log_in()
            rest, found = client.close_code()
        with client_of(simulator) as again:
            told = again.subscribe("T.ACME")
    # Then its first connection ends, and the second does not
    assert (words, rest, found) == ([CONNECTED, AUTHENTICATED], [], seen)
    assert told == [status("success", "subscribed to: T.ACME")]


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1008, None])
def test_a_healthy_stream_may_end_with_any_code(code: int | None) -> None:
    # Given a server that closes two seconds after the subscription
    fault = Fault("ws_close", code=code, seconds=2.0)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When ten seconds pass
        clock.move(10)
        rows, found = client.close_code()
    # Then all from before has come
    assert rows == [row for row in acme(0, 2) if row["t"] <= at(1.95) // 10**6]
    assert found == (code or 1006)
    assert simulator.streams.of("closed")[0].detail == f"{code or 1006} ws_close"


def test_an_end_may_be_meant_for_the_holders_of_one_symbol() -> None:
    # Given a server that closes on whoever listens to ACME, once a connection
    fault = Fault("ws_close", code=1001, symbols=("ACME",))
    with simulator_by_hand(faults=[fault]) as (simulator, clock):
        # When a client of another symbol, one of ACME and one of all listen
        codes = []
        with client_of(simulator, "T.DOVE") as client:
            clock.move(4)
            dove = client.events(3)
        for channel in ("T.ACME", "T.*"):
            with client_of(simulator, channel) as client:
                clock.move(1)
                codes.append(client.close_code()[1])
    # Then only the first goes on
    assert {row["sym"] for row in dove} == {"DOVE"}
    assert codes == [1001, 1001]


def test_the_account_may_be_full_after_a_healthy_start() -> None:
    # Given an account that another bot uses too
    fault = Fault("ws_max_connections", seconds=1.0, count=1)
    with simulator_by_hand(faults=[fault]) as (simulator, clock):
        # When a client has listened for a while, and comes back
        with client_of(simulator, *ACME) as client:
            clock.move(3)
            rows, code = client.close_code()
        with client_of(simulator, *ACME) as again:
            clock.move(7)
            served = again.events(len(acme(3, 10)))
    # Then it was served, told and closed, and then served
    assert [row["ev"] for row in rows[-2:]] == ["Q", "status"]
    assert rows[-1]["status"] == "max_connections"
    assert code == 1008
    assert served == acme(3, 10)


def test_a_mute_server_answers_pings_and_nothing_else() -> None:
    # Given a server that falls mute after two seconds, for three
    fault = Fault("ws_mute", after_seconds=2.0, for_seconds=3.0)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When a client pings and subscribes in the middle of it, and the silence ends
        before = acme(0, 1.95)
        clock.move(4)
        rows = client.events(len(before))
        ponged = client.socket.ping().wait(timeout=5)
        client.say("subscribe", "T.BOLT")
        wait_until(lambda: len(simulator.streams.of("subscribed")) == 3)
        clock.move(6)
        after = acme(4.95, 10)
        rows += [row for row in client.events(len(after) + _bolt(4.95, 10)) if row["sym"] == "ACME"]
    # Then the pong came, and what happened meanwhile never does
    assert ponged
    assert rows == before + after


def _bolt(from_seconds: float, until_seconds: float) -> int:
    return len(expected(("BOLT",), at(from_seconds), at(until_seconds), "T"))


def test_a_server_may_be_mute_for_one_connection_alone() -> None:
    # Given a server that is mute for one connection
    with simulator_by_hand(faults=[Fault("ws_mute", count=1)]) as (simulator, _):
        # When a client waits for its greeting, and another comes
        with connected(simulator) as client:
            with pytest.raises(TimeoutError):
                client.socket.recv(timeout=0.05)
            ponged = client.socket.ping().wait(timeout=5)
        with connected(simulator) as other:
            words = other.log_in()
    # Then the first hears nothing but pongs, and the other all
    assert ponged
    assert words == [CONNECTED, AUTHENTICATED]


def test_one_symbol_may_be_mute() -> None:
    # Given a server that loses the next three events of ACME
    fault = Fault("ws_mute", symbols=("ACME",), count=3)
    both = expected(("ACME", "BOLT"), at(0), at(5))
    # When a client listens to ACME and BOLT
    rows = heard(fault, 5, len(both) - 3, *ACME, "T.BOLT", "Q.BOLT")
    # Then these three are missing, and nothing else
    lost = [row for row in both if row["sym"] == "ACME"][:3]
    assert rows == [row for row in both if row not in lost]


def test_a_dead_server_does_not_even_answer_pings() -> None:
    # Given a server that dies after two seconds, for three
    fault = Fault("ws_dead", after_seconds=2.0, for_seconds=3.0)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        clock.move(4)
        rows = client.events(len(acme(0, 1.95)))
        # When a client pings it then and afterwards
        ponged = client.socket.ping().wait(timeout=0.05)
        clock.move(6)
        rows += client.events(len(acme(4.95, 10)))
        revived = client.socket.ping().wait(timeout=5)
    # Then only the second ping is answered, and what happened meanwhile is lost
    assert (ponged, revived) == (False, True)
    assert rows == acme(0, 1.95) + acme(4.95, 10)


@pytest.mark.parametrize(
    ("kind", "code"), [("ws_dead", 1006), ("ws_mute", 1006), ("ws_delay", 1000)]
)
def test_only_a_server_that_speaks_answers_a_closing_frame(kind: str, code: int) -> None:
    # Given a client of a server that is dead, mute or only slow
    with simulator_by_hand() as (simulator, _), client_of(simulator, *ACME) as client:
        simulator.faults.add(Fault(kind))
        client.say("dance")
        # When the client closes
        client.socket.close()
        wait_until(lambda: simulator.streams.of("closed"))
    # Then a code comes back from the last alone
    assert client.socket.close_code == code


@pytest.mark.slow
def test_a_slow_drip_comes_late_but_whole() -> None:
    # Given a network that lets a hundred bytes a second through, for ten seconds
    fault = Fault("ws_slow_drip", bytes_per_second=100.0, for_seconds=10.0, after_seconds=1.0)
    wanted = acme(0, 12)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When nine seconds pass, and three more
        early: list[Row] = []
        for _ in range(9):
            clock.move(1)
            early += _what_is_there(client.socket.recv)
        clock.move(3)
        rows = early + client.events(len(wanted) - len(early))
    # Then little had come by then, and all of it in the end
    assert len(acme(0, 0.95)) <= len(early) < len(acme(0, 6))
    assert rows == wanted


def _what_is_there(receive: object) -> list[Row]:
    assert callable(receive)
    rows: list[Row] = []
    try:
        while True:
            rows += json.loads(receive(timeout=0.05))
    except TimeoutError:
        return rows


def test_a_drip_has_a_usual_rate() -> None:
    # Given a slow drip that says no more
    with (
        simulator_by_hand(faults=[Fault("ws_slow_drip", after_seconds=1.0)]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When some seconds pass
        rows: list[Row] = []
        for _ in range(4):
            clock.move(1)
            rows += _what_is_there(client.socket.recv)
        # Then some of it has come, and some has not
        assert 0 < len(rows) < len(acme(0, 4))
        assert rows == acme(0, 4)[: len(rows)]


def test_malformed_frames_are_no_json() -> None:
    # Given a server that spoils the next four frames of ACME
    fault = Fault("ws_malformed", symbols=("ACME",), count=4)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When a client listens
        clock.move(10)
        frames = [client.socket.recv(timeout=5) for _ in range(5)]
    # Then none of the four can be read: cut, with too much, or something else; and the fifth can
    spoiled = [not _is_json(frame) for frame in frames]
    assert spoiled == [True, True, True, True, False]
    assert frames[2] == "upstream connect error"


def _is_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("seconds", [None, 3.0])
def test_a_connection_may_end_within_a_frame(seconds: float | None) -> None:
    # Given a connection that is cut within a frame, at once or later
    fault = Fault("ws_half_frame", after_seconds=2.0, seconds=seconds, count=1)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When a client listens
        clock.move(4)
        rows = client.events(len(acme(0, 1.95)))
        if seconds is not None:
            # Then the half of it lies there for as long
            with pytest.raises(TimeoutError):
                client.socket.recv(timeout=0.05)
            clock.move(3)
        rest, code = client.close_code()
    # Then all came that was whole
    assert (rows, rest, code) == (acme(0, 1.95), [], 1006)
    assert simulator.streams.of("closed")[0].detail == "half a frame"


def test_a_frame_of_another_symbol_stays_whole() -> None:
    # Given a fault that cuts frames of DOVE
    wanted = acme(0, 3)
    # When a client listens to ACME
    rows = heard(Fault("ws_half_frame", symbols=("DOVE",)), 3, len(wanted))
    # Then nothing is cut
    assert rows == wanted


def test_unknown_events_come_between_the_known_ones() -> None:
    # Given a provider with new kinds of event
    wanted = acme(0, 4)
    # When a client listens
    rows = heard(Fault("ws_unknown_events", count=3), 4, len(wanted) + 3)
    # Then three strange ones are among them, of two kinds
    strange = [row for row in rows if row["ev"] not in ("T", "Q")]
    assert [row["ev"] for row in strange] == ["FMV", "NEW", "FMV"]
    assert [row for row in rows if row not in strange] == wanted


def test_duplicates_follow_their_originals() -> None:
    # Given a provider that sends the next five events twice
    wanted = acme(0, 4)
    # When a client listens
    rows = heard(Fault("ws_duplicate", count=5), 4, len(wanted) + 5)
    # Then each of the five is there twice
    assert rows == [row for row in wanted[:5] for _ in range(2)] + wanted[5:]


def test_delayed_events_come_late_and_in_order() -> None:
    # Given a provider whose events of ACME are three seconds late, for the first four seconds
    fault = Fault("ws_delay", seconds=3.0, for_seconds=4.0, symbols=("ACME",))
    acme_and_bolt = expected(("ACME", "BOLT"), at(0), at(10), "T")
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, "T.ACME", "T.BOLT") as client,
    ):
        # When a client listens
        clock.move(10)
        rows = client.events(len(acme_and_bolt))
    # Then BOLT's come in time, ACME's behind them, and none is lost
    for symbol in ("ACME", "BOLT"):
        assert [row for row in rows if row["sym"] == symbol] == [
            row for row in acme_and_bolt if row["sym"] == symbol
        ]
    newest, lags = 0, []
    for row in rows:
        newest = max(newest, row["t"])
        lags.append((newest - row["t"]) / 1_000)
    assert 2 < max(lags) <= 4


def test_a_delay_has_a_usual_length() -> None:
    # Given a delay that says no more
    wanted = acme(0, 10)
    # When a client listens for ten seconds
    early = [row for row in wanted if row["t"] <= at(5) // 10**6]
    rows = heard(Fault("ws_delay"), 10, len(early))
    # Then it has heard the first five
    assert rows == wanted[: len(rows)]
    assert len(rows) - len(early) <= 2


def test_reordered_events_come_behind_newer_ones() -> None:
    # Given a provider that sends every other event half a second late, for six events
    wanted = acme(0, 10)
    # When a client listens
    rows = heard(Fault("ws_reorder", seconds=0.5, count=6), 10, len(wanted))
    # Then all come, and not in order
    assert sorted(rows, key=lambda row: row["q"]) == sorted(wanted, key=lambda row: row["q"])
    assert rows != wanted
    assert rows[6:] != wanted[:6]
    assert rows[-5:] == wanted[-5:]


def test_events_of_other_symbols_stay_in_order() -> None:
    # Given a provider that puts DOVE's events out of order
    wanted = acme(0, 5)
    # When a client listens to ACME
    rows = heard(Fault("ws_reorder", symbols=("DOVE",)), 5, len(wanted))
    # Then its events are in order
    assert rows == wanted


@pytest.mark.parametrize(("seconds", "shift_ms"), [(None, 5_000), (-1.5, -1_500)])
def test_a_skewed_clock_shifts_every_stamp(seconds: float | None, shift_ms: int) -> None:
    # Given a provider whose clock is off
    wanted = acme(0, 5)
    # When a client listens
    rows = heard(Fault("ws_clock_skew", seconds=seconds), 5, len(wanted))
    # Then every stamp is off as much, and nothing else
    for row in wanted:
        for name in {"t", "pt", "trft"} & row.keys():
            row[name] += shift_ms
    assert rows == wanted


def test_faults_of_events_leave_other_symbols_alone() -> None:
    # Given every fault of events, for another symbol
    wanted = acme(0, 5)
    kinds = ("ws_delay", "ws_clock_skew", "ws_duplicate", "ws_unknown_events", "ws_malformed")
    faults = [Fault(kind, symbols=("DOVE",)) for kind in kinds]
    with (
        simulator_by_hand(faults=faults) as (simulator, clock),
        client_of(simulator, *ACME) as client,
    ):
        # When a client listens to ACME
        clock.move(5)
        rows = client.events(len(wanted))
    # Then it hears what happened
    assert rows == wanted


def test_a_burst_happens_in_the_market_itself() -> None:
    # Given a burst of two thousand trades, a second after the start
    fault = Fault("ws_burst", symbols=("DOVE", "NOPE"), trades=2_000, after_seconds=1.0)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, "T.DOVE", "Q.DOVE") as client,
    ):
        # When a client listens
        clock.move(1.5)
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        clock.move(2)
        trades: list[Row] = []
        quotes: list[Row] = []
        while len(trades) < 2_000:
            for row in client.frame():
                (trades if row["ev"] == "T" else quotes).append(row)
        span = f"timestamp.gt={at(0)}&order=asc&limit=50000"
        rows = fetch(simulator.base_url, f"/v3/trades/DOVE?{span}").json["results"]
    # Then all of it lies within a second, half at the bid and half at the ask, in the tape's order
    busiest = [row for row in rows if at(2) <= row["sip_timestamp"] < at(3)]
    assert len(busiest) >= 2_000
    assert [row["sequence_number"] for row in rows] == sorted(
        {row["sequence_number"] for row in rows}
    )
    # And REST has what was sent
    assert [(row["i"], row["q"], row["t"]) for row in trades] == [
        (row["id"], row["sequence_number"], row["sip_timestamp"] // 10**6)
        for row in rows[: len(trades)]
    ]
    assert len({row["id"] for row in rows}) == len(rows)


def test_a_burst_leaves_the_rest_of_the_market_as_it_was() -> None:
    # Given a burst in ACME
    fault = Fault("ws_burst", symbols=("ACME",), trades=500, count=2)
    with simulator_by_hand(faults=[fault]) as (simulator, clock):
        wait_until(lambda: simulator.faults.armed()[0].left == 1)
        clock.move(1)
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        clock.move(20)
        # When its prints after the burst are compared with those of a market without
        span = f"timestamp.gt={at(4)}&timestamp.lte={at(20)}&order=asc&limit=50000"
        rows = fetch(simulator.base_url, f"/v3/trades/ACME?{span}").json["results"]
    wanted = [row for row in acme(4, 20) if row["ev"] == "T"]
    # Then price, size and time are the same, and the numbers go on behind the burst
    assert [(row["price"], row["size"], row["sip_timestamp"] // 10**6) for row in rows] == [
        (row["p"], row["s"], row["t"]) for row in wanted
    ]
    assert {
        row["sequence_number"] - other["q"] for row, other in zip(rows, wanted, strict=True)
    } == {1_000}


@pytest.mark.parametrize(
    ("kind", "code"), [("rate_limited", 429), ("server_error", 500), ("not_authorized", 403)]
)
def test_the_handshake_may_be_refused(kind: str, code: int) -> None:
    # Given a fault of the stream's path, and the same for all of REST
    faults = [Fault(kind, paths=("stream",), count=1)]
    with simulator_by_hand(faults=faults) as (simulator, _):
        # When a client connects
        with pytest.raises(InvalidStatus) as refused, connected(simulator):
            pass
        simulator.faults.add(Fault(kind))
        simulator.faults.add(Fault("slow", paths=("stream",)))
        with connected(simulator) as client:
            words = client.log_in()
    # Then it is refused once; what is not said of the stream leaves it alone
    assert refused.value.response.status_code == code
    assert words == [CONNECTED, AUTHENTICATED]


def test_the_handshake_may_be_dropped() -> None:
    # Given a server that hangs up on handshakes
    fault = Fault("drop_connection", paths=("stream",))
    # When a client connects
    # Then the connection ends without an answer
    with (
        simulator_by_hand(faults=[fault]) as (simulator, _),
        pytest.raises((InvalidMessage, OSError)),
        connected(simulator),
    ):
        pass


def test_a_hanging_handshake_does_not_hold_up_the_end() -> None:
    # Given a handshake that hangs
    fault = Fault("hang", paths=("stream",), count=1)
    with (
        simulator_by_hand(faults=[fault]) as (simulator, _),
        socket.create_connection(("127.0.0.1", simulator.server.port)) as connection,
    ):
        connection.sendall(b"GET /stocks HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        # When the simulator is stopped
        simulator.stop()
        # Then the connection is closed without an answer
        assert connection.recv(100) == b""


def test_going_away_ends_every_stream_and_refuses_new_ones() -> None:
    # Given a client
    with simulator_by_hand() as (simulator, clock), client_of(simulator, *ACME) as client:
        # When the server goes away for a minute
        simulator.faults.add(Fault("going_away", for_seconds=60.0))
        code = client.close_code()[1]
        # Then the stream has ended without a word, and nobody gets in until it is back
        with pytest.raises(OSError, match=r"refused|reset|Errno"), connected(simulator):
            pass
        clock.move(61)
        wait_until(lambda: _can_connect(simulator))
    assert code == 1006


def _can_connect(simulator: RunningSimulator) -> bool:
    try:
        with connected(simulator) as client:
            return client.frame() == [CONNECTED]
    except OSError:
        return False


def test_a_silent_server_lets_a_leaving_client_go() -> None:
    # Given a mute server and a client of it
    with simulator_by_hand() as (simulator, _), client_of(simulator, *ACME) as client:
        simulator.faults.add(Fault("ws_mute"))
        # When the client closes
        client.socket.close(1000)
        wait_until(lambda: simulator.streams.of("closed"))
        # Then it is gone
        with pytest.raises(ConnectionClosed):
            client.socket.recv(timeout=1)


def test_faults_of_the_stream_do_not_touch_rest() -> None:
    # Given every fault of the stream but the burst
    faults = [Fault(kind) for kind in STREAM_FAULTS if kind not in MARKET_FAULTS]
    with simulator_by_hand(faults=faults) as (simulator, clock):
        clock.move(1)
        # When rows are asked for
        reply = fetch(simulator.base_url, "/v3/trades/DOVE?limit=1")
    # Then they come
    assert (reply.status, len(reply.json["results"])) == (200, 1)
