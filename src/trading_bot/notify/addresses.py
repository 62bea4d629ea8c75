"""Keeps the addresses of who is told out of all that is logged or shown."""

from __future__ import annotations

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.settings.addresses import secrets_of


def hide_addresses(config: OrderFlowConfig) -> None:
    """Blank every part of them that is a secret from now on."""
    for address in (*config.notify_urls, config.heartbeat_url or ""):
        for each in secrets_of(address):
            hide(each)
