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
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ..data_models import OrderFlowAlert
from ..diagnostics import get_logger
from .lines import (
    SCHEMA,
    Line,
    alert_from_record,
    iso_utc,
    line_bytes,
)

_STAMP = b'"timestamp":"'
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
            self.failed_writes[error.strerror or type(error).__name__] += 1
            _logger.error(
                "order_flow.record_write_failed",
                extra={
                    "directory": str(self.directory),
                    "error_message": str(error),
                    "line": msgspec.json.decode(data),
                },
            )

    def close(self) -> None:
        """Close the open file; writing again opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._day = -1, b""

    def alerts_between(
        self, start: datetime, end: datetime, *, config_hash: str | None = None
    ) -> dict[str, OrderFlowAlert]:
        """Return the recorded alerts with a timestamp from `start` to `end`, by alert id.

        Args:
            start: First moment, included.
            end: Last moment, included.
            config_hash: Only alerts found under these settings; None for any.
        """
        wanted = {iso_utc(day)[:10] for day in (start, start + (end - start) / 2, end)}
        return {
            line["alert_id"]: alert_from_record(line)
            for path in self._day_files()
            if path.stem in wanted
            for line in _lines(path)
            if line.get("schema") == SCHEMA
            and "alert_type" in line
            and config_hash in (None, line["config_hash"])
            and start <= datetime.fromisoformat(line["timestamp"]) <= end
        }

    def newest_alert_at(self) -> datetime | None:
        """Return the timestamp of the newest recorded alert, or None when there is none."""
        for path in reversed(self._day_files()):
            stamps = [line["timestamp"] for line in _lines(path) if "alert_type" in line]
            if stamps:
                return datetime.fromisoformat(max(stamps))
        return None

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


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
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
