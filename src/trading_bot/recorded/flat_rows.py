"""One row of a flat file at a time: what it says, or the reason why it cannot be used.

The careful twin of `flat_columns`, for the blocks that hold anything odd. The reasons are those of
the provider's REST answers.

Price, size, stamp and ticker make a row. Whatever else cannot be read costs its meaning only.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.units import (
    HIGHEST_SIZE,
    round_lot,
    side_of,
)
from trading_bot.recorded.account import KindAccount
from trading_bot.recorded.cells import (
    UNREADABLE_CODE,
    code_of,
    conditions_of,
    made_of,
    size_of,
    stamp_of,
)
from trading_bot.recorded.flat_layout import OLD_LOT, Layout, lots_before_shares
from trading_bot.recorded.rows import ASK, BID, PRINT, QUOTE, SIP_NS, Row

WHOLE_ROW = "the row"
"""Named in place of a column where a row has another number of them."""
_OF_A_HEADER = (WHOLE_ROW, "sip_timestamp")
"""What is wrong with a header where a row is looked for."""


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
        notes: Gains one count per cell that is left out of a row that counts, by column.
        quote_kind: What its quotes are, by their place among the prints of their stamps.
        symbols: Of others no row is refused: nobody wants it; None wants all.

    Attributes:
        layout: Where the columns are; another one once a header has come again.
        headers: Headers met below the first line; they are no rows.
    """

    def __init__(
        self,
        layout: Layout,
        unit: QuoteSizeUnit | None,
        account: KindAccount,
        notes: Counter[str],
        quote_kind: int = QUOTE,
        symbols: Collection[str] | None = None,
    ) -> None:
        self.layout = layout
        self.headers = 0
        self._quote_kind = quote_kind
        self._unit = unit
        self._account = account
        self._notes = notes
        self._symbols = symbols

    def rows(self, text: str, places: Sequence[int]) -> list[Row]:
        """Read every usable row of a block, in the order of the file.

        Args:
            text: Whole lines.
            places: Of its lines.
        """
        rows = []
        read = self._trade if self.layout.kind == "trades" else self._quote
        for place, line in zip(chain(places, repeat(places[-1])), text.splitlines(), strict=False):
            cells = cells_in(line, self.layout.separator)
            if len(cells) != self.layout.width:
                self._leave(line, cells, UnreadableCellError(WHOLE_ROW))
                continue
            fields = {name: cells[at].strip() for name, at in self.layout.places.items()}
            try:
                rows.append(read(fields, place))
            except UnreadableCellError as unreadable:
                self._leave(line, cells, unreadable)
        return rows

    def _leave(self, line: str, cells: list[str], unreadable: UnreadableCellError) -> None:
        again = self.layout.again(line) if unreadable.column in _OF_A_HEADER else None
        if again is not None:
            self.layout = again
            self.headers += 1
        elif unreadable.column != WHOLE_ROW and not self._is_wanted(cells):
            self._account.leave("other_symbol")
        else:
            self._account.refuse(unreadable.column, unreadable.reason)

    def _is_wanted(self, cells: list[str]) -> bool:
        at = self.layout.places.get("ticker")
        return self._symbols is None or at is None or cells[at].strip() in self._symbols

    def _trade(self, fields: Mapping[str, str], place: int) -> Row:
        sip_ns = _stamp(fields)
        price = _side(fields, "price", None)[0]
        if not price:
            raise UnreadableCellError("price", "impossible_price")
        try:
            size = size_of(fields["size"] or "0")
        except ValueError as error:
            raise UnreadableCellError("size") from error
        if not 0 < size <= HIGHEST_SIZE * UNITS_PER_SHARE:
            raise UnreadableCellError("size", "impossible_size")
        return (
            sip_ns,
            PRINT,
            self._code(fields, "sequence_number"),
            self._symbol(fields),
            place,
            price,
            size,
            self._conditions(fields),
            self._code(fields, "correction", UNREADABLE_CODE),
            self._code(fields, "exchange"),
            self._made(fields),
            self._code(fields, "trf_id"),
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
            self._code(fields, "sequence_number"),
            self._symbol(fields),
            place,
            bid[0],
            bid[1] * units,
            ask[0],
            ask[1] * units,
            self._made(fields),
            None,
        )

    def _symbol(self, fields: Mapping[str, str]) -> str:
        symbol = fields.get("ticker", self.layout.symbol)
        if not symbol:
            raise UnreadableCellError("ticker")
        return symbol

    def _code(self, fields: Mapping[str, str], name: str, unreadable: int = 0) -> int:
        try:
            return code_of(fields.get(name, ""))
        except ValueError:
            self._note_unread(name)
            return unreadable

    def _conditions(self, fields: Mapping[str, str]) -> tuple[int, ...]:
        try:
            return conditions_of(fields.get("conditions", ""))
        except ValueError:
            self._note_unread("conditions")
            return (UNREADABLE_CODE,)

    def _made(self, fields: Mapping[str, str]) -> int | None:
        made_ns = made_of(fields.get("participant_timestamp", ""))
        if isinstance(made_ns, Refused):
            self._note_unread("participant_timestamp")
            return None
        return made_ns

    def _note_unread(self, column: str) -> None:
        self._notes[f"unreadable_{column}"] += 1


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


def _stamp(fields: Mapping[str, str]) -> int:
    found = stamp_of(fields["sip_timestamp"])
    if isinstance(found, Refused):
        raise UnreadableCellError("sip_timestamp", found.reason)
    return found


def _number(fields: Mapping[str, str], name: str) -> float:
    try:
        return float(fields[name] or 0)
    except ValueError as error:
        raise UnreadableCellError(name) from error


def cells_in(line: str, separator: str) -> list[str]:
    """Return the cells of one line; none where it has a cell without end."""
    try:
        return next(csv.reader((line,), delimiter=separator), [])
    except csv.Error:  # a cell without end
        return []
