"""What a volume window says as of a moment, from a copy and without touching it; pure.

For pictures, on whatever thread draws them: the window itself lets time pass with its prints only,
and takes away what has left the minutes only where a judgement may depend on it. The figures are
those that a judgement at that moment would go by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .volume_window import (
    BASELINE_MINUTES,
    CURRENT_SECONDS,
    DOUBT_FIELDS,
    WindowCopy,
)


class WindowReading(NamedTuple):
    """The figures of one moment.

    Attributes:
        volume: Shares of the last 60 s.
        sold_thousandths: Expected sold shares of them, times 1,000.
        sold_low_thousandths: The same with every print of unknown side counted as a buy.
        baseline_shares: Shares of the baseline minutes.
        baseline_minutes: How many of them exist, at most five.
        baseline_prints: Prints that they hold.
        baseline_lively: How many of them hold at least two prints.
        delta_thousandths: Expected shares bought less those sold since the first second, times
            1,000.
    """

    volume: int
    sold_thousandths: int
    sold_low_thousandths: int
    baseline_shares: int
    baseline_minutes: int
    baseline_prints: int
    baseline_lively: int
    delta_thousandths: int


def reading_of(found: WindowCopy, second: int) -> WindowReading | None:
    """Return what a window says as of a second.

    Args:
        found: The window, copied.
        second: Unix second; an earlier one than the newest counts as that.

    Returns:
        The figures; None where the copy was made while its window changed.
    """
    if not _is_whole(found):
        return None
    newest = found.second - found.first_second
    now = max(second - found.first_second, newest)
    opened = now - CURRENT_SECONDS + 1
    seconds = found.seconds
    current = bisect_left(seconds, opened)
    volume = sum(found.traded[current:])
    over = len(seconds) - current
    sold = sum(found.sold[len(found.sold) - over :]) if over else 0
    unknown = _unknown_of(found.doubts, opened)
    if newest >= opened:
        volume, sold, unknown = (
            volume + found.shares,
            sold + found.sold_now,
            unknown + found.unknown,
        )
    minutes = min(max(0, opened // 60), BASELINE_MINUTES)
    begun = opened - 60 * minutes
    shares = sum(found.traded[bisect_left(seconds, begun) : current])
    if begun <= newest < opened:
        shares += found.shares
    by_minute = _prints_by_minute(found, opened, minutes)
    return WindowReading(
        volume,
        sold,
        sold - unknown,
        shares,
        minutes,
        sum(by_minute),
        sum(prints > 1 for prints in by_minute),
        found.delta_thousandths + found.shares * 1_000 - 2 * found.sold_now,
    )


def _is_whole(found: WindowCopy) -> bool:
    """Return whether the copy shows one moment: a second joins the others in several steps."""
    seconds, newest = found.seconds, found.second - found.first_second
    return (
        len(seconds) == len(found.traded) == len(found.counts)
        and len(found.sold) == len(seconds) - found.without_sold
        and not (seconds and seconds[-1] >= newest)
    )


def _unknown_of(doubts: Sequence[int], opened: int) -> int:
    """Return the thousandths sold of unknown side since a second."""
    return sum(
        doubts[place + 1]
        for place in range(0, len(doubts), DOUBT_FIELDS)
        if doubts[place] >= opened
    )


def _prints_by_minute(found: WindowCopy, opened: int, minutes: int) -> list[int]:
    """Return how many prints each minute before a second holds, the newest first."""
    places = [bisect_left(found.seconds, opened - 60 * each) for each in range(minutes + 1)]
    by_minute = [sum(found.counts[begin:end]) for end, begin in pairwise(places)]
    age = opened - 1 - (found.second - found.first_second)
    if 0 <= age < 60 * minutes:
        by_minute[age // 60] += found.prints
    return by_minute
