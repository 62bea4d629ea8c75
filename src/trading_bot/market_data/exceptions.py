"""The error for data that must not be judged."""

from __future__ import annotations

from trading_bot.error_handling.exceptions import OrderFlowError


class DataValidationError(OrderFlowError):
    """Data is impossible, stale or out of order.

    Args:
        code: A word to search for, such as `stale_snapshot`.
        symbol: The symbol concerned, or None when the data names none.
        facts: The values to act on; units stand in the names.
    """

    def __init__(self, code: str, *, symbol: str | None = None, **facts: object) -> None:
        self.code = code
        self.symbol = symbol
        self.facts = facts
        details = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code}: {symbol or 'no symbol'}" + (f" ({details})" if details else ""))
