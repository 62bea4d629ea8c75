"""Opens the market that is asked for; a simulated one ends with whoever opened it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trading_bot.order_flow.clock import Clock, OffsetClock, utc_now
from trading_bot.order_flow.config import OrderFlowConfig, ResolvedConfig
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.access import time_offset
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.position import PositionManager
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.beside import PositionsBeside
from trading_bot.positions.file_position_manager import FilePositionManager, NoPositionsFileError
from trading_bot.positions.following import FollowedPositions, PositionsUnknownError
from trading_bot.positions.source import PositionFeed
from trading_bot.positions.stops import StopsBeside
from trading_bot.screen import Say
from trading_bot.watched.asked import MonitorOptions
from trading_bot.watched.broker import broker_feed, broker_name, simulated_feed, with_stops
from trading_bot.watched.choice import (
    DEPTH_KEY_NAME,
    DEPTH_PROVIDER,
    SimulatedHost,
    config_in_force,
    positions_of,
    simulated_symbols,
)


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
        secrets: Where its provider finds its key.
        broker: Says what is held; None where no broker is asked.
    """

    source: MarketSource
    config: OrderFlowConfig
    clock: Clock
    position_manager: PositionManager
    renew: Callable[[ResolvedConfig], OrderFlowConfig]
    secrets: Secrets
    profiles: Profiles | None = None
    broker: FollowedPositions | None = None


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
    config = config_in_force(resolved)
    name = broker_name(options, config, source)
    with _followed(broker_feed(options, config, name) if name else None) as broker:
        held = None if broker is None else with_stops(broker, options, config)
        manager = positions_of(options, source, config.watchlist, held)
        _say_what_is_held(manager.source, options, say)
        secrets = Secrets(env_file=options.home / ".env")
        clock = market_clock(config, say, secrets)
        yield WatchedMarket(source, config, clock, manager, config_in_force, secrets, broker=broker)


@contextlib.contextmanager
def _simulated_market(
    options: MonitorOptions, resolved: ResolvedConfig, say: Say
) -> Iterator[WatchedMarket]:
    # Imported here: the live process carries nothing of the simulator.
    from trading_bot.simulator.process import SimulatorProcess
    from trading_bot.simulator.settings import DEFAULT_SEED
    from trading_bot.simulator.yesterday import PROFILES

    wanted, has = config_in_force(resolved), simulated_symbols()
    listed, name = wanted.watchlist, broker_name(options, wanted, "simulated")
    seed = DEFAULT_SEED if options.seed is None else options.seed
    with contextlib.ExitStack() as stack:
        process = SimulatorProcess(seed=seed, depth=options.depth, broker=bool(name))
        if not name:
            # What cannot be watched is said before anything is started.
            manager = positions_of(options, "simulated", listed)
            _say_held_there(manager, options, listed, has, say)
        stack.enter_context(process)
        broker = None
        if name:
            feed = simulated_feed(wanted, process.key, process.base_url)
            broker = stack.enter_context(FollowedPositions(feed))
            manager = positions_of(
                options, "simulated", listed, with_stops(broker, options, wanted)
            )
            _say_held_there(manager, options, listed, has, say)
        said = set(listed)
        host = SimulatedHost(process.key, process.base_url)
        secrets = Secrets(env_file=options.home / ".env")
        if options.depth:
            host = SimulatedHost(process.key, process.depth_url, DEPTH_PROVIDER)
            secrets = Secrets({DEPTH_KEY_NAME: process.key}, env_file=None)

        def renew(resolved: ResolvedConfig) -> OrderFlowConfig:
            new = [each for each in config_in_force(resolved).watchlist if each not in said]
            said.update(new)
            if lacking := [each for each in new if each not in has]:
                say(f"warning: {_unknown(lacking, has)}", "yellow")
            return config_in_force(resolved, host, has)

        clock = OffsetClock(process.clock_offset)
        profiles = Profiles(PROFILES, writes=False)
        yield WatchedMarket(
            "simulated", renew(resolved), clock, manager, renew, secrets, profiles, broker
        )


def _say_held_there(
    manager: PositionsBeside,
    options: MonitorOptions,
    listed: Sequence[str],
    has: Sequence[str],
    say: Say,
) -> None:
    _say_what_is_held(manager.source, options, say)
    _say_unknown(PositionsBeside(manager.source, (*listed, *options.watch), has), has, say)


@contextlib.contextmanager
def _followed(feed: PositionFeed | None) -> Iterator[FollowedPositions | None]:
    """Follow a broker's account meanwhile, where one says what is held."""
    if feed is None:
        yield None
        return
    with FollowedPositions(feed) as broker:
        yield broker


def _say_what_is_held(manager: PositionManager, options: MonitorOptions, say: Say) -> None:
    """Say where it is not known what is held, nothing is, or a file is not read."""
    path = options.positions_path
    if isinstance(manager, StopsBeside):
        say(f"{manager.source.name} says what is held; of {path} only stops and watchlist count")
        return
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


def _say_unknown(manager: PositionsBeside, has: Sequence[str], say: Say) -> None:
    """Name what the simulated market does not have.

    Raises:
        ValueError: It has none of what is to be watched.
    """
    try:
        unknown = manager.unknown()
    except PositionsUnknownError:
        # That is said already, and asked again and again.
        return
    if unknown and not (manager.get_active_positions() or manager.get_watchlist()):
        raise ValueError(_unknown(unknown, has))
    if unknown:
        say(f"warning: {_unknown(unknown, has)}", "yellow")


def _unknown(symbols: Sequence[str], has: Sequence[str]) -> str:
    return f"the simulated market does not know {', '.join(symbols)}: it has {', '.join(has)}"


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
