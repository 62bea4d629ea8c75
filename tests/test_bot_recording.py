"""A bot that records what it watches, and the replay of what it recorded."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

from order_flow.monitor_stubs import ASK, BID, HandClock, Holdings, Tape, position, quote
from order_flow.monitor_stubs import trade as print_of
from test_bot import CONFIG, Provider, wait_for

from trading_bot.bot import TradingBot
from trading_bot.order_flow.alert_publisher import MonitorEvent
from trading_bot.order_flow.polygon_client import PolygonClient
from trading_bot.replay.playback import open_playback
from trading_bot.risk_management.recommendation import ExitRecommendation


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
    playback = open_playback([tmp_path])
    again: list[MonitorEvent] = []
    playback.add_listener(again.append)
    for _ in playback.batches():
        pass
    # Then the same is told, and the recording is whole
    assert again == live
    assert playback.source.left_out == {}
