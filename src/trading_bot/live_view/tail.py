"""Reads the live file and the record as they grow, whole lines only; writes and locks nothing.

Both are read by turns: each turn returns what has come since the last one, up to a bound, so that
whoever reads asks again until nothing comes. What is not there yet is waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from trading_bot.live_view.followed import FollowedFile, offset_of_last
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.live_file.lines import SCHEMA, LiveBeat
from trading_bot.order_flow.live_file.place import SEGMENT
from trading_bot.order_flow.market.units import NS_PER_SECOND, iso_utc, utc_from_ns
from trading_bot.order_flow.outside.door import decode_or_none

_DAY_FILE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(\.late)?\.jsonl")
_LOOKED_BACK_FIRST: Final = 1 << 20
_LOOKED_BACK_MOST: Final = 1 << 25
"""Bytes before the end of a day's file at which what is wanted is looked for."""
_DAYS_READ: Final = 3
_DISORDER_NS: Final = 600 * NS_PER_SECOND
"""How much later than its stamp a line may have been written."""


class _Schema(msgspec.Struct):
    schema: int


_beat: Final = msgspec.json.Decoder(LiveBeat)
_schema: Final = msgspec.json.Decoder(_Schema)
_line: Final = msgspec.json.Decoder(dict[str, Any])


class LiveTail:
    """Follows a live folder from one segment to the next.

    Args:
        folder: Where the segments lie; it need not be there yet.
        from_oldest: Begin with the oldest segment that is kept, for the sake of history; else with
            the newest, whose first beat has every row.

    Attributes:
        unreadable: Lines that could not be read, and were passed over.
    """

    def __init__(self, folder: Path, *, from_oldest: bool = False) -> None:
        self.unreadable = 0
        self._folder = folder
        self._from_oldest = from_oldest
        self._file: FollowedFile | None = None

    def read(self) -> list[LiveBeat]:
        """Return the beats that came since; none where none did.

        Raises:
            DataSourceError: `unknown_schema`: another version wrote them.
        """
        return list(self.beats())

    def beats(self) -> Iterator[LiveBeat]:
        """Yield the same one by one: a file that is caught up with holds thousands.

        Raises:
            DataSourceError: As `read`.
        """
        for raw in self._lines():
            beat = decode_or_none(raw, _beat)
            if beat is not None and beat.schema == SCHEMA:
                yield beat
                continue
            said = decode_or_none(raw, _schema)
            if said is not None and said.schema != SCHEMA:
                raise DataSourceError(
                    f"{self._folder} holds live files of schema {said.schema}, and this version "
                    f"reads schema {SCHEMA}: use the version that the guard runs with",
                    code="unknown_schema",
                )
            self.unreadable += 1

    def _lines(self) -> list[bytes]:
        lines = self._lines_of_file()
        if lines:
            return lines
        following = self._next_segment()
        if following is None:
            return []
        # Whatever was written there before the next segment was begun.
        if lines := self._lines_of_file():
            return lines
        self._file = FollowedFile(following)
        return self._lines_of_file()

    def _lines_of_file(self) -> list[bytes]:
        if self._file is None:
            return []
        # Where it has gone, a segment that is there takes its place.
        with suppress(OSError):
            return self._file.read()
        return []

    def _next_segment(self) -> Path | None:
        names = sorted(_names(self._folder, SEGMENT))
        if self._file is not None:
            current = self._file.path.name
            later = [each for each in names if each > current]
            if later or current in names:
                return self._folder / later[0] if later else None
        if not names:
            return None
        return self._folder / names[0 if self._from_oldest and self._file is None else -1]


class RecordTail:
    """Follows the day files of a record.

    Args:
        folder: Where they lie; it need not be there yet.
        since_ns: What is stamped earlier is left out, Unix nanoseconds.

    Attributes:
        unreadable: Lines that could not be read, and were passed over.
    """

    def __init__(self, folder: Path, *, since_ns: int) -> None:
        self.unreadable = 0
        self._folder = folder
        since = max(since_ns, 0)
        self._since = iso_utc(utc_from_ns(since))
        self._first_day = self._since[:10]
        self._surely_before = iso_utc(utc_from_ns(max(since - _DISORDER_NS, 0)))
        self._files: dict[str, FollowedFile] = {}
        self._listed: int | None = None
        self._lists_again = True

    def read(self) -> list[dict[str, Any]]:
        """Return the lines that came since, in the order of the days; none where none did."""
        self._look_for_days()
        found = []
        for _, file in sorted(self._files.items(), key=lambda each: _place_of(each[0])):
            with suppress(OSError):
                found += [line for raw in file.read() for line in self._decoded(raw)]
        return found

    def _decoded(self, raw: bytes) -> Iterator[dict[str, Any]]:
        line = decode_or_none(raw, _line)
        stamp = None if line is None else line.get("timestamp")
        if line is None or not isinstance(stamp, str) or not isinstance(line.get("event"), str):
            self.unreadable += 1
        elif stamp >= self._since:
            yield line

    def _look_for_days(self) -> None:
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return
        # Once more after a change: two within one tick of the file system's clock look like one.
        if changed == self._listed and not self._lists_again:
            return
        self._lists_again = changed != self._listed
        self._listed = changed
        for name in _names(self._folder, _DAY_FILE):
            if name not in self._files and name[:10] >= self._first_day:
                path = self._folder / name
                with suppress(OSError):
                    self._files[name] = FollowedFile(path, self._begin_of(path))
        # The two newest days are written; of others all was read.
        days = sorted({name[:10] for name in self._files})
        if len(days) > _DAYS_READ:
            self._first_day = days[-_DAYS_READ]
            self._files = {
                name: file for name, file in self._files.items() if name[:10] >= self._first_day
            }

    def _begin_of(self, path: Path) -> int:
        """Return an offset before which nothing is that is wanted."""
        size = _LOOKED_BACK_FIRST
        while offset := offset_of_last(path, size):
            with path.open("rb") as stream:
                stream.seek(offset)
                line = decode_or_none(stream.readline(), _line)
            stamp = None if line is None else line.get("timestamp")
            is_early = isinstance(stamp, str) and stamp < self._surely_before
            if is_early or size >= _LOOKED_BACK_MOST:
                return offset
            size *= 2
        return 0


def _place_of(name: str) -> tuple[str, bool]:
    """Return by what a day's files are put into order: late lines come after the day's own."""
    return name[:10], ".late" in name


def _names(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return the names of a folder that follow a pattern; none where it cannot be read."""
    try:
        return [each.name for each in folder.iterdir() if pattern.fullmatch(each.name)]
    except OSError:
        return []
