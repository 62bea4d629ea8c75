"""What a file holds, told by its content and never by its name alone."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from trading_bot.recorded.flat_layout import is_header
from trading_bot.recorded.forms.form import Told, start_of
from trading_bot.recorded.forms.signatures import form_of
from trading_bot.recorded.packed import damage_named, unpacked

Format = Literal["polygon", "lobster", "jsonl"]
_LINE_BYTES = 1 << 16
_LOBSTER_COLUMNS = 6
_TEXTS = (".csv", ".tsv", ".psv", ".jsonl")
_PACKERS = ("", ".gz", ".zst", ".bz2", ".xz")
_ENDINGS = (".zip", *(text + packer for text in _TEXTS for packer in _PACKERS))
"""Of the files that are taken from a folder; one that is named may end in anything."""


def format_of(path: Path) -> Format:
    """Tell which kind of recorded data a file is, by its first line.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is none that can be replayed.
    """
    line = _first_line(path)
    if not line:
        raise ValueError(f"{path} is empty")
    if line.startswith(b"{"):
        return "jsonl"
    text = line.decode("utf-8", "replace")
    if form_of(start_of(path, text, Told())) is not None or is_header(text):
        return "polygon"
    if zipfile.is_zipfile(path) or _is_numbers(line):
        return "lobster"
    shown = line[:60].decode("ascii", "replace").strip()
    what = f"begins with {shown!r}" if shown.isprintable() and shown.isascii() else "is no text"
    raise ValueError(
        f"{path} {what}: neither a table of trades or quotes with a header, such as Polygon's flat "
        "files, nor LOBSTER data, nor a recording of `monitor --record`; name it with --format"
    )


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
                    f"{path} holds no .csv, .tsv, .psv or .jsonl file, packed or not, and no .zip"
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
    kinds = {format_of(path): path for path in paths}
    if len(kinds) != 1:
        named = ", ".join(f"{path.name} is {kind}" for kind, path in sorted(kinds.items()))
        raise ValueError(f"files of different kinds cannot be played together: {named}")
    return next(iter(kinds))


def _data_files(paths: Iterable[Path]) -> list[Path]:
    return sorted(each for each in paths if each.name.lower().endswith(_ENDINGS))


def _first_line(path: Path) -> bytes:
    with path.open("rb") as raw, damage_named(path), unpacked(raw) as stream:
        return stream.readline(_LINE_BYTES)


def _is_numbers(line: bytes) -> bool:
    cells = line.strip().split(b",")
    if len(cells) != _LOBSTER_COLUMNS and len(cells) % 4:
        return False
    try:
        return all(float(cell) or True for cell in cells)
    except ValueError:
        return False
