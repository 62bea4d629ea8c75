"""Which market is meant, by which settings, and what is held and watched on it.

Whoever watches and whoever looks beforehand obey these rules alike.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from trading_bot.order_flow.config import (
    DEFAULT_DATASET,
    KEY_NAMES,
    OrderFlowConfig,
    ResolvedConfig,
)
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.position import PositionManager
from trading_bot.positions.beside import PositionsBeside
from trading_bot.positions.file_position_manager import FilePositionManager
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.positions.registry import FILE
from trading_bot.watched.asked import FOLDERS, MonitorOptions

OWN_PROVIDER: Final = "polygon"
"""The provider whose key stands among the settings, and whose words the simulated market speaks;
others have keys of their own."""
DEPTH_PROVIDER: Final = "databento"
"""The provider as which the simulated market serves ten levels."""
DEPTH_KEY_NAME: Final = "DATABENTO_API_KEY"
"""Where that one looks for its key."""
_NO_LIVE_DEPTH: Final = (
    "--depth is of the simulated market: add --simulated. On the live one the provider decides: "
    f"ORDER_FLOW_DATA_SOURCE={DEPTH_PROVIDER} and {DEPTH_KEY_NAME} bring ten levels"
)


class SimulatedHost(NamedTuple):
    """Where the simulated market is asked.

    Attributes:
        key: What it lets in.
        base_url: Its address.
        data_source: As which provider it speaks.
    """

    key: str
    base_url: str
    data_source: str = OWN_PROVIDER


def source_of(
    options: MonitorOptions, config: OrderFlowConfig, *, may_demonstrate: bool
) -> MarketSource:
    """Return which market is asked for: the simulated one by its option, or as a demonstration.

    Without a key there is a demonstration only where nothing of the trader's own is there, neither
    an option that says what to watch or how, nor a positions file, nor a symbol in the settings.

    Args:
        options: What the command line asked for.
        config: The settings.
        may_demonstrate: False where nothing but the market that is meant will do.

    Raises:
        ValueError: There is no key for the market that is meant, or `depth` is asked of the live
            one; says what to do.
    """
    source = _source_of(options, config, may_demonstrate=may_demonstrate)
    if options.depth and source == "live":
        raise ValueError(_NO_LIVE_DEPTH)
    return source


def _source_of(
    options: MonitorOptions, config: OrderFlowConfig, *, may_demonstrate: bool
) -> MarketSource:
    if options.simulated:
        return "simulated"
    # Other providers have keys of their own, and say themselves what they lack.
    if config.data_source != OWN_PROVIDER or config.polygon_api_key or config.base_url:
        return "live"
    own = _own_wish(options, config)
    if may_demonstrate and not own:
        return "simulated"
    wish = f", so that {own} cannot be obeyed" if own else ""
    raise ValueError(
        f"no key is set ({KEY_NAMES}){wish}: put the key into {options.home / '.env'} to watch the "
        "live market, or add --simulated to watch the simulated one"
    )


def record_folder(options: MonitorOptions, source: MarketSource) -> Path:
    """Return where the record lies: each market has a folder of its own."""
    return options.log_directory or options.home / "logs" / FOLDERS[source]


def config_in_force(
    resolved: ResolvedConfig,
    simulated: SimulatedHost | None = None,
    symbols: Container[str] | None = None,
) -> OrderFlowConfig:
    """Return the settings as a watch of the command line obeys them, at its start and later.

    The watchlist of the positions file is always watched, that of the settings unless they state
    that positions only are.

    Args:
        resolved: The settings, and where each comes from.
        simulated: Where the simulated market is asked; None where it is not watched.
        symbols: What the market has; None where it says so itself.
    """
    config = resolved.config
    if config.monitoring_mode == "positions_only":
        is_stated = resolved.origins["monitoring_mode"] != "default"
        watchlist = () if is_stated else config.watchlist
        config = replace(config, monitoring_mode="watchlist", watchlist=watchlist)
    if symbols is not None:
        has = tuple(each for each in config.watchlist if each in symbols)
        config = replace(config, watchlist=has)
    if simulated is not None:
        config = replace(
            config,
            data_source=simulated.data_source,
            polygon_api_key=simulated.key,
            base_url=simulated.base_url,
            # It has the usual one, whatever is watched live.
            dataset=DEFAULT_DATASET,
        )
    return config


def positions_of(
    options: MonitorOptions,
    source: MarketSource,
    watchlist: Sequence[str],
    broker: PositionManager | None = None,
) -> PositionsBeside:
    """Return what is held and watched on a market, beside the watchlist of the settings.

    Args:
        options: What the command line asked for.
        source: Which market is watched.
        watchlist: That of the settings, as they are in force.
        broker: Says what is held in place of a file; None where no broker is asked.
    """
    if source == "live":
        return PositionsBeside(broker or _stated(options) or _usual(options), options.watch)
    # Imported here: a live process carries nothing of the simulator.
    from trading_bot.simulator.positions import POSITIONS

    is_own = options.watch or (options.config_is_given and watchlist)
    account = FixedPositionManager(() if is_own else POSITIONS)
    held = broker or _stated(options) or account
    return PositionsBeside(held, options.watch, simulated_symbols())


def simulated_symbols() -> tuple[str, ...]:
    """Return what the simulated market has."""
    # Imported here: a live process carries nothing of the simulator.
    from trading_bot.simulator.market.listing import LISTINGS

    return tuple(each.symbol for each in LISTINGS)


def _own_wish(options: MonitorOptions, config: OrderFlowConfig) -> str:
    """Return what the trader has said of what to watch, or how; empty where nothing."""
    wishes = {
        "--positions": options.positions_is_given,
        "--position": bool(options.positions),
        "--watch": bool(options.watch),
        "--no-positions": options.no_positions,
        "--everything": options.everything,
        "--record": options.record_to is not None,
        "--config": options.config_is_given,
        "positions_source of the settings": config.positions_source != FILE,
        str(options.positions_path): options.positions_path.exists(),
        "the watchlist of the settings": bool(config.watchlist),
        "symbol_overrides of the settings": bool(config.symbol_overrides),
    }
    return next((name for name, is_there in wishes.items() if is_there), "")


def _stated(options: MonitorOptions) -> PositionManager | None:
    """Return what is held as the command line says; None where it does not."""
    if options.no_positions or options.positions:
        return FixedPositionManager(options.positions)
    return FilePositionManager(options.positions_path) if options.positions_is_given else None


def _usual(options: MonitorOptions) -> PositionManager:
    """Return what is held as the usual file says; nothing where symbols are named in its place."""
    if options.watch and not options.positions_path.exists():
        return FixedPositionManager(())
    return FilePositionManager(options.positions_path)
