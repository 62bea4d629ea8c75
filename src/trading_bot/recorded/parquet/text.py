"""Parquet as the lines of one table, by the extra `parquet`.

Its columns are read as text: numbers as they are kept, lists of conditions with semicolons between
them, stamps that know their zone as whole numbers. Row groups are passed over whose statistics say
that they hold no wanted symbol. A file that was repartitioned is read column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, get_args

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.recorded.column_names import TICKER, signature_of
from trading_bot.recorded.parquet.cells import SEPARATOR, Cells, Passed
from trading_bot.recorded.parquet.layout import LINE, MARK, NUMBERS, SIZES, STEP_NS, VERSION

MAGIC: Final = b"PAR1"
_LIBRARY: Final = "pyarrow"
_ROWS_AT_START: Final = 2_000
_BYTES_PER_ROW: Final = 100
_ROWS_OF_CELLS: Final = 4_096
"""Rows that are read at a time from a repartitioned file: fewer cost more each."""

_HARDLY_REPEATING: Final = frozenset({"id", *NUMBERS})

Wants = Callable[[str], bool]
"""Tells by its ticker whether a row is this reader's."""


class ParquetText:
    """The rows of one file as lines; see `Content`.

    Args:
        path: The file.
        chunk_bytes: About how many bytes of text are made at a time.

    Attributes:
        is_repartitioned: Whether it was written by `repartition`.
        step_ns: What its stamps are cut to, as the file told that it was made of; else 0.
        usual_unit: What its quote sizes count, likewise; else None.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Nothing is installed that reads it, which says what to install, or the file is
            damaged.
    """

    def __init__(self, path: Path, chunk_bytes: int) -> None:
        self.name = str(path)
        self.bytes_read = 0
        self.is_whole = False
        self.step_ns = 0
        self.usual_unit: QuoteSizeUnit | None = None
        self._path = path
        self._chunk_rows = max(1, chunk_bytes // _BYTES_PER_ROW)
        self._arrow = _library(path)
        self._repeating: list[str] = []
        with _damage_named(path, self._arrow), self._opened() as file:
            fields = list(file.schema_arrow)
            told = file.schema_arrow.metadata or {}
            self.is_repartitioned = told.get(MARK) == VERSION
            if self.is_repartitioned:
                self.step_ns = int(told.get(STEP_NS, 0))
                self.usual_unit = _unit(told.get(SIZES, b"").decode())
            names = [each.name for each in fields if not self._is_nested(each.type)]
            at = signature_of(names).places(names)
            self._ticker = names[at[TICKER]] if TICKER in at else None
            if self.is_repartitioned:
                names.remove(LINE)
                self._width = len(names)
                # What is not read needs no unpacking.
                self._places = sorted(at.values())
                self._repeating = [names[at[term]] for term in at if term not in _HARDLY_REPEATING]
                names = [names[place] for place in self._places]
            self._names = names
            self.header = SEPARATOR.join(names)
            first = next(self._batches(file, range(file.num_row_groups), _ROWS_AT_START), None)
            self.start = "" if first is None else self._lines(first)

    def blocks(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline, in blocks of bounded size.

        Raises:
            ValueError: The file is damaged.
        """
        for piece in self.pieces(None, None):
            if isinstance(piece, Cells):
                yield piece.text()
            elif isinstance(piece, str):
                yield piece

    def pieces(
        self, symbols: frozenset[str] | None, wants: Wants | None
    ) -> Iterator[str | Cells | Passed]:
        """Yield the rows in their order: as lines, as cells, or how many are passed over.

        Args:
            symbols: Others are passed over, and counted as such, where whole row groups hold no
                wanted one; None wants all.
            wants: Tells by its ticker whether a row is this reader's, where there are several.

        Raises:
            ValueError: The file is damaged.
        """
        size = self._path.stat().st_size
        with _damage_named(self._path, self._arrow), self._opened() as file:
            read, rows = 0, file.metadata.num_rows
            for groups, passed in self._runs(file.metadata, symbols, wants):
                if passed is not None:
                    read += passed.rows
                    yield passed
                    continue
                chunk = _ROWS_OF_CELLS if self.is_repartitioned else self._chunk_rows
                for batch in self._batches(file, groups, chunk):
                    read += batch.num_rows
                    self.bytes_read = size * read // rows
                    yield self._cells(batch) if self.is_repartitioned else self._lines(batch)
        self.bytes_read = size
        self.is_whole = True

    def _runs(
        self, metadata: Any, symbols: frozenset[str] | None, wants: Wants | None
    ) -> Iterator[tuple[list[int], Passed | None]]:
        """Yield row groups that are read together, and what is passed over, in their order."""
        together: list[int] = []
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            passed = self._passed(group, symbols, wants)
            if passed is None:
                together.append(number)
                continue
            if together:
                yield together, None
                together = []
            yield [], passed
        if together:
            yield together, None

    def _passed(
        self, group: Any, symbols: frozenset[str] | None, wants: Wants | None
    ) -> Passed | None:
        bounds = self._bounds(group)
        if bounds is None:
            return None
        low, high = bounds
        if wants is not None and low == high and not wants(low.strip()):
            return Passed(group.num_rows, counted=False)
        if symbols is not None and not any(low <= each <= high for each in symbols):
            return Passed(group.num_rows, counted=True)
        return None

    def _bounds(self, group: Any) -> tuple[str, str] | None:
        """Return the first and the last ticker of a row group, None where it does not say so."""
        for at in range(group.num_columns):
            column = group.column(at)
            if column.path_in_schema == self._ticker:
                found = column.statistics
                if found is None or not found.has_min_max or found.null_count:
                    return None
                return (found.min, found.max) if isinstance(found.min, str) else None
        return None

    def _batches(self, file: Any, groups: Sequence[int], rows: int) -> Iterator[Any]:
        columns = [*self._names, LINE] if self.is_repartitioned else self._names
        found: Iterator[Any] = file.iter_batches(rows, row_groups=list(groups), columns=columns)
        return found

    def _cells(self, batch: Any) -> Cells:
        return Cells.of(batch.select([*self._names, LINE]), self._width, self._places)

    def samples(self) -> Iterator[str]:
        """Yield the first lines and those that follow; see `Content`.

        Raises:
            ValueError: The file is damaged.
        """
        return self.blocks()

    def _opened(self) -> Any:
        return import_module("pyarrow.parquet").ParquetFile(
            self._path, read_dictionary=self._repeating
        )

    def _is_nested(self, kind: Any) -> bool:
        types = self._arrow.types
        if types.is_list(kind) or types.is_large_list(kind):
            return bool(types.is_nested(kind.value_type))
        return bool(types.is_nested(kind))

    def _lines(self, batch: Any) -> str:
        if self.is_repartitioned:
            return self._cells(batch).text()
        columns = [self._texts(column) for column in batch.columns]
        return "".join(f"{SEPARATOR.join(row)}\n" for row in zip(*columns, strict=True))

    def _texts(self, column: Any) -> list[str]:
        arrow, types = self._arrow, self._arrow.types
        kind = column.type
        if types.is_timestamp(kind) and kind.tz is not None:
            column = column.cast(arrow.int64())
        elif types.is_list(kind) or types.is_large_list(kind):
            texts = column.cast(arrow.list_(arrow.string()))
            column = import_module("pyarrow.compute").binary_join(texts, ";")
        return [text or "" for text in column.cast(arrow.string()).to_pylist()]


def _unit(text: str) -> QuoteSizeUnit | None:
    return next((each for each in get_args(QuoteSizeUnit) if each == text), None)


def _library(path: Path) -> Any:
    if find_spec(_LIBRARY) is None:
        raise ValueError(
            f"{path} is Parquet; to read it: pip install 'trading-bot-order-flow[parquet]'"
        )
    return import_module(_LIBRARY)


@contextmanager
def _damage_named(path: Path, arrow: Any) -> Iterator[None]:
    try:
        yield
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(f"{path} is Parquet that is cut off or damaged; get it again") from error
