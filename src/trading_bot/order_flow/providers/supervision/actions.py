"""What the machines of this room ask their drivers to do; values only.

A machine takes events and the time, and answers with these, in the order in which they are to be
carried out. Whoever carries them out knows the provider's words; nobody here does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TRADES: Final = "trades"
QUOTES: Final = "quotes"
HALTS: Final = "halts"
KINDS: Final = (TRADES, QUOTES, HALTS)
"""The kinds of channel, in the order in which they are asked for."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of event of one symbol.

    Attributes:
        kind: One of `KINDS`.
        symbol: As the market writes it.
    """

    kind: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Ask the stream for these channels, in one request."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Give these channels of the stream up, in one request."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """Tell that prints and quotes of these symbols come from now on; what came before is a gap."""

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refuse:
    """Mark these channels as not to be had.

    Attributes:
        channels: Each of them for itself.
        reason: `no_channel`, or `no_halt_data` for what protection can do without.
    """

    channels: tuple[Channel, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BlamePlan:
    """Say that the account has no channel of a kind: every symbol alone was refused it."""

    kind: str


@dataclass(frozen=True, slots=True)
class Renew:
    """Unsubscribe these channels and subscribe them again."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class Reconnect:
    """End the connection and begin another at once.

    Attributes:
        reason: One word.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Begin a connection: the wait that was said is over."""


@dataclass(frozen=True, slots=True)
class WaitToConnect:
    """Begin no connection until the time comes.

    Attributes:
        until_ns: When `Connect` will be asked for, on the clock that the machine is given.
    """

    until_ns: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Let REST poll these symbols beside the stream, from now on.

    Attributes:
        symbols: In the order in which they were named as held.
        reason: One word.
    """

    symbols: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Stop polling these symbols: the stream is proved to bring them."""

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByRest:
    """Say that these symbols are given up by the stream until further notice, and polled."""

    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Show a sentence to the person at the screen.

    Attributes:
        reason: One word, for records.
        sentence: What is the matter and what is being done.
    """

    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """End the stream for good: trying again does not help.

    Attributes:
        reason: One word.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class AskTape:
    """Ask REST for the tape of one channel.

    Attributes:
        channel: Prints or quotes of a symbol.
        turn: `takeover`, `fill` or `audit`.
    """

    channel: Channel
    turn: str


@dataclass(frozen=True, slots=True)
class AskPulse:
    """Ask REST for one snapshot of these symbols."""

    symbols: tuple[str, ...]


Action = (
    Subscribe
    | Unsubscribe
    | Ready
    | Refuse
    | BlamePlan
    | Renew
    | Reconnect
    | Connect
    | WaitToConnect
    | TakeOver
    | GiveBack
    | ByRest
    | Say
    | GiveUp
    | AskTape
    | AskPulse
)


def channels_of(kind: str, symbols: Iterable[str]) -> tuple[Channel, ...]:
    """Return one channel of a kind for each symbol, in their order."""
    return tuple(Channel(kind, symbol) for symbol in symbols)
