"""Which texts are on their way to whom; nothing of it is lost when the sender's process dies. Pure.

What the process was about to send when it died may have arrived: that try counts as uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trading_bot.notify.desk import Message
from trading_bot.notify.plan import MOST_UNCERTAIN

MOST_KEPT: Final = 200
"""Texts that may be on their way."""
_ENDS: Final = ("sent", "failed", "unsure")


@dataclass(slots=True)
class _Delivery:
    """One text at one receiver."""

    refused: int = 0
    uncertain: int = 0
    begun: bool = False


@dataclass(slots=True)
class _Kept:
    """One text, and to whom it is still to be sent."""

    message: Message
    born_at: float
    to: dict[int, _Delivery]


@dataclass(slots=True)
class Receiver:
    """How one receiver does.

    Attributes:
        sent: Texts that it has taken.
        failed: Texts that it has not got.
        unsure: Texts that it may have got.
        trouble: Why the newest try did not go well; empty where it did.
    """

    sent: int = 0
    failed: int = 0
    unsure: int = 0
    trouble: str = ""


@dataclass(slots=True)
class Outbox:
    """Keeps each text until every receiver has it, or will not get it.

    Attributes:
        receivers: How each does, by its place.
        lost: Texts that were dropped because too many were on their way.
    """

    receivers: list[Receiver]
    lost: int = 0
    _kept: dict[str, _Kept] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """How many texts are on their way."""
        return len(self._kept)

    def add(self, known_as: str, message: Message, now: float) -> Mapping[str, Any]:
        """Keep a text; return the line that has it sent.

        Args:
            known_as: Its id.
            message: What it says.
            now: Seconds.
        """
        places = range(len(self.receivers))
        self._kept[known_as] = _Kept(message, now, {number: _Delivery() for number in places})
        if len(self._kept) > MOST_KEPT:
            del self._kept[self._least_needed()]
            self.lost += 1
        return send_line(known_as, message, 0.0, [to_line(number) for number in places])

    def note(self, line: Mapping[str, Any]) -> None:
        """Take note of how a text stands with one receiver."""
        receiver = self.receivers[line["to"]]
        state = line["state"]
        if state in _ENDS:
            setattr(receiver, state, getattr(receiver, state) + 1)
        if state != "begun":
            receiver.trouble = line["why"]
        kept = self._kept.get(line["id"])
        delivery = None if kept is None else kept.to.get(line["to"])
        if kept is None or delivery is None:
            return
        if state in _ENDS:
            del kept.to[line["to"]]
            if not kept.to:
                del self._kept[line["id"]]
            return
        delivery.begun = state == "begun"
        delivery.refused, delivery.uncertain = line["refused"], line["uncertain"]

    def again(self, now: float) -> list[Mapping[str, Any]]:
        """Return the lines that a new process is to be given, in the order of their making.

        Args:
            now: Seconds.
        """
        lines = []
        for known_as, kept in list(self._kept.items()):
            for number, delivery in list(kept.to.items()):
                if delivery.begun:
                    delivery.begun = False
                    delivery.uncertain += 1
                if delivery.uncertain >= MOST_UNCERTAIN:
                    del kept.to[number]
                    self.receivers[number].unsure += 1
            if not kept.to:
                del self._kept[known_as]
                continue
            to = [to_line(n, each.refused, each.uncertain) for n, each in kept.to.items()]
            lines.append(send_line(known_as, kept.message, now - kept.born_at, to))
        return lines

    def _least_needed(self) -> str:
        """Return the oldest text that is not urgent, else the oldest."""
        names = list(self._kept)
        return next((name for name in names if not self._kept[name].message.urgent), names[0])


def to_line(number: int, refused: int = 0, uncertain: int = 0) -> Mapping[str, int]:
    """Return one receiver of a text, and what became of its tries."""
    return {"number": number, "refused": refused, "uncertain": uncertain}


def send_line(
    known_as: str,
    message: Message,
    age: float,
    to: list[Mapping[str, int]],
    *,
    once: bool = False,
) -> Mapping[str, Any]:
    """Return the line that has a text sent.

    Args:
        known_as: Its id, by which who gets it twice can tell.
        message: What it says.
        age: How old it is, seconds.
        to: The receivers.
        once: Nobody is tried a second time.
    """
    body = f"{message.body}\nnotice {known_as}"
    return {
        "op": "send",
        "id": known_as,
        "title": message.title,
        "body": body,
        "age": age,
        "to": to,
        "once": once,
    }
