"""What the minute bars of an earlier session say of a symbol that has no memory; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ...calendar import Session
from ...market.facts import MinuteBar
from ...market.units import NS_PER_SECOND
from ..volume_window import BASELINE_MINUTES

RANK: Final = 10
"""Its tenth largest burst stands for what is large of a day."""
LEAST_MINUTES: Final = 30
"""Minutes with a trade below which a session says nothing."""
_LEAST_BEFORE: Final = 3
_NS_PER_MINUTE: Final = 60 * NS_PER_SECOND
_MINUTES_A_BLOCK: Final = 2
_THOUSAND: Final = 1_000


class Seed(NamedTuple):
    """What is taken from an earlier session.

    Attributes:
        usual_minute: Mean shares a minute.
        burst: Tenth largest ratio of a clock minute to those before it, in thousandths; nobody
            knows who sold, so that every minute counts.
    """

    usual_minute: int
    burst: int


def seed_of(bars: Sequence[MinuteBar], session: Session) -> Seed | None:
    """Return what bars of a session say; None where they are too few.

    Of each two minutes the larger counts, as in a memory; a minute without a bar traded nothing.

    Args:
        bars: Of one symbol, in any order; those outside the session are left out.
        session: Which.
    """
    minutes = [0] * ((session.close_ns - session.open_ns) // _NS_PER_MINUTE)
    for bar in bars:
        if session.open_ns <= bar.begin_ns < session.close_ns:
            minutes[(bar.begin_ns - session.open_ns) // _NS_PER_MINUTE] = bar.shares
    if len(minutes) - minutes.count(0) < LEAST_MINUTES:
        return None
    usual = sum(minutes) // len(minutes)
    ratios = [_ratio(minutes, at, usual) for at in range(len(minutes))]
    blocks = [
        max(ratios[at : at + _MINUTES_A_BLOCK]) for at in range(0, len(ratios), _MINUTES_A_BLOCK)
    ]
    return Seed(usual, sorted(blocks, reverse=True)[RANK - 1])


def _ratio(minutes: Sequence[int], at: int, usual: int) -> int:
    before = minutes[max(at - BASELINE_MINUTES, 0) : at]
    if len(before) < _LEAST_BEFORE:
        return 0
    count = len(before)
    return minutes[at] * count * _THOUSAND // max(sum(before), usual * count // 2, 1)
