"""How flat files are laid out: the columns that are read, and what quote sizes count."""

from __future__ import annotations

from typing import Final

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.recorded.column_names import STAMP, TICKER, Kind, signature_of

SHARES_SINCE_NS: Final = 1_762_146_000_000_000_000
"""2025-11-03 00:00 New York: from here on quote sizes are shares, before it round lots."""
OLD_LOT: Final = 100

SEPARATORS: Final = (",", ";", "\t", "|")


class Layout:
    """Where the columns of one file are.

    Args:
        header: The file's first line.
        symbol: Whose rows the file holds, where it has no column of tickers.

    Attributes:
        kind: `trades` or `quotes`, by the names in the header.
        separator: What stands between its cells.
        width: Columns in the file.
        places: Our term to its place, of the columns that are read and present.
        stamp_name: What the file calls the column of stamps.
        symbol: As given where the file has no tickers, else None.

    Raises:
        ValueError: The header is that of neither kind, or it has no tickers and no symbol is given;
            names what is missing.
    """

    def __init__(self, header: str, symbol: str | None = None) -> None:
        self.separator = separator_of(header)
        names = names_in(header)
        self.width = len(names)
        signature = signature_of(names)
        self.kind: Kind = signature.kind
        self.places = signature.places(names)
        missing = sorted(signature.needed - self.places.keys())
        if missing:
            raise ValueError(f"the header lacks {', '.join(missing)}")
        self.stamp_name = names[self.places[STAMP]]
        self.symbol = None if TICKER in self.places else symbol
        if TICKER not in self.places and symbol is None:
            raise ValueError("the header lacks ticker; name the one symbol of it with --symbol")

    def again(self, line: str) -> Layout | None:
        """Return the layout that a line below the header begins, where it is a header once more.

        Files that were put behind one another have theirs in between, in an order of its own.
        """
        try:
            layout = Layout(line, self.symbol)
        except ValueError:
            return None
        return layout if layout.kind == self.kind else None


def separator_of(header: str) -> str:
    """Return what stands between the cells of a file, by its first line."""
    return max(SEPARATORS, key=header.count)


def names_in(header: str) -> list[str]:
    """Return the names in a header."""
    header = header.lstrip("\ufeff").rstrip("\r\n")
    return [name.strip().strip('"') for name in header.split(separator_of(header))]


def is_header(line: str) -> bool:
    """Return whether a line is the header of a file of trades or quotes."""
    try:
        Layout(line, "")
    except ValueError:
        return False
    return True


def lots_before_shares(sip_ns: int, unit: QuoteSizeUnit | None) -> int:
    """Return by how many shares a quote's size is to be multiplied; 0 where prices decide.

    Args:
        sip_ns: Stamp of the quote.
        unit: What the user says that sizes count; None follows the provider's date.
    """
    if unit == "shares":
        return 1
    if sip_ns < SHARES_SINCE_NS:
        return OLD_LOT
    return 1 if unit is None else 0
