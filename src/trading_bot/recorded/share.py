"""A share of a table's lines: those of some symbols, the others as if they were not there.

Whoever divides a file among several readers gives each a share. A line belongs to one share by the
text of its cell for the ticker, also where nothing else of it can be read: so what the shares count
adds up to what one reader of all counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from trading_bot.recorded.column_names import TICKER
from trading_bot.recorded.flat_layout import Layout
from trading_bot.recorded.flat_rows import cells_in


@dataclass(frozen=True, slots=True)
class Share:
    """Which lines are read, of files that others read as well.

    Attributes:
        wants: Tells by its ticker whether a line is read.
        is_first: True for the one share that also counts what concerns a file and no line.
        step_ns: What the stamps of all files are cut to, those of other readers included.
        one_by_one: Whether symbols come one after the other in all files.
    """

    wants: Callable[[str], bool]
    is_first: bool
    step_ns: int
    one_by_one: bool


class _Wanted(dict[str, bool]):
    """Remembers which texts of a cell are wanted."""

    def __init__(self, wants: Callable[[str], bool]) -> None:
        self._wants = wants

    def __missing__(self, cell: str) -> bool:
        self[cell] = found = self._wants(cell.strip().strip('"'))
        return found


class SharedLines:
    """Takes the lines of one share out of the blocks of one file.

    Args:
        layout: Where its columns are at its start.
        share: Which lines.
    """

    def __init__(self, layout: Layout, share: Share) -> None:
        self._layout = layout
        self._wanted = _Wanted(share.wants)

    def take(self, text: str, places: range) -> tuple[str, Sequence[int]]:
        """Return the lines of this share, and the place of each.

        Args:
            text: Whole lines, the last one with its newline.
            places: Of the lines.
        """
        layout = self._layout
        at = layout.places.get(TICKER)
        if at is None:
            return (text, places) if self._wanted[layout.symbol or ""] else ("", ())
        if layout.stamp_name in text or (at and '"' in text):
            return self._one_by_one(text, places)
        separator = layout.separator
        first = text[: text.find(separator) + 1]
        # One symbol, as mostly where a file is sorted by ticker.
        if not at and first and text.count(f"\n{first}") == len(places) - 1:
            return (text, places) if self._wanted[first[:-1]] else ("", ())
        lines = text.split("\n")[:-1]
        if not at:
            cells = [line.partition(separator)[0] for line in lines]
        else:
            cells = [_cell(line.split(separator, at + 1), at) for line in lines]
        wanted = list(map(self._wanted.__getitem__, cells))
        if all(wanted):
            return text, places
        kept = list(compress(lines, wanted))
        return ("\n".join((*kept, "")), list(compress(places, wanted))) if kept else ("", ())

    def _one_by_one(self, text: str, places: range) -> tuple[str, Sequence[int]]:
        """Take lines among which a header may come again: that one is everybody's."""
        kept, kept_places = [], []
        for line, place in zip(text.split("\n"), places, strict=False):
            again = self._layout.again(line) if self._layout.stamp_name in line else None
            if again is not None:
                self._layout = again
            at = self._layout.places.get(TICKER, 0)
            cell = _cell(cells_in(line, self._layout.separator), at)
            if again is not None or self._wanted[cell]:
                kept.append(f"{line}\n")
                kept_places.append(place)
        return "".join(kept), kept_places


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""
