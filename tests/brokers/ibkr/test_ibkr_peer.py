"""The whole client of ib_async reads the simulated TWS, so that it is a true peer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from support.patience import until
from support.tws_bench import TwsBench

from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.served import Served
from trading_bot.simulator.broker.tws import NUMBER, SimulatedTws

library: Any = pytest.importorskip("ib_async", reason="ib_async is not installed")


@pytest.fixture
def bench() -> Iterator[TwsBench]:
    with Served(SimulatedTws(SimulatedAccount(()))) as served:
        yield TwsBench(served)


async def connected(bench: TwsBench) -> Any:
    client = library.IB()
    fetched = library.StartupFetch.POSITIONS
    await client.connectAsync(
        "127.0.0.1", bench.tws.port, clientId=5, timeout=5, readonly=True, fetchFields=fetched
    )
    return client


def test_the_official_client_logs_in_and_reads_the_positions(bench: TwsBench) -> None:
    # Given a long, a short and a fraction
    bench.hold("ACME", "1200", "27.05")
    bench.hold("EDDY", "-200", "63.4")
    bench.hold("BOLT", "0.123456", "83.1")

    async def ask() -> Any:
        client = await connected(bench)
        found = client.managedAccounts(), client.positions()
        client.disconnect()
        await asyncio.sleep(0)
        return found

    # When the library's own client connects
    accounts, positions = asyncio.run(ask())
    # Then it understands account and positions
    assert accounts == [NUMBER]
    assert {(each.contract.symbol, each.position, each.avgCost) for each in positions} == {
        ("ACME", 1200.0, 27.05),
        ("EDDY", -200.0, 63.4),
        ("BOLT", 0.123456, 83.1),
    }


def test_the_official_client_hears_what_trades_change(bench: TwsBench) -> None:
    # Given the library's own client, connected
    heard: list[Any] = []

    async def listen() -> None:
        client = await connected(bench)
        client.positionEvent += heard.append
        # When shares are bought
        await asyncio.to_thread(bench.trade, "ACME", "100", "27.1")
        await asyncio.to_thread(until, lambda: heard)
        client.disconnect()
        await asyncio.sleep(0)

    asyncio.run(listen())
    # Then it hears of it
    assert [(each.contract.symbol, each.position) for each in heard] == [("ACME", 100.0)]


def test_the_official_client_takes_a_refusal_for_one(bench: TwsBench) -> None:
    # Given TWS that is offline
    codes: list[int] = []

    async def listen() -> None:
        client = await connected(bench)
        client.errorEvent += lambda _request, code, *_: codes.append(code)
        await asyncio.to_thread(bench.break_reads, "offline")
        await asyncio.to_thread(until, lambda: codes)
        client.disconnect()
        await asyncio.sleep(0)

    # When it says so, then the library's own client understands it
    asyncio.run(listen())
    assert codes == [1100]
