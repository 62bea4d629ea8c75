"""What readers of recorded days hand on: prints and quotes as plain tuples that sort in tape order.

A day has hundreds of thousands of them, so a row is a tuple and not an object; `trade_event` and
`quote_event` turn one into our event where a reader of the code would rather have names. A row
begins with what orders it, (SIP stamp, prints before quotes, sequence number, symbol, place), so
sorting rows is putting them in exchange order. `place` is unique within one replay: it ends every
comparison and leads back to the file.

    print: (sip_ns, PRINT, sequence, symbol, place,
            price_ticks, size, conditions, correction, exchange, participant_ns, trf_id, trade_id)
    quote: (sip_ns, QUOTE, sequence, symbol, place,
            bid_ticks, bid_size, ask_ticks, ask_size, participant_ns, large_bids)

`large_bids` is None for a best bid and ask; where the source has the levels below, it holds (ticks,
shares) of every bid level at or above the symbol's threshold.
"""

from __future__ import annotations

from typing import Any, Final

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent

Row = tuple[Any, ...]
PRINT: Final = 0
QUOTE: Final = 1
SIP_NS: Final = 0
KIND: Final = 1
SEQUENCE: Final = 2
SYMBOL: Final = 3
PLACE: Final = 4
_FILE_SHIFT = 40


def first_place(file_number: int) -> int:
    """Return the place of row 0 of a file; further rows add their number."""
    return file_number << _FILE_SHIFT


def file_and_row(place: int) -> tuple[int, int]:
    """Return the number of the file and of the row in it that a place stands for."""
    return place >> _FILE_SHIFT, place & ((1 << _FILE_SHIFT) - 1)


def trade_event(row: Row) -> TradeEvent:
    """Turn a print's row into our event."""
    sip_ns, _, sequence, symbol, _, price, size, conditions, correction, exchange = row[:10]
    participant_ns, trf_id, trade_id = row[10:]
    return TradeEvent(
        symbol=symbol,
        sip_ns=sip_ns,
        price_ticks=price,
        size=size,
        participant_ns=participant_ns,
        sequence=sequence,
        conditions=conditions,
        correction=correction,
        exchange=exchange,
        trf_id=trf_id,
        trade_id=trade_id,
    )


def quote_event(row: Row) -> QuoteEvent:
    """Turn a quote's row into our event."""
    sip_ns, _, sequence, symbol, _, bid, bid_size, ask, ask_size, participant_ns, _ = row
    return QuoteEvent(
        symbol=symbol,
        sip_ns=sip_ns,
        bid_ticks=bid,
        bid_size=bid_size,
        ask_ticks=ask,
        ask_size=ask_size,
        participant_ns=participant_ns,
        sequence=sequence,
    )
