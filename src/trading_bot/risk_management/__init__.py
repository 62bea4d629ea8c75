"""Exit rules, and the recommendation that follows from them; they live in `order_flow`."""

from trading_bot.order_flow.exit_judge import ExitJudge as RiskManager
from trading_bot.order_flow.recommendation import ExitRecommendation, Urgency

__all__ = ["ExitRecommendation", "RiskManager", "Urgency"]
