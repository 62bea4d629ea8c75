"""The one layer that asks again; see `order_flow.retry`."""

from trading_bot.order_flow.retry import OnRetry, Wait, with_retry

__all__ = ["OnRetry", "Wait", "with_retry"]
