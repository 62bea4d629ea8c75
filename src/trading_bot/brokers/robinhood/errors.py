"""What each refusal of Robinhood means, in words that say how to mend it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from trading_bot.order_flow.diagnostics import told
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.providers.retry_after import retry_after_seconds
from trading_bot.positions.source import shown_number

LOGIN_VARIABLES: Final = ("ROBINHOOD_USERNAME", "ROBINHOOD_PASSWORD")
"""Where name and password stand."""
MFA_VARIABLE: Final = "ROBINHOOD_MFA_SECRET"
"""Where the secret of the authenticator app stands, of which its codes are made."""
LOGINS: Final = " and ".join(LOGIN_VARIABLES)
_LONGEST_QUOTE: Final = 200


def missing_login() -> DataSourceError:
    """Return the error of settings without a log-in."""
    return DataSourceError(
        f"no log-in for Robinhood is set; put {LOGINS} into .env or the environment, or let the "
        "bot of this process log in with robin_stocks",
        code="missing_key",
    )


def bad_mfa_secret() -> DataSourceError:
    """Return the error of a secret of which no code can be made."""
    return DataSourceError(
        f"{MFA_VARIABLE} is no secret of an authenticator app; copy the letters that Robinhood "
        "shows beside its picture code, not a code of six digits",
        code="bad_mfa_secret",
    )


def mfa_needed() -> DataSourceError:
    """Return the error of a log-in that asks for a code."""
    return DataSourceError(
        "Robinhood asks for the code of your authenticator app; put that app's secret into "
        f"{MFA_VARIABLE}, and start again",
        code="mfa_needed",
    )


def code_needed(way: str) -> DataSourceError:
    """Return the error of a log-in that sends a code which somebody has to type.

    Args:
        way: How it is sent, in Robinhood's word.
    """
    return DataSourceError(
        f"Robinhood sends a code by {told(way, 20)} that only a person can type; turn on device "
        "approvals or an authenticator app in its security settings, and start again",
        code="code_needed",
    )


def approval_awaited() -> DataSourceError:
    """Return the error of a device that was not approved yet."""
    return DataSourceError(
        "Robinhood wants this device to be approved; open its app on your phone and approve it, "
        "that is looked at again",
        code="device_approval",
        retryable=True,
    )


def approval_refused() -> DataSourceError:
    """Return the error of a device that was refused, or not approved in time."""
    return DataSourceError(
        "Robinhood did not let this device in: its approval was refused or has run out; it is "
        "asked for again",
        code="approval_refused",
        retryable=True,
    )


def wrong_login(status: int, body: bytes) -> DataSourceError:
    """Return the error of a name and password that are not let in.

    Args:
        status: HTTP status.
        body: What was answered.
    """
    return DataSourceError(
        f"Robinhood does not let this name and password in ({status}){_said(body)}; check "
        f"{LOGINS}, and start again: they are not tried again, for that could lock the account",
        code="wrong_key",
        status=status,
    )


def unknown_workflow(step: str) -> DataSourceError:
    """Return the error of a log-in that goes another way than the known ones.

    Args:
        step: Where it does.
    """
    return DataSourceError(
        f"Robinhood's log-in asks for something unknown at {step}; log in with its app, or look "
        "for a newer version of robin_stocks and of this program",
        code="unknown_workflow",
        retryable=True,
    )


def logged_out(*, is_own: bool) -> DataSourceError:
    """Return the error of a log-in that has run out.

    Args:
        is_own: Whether it can be done again here.
    """
    mend = (
        "it is logged in again"
        if is_own
        else f"let the bot of this process log in again, or set {LOGINS}"
    )
    return DataSourceError(
        f"Robinhood has ended the log-in (401); {mend}", code="logged_out", status=401
    )


def account_not_named(numbers: Sequence[str]) -> DataSourceError:
    """Return the error of several accounts, of which none is meant more than the others."""
    shown = ", ".join(map(shown_number, numbers))
    return DataSourceError(
        f"the log-in has {len(numbers)} accounts ({shown}); let positions_account name one",
        code="account_not_named",
    )


def wrong_account(numbers: Sequence[str], wanted: str) -> DataSourceError:
    """Return the error of an account that is not there."""
    shown = ", ".join(map(shown_number, numbers)) or "no account"
    return DataSourceError(
        f"the log-in has {shown}, and positions_account names {shown_number(wanted)}; check both",
        code="wrong_account",
    )


def no_paper() -> DataSourceError:
    """Return the error of an account of pretended money, which there is none of."""
    return DataSourceError(
        "Robinhood has no paper account; set positions_paper to false", code="no_paper"
    )


def out_of_time(seconds: float) -> DataSourceError:
    """Return the error of pages that together take too long."""
    return DataSourceError(
        f"Robinhood's answers take longer than {seconds:g} s together, the rest is given up; "
        "check the network",
        code="too_slow",
        retryable=True,
    )


def unexpected(path: str, what: str) -> DataSourceError:
    """Return the error of an answer of another shape.

    Args:
        path: What was asked for.
        what: What it should have been.
    """
    return DataSourceError(
        f"the answer for {path} is not {what}; check positions_url, or Robinhood's format may "
        "have changed",
        code="unexpected_shape",
    )


def error_from_answer(
    status: int, headers: Mapping[str, str], body: bytes, path: str, now: datetime
) -> DataSourceError:
    """Name the error of an answer whose HTTP status is neither 200 nor 401.

    Args:
        status: HTTP status.
        headers: Its headers; the lookup must not mind upper and lower case.
        body: Its body; may be empty, HTML or cut short.
        path: What was asked for.
        now: The present, for a Retry-After that names a date.
    """
    said = _said(body)
    match status:
        case 403:
            return _named(
                f"Robinhood does not let this log-in read {path} (403){said}; see in its app "
                "whether the account is restricted, or asks for something",
                "forbidden",
                status,
            )
        case 404:
            return _named(
                f"there is no {path} at this address (404){said}; check positions_url, or "
                "Robinhood has moved it: look for a newer version of this program",
                "not_found",
                status,
            )
        case 429:
            asked = retry_after_seconds(headers, now)
            when = "" if asked is None else f", it asks for {asked:g} s of patience"
            return RateLimitError(
                f"too many requests to Robinhood (429){when}; let other programs of the account "
                "ask less",
                retry_after_seconds=asked,
            )
        case _ if status >= 500:
            return _named(
                f"Robinhood failed at {path} ({status}); nothing to mend here, it is asked again",
                "server_error",
                status,
            )
        case _ if 300 <= status < 400:
            return _named(
                f"{path} was sent on to another address ({status}), which is not followed: the "
                "log-in stays with one host; check positions_url",
                "redirected",
                status,
            )
        case _:
            return _named(
                f"Robinhood refused {path} ({status}){said}; it is asked again",
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
    words = content.get("detail") if isinstance(content, dict) else None
    return f": {told(words, _LONGEST_QUOTE)!r}" if isinstance(words, str) and words else ""
