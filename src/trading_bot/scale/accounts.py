"""Accounts of rows as plain data, and added up: a sum in any order is the same."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import msgspec

from trading_bot.recorded.account import KINDS, Kind, RowAccount


class PlainKind(msgspec.Struct):
    """See `recorded.account.KindAccount`."""

    read: int
    refused: list[tuple[str, str, int]]
    not_judged: dict[str, int]
    judged: int


class PlainAccount(msgspec.Struct):
    """What one reader counted; see `recorded.account.RowAccount`.

    What files hold, and what their sizes count, is known before they are read, and not in it.
    """

    kinds: dict[Kind, PlainKind]
    without_quotes: list[tuple[str, date, int]]
    notes: dict[str, int]
    refused_in: list[tuple[str, str, str, int]]
    days: list[date]

    def refused(self) -> int:
        """Return how many rows were refused for their form."""
        return sum(count for kind in self.kinds.values() for _, _, count in kind.refused)


def plain_account(account: RowAccount) -> PlainAccount:
    """Return an account as plain data."""
    kinds = {
        kind: PlainKind(
            each.read,
            [(*key, count) for key, count in sorted(each.refused.items())],
            dict(sorted(each.not_judged.items())),
            each.judged,
        )
        for kind in KINDS
        if (each := account.of(kind)) is not None
    }
    return PlainAccount(
        kinds,
        [(*key, count) for key, count in sorted(account.without_quotes.items()) if count],
        dict(sorted(account.notes.items())),
        [
            (str(path), column, reason, count)
            for (path, column, reason), count in sorted(account.refused_in.items())
        ],
        sorted(account.days),
    )


def add_account(total: RowAccount, found: PlainAccount) -> None:
    """Add what one reader counted to what all have counted."""
    for kind, each in found.kinds.items():
        of_kind = total.of(kind)
        of_kind.read += each.read
        of_kind.judged += each.judged
        of_kind.refused.update({(column, why): count for column, why, count in each.refused})
        of_kind.not_judged.update(each.not_judged)
    total.without_quotes.update({(symbol, day): n for symbol, day, n in found.without_quotes})
    total.notes.update(found.notes)
    total.refused_in.update(
        Counter({(Path(path), column, why): n for path, column, why, n in found.refused_in})
    )
    total.days.update(found.days)
