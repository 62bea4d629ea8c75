"""One row of a flat file at a time: what it says, or the reason why it cannot be used.

The careful twin of `flat_columns`, for the blocks that hold anything odd. The reasons are those of
the provider's REST answers.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.units import (
    HIGHEST_SIZE,
    round_lot,
    side_of,
    stamp_ns,
)
from trading_bot.recorded.account import KindAccount
from trading_bot.recorded.flat_columns import conditions_of
from trading_bot.recorded.flat_layout import OLD_LOT, Layout, lots_before_shares
from trading_bot.recorded.rows import ASK, BID, PRINT, QUOTE, SIP_NS, Row

WHOLE_ROW = "the row"
"""Named in place of a column where a row has another number of them."""
BELOW_ONE_SHARE = "below_one_share"


class UnreadableCellError(Exception):
    """A cell cannot be used as it is written.

    Args:
        column: Its column.
        reason: Why, in one word.
    """

    def __init__(self, column: str, reason: str = "malformed") -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason


class RowReader:
    """Reads any block of one file row by row.

    Args:
        layout: Where the columns are.
        unit: What quote sizes count; None follows the provider's date.
        account: Gains one count per row that is refused, by column and reason, or left.
        quote_kind: What its quotes are, by their place among the prints of their stamps.
        symbols: Of others no row is refused: nobody wants it; None wants all.
    """

    def __init__(
        self,
        layout: Layout,
        unit: QuoteSizeUnit | None,
        account: KindAccount,
        quote_kind: int = QUOTE,
        symbols: Collection[str] | None = None,
    ) -> None:
        self._layout = layout
        self._quote_kind = quote_kind
        self._unit = unit
        self._account = account
        self._symbols = symbols

    def rows(self, text: str, place: int) -> list[Row]:
        """Read every usable row of a block, in the order of the file.

        Args:
            text: Whole lines.
            place: Of the block's first row.
        """
        rows = []
        read = self._trade if self._layout.kind == "trades" else self._quote
        for number, line in enumerate(text.splitlines()):
            cells = next(csv.reader((line,)), [])
            if len(cells) != self._layout.width:
                self._account.refuse(WHOLE_ROW, "malformed")
                continue
            fields = {name: cells[at].strip() for name, at in self._layout.places.items()}
            try:
                rows.append(read(fields, place + number))
            except UnreadableCellError as unreadable:
                if self._symbols is not None and fields["ticker"] not in self._symbols:
                    self._account.leave("other_symbol")
                elif unreadable.reason == BELOW_ONE_SHARE:
                    self._account.leave(BELOW_ONE_SHARE)
                else:
                    self._account.refuse(unreadable.column, unreadable.reason)
        return rows

    def _trade(self, fields: Mapping[str, str], place: int) -> Row:
        sip_ns = _stamp(fields)
        price = _side(fields, "price", None)[0]
        if not price:
            raise UnreadableCellError("price", "impossible_price")
        size = _number(fields, "size")
        if not 0 < size <= HIGHEST_SIZE:
            raise UnreadableCellError("size", "impossible_size")
        if size < 1:
            raise UnreadableCellError("size", BELOW_ONE_SHARE)
        return (
            sip_ns,
            PRINT,
            _code(fields, "sequence_number"),
            _symbol(fields),
            place,
            price,
            int(size) * UNITS_PER_SHARE,
            _conditions(fields),
            _code(fields, "correction"),
            _code(fields, "exchange"),
            _made(fields),
            _code(fields, "trf_id"),
            fields.get("id", ""),
        )

    def _quote(self, fields: Mapping[str, str], place: int) -> Row:
        sip_ns = _stamp(fields)
        bid = _side(fields, "bid_price", "bid_size")
        ask = _side(fields, "ask_price", "ask_size")
        lot = lots_before_shares(sip_ns, self._unit) or round_lot(bid[0] or ask[0], sip_ns)
        units = lot * UNITS_PER_SHARE
        return (
            sip_ns,
            self._quote_kind,
            _code(fields, "sequence_number"),
            _symbol(fields),
            place,
            bid[0],
            bid[1] * units,
            ask[0],
            ask[1] * units,
            _made(fields),
            None,
        )


def telling_sizes(rows: Iterable[Row]) -> Iterator[int]:
    """Yield the sizes of quotes that can tell what they count.

    A round lot of the stock must have 100 shares: those of dear stocks have had fewer of late.

    Args:
        rows: Quotes, read as if their sizes were shares.
    """
    for row in rows:
        for side in (BID, ASK):
            if round_lot(row[side], row[SIP_NS]) == OLD_LOT:
                yield row[side + 1] // UNITS_PER_SHARE


def _side(fields: Mapping[str, str], price: str, size: str | None) -> tuple[int, int]:
    """Return price in ticks and size of one side; a print's price has no size of its own."""
    found = side_of(_number(fields, price), 1 if size is None else _number(fields, size))
    if isinstance(found, Refused):
        at_fault = size if size is not None and found.reason == "impossible_size" else price
        raise UnreadableCellError(at_fault, found.reason)
    return found


def _symbol(fields: Mapping[str, str]) -> str:
    symbol = fields["ticker"]
    if not symbol:
        raise UnreadableCellError("ticker")
    return symbol


def _stamp(fields: Mapping[str, str]) -> int:
    if not fields["sip_timestamp"]:
        raise UnreadableCellError("sip_timestamp", "no_stamp")
    found = stamp_ns(_code(fields, "sip_timestamp"))
    if found is None:
        raise UnreadableCellError("sip_timestamp", "impossible_stamp")
    return found


def _made(fields: Mapping[str, str]) -> int | None:
    known = fields.get("participant_timestamp")
    return stamp_ns(_code(fields, "participant_timestamp")) if known else None


def _conditions(fields: Mapping[str, str]) -> tuple[int, ...]:
    try:
        return conditions_of(fields.get("conditions", ""))
    except ValueError as error:
        raise UnreadableCellError("conditions") from error


def _number(fields: Mapping[str, str], name: str) -> float:
    try:
        return float(fields[name] or 0)
    except ValueError as error:
        raise UnreadableCellError(name) from error


def _code(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name)
    try:
        return int(text) if text else 0
    except ValueError as error:
        raise UnreadableCellError(name) from error
