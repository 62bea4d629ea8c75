"""The command that shows a guard which runs already: `watch`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trading_bot.cli import options

if TYPE_CHECKING:
    from trading_bot.live_view.zones import ZoneName


@click.command()
@options.shown_live_dir
@options.shown_log_dir
@click.option("--once", is_flag=True, help="Show what is so now, and end; see the exit status.")
@click.option("--ascii", "is_ascii", is_flag=True, help="Write nothing but ASCII.")
@click.option(
    "--time",
    "zone",
    type=click.Choice(["exchange", "local"]),
    default="exchange",
    help="Whose time is shown: New York's, or this machine's.",
)
@click.option("--bell", is_flag=True, help="Ring the terminal's bell at each exit.")
@click.option(
    "--json", "as_json", is_flag=True, help="One object, with --once; else a line a second."
)
def watch(
    live_dir: Path | None,
    log_dir: Path | None,
    once: bool,
    is_ascii: bool,
    zone: ZoneName,
    bell: bool,
    as_json: bool,
) -> None:
    """Show what a guard sees that runs already, the most urgent first.

    It reads the live file and the record, and changes nothing; Ctrl-C ends it. With --once the exit
    status is 0 while the guard is heard and well, and every symbol is visible without an alert or
    exit; else 1.

    Example: trading-bot watch --once
    """
    from trading_bot.commands.watch import WatchOptions, run_watch

    sys.exit(
        run_watch(
            WatchOptions(
                home=options.home(),
                live_dir=live_dir,
                log_dir=log_dir,
                once=once,
                is_ascii=is_ascii,
                time=zone,
                bell=bell,
                as_json=as_json,
            )
        )
    )
