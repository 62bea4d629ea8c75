"""TapeMonitor: the specification's average, red bursts from records, and symbols kept apart."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import (
    MICROSECOND,
    MINUTE,
    NOON,
    OPEN,
    OPEN_NS,
    SECOND,
    S,
    large_seller,
    tick,
)
from support.monitor_stubs import Holdings

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert, Side, TimeAndSalesRecord
from trading_bot.order_flow.exit_judge import ExitJudge
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.tape_monitor import TapeMonitor
from trading_bot.order_flow.validators import validate_tape_data

BURST = OPEN + 6 * MINUTE


def monitor(**settings: object) -> TapeMonitor:
    return TapeMonitor(OrderFlowConfig(thresholds="fixed", **settings))  # type: ignore[arg-type]  # settings vary by test


def quiet_minutes(symbol: str = "AAPL", shares: int = 1_000) -> list[TimeAndSalesRecord]:
    """One purchase a minute, the first at the open."""
    return [tick(OPEN + k * MINUTE, shares, "buy", symbol=symbol) for k in range(6)]


def watched(symbol: str = "AAPL", **settings: object) -> TapeMonitor:
    tape_monitor = monitor(**settings)
    assert tape_monitor.detect_red_burst(quiet_minutes(symbol)) == []
    return tape_monitor


def severities(alerts: list[OrderFlowAlert]) -> list[str]:
    return [alert.severity for alert in alerts]


# The specification's figure


def test_the_average_of_five_minutes_is_shares_per_minute() -> None:
    # Given five minutes of the tape with 100, 200, … 500 shares
    tape_monitor = monitor()
    tape_monitor.tape_buffer.extend(tick(NOON + k * MINUTE, 100 * (k + 1)) for k in range(5))
    # When the rolling average is calculated
    # Then it is 300 shares a minute
    assert tape_monitor.calculate_rolling_average() == 300.0


def test_the_average_of_nothing_is_zero() -> None:
    # Given no record
    # When the rolling average is calculated
    # Then it is 0.0
    assert monitor().calculate_rolling_average() == 0.0


@pytest.mark.parametrize(
    ("age", "average"),
    [
        (5 * MINUTE + MICROSECOND, 500.0),
        (5 * MINUTE, 500.0),
        (5 * MINUTE - MICROSECOND, 200.0),
        (4 * MINUTE, 200.0),
        (MINUTE, 500.0),
        (timedelta(0), 1_000.0),
    ],
)
def test_the_average_covers_the_five_minutes_that_end_at_the_newest_record(
    age: timedelta, average: float
) -> None:
    # Given a record of 500 shares, and an older one of 500
    tape_monitor = monitor()
    tape_monitor.tape_buffer.extend([tick(NOON - age, 500), tick(NOON, 500)])
    # When the average is calculated
    # Then minutes covered are counted whole, first and last included, and at most five
    assert tape_monitor.calculate_rolling_average() == average


def test_the_average_takes_records_in_any_order_and_at_any_hour() -> None:
    # Given three minutes of a night, the newest first
    night = NOON - timedelta(hours=10)
    tape_monitor = monitor()
    tape_monitor.tape_buffer.extend(tick(night - k * MINUTE, 300) for k in range(3))
    # When the average is calculated
    # Then the order and the session do not matter
    assert tape_monitor.calculate_rolling_average() == 300.0


# Red bursts


def test_a_red_burst_is_found_in_records() -> None:
    # Given six minutes of 1,000 shares bought a minute
    tape_monitor = watched()
    # When 3,500 shares are sold and 100 bought within a minute
    alerts = tape_monitor.detect_red_burst(
        [tick(BURST, 100, "buy"), tick(BURST + SECOND, 3_500, "sell")]
    )
    # Then it is a warning with its ratios: 3,600 against 1,000 a minute
    assert alerts == [
        OrderFlowAlert(
            symbol="AAPL",
            alert_type="red_burst",
            severity="warning",
            order_size=None,
            price_level=None,
            volume_ratio=3.6,
            timestamp_utc=BURST + SECOND,
            sell_ratio=3_500 / 3_600,
            sell_ratio_low=3_500 / 3_600,
            low_confidence_share=0.0,
        )
    ]


@pytest.mark.parametrize(
    ("shares", "expected"),
    [(2_999, []), (3_000, ["warning"]), (3_999, ["warning"]), (4_000, ["critical"])],
)
def test_records_meet_the_same_thresholds(shares: int, expected: list[str]) -> None:
    # Given a baseline of 1,000 shares a minute
    tape_monitor = watched()
    # When so many shares are sold
    # Then 300 % warn and 400 % are critical
    assert severities(tape_monitor.detect_red_burst([tick(BURST, shares)])) == expected


@pytest.mark.parametrize(("ratio", "due"), [(3.999999, False), (4.0, True), (4.5, True)])
def test_a_red_burst_above_400_per_cent_is_an_exit_signal(ratio: float, due: bool) -> None:
    # Given a held position
    position = Position("AAPL", quantity=Decimal(100), average_price=Decimal(101))
    risk_manager = ExitJudge(OrderFlowConfig(thresholds="fixed"), Holdings(position))
    burst = replace(
        large_seller(), alert_type="red_burst", source=None, order_size=None, volume_ratio=ratio
    )
    # When one red burst alone is judged
    recommendation = risk_manager.on_alert(burst, [burst])
    # Then it makes the exit due from 400 % on
    assert (recommendation is not None) is due


def test_a_burst_found_on_the_tape_makes_the_exit_due() -> None:
    # Given a held position and a watched tape
    position = Position("AAPL", quantity=Decimal(100), average_price=Decimal(101))
    risk_manager = ExitJudge(OrderFlowConfig(thresholds="fixed"), Holdings(position))
    # When 4,200 shares are sold against 1,000 a minute
    [alert] = watched().detect_red_burst([tick(BURST, 4_200)])
    recommendation = risk_manager.on_alert(alert, [alert])
    # Then the position should be left, for this alert
    assert recommendation is not None
    assert (recommendation.alerts, recommendation.urgency) == ((alert,), "high")


def test_no_records_mean_no_alert() -> None:
    # Given nothing
    tape_monitor = monitor()
    # When it is judged
    # Then there is no alert and nothing is kept
    assert (tape_monitor.detect_red_burst([]), list(tape_monitor.tape_buffer)) == ([], [])


def test_records_are_fed_in_time_order_whatever_order_they_come_in() -> None:
    # Given the records of a burst, newest first
    records = [*quiet_minutes(), tick(BURST, 4_000)][::-1]
    # When they are judged
    # Then the burst is found
    assert severities(monitor().detect_red_burst(records)) == ["critical"]


def test_symbols_are_never_mixed() -> None:
    # Given a symbol with a baseline and one without
    tape_monitor = watched("AAPL")
    # When the one without sells heavily, and the first sells half of what would be a burst
    alerts = tape_monitor.detect_red_burst(
        [tick(BURST, 50_000, symbol="MSFT"), tick(BURST, 2_000, symbol="AAPL")]
    )
    # Then neither is a burst
    assert alerts == []


def test_the_buffer_keeps_six_minutes_in_the_same_deque() -> None:
    # Given a caller who holds the buffer
    tape_monitor = monitor()
    buffer = tape_monitor.tape_buffer
    # When records of twenty minutes are judged
    tape_monitor.detect_red_burst([tick(OPEN + k * MINUTE) for k in range(20)])
    # Then the caller sees the newest six minutes
    assert [record.timestamp_utc for record in buffer] == [OPEN + k * MINUTE for k in range(14, 20)]


# Volume history


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], []),
        ([1_000], []),
        ([1_000] * 2, []),
        ([1_000] * 3, ["critical"]),
        ([1_001] * 3, ["warning"]),
        ([0, 0, 0], []),
        ([1_000] * 5, ["critical"]),
    ],
)
def test_a_given_history_of_three_minutes_is_a_baseline(
    history: list[int], expected: list[str]
) -> None:
    # Given a volume history, and no tape before
    tape_monitor = monitor()
    tape_monitor.volume_history.extend(history)
    # When 4,000 shares are sold
    # Then three minutes are history enough; fewer, or none with volume, give no alert
    assert severities(tape_monitor.detect_red_burst([tick(BURST, 4_000)])) == expected


def test_only_the_last_five_minutes_of_a_given_history_count() -> None:
    # Given a caller's own deque with an old heavy minute
    tape_monitor = monitor()
    tape_monitor.volume_history = deque([1_000_000, 1_000, 1_000, 1_000, 1_000, 1_000])
    # When 4,000 shares are sold
    # Then they are four times the last five minutes' mean
    [alert] = tape_monitor.detect_red_burst([tick(BURST, 4_000)])
    assert alert.volume_ratio == 4.0


def test_a_given_history_is_taken_as_regular_session_at_any_hour() -> None:
    # Given a volume history
    tape_monitor = monitor()
    tape_monitor.volume_history.extend([1_000] * 5)
    # When 4,000 shares are sold in the middle of the night
    # Then it is judged
    night = NOON - timedelta(hours=10)
    assert severities(tape_monitor.detect_red_burst([tick(night, 4_000)])) == ["critical"]


def test_a_given_history_that_is_too_short_overrules_a_good_baseline() -> None:
    # Given a good baseline on the tape, and a history of two minutes
    tape_monitor = watched()
    tape_monitor.volume_history.extend([1_000] * 2)
    # When 4,000 shares are sold
    # Then no history is no alert
    assert tape_monitor.detect_red_burst([tick(BURST, 4_000)]) == []


def test_an_emptied_history_gives_way_to_the_computed_baseline() -> None:
    # Given a heavy history, against which nothing is a burst
    tape_monitor = watched()
    tape_monitor.volume_history.extend([50_000] * 5)
    assert tape_monitor.detect_red_burst([tick(BURST, 2_000)]) == []
    # When it is emptied and selling goes on
    tape_monitor.volume_history.clear()
    # Then the tape's own baseline counts
    assert severities(tape_monitor.detect_red_burst([tick(BURST + SECOND, 2_000)])) == ["critical"]


def test_minutes_are_kept_by_symbol_as_a_tape_is_judged() -> None:
    # Given a tape of two symbols, one of whose prints does not count
    tape_monitor = monitor()
    # When it is judged
    tape_monitor.detect_red_burst(
        [
            *quiet_minutes(),
            tick(OPEN + SECOND, 500, conditions=(2,)),
            tick(OPEN, 700, symbol="MSFT"),
            tick(OPEN + 2 * MINUTE, 1, symbol="MSFT"),
        ]
    )
    # Then each has its finished minutes, quiet ones among them
    assert dict(tape_monitor.volume_history) == {"AAPL": (1_000,) * 5, "MSFT": (700, 0)}
    # Then, too, they go with their symbol
    tape_monitor.forget("MSFT")
    assert list(tape_monitor.volume_history) == ["AAPL"]


def test_minutes_that_the_tape_showed_are_no_stated_baseline() -> None:
    # Given a symbol whose minutes are kept, and the tape's own baseline
    tape_monitor = watched()
    assert len(tape_monitor.volume_history["AAPL"]) == 5
    # When it sells, measured by rolling seconds
    # Then the computed baseline counts
    assert severities(tape_monitor.detect_red_burst([tick(BURST, 3_000)])) == ["warning"]


def test_a_baseline_may_be_stated_for_one_symbol() -> None:
    # Given the usual volume of one symbol
    tape_monitor = monitor()
    tape_monitor.volume_history.state("AAPL", [1_000] * 3)
    # When two sell alike
    records = [tick(BURST, 4_000, symbol=each) for each in ("AAPL", "MSFT")]
    # Then only that one has a baseline
    assert [each.symbol for each in tape_monitor.detect_red_burst(records)] == ["AAPL"]


# Sides


def burst_of(**sale: object) -> list[OrderFlowAlert]:
    return watched().detect_red_burst([tick(BURST, 4_000, **sale)])  # type: ignore[arg-type]  # fields vary by test


@pytest.mark.parametrize(
    ("side", "probability", "expected"),
    [
        ("sell", None, (1.0, 1.0, 0.0)),
        ("sell", 0.9, (0.9, 0.9, 0.0)),
        ("unknown", 0.9, (0.9, 0.9, 0.0)),
        ("unknown", 1.0, (1.0, 1.0, 0.0)),
    ],
)
def test_a_stated_side_counts_fully_and_an_inferred_one_by_its_probability(
    side: Side, probability: float | None, expected: tuple[float, float, float]
) -> None:
    # Given a burst whose side is stated, or was inferred already
    # When it is found
    [alert] = burst_of(side=side, sell_probability=probability)
    # Then the ratios follow
    assert (alert.sell_ratio, alert.sell_ratio_low, alert.low_confidence_share) == expected


def test_a_side_as_likely_one_as_the_other_is_unknown_to_the_lower_bound() -> None:
    # Given a burst, a quarter of it judged as fifty-fifty
    records = [
        tick(BURST, 1_000, "unknown", sell_probability=0.5),
        tick(BURST + SECOND, 3_000, "sell"),
    ]
    # When it is found
    [alert] = watched().detect_red_burst(records)
    # Then the lower bound takes that quarter for a purchase
    assert (alert.sell_ratio, alert.sell_ratio_low) == (0.875, 0.75)


def test_a_tick_test_alone_is_too_unsure_for_a_burst() -> None:
    # Given a burst of prints without a side, at a falling price
    tape_monitor = watched()
    # When they are judged
    alerts = tape_monitor.detect_red_burst(
        [tick(BURST + k * SECOND, 1_000, "unknown", price=f"{99 - k}.00") for k in range(5)]
    )
    # Then the burst is withheld and counted
    assert (alerts, tape_monitor.state_of("AAPL").withheld) == ([], 1)


def test_a_participant_stamp_is_what_sides_are_inferred_at() -> None:
    # Given prints with participant stamps, without sides
    records = [
        tick(
            BURST + k * SECOND,
            1_000,
            "unknown",
            price=f"{99 - k}.00",
            participant_timestamp_ns=ns_from_utc(BURST) + k * S,
        )
        for k in range(5)
    ]
    # When they are judged
    tape_monitor = watched()
    # Then the tick test takes them for sales, unsurely
    assert (tape_monitor.detect_red_burst(records), tape_monitor.state_of("AAPL").withheld) == (
        [],
        1,
    )


# Which prints count


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"conditions": (2,)}, "average_price"),
        ({"conditions": (12,)}, "form_t"),
        ({"participant_timestamp_ns": ns_from_utc(BURST) - 5 * S - 1}, "late_print"),
        (
            {"participant_timestamp_ns": ns_from_utc(BURST) - 5 * S - 1, "conditions": (2,)},
            "late_print",
        ),
    ],
)
def test_prints_that_do_not_count_are_dropped_and_counted(
    more: dict[str, Any], reason: str
) -> None:
    # Given a large print that tells nothing of present supply
    tape_monitor = watched()
    # When it is judged
    alerts = tape_monitor.detect_red_burst([tick(BURST, 9_000, **more)])
    # Then it raises nothing, and is counted by its reason once
    assert (alerts, dict(tape_monitor.dropped)) == ([], {reason: 1})


def test_a_print_five_seconds_behind_its_stamp_counts() -> None:
    # Given a print made exactly 5 s before the tape had it
    made_ns = ns_from_utc(BURST) - 5 * S
    # When it is judged
    # Then it counts at its stamp
    assert len(burst_of(participant_timestamp_ns=made_ns)) == 1


def test_volume_that_may_not_be_signed_counts_as_unknown() -> None:
    # Given a spike of negotiated prints that call themselves sales
    # When it is judged
    # Then half of it at most is taken for sold: no burst
    assert burst_of(conditions=(24,)) == []


def test_form_t_counts_in_extended_hours_and_not_in_the_regular_session() -> None:
    # Given a configuration that judges extended sessions
    tape_monitor = monitor(sessions="extended")
    early = OPEN - timedelta(hours=2)
    # When a Form T print comes before the open, and one after it
    tape_monitor.detect_red_burst(
        [tick(early, conditions=(12,)), tick(OPEN + MINUTE, conditions=(12,))]
    )
    # Then only the second, a late report, is dropped
    assert dict(tape_monitor.dropped) == {"form_t": 1}


# The sell ratio


def test_the_sell_ratio_weighs_shares_by_the_probability_of_a_sale() -> None:
    # Given 600 sold, 200 bought, 100 of unknown side and 100 judged as sold with 0.7
    records = [
        tick(NOON, 600, "sell"),
        tick(NOON, 200, "buy"),
        tick(NOON, 100, "unknown"),
        tick(NOON, 100, "unknown", sell_probability=0.7),
    ]
    # When the ratio is calculated
    # Then it is (600 + 50 + 70) / 1,000
    assert monitor()._calculate_sell_ratio(records) == 0.72


def test_the_sell_ratio_of_nothing_is_zero() -> None:
    # Given no record
    # When the ratio is calculated
    # Then it is 0.0
    assert monitor()._calculate_sell_ratio([]) == 0.0


sides: st.SearchStrategy[Side] = st.sampled_from(("buy", "sell", "unknown"))
tapes = st.lists(
    st.builds(
        lambda second, half, side, symbol: tick(
            OPEN + second * SECOND, 2 * half, side, symbol=symbol
        ),
        st.integers(0, 900),
        st.integers(1, 4_000),
        sides,
        st.sampled_from(("AAPL", "MSFT")),
    ),
    max_size=50,
).map(lambda tape: sorted(tape, key=lambda record: record.timestamp_utc))


def halved(tape: list[TimeAndSalesRecord]) -> list[TimeAndSalesRecord]:
    return [replace(record, size=record.size // 2) for record in tape for _ in range(2)]


@given(tapes)
def test_the_sell_ratio_ignores_how_a_trade_is_split(tape: list[TimeAndSalesRecord]) -> None:
    # Given any tape, and the same with each print in two halves
    tape_monitor = monitor()
    # When both ratios are calculated
    # Then they are equal
    assert tape_monitor._calculate_sell_ratio(halved(tape)) == tape_monitor._calculate_sell_ratio(
        tape
    )


@given(tapes)
def test_the_same_tape_gives_the_same_alerts(tape: list[TimeAndSalesRecord]) -> None:
    # Given any tape
    # When two monitors judge it
    # Then their alerts are the same
    assert monitor().detect_red_burst(tape) == monitor().detect_red_burst(tape)


@given(tapes, st.integers(0, 10_000))
def test_a_tape_some_time_later_gives_the_alerts_so_much_later(
    tape: list[TimeAndSalesRecord], seconds: int
) -> None:
    # Given any tape, and the same later in the session
    shift = seconds * SECOND
    later = [replace(record, timestamp_utc=record.timestamp_utc + shift) for record in tape]
    # When both are judged
    now = monitor().detect_red_burst(tape)
    # Then the alerts differ by the time only
    assert monitor().detect_red_burst(later) == [
        replace(
            alert,
            timestamp_utc=alert.timestamp_utc + shift,
            timestamp_ns=(alert.timestamp_ns or 0) + seconds * S,
        )
        for alert in now
    ]


@given(tapes, st.integers(0, 50))
def test_a_tape_in_two_parts_gives_the_same_alerts(
    tape: list[TimeAndSalesRecord], cut: int
) -> None:
    # Given any tape, cut anywhere
    tape_monitor = monitor()
    # When the parts are judged one after the other
    alerts = tape_monitor.detect_red_burst(tape[:cut]) + tape_monitor.detect_red_burst(tape[cut:])
    # Then the alerts are those of the whole
    assert alerts == monitor().detect_red_burst(tape)


@given(tapes)
def test_each_symbol_is_judged_as_if_it_were_alone(tape: list[TimeAndSalesRecord]) -> None:
    # Given any tape of two symbols
    together = monitor().detect_red_burst(tape)
    # When each symbol's own prints are judged by themselves
    # Then their alerts are the same
    for symbol in ("AAPL", "MSFT"):
        alone = monitor().detect_red_burst([each for each in tape if each.symbol == symbol])
        assert [alert for alert in together if alert.symbol == symbol] == alone


# The shell


class StubSource:
    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        return [tick(start_time, symbol=symbol), tick(end_time, symbol=symbol)]


def test_a_tape_is_fetched_from_the_client() -> None:
    # Given a source of tapes
    tape_monitor = TapeMonitor(OrderFlowConfig(thresholds="fixed"), client=StubSource())
    # When a minute is fetched
    records = tape_monitor.fetch_tape_data("AAPL", NOON, NOON + MINUTE)
    # Then it is what the source gave, and nothing is judged
    assert records == [tick(NOON), tick(NOON + MINUTE)]
    assert list(tape_monitor.tape_buffer) == []


def test_a_tape_without_a_span_begins_with_the_whole_minute_six_minutes_back() -> None:
    # Given a source of tapes, and a clock
    tape_monitor = TapeMonitor(
        OrderFlowConfig(thresholds="fixed"), client=StubSource(), clock=lambda: NOON
    )
    # When a symbol's tape is fetched without saying when
    records = tape_monitor.fetch_tape_data("AAPL")
    # Then it is what a burst of this moment is judged by, the same for two starts in one minute
    assert records == [tick(NOON - 7 * MINUTE), tick(NOON)]
    # Then, too, what a client gave as records alone is a tape without quotes
    assert (records.symbol, ns_from_utc(NOON) - records.from_ns) == ("AAPL", 7 * 60 * S)
    assert not records.has_quotes


def test_fetching_needs_a_client() -> None:
    # Given a monitor made from a configuration alone
    # When a tape is to be fetched
    # Then the error says what is missing
    with pytest.raises(RuntimeError, match=r"TapeMonitor\(config, client="):
        monitor().fetch_tape_data("AAPL", NOON, NOON + MINUTE)


def test_a_watched_symbol_knows_whether_bursts_are_judged_now() -> None:
    # Given a watched symbol
    tape_monitor = monitor()
    tape_monitor.state_of("AAPL")
    # When it and another are asked around the open
    found = [
        tape_monitor.judges_at(symbol, ns)
        for symbol, ns in [("AAPL", OPEN_NS - 1), ("AAPL", OPEN_NS), ("MSFT", OPEN_NS)]
    ]
    # Then only the watched one is judged, from the open on
    assert found == [False, True, False]


def test_a_symbol_has_one_state_until_it_is_forgotten() -> None:
    # Given a watched tape
    tape_monitor = watched()
    state = tape_monitor.state_of("AAPL")
    assert tape_monitor.state_of("AAPL") is state
    # When the symbol is forgotten, twice, and sells heavily
    tape_monitor.forget("AAPL")
    tape_monitor.forget("AAPL")
    # Then its history is gone
    assert tape_monitor.detect_red_burst([tick(BURST, 9_000)]) == []


@pytest.mark.integration
def test_real_tape_is_normalised_and_fit_to_be_judged() -> None:
    # Given a real key, and a past regular session
    config = OrderFlowConfig.from_env(env_file=None)
    tape_monitor = TapeMonitor(config, client=PolygonClient(config))
    start = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
    # When ten seconds of a busy stock are fetched and judged
    records = tape_monitor.fetch_tape_data("AAPL", start, start + 10 * SECOND)
    tape_monitor.detect_red_burst(records)
    # Then they are ordered records of that time, with both stamps
    validate_tape_data(records, config, now=utc_now())
    assert records
    assert {record.symbol for record in records} == {"AAPL"}
    assert all(start <= record.timestamp_utc <= start + 10 * SECOND for record in records)
    assert all(record.participant_timestamp_ns is not None for record in records)
