"""Rows of any recorded data, with nobody listening."""

from __future__ import annotations

from pathlib import Path

import msgspec
from support.flat_data import at
from support.recorded_day import playback_of, recorded_day

from trading_bot.order_flow.capture.lines import (
    AnyLine,
    QuoteLine,
    Started,
    TradeLine,
    Watched,
)
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.replay.plain_rows import rows_of
from trading_bot.replay.playback import open_playback
from trading_bot.research.changed_tapes import MirroredTape
from trading_bot.research.scored_findings import ChangedPlay, find

BID, ASK = 100_000_000, 100_010_000


def recording(path: Path) -> Path:
    """Write a live run's recording: one quote and three large sales."""
    lines: list[AnyLine] = [
        Started(1, at(0), {}),
        Watched("ACME", at(0), at(0)),
        QuoteLine("ACME", at(0), BID, 300 * UNITS_PER_SHARE, ASK, 200 * UNITS_PER_SHARE, at(0)),
        *(TradeLine("ACME", at(n), BID, 12_000 * UNITS_PER_SHARE) for n in (1, 2, 3)),
    ]
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def test_files_are_read_without_being_judged(tmp_path: Path) -> None:
    # Given a day in flat files
    recorded_day(tmp_path)
    playback = playback_of(tmp_path)
    # When its rows are taken
    rows = [row for batch in rows_of(playback) for row in batch]
    # Then all are there, and nothing was judged
    assert (len(rows), playback.trades, playback.quotes) == (2_718, 0, 0)


def test_a_live_runs_recording_gives_its_rows_too(tmp_path: Path) -> None:
    # Given a recording
    path = recording(tmp_path / "run.jsonl")
    # When its rows are taken
    rows = [row for batch in rows_of(open_playback([path])) for row in batch]
    # Then they are its events
    assert [row[0] for row in rows] == [at(n) for n in range(4)]


def test_a_recording_can_be_scored_like_a_file(tmp_path: Path) -> None:
    # Given a recording of three large sales
    path = recording(tmp_path / "run.jsonl")
    # When it is played as it is and upside down
    playback = open_playback([path])
    mirrored = ChangedPlay(playback.config, MirroredTape())
    found = find(playback, with_readings=True, beside=[mirrored])
    # Then its sellers are found, with quotes and readings, and upside down there are none
    assert [alert.source for alert in found.alerts] == ["aggressive_sell"] * 3
    assert [series.symbol for series in found.series] == ["ACME"]
    assert [reading.sell_ratio for reading in found.readings["ACME"]] == [0.99]
    assert mirrored.events == []
    assert open_playback([path]).config == OrderFlowConfig(thresholds="fixed")
