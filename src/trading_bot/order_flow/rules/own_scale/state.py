"""What of a symbol's memory outlives a run, in plain values."""

from __future__ import annotations

from typing import Final

import msgspec

FORMAT: Final = 1
"""Version of the form; another one is not read."""


class ScaleState(msgspec.Struct, kw_only=True):
    """The memory of one symbol at one moment; see `memory.OwnScale` for the words.

    Attributes:
        format: Version of this form.
        open_ns: When the session opened that is remembered last, Unix nanoseconds.
        close_ns: When it closes; 0 between the sessions.
        place: Its block that was not over yet.
        seen_today: How many of its blocks were seen to their end.
        began: When each remembered block began; 0 for one that was never seen.
        volumes: Shares of each remembered block.
        peaks: By kind the largest of each remembered block.
        tops: Of each day gone the largest of each kind, the oldest day first.
        now: By kind the largest of the block that was not over yet.
        volume: Its shares.
        day_volume: Shares since the open, as far as they were seen.
        raised: Alert lines of the day.
        held_back: Blocks of the day with one that an even pace would have let through.
        eased: Alert lines of the day that an even pace would have held back.
        level_sum: Shares at the best ask, added up once a second.
        level_looks: How often.
        low_ticks: The lowest price of the day.
        curves: Of each day kept the shares since its open at the end of each quarter of an hour.
        curve: The same of this day.
        curve_is_whole: Whether it is seen from its open without a hole.
        regime_told: How many times the usual volume was told today.
    """

    format: int = FORMAT
    open_ns: int
    close_ns: int
    place: int
    seen_today: int
    began: list[int]
    volumes: list[int]
    peaks: list[list[int]]
    tops: list[list[int]]
    now: list[int]
    volume: int
    day_volume: int
    raised: int
    held_back: int
    eased: int
    level_sum: int
    level_looks: int
    low_ticks: int = (1 << 62) - 1
    curves: list[list[int]] = []
    curve: list[int] = []
    curve_is_whole: bool = False
    regime_told: int = 0
