"""Order-flow protection for open positions."""

from trading_bot.error_handling.exceptions import DataSourceError, OrderFlowError, RateLimitError
from trading_bot.market_data.exceptions import DataValidationError
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import (
    OrderBookSnapshot,
    OrderFlowAlert,
    TimeAndSalesRecord,
)
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.monitor_events import FeedEvent
from trading_bot.order_flow.order_flow_detector import OrderFlowDetector
from trading_bot.order_flow.polygon_client import PolygonClient
from trading_bot.order_flow.tape_monitor import TapeMonitor
from trading_bot.order_flow.trade_side import TradeSideClassifier
from trading_bot.order_flow.validators import (
    validate_level2_data,
    validate_order_flow_config,
    validate_tape_data,
)

__all__ = [
    "DataSourceError",
    "DataValidationError",
    "FeedEvent",
    "OrderBookSnapshot",
    "OrderFlowAlert",
    "OrderFlowConfig",
    "OrderFlowDetector",
    "OrderFlowError",
    "OrderFlowMonitor",
    "PolygonClient",
    "RateLimitError",
    "TapeMonitor",
    "TimeAndSalesRecord",
    "TradeSideClassifier",
    "validate_level2_data",
    "validate_order_flow_config",
    "validate_tape_data",
]
