"""What a replay holds."""

from __future__ import annotations

from decimal import Decimal

from trading_bot.order_flow.position import Position
from trading_bot.replay.positions import ReplayPositions

GIVEN = Position("ACME", Decimal(5), Decimal(10), Decimal(9))


def test_a_hundred_shares_are_held_at_the_midpoint_without_a_stop() -> None:
    # Given a replay that holds everything
    positions = ReplayPositions()
    # When a symbol's first two-sided quote comes, its midpoint between two ticks
    positions.open_at("ACME", 10_000_000, 10_000_001)
    # Then it is held at the exact midpoint
    held = positions.get_active_positions()
    assert held == (Position("ACME", Decimal(100), Decimal("10.0000005")),)
    assert positions.holds_all


def test_given_positions_are_all_there_is() -> None:
    # Given positions of the user
    positions = ReplayPositions([GIVEN])
    # When they are asked for
    held = positions.get_active_positions()
    # Then they stand, and no symbol is watched without one
    assert (held, positions.holds_all, positions.get_watchlist()) == ((GIVEN,), False, ())


def test_positions_may_be_replaced_and_dropped() -> None:
    # Given nothing held
    positions = ReplayPositions(())
    # When others are set and one is dropped
    positions.replace_all([GIVEN, Position("BOLT", Decimal(1), Decimal(2))])
    positions.drop("BOLT")
    positions.drop("NONE")
    # Then the rest is held
    assert positions.get_active_positions() == (GIVEN,)
