"""How prints are matched with quotes: one configuration for each kind of stamps.

Where stamps are whole milliseconds nobody can tell whether a quote of the print's own millisecond
stood before it or is its footprint. So quotes come first there (`market.order.place_of`), a print
waits until no more of its millisecond come, stands at its end, and is matched with what the quotes
lost within the clock window. The stream, polling, the history that fills gaps, sides that are asked
for, replays and `trading-bot sides --stamps ms` all take it from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...market.order import quotes_come_first
from ...market.units import NS_PER_MS
from .classifier import TradeSideClassifier
from .side_rules import SideRule


@dataclass(frozen=True, slots=True)
class Matching:
    """What goes with one kind of stamps.

    Attributes:
        step_ns: What the stamps are cut to; 1 where they are kept.
        clock_window_ns: By how much the prints' clock may lag the quotes' clock; with a window, and
            only then, what quotes lost is matched with prints.
    """

    step_ns: int
    clock_window_ns: int

    def classifier(self, *, rule: SideRule = "full", defer_ms: int = 0) -> TradeSideClassifier:
        """Make a classifier for one symbol whose stamps are of this kind."""
        return TradeSideClassifier(
            rule=rule,
            clock_window_ns=self.clock_window_ns,
            step_ns=self.step_ns,
            defer_ms=defer_ms,
        )


EXACT: Final = Matching(step_ns=1, clock_window_ns=0)
"""Stamps of one sequenced feed, or of the participants, as fine as they were made."""
MILLISECONDS: Final = Matching(step_ns=NS_PER_MS, clock_window_ns=5 * NS_PER_MS)
"""Stamps cut to milliseconds, as a stream brings them: an event may lie one millisecond before or
behind where its stamp says, and five times that is the window (see `TradeSideClassifier`)."""


def matching_of(step_ns: int) -> Matching:
    """Return how prints are matched where stamps are cut to a step."""
    return MILLISECONDS if quotes_come_first(step_ns) else EXACT
