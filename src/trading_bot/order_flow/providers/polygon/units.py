"""Polygon's number formats and units: stamps, whole numbers, the two sides of a quote, venues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from ...errors import DataValidationError
from ...market.fitness import MAX_PRICE_USD, MAX_SIZE
from ...market.refused import Refused
from ...market.units import NS_PER_MS, TICKS_PER_DOLLAR, ticks_from_price

LIVE_STEP_NS: Final = NS_PER_MS
"""Live stamps are whole milliseconds."""
QuoteSizeUnit = Literal["shares", "round_lots"]
"""What the sizes in the provider's quotes count."""
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
"""Its numbers of the venues that have a book of their own, by market identifier code; see the
provider's reference of exchanges (`/v3/reference/exchanges`)."""

Whole = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""A number, code or count as rules and recordings keep it: one of more digits is none."""

HIGHEST_PRICE = float(MAX_PRICE_USD)
HIGHEST_SIZE = MAX_SIZE

_EARLIEST_NS = 946_684_800_000_000_000  # 2000-01-01
_LATEST_NS = 4_102_444_800_000_000_000  # 2100-01-01
_NS_PER_UNIT = (1, 1_000, 1_000_000, 1_000_000_000)  # ns, us, ms, s
# 2025-11-03 00:00 New York: before it, every round lot counts as 100 shares.
_LOT_TIERS_SINCE_NS = 1_762_146_000_000_000_000
_LOT_TIERS = (
    (250 * TICKS_PER_DOLLAR, 100),
    (1_000 * TICKS_PER_DOLLAR, 40),
    (10_000 * TICKS_PER_DOLLAR, 10),
)


def stamp_ns(value: float) -> int | None:
    """Bring a stamp in ns, us, ms or s since 1970 to ns, told apart by magnitude.

    Returns:
        Unix nanoseconds, or None when no unit puts it between the years 2000 and 2100.
    """
    for scale in _NS_PER_UNIT:
        if _EARLIEST_NS <= value * scale < _LATEST_NS:
            # Apart: as one float a stamp of today is exact to 256 ns only.
            whole = int(value)
            return whole * scale + int((value - whole) * scale)
    return None


def round_lot(price_ticks: int, sip_ns: int) -> int:
    """Return the shares in one round lot.

    Since 2025-11-03: 100 up to 250 USD, 40 up to 1,000, 10 up to 10,000, then 1 (SEC Rule 600).
    The rule takes last month's average close; the quoted price stands in for it. Before: 100.
    """
    if sip_ns < _LOT_TIERS_SINCE_NS:
        return 100
    for highest_ticks, shares in _LOT_TIERS:
        if price_ticks <= highest_ticks:
            return shares
    return 1


def with_whole_numbers(value: Any) -> Any:
    """Turn 12.0 into 12: the provider writes whole numbers either way."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [with_whole_numbers(entry) for entry in value]
    if isinstance(value, dict):
        return {name: with_whole_numbers(entry) for name, entry in value.items()}
    return value


def side_of(price: float | None, size: float | None) -> tuple[int, int] | Refused:
    """Return one side in (ticks, units), (0, 0) where nobody stands, or what is wrong with it."""
    price = price or 0.0
    size = size or 0.0
    if not 0 <= price <= HIGHEST_PRICE:
        return Refused("impossible_price")
    if not 0 <= size <= HIGHEST_SIZE:
        return Refused("impossible_size")
    ticks = ticks_from_price(price)
    whole = int(size)
    return (ticks, whole) if ticks and whole else (0, 0)


def checked_side(symbol: str, price: float | None, size: float | None) -> tuple[int, int]:
    """Return one side as `side_of` does, for data that is one row of one symbol.

    Raises:
        DataValidationError: `invalid_price` or `invalid_size`.
    """
    side = side_of(price, size)
    if isinstance(side, Refused):
        code = side.reason.replace("impossible", "invalid")
        raise DataValidationError(code, symbol=symbol, price=price, size=size)
    return side
