"""`trading-bot monitor` and `trading-bot health`: build the bot, run it, say how it is."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.text import Text

from trading_bot.bot import TradingBot
from trading_bot.commands.live_dir import live_dir_of, page_of
from trading_bot.commands.market import WatchedMarket, open_market
from trading_bot.commands.metrics import refuse_metrics_in_vain, tell_metrics
from trading_bot.commands.polling import may_poll
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.readiness import enter_or_refuse, make_ready
from trading_bot.logger import TradingLogger
from trading_bot.momentum.config import MomentumConfig
from trading_bot.notify.addresses import hide_addresses
from trading_bot.notify.mutes import silent_in
from trading_bot.notify.notices import Notices
from trading_bot.order_flow.clock import monotonic_seconds, utc_now
from trading_bot.order_flow.config import KEY_NAMES, ResolvedConfig, resolve
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.journal.market_of_record import refuse_other_market
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.position import PositionManager
from trading_bot.screen import Say, Screen
from trading_bot.service.notify import Notifier
from trading_bot.service.presence import Presence
from trading_bot.service.state_file import WELL_CONNECTED
from trading_bot.settings_file import SettingsFile
from trading_bot.terminal import TerminalView
from trading_bot.watched.asked import MonitorOptions
from trading_bot.watched.choice import record_folder, source_of

_HEALTH_LOOKS_PER_SECOND = 5
_SYMBOLS_NAMED = 10


def run_monitor(options: MonitorOptions) -> int:
    """Run the main job; return the exit status.

    Raises:
        ValueError: What is to be watched cannot be, or not into this folder; says why.
    """
    refuse_metrics_in_vain(options)
    resolved = _resolved(options)
    source = source_of(options, resolved.config, may_demonstrate=True)
    record = record_folder(options, source)
    with _diagnostics(options, resolved), Screen(record) as screen:
        for conflict in resolved.conflicts:
            screen.say(f"note: {conflict}")
        make_ready(Looked(options, source), screen.say)
        if source == "simulated" and not options.simulated:
            screen.say(
                f"No key is set ({KEY_NAMES}): this is a demonstration on a SIMULATED market. "
                f"Put the key into {options.home / '.env'} to watch the live one."
            )
        with open_market(options, resolved, source, screen.say) as market:
            bot = _bot(options, market, say=screen.say)
            screen.be_watched(bot.monitor.threads)
            if market.broker is not None:
                market.broker.be_watched(bot.monitor.threads)
            # Before anything is said of a watch: another guard may keep its record there.
            with (
                _stopping_on_signals(bot),
                bot.monitor.record_held(),
                bot.monitor.live_file_written(),
            ):
                notices = Notices(bot.monitor, record)
                # Before the greeting, which asks what is held: a failure is told once.
                bot.monitor.add_listener(notices)
                bot.monitor.muted = notices.muted_until
                _greet(screen.say, options, market, bot)
                view = TerminalView(bot, clock=market.clock, record=record, screen=screen)
                metrics = tell_metrics(options, bot, notices.health, screen.say)
                with metrics, notices, view, _presence(bot, record, notices):
                    notices.tell_life("started", _what_is_watched(bot))
                    bot.run(options.duration_seconds)
                    notices.tell_life("stopped")
    return 0


def run_health(options: MonitorOptions) -> int:
    """Look once at every held symbol and print what was seen; 0 when all is well, else 1.

    Raises:
        ValueError: There is no key for the market that is meant, or the record is of another; or
            a provider that says so at once does not let the key or a symbol in.
    """
    resolved = _resolved(options)
    source = source_of(options, resolved.config, may_demonstrate=False)
    folder = record_folder(options, source)
    refuse_other_market(folder, source)
    has_entered = enter_or_refuse(Looked(options, source))
    with (
        _diagnostics(options, resolved),
        open_market(options, resolved, source, _say_aside) as market,
    ):
        bot = _bot(options, market, record=False)
        thread = threading.Thread(target=bot.run, args=(options.duration_seconds,), daemon=True)
        started = monotonic_seconds()
        thread.start()
        patience = threading.Event()
        limit = options.duration_seconds or 0.0
        while thread.is_alive() and monotonic_seconds() - started < limit:
            patience.wait(1 / _HEALTH_LOOKS_PER_SECOND)
            health = _health(bot)
            if health["status"] == "ok" and _is_tried(health, has_entered=has_entered):
                break
        health = _health(bot)
        bot.stop()
        thread.join()
    if health["api_connectivity"] == "untried":
        if _is_tried(health, has_entered=has_entered):
            health["api_connectivity"] = "ok"
        elif health["status"] == "ok":
            health["status"] = "degraded"
    if folder.is_dir():
        # A running bot may be writing there: its half-written line is not ours to repair.
        newest = (record := AlertLog(folder, repair=False)).newest_alert_at()
        health["last_alert_timestamp"] = None if newest is None else iso_utc(newest)
        health["record"] = record.seen_from_outside()
        health["muted"] = silent_in(folder, utc_now())
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
    if health["status"] == "ok" and health["api_connectivity"] not in WELL_CONNECTED:
        health["status"] = "degraded"
    return health


def _is_tried(health: Mapping[str, Any], *, has_entered: bool) -> bool:
    """Tell whether the provider was asked for all that it is to bring.

    Having been let in is enough only where nothing is watched: else the feed itself must answer.
    """
    return health["api_connectivity"] != "untried" or (has_entered and not health["symbols"])


def _what_is_watched(bot: TradingBot) -> str:
    """Say in a few words what is held and watched."""
    wanted = _wanted(bot)
    named = ", ".join(wanted[:_SYMBOLS_NAMED])
    more = len(wanted) - _SYMBOLS_NAMED
    return f"watching {named or 'nothing yet'}" + (f" and {more} more" if more > 0 else "")


def _presence(bot: TradingBot, record: Path, notices: Notices) -> Presence:
    """Let others see that this guard runs, and how it is."""

    def health() -> dict[str, Any]:
        sleeping = bot.status.sleeping_until
        return {
            "sleeping_until": None if sleeping is None else iso_utc(sleeping),
            **_health(bot, bot.monitor.protected),
            **notices.health(),
        }

    return Presence(
        health,
        folder=record,
        market=bot.monitor.market,
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
        positions_source=options.positions_source,
    )


@contextlib.contextmanager
def _diagnostics(options: MonitorOptions, resolved: ResolvedConfig) -> Iterator[None]:
    path = options.home / "logs" / "diagnostics.jsonl"
    hide_addresses(resolved.config)
    TradingLogger.configure(path=path, secrets=(resolved.config.polygon_api_key,))
    try:
        yield
    finally:
        TradingLogger.unconfigure()


def _bot(
    options: MonitorOptions,
    market: WatchedMarket,
    *,
    say: Say | None = None,
    record: bool = True,
) -> TradingBot:
    """Make the bot; where it can say so, it streams if it may, and says when it may not."""
    by_choice = options.mode is not None
    can_poll = may_poll(market.config, market.secrets, options.mode)
    return TradingBot(
        market.config,
        position_manager=market.position_manager,
        log_directory=record_folder(options, market.source) if record else None,
        record_to=options.record_to if record else None,
        clock=market.clock,
        momentum=MomentumConfig.from_env(env_file=options.home / ".env"),
        secrets=market.secrets,
        mode=options.mode or ("poll" if say is None and can_poll else "stream"),
        on_refused=None
        if by_choice or say is None or not can_poll
        else partial(_say_polling, say, options),
        everything=options.everything,
        goes_on=market.source == "live",
        profiles=market.profiles,
        settings=SettingsFile(options.config_path, lambda: market.renew(_resolved(options))),
        market=market.source,
        live_dir=None
        if say is None
        else live_dir_of(options.live_dir, record_folder(options, market.source), say),
        on_streaming=None if say is None else partial(_say_streaming, say, options),
    )


def _say_aside(text: str, style: str = "") -> None:
    """Say something beside what a program reads from standard output."""
    Console(stderr=True).print(Text(text, style), soft_wrap=True)


def _say_polling(say: Say, options: MonitorOptions, refusal: DataSourceError) -> None:
    only = "; only positions and the watchlist are watched now" if options.everything else ""
    say(f"note: no stream, so polling instead{only}: {refusal} [{refusal.code}]")


def _say_streaming(say: Say, options: MonitorOptions) -> None:
    whose = " of every symbol" if options.everything else ""
    say(f"Streaming every trade and quote{whose}")


def _greet(say: Say, options: MonitorOptions, market: WatchedMarket, bot: TradingBot) -> None:
    wanted = _wanted(bot)
    name = "SIMULATED" if market.source == "simulated" else market.source
    say(f"Watching the {name} market at {bot.monitor.provider.host}")
    capabilities = bot.monitor.provider.capabilities
    if capabilities.depth_levels > 1:
        venue = capabilities.dataset.rpartition("+")[2].partition(".")[0]
        say(f"Depth: {capabilities.depth_levels} levels, {venue}")
    held, only_watched = _held(market.position_manager)
    say(f"Positions: {held}")
    if only_watched:
        say(f"Watchlist: {only_watched}")
    if bot.monitor.positions_health != "ok":
        say(f"warning: positions: {bot.monitor.positions_health}", "yellow")
    say(f"Record: {record_folder(options, market.source)}")
    if page := page_of(options.live_dir, options.log_directory):
        say(f"In a browser: {page}")
    config = market.config
    if config.judges_by_own_scale and "resting_bid" not in config.own_scale_sources:
        say("Own scale: a large bid gives no alert unless own_scale_sources lists resting_bid")
    if options.mode != "poll":
        # What is streamed is said once the provider has let it in.
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


def _held(manager: PositionManager) -> tuple[str, str]:
    """Say what is held, and what is only watched."""
    try:
        positions = manager.get_active_positions()
        watched = manager.get_watchlist()
    except (ValueError, OSError):
        return "not known", ""
    symbols = [each.symbol for each in positions]
    held = ", ".join(f"{each.symbol} {each.quantity}" for each in positions)
    return held or "none", ", ".join(each for each in watched if each not in symbols)


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
