"""Parquet as the lines of one table, by the extra `parquet`.

Its columns are read as text: numbers as they are kept, lists of conditions with semicolons between
them, stamps that know their zone as whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

MAGIC: Final = b"PAR1"
_LIBRARY: Final = "pyarrow"
_ROWS_AT_START: Final = 2_000
_BYTES_PER_ROW: Final = 100
_SEPARATOR: Final = "\t"


class ParquetText:
    """The rows of one file as lines; see `Content`.

    Args:
        path: The file.
        chunk_bytes: About how many bytes of text are made at a time.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Nothing is installed that reads it, which says what to install, or the file is
            damaged.
    """

    def __init__(self, path: Path, chunk_bytes: int) -> None:
        self.name = str(path)
        self.bytes_read = 0
        self.is_whole = False
        self._path = path
        self._chunk_rows = max(1, chunk_bytes // _BYTES_PER_ROW)
        self._arrow = _library(path)
        with _damage_named(path, self._arrow), self._opened() as file:
            self._names = [
                field.name for field in file.schema_arrow if not self._is_nested(field.type)
            ]
            self.header = _SEPARATOR.join(self._names)
            first = next(file.iter_batches(_ROWS_AT_START, columns=self._names), None)
            self.start = "" if first is None else self._lines(first)

    def blocks(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline, in blocks of bounded size.

        Raises:
            ValueError: The file is damaged.
        """
        size = self._path.stat().st_size
        with _damage_named(self._path, self._arrow), self._opened() as file:
            read, rows = 0, file.metadata.num_rows
            for batch in file.iter_batches(self._chunk_rows, columns=self._names):
                read += batch.num_rows
                self.bytes_read = size * read // rows
                yield self._lines(batch)
        self.is_whole = True

    def samples(self) -> Iterator[str]:
        """Yield the first lines and those that follow; see `Content`.

        Raises:
            ValueError: The file is damaged.
        """
        return self.blocks()

    def _opened(self) -> Any:
        return import_module("pyarrow.parquet").ParquetFile(self._path)

    def _is_nested(self, kind: Any) -> bool:
        types = self._arrow.types
        if types.is_list(kind) or types.is_large_list(kind):
            return bool(types.is_nested(kind.value_type))
        return bool(types.is_nested(kind))

    def _lines(self, batch: Any) -> str:
        columns = [self._texts(column) for column in batch.columns]
        return "".join(f"{_SEPARATOR.join(row)}\n" for row in zip(*columns, strict=True))

    def _texts(self, column: Any) -> list[str]:
        arrow, types = self._arrow, self._arrow.types
        kind = column.type
        if types.is_timestamp(kind) and kind.tz is not None:
            column = column.cast(arrow.int64())
        elif types.is_list(kind) or types.is_large_list(kind):
            texts = column.cast(arrow.list_(arrow.string()))
            column = import_module("pyarrow.compute").binary_join(texts, ";")
        return [text or "" for text in column.cast(arrow.string()).to_pylist()]


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
