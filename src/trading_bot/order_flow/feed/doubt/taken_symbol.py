"""A symbol that REST has taken over from the stream: its step, and what its channels lost; pure."""

from __future__ import annotations

from typing import Final

from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from ...providers.supervision.actions import QUOTES, TRADES, Channel, channels_of

TRY_EVERY_NS: Final = 60 * NS_PER_SECOND
TRY_SELDOM_NS: Final = 600 * NS_PER_SECOND
OFTEN: Final = 10
"""So many times the stream is tried each minute for a symbol given up, then seldom."""

WELL, AWAY, RENEWED, WAITING = "well", "away", "renewed", "waiting"
RECONNECTED, BY_REST = "reconnected", "by_rest"


class Loss:
    """What a doubted channel lost, and what it brought since its step began.

    Args:
        lost_ns: Newest stamp of what it should have brought.
    """

    __slots__ = ("_brought_ns", "_first_ns", "_has_lost_again", "_lost_ns")

    def __init__(self, lost_ns: int) -> None:
        self._lost_ns = lost_ns
        self.begin()

    def begin(self) -> None:
        """Begin a step: what was brought before it is no proof that it helped."""
        self._brought_ns = FAR_PAST_NS
        self._first_ns = FAR_FUTURE_NS
        self._has_lost_again = False

    def lose(self, lost_ns: int) -> None:
        """Learn of a loss; one behind the first event of this step says that it did not help."""
        self._lost_ns = max(self._lost_ns, lost_ns)
        self._has_lost_again |= lost_ns > self._first_ns

    def bring(self, stamp_ns: int) -> None:
        """Learn of an event that the stream brought."""
        self._brought_ns = max(self._brought_ns, stamp_ns)
        if stamp_ns > self._lost_ns:
            self._first_ns = min(self._first_ns, stamp_ns)

    @property
    def is_ill(self) -> bool:
        """True until it brings what is newer than its loss, and when it lost again since."""
        return self._has_lost_again or self._brought_ns <= self._lost_ns


class TakenSymbol:
    """One symbol, from the doubt until it is cleared.

    Args:
        symbol: Whose.
        now_ns: The time.

    Attributes:
        step: Of `escalation`'s table.
        since_ns: When the step began, or was last tried.
        losses: The doubted channels, by kind.
    """

    __slots__ = ("_symbol", "_tries", "losses", "since_ns", "step")

    def __init__(self, symbol: str, now_ns: int) -> None:
        self._symbol = symbol
        self._tries = 0
        self.step = AWAY
        self.since_ns = now_ns
        self.losses: dict[str, Loss] = {}

    def enter(self, step: str, now_ns: int) -> None:
        """Begin a step."""
        self.step, self.since_ns = step, now_ns
        for loss in self.losses.values():
            loss.begin()

    @property
    def is_ill(self) -> bool:
        """True while a channel is."""
        return any(loss.is_ill for loss in self.losses.values())

    def is_to_be_tried(self, now_ns: int) -> bool:
        """Return whether the stream's next chance has come, once it was given up."""
        wait_ns = TRY_EVERY_NS if self._tries < OFTEN else TRY_SELDOM_NS
        return self.step == BY_REST and now_ns - self.since_ns >= wait_ns

    def try_again(self, now_ns: int) -> None:
        """Give the stream its next chance."""
        self._tries += 1
        self.enter(BY_REST, now_ns)

    def channels(self) -> tuple[Channel, ...]:
        """Return the doubted channels; prints and quotes where it is the whole feed."""
        return tuple(Channel(kind, self._symbol) for kind in sorted(self.losses)) or (
            *channels_of(TRADES, (self._symbol,)),
            *channels_of(QUOTES, (self._symbol,)),
        )
