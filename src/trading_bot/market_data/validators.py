"""Is a quote fit to be shown or used? Refused with a reason, never repaired."""

from __future__ import annotations

from datetime import datetime, timedelta

from trading_bot.order_flow.errors import DataValidationError
from trading_bot.order_flow.market.facts import Quote

MAX_CLOCK_SKEW = timedelta(seconds=5)
"""How far two machines' clocks may differ before it matters."""


def validate_quote(quote: Quote) -> None:
    """Check one quote: a side at least, not crossed, not from the future. Its age is not judged.

    Raises:
        DataValidationError: `empty_book`, `crossed_book` or `future_timestamp`.
    """
    bid, ask = quote.bid_price, quote.ask_price
    if bid is None and ask is None:
        raise DataValidationError("empty_book", symbol=quote.symbol)
    if bid is not None and ask is not None and bid > ask:
        raise DataValidationError("crossed_book", symbol=quote.symbol, bid=bid, ask=ask)
    ahead = quote.timestamp_utc - quote.received_at_utc
    if ahead > MAX_CLOCK_SKEW:
        raise DataValidationError(
            "future_timestamp",
            symbol=quote.symbol,
            ahead_seconds=ahead.total_seconds(),
            limit_seconds=MAX_CLOCK_SKEW.total_seconds(),
        )


def is_skewed(server_time: datetime, present: datetime) -> bool:
    """Return whether the provider's clock and ours differ by more than `MAX_CLOCK_SKEW`."""
    return abs(server_time - present) > MAX_CLOCK_SKEW
