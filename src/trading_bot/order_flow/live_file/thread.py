"""LiveFile: writes what can be seen now four times a second, on a thread of its own.

Whatever becomes of file or folder stays here: it is counted, told once, and writing goes on when it
works again. Nobody waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, Self

from ..clock import monotonic_seconds
from ..diagnostics import get_logger
from ..errors import RecordInUseError
from ..journal.private_files import words_of
from ..threads.watch import Threads
from .files import LiveFiles
from .lines import LiveBeat, encode_beat
from .place import LiveFolderRefused

WRITING: Final = "writing the live file"
WRITING_SECONDS: Final = 10.0
"""How long one line may take until the thread counts as stuck."""
BEAT_SECONDS: Final = 0.25
SLEEPING_SECONDS: Final = 1.0
"""How often a line is written while the market is closed, or after one that failed."""
CLOSE_SECONDS: Final = 2.0
"""How long the end waits for the last line."""
_logger = get_logger(__name__)


class Look(Protocol):
    """Whoever says what can be seen now; see `look.LiveLook`."""

    def __call__(self, *, whole: bool, last: bool) -> LiveBeat:
        """Return the next line; see `look.LiveLook`."""
        ...


class LiveFile:
    """Writes one live file while it is entered; it may be entered several times at once.

    Args:
        look: Says what can be seen now.
        folder: Where the file lies.
        threads: Knows how the thread is.
        wait: Waits for so many seconds or until it is over, and says whether it is; the end of the
            live file by default.

    Attributes:
        folder: As given.
        failures: How many lines could not be written.
        trouble: Why the newest could not; empty where it could.
    """

    def __init__(
        self,
        look: Look,
        folder: Path,
        threads: Threads,
        *,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self.folder = folder
        self._look = look
        self._threads = threads
        self._wait = wait
        self._entering = threading.Lock()
        self._entered = 0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.failures = 0
        self.trouble = ""

    def __enter__(self) -> Self:
        """Begin to write.

        Raises:
            LiveFolderRefused: The folder is not ours alone.
            ValueError: Another guard writes its live file there.
        """
        with self._entering:
            if not self._entered:
                self._begin()
            self._entered += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._entering:
            self._entered -= 1
            if not self._entered and self._thread is not None:
                self._over.set()
                self._thread.join(CLOSE_SECONDS)

    def health(self) -> dict[str, Any]:
        """Return whether lines can be written, why not, and how many could not."""
        return {
            "status": "degraded" if self.trouble else "ok",
            "folder": str(self.folder),
            "failures": self.failures,
            "reason": self.trouble,
        }

    def _begin(self) -> None:
        files = LiveFiles(self.folder)
        try:
            files.hold()
        except RecordInUseError as error:
            if self._thread is None or not self._thread.is_alive():
                raise ValueError(
                    f"{self.folder} is the live file of another guard: stop that one, or name "
                    "another folder (--live-dir, live_dir)"
                ) from error
            # It is our own of before, which a disk holds up.
            self._fail(error)
        except LiveFolderRefused:
            raise
        except OSError as error:
            self._fail(error)
        self._over = threading.Event()
        thread = threading.Thread(
            target=self._run, args=(files, self._over), name="order-flow-live", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # the machine has no thread left, and the watch needs none
            self._fail(OSError(str(error)))
        else:
            self._thread = thread

    def _run(self, files: LiveFiles, over: threading.Event) -> None:
        wait = self._wait or over.wait
        watched = self._threads.watched(WRITING, WRITING_SECONDS)
        due = monotonic_seconds()
        is_over = False
        while not is_over:
            pause = watched.run(lambda: self._write(files)) or SLEEPING_SECONDS
            watched.rest()
            due = max(due + pause, monotonic_seconds())
            is_over = wait(due - monotonic_seconds())
        watched.run(lambda: self._write(files, last=True))
        files.close()
        watched.rest()

    def _write(self, files: LiveFiles, *, last: bool = False) -> float:
        """Write the next line; return after how many seconds another one is due."""
        beat = self._look(whole=files.begins_anew, last=last)
        try:
            files.write(encode_beat(beat), beat.written_ns, is_whole=beat.whole)
        except (OSError, RecordInUseError) as error:
            self.failures += 1
            self._fail(error)
            return SLEEPING_SECONDS
        if self.trouble:
            self.trouble = ""
            _logger.warning("order_flow.live_file_written_again", extra={"path": str(self.folder)})
        return BEAT_SECONDS if beat.sleeping_until_ns is None else SLEEPING_SECONDS

    def _fail(self, error: OSError | RecordInUseError) -> None:
        """Keep why nothing can be written; it is logged once, until something can be."""
        is_new = not self.trouble
        self.trouble = words_of(error) if isinstance(error, OSError) else str(error)
        if is_new:
            extra = {"path": str(self.folder), "error_message": self.trouble}
            _logger.warning("order_flow.live_file_failed", extra=extra)
