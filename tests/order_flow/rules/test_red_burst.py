"""The red-burst rule: thresholds, warm-up, episodes, sessions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.flow_values import OPEN_NS, S

from trading_bot.order_flow.calendar import in_extended_hours
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.rules.red_burst import BurstReading, RedBurstState
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.rules.volume_window import Baseline, VolumeWindow

BURST_NS = OPEN_NS + 360 * S
"""Six minutes after the open: the first moment with five whole baseline minutes and to spare."""
EXTENDED = OrderFlowConfig(thresholds="fixed", sessions="extended")


class Tape:
    """One symbol's prints, each given by its second after the open."""

    def __init__(
        self,
        config: OrderFlowConfig | None = None,
        *,
        start_ns: int = OPEN_NS,
        minutes: int = 5,
        per_minute: int = 1_000,
    ) -> None:
        self.state = RedBurstState("AAPL", config or OrderFlowConfig(thresholds="fixed"))
        self.start_ns = start_ns
        self.state.watch_from(start_ns)
        if per_minute:
            for minute in range(minutes):
                assert self.bought(60 * minute + 30, per_minute) is None

    def sold(
        self, second: float, size: int, *, p_sell: int = 1_000, spread_bp: int = 0
    ) -> Signal | None:
        stamp_ns = self.start_ns + round(second * S)
        return self.state.on_trade(stamp_ns, size, p_sell, spread_bp=spread_bp)

    def bought(self, second: float, size: int) -> Signal | None:
        return self.sold(second, size, p_sell=0)


def severity(alert: Signal | None) -> str | None:
    return None if alert is None else alert.severity


def test_a_red_burst_says_how_large_how_red_and_when() -> None:
    # Given five minutes of 1,000 shares, and 800 shares bought in the sixth
    tape = Tape()
    tape.bought(350, 800)
    # When 2,400 shares are sold
    alert = tape.sold(360.000000007, 2_400)
    # Then the alert tells the ratios and the exact time
    assert alert == Signal(
        symbol="AAPL",
        alert_type="red_burst",
        severity="warning",
        timestamp_ns=BURST_NS + 7,
        volume_ratio=3.2,
        sell_ratio=0.75,
        sell_ratio_low=0.75,
        low_confidence_share=0.0,
    )


def test_the_reading_is_what_the_newest_print_was_judged_by() -> None:
    # Given five minutes of 1,000 shares, and 800 shares bought in the sixth
    tape = Tape()
    tape.bought(350, 800)
    # When 2,400 shares are sold
    tape.sold(360, 2_400)
    # Then the reading holds both minutes' figures
    assert tape.state.reading() == BurstReading(
        volume=3_200, baseline_shares=5_000, baseline_minutes=5, sold_thousandths=2_400_000
    )


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        (2_999, None),
        (3_000, "warning"),
        (3_001, "warning"),
        (3_999, "warning"),
        (4_000, "critical"),
        (4_001, "critical"),
    ],
)
def test_three_baseline_minutes_warn_and_four_are_critical(
    shares: int, expected: str | None
) -> None:
    # Given a baseline of 1,000 shares a minute
    tape = Tape()
    # When so many are sold within the minute
    # Then the ratio decides, each threshold being the smallest that alerts
    assert severity(tape.sold(360, shares)) == expected


def test_a_ratio_exactly_at_a_threshold_that_binary_cannot_hold_alerts() -> None:
    # Given a threshold of 2.3 and a baseline of 1,000 shares a minute
    tape = Tape(OrderFlowConfig(thresholds="fixed", volume_spike_threshold=2.3))
    # When exactly 2,300 shares are sold
    # Then it warns
    assert severity(tape.sold(360, 2_300)) == "warning"


def test_the_overrides_of_a_symbol_are_its_thresholds() -> None:
    # Given overrides for this symbol
    config = OrderFlowConfig(
        thresholds="fixed",
        symbol_overrides={"AAPL": {"volume_spike_threshold": 5.0, "red_burst_threshold": 6.0}},
    )
    # When bursts below, at and above them come
    found = [severity(Tape(config).sold(360, size)) for size in (4_999, 5_000, 6_000)]
    # Then they decide
    assert found == [None, "warning", "critical"]


@pytest.mark.parametrize(("sold", "alerts"), [(2_399, False), (2_400, True), (2_401, True)])
def test_three_fifths_must_be_sold(sold: int, alerts: bool) -> None:
    # Given a spike of 4,000 shares, the first of them bought
    tape = Tape()
    tape.bought(360, 4_000 - sold)
    # When the rest is sold
    alert = tape.sold(361, sold)
    # Then it is a red burst from 0.60 on
    assert (alert is not None) is alerts


@pytest.mark.parametrize(("shares", "alerts"), [(1_999, False), (2_000, True), (2_001, True)])
def test_two_thousand_shares_are_needed(shares: int, alerts: bool) -> None:
    # Given a thin stock that trades 100 shares a minute
    tape = Tape(per_minute=100)
    # When the last minute trades so many
    # Then it takes 2,000 to be a burst, whatever the ratio
    assert (tape.sold(360, shares) is not None) is alerts


@pytest.mark.parametrize(("second", "alerts"), [(238, False), (239, True), (240, True)])
def test_three_whole_minutes_of_history_are_needed(second: int, alerts: bool) -> None:
    # Given a watch since the open, with a little trading
    tape = Tape(minutes=3, per_minute=100)
    # When a burst comes while the third whole minute ends
    # Then no history is no alert
    assert (tape.sold(second, 10_000) is not None) is alerts


def test_without_a_watch_the_first_print_begins_the_history() -> None:
    # Given a state that nobody told since when it sees everything
    state = RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    state.on_trade(OPEN_NS + 600 * S, 100, 0)
    # When a burst comes 238 s and 239 s after the first print
    found = [
        state.on_trade(OPEN_NS + (600 + later) * S, 5_000, 1_000) is not None
        for later in (238, 239)
    ]
    # Then three whole minutes exist from 239 s on
    assert found == [False, True]


@pytest.mark.parametrize(("earlier", "alerts"), [(178, False), (179, True)])
def test_minutes_that_turn_out_to_be_known_make_history_within_a_session(
    earlier: int, alerts: bool
) -> None:
    # Given a watch from ten minutes after the open, and a burst a minute later
    state = RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    state.watch_from(OPEN_NS + 600 * S)
    first = state.on_trade(OPEN_NS + 660 * S, 5_000, 1_000)
    # When it is stated that all is known from earlier on, with the prints of then
    state.watch_from(OPEN_NS + (600 - earlier) * S)
    found = state.on_trade(OPEN_NS + 599 * S, 100, 0)
    # Then three whole minutes are history
    assert (first, found is not None) == (None, alerts)


def test_a_watch_from_before_the_open_makes_no_history_of_an_earlier_session() -> None:
    # Given a watch from the first second of a session
    tape = Tape(minutes=2)
    # When it is stated that all is known from an hour before
    tape.state.watch_from(OPEN_NS - 3_600 * S)
    # Then three whole minutes of this session are needed still
    assert [tape.sold(second, 10_000) is not None for second in (238, 239)] == [False, True]


def test_a_baseline_of_zero_gives_no_alert() -> None:
    # Given six quiet minutes
    tape = Tape(per_minute=0)
    # When 50,000 shares are sold at once
    # Then there is nothing to compare them with
    assert tape.sold(400, 50_000) is None


def test_no_print_means_no_alert_and_nothing_withheld() -> None:
    # Given a state that is watched and given nothing
    state = Tape(per_minute=0).state
    # When it is read
    # Then nothing was withheld, and it knows its hours
    assert (state.withheld, state.in_session(OPEN_NS), state.in_session(OPEN_NS - 1)) == (
        0,
        True,
        False,
    )


def test_one_alert_per_episode() -> None:
    # Given a burst that has warned
    tape = Tape()
    assert severity(tape.sold(360, 3_000)) == "warning"
    # When selling goes on below critical
    found = [tape.sold(second, 10) for second in range(361, 389)]
    # Then nothing more is said
    assert found == [None] * 28


def test_a_burst_that_turns_critical_is_raised_once_more() -> None:
    # Given a burst that has warned
    tape = Tape()
    assert severity(tape.sold(360, 3_000)) == "warning"
    # When it turns critical and goes on
    found = [severity(tape.sold(361 + step, 1_000)) for step in range(3)]
    # Then that is said once
    assert found == ["critical", None, None]


def test_a_critical_burst_does_not_fall_back_to_a_warning() -> None:
    # Given a critical burst
    tape = Tape()
    assert severity(tape.sold(360, 5_000)) == "critical"
    # When the ratio goes on above the lower threshold only
    # Then nothing more is said
    assert tape.sold(419, 100) is None


def test_turning_critical_needs_sellers_too() -> None:
    # Given a burst that has warned
    tape = Tape()
    assert severity(tape.sold(360, 3_000)) == "warning"
    # When buyers carry it beyond critical, and then sellers take over
    found = [severity(tape.bought(361, 2_500)), severity(tape.sold(362, 2_000))]
    # Then it turns critical only with three fifths sold
    assert found == [None, "critical"]


def test_a_spike_turns_red_when_the_sellers_come_later() -> None:
    # Given a spike made by buyers
    tape = Tape()
    assert tape.bought(360, 3_000) is None
    # When enough is sold within the same minute
    # Then the burst is raised then
    assert severity(tape.sold(361, 4_500)) == "critical"


def burst_again_after_a_fall(second: float) -> str | None:
    """Return what a burst at `second` is worth after a critical one at 360 and silence."""
    tape = Tape()
    assert severity(tape.sold(360, 4_000)) == "critical"
    return severity(tape.sold(second, 40_000))


@pytest.mark.parametrize(
    ("second", "expected"), [(419.9, None), (420, "critical"), (421, "critical")]
)
def test_a_quiet_gap_arms_again_once_60_seconds_have_passed(
    second: float, expected: str | None
) -> None:
    # Given a critical burst, after which nothing trades at all
    # When the next burst comes about 60 s after it
    # Then the ratio had fallen to nothing by then, and the 60 s decide
    assert burst_again_after_a_fall(second) == expected


def test_a_fall_alone_does_not_arm_before_60_seconds_have_passed() -> None:
    # Given a burst most of whose shares were in the window before it was raised
    tape = Tape()
    assert tape.sold(331, 2_900) is None
    assert severity(tape.sold(360, 100)) == "warning"
    # When the ratio falls as they leave, rises again at 395 s and stays above the threshold
    prints = [(391, 1), (395, 5_000), (419, 1), (420, 1)]
    found = [severity(tape.sold(second, size)) for second, size in prints]
    # Then it is raised again only once 60 s have passed
    assert found == [None, None, None, "warning"]


def test_a_halt_is_no_time_for_windows_and_episode() -> None:
    # Given a burst that has warned
    tape = Tape()
    assert severity(tape.sold(360, 3_000)) == "warning"
    # When trading is halted for ten minutes, which do not count
    tape.state.skip(600)
    # Then what follows is the same minute and the same episode, and its end too
    assert tape.sold(970, 100) is None
    assert tape.state.reading().volume == 3_100
    assert severity(tape.sold(1_020, 20_000)) == "critical"


def test_a_ratio_that_never_fell_does_not_arm() -> None:
    # Given a critical burst
    tape = Tape()
    assert severity(tape.sold(360, 5_000)) == "critical"
    # When the ratio stays above the threshold far beyond 60 s
    found = [tape.sold(second, size) for second, size in [(400, 10_000), (421, 300), (430, 10)]]
    # Then it is the same episode
    assert found == [None] * 3


def test_a_burst_is_armed_again_although_the_baseline_has_fallen_to_zero() -> None:
    # Given a critical burst, and then ten minutes without a print
    tape = Tape()
    assert severity(tape.sold(360, 5_000)) == "critical"
    # When trade resumes thinly and a burst comes
    for minute in range(5):
        assert tape.bought(1_000 + 60 * minute, 500) is None
    # Then it is a new episode
    assert severity(tape.sold(1_300, 3_000)) == "critical"


def test_the_ratio_may_fall_while_too_few_shares_trade_to_be_judged() -> None:
    # Given a burst in a thin stock
    tape = Tape(per_minute=500)
    assert severity(tape.sold(360, 2_000)) == "critical"
    # When a few shares trade at a ratio below the threshold, and then a burst comes
    assert tape.sold(421, 100) is None
    # Then it is a new episode
    assert severity(tape.sold(430, 8_000)) == "critical"


@pytest.mark.parametrize(("unsure", "alerts"), [(1_599, True), (1_600, True), (1_601, False)])
def test_a_burst_is_withheld_when_more_than_two_fifths_are_unsure(
    unsure: int, alerts: bool
) -> None:
    # Given a spike of 4,000 shares, some sold with a probability of 0.699 only
    tape = Tape()
    tape.sold(360, unsure, p_sell=699)
    # When the rest is surely sold
    alert = tape.sold(361, 4_000 - unsure)
    # Then a sell ratio that is mostly a guess raises nothing, and is counted
    assert (alert is not None, tape.state.withheld) == (alerts, int(not alerts))


@pytest.mark.parametrize(("p_sell", "share"), [(699, 0.25), (700, 0.0), (300, 0.0), (301, 0.25)])
def test_a_side_is_unsure_below_a_confidence_of_seven_tenths(p_sell: int, share: float) -> None:
    # Given a spike, a quarter of it sold or bought with some confidence
    tape = Tape()
    tape.sold(359, 1_000, p_sell=p_sell)
    # When it becomes a burst
    alert = tape.sold(360, 3_000)
    # Then the alert says how much of it is unsure
    assert alert is not None
    assert alert.low_confidence_share == share


def test_the_lower_bound_takes_unknown_sides_for_purchases() -> None:
    # Given a spike, a quarter of it of unknown side
    tape = Tape()
    tape.sold(359, 1_000, p_sell=500)
    # When it becomes a burst
    alert = tape.sold(360, 3_000)
    # Then the expected share and its lower bound are told
    assert alert is not None
    assert (alert.sell_ratio, alert.sell_ratio_low) == (0.875, 0.75)


def test_a_withheld_burst_is_counted_once_and_raised_when_sides_become_sure() -> None:
    # Given a burst of unsure sales
    tape = Tape()
    found = [tape.sold(360 + step, 1_000, p_sell=650) for step in range(6)]
    assert (found, tape.state.withheld) == ([None] * 6, 1)
    # When surely sold shares outweigh them
    # Then it is raised after all, still counted once
    assert (severity(tape.sold(370, 9_000)), tape.state.withheld) == ("critical", 1)


def test_withheld_bursts_with_a_quiet_gap_between_them_are_two() -> None:
    # Given a withheld burst
    tape = Tape()
    tape.sold(360, 5_000, p_sell=650)
    # When nothing trades for a while, little for some minutes, and a burst is withheld again
    for minute in range(5):
        tape.sold(1_000 + 60 * minute, 500)
    tape.sold(1_300, 5_000, p_sell=650)
    # Then two were withheld
    assert tape.state.withheld == 2


def test_withheld_bursts_with_a_fall_between_them_are_two() -> None:
    # Given a withheld burst
    tape = Tape()
    tape.sold(360, 3_000, p_sell=650)
    # When the ratio falls below the threshold while thousands go on trading, and rises again
    tape.bought(361, 6_000)
    for second in (430, 440):
        tape.bought(second, 1_500)
    tape.sold(450, 60_000, p_sell=650)
    # Then two were withheld
    assert tape.state.withheld == 2


def test_bursts_are_judged_from_the_open_to_the_close_only() -> None:
    # Given a state of the regular session
    state = RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    close_ns = OPEN_NS + 390 * 60 * S
    # When moments around its ends are asked for
    found = [state.in_session(ns) for ns in (OPEN_NS - 1, OPEN_NS, close_ns - 1, close_ns)]
    # Then the open is in and the close is out
    assert found == [False, True, True, False]


def test_an_early_close_ends_the_judging_at_one_o_clock() -> None:
    # Given the day after Thanksgiving
    state = RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    close_ns = ns_from_utc(datetime(2026, 11, 27, 18, tzinfo=UTC))
    # When moments around 13:00 New York are asked for
    # Then the session is over
    assert [state.in_session(ns) for ns in (close_ns - 1, close_ns)] == [True, False]


def test_prints_before_the_open_make_no_baseline() -> None:
    # Given a watch and heavy trading since 09:00
    tape = Tape(start_ns=OPEN_NS - 1_800 * S, minutes=30)
    # When bursts come 238 s and 239 s after the open
    found = [
        tape.state.on_trade(OPEN_NS + second * S, size, 1_000) is not None
        for second, size in [(0, 100), (238, 9_000), (239, 9_000)]
    ]
    # Then three minutes of this session must have passed
    assert found == [False, False, True]


def test_windows_and_episode_start_afresh_with_the_next_day() -> None:
    # Given a critical burst just before the close
    tape = Tape(start_ns=OPEN_NS + 380 * 60 * S)
    assert severity(tape.sold(590, 5_000)) == "critical"
    # When the next day opens, trades, and bursts
    next_open_ns = OPEN_NS + 86_400 * S
    found = [
        severity(tape.state.on_trade(next_open_ns + second * S, size, 1_000))
        for second, size in [(0, 100), (100, 9_000), (400, 36_000)]
    ]
    # Then yesterday is neither baseline nor episode
    assert found == [None, None, "critical"]


def test_a_given_baseline_replaces_the_computed_one() -> None:
    # Given a computed baseline of 1,000 and a given one of 2,000 shares a minute
    tape = Tape()
    given_baseline = Baseline(6_000, 3)
    # When 6,000 shares are sold
    alert = tape.state.on_trade(BURST_NS, 6_000, 1_000, given_baseline=given_baseline)
    # Then the given one is what they are measured by
    assert alert is not None
    assert alert.volume_ratio == 3.0


@pytest.mark.parametrize("minutes", [0, 2])
def test_a_given_baseline_of_fewer_than_three_minutes_is_no_history(minutes: int) -> None:
    # Given a given baseline that is too short
    tape = Tape()
    given_baseline = Baseline(1_000 * minutes, minutes)
    # When many shares are sold
    # Then there is no alert, although the computed baseline would give one
    assert tape.state.on_trade(BURST_NS, 9_000, 1_000, given_baseline=given_baseline) is None


def test_a_given_baseline_stands_for_a_regular_session_at_any_hour() -> None:
    # Given a given baseline, and prints in the middle of the night
    state = RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    night_ns = OPEN_NS - 10 * 3_600 * S
    given_baseline = Baseline(3_000, 3)
    # When shares are sold in two steps within a minute
    found = [
        severity(state.on_trade(night_ns + second * S, 1_500, 1_000, given_baseline=given_baseline))
        for second in (0, 59, 60)
    ]
    # Then the minute is judged as any other
    assert found == [None, "warning", None]


# New York times of that Tuesday, in seconds after the regular open.
EXTENDED_OPEN, CLOSE, EXTENDED_CLOSE = -19_800, 23_400, 37_800


@pytest.mark.parametrize(
    ("second", "judged"),
    [
        (EXTENDED_OPEN - 1, False),
        (EXTENDED_OPEN, True),
        (0, True),
        (CLOSE, True),
        (EXTENDED_CLOSE - 1, True),
        (EXTENDED_CLOSE, False),
    ],
)
def test_extended_sessions_last_from_four_to_twenty_o_clock(second: int, judged: bool) -> None:
    # Given a configuration that says `extended`
    state = RedBurstState("AAPL", EXTENDED)
    # When a moment is asked for
    # Then 04:00 to 20:00 New York are judged
    assert state.in_session(OPEN_NS + second * S) is judged


@pytest.mark.parametrize("opens_at", [EXTENDED_OPEN, 0, CLOSE])
def test_windows_start_afresh_at_each_session_s_open(opens_at: int) -> None:
    # Given ten minutes of thin trading before the open of an extended, regular or late session
    start_ns = OPEN_NS + (opens_at - 600) * S
    tape = Tape(EXTENDED, start_ns=start_ns, minutes=10, per_minute=100)
    # When the session opens with many times that volume
    found = [tape.sold(600 + second, 5_000) for second in range(0, 230, 10)]
    # Then the hour before is no baseline: every open would be a burst
    assert found == [None] * 23


@pytest.mark.parametrize(("spread_bp", "alerts"), [(49, True), (50, True), (51, False)])
def test_a_wide_spread_raises_nothing_in_extended_sessions(spread_bp: int, alerts: bool) -> None:
    # Given a pre-market with history
    tape = Tape(EXTENDED, start_ns=OPEN_NS - 7_200 * S)
    # When a burst comes while the spread is about 50 basis points
    # Then it counts up to 50
    assert (tape.sold(360, 5_000, spread_bp=spread_bp) is not None) is alerts


def test_the_spread_does_not_matter_when_only_the_regular_session_is_judged() -> None:
    # Given a regular configuration
    tape = Tape()
    # When a burst comes at a wide spread
    # Then it is raised
    assert tape.sold(360, 5_000, spread_bp=10_000) is not None


@pytest.mark.parametrize(
    ("second", "extended"),
    [
        (EXTENDED_OPEN - 1, False),
        (EXTENDED_OPEN, True),
        (-1, True),
        (0, False),
        (CLOSE - 1, False),
        (CLOSE, True),
        (EXTENDED_CLOSE, False),
    ],
)
def test_extended_hours_lie_around_the_regular_session(second: int, extended: bool) -> None:
    # Given a moment of a trading day
    # When it is asked whether that is extended hours
    # Then the regular session and the night are not
    assert in_extended_hours(OPEN_NS + second * S) is extended


Flow = list[tuple[int, int, int]]
flows = st.lists(
    st.tuples(
        st.integers(0, 90), st.integers(1, 3_000), st.sampled_from([0, 500, 600, 990, 1_000])
    ),
    max_size=80,
)
"""Prints as (seconds after the one before, shares, probability of a sale)."""


def alerts_of(flow: Flow, shift_s: int = 0, state: RedBurstState | None = None) -> list[Signal]:
    state = state or RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    stamp_ns = OPEN_NS + shift_s * S
    found = []
    for step, size, p_sell in flow:
        stamp_ns += step * S
        found.append(state.on_trade(stamp_ns, size, p_sell))
    return [alert for alert in found if alert is not None]


@given(flows)
def test_the_same_stream_gives_the_same_alerts(flow: Flow) -> None:
    # Given any tape
    # When it is judged twice
    # Then the alerts are the same
    assert alerts_of(flow) == alerts_of(flow)


@given(flows, st.integers(0, 10_000))
def test_shifting_all_times_shifts_the_alerts(flow: Flow, shift_s: int) -> None:
    # Given any tape, and the same some seconds later in the session
    # When both are judged
    now, later = alerts_of(flow), alerts_of(flow, shift_s)
    # Then the alerts are the same, so much later
    assert [(a.timestamp_ns, a.severity, a.volume_ratio) for a in later] == [
        ((a.timestamp_ns or 0) + shift_s * S, a.severity, a.volume_ratio) for a in now
    ]


@given(flows)
def test_every_alert_is_at_least_what_the_rule_asks_for(flow: Flow) -> None:
    # Given any tape
    # When it is judged
    # Then each alert has its ratios, and severities follow the ratio
    for alert in alerts_of(flow):
        assert alert.volume_ratio is not None
        assert alert.sell_ratio is not None
        assert alert.low_confidence_share is not None
        assert alert.volume_ratio >= 3.0
        assert (alert.severity == "critical") is (alert.volume_ratio >= 4.0)
        assert alert.sell_ratio >= 0.6
        assert alert.low_confidence_share <= 0.4


@given(flows)
def test_a_tape_that_is_bought_raises_nothing(flow: Flow) -> None:
    # Given any tape on which buyers started every print
    bought = [(step, size, 0) for step, size, _ in flow]
    # When it is judged
    # Then there is no alert
    assert alerts_of(bought) == []


class Restless(RedBurstState):
    """Looks at every print: never rules a burst out for a while."""

    __slots__ = ()

    def _may_spike(self, window: VolumeWindow) -> bool:
        super()._may_spike(window)
        self._calm_until_ns = 0
        shares, minutes = window.baseline()
        return window.volume >= 2_000 and minutes >= 3 and window.volume * minutes >= 3 * shares


steady_flows = st.builds(
    lambda steady, burst: [(4, 150, 500 + side) for side in steady] + burst,
    st.lists(st.integers(-400, 400), min_size=60, max_size=110),
    st.lists(
        st.tuples(
            st.sampled_from((-70, -3, 0, 0, 1, 2, 29, 30, 31, 32, 61)),
            st.integers(1, 4_000),
            st.sampled_from((0, 500, 650, 1_000)),
        ),
        max_size=40,
    ),
)
"""Minutes of steady trading, then anything."""


@settings(max_examples=100)
@given(steady_flows)
def test_ruling_a_burst_out_for_a_while_never_misses_one(flow: Flow) -> None:
    # Given a tape with a baseline, on which anything may follow
    # When it is judged by a state that looks closely at every print too
    # Then both raise the same
    assert alerts_of(flow) == alerts_of(
        flow, state=Restless("AAPL", OrderFlowConfig(thresholds="fixed"))
    )


def test_what_was_sold_in_an_earlier_session_is_not_taken_out_of_this_one() -> None:
    # Given a print of today, and one of the day before that is taken back now
    state = RedBurstState("AAPL", OrderFlowConfig(thresholds="fixed"))
    state.watch_from(OPEN_NS)
    state.on_trade(OPEN_NS + 30 * S, 3_000, 900)
    # When it is taken back
    state.take_back((OPEN_NS - 86_400 * S) // S, 3_000, 900)
    # Then today's volume is as it was
    assert state.reading().volume == 3_000


# What a ratio is measured by


def measured_by(*prints: int, minimum: int = 20) -> Tape:
    """Return a tape of so many prints of 100 shares in each minute, with a floor under them."""
    tape = Tape(per_minute=0)
    tape.state.minimum_prints = minimum
    for minute, count in enumerate(prints):
        for place in range(count):
            assert tape.bought(60 * minute + 10 + place, 100) is None
    return tape


@pytest.mark.parametrize(("last", "found"), [(3, None), (4, "critical"), (5, "critical")])
def test_a_burst_needs_twenty_prints_before_it(last: int, found: str | None) -> None:
    # Given 19, 20 and 21 prints in five minutes
    tape = measured_by(4, 4, 4, 4, last)
    # When much is sold
    # Then there is a burst from 20 on
    assert severity(tape.sold(360, 6_000)) == found
    assert tape.state.unmeasured == (found is None)


@pytest.mark.parametrize(
    ("prints", "found"),
    [
        ((0, 0, 0, 20, 20), None),
        ((0, 0, 1, 20, 20), None),
        ((0, 0, 2, 20, 20), "critical"),
        ((2, 0, 20, 0, 2), "critical"),
    ],
)
def test_a_burst_needs_two_prints_in_three_of_the_minutes_before_it(
    prints: tuple[int, ...], found: str | None
) -> None:
    # Given 20 prints and more, two or more of them in two or three of five minutes
    tape = measured_by(*prints)
    # When much is sold
    # Then silence is no minute that it is measured by
    assert severity(tape.sold(360, 9_000)) == found


def test_without_a_floor_a_burst_is_judged_to_the_letter() -> None:
    # Given one print in five minutes, and a state as the specification's method uses it
    tape = measured_by(1, minimum=0)
    # When much is sold
    # Then it is a burst
    assert severity(tape.sold(360, 6_000)) == "critical"


def test_a_given_baseline_needs_no_prints() -> None:
    # Given a silent tape, and a usual volume that a caller states
    tape = measured_by(minimum=20)
    # When three times that is sold
    found = tape.state.on_trade(BURST_NS, 6_000, 1_000, given_baseline=Baseline(6_000, 3))
    # Then who states it knows it
    assert severity(found) == "warning"


def test_a_burst_that_goes_on_is_raised_once_it_can_be_measured() -> None:
    # Given 17 prints before, three prints in the current minute, and sales that cannot be measured
    tape = measured_by(0, 4, 4, 4, 5)
    for second in (345, 346, 347):
        tape.bought(second, 100)
    assert tape.sold(360, 9_000) is None
    assert tape.sold(361, 9_000) is None
    # When those three have joined the minutes before
    found = tape.sold(407, 9_000)
    # Then it is raised; what was not raised before is counted once
    assert severity(found) == "critical"
    assert tape.state.unmeasured == 1
