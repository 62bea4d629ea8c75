"""Which source of positions a setting means: those of this package, and those that others install.

Another package adds one by an entry point of the group `trading_bot.positions`: its name is the
value of `positions_source`, and it names a callable that takes `SourceTerms` and returns a
`PositionFeed`. It is imported only where it is chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from trading_bot.positions.source import PositionFeed, SourceTerms

GROUP: Final = "trading_bot.positions"
"""The entry-point group of sources."""
FILE: Final = "file"
"""The source that is a file, and no broker."""
_OWN: Final = {name: f"trading_bot.brokers.{name}.feed" for name in ("alpaca", "ibkr", "robinhood")}
"""The brokers of this package, and the module of each."""

MakeFeed = Callable[[SourceTerms], PositionFeed]


def source_names() -> tuple[str, ...]:
    """Return every value of `positions_source` that can be used here."""
    return tuple(sorted({FILE, *_OWN, *(each.name for each in _installed())}))


def make_feed(name: str, terms: SourceTerms) -> PositionFeed:
    """Return the source that a setting names; nothing is asked of it yet.

    Args:
        name: The value of `positions_source`; not `file`.
        terms: What it is made of.

    Raises:
        ValueError: No such source is here, and which are; or it lacks a package, and which.
    """
    found = next((each for each in _installed() if each.name == name), None)
    if name not in _OWN and found is None:
        known = ", ".join(source_names())
        raise ValueError(f"positions_source={name!r} is no source that is here (known: {known})")
    try:
        make: MakeFeed = import_module(_OWN[name]).make_feed if name in _OWN else found.load()  # type: ignore[union-attr]  # looked at above
    except ModuleNotFoundError as error:
        raise ValueError(
            f"positions_source={name!r} needs a package that is not installed: pip install "
            f"'trading-bot-order-flow[{name}]' ({error.name} is missing)"
        ) from error
    return make(terms)


def _installed() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))
