"""`trading-bot journal list`: the days of a record, and what each holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from trading_bot.order_flow.journal.days import RecordDay, days_in
from trading_bot.order_flow.journal.rows.columns import GROUPS
from trading_bot.order_flow.journal.rows.reader import Problem, numbered
from trading_bot.order_flow.outside.door import decode_or_none

_HEADLINE = (
    f"{'day':<10} {'lines':>9} {'alerts':>7} {'exits':>6} {'bytes':>12}  {'':<10}  first and last"
)


class _Head(msgspec.Struct):
    event: str
    timestamp: str


_head = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class DayListed:
    """What a day of a record holds.

    Attributes:
        day: In UTC.
        lines: Those that can be read.
        alerts: Of these, alerts.
        exits: Of these, recommendations to leave.
        unreadable: Lines that cannot be read; a file that cannot be read to its end counts as one.
        bytes: On the disk.
        compressed: Whether its file is compressed.
        first: Exchange time of its earliest line, ISO 8601 in UTC; None without one.
        last: The same of its latest.
    """

    day: str
    lines: int
    alerts: int
    exits: int
    unreadable: int
    bytes: int
    compressed: bool
    first: str | None
    last: str | None


def show_days(folder: Path, *, as_json: bool = False) -> int:
    """Run the command; return the exit status.

    Raises:
        OSError: There is no such folder, or it cannot be read.
    """
    listed = listed_days(folder)
    if as_json:
        shown = {"folder": str(folder), "days": [asdict(each) for each in listed]}
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
        return 0
    number, lines, alerts, exits, size = 0, 0, 0, 0, 0
    for day in listed:
        if not number:
            sys.stdout.write(f"{_HEADLINE}\n")
        sys.stdout.write(f"{_row(day)}\n")
        # A day may take a while: each is seen as it comes.
        sys.stdout.flush()
        number, lines, size = number + 1, lines + day.lines, size + day.bytes
        alerts, exits = alerts + day.alerts, exits + day.exits
    days = "day" if number == 1 else "days"
    sys.stdout.write(
        f"{folder}: {number:,} {days}, {lines:,} lines, {alerts:,} alerts, {exits:,} exits, "
        f"{size:,} bytes\n"
    )
    return 0


def listed_days(folder: Path) -> Iterator[DayListed]:
    """Return the days of a record, oldest first, each as it is read.

    Raises:
        OSError: There is no such folder, or it cannot be read.
    """
    return map(_listed, days_in(folder))


def _listed(day: RecordDay) -> DayListed:
    lines = alerts = exits = unreadable = 0
    first: str | None = None
    last: str | None = None
    for path in day.files:
        for found in numbered(path):
            raw = None if isinstance(found, Problem) else found[1]
            head = None if raw is None else decode_or_none(raw, _head)
            if head is None:
                unreadable += 1
                continue
            lines += 1
            alerts += head.event in GROUPS["alert"]
            exits += head.event in GROUPS["exit"]
            # All are written in one form, which sorts as time does.
            first = head.timestamp if first is None else min(first, head.timestamp)
            last = head.timestamp if last is None else max(last, head.timestamp)
    size = sum(path.stat().st_size for path in day.files if path.exists())
    return DayListed(
        day.name, lines, alerts, exits, unreadable, size, day.is_compressed, first, last
    )


def _row(day: DayListed) -> str:
    form = "compressed" if day.compressed else "plain"
    span = "no line" if day.first is None else f"{day.first} {day.last}"
    damage = f", {day.unreadable:,} unreadable: see journal verify" if day.unreadable else ""
    return (
        f"{day.day:<10} {day.lines:>9,} {day.alerts:>7,} {day.exits:>6,} {day.bytes:>12,}  "
        f"{form:<10}  {span}{damage}"
    )
