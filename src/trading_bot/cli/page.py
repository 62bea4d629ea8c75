"""The command that shows in a browser what a guard sees: `page`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path

import click

from trading_bot.cli import kinds, options


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
@click.option(
    "--live-dir", type=Path, help="Folder of the live file; else that of the record's guard."
)
@click.option(
    "--log-dir",
    type=Path,
    help="Folder of the record; else logs/order_flow or logs/order_flow_simulated, whichever guard "
    "was heard last.",
)
@click.option(
    "--data",
    type=Path,
    multiple=True,
    callback=_all_there,
    help="Recorded market, such as the folder of monitor --record: what an alert was made of is "
    "recomputed from it; repeatable.",
)
def page(
    port: int | None, live_dir: Path | None, log_dir: Path | None, data: tuple[Path, ...]
) -> None:
    """Show in a browser of this machine what the guard sees; Ctrl-C ends it.

    A process of its own that only reads: whatever becomes of it, the guard goes on. For another
    device an ssh tunnel leads here; see docs/page.md.

    Example: trading-bot page
    """
    from trading_bot.commands.page import PageOptions, run_page

    sys.exit(run_page(PageOptions(port, live_dir, log_dir, options.home(), data)))
