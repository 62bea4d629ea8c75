"""Halts: a halted symbol is not judged until 60 s after its trading began again; pure.

A halt is announced where the provider tells of halts. Elsewhere only a silence that ends with a
reopening print (conditions 18 and 28) tells of one.
While it lasts no time passes for the windows, so that the minutes before it stay the baseline.

Sources: the provider's documentation of trade conditions; the LULD plan of the US exchanges for the
five minutes of a pause.
"""

from __future__ import annotations

from typing import Final

from .units import NS_PER_SECOND

REOPENING: Final = frozenset({18, 28})
"""Conditions of prints that open trading again."""
REARM_NS: Final = 60 * NS_PER_SECOND
"""Judging begins again this long after the reopening print."""
LEAST_SILENCE_NS: Final = 60 * NS_PER_SECOND
"""A reopening print after less silence than this ends no halt: pauses last five minutes."""
_TRADING_AGAIN_NS: Final = 60 * NS_PER_SECOND
_LATE_REPORT_NS: Final = 10 * NS_PER_SECOND


def is_reopening(conditions: tuple[int, ...]) -> bool:
    """Return whether a print opens trading again."""
    return not REOPENING.isdisjoint(conditions)


class Halt:
    """One halt of one symbol.

    Args:
        since_ns: When trading stopped, Unix nanoseconds.
        announced: True when the provider told of it.

    Attributes:
        reopened_ns: When trading began again, or None.
    """

    __slots__ = ("_first_ns", "_newest_ns", "_resumed", "announced", "reopened_ns", "since_ns")

    def __init__(self, since_ns: int, *, announced: bool) -> None:
        self.since_ns = since_ns
        self.announced = announced
        self.reopened_ns: int | None = None
        self._resumed = False
        self._first_ns = self._newest_ns = 0

    def on_resumed(self) -> None:
        """Take the provider's word that trading may begin: the next print is the reopening one."""
        self._resumed = True

    def on_trade(self, sip_ns: int, conditions: tuple[int, ...]) -> None:
        """Look whether a print opens trading again.

        Prints that go on for a minute do so too, should both word and mark be missed.
        """
        if self.reopened_ns is not None or sip_ns <= self.since_ns:
            return
        if self._resumed or is_reopening(conditions):
            self.reopened_ns = sip_ns
        elif sip_ns > self.since_ns + _LATE_REPORT_NS:
            if not self._first_ns or sip_ns - self._newest_ns > _TRADING_AGAIN_NS:
                self._first_ns = sip_ns
            self._newest_ns = sip_ns
            if sip_ns - self._first_ns >= _TRADING_AGAIN_NS:
                self.reopened_ns = self._first_ns

    def is_over(self, sip_ns: int) -> bool:
        """Return whether an event of this time is to be judged again."""
        return self.reopened_ns is not None and sip_ns >= self.reopened_ns + REARM_NS

    @property
    def seconds(self) -> int:
        """Whole seconds for which the windows stood still; 0 before trading began again."""
        if self.reopened_ns is None:
            return 0
        return (self.reopened_ns + REARM_NS - self.since_ns) // NS_PER_SECOND
