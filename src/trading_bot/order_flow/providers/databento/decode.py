"""From Databento's records to events in our terms, given to a sink: the stream's hot path.

| record | gives |
| --- | --- |
| `mbp-10`, action T | a print, with the aggressor where the venue states one |
| `mbp-10`, any other | the book, once its event is complete |
| `mbp-1`, action T; `trades` | a print |
| `mbp-1`, any other | the best bid and ask, once its event is complete |
| `mbo`, action T | a print |
| `mbo`, any other | the book made of the orders, once its event is complete and a level changed |
| `status` | a halt, or its end |
| mapping, system, error | a word to whoever keeps the connection, in its place |
| others | nothing |

Numbers of instruments hold for one session: none is known before it is mapped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ...config_bounds import is_symbol
from ...errors import DataSourceError
from ...market.events import BookEvent, HaltEvent
from ...market.fitness import MAX_CLOCK_SKEW_NS
from ...market.sink import MarketSink
from ...market.units import UNITS_PER_SHARE
from .book import Instrument, best_of, ticks_of
from .layout import (
    ACTIONS,
    BOOK,
    BOOK_ACTIONS,
    BUYER,
    FILL,
    LAST,
    LEVEL,
    MARKET,
    MARKET_BYTES,
    MAYBE_BAD_BOOK,
    MBO,
    MBP_1,
    MBP_10,
    NO_PRICE,
    NO_SIZE,
    ORDER,
    SELLER,
    SERVICE,
    SNAPSHOT,
    STATUS,
    STATUS_FIELDS,
    TRADE,
    TRADES,
    WORD_BYTES,
    books_from,
)
from .orders import OrderBook
from .service import Failure, Mapped, Said, read_service
from .symbology import ticker

Word = Mapped | Said | Failure | DataSourceError
"""What the connection is told: a service record, or what is wrong with one."""

_EARLIEST_NS: Final = 946_684_800_000_000_000
_LATEST_NS: Final = 4_102_444_800_000_000_000
_MOST_INSTRUMENTS: Final = 100_000
"""More than all markets list together."""
_SHOW_NO_BOOK: Final = frozenset({TRADE, FILL})
"""Actions whose row shows no book of its own."""
_PRINT_HEAD: Final = bytes((MARKET_BYTES // WORD_BYTES, TRADES))
_DECIDE: Final = LAST | MAYBE_BAD_BOOK
"""Flags that say whether a book is shown."""
_STATED: Final = {SELLER: "sell", BUYER: "buy"}
_BEGINS, _HALTS = frozenset({7}), frozenset({8, 9, 10, 15})
"""Actions of a status: trading; halted, paused, suspended, not available."""


class DatabentoDecoder:
    """Takes whole records apart and gives their events to a sink; see `StreamDecoder`.

    Args:
        sink: Takes the events.
        dataset: Whose spelling the symbols have.
        on_word: Takes what concerns the connection, with its number.

    Attributes:
        refused: What could not be used, by reason.
        lost: Symbols of what is missing or could not be read; empty text for every symbol.
        refused_rows: How many rows could not be used, by kind and symbol.
        refused_as: The same since the first one, by kind and reason.
        faults: What of single orders did not fit the book that they make, by reason.
        newest_ns: Newest stamp of what was decoded, 0 before the first.
    """

    def __init__(
        self, sink: MarketSink, dataset: str, on_word: Callable[[Word, int], None]
    ) -> None:
        self._sink = sink
        self._dataset = dataset
        self._on_word = on_word
        self._link = 0
        self._instruments: dict[int, Instrument] = {}
        # Of the schema `mbo`, by symbol: a number may change, and the orders stay.
        self._order_books: defaultdict[str, OrderBook] = defaultdict(OrderBook)
        # Whether something came of a number that no word had mapped.
        self._has_missed = False
        self.newest_ns = 0
        self.refused: Counter[str] = Counter()
        self.lost: set[str] = set()
        self.refused_rows: Counter[tuple[str, str]] = Counter()
        self.refused_as: Counter[tuple[str, str]] = Counter()
        self.faults: Counter[str] = Counter()

    def decode(self, payload: bytes, received_ns: int | None, link: int) -> None:
        """Give the events of whole records to the sink; of a file's nobody knows the arrival."""
        self._give(payload, received_ns, link, None)

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        """Do the same with many, building only the newest book of each instrument."""
        newest = self._newest_books(payloads)
        left_out = 0
        for number, payload in enumerate(payloads):
            shown = {place for found, place in newest if found == number}
            left_out += self._give(payload, received_ns, link, shown)
        return left_out

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        """Give the message itself: none is larger than what is read at once."""
        yield payload

    def symbols_of(
        self,
        payload: bytes,  # noqa: ARG002 - it is never large
        *,
        is_part: bool = False,  # noqa: ARG002
    ) -> set[str] | None:
        """Say nothing: no message waits for a large one."""
        return None

    def _newest_books(self, payloads: Sequence[bytes]) -> set[tuple[int, int]]:
        """Return where the newest book of each instrument is complete: number of payload, place."""
        newest: dict[int, tuple[int, int]] = {}
        begun = {number for number, each in self._instruments.items() if each.pending}
        for number, payload in enumerate(payloads):
            for place in _places(payload):
                if payload[place + 1] not in (MBP_1, MBP_10):
                    continue
                _, instrument, _, _, _, action, _, flags, _, _ = MARKET.unpack_from(payload, place)
                if action in BOOK_ACTIONS:
                    begun.add(instrument)
                if flags & LAST and instrument in begun:
                    begun.discard(instrument)
                    newest[instrument] = (number, place)
        return set(newest.values())

    def _give(
        self, payload: bytes, received_ns: int | None, link: int, shown: set[int] | None
    ) -> int:
        """Give the events of whole records to the sink.

        Args:
            payload: The records.
            received_ns: When they arrived, None where nobody knows.
            link: Number of the connection.
            shown: Places of the only rows at which a book is shown; None for all.

        Returns:
            How many books were left out.
        """
        if link != self._link:
            # What the new session brings has numbers of its own, and goes on from nothing.
            self._link = link
            self._instruments.clear()
            self._order_books.clear()
            self._has_missed = False
        latest_ns = _LATEST_NS
        if received_ns is not None:
            latest_ns = min(latest_ns, received_ns + MAX_CLOCK_SKEW_NS)
        left_out = 0
        place, size = 0, len(payload)
        while place < size:
            rtype = payload[place + 1]
            if rtype == MBP_10 and shown is None:
                place = self._give_books(payload, place, received_ns, latest_ns)
                continue
            end = place + payload[place] * WORD_BYTES
            if rtype in (MBP_10, MBP_1, TRADES):
                is_shown = shown is None or place in shown
                left_out += self._give_row(payload[place:end], received_ns, latest_ns, is_shown)
            else:
                self._give_other(payload[place:end], rtype, received_ns, latest_ns)
            place = end
        return left_out

    def _give_books(
        self, payload: bytes, place: int, received_ns: int | None, latest_ns: int
    ) -> int:
        """Give the events of the books that follow one another; return where they end.

        Args:
            payload: Records.
            place: Where the first of the books begins.
            received_ns: When they arrived.
            latest_ns: Later stamps say nothing of how far this has come.
        """
        end = place + books_from(payload, place) * BOOK.size
        instruments, give_book = self._instruments, self._sink.book
        newest_ns = self.newest_ns
        for _, number, at_ns, _, _, action, _, flags, depth, sequence, levels in BOOK.iter_unpack(
            payload[place:end]
        ):
            instrument = instruments.get(number)
            if (
                instrument is None
                or flags & _DECIDE != LAST
                or action not in BOOK_ACTIONS
                or not _EARLIEST_NS < at_ns <= latest_ns
            ):
                self.newest_ns = newest_ns
                self._give_row(payload[place : place + BOOK.size], received_ns, latest_ns)
                newest_ns = self.newest_ns
                place += BOOK.size
                continue
            # By far the most: a book that stood, without a doubt.
            place += BOOK.size
            if newest_ns < at_ns:
                newest_ns = at_ns
            instrument.pending = None
            refused = instrument.take_levels(levels, depth)
            if refused is not None:
                self._refuse(instrument, action, refused.reason)
                continue
            instrument.is_bad = False
            give_book(
                BookEvent(
                    instrument.symbol,
                    at_ns,
                    instrument.bids,
                    instrument.asks,
                    None,
                    sequence,
                    received_ns,
                )
            )
        self.newest_ns = newest_ns
        return end

    def _give_row(
        self, record: bytes, received_ns: int | None, latest_ns: int, is_shown: bool = True
    ) -> bool:
        """Give the events of one record; return whether its book was left out.

        Args:
            record: A print, or a book of any depth.
            received_ns: When it arrived.
            latest_ns: Later stamps say nothing of how far this has come.
            is_shown: False leaves its book out.
        """
        publisher, number, at_ns, price, shares, action, side, flags, _, sequence = (
            MARKET.unpack_from(record)
        )
        instrument = self._instruments.get(number)
        if instrument is None:
            self._miss()
            return False
        if not _EARLIEST_NS < at_ns < _LATEST_NS:
            self._refuse(instrument, action, "impossible_stamp")
            return False
        if self.newest_ns < at_ns <= latest_ns:
            self.newest_ns = at_ns
        if action not in ACTIONS:
            self._refuse(instrument, action, "impossible_action")
            # One row, which may have been a print: one of each kind is missing.
            self.refused_rows["trades", instrument.symbol] += 1
            return False
        if action == TRADE:
            ticks = ticks_of(price)
            if flags & SNAPSHOT:
                self.refused["print_of_snapshot"] += 1
            elif not ticks or not 0 < shares < NO_SIZE:
                reason = "impossible_size" if ticks else "impossible_price"
                self._refuse(instrument, action, reason)
            else:
                self._sink.trade(
                    (
                        instrument.symbol,
                        at_ns,
                        ticks,
                        shares * UNITS_PER_SHARE,
                        None,
                        sequence,
                        (),
                        0,
                        publisher,
                        0,
                        instrument.print_id(at_ns, sequence),
                        _STATED.get(side),
                        received_ns,
                    )
                )
        if record[1] == TRADES:
            # It has no book, whatever its action.
            return False
        row: bytes | None = record
        if action in _SHOW_NO_BOOK:
            # It shows no book; but its event may have been begun by a row that does.
            row = instrument.pending
        elif not flags & LAST:
            instrument.pending = record
        if row is None or not flags & LAST:
            return False
        if is_shown:
            self._show(instrument, row, received_ns)
            instrument.pending = None
        return not is_shown

    def _show(self, instrument: Instrument, row: bytes, received_ns: int | None) -> None:
        """Give the book of a row whose event is complete."""
        _, _, at_ns, _, _, action, _, flags, depth, sequence = MARKET.unpack_from(row)
        if flags & MAYBE_BAD_BOOK:
            if not instrument.is_bad:
                instrument.is_bad = True
                self.lost.add(instrument.symbol)
            self._refuse(instrument, action, "maybe_bad_book")
            return
        instrument.is_bad = False
        if row[1] == MBP_1:
            self._show_best(instrument, row, received_ns)
            return
        refused = instrument.take_levels(row[MARKET_BYTES:], depth)
        if refused is not None:
            self._refuse(instrument, action, refused.reason)
            return
        self._sink.book(
            BookEvent(
                instrument.symbol,
                at_ns,
                instrument.bids,
                instrument.asks,
                None,
                sequence,
                received_ns,
            )
        )

    def _show_best(self, instrument: Instrument, row: bytes, received_ns: int | None) -> None:
        _, _, at_ns, _, _, action, _, _, _, sequence = MARKET.unpack_from(row)
        bid, ask, bid_shares, ask_shares = LEVEL.unpack_from(row, MARKET_BYTES)
        bid_ticks, bid_size = best_of(bid, bid_shares)
        ask_ticks, ask_size = best_of(ask, ask_shares)
        if (bid != NO_PRICE and not bid_size) or (ask != NO_PRICE and not ask_size):
            self._refuse(instrument, action, "impossible_book")
            return
        self._sink.quote(
            instrument.symbol,
            at_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            None,
            sequence,
            received_ns,
        )

    def _give_other(
        self, record: bytes, rtype: int, received_ns: int | None, latest_ns: int
    ) -> None:
        if rtype == MBO:
            self._give_order(record, received_ns, latest_ns)
        elif rtype in SERVICE:
            self._give_service(record)
        elif rtype == STATUS:
            self._give_status(record, received_ns)
        else:
            self.refused["other_record"] += 1

    def _give_order(self, record: bytes, received_ns: int | None, latest_ns: int) -> None:
        """Put an order into its book, and show that where its event is complete."""
        publisher, number, at_ns, order, price, shares, flags, action, side, sequence = (
            ORDER.unpack_from(record)
        )
        instrument = self._instruments.get(number)
        if instrument is None:
            self._miss()
            return
        symbol = instrument.symbol
        book = self._order_books[symbol]
        # Whatever its stamp: an order that is left out is missing from every book after it.
        fault = book.take(action, side, order, price, shares, flags)
        if fault is not None:
            self.faults[fault] += 1
        if action == TRADE:
            # Such a row is one of `trades`, but for its order.
            fields = (publisher, number, at_ns, price, shares, action, side, flags, 0, sequence)
            self._give_row(_PRINT_HEAD + MARKET.pack(*fields)[2:], received_ns, latest_ns)
        if not _EARLIEST_NS < at_ns < _LATEST_NS:
            if action != TRADE:
                self._refuse(instrument, action, "impossible_stamp")
            return
        if self.newest_ns < at_ns <= latest_ns:
            self.newest_ns = at_ns
        if action != TRADE:
            book.row_waits = True
        # What only rows without a stamp have changed is shown with the next row of the book.
        if not flags & LAST or flags & SNAPSHOT or not book.row_waits or not book.has_changed():
            return
        book.row_waits = False
        doubt = "maybe_bad_book" if flags & MAYBE_BAD_BOOK else book.doubt
        if doubt is None:
            levels = (book.bids, book.asks)
            self._sink.book(BookEvent(symbol, at_ns, *levels, None, sequence, received_ns))
        else:
            # The book's, also where a print ends the event.
            self._refuse(instrument, FILL, doubt)

    def _give_service(self, record: bytes) -> None:
        word: Word
        try:
            word = read_service(record)
        except DataSourceError as error:
            self.refused[error.code] += 1
            word = error
        if isinstance(word, Mapped):
            self._map(word)
        self._on_word(word, self._link)

    def _map(self, word: Mapped) -> None:
        symbol = ticker(word.symbol, self._dataset)
        if is_symbol(symbol):
            self.let_mean(word.instrument, symbol)
        else:
            self.refused["impossible_symbol"] += 1
            self._lose(self._instruments.pop(word.instrument, None))

    def let_mean(self, number: int, symbol: str) -> None:
        """Let a number mean a symbol from now on; one that it meant before is forgotten.

        Args:
            number: Of the instrument.
            symbol: As we spell it; what is no ticker is the caller's to leave out.
        """
        known = self._instruments.get(number)
        if known is None and len(self._instruments) >= _MOST_INSTRUMENTS:
            self.refused["too_many_instruments"] += 1
        elif known is None or known.symbol != symbol:
            self._instruments[number] = Instrument(symbol)
            self._lose(known)

    def _lose(self, known: Instrument | None) -> None:
        """Take that a number means it no longer: an instrument without another lacks rows."""
        if known is None:
            return
        if known.symbol not in (each.symbol for each in self._instruments.values()):
            self.lost.add(known.symbol)

    def _give_status(self, record: bytes, received_ns: int | None) -> None:
        number, at_ns, action = STATUS_FIELDS.unpack_from(record)
        instrument = self._instruments.get(number)
        if instrument is None:
            self._miss()
        elif not _EARLIEST_NS < at_ns < _LATEST_NS:
            self.refused["impossible_stamp"] += 1
            self.lost.add(instrument.symbol)
        elif action in _HALTS or action in _BEGINS:
            self._sink.halt(HaltEvent(instrument.symbol, at_ns, action in _HALTS, received_ns))

    def _miss(self) -> None:
        """Take a record of nobody: it may concern any symbol, which is told once a session."""
        self.refused["unmapped"] += 1
        if not self._has_missed:
            self._has_missed = True
            self.lost.add("")

    def _refuse(self, instrument: Instrument, action: int, reason: str) -> None:
        self.refused[reason] += 1
        kind = "trades" if action == TRADE else "quotes"
        self.refused_rows[kind, instrument.symbol] += 1
        self.refused_as[kind, reason] += 1


def _places(payload: bytes) -> Iterator[int]:
    """Give the place of each record."""
    place, size = 0, len(payload)
    while place < size:
        yield place
        place += payload[place] * WORD_BYTES
