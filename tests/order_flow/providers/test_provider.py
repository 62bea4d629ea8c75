"""What providers can do, and what follows from it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient, at, position, quote, trade
from support.noting_sink import NotingSink
from support.provider_stub import StubProvider, as_json, client_of
from support.stream_runs import streaming_monitor
from support.stream_stub import stream_stub

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.ingest import Ingest
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.events import Withdrawal
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.polygon.units import EXCHANGES
from trading_bot.order_flow.providers.provider import Capabilities
from trading_bot.order_flow.providers.supervision.stream_events import StreamEvent


class Able(PolygonProvider):
    """A provider with the capabilities that a test gives it."""

    def __init__(self, capabilities: Capabilities) -> None:
        super().__init__(OrderFlowConfig(thresholds="fixed"), StubClient())
        self.capabilities = capabilities


def monitor_of(capabilities: Capabilities) -> OrderFlowMonitor:
    return OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(position()),
        provider=Able(capabilities),
        log_directory=None,
        clock=HandClock(),
    )


def test_a_provider_that_says_nothing_of_itself_can_do_least() -> None:
    # Given no statement
    # When its capabilities are looked at
    found = Capabilities()
    # Then nothing is promised but an order within each symbol, by the exchange's time
    assert (found.depth_levels, found.step_ns, found.fills_gaps) == (1, 1, "none")
    promised = {name for name in Capabilities.__slots__ if getattr(found, name) is True}
    assert promised == {"exchange_time", "sequenced"}


def test_polygon_streams_milliseconds_and_has_no_participant_time_on_its_quotes() -> None:
    # Given the provider
    # When its capabilities are looked at
    found = PolygonProvider(OrderFlowConfig(thresholds="fixed"), StubClient()).capabilities
    # Then they are those of its stream
    assert found == Capabilities(
        step_ns=NS_PER_MS,
        corrects_history=True,
        halts=True,
        wildcard=True,
        fills_gaps="history",
        minute_bars=True,
        exchanges=EXCHANGES,
    )


def stream_of(config: OrderFlowConfig, **given: Any) -> str:
    """Return the address that a provider's stream connects to."""

    async def run() -> str:
        provider = PolygonProvider(config, StubClient(), **given)
        return provider.open_stream(_Deaf(), patience_seconds=None)._address

    return asyncio.run(run())


class _Deaf:
    """Takes what a stream brings, and does nothing with it."""

    def on_frame(self, payload: bytes, link: int) -> bool:
        return True

    def on_cut(self, link: int) -> None:
        """Do nothing."""

    def on_subscribed(self, symbols: list[str]) -> None:
        """Do nothing."""

    def on_stream_event(self, event: StreamEvent) -> None:
        """Do nothing."""

    def on_said(self, reason: str, sentence: str) -> None:
        """Do nothing."""


def test_the_stream_is_that_of_the_configured_host_unless_another_is_named() -> None:
    # Given settings with a host
    config = OrderFlowConfig(thresholds="fixed", base_url="http://127.0.0.1:8765")
    # When streams are opened, one of them at an address of its own
    found = stream_of(config), stream_of(config, url="ws://127.0.0.1:9/other")
    # Then each has its address
    assert found == ("ws://127.0.0.1:8765/stocks", "ws://127.0.0.1:9/other")


def test_the_sizes_of_the_stream_count_what_the_settings_say() -> None:
    # Given settings with quotes in round lots
    config, noted = OrderFlowConfig(thresholds="fixed", quote_size_unit="round_lots"), NotingSink()

    async def run() -> None:
        stream = PolygonProvider(config, StubClient()).open_stream(_Deaf())
        # When its stream brings one of three lots
        stream.decoder(noted).decode(
            b'[{"ev":"Q","sym":"ACME","bp":27.4,"bs":3,"ap":27.42,"as":5,"t":1773151200000}]', 1, 1
        )

    asyncio.run(run())
    # Then three hundred shares are given
    assert noted.quotes[0].bid_size == 300_000_000


@pytest.mark.parametrize("corrections", [False, True])
def test_prints_are_remembered_where_the_provider_tells_of_corrections(
    corrections: bool,
) -> None:
    # Given a provider that does, or does not
    monitor = monitor_of(Capabilities(corrections=corrections))
    monitor.judge.watch("ACME", from_ns=at(-370), now_ns=at(0))
    give(monitor.judge, quote(0))
    give(monitor.judge, trade(1, size=100))
    # When a print is withdrawn
    monitor.judge.withdraw(Withdrawal("ACME", at(2), trade_id="1"))
    # Then it is known again only where it could come
    assert monitor.dropped() == {"withdrawn" if corrections else "withdrawn_unknown": 1}


@pytest.mark.parametrize("participant_time", [False, True])
def test_live_prints_meet_quotes_by_what_the_provider_stamps_both_with(
    participant_time: bool,
) -> None:
    # Given a provider whose live events bear both stamps, or that of the tape only
    async def run() -> bool:
        async with stream_stub() as stub:
            monitor = streaming_monitor(stub)
            provider = monitor.provider
            provider.capabilities = replace(
                provider.capabilities, participant_time=participant_time
            )
            # When its stream watches a symbol
            driver = StreamDriver(monitor.judge, provider)
            driver._symbols.follow_positions()
            driver._repairs.close()
            return monitor.judge.judges["ACME"].by_exchange_time

    # Then prints meet quotes by the stamp that both have
    assert asyncio.run(run()) is not participant_time


@pytest.mark.parametrize(
    ("step_ns", "kept"), [(1, 123_456), (NS_PER_MS, 0)], ids=["nanoseconds", "milliseconds"]
)
def test_what_is_fetched_is_cut_to_the_step_of_the_live_stamps(step_ns: int, kept: int) -> None:
    # Given providers with live stamps of nanoseconds and of milliseconds
    async def run() -> Ingest:
        async with stream_stub() as stub:
            monitor = streaming_monitor(stub)
            provider = monitor.provider
            provider.capabilities = replace(provider.capabilities, step_ns=step_ns)
            driver = StreamDriver(monitor.judge, provider)
            driver._symbols.follow_positions()
            live = driver.ingest.symbols["ACME"]
            event = trade(1)._replace(sip_ns=at(1) + 123_456)
            # When a print is fetched
            driver.ingest.judge_missed(live, [event], at(2))
            driver._repairs.close()
            return driver.ingest

    # Then it bears the stamp that it would have live
    assert asyncio.run(run()).symbols["ACME"].trade_ns == at(1) + kept


def test_a_client_that_a_host_brings_is_not_closed_with_the_provider() -> None:
    # Given a provider over the host's own client, which has no connections to let go of
    client = StubClient()
    provider = PolygonProvider(OrderFlowConfig(thresholds="fixed"), client)
    # When the provider is closed
    provider.close()
    # Then the client is as it was
    assert provider.history is client
    assert not hasattr(client, "close")


def test_a_client_of_its_own_is_closed_with_the_provider_and_may_be_asked_again() -> None:
    # Given a provider with a client of its own, that has asked once
    with StubProvider(as_json({"n": 1})) as server:
        client = client_of(server)
        provider = PolygonProvider(OrderFlowConfig(thresholds="fixed"), client)
        client.get_json("/x")
        # When the provider is closed, and the client asked again
        provider.close()
        answer = client.get_json("/x")
    # Then that went by another connection
    assert (answer, server.connections) == ({"n": 1}, 2)
