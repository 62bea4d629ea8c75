"""The commands beside the watch: `test`, `completion` and `config show`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from trading_bot.cli import options

# What follows it is pytest's.
_NOT_READ_HERE = {"allow_extra_args": True, "ignore_unknown_options": True}


@click.command(context_settings=_NOT_READ_HERE)
@click.pass_context
def test(context: click.Context) -> None:
    """Run the test suite of a source checkout; further arguments go to pytest.

    Its tools are installed when one is missing. `trading-bot test -- --help` is pytest's own help.

    Example: trading-bot test -k red_burst
    """
    from trading_bot.commands.run_tests import run_tests

    sys.exit(run_tests(options.home(), context.args))


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")), help="Whose.")
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands and options at the Tab key.

    Put it where the shell reads it: `source <(trading-bot completion bash)` in ~/.bashrc, likewise
    with zsh in ~/.zshrc; for fish, into ~/.config/fish/completions/trading-bot.fish.

    Example: trading-bot completion bash
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    root = context.find_root()
    if kind is not None:  # pragma: no branch - the choices are click's own
        click.echo(kind(root.command, {}, "trading-bot", "_TRADING_BOT_COMPLETE").source())


@click.command("show")
@options.config
@options.print_json
def config_show(config: Path | None, as_json: bool) -> None:
    """Print each setting with where it comes from. The key is never shown, nor an address's token.

    Of an account's number only the last digits are.

    Example: trading-bot config show --json
    """
    from trading_bot.order_flow.config import FIELD_NAMES, VARIABLES, resolve
    from trading_bot.order_flow.settings.addresses import shown_address
    from trading_bot.positions.source import shown_number

    resolved = resolve(options.settings_path(config), env_file=options.env_file())
    rows = {}
    for name in FIELD_NAMES:
        value = getattr(resolved.config, name)
        if name == "polygon_api_key":
            value = "(set)" if value else "(not set)"
        if name == "notify_urls":
            value = [shown_address(each) for each in value]
        if name == "heartbeat_url" and value is not None:
            value = shown_address(value)
        if name == "positions_account" and value:
            value = shown_number(value)
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
