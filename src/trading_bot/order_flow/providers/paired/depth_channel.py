"""Since when the depth of each symbol is seen or not, and why; pure: every time is given.

| state | event | becomes |
| --- | --- | --- |
| none | followed | lost (no levels yet) |
| seen | connection cut, levels doubted, feed not ready | lost |
| lost | looked at | lost and told: what is known of levels is dropped by whoever was told |
| lost and told | levels by the newest connection, and the feed is ready at a look | seen |
| any | refused for good | lost, whatever comes |
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

STARTING: Final = "no levels yet"


class _Depth:
    """One symbol: why it is lost, since when, whether that was told, and whether levels came."""

    __slots__ = ("has_levels", "is_told", "lost", "since_ns")

    def __init__(self, now_ns: int) -> None:
        self.lost = STARTING
        self.since_ns = now_ns
        # Nothing is known of it that had to be dropped.
        self.is_told = True
        self.has_levels = False


class DepthChannel:
    """What a second feed brings of each symbol.

    Attributes:
        refused: Why nothing comes until the end of the run; empty while something may.
    """

    def __init__(self) -> None:
        self._symbols: dict[str, _Depth] = {}
        self.refused = ""

    def follow(self, symbols: Iterable[str], now_ns: int) -> None:
        """Know exactly these symbols from now on."""
        known = self._symbols
        self._symbols = {each: known.get(each) or _Depth(now_ns) for each in symbols}

    def cut(self, why: str, now_ns: int) -> None:
        """Take that the feed's connection has ended."""
        for symbol in self._symbols:
            self.lose(symbol, why, now_ns)

    def lose(self, symbol: str, why: str, now_ns: int) -> None:
        """Take that the levels of a symbol are missing, or doubtful; an empty name is every one."""
        if not symbol:
            self.cut(why, now_ns)
            return
        depth = self._symbols.get(symbol)
        if depth is None:
            return
        depth.has_levels = False
        if not depth.lost:
            depth.lost, depth.since_ns, depth.is_told = why, now_ns, False

    def levels(self, symbol: str) -> None:
        """Take that levels of a symbol came by the newest connection."""
        depth = self._symbols.get(symbol)
        if depth is not None:
            depth.has_levels = True

    def look(self, symbol: str, now_ns: int, problem: str | None) -> tuple[str, int]:
        """Return why the depth of a symbol is not seen, and since when; empty where it is seen.

        Args:
            symbol: Ticker.
            now_ns: The present.
            problem: Why the feed brings nothing now, in one word; None while it does.
        """
        depth = self._symbols.get(symbol)
        if depth is None:
            return STARTING, now_ns
        if problem is not None or self.refused:
            self.lose(symbol, problem or self.refused, now_ns)
        if depth.lost and not depth.is_told:
            depth.is_told, depth.has_levels = True, False
        elif depth.lost and depth.has_levels and problem is None and not self.refused:
            depth.lost, depth.since_ns = "", now_ns
        if depth.lost and self.refused:
            depth.lost = self.refused
        return depth.lost, depth.since_ns
