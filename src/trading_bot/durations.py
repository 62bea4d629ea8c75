"""Spans of time as a person writes them; imports nothing heavy."""

from __future__ import annotations

import math
import re

_UNITS = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?"
)
_SECONDS = {"h": 3_600, "m": 60, "s": 1}
_LONGEST_SHOWN = 40


def duration_seconds(text: str) -> float:
    """Read a duration: `90s`, `5m`, `1h`, `1h30m`, or a plain number of seconds.

    Raises:
        ValueError: It is none; says what one looks like.
    """
    found = _UNITS.fullmatch(text)
    try:
        if text and found is not None:
            seconds = sum(float(found[unit] or 0) * _SECONDS[unit] for unit in _SECONDS)
        else:
            seconds = float(text)
        if math.isfinite(seconds):
            return seconds
    except ValueError:
        pass
    raise ValueError(
        f"{text[:_LONGEST_SHOWN]!r} is no duration: write 90s, 5m, 1h30m, or a number of seconds"
    )
