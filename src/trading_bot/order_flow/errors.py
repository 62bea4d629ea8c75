"""Errors with names: what a provider could not answer, and what data must not be judged."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from .diagnostics import SECRETS


class OrderFlowError(Exception):
    """Base of all errors that order flow raises on purpose."""


class DataSourceError(OrderFlowError):
    """The provider gave no usable answer, after all retries.

    No secret is in its words: what a provider said may repeat what it was sent.

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
        super().__init__(SECRETS.blank(message))
        self.code = code
        self.status = status
        self.retryable = retryable


class RateLimitError(DataSourceError):
    """The provider asks for fewer requests (HTTP 429).

    Args:
        message: What happened, where, and how to mend it.
        retry_after_seconds: The wait that the provider asks for, or None where it states none.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message, code="rate_limited", status=429, retryable=True)
        self.retry_after_seconds = retry_after_seconds


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
        self.symbol = SECRETS.blank(symbol)
        self.stamp_utc = stamp_utc
        self.facts = {
            name: SECRETS.blank(value) if isinstance(value, str) else value
            for name, value in facts.items()
        }
        details = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        words = f"{code}: {symbol or 'no symbol'}" + (f" ({details})" if details else "")
        super().__init__(SECRETS.blank(words))


class OtherMarketError(OrderFlowError, ValueError):
    """This folder holds the record of another market, and two in one would be taken for one.

    Args:
        folder: Which.
        holds: What it is the record of, in words.
        market: Which market was to be recorded there.

    Attributes:
        code: `record_of_other_market`.
    """

    code = "record_of_other_market"

    def __init__(self, folder: Path, *, holds: str, market: str) -> None:
        super().__init__(
            f"{folder} holds the record of {holds}, which one of a {market} market must not be "
            "mixed with: name another folder (--log-dir, log_directory) [record_of_other_market]"
        )


class RecordInUseError(OrderFlowError, ValueError):
    """Another guard keeps its record in this folder, and two would say everything twice.

    Args:
        folder: Which.
        pid: The other's process, where it says so.
        since: Since when it has been at it, ISO 8601.

    Attributes:
        code: `record_in_use`.
        folder, pid, since: As given.
    """

    code = "record_in_use"

    def __init__(self, folder: Path, *, pid: int | None = None, since: str | None = None) -> None:
        self.folder = folder
        self.pid = pid
        self.since = since
        who = "another guard" if pid is None else f"the guard of process {pid}, since {since}"
        super().__init__(
            f"{folder} is the record of {who}: stop that one, or name another folder "
            "(--log-dir, log_directory) [record_in_use]"
        )
