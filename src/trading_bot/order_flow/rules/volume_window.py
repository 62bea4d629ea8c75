"""Rolling volume of one symbol in whole seconds: the last minute, and the minutes before it.

Sparse: a second without a print takes no room, so memory follows trading, not the clock. Each print
costs O(1) amortised. With `s` the second of the newest print, the current minute is the seconds in
(s - 60, s] and the baseline minutes lie in (s - 360, s - 60]: the current minute is never part of
its own baseline, since inside it a spike would raise the very average it is measured against.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final, NamedTuple

CURRENT_SECONDS: Final = 60
BASELINE_MINUTES: Final = 5
MIN_BASELINE_MINUTES: Final = 3
_BASELINE_SECONDS: Final = 60 * BASELINE_MINUTES
_ALL_SECONDS: Final = CURRENT_SECONDS + _BASELINE_SECONDS
JUDGED_AFTER: Final = CURRENT_SECONDS + 60 * MIN_BASELINE_MINUTES - 1
"""Seconds after the first one from which enough minutes exist to judge by."""
COMPLETE_AFTER: Final = _ALL_SECONDS - 1
"""Seconds after the first one from which all minutes exist."""
SURE_BUY: Final = 300
SURE_SALE: Final = 700
"""A side is unsure between these probabilities of a sale, in thousandths."""
UNKNOWN_SIDE: Final = 500
"""The probability of a sale, in thousandths, where no rule gave a side."""

# Integers side by side, since a thousand symbols' windows do not fit into a processor's cache; and
# small ones, since they are most of what a busy symbol takes: wide ones take their place once a
# second, or the time since the first one, is too large. Seconds count from the first. What has left
# stays in front until some have gathered.
_LEFT_SECONDS: Final = 3
DOUBT_FIELDS: Final = 3
_LEFT_DOUBTS: Final = DOUBT_FIELDS * 2
_SECONDS_CODE: Final = "H"
_NUMBERS_CODE: Final = "I"
_WIDE_CODE: Final = "q"
_COUNTS_CODE: Final = "H"
_MOST_COUNTED: Final = (1 << 16) - 1
"""Prints of one second; of more it is known that they were many."""
_NARROW_SECONDS: Final = (1 << 16) - 1
_NARROW_SHARES: Final = ((1 << 32) - 1) // 1_000
_NO_DOUBTS: Final = array(_NUMBERS_CODE)
"""Common to all windows without unsure prints; never to be changed."""


class Baseline(NamedTuple):
    """Volume of the baseline minutes: `shares` over `minutes` whole minutes."""

    shares: int
    minutes: int


class Heard(NamedTuple):
    """What the baseline minutes rest on.

    Attributes:
        prints: How many prints they hold.
        minutes: How many of them hold at least two prints: one is a straggler, no trade.
    """

    prints: int
    minutes: int


class WindowCopy(NamedTuple):
    """What a window holds at one moment; as it keeps it itself.

    Attributes:
        first_second: First whole second that is observed.
        second: The newest second.
        seconds: The seconds that are over, from the first; some have left the minutes already.
        traded: Shares of each.
        counts: Prints of each.
        sold: Sold shares times 1,000 of the last ones among them.
        without_sold: How many of the first ones have no such number.
        doubts: Of seconds with unsure prints: second, thousandths sold of unknown side, shares.
        shares: Shares of the newest second.
        sold_now: Its sold shares times 1,000.
        unknown: Of these of unknown side.
        prints: Its prints.
        delta_thousandths: As of `VolumeWindow`.
    """

    first_second: int
    second: int
    seconds: array[int]
    traded: array[int]
    counts: array[int]
    sold: array[int]
    without_sold: int
    doubts: array[int]
    shares: int
    sold_now: int
    unknown: int
    prints: int
    delta_thousandths: int


class VolumeWindow:
    """The last minute's volume and sold volume, and the baseline minutes before it.

    What leaves the minutes is taken away by `settle` only: a print that cannot matter even so costs
    no look at what is old. Until then `volume` is too high at most.

    Args:
        first_second: First whole second that is observed; minutes before it do not exist.

    Attributes:
        baseline_shares: Eligible shares of the five minutes before the current one, when settled.
        delta_thousandths: Expected shares bought less those sold, times 1,000, of all seconds that
            are over.
        first_second: First whole second that is observed.
        second: Second of the newest print.
        volume: Eligible shares of the current minute, when settled.
    """

    __slots__ = (
        "_counts",
        "_current",
        "_doubts",
        "_oldest",
        "_prints",
        "_seconds",
        "_shares",
        "_sold",
        "_sold_left",
        "_sold_now",
        "_traded",
        "_unknown",
        "_unsure",
        "baseline_shares",
        "delta_thousandths",
        "first_second",
        "second",
        "volume",
    )

    def __init__(self, first_second: int) -> None:
        self.first_second = first_second
        # The baseline's seconds, then the current minute's, and the shares and prints of each.
        self._seconds = array(_SECONDS_CODE)
        self._traded = array(_NUMBERS_CODE)
        self._counts = array(_COUNTS_CODE)
        # Where the baseline begins, and where the current minute does.
        self._oldest = self._current = 0
        # Sold shares times 1,000 of the current minute's seconds, behind some that have left.
        self._sold = array(_NUMBERS_CODE)
        self._sold_left = 0
        # Of the few seconds with unsure prints: [second, sold thousandths of unknown side counted
        # as half a sale, shares whose side is unsure].
        self._doubts = _NO_DOUBTS
        self.baseline_shares = 0
        self.delta_thousandths = 0
        self.volume = 0
        self.second = first_second
        # Of the newest second, which joins the others when it is over.
        self._shares = self._sold_now = self._unknown = self._unsure = self._prints = 0

    def add(self, second: int, shares: int, p_sell: int) -> None:
        """Count one print.

        Args:
            second: Unix second of the print. One before the newest counts in its own second, and
                not at all when that has left the baseline.
            shares: Size of the print.
            p_sell: Probability of a sale in thousandths; 500 means that no rule gave a side.
        """
        if second != self.second:
            if second < self.second:
                self._add_earlier(second, shares, p_sell)
                return
            self._turn_to(second)
        sold = shares * p_sell
        self.volume += shares
        self._shares += shares
        self._prints += 1
        self._sold_now += sold
        if SURE_BUY < p_sell < SURE_SALE:
            self._unsure += shares
            if p_sell == UNKNOWN_SIDE:
                self._unknown += sold

    def advance(self, second: int) -> None:
        """Let time pass to `second`, an earlier one changes nothing; and settle."""
        if second > self.second:
            self._turn_to(second)
        self.settle()

    def settle(self) -> None:
        """Take away what has left the minutes by the second of the newest print."""
        opened = self.second - self.first_second - CURRENT_SECONDS + 1
        place = self._current
        shares, current = self._shares_before(opened, place, len(self._seconds))
        if shares:
            self.volume -= shares
            self.baseline_shares += shares
            self._current = current
            self._sold_left += current - place
            if self._sold_left > _LEFT_SECONDS:
                del self._sold[: self._sold_left]
                self._sold_left = 0
        shares, oldest = self._shares_before(opened - _BASELINE_SECONDS, self._oldest, current)
        if shares:
            self.baseline_shares -= shares
            self._oldest = oldest
            if oldest > _LEFT_SECONDS:
                del self._seconds[:oldest]
                del self._traded[:oldest]
                del self._counts[:oldest]
                self._current -= oldest
                self._oldest = 0

    def skip(self, seconds: int) -> None:
        """Let time pass that does not count, such as a halt: every second moves along with it."""
        self.first_second += seconds
        self.second += seconds

    def begin_at(self, first_second: int) -> None:
        """Count from an earlier second on: what came before is known after all."""
        earlier = self.first_second - first_second
        if earlier <= 0:
            return
        self._widen()
        self.first_second = first_second
        for place, second in enumerate(self._seconds):
            self._seconds[place] = second + earlier
        for place in range(0, len(self._doubts), DOUBT_FIELDS):
            self._doubts[place] += earlier

    def take_back(self, second: int, shares: int, p_sell: int) -> None:
        """Count a print no longer that `add` was given with the same numbers."""
        if second - self.first_second < 0 or self.second - second >= _ALL_SECONDS:
            return
        self.settle()
        sold = shares * p_sell
        if second != self.second:
            self.delta_thousandths -= shares * 1_000 - 2 * sold
        unsure = SURE_BUY < p_sell < SURE_SALE
        unknown = sold if p_sell == UNKNOWN_SIDE else 0
        if second == self.second:
            self.volume -= shares
            self._shares -= shares
            self._prints -= 1
            self._sold_now -= sold
            if unsure:
                self._unsure -= shares
                self._unknown -= unknown
            return
        current = self.second - second < CURRENT_SECONDS
        offset = second - self.first_second
        place = bisect_left(self._seconds, offset, self._oldest)
        if place == len(self._seconds) or self._seconds[place] != offset:
            return
        self._traded[place] -= shares
        self._counts[place] -= 1
        if not current:
            self.baseline_shares -= shares
            return
        self.volume -= shares
        self._sold[self._sold_left + place - self._current] -= sold
        if unsure:
            doubts = self._doubts
            at = next(n for n in range(0, len(doubts), DOUBT_FIELDS) if doubts[n] == offset)
            doubts[at + 1] -= unknown
            doubts[at + 2] -= shares

    def leaving(self, span: int) -> int:
        """Return the shares that leave the baseline within so many seconds, when settled."""
        return self._baseline_before(self.second - _ALL_SECONDS + 1 + span)

    def baseline(self) -> Baseline:
        """Return the baseline: whole minutes that exist, at most five, and their volume."""
        if self.second >= self.first_second + COMPLETE_AFTER:
            return Baseline(self.baseline_shares, BASELINE_MINUTES)
        minutes = (self.second - CURRENT_SECONDS - self.first_second + 1) // 60
        if minutes <= 0:
            return Baseline(0, 0)
        begun = self._baseline_before(self.second - CURRENT_SECONDS - 60 * minutes + 1)
        return Baseline(self.baseline_shares - begun, minutes)

    def heard(self) -> Heard:
        """Return what the baseline rests on, when settled; looked up only where it matters."""
        newest = self.second - CURRENT_SECONDS - self.first_second
        begun = newest - 60 * self.baseline().minutes
        by_minute = [0] * BASELINE_MINUTES
        for place in range(self._oldest, self._current):
            second = self._seconds[place]
            if second > begun:
                by_minute[(newest - second) // 60] += self._counts[place]
        return Heard(sum(by_minute), sum(prints > 1 for prints in by_minute))

    def sold_thousandths(self) -> int:
        """Return the expected sold shares of the current minute, times 1,000."""
        return sum(self._sold[self._sold_left :]) + self._sold_now

    def sold_low_thousandths(self) -> int:
        """Return the same with every print of unknown side counted as a buy."""
        return self.sold_thousandths() - self._unknown - self._doubted(1)

    def unsure_shares(self) -> int:
        """Return the shares of the current minute whose side is known with less than 0.7."""
        return self._unsure + self._doubted(2)

    def all_delta_thousandths(self) -> int:
        """Return the same as `delta_thousandths` with the newest second."""
        return self.delta_thousandths + self._shares * 1_000 - 2 * self._sold_now

    def copied(self) -> WindowCopy:
        """Return what is counted, for who reckons with it on another thread; nothing changes."""
        return WindowCopy(
            self.first_second,
            self.second,
            self._seconds[:],
            self._traded[:],
            self._counts[:],
            self._sold[:],
            self._current - self._sold_left,
            self._doubts[:],
            self._shares,
            self._sold_now,
            self._unknown,
            self._prints,
            self.delta_thousandths,
        )

    def _baseline_before(self, second: int) -> int:
        """Return the shares of the baseline's seconds before one."""
        return self._shares_before(second - self.first_second, self._oldest, self._current)[0]

    def _shares_before(self, second: int, place: int, behind: int) -> tuple[int, int]:
        """Add up the shares of the seconds before one, and say where those not before it begin.

        One after the other: mostly there are one or two.
        """
        seconds, traded = self._seconds, self._traded
        shares = 0
        while place < behind and seconds[place] < second:
            shares += traded[place]
            place += 1
        return shares, place

    def _doubted(self, field: int) -> int:
        """Add up a field of the doubts of the current minute, the newest second apart."""
        doubts = self._doubts
        left = self.second - self.first_second - CURRENT_SECONDS
        return sum(
            doubts[place + field]
            for place in range(0, len(doubts), DOUBT_FIELDS)
            if doubts[place] > left
        )

    def _turn_to(self, second: int) -> None:
        """Let the newest second, which is over, join the others."""
        if self._shares:
            newest = self.second - self.first_second
            if self._shares > _NARROW_SHARES or newest > _NARROW_SECONDS:
                self._widen()
            self._seconds.append(newest)
            self._traded.append(self._shares)
            self._sold.append(self._sold_now)
            self._counts.append(min(self._prints, _MOST_COUNTED))
            if self._unsure:
                self._note_doubt(newest, self._unknown, self._unsure)
                self._unknown = self._unsure = 0
            self.delta_thousandths += self._shares * 1_000 - 2 * self._sold_now
            self._shares = self._sold_now = 0
        self._prints = 0
        self.second = second

    def _widen(self) -> None:
        """Make room for large numbers; the time since the first second may be one."""
        if self._sold.typecode != _WIDE_CODE:
            self._seconds = array(_WIDE_CODE, self._seconds)
            self._traded = array(_WIDE_CODE, self._traded)
            self._sold = array(_WIDE_CODE, self._sold)
            if self._doubts is not _NO_DOUBTS:
                self._doubts = array(_WIDE_CODE, self._doubts)

    def _note_doubt(self, second: int, unknown: int, unsure: int) -> None:
        if self._doubts is _NO_DOUBTS:
            self._doubts = array(self._sold.typecode)
        doubts = self._doubts
        left = self.second - self.first_second - CURRENT_SECONDS
        if len(doubts) > _LEFT_DOUBTS and doubts[_LEFT_DOUBTS] <= left:
            place = 0
            while place < len(doubts) and doubts[place] <= left:
                place += DOUBT_FIELDS
            del doubts[:place]
        doubts.extend((second, unknown, unsure))

    def _add_earlier(self, second: int, shares: int, p_sell: int) -> None:
        """Count a print of a second before the newest, unless that is too old."""
        age = self.second - second
        if age >= _ALL_SECONDS:
            return
        self.settle()
        self.delta_thousandths += shares * (1_000 - 2 * p_sell)
        second -= self.first_second
        seconds, current = self._seconds, age < CURRENT_SECONDS
        first, behind = (self._current, len(seconds)) if current else (self._oldest, self._current)
        place = bisect_left(seconds, second, first, behind)
        there = place < behind and seconds[place] == second
        with_others = shares + self._traded[place] if there else shares
        # It may come from before the first second, too.
        if with_others > _NARROW_SHARES or not 0 <= second <= _NARROW_SECONDS:
            self._widen()
        if there:
            self._traded[place] = with_others
            self._counts[place] = min(self._counts[place] + 1, _MOST_COUNTED)
        else:
            self._seconds.insert(place, second)
            self._traded.insert(place, shares)
            self._counts.insert(place, 1)
        if not current:
            self.baseline_shares += shares
            self._current += not there
            return
        sold = shares * p_sell
        self.volume += shares
        sold_place = self._sold_left + place - self._current
        if there:
            self._sold[sold_place] += sold
        else:
            self._sold.insert(sold_place, sold)
        if SURE_BUY < p_sell < SURE_SALE:
            self._note_doubt(second, sold if p_sell == UNKNOWN_SIDE else 0, shares)
