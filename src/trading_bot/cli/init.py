"""The commands for one's own files: `init` and `config schema`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys

import click

from trading_bot.cli import options


@click.command()
@click.option(
    "--data-source",
    type=click.Choice(("polygon", "databento")),
    default="polygon",
    help="Whose key goes into .env, and whose data is watched.",
)
@click.option(
    "--key-from-env",
    is_flag=True,
    help="Write the key that the environment holds now into .env: MASSIVE_API_KEY or "
    "POLYGON_API_KEY, or DATABENTO_API_KEY.",
)
@click.option(
    "--position",
    "positions",
    multiple=True,
    metavar="SYMBOL:QUANTITY@PRICE[:STOP]",
    help="What is held, such as AAPL:100@187.50:182; repeatable.",
)
@click.option("--no-positions", is_flag=True, help="Nothing is held.")
@options.positions_source
@click.option("--watch", multiple=True, help="Symbols to watch too, such as MSFT,NVDA; repeatable.")
@click.option("--alerts-per-day", type=int, help="Alerts wished for a symbol and day; else 8.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def init(
    data_source: str,
    key_from_env: bool,
    positions: tuple[str, ...],
    no_positions: bool,
    positions_source: str | None,
    watch: tuple[str, ...],
    alerts_per_day: int | None,
    dry_run: bool,
) -> None:
    """Write .env, positions, settings and a systemd unit; nothing that is there is overwritten.

    Without options for them it asks a few questions, on a terminal. No option takes the key: it
    would stay in the history of the shell.

    Example: trading-bot init --position AAPL:100@187.50:182 --watch MSFT,NVDA
    """
    from trading_bot.commands.init import InitOptions, run_init

    asked = InitOptions(
        home=options.home(),
        data_source=data_source,
        key_from_env=key_from_env,
        positions=positions,
        no_positions=no_positions,
        watch=watch,
        alerts_per_day=alerts_per_day,
        dry_run=dry_run,
        is_terminal=sys.stdin.isatty(),
        positions_source=positions_source,
    )
    sys.exit(run_init(asked))


@click.command("schema")
def config_schema() -> None:
    """Print the JSON schema of the settings file, for an editor.

    Example: trading-bot config schema > config/order_flow_config.schema.json
    """
    from trading_bot.order_flow.settings.schema import schema_text

    click.echo(schema_text(), nl=False)
