"""Positions from a JSON file that may be edited while the bot runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from trading_bot.order_flow.config_bounds import is_symbol, what_symbol
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.held.exact import exact_number
from trading_bot.order_flow.held.lots import added_up
from trading_bot.order_flow.held.source import (
    PRICE_NAMES,
    QUANTITY_NAMES,
    STOP_NAMES,
    sorted_out,
)
from trading_bot.order_flow.outside.door import decode, decode_or_none
from trading_bot.order_flow.outside.source import FILE
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.settings.names import did_you_mean

DEFAULT_POSITIONS_PATH = Path("config/positions.json")
_POSITION_KEYS: Final = ("symbol", "quantity", "average_price", "stop", "opened_at")
_HAS: Final = ", ".join(_POSITION_KEYS)
_CALLED: Final[Mapping[str, str]] = {
    other: names[0] for names in (QUANTITY_NAMES, PRICE_NAMES, STOP_NAMES) for other in names[1:]
}
"""What else a host may call a member of a position, and what it is called in the file."""
_TIME: Final = "'2026-03-10T14:30:00Z', or with '-05:00' for its Z"
_LONGEST_SHOWN: Final = 60
# Depth and digits are those of each row: a bad one costs itself.
_POSITIONS: Final = replace(FILE, looked_through=False)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_exact = msgspec.json.Decoder(float_hook=Decimal)


class NoPositionsFileError(ValueError):
    """There is no file, so that what is held is not known."""


class FilePositionManager:
    """Reads `{"positions": [...], "watchlist": [...]}` and reads it again when the file changes.

    A position has `symbol` and `quantity` (negative when sold short, fractions allowed). It may
    have `average_price`, without which its profit is not known, `stop`, and `opened_at` (ISO 8601
    with a zone): since when it is held; null says the same as leaving one out. Numbers may be
    written as text to keep every digit. Rows of one symbol are lots, which are added up. A row that
    cannot be read costs its symbol alone. A missing file says nothing of what is held; one with an
    empty list says that nothing is.

    Args:
        path: The file.
    """

    def __init__(self, path: Path | str = DEFAULT_POSITIONS_PATH) -> None:
        self._path = Path(path)
        self._read_as: tuple[int, int] | None = None
        self._positions: tuple[Position, ...] = ()
        self._watchlist: tuple[str, ...] = ()
        self._unreadable: Mapping[str, str] = {}

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position that can be read.

        Raises:
            NoPositionsFileError: There is no file.
            ValueError: The file is not as described; names what is wrong.
        """
        self._read_if_changed()
        return self._positions

    def get_watchlist(self) -> Sequence[str]:
        """Return the symbols to watch without a position.

        Raises:
            NoPositionsFileError: There is no file.
            ValueError: The file is not as described; names what is wrong.
        """
        self._read_if_changed()
        return self._watchlist

    def get_unreadable(self) -> Mapping[str, str]:
        """Return what is wrong with each row that could not be read, by its symbol or its place.

        Of the file as it was read last.
        """
        return self._unreadable

    def _read_if_changed(self) -> None:
        try:
            found = self._path.stat()
            version = (found.st_mtime_ns, found.st_size)
            if version == self._read_as:
                return
            text = self._path.read_bytes()
        except FileNotFoundError as error:
            # Should it come back as it was, it is read all the same.
            self._read_as = None
            raise NoPositionsFileError(f"no positions file at {self._path}") from error
        content = self._whole(text)
        positions, unreadable = _read_rows(_listed(content, "positions", self._path))
        watchlist, strange = sorted_out(map(_member, _listed(content, "watchlist", self._path)))
        # Taken over only now, whole: a half-written file leaves the last good state in force.
        self._read_as, self._positions, self._watchlist = version, positions, watchlist
        self._unreadable = unreadable | strange

    def _whole(self, text: bytes) -> dict[str, msgspec.Raw]:
        """Return the file's members, their rows not looked at yet: a bad one costs itself."""
        try:
            content = decode(text, str(self._path), _POSITIONS, _members)
        except DataSourceError as error:
            if error.code != "unexpected_shape":
                raise ValueError(str(error)) from error
            content = {"": msgspec.Raw(b"")}
        if not set(content) <= {"positions", "watchlist"}:
            raise ValueError(f'{self._path} must hold {{"positions": [...], "watchlist": [...]}}')
        return content


def _listed(content: Mapping[str, msgspec.Raw], key: str, path: Path) -> list[msgspec.Raw]:
    if key not in content:
        return []
    try:
        return decode(content[key], f"{path}: {key}", _POSITIONS, _rows)
    except DataSourceError as error:
        raise ValueError(f"{path}: {key} must be a list") from error


def _entry(raw: msgspec.Raw) -> Any:
    """Return one entry; of one that cannot be read each member for itself."""
    try:
        return decode(raw, "it", FILE, _exact)
    except DataSourceError:
        members = decode_or_none(raw, _members)
    if members is None:
        return _written(raw)
    return {name: _member(each) for name, each in members.items()}


def _member(raw: msgspec.Raw) -> Any:
    try:
        return decode(raw, "it", FILE, _exact)
    except DataSourceError:
        return _written(raw)


def _written(raw: msgspec.Raw) -> str:
    """Return what cannot be read as it is written, which no number, time or symbol is."""
    return bytes(raw).decode(errors="replace")


def _read_rows(rows: Sequence[msgspec.Raw]) -> tuple[tuple[Position, ...], dict[str, str]]:
    """Return the positions, and what is wrong with each row that is none."""
    lots: dict[str, list[Position]] = {}
    unreadable: dict[str, str] = {}
    for number, row in enumerate(map(_entry, rows), 1):
        place = f"position {number}"
        symbol = row.get("symbol") if isinstance(row, dict) else None
        name = symbol if isinstance(symbol, str) and is_symbol(symbol) else place
        try:
            position = _position(row)
        except ValueError as error:
            unreadable.setdefault(name, f"{place}: {error}")
            continue
        lots.setdefault(name, []).append(position)
    positions, unreadable = added_up(lots, unreadable)
    return tuple(positions.values()), unreadable


def _position(row: Any) -> Position:
    if not isinstance(row, dict):
        raise ValueError(f"it must be an object with {_HAS}")
    symbol = row.get("symbol")
    if not is_symbol(symbol):
        raise ValueError(f"symbol={repr(symbol)[:_LONGEST_SHOWN]} {what_symbol(symbol)}")
    for name in row:
        if name not in _POSITION_KEYS:
            hint = _CALLED.get(name)
            meant = f"; did you mean {hint!r}?" if hint else did_you_mean(name, _POSITION_KEYS)
            raise ValueError(f"{symbol}: unknown {name!r}{meant} (it may have {_HAS})")
    if row.get("quantity") is None:
        raise ValueError(
            f'{symbol} lacks "quantity": the number of shares, such as 100 or "12.5", negative '
            "when sold short"
        )
    return Position(
        symbol=str(symbol),
        quantity=exact_number("quantity", row["quantity"]),
        average_price=_number_or_none(row, "average_price"),
        stop=_number_or_none(row, "stop"),
        opened_at=_moment(row.get("opened_at")),
    )


def _number_or_none(row: Mapping[str, Any], name: str) -> Decimal | None:
    return None if row.get(name) is None else exact_number(name, row[name])


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        shown = repr(value)[:_LONGEST_SHOWN]
        raise ValueError(f"opened_at={shown} must be a time such as {_TIME}") from error
    if moment.tzinfo is None:
        raise ValueError(f"opened_at={value!r} has no time zone: write it as {_TIME}")
    return moment
