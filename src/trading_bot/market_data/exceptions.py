"""The error for data that must not be judged."""

from __future__ import annotations

from datetime import datetime

from trading_bot.error_handling.exceptions import OrderFlowError


class DataValidationError(OrderFlowError):
    """Data is impossible, stale or out of order.

    Args:
        code: A word to search for, such as `stale_snapshot`.
        symbol: The symbol concerned, or None when the data names none.
        stamp_utc: Exchange time of the data, where its age is what is wrong.
        facts: The values to act on; units stand in the names.
    """

    def __init__(
        self,
        code: str,
        *,
        symbol: str | None = None,
        stamp_utc: datetime | None = None,
        **facts: object,
    ) -> None:
        self.code = code
        self.symbol = symbol
        self.stamp_utc = stamp_utc
        self.facts = facts
        details = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code}: {symbol or 'no symbol'}" + (f" ({details})" if details else ""))
