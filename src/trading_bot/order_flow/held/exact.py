"""One number of a host's position, with the limits of what comes from outside."""

from __future__ import annotations

import numbers
import re
from decimal import Decimal, InvalidOperation
from typing import Final

LARGEST: Final = Decimal(10) ** 12
"""Shares, or USD per share; what is beyond could not be multiplied."""
_LONGEST_TEXT: Final = 40
_THOUSANDS: Final = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
"""Commas that part thousands; one with another number of digits behind it may part decimals."""


def exact_number(name: str, given: object) -> Decimal:
    """Return a number as Decimal; a float as the shortest number that reads the same.

    Args:
        name: What it is called, for the error.
        given: An int, float, str or Decimal, or a scalar of numpy.

    Raises:
        ValueError: It is no number, not finite, or out of bounds.
    """
    found = _decimal(given)
    if found is None or not found.is_finite() or abs(found) > LARGEST:
        raise ValueError(
            f"{name}={repr(given)[:_LONGEST_TEXT]} must be a finite number of at most "
            f"{LARGEST:.0e}{_as_meant(given)}"
        )
    return found


def _as_meant(given: object) -> str:
    """Return how to write it: of thousands with commas as the one number that they can be."""
    if isinstance(given, str) and len(given) <= _LONGEST_TEXT and _THOUSANDS.fullmatch(given):
        plain = given.replace(",", "")
        return f': write {plain} or "{plain}"'
    return ', such as 100 or "12.5"'


def _decimal(given: object) -> Decimal | None:
    if isinstance(given, Decimal):
        return given
    if isinstance(given, bool):
        return None
    if isinstance(given, str) and len(given) <= _LONGEST_TEXT:
        try:
            return Decimal(given)
        except InvalidOperation:
            return None
    if isinstance(given, numbers.Integral):
        return Decimal(int(given))
    if isinstance(given, numbers.Real):
        # A float of another library reads the same as one of the language.
        return Decimal(repr(float(given)))
    return None
