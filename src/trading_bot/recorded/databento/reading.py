"""One file of records as rows, each record of which has one fate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Final, Protocol

from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.recorded.account import NO_CONDITIONS, KindAccount, RowAccount
from trading_bot.recorded.databento.event_rows import EventRows
from trading_bot.recorded.databento.records import (
    market_alone,
    told_by,
    with_books_of_prints,
)
from trading_bot.recorded.flat_files import REORDER_NS
from trading_bot.recorded.rows import KIND, SIP_NS, Row

BARE: Final = "without_a_book_of_their_own"
"""Records that do not complete an event, or change none of the levels that are shown."""
_COLUMNS: Final = {
    ("trades", "impossible_price"): "price",
    ("trades", "impossible_size"): "size",
}
_COLUMNS_OF_BOTH: Final = {
    "impossible_stamp": "ts_event",
    "out_of_order": "ts_event",
    "unmapped": "instrument_id",
}
_NOT_LOST: Final = ("crossed_book",)
_stamp_of = itemgetter(SIP_NS)
_NO_PRINTS_OF_NOW: Final = "print_of_snapshot"


class Records(Protocol):
    """Where records come from.

    Attributes:
        path: The file.
        name: What it is called in messages.
        dataset: Whose spelling the symbols have; nothing where nobody tells.
        schema: What all records are; None where that is not told.
        form: What it is, in words.
    """

    path: Path
    name: str
    dataset: str
    schema: str | None
    form: str

    @property
    def first_ns(self) -> int | None:
        """When the first record happened; None where the beginning does not tell."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes of the file consumed so far."""
        ...

    def payloads(self, decoder: DatabentoDecoder) -> Iterator[bytes]:
        """Yield whole records in blocks, having told the decoder what their numbers mean."""
        ...


class RecordFile:
    """One file.

    Args:
        records: Its records.
        rows: Takes its events.
        account: What became of the rows of all files.

    Attributes:
        records: As given.
        rows_read: Records read so far, those left out included.
    """

    def __init__(self, records: Records, rows: EventRows, account: RowAccount) -> None:
        self.records = records
        self.rows_read = 0
        self._sink = rows
        self._account = account
        self._decoder = DatabentoDecoder(rows, records.dataset, lambda _word, _link: None)
        self._last_print: dict[int, int] = {}
        # Of both kinds: what was counted so far.
        self._refused: Counter[tuple[str, str]] = Counter()
        self._left: Counter[tuple[str, str]] = Counter()
        self._newest_ns = 0

    def rows(self) -> Iterator[list[Row]]:
        """Yield rows in lists that are in exchange order and never empty.

        Raises:
            ValueError: The file is damaged.
        """
        decoder, sink = self._decoder, self._sink
        is_tbbo = self.records.schema == "tbbo"
        for found in self.records.payloads(decoder):
            told = told_by(found)
            payload = market_alone(found) if told.others else found
            books = told.books
            if is_tbbo and payload:
                books += told.prints
                payload = with_books_of_prints(payload, self._last_print)
            before = (sink.trades, sink.quotes, decoder.refused.copy())
            books_before = sink.books
            decoder.decode(payload, None, 0)
            self._account.books += sink.books - books_before
            self._count(told.prints, books, *before)
            self.rows_read += told.prints + told.books
            if told.others:
                self._account.notes["records_of_neither_trades_nor_books"] += told.others
            kept = self._in_order(sink.take())
            if kept:
                yield kept
        self._note()

    def _count(
        self, prints: int, books: int, trades: int, quotes: int, refused: Counter[str]
    ) -> None:
        """Give each record of a block its fate, but for those whose rows are judged."""
        decoder, sink, account = self._decoder, self._sink, self._account
        account.trades.read += prints
        account.quotes.read += books
        if prints:
            account.notes[NO_CONDITIONS] += sink.trades - trades
        prints -= sink.trades - trades
        books -= sink.quotes - quotes
        for (kind, reason), count in (decoder.refused_as - self._refused).items():
            self._refuse(kind, reason, count)
            prints -= count * (kind == "trades")
            books -= count * (kind == "quotes")
        self._refused = decoder.refused_as.copy()
        old = decoder.refused[_NO_PRINTS_OF_NOW] - refused[_NO_PRINTS_OF_NOW]
        if old:
            account.trades.leave(_NO_PRINTS_OF_NOW, old)
        # What is left of the prints is nobody's.
        prints -= old
        unmapped = decoder.refused["unmapped"] - refused["unmapped"]
        if prints:
            self._refuse("trades", "unmapped", prints)
        if unmapped > prints:
            self._refuse("quotes", "unmapped", unmapped - prints)
            books -= unmapped - prints
        for (kind, reason), count in (sink.left - self._left).items():
            self._kind(kind).leave(reason, count)
        self._left = sink.left.copy()
        # Less than none where a print ends the event of a record that was counted with its block.
        if books:
            account.quotes.leave(BARE, books)

    def _in_order(self, rows: list[Row]) -> list[Row]:
        """Return rows in exchange order, without those that lie too far from where they stand."""
        if not rows:
            return rows
        stamps = list(map(_stamp_of, rows))
        newest_ns = max(self._newest_ns, *stamps)
        if min(stamps) < newest_ns - REORDER_NS:
            rows, newest_ns = self._near(rows, stamps)
        self._newest_ns = newest_ns
        rows.sort()
        return rows

    def _near(self, rows: list[Row], stamps: list[int]) -> tuple[list[Row], int]:
        """Return rows without those that are not near the others, and the newest stamp of them."""
        newest_ns = self._newest_ns
        kept = []
        for row, at_ns, next_ns in zip(rows, stamps, [*stamps[1:], stamps[-1]], strict=True):
            is_late = at_ns < newest_ns - REORDER_NS
            # One stamp far in the future must not make all that follow late.
            is_early = min(at_ns - next_ns, at_ns - newest_ns) > REORDER_NS
            is_early = is_early and next_ns >= newest_ns - REORDER_NS
            if is_late or is_early:
                self._refuse("quotes" if row[KIND] else "trades", "out_of_order", 1)
            else:
                newest_ns = max(newest_ns, at_ns)
                kept.append(row)
        return kept, newest_ns

    def _kind(self, name: str) -> KindAccount:
        return self._account.trades if name == "trades" else self._account.quotes

    def _refuse(self, kind: str, reason: str, count: int) -> None:
        if reason in _NOT_LOST:
            self._kind(kind).leave(reason, count)
            return
        column = _COLUMNS.get((kind, reason)) or _COLUMNS_OF_BOTH.get(reason, "levels")
        self._kind(kind).refuse(column, reason, count)
        self._account.refused_in[self.records.path, column, reason] += count

    def _note(self) -> None:
        """Note what changes no sum: faults of orders, and symbols that are no tickers."""
        self._account.notes.update(self._decoder.faults)
        for symbol, count in self._sink.no_tickers.items():
            self._account.notes[f"records_of_{symbol},_which_is_no_ticker"] += count
