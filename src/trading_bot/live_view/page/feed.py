"""Follows a guard by its live file and its record, and tells all viewers; writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from trading_bot.live_view.page import messages
from trading_bot.live_view.page.viewers import Viewers
from trading_bot.live_view.past import Past
from trading_bot.live_view.state import KEPT_NS, LiveState
from trading_bot.live_view.tail import LiveTail, RecordTail
from trading_bot.order_flow.live_file.lines import LiveBeat
from trading_bot.order_flow.market.units import NS_PER_SECOND

LOOK_SECONDS: Final = 0.05
"""How often both are looked at."""


class PageFeed:
    """What is shown; of one live folder.

    Args:
        folder: Where the live file lies; it need not be there yet.
        now_ns: The machine's present, Unix nanoseconds.
        record: Folder of the record; None follows the one that the guard names.

    Attributes:
        viewers: Who is told.
        record: Folder of the record; None where none is known.
    """

    def __init__(
        self, folder: Path, now_ns: Callable[[], int], *, record: Path | None = None
    ) -> None:
        self.viewers = Viewers(self._whole)
        self._now_ns = now_ns
        self._given = self.record = record
        # From the oldest file on: for the history.
        self._tail = LiveTail(folder, from_oldest=True)
        self._waits_for = f"There is no live file in {folder} yet: the guard writes it."
        self._lines: RecordTail | None = None
        self._run = ""
        self._state = LiveState()
        self._past = Past()
        self._told_ns = 0
        self._is_silent = False

    async def follow(self) -> None:
        """Look again and again.

        Raises:
            DataSourceError: Another version wrote the live file.
        """
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Take what is new, and tell it.

        Raises:
            DataSourceError: Another version wrote the live file.
        """
        while self._take_beats():
            pass
        while self._lines is not None and (lines := self._lines.read()):
            for line in lines:
                self._take_line(line)
        now_ns = self._now_ns()
        is_due = now_ns - self._told_ns >= NS_PER_SECOND
        was_silent, self._is_silent = self._is_silent, self._state.is_silent(now_ns)
        if self._is_silent and (is_due or not was_silent):
            quiet = messages.quiet_members(self._state, now_ns)
            self._tell(messages.event("quiet", quiet))
        elif is_due:
            self._tell(messages.KEEP_ALIVE)

    def history(self, symbol: str) -> bytes | None:
        """Return what was seen of a symbol within 30 minutes, as JSON; None without any."""
        found = self._past.history(symbol)
        return None if found is None else msgspec.json.encode(found)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the lines of the alerts and exits that are shown."""
        as_of_ns = self._state.as_of(self._now_ns())
        yield from (dict(each.line) for each in self._state.alerts(as_of_ns))
        yield from (dict(each.said.line) for each in self._state.exits(as_of_ns))

    def _take_beats(self) -> bool:
        """Take a piece of the live file; return whether there was one."""
        taken = False
        for beat in self._tail.beats():
            self._take_beat(beat)
            taken = True
        return taken

    def _take_beat(self, beat: LiveBeat) -> None:
        if beat.run != self._run:
            # Its record may be another one, and its market another day of the same name.
            self._run = beat.run
            self._state = LiveState()
            since_ns = beat.at_ns - KEPT_NS
            self.record = self._given or (Path(beat.record) if beat.record else None)
            self._lines = (
                None if self.record is None else RecordTail(self.record, since_ns=since_ns)
            )
            self.viewers.begin_anew()
        self._state.take_beat(beat)
        self._past.take_beat(beat)
        if self.viewers:
            now_ns = self._now_ns()
            members = messages.beat_members(self._state, self._past, beat, now_ns)
            self._tell(messages.event("beat", members))

    def _take_line(self, line: dict[str, Any]) -> None:
        said = self._state.take_line(line)
        if said is not None and self.viewers:
            self._tell(messages.event("said", messages.said_members(said)))

    def _tell(self, message: bytes) -> None:
        self._told_ns = self._now_ns()
        self.viewers.tell(message)

    def _whole(self) -> bytes:
        state = messages.whole_state(self._state, self._now_ns(), self._waits_for)
        return messages.event("state", state)
