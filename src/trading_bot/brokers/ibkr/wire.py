"""The words of TWS about accounts and positions; pure.

Documented at https://ibkrcampus.com/campus/ibkr-api-page/twsapi-doc/. Numbers are read as the text
that TWS sends: as floats they would lose digits, and a missing quantity would be 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.held.source import read
from trading_bot.positions.source import PositionsRead, PositionUpdate, number_or_none

LOST: Final = frozenset({1100, 2110})
"""TWS has no connection to IBKR."""
RESTORED: Final = frozenset({1101, 1102})
"""It has one again."""
CLIENT_ID_IN_USE: Final = 326
TOO_MANY: Final = 100
_WARNINGS: Final = range(2100, 2200)
_ROW_FIELDS: Final = 16
_REFUSAL_FIELDS: Final = 5
_STOCK: Final = ("STK", "USD")


@dataclass(frozen=True, slots=True)
class Row:
    """One position of one account; numbers are TWS's own text.

    Attributes:
        account: Whole number of the account.
        contract: TWS's number of what is held.
        symbol: Ticker as the market writes it.
        is_stock: Whether it is a stock in USD.
        quantity: Shares, negative when sold short.
        average: USD per share that was paid, commissions in it.
    """

    account: str
    contract: str
    symbol: str
    is_stock: bool
    quantity: str
    average: str


@dataclass(frozen=True, slots=True)
class End:
    """All positions were said."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What TWS has to say of a question or of itself.

    Attributes:
        code: Its number.
        words: Its sentence.
    """

    code: int
    words: str

    @property
    def is_warning(self) -> bool:
        """Return whether nothing was refused."""
        return self.code in _WARNINGS


@dataclass(frozen=True, slots=True)
class Other:
    """A message that says nothing of a position."""


Message = Row | End | Refusal | Other


def message_in(fields: Sequence[str]) -> Message:
    """Return what a message says.

    Raises:
        DataSourceError: It is one that is looked at, and of another shape.
    """
    match fields[0] if fields else "":
        case "61":
            return _row(fields)
        case "62":
            return End()
        case "4":
            return _refusal(fields)
        case _:
            return Other()


def positions_in(rows: Iterable[Row], account: str) -> PositionsRead:
    """Return what an account holds.

    Rows that are no stocks in USD are left out and counted. A row that cannot be read is named.

    Args:
        rows: All that were said, in their order: the last of each contract counts.
        account: Whole number of the account that is meant.
    """
    newest = {each.contract: each for each in rows if each.account == account}
    stocks = [each for each in newest.values() if each.is_stock]
    found = read(list(map(_entry, stocks)))
    return PositionsRead(dict(found.positions), dict(found.refused), len(newest) - len(stocks))


def update_in(row: Row, now_ns: int) -> PositionUpdate:
    """Return what a row says that came by itself; what is not whole lets all be read anew.

    Args:
        row: It.
        now_ns: The machine's present: TWS states no time.
    """
    quantity = number_or_none(row.quantity)
    if quantity is None or not is_symbol(row.symbol):
        return PositionUpdate("", None, 0)
    return PositionUpdate(row.symbol, quantity, now_ns, average_price=_price(row))


def _entry(row: Row) -> dict[str, object]:
    quantity = number_or_none(row.quantity)
    return {
        "symbol": row.symbol,
        # What is no number is named by the reading.
        "quantity": row.quantity if quantity is None else quantity,
        "average_price": _price(row),
    }


def _row(fields: Sequence[str]) -> Row:
    if len(fields) < _ROW_FIELDS:
        raise _unexpected("a position")
    return Row(
        account=fields[2],
        contract=fields[3],
        # Classes of shares stand behind a blank there, and behind a dot on the tape.
        symbol=fields[4].replace(" ", "."),
        is_stock=(fields[5], fields[11]) == _STOCK,
        quantity=fields[14],
        average=fields[15],
    )


def _refusal(fields: Sequence[str]) -> Refusal:
    if len(fields) < _REFUSAL_FIELDS or not fields[3].isdecimal():
        raise _unexpected("a refusal")
    return Refusal(int(fields[3]), fields[4])


def _price(row: Row) -> Decimal | None:
    """Return what was paid; None for what is not stated, as for shares that were moved in."""
    found = number_or_none(row.average)
    return found if found is not None and found > 0 else None


def _unexpected(what: str) -> DataSourceError:
    return DataSourceError(
        f"a message of TWS is not {what} as it is known; its format may have changed, look for a "
        "newer version of this program",
        code="unexpected_shape",
    )
