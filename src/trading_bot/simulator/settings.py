"""When a simulated market's days are, and which key opens it; imports nothing heavy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

DEFAULT_SEED = 7
DEFAULT_KEY = "simulated-market-key"
KEY_VARIABLE = "TRADING_BOT_SIMULATOR_KEY"
"""Environment variable that carries the key to a simulator of its own process."""

NEW_YORK = timezone(timedelta(hours=-4), "EDT")
"""New York on the simulated day: daylight saving time began two days before."""
TRADING_DAY = date(2026, 3, 10)
"""An ordinary Tuesday: no holiday, no early close, no expiry."""
A_DAY = timedelta(days=1)
"""From the session before the trading day, a Monday, to this one."""


def moment(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a New York wall time of the trading day, in UTC."""
    local = datetime(
        TRADING_DAY.year,
        TRADING_DAY.month,
        TRADING_DAY.day,
        hour,
        minute,
        second,
        tzinfo=NEW_YORK,
    )
    return local.astimezone(UTC)


HISTORY_START = moment(9)
"""The first event of the day that is generated: an hour before the live run."""
REGULAR_OPEN = moment(9, 30)
MARKET_START = moment(10)
"""Market time at which a simulated run begins."""
REGULAR_CLOSE = moment(16)
EXTENDED_CLOSE = moment(20)
"""After this moment the simulated market is quiet for good."""
