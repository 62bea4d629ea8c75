"""The command that says what is wrong before a watch: `doctor`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trading_bot.cli import options
from trading_bot.cli.help import HeadedCommand
from trading_bot.cli.live import asked, with_source, with_stated

if TYPE_CHECKING:
    from trading_bot.order_flow.position import Position


@click.command(cls=HeadedCommand)
@options.simulated
@options.log_dir
@options.config
@options.positions
@options.position
@options.watch
@options.no_positions
@options.positions_source
@options.base_url
@options.allow_insecure
@options.doctor_timeout
@options.print_json
def doctor(
    simulated: bool,
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
    as_json: bool,
) -> None:
    """Check machine, files, key, plan and symbols; say of each how it stands and how to mend it.

    Exits with 0 if all is well, 1 with a warning, 2 with a failure. Opens one stream for a moment,
    which would end that of a guard that runs with the same key and another record.

    Example: trading-bot doctor --simulated
    """
    watched = asked(
        simulated, None, log_dir, config, positions, no_positions, base_url, allow_insecure
    )
    watched = with_source(with_stated(watched, stated, watch), positions_source)
    from trading_bot.doctor.looked import Looked
    from trading_bot.doctor.run import run_doctor

    looked = Looked(watched, "simulated" if simulated else "live")
    sys.exit(run_doctor(looked, seconds=timeout, as_json=as_json))
