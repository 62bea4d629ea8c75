"""The simulated account, in Alpaca's words: what it holds, and what a trade changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid5

from trading_bot.order_flow.market.units import NS_PER_SECOND, utc_from_ns
from trading_bot.order_flow.position import Position
from trading_bot.simulator.broker.terms import ACCOUNT_NUMBER

Row = dict[str, object]
_NAMES = UUID("5b1f0c52-6c1e-4d0f-9a52-6c1e5b1f0c52")


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade that was made.

    Attributes:
        symbol: Ticker.
        shares: What was bought; negative for what was sold.
        price: USD per share.
        held: What is held after it.
        at_ns: When, Unix nanoseconds.
        number: Which, from 1.
    """

    symbol: str
    shares: Decimal
    price: Decimal
    held: Decimal
    at_ns: int
    number: int


class SimulatedAccount:
    """What is held; used on one event loop.

    Args:
        holdings: What is held at first.
        is_approved: Whether the account is active.
    """

    def __init__(self, holdings: Iterable[Position], *, is_approved: bool = True) -> None:
        self._held = {
            each.symbol: (each.quantity, each.average_price or Decimal(0)) for each in holdings
        }
        self._is_approved = is_approved
        self._numbers = count(1)

    def hold(self, symbol: str, quantity: Decimal, price: Decimal) -> None:
        """Let so much be held from now on; nobody is told."""
        self._held.pop(symbol, None)
        if quantity:
            self._held[symbol] = (quantity, price)

    def quantity(self, symbol: str) -> Decimal:
        """Return what is held of a symbol; negative for a short."""
        return self._held.get(symbol, (Decimal(0), Decimal(0)))[0]

    @property
    def holdings(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Shares and average price of each symbol that is held."""
        return self._held

    def trade(self, symbol: str, shares: Decimal, price: Decimal, at_ns: int) -> Fill:
        """Buy, or sell what is negative, at a price."""
        before, paid = self._held.get(symbol, (Decimal(0), Decimal(0)))
        after = before + shares
        if after == 0:
            average = Decimal(0)
        elif before == 0 or (before < 0) != (after < 0):
            average = price
        elif abs(after) > abs(before):
            average = (before * paid + shares * price) / after
        else:
            average = paid
        self.hold(symbol, after, average)
        return Fill(symbol, shares, price, after, at_ns, next(self._numbers))

    def account(self) -> Row:
        """Return the answer for `/v2/account`."""
        return {
            "id": _id("account"),
            "account_number": ACCOUNT_NUMBER,
            "status": "ACTIVE" if self._is_approved else "SUBMITTED",
            "currency": "USD",
            "portfolio_value": "100000",
            "cash": "100000",
            "trading_blocked": False,
            "account_blocked": False,
            "transfers_blocked": False,
            "trade_suspended_by_user": False,
            "shorting_enabled": True,
        }

    def positions(self) -> list[Row]:
        """Return the answer for `/v2/positions`."""
        return [_position(symbol, *each) for symbol, each in self._held.items()]


def fill_message(fill: Fill, *, with_quantity: bool = True) -> Row:
    """Return what the stream of trade updates says of a fill."""
    data: Row = {
        "event": "fill",
        "execution_id": _id(f"execution {fill.number}"),
        "timestamp": _stamp(fill.at_ns),
        "price": _text(fill.price),
        "qty": _text(abs(fill.shares)),
        "order": order_of(fill),
    }
    if with_quantity:
        data["position_qty"] = _text(fill.held)
    return {"stream": "trade_updates", "data": data}


def order_of(fill: Fill) -> Row:
    """Return the market order that was filled."""
    stamp = _stamp(fill.at_ns)
    return {
        "id": _id(f"order {fill.number}"),
        "client_order_id": f"simulated-{fill.number}",
        "created_at": stamp,
        "updated_at": stamp,
        "submitted_at": stamp,
        "filled_at": stamp,
        "asset_id": _id(fill.symbol),
        "symbol": fill.symbol,
        "asset_class": "us_equity",
        "qty": _text(abs(fill.shares)),
        "filled_qty": _text(abs(fill.shares)),
        "filled_avg_price": _text(fill.price),
        "order_class": "simple",
        "order_type": "market",
        "type": "market",
        "side": "buy" if fill.shares > 0 else "sell",
        "time_in_force": "day",
        "status": "filled",
        "extended_hours": False,
    }


def _position(symbol: str, quantity: Decimal, price: Decimal) -> Row:
    return {
        "asset_id": _id(symbol),
        "symbol": symbol,
        "exchange": "NASDAQ",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": _text(quantity),
        "qty_available": _text(quantity),
        "avg_entry_price": _text(price),
        "side": "short" if quantity < 0 else "long",
        "cost_basis": _text(quantity * price),
    }


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _stamp(at_ns: int) -> str:
    fraction = at_ns % NS_PER_SECOND
    return f"{utc_from_ns(at_ns):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


def _id(name: str) -> str:
    return str(uuid5(_NAMES, name))
