"""`trading-bot monitor` and `trading-bot health`: choose the market, build the bot, run it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.text import Text

from trading_bot.bot import TradingBot
from trading_bot.logger import TradingLogger
from trading_bot.momentum.config import MomentumConfig
from trading_bot.order_flow.clock import Clock, OffsetClock, monotonic_seconds, utc_now
from trading_bot.order_flow.config import KEY_NAMES, OrderFlowConfig, ResolvedConfig, resolve
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.access import time_offset
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.monitor import MonitorMode
from trading_bot.order_flow.position import PositionManager
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.file_position_manager import (
    FilePositionManager,
    NoPositionsFileError,
)
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.screen import Say, Screen
from trading_bot.service.notify import Notifier
from trading_bot.service.presence import Presence
from trading_bot.settings_file import SettingsFile
from trading_bot.terminal import TerminalView

SIMULATED_SOURCE = "polygon"
"""The provider whose words the simulated market speaks."""
_HEALTH_LOOKS_PER_SECOND = 5


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """What the command line asked for."""

    simulated: bool
    duration_seconds: float | None
    log_directory: Path
    config_path: Path
    positions_path: Path
    base_url: str | None
    home: Path
    seed: int | None = None
    mode: MonitorMode | None = None
    record_to: Path | None = None
    everything: bool = False
    no_positions: bool = False
    allow_insecure: bool = False


@dataclass(frozen=True, slots=True)
class _Market:
    """Which market is watched, by which clock, for which positions.

    `goes_on` is False for one that begins anew with each process; `profiles` hold
    what is known of its yesterday.
    """

    name: str
    config: OrderFlowConfig
    clock: Clock
    position_manager: PositionManager
    goes_on: bool = True
    profiles: Profiles | None = None


def run_monitor(options: MonitorOptions) -> int:
    """Run the main job; return the exit status."""
    resolved = _resolved(options)
    record = options.log_directory
    with _diagnostics(options, resolved), Screen(record) as screen:
        for conflict in resolved.conflicts:
            screen.say(f"note: {conflict}")
        with _market(options, resolved, screen.say) as market:
            bot = _bot(options, market, say=screen.say)
            screen.be_watched(bot.monitor.threads)
            # Before anything is said of a watch: another guard may keep its record there.
            with _stopping_on_signals(bot), bot.monitor.record_held():
                _greet(screen.say, options, market, bot)
                view = TerminalView(bot, clock=market.clock, record=record, screen=screen)
                with view, _presence(options, market, bot):
                    bot.run(options.duration_seconds)
    return 0


def run_health(options: MonitorOptions) -> int:
    """Look once at every held symbol and print what was seen; 0 when all is well, else 1."""
    resolved = _resolved(options)
    with _diagnostics(options, resolved), _market(options, resolved, _say_aside) as market:
        bot = _bot(options, market, record=False)
        thread = threading.Thread(target=bot.run, args=(options.duration_seconds,), daemon=True)
        started = monotonic_seconds()
        thread.start()
        patience = threading.Event()
        limit = options.duration_seconds or 0.0
        while thread.is_alive() and monotonic_seconds() - started < limit:
            patience.wait(1 / _HEALTH_LOOKS_PER_SECOND)
            if _health(bot)["status"] == "ok":
                break
        health = _health(bot)
        bot.stop()
        thread.join()
    if options.log_directory.is_dir():
        # A running bot may be writing there: its half-written line is not ours to repair.
        newest = (record := AlertLog(options.log_directory, repair=False)).newest_alert_at()
        health["last_alert_timestamp"] = None if newest is None else iso_utc(newest)
        health["record"] = record.seen_from_outside()
        if health["status"] == "ok" and health["record"]["status"] != "ok":
            health["status"] = "degraded"
    sys.stdout.write(json.dumps(health, indent=2) + "\n")
    return 0 if health["status"] == "ok" else 1


def _health(bot: TradingBot, symbols: Iterable[str] | None = None) -> dict[str, Any]:
    """Say how all is; well only once every symbol was seen, or while the market is closed."""
    status = bot.status
    if status.sleeping_until is not None:
        # Nothing is watched; whether it is known what is held is asked here.
        _wanted(bot)
        symbols = ()
    health = {"market": "unknown", **bot.monitor.health_check(symbols=symbols)}
    if status.market is not None:
        health["market"] = status.market.state
    if health["status"] == "ok" and health["api_connectivity"] != "ok":
        health["status"] = "degraded"
    return health


def _presence(options: MonitorOptions, market: _Market, bot: TradingBot) -> Presence:
    """Let others see that this guard runs, and how it is."""

    def health() -> dict[str, Any]:
        sleeping = bot.status.sleeping_until
        return {
            "sleeping_until": None if sleeping is None else iso_utc(sleeping),
            **_health(bot, bot.monitor.protected),
        }

    return Presence(
        health,
        folder=options.log_directory,
        market=market.name,
        threads=bot.monitor.threads,
        notifier=Notifier.from_environment(os.environ, os.getpid()),
    )


def _wanted(bot: TradingBot) -> tuple[str, ...]:
    """Ask which symbols are to be watched; none where that is not known, as health then says."""
    try:
        return bot.monitor.wanted_symbols()
    except (ValueError, OSError):
        return ()


def _resolved(options: MonitorOptions) -> ResolvedConfig:
    return resolve(
        options.config_path,
        env_file=options.home / ".env",
        base_url=options.base_url,
        # Without the option the settings decide.
        allow_insecure=options.allow_insecure or None,
    )


@contextlib.contextmanager
def _diagnostics(options: MonitorOptions, resolved: ResolvedConfig) -> Iterator[None]:
    path = options.home / "logs" / "diagnostics.jsonl"
    TradingLogger.configure(path=path, secrets=(resolved.config.polygon_api_key,))
    try:
        yield
    finally:
        TradingLogger.unconfigure()


@contextlib.contextmanager
def _market(options: MonitorOptions, resolved: ResolvedConfig, say: Say) -> Iterator[_Market]:
    """Choose the simulated market or the live one."""
    config = resolved.config
    # Other providers have keys of their own, and say themselves what they lack.
    keyless = config.data_source == SIMULATED_SOURCE and not (
        config.polygon_api_key or config.base_url
    )
    if options.simulated or keyless:
        if not options.simulated:
            say(
                f"No key is set ({KEY_NAMES}): running on the simulated market. "
                "Put the key into .env to watch the live one."
            )
        with _simulated_market(options, config) as market:
            yield market
        return
    manager = _positions(options, say)
    clock = _market_clock(config, say, Secrets(env_file=options.home / ".env"))
    yield _Market("live market", config, clock, manager)


def _positions(options: MonitorOptions, say: Say) -> PositionManager:
    """Return what is held, and say where nothing is known of it, or nothing is there."""
    if options.no_positions:
        return FixedPositionManager(())
    path = options.positions_path
    manager = FilePositionManager(path)
    try:
        held = [*manager.get_active_positions(), *manager.get_watchlist()]
    except NoPositionsFileError as error:
        say(
            f"warning: {error}, so that what is held is not known. Write it like "
            "config/positions.example.json, which is read as soon as it is there; --no-positions "
            "says that nothing is held.",
            "yellow",
        )
    else:
        if not held and not manager.get_unreadable():
            say(f"No open positions: {path} is empty; it is read again whenever it changes.")
    return manager


@contextlib.contextmanager
def _simulated_market(options: MonitorOptions, config: OrderFlowConfig) -> Iterator[_Market]:
    # Imported here: the live process carries nothing of the simulator.
    from trading_bot.simulator.positions import POSITIONS
    from trading_bot.simulator.process import SimulatorProcess
    from trading_bot.simulator.yesterday import PROFILES

    process = SimulatorProcess() if options.seed is None else SimulatorProcess(seed=options.seed)
    with process:
        yield _Market(
            "simulated market",
            replace(
                config,
                data_source=SIMULATED_SOURCE,
                polygon_api_key=process.key,
                base_url=process.base_url,
            ),
            OffsetClock(process.clock_offset),
            FixedPositionManager(POSITIONS),
            goes_on=False,
            profiles=Profiles(PROFILES, writes=False),
        )


def _market_clock(config: OrderFlowConfig, say: Say, secrets: Secrets | None = None) -> Clock:
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


def _bot(
    options: MonitorOptions,
    market: _Market,
    *,
    say: Say | None = None,
    record: bool = True,
) -> TradingBot:
    """Make the bot; where it can say so, it streams if it may, and says when it may not."""
    by_choice = options.mode is not None
    return TradingBot(
        market.config,
        position_manager=market.position_manager,
        log_directory=options.log_directory if record else None,
        record_to=options.record_to if record else None,
        clock=market.clock,
        momentum=MomentumConfig.from_env(env_file=options.home / ".env"),
        secrets=Secrets(env_file=options.home / ".env"),
        mode=options.mode or ("poll" if say is None else "stream"),
        on_refused=None if by_choice or say is None else partial(_say_polling, say, options),
        everything=options.everything,
        goes_on=market.goes_on,
        profiles=market.profiles,
        settings=_settings_file(options, market),
    )


def _settings_file(options: MonitorOptions, market: _Market) -> SettingsFile:
    """Return where settings come from while the bot runs; the market stays that of its start."""
    at_start = market.config

    def read() -> OrderFlowConfig:
        found = _resolved(options).config
        if market.goes_on:
            return found
        # A simulated market states these itself.
        return replace(
            found,
            data_source=at_start.data_source,
            polygon_api_key=at_start.polygon_api_key,
            base_url=at_start.base_url,
        )

    return SettingsFile(options.config_path, read)


def _say_aside(text: str, style: str = "") -> None:
    """Say something beside what a program reads from standard output."""
    Console(stderr=True).print(Text(text, style), soft_wrap=True)


def _say_polling(say: Say, options: MonitorOptions, refusal: DataSourceError) -> None:
    only = "; only positions and the watchlist are watched now" if options.everything else ""
    say(f"note: no stream, so polling instead{only}: {refusal} [{refusal.code}]")


def _greet(say: Say, options: MonitorOptions, market: _Market, bot: TradingBot) -> None:
    wanted = _wanted(bot)
    say(f"Watching the {market.name} at {bot.monitor.provider.host}")
    say(f"Positions: {_held(market.position_manager)}")
    if bot.monitor.positions_health != "ok":
        say(f"warning: positions: {bot.monitor.positions_health}", "yellow")
    say(f"Record: {options.log_directory}")
    config = market.config
    if config.judges_by_own_scale and "resting_bid" not in config.own_scale_sources:
        say("Own scale: a large bid gives no alert unless own_scale_sources lists resting_bid")
    if options.mode != "poll":
        whose = " of every symbol" if options.everything else ""
        say(f"Streaming every trade and quote{whose}")
        return
    cycle = bot.monitor.cycle_seconds(len(wanted))
    say(f"One poll of everything takes {cycle:.1f} s")
    if cycle > market.config.freshness_warn_seconds:
        say(
            f"warning: that is longer than freshness_warn_seconds "
            f"({market.config.freshness_warn_seconds:g} s): raise requests_per_second "
            "(your plan's limit) or hold fewer symbols, or alerts will come late",
            "yellow",
        )


def _held(manager: PositionManager) -> str:
    try:
        positions = manager.get_active_positions()
    except (ValueError, OSError):
        return "not known"
    return ", ".join(f"{each.symbol} {each.quantity}" for each in positions) or "none"


@contextlib.contextmanager
def _stopping_on_signals(bot: TradingBot) -> Iterator[None]:
    """End the bot on SIGINT, SIGTERM and SIGHUP, cleanly and with exit status 0.

    A hang-up that the process was told to ignore, as `nohup` does, stays ignored.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        bot.stop()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
