"""What follows a try to send: done, again after a while, or given up; pure.

A receiver that refuses, or is not reached, has not got the text: it is tried again. One that falls
silent after the text went out may have got it: it is asked once more, with the same id, and then no
more. So nobody gets a text more than twice, and whoever gets it twice can tell by its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Outcome = Literal["sent", "refused", "wrong", "uncertain"]
"""`sent`: the receiver said so. `refused`: it has not got it, and may take it later. `wrong`: it
never will, such as a wrong login. `uncertain`: it may have got it."""
End = Literal["sent", "failed", "unsure"]
"""`sent`: the receiver said so. `failed`: it has not got it. `unsure`: it may have got it."""

DELAYS_SECONDS: Final = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Pauses after refusals; the last one repeats."""
UNCERTAIN_PAUSE_SECONDS: Final = 30.0
MOST_UNCERTAIN: Final = 2
"""How often a text may go out without an answer."""
GIVE_UP_SECONDS: Final = 1_800.0
"""From this age on a text is not tried again: it would tell of the past."""


@dataclass(frozen=True, slots=True)
class Tries:
    """What became of the tries of one text at one receiver.

    Attributes:
        refused: How many were refused.
        uncertain: How many may have arrived.
    """

    refused: int = 0
    uncertain: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done.

    Attributes:
        tries: What became of the tries so far.
        end: How it has ended; None where it is tried again.
        pause_seconds: How long to wait before that.
    """

    tries: Tries
    end: End | None = None
    pause_seconds: float = 0.0


def step_after(outcome: Outcome, before: Tries, age_seconds: float) -> Step:
    """Return what follows a try.

    Args:
        outcome: Of the try.
        before: What became of the tries before it.
        age_seconds: How old the text is.
    """
    if outcome == "sent":
        return Step(before, "sent")
    tries = Tries(
        before.refused + (outcome == "refused"), before.uncertain + (outcome == "uncertain")
    )
    given_up: End = "unsure" if tries.uncertain else "failed"
    if outcome == "wrong" or tries.uncertain >= MOST_UNCERTAIN or age_seconds >= GIVE_UP_SECONDS:
        return Step(tries, given_up)
    if outcome == "uncertain":
        return Step(tries, None, UNCERTAIN_PAUSE_SECONDS)
    return Step(tries, None, DELAYS_SECONDS[min(tries.refused, len(DELAYS_SECONDS)) - 1])
