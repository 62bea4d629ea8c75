"""The commands that watch a market: `monitor` and `health`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
from click.core import ParameterSource

from trading_bot.cli import options
from trading_bot.cli.help import HeadedCommand

if TYPE_CHECKING:
    from trading_bot.watched.asked import MonitorOptions


@click.command(cls=HeadedCommand)
@options.watched_market
@options.depth
@options.duration
@options.market_seed
@options.watch_mode
@options.everything
@options.record_to
@options.live_dir
@options.metrics_port
@options.metrics_file
def monitor(
    depth: bool,
    duration: float | None,
    seed: int | None,
    mode: options.Mode | None,
    everything: bool,
    record: Path | None,
    live_dir: Path | None,
    metrics_port: int | None,
    metrics_file: Path | None,
    **what: Unpack[options.WatchedOptions],
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
    watched = replace(
        asked(what, duration),
        seed=seed,
        mode=mode,
        everything=everything,
        record_to=record,
        depth=depth,
        live_dir=live_dir,
        metrics_port=metrics_port,
        metrics_file=metrics_file,
    )
    sys.exit(run_monitor(watched))


@click.command(cls=HeadedCommand)
@options.watched_market
@options.depth
@options.timeout
@options.running
def health(
    depth: bool, timeout: float, running: bool, **what: Unpack[options.WatchedOptions]
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

        simulated = what["simulated"]
        usual = options.home() / "logs" / FOLDERS["simulated" if simulated else "live"]
        sys.exit(say_running(what["log_dir"] or usual, simulated=simulated))
    from trading_bot.commands.monitor import run_health

    sys.exit(run_health(replace(asked(what, timeout), depth=depth)))


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


def asked(what: options.WatchedOptions, seconds: float | None = None) -> MonitorOptions:
    """Put together what these commands and `doctor` are about, with the usual files and folders.

    Args:
        what: Market and positions.
        seconds: How long.
    """
    _refuse_contradictions(what)
    from trading_bot.watched.asked import MonitorOptions

    config, positions = what["config"], what["positions"]
    return MonitorOptions(
        simulated=what["simulated"],
        duration_seconds=seconds,
        log_directory=what["log_dir"],
        config_path=options.settings_path(config),
        config_is_given=config is not None,
        positions_is_given=positions is not None,
        positions_path=positions or options.home() / "config" / "positions.json",
        base_url=what["base_url"],
        allow_insecure=what["allow_insecure"],
        no_positions=what["no_positions"],
        home=options.home(),
        positions=what["stated"],
        watch=what["watch"],
        positions_source=what["positions_source"],
    )


def _refuse_contradictions(what: options.WatchedOptions) -> None:
    """Refuse options that say different things of what is held."""
    from trading_bot.positions.registry import FILE

    nothing, source = what["no_positions"], what["positions_source"]
    if nothing and what["positions"] is not None:
        raise click.UsageError("--no-positions says that nothing is held, --positions what is.")
    other = "--no-positions" if nothing else "--positions"
    if what["stated"] and (nothing or what["positions"] is not None):
        raise click.UsageError(f"--position and {other} both say what is held: leave one out.")
    other = "--no-positions" if nothing else "--position"
    if source not in (None, FILE) and (nothing or what["stated"]):
        raise click.UsageError(
            f"--positions-source {source} and {other} both say what is held: leave one out."
        )
