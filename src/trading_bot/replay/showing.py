"""Plays a recorded day at the pace of a clock, into a record and a live file, for whoever shows it.

In a process of its own: what judges takes memory and time that whoever shows it does not have. It
ends with its parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.errors import OrderFlowError
from trading_bot.order_flow.journal.lines import Line, line_bytes
from trading_bot.order_flow.journal.private_files import FOLDER_MODE, open_private
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.live_file.files import LiveFiles
from trading_bot.order_flow.live_file.lines import encode_beat
from trading_bot.order_flow.live_file.thread import BEAT_SECONDS
from trading_bot.order_flow.market.units import FAR_FUTURE_NS
from trading_bot.order_flow.sight.coverage.reasons import OpenSpan, Sight
from trading_bot.replay.in_time import InTime
from trading_bot.replay.journal import UnwrittenLog
from trading_bot.replay.playback import Playback, RowPlayback
from trading_bot.replay.run_replay import ReplayOptions, prepare
from trading_bot.replay.shown_day import look_of_day

LIVE, RECORD = "live", "record"
"""Below the folder of a day that is shown."""
_ROWS: Final = 20
"""Read at a time, so that a day goes on evenly."""
_END_SECONDS: Final = 3.0
_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class _Stamp(msgspec.Struct):
    timestamp: str


_stamp = msgspec.json.Decoder(_Stamp)


class ShownLog(UnwrittenLog):
    """A record whose lines are there at once, in the order in which they were found.

    Args:
        folder: Which is there.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def write(self, line: Line) -> None:
        """Append one line to the file of its day."""
        data = line_bytes(line)
        day = _stamp.decode(data).timestamp[:10]
        descriptor = open_private(self._folder / f"{day}.jsonl", _APPEND)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)


class ShownJudge(MarketJudge):
    """The live judge, for whom what was said of sight holds until something else is said.

    A guard looks each second, and a recording has what changed alone.
    """

    def saw(self, symbol: str, sight: Sight, at_ns: int, spans: tuple[OpenSpan, ...] = ()) -> None:  # noqa: ARG002
        """Take what can be seen of a watched symbol."""
        super().saw(symbol, sight, FAR_FUTURE_NS, spans)


def play_day(
    playback: Playback,
    folder: Path,
    speed: float,
    *,
    wait: Callable[[float], bool],
    began: Callable[[], object] = lambda: None,
    now_seconds: Callable[[], float] = monotonic_seconds,
) -> None:
    """Play all of it, so many seconds of the market in one of the machine.

    Args:
        playback: Whose record is below the folder.
        folder: Where `LIVE` and `RECORD` are.
        speed: Seconds of the market in one of the machine.
        wait: Waits for so many seconds, or returns true at once where the end is wished.
        began: Called once something was judged.
        now_seconds: The machine's present.

    Raises:
        ValueError: No row can be played.
    """
    batches = playback.batches()
    if next(batches, None) is None:
        found = "; ".join(playback.source.account.warnings())
        raise ValueError(f"no row could be played: {found}")
    started, first = now_seconds(), playback.judge.clock()
    with closing(_Beats(playback, folder, now_seconds)) as beats:
        beats.write_if_due()
        began()
        for _ in batches:
            # By the clock of the judge: what a recording begins with is older than that.
            due = started + (playback.judge.clock() - first).total_seconds() / speed
            while (ahead := due - now_seconds()) > 0:
                if wait(min(ahead, BEAT_SECONDS)):
                    return
                beats.write_if_due()
            beats.write_if_due()


class _Beats:
    """The live file of a day, written by the thread that plays it: between two events."""

    def __init__(self, playback: Playback, folder: Path, now_seconds: Callable[[], float]) -> None:
        self._look = look_of_day(playback, folder / RECORD)
        self._files = LiveFiles(folder / LIVE)
        self._now_seconds = now_seconds
        self._due = now_seconds()

    def write_if_due(self) -> None:
        """Write the next line where it is time."""
        if self._now_seconds() >= self._due:
            self._due = self._now_seconds() + BEAT_SECONDS
            self._write(is_last=False)

    def close(self) -> None:
        """Write the last line."""
        self._write(is_last=True)
        self._files.close()

    def _write(self, *, is_last: bool) -> None:
        beat = self._look(whole=self._files.begins_anew, last=is_last)
        self._files.write(encode_beat(beat), beat.written_ns, is_whole=beat.whole)


def open_day(options: ReplayOptions, folder: Path) -> Playback:
    """Make a day ready to be played into the folders below this one, which are made.

    Raises:
        OSError: A file is not there, or a folder cannot be made.
        ValueError: An option or a file is not usable.
    """
    for name in (LIVE, RECORD):
        (folder / name).mkdir(FOLDER_MODE)
    few_at_once = replace(options, chunk_rows=_ROWS)
    playback = prepare(few_at_once, ShownLog(folder / RECORD), ShownJudge)
    if isinstance(playback, RowPlayback):
        one = len(options.symbols) == 1
        playback.source = InTime(playback.source, _ROWS, has_one_symbol=one)
    return playback


class ShownDay:
    """Starts and ends the process that plays; used with `with`.

    Args:
        options: Which data, and by which settings.
        folder: Empty, and the user's own.
        speed: Seconds of the market in one of the machine.
    """

    def __init__(self, options: ReplayOptions, folder: Path, speed: float) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._said, saying = spawning.Pipe(duplex=False)
        self._saying: Connection[Any, Any] = saying
        self._process = spawning.Process(
            target=_play_in_process,
            args=(options, folder, speed, saying),
            daemon=True,
        )

    def __enter__(self) -> Self:
        """Start it, and wait until it has judged something.

        Raises:
            ValueError: It cannot be played.
        """
        self._process.start()
        self._saying.close()
        try:
            words: str = self._said.recv()
        except EOFError:
            words = "what plays the day has ended"
        if words:
            self._process.join()
            raise ValueError(words)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for end in (self._process.terminate, self._process.kill):
            end()
            self._process.join(_END_SECONDS)
        self._said.close()


def _play_in_process(
    options: ReplayOptions, folder: Path, speed: float, saying: Connection[Any, Any]
) -> None:
    """Play in a process of its own; say nothing once it has begun, or why it cannot."""
    # The terminal's Ctrl-C is the parent's, who then ends this.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait(seconds: float) -> bool:
        if parent is None:
            return True
        parent.join(seconds)
        return not parent.is_alive()

    has_begun = False

    def begin() -> None:
        nonlocal has_begun
        has_begun = True
        saying.send("")

    try:
        play_day(open_day(options, folder), folder, speed, wait=wait, began=begin)
    except (ValueError, OSError, OrderFlowError) as error:
        if has_begun:
            sys.stderr.write(f"trading-bot: the day ends here: {error}\n")
        else:
            saying.send(str(error))
