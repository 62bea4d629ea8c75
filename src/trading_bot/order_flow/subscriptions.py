"""Which channels are wished, asked for, confirmed and refused; pure.

One request is under way at a time, so that a refusal that names no channel is still understood.
Prints come first, then quotes, then limit bands, which protection can do without.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

TRADES, QUOTES, BANDS = "T", "Q", "LULD"
KINDS: Final = (TRADES, QUOTES, BANDS)
EVERYTHING: Final = "*"
"""The symbol that stands for all of them."""


class Subscriptions:
    """The channels of one stream.

    Attributes:
        bands_refused: True once the plan has refused limit bands; they are not asked for again.
        refused: Channels that the provider refused on this connection.
    """

    def __init__(self) -> None:
        self._symbols: frozenset[str] = frozenset()
        self._confirmed: set[str] = set()
        self._pending: set[str] = set()
        self._ever_confirmed: set[str] = set()
        self.refused: set[str] = set()
        self.bands_refused = False
        self._complete = False

    @property
    def pending(self) -> bool:
        """True while an answer is awaited."""
        return bool(self._pending)

    @property
    def pending_kind(self) -> str:
        """The kind of channel that is asked for now; empty while none is."""
        return kind_of(next(iter(self._pending), ""))

    @property
    def complete(self) -> bool:
        """True when prints and quotes of every symbol are confirmed or refused."""
        if not self._complete and self.pending_kind not in (TRADES, QUOTES):
            self._complete = all(
                f"{kind}.{symbol}" in self._confirmed or f"{kind}.{symbol}" in self.refused
                for kind in (TRADES, QUOTES)
                for symbol in self._symbols
            )
        return self._complete

    def follow(self, symbols: Iterable[str]) -> list[str]:
        """Wish for these symbols and no others; return the confirmed channels to give up."""
        symbols = frozenset(symbols)
        if symbols == self._symbols:
            return []
        self._symbols = symbols
        self._complete = False
        needless = sorted(each for each in self._confirmed if not self._is_wished(each))
        self._confirmed.difference_update(needless)
        self.refused = {each for each in self.refused if self._is_wished(each)}
        return needless

    def disconnected(self) -> None:
        """Forget what the ended connection had."""
        self._complete = False
        self._confirmed.clear()
        self._pending.clear()
        self.refused.clear()

    def next_request(self) -> list[str]:
        """Return the channels to ask for now; empty while an answer is awaited or none lack."""
        if self._pending:
            return []
        for kind in KINDS:
            if kind == BANDS and self.bands_refused:
                continue
            wished = {f"{kind}.{symbol}" for symbol in self._symbols}
            self._pending = wished - self._confirmed - self.refused
            if self._pending:
                return sorted(self._pending)
        return []

    def confirm(self, message: str) -> list[str]:
        """Read `subscribed to: T.AAPL`; return the symbols that have prints and quotes by it."""
        ready = []
        for channel in _channels(message):
            if channel not in self._pending:
                continue
            self._pending.discard(channel)
            self._ever_confirmed.add(kind_of(channel))
            symbol = symbol_of(channel)
            if symbol not in self._symbols:
                continue
            self._confirmed.add(channel)
            if kind_of(channel) == QUOTES and f"{TRADES}.{symbol}" in self._confirmed:
                ready.append(symbol)
        return ready

    def refuse(self, message: str) -> list[str]:
        """Read a refusal; return its channels: those it names, else all that are asked for."""
        named = self._pending.intersection(_channels(message))
        refused = sorted(named or self._pending)
        self._pending.difference_update(refused)
        self.refused.update(refused)
        self.bands_refused |= any(kind_of(channel) == BANDS for channel in refused)
        return refused

    def never_had(self, kind: str) -> bool:
        """Tell whether no channel of a kind was ever confirmed."""
        return kind not in self._ever_confirmed

    def _is_wished(self, channel: str) -> bool:
        return symbol_of(channel) in self._symbols


def kind_of(channel: str) -> str:
    """Return `T` of `T.BRK.B`."""
    return channel.partition(".")[0]


def symbol_of(channel: str) -> str:
    """Return `BRK.B` of `T.BRK.B`."""
    return channel.partition(".")[2]


def _channels(message: str) -> list[str]:
    """Find the words of a message that look like channels."""
    words = message.replace(",", " ").split()
    return [word for word in words if kind_of(word) in KINDS and symbol_of(word)]
