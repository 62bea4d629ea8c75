"""Fits a symbol's thresholds to a wanted number of alerts a day, and says how that holds up.

Pure: counts in, choice or refusal out. Fitted on days 1 to d, judged on day d + 1. Only how often
the rules speak is fitted, never what followed: so few days would fit to chance. The settings as
they are stand beside every fit, and stay unless the fitted ones did better on the judged days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from trading_bot.research.calibration.grid import LARGE_SIZES, SPIKES, SymbolCounts, burst_of

NEEDED_DAYS = 2
OWN_SCALE_STAYS = (
    "thresholds follow the symbol's own scale, and a number would take its place; with "
    "thresholds = fixed they would be written"
)


@dataclass(frozen=True, slots=True)
class Target:
    """How many alerts a day are wanted.

    Raises:
        ValueError: Not 0 <= low <= high, or a high of 0.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high or not self.high:
            raise ValueError(
                f"a target of {self.low:g} to {self.high:g} alerts a day cannot be met: "
                "--target-low must be 0 or more and not above --target-high"
            )

    def holds(self, rate: float) -> bool:
        """Return whether a rate is as wanted."""
        return self.low <= rate <= self.high


@dataclass(frozen=True, slots=True)
class Choice:
    """Thresholds, and how often they spoke on the days they were fitted to.

    Attributes:
        large: `large_order_size_threshold`, shares.
        spike: `volume_spike_threshold`.
        large_a_day: Alerts of large sellers a day.
        bursts_a_day: Alerts of red bursts a day.
    """

    large: int
    spike: float
    large_a_day: float
    bursts_a_day: float

    @property
    def rate(self) -> float:
        """Alerts a day."""
        return self.large_a_day + self.bursts_a_day

    def alerts_on(self, counts: SymbolCounts, day: date) -> int:
        """Return how many alerts a day had with these thresholds."""
        return counts.large[day, self.large] + counts.bursts[day, self.spike]

    @property
    def thresholds(self) -> dict[str, float]:
        """The settings of one symbol."""
        return {
            "large_order_size_threshold": self.large,
            "volume_spike_threshold": self.spike,
            "red_burst_threshold": burst_of(self.spike),
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the walk forward.

    Attributes:
        fitted_days: How many days before it were fitted.
        judged: The day that was judged.
        choice: What was fitted; None where nothing met the target.
        alerts: How many alerts that gave on the judged day; None without a choice.
        met: Whether that is as wanted.
        spent: True when an earlier calibration has used the day: it is no longer out of sample.
    """

    fitted_days: int
    judged: date
    choice: Choice | None
    alerts: int | None
    met: bool
    spent: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """What calibrating one symbol came to.

    Attributes:
        symbol: Ticker.
        counts: Every cell that was tried.
        steps: The walk forward.
        choice: What fits all days; None when nothing does.
        refusal: Why nothing can be written, or None.
        present: Alerts of the settings as they are, on each day.
        present_met: On how many days they came to the wish.
        kept: Why the settings stay as they are though something fits, or None.
    """

    symbol: str
    counts: SymbolCounts
    steps: tuple[Step, ...]
    choice: Choice | None
    refusal: str | None
    present: tuple[int, ...]
    present_met: int
    kept: str | None

    @property
    def written(self) -> Choice | None:
        """What is to be written, or None."""
        return self.choice if self.refusal is None and self.kept is None else None

    def cells(self) -> list[tuple[str, float, list[int]]]:
        """Return every cell tried: rule, threshold, alerts on each day."""
        days = self.counts.days
        large: list[tuple[str, float, list[int]]] = [
            ("large_seller", size, [self.counts.large[day, size] for day in days])
            for size in LARGE_SIZES
        ]
        return large + [
            ("red_burst", spike, [self.counts.bursts[day, spike] for day in days])
            for spike in SPIKES
        ]

    def to_json_dict(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        return {
            "symbol": self.symbol,
            "days": [day.isoformat() for day in self.counts.days],
            "cells": [
                {"rule": rule, "threshold": threshold, "alerts": alerts}
                for rule, threshold, alerts in self.cells()
            ],
            "walk_forward": [
                {
                    "fitted_days": step.fitted_days,
                    "judged": step.judged.isoformat(),
                    "thresholds": None if step.choice is None else step.choice.thresholds,
                    "fitted_rate": None if step.choice is None else round(step.choice.rate, 4),
                    "alerts": step.alerts,
                    "met": step.met,
                    "spent": step.spent,
                }
                for step in self.steps
            ],
            "present": {"alerts": list(self.present), "days_as_wanted": self.present_met},
            "thresholds": None if self.written is None else self.written.thresholds,
            "fitted_rate": None if self.choice is None else round(self.choice.rate, 4),
            "refusal": self.refusal,
            "kept": self.kept,
        }


def calibrate(
    symbol: str,
    counts: SymbolCounts,
    target: Target,
    spent: Collection[date] = (),
    *,
    present: Mapping[date, int],
    own_scale: bool = False,
) -> Calibration:
    """Fit one symbol.

    Args:
        symbol: Ticker.
        counts: Alerts of every cell.
        target: Alerts a day that are wanted.
        spent: Days that earlier calibrations have used.
        present: Alerts of the settings as they are, by day.
        own_scale: Whether those follow the symbol's own scale: then nothing is to be written.
    """
    days = counts.days
    steps = tuple(
        _step(counts, target, days[:number], days[number], days[number] in spent)
        for number in range(1, len(days))
    )
    choice = fit(counts, days, target) if days else None
    alerts = tuple(present.get(day, 0) for day in days)
    met = [target.holds(each) for each in alerts]
    kept = None
    if choice is not None:
        kept = OWN_SCALE_STAYS if own_scale else _kept(counts, target, steps, choice, met)
    refusal = _refusal(days, target, steps, choice)
    return Calibration(symbol, counts, steps, choice, refusal, alerts, sum(met), kept)


def fit(counts: SymbolCounts, days: Sequence[date], target: Target) -> Choice | None:
    """Choose the thresholds whose alerts a day lie within the target.

    Among several, those that come nearest to half of the middle from large sellers and half from
    red bursts; then the higher thresholds. None where no pair meets the target.
    """
    half = (target.low + target.high) / 4
    fitting = []
    for size in LARGE_SIZES:
        large = sum(counts.large[day, size] for day in days) / len(days)
        for spike in SPIKES:
            bursts = sum(counts.bursts[day, spike] for day in days) / len(days)
            if target.holds(large + bursts):
                away = abs(large - half) + abs(bursts - half)
                fitting.append((away, -size, -spike, Choice(size, spike, large, bursts)))
    return min(fitting, key=lambda each: each[:3])[3] if fitting else None


def _step(
    counts: SymbolCounts, target: Target, before: Sequence[date], judged: date, spent: bool
) -> Step:
    choice = fit(counts, before, target)
    if choice is None:
        return Step(len(before), judged, None, None, met=False, spent=spent)
    alerts = choice.alerts_on(counts, judged)
    return Step(len(before), judged, choice, alerts, met=target.holds(alerts), spent=spent)


def _kept(
    counts: SymbolCounts, target: Target, steps: Sequence[Step], choice: Choice, met: Sequence[bool]
) -> str | None:
    """Return why the settings stay: only what did better on unseen days may take their place."""
    judged, fitted = sum(met[1:]), sum(step.met for step in steps)
    if judged >= fitted:
        return (
            f"the settings as they are came to the wish on {judged} of {len(steps)} judged days, "
            f"fitted ones on {fitted}"
        )
    own = sum(target.holds(choice.alerts_on(counts, day)) for day in counts.days)
    if sum(met) > own:
        return (
            f"the settings as they are come to the wish on {sum(met)} of {len(met)} days, what "
            f"fits their mean on {own}"
        )
    return None


def _refusal(
    days: Sequence[date], target: Target, steps: Sequence[Step], choice: Choice | None
) -> str | None:
    wanted = f"{target.low:g} to {target.high:g} alerts a day"
    if len(days) < NEEDED_DAYS:
        return (
            f"{len(days)} day{'s'[: len(days) != 1]} of data: at least {NEEDED_DAYS} are needed, "
            "one to fit and one to judge"
        )
    if choice is None:
        return f"no thresholds within the bounds give {wanted} over these {len(days)} days"
    if not any(step.met for step in steps):
        return (
            f"fitted on the days before, no judged day came to {wanted}: what fits one day does "
            "not fit the next"
        )
    return None
