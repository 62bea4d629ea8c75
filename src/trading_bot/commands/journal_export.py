"""`trading-bot journal export`: a record as one table, written line by line."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from trading_bot.order_flow.journal.private_files import private_writer
from trading_bot.order_flow.journal.rows.columns import (
    COLUMNS,
    OF_ALERTS,
    OF_CLOCK,
    OF_EVERY_LINE,
    OF_EXITS,
    OF_FACTS,
    OF_SCALE,
    Kind,
)
from trading_bot.order_flow.journal.rows.reader import Problem, Row, read
from trading_bot.order_flow.market.units import iso_utc, utc_from_ns
from trading_bot.replay.run_replay import moment_ns
from trading_bot.research.extras import need_extra

OTHER: Final = "other"
"""The last column: an object of what a line has beside the other columns, empty for nothing."""
ROWS_AT_ONCE: Final = 10_000
"""Rows of one group of a Parquet file, which are in memory together."""
PLACES: Final = 18
"""Decimal places of exact numbers in a Parquet file."""
_DIGITS: Final = 38
_ONE_PLACE: Final = Decimal(1).scaleb(-PLACES)
_CONTEXT: Final = Context(prec=100)

_Table = Callable[[BinaryIO, Mapping[str, Kind], Iterable[Row]], int]
"""Writes rows into a file, and returns how many there were."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the command line asked for.

    Attributes:
        folder: Of the record.
        out: The file to write.
        event: `alert`, `exit` or `all`.
        begin: First moment, or day, as the user wrote it.
        end: Moment from which nothing is written, or last day, as the user wrote it.
        symbols: Only these; empty means all.
        overwrite: Replace a file that is there.
    """

    folder: Path
    out: Path
    event: str = "all"
    begin: str | None = None
    end: str | None = None
    symbols: tuple[str, ...] = ()
    overwrite: bool = False


def export_record(options: ExportOptions) -> int:
    """Run the command; return the exit status: 1 where the record has lines that cannot be read.

    Raises:
        ValueError: An option is not usable, the file is there already, or a package is missing.
        OSError: The record cannot be read, or the file not be written.
    """
    write = _table_of(options.out)
    if options.out.exists() and not options.overwrite:
        raise ValueError(f"{options.out} is there already: name another, or add --overwrite")
    problems: list[Problem] = []
    rows = read(
        options.folder,
        begin=_moment(options.begin, "--from"),
        end=_moment(options.end, "--to", next_day=True),
        events=None if options.event == "all" else (options.event,),
        symbols=options.symbols or None,
        problems=problems,
    )
    with _in_place_of(options.out) as stream:
        number = write(stream, columns_of(options.event), rows)
    for problem in problems:
        sys.stderr.write(f"trading-bot: left out: {problem}\n")
    sys.stdout.write(f"{options.out}: {number:,} rows\n")
    return 1 if problems else 0


def columns_of(event: str) -> Mapping[str, Kind]:
    """Return the columns of `alert`, `exit` or `all`, in their order."""
    columns = {
        "alert": {**OF_EVERY_LINE, **OF_ALERTS, **OF_SCALE, **OF_FACTS, **OF_CLOCK},
        "exit": {**OF_EVERY_LINE, **OF_EXITS, **OF_FACTS, **OF_CLOCK},
        "all": COLUMNS,
    }[event]
    return {**columns, OTHER: "text"}


def _write_csv(stream: BinaryIO, columns: Mapping[str, Kind], rows: Iterable[Row]) -> int:
    """Write text in UTF-8: times as in the record, exact numbers to the last digit."""
    number = 0
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        table.writerow([_as_text(value) for value in _values(row, columns)])
        number += 1
    text.flush()
    text.detach()
    return number


def _write_parquet(stream: BinaryIO, columns: Mapping[str, Kind], rows: Iterable[Row]) -> int:
    """Write typed columns; exact numbers are decimals of 18 places, what is finer is rounded."""
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    types: Mapping[Kind, Any] = {
        "text": arrow.string(),
        "time": arrow.timestamp("us", tz="UTC"),
        "whole": arrow.int64(),
        "ratio": arrow.float64(),
        "exact": arrow.decimal128(_DIGITS, PLACES),
        "flag": arrow.bool_(),
        "list": arrow.string(),
    }
    schema = arrow.schema([(name, types[kind]) for name, kind in columns.items()])
    number, coming = 0, iter(rows)
    with parquet.ParquetWriter(stream, schema) as table:
        while group := [_values(row, columns) for row in islice(coming, ROWS_AT_ONCE)]:
            arrays = [
                arrow.array(map(_as_arrow, cells), field.type)
                for cells, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            table.write_batch(arrow.record_batch(arrays, schema=schema))
            number += len(group)
    return number


_TABLES: Final[Mapping[str, _Table]] = {".csv": _write_csv, ".parquet": _write_parquet}


def _table_of(out: Path) -> _Table:
    kind = out.suffix.lower()
    if kind not in _TABLES:
        raise ValueError(f"--out {out} must end with {' or '.join(_TABLES)}")
    if kind == ".parquet":
        need_extra("parquet", "trading-bot journal export --out FILE.parquet")
    return _TABLES[kind]


def _values(row: Row, columns: Mapping[str, Kind]) -> list[Any]:
    """Return what a row has in each column; what it has beside them is the last one's."""
    values = [row.get(name) for name in columns]
    other = {name: value for name, value in row.items() if name not in columns}
    values[-1] = json.dumps(other, default=_as_text) if other else None
    return values


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return iso_utc(value)
        case Decimal():
            return format(value, "f")
        case list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _as_arrow(value: Any) -> Any:
    match value:
        case Decimal():
            return value.quantize(_ONE_PLACE, ROUND_HALF_EVEN, _CONTEXT)
        case list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def _moment(text: str | None, name: str, *, next_day: bool = False) -> datetime | None:
    return None if text is None else utc_from_ns(moment_ns(text, name, next_day=next_day))


@contextmanager
def _in_place_of(path: Path) -> Iterator[BinaryIO]:
    """Write a file that has its name once it is whole, for its owner alone."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with private_writer(unfinished) as stream:
            yield stream
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
