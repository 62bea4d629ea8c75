"""What each refusal and each silence of TWS means, in words that say how to mend it; pure.

TWS stands for IB Gateway as well: they speak the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trading_bot.brokers.ibkr.wire import CLIENT_ID_IN_USE, TOO_MANY, Refusal
from trading_bot.order_flow.diagnostics import told
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.positions.source import shown_number

PORTS: Final = "TWS: 7496 live, 7497 paper; IB Gateway: 4001 live, 4002 paper"
_LONGEST_QUOTE: Final = 200


def bad_address(url: str) -> DataSourceError:
    """Return the error of an address that is none of TWS."""
    return DataSourceError(
        f"{url} is no address of TWS; write positions_url as tcp://HOST:PORT ({PORTS})",
        code="bad_address",
    )


def unreachable(where: str) -> DataSourceError:
    """Return the error of a port that nobody listens at."""
    return _again(
        f"no TWS or IB Gateway listens at {where}; start it and log in, let its settings enable "
        f"socket clients, and check the port in positions_url ({PORTS}). Where it restarts "
        "itself, as it does each night, it is asked again",
        "unreachable",
    )


def no_connection(where: str) -> DataSourceError:
    """Return the error of a machine that does not answer."""
    return _again(f"{where} does not take the connection; check host and network", "no_connection")


def not_accepted(where: str) -> DataSourceError:
    """Return the error of a greeting that has no answer."""
    return _again(
        f"TWS at {where} takes the connection and does not answer the greeting; see whether it "
        "asks on its screen to accept the connection",
        "not_accepted",
    )


def not_trusted(where: str) -> DataSourceError:
    """Return the error of a connection that is closed before it is greeted."""
    return _again(
        f"TWS at {where} closes the connection before a greeting; add this machine to the trusted "
        "addresses in its API settings",
        "not_trusted",
    )


def not_logged_in(where: str) -> DataSourceError:
    """Return the error of a TWS that names no account."""
    return _again(
        f"TWS at {where} names no account; finish its log-in there, on its screen or by the code "
        "on your phone",
        "not_logged_in",
    )


def client_id_in_use(client_id: int, next_id: int) -> DataSourceError:
    """Return the error of a client id that another connection has.

    Args:
        client_id: The one.
        next_id: The one that is tried next.
    """
    return _again(
        f"client id {client_id} is in use at TWS by another program, or by a connection that has "
        f"just died; the next question takes {next_id}",
        "client_id_in_use",
    )


def too_old(where: str) -> DataSourceError:
    """Return the error of a TWS of another age."""
    return DataSourceError(
        f"TWS at {where} is older than the client library speaks with; update it", code="too_old"
    )


def not_tws(where: str) -> DataSourceError:
    """Return the error of another service."""
    return DataSourceError(
        f"what answers at {where} is not TWS, but may be a web server; check the port in "
        f"positions_url ({PORTS})",
        code="not_tws",
    )


def offline(where: str) -> DataSourceError:
    """Return the error of a TWS without its own connection."""
    return _again(
        f"TWS at {where} has lost its connection to IBKR (1100), as it does each night for the "
        "restart of the servers; what it shows may be old until it is back",
        "broker_offline",
    )


def closed(where: str, *, in_answer: bool) -> DataSourceError:
    """Return the error of a connection that has ended.

    Args:
        where: Host and port.
        in_answer: Whether an answer was only there in part.
    """
    if in_answer:
        return _again(
            f"TWS at {where} closed the connection in the middle of its answer; it is asked again",
            "truncated",
        )
    return _again(
        f"TWS at {where} closed the connection; where it restarts itself, as it does each night, "
        "it is connected to again",
        "connection_lost",
    )


def no_answer(where: str, seconds: float, *, has_begun: bool) -> DataSourceError:
    """Return the error of an answer that does not come to its end.

    Args:
        where: Host and port.
        seconds: How long it was waited for.
        has_begun: Whether some of it has come.
    """
    if has_begun:
        return _again(
            f"the positions of TWS at {where} come too slowly, they are given up after "
            f"{seconds:g} s; check the network",
            "too_slow",
        )
    return _again(
        f"TWS at {where} does not answer the question for positions within {seconds:g} s; see "
        "whether it hangs",
        "timeout",
    )


def too_large(where: str) -> DataSourceError:
    """Return the error of a message without an end."""
    return DataSourceError(
        f"TWS at {where} sends a message longer than any position is; check positions_url",
        code="too_large",
    )


def refused(refusal: Refusal) -> DataSourceError:
    """Name the error of what TWS has refused."""
    if refusal.code == TOO_MANY:
        return RateLimitError(
            "too many messages to TWS (100); its limit is for all programs together: let others "
            "ask less"
        )
    return DataSourceError(
        f"TWS refuses the question ({refusal.code}): {told(refusal.words, _LONGEST_QUOTE)!r}",
        code="refused",
        retryable=True,
    )


def account_not_named(accounts: Sequence[str]) -> DataSourceError:
    """Return the error of several accounts, of which none is meant more than the others."""
    shown = ", ".join(map(shown_number, accounts))
    return DataSourceError(
        f"TWS is logged in to {len(accounts)} accounts ({shown}); let positions_account name one",
        code="account_not_named",
    )


def wrong_account(accounts: Sequence[str], wanted: str) -> DataSourceError:
    """Return the error of an account that is not there."""
    shown = ", ".join(map(shown_number, accounts))
    return DataSourceError(
        f"TWS is logged in to {shown}, and positions_account names {shown_number(wanted)}; check "
        "both",
        code="wrong_account",
    )


def is_id_in_use(refusal: Refusal) -> bool:
    """Return whether the client id is another connection's."""
    return refusal.code == CLIENT_ID_IN_USE


def _again(sentence: str, code: str) -> DataSourceError:
    return DataSourceError(sentence, code=code, retryable=True)
