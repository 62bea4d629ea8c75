"""Stops for a broker's positions: from the positions file, or some per cent of what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from trading_bot.order_flow.held.source import OF_STOPS
from trading_bot.order_flow.position import Position
from trading_bot.positions.file_position_manager import FilePositionManager, NoPositionsFileError


class Account(Protocol):
    """What a broker says is held, in whatever way it is asked."""

    @property
    def name(self) -> str:
        """The value of `positions_source`."""
        ...

    def get_active_positions(self) -> Sequence[Position]:
        """Return every position that is to be taken for held."""
        ...

    def get_unreadable(self) -> Mapping[str, str]:
        """Return what is wrong with rows, by symbol or by place."""
        ...

    def get_stale(self) -> str:
        """Say why what is held may be old; empty where it is not."""
        ...

    def get_closed(self) -> frozenset[str]:
        """Return the symbols whose positions are surely gone."""
        ...


class StopsBeside:
    """Hands on what a broker's account holds, each position with its stop.

    Of the positions file the stops and the watchlist count, and nothing else. What cannot be read
    of it costs its stop alone.

    Args:
        source: What is held.
        file: The positions file; a missing one has no stops.
        percent: Where the file has no stop: so far from the average price; 0 for none.
    """

    def __init__(self, source: Account, file: FilePositionManager, percent: float) -> None:
        self.source = source
        self._file = file
        self._share = Decimal(str(percent)) / 100
        self._stops: Mapping[str, Decimal] = {}
        self._watchlist: tuple[str, ...] = ()
        self._trouble: Mapping[str, str] = {}

    def get_active_positions(self) -> Sequence[Position]:
        """Return every position that is to be taken for held, with its stop.

        Raises:
            PositionsUnknownError: The broker has given no answer yet; says why.
        """
        self._read_file()
        return [self._with_stop(each) for each in self.source.get_active_positions()]

    def get_watchlist(self) -> Sequence[str]:
        """Return the watchlist of the positions file."""
        self._read_file()
        return self._watchlist

    def get_unreadable(self) -> Mapping[str, str]:
        """Return what is wrong with rows of the broker and of the file, by symbol or by place."""
        return {**self._trouble, **self.source.get_unreadable()}

    def get_stale(self) -> str:
        """Say why what is held may be old; empty where it is not."""
        return self.source.get_stale()

    def get_closed(self) -> frozenset[str]:
        """Return the symbols whose positions are surely gone."""
        return self.source.get_closed()

    def _with_stop(self, position: Position) -> Position:
        stop = self._stops.get(position.symbol)
        paid = position.average_price
        if stop is None and self._share and paid is not None:
            stop = paid * (1 + self._share if position.is_short else 1 - self._share)
        return position if stop is None else replace(position, stop=stop)

    def _read_file(self) -> None:
        try:
            held = self._file.get_active_positions()
            watchlist = tuple(self._file.get_watchlist())
        except NoPositionsFileError:
            held, watchlist, trouble = (), (), {}
        except (ValueError, OSError) as error:
            # The stops of before hold: half a file is being written, or somebody has to mend it.
            self._trouble = {f"{OF_STOPS}s": f"the stops cannot be read: {error}"}
            return
        else:
            trouble = {
                f"{OF_STOPS} of {name}": f"a stop cannot be read: {words}"
                for name, words in self._file.get_unreadable().items()
            }
        self._stops = {each.symbol: each.stop for each in held if each.stop is not None}
        self._watchlist, self._trouble = watchlist, trouble
