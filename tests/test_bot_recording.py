"""A bot that records what it watches, and the replay of what it recorded."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from support.bot_provider import CONFIG, Provider, wait_for
from support.monitor_stubs import (
    ASK,
    BID,
    HandClock,
    Holdings,
    StubClient,
    Tape,
    position,
    quote,
)
from support.monitor_stubs import trade as print_of
from support.stream_runs import quote as stream_quote
from support.stream_stub import KEY, stream_stub

from trading_bot.bot import TradingBot
from trading_bot.order_flow.capture.lines import Looked
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed import stream_driver
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.recordings import Recordings
from trading_bot.replay.playback import open_playback


def replayed(folder: Path) -> tuple[list[MonitorEvent], Mapping[str, int]]:
    """Play a recording; return what was told, and what was left out by reason."""
    playback = open_playback([folder])
    told: list[MonitorEvent] = []
    playback.add_listener(told.append)
    for _ in playback.batches():
        pass
    notes, unreadable = playback.source.account.notes, playback.source.account.unreadable
    return told, notes + Counter(unreadable=unreadable.read)


def test_the_replay_of_a_recorded_run_tells_the_same(tmp_path: Path) -> None:
    # Given a bot that is recorded and meets three large sellers
    def tape(symbol: str, trades_from_ns: int, quotes_from_ns: int) -> Tape:
        prints = [print_of(second, symbol) for second in (-3, -2, -1)]
        return prints, [quote(-4, symbol, bid_ticks=BID, ask_ticks=ASK)]

    clock = HandClock()
    bot = TradingBot(
        CONFIG,
        position_manager=Holdings(position("ACME")),
        log_directory=None,
        clock=clock,
        client=cast("PolygonClient", Provider(clock, tape)),
        record_to=tmp_path,
    )
    live: list[MonitorEvent] = []
    bot.monitor.add_listener(live.append)
    thread = threading.Thread(target=bot.run, daemon=True)
    thread.start()
    wait_for(lambda: any(isinstance(event, ExitRecommendation) for event in live))
    bot.stop()
    thread.join(timeout=2.0)
    # When the recording is played
    again, left_out = replayed(tmp_path)
    # Then the same is told, and the recording is whole
    assert again == live
    assert left_out == {}


def test_a_streamed_run_is_on_the_disk_before_it_ends_and_is_replayed_with_what_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a recorded run over a stream
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)
    live: list[MonitorEvent] = []

    def looks_on_disk() -> list[Looked]:
        lines = Recordings(list(tmp_path.iterdir())).lines()
        return [line for line in lines if isinstance(line, Looked)]

    is_gone = threading.Event()

    def tape(*_: object) -> Tape:
        if is_gone.is_set():
            raise DataSourceError("no", code="timeout")
        return [], []

    async def run() -> None:
        clock = HandClock()
        async with stream_stub() as stub:
            host = stub.url.replace("ws:", "http:").removesuffix("/stocks")
            config = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY, base_url=host)
            recorder = CaptureWriter(tmp_path, config, clock=clock)
            monitor = OrderFlowMonitor(
                config,
                record_to=recorder,
                position_manager=Holdings(position("ACME")),
                client=StubClient(tape),
                log_directory=None,
                clock=clock,
            )
            monitor.add_listener(live.append)
            running = asyncio.create_task(monitor.run_async())
            await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
            stub.newest.send([stream_quote(0, 1)])
            await stub.until(looks_on_disk)
            # When it is cut off for long, and nobody answers for it
            is_gone.set()
            stub.greets = False
            stub.newest.close(None)
            while not any(isinstance(each, FeedEvent) for each in live):
                clock.move(1)
                await asyncio.sleep(0.005)
            clock.move(1)
            # Then what was seen is on the disk although the run goes on
            await stub.until(looks_on_disk)
            monitor.stop()
            await running
            recorder.close()

    asyncio.run(run())
    # And the replay tells of it
    again, _ = replayed(tmp_path)
    assert again == live
