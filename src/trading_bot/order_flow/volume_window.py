"""Rolling volume of one symbol in whole seconds: the last minute, and the minutes before it.

Sparse: a second without a print takes no room, so memory follows trading, not the clock. Each print
costs O(1) amortised. With `s` the second of the newest print, the current minute is the seconds in
(s - 60, s] and the baseline minutes lie in (s - 360, s - 60]: the current minute is never part of
its own baseline, since inside it a spike would raise the very average it is measured against.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

CURRENT_SECONDS = 60
BASELINE_MINUTES = 5
MIN_BASELINE_MINUTES = 3
_ALL_SECONDS = CURRENT_SECONDS * (1 + BASELINE_MINUTES)

# A bucket of the current minute is a list: [second, shares, shares x P(sell) in thousandths, the
# same with unknown sides counted as buys, shares whose side is unsure]. Of a baseline second only
# its shares matter: second and shares stand in one integer, a sixth of the memory.
_SECOND, _SHARES, _SOLD, _SOLD_LOW, _UNSURE = range(5)
_SHARE_BITS = 44
_SHARES_ONLY = (1 << _SHARE_BITS) - 1


class Baseline(NamedTuple):
    """Volume of the baseline minutes: `shares` over `minutes` whole minutes."""

    shares: int
    minutes: int


class VolumeWindow:
    """The last minute's volume and sold volume, and the baseline minutes before it.

    Attributes:
        baseline_shares: Eligible shares of the five minutes before it.
        complete_from: Second from which all five of them exist.
        second: Second of the newest print.
        volume: Eligible shares of the current minute.
        sold_thousandths: Expected sold shares of the current minute, times 1,000.

    Args:
        first_second: First whole second that is observed; minutes before it do not exist.
    """

    __slots__ = (
        "_baseline",
        "_bucket",
        "_current",
        "_first_second",
        "baseline_shares",
        "complete_from",
        "second",
        "sold_thousandths",
        "volume",
    )

    def __init__(self, first_second: int) -> None:
        self._first_second = first_second
        self.complete_from = first_second + _ALL_SECONDS - 1
        self._current: deque[list[int]] = deque()
        self._baseline: deque[int] = deque()
        self.baseline_shares = 0
        self.volume = 0
        self.sold_thousandths = 0
        self.second = first_second
        self._bucket = [first_second, 0, 0, 0, 0]
        self._current.append(self._bucket)

    def advance(self, second: int) -> None:
        """Let time pass to `second`; an earlier second changes nothing."""
        if second <= self.second:
            return
        self.second = second
        current, baseline = self._current, self._baseline
        left = second - CURRENT_SECONDS
        while current and current[0][_SECOND] <= left:
            bucket = current.popleft()
            shares = bucket[_SHARES]
            self.volume -= shares
            self.sold_thousandths -= bucket[_SOLD]
            self.baseline_shares += shares
            baseline.append(bucket[_SECOND] << _SHARE_BITS | shares)
        # Every second up to this one, whatever its shares, is below.
        left = (second - _ALL_SECONDS + 1) << _SHARE_BITS
        while baseline and baseline[0] < left:
            self.baseline_shares -= baseline.popleft() & _SHARES_ONLY
        self._bucket = [second, 0, 0, 0, 0]
        current.append(self._bucket)

    def skip(self, seconds: int) -> None:
        """Let time pass that does not count, such as a halt: every second moves along with it."""
        self._first_second += seconds
        self.complete_from += seconds
        self.second += seconds
        for bucket in self._current:
            bucket[_SECOND] += seconds
        moved = seconds << _SHARE_BITS
        self._baseline = deque(packed + moved for packed in self._baseline)

    def add(self, second: int, shares: int, p_sell: int, *, known: bool, unsure: bool) -> None:
        """Count one print.

        Args:
            second: Unix second of the print. One before the newest counts in its own second, and
                not at all when that has left the baseline.
            shares: Size of the print.
            p_sell: Probability of a sale in thousandths.
            known: False when no rule gave a side.
            unsure: True when the side is known with less than 0.7.
        """
        if second > self.second:
            self.advance(second)
        elif second <= self.second - CURRENT_SECONDS:
            self._add_to_baseline(second, shares)
            return
        bucket = self._bucket if second == self.second else self._earlier_bucket(second)
        sold = shares * p_sell
        bucket[1] += shares
        bucket[2] += sold
        if known:
            bucket[3] += sold
        if unsure:
            bucket[4] += shares
        self.volume += shares
        self.sold_thousandths += sold

    def baseline(self) -> Baseline:
        """Return the baseline: whole minutes that exist, at most five, and their volume."""
        if self.second >= self.complete_from:
            return Baseline(self.baseline_shares, BASELINE_MINUTES)
        minutes = (self.second - CURRENT_SECONDS - self._first_second + 1) // 60
        if minutes <= 0:
            return Baseline(0, 0)
        shares = self.baseline_shares
        counted = (self.second - CURRENT_SECONDS - 60 * minutes + 1) << _SHARE_BITS
        for packed in self._baseline:
            if packed >= counted:
                break
            shares -= packed & _SHARES_ONLY
        return Baseline(shares, minutes)

    def _earlier_bucket(self, second: int) -> list[int]:
        """Return the bucket of a second of the current minute before the newest."""
        buckets = self._current
        place = len(buckets)
        while place and buckets[place - 1][_SECOND] > second:
            place -= 1
        if place and buckets[place - 1][_SECOND] == second:
            return buckets[place - 1]
        bucket = [second, 0, 0, 0, 0]
        buckets.insert(place, bucket)
        return bucket

    def _add_to_baseline(self, second: int, shares: int) -> None:
        """Count a print of a second before the current minute, unless it is too old."""
        if second <= self.second - _ALL_SECONDS:
            return
        self.baseline_shares += shares
        packed = second << _SHARE_BITS
        buckets = self._baseline
        place = len(buckets)
        while place and buckets[place - 1] > packed + _SHARES_ONLY:
            place -= 1
        if place and buckets[place - 1] >= packed:
            buckets[place - 1] += shares
        else:
            buckets.insert(place, packed + shares)

    def sold_low_thousandths(self) -> int:
        """Return sold shares times 1,000 with every print of unknown side counted as a buy."""
        return sum(bucket[_SOLD_LOW] for bucket in self._current)

    def unsure_shares(self) -> int:
        """Return the shares of the current minute whose side is known with less than 0.7."""
        return sum(bucket[_UNSURE] for bucket in self._current)
