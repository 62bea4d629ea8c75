"""The command that says what is wrong before a watch: `doctor`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path

import click

from trading_bot.cli import options


@click.command()
@options.simulated
@options.log_dir
@options.config
@options.positions
@options.no_positions
@options.base_url
@options.allow_insecure
@options.doctor_timeout
@options.print_json
def doctor(
    simulated: bool,
    log_dir: Path | None,
    config: Path | None,
    positions: Path | None,
    no_positions: bool,
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
    from trading_bot.doctor.looked import Looked
    from trading_bot.doctor.run import run_doctor

    if no_positions and positions is not None:
        raise click.UsageError("--no-positions says that nothing is held, --positions what is.")
    looked = Looked(
        home=options.home(),
        config_path=options.settings_path(config),
        positions_path=positions or options.home() / "config" / "positions.json",
        log_directory=log_dir or options.home() / "logs" / "order_flow",
        config_is_named=config is not None,
        positions_are_named=positions is not None,
        base_url=base_url,
        allow_insecure=allow_insecure,
        no_positions=no_positions,
        simulated=simulated,
    )
    sys.exit(run_doctor(looked, seconds=timeout, as_json=as_json))
