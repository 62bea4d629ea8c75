"""How far REST is behind the stream, learned; pure: every time is given.

REST shows a print some time after the stream has brought it. What is younger than the settle time
is no evidence against either of them.

    samples      settle time
    fewer than 10    3 s: nothing is known
    10 and more      twice the 90th percentile of the newest 64, within 2 s and 15 s
"""

from __future__ import annotations

from array import array
from typing import Final

from ..market.units import NS_PER_SECOND

UNKNOWN_SETTLE_NS: Final = 3 * NS_PER_SECOND
LEAST_SETTLE_NS: Final = 2 * NS_PER_SECOND
LONGEST_SETTLE_NS: Final = 15 * NS_PER_SECOND
SAMPLES_NEEDED: Final = 10
SAMPLES_KEPT: Final = 64
_FACTOR: Final = 2


class SettleTime:
    """The settle time of one REST service, all symbols together.

    Attributes:
        settle_ns: What is younger than this at REST may be incomplete.
    """

    __slots__ = ("_next", "_samples", "settle_ns")

    def __init__(self) -> None:
        self._samples = array("q")
        self._next = 0
        self.settle_ns = UNKNOWN_SETTLE_NS

    def learn(self, behind_ns: int) -> None:
        """Learn from one answer how far REST was behind.

        Args:
            behind_ns: How long after its arrival a streamed print is first seen by REST; see
                `behind_shown` for what an answer tells of it.
        """
        behind_ns = min(max(behind_ns, 0), LONGEST_SETTLE_NS)
        if len(self._samples) < SAMPLES_KEPT:
            self._samples.append(behind_ns)
        else:
            self._samples[self._next] = behind_ns
            self._next = (self._next + 1) % SAMPLES_KEPT
        count = len(self._samples)
        if count >= SAMPLES_NEEDED:
            # The smallest that nine of ten do not exceed.
            place = -(-9 * count // 10) - 1
            longest_ns = _FACTOR * sorted(self._samples)[place]
            self.settle_ns = min(max(longest_ns, LEAST_SETTLE_NS), LONGEST_SETTLE_NS)


def behind_shown(
    asked_ns: int, newest_arrived_ns: int, oldest_lacked_arrived_ns: int | None
) -> int | None:
    """Return how far one answer shows REST to be behind, nanoseconds; None where it shows nothing.

    The age of the oldest print that it lacks, since the age of the newest that it holds says more
    of how often REST is asked than of REST.

    Args:
        asked_ns: When REST was asked, by our clock.
        newest_arrived_ns: When the stream brought the newest print of the symbol before that.
        oldest_lacked_arrived_ns: When it brought the oldest print of the answer's span that the
            answer lacks; None where it lacks none.
    """
    if oldest_lacked_arrived_ns is not None:
        return asked_ns - oldest_lacked_arrived_ns
    # An old print proves no speed.
    return 0 if asked_ns - newest_arrived_ns < LONGEST_SETTLE_NS else None
