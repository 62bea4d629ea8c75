"""Databento's CSV of the schemas trades, tbbo, mbp-1, mbp-10, bbo: https://databento.com/docs .

A row with action `T` is a print; its side is the aggressor: `B` bought, `A` sold, `N` is not known.
Its book is the one that the order met. So its quote has a stamp one nanosecond before the print's;
behind the first print of a stamp the book is that of the order's later prints, and keeps its stamp.
Any other row is a quote: the best bid and ask after its event.

So they are read beside the tables of others. Alone they are read as the records that they are of,
with every level and by the clock of the venue: see `recorded.databento`.

`ts_recv` is when the row was captured, `ts_event` when the venue made it. Prices are decimals, or
whole numbers of 0.000000001 USD; 9223372036854775807 is no price. Sizes are shares, odd lots too.
The rows state no sale conditions.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Final

from trading_bot.recorded.cells import stamp_of
from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.forms.form import AGGRESSOR, Form, Part, RowMap, Start
from trading_bot.recorded.forms.pick import pick, pick_symbol

_PRINT: Final = "T"
_SIDES: Final = {"B": "buy", "A": "sell"}
_NO_PRICE: Final = "9223372036854775807"
NO_NANO: Final = int(_NO_PRICE)
"""Billionths that stand for no price."""
DBN_MAGIC: Final = "DBN"
"""Whatever their form, binary files begin so."""
_NO_STAMP: Final = "18446744073709551615"
_NOTHING: Final = frozenset({"", "nan", "none", "null", "<na>"})
_DECIMALS: Final = 9
_NANO: Final = 10**_DECIMALS
_SMALLEST_RAW: Final = 1_000_000
"""A whole number from here on counts billionths: as dollars no share costs so much."""


def price_of(text: str) -> str:
    """Return a price in dollars, exactly as it was made; nothing where there is none."""
    if text == _NO_PRICE:
        return ""
    if not text.isdecimal() or int(text) < _SMALLEST_RAW:
        return text
    digits = text.zfill(_DECIMALS + 1)
    return f"{digits[:-_DECIMALS]}.{digits[-_DECIMALS:]}"


def nano_of(text: str) -> int:
    """Return a price in billionths of a dollar; what stands for none where there is none.

    Raises:
        ValueError: It is no price, or has more digits than a price can.
    """
    if text.lower() in _NOTHING:
        return NO_NANO
    try:
        whole = int(text)
        return whole if abs(whole) >= _SMALLEST_RAW else whole * _NANO
    except ValueError:
        pass
    try:
        nano = Decimal(text) * _NANO
        found = int(nano)
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"{text!r} is no price") from error
    if found != nano or abs(found) >= NO_NANO:
        raise ValueError(f"{text!r} has too many digits")
    return found


def _trades(start: Start, _notes: Counter[str]) -> RowMap:
    symbol = pick_symbol(start, "symbol", "rawsymbol")
    recv, event = pick(start, "tsrecv", "tsevent"), pick(start, "tsevent")
    action, side, sequence = pick(start, "action"), pick(start, "side"), pick(start, "sequence")
    price, size = pick(start, "price"), pick(start, "size")

    def row(cells: list[str]) -> tuple[str, ...] | None:
        if action(cells) != _PRINT:
            return None
        return (
            symbol(cells),
            recv(cells),
            _made(event(cells)),
            price_of(price(cells)),
            size(cells),
            sequence(cells),
            _SIDES.get(side(cells), ""),
        )

    return row


def _quotes(start: Start, _notes: Counter[str]) -> RowMap:
    symbol = pick_symbol(start, "symbol", "rawsymbol")
    recv, event = pick(start, "tsrecv", "tsevent"), pick(start, "tsevent")
    action, sequence = pick(start, "action"), pick(start, "sequence")
    bid, bid_size = pick(start, "bidpx00"), pick(start, "bidsz00")
    ask, ask_size = pick(start, "askpx00"), pick(start, "asksz00")
    last_print: dict[str, str] = {}

    def row(cells: list[str]) -> tuple[str, ...]:
        ticker, stamp = symbol(cells), recv(cells)
        if action(cells) == _PRINT and last_print.get(ticker) != stamp:
            last_print[ticker] = stamp
            stamp = _before(stamp)
        return (
            ticker,
            stamp,
            _made(event(cells)),
            price_of(bid(cells)),
            bid_size(cells),
            price_of(ask(cells)),
            ask_size(cells),
            sequence(cells),
        )

    return row


def _before(stamp: str) -> str:
    """Return the nanosecond before; an unreadable stamp as it is."""
    found = stamp_of(stamp)
    return str(found - 1) if isinstance(found, int) else stamp


def _made(stamp: str) -> str:
    return "" if stamp == _NO_STAMP else stamp


_MADE: Final = "participant_timestamp"
_SEQUENCE: Final = "sequence_number"
_PRINTS: Final = Part(
    "trades", (TICKER, STAMP, _MADE, "price", "size", _SEQUENCE, AGGRESSOR), _trades
)
_BOOKS: Final = Part(
    "quotes",
    (TICKER, STAMP, _MADE, "bid_price", "bid_size", "ask_price", "ask_size", _SEQUENCE),
    _quotes,
    unit="shares",
)
_ALONE: Final = "they are read without --format, and not together with tables of others"
DBN: Final = Form(
    "Databento's binary DBN", lambda start: start.line.startswith(DBN_MAGIC), refusal=_ALONE
)
ORDERS: Final = Form(
    "Databento mbo, order by order",
    lambda start: (
        start.has("tsevent", "orderid", "action", "side", "price", "size")
        and "bidpx00" not in start.at
    ),
    refusal=_ALONE,
)
BOOKS: Final = Form(
    "Databento tbbo or mbp",
    lambda start: start.has("tsevent", "action", "price", "bidpx00", "askpx00"),
    (_PRINTS, _BOOKS),
)
PRINTS: Final = Form(
    "Databento trades",
    lambda start: start.has("tsevent", "action", "side", "price", "size"),
    (_PRINTS,),
)
FORMS: Final = (
    DBN,
    ORDERS,
    BOOKS,
    Form("Databento bbo", lambda start: start.has("tsevent", "bidpx00", "askpx00"), (_BOOKS,)),
    PRINTS,
)
