"""What a check has found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "warn", "fail"]
"""All is well; it works, less well than it could; it does not work."""

SETTINGS_UNREAD: Final = ("not looked at: the settings cannot be read", "mend settings first")
"""What is found, and how to mend it, where the settings say what to look at."""
EXIT_STATUS: Final[dict[State, int]] = {"ok": 0, "warn": 1, "fail": 2}


@dataclass(frozen=True, slots=True)
class Check:
    """What one check has found.

    Attributes:
        state: How it stands.
        found: What was found, in one sentence; no secret is in it.
        mend: What to do about it; empty where all is well.
    """

    state: State
    found: str
    mend: str = ""


def ok(found: str) -> Check:
    """Return that all is well."""
    return Check("ok", found)


def warn(found: str, mend: str) -> Check:
    """Return what works, less well than it could."""
    return Check("warn", found, mend)


def fail(found: str, mend: str) -> Check:
    """Return what does not work."""
    return Check("fail", found, mend)


def exit_status(checks: Iterable[Check]) -> int:
    """Return that of the worst: 0 for none but `ok`, 1 for a warning, 2 for a failure."""
    return max((EXIT_STATUS[each.state] for each in checks), default=0)


def found_and_mend(sentence: str, otherwise: str) -> tuple[str, str]:
    """Part an error's sentence, which ends with its mend behind a semicolon.

    Args:
        sentence: Its words.
        otherwise: The mend of one that has none.
    """
    found, _, mend = sentence.rpartition("; ")
    return (found, mend) if found else (sentence, otherwise)
