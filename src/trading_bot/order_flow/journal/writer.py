"""The durable record: one JSON object a line, one write a line, one file a UTC day.

A line is written whole before anybody is told of what it says. A process that dies at any moment
leaves at most one half line at the end, which the next start removes; a disk that fills up leaves
none, because what it took of a line is taken back.
"""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ..diagnostics import get_logger
from ..rules.continued import JudgedSpan
from .lines import GONE_EVENT, SCHEMA, SEEN_EVENT, Line, iso_utc, line_bytes
from .said import Said, said_of

_STAMP = b'"timestamp":"'
_POSITION_LINE = b'"event":"order_flow.position_'
JUDGED_FILE = "judged_until.json"
"""What was judged of each symbol; written anew each second, beside the day files."""
_DAY_FILE = re.compile(r"\d{4}-\d{2}-\d{2}\.jsonl")
_logger = get_logger(__name__)


class AlertLog:
    """Writes the record under one folder; may be written to from several threads.

    Args:
        directory: Where the day files lie; made when missing.
        repair: False to read a record that another process may be writing.

    Attributes:
        failed_writes: Lines that could not be written, by the operating system's reason.
    """

    def __init__(self, directory: Path | str, *, repair: bool = True) -> None:
        self.directory = Path(directory)
        self.failed_writes: Counter[str] = Counter()
        self._day = b""
        self._descriptor = -1
        # The judging thread writes what it found, those who tell write what was told.
        self._lock = threading.Lock()
        self.directory.mkdir(parents=True, exist_ok=True)
        if repair:
            for path in self._day_files():
                _repair(path)

    def write(self, line: Line) -> None:
        """Append one line to the file of its day; a failure is counted and logged, never raised."""
        data = line_bytes(line)
        day_at = data.index(_STAMP) + len(_STAMP)
        try:
            with self._lock:
                self._write_all(data[day_at : day_at + 10], data)
        except OSError as error:
            self._note_failure(error, msgspec.json.decode(data))

    def close(self) -> None:
        """Close the open file; writing again opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._day = -1, b""

    def said(self, since: datetime, until: datetime, *, config_hash: str) -> Said:
        """Return what this record says was found, recommended and held.

        Alerts and recommendations are read from the day files of `since` and later ones; since when
        a position is known, from all of them.

        Args:
            since: Exchange time of the earliest alert that matters.
            until: That of the latest; clocks differ, so not the present.
            config_hash: Only alerts found under these settings.
        """
        first = iso_utc(since)[:10]
        lines = (
            line
            for path in self._day_files()
            if path.stem >= first
            for line in _lines(path)
            if line.get("schema") == SCHEMA
        )
        said = said_of(
            lines,
            since=since,
            until=until,
            config_hash=config_hash,
            opened=self._opened(),
            judged=self._read_judged(),
        )
        if said.unreadable:
            _logger.warning(
                "order_flow.record_lines_unreadable",
                extra={"directory": str(self.directory), "lines": said.unreadable},
            )
        return said

    def note_judged(self, judged: Mapping[str, JudgedSpan]) -> None:
        """Write down what was judged of each symbol; a later start goes on from there.

        A failure is counted and logged: a later start asks for less then, and says more twice.

        Args:
            judged: By symbol.
        """
        path = self.directory / JUDGED_FILE
        beside = path.with_suffix(".new")
        try:
            beside.write_bytes(msgspec.json.encode(judged))
            beside.replace(path)
        except OSError as error:
            self._note_failure(error, JUDGED_FILE)

    def newest_alert_at(self) -> datetime | None:
        """Return the timestamp of the newest recorded alert, or None when there is none."""
        for path in reversed(self._day_files()):
            stamps = [line["timestamp"] for line in _lines(path) if "alert_type" in line]
            if stamps:
                return datetime.fromisoformat(max(stamps))
        return None

    def _note_failure(self, error: OSError, line: object) -> None:
        self.failed_writes[error.strerror or type(error).__name__] += 1
        _logger.error(
            "order_flow.record_write_failed",
            extra={"directory": str(self.directory), "error_message": str(error), "line": line},
        )

    def _opened(self) -> dict[str, datetime]:
        """Return since when each position is known that is not known to be gone."""
        opened: dict[str, datetime] = {}
        for path in self._day_files():
            for line in _lines(path, _POSITION_LINE):
                # What is no such line, or a damaged one, says nothing.
                with suppress(KeyError, TypeError, ValueError):
                    if line["event"] == SEEN_EVENT:
                        opened[line["symbol"]] = datetime.fromisoformat(line["opened_at"])
                    elif line["event"] == GONE_EVENT:
                        opened.pop(line["symbol"], None)
        return opened

    def _read_judged(self) -> dict[str, JudgedSpan]:
        path = self.directory / JUDGED_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, JudgedSpan])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _logger.warning(
                "order_flow.record_line_unreadable",
                extra={"path": str(path), "line_number": 1, "error_message": str(error)},
            )
            return {}

    def _day_files(self) -> list[Path]:
        return sorted(p for p in self.directory.iterdir() if _DAY_FILE.fullmatch(p.name))

    def _write_all(self, day: bytes, data: bytes) -> None:
        if day != self._day:
            self._close()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self.directory / f"{day.decode()}.jsonl", flags, 0o644)
            self._day = day
        written = os.write(self._descriptor, data)
        try:
            while written < len(data):
                # A disk that fills up takes part of a line; the rest follows or raises.
                written += os.write(self._descriptor, data[written:])
        except OSError:
            # The next line must not be glued to a torn one: neither could be read.
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise


def _lines(path: Path, containing: bytes = b"") -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            if containing not in raw:
                continue
            try:
                line = msgspec.json.decode(raw, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                # One damaged line must not keep the guard from starting.
                _logger.warning(
                    "order_flow.record_line_unreadable",
                    extra={"path": str(path), "line_number": number, "error_message": str(error)},
                )
                continue
            yield line


def _repair(path: Path) -> None:
    """Remove a half-written last line, which only a killed process leaves."""
    content = path.read_bytes()
    kept = content.rfind(b"\n") + 1
    if kept == len(content):
        return
    with path.open("r+b") as stream:
        stream.truncate(kept)
    _logger.warning(
        "order_flow.record_repaired",
        extra={"path": str(path), "removed_bytes": len(content) - kept},
    )
