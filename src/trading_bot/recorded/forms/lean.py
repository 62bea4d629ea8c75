"""Lean's ticks of US equities: a zip a day and kind, without a header.

Columns: https://www.quantconnect.com/docs/v2/lean-engine/data-format/core-data-types . Times are
milliseconds since midnight in New York, of the day in the file's name; prices are ten-thousandths
of a dollar, sizes shares. Conditions are bits (`condition_bits`). A print that Lean's source calls
suspicious is one that Lean leaves out, and counts as erroneous.

A row of quotes states one side, or both: it is the national best of that side, and of the other
nothing has changed. Whose quote it is stands beside it, and makes no book of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import NS_PER_MS, ns_from_utc
from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.forms.condition_bits import bits_in
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start
from trading_bot.recorded.forms.new_york_times import day_in
from trading_bot.recorded.forms.tape_letters import exchange_in

_NAME: Final = re.compile(
    r"(?P<day>\d{8})_(?P<symbol>[a-z0-9.-]+)_(?P<kind>trade|quote)_tick(?:\..*)?", re.IGNORECASE
)
_BAR_NAME: Final = re.compile(
    r"\d{8}_[a-z0-9.-]+_(?:second|minute)_(?:trade|quote)(?:\..*)?", re.IGNORECASE
)
_WIDTHS: Final = {"trade": 6, "quote": 8}
_SUSPICIOUS: Final = "1"
_ERRONEOUS: Final = "7"
_EMPTY: Final = ("0", "0")


def price_of(text: str) -> str:
    """Return ten-thousandths of a dollar as dollars, exactly; what is no number as it is."""
    try:
        return f"{Decimal(text).scaleb(-4):f}"
    except InvalidOperation:
        return text


def _stamps(day: date) -> Callable[[str], str]:
    midnight_ns = ns_from_utc(datetime.combine(day, time(), NEW_YORK))

    def stamp(clock: str) -> str:
        if clock.isdecimal():
            return str(midnight_ns + int(clock) * NS_PER_MS)
        try:
            return str(midnight_ns + int(Decimal(clock) * NS_PER_MS))
        except (InvalidOperation, OverflowError, ValueError):
            return clock

    return stamp


def _whose(start: Start) -> tuple[str, date]:
    """Return symbol and day by the file's name, else as the user says.

    Raises:
        ValueError: Neither tells.
    """
    named = _NAME.fullmatch(start.path.name)
    symbol = start.told.symbol if named is None else named["symbol"].upper()
    day = start.told.day if named is None else day_in(named["day"])
    if symbol is None or day is None:
        raise ValueError(
            f"{start.path.name} is not named as Lean names its ticks (YYYYMMDD_SYMBOL_Trade_Tick), "
            "so say whose they are with --symbol and of which day with --day YYYY-MM-DD"
        )
    return symbol, day


def _trades(start: Start, notes: Counter[str]) -> RowMap:
    symbol, day = _whose(start)
    stamp, conditions, exchange = _stamps(day), bits_in(notes), exchange_in(notes)

    def row(cells: list[str]) -> tuple[str, ...]:
        clock, price, size, venue, bits, suspicious = cells
        return (
            symbol,
            stamp(clock),
            price_of(price),
            size,
            exchange(venue),
            conditions(bits),
            _ERRONEOUS if suspicious.strip() == _SUSPICIOUS else "0",
        )

    return row


def _quotes(start: Start, notes: Counter[str]) -> RowMap:
    symbol, day = _whose(start)
    stamp = _stamps(day)
    best = {"bid": _EMPTY, "ask": _EMPTY}

    def side(name: str, price: str, size: str) -> tuple[str, str]:
        if price in ("", "0"):
            return best[name]
        stated = (price_of(price), size)
        if price.isdecimal() and size.isdecimal():
            best[name] = stated
        return stated

    def row(cells: list[str]) -> tuple[str, ...]:
        clock, bid, bid_size, ask, ask_size, _, _, suspicious = cells
        if suspicious.strip() == _SUSPICIOUS:
            notes["suspicious_quotes_taken_for_no_change"] += 1
            bid = ask = ""
        return symbol, stamp(clock), *side("bid", bid, bid_size), *side("ask", ask, ask_size)

    return row


def _is(kind: str) -> Callable[[Start], bool]:
    def matches(start: Start) -> bool:
        if len(start.cells) != _WIDTHS[kind]:
            return False
        named = _NAME.fullmatch(start.path.name)
        if named is not None:
            return named["kind"].lower() == kind
        return _looks_like_ticks(start.cells)

    return matches


def _looks_like_ticks(cells: tuple[str, ...]) -> bool:
    *values, venue, bits, suspicious = cells
    return (
        all(value.isdecimal() for value in values)
        and len(venue) == 1
        and venue.isalpha()
        and all(digit in "0123456789abcdefABCDEF" for digit in bits)
        and suspicious in ("0", "1")
    )


FORMS: Final = (
    Form(
        "Lean's bars",
        lambda start: _BAR_NAME.fullmatch(start.path.name) is not None,
        refusal="they sum up seconds or minutes and hold no trades; get Lean's ticks of these days",
        has_header=False,
    ),
    Form(
        "Lean trade ticks",
        _is("trade"),
        (
            Part(
                "trades",
                (TICKER, STAMP, "price", "size", "exchange", "conditions", "correction"),
                _trades,
            ),
        ),
        has_header=False,
    ),
    Form(
        "Lean quote ticks",
        _is("quote"),
        (
            Part(
                "quotes",
                (TICKER, STAMP, "bid_price", "bid_size", "ask_price", "ask_size"),
                _quotes,
                unit="shares",
            ),
        ),
        has_header=False,
    ),
)
