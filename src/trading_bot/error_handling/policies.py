"""How often and how long a failed request is tried again; see `order_flow.retry`."""

from trading_bot.order_flow.retry import DEFAULT_POLICY, RetryPolicy

__all__ = ["DEFAULT_POLICY", "RetryPolicy"]
