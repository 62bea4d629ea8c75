"""Whether two feeds of one symbol say the same; pure: events and looks come with their times.

The tape's prints of a venue are that venue's own trades. So the last 30 s, but for the newest 2 s,
are added up second by second, of both feeds; since one stamps a print a little later than the
other, what one has is compared with what the other has a second further inside.

| code | found when, among at least 20 prints |
| --- | --- |
| late | one has three prints that are newer, by more than a second, than all of the other |
| missing | one has fewer than nine tenths of the other's prints, two less not counted |
| shares | its mean print is below nine tenths of the other's, without the largest one |
| price | the mean price of a share differs by more than 1 % |
| split | shares and price differ, and one makes up for the other |
| outside | for 10 s the venue bids over a tick more, or offers for less, than the market's best |

`outside` counts no prints. An odd lot is nobody's best bid on the tape: the venue's best is the
price down to which it shows 100 shares. What is found five times in a row is told, and is over once
nothing was found for 60 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ...market.events import Level
from ...market.feeds import Disagreement, DisagreementCode
from ...market.units import NS_PER_SECOND, TICKS_PER_DOLLAR, UNITS_PER_SHARE

WINDOW_SECONDS: Final = 30
SETTLE_SECONDS: Final = 2
"""So long a print may be on its way by one feed and not by the other."""
LEAST_PRINTS: Final = 20
NEWER_PRINTS: Final = 3
OUTSIDE_NS: Final = 10 * NS_PER_SECOND
NEWEST_SECONDS: Final = 5
"""By so many seconds' prints it is said what differs."""
LOOKS_TO_TELL: Final = 5
"""What is found so often in a row is told: by then the newest prints are all of one kind."""
CLEAR_NS: Final = 60 * NS_PER_SECOND
ROUND_LOT: Final = 100 * UNITS_PER_SHARE
_CENT: Final = TICKS_PER_DOLLAR // 100
_KEPT_SECONDS: Final = WINDOW_SECONDS + SETTLE_SECONDS + 3
_OLDER_NS: Final = NS_PER_SECOND
_PRICE_PARTS: Final = 100
_SHARES_APART: Final = 0.1


class _Sum(NamedTuple):
    """Prints of a span: their number, units, ticks times units, and the units of the largest."""

    prints: int = 0
    units: int = 0
    value: int = 0
    largest: int = 0


class _Prints:
    """One feed's prints by second, from the moment on that it brings all."""

    def __init__(self) -> None:
        self._seconds: dict[int, _Sum] = {}
        self.live_ns: int | None = None
        self.newest_ns = 0

    def begin(self, now_ns: int) -> None:
        self._seconds.clear()
        self.live_ns, self.newest_ns = now_ns, now_ns

    def take(self, stamp_ns: int, ticks: int, units: int) -> None:
        if self.live_ns is None or stamp_ns < self.live_ns:
            return
        second = stamp_ns // NS_PER_SECOND
        known = self._seconds.get(second, _Sum())
        self._seconds[second] = _Sum(
            known.prints + 1,
            known.units + units,
            known.value + ticks * units,
            max(known.largest, units),
        )
        self.newest_ns = max(self.newest_ns, stamp_ns)

    def forget(self, before: int) -> None:
        for second in [each for each in self._seconds if each < before]:
            del self._seconds[second]

    def between(self, first: int, behind: int) -> _Sum:
        some = [self._seconds[each] for each in range(first, behind) if each in self._seconds]
        return _Sum(
            sum(each.prints for each in some),
            sum(each.units for each in some),
            sum(each.value for each in some),
            max((each.largest for each in some), default=0),
        )


class FeedComparison:
    """Compares two feeds of one symbol.

    Args:
        tape_name: Of the feed of prints and quotes, for a person.
        depth_name: Of the feed of depth.

    Attributes:
        told: How they differ; None while they do not.
    """

    def __init__(self, tape_name: str, depth_name: str) -> None:
        self._names = (tape_name, depth_name)
        self._tape, self._depth = _Prints(), _Prints()
        self._nbbo = self._best = (0, 0)
        self._nbbo_ns = self._best_ns = 0
        self._outside_since_ns: int | None = None
        self._looks = 0
        self._clear_since_ns: int | None = None
        self.told: Disagreement | None = None

    def begin_tape(self, now_ns: int) -> None:
        """Take that the tape brings everything from now on."""
        self._tape.begin(now_ns)
        self._begin_best()

    def begin_depth(self, now_ns: int) -> None:
        """Take that the depth's feed brings everything from now on."""
        self._depth.begin(now_ns)
        self._begin_best()

    def end_tape(self) -> None:
        """Take that the tape is away: nothing is compared."""
        self._tape.live_ns = None

    def end_depth(self) -> None:
        """Take that the depth's feed is away: nothing is compared."""
        self._depth.live_ns = None

    def tape_print(self, stamp_ns: int, ticks: int, units: int) -> None:
        """Take a print of the venue as the tape has it; stamps are those of the venue, or later."""
        self._tape.take(stamp_ns, ticks, units)

    def depth_print(self, stamp_ns: int, ticks: int, units: int) -> None:
        """Take a trade as the venue's own feed has it."""
        self._depth.take(stamp_ns, ticks, units)

    def nbbo(self, stamp_ns: int, bid_ticks: int, ask_ticks: int, now_ns: int) -> None:
        """Take the whole market's best bid and ask; 0 for a side that is missing."""
        self._nbbo, self._nbbo_ns = (bid_ticks, ask_ticks), stamp_ns
        self._compare_best(now_ns)

    def levels(
        self, stamp_ns: int, bids: Sequence[Level], asks: Sequence[Level], now_ns: int
    ) -> None:
        """Take the venue's levels, the best first."""
        self._best, self._best_ns = (_best_of(bids), _best_of(asks)), stamp_ns
        self._compare_best(now_ns)

    def look(self, now_ns: int) -> Disagreement | None:
        """Return how the feeds differ, as it is told; to be called about once a second."""
        second = now_ns // NS_PER_SECOND
        self._tape.forget(second - _KEPT_SECONDS)
        self._depth.forget(second - _KEPT_SECONDS)
        if self._tape.live_ns is None or self._depth.live_ns is None:
            return self.told
        live = max(self._tape.live_ns, self._depth.live_ns) // NS_PER_SECOND + 1
        behind = second - SETTLE_SECONDS
        first = max(behind - WINDOW_SECONDS, live)
        tape, depth = self._tape.between(first, behind), self._depth.between(first, behind)
        is_compared = behind - first > 2 and max(tape.prints, depth.prints) >= LEAST_PRINTS
        found = self._outside(now_ns)
        if found is None and is_compared:
            found = self._of_prints(first, behind, now_ns)
        was_outside = self.told is not None and self.told.code == "outside"
        self._hold(found, now_ns, agrees=is_compared or was_outside)
        return self.told

    def _hold(self, found: Disagreement | None, now_ns: int, *, agrees: bool) -> None:
        if found is not None:
            self._clear_since_ns = None
            self._looks += 1
            if self.told is None and self._looks >= LOOKS_TO_TELL:
                self.told = found
            return
        self._looks = 0
        if not agrees or self._clear_since_ns is None:
            self._clear_since_ns = now_ns
        elif now_ns - self._clear_since_ns >= CLEAR_NS:
            self.told = None

    def _of_prints(self, first: int, behind: int, now_ns: int) -> Disagreement | None:
        tape, depth = self._tape.between(first, behind), self._depth.between(first, behind)
        tape_inside = self._tape.between(first + 1, behind - 1)
        depth_inside = self._depth.between(first + 1, behind - 1)
        for index, side, other in ((0, self._tape, self._depth), (1, self._depth, self._tape)):
            newest = max(side.newest_ns // NS_PER_SECOND + 2, first)
            newer = other.between(newest, behind).prints
            if newer >= NEWER_PRINTS:
                ago = (now_ns - side.newest_ns) // NS_PER_SECOND
                words = f"{self._names[index]} looks stale: nothing newer than {ago} s, and "
                return Disagreement(
                    "late",
                    f"{words}{self._names[1 - index]} has {newer} prints since",
                    self._names[index],
                )
        for index, has, wanted in ((0, tape, depth_inside), (1, depth, tape_inside)):
            if 10 * (has.prints + 2) < 9 * wanted.prints:
                words = f"{self._names[index]} lacks prints: {has.prints} in {WINDOW_SECONDS} s, "
                return Disagreement(
                    "missing",
                    f"{words}{self._names[1 - index]} has {wanted.prints}",
                    self._names[index],
                )
        shares = any(
            10 * has.units * wanted.prints < 9 * (wanted.units - wanted.largest) * has.prints
            for has, wanted in ((tape, depth_inside), (depth, tape_inside))
        )
        left, right = depth.value * tape.units, tape.value * depth.units
        price = _PRICE_PARTS * abs(left - right) > right
        return self._of_units(behind, shares=shares) if shares or price else None

    def _of_units(self, behind: int, *, shares: bool) -> Disagreement | None:
        """Return what differs in as many prints; the newest ones show it without those before."""
        first = behind - NEWEST_SECONDS
        tape, depth = self._tape.between(first, behind), self._depth.between(first, behind)
        if min(tape.prints, depth.prints) < NEWER_PRINTS:
            return None
        times = depth.units / tape.units
        dearer = depth.value * tape.units / (tape.value * depth.units)
        if abs(times - 1) < _SHARES_APART and abs(dearer - 1) * _PRICE_PARTS <= 1:
            # What differed is over.
            return None
        said = f"{times:.3g} times the shares and {dearer:.3g} times the price"
        code: DisagreementCode
        if abs(dearer - 1) * _PRICE_PARTS <= 1:
            code = "shares"
        elif 0.8 < times * dearer < 1.25 and not 0.8 < dearer < 1.25:
            code, said = "split", f"{said}, as by a split"
        else:
            code = "shares" if shares else "price"
        return Disagreement(
            code, f"{self._names[1]} has {said} of {self._names[0]}, in as many prints", None
        )

    def _begin_best(self) -> None:
        self._nbbo = self._best = (0, 0)
        self._outside_since_ns = None
        self._looks = 0

    def _compare_best(self, now_ns: int) -> None:
        (bid, ask), (venue_bid, venue_ask) = self._nbbo, self._best
        is_outside = 0 < bid < venue_bid - _tick(bid) or 0 < venue_ask < ask - _tick(ask)
        if not is_outside:
            self._outside_since_ns = None
        elif self._outside_since_ns is None:
            self._outside_since_ns = now_ns

    def _outside(self, now_ns: int) -> Disagreement | None:
        since_ns = self._outside_since_ns
        if since_ns is None or now_ns - since_ns < OUTSIDE_NS:
            return None
        stale = None
        if abs(self._nbbo_ns - self._best_ns) > _OLDER_NS:
            stale = self._names[0 if self._nbbo_ns < self._best_ns else 1]
        seconds = (now_ns - since_ns) // NS_PER_SECOND
        words = f"the best of {self._names[1]} is better than that of {self._names[0]}"
        looks = "" if stale is None else f"; {stale} looks stale"
        return Disagreement("outside", f"{words} for {seconds} s{looks}", stale)


def _best_of(levels: Sequence[Level]) -> int:
    """Return the price down to which a round lot is shown; 0 where there is less."""
    units = 0
    for price, size in levels:
        units += size
        if units >= ROUND_LOT:
            return price
    return 0


def _tick(ticks: int) -> int:
    """Return the step of quotes at a price: a cent, below a dollar a hundredth of one."""
    return _CENT if ticks >= TICKS_PER_DOLLAR else _CENT // 100
