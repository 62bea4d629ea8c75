"""What faults make of the rows that the stream brings."""

from __future__ import annotations

from typing import Any, Final

from .faults import FIELD_KINDS, Fault
from .market import Happening, Row

_PRICES: Final = {"T": ("p",), "Q": ("bp", "ap")}
_SIZES: Final = {"T": ("s",), "Q": ("bs", "as")}
ROW_KINDS: Final = (*FIELD_KINDS, "ahead", "frozen_quotes")
"""Kinds of faults that change rows on their way."""


class Damage:
    """Changes rows as the faults of the moment say."""

    def __init__(self) -> None:
        # The quote that stands still, by symbol.
        self._frozen: dict[str, Row] = {}

    def row(self, happening: Happening, faults: list[Fault]) -> Row:
        """Return a row as it leaves the provider."""
        row, symbol = happening.row, happening.symbol
        is_print = happening.channel == "T"
        stands_still = False
        for fault in faults:
            if not fault.concerns(symbol):
                continue
            if fault.kind == "frozen_quotes":
                stands_still = True
                if not is_print:
                    row = self._still(symbol, row)
            elif fault.kind == "ahead" and is_print:
                row = row | {"t": row["t"] + round(fault.number * 1_000)}
            elif fault.kind in FIELD_KINDS and is_print == (fault.channel != "Q"):
                row = _changed(row, fault.kind, fault.detail)
        if not stands_still:
            self._frozen.pop(symbol, None)
        return row

    def _still(self, symbol: str, row: Row) -> Row:
        stood = self._frozen.setdefault(symbol, row)
        return row | {name: stood[name] for name in (*_PRICES["Q"], *_SIZES["Q"])}


def _changed(row: Row, kind: str, name: str) -> Row:
    if kind == "removed":
        return {key: value for key, value in row.items() if key != name}
    if kind == "renamed":
        return {("new_" + key if key == name else key): value for key, value in row.items()}
    if kind == "retyped":
        return row | {name: {"value": row[name]}}
    return row | {name: _shifted(name, row[name])}


def _shifted(name: str, value: Any) -> Any:
    """Return a number of another unit, place or time, or a name of another spelling."""
    match name:
        case "s":  # round lots for shares
            return value // 100
        case "t":  # of a minute before
            return value - 60_000
        case "q" | "x":
            return value + 7
        case "i" | "sym":
            return f"{value.lower()}x"
        case _:  # cents for dollars
            return value * 100
