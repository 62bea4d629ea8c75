"""Polygon's names of channels, and what it says of them, as the machines take it; pure.

Source: the provider's WebSocket quickstart. One confirmation a channel comes for a subscription,
and one of the same shape when it is given up; a refusal names its channels, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ..supervision.actions import HALTS, QUOTES, TRADES, Channel
from ..supervision.stream_events import Confirmed, Failed

_NAMES: Final[Mapping[str, str]] = {TRADES: "T", QUOTES: "Q", HALTS: "LULD"}
_KINDS: Final[Mapping[str, str]] = {name: kind for kind, name in _NAMES.items()}
_CONFIRMS: Final = "subscribed to"
_OF_A_PLAN: Final = ("plan", "not authorized", "not entitled", "upgrade")
_AROUND_NAMES: Final = "'\"`()[].:;"


def params_of(channels: Iterable[Channel]) -> str:
    """Write channels as a request names them: `T.AAPL,Q.BRK.B`."""
    return ",".join(f"{_NAMES[each.kind]}.{each.symbol}" for each in channels)


def confirmation(said: str) -> Confirmed | None:
    """Read `subscribed to: T.AAPL`; None where something else succeeded, giving up among it."""
    if not said.lower().startswith(_CONFIRMS):
        return None
    channels, _ = _channels_and_words(said)
    return Confirmed(channels)


def refusal_of_channels(said: str) -> Failed:
    """Read the refusal of a request: the channels that it names, and whether it blames the plan."""
    channels, words = _channels_and_words(said)
    return Failed(channels, names_plan=any(each in words.lower() for each in _OF_A_PLAN))


def _channels_and_words(said: str) -> tuple[tuple[Channel, ...], str]:
    """Divide the names of channels from the words around them: a ticker may be spelled PLAN."""
    channels, words = [], []
    for word in said.replace(",", " ").split():
        # Only the first dot divides kind and symbol.
        name, _, symbol = word.strip(_AROUND_NAMES).partition(".")
        if symbol and name in _KINDS:
            channels.append(Channel(_KINDS[name], symbol))
        else:
            words.append(word)
    return tuple(channels), " ".join(words)
