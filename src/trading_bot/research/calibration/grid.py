"""Counts the alerts of many thresholds in one pass: one tape, one classifier, many cells.

Each cell is the live rule with its own threshold; a test holds the counts to those of replays.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from trading_bot.order_flow.calendar import NEW_YORK, session_at
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.events import Level
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.rules.bid_attack import BID_ATTACKED
from trading_bot.order_flow.rules.large_seller import LargeSellerState
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.classifier import TradeSideClassifier
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge
from trading_bot.order_flow.rules.volume_window import Baseline
from trading_bot.recorded.rows import SIP_NS, SYMBOL, Row, columns_of
from trading_bot.replay.playback import Playback

LARGE_SIZES: Final = (
    *(1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000, 50_000, 70_000),
    *(100_000, 150_000, 200_000, 300_000, 500_000, 700_000, 1_000_000, 2_000_000),
)
"""Shares."""
SPIKES: Final = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0)
"""Volume ratios that warn."""
_BURST_PER_SPIKE = 4 / 3
_HIGHEST_BURST = 20.0


def burst_of(spike: float) -> float:
    """Return the ratio that is critical beside a ratio that warns: as 4.0 is to 3.0."""
    return min(_HIGHEST_BURST, round(spike * _BURST_PER_SPIKE, 2))


@dataclass(slots=True)
class SymbolCounts:
    """What each cell found in one symbol.

    Attributes:
        days: Days with data within the regular session, in order.
        large: (day, shares) to alerts of large sellers.
        bursts: (day, volume ratio that warns) to alerts of red bursts.
    """

    days: list[date] = field(default_factory=list)
    large: Counter[tuple[date, int]] = field(default_factory=Counter)
    bursts: Counter[tuple[date, float]] = field(default_factory=Counter)


def lowest_cell(config: OrderFlowConfig) -> OrderFlowConfig:
    """Return settings whose readers hand on every level that any cell may judge."""
    return replace(config, large_order_size_threshold=LARGE_SIZES[0], symbol_overrides={})


def is_fitted(alert: OrderFlowAlert) -> bool:
    """Return whether thresholds that are fitted decide about an alert; none does of attacks."""
    return alert.source != BID_ATTACKED


def count_alerts(
    batches: Iterable[Sequence[Row]], config: OrderFlowConfig
) -> dict[str, SymbolCounts]:
    """Count the alerts of every cell by symbol and day.

    Args:
        batches: Rows in exchange order, of readers with the settings of `lowest_cell`.
        config: All but the thresholds.
    """
    symbols: dict[str, _Symbol] = {}
    judges: dict[str, MarketSink] = {}
    for rows in batches:
        for row in rows:
            name = row[SYMBOL]
            symbol = symbols.get(name)
            if symbol is None:
                symbol = symbols[name] = _Symbol(name, row[SIP_NS], config)
                judges[name] = symbol.judge
            if row[SIP_NS] >= symbol.session_ends_ns:
                symbol.look_for_session(row[SIP_NS])
        columns_of(rows).give_each(judges)
    return {name: symbols[name].counts for name in sorted(symbols)}


def count_present(playback: Playback) -> dict[str, Counter[date]]:
    """Count the alerts of settings as they are that `is_fitted`, by symbol and day.

    Args:
        playback: The data with those settings, not played yet.
    """
    found: dict[str, Counter[date]] = defaultdict(Counter)

    def take(event: MonitorEvent) -> None:
        if isinstance(event, OrderFlowAlert) and is_fitted(event):
            found[event.symbol][event.timestamp_utc.astimezone(NEW_YORK).date()] += 1

    playback.add_listener(take)
    for _ in playback.batches():
        pass
    return found


class _Symbol:
    """One symbol's judge over all cells."""

    def __init__(self, symbol: str, first_ns: int, config: OrderFlowConfig) -> None:
        self.counts = SymbolCounts()
        sellers = _SellerCells(symbol, config, self._on_large)
        bursts = _BurstCells(symbol, config, self._on_burst)
        bursts.watch_from(first_ns)
        self.judge = SymbolJudge(
            symbol,
            config,
            conditions=TradeConditions(),
            sellers=sellers,
            bursts=bursts,
            sides=TradeSideClassifier(),
        )
        self.session_ends_ns = 0

    def look_for_session(self, sip_ns: int) -> None:
        """Note a day that has data within its regular session."""
        session = session_at(sip_ns)
        if session is not None and session.open_ns <= sip_ns < session.close_ns:
            self.counts.days.append(session.day)
            self.session_ends_ns = session.close_ns

    def _on_large(self, threshold: int, signals: Sequence[Signal]) -> None:
        for signal in signals:
            self.counts.large[_day_of(signal), threshold] += 1

    def _on_burst(self, spike: float, signal: Signal) -> None:
        self.counts.bursts[_day_of(signal), spike] += 1


class _SellerCells(LargeSellerState):
    """Large sellers at every threshold; tells and returns nothing."""

    __slots__ = ("_cells", "_tell")

    def __init__(
        self,
        symbol: str,
        config: OrderFlowConfig,
        tell: Callable[[int, Sequence[Signal]], None],
    ) -> None:
        super().__init__(symbol, config)
        # No quote and no moment is uneventful for every cell.
        self.bid_units_from = self.ask_units_from = self.large_bid_units = self.wall_due_ns = 0
        self._tell = tell
        plain = replace(config, symbol_overrides={})
        self._cells = [
            (size, LargeSellerState(symbol, replace(plain, large_order_size_threshold=size)))
            for size in LARGE_SIZES
        ]

    def on_quote(
        self, stamp_ns: int, bid_ticks: int, bid_units: int, ask_ticks: int, ask_units: int
    ) -> list[Signal]:
        for size, cell in self._cells:
            found = cell.on_quote(stamp_ns, bid_ticks, bid_units, ask_ticks, ask_units)
            if found:
                self._tell(size, found)
        return []

    def on_book(
        self,
        stamp_ns: int,
        large_bids: list[tuple[int, int]],
        best_ask_units: int,
        near_offers: Sequence[Level],
    ) -> list[Signal]:
        for size, cell in self._cells:
            large = [level for level in large_bids if level[1] >= size]
            self._tell(size, cell.on_book(stamp_ns, large, best_ask_units, near_offers))
        return []

    def on_time(self, stamp_ns: int) -> list[Signal]:
        for size, cell in self._cells:
            found = cell.on_time(stamp_ns)
            if found:
                self._tell(size, found)
        return []

    def on_sell(
        self,
        stamp_ns: int,
        key: Hashable,
        price_ticks: int,
        size: int,
        bid_ticks: int,
        stated: bool,
    ) -> Signal | None:
        for threshold, cell in self._cells:
            found = cell.on_sell(stamp_ns, key, price_ticks, size, bid_ticks, stated=stated)
            if found is not None:
                self._tell(threshold, (found,))
        return None


class _BurstCells(RedBurstState):
    """Red bursts at every threshold; tells and returns nothing."""

    __slots__ = ("_cells", "_tell")

    def __init__(
        self,
        symbol: str,
        config: OrderFlowConfig,
        tell: Callable[[float, Signal], None],
    ) -> None:
        super().__init__(symbol, config)
        self._tell = tell
        plain = replace(config, symbol_overrides={})
        self._cells = [
            (
                spike,
                RedBurstState(
                    symbol,
                    replace(
                        plain, volume_spike_threshold=spike, red_burst_threshold=burst_of(spike)
                    ),
                ),
            )
            for spike in SPIKES
        ]
        for _, cell in self._cells:
            cell.minimum_prints = config.for_symbol(symbol).minimum_baseline_prints

    def watch_from(self, stamp_ns: int) -> None:
        for _, cell in self._cells:
            cell.watch_from(stamp_ns)

    def on_trade(
        self,
        stamp_ns: int,
        size: int,
        p_sell: int,
        spread_bp: int = 0,
        given_baseline: Baseline | None = None,
    ) -> Signal | None:
        for spike, cell in self._cells:
            found = cell.on_trade(
                stamp_ns,
                size,
                p_sell,
                spread_bp=spread_bp,
                given_baseline=given_baseline,
            )
            if found is not None:
                self._tell(spike, found)
        return None


def _day_of(signal: Signal) -> date:
    return utc_from_ns(signal.timestamp_ns).astimezone(NEW_YORK).date()
