"""The rows of recorded data without their judgement."""

from __future__ import annotations

from collections.abc import Iterator

from trading_bot.recorded.rows import Row
from trading_bot.replay.playback import Playback, RowPlayback


def rows_of(playback: Playback) -> Iterator[list[Row]]:
    """Yield the rows behind a playback that has not been played.

    A live run's recording is played for its rows; what that finds is not looked at.
    """
    return playback.source.batches() if isinstance(playback, RowPlayback) else playback.batches()
