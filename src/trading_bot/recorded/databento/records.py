"""What is said of records before they are decoded: how many there are of each kind; pure."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from trading_bot.order_flow.providers.databento.layout import (
    LAST,
    MARKET,
    MBO,
    MBP_1,
    MBP_10,
    POSSIBLE_HEADS,
    SERVICE,
    TRADE,
    TRADES,
    WORD_BYTES,
    head_at,
)
from trading_bot.order_flow.providers.databento.records import Cut

_ACTION_AT: Final = {TRADES: 28, MBP_1: 28, MBP_10: 28, MBO: 38}
"""Where the action of a record stands, by its type: those that tell of prints and books."""
_ARRIVAL_WORDS: Final = 2
_FLAGS_AT: Final = 30
_NO_PRINT: Final = ord("A")
_STAMP: Final = Struct("<Q")
_STAMP_AT: Final = 8
_RECV_AT: Final = {TRADES: 32, MBP_1: 32, MBP_10: 32, MBO: 40}


class Told(NamedTuple):
    """How many records tell of prints, of books, and of neither; words of a session are none."""

    prints: int
    books: int
    others: int = 0


def told_by(payload: bytes) -> Told:
    """Count whole records."""
    words, kind = payload[0], payload[1]
    count = _alike(payload, words, kind)
    if count and kind in _ACTION_AT:
        prints = payload[_ACTION_AT[kind] :: words * WORD_BYTES].count(TRADE)
        return Told(prints, count - prints)
    prints = books = others = 0
    for place, kind in places(payload):
        if kind not in _ACTION_AT:
            others += kind not in SERVICE
        elif payload[place + _ACTION_AT[kind]] == TRADE:
            prints += 1
        else:
            books += 1
    return Told(prints, books, others)


def is_uniform(payload: bytes) -> bool:
    """Return whether all records are whole, and of one length and one type of the market's."""
    kind = payload[1] if len(payload) > 1 else -1
    return kind in _ACTION_AT and _alike(payload, payload[0], kind) > 0


def market_alone(payload: bytes) -> bytes:
    """Return records without those that tell neither of the market nor of symbols."""
    return b"".join(
        payload[place : place + payload[place] * WORD_BYTES]
        for place, kind in places(payload)
        if kind in _ACTION_AT or kind in SERVICE
    )


def without_arrival(payload: bytes) -> Cut:
    """Return whole records without the eight bytes behind each, and what follows them."""
    kept = []
    place, size = 0, len(payload)
    is_broken = False
    while size - place > 1:
        head = head_at(payload, place) - _ARRIVAL_WORDS
        end = place + payload[place] * WORD_BYTES
        is_broken = head not in POSSIBLE_HEADS
        if is_broken or end > size:
            break
        words = bytes((payload[place] - _ARRIVAL_WORDS,))
        kept += [words, payload[place + 1 : end - _ARRIVAL_WORDS * WORD_BYTES]]
        place = end
    return Cut(b"".join(kept), b"" if is_broken else payload[place:], is_broken)


def with_books_of_prints(payload: bytes, last_print: dict[int, int]) -> bytes:
    """Return prints of the schema `tbbo`, each behind a row with the book that its order met.

    That book has a stamp one nanosecond before the print's. Behind the first print of a stamp it is
    that of the order's later prints, and keeps its stamp.

    Args:
        payload: The prints; what stands among them and is none stays as it is.
        last_print: The stamp of the newest print of each instrument; is changed.
    """
    made = []
    for place, kind in places(payload):
        record = payload[place : place + payload[place] * WORD_BYTES]
        if kind not in _ACTION_AT or record[_ACTION_AT[kind]] != TRADE:
            made.append(record)
            continue
        _, number, at_ns, *_ = MARKET.unpack_from(record)
        book = bytearray(record)
        book[_ACTION_AT[MBP_1]] = _NO_PRINT
        book[_FLAGS_AT] |= LAST
        if last_print.get(number) != at_ns:
            _STAMP.pack_into(book, _STAMP_AT, max(at_ns - 1, 0))
        last_print[number] = at_ns
        made += [bytes(book), record]
    return b"".join(made)


def places(payload: bytes) -> Iterator[tuple[int, int]]:
    """Yield the place of each record, and its type."""
    place, size = 0, len(payload)
    while place < size:
        head = head_at(payload, place)
        yield place, head >> 8
        place += (head & 0xFF) * WORD_BYTES


class Stamps(NamedTuple):
    """When a record happened, and when the provider had it; Unix nanoseconds."""

    event_ns: int
    received_ns: int


def stamps_at(payload: bytes, place: int) -> Stamps | None:
    """Return the stamps of the record at a place; None where it does not tell of the market."""
    kind = payload[place + 1]
    if kind not in _ACTION_AT:
        return None
    (event_ns,) = _STAMP.unpack_from(payload, place + _STAMP_AT)
    (received_ns,) = _STAMP.unpack_from(payload, place + _RECV_AT[kind])
    return Stamps(event_ns, received_ns)


def _alike(payload: bytes, words: int, kind: int) -> int:
    """Return how many records there are where all have this length and type, else 0."""
    step = words * WORD_BYTES
    if not step or len(payload) % step:
        return 0
    count = len(payload) // step
    is_so = payload[0::step].count(words) == count == payload[1::step].count(kind)
    return count if is_so else 0
