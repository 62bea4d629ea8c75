"""What the record's lines say to whoever looks: of which kind each is, and its sign; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from trading_bot.order_flow.journal.lines import EXIT_EVENT, GONE_EVENT, WALL_EVENTS
from trading_bot.order_flow.market.units import ns_from_utc

Kind = Literal["alert", "exit", "feed", "wall", "state"]
Sign = Literal["one", "several", "burst", "hollow"]
"""Of an alert. `one`: the first large seller of its symbol within the window; `several`: a further
one; `burst`: a burst of selling; `hollow`: a large bid, which has shown no warning value."""

START_EVENT: Final = "order_flow.monitoring_started"
_FEED_EVENTS: Final = frozenset(
    f"order_flow.{name}"
    for name in (
        *("feed_degraded", "feed_blind", "feed_recovered", "depth_lost", "depth_back"),
        *("feeds_disagree", "feeds_agree", "data_lost", "data_validation_error"),
    )
)
_WALLS: Final = frozenset(WALL_EVENTS.values())
_SILENT: Final = frozenset(("order_flow.told", "order_flow.scale", "order_flow.position_seen"))
"""Of what nobody who looks is told."""


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One line of the record.

    Attributes:
        kind: What it is about.
        at_ns: Its stamp, exchange time.
        symbol: Ticker; empty for the guard as a whole.
        line: As it is.
        sign: Of an alert; else None.
    """

    kind: Kind
    at_ns: int
    symbol: str
    line: Mapping[str, Any]
    sign: Sign | None = None

    @property
    def order_size(self) -> int:
        """Shares of a large seller; 0 of anything else."""
        size = self.line.get("order_size")
        return size if self.sign in ("one", "several") and isinstance(size, int) else 0


def stamp_of(line: Mapping[str, Any]) -> int | None:
    """Return the stamp of a line, Unix nanoseconds; None where it has none."""
    try:
        return ns_from_utc(datetime.fromisoformat(line["timestamp"]))
    except (KeyError, TypeError, ValueError):
        return None


def kind_of(line: Mapping[str, Any]) -> Kind | None:
    """Return what a line is about; None for one of which nobody is told."""
    event = line.get("event")
    if event in _SILENT or not isinstance(event, str):
        return None
    if "alert_type" in line:
        return "alert"
    if event == EXIT_EVENT:
        return "exit"
    if event in _WALLS:
        return "wall"
    return "feed" if event in _FEED_EVENTS else "state"


def ends_position(line: Mapping[str, Any]) -> bool:
    """Return whether a line says that a position is gone."""
    return line.get("event") == GONE_EVENT


def begins_anew(line: Mapping[str, Any]) -> bool:
    """Return whether a market begins anew that was invented: nothing from before is of it."""
    return line.get("event") == START_EVENT and line.get("market") == "simulated"
