"""Files as lines of one table, whatever they are kept in."""

from __future__ import annotations

from pathlib import Path

from trading_bot.recorded.forms.translated import Content
from trading_bot.recorded.table_text import TableText


def content_of(path: Path, member: str | None, chunk_bytes: int) -> Content:
    """Open a file.

    Args:
        path: The file.
        member: Of an archive; None for any other file.
        chunk_bytes: About how many bytes are read at a time.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged.
    """
    return TableText(path, member, chunk_bytes)
