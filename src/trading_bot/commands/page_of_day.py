"""`trading-bot page --replay`: shows a recorded day, which a process of its own plays meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from trading_bot.commands.page import PageOptions, run_page
from trading_bot.replay.run_explain import explain_arguments
from trading_bot.replay.run_replay import ReplayOptions
from trading_bot.replay.showing import LIVE, RECORD, ShownDay


def run_replayed_page(
    port: int | None,
    options: ReplayOptions,
    speed: float,
    say: Callable[[str], object] = click.echo,
) -> int:
    """Serve a recorded day, which is played meanwhile; return the exit status.

    Args:
        port: As in `PageOptions`.
        options: Which data, and by which settings.
        speed: Seconds of the market in one of the machine.
        say: As of `run_page`.

    Raises:
        ValueError: The port is taken, or the day cannot be played.
    """
    with tempfile.TemporaryDirectory(prefix="trading-bot-page-") as name:
        folder = Path(name)
        click.echo("Reading the day.", err=True)
        with ShownDay(options, folder, speed):
            data = explain_arguments(options)
            shown = PageOptions(port, folder / LIVE, folder / RECORD, folder, data, True)
            return run_page(shown, say)
