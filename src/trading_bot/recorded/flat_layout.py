"""How flat files are laid out: the columns that are read, and what quote sizes count."""

from __future__ import annotations

from typing import Final, Literal

from trading_bot.order_flow.config import QuoteSizeUnit

Kind = Literal["trades", "quotes"]
SHARES_SINCE_NS: Final = 1_762_146_000_000_000_000
"""2025-11-03 00:00 New York: from here on quote sizes are shares, before it round lots."""
OLD_LOT: Final = 100

TRADE_COLUMNS = (
    "ticker",
    "conditions",
    "correction",
    "exchange",
    "id",
    "participant_timestamp",
    "price",
    "sequence_number",
    "sip_timestamp",
    "size",
    "trf_id",
)
QUOTE_COLUMNS = (
    "ticker",
    "ask_price",
    "ask_size",
    "bid_price",
    "bid_size",
    "participant_timestamp",
    "sequence_number",
    "sip_timestamp",
)
_NEEDED = {
    "trades": {"ticker", "price", "size", "sip_timestamp"},
    "quotes": {"ticker", "bid_price", "bid_size", "ask_price", "ask_size", "sip_timestamp"},
}


class Layout:
    """Where the columns of one file are.

    Args:
        header: The file's first line.

    Attributes:
        kind: `trades` or `quotes`, by the names in the header.
        width: Columns in the file.
        places: Column name to its place, of the columns that are read and present.

    Raises:
        ValueError: The header is that of neither kind; names what is missing.
    """

    def __init__(self, header: str) -> None:
        names = [
            name.strip().strip('"') for name in header.lstrip("\ufeff").rstrip("\r\n").split(",")
        ]
        self.width = len(names)
        self.kind: Kind = "quotes" if "bid_price" in names else "trades"
        missing = sorted(_NEEDED[self.kind] - set(names))
        if missing:
            raise ValueError(f"the header lacks {', '.join(missing)}")
        columns = TRADE_COLUMNS if self.kind == "trades" else QUOTE_COLUMNS
        self.places = {name: names.index(name) for name in columns if name in names}


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
