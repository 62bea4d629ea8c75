"""Reads the blocks of one table: by columns where all is regular, else row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.recorded.account import KindAccount
from trading_bot.recorded.flat_columns import Block, BlockReader, OddBlockError
from trading_bot.recorded.flat_layout import Layout
from trading_bot.recorded.flat_rows import RowReader
from trading_bot.recorded.parquet.cells import Cells
from trading_bot.recorded.rows import QUOTE


class TableReader:
    """Reads one file's blocks in their order.

    Args:
        layout: Where the columns are at the start of the file.
        unit: What quote sizes count; None follows the provider's date.
        account: Gains one count per row that is refused, by column and reason, or left.
        notes: Gains one count per cell that is left out of a row that counts, by column.
        quote_kind: What its quotes are, by their place among the prints of their stamps.
        symbols: Of others no row is refused: nobody wants it; None wants all.
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
        self._unit = unit
        self._notes = notes
        self._quote_kind = quote_kind
        self._layout = layout
        self._by_columns = BlockReader(layout, unit, notes, quote_kind)
        self._by_rows = RowReader(layout, unit, account, notes, quote_kind, symbols)

    @property
    def headers(self) -> int:
        """Headers met below the first line; they are no rows."""
        return self._by_rows.headers

    def read(self, text: str, places: Sequence[int]) -> Block:
        """Read every usable row of a block.

        Args:
            text: Whole lines, the last one with its newline.
            places: Of its lines; see `rows.first_place`.
        """
        try:
            return self._by_columns.read(text, places)
        except OddBlockError:
            rows = self._by_rows.rows(text, places)
        self._follow()
        return Block(rows, None, in_order=False)

    def read_cells(self, cells: Cells, places: Sequence[int]) -> Block:
        """Read every usable row of some cells.

        Args:
            cells: In the order of the file's columns.
            places: Of the rows.
        """
        if not cells.odd:
            try:
                return self._by_columns.read_cells(cells, places)
            except OddBlockError:
                pass
        return self.read(cells.text(), places)

    def _follow(self) -> None:
        """Go on with the layout of a header that has come again."""
        layout = self._by_rows.layout
        if layout is not self._layout:
            self._layout = layout
            self._by_columns = BlockReader(layout, self._unit, self._notes, self._quote_kind)
