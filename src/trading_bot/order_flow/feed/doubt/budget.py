"""Whose turn it is to ask REST: an order among four kinds of questions, within the budget; pure.

| turn | asked | waits for | is overdue after |
| --- | --- | --- | --- |
| `takeover` | prints, then quotes of each symbol taken over, round and round | 0.9 s each | |
| `fill` | a channel with a gap, once it is asked for; largest position first | | 2 s |
| pulse | one snapshot of all symbols that the stream has | its period | half a period |
| `audit` | prints of each symbol that the stream has, one by one | its period | half a period |

The first kind that waits has the turn. But three symbols that are polled could take every turn for
ever, and fifty others would be compared with nothing for it: so each second turn goes to the
question that is overdue the longest, if there is one. When all symbols are taken over there is
nothing to compare, and polling has the whole budget.

Comparing (pulse, audit) takes at most its share of the turns of any minute, and all together never
more than the rate. What an answer costs beyond one request (pages) is charged afterwards.
Where all is asked together, a poll waits for 10 s and an audit for the pulse: one question for all.
A gap of a symbol that is taken over is filled by its polling: ask from where the gap begins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import ceil
from typing import Final

from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from ...providers.supervision.actions import QUOTES, TRADES, AskPulse, AskTape, Channel
from .promise import Budget, promise

FILL_OVERDUE_NS: Final = 2 * NS_PER_SECOND
MINUTE_NS: Final = 60 * NS_PER_SECOND

TAKEOVER, FILL, AUDIT = "takeover", "fill", "audit"

Question = AskTape | AskPulse


class RequestTurns:
    """The turns of one account.

    Args:
        budget: How many there are, and what can be asked.

    Attributes:
        compares: False while there is nothing to compare: the market is closed, or no stream is.
    """

    __slots__ = (
        "_at_once",
        "_audit_due_ns",
        "_audit_ns",
        "_budget",
        "_compared_ns",
        "_early",
        "_fills",
        "_held",
        "_most_compared",
        "_poll_every_ns",
        "_polled_ns",
        "_pulse_due_ns",
        "_pulse_ns",
        "_pulse_rest",
        "_rotation",
        "_turns_ns",
        "_was_fair",
        "_window_ns",
        "compares",
    )

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._at_once = max(1, int(budget.rate))
        self._window_ns = ceil(self._at_once * NS_PER_SECOND / budget.rate)
        self._poll_every_ns = budget.poll_every_ns
        self._most_compared = budget.compared_a_minute
        self._turns_ns: deque[int] = deque()
        self._compared_ns: deque[int] = deque()
        # Held symbols, largest position first, each with its place.
        self._held: dict[str, int] = {}
        # Channels of symbols taken over: when they were asked for last.
        self._polled_ns: dict[Channel, int] = {}
        # The same, the one that waits longest first.
        self._rotation: deque[Channel] = deque()
        # Channels with a gap: since when they wait.
        self._fills: dict[Channel, int] = {}
        self._pulse_ns = self._audit_ns = 0
        self._pulse_due_ns = FAR_FUTURE_NS
        # Symbols of a pulse that takes more than one request.
        self._pulse_rest: tuple[str, ...] = ()
        self._audit_due_ns: dict[str, int] = {}
        # Symbols to audit although they are taken over.
        self._early: set[str] = set()
        self._was_fair = False
        self.compares = True

    def hold(self, symbols: Iterable[str], settle_ns: int, now_ns: int) -> None:
        """Take the held symbols, and how far REST is behind.

        Args:
            symbols: Each named once, largest position first.
            settle_ns: How long after a print REST shows it, nanoseconds.
            now_ns: The time.
        """
        self._held = {symbol: place for place, symbol in enumerate(symbols)}
        kept = promise(self._budget, max(1, len(self._held)), settle_ns)
        self._pulse_ns, self._audit_ns = kept.pulse_ns or 0, kept.audit_ns or 0
        self._pulse_due_ns = min(self._pulse_due_ns, now_ns + self._pulse_ns)
        for channels in (self._polled_ns, self._fills):
            for channel in [each for each in channels if each.symbol not in self._held]:
                del channels[channel]
        self._rotation = deque(each for each in self._rotation if each in self._polled_ns)
        self._early &= self._held.keys()
        self._pulse_rest = tuple(each for each in self._pulse_rest if each in self._held)
        before, count = self._audit_due_ns, max(1, len(self._held))
        # A first audit has its place in the period, so that not all are due at once; but what is
        # asked together is due with the pulse.
        together = self._budget.together_every_seconds
        self._audit_due_ns = {
            symbol: before.get(
                symbol,
                self._pulse_due_ns if together else now_ns + self._audit_ns * (place + 1) // count,
            )
            for symbol, place in self._held.items()
        }

    def take_over(self, symbols: Iterable[str]) -> None:
        """Poll these symbols from now on, before those that are polled already."""
        new: list[Channel] = []
        for symbol in symbols:
            for kind in (TRADES, QUOTES):
                channel = Channel(kind, symbol)
                if (
                    channel not in self._polled_ns
                    and symbol in self._held
                    and self._budget.has_tape
                ):
                    new.append(channel)
                    self._polled_ns[channel] = FAR_PAST_NS
        self._rotation.extendleft(reversed(new))

    def give_back(self, symbols: Iterable[str]) -> None:
        """Poll these symbols no longer."""
        for symbol in symbols:
            for kind in (TRADES, QUOTES):
                self._polled_ns.pop(Channel(kind, symbol), None)
        self._rotation = deque(each for each in self._rotation if each in self._polled_ns)

    def want_fill(self, channel: Channel, now_ns: int) -> None:
        """Ask once for the tape of a channel with a gap."""
        if channel.symbol in self._held and self._budget.has_tape:
            self._fills.setdefault(channel, now_ns)

    def drop_fill(self, channel: Channel) -> None:
        """Ask no longer: the gap is closed, or lost."""
        self._fills.pop(channel, None)

    def want_pulse(self, at_ns: int) -> None:
        """Make the pulse due at a time."""
        self._pulse_due_ns = min(self._pulse_due_ns, at_ns)

    def want_audit(self, symbol: str, at_ns: int) -> None:
        """Make a symbol's audit due at a time, also one that is taken over.

        To be used 10 s after a reconnection, a renewal or a doubt, and at once where the shares of
        a snapshot grow faster than those that were judged.
        """
        if symbol in self._held:
            self._early.add(symbol)
            self._audit_due_ns[symbol] = min(self._audit_due_ns[symbol], at_ns)

    def charge(self, question: Question, requests: int, now_ns: int) -> None:
        """Take the turns that an answer cost beyond its first request."""
        self._turns_ns.extend([now_ns] * requests)
        if _is_comparing(question):
            self._compared_ns.extend([now_ns] * requests)

    def next_turn(self, now_ns: int) -> Question | None:
        """Take the next turn; None while none is free, or nothing waits."""
        if not _has_room(self._turns_ns, now_ns - self._window_ns, self._at_once):
            return None
        polled = self._next_polled(now_ns)
        waiting = [
            each
            for each in (self._next_fill(), self._next_pulse(now_ns), self._next_audit(now_ns))
            if each is not None
        ]
        overdue = [each for each in waiting if each[0] <= now_ns]
        if overdue and not self._was_fair:
            question = min(overdue, key=_overdue_since)[1]
            self._was_fair = polled is not None or question is not waiting[0][1]
        else:
            question_or_none = polled or (waiting[0][1] if waiting else None)
            self._was_fair = False
            if question_or_none is None:
                return None
            question = question_or_none
        self._take(question, now_ns)
        return question

    def _next_polled(self, now_ns: int) -> AskTape | None:
        if not self._rotation or now_ns - self._polled_ns[self._rotation[0]] < self._poll_every_ns:
            return None
        return AskTape(self._rotation[0], TAKEOVER)

    # Each of these returns a question with the time from which on it is overdue.

    def _next_fill(self) -> tuple[int, Question] | None:
        open_fills = [channel for channel in self._fills if channel not in self._polled_ns]
        if not open_fills:
            return None
        first = min(open_fills, key=self._place)
        return self._fills[first] + FILL_OVERDUE_NS, AskTape(first, FILL)

    def _next_pulse(self, now_ns: int) -> tuple[int, Question] | None:
        if not self._pulse_ns or now_ns < self._pulse_due_ns or not self._may_compare(now_ns):
            return None
        asked = self._pulse_symbols()[: self._budget.pulse_symbols]
        return (self._pulse_due_ns + self._pulse_ns // 2, AskPulse(asked)) if asked else None

    def _pulse_symbols(self) -> tuple[str, ...]:
        """Return what the pulse has still to ask for: at its begin all that the stream has."""
        return self._pulse_rest or tuple(each for each in self._held if not self._is_taken(each))

    def _next_audit(self, now_ns: int) -> tuple[int, Question] | None:
        if not self._audit_ns or not self._may_compare(now_ns):
            return None
        due = [
            (due_ns, self._held[symbol], symbol)
            for symbol, due_ns in self._audit_due_ns.items()
            if due_ns <= now_ns and (symbol in self._early or not self._is_taken(symbol))
        ]
        if not due:
            return None
        due_ns, _, symbol = min(due)
        return due_ns + self._audit_ns // 2, AskTape(Channel(TRADES, symbol), AUDIT)

    def _take(self, question: Question, now_ns: int) -> None:
        self._turns_ns.append(now_ns)
        if _is_comparing(question):
            self._compared_ns.append(now_ns)
        if isinstance(question, AskPulse):
            self._pulse_rest = self._pulse_symbols()[len(question.symbols) :]
            if not self._pulse_rest:
                self._pulse_due_ns = now_ns + self._pulse_ns
            return
        channel = question.channel
        if question.turn == AUDIT:
            self._early.discard(channel.symbol)
            self._audit_due_ns[channel.symbol] = now_ns + self._audit_ns
            if self._budget.together_every_seconds:
                # One that came early is with the others again the next time.
                self._audit_due_ns[channel.symbol] = max(self._pulse_due_ns, now_ns + 1)
            return
        self._fills.pop(channel, None)
        if question.turn == TAKEOVER:
            self._polled_ns[channel] = now_ns
            self._rotation.rotate(-1)

    def _may_compare(self, now_ns: int) -> bool:
        return self.compares and _has_room(
            self._compared_ns, now_ns - MINUTE_NS, self._most_compared
        )

    def _is_taken(self, symbol: str) -> bool:
        return Channel(TRADES, symbol) in self._polled_ns

    def _place(self, channel: Channel) -> tuple[int, bool]:
        return self._held[channel.symbol], channel.kind == QUOTES


def _has_room(turns_ns: deque[int], until_ns: int, most: int) -> bool:
    """Forget turns up to a time, and return whether there are fewer than the most since."""
    while turns_ns and turns_ns[0] <= until_ns:
        turns_ns.popleft()
    return len(turns_ns) < most


def _is_comparing(question: Question) -> bool:
    return isinstance(question, AskPulse) or question.turn == AUDIT


def _overdue_since(waiting: tuple[int, Question]) -> int:
    return waiting[0]
