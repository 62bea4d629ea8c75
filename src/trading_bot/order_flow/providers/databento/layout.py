"""How a DBN record lies in memory: its head, its types, and how long each of them is; pure.

A record begins with its length in words of four bytes and its type. Both are looked at here, before
anything takes a record apart: a decoder that believes them crashes on bytes that were damaged.
Numbers are little-endian, prices whole 1e-9 USD, stamps Unix nanoseconds, sizes whole shares.

Source: the provider's page on DBN, and the sizes that `databento_dbn` writes (a test compares).
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Final

TRADES, MBP_1, MBP_10, STATUS = 0, 1, 10, 18
ERROR, SYMBOL_MAPPING, SYSTEM, MBO = 21, 22, 23, 160
"""The types of record that are read."""
SERVICE: Final = frozenset({ERROR, SYMBOL_MAPPING, SYSTEM})
"""Those that speak of the session, not of the market."""

WORD_BYTES: Final = 4
_WORDS: Final[Mapping[int, tuple[int, ...]]] = {
    TRADES: (12,),
    MBP_1: (20,),
    MBP_10: (92,),
    STATUS: (10,),
    MBO: (14,),
    # Of the first version, and of those since.
    ERROR: (20, 80),
    SYMBOL_MAPPING: (20, 44),
    SYSTEM: (20, 80),
}
_NOT_READ: Final = (17, 19, 20, 24, 32, 33, 34, 35, 36, 177, 192, 193, 194, 195, 196)
"""Bars, definitions, statistics, consolidated quotes: known, passed over, of various lengths."""
_LEAST_WORDS: Final = 4
_MOST_WORDS: Final = 255
POSSIBLE_HEADS: Final = frozenset(
    {rtype << 8 | words for rtype, lengths in _WORDS.items() for words in lengths}
    | {rtype << 8 | words for rtype in _NOT_READ for words in range(_LEAST_WORDS, _MOST_WORDS + 1)}
)
"""The first two bytes of every record that can be, as one number."""

MARKET_TIME_AT: Final = 8
"""Where a record's ts_event stands; of one that speaks of the session it is the gateway's time."""
STAMP: Final = Struct("<Q")
MARKET: Final = Struct("<2xHIQqIBBBB12xI")
"""Publisher, instrument, ts_event, price, size, action, side, flags, depth, sequence: the first 48
bytes of a print and of a book, whatever its levels."""
MARKET_BYTES: Final = 48
ORDER: Final = Struct("<2xHIQQqIBxBB12xI")
"""Publisher, instrument, ts_event, order, price, size, flags, action, side, sequence of `mbo`."""
LEVELS_BYTES: Final = 320
BOOK: Final = Struct(f"{MARKET.format}{LEVELS_BYTES}s")
"""The same of `mbp-10`, and the bytes of its levels."""
LEVEL: Final = Struct("<qqII8x")
"""Bid and ask price, bid and ask size; the numbers of orders are passed over."""
TEN_BIDS: Final = Struct("<" + "q8xI12x" * 10)
"""Ten times bid price and size."""
TEN_ASKS: Final = Struct("<" + "8xq4xI8x" * 10)
"""Ten times ask price and size."""
STATUS_FIELDS: Final = Struct("<2x2xIQ8xH")
"""Instrument, ts_event, action."""
NO_PRICE: Final = (1 << 63) - 1
"""Stands where there is no price: an empty level."""
NO_SIZE: Final = (1 << 32) - 1
"""Stands where a size is not known."""

LAST, SNAPSHOT, MAYBE_BAD_BOOK = 128, 32, 4
"""Flags: the event of this instrument is complete; not of the present; a gap that stays."""
TRADE: Final = ord("T")
FILL: Final = ord("F")
BOOK_ACTIONS: Final = frozenset(b"ACMRN")
"""Of a row that shows a book."""
ACTIONS: Final = BOOK_ACTIONS | {TRADE, FILL}
SELLER, BUYER = ord("A"), ord("B")
"""Sides: of a print the aggressor's; a third letter stands for neither."""
_BOOK_WORDS: Final = BOOK.size // WORD_BYTES
_MOST_BOOKS: Final = 256
"""So far ahead is looked: where others stand between them, more would be looked at in vain."""


def head_at(payload: bytes, place: int) -> int:
    """Return the length and type of the record at a place, as `POSSIBLE_HEADS` has them."""
    return payload[place + 1] << 8 | payload[place]


def books_from(payload: bytes, place: int) -> int:
    """Return how many whole records of `mbp-10` follow one another from a place on, up to 256."""
    until = max(0, min(len(payload) - BOOK.size + 1, place + _MOST_BOOKS * BOOK.size))
    lengths = payload[place : until : BOOK.size]
    types = payload[place + 1 : until + 1 : BOOK.size]
    # The lengths say where the next record stands: none counts behind one of another kind.
    return min(
        len(lengths) - len(lengths.lstrip(bytes((_BOOK_WORDS,)))),
        len(types) - len(types.lstrip(bytes((MBP_10,)))),
    )
