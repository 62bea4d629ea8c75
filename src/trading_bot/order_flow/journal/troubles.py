"""What of a record cannot be written now, since when, and what everybody has to be told of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ..clock import utc_now

Writes = Literal["lines", "judged", "lock", "compressing"]
"""What may fail, each on its own: lines, the note of what was judged, the lock of the folder, and
compressing old days."""
RecordChangeKind = Literal["record_failed", "record_ok", "record_reopened"]
AS_LOGGED: Final[Mapping[RecordChangeKind, tuple[int, str]]] = {
    "record_failed": (logging.ERROR, "order_flow.record_failed"),
    "record_ok": (logging.WARNING, "order_flow.record_ok"),
    "record_reopened": (logging.ERROR, "order_flow.record_reopened"),
}
"""Level and event of each change in a log."""


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


class Troubles:
    """Keeps what fails; for one caller at a time.

    Attributes:
        since: When something began to fail, by the machine's clock; None while nothing does.
    """

    def __init__(self) -> None:
        self._failing: dict[Writes, str] = {}
        self._are_told = False
        self.since: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self._failing)

    @property
    def reason(self) -> str:
        """Why it fails, in a few words; empty while nothing does."""
        return "; ".join(dict.fromkeys(self._failing.values()))

    def of(self, what: Writes) -> str:
        """Return why one thing fails; empty while it does not."""
        return self._failing.get(what, "")

    def fail(self, what: Writes, reason: str) -> bool:
        """Take note that something fails; return whether that is news."""
        is_new = what not in self._failing
        if not self._failing:
            self.since = utc_now()
        self._failing[what] = reason
        return is_new

    def mend(self, what: Writes) -> None:
        """Take note that something works."""
        self._failing.pop(what, None)
        if not self._failing:
            self.since = None

    def change(self, lost_lines: int) -> RecordChange | None:
        """Return what is to be told since the last call, if anything.

        Args:
            lost_lines: How many lines were lost, over all.
        """
        if self._are_told == bool(self._failing):
            return None
        self._are_told = not self._are_told
        if self._are_told:
            return RecordChange("record_failed", self.reason)
        lost = f"{lost_lines:,} lines were lost" if lost_lines else "nothing was lost"
        return RecordChange("record_ok", lost)
