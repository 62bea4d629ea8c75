"""Whether trading goes on at all: sessions and halts of one symbol; pure: every time is given.

| state | event | becomes |
| --- | --- | --- |
| open | session ends | closed: time stands still for all that ages |
| closed | session begins | open |
| trading | halted | halted |
| halted | resumed | trading, and said for 10 s more |
"""

from __future__ import annotations

from typing import Final

from ...market.units import FAR_PAST_NS, NS_PER_SECOND

CLOSING_NS: Final = 15 * NS_PER_SECOND
"""How long after the close its last events may still come."""


class Circumstances:
    """What explains a silence.

    Attributes:
        closed_ns: When the session ended, Unix nanoseconds; None while it lasts.
        opened_ns: When it began, where that was told.
        halted_at_ns: Since when trading rests; None while it does not.
        reopened_ns: When it went on last.
    """

    __slots__ = ("closed_ns", "halted_at_ns", "opened_ns", "reopened_ns")

    def __init__(self) -> None:
        self.closed_ns: int | None = None
        self.halted_at_ns: int | None = None
        self.opened_ns = self.reopened_ns = FAR_PAST_NS

    def close(self, now_ns: int) -> None:
        """Expect nothing until the next session."""
        if self.closed_ns is None:
            self.closed_ns = now_ns

    def open(self, now_ns: int) -> None:
        """Expect events again."""
        self.closed_ns, self.opened_ns = None, now_ns

    def halt(self, now_ns: int) -> None:
        """Expect no prints."""
        if self.halted_at_ns is None:
            self.halted_at_ns = now_ns

    def resume(self, now_ns: int) -> bool:
        """Expect prints again; return False where trading did not rest."""
        if self.halted_at_ns is None:
            return False
        self.halted_at_ns, self.reopened_ns = None, now_ns
        return True

    def may_bring(self, now_ns: int) -> bool:
        """Return whether events may come: in a session, or just after its end."""
        return self.closed_ns is None or now_ns - self.closed_ns <= CLOSING_NS

    def session_now_ns(self, now_ns: int) -> int:
        """Return the present, which stands still between sessions."""
        return now_ns if self.closed_ns is None else min(now_ns, self.closed_ns)

    def step_back(self, now_ns: int) -> None:
        """Let no moment lie ahead after the clock went back."""
        self.opened_ns = min(self.opened_ns, now_ns)
        self.reopened_ns = min(self.reopened_ns, now_ns)
