"""LOBSTER days as rows of a replay, with every large bid that the book shows."""

from __future__ import annotations

from collections.abc import Iterator

from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.recorded.lobster.messages import LobsterFile
from trading_bot.recorded.rows import PRINT, QUOTE, Row, first_place

_TICKS_PER_UNIT = TICKS_PER_DOLLAR // 10_000
_EMPTY_BID = -9_999_999_999
_NUMBERS_PER_LEVEL = 4


def lobster_rows(
    file: LobsterFile, number: int, threshold: int, chunk_rows: int
) -> Iterator[list[Row]]:
    """Yield prints, and the book whenever its best prices or its large bids change.

    Args:
        file: One stock-day.
        number: Of this file among those that are read together.
        threshold: Shares from which a bid level is large.
        chunk_rows: Rows in a list.
    """
    best: tuple[int, int, int, int] = (0, 0, 0, 0)
    large: tuple[tuple[int, int], ...] = ()
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
        changed = row.quote is not None
        if row.quote is not None:
            quote = row.quote
            best = (quote.bid_ticks, quote.bid_size, quote.ask_ticks, quote.ask_size)
        if row.book != book:
            book = row.book
            try:
                now_large = large_bids(book, threshold)
            except ValueError:
                # Its best prices were readable, so they count; the levels below stay as they were.
                file.account.notes["books_without_readable_depth"] += 1
                now_large = large
            changed = changed or now_large != large
            large = now_large
        if changed:
            rows.append(
                (row.stamp_ns, QUOTE, sequence, file.symbol, place, *best, row.stamp_ns, large)
            )
        else:
            file.account.quotes.leave("unchanged")
        if len(rows) >= chunk_rows:
            yield rows
            rows = []
    if rows:
        yield rows


def large_bids(book: str, threshold: int) -> tuple[tuple[int, int], ...]:
    """Return (ticks, size) of the bid levels of at least `threshold` shares, best first.

    Args:
        book: An order-book row: ask price, ask size, bid price, bid size, level after level.
        threshold: Shares.
    """
    cells = book.split(",")
    return tuple(
        (int(price) * _TICKS_PER_UNIT, int(size) * UNITS_PER_SHARE)
        for price, size in zip(
            cells[2::_NUMBERS_PER_LEVEL], cells[3::_NUMBERS_PER_LEVEL], strict=True
        )
        if int(size) >= threshold and int(price) != _EMPTY_BID
    )
