"""Whose account says what is held, where no file does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.file_position_manager import FilePositionManager
from trading_bot.positions.registry import FILE, make_feed
from trading_bot.positions.source import READ_SECONDS, PositionFeed, SourceTerms
from trading_bot.positions.stops import Account, StopsBeside
from trading_bot.watched.asked import MonitorOptions

SIMULATED: Final = "alpaca"
"""The broker whose words the simulated one speaks."""


def broker_name(options: MonitorOptions, config: OrderFlowConfig, source: MarketSource) -> str:
    """Return which broker says what is held; empty where a file or an option does.

    Raises:
        ValueError: The simulated market has no such broker; says what to do.
    """
    if options.no_positions or options.positions:
        return ""
    if options.positions_is_given and options.positions_source is None:
        return ""
    name = config.positions_source
    if name == FILE:
        return ""
    if source == "simulated" and name != SIMULATED:
        raise ValueError(
            f"the simulated market has no broker {name!r}: add --positions-source {SIMULATED}, or "
            f"--positions-source {FILE}"
        )
    return name


def broker_feed(
    options: MonitorOptions,
    config: OrderFlowConfig,
    name: str,
    *,
    environ: Mapping[str, str] | None = None,
    seconds: float = READ_SECONDS,
) -> PositionFeed:
    """Return the account that the settings mean.

    Args:
        options: What the command line asked for.
        config: Settings.
        name: Of the source.
        environ: Variables; the process environment when None.
        seconds: How long one question may take.

    Raises:
        ValueError: No such source is here, or it lacks a package; says which.
    """
    terms = SourceTerms(
        url=config.positions_url or "",
        account=config.positions_account,
        is_paper=config.positions_paper,
        secrets=Secrets(environ, env_file=options.home / ".env"),
        clock=utc_now,
        allow_insecure=config.allow_insecure,
        seconds=seconds,
    )
    return make_feed(name, terms)


def simulated_feed(config: OrderFlowConfig, key: str, url: str) -> PositionFeed:
    """Return the account at the simulated broker.

    Args:
        config: Settings.
        key: The key of the simulated market, which is the secret here.
        url: Its host.
    """
    # Imported here: a live process carries nothing of the simulator.
    from trading_bot.simulator.broker.terms import BROKER_KEY

    environ = {"APCA_API_KEY_ID": BROKER_KEY, "APCA_API_SECRET_KEY": key}
    terms = SourceTerms(
        url=url,
        account="",
        is_paper=config.positions_paper,
        secrets=Secrets(environ, env_file=None),
        clock=utc_now,
    )
    return make_feed(SIMULATED, terms)


def with_stops(broker: Account, options: MonitorOptions, config: OrderFlowConfig) -> StopsBeside:
    """Return what a broker's account holds, each position with its stop."""
    file = FilePositionManager(options.positions_path)
    return StopsBeside(broker, file, config.positions_stop_percent)
