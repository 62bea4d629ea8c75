"""How likely chance alone makes a difference, once and for many looks together: pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan, cos, pi, sin, sqrt

LEVEL = 0.05
"""What is less likely than this by chance is not taken for chance."""


def two_sided(t: float, freedom: int) -> float:
    """Return how often chance alone gives a value at least so far from zero, on either side.

    Of Student's distribution, by the finite sums for whole degrees of freedom: Abramowitz and
    Stegun, 26.7.3 and 26.7.4.

    Args:
        t: Mean divided by its standard error.
        freedom: Degrees of freedom, at least 1.

    Returns:
        0.0 to 1.0.
    """
    angle = atan(abs(t) / sqrt(freedom))
    squared = cos(angle) ** 2
    odd = freedom % 2
    # Odd: 1, 2/3, 2*4/(3*5), ... Even: 1, 1/2, 1*3/(2*4), ...
    term, total = 1.0, 0.0
    for step in range(freedom // 2):
        total += term
        term *= squared * (2 * step + 1 + odd) / (2 * step + 2 + odd)
    within = 2 / pi * (angle + sin(angle) * cos(angle) * total) if odd else sin(angle) * total
    return min(1.0, max(0.0, 1.0 - within))


def holm(found: Sequence[float]) -> list[float]:
    """Correct p-values for being looked at together, by Holm's step-down method.

    Of all cells with nothing in them the chance that any is called something stays below the
    level, however they hang together: Holm, "A simple sequentially rejective multiple test
    procedure", 1979.

    Args:
        found: One p-value a look, in any order.

    Returns:
        The corrected values, in the same order: never below the raw ones, at most 1.0.
    """
    corrected = [1.0] * len(found)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(found)), key=found.__getitem__)):
        least = max(least, min(1.0, found[place] * (len(found) - rank)))
        corrected[place] = least
    return corrected
