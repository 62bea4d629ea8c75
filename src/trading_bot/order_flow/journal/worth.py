"""What alerts and exits like these were followed by on recorded days; measured, and packaged.

The figures hold for the settings they were measured with, and are shown for no others. The file is
made by `trading-bot score DATA... --worth FILE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ..config import OrderFlowConfig
from ..outside.door import decode
from ..outside.source import FILE

WORTH_FILE: Final = Path(__file__).with_name("worth.json")
NOT_MEASURED: Final = "what such exits are worth is not measured for your settings"
_Z: Final = 1.96
"""Of a normal distribution, 95 % lie within so many deviations."""


class Followed(msgspec.Struct, frozen=True):
    """How many of some events no fall followed.

    Attributes:
        judged: Events that could be judged.
        without_fall: Those of them after which the bid did not fall so far.
        matched_share: Share of matched random seconds after which it did not; None for none.
    """

    judged: int
    without_fall: int
    matched_share: float | None


class WorthSet(msgspec.Struct, frozen=True):
    """What one run over recorded days has measured.

    Attributes:
        command: The run, as it was typed, its files by name.
        days: Symbol-days, such as `BAC 2013-10-07`.
        alerts: All alert lines.
        exits: All exits that were recommended.
    """

    command: str
    days: tuple[str, ...]
    alerts: Followed
    exits: Followed


class Worth(msgspec.Struct, frozen=True):
    """Everything that was measured with the same settings.

    Attributes:
        config_hash: Names the settings.
        fall_bp: Which fall of the bid counts, basis points.
        within_seconds: How soon it has to come.
        latency_ms: From the event to the bid that a fall is measured from.
        seed: Of the matched seconds.
        sets: One for each run.
    """

    config_hash: str
    fall_bp: int
    within_seconds: int
    latency_ms: int
    seed: int
    sets: tuple[WorthSet, ...]


class Pooled(NamedTuple):
    """Events of all sets together.

    Attributes:
        judged: How many.
        without_fall: How many of them no fall followed.
        share: Their share.
        low: Lower end of its 95 % interval.
        high: Upper end.
        matched_share: The share among matched random seconds.
    """

    judged: int
    without_fall: int
    share: float
    low: float
    high: float
    matched_share: float


_decoder = msgspec.json.Decoder(Worth)


def read_worth(path: Path = WORTH_FILE) -> Worth:
    """Read a file of measurements.

    Raises:
        DataSourceError: It is none.
        OSError: It cannot be read.
    """
    return decode(path.read_bytes(), str(path), FILE, _decoder)


def pooled(found: Sequence[Followed]) -> Pooled | None:
    """Add events up; None where none could be judged. The interval is Wilson's."""
    known = [(each, each.matched_share) for each in found if each.judged]
    judged = sum(each.judged for each, _ in known)
    if not judged:
        return None
    without = sum(each.without_fall for each, _ in known)
    share = without / judged
    spread = _Z**2 / judged
    middle, half = share + spread / 2, _Z * sqrt((share * (1 - share) + spread / 4) / judged)
    return Pooled(
        judged,
        without,
        share,
        (middle - half) / (1 + spread),
        (middle + half) / (1 + spread),
        sum(each.judged * (matched or 0.0) for each, matched in known) / judged,
    )


def worth_of_exits(config: OrderFlowConfig, path: Path = WORTH_FILE) -> str:
    """Say in a sentence what exits under these settings were followed by on recorded days.

    Args:
        config: The settings that are in force.
        path: The measurements.
    """
    worth = _read_once(path)
    exits = pooled([each.exits for each in worth.sets])
    if worth.config_hash != config.config_hash or exits is None:
        return NOT_MEASURED
    return (
        f"on recorded days {exits.without_fall} of {exits.judged} such exits "
        f"({exits.share:.0%}, 95 % interval {exits.low:.0%} to {exits.high:.0%}) were not followed "
        f"by a fall of {worth.fall_bp} bp within {worth.within_seconds // 60} minutes; of matched "
        f"random moments {exits.matched_share:.0%} were not"
    )


@cache
def _read_once(path: Path) -> Worth:
    return read_worth(path)
