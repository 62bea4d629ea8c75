"""Optional packages: a missing one is an error that says what to install."""

from __future__ import annotations

from importlib.util import find_spec

DISTRIBUTION = "trading-bot-order-flow"
_PACKAGES = {"score": ("numpy",), "plots": ("plotly",), "parquet": ("pyarrow",)}


class MissingExtraError(ValueError):
    """A command needs packages that are not installed."""


def need_extra(extra: str, command: str) -> None:
    """Make sure that the packages of an extra are installed.

    Args:
        extra: `score`, `plots` or `parquet`.
        command: Who needs them, for the message.

    Raises:
        MissingExtraError: One is missing; names extra and command line.
    """
    missing = [package for package in _PACKAGES[extra] if find_spec(package) is None]
    if missing:
        raise MissingExtraError(
            f"{command} needs {' and '.join(missing)}, of the extra {extra!r}: "
            f"pip install '{DISTRIBUTION}[{extra}]'"
        )
