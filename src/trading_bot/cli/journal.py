"""The commands about the record itself: `journal list`, `journal verify` and `journal export`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from pathlib import Path

import click

from trading_bot.cli import options

_event = click.option(
    "--event", type=click.Choice(("alert", "exit", "all")), default="all", help="Which lines."
)
_out = click.option(
    "--out",
    type=Path,
    required=True,
    help="File to write: a .csv, or a .parquet, which needs the extra `parquet`.",
)
_overwrite = click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")


@click.group()
def journal() -> None:
    """List, check and export the record.

    Example: trading-bot journal list
    """


@journal.command("list")
@options.log_dir
@options.json_only
def list_days(log_dir: Path | None, as_json: bool) -> None:
    """Show each day of the record: lines, alerts, exits, size, first and last time.

    Example: trading-bot journal list --json
    """
    from trading_bot.commands.journal_list import show_days

    sys.exit(show_days(_folder(log_dir), as_json=as_json))


@journal.command()
@options.log_dir
def verify(log_dir: Path | None) -> None:
    """Check every line of every day; exit 1 if anything is wrong.

    Example: trading-bot journal verify --log-dir record
    """
    from trading_bot.commands.journal_verify import verify_record

    sys.exit(verify_record(_folder(log_dir)))


@journal.command()
@options.log_dir
@_out
@_event
@options.begin
@options.end
@options.symbols
@_overwrite
def export(
    log_dir: Path | None,
    out: Path,
    event: str,
    begin: str | None,
    end: str | None,
    symbols: tuple[str, ...],
    overwrite: bool,
) -> None:
    """Write the record as a table: a row a line, a column a member.

    Example: trading-bot journal export --out alerts.csv --event alert --from 2026-03-01
    """
    from trading_bot.commands.journal_export import ExportOptions, export_record

    asked = ExportOptions(_folder(log_dir), out, event, begin, end, symbols, overwrite)
    sys.exit(export_record(asked))


def _folder(given: Path | None) -> Path:
    return given or options.home() / "logs" / "order_flow"
