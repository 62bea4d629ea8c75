"""What each kind of refusal means, in words that say how to mend it; pure.

Sources: the provider's REST documentation and published error bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...config import KEY_NAMES
from ...diagnostics import told
from ...errors import DataSourceError, RateLimitError
from ...market.delayed_plan import DELAYED_PLAN
from ...outside.door import decode
from ..retry_after import retry_after_seconds

_LONGEST_QUOTE = 200
_PLAN_PAGES = (
    ("/v3/trades/", "plan_without_trades", "trades"),
    ("/v3/quotes/", "plan_without_quotes", "quotes"),
    ("/v2/last/nbbo/", "plan_without_quotes", "quotes"),
    ("/v2/snapshot/", "plan", "snapshots"),
)


def missing_key() -> DataSourceError:
    """Return the error of a configuration without a key."""
    return DataSourceError(
        f"no key is set ({KEY_NAMES}): the live market cannot be watched; put yours into .env or "
        "the environment, or run with --simulated",
        code="missing_key",
    )


def error_from_answer(status: int, body: bytes, path: str) -> DataSourceError:
    """Name the error of an answer whose HTTP status is neither 200 nor 429.

    Args:
        status: HTTP status.
        body: The answer's body; may be empty, HTML or cut short.
        path: What was asked for, without its parameters.
    """
    said = _said(body)
    if status == 401:
        return DataSourceError(
            f"the provider does not know this key (401){said}; check {KEY_NAMES}",
            code="wrong_key",
            status=status,
        )
    if status == 403:
        return _plan_error(path, said)
    if status == 404:
        return DataSourceError(
            f"no data at {path} (404){said}: the symbol is unknown, or its snapshot is cleared "
            "(03:30 New York until the first trade after 04:00)",
            code="not_found",
            status=status,
        )
    if status >= 500:
        return DataSourceError(
            f"the provider failed at {path} ({status}); nothing to mend here, wait for it",
            code="server_error",
            status=status,
            retryable=True,
        )
    if 300 <= status < 400:
        return DataSourceError(
            f"{path} was sent on to another address ({status}), which is not followed: the key "
            "stays with one host; check ORDER_FLOW_BASE_URL",
            code="redirected",
            status=status,
        )
    return DataSourceError(
        f"the provider refused {path} ({status}){said}", code="bad_request", status=status
    )


def rate_limit_error(headers: Mapping[str, str], now: datetime) -> RateLimitError:
    """Name the error of HTTP 429.

    Args:
        headers: The answer's headers.
        now: The present, for a Retry-After that names a date.
    """
    asked = retry_after_seconds(headers, now)
    when = "" if asked is None else f", it asks for {asked:g} s of patience"
    return RateLimitError(
        f"too many requests for your plan (429){when}; lower ORDER_FLOW_REQUESTS_PER_SECOND or "
        "watch fewer symbols",
        retry_after_seconds=asked,
    )


def check_status(body: Mapping[str, Any], what: str) -> None:
    """Read the status word inside a body.

    Args:
        body: The decoded answer, or the part of it that holds `status`.
        what: What was asked for.

    Raises:
        DataSourceError: The word is not OK; an unknown word refuses too.
    """
    status = body.get("status")
    if status in ("OK", None):
        return
    if status == "DELAYED":
        raise DataSourceError(DELAYED_PLAN, code="delayed_plan")
    said = _quoted(body)
    if status in ("NotFound", "NOT_FOUND"):
        raise DataSourceError(f"no {what} found{said}", code="no_data")
    if status == "NOT_AUTHORIZED":
        raise DataSourceError(f"your plan does not include {what}{said}", code="plan")
    if status == "ERROR":
        raise DataSourceError(f"the provider refused {what}{said}", code="bad_request")
    raise DataSourceError(
        f"{what}: unknown status {told(status, 40)!r}{said}", code="unknown_status"
    )


def _plan_error(path: str, said: str) -> DataSourceError:
    for start, code, what in _PLAN_PAGES:
        if path.startswith(start):
            return DataSourceError(
                f"your plan has no {what} (403){said}; a plan with real-time trades and quotes is "
                "needed to protect a position",
                code=code,
                status=403,
            )
    return DataSourceError(
        f"your plan does not include {path} (403){said}; protection works without it",
        code="extra_not_in_plan",
        status=403,
    )


def _said(body: bytes) -> str:
    try:
        content = decode(body, "the refusal")
    except DataSourceError:
        return ""
    return _quoted(content) if isinstance(content, dict) else ""


def _quoted(content: Mapping[str, Any]) -> str:
    """Return the provider's own words, without a secret and cut short, or nothing."""
    for name in ("error", "message"):
        words = content.get(name)
        if isinstance(words, str) and words:
            return f": {told(words, _LONGEST_QUOTE)!r}"
    return ""
