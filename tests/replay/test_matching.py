"""One configuration says how prints meet quotes: for live runs, replays, and what is measured."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at, quote_line, quotes_file, trade_line, trades_file
from support.monitor_stubs import Holdings, StubClient, position

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.polygon.units import LIVE_STEP_NS
from trading_bot.order_flow.rules.side.classifier import WINDOW_PER_MEAN_DELAY
from trading_bot.order_flow.rules.side.matching import (
    EXACT,
    MILLISECONDS,
    Matching,
    matching_of,
)
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.sources import FlatSource, ReadOptions
from trading_bot.replay.playback import open_playback
from trading_bot.research import sides
from trading_bot.research.side_tape import Tape

DAY = date(2012, 6, 21)
ACCURACY = Path(__file__).parents[2] / "docs" / "accuracy.md"


def matching_found(judge: Any, symbol: str) -> Matching:
    """Return what a judge matches the prints of a symbol by."""
    classifier = judge.judges[symbol]._sides
    return Matching(classifier._late_ns or 1, classifier._window_ns)


@pytest.mark.parametrize(
    ("step_ns", "expected"),
    [(1, EXACT), (NS_PER_MS - 1, EXACT), (NS_PER_MS, MILLISECONDS), (NS_PER_MS + 1, MILLISECONDS)],
)
def test_whole_milliseconds_have_a_matching_of_their_own(step_ns: int, expected: Matching) -> None:
    # Given the step of some stamps
    # When it is below, at and above a millisecond
    # Then the matching follows it
    assert matching_of(step_ns) is expected


def test_a_print_of_a_millisecond_meets_the_quote_before_it() -> None:
    # Given the window of whole milliseconds
    # When the mean delay is taken from the end of a print's millisecond
    # Then that is its beginning
    mean_delay_ns = MILLISECONDS.clock_window_ns // WINDOW_PER_MEAN_DELAY
    assert MILLISECONDS.step_ns - mean_delay_ns == 0


def test_live_run_replay_and_measurement_match_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a live run, and a day of whole milliseconds in files
    config = OrderFlowConfig(thresholds="fixed", polygon_api_key="key")
    monitor = OrderFlowMonitor(
        config,
        position_manager=Holdings(position()),
        provider=PolygonProvider(config, StubClient()),
        log_directory=None,
    )
    trades_file(tmp_path / "t.csv", trade_line(1))
    quotes_file(tmp_path / "q.csv", quote_line(1))
    playback = open_playback([tmp_path])
    measured: list[Matching] = []
    monkeypatch.setattr(
        sides, "read_lobster", lambda *_, **__: Tape("A", DAY, [], [], RowAccount())
    )
    monkeypatch.setattr(sides, "common_format", lambda _: "lobster")
    monkeypatch.setattr(sides, "measure", lambda _, **given: measured.append(given["matching"]))
    # When each watches a symbol, and sides are measured as live
    monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    list(playback.batches())
    sides.run_sides("day.zip", stamps="ms", jitter_ms=(1, 10))
    # Then all of them take the one matching of milliseconds
    found = [matching_found(monitor.judge, "ACME"), matching_found(playback.judge, "ACME")]
    assert [*found, *measured, matching_of(LIVE_STEP_NS)] == [MILLISECONDS] * 4


def test_the_document_states_that_configuration() -> None:
    # Given what the document says of a live run
    text = ACCURACY.read_text(encoding="utf-8")
    # When its figures are read
    stated = re.search(r"stamps cut to (\d+) ms, a clock window of (\d+) ms", text)
    # Then they are those of the code
    assert stated is not None
    step_ms, window_ms = map(int, stated.groups())
    assert Matching(step_ms * NS_PER_MS, window_ms * NS_PER_MS) == MILLISECONDS


@pytest.mark.parametrize(
    ("line", "step_ns"),
    [
        (trade_line(2), NS_PER_MS),
        (trade_line(2, sip_timestamp=at(2) + 1), 1),
        (trade_line(2, participant_timestamp=at(2) + 1), 1),
    ],
    ids=["milliseconds", "sip", "participant"],
)
def test_one_finer_stamp_shows_that_files_are_not_of_milliseconds(
    tmp_path: Path, line: str, step_ns: int
) -> None:
    # Given a file of whole milliseconds, but perhaps for one stamp
    trades = trades_file(tmp_path / "t.csv", trade_line(1), line)
    quotes = quotes_file(tmp_path / "q.csv", quote_line(1))
    # When they are opened together
    source = FlatSource([trades, quotes], ReadOptions())
    # Then both are read alike
    assert source.step_ns == step_ns
    kinds = [row[1] for rows in source.batches() for row in rows]
    assert kinds == ([-1, 0, 0] if step_ns == NS_PER_MS else [0, 1, 0])
