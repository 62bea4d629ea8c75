"""One row of a flat file at a time: what it says, or the reason why it cannot be used.

The careful twin of `flat_columns`, for the blocks that hold anything odd. The reasons are those of
the provider's REST answers.
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
    stamp_ns,
)
from trading_bot.recorded.flat_columns import conditions_of
from trading_bot.recorded.flat_layout import Layout, lots_before_shares
from trading_bot.recorded.rows import PRINT, QUOTE, Row


class RowReader:
    """Reads any block of one file row by row.

    Args:
        layout: Where the columns are.
        unit: What quote sizes count; None follows the provider's date.
        left_out: Gains one count per row that is left out, by reason.
        quote_kind: What its quotes are, by their place among the prints of their stamps.
    """

    def __init__(
        self,
        layout: Layout,
        unit: QuoteSizeUnit | None,
        left_out: Counter[str],
        quote_kind: int = QUOTE,
    ) -> None:
        self._layout = layout
        self._quote_kind = quote_kind
        self._unit = unit
        self._left_out = left_out

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
                self._left_out["malformed"] += 1
                continue
            fields = {name: cells[at].strip() for name, at in self._layout.places.items()}
            try:
                row = read(fields, place + number)
            except ValueError:
                row = Refused("malformed")
            if isinstance(row, Refused):
                self._left_out[row.reason] += 1
            else:
                rows.append(row)
        return rows

    def _trade(self, fields: Mapping[str, str], place: int) -> Row | Refused:
        sip_ns = _stamp(fields["sip_timestamp"])
        if isinstance(sip_ns, Refused):
            return sip_ns
        priced = side_of(float(fields["price"] or 0), 1)
        if isinstance(priced, Refused) or not priced[0]:
            return Refused("impossible_price")
        size = float(fields["size"] or 0)
        if not 0 < size <= HIGHEST_SIZE:
            return Refused("impossible_size")
        if size < 1:
            return Refused("below_one_share")
        return (
            sip_ns,
            PRINT,
            _code(fields, "sequence_number"),
            _symbol(fields),
            place,
            priced[0],
            int(size) * UNITS_PER_SHARE,
            conditions_of(fields.get("conditions", "")),
            _code(fields, "correction"),
            _code(fields, "exchange"),
            _made(fields),
            _code(fields, "trf_id"),
            fields.get("id", ""),
        )

    def _quote(self, fields: Mapping[str, str], place: int) -> Row | Refused:
        sip_ns = _stamp(fields["sip_timestamp"])
        if isinstance(sip_ns, Refused):
            return sip_ns
        bid = side_of(float(fields["bid_price"] or 0), float(fields["bid_size"] or 0))
        ask = side_of(float(fields["ask_price"] or 0), float(fields["ask_size"] or 0))
        if isinstance(bid, Refused):
            return bid
        if isinstance(ask, Refused):
            return ask
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


def _symbol(fields: Mapping[str, str]) -> str:
    symbol = fields["ticker"]
    if not symbol:
        raise ValueError("a row without a ticker")
    return symbol


def _stamp(text: str) -> int | Refused:
    if not text:
        return Refused("no_stamp")
    found = stamp_ns(int(text))
    return Refused("impossible_stamp") if found is None else found


def _made(fields: Mapping[str, str]) -> int | None:
    text = fields.get("participant_timestamp")
    return stamp_ns(int(text)) if text else None


def _code(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name)
    return int(text) if text else 0
