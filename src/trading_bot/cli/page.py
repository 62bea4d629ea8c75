"""The command that shows in a browser what a guard sees: `page`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from trading_bot.cli import kinds, options

_OF_REPLAY: Final = (
    *("speed", "symbols", "begin", "end", "data_format", "day", "quote_size_unit", "config"),
    *("positions", "profile"),
)
"""Options that say how a recorded day is played."""
_OF_GUARD: Final = ("live_dir", "log_dir", "data")
"""Options that say which guard is shown."""


def _all_there(
    context: click.Context, param: click.Parameter, given: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Refuse a path that is missing."""
    for each in given:
        kinds.there(context, param, each)
    return given


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="Of this machine; 0 takes a free one. Else 8377, or a free one where that is taken.",
)
@options.shown_live_dir
@options.shown_log_dir
@click.option(
    "--data",
    type=Path,
    multiple=True,
    callback=_all_there,
    help="Recorded market, such as the folder of monitor --record: what an alert was made of is "
    "recomputed from it; repeatable.",
)
@click.option(
    "--replay",
    type=Path,
    multiple=True,
    callback=_all_there,
    help="Show a recorded day in place of a guard: whatever `replay` reads; repeatable.",
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 10_000),
    default=30.0,
    help="With --replay: seconds of the market in a second.",
)
@options.symbols
@options.begin
@options.end
@options.data_format
@options.day
@options.quote_size_unit
@options.config
@options.replay_positions
@options.profile
@click.pass_context
def page(
    context: click.Context,
    /,
    port: int | None,
    live_dir: Path | None,
    log_dir: Path | None,
    data: tuple[Path, ...],
    replay: tuple[Path, ...],
    speed: float,
    **how: Any,
) -> None:
    """Show in a browser of this machine what the guard sees; Ctrl-C ends it.

    A process of its own that only reads: whatever becomes of it, the guard goes on. For another
    device an ssh tunnel leads here; see docs/page.md.

    Example: trading-bot page
    """
    for name in _OF_GUARD if replay else _OF_REPLAY:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = next(each.opts[0] for each in context.command.params if each.name == name)
            without = "does not go with" if replay else "goes with"
            raise click.UsageError(f"{option} {without} --replay.")
    from trading_bot.commands.page import PageOptions, run_page, run_replayed_page

    if not replay:
        sys.exit(run_page(PageOptions(port, live_dir, log_dir, options.home(), data)))
    from trading_bot.replay.run_replay import ReplayOptions

    asked = ReplayOptions(
        paths=replay,
        config_path=options.settings_path(how["config"]),
        env_file=options.env_file(),
        config_is_given=how["config"] is not None,
        data_format=how["data_format"],
        symbols=how["symbols"],
        begin=how["begin"],
        end=how["end"],
        positions_path=how["positions"],
        quote_size_unit=how["quote_size_unit"],
        day=None if how["day"] is None else how["day"].date(),
        profile=how["profile"],
    )
    sys.exit(run_replayed_page(port, asked, speed))
