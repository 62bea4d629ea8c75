"""The positions that are open, and where they are read from."""

from trading_bot.order_flow.position import Position, PositionManager
from trading_bot.positions.file_position_manager import FilePositionManager
from trading_bot.positions.fixed_position_manager import FixedPositionManager

__all__ = ["FilePositionManager", "FixedPositionManager", "Position", "PositionManager"]
