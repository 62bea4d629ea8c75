"""What can be said of a symbol's feed at one moment, in two words for whoever asks."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

VisibilityState = Literal["visible", "degraded", "blind"]


class Visibility(NamedTuple):
    """What can be said of a feed at one moment.

    Attributes:
        state: `visible`, `degraded` or `blind`; no alert means calm only while `visible`.
        reason: One word and a sentence with figures; empty when all is well.
    """

    state: VisibilityState
    reason: str


UNWATCHED: Final = Visibility("blind", "not watched")
