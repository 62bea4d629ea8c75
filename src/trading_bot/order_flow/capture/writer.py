"""Writes a recording: what `replay --format jsonl` needs to judge a live run again.

`DIR/YYYY-MM-DD.jsonl.gz` by UTC day (`.2`, `.3` and so on for further runs of a day). What was
written is flushed to the disk whenever the feeds are looked at, once a second, so that a process
that is killed loses a second at most. A recording that fails ends itself and says so; it never
touches the protection.

Where the provider's messages are kept as they came (`frames`), a line says of a book only which one
of those it is.
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
from msgspec.structs import astuple

from ..clock import Clock, utc_now
from ..config import SECRET_SETTINGS, OrderFlowConfig
from ..diagnostics import get_logger
from ..journal.private_files import make_private_folder, open_private, words_of
from ..market.events import BookEvent
from ..market.units import ns_from_utc, utc_from_ns
from ..providers.provider import KeepsFrames
from ..threads.watch import Threads
from .frame_files import FOLDER
from .frames import MEGABYTE, FrameCapture, FrameFolder, Trouble
from .lines import CAPTURE_SCHEMA, AnyLine, BookAt, BookLine, Frames, SettingsChanged, Started

_END = ".jsonl.gz"
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
        frames: Keeps a stream's messages; None until one begins that can be kept.

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
        self._run = ""
        self.frames: FrameCapture | None = None
        self._trouble: Trouble | None = None
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

    def book(self, event: BookEvent) -> None:
        """Append a book, or which one of the kept messages' it is."""
        if self.frames is None or not self.frames.is_on:
            self.write(BookLine(*astuple(event)))
        else:
            self.write(
                BookAt(
                    event.symbol,
                    event.sip_ns,
                    self.frames.taken,
                    event.sequence,
                    event.received_ns,
                )
            )

    def keep_frames(self, provider: KeepsFrames, threads: Threads) -> FrameCapture | None:
        """Return what keeps a stream's messages from now on; None where that is not wanted.

        Args:
            provider: Whose stream.
            threads: Knows how threads are.
        """
        budget = self._config.capture_budget_megabytes
        if self.frames is None and budget:
            try:
                folder = FrameFolder(
                    self._directory / FOLDER,
                    self._run,
                    provider=provider,
                    data_source=self._config.data_source,
                    budget_bytes=budget * MEGABYTE,
                )
            except OSError as error:
                # Books are written line by line then.
                self._trouble = Trouble("write_failed", f"frames are not kept: {words_of(error)}")
                return None
            self.frames = FrameCapture(folder, threads=threads)
            self.write(Frames(self._run))
        return self.frames

    def look(self) -> Trouble | None:
        """Return what is to be told of this recording and was not yet."""
        trouble, self._trouble = self._trouble, None
        if trouble is None and self.frames is not None:
            trouble = self.frames.look()
        return trouble

    def health(self) -> dict[str, Any]:
        """Return how it goes: `ok` or `warning` and why, and what is kept beside it."""
        found: dict[str, Any] = {"status": "ok", "reason": ""}
        if self.frames is not None:
            found |= self.frames.health()
        if self.failed_writes:
            found |= {"status": "warning", "reason": "write_failed"}
        return found

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
        """Finish the files; further lines are dropped."""
        if self.frames is not None:
            self.frames.close()
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
        self._run = self._run or path.name.removesuffix(_END)
        os.close(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        file = gzip.GzipFile(path, "ab", COMPRESSION_LEVEL)
        line = Started(
            schema=CAPTURE_SCHEMA,
            at_ns=now_ns,
            config=plain_settings(self._config),
            continued=continued,
        )
        file.write(_encoder.encode(line) + b"\n")
        if self.frames is not None:
            file.write(_encoder.encode(Frames(self._run)) + b"\n")
        file.flush()
        return file

    def _give_up(self, error: OSError) -> None:
        self.failed_writes[error.strerror or type(error).__name__] += 1
        self._trouble = Trouble("write_failed", f"nothing is captured any more: {words_of(error)}")
        self._file = None
        _logger.error(
            "order_flow.recording_ended",
            extra={"directory": str(self._directory), "error_message": str(error)},
        )


def plain_settings(config: OrderFlowConfig) -> dict[str, Any]:
    """Return the settings as JSON can hold them, without secrets, accounts and who is told."""
    left_out = (*SECRET_SETTINGS, "notify_quiet_hours", "positions_account")
    names = (each.name for each in fields(config) if each.name not in left_out)
    values: dict[str, Any] = {name: getattr(config, name) for name in names}
    overrides: Mapping[str, Mapping[str, float]] = values["symbol_overrides"]
    plain = {symbol: dict(own) for symbol, own in overrides.items()}
    return values | {"symbol_overrides": plain, "stated": sorted(config.stated or ())}


def _day_of(now_ns: int) -> str:
    return utc_from_ns(now_ns).strftime("%Y-%m-%d")


def _free_path(directory: Path, day: str) -> Path:
    """Return the first name of a day that is not taken: an earlier run's file is never touched."""
    path, number = directory / f"{day}{_END}", 1
    while path.exists():
        number += 1
        path = directory / f"{day}.{number}{_END}"
    return path
