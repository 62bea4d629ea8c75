"""A host's positions, in whatever shape it has them, as `Position`s.

They are checked when they are taken, row by row, never when they are needed: a row that cannot be
read is named and costs no other. What is unknown is never taken for flat: an answer that is none
is an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from ..config_bounds import is_symbol, what_symbol
from ..position import Position
from .exact import exact_number
from .lots import added_up


class HoldsPositions(Protocol):
    """A position manager.

    One with `get_watchlist` as well names symbols that are only watched. One with `get_unreadable`
    says which of its own rows it could not read when it was asked last, and what is wrong with
    each, by symbol or by place: as `Reading.refused` does. One that keeps what it was told last
    while it cannot ask says by `get_stale` why that may be old, empty while it is not; and one that
    knows of positions that they were closed names them by `get_closed`.
    """

    def get_active_positions(self) -> Iterable[object]:
        """Return every open position, longs and shorts."""
        ...


PositionSource = (
    HoldsPositions | Callable[[], Iterable[object]] | Mapping[str, object] | Iterable[object]
)
"""A manager, a callable, a live dict from symbol to position, or anything that can be gone through
again and again. A position is a `Position`, a mapping or an object; see `read`."""

SYMBOL_NAMES: Final = ("symbol",)
QUANTITY_NAMES: Final = ("quantity", "shares", "qty")
PRICE_NAMES: Final = ("average_price", "entry_price", "average_buy_price", "avg_entry_price")
STOP_NAMES: Final = ("stop", "stop_loss")
_SIDES: Final = ("long", "short")
COPIES_TRIED: Final = 100
"""How often what changes while it is copied is copied anew."""
OF_WATCHLIST: Final = "watchlist entry"
"""How the name of a refused entry of the watchlist begins."""
OF_STOPS: Final = "stop"
"""How the name of a stop begins that cannot be read, where stops stand beside the positions."""
BESIDE: Final = (OF_WATCHLIST, OF_STOPS)
"""How the name begins of what is refused and is no position."""
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """What a host holds, as read at one moment.

    Attributes:
        positions: The open positions by symbol.
        watchlist: Symbols to watch without a position.
        refused: What is wrong with a row, and how to mend it, by its symbol, or by its place where
            it has none that can be read. A symbol in it is not among the positions: whether it is
            held, and how much of it, is not known. A place in it may be any symbol's.
        stale: Why all of it may be old; empty where it is not.
        closed: Symbols whose positions are known to be closed, not only missing.
    """

    positions: Mapping[str, Position]
    watchlist: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    stale: str = ""
    closed: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Return whether every position has a symbol, so that what is not named is not held."""
        return all(is_symbol(each) or each.startswith(BESIDE) for each in self.refused)


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry: where it stands, the key that a mapping has it under, and what it is."""

    place: str
    key: object
    item: object


def check_source(source: object) -> None:
    """Check that a source can be read again and again; nothing is read.

    Raises:
        ValueError: It is none of the shapes, or is used up by one reading.
    """
    if _is_manager(source) or isinstance(source, Mapping):
        return
    if isinstance(source, Iterator):
        raise ValueError(
            f"positions={_shown(source)} is used up by one reading, and would then look flat: give "
            "a list, or a callable that returns one"
        )
    if isinstance(source, str | bytes) or not (callable(source) or isinstance(source, Iterable)):
        raise ValueError(
            f"positions={_shown(source)} must be a position manager, a callable, a mapping from "
            "symbol to position, or a list of positions"
        )


def read(source: object) -> Reading:
    """Read what is held now.

    A manager's `get_active_positions`, or a callable, is asked; a dict or a list that changes
    meanwhile is copied anew. An entry is a `Position`, or a mapping or object with `symbol` (in a
    dict its key will do), `quantity`, `shares` or `qty`, and `average_price`, `entry_price`,
    `average_buy_price` or `avg_entry_price`, None where it is not known; `stop` or `stop_loss`,
    `opened_at` and `side` may be there. Of several names the first that is not None counts. Numbers
    are int, float, str or Decimal. `side` is `long` or `short`; a short of a positive quantity is
    owed all the same.

    A quantity of 0 is a position that was closed: it is left out. Rows of one symbol are lots: they
    are added up, their price by weight; the stop is the one that is reached first, and the host's
    own object is the tuple of theirs. One bad lot refuses its symbol, and so do lots of both sides.

    Args:
        source: One of the shapes of `PositionSource`.

    Returns:
        The positions, and what was refused.

    Raises:
        ValueError: The answer is none: None, a text, a coroutine or nothing that can be gone
            through.
        Exception: Whatever the host raises, as it is.
    """
    rows = _copied(lambda: _rows(source))
    watchlist = _copied(lambda: _listed(source))
    lots: dict[str, list[Position]] = {}
    refused: dict[str, str] = _unreadable(source)
    for row in rows:
        found = _position(row)
        if isinstance(found, str):
            for name in _names_of(row):
                refused.setdefault(name, f"{row.place}: {found}")
        elif found is not None:
            lots.setdefault(found.symbol, []).append(found)
    positions, refused = added_up(lots, refused)
    good, bad = sorted_out(watchlist)
    return Reading(positions, good, refused | bad, _stale(source), _closed(source))


def _is_manager(source: object) -> bool:
    return callable(getattr(source, "get_active_positions", None))


def _rows(source: object) -> list[_Row]:
    answer, what = source, "positions"
    if _is_manager(source):
        answer, what = source.get_active_positions(), "get_active_positions()"  # type: ignore[attr-defined]  # looked at above
    elif callable(source) and not isinstance(source, Mapping):
        answer, what = source(), "the callable of the positions"
    if isinstance(answer, Mapping):
        return [_Row(f"{what}[{_shown(k)}]", k, item) for k, item in answer.items()]
    return [_Row(f"{what}[{n}]", None, item) for n, item in enumerate(_iterable(answer, what))]


def _listed(source: object) -> list[object]:
    ask = getattr(source, "get_watchlist", None) if _is_manager(source) else None
    return list(_iterable(ask(), "get_watchlist()")) if callable(ask) else []


def _unreadable(source: object) -> dict[str, str]:
    ask = getattr(source, "get_unreadable", None) if _is_manager(source) else None
    return dict(ask()) if callable(ask) else {}


def _stale(source: object) -> str:
    ask = getattr(source, "get_stale", None) if _is_manager(source) else None
    return str(ask()) if callable(ask) else ""


def _closed(source: object) -> frozenset[str]:
    ask = getattr(source, "get_closed", None) if _is_manager(source) else None
    return frozenset(ask()) if callable(ask) else frozenset()


def _iterable(answer: object, what: str) -> Iterable[object]:
    if inspect.iscoroutine(answer):
        answer.close()
        raise ValueError(f"{what} is asynchronous: give a plain function")
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise ValueError(
            f"{what} is {_shown(answer)}, which is no list: whether anything is held is unknown; "
            "an empty list says that nothing is"
        )
    return answer


def _copied(copy: Callable[[], list[Any]]) -> list[Any]:
    """Copy what other threads may change meanwhile."""
    for _ in range(COPIES_TRIED - 1):
        try:
            return copy()
        except RuntimeError as error:
            # "dictionary changed size during iteration" and its kin; all else is the host's own.
            if "during iteration" not in str(error):
                raise
    return copy()


def _position(row: _Row) -> Position | str | None:
    """Return a row's position, None for one that was closed, or what is wrong with it."""
    try:
        return _checked(row)
    except ValueError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - an object that cannot be read costs its own row
        return f"it raised {type(error).__name__}: {_shown(error)}"


def _checked(row: _Row) -> Position | None:
    symbol = _symbol_of(row)
    if not is_symbol(symbol):
        raise ValueError(f"symbol={_shown(symbol)} {what_symbol(symbol)}")
    if row.key not in (None, symbol):
        raise ValueError(f"the key is {_shown(row.key)}, the symbol {symbol!r}: make them one")
    quantity = exact_number(*_needed(row, QUANTITY_NAMES))
    if quantity == 0:
        return None
    price = _price(row)
    if isinstance(row.item, Position):
        # The host's own object too: the ledger makes another of it, with its age.
        return row.item if row.item.origin is not None else replace(row.item, origin=row.item)
    stop = _first(row, STOP_NAMES)
    opened_at = _first(row, ("opened_at",))
    if opened_at is not None and not isinstance(opened_at[1], datetime):
        raise ValueError(f"opened_at={_shown(opened_at[1])} must be a datetime with a time zone")
    return Position(
        str(symbol),
        _signed(row, quantity),
        price,
        None if stop is None else exact_number(*stop),
        opened_at=None if opened_at is None else opened_at[1],
        origin=row.item,
    )


def _symbol_of(row: _Row) -> object:
    found = _first(row, SYMBOL_NAMES)
    return row.key if found is None else found[1]


def _names_of(row: _Row) -> list[str]:
    """Return the symbols that a row that was refused may be of, or its place."""
    try:
        symbol = _symbol_of(row)
    except Exception:  # noqa: BLE001 - as in `_position`
        symbol = None
    return [each for each in (symbol, row.key) if isinstance(each, str) and is_symbol(each)] or [
        row.place
    ]


def sorted_out(watchlist: Iterable[object]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the symbols of a watchlist, each once, and what is wrong with its other entries."""
    good, bad = [], {}
    for each in watchlist:
        if isinstance(each, str) and is_symbol(each):
            good.append(each)
        else:
            what = f"{OF_WATCHLIST} {_shown(each)}"
            bad[what] = f"{what} {what_symbol(each)}"
    return tuple(dict.fromkeys(good)), bad


def _signed(row: _Row, quantity: Decimal) -> Decimal:
    found = _first(row, ("side",))
    if found is None:
        return quantity
    # An enumeration has its word as its value.
    word = str(getattr(found[1], "value", found[1])).lower()
    if word not in _SIDES or (word == "long" and quantity < 0):
        raise ValueError(
            f"side={_shown(found[1])} with a quantity of {quantity}: the side must be 'long' or "
            "'short', or be left to the sign of the quantity"
        )
    return -abs(quantity) if word == "short" else quantity


def _price(row: _Row) -> Decimal | None:
    """Return what was paid, None where the host says by a name of it that it is not known.

    Without any of the names it may be under another one: that is told.
    """
    names = [each for each in PRICE_NAMES if _has(row, each)]
    if names and _first(row, names) is None:
        return None
    return exact_number(*_needed(row, PRICE_NAMES))


def _has(row: _Row, name: str) -> bool:
    return name in row.item if isinstance(row.item, Mapping) else hasattr(row.item, name)


def _needed(row: _Row, names: Sequence[str]) -> tuple[str, Any]:
    found = _first(row, names)
    if found is None:
        raise ValueError(f"it has no {names[0]}: name it {' or '.join(names)}")
    return found


def _first(row: _Row, names: Sequence[str]) -> tuple[str, Any] | None:
    """Return the first of these names that a row has, with its value; None counts as not there."""
    for name in names:
        if isinstance(row.item, Mapping):
            value = row.item.get(name)
        else:
            value = getattr(row.item, name, None)
        if value is not None:
            return name, value
    return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
