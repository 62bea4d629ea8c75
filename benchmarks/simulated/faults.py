"""What goes wrong in a run: a list of faults, drawn or written down, that may overlap.

A fault is written `kind channel symbol begin+length detail`, as in `mute T EVEN 60+20 renew`; `*`
stands for every channel or symbol, and `-` for no detail. Faults are divided by `; `.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

ANY: Final = "*"
_NONE: Final = "-"
_PARTS: Final = 5

FIELD_KINDS: Final = ("removed", "renamed", "retyped", "shifted")
"""What may become of one field of a row."""
FIELDS: Final = {"T": ("p", "s", "t", "i", "q", "x", "sym"), "Q": ("bp", "ap", "t", "q", "sym")}
"""The fields that identify, time, size or price, by channel."""

Draw = Callable[[Random], tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: One of `KINDS`.
        channel: `T`, `Q` or `*`.
        symbol: Ticker or `*`.
        begin: Seconds from the beginning of the run.
        length: Seconds.
        detail: What else is to be said of it; its meaning is the kind's.
    """

    kind: str
    channel: str
    symbol: str
    begin: float
    length: float
    detail: str = _NONE

    def __str__(self) -> str:
        span = f"{self.begin:g}+{self.length:g}"
        return f"{self.kind} {self.channel} {self.symbol} {span} {self.detail}"

    @property
    def end(self) -> float:
        """When it is over, seconds from the beginning of the run."""
        return self.begin + self.length

    @property
    def number(self) -> float:
        """The detail as a number."""
        return float(self.detail)

    def is_on(self, seconds: float) -> bool:
        """Return whether it is on at a moment."""
        return self.begin <= seconds < self.end

    def concerns(self, symbol: str, channel: str = ANY) -> bool:
        """Return whether it is one of a symbol, and of a channel."""
        return self.symbol in (ANY, symbol) and (
            self.channel == channel or ANY in (self.channel, channel)
        )


class Faults:
    """The faults of one run.

    Args:
        faults: All of them.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.all = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(map(str, self.all)) or "none"

    def on(self, seconds: float, *kinds: str) -> list[Fault]:
        """Return the faults of some kinds that are on."""
        return [each for each in self.all if each.kind in kinds and each.is_on(seconds)]

    def of(self, *kinds: str) -> list[Fault]:
        """Return the faults of some kinds."""
        return [each for each in self.all if each.kind in kinds]


def _lasting(least: float, most: float, *details: str) -> Draw:
    return lambda random: (
        round(random.uniform(least, most), 1),
        random.choice(details or (_NONE,)),
    )


KINDS: Final[dict[str, tuple[str, Draw]]] = {
    # The stream. The first word says whom a fault may be of: a channel, a symbol, both or neither.
    "cut": ("", _lasting(0.2, 30, "1000", "1001", "1006", "1008", "1011", "1012", "4000")),
    "mute": ("channel symbol", _lasting(5, 120, "time", "renew", "reconnect")),
    "mute_feed": ("", _lasting(5, 60, "time", "reconnect")),
    "half_open": ("", _lasting(5, 60, "reconnect")),
    "lost_share": ("symbol", _lasting(10, 120, "0.1", "0.3", "0.8")),
    "frozen_quotes": ("symbol", _lasting(20, 120)),
    "late": ("", _lasting(15, 120, "2", "8", "30", "120")),
    "growing": ("", _lasting(20, 120, "0.1", "0.5")),
    "removed": ("symbol", _lasting(5, 60, "p", "s", "t", "i", "q")),
    "renamed": ("symbol", _lasting(5, 60, "p", "s", "t")),
    "retyped": ("symbol", _lasting(5, 60, "p", "s", "t")),
    "shifted": ("symbol", _lasting(20, 60, "s", "p")),
    "ahead": ("symbol", _lasting(3, 30, "7", "60", "3600")),
    "unnamed_error": ("symbol", _lasting(5, 60)),
    "no_answer": ("symbol", _lasting(5, 60)),
    "evicted": ("", _lasting(1, 60)),
    "auth_failed": ("", _lasting(1, 30)),
    # The second source.
    "rest_refuses": ("", _lasting(3, 120, "403", "404", "429", "500")),
    "rest_empty": ("", _lasting(3, 120)),
    "rest_behind": ("", _lasting(10, 120, "2", "6", "20")),
    "rest_frozen": ("symbol", _lasting(10, 120)),
    "rest_odd_row": ("symbol", _lasting(5, 60)),
    "rest_slow": ("", _lasting(10, 60, "1", "4", "9")),
    # The machine and the host.
    "clock_step": ("", _lasting(10, 120, "-3600", "-7", "3", "40", "7200")),
    "slept": ("", _lasting(3, 90, "cut", "burst")),
    "source_raises": ("", _lasting(2, 60)),
    "row_bad": ("symbol", _lasting(2, 60)),
    "closed": ("symbol", _lasting(10, 60)),
    "opened": ("symbol", _lasting(10, 60)),
    "killed": ("", _lasting(1, 40)),
}
"""Whom each kind may be of, and its length and detail."""
MOST: Final = 5


def drawn(random: Random, symbols: Sequence[str], seconds: float) -> Faults:
    """Draw none to five faults over a run, so that some overlap."""
    found = []
    # Half of them begin near one moment: what overlaps finds most.
    near = random.uniform(0, seconds)
    for _ in range(random.randint(0, MOST)):
        kind = random.choice(list(KINDS))
        whom, draw = KINDS[kind]
        length, detail = draw(random)
        begin = random.uniform(0, seconds)
        if random.random() < 0.5:
            begin = min(max(0.0, near + random.uniform(-20, 20)), seconds)
        channel = random.choice("TTQ*") if "channel" in whom else ANY
        symbol = random.choice([*symbols, *symbols, ANY]) if "symbol" in whom else ANY
        found.append(Fault(kind, channel, symbol, round(begin, 1), length, detail))
    return Faults(sorted(found, key=lambda each: each.begin))


def of_each_field(begin: float, length: float) -> list[Faults]:
    """Return one run's faults for each thing that may become of each field of every symbol."""
    return [
        Faults([Fault(kind, channel, ANY, begin, length, name)])
        for channel, names in FIELDS.items()
        for name in names
        for kind in FIELD_KINDS
    ]


def parsed(text: str) -> Faults:
    """Read faults as they are written.

    Raises:
        ValueError: A fault is not written so.
    """
    if text.strip() in ("", "none"):
        return Faults(())
    return Faults([_parsed(each) for each in text.split(";")])


def _parsed(text: str) -> Fault:
    parts = text.split()
    if len(parts) != _PARTS or parts[0] not in KINDS or "+" not in parts[3]:
        raise ValueError(
            f"{text.strip()!r} is no fault: write `kind channel symbol begin+length detail`, with "
            f"one of {', '.join(KINDS)}"
        )
    begin, _, length = parts[3].partition("+")
    return Fault(parts[0], parts[1], parts[2], float(begin), float(length), parts[4])
