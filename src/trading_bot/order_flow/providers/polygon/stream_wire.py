"""The names and quirks of Polygon's WebSocket messages; no I/O.

Only the members that are judged are declared; msgspec passes over the others without building
them. Stamps are milliseconds, brought to nanoseconds by magnitude, since the documentation of some
channels shows microseconds and nanoseconds.

Sources: the provider's WebSocket documentation for stocks: trades, quotes, limit bands, quickstart.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Final, cast

import msgspec

from ...market.events import QuoteEvent, TradeEvent
from ...market.refused import Refused
from ...market.units import NS_PER_MS, UNITS_PER_SHARE, ticks_from_price
from .units import (
    HIGHEST_PRICE,
    HIGHEST_SIZE,
    QuoteSizeUnit,
    round_lot,
    side_of,
    stamp_ns,
    with_whole_numbers,
)

NO_CONDITIONS: Final[tuple[int, ...]] = ()
EARLIEST_MS: Final = 946_684_800_000  # 2000-01-01
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01
_MOST_NAMES = 16

Milliseconds = Annotated[int, msgspec.Meta(gt=EARLIEST_MS, lt=LATEST_MS)]
Price = Annotated[float, msgspec.Meta(ge=0, le=HIGHEST_PRICE)]
Shares = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_SIZE)]


class OddTrade(msgspec.Struct, tag_field="ev", tag="T", gc=False, kw_only=True):
    """A print in any shape that can be read, its members in the order of the wire.

    `gc=False` is safe: nothing in it can refer back.
    """

    sym: str
    x: int = 0
    i: str | int = ""
    p: float
    s: int = 0
    ds: str | None = None
    c: tuple[int, ...] | None = NO_CONDITIONS
    t: int
    pt: int | None = None
    q: int = 0
    trfi: int = 0


class TradeMessage(OddTrade, tag_field="ev", tag="T", gc=False, kw_only=True):
    """One print, `ev` T, as it nearly always is: every bound was looked at when it was read."""

    i: str = ""
    p: Price
    s: Shares = 0
    c: tuple[int, ...] = NO_CONDITIONS
    t: Milliseconds
    pt: Milliseconds | None = None


class OddQuote(msgspec.Struct, tag_field="ev", tag="Q", gc=False, kw_only=True):
    """An update of the best bid and ask in any shape that can be read."""

    sym: str
    bp: float = 0.0
    bs: int = 0
    ap: float = 0.0
    # "as" is a word of the language.
    ask_size: int = msgspec.field(default=0, name="as")
    t: int
    q: int = 0


class QuoteMessage(OddQuote, tag_field="ev", tag="Q", gc=False, kw_only=True):
    """One update of the best bid and ask, `ev` Q, as it nearly always is."""

    bp: Price = 0.0
    bs: Shares = 0
    ap: Price = 0.0
    ask_size: Shares = msgspec.field(default=0, name="as")
    t: Milliseconds


class LimitBand(msgspec.Struct, tag_field="ev", tag="LULD", gc=False):
    """A limit band, or a halt among its indicators; the symbol stands in `T`."""

    symbol: str = msgspec.field(name="T")
    t: int = 0
    i: tuple[int, ...] | int | None = NO_CONDITIONS

    @property
    def indicators(self) -> tuple[int, ...]:
        """The indicators, however they were written."""
        found = self.i
        return (found,) if isinstance(found, int) else found or NO_CONDITIONS


class Status(msgspec.Struct, tag_field="ev", tag="status", gc=False):
    """What the server says of the connection, the key or a subscription."""

    status: str = ""
    message: str = ""


Message = OddTrade | OddQuote | LimitBand | Status
_TYPES: Final[dict[str, type[Message]]] = {
    "T": OddTrade,
    "Q": OddQuote,
    "LULD": LimitBand,
    "status": Status,
}
_Usual = TradeMessage | QuoteMessage | LimitBand | Status
_frame = msgspec.json.Decoder(list[_Usual])


class FrameReader:
    """Takes frames apart; what cannot be used is counted, and never ends the stream.

    Args:
        refused: Gains counts by reason: `malformed_frame`, `malformed_message`, `unknown_event`.
        lost: Gains the symbols of messages that could not be read; an empty text stands for "any
            symbol".

    Attributes:
        unknown_names: The first few names of unknown events.
    """

    __slots__ = ("_lost", "_refused", "unknown_names")

    def __init__(self, refused: Counter[str], lost: set[str]) -> None:
        self._refused = refused
        self._lost = lost
        self.unknown_names: set[str] = set()

    def read(self, frame: bytes) -> list[Message]:
        """Return the usable messages of one frame, in its order."""
        try:
            return cast(list[Message], _frame.decode(frame))
        except msgspec.ValidationError:
            return self._one_by_one(frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._malformed()

    def _malformed(self) -> list[Message]:
        self._refused["malformed_frame"] += 1
        self._lost.add("")
        return []

    def _one_by_one(self, frame: bytes) -> list[Message]:
        # Valid JSON of another shape: numbers written as 12.0 or beyond all bounds, damage, other
        # channels. It is rare, so its messages may all be odd ones.
        try:
            rows = msgspec.json.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._malformed()
        if not isinstance(rows, list):
            return self._malformed()
        found = []
        for row in rows:
            message = self._message(row)
            if message is not None:
                found.append(message)
        return found

    def _message(self, row: Any) -> Message | None:
        name = row.get("ev") if isinstance(row, dict) else None
        if name is None:
            self._note_unreadable(row)
            return None
        kind = _TYPES.get(name) if isinstance(name, str) else None
        if kind is None:
            self._refused["unknown_event"] += 1
            if len(self.unknown_names) < _MOST_NAMES:
                self.unknown_names.add(str(name)[:_MOST_NAMES])
            return None
        try:
            return msgspec.convert(with_whole_numbers(row), kind)
        except msgspec.ValidationError:
            self._note_unreadable(row)
            return None

    def _note_unreadable(self, row: Any) -> None:
        self._refused["malformed_message"] += 1
        symbol = row.get("sym") if isinstance(row, dict) else None
        self._lost.add(symbol if isinstance(symbol, str) else "")


def ns_of(stamp: int) -> int:
    """Bring a message's stamp to Unix nanoseconds; 0 where it cannot be a time."""
    if EARLIEST_MS < stamp < LATEST_MS:
        return stamp * NS_PER_MS
    return stamp_ns(stamp) or 0


def trade_event(message: OddTrade, received_ns: int) -> TradeEvent | Refused:
    """Return the print, or the reason why the message is none."""
    sip_ns = ns_of(message.t)
    if not sip_ns:
        return Refused("impossible_stamp")
    price = message.p
    if not 0 < price <= HIGHEST_PRICE:
        return Refused("impossible_price")
    ticks = ticks_from_price(price)
    if not ticks:
        return Refused("impossible_price")
    size = message.s
    if not 0 < size <= HIGHEST_SIZE:
        return Refused(
            "impossible_size" if size or not _is_fraction(message.ds) else "below_one_share"
        )
    made = message.pt
    return TradeEvent(
        message.sym,
        sip_ns,
        ticks,
        size * UNITS_PER_SHARE,
        None if made is None else ns_of(made) or None,
        message.q,
        message.c or NO_CONDITIONS,
        0,
        message.x,
        message.trfi,
        str(message.i),
        None,
        received_ns,
    )


def quote_event(message: OddQuote, received_ns: int, unit: QuoteSizeUnit) -> QuoteEvent | Refused:
    """Return the quote, or the reason why the message is none."""
    sip_ns = ns_of(message.t)
    if not sip_ns:
        return Refused("impossible_stamp")
    bid = side_of(message.bp, message.bs)
    if isinstance(bid, Refused):
        return bid
    ask = side_of(message.ap, message.ask_size)
    if isinstance(ask, Refused):
        return ask
    lot = 1 if unit == "shares" else round_lot(bid[0] or ask[0], sip_ns)
    units = lot * UNITS_PER_SHARE
    return QuoteEvent(
        message.sym,
        sip_ns,
        bid[0],
        bid[1] * units,
        ask[0],
        ask[1] * units,
        None,
        message.q,
        received_ns,
    )


def action(name: str, params: str) -> bytes:
    """Write what a client sends: `auth` with a key, `subscribe` or `unsubscribe` with channels."""
    return msgspec.json.encode({"action": name, "params": params})


def _is_fraction(decimal_size: str | None) -> bool:
    try:
        return 0 < float(decimal_size or 0) < 1
    except ValueError:
        return False
