"""What is held otherwise than before, in words; pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def changed_holdings(
    before: Mapping[str, Decimal], now: Mapping[str, Decimal]
) -> list[tuple[str, str]]:
    """Return each symbol of which another quantity is held, and both quantities in words.

    Args:
        before: Shares by symbol, negative when sold short.
        now: The same of the present.
    """
    return [
        (symbol, f"{_shares(now.get(symbol))} held, {_shares(before.get(symbol))} before")
        for symbol in sorted(before.keys() | now.keys())
        if before.get(symbol) != now.get(symbol)
    ]


def _shares(quantity: Decimal | None) -> str:
    return "none" if quantity is None else f"{quantity.normalize():,f}"
