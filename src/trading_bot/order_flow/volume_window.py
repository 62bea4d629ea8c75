"""Rolling volume of one symbol in whole seconds: the last minute, and the minutes before it.

Sparse: a second without a print takes no room, so memory follows trading, not the clock. Each print
costs O(1) amortised. With `s` the second of the newest print, the current minute is the seconds in
(s - 60, s] and the baseline minutes lie in (s - 360, s - 60]: the current minute is never part of
its own baseline, since inside it a spike would raise the very average it is measured against.
"""

from __future__ import annotations

from array import array
from struct import Struct
from typing import NamedTuple

CURRENT_SECONDS = 60
BASELINE_MINUTES = 5
MIN_BASELINE_MINUTES = 3
_BASELINE_SECONDS = 60 * BASELINE_MINUTES
_ALL_SECONDS = CURRENT_SECONDS + _BASELINE_SECONDS

# Integers side by side, since a thousand symbols' windows do not fit into a processor's cache. A
# second of the current minute is five of them: [second, shares, shares x P(sell) in thousandths,
# the same with unknown sides counted as buys, shares whose side is unsure]. Of a baseline second
# only its shares matter: both stand in one. Seconds count from the first, and what has left stays
# in front until some have gathered.
_FIELDS = 5
_packed = Struct(f"={_FIELDS}q").pack
_LEFT_FIELDS = _FIELDS * 32
_LEFT_SECONDS = 64
_SHARE_BITS = 44
_SHARES_ONLY = (1 << _SHARE_BITS) - 1


class Baseline(NamedTuple):
    """Volume of the baseline minutes: `shares` over `minutes` whole minutes."""

    shares: int
    minutes: int


class VolumeWindow:
    """The last minute's volume and sold volume, and the baseline minutes before it.

    Attributes:
        baseline_shares: Eligible shares of the five minutes before the current one.
        complete_from: Second from which all five of them exist.
        judged_from: Second from which enough of them exist to judge by.
        second: Second of the newest print.
        volume: Eligible shares of the current minute.
        sold_thousandths: Expected sold shares of the current minute, times 1,000.

    Args:
        first_second: First whole second that is observed; minutes before it do not exist.
    """

    __slots__ = (
        "_baseline",
        "_baseline_start",
        "_current",
        "_current_start",
        "_first_second",
        "_shares",
        "_sold",
        "_sold_low",
        "_unsure",
        "baseline_shares",
        "complete_from",
        "judged_from",
        "second",
        "sold_thousandths",
        "volume",
    )

    def __init__(self, first_second: int) -> None:
        self._first_second = first_second
        self.complete_from = first_second + _ALL_SECONDS - 1
        self.judged_from = first_second + CURRENT_SECONDS + 60 * MIN_BASELINE_MINUTES - 1
        self._current = array("q")
        self._baseline = array("q")
        self._current_start = self._baseline_start = 0
        self.baseline_shares = 0
        self.volume = 0
        self.sold_thousandths = 0
        self.second = first_second
        # Of the newest second, which joins the current minute when it is over.
        self._shares = self._sold = self._sold_low = self._unsure = 0

    def advance(self, second: int) -> None:
        """Let time pass to `second`; an earlier second changes nothing."""
        if second <= self.second:
            return
        current, baseline = self._current, self._baseline
        if self._shares:
            newest = self.second - self._first_second
            # Packed bytes: a third of the time that the array takes for a tuple of them.
            current.frombytes(
                _packed(newest, self._shares, self._sold, self._sold_low, self._unsure)
            )
            self._shares = self._sold = self._sold_low = self._unsure = 0
        self.second = second
        left = second - self._first_second - CURRENT_SECONDS
        start, end = self._current_start, len(current)
        if start < end and current[start] <= left:
            while start < end and (leaving := current[start]) <= left:
                shares = current[start + 1]
                self.volume -= shares
                self.sold_thousandths -= current[start + 2]
                self.baseline_shares += shares
                baseline.append(leaving << _SHARE_BITS | shares)
                start += _FIELDS
            if start > _LEFT_FIELDS:
                del current[:start]
                start = 0
            self._current_start = start
        # Every second up to this one, whatever its shares, is below.
        bound = (left - _BASELINE_SECONDS + 1) << _SHARE_BITS
        start, end = self._baseline_start, len(baseline)
        if start < end and baseline[start] < bound:
            while start < end and (packed := baseline[start]) < bound:
                self.baseline_shares -= packed & _SHARES_ONLY
                start += 1
            if start > _LEFT_SECONDS:
                del baseline[:start]
                start = 0
            self._baseline_start = start

    def skip(self, seconds: int) -> None:
        """Let time pass that does not count, such as a halt: every second moves along with it."""
        self._first_second += seconds
        self.complete_from += seconds
        self.judged_from += seconds
        self.second += seconds

    def add(self, second: int, shares: int, p_sell: int, known: bool, unsure: bool) -> None:
        """Count one print.

        Args:
            second: Unix second of the print. One before the newest counts in its own second, and
                not at all when that has left the baseline.
            shares: Size of the print.
            p_sell: Probability of a sale in thousandths.
            known: False when no rule gave a side.
            unsure: True when the side is known with less than 0.7.
        """
        sold = shares * p_sell
        if second > self.second:
            self.advance(second)
        elif second < self.second:
            low = sold if known else 0
            self._add_earlier(second, shares, sold, low, shares if unsure else 0)
            return
        self._shares += shares
        self._sold += sold
        if known:
            self._sold_low += sold
        if unsure:
            self._unsure += shares
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
        first_counted = self.second - self._first_second - CURRENT_SECONDS - 60 * minutes + 1
        for packed in self._baseline[self._baseline_start :]:
            if packed >= first_counted << _SHARE_BITS:
                break
            shares -= packed & _SHARES_ONLY
        return Baseline(shares, minutes)

    def sold_low_thousandths(self) -> int:
        """Return sold shares times 1,000 with every print of unknown side counted as a buy."""
        return sum(self._current[self._current_start + 3 :: _FIELDS]) + self._sold_low

    def unsure_shares(self) -> int:
        """Return the shares of the current minute whose side is known with less than 0.7."""
        return sum(self._current[self._current_start + 4 :: _FIELDS]) + self._unsure

    def _add_earlier(self, second: int, shares: int, sold: int, low: int, unsure: int) -> None:
        """Count a print of a second before the newest, unless that is too old."""
        if second > self.second - CURRENT_SECONDS:
            self.volume += shares
            self.sold_thousandths += sold
            self._insert_current(second - self._first_second, (shares, sold, low, unsure))
        elif second > self.second - _ALL_SECONDS:
            self.baseline_shares += shares
            self._insert_baseline(second - self._first_second, shares)

    def _insert_current(self, second: int, values: tuple[int, int, int, int]) -> None:
        current = self._current
        place = len(current)
        while place > self._current_start and current[place - _FIELDS] > second:
            place -= _FIELDS
        if place > self._current_start and current[place - _FIELDS] == second:
            for field, value in enumerate(values, place - _FIELDS + 1):
                current[field] += value
        else:
            current[place:place] = array("q", (second, *values))

    def _insert_baseline(self, second: int, shares: int) -> None:
        baseline = self._baseline
        packed = second << _SHARE_BITS
        place = len(baseline)
        while place > self._baseline_start and baseline[place - 1] > packed + _SHARES_ONLY:
            place -= 1
        if place > self._baseline_start and baseline[place - 1] >= packed:
            baseline[place - 1] += shares
        else:
            baseline.insert(place, packed + shares)
