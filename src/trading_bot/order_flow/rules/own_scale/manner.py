"""Which of a symbol's large events are worth a line: what says the same again is not; pure."""

from __future__ import annotations

from typing import Final

from ...market.units import NS_PER_SECOND
from .memory import KINDS, SaidLine

LINE_GAP_NS: Final = 120 * NS_PER_SECOND
"""Between two lines of one kind, unless the second is half as large again or critical."""
ORDERS_NEEDED: Final = 3
"""Large orders within the window of the exit rule that make an exit due."""
_FAR_PAST: Final = -(1 << 61)


class Manner:
    """What was said last of each kind, and the large orders that still count.

    Args:
        window_seconds: The exit rule's window.
    """

    __slots__ = ("_due_ns", "_orders", "_said_ns", "_said_size", "_window_ns")

    def __init__(self, window_seconds: int) -> None:
        self._window_ns = window_seconds * NS_PER_SECOND
        self._said_ns = [_FAR_PAST] * KINDS
        self._said_size = [0] * KINDS
        # Stamps of the newest large orders, at most as many as an exit needs.
        self._orders: list[int] = []
        # When the large orders last made an exit due.
        self._due_ns = _FAR_PAST

    def use_window(self, window_seconds: int) -> None:
        """Count large orders in another window from now on; what was said stays said."""
        self._window_ns = window_seconds * NS_PER_SECOND

    def know_said(self, line: SaidLine) -> None:
        """Know a line that an earlier run has said; the oldest is to be given first."""
        self._said_ns[line.kind] = line.stamp_ns
        self._said_size[line.kind] = line.size
        if line.orders == ORDERS_NEEDED and line.stamp_ns - self._due_ns >= self._window_ns:
            self._due_ns = line.stamp_ns

    def count_order(self, stamp_ns: int, *, again: bool = False) -> tuple[int, int]:
        """Count a large order; return how many lie in the window that ends with it, and the first.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds; a late one may lie before the newest.
            again: It was counted when it was smaller.
        """
        if not again:
            self._orders = sorted([*self._orders, stamp_ns])[-ORDERS_NEEDED:]
        oldest_ns = max(stamp_ns, self._orders[-1]) - self._window_ns
        within = [each for each in self._orders if each >= oldest_ns]
        return len(within), within[0]

    def is_worth_saying(
        self, kind: int, size: int, stamp_ns: int, *, critical: bool, orders: int = 0
    ) -> bool:
        """Return whether an event deserves a line; the answer yes is noted as said.

        Args:
            kind: As `memory` numbers them.
            size: Its size.
            stamp_ns: Exchange time, Unix nanoseconds.
            critical: It exceeds all before it by far.
            orders: For an order, how many large ones lie in the window; so many that an exit is
                due are worth a line once a window.
        """
        makes_due = orders == ORDERS_NEEDED and stamp_ns - self._due_ns >= self._window_ns
        is_worth = (
            stamp_ns - self._said_ns[kind] >= LINE_GAP_NS
            or 2 * size >= 3 * self._said_size[kind]
            or critical
            or makes_due
        )
        if makes_due:
            self._due_ns = stamp_ns
        if is_worth:
            self._said_ns[kind] = max(stamp_ns, self._said_ns[kind])
            self._said_size[kind] = size
        return is_worth
