"""Which channels are wished, asked for, confirmed and refused; pure.

One request is under way at a time, so that a refusal that names no channel is still understood.
Prints come first, then quotes, then limit bands, which protection can do without.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

TRADES, QUOTES, BANDS = "T", "Q", "LULD"
KINDS: Final = (TRADES, QUOTES, BANDS)
_BITS: Final = {kind: 1 << place for place, kind in enumerate(KINDS)}


class Subscriptions:
    """The channels of one stream.

    Attributes:
        bands_refused: True once the plan has refused limit bands; they are not asked for again.
        refused: Channels that the provider refused on this connection.
    """

    def __init__(self) -> None:
        # The wished symbols, each with the kinds that are confirmed, in one number: no channel's
        # name is kept for thousands of symbols.
        self._confirmed: dict[str, int] = {}
        # Whose channel is asked for now.
        self._pending: dict[str, str] = {}
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
                has & _BITS[kind] or f"{kind}.{symbol}" in self.refused
                for symbol, has in self._confirmed.items()
                for kind in (TRADES, QUOTES)
            )
        return self._complete

    def follow(self, symbols: Iterable[str]) -> list[str]:
        """Wish for these symbols, each named once; return the confirmed channels to give up."""
        wished = tuple(symbols)
        before = self._confirmed
        # Asked every second: no copy of thousands of names is made while nothing changes.
        if len(wished) == len(before) and all(symbol in before for symbol in wished):
            return []
        self._complete = False
        self._confirmed = {symbol: before.get(symbol, 0) for symbol in wished}
        self.refused = {each for each in self.refused if symbol_of(each) in self._confirmed}
        return sorted(
            f"{kind}.{symbol}"
            for symbol in before.keys() - self._confirmed.keys()
            for kind in KINDS
            if before[symbol] & _BITS[kind]
        )

    def disconnected(self) -> None:
        """Forget what the ended connection had."""
        self._complete = False
        self._confirmed = dict.fromkeys(self._confirmed, 0)
        self._pending.clear()
        self.refused.clear()

    def next_request(self) -> list[str]:
        """Return the channels to ask for now; empty while an answer is awaited or none lack."""
        if self._pending:
            return []
        self._pending = {}
        for kind in KINDS:
            if kind == BANDS and self.bands_refused:
                continue
            asked = {
                f"{kind}.{symbol}": symbol
                for symbol, has in self._confirmed.items()
                if not has & _BITS[kind]
            }
            for channel in self.refused:
                asked.pop(channel, None)
            if asked:
                self._pending = asked
                return sorted(asked)
        return []

    def confirm(self, message: str) -> list[str]:
        """Read `subscribed to: T.AAPL`; return the symbols that have prints and quotes by it."""
        ready = []
        for channel in _channels(message):
            symbol = self._pending.pop(channel, None)
            if symbol is None:
                continue
            kind = kind_of(channel)
            self._ever_confirmed.add(kind)
            if symbol not in self._confirmed:
                continue
            self._confirmed[symbol] |= _BITS[kind]
            if kind == QUOTES and self._confirmed[symbol] & _BITS[TRADES]:
                ready.append(symbol)
        return ready

    def refuse(self, message: str) -> list[str]:
        """Read a refusal; return its channels: those it names, else all that are asked for."""
        named = self._pending.keys() & _channels(message)
        refused = sorted(named or self._pending)
        for channel in refused:
            del self._pending[channel]
        self.refused.update(refused)
        self.bands_refused |= any(kind_of(channel) == BANDS for channel in refused)
        return refused

    def never_had(self, kind: str) -> bool:
        """Return whether no channel of a kind was ever confirmed."""
        return kind not in self._ever_confirmed


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
