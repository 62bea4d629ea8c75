"""What happens to a stream, as the machines of this room are told of it; values only."""

from __future__ import annotations

from dataclasses import dataclass

from .actions import Channel


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; about once a second."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Exactly these symbols are held from now on.

    Attributes:
        symbols: Each named once, largest position first; well-formed names only.
    """

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """The provider let a new connection in: channels may be asked for."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection ended, whatever the code."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The connection has been subscribed in full for a while, and nothing ended it."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The provider says that these channels are subscribed."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider refuses a request for channels.

    Attributes:
        channels: Those that it names; empty where it names none.
        names_plan: Its words speak of the account's plan.
    """

    channels: tuple[Channel, ...] = ()
    names_plan: bool = False


@dataclass(frozen=True, slots=True)
class RenewChannels:
    """These channels are to be given up and asked for again."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class ChannelsRefused:
    """These channels are not to be had, each for itself: what `Refuse` said."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """The stream refuses the key.

    Attributes:
        names_plan: Its words speak of the account's plan.
    """

    names_plan: bool = False


@dataclass(frozen=True, slots=True)
class RestAnswered:
    """REST took the key, whatever else it answered."""


@dataclass(frozen=True, slots=True)
class RestRefusedKey:
    """REST refuses the key too (401)."""


@dataclass(frozen=True, slots=True)
class Evicted:
    """The account's other connection took this one's place."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """A channel's loss is proved, or its silence is contradicted by REST.

    Attributes:
        channel: Whose.
        lost_ns: Newest stamp of what the stream should have brought, on the clock of `Brought`.
    """

    channel: Channel
    lost_ns: int


@dataclass(frozen=True, slots=True)
class Brought:
    """The stream itself brought an event; what REST brought is not told here.

    Attributes:
        channel: Whose.
        stamp_ns: Stamp of the event.
    """

    channel: Channel
    stamp_ns: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """A symbol is proved again: its gaps are filled, and one audit since was equal."""

    symbol: str


@dataclass(frozen=True, slots=True)
class FeedMute:
    """No held symbol's event has come, though some are due.

    Attributes:
        since_ns: When the last one came, on the machines' clock.
    """

    since_ns: int


@dataclass(frozen=True, slots=True)
class FeedLate:
    """The stream's own stamps lag.

    Attributes:
        since_ns: Since when, on the machines' clock.
    """

    since_ns: int


@dataclass(frozen=True, slots=True)
class FeedWell:
    """The feed as a whole is neither mute nor late."""


@dataclass(frozen=True, slots=True)
class Slept:
    """The machine slept, or stood still.

    Attributes:
        lasted_ns: How long, also where the machines' clock did not run meanwhile.
    """

    lasted_ns: int


StreamEvent = (
    Tick
    | Hold
    | Opened
    | Closed
    | Settled
    | Confirmed
    | Failed
    | RenewChannels
    | ChannelsRefused
    | KeyRefused
    | RestAnswered
    | RestRefusedKey
    | Evicted
    | Doubted
    | Brought
    | Cleared
    | FeedMute
    | FeedLate
    | FeedWell
    | Slept
)
"""A machine passes over what does not concern it, so that all may be told everything."""
