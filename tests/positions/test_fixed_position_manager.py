"""Positions that are given once."""

from __future__ import annotations

from decimal import Decimal

from trading_bot.order_flow.position import Position, PositionManager
from trading_bot.positions.fixed_position_manager import FixedPositionManager


def test_it_holds_what_it_was_given() -> None:
    # Given a caller's lists
    positions = [Position("AAPL", Decimal(1), Decimal(100))]
    watchlist = ["MSFT"]
    manager: PositionManager = FixedPositionManager(positions, watchlist)
    # When the caller changes them
    held = tuple(positions)
    positions.clear()
    watchlist.clear()
    # Then the manager's stay
    assert (manager.get_active_positions(), manager.get_watchlist()) == (held, ("MSFT",))


def test_nothing_is_watched_beside_the_positions_by_default() -> None:
    # Given no watchlist
    # When it is asked for
    # Then it is empty
    assert FixedPositionManager([]).get_watchlist() == ()
