"""What is so at an alert: facts that have no vote, each only where it can be told; pure."""

from __future__ import annotations

from typing import Final

from ..data_models import Facts
from ..market.units import UNITS_PER_SHARE, price_from_ticks
from ..position import Position
from .own_scale.memory import NEVER, OwnScale
from .symbol_judge import SymbolJudge

_BP: Final = 10_000
_THOUSAND: Final = 1_000


def facts_of(
    judge: SymbolJudge,
    scale: OwnScale,
    stamp_ns: int,
    *,
    position: Position | None = None,
    market_bp: int | None = None,
) -> Facts:
    """Return the facts of a symbol at a moment.

    Args:
        judge: Its judge.
        scale: Its memory.
        stamp_ns: Exchange time, Unix nanoseconds.
        position: What is held of it; nothing is said of leaving a short one.
        market_bp: How far the market's price has moved in the last minute.
    """
    bid, ask = judge.bid_ticks, judge.ask_ticks
    is_quoted = 0 < bid <= ask
    imbalance = scale.looks.imbalance(stamp_ns)
    usual = scale.usual_volume(stamp_ns)
    spread = price_from_ticks(ask - bid) if is_quoted else None
    held = None if position is None or position.is_short else position.quantity
    return Facts(
        queue_imbalance=None if imbalance is None else imbalance / _THOUSAND,
        market_bp=market_bp,
        above_low_bp=_above(scale.low_ticks, bid),
        day_volume_ratio=round((scale.day_volume + scale.volume) / usual, 2) if usual else None,
        spread=spread,
        leaving_bp=round((ask - bid) * _BP / (2 * bid), 1) if is_quoted else None,
        bid_shares=scale.looks.bid_units // UNITS_PER_SHARE if is_quoted else None,
        held_shares=held,
        leaving_usd=None if held is None or spread is None else (held * spread / 2),
    )


def _above(low_ticks: int, bid_ticks: int) -> int | None:
    """Return how far the bid stands above the day's low; below 0 where it is lower."""
    if low_ticks == NEVER or not bid_ticks:
        return None
    return (bid_ticks - low_ticks) * _BP // low_ticks
