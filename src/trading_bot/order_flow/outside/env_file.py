"""A file of variables such as `.env`, which a person writes."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from .encoding import is_utf_16, without_mark


def env_values(path: Path | str | None) -> Mapping[str, str | None]:
    """Return the variables of a file; none without a file.

    Raises:
        ValueError: It is no text; names file and line.
    """
    if path is None or not Path(path).is_file():
        return {}
    data = without_mark(Path(path).read_bytes())
    if is_utf_16(data):
        raise ValueError(f"{path} is written in UTF-16, not in UTF-8; save it as UTF-8")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is no text in UTF-8 at line {line}; mend it, or restore a copy of it"
        ) from error
    return dotenv_values(stream=StringIO(text))
