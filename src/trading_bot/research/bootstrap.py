"""Means with bootstrap intervals over blocks, since neighbouring alerts share one price path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trading_bot.research.quote_series import FloatArray, IntArray

SAMPLES = 2_000
ENOUGH = 30
"""Fewer events than this give no effect and no interval."""
MANY_DAYS = 10
"""From so many trading days on the blocks are trading days, else ten-minute pieces."""
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """A mean with its 95 % interval.

    Attributes:
        alert: Mean outcome of the alerts.
        control: Mean outcome of their controls.
        difference: The first minus the second.
        low: Lower end of the interval of the difference.
        high: Upper end.
    """

    alert: float
    control: float
    difference: float
    low: float
    high: float


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
    table = np.stack(
        (outcomes.mean(axis=0), controls.mean(axis=0), differences.mean(axis=0), low, high)
    )
    # Rounded, so that the last bits of a sum, which differ between machines, are not told.
    return [Effect(*(round(float(each), _DECIMALS) + 0.0 for each in row)) for row in table.T]
