"""Counts alerts for a calibration by several processes: each has some symbols, and one pass of two.

What is counted is the same as by one: symbols share no state, and counts only add up.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.recognise import common_format, files_in
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.plain_rows import rows_of
from trading_bot.replay.playback import Playback, open_playback
from trading_bot.replay.run_replay import ReplayOptions
from trading_bot.research.calibration.grid import (
    SymbolCounts,
    count_alerts,
    count_present,
    lowest_cell,
)


@dataclass(frozen=True, slots=True)
class CountTask:
    """One pass over some symbols.

    Attributes:
        data: Which data.
        config: All but the thresholds that are fitted.
        options: Which rows.
        of_cells: Count the alerts of every threshold; else those of the settings as they are.
    """

    data: ReplayOptions
    config: OrderFlowConfig
    options: ReadOptions
    of_cells: bool


@dataclass(slots=True)
class Counted:
    """What came of passes.

    Attributes:
        cells: Alerts of every threshold, by symbol.
        present: Alerts of the settings as they are, by symbol and day.
        symbols: Every symbol met by the settings as they are.
        accounts: What became of the rows, of each such pass.
    """

    cells: dict[str, SymbolCounts] = field(default_factory=dict)
    present: dict[str, Counter[date]] = field(default_factory=dict)
    symbols: set[str] = field(default_factory=set)
    accounts: list[RowAccount] = field(default_factory=list)

    def add(self, other: Counted) -> None:
        """Add what was counted in other symbols, or in the other pass."""
        self.cells.update(other.cells)
        self.present.update(other.present)
        self.symbols |= other.symbols
        self.accounts += other.accounts


def count_task(task: CountTask) -> Counted:
    """Make one pass.

    Raises:
        ValueError: A file is damaged.
    """
    config = task.config
    if task.of_cells:
        return Counted(cells=count_alerts(rows_of(_opened(task, lowest_cell(config))), config))
    playback = _opened(task, config)
    present = count_present(playback)
    accounts = [playback.source.account]
    return Counted(present=dict(present), symbols={*playback.symbols}, accounts=accounts)


def _opened(task: CountTask, config: OrderFlowConfig) -> Playback:
    files = files_in(task.data.paths)
    kind = task.data.data_format or common_format(files)
    return open_playback(files, config, data_format=kind, options=task.options)
