"""How `--help` looks: commands and options under headings, the most used first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

COMMANDS: Final = (
    ("Watch", ("monitor", "watch", "page", "health", "journal", "mute", "notify")),
    ("Recorded days", ("check", "replay", "explain", "score", "calibrate", "sides", "repartition")),
    ("Set up", ("doctor", "init", "config", "completion")),
    ("Try and test", ("simulate", "test")),
)
"""The headings of `trading-bot --help`, and what stands under each in the order of use."""
OTHER_COMMANDS: Final = "More commands"

OPTIONS: Final[Mapping[str, str]] = {
    "simulated": "Which market",
    "depth": "Which market",
    "base_url": "Which market",
    "allow_insecure": "Which market",
    "seed": "Which market",
    "mode": "Which market",
    "positions": "What is watched",
    "stated": "What is watched",
    "watch": "What is watched",
    "no_positions": "What is watched",
    "everything": "What is watched",
}
"""The headings of the options of commands that have many; all others are `Options`."""

EXAMPLES: Final = """\b
Examples:
  trading-bot monitor --simulated --duration 60
  trading-bot health --running
  trading-bot replay trades_v1.csv.gz quotes_v1.csv.gz --out record
  trading-bot config show
`trading-bot COMMAND --help` has one of each command."""


class HeadedCommand(click.Command):
    """A command whose options stand under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those without a heading of their own last."""
        headings = (*OPTIONS.values(), "Options")
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in headings}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                rows[OPTIONS.get(parameter.name or "", "Options")].append(row)
        for heading, found in rows.items():
            if found:
                with formatter.section(heading):
                    formatter.write_dl(found)


def write_commands(group: click.Group, formatter: click.HelpFormatter) -> None:
    """Write the commands of a group under their headings; those that have none come last."""
    left = dict(group.commands)
    width = formatter.width - 6 - max(map(len, left), default=0)
    for heading, names in (*COMMANDS, (OTHER_COMMANDS, tuple(left))):
        rows = [(name, left.pop(name).get_short_help_str(width)) for name in names if name in left]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)
