"""What each refusal of Alpaca means, in words that say how to mend it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from trading_bot.order_flow.diagnostics import told
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.providers.retry_after import retry_after_seconds

KEY_VARIABLES: Final = ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")
"""Where the key and its secret stand, by Alpaca's own names."""
KEYS: Final = " and ".join(KEY_VARIABLES)
_LONGEST_QUOTE: Final = 200


def missing_key() -> DataSourceError:
    """Return the error of settings without a key."""
    return DataSourceError(
        f"no key for Alpaca is set; put {KEYS} into .env or the environment", code="missing_key"
    )


def odd_key() -> DataSourceError:
    """Return the error of a key that could stand in no header."""
    return DataSourceError(
        f"{KEYS} hold a blank or a character that no key has; copy them again", code="wrong_key"
    )


def wrong_key(where: str, *, is_paper: bool) -> DataSourceError:
    """Return the error of a key that is not known where it was sent.

    Args:
        where: What refused it.
        is_paper: Whether the paper account was asked for.
    """
    account, other, setting = ("paper", "live", "false") if is_paper else ("live", "paper", "true")
    return DataSourceError(
        f"{where} does not know this key; check {KEYS}. The {account} account was asked for: where "
        f"the key is of the {other} account, set positions_paper to {setting}",
        code="wrong_key",
        status=401,
    )


def error_from_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    path: str,
    now: datetime,
    *,
    is_paper: bool,
) -> DataSourceError:
    """Name the error of an answer whose HTTP status is not 200.

    Args:
        status: HTTP status.
        headers: Its headers; the lookup must not mind upper and lower case.
        body: Its body; may be empty, HTML or cut short.
        path: What was asked for.
        now: The present, for a Retry-After that names a date.
        is_paper: Whether the paper account was asked for.
    """
    said = _said(body)
    match status:
        case 401:
            return wrong_key("Alpaca (401)", is_paper=is_paper)
        case 403:
            return _named(
                f"Alpaca knows the key but does not let it read {path} (403){said}; see in your "
                "dashboard whether the account is approved, and the key not restricted",
                "forbidden",
                status,
            )
        case 404:
            return _named(
                f"there is no {path} at this address (404){said}; check positions_url",
                "not_found",
                status,
            )
        case 422:
            return _named(
                f"Alpaca cannot process the question for {path} (422){said}; its API may have "
                "changed, look for a newer version of this program",
                "unprocessable",
                status,
            )
        case 429:
            asked = retry_after_seconds(headers, now)
            when = "" if asked is None else f", it asks for {asked:g} s of patience"
            return RateLimitError(
                f"too many requests to Alpaca (429){when}; its limit is for all programs of the "
                "account together: let others ask less",
                retry_after_seconds=asked,
            )
        case _ if status >= 500:
            return _named(
                f"Alpaca failed at {path} ({status}); nothing to mend here, it is asked again",
                "server_error",
                status,
            )
        case _ if 300 <= status < 400:
            return _named(
                f"{path} was sent on to another address ({status}), which is not followed: the "
                "key stays with one host; check positions_url",
                "redirected",
                status,
            )
        case _:
            return _named(
                f"Alpaca refused {path} ({status}){said}; it is asked again",
                "bad_request",
                status,
            )


def _named(sentence: str, code: str, status: int) -> DataSourceError:
    return DataSourceError(sentence, code=code, status=status, retryable=status >= 500)


def _said(body: bytes) -> str:
    """Return the broker's own words, without a secret and cut short, or nothing."""
    try:
        content = decode(body, "the refusal")
    except DataSourceError:
        return ""
    words = content.get("message") if isinstance(content, dict) else None
    return f": {told(words, _LONGEST_QUOTE)!r}" if isinstance(words, str) and words else ""
