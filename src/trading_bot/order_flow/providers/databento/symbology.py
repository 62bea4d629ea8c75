"""How a dataset spells a ticker; pure.

Ours are those of the tape: class shares `BRK.B`, preferred `BACpL`, warrants `AAC.WS`, units
`AAC.U`, rights `AACr`, when issued `AACw`. Datasets of the NYSE group write CMS suffixes behind a
blank (`BRK B`, `BAC PRL`, `AAC WS`), all others those of Nasdaq's platform (`BRK.B`, `BAC-L`,
`AAC+`). What is none of these is left as it is.

Source: the provider's pages on its datasets, and Nasdaq's on the conventions of ticker symbols.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from string import ascii_uppercase
from typing import Final, NamedTuple

_NYSE_GROUP: Final = ".PILLAR"
_NAME: Final = re.compile(r"[A-Z0-9]+")
_PARTS: Final = re.compile("['\"`()\\[\\]:;,|]")
"""Marks around names in a text."""


class _Suffix(NamedTuple):
    """What stands behind the name of a company, in each spelling."""

    ours: str
    cms: str
    nasdaq: str


_WHAT_IT_IS: Final = (
    _Suffix("", "", ""),
    _Suffix("p", "PR", "-"),
    _Suffix(".WS", "WS", "+"),
    _Suffix(".U", "U", "="),
    _Suffix("r", "RT", "^"),
)
_WITH_CLASS: Final = (_Suffix(".", "", "."), _Suffix("p", "PR", "-"), _Suffix(".WS.", "WS", "+"))
"""These have the letter of a class behind them."""
_HOW_IT_IS: Final = (
    _Suffix("", "", ""),
    _Suffix("w", "WI", "#"),
    _Suffix(".WD", "WD", "$"),
    _Suffix(".CL", "CL", "*"),
    _Suffix(".CV", "CV", "%"),
    _Suffix(".EC", "EC", "!"),
    _Suffix(".PP", "PP", "@"),
)
"""When issued, when distributed, called, convertible, of an emerging company, partly paid."""


def _suffixes() -> Iterator[_Suffix]:
    classes = (
        _Suffix(*(text + letter for text in each))
        for each in _WITH_CLASS
        for letter in ascii_uppercase
    )
    # What it is comes last: a unit is spelled as a class U would be.
    for what in (*classes, *_WHAT_IT_IS):
        for how in _HOW_IT_IS:
            yield _Suffix(*(one + other for one, other in zip(what, how, strict=True)))


_SUFFIXES: Final = tuple(_suffixes())
_TO_CMS: Final = {each.ours: f" {each.cms}".rstrip() for each in _SUFFIXES}
_TO_NASDAQ: Final = {each.ours: each.nasdaq for each in _SUFFIXES}
_FROM_CMS: Final = {f" {each.cms}".rstrip(): each.ours for each in _SUFFIXES}
_FROM_NASDAQ: Final = {each.nasdaq: each.ours for each in _SUFFIXES}


def raw_symbol(symbol: str, dataset: str) -> str:
    """Return a ticker as a dataset spells it."""
    return _respelled(symbol, _TO_CMS if dataset.endswith(_NYSE_GROUP) else _TO_NASDAQ)


def ticker(raw: str, dataset: str) -> str:
    """Return a dataset's symbol as a ticker."""
    return _respelled(raw, _FROM_CMS if dataset.endswith(_NYSE_GROUP) else _FROM_NASDAQ)


def symbols_in(text: str, symbols: Iterable[str], dataset: str) -> tuple[str, ...]:
    """Return the tickers that stand in a gateway's words, as the dataset spells them."""
    found = {ticker(raw, dataset) for part in _PARTS.split(text) for raw in _names(part, dataset)}
    return tuple(each for each in symbols if each in found)


def _names(part: str, dataset: str) -> Iterator[str]:
    """Give the words of a part; where a blank parts a name and its suffix, both as one."""
    words = [word.strip(".") for word in part.split()]
    suffixes = _FROM_CMS if dataset.endswith(_NYSE_GROUP) else {}
    while words:
        has_suffix = _NAME.fullmatch(words[0]) and f" {' '.join(words[1:2])}" in suffixes
        size = 2 if has_suffix else 1
        yield " ".join(words[:size])
        del words[:size]


def _respelled(symbol: str, suffixes: Mapping[str, str]) -> str:
    name = _NAME.match(symbol)
    if name is None:
        return symbol
    suffix = suffixes.get(symbol[name.end() :])
    return symbol if suffix is None else name[0] + suffix
