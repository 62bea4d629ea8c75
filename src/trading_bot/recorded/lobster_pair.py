"""The two files of a LOBSTER stock-day, wherever they lie: found by name, opened as text."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_DAMAGE = (
    EOFError,
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    zlib.error,
    # A member that is encrypted, or packed in a way that is not known here.
    RuntimeError,
    NotImplementedError,
)
"""What reading an archive raises that is not what it was, or is none of ours."""
_NAME = re.compile(
    r"(?P<symbol>[A-Za-z.]+)_(?P<day>\d{4}-\d{2}-\d{2})_.*(?P<kind>message|orderbook)_(?P<levels>\d+)"
    r"\.csv(?:\.gz)?"
)


class LobsterPair:
    """The message file and the order-book file of one stock-day.

    Args:
        path: The sample `.zip`, or either file (`.csv`, `.csv.gz`) with its twin beside it.

    Attributes:
        path: As given.
        symbol: Ticker.
        day: Trading day in New York.
        levels: Price levels on each side.

    Raises:
        FileNotFoundError: The file or its twin is missing.
        ValueError: The name does not tell symbol, day and depth.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not self.path.is_file():
            raise FileNotFoundError(f"{self.path} is not a file")
        self._zipped = zipfile.is_zipfile(self.path)
        if self._zipped:
            try:
                with zipfile.ZipFile(self.path) as archive:
                    names = [name for name in archive.namelist() if name.endswith(".csv")]
            except _DAMAGE as error:
                raise ValueError(f"{self.path} is cut off or damaged: {error}") from error
        else:
            names = [entry.name for entry in self.path.parent.iterdir()]
        pairs: dict[tuple[str, str], dict[str, _Name]] = {}
        for name in sorted(names):
            parsed = _parse_name(name)
            if parsed is not None:
                pairs.setdefault(parsed.common, {})[parsed.kind] = parsed
        if self._zipped:
            found = next((pair for pair in pairs.values() if len(pair) == 2), {})
        else:
            wanted = _parse_name(self.path.name)
            if wanted is None:
                raise ValueError(
                    f"{self.path.name} is not named like a LOBSTER file "
                    "(SYMBOL_YYYY-MM-DD_..._message_LEVELS.csv)"
                )
            found = pairs[wanted.common]
        if len(found) < 2:
            raise FileNotFoundError(
                f"{self.path} holds or is only half of a pair: LOBSTER data is a message file and "
                "an orderbook file of one name, in one folder or in one .zip"
            )
        message = found["message"]
        book = found["orderbook"]
        self._message_name = message.name
        self._book_name = book.name
        self.symbol = message.symbol
        self.day = message.day
        self.levels = message.levels

    def lines(self) -> Iterator[tuple[str | None, str | None]]:
        """Yield each message line with the order-book line after it; None where one file is longer.

        Raises:
            ValueError: The file is cut off or damaged.
        """
        try:
            with ExitStack() as stack:
                yield from zip_longest(
                    self._open(stack, self._message_name), self._open(stack, self._book_name)
                )
        except _DAMAGE as error:
            why = str(error) or type(error).__name__
            raise ValueError(f"{self.path} is cut off or damaged: {why}") from error

    def _open(self, stack: ExitStack, name: str) -> IO[str]:
        """Open a member of the archive, or a plain or compressed file, as lines of text."""
        if self._zipped:
            archive = stack.enter_context(zipfile.ZipFile(self.path))
            raw = stack.enter_context(archive.open(name))
            return stack.enter_context(io.TextIOWrapper(raw, encoding="ascii", errors="replace"))
        path = self.path.with_name(name)
        if name.endswith(".gz"):
            return stack.enter_context(gzip.open(path, "rt", encoding="ascii", errors="replace"))
        return stack.enter_context(path.open(encoding="ascii", errors="replace"))


class _Name(NamedTuple):
    """What a file's name tells; `common` is what it shares with its twin's."""

    name: str
    symbol: str
    day: date
    kind: str
    levels: int
    common: tuple[str, str]


def _parse_name(name: str) -> _Name | None:
    """Read a LOBSTER file name; None for any other."""
    base = PurePosixPath(name).name
    match = _NAME.fullmatch(base)
    day = None if match is None else _day_of(match["day"])
    if match is None or day is None:
        return None
    return _Name(
        name=name,
        symbol=match["symbol"],
        day=day,
        kind=match["kind"],
        levels=int(match["levels"]),
        common=(base[: match.start("kind")], match["levels"]),
    )


def _day_of(text: str) -> date | None:
    """Return the day that a name tells; None for one that cannot be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year < _LAST_YEAR else None
