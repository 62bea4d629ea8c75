"""Exit rules, and the recommendation that follows from them."""

# First: order_flow's monitor uses this package, and must find order_flow's own values loaded.
import trading_bot.order_flow  # noqa: F401
from trading_bot.risk_management.recommendation import ExitRecommendation, Urgency
from trading_bot.risk_management.risk_manager import RiskManager

__all__ = ["ExitRecommendation", "RiskManager", "Urgency"]
