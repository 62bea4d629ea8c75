"""Bars of seconds, minutes or days: recognised, and told that they hold no trades."""

from __future__ import annotations

from typing import Final

from trading_bot.recorded.forms.form import Form, Start

_REFUSAL: Final = (
    "they sum up what was traded and hold no trades; the guard judges each trade by the quote that "
    "stood before it: get trades and quotes of these days"
)
_DAY_CHARACTERS: Final = frozenset("0123456789-/.:T Z+")
_PRICES: Final = slice(-5, -1)


def _has_columns(start: Start) -> bool:
    return start.has("open", "high", "low", "close") or start.has("o", "h", "l", "c")


def _has_rows(start: Start) -> bool:
    """Return whether a first line without names is a bar: a time, four prices, a volume."""
    cells = start.cells
    if len(cells) not in (6, 7) or not _is_time(cells[0]):
        return False
    try:
        opened, high, low, closed = map(float, cells[_PRICES])
        volume = float(cells[-1])
    except ValueError:
        return False
    return 0 < low <= min(opened, closed) <= max(opened, closed) <= high and volume >= 0


def _is_time(text: str) -> bool:
    return not text.replace(".", "").isdecimal() and bool(text) and _DAY_CHARACTERS.issuperset(text)


FORMS: Final = (
    Form("bars of open, high, low and close", _has_columns, refusal=_REFUSAL),
    Form("bars of open, high, low and close", _has_rows, refusal=_REFUSAL, has_header=False),
)
