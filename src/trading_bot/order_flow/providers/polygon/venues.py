"""Polygon's numbers of the venues that have a book of their own, by market identifier code.

Source: the provider's reference of exchanges (`/v3/reference/exchanges`, asset class stocks).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXCHANGES: Final[Mapping[str, int]] = {
    "XASE": 1,  # NYSE American
    "XBOS": 2,  # Nasdaq BX
    "XCIS": 3,  # NYSE National
    "EDGA": 7,  # Cboe EDGA
    "EDGX": 8,  # Cboe EDGX
    "XCHI": 9,  # NYSE Chicago
    "XNYS": 10,  # New York Stock Exchange
    "ARCX": 11,  # NYSE Arca
    "XNAS": 12,  # Nasdaq
    "IEXG": 15,  # Investors Exchange
    "XPSX": 17,  # Nasdaq PSX
    "BATY": 18,  # Cboe BYX
    "BATS": 19,  # Cboe BZX
    "EPRL": 20,  # MIAX Pearl
    "MEMX": 21,  # Members Exchange
}
