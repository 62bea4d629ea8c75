"""Which market is watched, and for which positions: never an invented one for a real wish."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from trading_bot.commands.asked import FOLDERS, MonitorOptions
from trading_bot.order_flow.clock import Clock, OffsetClock, utc_now
from trading_bot.order_flow.config import KEY_NAMES, OrderFlowConfig, ResolvedConfig
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.access import time_offset
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.position import PositionManager
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.beside import PositionsBeside
from trading_bot.positions.file_position_manager import FilePositionManager, NoPositionsFileError
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.screen import Say

SIMULATED_SOURCE: Final = "polygon"
"""The provider whose words the simulated market speaks."""


@dataclass(frozen=True, slots=True)
class WatchedMarket:
    """Which market is watched, by which clock, for which positions.

    Attributes:
        source: `live`, or `simulated`, which begins anew with each process.
        config: Settings; what is to be watched beside the positions stands in `position_manager`.
        clock: The market's present.
        position_manager: What is held and watched.
        renew: Gives `config` anew of settings that have changed since; the market stays.
        profiles: What is known of its yesterday; None where that lies beside the record.
    """

    source: MarketSource
    config: OrderFlowConfig
    clock: Clock
    position_manager: PositionManager
    renew: Callable[[ResolvedConfig], OrderFlowConfig]
    profiles: Profiles | None = None


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
        ValueError: There is no key for the market that is meant; says what to do.
    """
    if options.simulated:
        return "simulated"
    # Other providers have keys of their own, and say themselves what they lack.
    if config.data_source != SIMULATED_SOURCE or config.polygon_api_key or config.base_url:
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


@contextlib.contextmanager
def open_market(
    options: MonitorOptions, resolved: ResolvedConfig, source: MarketSource, say: Say
) -> Iterator[WatchedMarket]:
    """Open the market that was asked for; one that is simulated ends with this.

    Raises:
        ValueError: The simulated market has none of the symbols that are to be watched.
    """
    if source == "simulated":
        with _simulated_market(options, resolved, say) as market:
            yield market
        return
    manager = _stated(options) or _usual(options)
    _say_what_is_held(manager, options, say)
    clock = market_clock(resolved.config, say, Secrets(env_file=options.home / ".env"))
    manager = PositionsBeside(manager, options.watch)
    yield WatchedMarket(source, config_in_force(resolved), clock, manager, config_in_force)


@contextlib.contextmanager
def _simulated_market(
    options: MonitorOptions, resolved: ResolvedConfig, say: Say
) -> Iterator[WatchedMarket]:
    # Imported here: the live process carries nothing of the simulator.
    from trading_bot.simulator.market.listing import LISTINGS
    from trading_bot.simulator.positions import POSITIONS
    from trading_bot.simulator.process import SimulatorProcess
    from trading_bot.simulator.yesterday import PROFILES

    watched = config_in_force(resolved).watchlist
    is_own = bool(options.watch or (options.config_is_given and watched))
    account = FixedPositionManager(() if is_own else POSITIONS)
    held = _stated(options) or account
    _say_what_is_held(held, options, say)
    has = [each.symbol for each in LISTINGS]
    manager = PositionsBeside(held, options.watch, has)
    _say_unknown(PositionsBeside(held, (*watched, *options.watch), has), has, say)
    process = SimulatorProcess() if options.seed is None else SimulatorProcess(seed=options.seed)
    with process:
        renew = partial(config_in_force, simulated=(process.key, process.base_url), symbols=has)
        clock = OffsetClock(process.clock_offset)
        profiles = Profiles(PROFILES, writes=False)
        yield WatchedMarket("simulated", renew(resolved), clock, manager, renew, profiles)


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
        str(options.positions_path): options.positions_path.exists(),
        "the watchlist of the settings": bool(config.watchlist),
        "symbol_overrides of the settings": bool(config.symbol_overrides),
    }
    return next((name for name, is_there in wishes.items() if is_there), "")


def config_in_force(
    resolved: ResolvedConfig,
    simulated: tuple[str, str] | None = None,
    symbols: Container[str] | None = None,
) -> OrderFlowConfig:
    """Return the settings as a watch of the command line obeys them, at its start and later.

    The watchlist of the positions file is always watched, that of the settings unless they state
    that positions only are.

    Args:
        resolved: The settings, and where each comes from.
        simulated: Key and host of the simulated market; None where it is not watched.
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
        key, host = simulated
        config = replace(config, data_source=SIMULATED_SOURCE, polygon_api_key=key, base_url=host)
    return config


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


def _say_what_is_held(manager: PositionManager, options: MonitorOptions, say: Say) -> None:
    """Say where it is not known what is held, nothing is, or a file is not read."""
    path = options.positions_path
    if not isinstance(manager, FilePositionManager):
        if not options.no_positions and path.exists():
            why = (
                "--position says what is held" if options.positions else "--positions would name it"
            )
            say(f"note: {path} is not read: {why}")
        return
    try:
        held = [*manager.get_active_positions(), *manager.get_watchlist()]
    except NoPositionsFileError as error:
        say(
            f"warning: {error}, so that what is held is not known. Write it like "
            "config/positions.example.json, which is read as soon as it is there, or say it by "
            "--position; --no-positions says that nothing is held.",
            "yellow",
        )
    else:
        if not held and not manager.get_unreadable():
            say(f"No open positions: {path} is empty; it is read again whenever it changes.")


def _say_unknown(manager: PositionsBeside, symbols: list[str], say: Say) -> None:
    """Name what the simulated market does not have.

    Raises:
        ValueError: It has none of what is to be watched.
    """
    unknown = ", ".join(manager.unknown())
    has = f"it has {', '.join(symbols)}"
    if unknown and not (manager.get_active_positions() or manager.get_watchlist()):
        raise ValueError(f"the simulated market does not know {unknown}: {has}")
    if unknown:
        say(f"warning: the simulated market does not know {unknown}: {has}", "yellow")


def market_clock(config: OrderFlowConfig, say: Say, secrets: Secrets | None = None) -> Clock:
    """Return the machine's clock, or the market's own where a host keeps another time.

    A host that does not say the time is named, and not waited for: its symbols will be blind.

    Raises:
        DataSourceError: `insecure`: the key may not be sent to it.
    """
    if config.base_url is None:
        return utc_now
    provider = make_provider(config, clock=utc_now, secrets=secrets)
    try:
        offset = time_offset(provider)
    except DataSourceError as error:
        if error.code == "insecure":
            raise
        say(f"warning: {error} [{error.code}]", "yellow")
        return utc_now
    finally:
        provider.close()
    return OffsetClock(offset) if offset else utc_now
