"""One row of a flat file at a time: what it says, or the reason why it cannot be used.

The careful twin of `flat_columns`, for the blocks that hold anything odd. The reasons are those of
the provider's REST answers.

Price, size, stamp and ticker make a row. Whatever else cannot be read costs its meaning only.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.units import (
    HIGHEST_SIZE,
    round_lot,
    side_of,
)
from trading_bot.recorded.cells import (
    UNREADABLE_CODE,
    code_of,
    conditions_of,
    made_of,
    size_of,
    stamp_of,
)
from trading_bot.recorded.flat_layout import Layout, lots_before_shares
from trading_bot.recorded.rows import PRINT, QUOTE, Row

_OF_A_HEADER = ("malformed", "unreadable_stamp")
"""What is wrong with a header where a row is looked for."""


class RowReader:
    """Reads any block of one file row by row.

    Args:
        layout: Where the columns are.
        unit: What quote sizes count; None follows the provider's date.
        left_out: Gains one count per row that is left out, by reason.
        unread: Gains one count per cell that was left out of a row that counts, by column.
        quote_kind: What its quotes are, by their place among the prints of their stamps.

    Attributes:
        layout: Where the columns are; another one once a header has come again.
        headers: Headers met below the first line; they are no rows.
    """

    def __init__(
        self,
        layout: Layout,
        unit: QuoteSizeUnit | None,
        left_out: Counter[str],
        unread: Counter[str],
        quote_kind: int = QUOTE,
    ) -> None:
        self.layout = layout
        self.headers = 0
        self._quote_kind = quote_kind
        self._unit = unit
        self._left_out = left_out
        self._unread = unread

    def rows(self, text: str, place: int) -> list[Row]:
        """Read every usable row of a block, in the order of the file.

        Args:
            text: Whole lines.
            place: Of the block's first row.
        """
        rows = []
        read = self._trade if self.layout.kind == "trades" else self._quote
        for number, line in enumerate(text.splitlines()):
            cells = _cells(line, self.layout.separator)
            row: Row | Refused = Refused("malformed")
            if len(cells) == self.layout.width:
                fields = {name: cells[at].strip() for name, at in self.layout.places.items()}
                row = read(fields, place + number)
            if not isinstance(row, Refused):
                rows.append(row)
            elif row.reason in _OF_A_HEADER and (layout := self.layout.again(line)) is not None:
                self.layout = layout
                self.headers += 1
            else:
                self._left_out[row.reason] += 1
        return rows

    def _trade(self, fields: Mapping[str, str], place: int) -> Row | Refused:
        sip_ns = stamp_of(fields["sip_timestamp"])
        if isinstance(sip_ns, Refused):
            return sip_ns
        symbol = fields.get("ticker", self.layout.symbol)
        if not symbol:
            return Refused("no_symbol")
        try:
            priced = side_of(float(fields["price"] or 0), 1)
        except ValueError:
            return Refused("unreadable_price")
        if isinstance(priced, Refused) or not priced[0]:
            return Refused("impossible_price")
        try:
            size = size_of(fields["size"] or "0")
        except ValueError:
            return Refused("unreadable_size")
        if not 0 < size <= HIGHEST_SIZE * UNITS_PER_SHARE:
            return Refused("impossible_size")
        return (
            sip_ns,
            PRINT,
            self._code(fields, "sequence_number"),
            symbol,
            place,
            priced[0],
            size,
            self._conditions(fields),
            self._code(fields, "correction", UNREADABLE_CODE),
            self._code(fields, "exchange"),
            self._made(fields),
            self._code(fields, "trf_id"),
            fields.get("id", ""),
        )

    def _quote(self, fields: Mapping[str, str], place: int) -> Row | Refused:
        sip_ns = stamp_of(fields["sip_timestamp"])
        if isinstance(sip_ns, Refused):
            return sip_ns
        symbol = fields.get("ticker", self.layout.symbol)
        if not symbol:
            return Refused("no_symbol")
        bid = _side(fields["bid_price"], fields["bid_size"])
        ask = _side(fields["ask_price"], fields["ask_size"])
        if isinstance(bid, Refused):
            return bid
        if isinstance(ask, Refused):
            return ask
        lot = lots_before_shares(sip_ns, self._unit) or round_lot(bid[0] or ask[0], sip_ns)
        units = lot * UNITS_PER_SHARE
        return (
            sip_ns,
            self._quote_kind,
            self._code(fields, "sequence_number"),
            symbol,
            place,
            bid[0],
            bid[1] * units,
            ask[0],
            ask[1] * units,
            self._made(fields),
            None,
        )

    def _code(self, fields: Mapping[str, str], name: str, unreadable: int = 0) -> int:
        try:
            return code_of(fields.get(name, ""))
        except ValueError:
            self._unread[name] += 1
            return unreadable

    def _conditions(self, fields: Mapping[str, str]) -> tuple[int, ...]:
        try:
            return conditions_of(fields.get("conditions", ""))
        except ValueError:
            self._unread["conditions"] += 1
            return (UNREADABLE_CODE,)

    def _made(self, fields: Mapping[str, str]) -> int | None:
        made_ns = made_of(fields.get("participant_timestamp", ""))
        if isinstance(made_ns, Refused):
            self._unread["participant_timestamp"] += 1
            return None
        return made_ns


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader((line,), delimiter=separator), [])
    except csv.Error:  # a cell without end
        return []


def _side(price: str, size: str) -> tuple[int, int] | Refused:
    try:
        dollars = float(price or 0)
    except ValueError:
        return Refused("unreadable_price")
    try:
        return side_of(dollars, float(size or 0))
    except ValueError:
        return Refused("unreadable_size")
