"""The wanted channels of a stream, each with its state, and which are to be asked for next; pure.

The states and the turns are those of `subscribing`, which says when a request has failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from .actions import HALTS, KINDS, QUOTES, TRADES, Action, Channel, channels_of
from .refused_channels import RefusedChannels

WANTED, ASKED, SUSPECT = "wanted", "asked", "suspect"
CONFIRMED, REFUSED = "confirmed", "refused"


class ChannelBook:
    """The channels of one stream.

    Attributes:
        symbols: The wanted symbols, in the order in which they were named.
        refused: Those that were refused for themselves.
    """

    __slots__ = ("_halves", "_is_complete", "_is_searched", "_state", "refused", "symbols")

    def __init__(self) -> None:
        self.symbols: tuple[str, ...] = ()
        self.refused = RefusedChannels()
        self._state: dict[Channel, str] = {}
        self._halves: deque[tuple[Channel, ...]] = deque()
        # What was found by looking through every channel, until one of them changes.
        self._is_complete = self._is_searched = False

    def state_of(self, channel: Channel) -> str | None:
        """Return a channel's state; None where it is not wanted."""
        return self._state.get(channel)

    @property
    def is_complete(self) -> bool:
        """True when prints and quotes of every symbol are confirmed, or refused for themselves."""
        if not self._is_complete:
            self._is_complete = all(
                state == CONFIRMED or channel in self.refused
                for channel, state in self._state.items()
                if channel.kind != HALTS
            )
        return self._is_complete

    def hold(self, symbols: tuple[str, ...], asked: Collection[Channel]) -> tuple[Channel, ...]:
        """Want exactly these symbols; return the confirmed channels that are needless now.

        Args:
            symbols: Each named once.
            asked: The channels under way.
        """
        before, self.symbols = self._state, symbols
        self._is_complete = self._is_searched = False
        self._state = {
            channel: before.get(channel) or (ASKED if channel in asked else WANTED)
            for kind in KINDS
            for channel in channels_of(kind, symbols)
        }
        self._keep_halves(self._state)
        self.refused.keep(self._state)
        return tuple(
            channel
            for channel, state in before.items()
            if state == CONFIRMED and channel not in self._state
        )

    def wanted_of(self, channels: Iterable[Channel]) -> list[Channel]:
        """Return those channels that are wanted."""
        return [channel for channel in channels if channel in self._state]

    def mark_asked(self, channels: Iterable[Channel]) -> None:
        """Take channels for under way."""
        self._mark(channels, ASKED)

    def confirm(self, channel: Channel) -> bool:
        """Take a channel as subscribed; return whether its symbol has prints and quotes by it."""
        state, self._state[channel] = self._state[channel], CONFIRMED
        if state == CONFIRMED:
            return False
        self._is_searched = False
        self.refused.confirm(channel)
        if state == SUSPECT:
            # Also an answer that comes too late counts.
            self._keep_halves(self._state.keys() - {channel})
        return channel.kind != HALTS and all(
            self._state[Channel(kind, channel.symbol)] == CONFIRMED for kind in (TRADES, QUOTES)
        )

    def set_aside(self, channels: Sequence[Channel], *, first: bool = False) -> None:
        """Let channels wait as one half for their turn."""
        if not channels:
            return
        self._mark(channels, SUSPECT)
        if first:
            self._halves.appendleft(tuple(channels))
        else:
            self._halves.append(tuple(channels))

    def refuse(self, channels: Sequence[Channel], now_ns: int, *, mute: bool) -> list[Action]:
        """Take channels of one kind as refused for themselves; return what is new."""
        self._mark(channels, REFUSED)
        if not channels:
            return []
        return self.refused.refuse(channels, self.symbols, now_ns, mute=mute)

    def give_up(self, channels: Iterable[Channel]) -> tuple[Channel, ...]:
        """Want confirmed channels anew; return those that are to be unsubscribed for it."""
        held = tuple(each for each in channels if self._state.get(each) == CONFIRMED)
        self._mark(held, WANTED)
        return held

    def disconnect(self) -> None:
        """Forget what the ended connection had."""
        self._is_complete = self._is_searched = False
        for channel, state in self._state.items():
            if state in (ASKED, CONFIRMED):
                self._state[channel] = REFUSED if channel in self.refused else WANTED

    def next_group(self, now_ns: int) -> tuple[Sequence[Channel], bool]:
        """Return the channels of the next request, and whether they are a half that waited."""
        if self._is_searched:
            return self.refused.due(now_ns), False
        group = self._proved_first(self._wanted(TRADES)) or self._proved_first(
            self._wanted(QUOTES, after=CONFIRMED)
        )
        if not group and self._halves:
            return self._halves.popleft(), True
        group = (
            group or self._wanted(QUOTES, after=REFUSED)[:1] or self._wanted(HALTS, after=CONFIRMED)
        )
        self._is_searched = not group
        return group or self.refused.due(now_ns), False

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
        return [each for each in channels if self.refused.was_confirmed(each)] or channels

    def _keep_halves(self, channels: Collection[Channel]) -> None:
        groups = (tuple(each for each in group if each in channels) for group in self._halves)
        self._halves = deque(group for group in groups if group)

    def _mark(self, channels: Iterable[Channel], state: str) -> None:
        self._is_complete = self._is_searched = False
        for channel in channels:
            self._state[channel] = state


def _by_symbol(channel: Channel) -> str:
    return channel.symbol
