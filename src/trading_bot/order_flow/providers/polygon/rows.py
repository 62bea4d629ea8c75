"""Rows as REST and stream both write them: what a row may look like and still be read; no I/O.

What is odd in a row costs that row and no other. Both ways in use these functions, so that the same
row is the same event, or is refused for the same reason, whichever way it came.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from ...market.refused import Refused
from ...market.units import UNITS_PER_SHARE, ticks_from_price
from ...outside.door import UNREADABLE, decode_or_none
from .units import (
    HIGHEST_PRICE,
    HIGHEST_SIZE,
    QuoteSizeUnit,
    round_lot,
    side_of,
    stamp_ns,
    with_whole_numbers,
)

Parts = dict[str, msgspec.Raw]
"""An object taken apart, its members not looked at yet."""

_UNREADABLE: Final = "unreadable"
"""Stands for a value that is none: no number, stamp or object is written so."""
_TAKEN_APART: Final = 3
"""Levels of an answer's row that hold what is judged."""

T = TypeVar("T")
_parts = msgspec.json.Decoder(Parts)


def parts_of(raw: msgspec.Raw) -> Parts | None:
    """Take an object apart; None where it is none."""
    found: Parts | None = decode_or_none(raw, _parts)
    return found


def part(parts: Parts, name: str) -> Any:
    """Return one member; None where it is missing or cannot be read."""
    raw = parts.get(name)
    return None if raw is None else decode_or_none(raw)


def readable(raw: msgspec.Raw, depth: int = _TAKEN_APART) -> Any:
    """Decode a value; whatever in it cannot be read is `_UNREADABLE`, and the rest stands.

    Args:
        raw: The value.
        depth: How deep objects are taken apart to find what cannot be read.
    """
    found = decode_or_none(raw)
    if found is not None or _is_null(raw):
        return found
    parts = parts_of(raw) if depth else None
    if parts is None:
        return _UNREADABLE
    return {name: readable(each, depth - 1) for name, each in parts.items()}


def read_row(raw: msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T | None:
    """Read one object by a decoder of its type; None where that is not possible.

    Members that the type does not name may be anything; whole numbers may have a decimal point.
    """
    found: T | None = decode_or_none(raw, decoder)
    if found is not None:
        return found
    parts = parts_of(raw)
    if parts is None:
        return None
    kind: Any = decoder.type
    names = {*kind.__struct_encode_fields__, kind.__struct_config__.tag_field}
    known = {name: decode_or_none(parts[name]) for name in names if name in parts}
    if any(each is None and not _is_null(parts[name]) for name, each in known.items()):
        return None
    try:
        return msgspec.convert(with_whole_numbers(known), decoder.type)
    except UNREADABLE:
        return None


def _is_null(raw: msgspec.Raw) -> bool:
    return bytes(raw) == b"null"


def shares_of(size: float | None, decimal_size: str | float | None) -> float | None:
    """Return the shares of a print with their fraction, or None for no possible size.

    The whole-share field cuts fractions off, and may be missing: the decimal one counts, unless it
    tells of another number of whole shares.
    """
    shares = size or 0.0
    try:
        exact = float(decimal_size or 0)
        if (exact and int(exact) == int(shares)) or not shares:
            shares = exact
    except (OverflowError, ValueError):
        # No number: the whole shares stand alone.
        pass
    return shares if 0 < shares <= HIGHEST_SIZE else None


def units_of(shares: int, decimal_size: str) -> int:
    """Return the size of a print of at least one share in units, with its fraction."""
    exact = shares_of(shares, decimal_size)
    return round((exact or shares) * UNITS_PER_SHARE)


def print_facts(
    stamp: float | None,
    price: float | None,
    size: float | None,
    decimal_size: str | float | None,
) -> tuple[int, int, int] | Refused:
    """Return stamp, price in ticks and size in units of a print, or the reason why it is none."""
    at_ns = _stamp(stamp)
    if isinstance(at_ns, Refused):
        return at_ns
    if price is None or not 0 < price <= HIGHEST_PRICE:
        return Refused("impossible_price")
    price_ticks = ticks_from_price(price)
    if price_ticks == 0:
        return Refused("impossible_price")
    shares = shares_of(size, decimal_size)
    if shares is None:
        return Refused("impossible_size")
    units = round(shares * UNITS_PER_SHARE)
    return (at_ns, price_ticks, units) if units else Refused("impossible_size")


def quote_facts(
    stamp: float | None,
    bid: tuple[float | None, float | None],
    ask: tuple[float | None, float | None],
    unit: QuoteSizeUnit,
) -> tuple[int, int, int, int, int] | Refused:
    """Return stamp, then price in ticks and size in units of both sides, or what is wrong.

    Args:
        stamp: As the provider writes it.
        bid: Price and size.
        ask: Price and size.
        unit: What the sizes count.
    """
    at_ns = _stamp(stamp)
    if isinstance(at_ns, Refused):
        return at_ns
    buyer = side_of(*bid)
    if isinstance(buyer, Refused):
        return buyer
    seller = side_of(*ask)
    if isinstance(seller, Refused):
        return seller
    lot = 1 if unit == "shares" else round_lot(buyer[0] or seller[0], at_ns)
    units = lot * UNITS_PER_SHARE
    return at_ns, buyer[0], buyer[1] * units, seller[0], seller[1] * units


def _stamp(stamp: float | None) -> int | Refused:
    if stamp is None:
        return Refused("no_stamp")
    at_ns = stamp_ns(stamp)
    return Refused("impossible_stamp") if at_ns is None else at_ns
