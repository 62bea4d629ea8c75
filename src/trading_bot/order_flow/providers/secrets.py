"""A provider's secrets: read from the environment or `.env` when it asks, by the names it knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..diagnostics import hide
from ..outside.env_file import env_values


class Secrets:
    """Keys and passwords by the name of their variable; what was given out is in no log line.

    Args:
        environ: Variables to read; the process environment when None. They win over the file.
        env_file: A file of variables, or None for none; a missing one is no error.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        env_file: Path | str | None = Path(".env"),
    ) -> None:
        self._environ = environ
        self._env_file = env_file

    def get(self, name: str) -> str:
        """Return a secret, empty where none is set."""
        outer = os.environ if self._environ is None else self._environ
        found = outer.get(name, "").strip() or self._in_file(name)
        hide(found)
        return found

    def _in_file(self, name: str) -> str:
        return (env_values(self._env_file).get(name) or "").strip()
