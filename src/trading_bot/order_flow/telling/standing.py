"""How a guard is as a whole, and why, in sentences for a person; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, NamedTuple

Status = Literal["ok", "degraded", "blind"]
CONNECTED: Final = ("ok", "untried")
"""Words of a connection for questions with which all is well: who has asked nothing knows none."""


class Standing(NamedTuple):
    """How a guard is.

    Attributes:
        status: `blind` where a position cannot be seen, or is not known; `degraded` where something
            else is not as it should be.
        troubles: Why, a sentence each, but for what single symbols say.
    """

    status: Status
    troubles: tuple[str, ...] = ()


def status_of(
    held: Collection[str],
    *,
    connectivity: str,
    positions: str,
    record_trouble: str,
    is_troubled: bool,
    is_stuck: bool,
) -> Status:
    """Return the worst that can be said.

    Args:
        held: How well each held symbol is seen.
        connectivity: Of questions: `ok`, `untried` or an error's code.
        positions: Whether it is known what is held: `known`, `never` or another word.
        record_trouble: Why the record cannot be written.
        is_troubled: A thread is stuck or has failed.
        is_stuck: The one that judges is stuck.
    """
    found = worst_of(held)
    if found == "blind" or positions == "never" or is_stuck:
        return "blind"
    is_worse = positions != "known" or is_troubled or record_trouble
    return "degraded" if is_worse or connectivity not in CONNECTED else found


def worst_of(held: Collection[str]) -> Status:
    """Return how well the worst of the held symbols is seen."""
    if "blind" in held:
        return "blind"
    return "degraded" if "degraded" in held else "ok"


def words_of_troubles(
    *,
    positions: str,
    record_trouble: str,
    threads: Mapping[str, Mapping[str, Any]],
    connectivity: str,
    sleeps: bool,
) -> tuple[str, ...]:
    """Say what is the matter, a sentence each.

    Args:
        positions: Whether it is known what is held: `ok`, or a word and its reason.
        record_trouble: Why the record cannot be written.
        threads: How each thread is, by name.
        connectivity: Of questions: `ok`, `untried` or an error's code.
        sleeps: Nobody watches while the market is closed.
    """
    record = f"the record cannot be written: {record_trouble}" if record_trouble else ""
    asked = "" if connectivity in CONNECTED else f"the provider gives no answers: {connectivity}"
    found = (_of_positions("ok" if sleeps else positions), record, _of_threads(threads), asked)
    return tuple(each for each in found if each)


def _of_positions(health: str) -> str:
    if health == "ok":
        return ""
    if health.startswith("stale: "):
        return f"positions are {health}"
    return f"what is held is not known: {health}"


def _of_threads(threads: Mapping[str, Mapping[str, Any]]) -> str:
    found = []
    for name, each in threads.items():
        if each["state"] == "failed":
            found.append(f"{name} has failed ({each['error']}) and goes on")
        elif each["state"] == "stuck":
            found.append(f"{name} has shown no life for {each['age_seconds']:.0f} s")
    return f"not all threads are well: {'; '.join(found)}" if found else ""
