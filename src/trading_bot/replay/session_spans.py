"""Cuts rows where a session opens or closes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from trading_bot.order_flow.calendar import next_session, session_at
from trading_bot.recorded.rows import SIP_NS, Row


class _Span(NamedTuple):
    """A time that lies in one session, or between two; Unix nanoseconds, the end not included."""

    begin_ns: int
    end_ns: int
    day: date | None


class SessionSpans:
    """Tells of which session rows are; remembers the last one, since rows come by the thousand.

    Args:
        extended: Sessions begin before the opening and end after the close.
    """

    def __init__(self, *, extended: bool) -> None:
        self._extended = extended
        self._span = _Span(0, 0, None)

    def pieces(self, rows: Sequence[Row]) -> Iterator[tuple[date | None, Sequence[Row]]]:
        """Yield rows cut apart, with the day of their session; None for those outside of any.

        Args:
            rows: In exchange order.
        """
        start = 0
        while start < len(rows):
            stamp_ns = rows[start][SIP_NS]
            span = self._span
            if not span.begin_ns <= stamp_ns < span.end_ns:
                span = self._span = self._span_of(stamp_ns)
            whole = not start and rows[-1][SIP_NS] < span.end_ns
            end = len(rows) if whole else bisect_left(rows, (span.end_ns,), start)
            yield span.day, rows if whole else rows[start:end]
            start = end

    def _span_of(self, stamp_ns: int) -> _Span:
        session = session_at(stamp_ns)
        if session is not None:
            begin_ns, end_ns = session.open_ns, session.close_ns
            if self._extended:
                begin_ns, end_ns = session.extended_open_ns, session.extended_close_ns
            if begin_ns <= stamp_ns < end_ns:
                return _Span(begin_ns, end_ns, session.day)
        following = next_session(stamp_ns)
        opens_ns = following.extended_open_ns if self._extended else following.open_ns
        return _Span(stamp_ns, opens_ns, None)
