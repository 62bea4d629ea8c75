"""Which market is watched, and for which positions: never an invented one for a real wish."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trading_bot.commands.asked import MonitorOptions
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
_FOLDERS: Final = {"live": "order_flow", "simulated": "order_flow_simulated"}


@dataclass(frozen=True, slots=True)
class WatchedMarket:
    """Which market is watched, by which clock, for which positions.

    Attributes:
        source: `live`, or `simulated`, which begins anew with each process.
        config: Settings, which name what is to be watched beside what `position_manager` does.
        clock: The market's present.
        position_manager: What is held and watched.
        settings_of: Returns settings that were read anew as this market is to be watched by them.
        profiles: What is known of its yesterday; None where that lies beside the record.
    """

    source: MarketSource
    config: OrderFlowConfig
    clock: Clock
    position_manager: PositionManager
    settings_of: Callable[[ResolvedConfig], OrderFlowConfig]
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
    return options.log_directory or options.home / "logs" / _FOLDERS[source]


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
    yield WatchedMarket(source, _live_settings(resolved), clock, manager, _live_settings)


@contextlib.contextmanager
def _simulated_market(
    options: MonitorOptions, resolved: ResolvedConfig, say: Say
) -> Iterator[WatchedMarket]:
    # Imported here: the live process carries nothing of the simulator.
    from trading_bot.simulator.market.listing import LISTINGS
    from trading_bot.simulator.positions import POSITIONS
    from trading_bot.simulator.process import SimulatorProcess
    from trading_bot.simulator.yesterday import PROFILES

    known = [each.symbol for each in LISTINGS]
    listed = _watched_by_settings(resolved)
    is_own = bool(options.watch or (options.config_is_given and listed))
    held = _stated(options) or FixedPositionManager(() if is_own else POSITIONS)
    _say_what_is_held(held, options, say)
    manager = PositionsBeside(held, options.watch, known)
    of_settings = PositionsBeside(FixedPositionManager((), listed), known=known)
    unknown = dict.fromkeys((*manager.unknown(), *of_settings.unknown()))
    has = f"it has {', '.join(known)}"
    words = f"the simulated market does not know {', '.join(unknown)}: {has}"
    watched = (manager.get_active_positions(), manager.get_watchlist(), of_settings.get_watchlist())
    if unknown and not any(watched):
        raise ValueError(words)
    if unknown:
        say(f"warning: {words}", "yellow")
    process = SimulatorProcess() if options.seed is None else SimulatorProcess(seed=options.seed)

    def settings_of(found: ResolvedConfig) -> OrderFlowConfig:
        config = _live_settings(found)
        return replace(
            config,
            watchlist=tuple(each for each in config.watchlist if each in known),
            data_source=SIMULATED_SOURCE,
            polygon_api_key=process.key,
            base_url=process.base_url,
        )

    with process:
        clock = OffsetClock(process.clock_offset)
        profiles = Profiles(PROFILES, writes=False)
        config = settings_of(resolved)
        yield WatchedMarket("simulated", config, clock, manager, settings_of, profiles)


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


def _watched_by_settings(resolved: ResolvedConfig) -> tuple[str, ...]:
    """Return the settings' own watchlist; none where they say that positions only are watched."""
    mode = resolved.config.monitoring_mode
    is_stated = resolved.origins["monitoring_mode"] != "default"
    return () if is_stated and mode == "positions_only" else resolved.config.watchlist


def _live_settings(resolved: ResolvedConfig) -> OrderFlowConfig:
    """Return settings by which every watchlist is watched: the position manager's always."""
    watchlist = _watched_by_settings(resolved)
    return replace(resolved.config, monitoring_mode="watchlist", watchlist=watchlist)


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
