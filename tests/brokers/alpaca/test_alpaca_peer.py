"""Alpaca's own client reads the simulated broker, so that ours is tried against a true peer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from support.alpaca_bench import EMPTY, SECRET, AlpacaBench
from support.patience import until

from trading_bot.simulator.broker.terms import ACCOUNT_NUMBER, BROKER_KEY
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

REASON = "alpaca-py is not installed: pip install 'trading-bot-order-flow[test]'"
client = pytest.importorskip("alpaca.trading.client", reason=REASON)
enums = pytest.importorskip("alpaca.trading.enums", reason=REASON)
requests = pytest.importorskip("alpaca.trading.requests", reason=REASON)
streaming = pytest.importorskip("alpaca.trading.stream", reason=REASON)
common = pytest.importorskip("alpaca.common.exceptions", reason=REASON)


@pytest.fixture
def bench() -> Iterator[AlpacaBench]:
    with RunningSimulator(broker=EMPTY) as simulator:
        yield AlpacaBench(simulator)


@pytest.fixture
def official(bench: AlpacaBench):  # type: ignore[no-untyped-def]  # the client may not be there
    """The official client of the simulated broker."""
    return client.TradingClient(BROKER_KEY, SECRET, url_override=bench.simulator.base_url)


def test_the_official_client_reads_the_account(official) -> None:  # type: ignore[no-untyped-def]
    # Given the simulated broker; when the official client asks for the account
    account = official.get_account()
    # Then it understands it
    assert account.account_number == ACCOUNT_NUMBER
    assert account.status is enums.AccountStatus.ACTIVE


def test_the_official_client_reads_the_positions(bench: AlpacaBench, official) -> None:  # type: ignore[no-untyped-def]
    # Given a long, a short and a fraction
    bench.hold("ACME", "1200", "27.05")
    bench.hold("EDDY", "-200", "63.4")
    bench.hold("BOLT", "0.123456", "83.1")
    # When the official client asks for the positions
    found = {each.symbol: each for each in official.get_all_positions()}
    # Then it understands every one of them
    assert {symbol: (Decimal(each.qty), each.side.value) for symbol, each in found.items()} == {
        "ACME": (Decimal(1200), "long"),
        "EDDY": (Decimal(-200), "short"),
        "BOLT": (Decimal("0.123456"), "long"),
    }
    assert Decimal(found["ACME"].avg_entry_price) == Decimal("27.05")


def test_the_official_client_trades(bench: AlpacaBench, official) -> None:  # type: ignore[no-untyped-def]
    # Given the simulated broker; when the official client sends it an order
    order = requests.MarketOrderRequest(
        symbol="ACME",
        qty=10,
        side=enums.OrderSide.BUY,
        time_in_force=enums.TimeInForce.DAY,
    )
    filled = official.submit_order(order)
    # Then it is filled at once, and the account holds it
    assert filled.status is enums.OrderStatus.FILLED
    assert bench.simulator.broker.account.quantity("ACME") == 10


def test_the_official_client_takes_a_refusal_for_one(bench: AlpacaBench, official) -> None:  # type: ignore[no-untyped-def]
    # Given a broker that refuses
    bench.simulator.faults.add(Fault("not_authorized", paths=("positions",)))
    # When the official client asks, then it understands the refusal
    with pytest.raises(common.APIError) as caught:
        official.get_all_positions()
    assert (caught.value.status_code, caught.value.message) == (403, "forbidden")


def test_the_official_client_hears_what_trades_change(bench: AlpacaBench) -> None:
    # Given the official client, listening to the trade updates
    url = bench.simulator.base_url.replace("http://", "ws://") + "/stream"
    stream = streaming.TradingStream(BROKER_KEY, SECRET, url_override=url)
    heard: list[Any] = []

    async def hear(update: Any) -> None:
        heard.append(update)
        await stream.stop_ws()

    stream.subscribe_trade_updates(hear)

    async def listen() -> None:
        listening = asyncio.ensure_future(stream._run_forever())
        async with asyncio.timeout(20):
            await asyncio.to_thread(until, lambda: bench.simulator.broker.updates.listening)
            # When shares are bought
            await asyncio.to_thread(bench.trade, "ACME", "100", "27.1")
            await listening

    asyncio.run(listen())
    # Then it hears of the fill, and of what is held after it
    (update,) = heard
    assert (update.order.symbol, update.event) == ("ACME", "fill")
    assert (update.position_qty, update.price) == (100, 27.1)
