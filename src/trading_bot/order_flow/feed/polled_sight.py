"""Enters polled answers in a symbol's ledger: polling obeys the same rules as a stream.

Each question goes back to the newest stamp that is known, so that an honest answer holds what it
has shown before. An answer that does is a fill up to what has settled; one that does not proves
nothing, however well it looks.

| answer | enters for prints, and for quotes |
| --- | --- |
| holds the newest | live; what came was heard; filled, and vouched for, up to the settle time |
| lacks it | away: what came may not be all |
| refused rows | each is missing data |
| none | away, for as long as there is none |
| not yet | away, once two polls and 5 s have passed |
"""

from __future__ import annotations

from typing import Final

from ..errors import OrderFlowError, RateLimitError
from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from ..sight.coverage.marks import VOUCHED_NS, longest_gap_ns
from ..sight.ledger import Ledger
from ..sight.settle import UNKNOWN_SETTLE_NS
from ..sight.symbol_repair import Judged
from .poll_feed import Part, TapeAnswer

LONGEST_CYCLE_NS: Final = 30 * NS_PER_SECOND
"""Symbols that are polled more seldom are not called visible."""
UNANSWERED_NS: Final = 5 * NS_PER_SECOND
_CHANNELS: Final[tuple[Judged, Judged]] = ("trades", "quotes")


class PolledSight:
    """What polled answers prove of one symbol.

    Args:
        symbol: Ticker.
        now_ns: The present.

    Attributes:
        ledger: What is known of it.
    """

    def __init__(self, symbol: str, now_ns: int) -> None:
        self.ledger = Ledger(symbol, now_ns)
        self._is_seeded = False
        self._answered_ns = now_ns
        # When the answer before was asked: what had happened by then, it could have shown.
        self._asked_before_ns: int | None = None
        self._newest_ns: dict[Judged, int] = {"trades": FAR_PAST_NS, "quotes": FAR_PAST_NS}
        # From here on the answers, each holding the newest of the one before, leave no hole.
        self._whole_from_ns: dict[Judged, int] = {"trades": FAR_FUTURE_NS, "quotes": FAR_FUTURE_NS}

    def take(self, answer: TapeAnswer, now_ns: int, cycle_ns: int) -> None:
        """Take an answer, once its events are judged.

        Args:
            answer: The answer.
            now_ns: The present.
            cycle_ns: How often the symbol is asked for.
        """
        self._answered_ns = now_ns
        for channel, part in zip(_CHANNELS, (answer.of_trades, answer.of_quotes), strict=True):
            error = answer.error or part.error
            events = answer.trades if channel == "trades" else answer.quotes
            stamps = [each.sip_ns for each in events]
            if error is not None:
                self.fail(channel, _code_of(error), now_ns, error)
                continue
            for _ in range(part.refused):
                self.ledger.row_refused(channel, self._newest_ns[channel], now_ns)
            if part.holds_newest:
                self._fill(channel, part, stamps, answer.asked_ns, now_ns, cycle_ns)
            else:
                self.fail(channel, "overlap_missing", now_ns)
                # The next answer goes back to what this one has shown, and no further.
                self._whole_from_ns[channel] = FAR_FUTURE_NS
            if stamps:
                self._newest_ns[channel] = max(self._newest_ns[channel], *stamps)
        if answer.error is None:
            self._is_seeded = True
            self._asked_before_ns = answer.asked_ns

    def wait(self, now_ns: int, cycle_ns: int) -> None:
        """Take that no other answer has come yet; to be called before each look.

        Args:
            now_ns: The present.
            cycle_ns: How often the symbol is asked for.
        """
        if now_ns - self._answered_ns > max(UNANSWERED_NS, 2 * cycle_ns):
            for channel in _CHANNELS:
                self.fail(channel, "unanswered", now_ns)

    def fail(
        self, channel: Judged, code: str, now_ns: int, error: OrderFlowError | None = None
    ) -> None:
        """Take that a channel was not answered, or by nothing that proves anything."""
        wait_ns = None
        if isinstance(error, RateLimitError) and error.retry_after_seconds is not None:
            wait_ns = round(error.retry_after_seconds * NS_PER_SECOND)
        self.ledger.unsubscribed((channel,), now_ns)
        self.ledger.unfilled(
            channel, FAR_PAST_NS, FAR_FUTURE_NS, code, now_ns, retry_after_ns=wait_ns
        )

    def _fill(
        self,
        channel: Judged,
        part: Part,
        stamps: list[int],
        asked_ns: int,
        now_ns: int,
        cycle_ns: int,
    ) -> None:
        ledger, marks = self.ledger, self.ledger.marks[channel]
        ledger.subscribed(channel, now_ns)
        if not self._is_seeded:
            from_ns = min(part.from_ns, asked_ns)
            ledger.seed(channel, longest_gap_ns(stamps, from_ns, asked_ns))
        if stamps:
            could_be_shown_ns = self._asked_before_ns or asked_ns
            lag_ns = max(0, could_be_shown_ns - max(stamps))
            ledger.heard(channel, max(stamps), len(stamps), now_ns, lag_ns)
        if part.refused:
            # What could not be read may be anything.
            ledger.unfilled(channel, part.from_ns, FAR_FUTURE_NS, "row_refused", now_ns)
            return
        up_to_ns = asked_ns - UNKNOWN_SETTLE_NS
        from_ns = min(part.from_ns - 1, self._whole_from_ns[channel])
        self._whole_from_ns[channel] = from_ns
        if up_to_ns <= from_ns:
            return
        is_frequent = cycle_ns <= LONGEST_CYCLE_NS
        ledger.filled(channel, from_ns, up_to_ns, now_ns, proves=is_frequent)
        marks.vouched_for_ns = max(VOUCHED_NS, min(2 * cycle_ns, LONGEST_CYCLE_NS))
        ledger.audit_period_ns = max(ledger.audit_period_ns, cycle_ns)
        if is_frequent:
            ledger.vouched(channel, up_to_ns, now_ns)
            # Both are one source: equal is whatever was shown, and what was not is a span.
            ledger.compared(channel, FAR_PAST_NS, up_to_ns, now_ns)


def _code_of(error: OrderFlowError) -> str:
    return str(getattr(error, "code", type(error).__name__))
