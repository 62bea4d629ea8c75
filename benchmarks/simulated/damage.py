"""What faults make of the rows that the stream brings."""

from __future__ import annotations

from typing import Final

from .faults import Fault
from .market import Happening, Row

_PRICES: Final = {"T": ("p",), "Q": ("bp", "ap")}
_SIZES: Final = {"T": ("s",), "Q": ("bs", "as")}
_FIELD_KINDS: Final = ("removed", "renamed", "retyped", "shifted")
ROW_KINDS: Final = (*_FIELD_KINDS, "ahead", "frozen_quotes")
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
            elif fault.kind in _FIELD_KINDS and is_print:
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
    # In another unit: round lots for shares, cents for dollars.
    return row | {name: row[name] // 100 if name == "s" else row[name] * 100}
