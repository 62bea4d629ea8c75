"""Profiles: the memory of each symbol's own scale, one small file a symbol.

A file is written whole by a thread that lives as long as there is something to write: who judges
only hands the memory over. One that cannot be read is named, and its symbol begins anew.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from ..diagnostics import get_logger
from ..errors import DataSourceError
from ..outside.door import decode
from ..rules.own_scale.state import ScaleState
from ..threads.watch import Threads
from .private_files import make_private_folder, words_of
from .reading import PROFILE_FOLDER, write_whole

WRITING: Final = "writing profiles"
WRITING_SECONDS: Final = 30.0
"""How long one file may take until the thread that writes counts as stuck."""
CLOSE_SECONDS: Final = 5.0
_MOST_BYTES: Final = 1_000_000

_logger = get_logger(__name__)


class _Profile(msgspec.Struct):
    """What a file holds: names of files may differ in less than symbols do."""

    symbol: str
    memory: ScaleState


_profile = msgspec.json.Decoder(_Profile)


class Profiles:
    """The profiles under one folder.

    Args:
        folder: Where the files lie, `SYMBOL.json`; made with the first one that is written.
        writes: False only reads, as a replay must.
        threads: Knows how the thread that writes is.

    Attributes:
        folder: As given.
        unreadable: Why files were ignored, by symbol.
        failed_writes: How often a file could not be written.
    """

    def __init__(
        self, folder: Path | str, *, writes: bool = True, threads: Threads | None = None
    ) -> None:
        self.folder = Path(folder)
        self.unreadable: dict[str, str] = {}
        self.failed_writes = 0
        self._writes = writes
        self._threads = threads or Threads()
        self._lock = threading.Lock()
        # The newest memory of each symbol of which a file is to be written.
        self._waiting: dict[str, ScaleState] = {}
        self._newest: dict[str, ScaleState] = {}
        self._writer: threading.Thread | None = None

    def load(self, symbol: str) -> ScaleState | None:
        """Return the memory of a symbol; None where there is none, or none that can be read."""
        newest = self._newest.get(symbol)
        if newest is not None:
            return newest
        path = self._path(symbol)
        try:
            with path.open("rb") as stream:
                data = stream.read(_MOST_BYTES)
            found = decode(data, path.name, decoder=_profile)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.refuse(symbol, words_of(error))
            return None
        except DataSourceError as error:
            self.refuse(symbol, str(error))
            return None
        # Where names of files differ in no letter's case it may be another's.
        return found.memory if found.symbol == symbol else None

    def refuse(self, symbol: str, why: str) -> None:
        """Name the memory of a symbol as one that cannot be used."""
        self.unreadable[symbol] = why
        _logger.warning(
            "order_flow.profile_unreadable",
            extra={"path": str(self._path(symbol)), "reason": why},
        )

    def keep(self, symbol: str, memory: ScaleState) -> None:
        """Write the memory of a symbol soon; never waits."""
        if not self._writes:
            return
        with self._lock:
            self._newest[symbol] = self._waiting[symbol] = memory
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write_all, name="order-flow-profiles", daemon=True
                )
                self._writer.start()

    def close(self) -> None:
        """Wait, for a bounded time, until everything is written."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.join(CLOSE_SECONDS)

    def _write_all(self) -> None:
        watched = self._threads.watched(WRITING, WRITING_SECONDS)
        while True:
            with self._lock:
                if not self._waiting:
                    self._writer = None
                    break
                symbol = next(iter(self._waiting))
                memory = self._waiting.pop(symbol)
            watched.beat()
            self._write(symbol, memory)
        watched.rest()

    def _write(self, symbol: str, memory: ScaleState) -> None:
        try:
            make_private_folder(self.folder)
            write_whole(self._path(symbol), msgspec.json.encode(_Profile(symbol, memory)))
        except OSError as error:
            self.failed_writes += 1
            _logger.warning(
                "order_flow.profile_not_written",
                extra={"path": str(self._path(symbol)), "error_message": words_of(error)},
            )

    def _path(self, symbol: str) -> Path:
        return self.folder / f"{symbol}.json"


def profile_folder(directory: Path, data_source: str, dataset: str, depth: str) -> Path:
    """Return where the profiles of one kind of data lie.

    Args:
        directory: Where the record lies.
        data_source: The provider's name.
        dataset: What the provider says that it is.
        depth: `top_of_book` or `levels`.
    """
    return directory / PROFILE_FOLDER / f"{data_source}-{dataset}-{depth}"


def profile_hash(memories: Mapping[str, ScaleState]) -> str | None:
    """Return the SHA-256 over memories, in hexadecimal digits; None for none."""
    if not memories:
        return None
    ordered = dict(sorted(memories.items()))
    return hashlib.sha256(msgspec.json.encode(ordered)).hexdigest()
