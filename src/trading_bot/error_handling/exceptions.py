"""Errors that every part of the bot shares."""

from __future__ import annotations


class OrderFlowError(Exception):
    """Base of all errors that order flow raises on purpose."""


class DataSourceError(OrderFlowError):
    """The provider gave no usable answer, after all retries.

    Args:
        message: What happened, where, and how to mend it.
        code: A word to search for, such as `timeout` or `wrong_key`.
        status: HTTP status, where there was one.
        retryable: True when asking again later may help.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "no_answer",
        status: int | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retryable = retryable


class RateLimitError(DataSourceError):
    """The provider asks for fewer requests (HTTP 429).

    Args:
        message: What happened, where, and how to mend it.
        retry_after_seconds: The provider's wish, or None when it stated none.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message, code="rate_limited", status=429, retryable=True)
        self.retry_after_seconds = retry_after_seconds
