"""What a file holds, told by its content and never by its name alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from trading_bot.recorded.flat_layout import is_header, names_in
from trading_bot.recorded.forms.contents import content_of
from trading_bot.recorded.forms.databento import BOOKS, DBN, DBN_MAGIC, ORDERS, PRINTS
from trading_bot.recorded.forms.form import Told, start_of
from trading_bot.recorded.forms.json_text import members_of
from trading_bot.recorded.forms.signatures import form_of
from trading_bot.recorded.lobster.columns import columns_of
from trading_bot.recorded.packed import (
    DamagedFileError,
    damage_named,
    is_companion,
    members,
    unpacked,
)
from trading_bot.recorded.table_text import TableText

Format = Literal["polygon", "lobster", "jsonl", "databento"]
_LINE_BYTES = 1 << 16
_RECORDING = b'{"kind"'
_KIND = "kind"
_NAMED = 8
_TEXTS = (".csv", ".tsv", ".psv", ".jsonl", ".ndjson", ".json")
_PACKERS = ("", ".gz", ".zst", ".bz2", ".xz")
_RECORDS = (".dbn", ".dbn.gz", ".dbn.zst")
_ENDINGS = (
    ".zip",
    ".parquet",
    *_RECORDS,
    *(text + packer for text in _TEXTS for packer in _PACKERS),
)
"""Of the files that are taken from a folder; one that is named may end in anything."""
_OF_TAQ = "_US_ALL_"
"""The exchange's files end in their day."""


def format_of(path: Path) -> Format:
    """Tell which kind of recorded data a file is, by its first line.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is none that can be replayed.
    """
    line = _first_line(path)
    if not line.strip():
        raise DamagedFileError(f"{path} is empty")
    if line.startswith(_RECORDING) or _KIND in members_of(line):
        return "jsonl"
    if line.startswith(DBN_MAGIC.encode()):
        return "databento"
    for member in members(path):
        content = content_of(path, member, _LINE_BYTES)
        # Its columns have names that others use as well.
        if columns_of(content.header) is not None:
            return "lobster"
        start = start_of(path if member is None else Path(member), content.header, Told())
        form = form_of(start)
        if form in (BOOKS, ORDERS, PRINTS):
            return "databento"
        if form is not None or is_header(content.header):
            return "polygon"
        if not isinstance(content, TableText):
            raise ValueError(
                f"{path} holds neither trades nor quotes: what its rows have is "
                f"{', '.join(names_in(content.header)[:_NAMED]) or 'nothing'}"
            )
    shown = line[:60].decode("ascii", "replace").strip()
    known = (
        "neither a table of trades or quotes with a header, such as Polygon's flat files, nor "
        "LOBSTER data, nor a recording of `monitor --record`"
    )
    if not (shown.isprintable() and shown.isascii()):
        raise ValueError(f"{path} is no text: {known}")
    raise ValueError(f"{path} begins with {shown!r}: {known}; name it with --format")


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the given files, and the data files in given folders, each once.

    Where a folder holds none itself, those of the folders in it are taken.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: A folder holds no data file, or a file is named twice.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            # A tree, such as the vendor's year by year, where the folder itself has no data.
            inside = _data_files(path.glob("*")) or _data_files(path.rglob("*"))
            if not inside:
                raise ValueError(
                    f"{path} holds no .csv, .tsv, .psv, .json, .jsonl, .ndjson or .dbn file, "
                    "packed or not, no .parquet and no .zip"
                )
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise FileNotFoundError(f"{path} does not exist")
    known = set()
    for path in found:
        if path.resolve() in known:
            raise ValueError(f"{path} is given twice; its rows would count twice")
        known.add(path.resolve())
    return found


def common_format(paths: Iterable[Path]) -> Format:
    """Return the format that all files have.

    Raises:
        ValueError: They differ, or one cannot be replayed.
    """
    found = {path: format_of(path) for path in paths}
    if is_for_tables(found):
        return "polygon"
    kinds = {kind: path for path, kind in found.items()}
    if len(kinds) != 1:
        named = ", ".join(f"{path.name} is {kind}" for kind, path in sorted(kinds.items()))
        raise ValueError(f"files of different kinds cannot be played together: {named}")
    return next(iter(kinds))


def without_damaged(paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Return the files that can be opened, and for each other one why not.

    Raises:
        FileNotFoundError: A file is not there.
        ValueError: A file is none that can be replayed, or none can be opened.
    """
    good, failed = [], []
    for path in paths:
        try:
            format_of(path)
        except DamagedFileError as error:
            failed.append(error)
        else:
            good.append(path)
    if failed and not good:
        raise failed[0]
    return good, [str(error) for error in failed]


def is_for_tables(found: Mapping[Path, Format]) -> bool:
    """Return whether some files are Databento's tables, and are read as the others' tables are.

    Args:
        found: What each file is.
    """
    if set(found.values()) != {"polygon", "databento"}:
        return False
    return not any(kind == "databento" and _has_no_table(path) for path, kind in found.items())


def _has_no_table(path: Path) -> bool:
    line = _first_line(path)
    start = start_of(path, line.decode("utf-8", "replace"), Told())
    return DBN.matches(start) or ORDERS.matches(start)


def _data_files(paths: Iterable[Path]) -> list[Path]:
    return sorted(
        each
        for each in paths
        if (each.name.lower().endswith(_ENDINGS) and not is_companion(each.name))
        or (_OF_TAQ in each.name and each.is_file())
    )


def _first_line(path: Path) -> bytes:
    with path.open("rb") as raw, damage_named(path), unpacked(raw) as stream:
        lines = iter(lambda: stream.readline(_LINE_BYTES), b"")
        return next((line for line in lines if line.strip()), b"")
