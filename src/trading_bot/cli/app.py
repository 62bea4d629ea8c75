"""The `trading-bot` command: which commands there are, and how a failure looks.

Their options stand in `options`, the commands in `init`, `live`, `recorded`, `journal`, `notify`
and `tools`; each is a few lines there and a module of its own elsewhere.
"""

from __future__ import annotations

import sys
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import click

from trading_bot.cli import init, journal, live, notify, recorded, shown, tools
from trading_bot.cli.doctor import doctor
from trading_bot.cli.help import EXAMPLES, write_commands
from trading_bot.cli.page import page
from trading_bot.order_flow.errors import OrderFlowError
from trading_bot.simulator.command import simulate

USAGE_ERROR = 2
_LONGEST_SAID = 1_000
INTERRUPTED = 130
"""What a shell shows for a command that Ctrl-C ended."""


class _Commands(click.Group):
    """Commands listed under headings; Ctrl-C ends each without a word."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the commands in the order of use, not of the alphabet."""
        write_commands(self, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _show_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - for this one line only

        from trading_bot.order_flow.rules import symbol_judge  # noqa: PLC0415 - see above

        core = "plain Python" if symbol_judge.__file__.endswith(".py") else "compiled"
        click.echo(f"trading-bot {version('trading-bot-order-flow')}, core: {core}")
        context.exit()


@click.group(
    name="trading-bot",
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"show_default": True, "help_option_names": ["-h", "--help"]},
    epilog=EXAMPLES,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version, and whether the core is compiled.",
)
@click.pass_context
def app(context: click.Context) -> None:
    """Watches the order flow of held stocks and recommends exits. Without a command: monitor."""
    if context.invoked_subcommand is None:
        context.invoke(live.monitor)


config = click.Group("config", help="Show the settings.\n\nExample: trading-bot config show")
config.add_command(tools.config_show)
config.add_command(init.config_schema)
for command in (
    live.monitor,
    live.health,
    shown.watch,
    page,
    doctor,
    init.init,
    simulate,
    tools.test,
    tools.completion,
    recorded.check,
    recorded.repartition,
    recorded.sides,
    recorded.replay,
    recorded.score,
    recorded.calibrate,
    recorded.explain,
    journal.journal,
    notify.mute,
    notify.notify,
    config,
):
    app.add_command(command)


def main() -> None:
    """Run the command; a wrong setting is one clear line and exit status 2."""
    try:
        app(prog_name="trading-bot")
    except OSError as error:
        named = error.filename is not None and error.strerror
        _say(f"{error.filename}: {error.strerror}" if named else error)
        sys.exit(USAGE_ERROR)
    except ValueError as error:
        _say(error)
        sys.exit(USAGE_ERROR)
    except ZoneInfoNotFoundError:
        # Whatever knows the exchange's hours cannot be loaded.
        from trading_bot.doctor.machine import NO_ZONE, ZONE_MEND  # noqa: PLC0415 - for this alone

        _say(f"{NO_ZONE}; {ZONE_MEND}")
        sys.exit(USAGE_ERROR)
    except OrderFlowError as error:
        _say(error)
        sys.exit(1)


def _say(error: Exception | str) -> None:
    """Say what went wrong in one line, however much of a file it quotes."""
    words = " ".join(str(error).split())
    shown = words if len(words) <= _LONGEST_SAID else f"{words[: _LONGEST_SAID - 1]}…"
    click.echo(f"trading-bot: {shown}", err=True)
