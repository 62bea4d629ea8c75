"""Polygon's books of symbols, turned into our own terms; no I/O.

Source: the provider's REST documentation for `/v3/reference/tickers`.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from ...diagnostics import told
from ...market.facts import Listing
from .envelope import list_in, opened
from .rows import read_row

_LONGEST_NAME = 100


class _Ticker(msgspec.Struct):
    ticker: str
    name: str = ""
    active: bool = True
    delisted_utc: datetime | None = None


_ticker = msgspec.json.Decoder(_Ticker)


def listing(body: bytes, symbol: str) -> Listing | None:
    """Read the answer of `/v3/reference/tickers` to the question for one symbol.

    Args:
        body: The answer's JSON.
        symbol: Ticker asked for; rows of others are passed over.

    Returns:
        What stands there of it; None where it does not.

    Raises:
        DataSourceError: Not decodable, its status refuses, or it holds no list of results.
    """
    what = "tickers"
    for raw in list_in(opened(body, what), "results", what):
        row = read_row(raw, _ticker)
        if row is not None and row.ticker == symbol:
            gone = row.delisted_utc
            return Listing(
                symbol,
                told(row.name, _LONGEST_NAME),
                is_active=row.active,
                delisted_on=None if gone is None else gone.date(),
            )
    return None
