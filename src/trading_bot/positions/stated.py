"""Positions and symbols as they are stated on a command line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.held.exact import exact_number
from trading_bot.order_flow.position import Position

POSITION_FORM = "SYMBOL:QUANTITY@AVERAGE_PRICE[:STOP]"
_POSITION = re.compile(r"([^:@]+):([^:@]+)@([^:@]+)(?::([^:@]+))?")
_LONGEST_SHOWN = 60


def stated_positions(texts: Iterable[str]) -> tuple[Position, ...]:
    """Read positions such as `AAPL:100@187.50:182`; a negative quantity is sold short.

    Raises:
        ValueError: One is not of that form, or a symbol stands in two; says what it should be.
    """
    found: dict[str, Position] = {}
    for text in texts:
        position = _position(text.strip())
        if position.symbol in found:
            raise ValueError(f"{position.symbol} is held twice: give the sum, at the mean price")
        found[position.symbol] = position
    return tuple(found.values())


def stated_symbols(texts: Iterable[str]) -> tuple[str, ...]:
    """Read lists of symbols such as `AAPL,MSFT`; return each symbol once.

    Raises:
        ValueError: One is no ticker, or a list is empty; says what it should be.
    """
    found: list[str] = []
    for text in texts:
        named = [each.strip() for each in text.split(",") if each.strip()]
        if not named:
            raise ValueError(f"{_shown(text)} names no symbol: write them like AAPL,MSFT")
        found.extend(map(_symbol, named))
    return tuple(dict.fromkeys(found))


def _position(text: str) -> Position:
    parts = _POSITION.fullmatch(text)
    if parts is None:
        raise ValueError(
            f"{_shown(text)} must be {POSITION_FORM}, such as AAPL:100@187.50:182 (100 shares "
            "bought at 187.50 USD, stop at 182); a negative quantity is sold short"
        )
    named, quantity, price, stop = parts.groups()
    symbol = _symbol(named)
    try:
        return Position(
            symbol=symbol,
            quantity=exact_number("quantity", quantity),
            average_price=exact_number("average_price", price),
            stop=None if stop is None else exact_number("stop", stop),
        )
    except ValueError as error:
        raise ValueError(f"{_shown(text)}: {error}; write {POSITION_FORM}") from error


def _symbol(text: str) -> str:
    if is_symbol(text):
        return text
    upper = text.upper()
    hint = f": did you mean {upper}?" if is_symbol(upper) else ", such as AAPL or BRK.B"
    raise ValueError(f"{_shown(text)} is no ticker as the market writes it{hint}")


def _shown(text: str) -> str:
    return repr(text[:_LONGEST_SHOWN])
