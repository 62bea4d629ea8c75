"""What an account of rows holds, in the short form that tests compare."""

from __future__ import annotations

from collections import Counter

from trading_bot.recorded.account import KINDS, KindAccount, RowAccount


def left_out(account: RowAccount | KindAccount) -> dict[str, int]:
    """Return the rows that a reader refused or left, by reason alone, whatever their kind."""
    kinds = [account.of(kind) for kind in KINDS] if isinstance(account, RowAccount) else [account]
    found: Counter[str] = Counter()
    for each in kinds:
        found += each.not_judged
        for (_, reason), count in each.refused.items():
            found[reason] += count
    return dict(found)


def adds_up(account: RowAccount) -> bool:
    """Return whether every row of each kind has exactly one fate."""
    return all(
        account.of(kind).read
        == account.of(kind).refused.total()
        + sum(account.not_judged(kind).values())
        + account.of(kind).judged
        for kind in KINDS
    )
