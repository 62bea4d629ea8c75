"""`trading-bot init`: what the first files are made of, stated or asked for; writes them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from trading_bot.init.answers import Answers, checked_source, key_in
from trading_bot.init.files import NewFile, first_files
from trading_bot.init.questions import ask_all
from trading_bot.init.writing import is_there, write_new
from trading_bot.order_flow.config import DEFAULT_CONFIG_PATH
from trading_bot.order_flow.config_bounds import check_number
from trading_bot.positions.file_position_manager import DEFAULT_POSITIONS_PATH
from trading_bot.positions.stated import stated_positions, stated_symbols

_AGAIN = "for a new one, move it away and run this again"


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What the command line asked for.

    Attributes:
        data_source: Whose key goes into `.env`.
        positions: As they are stated, such as `AAPL:100@187.50:182`.
        positions_source: Who says what is held, as it is stated.
        is_terminal: Somebody is there who can be asked.
    """

    home: Path
    data_source: str
    key_from_env: bool
    positions: tuple[str, ...]
    no_positions: bool
    watch: tuple[str, ...]
    alerts_per_day: int | None
    dry_run: bool
    is_terminal: bool
    positions_source: str | None = None

    @property
    def says_something(self) -> bool:
        """Return whether an answer is stated, so that nothing is asked."""
        said = (
            self.key_from_env,
            self.positions,
            self.no_positions,
            self.watch,
            self.positions_source,
        )
        return any(said) or self.alerts_per_day is not None


def run_init(options: InitOptions) -> int:
    """Write the first files; return the exit status, 0 also where some were there.

    Raises:
        ValueError: An answer cannot be, or is to stand in a file that is there; nothing is written.
        OSError: A file cannot be written.
    """
    home = options.home
    asks = options.is_terminal and not options.says_something
    answers = _asked(options) if asks else _stated(options)
    files = first_files(
        home, Path(sys.executable), answers, has_systemd=sys.platform.startswith("linux")
    )
    for each in files:
        if each.is_asked_for and is_there(each.path):
            raise ValueError(
                f"{each.path} is there and is never overwritten: change it yourself, or move it "
                "away and run this again; nothing was written"
            )
    for each in files:
        _show(each) if options.dry_run else _write(each)
    if answers.positions_source is not None:
        click.echo(f"{answers.positions_source} says what is held: see docs/brokers.md")
    elif answers.positions is None:
        _tell_of_no_positions(home / DEFAULT_POSITIONS_PATH)
    click.echo("Next: `trading-bot doctor` checks all of it, `trading-bot monitor` watches")
    return 0


def _asked(options: InitOptions) -> Answers:
    """Ask for what is to stand in the files that are not there."""
    home = options.home
    return ask_all(
        lambda question, hidden: click.prompt(
            question, default="", show_default=False, hide_input=hidden
        ),
        click.echo,
        env=not is_there(home / ".env"),
        positions=not is_there(home / DEFAULT_POSITIONS_PATH),
        settings=not is_there(home / DEFAULT_CONFIG_PATH),
        data_source=options.data_source,
    )


def _stated(options: InitOptions) -> Answers:
    source = None
    if options.positions_source is not None:
        source = checked_source(options.positions_source)
    if source is not None and (options.positions or options.no_positions):
        raise ValueError(f"--positions-source {source} says what is held: leave the others out")
    if options.watch and not (options.positions or options.no_positions or source):
        raise ValueError(
            "--watch needs --position, or --no-positions: the file that it goes into says what is "
            "held too"
        )
    if options.positions and options.no_positions:
        raise ValueError("--no-positions says that nothing is held, --position what is")
    if options.alerts_per_day is not None:
        check_number("alerts_per_day", options.alerts_per_day)
    is_known = options.positions or options.no_positions
    return Answers(
        key_in(os.environ, options.data_source) if options.key_from_env else None,
        stated_positions(options.positions) if is_known else None,
        stated_symbols(options.watch),
        options.alerts_per_day,
        options.data_source,
        source,
    )


def _tell_of_no_positions(path: Path) -> None:
    if is_there(path):
        click.echo(f"Left {path} as it is: {_AGAIN}")
    else:
        click.echo(
            f"No {path}: it was not said what is held. Run this again with "
            "--position AAPL:100@187.50:182, or with --no-positions where nothing is"
        )


def _write(file: NewFile) -> None:
    if write_new(file.path, file.text, private=file.private):
        click.echo(f"Wrote {file.path}: {file.then}")
    else:
        click.echo(f"Left {file.path} as it is: {_AGAIN}")


def _show(file: NewFile) -> None:
    if is_there(file.path):
        click.echo(f"Would leave {file.path} as it is: {_AGAIN}")
        return
    whose = " (yours alone)" if file.private else ""
    click.echo(f"Would write {file.path}{whose}; then {file.then}")
    click.echo("".join(f"    {line}\n" for line in file.shown.splitlines()), nl=False)
