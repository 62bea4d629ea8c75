"""Refused: what a reader answers where a row or a message is no event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was left out.

    Attributes:
        reason: One word, by which it is counted.
    """

    reason: str
