"""Whether the gateway lets us in, and what is known of dataset and symbols beside it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from support.dbn_records import KEY, OPEN_NS
from support.gateway_stub import GatewayStub, gateway_stub
from support.monitor_stubs import HandClock
from support.provider_stub import HandTime, Reply, StubProvider, as_json

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento.asking.entrance import (
    ANY_SYMBOL,
    DatabentoEntrance,
)
from trading_bot.order_flow.providers.provider import Entry

DATASETS = as_json(["EQUS.MINI", "XNAS.ITCH"])
RECENT = as_json({"result": {"BOLT": [{}]}})
UNKNOWN = as_json({"result": {"BOLT": []}})
GONE = Reply(drops=True)


def entrance(port: int, *, web: str | None = None, **settings: Any) -> DatabentoEntrance:
    config = OrderFlowConfig(base_url=f"tcp://127.0.0.1:{port}", reference_url=web, **settings)
    return DatabentoEntrance(
        ("127.0.0.1", port), config, KEY, clock=HandClock(), wait=HandTime().wait
    )


def at_the_gateway(
    ask: Callable[[DatabentoEntrance], Any], *, web: Sequence[Reply] = (), **settings: Any
) -> tuple[Any, GatewayStub]:
    """Ask a gateway that has no BOLT, beside a host that answers so, or none."""

    async def run(host: str | None) -> tuple[Any, GatewayStub]:
        async with gateway_stub() as stub:
            stub.unknown = {"BOLT", ANY_SYMBOL}
            door = entrance(stub.port, web=host, **settings)
            try:
                return await asyncio.to_thread(ask, door), stub
            finally:
                door.close()

    if not web:
        return asyncio.run(run(None))
    with StubProvider(*web) as host:
        return asyncio.run(run(host.base_url))


def nobody() -> int:
    """Return a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("web", "words"),
    [
        ((), "XNAS.ITCH has no BOLT ("),
        ((GONE,), "XNAS.ITCH has no BOLT ("),
        ((UNKNOWN,), "XNAS.ITCH has no BOLT ("),
        ((RECENT,), "XNAS.ITCH has no BOLT any more ("),
    ],
)
def test_a_symbol_that_is_not_there_is_told_and_whether_it_was(
    web: Sequence[Reply], words: str
) -> None:
    # Given a gateway that has one of two, and a host beside it that knows more, less or nothing
    # When both are asked for
    found, _ = at_the_gateway(lambda door: door.enter(("ACME", "BOLT")), web=web)
    # Then the one is told, with the gateway's words
    assert found == Entry({"BOLT": f"{words}Failed to resolve symbol 'BOLT'.)"}, ())


def test_a_symbol_of_which_nothing_is_said_is_told() -> None:
    # Given a gateway that maps what it has once the session starts, and that is gone before
    def ask(door: DatabentoEntrance) -> Entry:
        return door.enter(("ACME",))

    async def run() -> Entry:
        async with gateway_stub() as stub:
            stub.is_mute_once_started = True
            monkey = entrance(stub.port)
            asked = asyncio.create_task(asyncio.to_thread(ask, monkey))
            await stub.until(lambda: stub.links and stub.newest.asked)
            stub.newest.end()
            return await asked

    # When it is asked
    # Then nothing is known of the symbol
    assert asyncio.run(run()) == Entry({}, ("ACME",))


def test_a_known_symbol_needs_no_host_beside_the_gateway() -> None:
    # Given a host beside the gateway
    with StubProvider(DATASETS) as host:

        async def run() -> Entry:
            async with gateway_stub() as stub:
                door = entrance(stub.port, web=host.base_url)
                return await asyncio.to_thread(door.enter, ("ACME",))

        # When a symbol is let in
        found = asyncio.run(run())
        # Then nobody else is asked
        assert (found, host.asked) == (Entry({}, ()), [])


def test_the_gateway_says_its_time() -> None:
    # Given a gateway that has no symbol of those that everybody has
    # When its time is asked
    found, stub = at_the_gateway(DatabentoEntrance.ask_time)
    # Then the error of that symbol says it
    assert found == OPEN_NS
    assert stub.newest.asked == [("mbp-10", ANY_SYMBOL, None)]


def refused(ask: Callable[[DatabentoEntrance], Any], door: DatabentoEntrance) -> DataSourceError:
    with pytest.raises(DataSourceError) as caught:
        ask(door)
    door.close()
    return caught.value


def enter(door: DatabentoEntrance) -> Entry:
    return door.enter(("ACME",))


@pytest.mark.parametrize("ask", [enter, DatabentoEntrance.describe_dataset])
def test_a_dataset_that_was_closed_is_refused_before_anybody_is_asked(
    ask: Callable[[DatabentoEntrance], Any],
) -> None:
    # Given a dataset that is gone
    # When it is to be entered, or described
    found = refused(ask, entrance(nobody(), dataset="DBEQ.BASIC"))
    # Then it is told so
    assert found.code == "unknown_dataset"
    assert "closed in 2025" in str(found)


@pytest.mark.parametrize(
    ("web", "dataset", "code"),
    [
        (None, "MEMX.MEMOIR", "unreachable"),
        (DATASETS, "XNAS.ITCH", "unreachable"),
        (DATASETS, "MEMX.MEMOIR", "unknown_dataset"),
        (GONE, "MEMX.MEMOIR", "unreachable"),
    ],
)
def test_of_a_dataset_that_there_is_not_the_gateway_cannot_be_found(
    web: Reply | None, dataset: str, code: str
) -> None:
    # Given a gateway that is nowhere, and a host that lists all datasets, or none
    with StubProvider(web or DATASETS) as host:
        door = entrance(nobody(), web=None if web is None else host.base_url, dataset=dataset)
        # When it is to be entered
        found = refused(enter, door)
    # Then the list decides, where there is one
    assert found.code == code
    assert ("one of EQUS.MINI, XNAS.ITCH" in str(found)) is (code == "unknown_dataset")


@pytest.mark.parametrize(
    ("schemas", "words"),
    [
        (["mbp-10", "status"], "XNAS.ITCH has ten levels (mbp-10)"),
        (["mbp-10"], "XNAS.ITCH has ten levels (mbp-10), and tells of no halts"),
    ],
)
def test_what_a_dataset_has_is_told(schemas: list[str], words: str) -> None:
    # Given a host that knows it
    with StubProvider(DATASETS, as_json(schemas)) as host:
        door = entrance(nobody(), web=host.base_url)
        # When it is asked, then depth and halts are told
        assert door.describe_dataset() == words
        door.close()


@pytest.mark.parametrize(
    ("replies", "dataset", "code"),
    [
        ((DATASETS,), "MEMX.MEMOIR", "unknown_dataset"),
        ((DATASETS, as_json(["mbp-1", "tbbo"])), "EQUS.MINI", "no_depth"),
        ((as_json({}, 401),), "XNAS.ITCH", "wrong_key"),
    ],
)
def test_what_a_dataset_lacks_is_told(replies: Sequence[Reply], dataset: str, code: str) -> None:
    # Given a host that says what there is
    with StubProvider(*replies) as host:
        # When a dataset is described, then what is missing is named
        door = entrance(nobody(), web=host.base_url, dataset=dataset)
        assert refused(DatabentoEntrance.describe_dataset, door).code == code


def test_without_a_host_beside_the_gateway_nobody_is_asked() -> None:
    # Given another gateway, and no host
    # When its dataset is to be described
    found = refused(DatabentoEntrance.describe_dataset, entrance(nobody()))
    # Then it is said that it was not asked
    assert found.code == "not_asked"
    assert "answers no HTTP; set reference_url" in str(found)
