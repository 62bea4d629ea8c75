"""Tidewater's records: bytes to values and back; pure.

A record is one line of ASCII, its fields divided by bars. Prices are whole numbers of 1e-9 USD,
sizes shares with up to six decimals, stamps Unix nanoseconds. Control records begin with `!`.

    T|SYMBOL|STAMP|NUMBER|PRICE|SIZE|SIDE|WORDS   a print; side A: a seller took the bid, B: a buyer
    S|SYMBOL|STAMP|NUMBER|BIDS|ASKS               the whole book: PRICE:SIZE,PRICE:SIZE
    D|SYMBOL|STAMP|NUMBER|SIDE|PRICE|SIZE         one level of it; size 0 removes the level
    X|SYMBOL|STAMP|NUMBER                         the print of that number never was
    H|SYMBOL|STAMP, R|SYMBOL|STAMP                trading stops, may begin again

Prints are numbered within a symbol, and books for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.market.events import HaltEvent, Level, TradeEvent, Withdrawal
from trading_bot.order_flow.market.units import UNITS_PER_SHARE

LONGEST_RECORD: Final = 65_536
MOST_LEVELS: Final = 1_000
BEAT: Final = b"!BEAT\n"
"""A sign of life; it says nothing of the market."""
UNKNOWN_CONDITION: Final = 99_001
"""Stands for every word that the table lacks: no table of ours has it, so it gives no side."""
CONDITIONS: Final[Mapping[str, tuple[int, ...]]] = {
    "regular": (),
    "sweep": (14,),
    "odd_lot": (37,),
    "extended": (12,),
    "average_price": (2,),
    "auction_open": (17,),
    "auction_reopen": (18,),
    "auction_close": (19,),
}
"""Our condition ids of each word."""

_NANO_PER_TICK: Final = 1_000
_EARLIEST_NS: Final = 946_684_800_000_000_000
_LATEST_NS: Final = 4_102_444_800_000_000_000
_NUMBER: Final = re.compile(r"[0-9]{1,19}")
_SIZE: Final = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,6}))?")
_STATED: Final[Mapping[str, str | None]] = {"A": "sell", "B": "buy", "N": None}

Aggressor = Literal["A", "B", "N"]


@dataclass(frozen=True, slots=True)
class Print:
    """One trade; price in ticks, size in millionths of a share."""

    symbol: str
    at_ns: int
    number: int
    price_ticks: int
    size: int
    side: Aggressor = "N"
    words: tuple[str, ...] = ("regular",)


@dataclass(frozen=True, slots=True)
class WholeBook:
    """The levels of both sides, best first."""

    symbol: str
    at_ns: int
    number: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class LevelChange:
    """One level's new size; 0 removes it."""

    symbol: str
    at_ns: int
    number: int
    is_bid: bool
    price_ticks: int
    size: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """The print of this number never was."""

    symbol: str
    at_ns: int
    number: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Trading stops, or may begin again."""

    symbol: str
    at_ns: int
    halted: bool


@dataclass(frozen=True, slots=True)
class Control:
    """What concerns the connection: a word, and what belongs to it."""

    word: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be used: why, and whose it was; empty where that cannot be read."""

    reason: str
    symbol: str = ""


MarketRecord = Print | WholeBook | LevelChange | Cancel | Pause
Record = MarketRecord | Control | Unreadable


def encode(record: MarketRecord | Control) -> bytes:
    """Return the line of a record."""
    match record:
        case Control(word, fields):
            parts: Sequence[object] = (f"!{word}", *fields)
        case Print(symbol, at_ns, number, ticks, size, side, words):
            parts = (
                *("T", symbol, at_ns, number, ticks * _NANO_PER_TICK),
                *(_shares(size), side, ",".join(words)),
            )
        case WholeBook(symbol, at_ns, number, bids, asks):
            parts = ("S", symbol, at_ns, number, _levels(bids), _levels(asks))
        case LevelChange(symbol, at_ns, number, is_bid, ticks, size):
            side_of = "B" if is_bid else "A"
            price = ticks * _NANO_PER_TICK
            parts = ("D", symbol, at_ns, number, side_of, price, _shares(size))
        case Cancel(symbol, at_ns, number):
            parts = ("X", symbol, at_ns, number)
        case Pause(symbol, at_ns, halted):
            parts = ("H" if halted else "R", symbol, at_ns)
    return "|".join(map(str, parts)).encode() + b"\n"


def decode(line: bytes) -> Record:
    """Read one line, without its end."""
    try:
        kind, *fields = line.decode("ascii").split("|")
    except UnicodeDecodeError:
        return Unreadable("not_ascii")
    if kind.startswith("!"):
        return Control(kind[1:], tuple(fields))
    read = _READERS.get(kind)
    if read is None:
        return Unreadable("unknown_kind")
    symbol = fields[0] if fields and is_symbol(fields[0]) else ""
    try:
        return read(fields)
    except _ImpossibleError as error:
        return Unreadable(str(error), symbol)


def trade_event(record: Print, received_ns: int | None) -> TradeEvent:
    """Return a print in our terms."""
    return TradeEvent(
        record.symbol,
        record.at_ns,
        record.price_ticks,
        record.size,
        sequence=record.number,
        conditions=conditions_of(record.words),
        stated_side=_STATED[record.side],
        received_ns=received_ns,
    )


def withdrawal(record: Cancel, received_ns: int | None) -> Withdrawal:
    """Return the word that a print never was, in our terms."""
    symbol, at_ns, number = record.symbol, record.at_ns, record.number
    return Withdrawal(symbol, at_ns, sequence=number, received_ns=received_ns)


def halt_event(record: Pause, received_ns: int | None) -> HaltEvent:
    """Return a halt, or its end, in our terms."""
    return HaltEvent(record.symbol, record.at_ns, record.halted, received_ns)


def conditions_of(words: Sequence[str]) -> tuple[int, ...]:
    """Return our ids of a print's words, each once, in their order."""
    ids = (each for word in words for each in CONDITIONS.get(word, (UNKNOWN_CONDITION,)))
    return tuple(dict.fromkeys(ids))


class _ImpossibleError(Exception):
    """A field is no value of its kind; the text is the reason."""


def _read_print(fields: list[str]) -> Print:
    symbol, at, number, price, size, side, words = _exactly(7, fields)
    if side not in _STATED:
        raise _ImpossibleError("impossible_side")
    shares = _size(size)
    if not shares:
        raise _ImpossibleError("impossible_size")
    stated: Aggressor = "A" if side == "A" else "B" if side == "B" else "N"
    at_ns, ticks = _stamp(at), _ticks(price)
    return Print(symbol, at_ns, _whole(number), ticks, shares, stated, tuple(words.split(",")))


def _read_book(fields: list[str]) -> WholeBook:
    symbol, at, number, bids, asks = _exactly(5, fields)
    levels = _read_levels(bids), _read_levels(asks)
    for side, sign in zip(levels, (-1, 1), strict=True):
        prices = [sign * ticks for ticks, _ in side]
        if prices != sorted(set(prices)):
            raise _ImpossibleError("impossible_book")
    return WholeBook(symbol, _stamp(at), _whole(number), *levels)


def _read_change(fields: list[str]) -> LevelChange:
    symbol, at, number, side, price, size = _exactly(6, fields)
    if side not in ("A", "B"):
        raise _ImpossibleError("impossible_side")
    place = symbol, _stamp(at), _whole(number)
    return LevelChange(*place, side == "B", _ticks(price), _size(size))


def _read_cancel(fields: list[str]) -> Cancel:
    symbol, at, number = _exactly(3, fields)
    return Cancel(symbol, _stamp(at), _whole(number))


def _read_halt(fields: list[str]) -> Pause:
    symbol, at = _exactly(2, fields)
    return Pause(symbol, _stamp(at), halted=True)


def _read_resume(fields: list[str]) -> Pause:
    symbol, at = _exactly(2, fields)
    return Pause(symbol, _stamp(at), halted=False)


_READERS: Final[Mapping[str, Callable[[list[str]], MarketRecord]]] = {
    "T": _read_print,
    "S": _read_book,
    "D": _read_change,
    "X": _read_cancel,
    "H": _read_halt,
    "R": _read_resume,
}


def _exactly(count: int, fields: list[str]) -> list[str]:
    if len(fields) != count:
        raise _ImpossibleError("wrong_fields")
    if not is_symbol(fields[0]):
        raise _ImpossibleError("impossible_symbol")
    return fields


def _whole(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _ImpossibleError("impossible_number")
    return int(text)


def _stamp(text: str) -> int:
    at_ns = _whole(text)
    if not _EARLIEST_NS < at_ns < _LATEST_NS:
        raise _ImpossibleError("impossible_stamp")
    return at_ns


def _ticks(text: str) -> int:
    ticks = (_whole(text) + _NANO_PER_TICK // 2) // _NANO_PER_TICK
    if not ticks:
        raise _ImpossibleError("impossible_price")
    return ticks


def _size(text: str) -> int:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise _ImpossibleError("impossible_size")
    return int(found[1]) * UNITS_PER_SHARE + int((found[2] or "").ljust(6, "0"))


def _read_levels(text: str) -> tuple[Level, ...]:
    levels = text.split(",", MOST_LEVELS) if text else []
    if len(levels) > MOST_LEVELS:
        raise _ImpossibleError("impossible_book")
    pairs = (level.partition(":") for level in levels)
    return tuple((_ticks(price), _size(size)) for price, _, size in pairs)


def _levels(levels: Sequence[Level]) -> str:
    return ",".join(f"{ticks * _NANO_PER_TICK}:{_shares(size)}" for ticks, size in levels)


def _shares(size: int) -> str:
    whole, fraction = divmod(size, UNITS_PER_SHARE)
    return f"{whole}.{fraction:06}".rstrip("0").rstrip(".") if fraction else str(whole)
