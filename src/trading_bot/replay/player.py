"""Plays recorded rows through the live monitor: same judges, same risk manager, same record.

Only what feeds the monitor differs from a live run. Nothing here reads a clock: time is the
exchange time of the row that is played.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.position import Position
from trading_bot.recorded.rows import KIND, SIP_NS, SYMBOL, Row
from trading_bot.replay.no_provider import NoProvider
from trading_bot.replay.positions import ReplayPositions

_symbol_of = itemgetter(SYMBOL)


class Player:
    """Judges rows as a live monitor judges events.

    Args:
        config: Settings.
        alert_log: The record; None keeps none.
        positions: Positions of the user; None holds every symbol from its first two-sided quote.

    Attributes:
        monitor: The live monitor; add listeners there.
        first_ns: Exchange time of the earliest row, 0 before it.
        last_ns: Exchange time of the latest row, 0 before the first.
        trades: Prints played.
        quotes: Quotes played.
        symbols: Every symbol met.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        alert_log: AlertLog | None = None,
        positions: Iterable[Position] | None = None,
    ) -> None:
        self.first_ns = self.last_ns = 0
        self.trades = self.quotes = 0
        self.symbols: set[str] = set()
        self._positions = ReplayPositions(positions)
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=self._positions,
            client=NoProvider(),
            log_directory=None,
            alert_log=alert_log,
            clock=lambda: utc_from_ns(self.last_ns),
            wall_fields=False,
        )
        self._now_ns = 0
        self._unopened: set[str] = set()
        # Symbols of which a row came without a participant stamp match SIP to SIP.
        self._sip_matched: set[str] = set()

    def play(self, rows: Sequence[Row]) -> None:
        """Judge rows; listeners are told what was found before it returns.

        Args:
            rows: In exchange order and not empty. Each symbol's rows follow those that were played
                of it before; symbols may come together, or one after the other.
        """
        first_ns, last_ns = rows[0][SIP_NS], rows[-1][SIP_NS]
        if first_ns < self._now_ns:
            # Time starts over with another symbol, and the history is kept by time.
            self.monitor.detector.alert_history.clear()
        self._now_ns = last_ns
        self.first_ns = min(self.first_ns or first_ns, first_ns)
        self.last_ns = max(self.last_ns, last_ns)
        for symbol in sorted(set(map(_symbol_of, rows))):
            if self.monitor.judge_of(symbol) is None:
                self._watch(symbol, next(row[SIP_NS] for row in rows if row[SYMBOL] == symbol))
        self._judge(rows)

    def retire(self, symbol: str) -> None:
        """Forget a symbol of which nothing comes any more."""
        self.monitor.unwatch(symbol)
        self._positions.drop(symbol)
        self._unopened.discard(symbol)
        self._sip_matched.discard(symbol)

    def _watch(self, symbol: str, first_ns: int) -> None:
        # Every print is given from the first row on, so quiet minutes count from there.
        self.monitor.watch(symbol, from_ns=first_ns, now_ns=first_ns)
        self.symbols.add(symbol)
        if self._positions.holds_all:
            self._unopened.add(symbol)

    def _judge(self, rows: Sequence[Row]) -> None:
        monitor = self.monitor
        on_trade, on_quote, on_book = monitor.on_trade, monitor.on_quote, monitor.on_book
        unopened, sip_matched = self._unopened, self._sip_matched
        trades = 0
        for row in rows:
            if row[KIND]:
                sip_ns, _, _, symbol, _, bid, bid_size, ask, ask_size, made_ns, large_bids = row
                if unopened and bid and ask and symbol in unopened:
                    unopened.discard(symbol)
                    self._positions.open_at(symbol, bid, ask)
                if made_ns is None:
                    sip_matched.add(symbol)
                if sip_matched and symbol in sip_matched:
                    made_ns = sip_ns
                if large_bids is None:
                    on_quote(symbol, sip_ns, made_ns, bid, bid_size, ask, ask_size)
                else:
                    on_book(symbol, sip_ns, made_ns, bid, bid_size, ask, ask_size, large_bids)
                continue
            trades += 1
            (
                sip_ns,
                _,
                _,
                symbol,
                _,
                price,
                size,
                conditions,
                correction,
                exchange,
                made_ns,
                _,
                _,
            ) = row
            matched_ns = made_ns
            if made_ns is None:
                sip_matched.add(symbol)
            if sip_matched and symbol in sip_matched:
                matched_ns = sip_ns
            on_trade(
                symbol, sip_ns, matched_ns, price, size, conditions, correction, exchange, made_ns
            )
        self.trades += trades
        self.quotes += len(rows) - trades
