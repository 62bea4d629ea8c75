"""`trading-bot check`: says what recorded files hold, and what of them a replay would lose."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.replay.checking.blocks import block_lines
from trading_bot.replay.checking.reading import read_samples, read_whole, recognised
from trading_bot.replay.checking.verdict import Verdict
from trading_bot.replay.playback import PlaybackSource
from trading_bot.replay.progress import bytes_shown
from trading_bot.replay.run_replay import GC_THRESHOLD, ReplayOptions

FIRST_SECONDS = 0.7
"""Time for the first verdict; the command's own start comes to it."""
WHOLE_BYTES = 1_000_000
"""Files of no more than this together are read whole: it takes no longer than to look."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the command line asked for.

    Attributes:
        read: Which data, and how it is read.
        full: Read every row.
    """

    read: ReplayOptions
    full: bool = False


def run_check(options: CheckOptions, clock: Callable[[], float] = monotonic_seconds) -> int:
    """Run the command; return the exit status with which a replay would end.

    Args:
        options: What is wanted.
        clock: Seconds; only how many rows are looked at depends on it.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option is not usable.
    """
    started = clock()
    gc.set_threshold(GC_THRESHOLD)
    read = options.read
    found = recognised(read)
    if options.full or sum(each.size_bytes for each in found.files) <= WHOLE_BYTES:
        read_whole(found, read, _shown)
    else:
        read_samples(found, read, lambda: started + FIRST_SECONDS - clock())
    verdict = Verdict(found, accept_losses=read.accept_losses)
    if read.as_json:
        sys.stdout.write(json.dumps(verdict.to_json_dict(), indent=2) + "\n")
    else:
        blocks = [line for each in found.files for line in block_lines(each)]
        lines = [*blocks, "Together", *verdict.total_lines()]
        sys.stdout.write("\n".join(lines) + "\n")
    return verdict.status


def _shown(sources: Sequence[PlaybackSource]) -> AbstractContextManager[Callable[[], None]]:
    return bytes_shown("Reading", sources)
