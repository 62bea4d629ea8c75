"""A record is of one market."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from support.monitor_stubs import START, HandClock, Holdings, StubClient, large_seller

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.errors import OtherMarketError
from trading_bot.order_flow.journal.lines import alert_record, event_line
from trading_bot.order_flow.journal.market_of_record import refuse_other_market
from trading_bot.order_flow.journal.reading import RecordReader
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.monitor import OrderFlowMonitor

MARKETS: tuple[MarketSource, ...] = get_args(MarketSource)


def started(folder: Path, moment: str = START.isoformat(), **facts: object) -> None:
    """Record that a watch began."""
    log = AlertLog(folder)
    log.write(event_line("order_flow.monitoring_started", moment, None, symbols=[], **facts))
    log.close()


def refusal(folder: Path, market: MarketSource) -> str:
    with pytest.raises(OtherMarketError) as caught:
        refuse_other_market(folder, market)
    return str(caught.value)


@pytest.mark.parametrize("market", MARKETS)
def test_a_folder_without_a_record_takes_any(tmp_path: Path, market: MarketSource) -> None:
    # Given no folder, and one without a day
    # When a market is to be recorded there, then nothing is in the way
    refuse_other_market(tmp_path / "none", market)
    refuse_other_market(tmp_path, market)


@pytest.mark.parametrize("market", MARKETS)
def test_a_record_goes_on_with_its_own_market(tmp_path: Path, market: MarketSource) -> None:
    # Given a market's record
    started(tmp_path, market=market)
    # When it is to go on, then nothing is in the way
    refuse_other_market(tmp_path, market)


@pytest.mark.parametrize(
    ("holds", "market", "words"),
    [
        ("live", "simulated", "holds the record of the live market"),
        ("simulated", "live", "holds the record of a simulated market"),
        ("replay", "live", "holds the record of a replay"),
        ("replay", "simulated", "holds the record of a replay"),
        ("of tomorrow", "live", "holds the record of the market 'of tomorrow'"),
    ],
)
def test_another_markets_record_is_left_alone(
    tmp_path: Path, holds: str, market: MarketSource, words: str
) -> None:
    # Given one market's record
    started(tmp_path, market=holds)
    # When another is to be recorded there
    said = refusal(tmp_path, market)
    # Then that is refused in words that say what to do
    assert said.startswith(f"{tmp_path} {words}, which one of a {market} market must not be")
    assert said.endswith("name another folder (--log-dir, log_directory) [record_of_other_market]")


@pytest.mark.parametrize("facts", [{}, {"market": None}, {"market": 7}])
def test_a_record_that_names_no_market_goes_on_with_the_live_one_only(
    tmp_path: Path, facts: dict[str, Any]
) -> None:
    # Given a record of an earlier version
    started(tmp_path, **facts)
    # When the live market is to go on there, then nothing is in the way
    refuse_other_market(tmp_path, "live")
    # And an invented one is kept out
    assert "as earlier versions wrote it" in refusal(tmp_path, "simulated")


def test_alerts_without_a_start_are_taken_for_real_ones(tmp_path: Path) -> None:
    # Given a record whose start has been lost
    log = AlertLog(tmp_path)
    log.write(alert_record(large_seller(8), config_hash="x"))
    log.close()
    # When an invented market is to be recorded there
    # Then that is refused
    assert "a market that it does not name" in refusal(tmp_path, "simulated")


def test_the_newest_day_says_which_market_it_is(tmp_path: Path) -> None:
    # Given a day of an earlier version, and one since, damaged before its start
    started(tmp_path, "2026-03-09T14:00:00.000000Z")
    (tmp_path / "2026-03-10.jsonl").write_bytes(b'{"event":"order_flow.monitoring_started"\n')
    started(tmp_path, "2026-03-10T14:00:00.000000Z", market="live")
    # When it is asked
    reader = RecordReader(tmp_path)
    # Then the newest start that can be read answers, and nothing is counted twice
    assert reader.market() == "live"
    assert reader.unreadable_lines == 0


def test_a_monitor_of_one_market_leaves_the_record_of_another_alone(tmp_path: Path) -> None:
    # Given the record of the live market
    started(tmp_path, market="live")
    before = (tmp_path / "2026-03-10.jsonl").read_bytes()
    monitor = OrderFlowMonitor(
        OrderFlowConfig(),
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
        log_directory=tmp_path,
        market="simulated",
    )
    # When an invented one is to be watched into it
    with pytest.raises(OtherMarketError):
        monitor.run(0.01)
    # Then nothing was written, and nobody is kept out
    assert (tmp_path / "2026-03-10.jsonl").read_bytes() == before
    AlertLog(tmp_path).hold()


def test_the_record_and_health_name_the_market(tmp_path: Path) -> None:
    # Given a monitor of an invented market
    monitor = OrderFlowMonitor(
        OrderFlowConfig(),
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
        log_directory=tmp_path,
        market="simulated",
    )
    # When it runs
    monitor.run(0.01)
    # Then both say so
    assert RecordReader(tmp_path).market() == "simulated"
    assert monitor.health_check()["market_source"] == "simulated"
