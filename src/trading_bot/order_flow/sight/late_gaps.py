"""The gaps whose answer was given up: events no longer wait for them, REST is still asked; pure.

Their prints are judged late, each between what came before and after its gap. Several of one symbol
are kept, since a provider in trouble is slow more than once. No two of them share a stamp, so that
no print is judged twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .gap import Gap

MOST_A_SYMBOL: Final = 8
"""Gaps kept for one symbol; the oldest goes first."""
LONGEST_SECONDS: Final = 370.0
"""Asked for as long as the windows look back; later it would change no judgement."""
LATE_AGAIN_SECONDS: Final = 5.0
"""Wait between a request that failed and the next."""


@dataclass(slots=True)
class LateGap:
    """One gap that was given up.

    Attributes:
        gap: The gap.
        until_ns: Stamp of what was judged after it; what is missing came earlier.
    """

    gap: Gap
    until_ns: int


class LateGaps:
    """The given-up gaps of all symbols.

    Attributes:
        lost: How many were dropped without an answer.
    """

    def __init__(self) -> None:
        self._kept: dict[str, list[LateGap]] = {}
        self.lost = 0

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._kept

    def keep(self, symbol: str, gap: Gap, until_ns: int) -> None:
        """Take a gap that was given up; it begins where the one before it ends, at the earliest."""
        kept = self._kept.setdefault(symbol, [])
        if kept:
            gap.after_ns = max(gap.after_ns, kept[-1].until_ns - 1)
        kept.append(LateGap(gap, until_ns))
        if len(kept) > MOST_A_SYMBOL:
            del kept[0]
            self.lost += 1

    def take(self, symbol: str, number: int) -> LateGap | None:
        """Give the gap that an answer is for, and stop keeping it; None where none waits for it."""
        late = self._find(symbol, number)
        if late is not None:
            self._drop(symbol, late)
        return late

    def postpone(self, symbol: str, number: int, now: float) -> None:
        """Ask again a little later."""
        late = self._find(symbol, number)
        if late is not None:
            late.gap.again_at = now + LATE_AGAIN_SECONDS

    def failed(self, symbol: str, number: int, now: float, *, retryable: bool) -> None:
        """Schedule another question after a failed answer, or give the gap up for good."""
        late = self._find(symbol, number)
        if late is None:
            return
        if retryable and not late.gap.is_older_than(LONGEST_SECONDS, now):
            late.gap.again_at = now + LATE_AGAIN_SECONDS
        else:
            self._drop(symbol, late)
            self.lost += 1

    def covered(self, symbol: str, from_ns: int) -> None:
        """Drop what another answer covers: every print of a symbol from a stamp on."""
        for late in list(self._kept.get(symbol, ())):
            late.until_ns = min(late.until_ns, from_ns)
            if late.gap.after_ns >= late.until_ns - 1:
                self._drop(symbol, late)

    def due(self, now: float) -> list[tuple[str, Gap]]:
        """Return the gaps that are to be asked for now, with their symbols."""
        return [
            (symbol, late.gap)
            for symbol, kept in self._kept.items()
            for late in kept
            if late.gap.is_due(now)
        ]

    def forget(self, symbol: str) -> None:
        """Drop the gaps of a symbol that is no longer watched."""
        self._kept.pop(symbol, None)

    def _find(self, symbol: str, number: int) -> LateGap | None:
        kept = self._kept.get(symbol, ())
        return next((late for late in kept if late.gap.number == number), None)

    def _drop(self, symbol: str, late: LateGap) -> None:
        kept = self._kept[symbol]
        kept.remove(late)
        if not kept:
            del self._kept[symbol]
