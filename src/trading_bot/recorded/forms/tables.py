"""The tables in a file: one of each kind that it holds, of each member where it is an archive."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from trading_bot.recorded.forms.contents import content_of
from trading_bot.recorded.forms.form import Form, Part, Start, Told, start_of
from trading_bot.recorded.forms.signatures import form_of
from trading_bot.recorded.forms.translated import Content, TranslatedText
from trading_bot.recorded.packed import members


@dataclass(frozen=True, slots=True)
class Table:
    """One table in a file.

    Attributes:
        path: The file.
        content: Its lines as they are.
        start: How it begins.
        form: What it is; None for a table under our names or their synonyms.
        part: The part of the form; None for one whose columns are read as they are.
    """

    path: Path
    content: Content
    start: Start
    form: Form | None
    part: Part | None

    def text(self, notes: Counter[str]) -> Content:
        """Return the table under names that the reader knows.

        Args:
            notes: Gains one count per thing in it that is not known, by name.

        Raises:
            ValueError: Something must be told beside the file; says what.
        """
        if self.form is None or self.part is None:
            return self.content
        return TranslatedText(self.content, self.form, self.part, self.start, notes)


def tables_in(path: Path, told: Told, chunk_bytes: int) -> list[Table]:
    """Return the tables in a file.

    Args:
        path: The file.
        told: What the user says beside it.
        chunk_bytes: About how many bytes are read at a time.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged, or of a form that is not read; says what to do.
    """
    found: list[Table] = []
    for member in members(path):
        content = content_of(path, member, chunk_bytes)
        start = start_of(path if member is None else Path(member), content.header, told)
        form = form_of(start)
        if form is not None and form.refusal:
            raise ValueError(f"{content.name} holds {form.name}: {form.refusal}")
        parts = form.parts if form is not None and form.parts else (None,)
        found += [Table(path, content, start, form, part) for part in parts]
    return found
