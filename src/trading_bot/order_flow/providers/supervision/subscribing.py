"""Which channels to ask a stream for, until the bad ones stand alone; pure: time is given.

One request is under way at a time, so that a refusal that names no channel is still understood.
A request is refused as a whole where the provider names no channel, or says nothing for 5 s: what
is confirmed by then counts, and the rest is asked for in halves. So one name that the provider
does not know costs about `2 * log2(n)` requests, and only its own symbol.

| channel | is | after | becomes |
| --- | --- | --- | --- |
| `wanted` | not asked for on this connection | it is its turn | `asked` |
| `asked` | in the request under way | the provider confirms it | `confirmed` |
| | | the request fails with others beside it | `suspect` |
| | | it fails alone, is left over by an error, or is named | `refused` |
| | | the connection ends | `wanted`, or `suspect` as before |
| `suspect` | in a half that waits for its turn | its half is asked for | `asked` |
| `confirmed` | on the stream | the connection ends, or it is renewed | `wanted` |
| `refused` | for itself, and told | an hour (silence: a minute, doubling) | `asked`, alone |

Turns: prints; quotes of symbols that have prints; halves, the wider first; quotes of symbols
refused for prints, one by one; halts; refused ones whose hour is over. Halts are asked for once
prints and quotes are known to be good, so a refusal means all: they are not halved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ...market.units import FAR_PAST_NS, NS_PER_SECOND
from .actions import HALTS, Action, Channel, Ready, Reconnect, Subscribe, Unsubscribe
from .channel_book import ChannelBook
from .stream_events import (
    Closed,
    Confirmed,
    Failed,
    Hold,
    Opened,
    RenewChannels,
    StreamEvent,
)

ANSWER_NS: Final = 5 * NS_PER_SECOND
"""A request without any answer for so long has failed."""
UNANSWERED_BEFORE_RECONNECT: Final = 3
"""So many requests in a row say that the connection is mute: a whole and both of its halves."""
RECONNECT_EVERY_NS: Final = 60 * NS_PER_SECOND


class ChannelRequests:
    """The channel requests of one stream."""

    __slots__ = (
        "_answer_by_ns",
        "_asked",
        "_asked_alone_before",
        "_asked_count",
        "_book",
        "_is_half",
        "_is_open",
        "_late_error_until_ns",
        "_reconnected_ns",
        "_unanswered",
    )

    def __init__(self) -> None:
        self._book = ChannelBook()
        # What the request under way asks for, less what is confirmed; whether it was a half.
        self._asked: dict[Channel, None] = {}
        self._is_half = False
        self._asked_count = 0
        self._answer_by_ns = 0
        self._asked_alone_before: set[Channel] = set()
        self._is_open = False
        # Requests without an answer on a connection that has answered none; None once it has.
        self._unanswered: int | None = 0
        self._late_error_until_ns = self._reconnected_ns = FAR_PAST_NS

    @property
    def symbols(self) -> tuple[str, ...]:
        """The wanted symbols, in the order in which they were named."""
        return self._book.symbols

    def state_of(self, channel: Channel) -> str | None:
        """Return a channel's state, as the table names it; None where it is not wanted."""
        return self._book.state_of(channel)

    @property
    def is_complete(self) -> bool:
        """True when prints and quotes of every symbol are confirmed, or refused for themselves.

        What was refused stays so while it is asked for again: it costs no other symbol.
        """
        asked = next(iter(self._asked), None)
        if asked is not None and asked.kind != HALTS and asked not in self._book.refused:
            # Thousands of channels are not looked through at each confirmation.
            return False
        return self._is_open and self._book.is_complete

    def handle(self, event: StreamEvent, now_ns: int) -> tuple[Action, ...]:
        """Take an event and return what to do, in order.

        Args:
            event: What happened.
            now_ns: Nanoseconds of a clock that never runs backwards.
        """
        done: list[Action] = []
        match event:
            case Opened():
                self._close()
                self._is_open = True
            case Closed():
                self._close()
            case Hold(symbols):
                done += self._follow(symbols)
            case Confirmed(channels):
                done += self._confirm(channels, now_ns)
            case Failed(channels, names_plan):
                if names_plan:
                    self._book.refused.hear_plan()
                done += self._fail(channels, now_ns)
            case RenewChannels(channels):
                needless = self._book.give_up(channels)
                done += [Unsubscribe(needless)] if needless else []
            case _:
                pass
        done += self._look_at_answer(now_ns)
        done += self._next_request(now_ns)
        return tuple(done)

    def _close(self) -> None:
        self._is_open = False
        self._unanswered = 0
        self._late_error_until_ns = FAR_PAST_NS
        if self._is_half:
            # A partition that is known is kept: else a mute connection would undo all halving.
            self._book.set_aside(self._book.wanted_of(self._asked), first=True)
        self._asked.clear()
        self._book.disconnect()

    def _follow(self, symbols: tuple[str, ...]) -> list[Action]:
        if symbols == self.symbols:
            return []
        needless = self._book.hold(symbols, self._asked)
        self._asked_alone_before = set(self._book.wanted_of(self._asked_alone_before))
        # A channel under way is given up when it is confirmed: to unsubscribe a bad name may bring
        # an error that names nothing.
        return [Unsubscribe(needless)] if needless else []

    def _confirm(self, channels: Iterable[Channel], now_ns: int) -> list[Action]:
        self._note_answer(now_ns)
        ready: list[str] = []
        needless: list[Channel] = []
        for channel in channels:
            self._asked.pop(channel, None)
            self._asked_alone_before.discard(channel)
            if self._book.state_of(channel) is None:
                needless.append(channel)
            elif self._book.confirm(channel):
                ready.append(channel.symbol)
        done: list[Action] = [Unsubscribe(tuple(needless))] if needless else []
        return [*done, Ready(tuple(ready))] if ready else done

    def _fail(self, named: Iterable[Channel], now_ns: int) -> list[Action]:
        found = [channel for channel in named if channel in self._asked]
        if found:
            self._note_answer(now_ns)
            for channel in found:
                del self._asked[channel]
            return self._book.refuse(self._book.wanted_of(found), now_ns, mute=False)
        if now_ns < self._late_error_until_ns:
            # The answer to the request before, too late: it says nothing of this one.
            self._late_error_until_ns = FAR_PAST_NS
            return []
        if not self._asked:
            return []
        self._note_answer(now_ns)
        return self._split(now_ns, mute=False)

    def _look_at_answer(self, now_ns: int) -> list[Action]:
        if not self._asked or now_ns < self._answer_by_ns:
            return []
        self._late_error_until_ns = now_ns + ANSWER_NS
        alone = next(iter(self._asked)) if self._asked_count == 1 else None
        if self._unanswered is None:
            return self._split(now_ns, mute=True)
        self._unanswered += 1
        doubts_connection = self._unanswered >= UNANSWERED_BEFORE_RECONNECT
        if alone is not None and alone not in self._asked_alone_before:
            # A connection that has said nothing at all is no proof against one channel.
            self._asked_alone_before.add(alone)
            self._book.set_aside(self._book.wanted_of(self._asked))
            self._asked.clear()
            done: list[Action] = []
            doubts_connection = True
        else:
            done = self._split(now_ns, mute=True)
        if doubts_connection and now_ns - self._reconnected_ns >= RECONNECT_EVERY_NS:
            self._reconnected_ns = now_ns
            # What is not answered on a connection that is to end is asked for on the next one.
            self._is_open = False
            done.append(Reconnect("no_answer"))
        return done

    def _split(self, now_ns: int, *, mute: bool) -> list[Action]:
        """Halve what failed, or refuse what failed alone."""
        # Silence says nothing of one that is left over: what was answered may have ended the rest.
        failed = self._asked_count if mute else len(self._asked)
        waiting = self._book.wanted_of(self._asked)
        kind = next(iter(self._asked)).kind
        self._asked.clear()
        if failed == 1 or kind == HALTS:
            return self._book.refuse(waiting, now_ns, mute=mute)
        half = (len(waiting) + 1) // 2
        self._book.set_aside(waiting[:half])
        self._book.set_aside(waiting[half:])
        return []

    def _next_request(self, now_ns: int) -> list[Action]:
        if not self._is_open or self._asked:
            return []
        group, self._is_half = self._book.next_group(now_ns)
        self._asked = dict.fromkeys(group)
        if not self._asked:
            return []
        self._asked_count = len(self._asked)
        self._book.mark_asked(group)
        self._answer_by_ns = now_ns + ANSWER_NS
        return [Subscribe(tuple(self._asked))]

    def _note_answer(self, now_ns: int) -> None:
        self._unanswered = None
        self._answer_by_ns = now_ns + ANSWER_NS
