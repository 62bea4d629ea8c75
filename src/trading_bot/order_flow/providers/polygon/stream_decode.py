"""From Polygon's frames to events in our terms, given to a sink: the stream's hot path.

Integers out, and nothing built for a quote. What is odd in any way (a number out of bounds, another
unit) takes the slow way through `stream_wire`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import astuple

from ...market.events import HaltEvent
from ...market.refused import Refused
from ...market.sink import MarketSink
from ...market.units import NS_PER_MS, UNITS_PER_SHARE
from .frame_pieces import pieces_of, symbols_of
from .rows import units_of
from .stream_wire import (
    KINDS,
    FrameReader,
    LimitBand,
    Message,
    OddQuote,
    QuoteMessage,
    Status,
    TradeMessage,
    ns_of,
    quote_event,
    trade_event,
)
from .units import QuoteSizeUnit

if TYPE_CHECKING:
    from mypy_extensions import i64

HALTED: Final = 17
"""Indicator of the limit-band channel: trading is halted."""
RESUMED: Final = 18
"""Indicator of the limit-band channel: trading may begin again."""
_WHOLE: Final = ".0"
"""How the provider ends the decimal size of whole shares."""
_TICKS: Final = 1_000_000.0
"""Ticks of a dollar, for `ticks_from_price` written out: a call would cost as much as a rule."""


class PolygonDecoder:
    """Takes frames apart and gives their events to a sink; see `StreamDecoder`.

    Args:
        sink: Takes the events.
        on_status: Takes what the server says of the connection, with its number.
        quote_size_unit: What the sizes of quotes count.

    Attributes:
        refused: What could not be used, by reason.
        lost: Symbols of what could not be read since it was last emptied; an empty text stands for
            every symbol.
        refused_rows: How many prints and quotes could not be used since it was last emptied, by
            kind and symbol.
    """

    def __init__(
        self,
        sink: MarketSink,
        on_status: Callable[[Status, int], None],
        quote_size_unit: QuoteSizeUnit,
    ) -> None:
        self._sink = sink
        self._on_status = on_status
        self._unit = quote_size_unit
        # Sizes in another unit go the slow way, all of them.
        self._in_shares = quote_size_unit == "shares"
        self.refused: Counter[str] = Counter()
        self.lost: set[str] = set()
        self._reader = FrameReader(self.refused, self.lost)
        self.refused_rows = self._reader.refused_rows

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        """Give the events of one frame to the sink; see `StreamDecoder.decode`."""
        self._give(self._reader.read(payload), received_ns, link)

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        """Give the events of many frames, quotes conflated; see `StreamDecoder`."""
        messages: list[Message] = []
        for payload in payloads:
            messages += self._reader.read(payload)
        kept = conflate_quotes(messages)
        self._give(kept, received_ns, link)
        return len(messages) - len(kept)

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        """Take a large frame apart; see `StreamDecoder.pieces`."""
        return pieces_of(payload)

    def symbols_of(self, payload: bytes, *, is_part: bool = False) -> set[str] | None:
        """Return whose events a frame holds; see `StreamDecoder.symbols_of`."""
        return symbols_of(payload, is_part=is_part)

    def _give(self, messages: Sequence[Message], received_ns: int, link: int) -> None:
        sink = self._sink
        in_shares = self._in_shares
        # Boxed once, and not for each event: compiled, an int that may be None is an object.
        arrived: Any = received_ns
        # Local names, and all members at once: compiled, each look for one costs as much as a rule.
        quote_type, trade_type, members_of = QuoteMessage, TradeMessage, astuple
        # An i64 is an int; compiled, it multiplies as machine words do. The bounds of stamps and
        # sizes were looked at when they were read: nothing can overflow.
        at_ms: i64
        made_at_ms: i64
        bid_size: i64
        ask_size: i64
        shares: i64
        size: i64
        decimal_size: str | None
        symbol: str
        bid: float
        ask: float
        price: float
        sequence: int
        exchange: int
        trade_id: str
        conditions: tuple[int, ...]
        made_ms: Any
        trf_id: int
        for message in messages:
            if type(message) is quote_type and in_shares:
                symbol, bid, bid_size, ask, ask_size, at_ms, sequence = members_of(message)
                bid_ticks, ask_ticks = int(bid * _TICKS + 0.5), int(ask * _TICKS + 0.5)
                if bid_ticks and ask_ticks and bid_size and ask_size:
                    sink.quote(
                        symbol,
                        at_ms * NS_PER_MS,
                        bid_ticks,
                        bid_size * UNITS_PER_SHARE,
                        ask_ticks,
                        ask_size * UNITS_PER_SHARE,
                        None,
                        sequence,
                        arrived,
                    )
                else:
                    self._give_odd(message, received_ns, link)
            elif type(message) is trade_type:
                (
                    symbol,
                    exchange,
                    trade_id,
                    price,
                    shares,
                    decimal_size,
                    conditions,
                    at_ms,
                    made_ms,
                    sequence,
                    trf_id,
                ) = members_of(message)
                price_ticks = int(price * _TICKS + 0.5)
                made_ns: Any = None
                if made_ms is not None:
                    made_at_ms = made_ms
                    made_ns = made_at_ms * NS_PER_MS
                if not (shares and price_ticks):
                    self._give_odd(message, received_ns, link)
                    continue
                size = shares * UNITS_PER_SHARE
                # Whole shares mostly: only a fraction is worth reading a text for.
                if decimal_size is not None and decimal_size[-2:] != _WHOLE:
                    size = units_of(shares, decimal_size)
                # The members of a `TradeEvent`.
                sink.trade(
                    (
                        symbol,
                        at_ms * NS_PER_MS,
                        price_ticks,
                        size,
                        made_ns,
                        sequence,
                        conditions,
                        0,
                        exchange,
                        trf_id,
                        trade_id,
                        None,
                        arrived,
                    )
                )
            else:
                self._give_odd(message, received_ns, link)

    def _give_odd(self, message: Message, received_ns: int, link: int) -> None:
        if isinstance(message, LimitBand):
            self._give_band(message, received_ns)
        elif isinstance(message, Status):
            self._on_status(message, link)
        elif isinstance(message, OddQuote):
            quote = quote_event(message, received_ns, self._unit)
            if isinstance(quote, Refused):
                self._refuse("Q", message.sym, quote.reason)
            else:
                self._sink.quote(
                    quote.symbol,
                    quote.sip_ns,
                    quote.bid_ticks,
                    quote.bid_size,
                    quote.ask_ticks,
                    quote.ask_size,
                    None,
                    quote.sequence,
                    received_ns,
                )
        else:
            trade = trade_event(message, received_ns)
            if isinstance(trade, Refused):
                self._refuse("T", message.sym, trade.reason)
            else:
                self._sink.trade(trade)

    def _refuse(self, name: str, symbol: str, reason: str) -> None:
        self.refused[reason] += 1
        if not symbol:
            self.lost.add("")
        else:
            self.refused_rows[KINDS[name], symbol] += 1

    def _give_band(self, message: LimitBand, received_ns: int) -> None:
        indicators = message.indicators
        if HALTED in indicators:
            self._sink.halt(HaltEvent(message.symbol, ns_of(message.t), True, received_ns))
        elif RESUMED in indicators:
            self._sink.halt(HaltEvent(message.symbol, ns_of(message.t), False, received_ns))


def conflate_quotes(messages: Sequence[Message]) -> list[Message]:
    """Keep only the newest quote of each symbol, and every other message, in their order."""
    seen: set[str] = set()
    kept: list[Message] = []
    for message in reversed(messages):
        if isinstance(message, OddQuote):
            if message.sym in seen:
                continue
            seen.add(message.sym)
        kept.append(message)
    kept.reverse()
    return kept
