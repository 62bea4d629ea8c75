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

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from ..market.units import FAR_PAST_NS, NS_PER_SECOND
from .actions import (
    HALTS,
    KINDS,
    QUOTES,
    TRADES,
    Action,
    Channel,
    Ready,
    Reconnect,
    Subscribe,
    Unsubscribe,
    channels_of,
)
from .refused_channels import RefusedChannels
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

WANTED, ASKED, SUSPECT = "wanted", "asked", "suspect"
CONFIRMED, REFUSED = "confirmed", "refused"


class ChannelRequests:
    """The channel requests of one stream.

    Attributes:
        symbols: The wanted symbols, in the order in which they were named.
    """

    __slots__ = (
        "_answer_by_ns",
        "_asked",
        "_asked_alone_before",
        "_asked_count",
        "_is_half",
        "_is_open",
        "_late_error_until_ns",
        "_reconnected_ns",
        "_refused",
        "_state",
        "_suspects",
        "_unanswered",
        "symbols",
    )

    def __init__(self) -> None:
        self.symbols: tuple[str, ...] = ()
        self._state: dict[Channel, str] = {}
        self._suspects: deque[tuple[Channel, ...]] = deque()
        # What the request under way asks for, less what is confirmed; whether it was a half.
        self._asked: dict[Channel, None] = {}
        self._is_half = False
        self._asked_count = 0
        self._answer_by_ns = 0
        self._refused = RefusedChannels()
        self._asked_alone_before: set[Channel] = set()
        self._is_open = False
        # Requests without an answer on a connection that has answered none; None once it has.
        self._unanswered: int | None = 0
        self._late_error_until_ns = self._reconnected_ns = FAR_PAST_NS

    def state_of(self, channel: Channel) -> str:
        """Return a wanted channel's state, as the table names it."""
        return self._state[channel]

    @property
    def is_complete(self) -> bool:
        """True when prints and quotes of every symbol are confirmed, or refused for themselves."""
        return self._is_open and all(
            state in (CONFIRMED, REFUSED)
            for channel, state in self._state.items()
            if channel.kind != HALTS
        )

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
                    self._refused.hear_plan()
                done += self._fail(channels, now_ns)
            case RenewChannels(channels):
                done += self._renew(channels)
            case _:
                pass
        done += self._look_at_answer(now_ns)
        done += self._next_request(now_ns)
        return tuple(done)

    def _close(self) -> None:
        self._is_open = False
        self._unanswered = 0
        self._late_error_until_ns = FAR_PAST_NS
        waiting = self._still_asked()
        if waiting and self._is_half:
            # A partition that is known is kept: else a mute connection would undo all halving.
            self._mark(waiting, SUSPECT)
            self._suspects.appendleft(tuple(waiting))
        self._asked.clear()
        for channel, state in self._state.items():
            if state in (ASKED, CONFIRMED):
                self._state[channel] = REFUSED if channel in self._refused else WANTED

    def _follow(self, symbols: tuple[str, ...]) -> list[Action]:
        if symbols == self.symbols:
            return []
        before, self.symbols = self._state, symbols
        self._state = {
            channel: before.get(channel) or (ASKED if channel in self._asked else WANTED)
            for kind in KINDS
            for channel in channels_of(kind, symbols)
        }
        self._suspects = deque(
            kept
            for group in self._suspects
            if (kept := tuple(each for each in group if each in self._state))
        )
        self._asked_alone_before.intersection_update(self._state)
        self._refused.keep(self._state)
        # A channel under way is given up when it is confirmed: to unsubscribe a bad name may bring
        # an error that names nothing.
        needless = tuple(
            channel
            for channel, state in before.items()
            if state == CONFIRMED and channel not in self._state
        )
        return [Unsubscribe(needless)] if needless else []

    def _confirm(self, channels: Iterable[Channel], now_ns: int) -> list[Action]:
        self._note_answer(now_ns)
        ready: list[str] = []
        needless: list[Channel] = []
        for channel in channels:
            self._asked.pop(channel, None)
            state = self._state.get(channel)
            if state is None:
                needless.append(channel)
            elif state != CONFIRMED:
                self._forget_doubt(channel)
                self._state[channel] = CONFIRMED
                if self._has_prints_and_quotes(channel):
                    ready.append(channel.symbol)
        done: list[Action] = [Unsubscribe(tuple(needless))] if needless else []
        return [*done, Ready(tuple(ready))] if ready else done

    def _forget_doubt(self, channel: Channel) -> None:
        """Take a channel out of its half: also an answer that comes too late counts."""
        self._refused.confirm(channel)
        self._asked_alone_before.discard(channel)
        if self._state[channel] == SUSPECT:
            groups = (tuple(each for each in group if each != channel) for group in self._suspects)
            self._suspects = deque(group for group in groups if group)

    def _has_prints_and_quotes(self, channel: Channel) -> bool:
        return channel.kind != HALTS and all(
            self._state[Channel(kind, channel.symbol)] == CONFIRMED for kind in (TRADES, QUOTES)
        )

    def _fail(self, named: Iterable[Channel], now_ns: int) -> list[Action]:
        found = [channel for channel in named if channel in self._asked]
        if found:
            self._note_answer(now_ns)
            for channel in found:
                del self._asked[channel]
            return self._refuse([each for each in found if each in self._state], now_ns)
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
            self._set_aside(self._still_asked())
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
        failed, waiting = self._asked_count if mute else len(self._asked), self._still_asked()
        kind = next(iter(self._asked)).kind
        self._asked.clear()
        if failed == 1 or kind == HALTS:
            return self._refuse(waiting, now_ns, mute=mute)
        half = (len(waiting) + 1) // 2
        self._set_aside(waiting[:half])
        self._set_aside(waiting[half:])
        return []

    def _set_aside(self, channels: Sequence[Channel]) -> None:
        if channels:
            self._mark(channels, SUSPECT)
            self._suspects.append(tuple(channels))

    def _refuse(
        self, channels: Sequence[Channel], now_ns: int, *, mute: bool = False
    ) -> list[Action]:
        self._mark(channels, REFUSED)
        if not channels:
            return []
        kind_of_all = channels_of(channels[0].kind, self.symbols)
        return self._refused.refuse(channels, kind_of_all, now_ns, mute=mute)

    def _renew(self, channels: Iterable[Channel]) -> list[Action]:
        held = tuple(each for each in channels if self._state.get(each) == CONFIRMED)
        self._mark(held, WANTED)
        return [Unsubscribe(held)] if held else []

    def _next_request(self, now_ns: int) -> list[Action]:
        if not self._is_open or self._asked:
            return []
        self._is_half = False
        self._asked = dict.fromkeys(self._choose(now_ns))
        if not self._asked:
            return []
        self._asked_count = len(self._asked)
        self._mark(self._asked, ASKED)
        self._answer_by_ns = now_ns + ANSWER_NS
        return [Subscribe(tuple(self._asked))]

    def _choose(self, now_ns: int) -> Sequence[Channel]:
        """Return the channels of the next request, by the turns at the head of this file."""
        group = self._proved_first(self._wanted(TRADES))
        if not group:
            group = self._proved_first(self._wanted(QUOTES, after=CONFIRMED))
        if group:
            return group
        if self._suspects:
            self._is_half = True
            return self._suspects.popleft()
        return (
            self._wanted(QUOTES, after=REFUSED)[:1]
            or self._wanted(HALTS, after=CONFIRMED)
            or self._refused.due(now_ns)
        )

    def _wanted(self, kind: str, after: str | None = None) -> list[Channel]:
        """Return the wanted channels of a kind, by symbol, whose prints are in a state."""
        return sorted(
            (
                channel
                for channel, state in self._state.items()
                if channel.kind == kind
                and state == WANTED
                and after in (None, self._state[Channel(TRADES, channel.symbol)])
            ),
            key=_by_symbol,
        )

    def _proved_first(self, channels: list[Channel]) -> list[Channel]:
        """Keep those that were confirmed before away from names that nobody has proved yet."""
        return [each for each in channels if self._refused.was_confirmed(each)] or channels

    def _still_asked(self) -> list[Channel]:
        return [channel for channel in self._asked if channel in self._state]

    def _note_answer(self, now_ns: int) -> None:
        self._unanswered = None
        self._answer_by_ns = now_ns + ANSWER_NS

    def _mark(self, channels: Iterable[Channel], state: str) -> None:
        for channel in channels:
            self._state[channel] = state


def _by_symbol(channel: Channel) -> str:
    return channel.symbol
