"""The commands about notices: `notify test` and `mute`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path

import click

from trading_bot.cli import kinds, options


@click.group()
def notify() -> None:
    """Send a notice to try the receivers of `notify_urls`.

    Example: trading-bot notify test
    """


@notify.command("test")
@options.config
def notify_test(config: Path | None) -> None:
    """Send one notice to each receiver, and ask the dead-man's switch; say how each went.

    Exits with 0 if all took it, else with 1. Each is tried once; no address is shown.

    Example: trading-bot notify test
    """
    from trading_bot.commands.notify_test import run_test

    sys.exit(run_test(options.settings_path(config), options.env_file()))


@click.command()
@click.argument("symbol", required=False, help="Ticker; without it, what is muted is listed.")
@click.argument(
    "time", required=False, type=kinds.Duration(at_least=1), help="Such as 90s, 30m or 1h30m."
)
@click.option("--off", is_flag=True, help="Send notices of SYMBOL again.")
@options.log_dir
@options.simulated
def mute(
    symbol: str | None, time: float | None, off: bool, log_dir: Path | None, simulated: bool
) -> None:
    """Send no notice of SYMBOL for TIME, exits included; without both, list what is muted.

    A week at most; also to acknowledge what was told. The guard that runs obeys within a second and
    notes it in its record, which stays complete.

    Example: trading-bot mute ACME 1h
    """
    from trading_bot.commands import mute as muting
    from trading_bot.notify.mutes import LONGEST_MUTE_SECONDS
    from trading_bot.watched.asked import FOLDERS

    usual = options.home() / "logs" / FOLDERS["simulated" if simulated else "live"]
    folder = log_dir or usual
    if symbol is None:
        if off:
            raise click.UsageError("--off needs the SYMBOL of which notices are to be sent again.")
        sys.exit(muting.list_mutes(folder))
    if off == (time is not None):
        raise click.UsageError("say for how long, such as 1h, or --off: one of the two.")
    if time is None:
        sys.exit(muting.unmute(folder, symbol))
    if time > LONGEST_MUTE_SECONDS:
        raise click.UsageError(f"{time / 86_400:.0f} days are too long: a week is the most.")
    sys.exit(muting.mute(folder, symbol, time))
