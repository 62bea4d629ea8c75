"""Session of the simulated day, and the provider's calendar answers."""

from __future__ import annotations

from datetime import datetime

from trading_bot.simulator.settings import (
    EXTENDED_CLOSE,
    NEW_YORK,
    REGULAR_CLOSE,
    REGULAR_OPEN,
    moment,
)

_PRE_MARKET_OPEN = moment(4)

_HOLIDAYS = (
    ("2026-04-03", "Good Friday"),
    ("2026-05-25", "Memorial Day"),
    ("2026-06-19", "Juneteenth"),
    ("2026-07-03", "Independence Day"),
    ("2026-09-07", "Labor Day"),
    ("2026-11-26", "Thanksgiving"),
    ("2026-12-25", "Christmas"),
)
_EARLY_CLOSES = (("2026-11-27", "Thanksgiving"), ("2026-12-24", "Christmas"))
_EXCHANGES = ("NYSE", "NASDAQ")


def market_status(now: datetime) -> dict[str, object]:
    """Answer `/v1/marketstatus/now`; after the day's late session the market stays closed."""
    early = _PRE_MARKET_OPEN <= now < REGULAR_OPEN
    late = REGULAR_CLOSE <= now < EXTENDED_CLOSE
    if REGULAR_OPEN <= now < REGULAR_CLOSE:
        market = "open"
    else:
        market = "extended-hours" if early or late else "closed"
    return {
        "market": market,
        "earlyHours": early,
        "afterHours": late,
        "serverTime": now.astimezone(NEW_YORK).isoformat(timespec="seconds"),
        "exchanges": {"nyse": market, "nasdaq": market, "otc": market},
        "currencies": {"fx": "open", "crypto": "open"},
    }


def upcoming_holidays() -> list[dict[str, object]]:
    """Answer `/v1/marketstatus/upcoming`: one row per exchange, times on early closes only."""
    rows: list[dict[str, object]] = [
        {"date": day, "exchange": exchange, "name": name, "status": "closed"}
        for day, name in _HOLIDAYS
        for exchange in _EXCHANGES
    ]
    rows += [
        {
            "date": day,
            "exchange": exchange,
            "name": name,
            "status": "early-close",
            "open": f"{day}T14:30:00.000Z",
            "close": f"{day}T18:00:00.000Z",
        }
        for day, name in _EARLY_CLOSES
        for exchange in _EXCHANGES
    ]
    return sorted(rows, key=lambda row: str(row["date"]))
