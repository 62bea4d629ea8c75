"""Which notices go out together, and when: grouped, at a bounded rate, held over quiet hours; pure.

Times are seconds of a clock that is never set, and are given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trading_bot.notify.notice import Notice, notice

URGENT_WAIT_SECONDS: Final = 1.0
"""How long an urgent notice waits for others that come with it."""
WAIT_SECONDS: Final = 10.0
"""How long any other one does."""
BURST: Final = 5
"""Messages that may go out at once after a pause."""
SECONDS_A_MESSAGE: Final = 20.0
"""How often one may go out after that."""
KEPT_FOR_URGENT: Final = 1
"""Messages of a burst that only urgent notices may take."""
MOST_WAITING: Final = 500
LINES_A_MESSAGE: Final = 20
_MOST_NAMED: Final = 60
_LONGEST_TITLE: Final = 100


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once.

    Attributes:
        title: What it is about, in a few words.
        body: A line for each notice.
        urgent: Whether one of them is.
    """

    title: str
    body: str
    urgent: bool


class Desk:
    """Holds notices until they go out.

    Args:
        mark: Stands in front of each line and title; empty where the market is real.
    """

    def __init__(self, mark: str = "") -> None:
        self._mark = mark
        self._waiting: deque[tuple[float, Notice]] = deque()
        self._tokens = float(BURST)
        self._counted_at: float | None = None
        self._lost = 0

    @property
    def waiting(self) -> int:
        """How many notices wait."""
        return len(self._waiting)

    def take(self, new: Notice, now: float) -> None:
        """Let a notice wait; where too many do, the oldest that is not urgent is lost."""
        self._waiting.append((now, new))
        if len(self._waiting) > MOST_WAITING:
            self._lose_one()

    def note_lost(self, count: int) -> None:
        """Have it told that notices were lost elsewhere."""
        self._lost += count

    def due(self, now: float, *, quiet: bool) -> Message | None:
        """Return what is to go out now; None for nothing.

        Args:
            now: Seconds.
            quiet: Only what is urgent may go out.
        """
        self._refill(now)
        if quiet and not any(each.urgent for _, each in self._waiting):
            return None
        urgent = [at for at, each in self._waiting if each.urgent]
        if urgent and now - urgent[0] >= URGENT_WAIT_SECONDS and self._tokens >= 1:
            return self._message(urgent_only=quiet)
        is_old = bool(self._waiting) and now - self._waiting[0][0] >= WAIT_SECONDS
        if quiet or not is_old or self._tokens < 1 + KEPT_FOR_URGENT:
            return None
        return self._message(urgent_only=False)

    def flush(self) -> Message | None:
        """Return all that waits, as the last message; None for nothing."""
        return self._message(urgent_only=False) if self._waiting else None

    def _refill(self, now: float) -> None:
        if self._counted_at is not None:
            gained = (now - self._counted_at) / SECONDS_A_MESSAGE
            self._tokens = min(float(BURST), self._tokens + gained)
        self._counted_at = now

    def _message(self, *, urgent_only: bool) -> Message:
        going = [each for _, each in self._waiting if each.urgent or not urgent_only]
        # What is urgent is read first.
        going.sort(key=lambda each: not each.urgent)
        left = [pair for pair in self._waiting if urgent_only and not pair[1].urgent]
        self._waiting = deque(left)
        self._tokens -= 1
        if self._lost:
            going.append(notice("lost", None, f"{self._lost:,} notices were lost: too many"))
            self._lost = 0
        return message_of(going, self._mark)

    def _lose_one(self) -> None:
        place = next((n for n, (_, each) in enumerate(self._waiting) if not each.urgent), 0)
        del self._waiting[place]
        self._lost += 1


def message_of(notices: Sequence[Notice], mark: str) -> Message:
    """Return one message of some notices.

    Args:
        notices: At least one, the most important first.
        mark: Stands in front of each line and title.
    """
    names = list(dict.fromkeys(each.name for each in notices))
    title = ", ".join(names)
    if len(notices) > 1:
        title = f"{len(notices)} notices: {title}"
    if len(title) > _LONGEST_TITLE:
        title = f"{title[: _LONGEST_TITLE - 1]}…"
    lines = [f"{mark}{each.text}" for each in notices[:LINES_A_MESSAGE]]
    rest = notices[LINES_A_MESSAGE:]
    if rest:
        others = list(dict.fromkeys(each.name for each in rest))
        more = "" if len(others) <= _MOST_NAMED else ", …"
        lines.append(f"{mark}and {len(rest)} more: {', '.join(others[:_MOST_NAMED])}{more}")
    return Message(f"{mark}{title}", "\n".join(lines), any(each.urgent for each in notices))
