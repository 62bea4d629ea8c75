"""`trading-bot mute`: leaves the wish that no notice of a symbol be sent for a while.

The guard reads it, obeys it within a second, and notes it in its record.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from trading_bot.notify.mutes import read_wishes, write_wishes
from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.order_flow.config_bounds import is_symbol, what_symbol
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.journal.lock import holder_of
from trading_bot.order_flow.journal.reading import STATE_FILE
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import FILE


def list_mutes(folder: Path, clock: Clock = utc_now) -> int:
    """Print what is muted, and until when; return the exit status.

    Raises:
        ValueError: The file of wishes cannot be read.
    """
    now = clock()
    wishes = {name: until for name, until in read_wishes(folder).items() if until > now}
    lines = [f"{name} until {_shown(until)}" for name, until in sorted(wishes.items())]
    _print(*(lines or [f"nothing is muted in {folder}"]))
    return 0


def mute(folder: Path, symbol: str, seconds: float, clock: Clock = utc_now) -> int:
    """Have no notice of a symbol sent for a while; return the exit status.

    Raises:
        ValueError: It is no symbol, or the file of wishes cannot be read.
    """
    _refuse_no_symbol(symbol)
    now = clock()
    until = now + timedelta(seconds=seconds)
    write_wishes(folder, {**read_wishes(folder), symbol: until}, now)
    _print(
        f"{symbol} is muted until {_shown(until)}: no notice of it is sent, exits included; "
        "the record and the screen show all",
        *_notes(folder, symbol),
    )
    return 0


def unmute(folder: Path, symbol: str, clock: Clock = utc_now) -> int:
    """Have notices of a symbol sent again; return the exit status, 1 where it was not muted.

    Raises:
        ValueError: It is no symbol, or the file of wishes cannot be read.
    """
    _refuse_no_symbol(symbol)
    now = clock()
    wishes = read_wishes(folder)
    if symbol not in wishes or wishes[symbol] <= now:
        _print(f"{symbol} is not muted")
        return 1
    del wishes[symbol]
    write_wishes(folder, wishes, now)
    _print(f"{symbol} is no longer muted", *_notes(folder, symbol))
    return 0


def _refuse_no_symbol(symbol: str) -> None:
    if not is_symbol(symbol):
        raise ValueError(f"{symbol[:20]!r} {what_symbol(symbol)}")


def _notes(folder: Path, symbol: str) -> Iterator[str]:
    """Say what may surprise: nobody reads it now, or the symbol is another's."""
    if holder_of(folder) is None:
        yield f"note: no guard keeps its record in {folder}; one that starts there reads it"
        return
    try:
        state = decode((folder / STATE_FILE).read_bytes(), STATE_FILE, FILE)
        watched = list(state["symbols"])
    except (OSError, DataSourceError, LookupError, TypeError):
        return
    if watched and symbol not in watched:
        yield f"note: the guard watches {', '.join(watched[:10])}, and not {symbol}"


def _shown(until: datetime) -> str:
    return f"{until.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
