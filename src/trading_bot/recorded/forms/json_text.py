"""JSON as the lines of one table: answers kept as they came, pages of them, or one row a line.

A file is one text (an answer, a list of answers or of rows), or one text a line. An answer holds
its rows as `results`, or, as Alpaca's do, as `trades` or `quotes`, of one symbol or of each. A
number with a point is handed on as it is written, so a price keeps its digits.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

import msgspec

from trading_bot.order_flow.outside.door import decode_or_none
from trading_bot.recorded.column_names import signature_of
from trading_bot.recorded.packed import damage_named, unpacked

BIGGEST_TEXT: Final = 512 << 20
"""Bytes of one text; it is held in memory."""
_ROWS_AT_START: Final = 2_000
_BYTES_PER_ROW: Final = 200
_SEPARATOR: Final = "\t"
_ROWS: Final = "results"
_OF_SYMBOLS: Final = ("trades", "quotes")
_CONTAINERS: Final = frozenset({_ROWS, *_OF_SYMBOLS})
_LONGEST_ROW: Final = 1 << 16
"""Bytes; a longer text is an answer, of which only the rows are read."""
_SYMBOL: Final = "symbol"
_MAY_BE_ABSENT: Final = ("conditions", "correction", "exchange", "id", "trf_id")
_SHORT_TRADE: Final = frozenset("tps")
_SHORT_MAY_BE_ABSENT: Final = ("x", "c", "i", "z", "u")
_Row = dict[str, Any]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_entries = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_row = msgspec.json.Decoder(dict[str, Any], float_hook=str)


class JsonText:
    """The rows of one file, or of one member of a zip archive, as lines; see `Content`.

    A row that is no object, and a line that cannot be read, is an empty line.

    Args:
        path: The file.
        member: Of the archive; None for any other file.
        chunk_bytes: About how many bytes are read at a time.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged, or one text longer than `BIGGEST_TEXT`.
    """

    def __init__(self, path: Path, member: str | None, chunk_bytes: int) -> None:
        self.name = str(path) if member is None else f"{path}/{member}"
        self.bytes_read = 0
        self.is_whole = False
        self._path = path
        self._member = member
        self._chunk_rows = max(1, chunk_bytes // _BYTES_PER_ROW)
        rows = list(islice(self._rows(), _ROWS_AT_START))
        self._names = _names_of(filter(None, rows))
        self.header = _SEPARATOR.join(self._names)
        self.start = self._lines(rows)

    def blocks(self) -> Iterator[str]:
        """Yield whole lines below the header, each with its newline, in blocks of bounded size.

        Raises:
            ValueError: The file is damaged.
        """
        rows = self._rows()
        while block := list(islice(rows, self._chunk_rows)):
            yield self._lines(block)
        self.is_whole = True

    def samples(self) -> Iterator[str]:
        """Yield the first lines and those that follow; see `Content`.

        Raises:
            ValueError: The file is damaged.
        """
        return self.blocks()

    def _rows(self) -> Iterator[_Row | None]:
        """Yield each row; None for one that is no object or cannot be read."""
        with (
            self._path.open("rb") as raw,
            damage_named(self._path),
            unpacked(raw, member=self._member) as stream,
        ):
            for text in self._texts(stream, raw):
                yield from _rows_in(text, None)

    def _texts(self, stream: IO[bytes], raw: BinaryIO) -> Iterator[bytes]:
        first = stream.readline(BIGGEST_TEXT).removeprefix(BOM_UTF8)
        while first.isspace():
            first = stream.readline(BIGGEST_TEXT)
        if decode_or_none(first, msgspec.json.Decoder(msgspec.Raw)) is None:
            first += stream.read(BIGGEST_TEXT)
            if len(first) > BIGGEST_TEXT:
                raise ValueError(
                    f"{self.name} is one JSON text of more than {BIGGEST_TEXT >> 20} MB, which is "
                    "held in memory; write one row, or one answer, a line"
                )
            if decode_or_none(first, msgspec.json.Decoder(msgspec.Raw)) is None:
                raise ValueError(
                    f"{self.name} is JSON that is cut off or damaged, or several texts in one; get "
                    "it again, or write one row, or one answer, a line"
                )
        self.bytes_read = raw.tell()
        yield first
        while line := stream.readline(BIGGEST_TEXT):
            self.bytes_read = raw.tell()
            if line.strip():
                yield line

    def _lines(self, rows: Iterable[_Row | None]) -> str:
        return "".join(
            "\n"
            if row is None
            else _SEPARATOR.join(_cell(row.get(name)) for name in self._names) + "\n"
            for row in rows
        )


def members_of(text: bytes) -> frozenset[str]:
    """Return the names of the members of a JSON object; none where it is none."""
    return frozenset(decode_or_none(text, _members) or ())


def _rows_in(text: bytes | msgspec.Raw, symbol: str | None) -> Iterator[_Row | None]:
    """Yield the rows of a text: an answer, a list of answers or of rows, or one row.

    Args:
        text: JSON.
        symbol: Whose rows they are, where it stands beside them.
    """
    data = bytes(text)
    row = decode_or_none(data, _row) if len(data) <= _LONGEST_ROW else None
    if row is not None and _CONTAINERS.isdisjoint(row):
        yield row if symbol is None else {_SYMBOL: symbol, **row}
        return
    entries = decode_or_none(data, _entries)
    if entries is not None:
        for entry in entries:
            yield from _rows_in(entry, symbol)
        return
    members = decode_or_none(data, _members)
    if members is None or _CONTAINERS.isdisjoint(members):
        yield None
    elif _ROWS in members:
        yield from _rows_in(members[_ROWS], symbol)
    else:
        own = decode_or_none(members.get(_SYMBOL, b""), _text)
        for name in _OF_SYMBOLS:
            yield from _of_symbols(members.get(name), own)


def _of_symbols(rows: msgspec.Raw | None, symbol: str | None) -> Iterator[_Row | None]:
    by_symbol = None if rows is None else decode_or_none(rows, _members)
    if by_symbol is not None:
        for each, own in by_symbol.items():
            yield from _rows_in(own, each)
    elif rows is not None and bytes(rows) != b"null":
        yield from _rows_in(rows, symbol)


def _names_of(rows: Iterable[_Row]) -> list[str]:
    """Return the names of the rows at the start, and those that the rows below may have as well."""
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    signature = signature_of(names)
    places = signature.places(names)
    if signature.needed <= places.keys():
        names += [term for term in _MAY_BE_ABSENT if term in signature.names and term not in places]
    elif _SHORT_TRADE.issubset(names):
        names += [name for name in _SHORT_MAY_BE_ABSENT if name not in names]
    return names


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(map(_cell, value))
    if not isinstance(value, str):
        return str(value)
    if value.isprintable() and '"' not in value:
        return value
    return " ".join(value.replace('"', "").split())
