"""The healthy stream over a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import aiohttp
import picows
import pytest
from massive import WebSocketClient  # type: ignore[import-untyped]
from massive.exceptions import AuthError  # type: ignore[import-untyped]
from massive.websocket.models import EquityQuote, EquityTrade  # type: ignore[import-untyped]
from support.simulator_helpers import at, fetch
from support.stream_helpers import (
    AUTHENTICATED,
    CONNECTED,
    WITH_BANDS,
    Row,
    StreamClient,
    client_of,
    connected,
    expected,
    simulator_by_hand,
    status,
    wait_until,
)
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.stream.ws_api import StreamTerms
from trading_bot.simulator.stream.ws_feed import SLOT_NS


def test_a_client_is_greeted_let_in_and_told_of_each_channel() -> None:
    # Given a simulator
    with simulator_by_hand() as (simulator, _), connected(simulator) as client:
        # When a client logs in and subscribes two channels at once
        words = client.log_in()
        told = client.subscribe("T.DOVE", " Q.FERN.B")
    # Then each step is confirmed, each channel in a frame of its own
    assert words == [CONNECTED, AUTHENTICATED]
    assert told == [
        status("success", "subscribed to: T.DOVE"),
        status("success", "subscribed to: Q.FERN.B"),
    ]
    # And the simulator has noted it
    notes = simulator.streams.all()
    assert [(note.kind, note.detail) for note in notes] == [
        ("connected", ""),
        ("auth_success", ""),
        ("subscribed", "T.DOVE"),
        ("subscribed", "Q.FERN.B"),
        ("closed", "the client left"),
    ]
    assert {(note.connection, note.market_ns) for note in notes} == {(1, at(0))}


def test_a_wrong_key_is_refused_and_the_connection_closed() -> None:
    # Given a simulator
    with simulator_by_hand() as (simulator, _), connected(simulator) as client:
        # When a client comes with another key
        words = client.log_in("another key")
        rest, code = client.close_code()
    # Then it is told so
    assert words == [CONNECTED, status("auth_failed", "authentication failed")]
    assert (rest, code) == ([], 1008)
    assert [note.detail for note in simulator.streams.of("auth_failed")] == [
        "authentication failed"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"action":"subscribe","params":"T.DOVE"}', "not authenticated: send an auth action"),
        ("hello", "the message is not an action with params"),
        ('{"action":7}', "the message is not an action with params"),
    ],
)
def test_what_comes_before_the_key_is_refused(text: str, words: str) -> None:
    # Given a client that has not logged in
    with simulator_by_hand() as (simulator, _), connected(simulator) as client:
        client.frame()
        # When it sends something else than its key
        client.socket.send(text)
        (answer,) = client.frame()
    # Then it is told so
    assert answer["status"] == "error"
    assert words in answer["message"]


def test_what_is_no_action_or_no_channel_is_refused() -> None:
    # Given a client
    with simulator_by_hand() as (simulator, _), client_of(simulator) as client:
        # When it asks for what there is not
        client.say("dance")
        action = client.frame()
        channels = client.subscribe("A.DOVE", "T.", "LULD.DOVE")
    # Then each is refused by its name
    assert action == [status("error", "unknown action: dance")]
    assert channels == [
        status("error", "unknown channel: A.DOVE"),
        status("error", "unknown channel: T."),
        status("error", "not authorized, your plan does not include: LULD.DOVE"),
    ]
    assert len(simulator.streams.of("refused")) == 3


def test_a_key_may_come_in_a_binary_frame() -> None:
    # Given a client whose JSON library writes bytes
    with simulator_by_hand() as (simulator, _), connected(simulator) as client:
        client.frame()
        # When it sends its key
        client.socket.send(json.dumps({"action": "auth", "params": simulator.key}).encode())
        answer = client.frame()
    # Then it is let in
    assert answer == [AUTHENTICATED]


def test_events_are_sent_in_the_order_of_the_tape_with_all_their_fields() -> None:
    # Given a client of both channels of two symbols
    with (
        simulator_by_hand() as (simulator, clock),
        client_of(simulator, "T.ACME", "Q.ACME", "T.FERN.B", "Q.FERN.B") as client,
    ):
        # When ten seconds pass
        clock.move(10)
        wanted = expected(("ACME", "FERN.B"), at(0), at(10))
        frames = client.frames(len(wanted))
    # Then exactly the market's events have come, off-exchange prints among them
    assert [row for frame in frames for row in frame] == wanted
    assert any("trfi" in row for row in wanted)
    assert any(row["ev"] == "T" and "c" not in row for row in wanted)
    # And a frame has what happened within a slot, of any channel and symbol
    for frame in frames:
        assert len({-(-row["t"] * NS_PER_MS // SLOT_NS) for row in frame}) <= 2
    assert any({row["ev"] for row in frame} == {"T", "Q"} for frame in frames)
    assert any({row["sym"] for row in frame} == {"ACME", "FERN.B"} for frame in frames)


def test_a_late_report_comes_when_the_tape_has_it() -> None:
    # Given a market in which a print is reported many seconds late
    market = SimulatedMarket().symbol("ACME", at(600))
    assert market is not None
    first, behind = market.trades.numbers(at(0), at(600))
    late = [t for t in market.trades.rows(first, behind) if t.sip_ns - t.participant_ns > 5 * 10**9]
    moment = late[0].sip_ns
    # When a client listens at that time
    with simulator_by_hand() as (simulator, clock):
        clock.move((moment - at(0)) / 1e9 - 1)
        with client_of(simulator, "T.ACME") as client:
            clock.move(2)
            wanted = expected(("ACME",), simulator.server.clock.now_ns() - 2 * 10**9, moment, "T")
            rows = client.events(len(wanted))
    # Then the print stands at its place by the tape's stamp
    assert rows[: len(wanted)] == wanted
    assert wanted[-1]["i"] == late[0].trade_id
    assert wanted[-1]["t"] - wanted[-1]["pt"] > 5_000


def test_nothing_from_before_the_subscription_is_sent() -> None:
    # Given a market that has run for three and a bit seconds
    with simulator_by_hand() as (simulator, clock):
        clock.move(3.017)
        # When a client subscribes, and once more later
        with client_of(simulator, "T.ACME", "Q.ACME") as client:
            clock.move(0.011)
            client.subscribe("T.ACME")
            clock.move(2)
            wanted = expected(("ACME",), at(3.017), at(5))
            rows = client.events(len(wanted))
    # Then it gets what has happened since it subscribed first, and nothing from before
    assert rows == wanted


def test_an_unsubscribed_channel_is_silent() -> None:
    # Given a client of two channels
    with (
        simulator_by_hand() as (simulator, clock),
        client_of(simulator, "T.ACME", "Q.ACME") as client,
    ):
        # When it leaves one of them, and ten seconds pass
        client.say("unsubscribe", "Q.ACME,Q.NEVER")
        told = client.frame() + client.frame()
        clock.move(10)
        wanted = expected(("ACME",), at(0), at(10), "T")
        rows = client.events(len(wanted))
    # Then only the other's events come
    assert told == [
        status("success", "unsubscribed to: Q.ACME"),
        status("success", "unsubscribed to: Q.NEVER"),
    ]
    assert rows == wanted


def test_a_star_stands_for_every_symbol() -> None:
    # Given a client of all prints, and of the quotes of an unknown symbol
    with (
        simulator_by_hand() as (simulator, clock),
        client_of(simulator, "T.*", "Q.NOPE") as client,
    ):
        # When two seconds pass
        clock.move(2)
        wanted = expected(simulator.market.symbols, at(0), at(2), "T")
        rows = client.events(len(wanted))
    # Then every symbol's prints come
    assert rows == wanted
    assert len({row["sym"] for row in rows}) > 3


def test_limit_bands_are_sent_when_the_plan_includes_them() -> None:
    # Given a plan with limit bands, and a client of them
    with (
        simulator_by_hand(stream=WITH_BANDS) as (simulator, clock),
        client_of(simulator, "LULD.DOVE", "LULD.NOPE") as client,
    ):
        # When ten seconds pass
        clock.move(10)
        rows = client.events(2)
        one = simulator.market.symbol("DOVE", at(10))
        assert one is not None
        prints = [one.trades.newest(at(5)), one.trades.newest(at(10))]
    # Then there are bands around the newest print, every five seconds
    for row, stamp_ns, trade in zip(rows, (at(5), at(10)), prints, strict=True):
        assert trade is not None
        cents = trade.price_ticks // 10_000
        width = trade.price_ticks * 5 // 100 // 10_000
        assert row == {
            "ev": "LULD",
            "T": "DOVE",
            "h": (cents + width) / 100,
            "l": (cents - width) / 100,
            "i": [],
            "z": 1,
            "t": stamp_ns // NS_PER_MS,
            "q": stamp_ns // 10**9,
        }


def test_the_same_seed_gives_the_same_frames() -> None:
    # Given two simulators of one seed
    runs: list[list[list[Row]]] = []
    for _ in range(2):
        with (
            simulator_by_hand(seed=11) as (simulator, clock),
            client_of(simulator, "T.*", "Q.*") as client,
        ):
            # When each runs for three seconds, however the time comes
            for _ in range(1 + 2 * len(runs)):
                clock.move(3 / (1 + 2 * len(runs)))
            runs.append(client.frames(60)[:20])
    # Then their frames are the same
    assert runs[0] == runs[1]


def test_rest_has_what_the_stream_has_sent() -> None:
    # Given a client that has listened for ten seconds
    with (
        simulator_by_hand() as (simulator, clock),
        client_of(simulator, "T.ACME", "Q.ACME") as client,
    ):
        clock.move(10)
        rows = client.events(len(expected(("ACME",), at(0), at(10))))
        # When the same span is asked for
        span = f"timestamp.gt={at(0)}&timestamp.lte={at(10)}&order=asc&limit=50000"
        trades = fetch(simulator.base_url, f"/v3/trades/ACME?{span}").json["results"]
        quotes = fetch(simulator.base_url, f"/v3/quotes/ACME?{span}").json["results"]
    # Then both have the same events, in nanoseconds there and milliseconds here
    assert [
        (row["x"], row.get("trfi"), row["i"], row["q"], row["t"], row["pt"], row.get("trft"))
        for row in rows
        if row["ev"] == "T"
    ] == [
        (
            row["exchange"],
            row.get("trf_id"),
            row["id"],
            row["sequence_number"],
            row["sip_timestamp"] // NS_PER_MS,
            row["participant_timestamp"] // NS_PER_MS,
            row["trf_timestamp"] // NS_PER_MS if "trf_timestamp" in row else None,
        )
        for row in trades
    ]
    assert [(row["q"], row["t"], row["bp"], row["as"]) for row in rows if row["ev"] == "Q"] == [
        (row["sequence_number"], row["sip_timestamp"] // 10**6, row["bid_price"], row["ask_size"])
        for row in quotes
    ]


def test_a_second_connection_of_an_account_evicts_the_first() -> None:
    # Given a client
    with (
        simulator_by_hand() as (simulator, clock),
        client_of(simulator, "T.ACME") as first,
        # When another comes with the same key
        client_of(simulator, "T.ACME") as second,
    ):
        rows, code = first.close_code()
        clock.move(10)
        wanted = expected(("ACME",), at(0), at(10), "T")
        served = second.events(len(wanted))
    # Then the older one is told why and closed, and the newer one is served
    assert [row["status"] for row in rows] == ["max_connections"]
    assert rows[0]["message"].startswith("Maximum number of websocket connections exceeded.")
    assert code == 1008
    assert served == wanted
    assert simulator.streams.of("closed")[0].detail == "1008 max_connections"


def test_a_plan_of_two_connections_evicts_with_the_third() -> None:
    # Given a plan of two connections, and both in use
    with (
        simulator_by_hand(stream=StreamTerms(connections=2)) as (simulator, _),
        client_of(simulator) as first,
        client_of(simulator) as second,
        # When a third comes
        client_of(simulator),
    ):
        code = first.close_code()[1]
        told = second.subscribe("T.DOVE")
    # Then the oldest has to go, and the other one stays
    assert code == 1008
    assert told == [status("success", "subscribed to: T.DOVE")]


def test_a_ping_is_answered_with_its_payload() -> None:
    # Given a client
    with simulator_by_hand() as (simulator, _), client_of(simulator) as client:
        # When it pings
        answered = client.socket.ping(b"are you there").wait(timeout=5)
    # Then the pong comes
    assert answered


def test_the_stream_is_no_page() -> None:
    # Given a simulator
    with simulator_by_hand() as (simulator, _):
        # When someone asks for the stream without an upgrade
        reply = fetch(simulator.base_url, "/stocks")
    # Then that is an error
    assert (reply.status, reply.json["error"]) == (400, "this path is a WebSocket")


@pytest.mark.slow
def test_a_client_that_does_not_read_is_dropped() -> None:
    # Given a server that keeps little for slow readers, and a burst to come
    terms = StreamTerms(unsent_bytes=50_000)
    burst = Fault("ws_burst", symbols=("DOVE",), trades=40_000)
    with (
        simulator_by_hand(stream=terms, faults=[burst]) as (simulator, clock),
        socket.socket() as narrow,
    ):
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect(("127.0.0.1", simulator.server.port))
        with connect(simulator.ws_url, sock=narrow, close_timeout=0.1) as plain:
            client = StreamClient(plain)
            client.log_in()
            client.subscribe("T.DOVE")
            # When a client reads none of it
            clock.move(2)
            wait_until(lambda: simulator.streams.of("closed"))
    # Then it is given up
    assert simulator.streams.of("closed")[0].detail == "1008 slow_consumer"


async def _official(
    client: WebSocketClient, simulator: RunningSimulator, move: Any, wanted: int
) -> list[Any]:
    """Run the official client until it has so many events."""
    found: list[Any] = []
    enough = asyncio.Event()

    async def take(messages: list[Any]) -> None:
        found.extend(messages)
        if len(found) >= wanted:
            enough.set()

    running = asyncio.create_task(client.connect(take))
    await asyncio.to_thread(wait_until, lambda: len(simulator.streams.of("subscribed")) == 2)
    move(5)
    async with asyncio.timeout(5):
        await enough.wait()
    await client.close()
    await running
    return found


def test_the_official_client_is_served() -> None:
    # Given the official client
    wanted = expected(("FERN.B",), at(0), at(5))
    with simulator_by_hand() as (simulator, clock):
        client = WebSocketClient(
            api_key=simulator.key,
            feed=simulator.feed,
            market="stocks",
            secure=False,
            subscriptions=["T.FERN.B", "Q.FERN.B"],
        )
        # When five seconds pass
        found = asyncio.run(_official(client, simulator, clock.move, len(wanted)))
    # Then it understands every event
    assert [(type(one), one.sequence_number, one.timestamp) for one in found] == [
        (EquityTrade if row["ev"] == "T" else EquityQuote, row["q"], row["t"]) for row in wanted
    ]


def test_the_official_client_understands_a_refused_key() -> None:
    # Given the official client with a wrong key
    with simulator_by_hand() as (simulator, _):
        client = WebSocketClient(
            api_key="wrong", feed=simulator.feed, market="stocks", secure=False
        )
        # When it connects
        # Then it raises its own error
        with pytest.raises(AuthError, match="authentication failed"):
            client.run(print)


def test_the_official_client_is_told_when_it_is_evicted() -> None:
    # Given the official client, without patience for reconnecting
    with simulator_by_hand() as (simulator, _):
        client = WebSocketClient(
            api_key=simulator.key,
            feed=simulator.feed,
            market="stocks",
            secure=False,
            subscriptions=["T.DOVE"],
            max_reconnects=0,
        )

        async def connect_and_be_evicted() -> None:
            running = asyncio.create_task(client.connect(None))
            await asyncio.to_thread(wait_until, lambda: simulator.streams.of("subscribed"))
            await asyncio.to_thread(_come_and_go, simulator)
            await running

        # When another bot comes with its key
        # Then its connection ends with 1008
        with pytest.raises(ConnectionClosedError) as ended:
            asyncio.run(connect_and_be_evicted())
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1008


def _come_and_go(simulator: RunningSimulator) -> None:
    with client_of(simulator):
        pass


def test_a_client_on_aiohttp_is_served() -> None:
    # Given a client of another library, which offers compression
    async def listen(simulator: RunningSimulator) -> list[Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(simulator.ws_url, compress=15) as socket,
        ):
            words = [await socket.receive_json()]
            await socket.send_json({"action": "auth", "params": simulator.key})
            return [*words, await socket.receive_json(), socket.compress]

    with simulator_by_hand() as (simulator, _):
        # When it logs in
        words = asyncio.run(listen(simulator))
    # Then it is let in, without compression
    assert words == [[CONNECTED], [AUTHENTICATED], 0]


class PicowsClient(picows.WSListener):
    """Logs in and keeps what it hears."""

    def __init__(self, key: str, heard: asyncio.Queue[bytes]) -> None:
        self.key = key
        self.heard = heard

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        text = json.dumps({"action": "auth", "params": self.key}).encode()
        transport.send(picows.WSMsgType.TEXT, text)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        self.heard.put_nowait(frame.get_payload_as_bytes())


def test_a_client_on_picows_is_served() -> None:
    # Given a client of the library that the bot itself uses
    async def listen(simulator: RunningSimulator) -> list[Any]:
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        transport, _ = await picows.ws_connect(
            lambda: PicowsClient(simulator.key, heard), simulator.ws_url
        )
        words = [json.loads(await heard.get()) for _ in range(2)]
        transport.disconnect()
        return words

    with simulator_by_hand() as (simulator, _):
        # When it logs in
        words = asyncio.run(listen(simulator))
    # Then it is let in
    assert words == [[CONNECTED], [AUTHENTICATED]]


def test_a_fast_market_streams_in_its_own_time() -> None:
    # Given a market a hundred times as fast as the wall
    with RunningSimulator(speed=100) as simulator, client_of(simulator, "T.ACME") as client:
        # When a client listens to fifty prints
        rows = client.events(50)
        now_ms = int(simulator.clock().timestamp() * 1_000)
    # Then they are seconds apart in market time, and none is from the future
    stamps = [row["t"] for row in rows]
    assert stamps == sorted(stamps)
    assert stamps[-1] - stamps[0] > 5_000
    assert stamps[-1] <= now_ms


def test_the_log_of_the_stream_can_be_cleared() -> None:
    # Given a simulator with a client
    with simulator_by_hand() as (simulator, _), client_of(simulator):
        # When its log is cleared
        simulator.streams.clear()
        # Then it is empty
        assert simulator.streams.all() == ()
