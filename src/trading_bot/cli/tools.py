"""The commands beside the watch: `simulate`, `test` and `config show`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from trading_bot.cli import options

# What follows these commands is not ours to read.
_NOT_READ_HERE = {"allow_extra_args": True, "ignore_unknown_options": True}


@click.command(context_settings=_NOT_READ_HERE, add_help_option=False)
@click.pass_context
def simulate(context: click.Context) -> None:
    """Run the simulated market alone and print its address; see `simulate --help`.

    Example: trading-bot simulate --port 8765
    """
    from trading_bot.simulator.__main__ import main as simulator_main

    sys.exit(simulator_main(context.args))


@click.command(context_settings=_NOT_READ_HERE, add_help_option=False)
@click.pass_context
def test(context: click.Context) -> None:
    """Run the test suite of a source checkout; further arguments go to pytest.

    Example: trading-bot test -k red_burst
    """
    from trading_bot.commands.run_tests import run_tests

    sys.exit(run_tests(options.home(), context.args))


@click.command("show")
@options.config
@options.print_json
def config_show(config: Path | None, as_json: bool) -> None:
    """Print each setting with where it comes from. The key is never shown.

    Example: trading-bot config show --json
    """
    from trading_bot.order_flow.config import FIELD_NAMES, VARIABLES, resolve

    resolved = resolve(options.settings_path(config), env_file=options.env_file())
    rows = {}
    for name in FIELD_NAMES:
        value = getattr(resolved.config, name)
        if name == "polygon_api_key":
            value = "(set)" if value else "(not set)"
        if name == "symbol_overrides":
            value = {symbol: dict(own) for symbol, own in value.items()}
        variable = VARIABLES.get(name)
        rows[name] = {"value": value, "origin": resolved.origins[name], "variable": variable}
        holds = resolved.config.holds(name)
        if holds:
            rows[name]["holds"] = holds
    for conflict in resolved.conflicts:
        click.echo(f"note: {conflict}", err=True)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    width = max(map(len, rows))
    for name, row in rows.items():
        holds = f": {row['holds']}" if "holds" in row else ""
        click.echo(f"{name:<{width}}  {json.dumps(row['value'])}  ({row['origin']}){holds}")
