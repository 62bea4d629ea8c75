"""How repartitioned files are laid out: one row group a symbol, in the order of the tickers.

Each cell is the text that it was, but for columns of whole numbers, which are numbers where they
are written as such. A line that is not so (too many cells, a stamp that is none) stands as it is in
a column of its own, in the row group of its ticker, so that whoever reads it refuses it as before.
"""

from __future__ import annotations

from typing import Final

MARK: Final = b"trading_bot.repartitioned"
"""In the metadata of a file; its value is the version of the layout."""
VERSION: Final = b"1"
STEP_NS: Final = b"trading_bot.step_ns"
SIZES: Final = b"trading_bot.quote_sizes"
"""What the start of the file told that it was made of, where it did: its rows stood otherwise."""
LINE: Final = "unread_line"
"""The column of lines as they are; null for a row that the other columns hold."""
NUMBERS: Final = ("sip_timestamp", "participant_timestamp", "sequence_number")
"""Our terms of the columns that are numbers."""
MOST_ROWS: Final = 1_000_000
"""Rows of one row group: a symbol with more has several."""
