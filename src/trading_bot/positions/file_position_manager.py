"""Positions from a JSON file that may be edited while the bot runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.position import Position

DEFAULT_POSITIONS_PATH = Path("config/positions.json")
_POSITION_KEYS = {"symbol", "quantity", "average_price", "stop", "opened_at"}


class FilePositionManager:
    """Reads `{"positions": [...], "watchlist": [...]}` and reads it again when the file changes.

    A position has `symbol`, `quantity` (negative when sold short), `average_price` and, or null,
    `stop`, and, or null, `opened_at` (ISO 8601 with a zone): since when it is held. Numbers may be
    written as text to keep every digit. A missing file means no positions.

    Args:
        path: The file.
    """

    def __init__(self, path: Path | str = DEFAULT_POSITIONS_PATH) -> None:
        self._path = Path(path)
        self._read_as: tuple[int, int] | None = None
        self._positions: tuple[Position, ...] = ()
        self._watchlist: tuple[str, ...] = ()

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position.

        Raises:
            ValueError: The file is not as described; names what is wrong, and where.
        """
        self._read_if_changed()
        return self._positions

    def get_watchlist(self) -> Sequence[str]:
        """Return the symbols to watch without a position.

        Raises:
            ValueError: The file is not as described; names what is wrong, and where.
        """
        self._read_if_changed()
        return self._watchlist

    def _read_if_changed(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._read_as, self._positions, self._watchlist = None, (), ()
            return
        version = (found.st_mtime_ns, found.st_size)
        if version == self._read_as:
            return
        try:
            content = json.loads(self._path.read_bytes().decode(), parse_float=Decimal)
        except ValueError as error:
            raise ValueError(f"{self._path} is not valid JSON: {error}") from error
        if not isinstance(content, dict) or not set(content) <= {"positions", "watchlist"}:
            raise ValueError(f'{self._path} must hold {{"positions": [...], "watchlist": [...]}}')
        positions = tuple(
            _position(entry, f"{self._path}: position {number}")
            for number, entry in enumerate(_listed(content, "positions", self._path), 1)
        )
        symbols = [position.symbol for position in positions]
        if len(set(symbols)) != len(symbols):
            raise ValueError(f"{self._path} names a symbol twice: {', '.join(sorted(symbols))}")
        watchlist = tuple(_listed(content, "watchlist", self._path))
        if not all(map(is_symbol, watchlist)):
            raise ValueError(f"{self._path}: watchlist={list(watchlist)} must hold ticker symbols")
        # Taken over only now, whole: a half-written file leaves the last good state in force.
        self._read_as, self._positions, self._watchlist = version, positions, watchlist


def _listed(content: Mapping[str, Any], key: str, path: Path) -> list[Any]:
    entries = content.get(key, [])
    if not isinstance(entries, list):
        raise ValueError(f"{path}: {key} must be a list")
    return entries


def _position(entry: Any, where: str) -> Position:
    if not isinstance(entry, dict) or not set(entry) <= _POSITION_KEYS:
        raise ValueError(f"{where} must be an object with {', '.join(sorted(_POSITION_KEYS))}")
    if not is_symbol(entry.get("symbol")):
        raise ValueError(f"{where}: symbol={entry.get('symbol')!r} must be a ticker such as 'AAPL'")
    try:
        return Position(
            symbol=entry["symbol"],
            quantity=_number(entry["quantity"]),
            average_price=_number(entry["average_price"]),
            stop=None if entry.get("stop") is None else _number(entry["stop"]),
            opened_at=_moment(entry.get("opened_at")),
        )
    except KeyError as error:
        raise ValueError(f"{where} lacks {error}") from error
    except (InvalidOperation, TypeError) as error:
        raise ValueError(f"{where}: {entry!r} holds something that is no number") from error
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"opened_at={value!r} must be a time such as '2026-03-10T14:30:00Z'")
    return datetime.fromisoformat(value)


def _number(value: Any) -> Decimal:
    # JSON's true would pass for 1, and a list for a number's digits.
    if isinstance(value, bool | list):
        raise TypeError(value)
    return Decimal(value)
