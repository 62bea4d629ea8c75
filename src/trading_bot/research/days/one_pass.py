"""Plays recorded data as it is and changed, all in one pass, and measures each day as it ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.recorded.account import RowAccount
from trading_bot.replay.playback import Playback
from trading_bot.research.changed_tapes import MirroredTape, ShuffledTape
from trading_bot.research.days.measured import MeasuredDay, measure
from trading_bot.research.days.shifted import SHIFT_NS, moved_ns
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.scorecard import EXIT, Event, events_told, in_order
from trading_bot.research.scored_findings import ChangedPlay, Findings, find

Opener = Callable[[], Playback]
"""Opens the recorded data."""


@dataclass(slots=True)
class Plays:
    """What the rules found in the data, and where they must find nothing.

    Attributes:
        config: The settings that it was judged by.
        account: What became of the rows.
        as_it_is: In the data, with the symbol-days, in which all of it is measured.
        mirrored: In the data upside down.
        shuffled: In the data with sides by chance.
    """

    config: OrderFlowConfig
    account: RowAccount
    as_it_is: Findings
    mirrored: list[Event]
    shuffled: list[Event]

    def put_in_order(self) -> None:
        """Put everything in order, whoever found it and in what files."""
        self.as_it_is.put_in_order()
        self.mirrored = in_order(self.mirrored)
        self.shuffled = in_order(self.shuffled)


class Play(Protocol):
    """Plays recorded data as it is and changed; see `play_all`."""

    def __call__(
        self,
        open_data: Opener,
        rules: OutcomeRules,
        seed: int,
        *,
        with_readings: bool,
        progress: Callable[[str], None],
    ) -> Plays:
        """Return what was found."""
        ...


def play_all(
    open_data: Opener,
    rules: OutcomeRules,
    seed: int,
    *,
    with_readings: bool,
    progress: Callable[[str], None],
) -> Plays:
    """Play recorded data once, by three judges at a time.

    Args:
        open_data: The data and the settings it is judged by.
        rules: How outcomes are measured.
        seed: Of the coins and of random exits.
        with_readings: Keep the red-burst rule's figures and all quotes, for pictures.
        progress: Told what is done next.
    """
    progress("playing the data as it is, upside down and with shuffled sides")
    playback = open_data()
    config = playback.config
    mirrored = ChangedPlay(config, MirroredTape())
    shuffled = ChangedPlay(config, ShuffledTape(seed))
    measuring = Measuring(rules, seed, (mirrored, shuffled))
    found = find(
        playback,
        with_readings=with_readings,
        beside=(mirrored, shuffled),
        over=measuring.end,
        listener=measuring.take,
    )
    found.days = measuring.days
    account = playback.source.account
    plays = Plays(playback.config, account, found, mirrored.events, shuffled.events)
    plays.put_in_order()
    return plays


class Measuring:
    """Measures each day, with all that was found in it, before its quotes are gone.

    Args:
        rules: How outcomes are measured.
        seed: Of random exits.
        changed: What is played beside.

    Attributes:
        days: What was measured, in the order in which the days ended.
    """

    def __init__(self, rules: OutcomeRules, seed: int, changed: Iterable[ChangedPlay] = ()) -> None:
        self.days: list[MeasuredDay] = []
        self._rules = rules
        self._seed = seed
        self._own: defaultdict[str, list[Event]] = defaultdict(list)
        self._changed: defaultdict[str, list[int]] = defaultdict(list)
        for each in changed:
            each.add_listener(self._take_changed)

    def take(self, told: MonitorEvent) -> None:
        """Keep what was found in the data as it is."""
        for event in events_told((told,)):
            self._own[event.moment.symbol].append(event)

    def end(self, series: QuoteSeries, position: Position | None) -> None:
        """Measure a session of which nothing comes any more, and what is held of its symbol."""
        symbol, begin_ns, end_ns = series.symbol, series.open_ns, series.close_ns
        own = [each.moment.stamp_ns for each in self._own[symbol]]
        moved = [moved_ns(at, (series,)) for at in own if begin_ns <= at < end_ns + SHIFT_NS]
        exits = [each.moment.stamp_ns for each in self._own[symbol] if each.kind == EXIT]
        moments = [*own, *moved, *self._changed[symbol]]
        self.days.append(
            measure(
                series,
                [at for at in moments if begin_ns <= at < end_ns],
                [at for at in exits if begin_ns <= at < end_ns],
                position,
                self._rules,
                self._seed,
            )
        )
        self._own[symbol] = [each for each in self._own[symbol] if each.moment.stamp_ns >= end_ns]
        self._changed[symbol] = [at for at in self._changed[symbol] if at >= end_ns]

    def _take_changed(self, event: Event) -> None:
        self._changed[event.moment.symbol].append(event.moment.stamp_ns)
