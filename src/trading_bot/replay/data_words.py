"""How commands speak of the data they were given: what is amiss first, and by their exit status."""

from __future__ import annotations

from typing import Final

from trading_bot.recorded.account import RowAccount

LOSSES: Final = 2
"""Exit status where too much of the data is lost, or nothing could be judged."""


def warning_lines(account: RowAccount, *, accept_losses: bool) -> list[str]:
    """Return what is to be said before any result; empty when nothing is amiss.

    Args:
        account: What became of the rows.
        accept_losses: True when the user takes the results as they are.
    """
    found = [f"WARNING: {sentence}" for sentence in account.warnings()]
    if found and not accept_losses:
        found.append("Exit status 2, unless --accept-losses is given.")
    return found


def status_of(account: RowAccount, *, accept_losses: bool, status: int = 0) -> int:
    """Return the exit status of a command.

    Args:
        account: What became of the rows.
        accept_losses: True when the user takes the results as they are.
        status: That of the results.
    """
    return LOSSES if account.warnings() and not accept_losses else status
