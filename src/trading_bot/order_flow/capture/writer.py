"""Writes a recording: what `replay --format jsonl` needs to judge a live run again.

`DIR/YYYY-MM-DD.jsonl.gz` by UTC day (`.2`, `.3` and so on for further runs of a day). What was
written is flushed to the disk whenever the feeds are looked at, once a second, so that a process
that is killed loses a second at most. A recording that fails ends itself and says so; it never
touches the protection.
"""

from __future__ import annotations

import gzip
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from ..clock import Clock, utc_now
from ..config import OrderFlowConfig
from ..diagnostics import get_logger
from ..journal.private_files import make_private_folder, open_private
from ..market.units import ns_from_utc, utc_from_ns
from .lines import CAPTURE_SCHEMA, AnyLine, SettingsChanged, Started

COMPRESSION_LEVEL = 1
"""A live process has better things to do than to save the last tenth of the disk."""

_logger = get_logger(__name__)
_encoder = msgspec.json.Encoder(decimal_format="number")


class CaptureWriter:
    """Writes the lines of one run.

    Args:
        directory: Where the files go; made when missing.
        config: The run's settings; kept in the first line, without the key.
        clock: Exchange-aligned present.

    Attributes:
        failed_writes: Failures by the operating system's reason; after one nothing is written.

    Raises:
        OSError: The folder cannot be made, or nothing can be written in it.
    """

    def __init__(
        self, directory: Path | str, config: OrderFlowConfig, *, clock: Clock = utc_now
    ) -> None:
        self._directory = Path(directory)
        self._config = config
        self._lock = threading.Lock()
        self.failed_writes: Counter[str] = Counter()
        make_private_folder(self._directory)
        self._day = ""
        self._file: gzip.GzipFile | None = self._begin(ns_from_utc(clock()), continued=False)

    def write(self, line: AnyLine) -> None:
        """Append one line."""
        data = _encoder.encode(line) + b"\n"
        with self._lock:
            if self._file is not None:
                try:
                    self._file.write(data)
                except OSError as error:
                    self._give_up(error)

    def use_settings(self, config: OrderFlowConfig, now_ns: int) -> None:
        """Write down that other settings hold from now on; further files begin with them.

        Args:
            config: The settings.
            now_ns: The present, Unix nanoseconds.
        """
        self._config = config
        self.write(SettingsChanged(now_ns, plain_settings(config)))

    def flush(self, now_ns: int) -> None:
        """Hand everything to the disk, and begin the next file when the day is over.

        Args:
            now_ns: The present, Unix nanoseconds.
        """
        with self._lock:
            if self._file is None:
                return
            try:
                if _day_of(now_ns) != self._day:
                    self._file.close()
                    self._file = self._begin(now_ns, continued=True)
                self._file.flush()
            except OSError as error:
                self._give_up(error)

    def close(self) -> None:
        """Finish the file; further lines are dropped."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                try:
                    file.close()
                except OSError as error:
                    self._give_up(error)

    def _begin(self, now_ns: int, *, continued: bool) -> gzip.GzipFile:
        self._day = _day_of(now_ns)
        path = _free_path(self._directory, self._day)
        # Kept open for a day; `flush` and `close` end it.
        os.close(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        file = gzip.GzipFile(path, "ab", COMPRESSION_LEVEL)
        line = Started(
            schema=CAPTURE_SCHEMA,
            at_ns=now_ns,
            config=plain_settings(self._config),
            continued=continued,
        )
        file.write(_encoder.encode(line) + b"\n")
        file.flush()
        return file

    def _give_up(self, error: OSError) -> None:
        self.failed_writes[error.strerror or type(error).__name__] += 1
        self._file = None
        _logger.error(
            "order_flow.recording_ended",
            extra={"directory": str(self._directory), "error_message": str(error)},
        )


def plain_settings(config: OrderFlowConfig) -> dict[str, Any]:
    """Return the settings as JSON can hold them, without the key and the number of an account."""
    values: dict[str, Any] = {each.name: getattr(config, each.name) for each in fields(config)}
    del values["polygon_api_key"], values["positions_account"]
    overrides: Mapping[str, Mapping[str, float]] = values["symbol_overrides"]
    plain = {symbol: dict(own) for symbol, own in overrides.items()}
    return values | {"symbol_overrides": plain, "stated": sorted(config.stated or ())}


def _day_of(now_ns: int) -> str:
    return utc_from_ns(now_ns).strftime("%Y-%m-%d")


def _free_path(directory: Path, day: str) -> Path:
    """Return the first name of a day that is not taken: an earlier run's file is never touched."""
    path, number = directory / f"{day}.jsonl.gz", 1
    while path.exists():
        number += 1
        path = directory / f"{day}.{number}.jsonl.gz"
    return path
