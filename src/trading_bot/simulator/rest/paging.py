"""What a request for rows asks for: its span of time, order, page size, and place in the list."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import msgspec

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, ns_from_utc
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE
from trading_bot.simulator.settings import NEW_YORK

_state = msgspec.json.Decoder(tuple[str, int, int, bool, int, int])

DEFAULT_LIMIT = 1_000
MAX_LIMIT = 50_000


class BadRequestError(ValueError):
    """The request cannot be understood; the message names parameter, value and range."""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page of an endless list.

    Attributes:
        from_ns: First stamp that counts.
        until_ns: Last stamp that counts.
        ascending: True for oldest first; the provider's default is newest first.
        limit: Rows a page.
        position: Number of the first row of the page going up, or of the one above it going down.
    """

    from_ns: int
    until_ns: int
    ascending: bool
    limit: int
    position: int | None = None

    def cursor(self, symbol: str, position: int) -> str:
        """Return the opaque word that carries this query on from `position`."""
        state = (symbol, self.from_ns, self.until_ns, self.ascending, self.limit, position)
        return urlsafe_b64encode(msgspec.json.encode(state)).decode()


def _from_cursor(cursor: str, symbol: str) -> PageQuery:
    try:
        state = decode(urlsafe_b64decode(cursor), "cursor", LINE, _state)
    except (binascii.Error, ValueError, DataSourceError) as error:
        raise BadRequestError("cursor is not one of ours") from error
    if state[0] != symbol:
        raise BadRequestError(f"cursor is for {state[0]}, not for {symbol}")
    return PageQuery(state[1], state[2], state[3], state[4], state[5])


def _span(name: str, text: str) -> tuple[int, int]:
    """Return the first and last nanosecond of a stamp, or of a New York day."""
    if text.isascii() and text.isdigit():
        return int(text), int(text)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError(f"{name}={text!r} must be YYYY-MM-DD or Unix nanoseconds") from error
    start = datetime.combine(day, time(), tzinfo=NEW_YORK)
    return ns_from_utc(start), ns_from_utc(start + timedelta(days=1)) - 1


def read_limit(parameters: Mapping[str, str], *, default: int, highest: int) -> int:
    """Return the page size that is asked for.

    Raises:
        BadRequestError: Not a whole number from 1 to `highest`.
    """
    text = parameters.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= highest):
        raise BadRequestError(f"limit={text!r} must be a whole number from 1 to {highest}")
    return int(text)


def read_order(parameters: Mapping[str, str]) -> bool:
    """Return True for ascending; newest first is the default.

    Raises:
        BadRequestError: Neither `asc` nor `desc`.
    """
    order = parameters.get("order", "desc")
    if order not in ("asc", "desc"):
        raise BadRequestError(f"order={order!r} must be asc or desc")
    return order == "asc"


def read_start(parameters: Mapping[str, str]) -> int:
    """Return the first row of a page of a short list, whose cursor is a plain number.

    Raises:
        BadRequestError: Not a whole number.
    """
    text = parameters.get("cursor", "0")
    if not (text.isascii() and text.isdigit()):
        raise BadRequestError(f"cursor={text!r} is not one of ours")
    return int(text)


def read_page_query(parameters: Mapping[str, str], symbol: str) -> PageQuery:
    """Read the query of a list of trades or quotes; a cursor carries everything.

    Raises:
        BadRequestError: A parameter that the provider would refuse.
    """
    if "cursor" in parameters:
        return _from_cursor(parameters["cursor"], symbol)
    from_ns, until_ns = 0, FAR_FUTURE_NS
    for name, text in parameters.items():
        if name != "timestamp" and not name.startswith("timestamp."):
            continue
        first, last = _span(name, text)
        match name:
            case "timestamp":
                from_ns, until_ns = max(from_ns, first), min(until_ns, last)
            case "timestamp.gte":
                from_ns = max(from_ns, first)
            case "timestamp.gt":
                from_ns = max(from_ns, last + 1)
            case "timestamp.lte":
                until_ns = min(until_ns, last)
            case "timestamp.lt":
                until_ns = min(until_ns, first - 1)
            case _:
                raise BadRequestError(f"{name} is not a filter")
    return PageQuery(
        from_ns,
        until_ns,
        read_order(parameters),
        read_limit(parameters, default=DEFAULT_LIMIT, highest=MAX_LIMIT),
    )
