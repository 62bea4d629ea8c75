"""Whole files, one after the other: each is there as a whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from trading_bot.recorded.flat_files import FlatFile
from trading_bot.recorded.forms.form import Told
from trading_bot.recorded.forms.tables import Table, tables_in
from trading_bot.recorded.forms.translated import Content
from trading_bot.recorded.parquet.layout import SIZES, STEP_NS
from trading_bot.recorded.parquet.text import ParquetText
from trading_bot.recorded.recognise import files_in
from trading_bot.repartition.groups import SymbolGroups
from trading_bot.repartition.runs import (
    TickerCameLateError,
    pieces_at_once,
    pieces_by_disk,
    runs_of,
)
from trading_bot.repartition.tables import LineTables

_CHUNK_BYTES: Final = 1 << 22
_ENDINGS: Final = (".gz", ".zst", ".bz2", ".xz", ".zip", ".csv", ".tsv", ".psv", ".json", ".jsonl")


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one file.

    Attributes:
        source: The file as it was.
        path: The file that was written.
        rows: Rows in either.
        symbols: Tickers.
        odd: Lines that are kept as they are, since no columns can hold them.
        by_disk: Whether its rows were sorted on the disk.
    """

    source: Path
    path: Path
    rows: int
    symbols: int
    odd: int
    by_disk: bool


def plan_files(paths: Iterable[Path], out: Path, *, overwrite: bool) -> dict[Path, Path]:
    """Return where each file goes: by its name, below the folder that was named.

    Args:
        paths: Files, or folders of them.
        out: Folder of what is written.
        overwrite: Whether files may be there already.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: Two would have one name, or a file is there already.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for each in files_in((path,)):
            inside = each.relative_to(path).parent if path.is_dir() else Path()
            found[each] = out / inside / f"{_bare(each.name)}.parquet"
    known: dict[Path, Path] = {}
    for each, target in found.items():
        other = known.setdefault(target, each)
        if other is not each:
            raise ValueError(f"{each} and {other} would both be {target}; give each its own --out")
        if target.exists() and not overwrite:
            raise ValueError(f"{target} is there already; --overwrite replaces it")
    return found


def repartition(source: Path, target: Path, advance: Callable[[int], None]) -> Written:
    """Write one file anew.

    Args:
        source: A table of trades or quotes of any symbols.
        target: What is written; folders on the way are made.
        advance: Told now and then how many bytes of it are read.

    Raises:
        ValueError: It is none, it is damaged, or it cannot be put in order.
        OSError: It cannot be read, or the other not be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _whole_or_not(target) as (path, spill):
        try:
            return _write(source, target, path, advance, None)
        except TickerCameLateError:
            spill.mkdir()
            return _write(source, target, path, advance, spill)


def _write(
    source: Path, target: Path, path: Path, advance: Callable[[int], None], spill: Path | None
) -> Written:
    table = _table(source)
    content = table.content
    tables = LineTables(content)
    told = FlatFile(source, table=table)
    unit = told.size_unit
    facts = {STEP_NS: str(told.step_ns).encode()}
    if unit is not None and unit.decided_by != "date":
        facts[SIZES] = unit.unit.encode()
    tables.tell(facts)
    lines = _Lines(content, advance)
    runs = runs_of(tables.of(lines.blocks()), tables.ticker)
    if spill is None:
        pieces = pieces_at_once(runs, tables.ticker)
    else:
        pieces = pieces_by_disk(runs, tables.ticker, spill)
    groups = SymbolGroups(path, tables, content.name)
    groups.write(pieces)
    kept: int = import_module("pyarrow.parquet").read_metadata(path).num_rows
    if not groups.rows == kept == lines.count - tables.headers:
        raise ValueError(
            f"{source} has {lines.count - tables.headers:,} rows, and {kept:,} were written: the "
            "disk may be failing"
        )
    return Written(source, target, kept, groups.symbols, tables.odd, spill is not None)


class _Lines:
    """Counts the lines of a file on their way."""

    def __init__(self, content: Content, advance: Callable[[int], None]) -> None:
        self.count = 0
        self._content = content
        self._advance = advance

    def blocks(self) -> Iterator[str]:
        """Yield whole lines."""
        for text in self._content.blocks():
            self.count += text.count("\n")
            self._advance(self._content.bytes_read)
            yield text


def _table(source: Path) -> Table:
    """Open a table whose lines stand in the file as they are read.

    Raises:
        ValueError: The file holds anything else.
    """
    found = tables_in(source, Told(), _CHUNK_BYTES)
    if len(found) > 1 or found[0].part is not None:
        named = found[0].form.name if found[0].form is not None else "several tables"
        raise ValueError(
            f"{source} holds {named}; repartitioned are one table of trades or quotes under "
            "the names of flat files"
        )
    content = found[0].content
    if isinstance(content, ParquetText) and content.is_repartitioned:
        raise ValueError(f"{source} is repartitioned already")
    return found[0]


@contextmanager
def _whole_or_not(target: Path) -> Iterator[tuple[Path, Path]]:
    """Give a file and a folder to work in; the file gets its name at the end, or both are gone."""
    path = target.with_name(f".{target.name}.partial")
    spill = target.with_name(f".{target.name}.sorting")
    # What a killed process left.
    shutil.rmtree(spill, ignore_errors=True)
    try:
        yield path, spill
        with path.open("rb") as written:
            os.fsync(written.fileno())
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)
        shutil.rmtree(spill, ignore_errors=True)


def _bare(name: str) -> str:
    """Return a file's name without what tells how it is written."""
    while name.lower().endswith(_ENDINGS):
        name = name[: name.rindex(".")]
    return name
