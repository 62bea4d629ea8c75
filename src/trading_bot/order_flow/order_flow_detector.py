"""OrderFlowDetector: large sellers, the exit rule, and what a health check says.

The rules are in `large_seller` and `exit_rule`; this shell fetches, keeps `alert_history`, and
hands alerts to the risk manager.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from .clock import Clock, utc_now
from .config import OrderFlowConfig
from .data_models import (
    AlertSource,
    OrderBookSnapshot,
    OrderFlowAlert,
    Severity,
)
from .journal.history import AlertHistory
from .market.units import ns_from_utc, ticks_from_price
from .position import Position, PositionManager
from .recommendation import ExitRecommendation
from .rules.exit_rule import counting_large_sellers, large_sellers_are_due
from .rules.large_seller import LargeSellerState, severity_of


class SnapshotSource(Protocol):
    """Whoever can fetch a book, and knows how its last requests went."""

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Return the book of one symbol."""
        ...

    def connectivity(self) -> str:
        """Return `ok`, `untried`, or the code of the last error."""
        ...


class AlertReceiver(Protocol):
    """Whoever evaluates alerts against positions."""

    def on_alert(
        self,
        alert: OrderFlowAlert,
        history: Iterable[OrderFlowAlert],
        price: Decimal | None = None,
    ) -> ExitRecommendation | None:
        """Judge the position that one alert concerns, with everything that may count with it."""
        ...


class OrderFlowDetector:
    """Detects large sellers and says when three of them make an exit due.

    Args:
        config: Thresholds.
        client: Where books come from; needed by `fetch_level2_snapshot` only.
        clock: What "now" means in `should_trigger_exit` without `as_of`.
        risk_manager: Told of every alert that `publish` is given.
        position_manager: Says which symbols are held.

    Attributes:
        alert_history: Alerts of all symbols, bounded by time; the only thing that
            `should_trigger_exit` reads.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        client: SnapshotSource | None = None,
        clock: Clock = utc_now,
        risk_manager: AlertReceiver | None = None,
        position_manager: PositionManager | None = None,
    ) -> None:
        self.config = config
        self._client = client
        self._clock = clock
        self._risk_manager = risk_manager
        self._position_manager = position_manager
        self._states: dict[str, LargeSellerState] = {}
        self.alert_history = AlertHistory()

    def state_of(self, symbol: str) -> LargeSellerState:
        """Return the one state of a symbol, made on first use."""
        state = self._states.get(symbol)
        if state is None:
            state = self._states[symbol] = LargeSellerState(symbol, self.config)
        return state

    def forget(self, symbol: str) -> None:
        """Drop the levels and orders of a symbol; its alerts stay while they may count."""
        self._states.pop(symbol, None)

    def fetch_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Fetch the book of one symbol.

        Raises:
            RuntimeError: No client was given.
            DataSourceError: The provider gave no usable answer.
            DataValidationError: The book is unfit to be judged.
        """
        if self._client is None:
            raise RuntimeError(
                "fetch_level2_snapshot needs a client: OrderFlowDetector(config, client=...)"
            )
        return self._client.get_level2_snapshot(symbol)

    def detect_large_sellers(self, snapshot: OrderBookSnapshot) -> list[OrderFlowAlert]:
        """Return the alerts that this book raises, `resting_bid` and `ask_wall`, and remember them.

        Books of one symbol are to be given in time order. A level at exactly the threshold alerts.
        """
        state = self.state_of(snapshot.symbol)
        threshold = self.config.for_symbol(snapshot.symbol).large_order_size_threshold
        large = [(ticks_from_price(p), size) for p, size in snapshot.bids if size >= threshold]
        ask_price, ask_size = snapshot.asks[0] if snapshot.asks else (None, 0)
        ask_ticks = ticks_from_price(ask_price) if ask_price is not None else 0
        stamp_ns = ns_from_utc(snapshot.timestamp_utc)
        found = state.on_book(stamp_ns, large, ask_ticks, ask_size)
        alerts = [signal.alert() for signal in found]
        for alert in alerts:
            self.alert_history.remember(alert)
        return alerts

    def should_trigger_exit(
        self, symbol: str | None = None, *, as_of: datetime | None = None
    ) -> bool:
        """Return whether enough large sellers stand in `alert_history` to leave a position.

        Args:
            symbol: The symbol judged, or None for "any one symbol". Symbols are never added up.
            as_of: End of the window, an exchange time; None asks "now?" of the clock.
        """
        moment = as_of if as_of is not None else self._clock()
        symbols = self.alert_history.symbols if symbol is None else (symbol,)
        return any(large_sellers_are_due(self._counting(each, moment)) for each in symbols)

    def publish(
        self, alert: OrderFlowAlert, price: Decimal | None = None
    ) -> ExitRecommendation | None:
        """Keep an alert in the history and hand it to the risk manager.

        Args:
            alert: What was found.
            price: USD per share the position could be left at; None where unknown.

        Returns:
            The recommendation to leave, where one is due; None without a risk manager.
        """
        self.alert_history.remember(alert)
        if self._risk_manager is None:
            return None
        return self._risk_manager.on_alert(alert, self.alert_history.of(alert.symbol), price)

    def monitored_symbols(self) -> tuple[str, ...]:
        """Return the symbols to watch: the held ones, and the watchlist in `watchlist` mode."""
        held = (
            [] if self._position_manager is None else self._position_manager.get_active_positions()
        )
        symbols = [position.symbol for position in held]
        if self.config.monitoring_mode == "watchlist":
            symbols += self.config.watchlist
            if self._position_manager is not None:
                symbols += self._position_manager.get_watchlist()
        return tuple(dict.fromkeys(symbols))

    def held_positions(self) -> dict[str, Position]:
        """Return the open positions by symbol."""
        if self._position_manager is None:
            return {}
        return {each.symbol: each for each in self._position_manager.get_active_positions()}

    def health_check(self) -> dict[str, Any]:
        """Say whether the provider answers, and when the last alert was.

        Returns:
            `status` (`ok` or `degraded`), `last_alert_timestamp` (ISO 8601 or None),
            `api_connectivity` and `dependencies.polygon_api` (`ok`, `untried`, or an error's code).
        """
        connectivity = "untried" if self._client is None else self._client.connectivity()
        newest = max((alert.timestamp_utc for alert in self.alert_history), default=None)
        return {
            "status": "ok" if connectivity in ("ok", "untried") else "degraded",
            "last_alert_timestamp": newest.isoformat() if newest else None,
            "api_connectivity": connectivity,
            "dependencies": {"polygon_api": connectivity},
        }

    def _calculate_alert_severity(
        self, order_size: int, *, symbol: str = "", source: AlertSource = "resting_bid"
    ) -> Severity:
        threshold = self.config.for_symbol(symbol).large_order_size_threshold
        return severity_of(source, order_size, threshold)

    def _counting(self, symbol: str, as_of: datetime) -> list[OrderFlowAlert]:
        return counting_large_sellers(
            self.alert_history.of(symbol),
            symbol=symbol,
            exit_sources=self.config.exit_sources,
            as_of=as_of,
            window=timedelta(seconds=self.config.for_symbol(symbol).alert_window_seconds),
        )
