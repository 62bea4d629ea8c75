"""What this provider may refuse, as named errors that say how to mend it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...diagnostics import told
from ...errors import DataSourceError

KEY_NAME: Final = "DATABENTO_API_KEY"
"""The variable of the key."""
_OF_A_PLAN: Final = ("plan", "entitle", "license", "licence", "subscribed", "not authorized")
_OF_CONNECTIONS: Final = ("connection limit", "session limit", "too many", "open connections")
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


def connection_limit(said: str, dataset: str) -> DataSourceError:
    """Return the error of a question that other sessions of this account leave no room for."""
    return DataSourceError(
        f"the account has as many sessions of {dataset} as it may: {told(said, 100)!r}",
        code="connection_limit",
        retryable=True,
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


def names_connections(said: str) -> bool:
    """Return whether a refusal speaks of other sessions of this account."""
    return any(word in said.lower() for word in _OF_CONNECTIONS)
