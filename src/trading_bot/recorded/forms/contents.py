"""Files as lines of one table, whatever they are kept in."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import Final

from trading_bot.recorded.forms.json_text import JsonText
from trading_bot.recorded.forms.translated import Content
from trading_bot.recorded.packed import damage_named, unpacked
from trading_bot.recorded.parquet.text import MAGIC, ParquetText
from trading_bot.recorded.table_text import TableText

_PEEK: Final = 64
_JSON: Final = (b"{", b"[")


def content_of(path: Path, member: str | None, chunk_bytes: int) -> Content:
    """Open a file.

    Args:
        path: The file.
        member: Of an archive; None for any other file.
        chunk_bytes: About how many bytes are read at a time.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or something is not installed that reads it.
    """
    with path.open("rb") as raw:
        is_parquet = raw.read(len(MAGIC)) == MAGIC
        raw.seek(0)
        if is_parquet:
            return ParquetText(path, chunk_bytes)
        with damage_named(path), unpacked(raw, member=member) as stream:
            start = stream.read(_PEEK)
    if start.startswith(MAGIC):
        raise ValueError(
            f"{path} holds a packed Parquet file, which is packed in itself; unpack it"
        )
    if start.removeprefix(BOM_UTF8).lstrip().startswith(_JSON):
        return JsonText(path, member, chunk_bytes)
    return TableText(path, member, chunk_bytes)
