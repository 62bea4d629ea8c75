"""A record as rows for a data frame: one flat mapping a line, numbers as exact as they were.

    frame = pandas.DataFrame(read("logs/order_flow", events=["alert"]))

Times are aware datetimes, prices and other USD are `Decimal`, ratios `float`. The members of
`scale`, `facts` and `leaving` are columns of their own, such as `scale.rank`.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from ...errors import DataSourceError
from ...outside.door import decode
from ...outside.source import FILE, LINE
from ..days import LONGEST_LINE, RecordDay, days_in, raw_lines
from ..lines import SCHEMA
from ..private_files import words_of
from .columns import COLUMNS, EVENTS, GROUPS

Row = dict[str, Any]

_NESTED: Final = ("scale", "facts", "leaving")
_MOST_DIGITS: Final = 40
"""Digits of an exact number, before and behind its point: more than any price has."""
_LONGEST_SHOWN: Final = 40
_WHOLE_BITS: Final = 63
_SOURCE = replace(LINE, mend=FILE.mend)
_line = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a record that is not as it should be.

    Attributes:
        path: The file, or the folder.
        line: Its number, from 1, in a compressed file too; None where it is about the whole file.
        words: What is wrong.
    """

    path: Path
    line: int | None
    words: str

    def __str__(self) -> str:
        """Say where it is, as compilers do, and what."""
        where = f"{self.path}" if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.words}"


def read(
    folder: Path | str,
    *,
    begin: datetime | date | None = None,
    end: datetime | date | None = None,
    events: Collection[str] | None = None,
    symbols: Collection[str] | None = None,
    problems: list[Problem] | None = None,
) -> Iterator[Row]:
    """Read the lines of a record, oldest day first and in the order they were written.

    Compressed days read as plain ones do. Memory stays flat, however long the record is. Somebody
    may write to the record meanwhile.

    Args:
        folder: Where the day files lie.
        begin: Only lines with this exchange time or a later one: an aware datetime, or a UTC day.
        end: Only lines before this time; a day counts whole.
        events: Only these events, such as `order_flow.told`; `alert` and `exit` stand for theirs.
        symbols: Only lines about these.
        problems: Takes what cannot be read, and the rest is read on; without it the first such line
            raises.

    Returns:
        Rows as `COLUMNS` describes; what a line does not have is no key of its row.

    Raises:
        ValueError: An event that no line has, or a time without a zone; while it is read, and
            without `problems`, a line that cannot be read, named by file and number.
        OSError: There is no such folder, or it cannot be read.
    """
    days = days_in(Path(folder))
    wanted = None if events is None else frozenset(_named(events))
    first = None if begin is None else _moment(begin)
    last = None if end is None else _moment(end, next_day=True)
    days = [each for each in days if _may_hold(each, first, last)]
    return _rows(days, first, last, wanted, symbols, problems)


def row_of(line: Mapping[str, Any]) -> Row:
    """Turn a line, its numbers decoded as `Decimal`, into a row.

    Raises:
        ValueError: A known member is of another kind, or there is no timestamp; names it.
    """
    if line.get("timestamp") is None:
        raise ValueError("it lacks timestamp")
    row: Row = {}
    for name, value in line.items():
        if name in _NESTED and isinstance(value, dict):
            for inner, each in value.items():
                row[f"{name}.{inner}"] = _typed(f"{name}.{inner}", each)
        else:
            row[name] = _typed(name, value)
    return row


def decoded(raw: bytes | None) -> dict[str, Any]:
    """Decode a line, its numbers with a point as `Decimal`.

    Raises:
        ValueError: It is none; says why.
    """
    if raw is None:
        raise ValueError(f"it is longer than {LONGEST_LINE:,} bytes")
    if not raw.endswith(b"\n"):
        raise ValueError("its end is missing: writing it was cut short")
    try:
        line = decode(raw, "the line", _SOURCE, _line)
    except DataSourceError as error:
        raise ValueError(str(error)) from error
    if line.get("schema") != SCHEMA:
        raise ValueError(f"its schema is {_shown(line.get('schema'))}, of which {SCHEMA} is known")
    if not isinstance(line.get("event"), str):
        raise ValueError(f"its event is {_shown(line.get('event'))}")
    return line


def plain(value: Any) -> Any:
    """Return a decoded value with `float` in place of each `Decimal`."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def numbered(path: Path) -> Iterator[tuple[int, bytes | None] | Problem]:
    """Yield each line of a file with its number; what keeps it from being read comes last."""
    number = 0
    try:
        for number, raw in enumerate(raw_lines(path), 1):
            yield number, raw
    except gzip.BadGzipFile as error:
        yield Problem(path, number + 1, str(error))
    except OSError as error:
        yield Problem(path, None, words_of(error))


def _rows(
    days: Iterable[RecordDay],
    first: datetime | None,
    last: datetime | None,
    wanted: frozenset[str] | None,
    symbols: Collection[str] | None,
    problems: list[Problem] | None,
) -> Iterator[Row]:
    for path in (path for day in days for path in day.files):
        for found in numbered(path):
            row = found if isinstance(found, Problem) else _row(path, *found)
            if isinstance(row, Problem):
                if problems is None:
                    raise ValueError(str(row))
                problems.append(row)
            elif (
                (wanted is None or row["event"] in wanted)
                and (symbols is None or row.get("symbol") in symbols)
                and (first is None or row["timestamp"] >= first)
                and (last is None or row["timestamp"] < last)
            ):
                yield row


def _row(path: Path, number: int, raw: bytes | None) -> Row | Problem:
    try:
        return row_of(decoded(raw))
    except ValueError as error:
        return Problem(path, number, str(error))


def _typed(name: str, value: Any) -> Any:
    kind = COLUMNS.get(name)
    if value is None:
        return None
    if kind is None:
        return plain(value)
    try:
        return _AS_KIND[kind](value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"its {name} is {_shown(value)}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _time(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _whole(value: Any) -> int:
    if type(value) is not int or value.bit_length() > _WHOLE_BITS:
        raise TypeError
    return value


def _exact(value: Any) -> Decimal:
    if type(value) is int:
        value = Decimal(value)
    # Written out it must not fill the memory.
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError
    exponent = value.as_tuple().exponent
    if abs(value.adjusted()) > _MOST_DIGITS or abs(int(exponent)) > _MOST_DIGITS:
        raise ValueError
    return value


def _ratio(value: Any) -> float:
    return float(_exact(value))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    found: list[Any] = plain(value)
    return found


_AS_KIND: Final = {
    "text": _text,
    "time": _time,
    "whole": _whole,
    "ratio": _ratio,
    "exact": _exact,
    "flag": _flag,
    "list": _list,
}


def _shown(value: Any) -> str:
    words = repr(plain(value) if isinstance(value, Decimal) else value)
    return words if len(words) <= _LONGEST_SHOWN else f"{words[: _LONGEST_SHOWN - 1]}…"


def _named(events: Collection[str]) -> Iterator[str]:
    # A name alone is a collection too, of its letters.
    for name in (events,) if isinstance(events, str) else events:
        if name not in GROUPS and name not in EVENTS:
            raise ValueError(
                f"no line has the event {name!r}; there are {', '.join((*GROUPS, *sorted(EVENTS)))}"
            )
        yield from GROUPS.get(name, (name,))


def _moment(given: datetime | date, *, next_day: bool = False) -> datetime:
    if not isinstance(given, datetime):
        return datetime.combine(given + timedelta(days=next_day), time(), UTC)
    if given.tzinfo is None:
        raise ValueError(
            f"{given!r} has no time zone; pass an aware datetime such as UTC, or a day"
        )
    return given.astimezone(UTC)


def _may_hold(day: RecordDay, first: datetime | None, last: datetime | None) -> bool:
    """Return whether a day, which is that of its lines in UTC, may hold any of a span."""
    return (first is None or day.name >= first.date().isoformat()) and (
        last is None or day.name <= (last - datetime.resolution).date().isoformat()
    )
