"""What readers of recorded days hand on: prints and quotes as plain tuples that sort in tape order.

A day has hundreds of thousands of them, so a row is a tuple and not an object; `columns_of` turns
many into the columns in which the judge takes them. A row begins with what orders it, (SIP stamp,
prints before quotes, sequence number, symbol, place), so sorting rows is putting them in exchange
order. Where stamps are whole milliseconds a quote is an `EARLY_QUOTE`, which comes before the
prints (see `market.order`). `place` is unique within one replay: it ends every comparison and leads
back to the file. Sizes are millionths of a share.

    print: (sip_ns, PRINT, sequence, symbol, place,
            price_ticks, size, conditions, correction, exchange, participant_ns, trf_id, trade_id
            [, stated_side])
    quote: (sip_ns, QUOTE, sequence, symbol, place,
            bid_ticks, bid_size, ask_ticks, ask_size, participant_ns, levels)

All prints of one source have a stated side, or none has: who began each, where rules are to know.
`levels` is None for a best bid and ask. Where the source has what lies below, it is the event with
all that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from operator import itemgetter, not_
from typing import Any, Final

from trading_bot.order_flow.market.columns import BOOK, EventColumns
from trading_bot.order_flow.market.events import BookEvent

Row = tuple[Any, ...]
PRINT: Final = 0
QUOTE: Final = 1
EARLY_QUOTE: Final = -1
SIP_NS: Final = 0
KIND: Final = 1
SEQUENCE: Final = 2
SYMBOL: Final = 3
PLACE: Final = 4
BID: Final = 5
ASK: Final = 7
MADE: Final = 10
"""Of a print."""
STATED_SIDE: Final = 13
"""Of a print, where it has one."""
_FILE_SHIFT = 40


def first_place(file_number: int) -> int:
    """Return the place of row 0 of a file; further rows add their number."""
    return file_number << _FILE_SHIFT


def file_and_row(place: int) -> tuple[int, int]:
    """Return the number of the file and of the row in it that a place stands for."""
    return place >> _FILE_SHIFT, place & ((1 << _FILE_SHIFT) - 1)


def made_ns(row: Row) -> int | None:
    """Return the participant stamp of a row, None where it is unknown."""
    found: int | None = row[-2] if row[KIND] else row[MADE]
    return found


_row_kind = itemgetter(KIND)
_row_levels = itemgetter(-1)


def columns_of(rows: Sequence[Row]) -> EventColumns:
    """Return rows as the columns in which the judge takes them."""
    kinds = list(map(_row_kind, rows))
    if EARLY_QUOTE in kinds:
        kinds = list(map(abs, kinds))
    prints = list(compress(rows, map(not_, kinds)))
    quotes = list(compress(rows, kinds))
    levels = list(map(_row_levels, quotes))
    without = levels.count(None)
    if without == len(quotes):
        return EventColumns(kinds, _print_columns(prints), _quote_columns(quotes))
    books: list[BookEvent] = [each for each in levels if each is not None]
    if not without:
        kinds = [kind and BOOK for kind in kinds]
        return EventColumns(kinds, _print_columns(prints), (), books)
    is_deep = iter([each is not None for each in levels])
    kinds = [BOOK if kind and next(is_deep) else kind for kind in kinds]
    shallow = [row for row in quotes if row[-1] is None]
    return EventColumns(kinds, _print_columns(prints), _quote_columns(shallow), books)


def _print_columns(rows: Sequence[Row]) -> tuple[Sequence[Any], ...]:
    if not rows:
        return ()
    stamps, _, sequences, symbols, _, prices, sizes, *others = zip(*rows, strict=True)
    conditions, corrections, exchanges, participants, facilities, *ids_and_sides = others
    first = (symbols, stamps, prices, sizes, participants, sequences)
    return (*first, conditions, corrections, exchanges, facilities, *ids_and_sides)


def _quote_columns(rows: Sequence[Row]) -> tuple[Sequence[Any], ...]:
    if not rows:
        return ()
    stamps, _, sequences, symbols, _, bids, bid_sizes, asks, ask_sizes, participants, _ = zip(
        *rows, strict=True
    )
    return (symbols, stamps, bids, bid_sizes, asks, ask_sizes, participants, sequences)
