"""What time it is at the exchange, and which stamps cannot be; pure: every time is given.

The exchange's time is the median of its symbols' newest stamps, moved on by a steady clock: one
wrong stamp moves it not. What is ahead of it is set aside, moves no mark and is missing data.

| clock | found when | ends when |
| --- | --- | --- |
| (fine) | | |
| clock_unsure | most symbols more than 2 s ahead of the machine at one look or two | they are not |
| clock_unsure | most more than 30 s behind, or a clock jumped | a server tells its time |
| clock | most symbols ahead for three looks in a row | at a look they are not |
| clock | the machine more than 30 s off the server's time | they agree |
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Final

from ..market.units import FAR_PAST_NS, NS_PER_MS, NS_PER_SECOND
from .coverage.findings import ClockState

AHEAD_NS: Final = 5 * NS_PER_SECOND
"""A stamp further ahead of the exchange's time is set aside; stamps this near agree."""
MACHINE_AHEAD_NS: Final = 2 * NS_PER_SECOND
"""What stamps may be ahead of our clock, and our clock off the server's, without a doubt."""
CLOCK_OFF_NS: Final = 30 * NS_PER_SECOND
LEAST_MARGIN_NS: Final = 250 * NS_PER_MS
"""How well the stamps tell the exchange's time: most came a little earlier."""
CLOCK_LOOKS: Final = 3
AGREEING: Final = 3
"""Stamps that agree are believed from so many on."""
SLOW_ANSWER_NS: Final = 2 * NS_PER_SECOND
"""The server's time of a slower answer tells nothing."""
JUMP_NS: Final = 5 * NS_PER_SECOND
"""A clock that runs so much further than the other was set, or the machine slept."""
SERVER_GOOD_NS: Final = 300 * NS_PER_SECOND
_HOUR_NS: Final = 3_600 * NS_PER_SECOND
_BEFORE_SESSION_NS, _AFTER_SESSION_NS = 4 * _HOUR_NS, 20 * _HOUR_NS
_BUCKET_NS: Final = 30 * NS_PER_SECOND


class _Newest:
    """How far a symbol's newest stamps are ahead of the steady clock.

    The largest of 30 to 60 s counts, so that a late row does not move it back, and that a stamp
    that was believed wrongly is forgotten.
    """

    __slots__ = ("_before_ns", "_bucket_ns", "_largest_ns", "looked_ns")

    def __init__(self, offset_ns: int, steady_ns: int) -> None:
        self._largest_ns = self._before_ns = self.looked_ns = offset_ns
        self._bucket_ns = steady_ns

    def take(self, offset_ns: int, steady_ns: int) -> None:
        if steady_ns - self._bucket_ns >= _BUCKET_NS:
            self._before_ns, self._largest_ns = self._largest_ns, offset_ns
            self._bucket_ns = steady_ns
        self._largest_ns = max(self._largest_ns, offset_ns)
        self.looked_ns = max(self.looked_ns, offset_ns)

    @property
    def offset_ns(self) -> int:
        return max(self._largest_ns, self._before_ns)


class MarketTime:
    """The exchange's time, our clock's truth, and the stamps that are set aside.

    Args:
        machine_ns: The machine's time, Unix nanoseconds.
        steady_ns: A clock that is never set, nanoseconds from any moment.

    Attributes:
        ahead_ns: A stamp up to here needs no second look until the next: for the usual path.
        set_aside: How many stamps were set aside.
        asks_server_time: True while only a server's time can tell what is wrong.
        session_opens_ns: When today's session begins with its extended hours; None is unchecked.
    """

    def __init__(self, machine_ns: int, steady_ns: int) -> None:
        self._machine_offset_ns = machine_ns - steady_ns
        self._server_offset_ns: int | None = None
        self._server_heard_ns = FAR_PAST_NS
        self._newest: dict[str, _Newest] = {}
        # Of all of them, in order: each symbol's look asks for the median.
        self._offsets_ns: list[int] = []
        self._aside: list[tuple[str, int]] = []
        self._believed_ns = FAR_PAST_NS
        self._looks_ahead = 0
        self._has_jumped = False
        self.session_opens_ns: int | None = None
        self.set_aside = 0
        self.asks_server_time = False
        self.ahead_ns = machine_ns + AHEAD_NS

    def accept(self, symbol: str, stamp_ns: int, steady_ns: int) -> bool:
        """Return whether a stamp can be; one that cannot is to be refused as `future`.

        Args:
            symbol: Whose event.
            stamp_ns: Its exchange stamp, Unix nanoseconds.
            steady_ns: When it came, by the steady clock.
        """
        offset_ns = stamp_ns - steady_ns
        newest = self._newest.get(symbol)
        bound_ns = self._bound_ns(steady_ns)
        if newest is not None:
            # However late the others are, a symbol may be where it was.
            bound_ns = max(bound_ns, newest.offset_ns + steady_ns)
        fits = stamp_ns <= bound_ns + AHEAD_NS and self._is_of_session(stamp_ns)
        if not fits and abs(offset_ns - self._believed_ns) <= AHEAD_NS:
            fits = True
            self._believed_ns = offset_ns
        if not fits:
            fits = self._is_believed_now(symbol, offset_ns, stamp_ns, steady_ns)
        if not fits:
            self.set_aside += 1
            return False
        if newest is None:
            newest = self._newest[symbol] = _Newest(offset_ns, steady_ns)
        else:
            self._drop_offset(newest.offset_ns)
            newest.take(offset_ns, steady_ns)
        insort(self._offsets_ns, newest.offset_ns)
        return True

    def server_said(self, server_ns: int, asked_steady_ns: int, steady_ns: int) -> None:
        """Take the time that a server put into an answer, as its `Date` header.

        Args:
            server_ns: That time, whole seconds cut off, Unix nanoseconds.
            asked_steady_ns: When it was asked, by the steady clock.
            steady_ns: When the answer came.
        """
        if steady_ns - asked_steady_ns <= SLOW_ANSWER_NS:
            self._server_offset_ns = server_ns + NS_PER_SECOND // 2 - steady_ns
            self._server_heard_ns = steady_ns
            self._has_jumped = False

    def exchange_now_ns(self, steady_ns: int) -> int | None:
        """Return the exchange's time as its stamps tell it; None before the first."""
        if not self._newest:
            return None
        return self._median_ns() + steady_ns

    def margin_ns(self, steady_ns: int) -> int:
        """Return what the exchange may be ahead of our clock: at most 2 s without a doubt."""
        exchange_ns = self.exchange_now_ns(steady_ns)
        if exchange_ns is None:
            return MACHINE_AHEAD_NS
        ahead_ns = exchange_ns - self.now_ns(steady_ns)
        return min(max(ahead_ns, 0) + LEAST_MARGIN_NS, MACHINE_AHEAD_NS)

    def now_ns(self, steady_ns: int) -> int:
        """Return the present: our clock's, or the server's where ours is off by more than 2 s.

        Never read from stamps, which may all be late.
        """
        offset_ns = self._server_offset(steady_ns)
        if offset_ns is None or abs(offset_ns - self._machine_offset_ns) <= MACHINE_AHEAD_NS:
            offset_ns = self._machine_offset_ns
        return offset_ns + steady_ns

    def look(self, machine_ns: int, steady_ns: int) -> ClockState:
        """Say what is wrong with the clock; to be called once a second.

        Args:
            machine_ns: The machine's time, Unix nanoseconds.
            steady_ns: The same moment by the steady clock.
        """
        machine_offset_ns = machine_ns - steady_ns
        if abs(machine_offset_ns - self._machine_offset_ns) > JUMP_NS:
            # The steady clock may have slept: what was moved on by it is worth nothing.
            self._has_jumped = True
            self._server_offset_ns = None
            self._newest.clear()
            self._offsets_ns.clear()
            self._aside.clear()
            self._believed_ns = FAR_PAST_NS
        self._machine_offset_ns = machine_offset_ns
        heard = [each.looked_ns for each in self._newest.values() if each.looked_ns > FAR_PAST_NS]
        for each in self._newest.values():
            each.looked_ns = FAR_PAST_NS
        if heard:
            ahead = sum(offset_ns - machine_offset_ns > MACHINE_AHEAD_NS for offset_ns in heard)
            self._looks_ahead = self._looks_ahead + 1 if 2 * ahead > len(heard) else 0
        behind = sum(machine_offset_ns - offset_ns > CLOCK_OFF_NS for offset_ns in heard)
        self.ahead_ns = self._bound_ns(steady_ns) + AHEAD_NS
        if self.session_opens_ns is not None:
            self.ahead_ns = min(self.ahead_ns, self.session_opens_ns + _AFTER_SESSION_NS - 1)
        return self._state(steady_ns, are_behind=2 * behind > len(heard))

    def forget(self, symbol: str) -> None:
        """Drop a symbol that is no longer held."""
        newest = self._newest.pop(symbol, None)
        if newest is not None:
            self._drop_offset(newest.offset_ns)
        self._aside = [(other, offset_ns) for other, offset_ns in self._aside if other != symbol]

    def _state(self, steady_ns: int, *, are_behind: bool) -> ClockState:
        server_offset_ns = self._server_offset(steady_ns)
        off_ns = 0 if server_offset_ns is None else abs(server_offset_ns - self._machine_offset_ns)
        is_unsure = server_offset_ns is None and (are_behind or self._has_jumped)
        self.asks_server_time = is_unsure or self._looks_ahead > 0 or off_ns > CLOCK_OFF_NS
        if off_ns > CLOCK_OFF_NS or self._looks_ahead >= CLOCK_LOOKS:
            return "clock"
        return "clock_unsure" if is_unsure or self._looks_ahead else ""

    def _bound_ns(self, steady_ns: int) -> int:
        """Return the latest time that the exchange may have.

        Stamps may all be late, and so are not asked alone.
        """
        offset_ns = self._server_offset(steady_ns)
        if offset_ns is None:
            offset_ns = self._machine_offset_ns
        if self._newest:
            offset_ns = max(offset_ns, self._median_ns())
        return offset_ns + steady_ns

    def _median_ns(self) -> int:
        return self._offsets_ns[(len(self._offsets_ns) - 1) // 2]

    def _drop_offset(self, offset_ns: int) -> None:
        del self._offsets_ns[bisect_left(self._offsets_ns, offset_ns)]

    def _is_of_session(self, stamp_ns: int) -> bool:
        opens_ns = self.session_opens_ns
        if opens_ns is None:
            return True
        return opens_ns - _BEFORE_SESSION_NS <= stamp_ns < opens_ns + _AFTER_SESSION_NS

    def _is_believed_now(self, symbol: str, offset_ns: int, stamp_ns: int, steady_ns: int) -> bool:
        """Keep a stamp that is set aside; return whether three now agree, and the server does."""
        self._aside = [*self._aside, (symbol, offset_ns)][-AGREEING:]
        server_offset_ns = self._server_offset(steady_ns)
        if server_offset_ns is not None:
            server_ns = server_offset_ns + steady_ns
            if abs(stamp_ns - server_ns) > AHEAD_NS:
                return False
        offsets = [each for _, each in self._aside]
        symbols = {each for each, _ in self._aside}
        others = self._newest.keys() - symbols
        agree = len(offsets) == AGREEING and max(offsets) - min(offsets) <= AHEAD_NS
        # One symbol alone is not believed against others that know better.
        if not agree or (len(symbols) == 1 and others):
            return False
        self._aside.clear()
        self._believed_ns = offset_ns
        return True

    def _server_offset(self, steady_ns: int) -> int | None:
        is_good = steady_ns - self._server_heard_ns <= SERVER_GOOD_NS
        return self._server_offset_ns if is_good else None
