"""Robinhood's words: what its answers say; pure.

The API has no documents. What is here follows robin_stocks 3.4.0, which reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from trading_bot.brokers.robinhood.errors import unexpected
from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.held.source import read
from trading_bot.order_flow.outside.door import decode
from trading_bot.positions.source import (
    AccountFound,
    PositionsRead,
    number_or_none,
    shown_number,
)

ACCOUNTS: Final = "/accounts/"
POSITIONS: Final = "/positions/"
INSTRUMENTS: Final = "/instruments/"
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_RESTRICTIONS: Final = ("deactivated", "deposit_halted", "only_position_closing_trades")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        rows: What is in it.
        next: Path of the next part, with what is asked of it; empty where it is the last.
    """

    rows: tuple[Any, ...]
    next: str


@dataclass(frozen=True, slots=True)
class LetIn:
    """The log-in is done.

    Attributes:
        authorization: The header that goes with each question; never to be shown.
    """

    authorization: str


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The log-in wants the code of an authenticator app, or one that is sent.

    Attributes:
        way: `app`, or how it is sent.
    """

    way: str


@dataclass(frozen=True, slots=True)
class WorkflowBegun:
    """The log-in wants this device to be approved.

    Attributes:
        workflow_id: Of what has begun.
    """

    workflow_id: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """What has to be done for it.

    Attributes:
        way: `prompt` for an approval in the app, else how a code is sent.
        challenge_id: Its name.
    """

    way: str
    challenge_id: str


LoginAnswer = LetIn | CodeWanted | WorkflowBegun


def page_in(body: bytes, path: str, host: str) -> Page:
    """Return one part of a list.

    Args:
        body: The answer.
        path: What was asked for.
        host: Where all is read; a next part is at no other.

    Raises:
        DataSourceError: It is no part of a list, or names a next one elsewhere.
    """
    found = decode(body, path)
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise unexpected(path, "a list of results")
    following = found.get("next")
    if following is not None and not isinstance(following, str):
        raise unexpected(path, "a list with its next page")
    return Page(tuple(found["results"]), _next(following, path, host) if following else "")


def accounts_in(rows: Iterable[Any]) -> Mapping[str, AccountFound]:
    """Return what may be shown of each account, by its whole number.

    Raises:
        DataSourceError: One is no account.
    """
    accounts = {}
    for row in rows:
        number = row.get("account_number") if isinstance(row, dict) else None
        if not isinstance(number, str) or not number:
            raise unexpected(ACCOUNTS, "a list of accounts with their numbers")
        words = [each for each in _RESTRICTIONS if row.get(each) is True]
        accounts[number] = AccountFound(shown_number(number), ", ".join(words))
    return accounts


def instrument_of(row: Any) -> str:
    """Return the id of what a position is of; empty where it names its symbol, or neither."""
    if not isinstance(row, dict) or is_symbol(row.get("symbol")):
        return ""
    link = row.get("instrument")
    parts = urlsplit(link).path.strip("/").split("/") if isinstance(link, str) else []
    last = parts[-1] if parts[:1] == ["instruments"] else ""
    return last if _ID.fullmatch(last) else ""


def symbol_in(body: bytes, path: str) -> str:
    """Return the symbol of an instrument.

    Raises:
        DataSourceError: It has none.
    """
    found = decode(body, path)
    symbol = found.get("symbol") if isinstance(found, dict) else None
    if not is_symbol(symbol):
        raise unexpected(path, "an instrument with its symbol")
    return str(symbol)


def positions_in(
    rows: Iterable[Any], account: str, symbol_of: Callable[[str], str]
) -> PositionsRead:
    """Return what an account holds. A row that cannot be read is named.

    Args:
        rows: Those of every page.
        account: Whole number of the account that was asked for.
        symbol_of: Returns the symbol of an instrument; empty where it is not known.

    Raises:
        DataSourceError: A row is of another account, so that this is not what was asked for.
    """
    found = read([_row(each, account, symbol_of) for each in rows])
    return PositionsRead(dict(found.positions), dict(found.refused))


def login_in(body: bytes, path: str) -> LoginAnswer | None:
    """Return what a log-in has come to; None where the name and password are refused.

    Raises:
        DataSourceError: It is no answer of a log-in.
    """
    found = decode(body, path)
    if not isinstance(found, dict):
        raise unexpected(path, "an answer of the log-in")
    token, kind = found.get("access_token"), found.get("token_type")
    if isinstance(token, str) and token and isinstance(kind, str):
        return LetIn(f"{kind} {token}")
    workflow = found.get("verification_workflow")
    if isinstance(workflow, dict) and _is_id(workflow.get("id")):
        return WorkflowBegun(workflow["id"])
    if found.get("mfa_required") is True:
        return CodeWanted(str(found.get("mfa_type", "app")))
    challenge = found.get("challenge")
    if isinstance(challenge, dict):
        return CodeWanted(str(challenge.get("type")))
    return None


def id_in(body: bytes, path: str) -> str:
    """Return the name of what was made.

    Raises:
        DataSourceError: It has none.
    """
    found = decode(body, path)
    if not isinstance(found, dict) or not _is_id(found.get("id")):
        raise unexpected(path, "the beginning of an approval")
    return str(found["id"])


def challenge_in(body: bytes, path: str) -> Challenge | None:
    """Return what has to be done to be approved; None where that is not said yet."""
    found = decode(body, path)
    context = found.get("context") if isinstance(found, dict) else None
    challenge = context.get("sheriff_challenge") if isinstance(context, dict) else None
    if not isinstance(challenge, dict) or not _is_id(challenge.get("id")):
        return None
    return Challenge(str(challenge.get("type")), challenge["id"])


def status_in(body: bytes, path: str) -> str:
    """Return the state of an approval in the app; empty where none is said."""
    found = decode(body, path)
    return str(found.get("challenge_status", "")) if isinstance(found, dict) else ""


def is_approved(body: bytes, path: str) -> bool:
    """Return whether the log-in may be done now."""
    found = decode(body, path)
    context = found.get("type_context") if isinstance(found, dict) else None
    return isinstance(context, dict) and context.get("result") == "workflow_status_approved"


def _next(link: str, path: str, host: str) -> str:
    parts = urlsplit(link)
    if parts.hostname != host or not parts.path.startswith(path):
        raise unexpected(path, "a list whose next page is at the same address")
    return f"{parts.path}?{parts.query}"


def _row(row: Any, account: str, symbol_of: Callable[[str], str]) -> Any:
    if not isinstance(row, dict):
        return row
    if row.get("account_number", account) != account:
        raise unexpected(POSITIONS, "of the account that was asked for")
    instrument = instrument_of(row)
    symbol = symbol_of(instrument) if instrument else row.get("symbol")
    price = row.get("average_buy_price")
    if (paid := number_or_none(price)) is not None:
        # Shares that were given have cost nothing as far as the broker knows.
        price = paid if paid > 0 else None
    kept: dict[str, Any] = {"symbol": symbol, "average_price": price}
    if "quantity" in row:
        found = number_or_none(row["quantity"])
        kept["quantity"] = row["quantity"] if found is None else found
    return kept


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
