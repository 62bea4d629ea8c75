"""Databento as a provider, and what a monitor makes of it."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
from support.dbn_records import ASKS, BID, BIDS, CENT, KEY, book, trade
from support.fake_zstd import use_none
from support.gateway_stub import GatewayStub, gateway_stub
from support.monitor_stubs import START, START_NS, HandClock, Holdings, StubClient, position

from trading_bot.order_flow.capture.lines import BookLine
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.databento.asking.gateway_time import GatewayTime
from trading_bot.order_flow.providers.databento.history import DatabentoHistory
from trading_bot.order_flow.providers.databento.kept import unpacked_records
from trading_bot.order_flow.providers.databento.provider import (
    REPLAYED_AT_START_NS,
    DatabentoProvider,
)
from trading_bot.order_flow.providers.databento.stream import DatabentoStream
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.provider import Entrance, Entry
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.recorded.recordings import Recordings

SECRETS = Secrets({"DATABENTO_API_KEY": KEY}, env_file=None)


def settings(**changes: Any) -> OrderFlowConfig:
    return OrderFlowConfig(thresholds="fixed", data_source="databento", **changes)


def test_a_setting_chooses_it_and_nasdaq_s_own_gateway() -> None:
    # Given settings that name it
    # When the provider is made
    found = make_provider(settings(), clock=HandClock(), secrets=SECRETS)
    # Then it is the gateway of the default dataset, with ten levels and stated sides
    assert isinstance(found, DatabentoProvider)
    assert (found.name, found.host) == ("databento", "xnas-itch.lsg.databento.com:13000")
    assert (found.capabilities.depth_levels, found.capabilities.states_side) == (10, True)
    assert found.capabilities.dataset == "XNAS.ITCH"
    assert isinstance(found.history, DatabentoHistory)
    # And its stream refills its own gaps, while a replay a minute compares
    assert found.capabilities.fills_gaps == "replay"
    assert found.capabilities.compares_every_seconds == 60
    assert isinstance(found.reference, NoReference)
    found.close()


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("tcp://127.0.0.1:7001", "127.0.0.1:7001"),
        ("tcp://gateway.example", "gateway.example:13000"),
    ],
)
def test_another_gateway_is_an_address(base_url: str, host: str) -> None:
    # Given settings with an address
    # When the provider is made
    found = make_provider(settings(base_url=base_url), clock=HandClock(), secrets=SECRETS)
    # Then it leads there
    assert found.host == host


@pytest.mark.parametrize(
    ("dataset", "host"),
    [
        ("ARCX.PILLAR", "arcx-pillar.lsg.databento.com:13000"),
        ("EQUS.MINI", "equs-mini.lsg.databento.com:13000"),
    ],
)
def test_a_dataset_has_a_gateway_of_its_own(dataset: str, host: str) -> None:
    # Given settings with another dataset
    # When the provider is made
    found = make_provider(settings(dataset=dataset), clock=HandClock(), secrets=SECRETS)
    # Then it leads to that one's gateway, and files are named by it
    assert (found.host, found.capabilities.dataset) == (host, dataset)
    assert found.capabilities.streams_only


def test_another_gateway_s_time_is_asked_and_the_provider_s_own_is_not() -> None:
    # Given the provider's own gateway, and another
    own = make_provider(settings(), clock=HandClock(), secrets=SECRETS)
    other = make_provider(settings(base_url="tcp://[::1]:1"), clock=HandClock(), secrets=SECRETS)
    # When their references are looked at
    # Then the machine's time is the provider's, and the other may have one of its own
    assert type(own.reference) is NoReference
    assert isinstance(other.reference, GatewayTime)


def test_it_says_at_once_whom_it_lets_in() -> None:
    # Given a gateway, and no host beside it
    async def run() -> tuple[Entry, str]:
        async with gateway_stub() as stub:
            address = f"tcp://127.0.0.1:{stub.port}"
            found = make_provider(settings(base_url=address), clock=HandClock(), secrets=SECRETS)
            assert isinstance(found, Entrance)
            entry = await asyncio.to_thread(found.enter, ("ACME",))
            with pytest.raises(DataSourceError) as refused:
                found.describe_dataset()
            return entry, refused.value.code

    # When it is asked
    # Then it lets a symbol in, and the dataset cannot be asked about
    assert asyncio.run(run()) == (Entry({}, ()), "not_asked")


def test_what_cannot_be_unpacked_is_refused_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given settings that ask for packed sessions, and nothing to unpack them
    use_none(monkeypatch)
    # When the provider is made, then it says what to install
    with pytest.raises(ValueError, match=r"compression='zstd' needs .*order-flow\[zstd\]"):
        make_provider(settings(compression="zstd"), clock=HandClock(), secrets=SECRETS)
    # And what decides by itself does without
    make_provider(settings(compression="auto"), clock=HandClock(), secrets=SECRETS).close()


def test_a_host_s_own_history_is_asked() -> None:
    # Given a host that has a history
    client = StubClient()
    # When the provider is made with it
    found = make_provider(settings(), clock=HandClock(), history=client, secrets=SECRETS)
    # Then gaps are filled by it
    assert found.history is client
    assert (found.capabilities.fills_gaps, found.capabilities.streams_only) == ("history", False)
    assert found.capabilities.compares_every_seconds == 0


def watching(
    tape: list[tuple[int, bytes]],
    live: list[bytes],
    *,
    sees: int,
    secrets: Secrets = SECRETS,
    prepare: Any = lambda stub: None,
) -> tuple[list[MonitorEvent], OrderFlowMonitor, GatewayStub]:
    """Watch ACME until so many alerts have come; return what was told."""

    async def run() -> tuple[list[MonitorEvent], OrderFlowMonitor, GatewayStub]:
        async with gateway_stub() as stub:
            prepare(stub)
            stub.tape = tape
            monitor = OrderFlowMonitor(
                settings(base_url=f"tcp://127.0.0.1:{stub.port}"),
                position_manager=Holdings(position()),
                secrets=secrets,
                log_directory=None,
                clock=HandClock(START),
            )
            told: list[MonitorEvent] = []
            monitor.add_listener(told.append)
            task = asyncio.create_task(monitor.run_async(30.0, mode="stream"))

            def alerts() -> list[OrderFlowAlert]:
                return [each for each in told if isinstance(each, OrderFlowAlert)]

            try:
                await stub.until(lambda: task.done() or (stub.links and stub.newest.asked))
                for record in live:
                    stub.newest.write(record)
                await stub.until(lambda: task.done() or len(alerts()) >= sees, 20.0)
            finally:
                monitor.stop()
                await task
            return told, monitor, stub

    return asyncio.run(run())


@pytest.mark.slow
def test_a_large_bid_on_the_fourth_level_and_a_seller_are_told_of() -> None:
    # Given a book, of which minutes are replayed
    before_ns = START_NS - 60 * NS_PER_SECOND
    wall = ((*BIDS[:3], (BID - 3 * CENT, 50_000), *BIDS[4:]), ASKS)
    # When a large bid comes on its fourth level, and somebody sells to the best
    told, monitor, stub = watching(
        [(before_ns, book(before_ns))],
        [book(START_NS + 1, *wall, depth=3, sequence=2), trade(START_NS + 2, 30_000, sequence=3)],
        sees=2,
    )
    # Then both are large sellers, with their nanoseconds
    alerts = [each for each in told if isinstance(each, OrderFlowAlert)]
    assert [(each.source, each.order_size, each.timestamp_ns) for each in alerts] == [
        ("resting_bid", 50_000, START_NS + 1),
        ("aggressive_sell", 30_000, START_NS + 2),
    ]
    # And the first session asked for eight minutes
    assert stub.links[0].asked[0][2] == str(START_NS - REPLAYED_AT_START_NS)
    # And nothing was compared with a second source, so that nothing is taken for proved
    assert monitor.visibility("ACME").state != "visible"


def test_a_missing_key_ends_the_run_at_its_start() -> None:
    # Given no key
    # When a monitor is to run
    with pytest.raises(DataSourceError) as caught:
        watching([], [], sees=1, secrets=Secrets({}, env_file=None))
    # Then it says where it belongs
    assert caught.value.code == "missing_key"


def test_a_dataset_without_depth_ends_the_run_at_its_start() -> None:
    # Given a gateway whose dataset has no depth
    def prepare(stub: GatewayStub) -> None:
        stub.no_schemas = {"mbp-10"}

    # When a monitor is to run
    with pytest.raises(DataSourceError) as caught:
        watching([], [], sees=1, prepare=prepare)
    # Then it says so
    assert caught.value.code == "no_depth"


def test_the_stream_is_one_of_the_address_and_key() -> None:
    # Given a provider
    class Nobody:
        pass

    async def opened() -> DatabentoStream:
        provider = DatabentoProvider(settings(), secrets=SECRETS, clock=HandClock())
        return provider.open_stream(Nobody())  # type: ignore[arg-type]

    # When its stream is opened
    stream = asyncio.run(opened())
    # Then nothing is connected yet
    assert stream.problem == "connecting"
    # And a doubt before the first event is none
    stream.reconnect("feed_mute")
    stream._give_up_replay()
    stream._write(b"nowhere")
    assert stream._resume.hole_ns is None


@pytest.mark.parametrize("budget", [20_000, 0], ids=["kept", "not kept"])
def test_what_a_captured_stream_brings_is_kept_and_its_books_are_found_again(
    tmp_path: Path, budget: int
) -> None:
    # Given a monitor that is captured, and a stream with two books
    before_ns = START_NS - 60 * NS_PER_SECOND

    async def run() -> None:
        async with gateway_stub() as stub:
            stub.tape = [(before_ns, book(before_ns))]
            config = settings(
                base_url=f"tcp://127.0.0.1:{stub.port}", capture_budget_megabytes=budget
            )
            recorder = CaptureWriter(tmp_path, config, clock=HandClock(START))
            monitor = OrderFlowMonitor(
                config,
                position_manager=Holdings(position()),
                secrets=SECRETS,
                log_directory=None,
                clock=HandClock(START),
                record_to=recorder,
            )
            task = asyncio.create_task(monitor.run_async(30.0, mode="stream"))

            def quotes() -> int:
                judge = monitor.judge.judge_of("ACME")
                return 0 if judge is None else judge.quotes

            try:
                await stub.until(lambda: quotes() == 1)
                stub.newest.write(book(START_NS + 1, sequence=2))
                await stub.until(lambda: quotes() == 2)
            finally:
                monitor.stop()
                await task
                recorder.close()

    asyncio.run(run())
    # When the capture is read
    source = Recordings(list(tmp_path.glob("*.jsonl.gz")))
    books = [line for line in source.lines() if isinstance(line, BookLine)]
    # Then both are there with all their levels
    assert [(each.sip_ns, len(each.bids), len(each.asks)) for each in books] == [
        (before_ns, 10, 10),
        (START_NS + 1, 10, 10),
    ]
    # And, where they are kept, out of the records
    kept = [each.read_bytes() for each in (tmp_path / "frames").glob("*.dbn.zst")]
    assert len(kept) == (1 if budget else 0)
    for content in kept:
        records = b"".join(unpacked_records(io.BytesIO(content)))
        assert records.endswith(book(START_NS + 1, sequence=2))
