"""Where what is shown comes from: a live folder, and the record that it names."""

from __future__ import annotations

from pathlib import Path

from trading_bot.live_view.said import SaidLine
from trading_bot.live_view.state import KEPT_NS, LiveState
from trading_bot.live_view.tail import LiveTail, RecordTail
from trading_bot.order_flow.live_file.lines import LiveBeat


class LiveSource:
    """Keeps a state as a guard goes on.

    The record is read once a guard is heard: only its time says what is of late.

    Args:
        live: The live folder.
        record: Folder of the record; None for the one that the guard names.

    Attributes:
        state: What is so.
    """

    def __init__(self, live: Path, record: Path | None = None) -> None:
        self.state = LiveState()
        self._tail = LiveTail(live)
        self._given = record
        self._folder: Path | None = None
        self._since_ns = 0
        self._record: RecordTail | None = None

    def catch_up(self) -> None:
        """Take all that is there already."""
        while self.read()[0]:
            pass

    def read(self) -> tuple[bool, list[SaidLine]]:
        """Take what has come; return whether anything has, and what was said.

        Raises:
            DataSourceError: Another version writes the live file.
        """
        beats = self._tail.read()
        for beat in beats:
            self.state.take_beat(beat)
        if beats:
            self._follow_record(beats[-1])
        lines = [] if self._record is None else self._record.read()
        said = [each for each in map(self.state.take_line, lines) if each is not None]
        return bool(beats or lines), said

    def _follow_record(self, beat: LiveBeat) -> None:
        folder = self._given or (Path(beat.record) if beat.record else None)
        if folder is None or (folder == self._folder and beat.at_ns >= self._since_ns):
            return
        self._folder, self._since_ns = folder, beat.at_ns - KEPT_NS
        self._record = RecordTail(folder, since_ns=self._since_ns)
