"""One door to every kind of recorded data."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support.flat_data import at, quote_line, quotes_file, trade_line, trades_file
from support.lobster_files import lobster_files

from trading_bot.order_flow.capture.lines import Started
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.capture_player import CapturePlayer
from trading_bot.replay.playback import RowPlayback, open_playback


def sellers(folder: Path, *symbols: str, day: int = 0) -> list[Path]:
    """Write a quote and a large sale of each symbol, one symbol after the other."""
    start = day * 86_400
    return [
        quotes_file(folder / f"q{day}.csv", *(quote_line(start, ticker=each) for each in symbols)),
        trades_file(
            folder / f"t{day}.csv",
            *(trade_line(start + 1, ticker=each, size=12_000) for each in symbols),
        ),
    ]


def test_what_is_found_in_rows_is_told_before_they_are_handed_on(tmp_path: Path) -> None:
    # Given a day of two symbols
    fixed = OrderFlowConfig(thresholds="fixed")
    playback = open_playback(sellers(tmp_path, "ACME", "BOLT"), fixed)
    told: list[MonitorEvent] = []
    playback.add_listener(told.append)
    # When it is played
    counts = [(rows[0][3], len(told)) for rows in playback.batches()]
    # Then each symbol's batch comes with its finding
    assert counts == [("ACME", 1), ("BOLT", 2)]
    figures = (playback.first_ns, playback.last_ns, playback.trades, playback.quotes)
    assert (figures, playback.symbols) == ((at(0), at(1), 2, 2), {"ACME", "BOLT"})


def test_symbols_that_come_once_are_forgotten_in_turn(tmp_path: Path) -> None:
    # Given one day of two symbols
    playback = open_playback(sellers(tmp_path, "ACME", "BOLT"))
    # When it was played
    watched = [playback.judge.symbols for _ in playback.batches()]
    # Then only one was watched at a time
    assert watched == [("ACME",), ("BOLT",)]


def test_symbols_begin_anew_with_each_day(tmp_path: Path) -> None:
    # Given two days of two symbols
    paths = sellers(tmp_path, "ACME", "BOLT") + sellers(tmp_path, "ACME", "BOLT", day=1)
    playback = open_playback(paths)
    # When both were played
    watched = [playback.judge.symbols for _ in playback.batches()]
    # Then each is watched from its first row of the day on, until the day is over
    assert watched == [("ACME",), ("ACME", "BOLT")] * 2


def test_a_lobster_day_is_judged_by_the_symbol_s_threshold(tmp_path: Path) -> None:
    # Given a bid of 20,000 shares, and settings under which that is large
    path = lobster_files(tmp_path)
    told: list[MonitorEvent] = []
    config = OrderFlowConfig(
        thresholds="fixed",
        large_order_size_threshold=50_000,
        symbol_overrides={"ACME": {"large_order_size_threshold": 20_000}},
    )
    playback = open_playback([path], config, data_format="lobster")
    playback.add_listener(told.append)
    # When it is played
    for _ in playback.batches():
        pass
    # Then it was found
    assert [event.order_size for event in told if isinstance(event, OrderFlowAlert)] == [20_000]
    assert playback.config is config


@pytest.mark.parametrize("kind", ["polygon", "jsonl"])
def test_the_format_is_looked_up_in_the_files(tmp_path: Path, kind: str) -> None:
    # Given data without a word on its format
    path = tmp_path / "data.jsonl"
    path.write_bytes(msgspec.json.encode(Started(1, 5, {"sessions": "extended"})) + b"\n")
    paths = [path] if kind == "jsonl" else sellers(tmp_path, "ACME")
    # When it is opened
    playback = open_playback(paths, options=ReadOptions())
    # Then it is what it is; a recording brings its settings
    expected = CapturePlayer if kind == "jsonl" else RowPlayback
    assert isinstance(playback, expected)
    assert playback.config.sessions == ("extended" if kind == "jsonl" else "regular")
