"""Metrics as a text file, for the textfile collector of node_exporter: no port, no connection.

The file takes the place of the one before as a whole. It is gone once the guard has ended well;
one that was killed leaves it behind, and `order_flow_collected_timestamp_seconds` in it grows old.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from prometheus_client import write_to_textfile
from prometheus_client.registry import CollectorRegistry

from trading_bot.logger import TradingLogger
from trading_bot.order_flow.threads.watch import Threads

ROUND_SECONDS: Final = 15.0
STUCK_SECONDS: Final = 30.0
"""How long one file may take until its thread counts as stuck."""
SUFFIX: Final = ".prom"
"""The collector reads no others, so that what is half written under another name is never read."""
_END_SECONDS: Final = 5.0
_logger = TradingLogger.get_logger("metrics")


class MetricsFile:
    """Writes a file every 15 seconds, from `with` to the end of its block, on a thread of its own.

    A disk that fails is logged once, and written to again at the next round.

    Args:
        registry: What is told.
        path: The file.
        threads: Knows how the guard's threads are.

    Raises:
        ValueError: The file has another suffix than `.prom`; or, as the block begins, it cannot be
            written.
    """

    def __init__(self, registry: CollectorRegistry, path: Path, threads: Threads) -> None:
        if path.suffix != SUFFIX:
            raise ValueError(f"--metrics-file {path}: its name must end in {SUFFIX}")
        self._registry = registry
        self._path = path
        self._watched = threads.watched("metrics file", STUCK_SECONDS)
        # It rests all the time: a disk that hangs must not look like a guard that does, which a
        # service manager would begin anew.
        self._watched.rest()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics file", daemon=True)
        self._trouble = ""

    def __enter__(self) -> Self:
        try:
            self._write()
        except OSError as error:
            # Named is the file that was asked for, and not the one that takes its place.
            why = _words_of(error)
            raise ValueError(f"--metrics-file {self._path} cannot be written ({why})") from error
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(_END_SECONDS)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def look(self) -> None:
        """Write the file anew."""
        try:
            self._write()
            self._trouble = ""
        except OSError as error:
            trouble = _words_of(error)
            if trouble != self._trouble:
                facts = {"path": str(self._path), "error_message": trouble}
                _logger.warning("metrics.file_not_written", extra=facts)
            self._trouble = trouble

    def _write(self) -> None:
        write_to_textfile(str(self._path), self._registry)

    def _run(self) -> None:
        while not self._over.wait(ROUND_SECONDS):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - no defect ends it in silence
                self._watched.caught(error)


def _words_of(error: OSError) -> str:
    return error.strerror or type(error).__name__
