"""Alpaca's words: what its answers and messages say; pure.

Documented at https://docs.alpaca.markets/reference/getallopenpositions (positions) and
https://docs.alpaca.markets/docs/websocket-streaming (trade updates).
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.held.exact import exact_number
from trading_bot.order_flow.held.source import read
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.outside.door import decode
from trading_bot.positions.source import (
    AccountFound,
    PositionsRead,
    PositionUpdate,
    shown_number,
)

STOCK: Final = "us_equity"
"""The one asset class that is watched."""
FILLS: Final = frozenset({"fill", "partial_fill"})
CHANGES_NOTHING: Final = frozenset(
    {
        "accepted",
        "calculated",
        "canceled",
        "done_for_day",
        "expired",
        "held",
        "new",
        "order_cancel_rejected",
        "order_replace_rejected",
        "pending_cancel",
        "pending_new",
        "pending_replace",
        "rejected",
        "replaced",
        "stopped",
        "suspended",
    }
)
"""Events of an order that leave the position as it is; any other lets all be read anew."""
_WELL: Final = "ACTIVE"
_BLOCKS: Final = ("account_blocked", "trading_blocked", "trade_suspended_by_user")
_KEPT: Final = ("symbol", "qty", "side")
_exact = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Authorised:
    """The stream has let the key in, or has not.

    Attributes:
        is_let_in: Which of both.
    """

    is_let_in: bool


@dataclass(frozen=True, slots=True)
class Listening:
    """The stream has said what it sends.

    Attributes:
        has_updates: Whether trade updates are among it.
    """

    has_updates: bool


@dataclass(frozen=True, slots=True)
class Other:
    """A message that says nothing of a position."""


Message = Authorised | Listening | PositionUpdate | Other


def positions_in(body: bytes, path: str) -> PositionsRead:
    """Return what an account holds.

    Rows that are no stock are left out and counted. A row that cannot be read is named.

    Raises:
        DataSourceError: It is no list of positions, as a whole.
    """
    rows = decode(body, path, decoder=_exact)
    if not isinstance(rows, list):
        raise _unexpected(path, "a list of positions")
    stocks = [each for each in rows if _is_stock(each)]
    found = read([_row(each) for each in stocks])
    # The host's own object would be a piece of the answer.
    return PositionsRead(dict(found.positions), dict(found.refused), len(rows) - len(stocks))


def account_in(body: bytes, path: str) -> tuple[str, AccountFound]:
    """Return the whole number of an account, and what may be shown of it.

    Raises:
        DataSourceError: It is no account.
    """
    found = decode(body, path)
    number = found.get("account_number") if isinstance(found, dict) else None
    if not isinstance(number, str) or not number:
        raise _unexpected(path, "an account with its number")
    words = [each for each in _BLOCKS if found.get(each) is True]
    status = found.get("status")
    if status != _WELL:
        words.insert(0, f"its status is {str(status)[:30]}")
    return number, AccountFound(shown_number(number), ", ".join(words))


def authentication(key: str, secret: str) -> bytes:
    """Return the first message to the stream; never to be shown."""
    return _message("authenticate", {"key_id": key, "secret_key": secret})


def listening() -> bytes:
    """Return the message that asks for trade updates."""
    return _message("listen", {"streams": ["trade_updates"]})


def message_in(payload: bytes, now_ns: int) -> Message:
    """Return what a message of the stream says.

    Args:
        payload: It, of a text or a binary frame.
        now_ns: The machine's present, for an update without a time.

    Raises:
        DataSourceError: It is no message.
    """
    found = decode(payload, "a message of the trade updates", decoder=_exact)
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, dict):
        raise _unexpected("a message of the trade updates", "an object with stream and data")
    match found.get("stream"):
        case "authorization":
            return Authorised(data.get("status") == "authorized")
        case "listening":
            streams = data.get("streams")
            return Listening(isinstance(streams, list) and "trade_updates" in streams)
        case "trade_updates":
            return _update(data, now_ns)
        case _:
            return Other()


def _update(data: dict[str, Any], now_ns: int) -> PositionUpdate | Other:
    event, order = str(data.get("event")), data.get("order")
    if event in CHANGES_NOTHING:
        return Other()
    order = order if isinstance(order, dict) else {}
    if order.get("asset_class", STOCK) != STOCK:
        return Other()
    symbol = order.get("symbol")
    quantity = _number(data.get("position_qty")) if event in FILLS else None
    if not is_symbol(symbol):
        # Something has changed, of nobody knows what: all is read anew.
        return PositionUpdate("", None, 0)
    price = _number(data.get("price"))
    return PositionUpdate(
        str(symbol),
        quantity,
        _stamp(data.get("timestamp"), now_ns),
        price if price is not None and price > 0 else None,
    )


def _number(value: Any) -> Decimal | None:
    with suppress(ValueError):
        return exact_number("", value)
    return None


def _stamp(value: Any, now_ns: int) -> int:
    with suppress(TypeError, ValueError, OverflowError):
        moment = datetime.fromisoformat(value)
        return ns_from_utc(moment.astimezone(UTC))
    return now_ns


def _is_stock(row: Any) -> bool:
    return not isinstance(row, dict) or row.get("asset_class", STOCK) == STOCK


def _row(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    price = _number(row.get("avg_entry_price"))
    kept = {name: row[name] for name in _KEPT if name in row}
    # Shares that were given or moved in may have cost nothing as far as the broker knows, and what
    # cannot be read costs the price alone: the shares are watched.
    return {**kept, "avg_entry_price": price if price is not None and price > 0 else None}


def _message(action: str, data: object) -> bytes:
    return json.dumps({"action": action, "data": data}).encode()


def _unexpected(path: str, what: str) -> DataSourceError:
    return DataSourceError(
        f"the answer for {path} is not {what}; check positions_url, or the broker's format may "
        "have changed",
        code="unexpected_shape",
    )
