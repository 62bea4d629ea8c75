"""Fitted on the days before, judged on the next, and refused where nothing holds."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.calibration_values import FIRST, WANTED, counts_of, steady

from trading_bot.research.calibration.fit import OWN_SCALE_STAYS, Choice, Target, calibrate, fit
from trading_bot.research.calibration.grid import LARGE_SIZES, SPIKES, SymbolCounts


def test_what_fits_every_day_is_chosen() -> None:
    # Given three days on which one pair of thresholds gives ten alerts
    # When they are calibrated
    found = calibrate("ACME", steady(3), WANTED, present={})
    # Then that pair is chosen, and both judged days were as wanted
    assert found.choice == Choice(10_000, 3.0, 5.0, 5.0)
    assert found.choice.thresholds == {
        "large_order_size_threshold": 10_000,
        "volume_spike_threshold": 3.0,
        "red_burst_threshold": 4.0,
    }
    assert [(s.fitted_days, s.judged, s.alerts, s.met, s.spent) for s in found.steps] == [
        (1, FIRST + timedelta(days=1), 10, True, False),
        (2, FIRST + timedelta(days=2), 10, True, False),
    ]
    assert found.refusal is None


def test_a_day_is_judged_by_what_the_days_before_chose() -> None:
    # Given a pair that fits the first day and gives forty alerts on the second
    counts = counts_of([{10_000: 5}, {10_000: 20, 20_000: 5}], [{3.0: 5}, {3.0: 20, 4.0: 5}])
    # When both are calibrated
    found = calibrate("ACME", counts, WANTED, present={})
    # Then the second day is judged by the first day's choice, and fails
    (step,) = found.steps
    assert step.choice == Choice(10_000, 3.0, 5.0, 5.0)
    assert (step.alerts, step.met) == (40, False)


@pytest.mark.parametrize(("bursts", "fits"), [(0, True), (-1, False), (10, True), (11, False)])
def test_both_ends_of_the_target_are_wanted(bursts: int, fits: bool) -> None:
    # Given five large sellers and a number of bursts around the ends of five to fifteen
    counts = counts_of([{10_000: 5}], [{3.0: bursts}])
    # When they are fitted
    # Then exactly five and fifteen are fine
    assert (fit(counts, counts.days, WANTED) is not None) is fits


def test_of_several_that_fit_the_evenly_shared_middle_is_chosen() -> None:
    # Given pairs of five and five, ten and none, none and ten, and six and six
    counts = counts_of(
        [{1_000: 10, 2_000: 6, 3_000: 5, 5_000: 0}], [{1.5: 10, 2.0: 6, 2.5: 5, 3.0: 0}]
    )
    # When they are fitted
    # Then five and five wins
    assert fit(counts, counts.days, WANTED) == Choice(3_000, 2.5, 5.0, 5.0)


def test_of_equals_the_higher_thresholds_are_chosen() -> None:
    # Given several thresholds that give the same alerts
    counts = counts_of([{1_000: 5, 20_000: 5}], [{1.5: 5, 8.0: 5}])
    # When they are fitted
    # Then the less talkative ones win
    assert fit(counts, counts.days, WANTED) == Choice(20_000, 8.0, 5.0, 5.0)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (steady(0), "0 days of data: at least 2 are needed, one to fit and one to judge"),
        (steady(1), "1 day of data: at least 2 are needed, one to fit and one to judge"),
        (
            counts_of([{}] * 2, [{}] * 2),
            "no thresholds within the bounds give 5 to 15 alerts a day over these 2 days",
        ),
        (
            counts_of([{10_000: 0}, {10_000: 10}], [{3.0: 5}, {3.0: 10}]),
            (
                "fitted on the days before, no judged day came to 5 to 15 alerts a day: what fits "
                "one day does not fit the next"
            ),
        ),
    ],
)
def test_what_does_not_hold_is_refused_with_its_reason(counts: SymbolCounts, reason: str) -> None:
    # Given too few days, nothing that fits, or nothing that lasts
    # When it is calibrated
    found = calibrate("ACME", counts, WANTED, present={})
    # Then it is refused and says why
    assert found.refusal == reason
    assert found.to_json_dict()["thresholds"] is None


def test_a_step_without_a_fit_is_no_success() -> None:
    # Given a first day that nothing fits, and two that one pair fits by their mean
    counts = counts_of([{10_000: 30}, {10_000: 0}, {10_000: 0}], [{3.0: 0}, {3.0: 5}, {3.0: 5}])
    # When they are calibrated
    found = calibrate("ACME", counts, WANTED, present={})
    # Then the first step has no choice and is not met
    assert (found.steps[0].choice, found.steps[0].alerts, found.steps[0].met) == (None, None, False)
    assert found.to_json_dict()["walk_forward"][0]["thresholds"] is None


def test_days_used_before_are_marked_as_spent() -> None:
    # Given a calibration that has seen the second day
    # When three days are calibrated
    found = calibrate("ACME", steady(3), WANTED, {FIRST + timedelta(days=1)}, present={})
    # Then only the third is out of sample
    assert [step.spent for step in found.steps] == [True, False]


def test_every_cell_tried_is_listed() -> None:
    # Given two days
    found = calibrate("ACME", steady(2), WANTED, present={}).to_json_dict()
    # When the result is written
    json.dumps(found)
    # Then all cells are there with the alerts of each day
    assert len(found["cells"]) == len(LARGE_SIZES) + len(SPIKES)
    assert {"rule": "large_seller", "threshold": 10_000, "alerts": [5, 5]} in found["cells"]
    assert {"rule": "red_burst", "threshold": 3.0, "alerts": [5, 5]} in found["cells"]
    assert found["fitted_rate"] == 10.0
    assert found["walk_forward"][0]["fitted_rate"] == 10.0


def days_with(*alerts: int) -> dict[date, int]:
    return {FIRST + timedelta(days=n): each for n, each in enumerate(alerts)}


@pytest.mark.parametrize(
    ("present", "kept"),
    [
        ((0, 0, 0), None),
        ((10, 4, 16), None),
        ((10, 5, 16), None),
        (
            (0, 5, 15),
            ("the settings as they are came to the wish on 2 of 2 judged days, fitted ones on 2"),
        ),
    ],
)
def test_settings_stay_unless_fitted_ones_do_better_on_judged_days(
    present: tuple[int, ...], kept: str | None
) -> None:
    # Given three days that fitted thresholds meet, and the settings as they are
    # When they are calibrated
    found = calibrate("ACME", steady(3), WANTED, present=days_with(*present))
    # Then equal is not better
    assert found.kept == kept
    assert found.written == (found.choice if kept is None else None)
    assert found.refusal is None


def test_settings_stay_where_what_fits_the_mean_meets_fewer_days() -> None:
    # Given days on which one pair fits by its mean alone, and settings that meet one of three
    counts = counts_of(
        [{10_000: 5, 20_000: 0}, {10_000: 5, 20_000: 45}, {10_000: 60, 20_000: 0}],
        [{3.0: 5, 4.0: 0}, {3.0: 5, 4.0: 0}, {3.0: 60, 4.0: 0}],
    )
    # When they are calibrated
    found = calibrate("ACME", counts, WANTED, present=days_with(9, 3, 3))
    # Then they stay, though the fitted ones met one judged day more
    assert found.choice == Choice(20_000, 4.0, 15.0, 0.0)
    assert [step.met for step in found.steps] == [True, False]
    assert (found.present, found.present_met) == ((9, 3, 3), 1)
    assert found.kept == (
        "the settings as they are come to the wish on 1 of 3 days, what fits their mean on 0"
    )
    assert found.written is None


def test_on_own_scale_nothing_is_to_be_written() -> None:
    # Given days that fitted thresholds meet and own scale does not
    # When they are calibrated
    found = calibrate("ACME", steady(3), WANTED, present=days_with(0, 0, 0), own_scale=True)
    # Then it is a report
    assert found.kept == OWN_SCALE_STAYS
    assert found.to_json_dict()["thresholds"] is None
    assert found.to_json_dict()["present"] == {"alerts": [0, 0, 0], "days_as_wanted": 0}


@pytest.mark.parametrize(("low", "high"), [(-1, 5), (6, 5), (0, 0)])
def test_a_target_that_cannot_be_met_is_refused(low: float, high: float) -> None:
    # Given such a target
    # When it is made
    # Then it is refused with its numbers
    with pytest.raises(ValueError, match="alerts a day cannot be met"):
        Target(low, high)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6))
def test_a_choice_always_meets_the_target_on_its_own_days(alerts: list[int]) -> None:
    # Given days with any number of alerts
    counts = counts_of([{10_000: n} for n in alerts], [{3.0: 0}] * len(alerts))
    # When they are fitted
    choice = fit(counts, counts.days, WANTED)
    # Then a choice is within the target, and none means that the mean is not
    mean = sum(alerts) / len(alerts)
    assert (choice is not None) is (5 <= mean <= 15)
    assert choice is None or choice.rate == mean
