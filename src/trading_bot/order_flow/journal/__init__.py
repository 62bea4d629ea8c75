"""What was found, as it is written, kept and taken back; judges nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .rows.reader import Problem as Problem
    from .rows.reader import read as read

__all__ = ["Problem", "read"]


if not TYPE_CHECKING:  # to a type checker every other name is a mistake

    def __getattr__(name: str) -> Any:
        """Load what reads a record when it is first asked for (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(".rows.reader", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
