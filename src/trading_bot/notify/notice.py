"""One notice: what it is about, and its line; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from trading_bot.order_flow.diagnostics import SECRETS

NoticeKind = Literal[
    "exit",
    "blind",
    "visible",
    "positions unknown",
    "positions known",
    "started",
    "stopped",
    "failed",
    "lost",
    "summary",
    "no longer muted",
]
"""What a notice is about; it stands in its title."""
_URGENT: Final = frozenset({"exit", "blind", "positions unknown", "failed"})
_LONGEST_LINE: Final = 400


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that somebody is told.

    Attributes:
        kind: What it is about.
        symbol: Ticker; None for the whole guard.
        text: One line.
        urgent: It breaks quiet hours: an exit, or something unprotected.
    """

    kind: NoticeKind
    symbol: str | None
    text: str
    urgent: bool = False

    @property
    def name(self) -> str:
        """What it is about, and which symbol, in a few words."""
        return f"{self.symbol}: {self.kind}" if self.symbol else f"the guard: {self.kind}"


def notice(kind: NoticeKind, symbol: str | None, words: str) -> Notice:
    """Return a notice, without secrets and cut to a line."""
    line = " ".join(str(SECRETS.blank(words)).split())
    shown = line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
    return Notice(kind, symbol, shown, kind in _URGENT)
