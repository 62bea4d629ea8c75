"""Whether the library is there that makes metrics: prometheus_client, of the extra `metrics`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

PACKAGE: Final = "prometheus_client"
MISSING: Final = (
    "metrics need prometheus-client, of the extra 'metrics': "
    "pip install 'trading-bot-order-flow[metrics]'"
)


class MissingLibraryError(ValueError):
    """Metrics are asked for, and what makes them is not installed."""


def is_there() -> bool:
    """Return whether the library is installed; it is not loaded by that."""
    return find_spec(PACKAGE) is not None


def refuse_missing_library() -> None:
    """Make sure that the library is installed.

    Raises:
        MissingLibraryError: It is not; says what to install.
    """
    if not is_there():
        raise MissingLibraryError(MISSING)
