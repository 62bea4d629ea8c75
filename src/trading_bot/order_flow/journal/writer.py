"""The durable record: one JSON object a line, one write a line, one file a UTC day.

A line is written whole before anybody is told of what it says. A process that dies at any moment
leaves at most one half line at the end, which the next start removes; a disk that fills up leaves
none, because what it took of a line is taken back. What cannot be written waits, is written in its
order once it can be, and is never waited for.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from ..clock import utc_now
from ..diagnostics import get_logger
from ..errors import RecordInUseError
from ..rules.continued import JudgedSpan
from .day_file import DayFile
from .lines import Line, iso_utc, line_bytes
from .lock import FolderLock
from .private_files import make_private_folder, try_to_write, words_of
from .reading import JUDGED_FILE, RecordReader, repair, write_whole
from .said import Said, said_of
from .waiting import WaitingLines

_STAMP = b'"timestamp":"'
_logger = get_logger(__name__)

RecordChangeKind = Literal["record_failed", "record_ok", "record_reopened"]
_Writes = Literal["lines", "judged", "lock"]
"""What may fail, each on its own."""
WRITTEN_A_LOOK: Final = 1_000
"""Lines that have waited and are written at one look: some ten milliseconds of the judging."""
_AS_LOGGED: Final[Mapping[RecordChangeKind, tuple[int, str]]] = {
    "record_failed": (logging.ERROR, "order_flow.record_failed"),
    "record_ok": (logging.WARNING, "order_flow.record_ok"),
    "record_reopened": (logging.ERROR, "order_flow.record_reopened"),
}


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Something that everybody has to know of the record.

    Attributes:
        kind: It cannot be written, it can be again, or its files were gone and are begun anew.
        reason: Why, in a few words.
        lost_lines: Lines that went with the files.
    """

    kind: RecordChangeKind
    reason: str
    lost_lines: int = 0


class AlertLog:
    """Writes the record under one folder; may be written to from several threads.

    Whoever keeps the record holds it (`hold`) for as long as it does, so that no other guard writes
    there, and looks after it (`look`) once a second.

    Args:
        directory: Where the day files lie; made when missing.
        repair: False to read a record that another process may be writing: nothing is made.

    Raises:
        OSError: The folder cannot be made.

    Attributes:
        directory: As given.
        failed_writes: Lines and notes that could not be written at once, by the reason.
    """

    def __init__(self, directory: Path | str, *, repair: bool = True) -> None:
        self.directory = Path(directory)
        self.failed_writes: Counter[str] = Counter()
        self._file = DayFile(self.directory)
        # The judging thread writes what it found, those who tell write what was told.
        self._lock = threading.Lock()
        self._folder_lock = FolderLock(self.directory)
        self._holders = 0
        self._reader = RecordReader(self.directory)
        self._waiting = WaitingLines()
        self._failing: dict[_Writes, str] = {}
        self._failing_since: datetime | None = None
        self._told_failing = False
        self._written_since_look = 0
        self._reopened = 0
        if repair:
            make_private_folder(self.directory)
            # Whoever keeps it has repaired it.
            with suppress(RecordInUseError), self._folder_lock.taken():
                self._repair()

    def hold(self) -> None:
        """Keep other guards from this record until as many have `let_go` of it as hold it.

        Raises:
            RecordInUseError: Another guard has it.
        """
        with self._lock:
            if not self._holders:
                self._folder_lock.take()
                self._repair()
            self._holders += 1

    def let_go(self) -> None:
        """Let others keep the record here, once nobody holds it any more; closes the open file."""
        with self._lock:
            self._holders -= 1
            if self._holders:
                return
            self._write_waiting()
            self._file.close()
            self._folder_lock.release()
            left = len(self._waiting)
        if left:
            _logger.error(
                "order_flow.record_lines_not_written",
                extra={"directory": str(self.directory), "lines": left},
            )

    def write(self, line: Line) -> None:
        """Append one line to the file of its day, or keep it until it can be; never raises."""
        data = line_bytes(line)
        day_at = data.index(_STAMP) + len(_STAMP)
        day = data[day_at : day_at + 10]
        error: OSError | None = None
        with self._lock:
            if "lock" in self._failing or self._waiting.has(day):
                self._keep(day, data)
                return
            try:
                self._file.write(day, data)
                self._written_since_look += 1
            except OSError as failure:
                error = failure
                is_new = self._fail("lines", words_of(error))
                self._keep(day, data)
        if error is not None and is_new:
            self._log_failure(error, msgspec.json.decode(data))

    def close(self) -> None:
        """Close the open file; writing again opens it again."""
        with self._lock:
            self._write_waiting()
            self._file.close()

    def look(self, judged: Mapping[str, JudgedSpan] | None = None) -> tuple[RecordChange, ...]:
        """Look after the files: reopen what has vanished, write what waits, and say what changed.

        Whoever keeps the record calls it once a second.

        Args:
            judged: What was judged of each symbol, to be noted; so a record that cannot be written
                is known before there is a line.
        """
        with self._lock:
            reopened = self._find_again()
            self._written_since_look = 0
            self._write_waiting(WRITTEN_A_LOOK)
        if judged is not None:
            self.note_judged(judged)
        with self._lock:
            changes = [] if reopened is None else [reopened]
            if bool(self._failing) != self._told_failing:
                self._told_failing = not self._told_failing
                kind: RecordChangeKind = "record_failed" if self._told_failing else "record_ok"
                changes.append(RecordChange(kind, self._reason() or _is_ok(self._waiting.lost)))
        for change in changes:
            _logger.log(
                *_AS_LOGGED[change.kind],
                extra={"directory": str(self.directory), "reason": change.reason},
            )
        return tuple(changes)

    @property
    def unreadable_lines(self) -> int:
        """How many lines could not be read, of those that were."""
        return self._reader.unreadable_lines

    @property
    def trouble(self) -> str:
        """Why writes fail now; empty while they do not."""
        with self._lock:
            return self._reason() if self._failing else ""

    def health(self) -> dict[str, Any]:
        """Say how the record is kept; see docs/record.md."""
        with self._lock:
            since = self._failing_since
            return {
                "status": "failed" if self._failing else "ok",
                "reason": self._reason() if self._failing else None,
                "since": None if since is None else iso_utc(since),
                "failed_writes": dict(self.failed_writes),
                "waiting_lines": len(self._waiting),
                "lost_lines": self._waiting.lost,
                "reopened": self._reopened,
                "locked": self._folder_lock.is_held,
                "unreadable_lines": self._reader.unreadable_lines,
            }

    def seen_from_outside(self) -> dict[str, Any]:
        """Say how the record stands, for who only reads it."""
        reason = try_to_write(self.directory)
        return {
            "status": "failed" if reason else "ok",
            "reason": reason or None,
            "unreadable_lines": self.unreadable_lines,
        }

    def said(self, since: datetime, until: datetime, *, config_hash: str) -> Said:
        """Return what this record says was found, recommended and held.

        Alerts and recommendations are read from the day files of `since` and later ones; since when
        a position is known, from all of them.

        Args:
            since: Exchange time of the earliest alert that matters.
            until: That of the latest; clocks differ, so not the present.
            config_hash: Only alerts found under these settings.
        """
        reader, first = self._reader, iso_utc(since)[:10]
        if self._folder_lock.is_held:
            with suppress(OSError):  # the next start reads more
                reader.keep_opened()
        reader.unreadable_lines = 0
        said = said_of(
            reader.lines_since(first),
            since=since,
            until=until,
            config_hash=config_hash,
            opened=reader.opened(read_since=first),
            judged=reader.judged(),
        )
        reader.unreadable_lines += said.unreadable
        if said.unreadable:
            _logger.warning(
                "order_flow.record_lines_unreadable",
                extra={"directory": str(self.directory), "lines": said.unreadable},
            )
        return said

    def note_judged(self, judged: Mapping[str, JudgedSpan]) -> None:
        """Write down what was judged of each symbol; a later start goes on from there.

        A failure is counted, and told at the next look: a later start asks for less then, and says
        more twice.

        Args:
            judged: By symbol.
        """
        if "lock" in self._failing:
            return  # it is another's
        try:
            write_whole(self.directory / JUDGED_FILE, msgspec.json.encode(judged))
        except OSError as error:
            reason = words_of(error)
            with self._lock:
                self.failed_writes[reason] += 1
                is_new = self._fail("judged", reason)
            if is_new:
                self._log_failure(error, JUDGED_FILE)
        else:
            with self._lock:
                self._mend("judged")

    def newest_alert_at(self) -> datetime | None:
        """Return the timestamp of the newest recorded alert, or None when there is none."""
        return self._reader.newest_alert_at()

    # All that follows is called with the lock held.

    def _keep(self, day: bytes, data: bytes) -> None:
        """Let a line wait that cannot be written now."""
        reason = self._failing.get("lock") or self._failing["lines"]
        self.failed_writes[reason] += 1
        self._waiting.add(day, data)

    def _fail(self, what: _Writes, reason: str) -> bool:
        """Take note of a failure; return whether that is news."""
        is_new = what not in self._failing
        if not self._failing:
            self._failing_since = utc_now()
        self._failing[what] = reason
        return is_new

    def _mend(self, what: _Writes) -> None:
        self._failing.pop(what, None)
        if not self._failing:
            self._failing_since = None

    def _reason(self) -> str:
        return "; ".join(dict.fromkeys(self._failing.values()))

    def _write_waiting(self, most: float = math.inf) -> None:
        """Write what waits as far as that goes: a day whose file fails holds up no other."""
        if "lock" in self._failing:
            return
        for day in self._waiting.days():
            try:
                while self._waiting.has(day) and most > 0:
                    self._file.write(day, self._waiting.first(day))
                    self._waiting.drop_first(day)
                    most -= 1
            except OSError as error:
                self._fail("lines", words_of(error))
        if not self._waiting:
            self._mend("lines")

    def _find_again(self) -> RecordChange | None:
        """Open anew what was deleted, renamed or replaced; return what is to be told of it."""
        what, lost = "", 0
        if self._holders and not self._folder_lock.is_in_place():
            # Where there are no locks it is asked for again and again, and that is no news.
            what = "the folder" if self._folder_lock.is_held else ""
            self._lock_again()
        if not self._file.is_in_place():
            what = f"the file of {self._file.day}"
            # Renamed, it still has its lines.
            lost = self._written_since_look if self._file.is_deleted() else 0
            self._file.close()
        if not what:
            return None
        self._reopened += 1
        return RecordChange("record_reopened", f"{what} was gone, and is begun anew", lost)

    def _lock_again(self) -> None:
        self._folder_lock.release()
        try:
            self._folder_lock.take()
        except RecordInUseError as error:
            self._file.close()
            self._fail("lock", str(error))
        else:
            self._mend("lock")

    def _repair(self) -> None:
        for path in self._reader.day_files():
            try:
                repair(path)
            except OSError as error:
                _logger.warning(
                    "order_flow.record_not_repaired",
                    extra={"path": str(path), "error_message": str(error)},
                )

    def _log_failure(self, error: OSError, line: object) -> None:
        _logger.error(
            "order_flow.record_write_failed",
            extra={"directory": str(self.directory), "error_message": str(error), "line": line},
        )


def _is_ok(lost: int) -> str:
    return f"{lost:,} lines were lost" if lost else "nothing was lost"
