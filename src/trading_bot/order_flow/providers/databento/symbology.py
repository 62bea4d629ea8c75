"""How a dataset spells a ticker: class shares have a dot in ours, and in most of theirs; pure.

Datasets of the NYSE group write CMS suffixes, `BRK B`; Nasdaq's, Cboe's and MEMX's write `BRK.B`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_AROUND_NAMES: Final = str.maketrans(dict.fromkeys("'\"`()[]:;,|=", " "))
_WITH_SPACES: Final = ".PILLAR"


def raw_symbol(symbol: str, dataset: str) -> str:
    """Return a ticker as a dataset spells it."""
    return symbol.replace(".", " ") if dataset.endswith(_WITH_SPACES) else symbol


def ticker(raw: str, dataset: str) -> str:
    """Return a dataset's symbol as a ticker."""
    return raw.replace(" ", ".") if dataset.endswith(_WITH_SPACES) else raw


def named_in(text: str, symbols: Iterable[str], dataset: str) -> list[str]:
    """Return the tickers whose names stand in the gateway's words, as the dataset spells them."""
    words = " ".join(word.strip(".") for word in text.translate(_AROUND_NAMES).split())
    return [each for each in symbols if f" {raw_symbol(each, dataset)} " in f" {words} "]
