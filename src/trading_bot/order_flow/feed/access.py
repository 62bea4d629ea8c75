"""Asks a provider, before a run, whether it lets us in, and what time it keeps.

A refusal that asking again does not mend is told at once; without this, a wrong key would look like
a market that cannot be seen. Whatever else goes wrong is left to the run, which tries again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ..clock import utc_now
from ..errors import DataSourceError, OrderFlowError
from ..providers.provider import Provider, Reference

KEY_REFUSED: Final = frozenset({"missing_key", "wrong_key", "insecure", "no_client"})
"""Codes of refusals after which nothing can be asked at all."""
REFUSED: Final = KEY_REFUSED | {
    "delayed_plan",
    "plan",
    "plan_without_quotes",
    "plan_without_stream",
    "plan_without_trades",
}
"""Codes of refusals of key or plan, after which no position can be protected."""
NO_ENTRY: Final = frozenset({"no_depth", "plan_without_stream", "unknown_dataset"})
"""Codes of refusals by whom only a stream can be had of."""
OWN_TIME_FROM: Final = timedelta(seconds=60)
"""A host whose time differs by more than this from the machine's keeps a market time of its own."""
_LOOKS: Final = 3


def ask_time(provider: Provider) -> timedelta | None:
    """Return the provider's time minus the machine's, 0 where they agree; None if it says none.

    Raises:
        DataSourceError: Key or plan are refused; `code` says which.
    """
    try:
        return time_offset(provider)
    except OrderFlowError as error:
        _raise_refusal(error)
        return None


def time_offset(provider: Provider) -> timedelta:
    """Return the provider's time minus the machine's, 0 where they agree.

    Raises:
        OrderFlowError: It does not say the time.
    """
    first = _offset_seen(provider.reference)
    if abs(first[1]) <= OWN_TIME_FROM:
        return timedelta(0)
    # The quickest of a few answers errs least.
    return min([first, *(_offset_seen(provider.reference) for _ in range(_LOOKS - 1))])[1]


def ask_plan(provider: Provider, symbol: str, now_ns: int) -> None:
    """Ask for what polling asks for, of one symbol.

    Raises:
        DataSourceError: Key or plan are refused; `code` says which.
    """
    try:
        book = provider.history.get_snapshots((symbol,)).get(symbol)
        if isinstance(book, OrderFlowError):
            _raise_refusal(book)
        beside_error = provider.history.fetch_tape(symbol, now_ns, now_ns).beside_error
        if beside_error is not None:
            _raise_refusal(beside_error)
    except OrderFlowError as error:
        _raise_refusal(error)


def _raise_refusal(error: OrderFlowError) -> None:
    if isinstance(error, DataSourceError) and error.code in REFUSED:
        raise error


def _offset_seen(reference: Reference) -> tuple[timedelta, timedelta]:
    """Return how long the provider took to say its time, and by how much that is ahead of ours.

    The time is taken for that of half way.
    """
    asked_at = utc_now()
    server_time = reference.get_market_state()[1]
    took = utc_now() - asked_at
    return took, server_time - (asked_at + took / 2)
