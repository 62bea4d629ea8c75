"""What a replay of `trades` and `mbp-1` has brought of the symbols that were asked for.

Both schemas have every print, and one of them is enough: prints are taken from the first, quotes
from the second, each by a decoder of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from ...market.events import BookEvent, HaltEvent, Print, QuoteEvent, TradeEvent, Withdrawal
from ...market.newest import BestPrices, NewestKnown
from ...market.sink import MarketSink
from ..provider import FetchedTape, TapeWish
from .decode import DatabentoDecoder, Word
from .layout import MBP_1, TRADES, WORD_BYTES

_LINK = 1


class Collected:
    """What a replay has brought.

    Args:
        wishes: The tapes that are wished; of other symbols the newest events are kept.
        dataset: Whose spelling the symbols have.
        on_word: Takes what the gateway says of the session.
    """

    def __init__(
        self, wishes: Sequence[TapeWish], dataset: str, on_word: Callable[[Word, int], None]
    ) -> None:
        self._prints = _Prints({each.symbol for each in wishes})
        self._quotes = _Quotes({each.symbol for each in wishes if each.quotes_from_ns is not None})
        self._of_prints = DatabentoDecoder(self._prints, dataset, on_word)
        # It is told the same, which is taken once.
        self._of_quotes = DatabentoDecoder(self._quotes, dataset, _pass_over)

    @property
    def refused(self) -> Counter[str]:
        """What could not be used, by reason."""
        return self._of_prints.refused + self._of_quotes.refused

    def take(self, payload: bytes, now_ns: int) -> None:
        """Take whole records.

        Args:
            payload: The records.
            now_ns: The present, Unix nanoseconds.
        """
        prints, quotes = split(payload)
        if self._quotes.kept:
            self._of_quotes.decode(quotes, now_ns, _LINK)
        else:
            # Where only the newest counts, the others are not built.
            self._of_quotes.decode_conflated([quotes], now_ns, _LINK)
        self._of_prints.decode(prints, now_ns, _LINK)

    def tape(self, wish: TapeWish) -> FetchedTape:
        """Return what was wished of one symbol; more was replayed for others."""
        symbol, trades_from_ns, quotes_from_ns = wish
        # What came of no known number may have been of any symbol.
        is_whole = not self._of_prints.lost
        found = FetchedTape(
            [each for each in self._prints.trades[symbol] if each.sip_ns >= trades_from_ns],
            (),
            refused_trades=self._of_prints.refused_rows["trades", symbol],
            has_all_trades=is_whole,
        )
        if quotes_from_ns is None:
            return found
        return found._replace(
            beside=[each for each in self._quotes.quotes[symbol] if each.sip_ns >= quotes_from_ns],
            refused_beside=self._of_quotes.refused_rows["quotes", symbol],
            has_all_beside="" not in self._of_quotes.lost,
        )

    def newest(self, symbol: str, asked_ns: int) -> NewestKnown:
        """Return the newest print and quote of one symbol."""
        trade, quote = self._prints.newest.get(symbol), self._quotes.newest.get(symbol)
        prices = None
        if quote is not None:
            prices = BestPrices(quote.sip_ns, quote.bid_ticks, quote.ask_ticks)
        if trade is None:
            return NewestKnown(asked_ns, quote=prices)
        return NewestKnown(asked_ns, trade.sip_ns, trade.size, quote=prices)


class _Passing(MarketSink):
    """Passes over whatever is not wished."""

    def trade(self, event: Print) -> None:
        """Pass over it."""

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Pass over it."""

    def book(self, event: BookEvent) -> None:
        """Pass over it."""

    def withdraw(self, event: Withdrawal) -> None:
        """Pass over it."""

    def halt(self, event: HaltEvent) -> None:
        """Pass over it."""


class _Prints(_Passing):
    """Keeps prints."""

    def __init__(self, kept: set[str]) -> None:
        self._kept = kept
        self.trades: defaultdict[str, list[TradeEvent]] = defaultdict(list)
        self.newest: dict[str, TradeEvent] = {}

    def trade(self, event: Print) -> None:
        found = TradeEvent(*event)
        self.newest[found.symbol] = found
        if found.symbol in self._kept:
            self.trades[found.symbol].append(found)


class _Quotes(_Passing):
    """Keeps quotes."""

    def __init__(self, kept: set[str]) -> None:
        self.kept = kept
        self.quotes: defaultdict[str, list[QuoteEvent]] = defaultdict(list)
        self.newest: dict[str, QuoteEvent] = {}

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        event = QuoteEvent(
            symbol,
            sip_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            participant_ns,
            sequence,
            received_ns,
        )
        self.newest[symbol] = event
        if symbol in self.kept:
            self.quotes[symbol].append(event)


def split(payload: bytes) -> tuple[bytes, bytes]:
    """Return records without those of `mbp-1`, and without those of `trades`; the rest is in both.

    Args:
        payload: Whole records.
    """
    prints, quotes = bytearray(), bytearray()
    place, size = 0, len(payload)
    while place < size:
        rtype = payload[place + 1]
        end = place + payload[place] * WORD_BYTES
        if rtype != MBP_1:
            prints += payload[place:end]
        if rtype != TRADES:
            quotes += payload[place:end]
        place = end
    return bytes(prints), bytes(quotes)


def _pass_over(_word: Word, _link: int) -> None:
    """Take no word."""
