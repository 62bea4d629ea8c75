"""Means with bootstrap intervals over blocks, since neighbouring alerts share one price path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trading_bot.research.looks.chance import LEVEL, two_sided
from trading_bot.research.quote_series import FloatArray, IntArray

SAMPLES = 2_000
ENOUGH = 30
"""Fewer events than this give no effect and no interval."""
MANY_DAYS = 10
"""From so many trading days on the blocks are trading days, else ten-minute pieces."""
_DECIMALS = 4
_P_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean with its 95 % interval.

    Attributes:
        alert: Mean outcome of the alerts.
        control: Mean outcome of their controls.
        difference: The first minus the second.
        low: Lower end of the interval of the difference.
        high: Upper end.
        p: How often chance alone gives such a difference, looked at once: of Student's
            distribution, with the standard error of the resampling and one degree of freedom less
            than there are blocks.
        p_corrected: The same among all cells of the card; None for what is no claim, such as a
            negative control.
    """

    alert: float
    control: float
    difference: float
    low: float
    high: float
    p: float
    p_corrected: float | None = None

    @property
    def misses_zero(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.low > 0 or self.high < 0

    @property
    def is_left(self) -> bool:
        """Whether it still shows something once all looks are counted."""
        return self.misses_zero and self.p_corrected is not None and self.p_corrected < LEVEL


def effects(
    outcomes: FloatArray, controls: FloatArray, blocks: IntArray, days: IntArray, *, seed: int
) -> list[Effect] | None:
    """Compare alerts with their controls, column by column.

    Args:
        outcomes: Shape (n, columns), no NaN.
        controls: The same shape.
        blocks: Short block of each row.
        days: Trading day of each row.
        seed: Of the resampling.

    Returns:
        One effect per column, or None where there are too few rows.
    """
    if len(outcomes) < ENOUGH:
        return None
    labels = days if len(np.unique(days)) >= MANY_DAYS else blocks
    differences = outcomes - controls
    _, block_of = np.unique(labels, return_inverse=True)
    number = int(block_of.max()) + 1
    sums = np.zeros((number, outcomes.shape[1]))
    np.add.at(sums, block_of, differences)
    counts = np.bincount(block_of, minlength=number)
    drawn = np.random.default_rng(seed).integers(0, number, (SAMPLES, number))
    weights = np.stack([np.bincount(each, minlength=number) for each in drawn])
    means = (weights @ sums) / (weights @ counts)[:, None]
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    compared = differences.mean(axis=0)
    table = np.stack((outcomes.mean(axis=0), controls.mean(axis=0), compared, low, high), axis=1)
    chances = _chances(compared, means, number)
    # Rounded, so that the last bits of a sum, which differ between machines, are not told.
    rounded = [[round(each, _DECIMALS) + 0.0 for each in row] for row in table.tolist()]
    return [
        Effect(alert, control, difference, left, right, round(p, _P_DECIMALS))
        for (alert, control, difference, left, right), p in zip(rounded, chances, strict=True)
    ]


def differences_of_few(outcomes: FloatArray, controls: FloatArray) -> list[float] | None:
    """Return the mean difference of each column where there are too few rows for an interval.

    Returns:
        None without a row, or with enough for `effects`.
    """
    if not 0 < len(outcomes) < ENOUGH:
        return None
    means = (outcomes - controls).mean(axis=0)
    return [round(float(each), _DECIMALS) + 0.0 for each in means]


def _chances(differences: FloatArray, means: FloatArray, number: int) -> list[float]:
    """Return the p-value of each column, from its mean and its resampled means."""
    if number == 1:
        # One block cannot be told from chance, whatever it holds.
        return [1.0] * len(differences)
    errors = means.std(axis=0, ddof=1)
    return [
        two_sided(difference / error, number - 1) if error else float(not difference)
        for difference, error in zip(differences.tolist(), errors.tolist(), strict=True)
    ]
