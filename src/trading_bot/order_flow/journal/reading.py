"""Reads what a record holds, whatever stands in its files: a line that is none costs itself.

Nothing here raises for what a file holds, or for a file that cannot be read.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from ..diagnostics import get_logger
from ..errors import DataSourceError
from ..outside.door import decode
from ..outside.source import LINE
from ..rules.continued import JudgedSpan
from .days import LONGEST_LINE, PLAIN_END, RecordDay, days_in, is_day_file, raw_lines
from .lines import GONE_EVENT, SCHEMA, SEEN_EVENT
from .lock import LOCK_FILE
from .private_files import private_writer

JUDGED_FILE: Final = "judged_until.json"
"""What was judged of each symbol; written anew each second, beside the day files."""
OPENED_FILE: Final = "positions_known.json"
"""Since when positions are known by the days that are full, so that each is read once."""
STATE_FILE: Final = "state.json"
"""How the guard is that keeps the record; an application writes it, and no start reads it."""
MUTES_FILE: Final = "mutes.json"
"""Which symbols are to be silent, and until when; a command writes it, and the guard reads it."""
PROFILE_FOLDER: Final = "profile"
FILES_BESIDE: Final = frozenset(
    {JUDGED_FILE, OPENED_FILE, STATE_FILE, MUTES_FILE, LOCK_FILE, ".gitkeep"}
)
"""What may lie beside the day files of a folder that is the record's alone."""
LARGEST_NOTE: Final = 16 << 20
"""Bytes of a note beside the day files: what was judged of a hundred thousand symbols."""
MOST_LOGGED: Final = 20
"""Unreadable lines of one reader that are logged one by one; all are counted."""
DAYS_STILL_WRITTEN: Final = 2
"""The newest days, to which lines may be added: around midnight to both."""

NO_LINE: Final = (
    DataSourceError,
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What may be raised by what somebody else wrote, or damaged, while it is read as a line."""

_POSITION_LINE = b'"event":"order_flow.position_'
_START_LINE = b'"event":"order_flow.monitoring_started"'
_ALERT_LINE = b'"alert_type":'
_logger = get_logger(__name__)
_line = msgspec.json.Decoder(dict[str, Any])
_judged = msgspec.json.Decoder(dict[str, JudgedSpan])


class _KnownOpened(msgspec.Struct):
    """What the full days say of positions.

    Attributes:
        bytes_read: How many bytes the lines of each have, compressed or not, by its plain name.
        opened: Since when each position is known, by symbol, ISO 8601.
    """

    bytes_read: dict[str, int]
    opened: dict[str, datetime]


_known = msgspec.json.Decoder(_KnownOpened)


class RecordReader:
    """Reads one folder, which somebody may be writing meanwhile.

    Args:
        folder: Where the day files lie.

    Attributes:
        unreadable_lines: Lines that were met and could not be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unreadable_lines = 0

    def days(self) -> list[RecordDay]:
        """Return the days, oldest first; none where there is no folder."""
        try:
            return days_in(self._folder)
        except OSError as error:
            self._note_file(self._folder, error)
            return []

    def lines_since(self, name: str) -> Iterator[dict[str, Any]]:
        """Return the lines of a day, such as 2026-03-10, and of later ones."""
        for path in _files_of(day for day in self.days() if day.name >= name):
            for number, line in self._lines(path):
                if line.get("schema") == SCHEMA:
                    yield line
                else:
                    self._note(path, number, f"schema {str(line.get('schema'))[:20]} is not known")

    def newest_alert_at(self) -> datetime | None:
        """Return the timestamp of the newest alert, or None when there is none."""
        for day in reversed(self.days()):
            stamps = []
            for path in day.files:
                for number, line in self._lines(path, _ALERT_LINE):
                    try:
                        stamps.append(_aware(line["timestamp"]))
                    except NO_LINE as error:
                        self._note(path, number, repr(error))
            if stamps:
                return max(stamps)
        return None

    def alert(self, alert_id: str) -> dict[str, Any] | None:
        """Return the first line of an alert, or None when there is none."""
        mark = f'"alert_id":"{alert_id}"'.encode()
        for path in _files_of(self.days()):
            for _, line in self._lines(path, mark):
                if line.get("alert_id") == alert_id:
                    return line
        return None

    def market(self) -> str | None:
        """Return which market the newest day with a start is of; None where no start says so."""
        for path in reversed(list(_files_of(self.days()))):
            # What cannot be read is counted by whoever reads the whole day.
            for _, line in self._lines(path, _START_LINE, is_read=True):
                named = line.get("market")
                return named if isinstance(named, str) else None
        return None

    def opened(self, *, read_since: str = "9") -> dict[str, datetime]:
        """Return since when each position is known that is not known to be gone.

        Args:
            read_since: The day from which on unreadable lines have been counted already.
        """
        return self._opened(self.days(), self._known_opened(), read_since)

    def keep_opened(self) -> None:
        """Write down what the full days say of positions, for the next start.

        Raises:
            OSError: It cannot be written; a start reads all of them then.
        """
        full = self.days()[:-DAYS_STILL_WRITTEN]
        known = self._known_opened()
        sizes = _sizes_of(full)
        if full and known.bytes_read != sizes:
            opened = self._opened(full, known, read_since="")
            write_whole(
                self._folder / OPENED_FILE, msgspec.json.encode(_KnownOpened(sizes, opened))
            )

    def judged(self) -> dict[str, JudgedSpan]:
        """Return what was judged of each symbol; nothing where that is not known."""
        path = self._folder / JUDGED_FILE
        try:
            return decode(_content(path), str(path), LINE, _judged)
        except FileNotFoundError:
            return {}
        except (OSError, *NO_LINE) as error:
            self._note(path, 1, str(error))
            return {}

    def _opened(
        self, days: list[RecordDay], known: _KnownOpened, read_since: str
    ) -> dict[str, datetime]:
        read = days[: len(known.bytes_read)]
        opened: dict[str, datetime] = {}
        if known.bytes_read == _sizes_of(read):
            opened, days = dict(known.opened), days[len(read) :]
        for day in days:
            for path in day.files:
                self._take_positions(path, opened, is_read=day.name >= read_since)
        return opened

    def _take_positions(self, path: Path, opened: dict[str, datetime], *, is_read: bool) -> None:
        for number, line in self._lines(path, _POSITION_LINE, is_read=is_read):
            try:
                if line["event"] == SEEN_EVENT:
                    opened[_text(line["symbol"])] = _aware(line["opened_at"])
                elif line["event"] == GONE_EVENT:
                    opened.pop(_text(line["symbol"]), None)
            except NO_LINE as error:
                self._note(path, number, repr(error))

    def _known_opened(self) -> _KnownOpened:
        with suppress(OSError, *NO_LINE):
            path = self._folder / OPENED_FILE
            known = decode(_content(path), str(path), LINE, _known)
            if all(moment.tzinfo is not None for moment in known.opened.values()):
                return known
        return _KnownOpened({}, {})

    def _lines(
        self, path: Path, containing: bytes = b"", *, is_read: bool = False
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        try:
            for number, raw in enumerate(raw_lines(path), 1):
                if raw is not None and containing not in raw:
                    continue
                try:
                    line = _decoded(raw)
                except NO_LINE as error:
                    if not is_read:
                        self._note(path, number, str(error))
                else:
                    yield number, line
        except gzip.BadGzipFile as error:
            if not is_read:
                self._note(path, number + 1, str(error))
        except OSError as error:
            self._note_file(path, error)

    def _note(self, path: Path, number: int, words: str) -> None:
        self.unreadable_lines += 1
        # One damaged line must not keep the guard from starting, nor many fill a log.
        if self.unreadable_lines <= MOST_LOGGED:
            _logger.warning(
                "order_flow.record_line_unreadable",
                extra={"path": str(path), "line_number": number, "error_message": words[:200]},
            )

    def _note_file(self, path: Path, error: OSError) -> None:
        _logger.warning(
            "order_flow.record_file_unreadable",
            extra={"path": str(path), "error_message": str(error)},
        )


def is_of_record(name: str) -> bool:
    """Return whether a file of this name is one of a record."""
    return name in FILES_BESIDE or name == PROFILE_FOLDER or is_day_file(name)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in the place of another at once: whoever reads finds the old or the new.

    Raises:
        OSError: It cannot be written; the old one stands.
    """
    beside = path.with_suffix(".new")
    with private_writer(beside) as stream:
        stream.write(content)
    beside.replace(path)


def repair(path: Path) -> None:
    """Remove a half-written last line, which only a killed process leaves.

    Raises:
        OSError: It cannot be removed.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        kept = _end_of_last_line(stream, size)
    if kept == size:
        return
    os.truncate(path, kept)
    _logger.warning(
        "order_flow.record_repaired", extra={"path": str(path), "removed_bytes": size - kept}
    )


def _end_of_last_line(stream: BinaryIO, size: int) -> int:
    end = size
    while end:
        begin = max(0, end - LONGEST_LINE)
        stream.seek(begin)
        found = stream.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _decoded(raw: bytes | None) -> dict[str, Any]:
    if raw is None:
        raise ValueError(f"longer than {LONGEST_LINE:,} bytes")
    return decode(raw, "a line of the record", LINE, _line)


def _content(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no file, or larger than any that was written.
    """
    size = path.stat().st_size
    if size > LARGEST_NOTE or not path.is_file():
        raise ValueError(f"no file of at most {LARGEST_NOTE:,} bytes")
    return path.read_bytes()


def _files_of(days: Iterable[RecordDay]) -> Iterator[Path]:
    return (path for day in days for path in day.files)


def _sizes_of(days: list[RecordDay]) -> dict[str, int]:
    return {f"{day.name}{PLAIN_END}": day.content_bytes() for day in days}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _aware(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment
