"""Symbols of which no notice is sent for a while: the wish in a file, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from trading_bot.notify.notice import Notice, notice
from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.journal.private_files import make_private_folder
from trading_bot.order_flow.journal.reading import MUTES_FILE, write_whole
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.order_flow.outside.door import decode_file

LONGEST_MUTE_SECONDS: Final = 7 * 86_400.0
"""A week: what is silent for longer is forgotten."""

Wishes = Mapping[str, datetime]
"""By symbol, until when it is to be silent."""


def read_wishes(folder: Path) -> dict[str, datetime]:
    """Return what the file says; nothing where there is none.

    Raises:
        ValueError: It cannot be read.
        OSError: Likewise.
    """
    path = folder / MUTES_FILE
    try:
        content = decode_file(path)
    except FileNotFoundError:
        return {}
    try:
        found = {name: datetime.fromisoformat(until) for name, until in content.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: it must map symbols to times") from error
    wrong = [each for each, until in found.items() if not is_symbol(each) or until.tzinfo is None]
    if wrong:
        raise ValueError(f"{path}: {wrong[0][:20]!r} must be a ticker with a time and its zone")
    return found


def write_wishes(folder: Path, wishes: Wishes, now: datetime) -> None:
    """Put wishes in the place of those before, without what is over.

    Raises:
        OSError: They cannot be written.
    """
    make_private_folder(folder)
    content = {name: iso_utc(until) for name, until in sorted(wishes.items()) if until > now}
    write_whole(folder / MUTES_FILE, msgspec.json.encode(content))


def silent_in(folder: Path, now: datetime) -> dict[str, str]:
    """Return until when each symbol is to be silent, as health shows it; what is wrong is left out.

    Args:
        folder: Of the record.
        now: The machine's present.
    """
    try:
        wishes = read_wishes(folder)
    except (OSError, ValueError):
        return {}
    return {name: iso_utc(until) for name, until in sorted(wishes.items()) if until > now}


@dataclass(frozen=True, slots=True)
class MuteChange:
    """A symbol is silent from now on, or no longer.

    Attributes:
        symbol: Ticker.
        until: Until when; None where it is silent no longer.
        reason: Why it is silent no longer: `off` or `over`; empty where it is.
        held_back: How many notices were not sent meanwhile.
        told: Says so, where any were.
    """

    symbol: str
    until: datetime | None
    reason: Literal["", "off", "over"] = ""
    held_back: int = 0
    told: Notice | None = None


class Mutes:
    """Which symbols are silent now, and what was held back of each."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._held_back: dict[str, Counter[str]] = {}

    @property
    def until(self) -> Wishes:
        """Until when each symbol is silent."""
        return dict(self._until)

    def renew(self, wishes: Wishes, now: datetime) -> list[MuteChange]:
        """Obey what is wished now; return what changes by it.

        Args:
            wishes: All of them.
            now: The machine's present.
        """
        changes = []
        wanted = {name: until for name, until in wishes.items() if until > now}
        for symbol, until in sorted(wanted.items()):
            if self._until.get(symbol) != until:
                self._until[symbol] = until
                self._held_back.setdefault(symbol, Counter())
                changes.append(MuteChange(symbol, until))
        for symbol in sorted(set(self._until).difference(wanted)):
            is_over = self._until.pop(symbol) <= now
            counts = self._held_back.pop(symbol)
            changes.append(_unmuted(symbol, "over" if is_over else "off", counts))
        return changes

    def hold_back(self, new: Notice) -> bool:
        """Return whether a notice is not to be sent; it is counted then."""
        if new.symbol is None or new.symbol not in self._until:
            return False
        self._held_back[new.symbol][new.kind] += 1
        return True


def _unmuted(symbol: str, reason: Literal["off", "over"], counts: Counter[str]) -> MuteChange:
    if not counts:
        return MuteChange(symbol, None, reason)
    each = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    told = notice("no longer muted", symbol, f"{symbol} is no longer muted; held back: {each}")
    return MuteChange(symbol, None, reason, counts.total(), told)
