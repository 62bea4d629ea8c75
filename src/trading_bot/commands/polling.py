"""Whether what is to be watched can be polled: some providers have a stream and nothing else."""

from __future__ import annotations

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.monitor import MonitorMode
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets


def may_poll(config: OrderFlowConfig, secrets: Secrets, asked: MonitorMode | None) -> bool:
    """Return whether the provider can be polled; nothing is asked of it.

    Args:
        config: Settings.
        secrets: Where the provider finds its keys.
        asked: The mode that the command line names.

    Raises:
        ValueError: Polling is asked of a provider that cannot be polled.
    """
    provider = make_provider(config, clock=utc_now, secrets=secrets)
    provider.close()
    can = not provider.capabilities.streams_only
    if asked == "poll" and not can:
        raise ValueError(f"{provider.name} can only be streamed: leave out --mode poll")
    return can
