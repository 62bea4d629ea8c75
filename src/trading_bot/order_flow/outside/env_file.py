"""A file of variables such as `.env`, which a person writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values


def env_values(path: Path | str | None) -> Mapping[str, str | None]:
    """Return the variables of a file; none without a file.

    Raises:
        ValueError: It is no text; names file and line.
    """
    if path is None or not Path(path).is_file():
        return {}
    try:
        return dotenv_values(path)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is no text in UTF-8 at line {line}; mend it, or restore a copy of it"
        ) from error
