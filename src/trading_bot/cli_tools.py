"""The commands beside the watch: `simulate`, `test` and `config show`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import json

import typer

from trading_bot import cli_options as options


def simulate(context: typer.Context) -> None:
    """Run the simulated market alone and print its address; see `simulate --help`.

    Example: trading-bot simulate --port 8765
    """
    from trading_bot.simulator.__main__ import main as simulator_main

    raise typer.Exit(simulator_main(context.args))


def test(context: typer.Context) -> None:
    """Run the test suite of a source checkout; further arguments go to pytest.

    Example: trading-bot test -k red_burst
    """
    from trading_bot.commands.run_tests import run_tests

    raise typer.Exit(run_tests(options.home(), context.args))


def config_show(config: options.Config = None, as_json: options.Json = False) -> None:
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
    for conflict in resolved.conflicts:
        typer.echo(f"note: {conflict}", err=True)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    width = max(map(len, rows))
    for name, row in rows.items():
        typer.echo(f"{name:<{width}}  {json.dumps(row['value'])}  ({row['origin']})")
