"""How maps take the cells of a row by the names of their columns."""

from __future__ import annotations

from collections.abc import Callable

from trading_bot.recorded.forms.form import Start

Pick = Callable[[list[str]], str]
"""Takes one cell of a row; nothing where the file has no such column."""


def pick(start: Start, *names: str) -> Pick:
    """Return what takes the cell of the first of these columns that the file has.

    Args:
        start: How the file begins.
        names: As in `Start.at`.
    """
    place = next((start.at[name] for name in names if name in start.at), None)
    if place is None:
        return lambda _: ""
    return lambda cells: cells[place].strip()


def pick_symbol(start: Start, *names: str) -> Pick:
    """Return what takes the symbol of a row, or what the user says where no column has it.

    Raises:
        ValueError: Nobody says it.
    """
    if any(name in start.at for name in names):
        return pick(start, *names)
    symbol = start.told.symbol
    if symbol is None:
        raise ValueError(f"{start.path} names no symbol; name the one symbol of it with --symbol")
    return lambda _: symbol
