"""The simulated broker over HTTP and WebSocket: what it answers, and what it can get wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from support.patience import until

from trading_bot.simulator.broker.terms import BROKER_KEY, PLAN, BrokerTerms, PlannedTrade
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

SECRET = "simulated-broker-secret-0123456789"
KEYS = {"APCA-API-KEY-ID": BROKER_KEY, "APCA-API-SECRET-KEY": SECRET}
LET_IN = {"action": "authenticate", "data": {"key_id": BROKER_KEY, "secret_key": SECRET}}
LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}
Answer = tuple[int, Any]


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator(broker=BrokerTerms(secret=SECRET, holdings=())) as running:
        yield running


def ask(
    simulator: RunningSimulator,
    path: str,
    *,
    keys: dict[str, str] | None = None,
    order: object = None,
) -> Answer:
    """Return status and content of an answer; with an order it is sent."""

    async def asked() -> Answer:
        async with aiohttp.ClientSession(simulator.base_url) as session:
            method = "GET" if order is None else "POST"
            headers = KEYS if keys is None else keys
            async with session.request(method, path, headers=headers, json=order) as response:
                return response.status, await response.json(content_type=None)

    return asyncio.run(asked())


class Peer:
    """A client of the stream; used within one event loop."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, *messages: object) -> None:
        for each in messages:
            text = each if isinstance(each, str) else json.dumps(each)
            await self.socket.send_str(text)

    async def hear(self) -> Any:
        message = await self.socket.receive(10)
        assert message.type is aiohttp.WSMsgType.BINARY, message
        return json.loads(message.data)


def talk(simulator: RunningSimulator, script: Any) -> Any:
    """Run a script with a client of the stream."""

    async def talked() -> Any:
        async with (
            aiohttp.ClientSession(simulator.base_url) as session,
            session.ws_connect("/stream") as socket,
        ):
            return await script(Peer(socket))

    return asyncio.run(talked())


async def buy(simulator: RunningSimulator, shares: int, symbol: str = "ACME") -> None:
    broker = simulator.broker
    step = broker.trade(symbol, Decimal(shares), Decimal(27))
    await asyncio.to_thread(simulator.do, step)


def test_positions_and_account_are_answered_to_the_key(simulator: RunningSimulator) -> None:
    # Given an account with a position; when both are asked for
    simulator.broker.account.hold("ACME", Decimal(10), Decimal(27))
    account, positions = ask(simulator, "/v2/account"), ask(simulator, "/v2/positions")
    # Then both are there
    assert (account[0], account[1]["status"]) == (200, "ACTIVE")
    assert (positions[0], [each["symbol"] for each in positions[1]]) == (200, ["ACME"])


@pytest.mark.parametrize("keys", [{}, KEYS | {"APCA-API-SECRET-KEY": "another"}])
def test_nobody_else_is_answered(simulator: RunningSimulator, keys: dict[str, str]) -> None:
    # Given no key, or a wrong one; when it asks, then it is refused in the broker's words
    assert ask(simulator, "/v2/positions", keys=keys) == (
        401,
        {"code": 40110000, "message": "request is not authorized"},
    )


def test_an_order_is_filled_at_the_markets_price(simulator: RunningSimulator) -> None:
    # Given the market's own prices; when shares are bought, and some of them sold
    order = {"symbol": "ACME", "qty": "10", "side": "buy", "type": "market"}
    bought = ask(simulator, "/v2/orders", order=order)
    sold = ask(simulator, "/v2/orders", order=order | {"qty": "4", "side": "sell"})
    # Then both are filled, and the rest is held
    assert (bought[0], bought[1]["status"], sold[1]["status"]) == (200, "filled", "filled")
    assert Decimal(bought[1]["filled_avg_price"]) > 0
    assert simulator.broker.account.quantity("ACME") == 6


@pytest.mark.parametrize(
    "order",
    [
        {"symbol": "ZZZZ", "qty": "1", "side": "buy"},
        {"symbol": "ACME", "qty": "many", "side": "buy"},
        {"symbol": "ACME", "side": "buy"},
        ["ACME"],
    ],
)
def test_what_is_no_order_is_refused(simulator: RunningSimulator, order: object) -> None:
    # Given an order of a symbol without a price, or of no number; when it is sent
    status, content = ask(simulator, "/v2/orders", order=order)
    # Then nothing is bought, and why is said
    assert (status, content["code"]) == (422, 42210000)
    assert content["message"].startswith("no order: ")
    assert simulator.broker.account.positions() == []


def test_what_is_planned_is_traded_in_its_time() -> None:
    # Given a plan that buys, sells a part, and sells all within a second
    plan = (
        PlannedTrade(0.1, "ACME", Decimal(10)),
        PlannedTrade(0.3, "ACME", Decimal(-4)),
        PlannedTrade(0.5, "ACME", Decimal(-6)),
    )
    terms = BrokerTerms(secret=SECRET, holdings=(), plan=plan)
    with RunningSimulator(broker=terms) as simulator:

        async def script(peer: Peer) -> list[str]:
            await peer.say(LET_IN, LISTEN)
            heard = [await peer.hear() for _ in range(5)]
            return [each["data"]["position_qty"] for each in heard[2:]]

        # When it is listened to, then each is told in turn
        assert talk(simulator, script) == ["10", "6", "0"]


def test_the_usual_plan_buys_sells_a_part_and_sells_the_rest() -> None:
    # Given the plan of the demonstration; when it is added up, then it ends where it began
    assert sum(each.shares for each in PLAN) == 0
    assert [each.shares > 0 for each in PLAN] == [True, False, False]


@pytest.mark.parametrize("message", ["<html>", "[]", {"action": "listen"}, LISTEN])
def test_nothing_is_sent_to_who_has_not_shown_a_key(
    simulator: RunningSimulator, message: object
) -> None:
    # Given a client that says what is not understood, or listens without a key
    async def script(peer: Peer) -> Any:
        await peer.say(message)
        # When shares are bought, and it then shows its key
        await buy(simulator, 10)
        await peer.say(LET_IN)
        return await peer.hear()

    # Then it hears of its key alone
    assert talk(simulator, script)["stream"] == "authorization"


def test_only_streams_that_there_are_can_be_listened_to(simulator: RunningSimulator) -> None:
    # Given a client that is let in; when it asks for another stream
    async def script(peer: Peer) -> Any:
        await peer.say(LET_IN, {"action": "listen", "data": {"streams": ["account_updates"]}})
        await peer.hear()
        return await peer.hear()

    # Then it gets none, and is not counted
    assert talk(simulator, script)["data"] == {"streams": []}
    assert simulator.broker.updates.listening == 0


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("br_lost", ["3"]),
        ("br_twice", ["1", "1", "3"]),
        ("br_no_quantity", [None, "3"]),
        ("br_late", ["3", "1"]),
    ],
)
def test_each_fault_of_what_is_told_does_what_it_says(
    simulator: RunningSimulator, kind: str, heard: list[str | None]
) -> None:
    # Given a fault of one update
    async def script(peer: Peer) -> list[str | None]:
        await peer.say(LET_IN, LISTEN)
        await peer.hear()
        await peer.hear()
        simulator.faults.add(Fault(kind, count=1, seconds=0.2))
        # When shares are bought twice
        await buy(simulator, 1)
        await buy(simulator, 2)
        return [(await peer.hear())["data"].get("position_qty") for _ in heard]

    # Then the first of both is told so
    assert talk(simulator, script) == heard


def test_a_mute_stream_says_nothing_any_more(simulator: RunningSimulator) -> None:
    # Given a client that listens to a stream that falls mute
    async def script(peer: Peer) -> bool:
        await peer.say(LET_IN, LISTEN)
        await peer.hear()
        await peer.hear()
        simulator.faults.add(Fault("br_mute", count=1))
        await asyncio.to_thread(until, lambda: not any(a.left for a in simulator.faults.armed()))
        # When shares are bought
        await buy(simulator, 1)
        with pytest.raises(TimeoutError):
            await peer.socket.receive(0.1)
        return True

    # Then it does not hear of it
    assert talk(simulator, script)


def test_a_stream_is_cut_or_closed_as_a_fault_says(simulator: RunningSimulator) -> None:
    # Given a client that listens
    async def script(peer: Peer) -> int | None:
        await peer.say(LET_IN, LISTEN)
        await peer.hear()
        await peer.hear()
        # When its stream is closed
        simulator.faults.add(Fault("br_close", code=1001, count=1))
        await peer.socket.receive(10)
        return peer.socket.close_code

    # Then it hears the code, and is not counted any longer
    assert talk(simulator, script) == 1001
    until(lambda: simulator.broker.updates.listening == 0)


def test_the_handshake_of_the_stream_fails_where_a_fault_names_it(
    simulator: RunningSimulator,
) -> None:
    # Given a fault of the handshake; when the stream is opened, then it is refused
    simulator.faults.add(Fault("server_error", paths=("trade_updates",)))
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        talk(simulator, lambda _: None)
    assert caught.value.status == 500


def test_a_broker_is_wrong_only_where_a_fault_names_it(simulator: RunningSimulator) -> None:
    # Given a fault of the market's own answers
    simulator.faults.add(Fault("server_error"))
    # When the broker is asked, then it answers
    assert ask(simulator, "/v2/positions") == (200, [])


def test_a_slow_broker_answers_late(simulator: RunningSimulator) -> None:
    # Given a slow broker, and one that then says an empty list; when it is asked
    simulator.faults.add(Fault("slow", paths=("positions",), seconds=0.05))
    simulator.faults.add(Fault("empty_results", paths=("positions",)))
    simulator.broker.account.hold("ACME", Decimal(10), Decimal(27))
    # Then the answer comes, and says what is not so
    assert ask(simulator, "/v2/positions") == (200, [])


def test_a_wait_is_asked_for_where_a_fault_says_so(simulator: RunningSimulator) -> None:
    # Given a broker that asks for patience; when it is asked
    simulator.faults.add(Fault("rate_limited", paths=("positions",), retry_after=7))

    async def asked() -> str | None:
        async with (
            aiohttp.ClientSession(simulator.base_url) as session,
            session.get("/v2/positions", headers=KEYS) as response,
        ):
            assert response.status == 429
            return response.headers.get("Retry-After")

    # Then it says for how long
    assert asyncio.run(asked()) == "7"


def test_without_a_broker_there_is_none_to_ask() -> None:
    # Given a simulated market without a broker; when it is asked for, then that is said
    with RunningSimulator() as simulator, pytest.raises(RuntimeError, match="without a broker"):
        _ = simulator.broker


def test_nothing_can_be_done_at_a_simulator_that_does_not_run() -> None:
    # Given a simulator that was not started; when something is to be done there
    async def nothing() -> None:
        """Do nothing."""

    # Then it is refused
    with pytest.raises(RuntimeError, match="not been started"):
        RunningSimulator().do(nothing())
