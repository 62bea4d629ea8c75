"""A watch that goes on after a break: which history it needs, and what was said of it; pure.

What a restart judges again must come out as it did. A burst is measured by six minutes, so the tape
of a watch that goes on is asked for from so long before the break that the windows are whole well
before it; what is found at the edge of that history, by less than whole windows, was judged by the
run before, and is not raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..calendar import session_at
from ..data_models import AlertSource
from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from .signals import Signal

BACKFILL_NS: Final = 370 * NS_PER_SECOND
"""Asked for at the start: the current minute, five minutes of baseline, and a margin."""
CONTINUES_WITHIN_NS: Final = 900 * NS_PER_SECOND
"""After a longer break a watch begins anew: its past costs more than it tells."""
_WINDOWS_WHOLE_NS: Final = 360 * NS_PER_SECOND
_ORDERS_WHOLE_NS: Final = NS_PER_SECOND
_LEVELS_CUT_NS: Final = 5 * NS_PER_SECOND
"""A level that is gone for so long and comes back is another."""
_NS_PER_MINUTE: Final = 60 * NS_PER_SECOND


class JudgedSpan(NamedTuple):
    """What was judged of one symbol, by this run and those before it.

    Attributes:
        since_ns: The first moment of the first watch, Unix nanoseconds.
        until_ns: The newest print.
    """

    since_ns: int
    until_ns: int


def backfill_start(now_ns: int, judged: JudgedSpan | None = None) -> int:
    """Return from when a symbol's tape is asked for as its watch begins, Unix nanoseconds.

    A whole minute, so that two starts within one minute judge the same events.

    Args:
        now_ns: The present.
        judged: What was judged of it before; None where that is not known.
    """
    start_ns = now_ns - BACKFILL_NS
    if judged is None or now_ns - judged.until_ns > CONTINUES_WITHIN_NS:
        return start_ns - start_ns % _NS_PER_MINUTE
    # Twice: whole windows first, and then as long again for a burst that goes on to end.
    start_ns = min(start_ns, judged.until_ns - 2 * BACKFILL_NS)
    # What the first watch did not see made no windows then.
    return max(start_ns - start_ns % _NS_PER_MINUTE, judged.since_ns)


@dataclass(frozen=True, slots=True)
class WatchStart:
    """Where the history of a watch begins, and what is known of the time before.

    Attributes:
        from_ns: Its first moment, Unix nanoseconds.
        since_ns: The first moment of an earlier watch that had judged this beginning; None where
            there was none.
        known_prices: Source and price of each large seller that was said earlier on this day.
        settled_ns: What is earlier was judged by the settings of then, and is not raised by those
            of now.
    """

    from_ns: int
    since_ns: int | None = None
    known_prices: frozenset[tuple[AlertSource, int]] = frozenset()
    settled_ns: int = FAR_PAST_NS

    def was_said(self, signal: Signal, *, at_first_quote: bool) -> bool:
        """Return whether a signal was said before, or was not to be said.

        Args:
            signal: What was found.
            at_first_quote: True where no more than one quote has been judged yet.
        """
        if signal.timestamp_ns < self.settled_ns:
            return True
        after_ns = signal.timestamp_ns - self.from_ns
        source, ticks = signal.source, signal.price_ticks
        if source in ("resting_bid", "ask_wall"):
            # It may have stood before, and been said then with another stamp.
            is_cut = at_first_quote or after_ns < _LEVELS_CUT_NS
            if is_cut and ticks is not None and (source, ticks) in self.known_prices:
                return True
        elif self.since_ns is not None:
            # An order is whole at once; a burst, and an attack that goes on for long, are not.
            whole_ns = _ORDERS_WHOLE_NS if source == "aggressive_sell" else _WINDOWS_WHOLE_NS
            if after_ns < whole_ns:
                return True
        return self.since_ns is not None and signal.timestamp_ns < self.since_ns


def watch_start(
    from_ns: int,
    judged: JudgedSpan | None,
    known_prices: frozenset[tuple[AlertSource, int]] = frozenset(),
    settings_ns: int = FAR_PAST_NS,
) -> WatchStart:
    """Return the beginning of a watch.

    Args:
        from_ns: Its first moment, Unix nanoseconds.
        judged: What was judged of the symbol before; None where that is not known.
        known_prices: As in `WatchStart`.
        settings_ns: Since when the settings of now hold, Unix nanoseconds.
    """
    goes_on = judged is not None and judged.until_ns - from_ns >= _WINDOWS_WHOLE_NS
    since_ns = judged.since_ns if goes_on and judged is not None else None
    # The newest print was judged, too.
    settled_ns = FAR_PAST_NS if judged is None else min(settings_ns, judged.until_ns + 1)
    return WatchStart(from_ns, since_ns, known_prices, settled_ns)


class JudgedSpans:
    """What was judged of each symbol, by this run and those before it."""

    def __init__(self) -> None:
        self._spans: dict[str, JudgedSpan] = {}

    def know(self, spans: Mapping[str, JudgedSpan]) -> None:
        """Take over what earlier runs judged; what this one did counts more."""
        self._spans = {**spans, **self._spans}

    def of(self, symbol: str) -> JudgedSpan | None:
        """Return what was judged of a symbol, or None."""
        return self._spans.get(symbol)

    def note(self, symbol: str, start: WatchStart, newest_print_ns: int) -> None:
        """Note how far a watch has come; without a print, 0, it has come nowhere."""
        if newest_print_ns:
            since_ns = start.from_ns if start.since_ns is None else start.since_ns
            self._spans[symbol] = JudgedSpan(since_ns, newest_print_ns)

    def recent(self, now_ns: int) -> Mapping[str, JudgedSpan]:
        """Forget what no watch would go on from any more, and return the rest."""
        oldest_ns = now_ns - CONTINUES_WITHIN_NS
        self._spans = {
            each: span for each, span in self._spans.items() if span.until_ns >= oldest_ns
        }
        return self._spans


def day_start(stamp_ns: int) -> int:
    """Return when the trading day of a moment began, Unix nanoseconds; never between the days."""
    session = session_at(stamp_ns)
    return FAR_FUTURE_NS if session is None else session.extended_open_ns
