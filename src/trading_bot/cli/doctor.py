"""The command that says what is wrong before a watch: `doctor`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from typing import Unpack

import click

from trading_bot.cli import options
from trading_bot.cli.help import HeadedCommand
from trading_bot.cli.live import asked


@click.command(cls=HeadedCommand)
@options.watched_market
@options.doctor_timeout
@options.print_json
def doctor(timeout: float, as_json: bool, **what: Unpack[options.WatchedOptions]) -> None:
    """Check machine, files, key, plan and symbols; say of each how it stands and how to mend it.

    Exits with 0 if all is well, 1 with a warning, 2 with a failure. Opens one stream for a moment,
    which would end that of a guard that runs with the same key and another record.

    Example: trading-bot doctor --simulated
    """
    from trading_bot.doctor.looked import Looked
    from trading_bot.doctor.run import run_doctor

    looked = Looked(asked(what), "simulated" if what["simulated"] else "live")
    sys.exit(run_doctor(looked, seconds=timeout, as_json=as_json))
