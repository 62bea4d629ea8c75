"""How long a server asks to be left alone: the header `Retry-After` of RFC 9110; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

_DAY_SECONDS = 86_400.0


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read how long a server asks to wait.

    Args:
        headers: The answer's headers; the lookup must not mind upper and lower case.
        now: The present; the answer's own Date stands before it, where there is one.

    Returns:
        Seconds from 0 to those of a day, or None when nothing usable is stated.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        then = _http_date(text)
        sent = _http_date(headers.get("Date", "")) or now
        return None if then is None else _bounded((then - sent).total_seconds())
    return _bounded(seconds) if math.isfinite(seconds) else None


def _bounded(seconds: float) -> float:
    # Nothing waits longer, and a longer time may be more than a clock can count.
    return min(max(0.0, seconds), _DAY_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (OverflowError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
