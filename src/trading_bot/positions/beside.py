"""What is held, what is watched beside it, and what of both a market does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trading_bot.order_flow.held.source import OF_WATCHLIST
from trading_bot.order_flow.position import Position, PositionManager


class PositionsBeside:
    """Hands on what a position manager says, and what else is to be watched.

    Args:
        source: What is held, and its own watchlist.
        watch: Further symbols to watch without a position.
        known: The symbols that the market has; None where it says so itself. A position or symbol
            that is not among them is a row that cannot be read, and is named like one.

    Attributes:
        source: What is held, and its own watchlist.
    """

    def __init__(
        self,
        source: PositionManager,
        watch: Iterable[str] = (),
        known: Iterable[str] | None = None,
    ) -> None:
        self.source = source
        self._watch = tuple(watch)
        self._known = None if known is None else tuple(known)

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position that the market has."""
        return [each for each in self.source.get_active_positions() if self._has(each.symbol)]

    def get_watchlist(self) -> Sequence[str]:
        """Return the symbols to watch without a position that the market has."""
        return [each for each in self._watched() if self._has(each)]

    def get_unreadable(self) -> Mapping[str, str]:
        """Return what is wrong with each row that cannot be used, by its symbol or its place."""
        held = [each.symbol for each in self.source.get_active_positions()]
        lacking = {
            each if each in held else f"{OF_WATCHLIST} {each!r}": f"{each} is not on this market"
            for each in self.unknown()
        }
        # Asked last: a file says so of what has just been read.
        ask = getattr(self.source, "get_unreadable", None)
        own: Mapping[str, str] = ask() if callable(ask) else {}
        return {**own, **lacking}

    def get_stale(self) -> str:
        """Say why what is held may be old; empty where it is not."""
        ask = getattr(self.source, "get_stale", None)
        return ask() if callable(ask) else ""

    def get_closed(self) -> frozenset[str]:
        """Return the symbols whose positions are known to be closed."""
        ask = getattr(self.source, "get_closed", None)
        return ask() if callable(ask) else frozenset()

    def unknown(self) -> tuple[str, ...]:
        """Return the symbols, held or to be watched, that the market does not have."""
        held = [each.symbol for each in self.source.get_active_positions()]
        every = dict.fromkeys((*held, *self._watched()))
        return tuple(each for each in every if not self._has(each))

    def _watched(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.source.get_watchlist(), *self._watch)))

    def _has(self, symbol: str) -> bool:
        return self._known is None or symbol in self._known
