"""What an alert's place in the symbol's own memory says, in words; pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ..calendar import NEW_YORK
from ..data_models import Facts, OrderFlowAlert, Scale

BLOCK_MINUTES: Final = 2
WARM_UP_BLOCKS: Final = 30
"""A memory of fewer two-minute blocks ranks nothing."""
BUSY_TIMES: Final = 1.2
"""A day is called busy from so many times its usual volume."""
QUIET_TIMES: Final = 0.8
MOVED_BP: Final = 3
"""A market that has moved less in a minute is not worth a word."""
_DAYS_NAMED: Final = 7
_TENS: Final = 10
_HALF: Final = (0.45, 0.55)
_WHOLE: Final = (0.95, 1.05)


def words_of_scale(alert: OrderFlowAlert, scale: Scale) -> str:
    """Say how rare an alert is for its symbol, and how large beside its usual minute."""
    minute = "" if alert.alert_type == "red_burst" else usual_minutes(scale)
    if scale.of < WARM_UP_BLOCKS:
        age = BLOCK_MINUTES * scale.of
        parts = ["new largest", minute, f"no memory of this stock yet ({age} minutes)"]
    else:
        parts = [*_standing(alert, scale), minute]
        if scale.eased:
            parts.append(f"threshold eased, {_why_eased(alert.facts)}")
    return ", ".join(filter(None, parts))


def words_of_facts(facts: Facts | None) -> str:
    """Say what is unusual about the moment; empty where nothing is."""
    if facts is None:
        return ""
    parts = []
    times = facts.day_volume_ratio
    if times is not None and not QUIET_TIMES < times < BUSY_TIMES:
        parts.append(f"today trades {times:.1f} times its usual volume")
    if facts.above_low_bp is not None and facts.above_low_bp <= 0:
        parts.append("at the day's low")
    moved = facts.market_bp
    if moved is not None and abs(moved) >= MOVED_BP:
        went = "fell" if moved < 0 else "rose"
        parts.append(f"the market {went} {abs(moved)} bp in a minute")
    return ", ".join(parts)


def usual_minutes(scale: Scale) -> str:
    """Say how many of the symbol's usual minutes a size is worth; empty where none is known."""
    if not scale.usual_minute:
        return ""
    share = scale.size / scale.usual_minute
    if _HALF[0] <= share < _HALF[1]:
        return "half a usual minute"
    if _WHOLE[0] <= share < _WHOLE[1]:
        return "a usual minute"
    if share < _WHOLE[0]:
        return (
            f"{share:.1f} of a usual minute"
            if share >= _HALF[0] / 3
            else "a small part of a usual minute"
        )
    return f"{share:.1f} usual minutes" if share < _TENS else f"{share:,.0f} usual minutes"


def hours(blocks: int) -> str:
    """Say how many trading hours so many two-minute blocks are."""
    return f"{blocks * BLOCK_MINUTES / 60:.1f} trading hours"


def since_when(moment: datetime, now: datetime) -> str:
    """Say when something was, in New York, as one says it now."""
    then, today = moment.astimezone(NEW_YORK), now.astimezone(NEW_YORK).date()
    days = (today - then.date()).days
    clock = f"{then:%H:%M} ET"
    if days == 0:
        return clock
    if days == 1:
        return f"{clock} yesterday"
    return f"{clock} on {then:%A}" if days < _DAYS_NAMED else f"{clock} on {then:%Y-%m-%d}"


def _why_eased(facts: Facts | None) -> str:
    """Say why less is asked for: few alerts so far, on most days because little is traded."""
    times = None if facts is None else facts.day_volume_ratio
    return "few alerts today" if times is not None and times >= 1 else "quiet day"


def _standing(alert: OrderFlowAlert, scale: Scale) -> list[str]:
    if scale.larger_at is not None:
        since = since_when(scale.larger_at, alert.timestamp_utc)
        return [f"the largest since {since}", f"{_ordinal(scale.rank)} of {hours(scale.of)}"]
    if scale.days > 1:
        return [f"the largest of the last {scale.days} days"]
    if alert.severity == "critical":
        return [f"far above anything in {hours(scale.of)}"]
    return [f"the largest of {hours(scale.of)}"]


def _ordinal(rank: int) -> str:
    if rank // _TENS % _TENS == 1:
        return f"{rank}th"
    return f"{rank}{({1: 'st', 2: 'nd', 3: 'rd'}).get(rank % _TENS, 'th')}"
