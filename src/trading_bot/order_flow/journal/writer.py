"""The durable record: one JSON object a line, one write a line, one file a UTC day.

A line is written whole before anybody is told of what it says. A process that dies at any moment
leaves at most one half line at the end, which the next start removes; a disk that fills up leaves
none, because what it took of a line is taken back. What cannot be written waits, is written in its
order once it can be, and is never waited for.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from ..diagnostics import get_logger
from ..errors import RecordInUseError
from ..market.units import iso_utc
from ..rules.continued import JudgedSpan
from .day_file import DayFile
from .lines import Line, line_bytes
from .lock import FolderLock
from .private_files import make_private_folder, tighten_folder, try_to_write, words_of
from .reading import JUDGED_FILE, RecordReader, is_of_record, repair, write_whole
from .said import Said, said_of
from .troubles import AS_LOGGED, RecordChange, Troubles
from .waiting import WaitingLines

_STAMP = b'"timestamp":"'
_logger = get_logger(__name__)

WRITTEN_A_LOOK: Final = 1_000
"""Lines that have waited and are written at one look: some ten milliseconds of the judging."""


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
        self._troubles = Troubles()
        self._written_since_look = 0
        self._reopened = 0
        if repair:
            make_private_folder(self.directory)
            # Whoever keeps it has repaired it.
            with suppress(RecordInUseError), self._folder_lock.taken():
                self._repair()

    def hold(self) -> bool:
        """Keep other guards from this record until as many have `let_go` of it as hold it.

        Returns:
            True where nobody of this process held it before.

        Raises:
            RecordInUseError: Another guard has it.
        """
        with self._lock:
            if not self._holders:
                self._folder_lock.take()
                self._troubles.mend("lock")
                tighten_folder(self.directory, is_of_record)
                self._repair()
            self._holders += 1
            return self._holders == 1

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
            if self._troubles.of("lock") or self._waiting.has(day):
                self._keep(day, data)
                return
            try:
                self._file.write(day, data)
                self._written_since_look += 1
            except OSError as failure:
                error = failure
                is_new = self._troubles.fail("lines", words_of(error))
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
            found = (reopened, self._troubles.change(self._waiting.lost))
        changes = tuple(each for each in found if each is not None)
        for change in changes:
            _logger.log(
                *AS_LOGGED[change.kind],
                extra={"directory": str(self.directory), "reason": change.reason},
            )
        return changes

    def seal(self, day: str) -> bool:
        """Let no further line into the plain file of a day, which is to be compressed.

        Returns:
            Whether the folder is held, so that nobody else writes there; else nothing is done.
        """
        with self._lock:
            if not self._folder_lock.is_held:
                return False
            self._file.seal(day)
            return True

    def note_compressing(self, failure: str) -> None:
        """Take note of how it went to compress old days; a failure is told at the next look.

        Args:
            failure: Why one stays plain; empty where all went well.
        """
        with self._lock:
            if failure:
                self._troubles.fail("compressing", failure)
            else:
                self._troubles.mend("compressing")

    @property
    def unreadable_lines(self) -> int:
        """How many lines could not be read, of those that were."""
        return self._reader.unreadable_lines

    @property
    def trouble(self) -> str:
        """Why writes fail now; empty while they do not."""
        with self._lock:
            return self._troubles.reason

    def health(self) -> dict[str, Any]:
        """Say how the record is kept; see docs/record.md."""
        with self._lock:
            since = self._troubles.since
            return {
                "status": "failed" if self._troubles else "ok",
                "reason": self._troubles.reason or None,
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
            config_hash: Only alerts found under these settings, or others that became these on the
                way of a run.
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
        if self._troubles.of("lock"):
            return  # it is another's
        try:
            write_whole(self.directory / JUDGED_FILE, msgspec.json.encode(judged))
        except OSError as error:
            reason = words_of(error)
            with self._lock:
                self.failed_writes[reason] += 1
                is_new = self._troubles.fail("judged", reason)
            if is_new:
                self._log_failure(error, JUDGED_FILE)
        else:
            with self._lock:
                self._troubles.mend("judged")

    def newest_alert_at(self) -> datetime | None:
        """Return the timestamp of the newest recorded alert, or None when there is none."""
        return self._reader.newest_alert_at()

    # All that follows is called with the lock held.

    def _keep(self, day: bytes, data: bytes) -> None:
        """Let a line wait that cannot be written now."""
        reason = self._troubles.of("lock") or self._troubles.of("lines")
        self.failed_writes[reason] += 1
        self._waiting.add(day, data)

    def _write_waiting(self, most: float = math.inf) -> None:
        """Write what waits as far as that goes: a day whose file fails holds up no other."""
        if self._troubles.of("lock"):
            return
        for day in self._waiting.days():
            try:
                while self._waiting.has(day) and most > 0:
                    self._file.write(day, self._waiting.first(day))
                    self._waiting.drop_first(day)
                    most -= 1
            except OSError as error:
                self._troubles.fail("lines", words_of(error))
        if not self._waiting:
            self._troubles.mend("lines")

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
            self._troubles.fail("lock", str(error))
        else:
            self._troubles.mend("lock")

    def _repair(self) -> None:
        for day in self._reader.days():
            for path in filter(None, (day.plain, day.late)):
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
