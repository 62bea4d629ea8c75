"""Optional packages: a missing one is an error that says what to install."""

from __future__ import annotations

import sys
from importlib.util import find_spec

_PACKAGES = {
    "cluster": ("distributed",),
    "parquet": ("pyarrow",),
    "plots": ("plotly",),
    "score": ("numpy",),
}
_TOGETHER = ("score", "plots")
INSTALL = "-m pip install numpy plotly"
"""What an interpreter is given to install all that scores and their pages need, told once."""


class MissingExtraError(ValueError):
    """A command needs packages that are not installed."""


def need_extra(extra: str, command: str) -> None:
    """Make sure that the packages of an extra are installed.

    Args:
        extra: `cluster`, `parquet`, `plots` or `score`.
        command: Who needs them, for the message.

    Raises:
        MissingExtraError: One is missing; names the extra and what to run.
    """
    missing = [package for package in _PACKAGES[extra] if find_spec(package) is None]
    if missing:
        install = INSTALL if extra in _TOGETHER else f"-m pip install {' '.join(missing)}"
        raise MissingExtraError(
            f"{command} needs {' and '.join(missing)}, of the extra {extra!r}: "
            f"{sys.executable} {install}"
        )
