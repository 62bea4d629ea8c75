"""LiveLook: makes the lines of one run of the live file, of a guard that runs or a replayed day."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, Protocol

from ..clock import Clock, utc_now
from ..judge import MarketJudge
from ..market.units import ns_from_utc
from ..position import Position
from ..telling.standing import Standing
from .lines import LiveBeat, LiveRow
from .rows import RowReader

_RUN_BYTES: Final = 8


class Watcher(Protocol):
    """Whoever watches: a monitor, or a day that is played; asked from any thread."""

    @property
    def judge(self) -> MarketJudge:
        """The judge; another one where a recording goes on with its next run."""
        ...

    @property
    def positions(self) -> Mapping[str, Position]:
        """The open positions by symbol."""
        ...

    @property
    def sleeping_until(self) -> datetime | None:
        """When the watch begins again while the market is closed."""
        ...

    def shown(self) -> Sequence[str]:
        """Return which symbols have a row: few, however many are watched."""
        ...

    def muted(self) -> Mapping[str, datetime]:
        """Return until when each symbol is silent of which no notice is sent."""
        ...

    def standing(self, held: Collection[str]) -> Standing:
        """Return how it is as a whole, by how well the held symbols are seen."""
        ...


def _go_on() -> None:
    """Stand for whoever steps aside."""


class LiveLook:
    """Says what has changed since the line before.

    Args:
        watcher: Of whom.
        market: Which market that is.
        record: Folder of the record; None where none is kept.
        machine: The machine's present.
        aside: Called after each row, so that who judges need not wait for all of them.

    Attributes:
        run: Which run this is: 16 hex digits.
    """

    def __init__(
        self,
        watcher: Watcher,
        *,
        market: Literal["live", "simulated", "recorded"],
        record: Path | None = None,
        machine: Clock = utc_now,
        aside: Callable[[], object] = _go_on,
    ) -> None:
        self.run = secrets.token_hex(_RUN_BYTES)
        self._watcher = watcher
        self._market: Literal["live", "simulated", "recorded"] = market
        self._record = "" if record is None else str(record.resolve())
        self._machine = machine
        self._aside = aside
        self._number = 0
        self._rows: dict[str, LiveRow] = {}
        self._reader: RowReader | None = None

    def __call__(self, *, whole: bool = False, last: bool = False) -> LiveBeat:
        """Return the next line.

        Args:
            whole: With every row; so is the first one in any case.
            last: It is the last one of its run.
        """
        watcher = self._watcher
        judge = watcher.judge
        now = judge.clock()
        reader = self._reader
        if reader is None or reader.judge is not judge:
            reader = self._reader = RowReader(judge, self._aside)
        muted = watcher.muted()
        held = watcher.positions
        rows = {
            each: reader.row(each, now, position=held.get(each), muted_until=muted.get(each))
            for each in watcher.shown()
        }
        before, self._rows = self._rows, rows
        gone = tuple(each for each in before if each not in rows)
        for symbol in gone:
            reader.forget(symbol)
        whole = whole or not self._number
        self._number += 1
        standing = watcher.standing([row.sees for name, row in rows.items() if name in held])
        sleeping = watcher.sleeping_until
        return LiveBeat(
            run=self.run,
            number=self._number,
            at_ns=ns_from_utc(now),
            written_ns=ns_from_utc(self._machine()),
            market=self._market,
            record=self._record,
            whole=whole,
            symbols=len(judge.judges),
            status="stopped" if last else standing.status,
            troubles=standing.troubles,
            sleeping_until_ns=None if sleeping is None else ns_from_utc(sleeping),
            rows=tuple(row for symbol, row in rows.items() if whole or row != before.get(symbol)),
            gone=gone,
        )
