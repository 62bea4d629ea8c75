"""What is held and watched: what can be read of it, and what cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.outside.door import decode_file
from trading_bot.positions.beside import PositionsBeside
from trading_bot.positions.file_position_manager import FilePositionManager, NoPositionsFileError


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held and watched.

    Attributes:
        symbols: All that can be asked for, positions first, each once.
        positions: How many of them are held.
        misspelled: What stands in place of a symbol and is none.
        unreadable: What is wrong with each row that cannot be read, by symbol or by place.
        trouble: Why the file cannot be read at all; empty where it can.
        is_missing: There is no file.
        is_file: A positions file says so, or would.
    """

    symbols: tuple[str, ...] = ()
    positions: int = 0
    misspelled: tuple[str, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    is_missing: bool = False
    is_file: bool = False


def holdings_of(manager: PositionsBeside, path: Path, watchlist: Sequence[str]) -> Holdings:
    """Look at what is held and watched, as a watch would.

    Args:
        manager: What says so.
        path: The positions file, where it is the one who says it.
        watchlist: What the settings name to be watched as well.
    """
    is_file = isinstance(manager.source, FilePositionManager)
    beside = tuple(watchlist)
    try:
        held = [each.symbol for each in manager.get_active_positions()]
        watched = [*manager.get_watchlist(), *beside]
    except NoPositionsFileError as error:
        return Holdings(symbols=beside, trouble=str(error), is_missing=True, is_file=True)
    except OSError as error:
        words = error.strerror or type(error).__name__
        trouble = f"{path} cannot be read ({words})"
        return Holdings(symbols=beside, trouble=trouble, is_file=True)
    except ValueError as error:
        return Holdings(symbols=beside, trouble=str(error), is_file=True)
    named = [each for each in _names_in(path) if each] if is_file else []
    symbols = [*held, *(each for each in named if is_symbol(each)), *watched]
    return Holdings(
        symbols=tuple(dict.fromkeys(symbols)),
        positions=len(held),
        misspelled=tuple(dict.fromkeys(each for each in named if not is_symbol(each))),
        unreadable=dict(manager.get_unreadable()),
        is_file=is_file,
    )


def _names_in(path: Path) -> Iterator[str]:
    """Yield every text that stands where a symbol belongs."""
    try:
        content = decode_file(path)
    except (ValueError, OSError):
        # A row that cannot be decoded costs itself alone there, and is named by the manager.
        return
    for row in _list_in(content, "positions"):
        if isinstance(row, dict) and isinstance(row.get("symbol"), str):
            yield row["symbol"]
    for entry in _list_in(content, "watchlist"):
        if isinstance(entry, str):
            yield entry


def _list_in(content: Any, name: str) -> list[Any]:
    found = content.get(name, []) if isinstance(content, dict) else []
    return found if isinstance(found, list) else []
