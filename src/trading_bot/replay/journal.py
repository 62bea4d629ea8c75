"""The record of a replay: the live record's lines, in order of time and symbol, byte for byte.

Symbols may be played one after another, so lines come out of order; they are sorted here, on disk
where they are many, and written once all are known. A day file replaces that of an earlier replay,
never one of a live run.
"""

from __future__ import annotations

import heapq
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from gzip import BadGzipFile
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

import msgspec

from trading_bot.order_flow.journal.days import raw_lines
from trading_bot.order_flow.journal.lines import Line, line_bytes
from trading_bot.order_flow.journal.lock import FolderLock
from trading_bot.order_flow.journal.private_files import make_private_folder, private_writer
from trading_bot.order_flow.journal.reading import RecordReader
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.outside.door import decode_or_none

LINES_IN_MEMORY: Final = 20_000
_LAST = "\U0010ffff"
"""Sorts after every symbol: the line that ends the record is its last."""

Keyed = tuple[tuple[str, str], bytes]
"""A line behind what orders it; see `place_of`."""
_key_of = itemgetter(0)


class _Place(msgspec.Struct):
    event: str
    timestamp: str
    symbol: str | None = None


class _FirstLine(msgspec.Struct):
    logged_at: str | None = None


_place = msgspec.json.Decoder(_Place)
_first_line = msgspec.json.Decoder(_FirstLine)


class UnwrittenLog(AlertLog):
    """A record that keeps nothing, for a replay that is only listened to."""

    def __init__(self) -> None:
        # Not the base's own: there is no folder to make, to mend or to keep others from.
        self.failed_writes: Counter[str] = Counter()

    def write(self, line: Line) -> None:
        """Drop one line."""

    def close(self) -> None:
        """Do nothing: no file is open."""

    def hold(self) -> bool:
        """Do nothing: nobody else can write here."""
        return False

    def let_go(self) -> None:
        """Do nothing, as `hold`."""

    def finish(self) -> tuple[Path, ...]:
        """Write nothing."""
        return ()


class ReplayLog(UnwrittenLog):
    """Collects lines and writes them in order at the end.

    Args:
        directory: Where the day files go; made when missing.
        lines_in_memory: More lines than this are kept on disk meanwhile.

    Raises:
        ValueError: The folder holds the record of a live run, or a guard keeps one there now.
        OSError: The folder cannot be made.
    """

    def __init__(self, directory: Path | str, *, lines_in_memory: int = LINES_IN_MEMORY) -> None:
        super().__init__()
        self.directory = Path(directory)
        self._folder_lock = FolderLock(self.directory)
        make_private_folder(self.directory)
        with self._folder_lock.taken():
            days = RecordReader(self.directory).days()
            for path in (path for day in days for path in day.files):
                if _is_live(path):
                    raise ValueError(
                        f"{path} is the record of a live run; give the replay another folder "
                        "(--out)"
                    )
        self._lines_in_memory = lines_in_memory
        self._lines: list[Keyed] = []
        self._kept = ExitStack()
        self._runs: list[IO[bytes]] = []
        self._in_order: list[Iterable[Keyed]] = []

    def write(self, line: Line) -> None:
        """Take one line."""
        data = line_bytes(line)
        self._lines.append((place_of(data), data))
        if len(self._lines) >= self._lines_in_memory:
            self._put_aside()

    def take(self, lines: Iterable[Keyed]) -> None:
        """Take lines that are in order already; they are read when the record is written."""
        self._in_order.append(lines)

    def finish(self) -> tuple[Path, ...]:
        """Write the day files and return their paths.

        Raises:
            OSError: The disk is full, or the folder is not ours.
            RecordInUseError: A guard has begun to keep its record there.
        """
        written = []
        with self._kept, self._folder_lock.taken():
            self._lines.sort(key=_key_of)
            runs: list[Iterator[Keyed]] = [_again(run) for run in self._runs]
            lines = heapq.merge(*runs, *self._in_order, iter(self._lines), key=_key_of)
            for day, of_day in groupby(lines, lambda each: each[0][0][:10]):
                path = self.directory / f"{day}.jsonl"
                unfinished = path.with_suffix(".part")
                with private_writer(unfinished) as stream:
                    stream.writelines(data for _, data in of_day)
                unfinished.replace(path)
                written.append(path)
        self._lines, self._runs, self._in_order = [], [], []
        return tuple(written)

    def _put_aside(self) -> None:
        """Move the lines in memory to a sorted run on disk."""
        self._lines.sort(key=_key_of)
        run = self._kept.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        run.writelines(data for _, data in self._lines)
        self._runs.append(run)
        self._lines = []


def place_of(data: bytes) -> tuple[str, str]:
    """Return what orders a line among others: its stamp, then its symbol."""
    place = _place.decode(data)
    last = place.event == "order_flow.monitoring_stopped"
    return place.timestamp, _LAST if last else place.symbol or ""


def keyed(lines: Iterable[bytes]) -> Iterator[Keyed]:
    """Yield lines, each behind what orders it."""
    for data in lines:
        yield place_of(data), data


def _again(run: IO[bytes]) -> Iterator[Keyed]:
    run.seek(0)
    return keyed(run)


def _is_live(path: Path) -> bool:
    """Return whether a record was written by the wall clock; one that cannot be read may be."""
    try:
        first = next(raw_lines(path), b"")
    except BadGzipFile:
        return True
    if first == b"":
        return False
    found = None if first is None else decode_or_none(first, _first_line)
    return found is None or found.logged_at is not None
