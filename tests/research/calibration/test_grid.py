"""Every cell counts what a replay with its threshold finds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at, quote_row, trade_row
from support.recorded_day import playback_of, recorded_day

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.recorded.rows import Row
from trading_bot.replay.plain_rows import rows_of
from trading_bot.research.calibration.grid import (
    LARGE_SIZES,
    SPIKES,
    SymbolCounts,
    burst_of,
    count_alerts,
    count_present,
    is_fitted,
    lowest_cell,
)
from trading_bot.research.scored_findings import find

DAY = date(2013, 10, 8)
BID = 100_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    for day in range(2):
        recorded_day(folder, day=day)
    return folder


@pytest.fixture(scope="module")
def counts(folder: Path) -> SymbolCounts:
    return count_alerts(rows_of(playback_of(folder)), OrderFlowConfig(thresholds="fixed"))["ACME"]


@pytest.mark.parametrize(
    ("size", "spike"), [(1_000, 1.5), (10_000, 3.0), (15_000, 5.0), (20_000, 10.0)]
)
def test_a_cell_counts_what_a_replay_finds(
    folder: Path, counts: SymbolCounts, size: int, spike: float
) -> None:
    # Given two days, counted over every cell
    config = OrderFlowConfig(
        thresholds="fixed",
        large_order_size_threshold=size,
        volume_spike_threshold=spike,
        red_burst_threshold=burst_of(spike),
    )
    # When they are replayed with the thresholds of one cell
    alerts = list(filter(is_fitted, find(playback_of(folder, config)).alerts))
    # Then the cell has counted these alerts
    bursts = [alert for alert in alerts if alert.alert_type == "red_burst"]
    assert counts.days == [DAY, date(2013, 10, 9)]
    assert sum(counts.bursts[day, spike] for day in counts.days) == len(bursts)
    assert sum(counts.large[day, size] for day in counts.days) == len(alerts) - len(bursts)


def test_settings_as_they_are_count_what_their_replay_finds(folder: Path) -> None:
    # Given two days, and settings by the specification's numbers or on own scale
    settings = [OrderFlowConfig(thresholds="fixed"), OrderFlowConfig()]
    # When their alerts are counted
    found = [count_present(playback_of(folder, each)) for each in settings]
    # Then each day has as many as its replay, exits apart
    replays = [find(playback_of(folder, each)).alerts for each in settings]
    assert found[0] == {"ACME": {DAY: 5, date(2013, 10, 9): 5}}
    assert [sum(each["ACME"].values()) for each in found] == [
        sum(map(is_fitted, each)) for each in replays
    ]


def test_resting_levels_and_walls_are_counted() -> None:
    # Given a bid of 12,000 and an ask of 6,000 that stand, as quotes and as a book with levels,
    # until the next print
    def rows(bids_below: tuple[tuple[int, int], ...] | None) -> list[Row]:
        sizes: dict[str, Any] = {"bid_size": 12_000, "ask_size": 6_000, "bids_below": bids_below}
        return [quote_row(0, **sizes), trade_row(3, price=BID + 5_000, size=1)]

    # When both are counted
    by_quote = count_alerts([rows(None)], OrderFlowConfig(thresholds="fixed"))["ACME"]
    by_book = count_alerts([rows(((BID - 10_000, 1_500),))], OrderFlowConfig(thresholds="fixed"))
    # Then each threshold counts the levels it calls large, deeper ones too
    assert [by_quote.large[DAY, size] for size in LARGE_SIZES[:8]] == [2, 2, 2, 2, 2, 1, 1, 0]
    assert [by_book["ACME"].large[DAY, size] for size in LARGE_SIZES[:8]] == [
        3, 3, 2, 2, 2, 1, 1, 0,
    ]  # fmt: skip


@pytest.mark.parametrize("stamped", [True, False])
def test_stamps_are_matched_as_in_a_replay(stamped: bool) -> None:
    # Given a quote and a large sale with participant stamps, or a quote without one
    made_ns = at(0) if stamped else None
    rows = [quote_row(0, made_ns=made_ns), trade_row(1, price=BID, size=20_000)]
    # When it is counted
    found = count_alerts([rows], OrderFlowConfig(thresholds="fixed"))["ACME"]
    # Then the sale is found
    assert found.large[DAY, 20_000] == 1


def test_a_print_without_a_stamp_of_its_exchange_counts_too() -> None:
    # Given such a sale
    rows = [quote_row(0), trade_row(1, price=BID, size=20_000, made_ns=None)]
    # When it is counted
    found = count_alerts([rows], OrderFlowConfig(thresholds="fixed"))["ACME"]
    # Then it is found
    assert found.large[DAY, 20_000] == 1


def test_only_the_regular_session_makes_a_day() -> None:
    # Given a quote of the evening, and one of another symbol at ten
    rows = [quote_row(7 * 3_600), quote_row(0, symbol="BOLT")]
    # When they are counted
    found = count_alerts([rows], OrderFlowConfig(thresholds="fixed"))
    # Then only the other symbol has a day
    assert (found["ACME"].days, found["BOLT"].days) == ([], [DAY])


def test_readers_are_told_to_hand_on_every_level_of_any_cell() -> None:
    # Given settings with a threshold of their own for one symbol
    config = OrderFlowConfig(
        thresholds="fixed", symbol_overrides={"ACME": {"large_order_size_threshold": 50_000}}
    )
    # When the data is to be read for every cell
    # Then the lowest threshold holds for all
    assert lowest_cell(config).for_symbol("ACME").large_order_size_threshold == LARGE_SIZES[0]


@pytest.mark.parametrize("spike", SPIKES)
def test_every_cell_is_a_setting_that_may_be_written(spike: float) -> None:
    # Given a cell
    # When settings are made of it
    config = OrderFlowConfig(
        thresholds="fixed",
        volume_spike_threshold=spike,
        red_burst_threshold=burst_of(spike),
        large_order_size_threshold=LARGE_SIZES[-1],
    )
    # Then it lies within the bounds, the default among them
    assert config.red_burst_threshold >= spike
    assert burst_of(3.0) == 4.0
