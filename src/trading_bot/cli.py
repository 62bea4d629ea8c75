"""The `trading-bot` command: which commands there are, and how a failure looks.

Their options stand in `cli_options`, the commands in `cli_live`, `cli_recorded` and `cli_tools`;
each is a few lines there and a module of its own elsewhere.
"""

from __future__ import annotations

import sys
from typing import Any

import typer

from trading_bot import cli_live, cli_recorded, cli_tools
from trading_bot.error_handling.exceptions import OrderFlowError

USAGE_ERROR = 2

app = typer.Typer(
    name="trading-bot",
    help="Watches the order flow of held stocks and recommends exits. Without a command: monitor.",
    epilog="Examples: `trading-bot monitor --simulated --duration 60`, `trading-bot config show`.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Run the main job when no command is named."""
    if context.invoked_subcommand is None:
        context.invoke(cli_live.monitor)


# In the order in which help lists them. What follows `simulate` and `test` is not ours to read.
_passes_on: dict[str, Any] = {
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True},
    "add_help_option": False,
}
app.command()(cli_live.monitor)
app.command()(cli_live.health)
app.command(**_passes_on)(cli_tools.simulate)
app.command(**_passes_on)(cli_tools.test)
app.command()(cli_recorded.sides)
app.command()(cli_recorded.replay)
app.command()(cli_recorded.score)
app.command()(cli_recorded.calibrate)
app.command()(cli_recorded.explain)
config_app = typer.Typer(help="Show the settings.", no_args_is_help=True)
config_app.command("show")(cli_tools.config_show)
app.add_typer(config_app, name="config")


def main() -> None:
    """Run the command; a wrong setting is one clear line and exit status 2."""
    try:
        app(prog_name="trading-bot")
    except (ValueError, OSError) as error:
        typer.echo(f"trading-bot: {error}", err=True)
        sys.exit(USAGE_ERROR)
    except OrderFlowError as error:
        typer.echo(f"trading-bot: {error}", err=True)
        sys.exit(1)
