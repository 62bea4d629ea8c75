"""Processes that send nothing: what is written to them is kept, and what they say is put there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def report(known_as: str, to: int, state: str, why: str = "") -> dict[str, Any]:
    """Return what a process says of one text and one receiver."""
    fields = {"op": "state", "id": known_as, "to": to, "state": state, "why": why}
    return fields | {"refused": 0, "uncertain": 0}


@dataclass
class StubProcess:
    """A process by hand.

    Attributes:
        lines: What was written to it.
        says: What it says next.
        answers: Whether it answers a ping.
        runs: Whether it lives.
        ends: Whether it ends when it is waited for.
        killed: Whether it was ended.
    """

    lines: list[Mapping[str, Any]] = field(default_factory=list)
    says: list[Mapping[str, Any]] = field(default_factory=list)
    answers: bool = True
    runs: bool = True
    ends: bool = True
    killed: bool = False

    def post(self, line: Mapping[str, Any]) -> bool:
        self.lines.append(line)
        if self.answers and line["op"] == "ping":
            self.says.append({"op": "pong"})
        return True

    def reports(self) -> list[Mapping[str, Any]]:
        said, self.says = self.says, []
        return said

    def is_running(self) -> bool:
        return self.runs

    def kill(self) -> None:
        self.killed, self.runs = True, False

    def wait(self, seconds: float) -> bool:
        return self.ends


@dataclass
class Processes:
    """Begins processes by hand.

    Attributes:
        refuses: How many cannot be begun.
        answers: Whether they answer a ping.
        made: Those that were.
    """

    refuses: int = 0
    answers: bool = True
    made: list[StubProcess] = field(default_factory=list)

    def begin(self) -> StubProcess:
        if self.refuses:
            self.refuses -= 1
            raise OSError(11, "Resource temporarily unavailable")
        self.made.append(StubProcess(answers=self.answers))
        return self.made[-1]
