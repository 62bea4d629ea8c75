"""The commands that watch a market: `monitor` and `health`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from trading_bot.cli import options
from trading_bot.cli.help import HeadedCommand

if TYPE_CHECKING:
    from trading_bot.order_flow.position import Position
    from trading_bot.watched.asked import MonitorOptions


@click.command(cls=HeadedCommand)
@options.simulated
@options.depth
@options.duration
@options.log_dir
@options.config
@options.positions
@options.position
@options.watch
@options.no_positions
@options.positions_source
@options.base_url
@options.allow_insecure
@options.market_seed
@options.watch_mode
@options.everything
@options.record_to
@options.live_dir
def monitor(
    simulated: bool,
    depth: bool,
    duration: float | None,
    log_dir: Path | None,
    config: Path | None,
    positions: Path | None,
    stated: tuple[Position, ...],
    watch: tuple[str, ...],
    no_positions: bool,
    positions_source: str | None,
    base_url: str | None,
    allow_insecure: bool,
    seed: int | None,
    mode: options.Mode | None,
    everything: bool,
    record: Path | None,
    live_dir: Path | None,
) -> None:
    """Watch the open positions: the main job.

    With neither MASSIVE_API_KEY (or POLYGON_API_KEY) nor anything of yours to watch it demonstrates
    itself on the simulated market, and says so. Ctrl-C or closing the terminal ends it; to detach
    it, start it with nohup, or in tmux or systemd.

    Example: trading-bot monitor --simulated --depth --duration 60 --log-dir record
    """
    from trading_bot.commands.monitor import run_monitor

    if everything and mode == "poll":
        raise click.UsageError("--everything needs a stream, and --mode poll has none.")
    if depth and mode == "poll":
        raise click.UsageError("--depth needs a stream, and --mode poll has none.")
    watched = asked(
        simulated, duration, log_dir, config, positions, no_positions, base_url, allow_insecure
    )
    watched = with_source(with_stated(watched, stated, watch), positions_source)
    watched = replace(
        watched,
        seed=seed,
        mode=mode,
        everything=everything,
        record_to=record,
        depth=depth,
        live_dir=live_dir,
    )
    sys.exit(run_monitor(watched))


@click.command(cls=HeadedCommand)
@options.simulated
@options.depth
@options.log_dir
@options.config
@options.positions
@options.position
@options.watch
@options.no_positions
@options.positions_source
@options.base_url
@options.allow_insecure
@options.timeout
@options.running
def health(
    simulated: bool,
    depth: bool,
    log_dir: Path | None,
    config: Path | None,
    positions: Path | None,
    stated: tuple[Position, ...],
    watch: tuple[str, ...],
    no_positions: bool,
    positions_source: str | None,
    base_url: str | None,
    allow_insecure: bool,
    timeout: float,
    running: bool,
) -> None:
    """Check the connection and every held symbol once; print JSON; exit 0 if all is well, else 1.

    With --running, say how a guard is that runs already: 0 only while it lives, sees all that is
    held, and no thread of it hangs; `reason` says what is wrong.

    Example: trading-bot health --simulated
    """
    if running:
        _only_running_and_folder(click.get_current_context())
        from trading_bot.commands.running import say_running
        from trading_bot.watched.asked import FOLDERS

        usual = options.home() / "logs" / FOLDERS["simulated" if simulated else "live"]
        sys.exit(say_running(log_dir or usual, simulated=simulated))
    from trading_bot.commands.monitor import run_health

    watched = asked(
        simulated, timeout, log_dir, config, positions, no_positions, base_url, allow_insecure
    )
    watched = with_stated(replace(watched, depth=depth), stated, watch)
    sys.exit(run_health(with_source(watched, positions_source)))


def _only_running_and_folder(context: click.Context) -> None:
    """Refuse what a guard that runs already can no longer be told."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is ParameterSource.COMMANDLINE and name not in (
            "running",
            "log_dir",
            "simulated",
        ):
            raise click.UsageError(f"{parameter.opts[0]} does not go with --running.")


def asked(
    simulated: bool,
    seconds: float | None,
    log_dir: Path | None,
    config: Path | None,
    positions: Path | None,
    no_positions: bool,
    base_url: str | None,
    allow_insecure: bool,
) -> MonitorOptions:
    """Put together what these commands and `doctor` take, with the usual files and folders."""
    if no_positions and positions is not None:
        raise click.UsageError("--no-positions says that nothing is held, --positions what is.")
    from trading_bot.watched.asked import MonitorOptions

    return MonitorOptions(
        simulated=simulated,
        duration_seconds=seconds,
        log_directory=log_dir,
        config_path=options.settings_path(config),
        config_is_given=config is not None,
        positions_is_given=positions is not None,
        positions_path=positions or options.home() / "config" / "positions.json",
        base_url=base_url,
        allow_insecure=allow_insecure,
        no_positions=no_positions,
        home=options.home(),
    )


def with_stated(
    watched: MonitorOptions, stated: tuple[Position, ...], watch: tuple[str, ...]
) -> MonitorOptions:
    """Add the positions and symbols that were stated without a file."""
    if stated and (watched.no_positions or watched.positions_is_given):
        other = "--no-positions" if watched.no_positions else "--positions"
        raise click.UsageError(f"--position and {other} both say what is held: leave one out.")
    return replace(watched, positions=stated, watch=watch)


def with_source(watched: MonitorOptions, name: str | None) -> MonitorOptions:
    """Add who says what is held."""
    from trading_bot.positions.registry import FILE

    if name not in (None, FILE) and (watched.no_positions or watched.positions):
        other = "--no-positions" if watched.no_positions else "--position"
        raise click.UsageError(
            f"--positions-source {name} and {other} both say what is held: leave one out."
        )
    return replace(watched, positions_source=name)
