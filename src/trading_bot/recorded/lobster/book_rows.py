"""LOBSTER days as rows of a replay, each book with every level that it shows."""

from __future__ import annotations

from collections.abc import Iterator

from trading_bot.order_flow.market.events import BookEvent, Level
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.recorded.lobster.messages import LobsterFile
from trading_bot.recorded.rows import PRINT, QUOTE, Row, first_place

_TICKS_PER_UNIT = TICKS_PER_DOLLAR // 10_000
_EMPTY_BID = -9_999_999_999
_EMPTY_ASK = 9_999_999_999
_NUMBERS_PER_LEVEL = 4


def lobster_rows(file: LobsterFile, number: int, chunk_rows: int) -> Iterator[list[Row]]:
    """Yield prints, and the book whenever anything of it changes.

    Args:
        file: One stock-day.
        number: Of this file among those that are read together.
        chunk_rows: Rows in a list.
    """
    best: tuple[int, int, int, int] = (0, 0, 0, 0)
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    book = ""
    rows: list[Row] = []
    start = first_place(number) + 1
    for place, row in enumerate(file.rows(), start):
        sequence = place - start + 1
        if row.trade is not None:
            trade = row.trade
            rows.append(
                (
                    row.stamp_ns,
                    PRINT,
                    sequence,
                    file.symbol,
                    place,
                    trade.price_ticks,
                    trade.size,
                    trade.conditions,
                    trade.correction,
                    trade.exchange,
                    trade.participant_ns,
                    trade.trf_id,
                    trade.trade_id,
                )
            )
        if row.quote is not None:
            quote = row.quote
            best = (quote.bid_ticks, quote.bid_size, quote.ask_ticks, quote.ask_size)
        changed = False
        event: BookEvent | None = None
        if row.book != book:
            book = row.book
            try:
                now_bids, now_asks = levels_of(book)
            except ValueError:
                # Its best prices were readable, so they count.
                file.account.notes["books_without_readable_depth"] += 1
            else:
                # A side that has not changed is handed on as the same object.
                bids = bids if now_bids == bids else now_bids
                asks = asks if now_asks == asks else now_asks
                event = BookEvent(file.symbol, row.stamp_ns, bids, asks, row.stamp_ns, sequence)
            changed = event is not None or row.quote is not None
        if changed:
            rows.append(
                (row.stamp_ns, QUOTE, sequence, file.symbol, place, *best, row.stamp_ns, event)
            )
        else:
            file.account.quotes.leave("unchanged")
        if len(rows) >= chunk_rows:
            yield rows
            rows = []
    if rows:
        yield rows


def levels_of(book: str) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Return the bids and the asks of a book, each as (ticks, size), best first.

    Args:
        book: An order-book row: ask price, ask size, bid price, bid size, level after level.

    Raises:
        ValueError: A cell is no number, or the last level is not whole.
    """
    cells = list(map(int, book.split(",")))
    if len(cells) % _NUMBERS_PER_LEVEL:
        raise ValueError(f"{len(cells)} numbers are not four a level")
    return _side(cells[2::4], cells[3::4], _EMPTY_BID), _side(cells[::4], cells[1::4], _EMPTY_ASK)


def _side(prices: list[int], sizes: list[int], empty: int) -> tuple[Level, ...]:
    return tuple(
        [
            (price * _TICKS_PER_UNIT, size * UNITS_PER_SHARE)
            for price, size in zip(prices, sizes, strict=True)
            if price != empty and size > 0
        ]
    )
