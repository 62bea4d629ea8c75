"""Checks every line of a record: what it says, and whether it stands where it should."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from ...market.units import NS_PER_US
from ...rules.signals import Signal
from ..days import RecordDay, days_in
from ..lines import (
    EXIT_EVENT,
    SEEN_EVENT,
    TOLD_EVENT,
    WALL_EVENTS,
    alert_from_record,
    exit_id,
    signal_id,
)
from ..private_files import PROBE_FILE
from ..reading import NO_LINE, is_of_record
from ..said import AlertMembers, ExitMembers, ToldMembers, exit_from_record
from .columns import ALERT_EVENTS, EVENTS
from .reader import Problem, Row, decoded, numbered, plain, row_of

EVERY_LINE: Final = ("timestamp", "symbol")
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "order_flow.capture_failed": ("reason", "sentence"),
    "order_flow.connection": ("reason", "sentence"),
    "order_flow.data_lost": ("reason", "position_open"),
    "order_flow.data_validation_error": ("reason", "position_open"),
    "order_flow.depth_back": ("reason", "position_open"),
    "order_flow.depth_lost": ("reason", "position_open"),
    "order_flow.feed_blind": ("reason", "position_open"),
    "order_flow.feed_degraded": ("reason", "position_open"),
    "order_flow.feed_recovered": ("reason", "position_open"),
    "order_flow.feeds_agree": ("reason", "position_open"),
    "order_flow.feeds_disagree": ("reason", "position_open", "code", "stale"),
    "order_flow.internal_error": ("where", "error"),
    "order_flow.monitoring_started": ("symbols",),
    "order_flow.monitoring_stopped": ("symbols",),
    "order_flow.muted": ("until",),
    "order_flow.position_gone": (),
    SEEN_EVENT: ("opened_at",),
    "order_flow.positions_stale": ("reason",),
    "order_flow.positions_unknown": ("reason",),
    "order_flow.record_reopened": ("reason", "lost_lines"),
    "order_flow.regime": ("times", "shares", "usual", "days"),
    "order_flow.scale": ("alerts", "held_back", "eased", "thresholds", "memory_from"),
    "order_flow.settings_changed": ("old_hash", "new_hash", "changed"),
    "order_flow.settings_refused": ("reason",),
    **dict.fromkeys(
        WALL_EVENTS.values(),
        (
            "side",
            "price_level",
            "size",
            "peak",
            "executed",
            "cancelled",
            "added",
            "refills",
            "since",
        ),
    ),
    "order_flow.unmuted": ("reason", "held_back"),
}
"""What the lines of an event have to have; of alerts, exits and `told` a type says so."""
_SHAPES: Final[Mapping[str, type[msgspec.Struct]]] = {
    **dict.fromkeys(ALERT_EVENTS, AlertMembers),
    EXIT_EVENT: ExitMembers,
    TOLD_EVENT: ToldMembers,
}
_STARTED: Final = "order_flow.monitoring_started"
_STOPPED: Final = "order_flow.monitoring_stopped"
_LAST: Final = "\U0010ffff"
"""Sorts after every symbol, as the line does that ends the record of a replay."""
CLOCK_STEP: Final = timedelta(seconds=60)
"""How far the time of writing may go back from one line to the next: clocks are set."""
_ID: Final = re.compile(r"[0-9a-f]{16}")
_PASSING: Final = (".new", ".part")
"""How the names end of files that are being written."""


class RecordCheck:
    """One look at a whole record.

    Args:
        folder: Where it lies.
        between: Called after each file with how many of how many are done.

    Attributes:
        days: How many were looked at.
        lines: Likewise.
    """

    def __init__(
        self, folder: Path, between: Callable[[int, int], None] = lambda _done, _all: None
    ) -> None:
        self._folder = folder
        self._between = between
        self.days = 0
        self.lines = 0

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong, in the order in which it is met.

        Raises:
            OSError: The folder cannot be read.
        """
        for path in sorted(self._folder.iterdir()):
            if not (is_of_record(path.name) or _is_passing(path.name)):
                yield Problem(path, None, "no file of a record")
        days = days_in(self._folder)
        for number, day in enumerate(days, 1):
            yield from self._of_day(day)
            self.days += 1
            self._between(number, len(days))

    def _of_day(self, day: RecordDay) -> Iterator[Problem]:
        order = _Order()
        for path in day.files:
            for found in numbered(path):
                if isinstance(found, Problem):
                    yield found
                    continue
                number, raw = found
                self.lines += 1
                try:
                    row = _checked(raw, day.name)
                    order.check(row)
                except ValueError as error:
                    yield Problem(path, number, str(error))


class _Order:
    """Whether lines follow one another as they are written.

    A replay sorts its lines by time and symbol. A live run writes them as they come, which their
    `logged_at` tells; another run may keep another time, as a simulated market does.
    """

    def __init__(self) -> None:
        self._of_replay: tuple[datetime, str] | None = None
        self._written: datetime | None = None

    def check(self, row: Row) -> None:
        """Take the next line.

        Raises:
            ValueError: It stands behind one that it belongs before.
        """
        written = row.get("logged_at")
        if row["event"] == _STARTED:
            self._of_replay = self._written = None
        if written is None:
            last = row["event"] == _STOPPED
            place = row["timestamp"], _LAST if last else row["symbol"] or ""
            before, self._of_replay = self._of_replay, place
            if before is not None and place < before:
                raise ValueError("it is out of order: it belongs before the line above")
            return
        earlier, self._written = self._written, written
        if earlier is not None and written < earlier - CLOCK_STEP:
            raise ValueError(
                f"it is out of order: written at {written.isoformat()}, the line above "
                f"at {earlier.isoformat()}"
            )


def _checked(raw: bytes | None, day: str) -> Row:
    """Return a line as a row.

    Raises:
        ValueError: It is not as it should be; says why.
    """
    line = decoded(raw)
    event = line["event"]
    if event not in EVENTS:
        raise ValueError(f"no line has the event {event[:60]!r}")
    missing = [name for name in (*EVERY_LINE, *NEEDED.get(event, ())) if name not in line]
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")
    row = row_of(line)
    if row["timestamp"].date().isoformat() != day:
        raise ValueError(f"it is of {line['timestamp']}, and not of the file's day")
    if event in _SHAPES:
        _check_said(event, plain(line))
    return row


def _check_said(event: str, line: Mapping[str, Any]) -> None:
    """Check a line that a start takes back, as the start does, and its id.

    Raises:
        ValueError: It cannot be taken back, or its id is another's.
    """
    try:
        msgspec.convert(line, _SHAPES[event])
        if event == EXIT_EVENT:
            _check_exit_id(line)
        elif event in ALERT_EVENTS:
            _check_alert_id(line)
    except NO_LINE as error:
        raise ValueError(str(error) or repr(error)) from error


def _check_exit_id(line: Mapping[str, Any]) -> None:
    found = exit_from_record(line, {})
    known_as = exit_id(found.symbol, found.timestamp_utc, line["alert_ids"])
    if line.get("exit_id", known_as) != known_as:
        raise ValueError("its exit_id is that of another exit: it was changed after it was written")


def _check_alert_id(line: Mapping[str, Any]) -> None:
    signal = Signal.of(alert_from_record(line))
    if not line["event"].startswith(f"order_flow.{signal.alert_type}"):
        raise ValueError(f"its alert_type is {signal.alert_type}, of another event")
    if not _ID.fullmatch(line["alert_id"]):
        raise ValueError(f"its alert_id {line['alert_id'][:40]!r} is not 16 hex digits")
    # Stamps are written in microseconds: files and some feeds have finer ones.
    for rest_ns in range(NS_PER_US):
        stamp_ns = signal.timestamp_ns + rest_ns
        exact = msgspec.structs.replace(signal, timestamp_ns=stamp_ns)
        if signal_id(exact, line["config_hash"]) == line["alert_id"]:
            return
    raise ValueError("its alert_id is that of another alert: it was changed after it was written")


def _is_passing(name: str) -> bool:
    return name == PROBE_FILE or name.endswith(_PASSING)
