"""What of a symbol's memory outlives a run, in plain values."""

from __future__ import annotations

from typing import Final

import msgspec

FORMAT: Final = 1
"""Version of the form; another one is not read."""


class JudgedBlock(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """By what one block of two minutes was judged: a later run judges its end again.

    Attributes:
        begin_ns: When it began, Unix nanoseconds.
        usual_minute: Mean shares a minute of the memory then.
        lead: How many alerts the day was ahead of an even pace.
        thresholds: By kind the least size that was large.
        critical: By kind the least that exceeded all before it by far.
        look_from: By kind the least that was looked at as it began.
    """

    begin_ns: int
    usual_minute: int
    lead: int
    thresholds: tuple[int, ...]
    critical: tuple[int, ...]
    look_from: tuple[int, ...]


class ScaleState(msgspec.Struct, kw_only=True):
    """The memory of one symbol as a block begins; see `memory.OwnScale` for the words.

    What came of that block is not in it: a later run is given it again.

    Attributes:
        format: Version of this form.
        resumes_ns: From when a later run has to be given every event, Unix nanoseconds.
        open_ns: When the session opened that is remembered last, Unix nanoseconds.
        close_ns: When it closes; 0 between the sessions.
        place: Its block that begins.
        seen_today: How many of its blocks were seen to their end.
        began: When each remembered block began; 0 for one that was never seen.
        volumes: Shares of each remembered block.
        peaks: By kind the largest of each remembered block.
        tops: Of each day gone the largest of each kind, the oldest day first.
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
        judged: By what the newest blocks were judged, the one that begins last.
        seeded_minute: Usual minute of an earlier session; 0 where none was given.
        seeded_burst: Its tenth largest burst, in thousandths.
    """

    format: int = FORMAT
    resumes_ns: int
    open_ns: int
    close_ns: int
    place: int
    seen_today: int
    began: list[int]
    volumes: list[int]
    peaks: list[list[int]]
    tops: list[list[int]]
    day_volume: int
    raised: int
    held_back: int
    eased: int
    level_sum: int
    level_looks: int
    judged: list[JudgedBlock]
    seeded_minute: int = 0
    seeded_burst: int = 0
    low_ticks: int = (1 << 62) - 1
    curves: list[list[int]] = []
    curve: list[int] = []
    curve_is_whole: bool = False
    regime_told: int = 0
