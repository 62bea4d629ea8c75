"""The text of one table under our names, made row by row from a file of another form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final, Protocol

from trading_bot.recorded.flat_rows import cells_in
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start

ENOUGH_ROWS: Final = 200
"""Of a start, as far as it is looked at before the file is read."""
_SEPARATOR: Final = ","


class Content(Protocol):
    """The lines of one table, whatever they are kept in.

    Attributes:
        name: What it is called in messages.
        header: Its first line.
        start: The whole lines below it, as far as they are looked at before they are read.
        bytes_read: Bytes of the file consumed so far.
    """

    name: str
    header: str
    start: str

    @property
    def bytes_read(self) -> int:
        """Bytes of the file consumed so far."""
        ...

    def blocks(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline, in blocks of bounded size."""
        ...

    def samples(self) -> Iterator[str]:
        """Yield whole lines from places all over the file, or its first ones, in its order."""
        ...

    @property
    def is_whole(self) -> bool:
        """True once all of it was read."""
        ...


class TranslatedText:
    """One part of a file as a table under our names; see `Content`.

    Each row of the part is one line. A row of another width is an empty line, which the reader
    refuses; of a form with two parts it is a line of the first one.

    Args:
        content: The file as it is.
        form: What it is.
        part: Which of its parts.
        start: How it begins.
        notes: Gains one count per thing that the map does not know, by name.

    Raises:
        ValueError: Something must be told beside the file; says what.
    """

    def __init__(
        self, content: Content, form: Form, part: Part, start: Start, notes: Counter[str]
    ) -> None:
        self.name = content.name
        self.header = _SEPARATOR.join(part.terms)
        self._content = content
        self._form = form
        self._part = part
        self._begins = start
        self._notes = notes
        self.start = self._at_start()

    @property
    def bytes_read(self) -> int:
        """Bytes of the file consumed so far."""
        return self._content.bytes_read

    def blocks(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline.

        Raises:
            ValueError: The file is damaged.
        """
        return self._translated(self._content.blocks(), self._notes)

    def samples(self) -> Iterator[str]:
        """Yield whole lines from places all over the file, or its first ones; see `Content`.

        Raises:
            ValueError: The file is damaged.
        """
        return self._translated(self._content.samples(), self._notes)

    @property
    def is_whole(self) -> bool:
        """True once all of it was read."""
        return self._content.is_whole

    def _at_start(self) -> str:
        """Return the first lines; of a kind that is rare in the file, as far as some are found."""
        looked_at = "".join(self._translated(iter((self._content.start,)), Counter()))
        if looked_at.count("\n") >= ENOUGH_ROWS:
            return looked_at
        lines = ""
        for block in self._translated(self._content.blocks(), Counter()):
            lines += block
            if lines.count("\n") >= ENOUGH_ROWS:
                break
        return lines

    def _translated(self, blocks: Iterator[str], notes: Counter[str]) -> Iterator[str]:
        translate = self._part.begin(self._begins, notes)
        if not self._form.has_header:
            blocks = chain((f"{self._content.header.rstrip()}\n",), blocks)
        for block in blocks:
            lines = "".join(self._line(line, translate) for line in block.splitlines())
            if lines:
                yield lines

    def _line(self, line: str, translate: RowMap) -> str:
        separator = self._begins.separator
        # Few rows need the slower way.
        cells = cells_in(line, separator) if '"' in line else line.split(separator)
        if len(cells) != len(self._begins.cells):
            return "\n" if self._part is self._form.parts[0] else ""
        if self._form.has_header and cells == [*self._begins.cells]:
            return f"{self.header}\n"
        given = translate(cells)
        return "" if given is None else f"{_SEPARATOR.join(given)}\n"
