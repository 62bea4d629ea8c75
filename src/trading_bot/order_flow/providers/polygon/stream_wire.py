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
from ...market.units import cut_to
from ...outside.cutting import cut_list
from ...outside.door import UNREADABLE, decode_or_none
from .rows import Parts, part, parts_of, print_facts, quote_facts, read_row
from .units import HIGHEST_PRICE, HIGHEST_SIZE, LIVE_STEP_NS, QuoteSizeUnit, Whole, stamp_ns

NO_CONDITIONS: Final[tuple[int, ...]] = ()
EARLIEST_MS: Final = 946_684_800_000  # 2000-01-01
LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01
_MOST_NAMES = 16
_CUT_BYTES: Final = 1 << 16
"""A longer frame of which a message is no JSON is lost as a whole: judging must not wait for it."""

Milliseconds = Annotated[int, msgspec.Meta(gt=EARLIEST_MS, lt=LATEST_MS)]
Price = Annotated[float, msgspec.Meta(ge=0, le=HIGHEST_PRICE)]
Shares = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_SIZE)]


class OddTrade(msgspec.Struct, tag_field="ev", tag="T", gc=False, kw_only=True):
    """A print in any shape that can be read, its members in the order of the wire.

    `gc=False` is safe: nothing in it can refer back.
    """

    sym: str
    x: Whole | None = 0
    i: str | int | None = ""
    p: float | None = None
    s: float | None = 0
    ds: str | float | None = None
    c: tuple[Whole, ...] | None = NO_CONDITIONS
    t: int | float | None = None
    pt: int | float | None = None
    q: Whole | None = 0
    trfi: Whole | None = 0


class TradeMessage(OddTrade, tag_field="ev", tag="T", gc=False, kw_only=True):
    """One print, `ev` T, as it nearly always is: every bound was looked at when it was read."""

    x: Whole = 0
    i: str = ""
    p: Price
    s: Shares = 0
    ds: str | None = None
    c: tuple[Whole, ...] = NO_CONDITIONS
    t: Milliseconds
    pt: Milliseconds | None = None
    q: Whole = 0
    trfi: Whole = 0


class OddQuote(msgspec.Struct, tag_field="ev", tag="Q", gc=False, kw_only=True):
    """An update of the best bid and ask in any shape that can be read."""

    sym: str
    bp: float | None = 0.0
    bs: float | None = 0
    ap: float | None = 0.0
    # "as" is a word of the language.
    ask_size: float | None = msgspec.field(default=0, name="as")
    t: int | float | None = None
    q: Whole | None = 0


class QuoteMessage(OddQuote, tag_field="ev", tag="Q", gc=False, kw_only=True):
    """One update of the best bid and ask, `ev` Q, as it nearly always is."""

    bp: Price = 0.0
    bs: Shares = 0
    ap: Price = 0.0
    ask_size: Shares = msgspec.field(default=0, name="as")
    t: Milliseconds
    q: Whole = 0


class LimitBand(msgspec.Struct, tag_field="ev", tag="LULD", gc=False):
    """A limit band, or a halt among its indicators; the symbol stands in `T`."""

    symbol: str = msgspec.field(name="T")
    t: Whole = 0
    i: tuple[Whole, ...] | Whole | None = NO_CONDITIONS

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
KINDS: Final = {"T": "trades", "Q": "quotes"}
"""Kinds of rows that are missing where they cannot be used."""
_SYMBOL_MEMBERS: Final = {"LULD": "T"}
_DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "T": msgspec.json.Decoder(OddTrade),
    "Q": msgspec.json.Decoder(OddQuote),
    "LULD": msgspec.json.Decoder(LimitBand),
    "status": msgspec.json.Decoder(Status),
}
_Usual = TradeMessage | QuoteMessage | LimitBand | Status
_frame = msgspec.json.Decoder(list[_Usual])
_rows = msgspec.json.Decoder(list[msgspec.Raw])


class FrameReader:
    """Takes frames apart; what cannot be used is counted, and never ends the stream.

    Args:
        refused: Gains counts by reason: `malformed_frame`, `malformed_message`, `unknown_event`.
        lost: Gains the symbols of messages that could not be read; an empty text stands for "any
            symbol".

    Attributes:
        refused_rows: How many prints and quotes cannot be read, by kind and symbol.
        unknown_names: The first few names of unknown events.
    """

    __slots__ = ("_lost", "_refused", "refused_rows", "unknown_names")

    def __init__(self, refused: Counter[str], lost: set[str]) -> None:
        self._refused = refused
        self._lost = lost
        self.refused_rows: Counter[tuple[str, str]] = Counter()
        self.unknown_names: set[str] = set()

    def read(self, frame: bytes) -> list[Message]:
        """Return the usable messages of one frame, in its order."""
        try:
            return cast(list[Message], _frame.decode(frame))
        except UNREADABLE:
            return self._one_by_one(frame)

    def _one_by_one(self, frame: bytes) -> list[Message]:
        # JSON of another shape: numbers written as 12.0 or beyond all bounds, other channels; or
        # damage, or none at all. It is rare, so its messages may all be odd ones.
        rows = decode_or_none(frame, _rows)
        if rows is None and len(frame) <= _CUT_BYTES:
            rows = cut_list(frame)
        if rows is None:
            self._refused["malformed_frame"] += 1
            self._lost.add("")
            return []
        found = (self._message(row) for row in rows)
        return [message for message in found if message is not None]

    def _message(self, row: msgspec.Raw) -> Message | None:
        parts = parts_of(row) or {}
        name = part(parts, "ev")
        if name is None:
            self._note_unreadable("", parts)
            return None
        decoder = _DECODERS.get(name) if isinstance(name, str) else None
        if decoder is None:
            self._refused["unknown_event"] += 1
            if len(self.unknown_names) < _MOST_NAMES:
                self.unknown_names.add(str(name)[:_MOST_NAMES])
            return None
        message: Message | None = read_row(row, decoder)
        if message is None:
            self._note_unreadable(name, parts)
        return message

    def _note_unreadable(self, name: str, parts: Parts) -> None:
        self._refused["malformed_message"] += 1
        found = part(parts, _SYMBOL_MEMBERS.get(name, "sym"))
        symbol = found if isinstance(found, str) else ""
        self._lost.add(symbol)
        if symbol and name in KINDS:
            self.refused_rows[KINDS[name], symbol] += 1


def ns_of(stamp: float) -> int:
    """Bring a message's stamp to Unix nanoseconds, whole milliseconds; 0 where it is no time."""
    return cut_to(stamp_ns(stamp) or 0, LIVE_STEP_NS)


def trade_event(message: OddTrade, received_ns: int) -> TradeEvent | Refused:
    """Return the print, or the reason why the message is none."""
    facts = print_facts(message.t, message.p, message.s, message.ds)
    if isinstance(facts, Refused):
        return facts
    sip_ns, price_ticks, size = facts
    made = message.pt
    return TradeEvent(
        message.sym,
        cut_to(sip_ns, LIVE_STEP_NS),
        price_ticks,
        size,
        None if made is None else ns_of(made) or None,
        message.q or 0,
        message.c or NO_CONDITIONS,
        0,
        message.x or 0,
        message.trfi or 0,
        "" if message.i is None else str(message.i),
        None,
        received_ns,
    )


def quote_event(message: OddQuote, received_ns: int, unit: QuoteSizeUnit) -> QuoteEvent | Refused:
    """Return the quote, or the reason why the message is none."""
    bid, ask = (message.bp, message.bs), (message.ap, message.ask_size)
    facts = quote_facts(message.t, bid, ask, unit)
    if isinstance(facts, Refused):
        return facts
    sip_ns = cut_to(facts[0], LIVE_STEP_NS)
    return QuoteEvent(message.sym, sip_ns, *facts[1:], None, message.q or 0, received_ns)


def action(name: str, params: str) -> bytes:
    """Write what a client sends: `auth` with a key, `subscribe` or `unsubscribe` with channels."""
    return msgspec.json.encode({"action": name, "params": params})
