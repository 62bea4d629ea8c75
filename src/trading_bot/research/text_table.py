"""A table of text, for the terminal, the page and Markdown alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table to be shown.

    Attributes:
        title: What it says.
        names: Of the columns; the first is left-aligned.
        rows: As many cells each as there are names.
        note: How to read it.
        narrow: Places of the columns that a narrow terminal shows; empty for all.
        empty: What it says without a row.
        single: Whether each row is one observation, whose figures have no interval.
    """

    title: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    narrow: tuple[int, ...] = ()
    empty: str = "no alert was raised, so nothing is known"
    single: bool = False
