"""What an option may hold beyond click's own kinds: durations, files that are there, positions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trading_bot.durations import duration_seconds

if TYPE_CHECKING:
    from trading_bot.order_flow.position import Position

# What reads positions is imported where it is needed: help needs none of the guard.


class Duration(click.ParamType[float]):
    """A duration such as `90s`, `5m`, `1h30m`, or a number of seconds.

    Args:
        at_least: Seconds.
    """

    name = "duration"

    def __init__(self, *, at_least: float) -> None:
        self._at_least = at_least

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        try:
            seconds = duration_seconds(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < self._at_least:
            self.fail(f"{value} is less than {self._at_least:g} s", param, ctx)
        return seconds


def there(_: click.Context, param: click.Parameter, given: Path | None) -> Path | None:
    """Return a file that was named; one that is missing is no wish for what is usual.

    Raises:
        FileNotFoundError: It is missing; names option and file.
    """
    if given is not None and not given.exists():
        raise FileNotFoundError(
            f"{param.opts[0]} {given}: there is no such file; mend the path, or leave it out"
        )
    return given


def positions(
    _: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[Position, ...]:
    """Return the positions that were stated."""
    from trading_bot.positions.stated import stated_positions  # noqa: PLC0415 - see above

    try:
        return stated_positions(given)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from error


def symbols(_: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the symbols that were stated."""
    from trading_bot.positions.stated import stated_symbols  # noqa: PLC0415 - see above

    try:
        return stated_symbols(given)
    except ValueError as error:
        raise click.BadParameter(str(error), param=param) from error
