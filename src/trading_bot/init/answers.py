"""What a trader answers before the first watch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from trading_bot.order_flow.config import FORMER_VARIABLES, VARIABLES
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.position import Position
from trading_bot.positions.registry import FILE, source_names

DATA_SOURCES: Final = ("polygon", "databento")
"""Whose key may be written."""
KEY_VARIABLES: Final = {
    "polygon": (VARIABLES["polygon_api_key"], FORMER_VARIABLES["polygon_api_key"]),
    "databento": ("DATABENTO_API_KEY",),
}
"""Where the key of each is looked for, and, the first, written to."""
_KEY: Final = re.compile(r"[^\s'\"#$\\]+")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the first files are made of.

    Attributes:
        key: The provider's key; None leaves a place for it.
        positions: What is held; None where that was not said, which is not nothing.
        watchlist: Symbols to watch without a position.
        alerts_per_day: Large events wished for a symbol and session; None for the default.
        data_source: Whose key it is; one of `DATA_SOURCES`.
        positions_source: The broker that says what is held; None where a file does.
    """

    key: str | None = field(default=None, repr=False)
    positions: tuple[Position, ...] | None = None
    watchlist: tuple[str, ...] = ()
    alerts_per_day: int | None = None
    data_source: str = DATA_SOURCES[0]
    positions_source: str | None = None


def checked_source(text: str) -> str | None:
    """Return the broker that says what is held; None where a file does.

    Raises:
        ValueError: No such source is here, and which are.
    """
    name, known = text.strip().lower(), source_names()
    if name not in known:
        raise ValueError(f"{name!r} is none of {', '.join(known)}")
    return None if name == FILE else name


def checked_key(text: str) -> str:
    """Return a key without what a copy may have brought along at its ends; shown nowhere.

    Raises:
        ValueError: It is no single word; does not show it.
    """
    key = text.strip()
    hide(key)
    if not _KEY.fullmatch(key):
        raise ValueError(
            "the key must be one word without blanks, quotes, #, $ or \\: copy it once more"
        )
    return key


def key_in(environ: Mapping[str, str], data_source: str = DATA_SOURCES[0]) -> str:
    """Return the key of an environment, under any of its names.

    Raises:
        ValueError: There is none, or it is no key.
    """
    names = KEY_VARIABLES[data_source]
    for name in names:
        if environ.get(name, "").strip():
            return checked_key(environ[name])
    raise ValueError(f"--key-from-env: the environment has no {' or '.join(names)}")
