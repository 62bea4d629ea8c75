"""What this provider may refuse, as named errors that say how to mend it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from ...diagnostics import told
from ...errors import DataSourceError, RateLimitError
from ...outside.door import decode

KEY_NAME: Final = "DATABENTO_API_KEY"
"""The variable of the key."""
_OF_A_PLAN: Final = ("plan", "entitle", "license", "licence", "subscribed", "not authorized")
_OF_A_DATASET: Final = ("dataset",)
_OF_CONNECTIONS: Final = ("connection limit", "session limit", "too many", "open connections")
_DATASETS_NAMED: Final = 30
_GONE: Final[Mapping[str, str]] = {"DBEQ.BASIC": "closed in 2025"}
"""Datasets that were closed; their gateways' names lead nowhere any more."""
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERRORS = 401, 403, 429, 500
_BAD_REQUESTS: Final = (400, 404, 422)
"""Statuses of HTTP."""
_SECONDS: Final = re.compile(r"\d{1,5}(?:\.\d{1,3})?")
_SENTENCES: Final[Mapping[str, str]] = {
    "wrong_key": f"Databento does not know this key: {{said!r}}; check {KEY_NAME}",
    "plan_without_stream": "your Databento plan has no live {dataset}: {said!r}",
    "plan_without_trades": "Databento has none of these symbols live in {dataset}: {said!r}",
    "plan_without_quotes": "Databento has no book of these symbols live in {dataset}: {said!r}",
}


def missing_key() -> DataSourceError:
    """Return the error of a run without a key."""
    return DataSourceError(
        f"no key is set ({KEY_NAME}): the live market cannot be watched; put yours into .env or "
        "the environment, or run with --simulated",
        code="missing_key",
    )


def refusal(reason: str, said: str, dataset: str) -> DataSourceError:
    """Return the error of a stream that is given up.

    Args:
        reason: `wrong_key`, `plan_without_stream`, `plan_without_trades`, `plan_without_quotes`.
        said: The gateway's last words of it.
        dataset: Which one was asked for.
    """
    return DataSourceError(
        _SENTENCES[reason].format(said=told(said, 100), dataset=dataset), code=reason
    )


def no_answer(code: str, what: str) -> DataSourceError:
    """Return the error of a replay that was not brought to its end.

    Args:
        code: A word to search for.
        what: What happened.
    """
    return DataSourceError(f"the gateway's replay has no end: {what}", code=code, retryable=True)


def no_depth(dataset: str, said: str) -> DataSourceError:
    """Return the error of a dataset that has no levels of a book."""
    return DataSourceError(
        f"{dataset} has no book of ten levels: {told(said, 100)!r}; choose a venue's own dataset, "
        "such as XNAS.ITCH",
        code="no_depth",
    )


def unknown_dataset(dataset: str, said: str, known: Sequence[str] = ()) -> DataSourceError:
    """Return the error of a dataset that there is not.

    Args:
        dataset: Which one was asked for.
        said: What the provider says of it; empty for nothing.
        known: Datasets that there are.
    """
    words = f": {told(said, 100)!r}" if said else ""
    named = f", one of {', '.join(known[:_DATASETS_NAMED])}" if known else ", such as XNAS.ITCH"
    return DataSourceError(
        f"Databento has no live dataset {dataset}{words}; set ORDER_FLOW_DATASET to a venue's own"
        f"{named}",
        code="unknown_dataset",
    )


def refuse_gone(dataset: str) -> None:
    """Refuse a dataset that was closed.

    Raises:
        DataSourceError: `unknown_dataset`.
    """
    if dataset in _GONE:
        raise unknown_dataset(dataset, _GONE[dataset])


def connection_limit(said: str) -> DataSourceError:
    """Return the error of an account that has as many sessions as it may have."""
    return DataSourceError(
        f"the account has too many live sessions: {told(said, 100)!r}; end one of the others",
        code="connection_limit",
        retryable=True,
    )


def unreachable(where: str) -> DataSourceError:
    """Return the error of a gateway that does not take the connection, or loses it."""
    return DataSourceError(
        f"the gateway {where} cannot be reached; check the network, a firewall on its port, and "
        "ORDER_FLOW_BASE_URL where that is set",
        code="unreachable",
        retryable=True,
    )


def gateway_failed(said: str) -> DataSourceError:
    """Return the error of a gateway that fails, which may mend itself."""
    return DataSourceError(
        f"the gateway failed: {told(said, 100)!r}; nothing to mend here, wait for it",
        code="server_error",
        retryable=True,
    )


def error_from_answer(
    status: int, headers: Mapping[str, str], body: bytes, path: str
) -> DataSourceError:
    """Name the error of an answer over HTTP whose status is not 200.

    Args:
        status: Of HTTP.
        headers: The answer's headers.
        body: Its body; may be anything.
        path: What was asked for.
    """
    said = _said_in(body)
    if status == _UNAUTHORIZED:
        return DataSourceError(
            _SENTENCES["wrong_key"].format(said=said), code="wrong_key", status=status
        )
    if status == _FORBIDDEN:
        return DataSourceError(
            f"your Databento plan does not include {path} (403): {said!r}; look at your plan",
            code="plan",
            status=status,
        )
    if status == _TOO_MANY:
        text = headers.get("Retry-After", "")
        return RateLimitError(
            f"too many requests at {path} (429); ask again later",
            retry_after_seconds=float(text) if _SECONDS.fullmatch(text) else None,
        )
    if status in _BAD_REQUESTS and names_dataset(said):
        return DataSourceError(
            f"Databento has no such dataset: {said!r}; set ORDER_FLOW_DATASET to a venue's own, "
            "such as XNAS.ITCH",
            code="unknown_dataset",
            status=status,
        )
    return DataSourceError(
        f"the provider failed at {path} ({status}): {said!r}; nothing to mend here, wait for it",
        code="server_error" if status >= _SERVER_ERRORS else "bad_request",
        status=status,
        retryable=status >= _SERVER_ERRORS,
    )


def _said_in(body: bytes) -> str:
    """Return the words of an error's body; what is no JSON of theirs has none."""
    try:
        detail = decode(body, "error").get("detail")
    except (DataSourceError, AttributeError):
        return ""
    words = detail.get("message") if isinstance(detail, Mapping) else detail
    return told(words, 100) if isinstance(words, str) else ""


def undecodable(what: str) -> DataSourceError:
    """Return the error of bytes that are no record; the connection that brought them is ended."""
    return DataSourceError(
        f"the gateway sent bytes that are no record ({what})", code="undecodable", retryable=True
    )


def unexpected(said: str, state: str) -> DataSourceError:
    """Return the error of a gateway that says what it may not say now."""
    return DataSourceError(
        f"the gateway said {told(said, 40)!r} while {state}",
        code="unexpected_answer",
        retryable=True,
    )


def names_plan(said: str) -> bool:
    """Return whether a refusal speaks of what the account may have."""
    return any(word in said.lower() for word in _OF_A_PLAN)


def names_dataset(said: str) -> bool:
    """Return whether a refusal speaks of the dataset."""
    return any(word in said.lower() for word in _OF_A_DATASET)


def names_connections(said: str) -> bool:
    """Return whether a refusal speaks of other sessions of this account."""
    return any(word in said.lower() for word in _OF_CONNECTIONS)
