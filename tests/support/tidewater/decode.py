"""From Tidewater's messages to events in our terms; live and replayed ones go the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from trading_bot.order_flow.market.events import BookEvent, MarketEvent
from trading_bot.order_flow.market.sink import MarketSink, give

from .book import IncrementalBook, Outcome
from .wire import (
    Cancel,
    Control,
    LevelChange,
    Pause,
    Print,
    Unreadable,
    WholeBook,
    decode,
    halt_event,
    trade_event,
    withdrawal,
)

DEPTH: Final = 10
"""Levels a side that are shown."""
_KINDS: Final = {b"T": "trades", b"S": "quotes", b"D": "quotes"}
"""Kinds of rows that are missing where they cannot be used."""


class TidewaterDecoder:
    """Takes messages apart and gives their events to a sink; see `StreamDecoder`.

    Args:
        sink: Takes the events.
        on_control: Takes what concerns the connection, with its number.
        on_lost_book: Told whose book has to come whole again, with the connection's number.

    Attributes:
        refused: What could not be used, by reason.
        lost: Symbols of what is missing or could not be read; empty text for every symbol.
        refused_rows: How many rows could not be used, by kind and symbol.
    """

    def __init__(
        self,
        sink: MarketSink,
        on_control: Callable[[Control, int], None],
        on_lost_book: Callable[[str, int], None],
    ) -> None:
        self._sink = sink
        self._on_control = on_control
        self._on_lost_book = on_lost_book
        self._link = 0
        self._books: dict[str, IncrementalBook] = {}
        self._numbers: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        self.lost: set[str] = set()
        self.refused_rows: Counter[tuple[str, str]] = Counter()

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        """Give the events of whole records to the sink."""
        for event in self._events(payload, received_ns, link):
            give(self._sink, event)

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        """Do the same with many, keeping only the newest book of each symbol, and all else."""
        events = [
            event for payload in payloads for event in self._events(payload, received_ns, link)
        ]
        newest = {each.symbol: each for each in events if isinstance(each, BookEvent)}
        kept = [
            each
            for each in events
            if not isinstance(each, BookEvent) or each is newest[each.symbol]
        ]
        for event in kept:
            give(self._sink, event)
        return len(events) - len(kept)

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        """Give the message itself: they are all small."""
        yield payload

    def symbols_of(self, payload: bytes, *, is_part: bool = False) -> set[str] | None:
        """Say nothing: no message waits for a large one."""
        return None

    def _events(self, payload: bytes, received_ns: int, link: int) -> Iterator[MarketEvent]:
        if link != self._link:
            # What the new connection brings goes on from nothing that came before.
            self._link = link
            self._books.clear()
            self._numbers.clear()
        for line in payload.splitlines():
            match decode(line):
                case Control() as said:
                    self._on_control(said, link)
                case Unreadable("unknown_kind"):
                    self.refused["unknown_kind"] += 1
                case Unreadable(reason, symbol):
                    self.refused[reason] += 1
                    kind = _KINDS.get(line.partition(b"|")[0])
                    self.lost.add(symbol)
                    if kind is not None and symbol:
                        self.refused_rows[kind, symbol] += 1
                case Print() as record:
                    self._note_number(record)
                    yield trade_event(record, received_ns)
                case Cancel() as record:
                    yield withdrawal(record, received_ns)
                case Pause() as record:
                    yield halt_event(record, received_ns)
                case WholeBook() | LevelChange() as record:
                    if self._change_book(record) == "shown":
                        yield self._books[record.symbol].event(DEPTH, received_ns)

    def _note_number(self, record: Print) -> None:
        known = self._numbers.get(record.symbol)
        if known is not None and record.number > known + 1:
            self.refused["prints_missing"] += 1
            self.lost.add(record.symbol)
        self._numbers[record.symbol] = max(record.number, known or 0)

    def _change_book(self, record: WholeBook | LevelChange) -> Outcome:
        symbol = record.symbol
        book = self._books.get(symbol)
        if book is None:
            book = self._books[symbol] = IncrementalBook(symbol)
        outcome = book.restart(record) if isinstance(record, WholeBook) else book.change(record)
        if outcome == "lost":
            self.refused["book_lost"] += 1
            self.lost.add(symbol)
            self._on_lost_book(symbol, self._link)
        return outcome
