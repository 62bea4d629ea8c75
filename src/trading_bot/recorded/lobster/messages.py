"""Reader of LOBSTER files: every message of one stock-day with the book after it.

LOBSTER rebuilds Nasdaq's book from TotalView-ITCH. A day is two files without headers and with the
same number of rows, a message file and an order-book file; row k of the second is the book *after*
message k, so the quote that a print met is the one of row k-1. What the columns mean is told at
https://lobsterdata.com/info/DataStructure.php .

The `direction` column is the side of the *resting* order; the aggressor is its opposite. That truth
is handed on beside a print, never inside it, so no classifier can see it by accident.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from trading_bot.order_flow.data_models import Level, OrderBookSnapshot
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import (
    NS_PER_SECOND,
    TICKS_PER_DOLLAR,
    UNITS_PER_SHARE,
    ns_from_utc,
    price_from_ticks,
    utc_from_ns,
)
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.lobster.pair import LobsterPair

NASDAQ = 12
"""The provider's exchange id of Nasdaq, the only venue in these files."""
CROSS_TRADE = 9
"""The provider's condition id of a cross; LOBSTER's message type 6 carries it."""
FIRST_DAY_WITHOUT_HIDDEN_SIDE = date(2014, 7, 14)
"""From this day Nasdaq writes "buy" for every hidden execution (TotalView-ITCH 5.0, message P)."""

_NEW_YORK = ZoneInfo("America/New_York")
_TICKS_PER_UNIT = TICKS_PER_DOLLAR // 10_000
_EMPTY_LEVEL = 9_999_999_999
_VISIBLE, _HIDDEN, _CROSS, _HALT = "4", "5", "6", "7"
_EXECUTIONS = frozenset((_VISIBLE, _HIDDEN, _CROSS))
_BOOK_ONLY = frozenset(("1", "2", "3"))
_SIDE_AGAINST: dict[str, Literal["buy", "sell"]] = {"1": "sell", "-1": "buy"}


class LobsterRow(msgspec.Struct, gc=False):
    """What one message did to tape and quote.

    Attributes:
        stamp_ns: Exchange time, Unix nanoseconds.
        trade: The print, if the message was an execution or a cross. It comes before `quote`.
        quote: The best bid and ask after the message, only where one of the four numbers changed.
        true_side: The aggressor of the print; None for no print, a cross, or a side not recorded.
        hidden: True for a print against an order that the book did not show.
        book: The order-book row as text; `LobsterFile.snapshot` reads it.
    """

    stamp_ns: int
    trade: TradeEvent | None
    quote: QuoteEvent | None
    true_side: Literal["buy", "sell"] | None
    hidden: bool
    book: str


class LobsterEvent(NamedTuple):
    """One event in file order with the truth beside it.

    Attributes:
        event: The print or quote.
        true_side: The aggressor of a print where the file knows it, else None.
        hidden: True for a print against an order that the book did not show.
    """

    event: TradeEvent | QuoteEvent
    true_side: Literal["buy", "sell"] | None
    hidden: bool


class LobsterFile:
    """One stock-day of LOBSTER data, read as a stream.

    Args:
        pair: Its two files.
        account: Where its rows are counted: each row of the order-book file as a quote, each
            execution of the message file as a trade; one of its own when None.

    Attributes:
        path: By which its rows are told: the message file, unless whoever reads it knows it by
            its twin.
        symbol: Ticker.
        day: Trading day in New York.
        counts: Rows by what became of them, filled while reading: `rows`, `halt`, and the reasons
            for which a row was left out (`bad_message`, `out_of_order`, `unknown_type`,
            `bad_book`, `bad_value`, `without_twin`).
        account: Where its rows are counted.
    """

    def __init__(self, pair: LobsterPair, account: RowAccount | None = None) -> None:
        self._pair = pair
        self.path = pair.message.path
        self.symbol = pair.symbol
        self.day = pair.day
        self.counts: Counter[str] = Counter()
        self.account = account or RowAccount()

    def events(self) -> Iterator[LobsterEvent]:
        """Yield prints and changed quotes in file order, one at a time.

        A print comes before the quote that it left behind. A book that leaves bid and ask as they
        were is no event, and counted as `unchanged`.
        """
        for row in self.rows():
            if row.trade is not None:
                yield LobsterEvent(row.trade, row.true_side, row.hidden)
            if row.quote is not None:
                yield LobsterEvent(row.quote, None, False)
            else:
                self.account.quotes.leave("unchanged")

    def rows(self) -> Iterator[LobsterRow]:
        """Yield every usable row in file order; the others are counted in `counts`.

        Memory does not grow with the file. A row that cannot be read leaves the quote as it was.
        """
        midnight_ns = ns_from_utc(datetime.combine(self.day, time(), _NEW_YORK))
        hidden_side_known = self.day < FIRST_DAY_WITHOUT_HIDDEN_SIDE
        symbol = self.symbol
        counts = self.counts
        counts.clear()
        quotes, trades = self.account.quotes, self.account.trades
        best: tuple[int, int, int, int] | None = None
        newest_ns = midnight_ns
        for sequence, (message, book) in enumerate(self._pair.lines(), start=1):
            counts["rows"] += 1
            quotes.read += 1
            if message is None or book is None:
                self._leave_out("without_twin", "the row")
                continue
            try:
                clock, kind, _, size_text, price_text, direction, *_ = message.split(",")
                stamp_ns = midnight_ns + _ns_after_midnight(clock)
                size = int(size_text)
                price_ticks = int(price_text) * _TICKS_PER_UNIT
            except ValueError:
                self._leave_out("bad_message", "the message")
                continue
            if stamp_ns < newest_ns:
                self._leave_out("out_of_order", "time", kind)
                continue
            newest_ns = stamp_ns
            if kind == _HALT:
                counts["halt"] += 1
                quotes.leave("halt")
                continue
            if kind not in _BOOK_ONLY and kind not in _EXECUTIONS:
                self._leave_out("unknown_type", "type")
                continue
            try:
                now_best = _best_of(book)
            except ValueError:
                self._leave_out("bad_book", "the book", kind)
                continue
            trade: TradeEvent | None = None
            true_side: Literal["buy", "sell"] | None = None
            hidden = kind == _HIDDEN
            if kind in _EXECUTIONS:
                resting = direction.strip()
                if size <= 0 or price_ticks <= 0 or resting not in _SIDE_AGAINST:
                    self._leave_out("bad_value", "price, size or direction", kind)
                    continue
                trades.read += 1
                trade = TradeEvent(
                    symbol=symbol,
                    sip_ns=stamp_ns,
                    price_ticks=price_ticks,
                    size=size * UNITS_PER_SHARE,
                    participant_ns=stamp_ns,
                    sequence=sequence,
                    conditions=(CROSS_TRADE,) if kind == _CROSS else (),
                    exchange=NASDAQ,
                )
                if kind == _VISIBLE or (hidden and hidden_side_known):
                    true_side = _SIDE_AGAINST[resting]
            quote: QuoteEvent | None = None
            if now_best != best:
                best = now_best
                ask_ticks, ask_size, bid_ticks, bid_size = now_best
                quote = QuoteEvent(
                    symbol=symbol,
                    sip_ns=stamp_ns,
                    bid_ticks=bid_ticks,
                    bid_size=bid_size * UNITS_PER_SHARE,
                    ask_ticks=ask_ticks,
                    ask_size=ask_size * UNITS_PER_SHARE,
                    participant_ns=stamp_ns,
                    sequence=sequence,
                )
            yield LobsterRow(stamp_ns, trade, quote, true_side, hidden, book)

    def _leave_out(self, reason: str, column: str, kind: str = "") -> None:
        """Count a row that cannot be used; where it held an execution, its print too."""
        self.counts[reason] += 1
        self.account.quotes.refuse(column, reason)
        self.account.refused_in[self.path, column, reason] += 1
        if kind in _EXECUTIONS:
            self.account.trades.read += 1
            self.account.trades.refuse(column, reason)

    def snapshot(self, row: LobsterRow) -> OrderBookSnapshot:
        """Build the whole book after a row, with every level the file has.

        Raises:
            ValueError: The deeper levels cannot be read.
        """
        cells = [int(cell) for cell in row.book.split(",")]
        if len(cells) % 4:
            raise ValueError(f"{len(cells)} numbers in a book row are not four a level")
        return OrderBookSnapshot(
            symbol=self.symbol,
            bids=_levels(cells[2::4], cells[3::4]),
            asks=_levels(cells[0::4], cells[1::4]),
            timestamp_utc=utc_from_ns(row.stamp_ns),
            depth_kind="levels",
        )


def _ns_after_midnight(clock: str) -> int:
    """Read seconds after midnight with up to nine decimals as exact nanoseconds."""
    whole, _, fraction = clock.partition(".")
    return int(whole) * NS_PER_SECOND + int(fraction.ljust(9, "0")[:9])


def _best_of(book: str) -> tuple[int, int, int, int]:
    """Read ask, its size, bid, its size in ticks and shares; an empty side is 0, 0."""
    ask, ask_size, bid, bid_size = map(int, book.split(",", 4)[:4])
    return (
        *((0, 0) if ask == _EMPTY_LEVEL else (ask * _TICKS_PER_UNIT, ask_size)),
        *((0, 0) if bid == -_EMPTY_LEVEL else (bid * _TICKS_PER_UNIT, bid_size)),
    )


def _levels(prices: list[int], sizes: list[int]) -> list[Level]:
    """Turn the columns of one side into levels, without the empty ones."""
    return [
        (price_from_ticks(price * _TICKS_PER_UNIT), size)
        for price, size in zip(prices, sizes, strict=True)
        if abs(price) != _EMPTY_LEVEL
    ]
