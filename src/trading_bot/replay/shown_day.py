"""What a day that is played shows, as a live file's lines: for a page that plays it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.live_file.look import LiveLook
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, ns_from_utc
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.sight.coverage.reasons import Sight
from trading_bot.order_flow.telling.standing import Standing, worst_of
from trading_bot.replay.playback import Playback, RowPlayback

NOT_COMPARED: Final = "recorded rows, compared with nothing"


MOST_SHOWN: Final = 50
"""Symbols that have a row where the data does not say which were protected."""


def look_of_day(playback: Playback, record: Path | None = None) -> LiveLook:
    """Return what says, between two batches and on the thread that plays, how all stands.

    Each call is a line of a live file: the first has every row, the others what has changed. Its
    time is that of the newest event.

    Args:
        playback: The day.
        record: Folder of its record; None where none is kept.
    """
    return LiveLook(_ShownDay(playback), market="recorded", record=record)


class _ShownDay:
    """A day as a `Watcher`: what was protected has a row, else the first symbols that are met."""

    sleeping_until: datetime | None = None

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        # Of flat files nobody says how well they can be seen; a recording does.
        self._is_of_rows = isinstance(playback, RowPlayback)

    @property
    def judge(self) -> MarketJudge:
        return self._playback.judge

    @property
    def positions(self) -> Mapping[str, Position]:
        judge = self.judge
        found = {each: judge.exit_judge.position_of(each) for each in self._names()}
        return {symbol: position for symbol, position in found.items() if position is not None}

    def shown(self) -> tuple[str, ...]:
        judge = self.judge
        now_ns = ns_from_utc(judge.clock())
        shown = self._names()
        for symbol in shown if self._is_of_rows else ():
            sight = judge.sightings.sight(symbol, now_ns)
            if sight is not None and sight.reason != "not_compared":
                found = Sight("degraded", "not_compared", NOT_COMPARED, now_ns)
                judge.saw(symbol, found, FAR_FUTURE_NS)
        return shown

    def _names(self) -> tuple[str, ...]:
        return self.judge.protected or self.judge.symbols[:MOST_SHOWN]

    def muted(self) -> Mapping[str, datetime]:
        return {}

    def standing(self, held: Collection[str]) -> Standing:
        return Standing(worst_of(held))
