"""OrderFlowDetector: large sellers, the exit rule, and what a health check says.

The rules are in `large_seller` and `exit_rule`; this shell fetches, gives alerts their ids, logs
them once, keeps `alert_history`, and hands alerts to the risk manager. Selling on the tape comes to
it from `TapeMonitor.detect_selling`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from .clock import Clock, utc_now
from .config import OrderFlowConfig
from .data_models import (
    AlertSource,
    OrderBookSnapshot,
    OrderFlowAlert,
    Severity,
)
from .diagnostics import get_logger
from .errors import DataSourceError, OrderFlowError
from .journal.history import AlertHistory
from .journal.lines import alert_id, exit_id, lateness, signal_id
from .journal.log_line import log_alert, log_exit
from .market.units import NS_PER_MS, UNITS_PER_SHARE, ns_from_utc, ticks_from_price
from .position import Position, PositionManager
from .recommendation import ExitRecommendation
from .rules.exit_rule import counting_large_sellers, large_sellers_are_due
from .rules.large_seller import LargeSellerState, severity_of
from .rules.leaving import LeavingOf, no_quote_known, with_leaving
from .rules.near_offers import farthest_of
from .rules.signals import Signal

_logger = get_logger(__name__)


class SnapshotSource(Protocol):
    """Whoever can fetch a book, and knows how its last requests went."""

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Return the book of one symbol."""
        ...

    def connectivity(self) -> str:
        """Return `ok`, `untried`, or the code of the last error."""
        ...


@runtime_checkable
class MarketStateSource(Protocol):
    """Whoever can be asked something cheap, only to see whether it answers."""

    def get_market_state(self) -> object:
        """Return whether the market trades."""
        ...


@runtime_checkable
class ExitRepeater(Protocol):
    """A risk manager that recommends an exit again while its rule goes on to hold."""

    def recheck(
        self,
        symbol: str,
        history: Iterable[OrderFlowAlert],
        as_of: datetime,
        price: Decimal | None = None,
    ) -> ExitRecommendation | None:
        """Judge a position again as time passes."""
        ...

    def recheck_at(self, symbol: str) -> datetime | None:
        """Return when `recheck` may have something to say, or None."""
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
        together: Its alerts come from quotes and prints that are judged together, as in guard,
            monitor and replay; see `OrderFlowConfig.counting_sources`.

    Threads: one thread detects and publishes. `should_trigger_exit`, `alert_history` and
    `health_check` may be asked from any thread meanwhile.

    Attributes:
        alert_history: Alerts of all symbols, bounded by time and number; the only thing that
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
        together: bool = False,
    ) -> None:
        self.config = config
        self._together = together
        self._client = client
        self._clock = clock
        self._risk_manager = risk_manager
        self._position_manager = position_manager
        self._config_hash = config.config_hash
        self._states: dict[str, LargeSellerState] = {}
        # Symbols whose quotes the tape brings: the best bid and ask show nothing beside them.
        self._quoted: set[str] = set()
        self.alert_history = AlertHistory()

    def use_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings; states that were made already are changed by who made them."""
        self.config = config
        self._config_hash = config.config_hash

    def state_of(self, symbol: str) -> LargeSellerState:
        """Return the one state of a symbol, made on first use."""
        state = self._states.get(symbol)
        if state is None:
            state = self._states[symbol] = LargeSellerState(symbol, self.config)
        return state

    def forget(self, symbol: str) -> None:
        """Drop the levels and orders of a symbol; its alerts stay while they may count."""
        self._states.pop(symbol, None)
        self._quoted.discard(symbol)

    def quotes_come_by_tape(self, symbol: str) -> None:
        """Take note that the quotes of a symbol are judged from its tape, one by one."""
        self._quoted.add(symbol)

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
        A mere best bid and ask of a symbol whose tape brings its quotes (`detect_selling`) raises
        nothing: it is one of them, and was judged or will be.
        """
        if snapshot.depth_kind == "top_of_book" and snapshot.symbol in self._quoted:
            return []
        state = self.state_of(snapshot.symbol)
        threshold = self.config.for_symbol(snapshot.symbol).large_order_size_threshold
        large = [(ticks_from_price(p), size) for p, size in snapshot.bids if size >= threshold]
        asks = [(ticks_from_price(p), size * UNITS_PER_SHARE) for p, size in snapshot.asks]
        best_ask, best_ask_units = asks[0] if asks else (0, 0)
        near = [each for each in asks if each[0] <= farthest_of(best_ask)]
        stamp_ns = ns_from_utc(snapshot.timestamp_utc)
        received = snapshot.received_at_utc
        received_ns = None if received is None else ns_from_utc(received)
        found = state.on_book(stamp_ns, large, best_ask_units, near)
        alerts = [self._alert_of(signal, received_ns) for signal in found]
        for alert in alerts:
            self._note(alert, received_ns)
        return alerts

    def raise_alert(self, signal: Signal, *, received_ns: int | None) -> OrderFlowAlert | None:
        """Make a signal public: with its id, remembered, and logged once.

        Args:
            signal: As a rule raised it.
            received_ns: When its data arrived, Unix nanoseconds; None where unknown.

        Returns:
            The alert; None where it was raised before.
        """
        alert = self._alert_of(signal, received_ns)
        return alert if self._note(alert, received_ns) else None

    def should_trigger_exit(
        self, symbol: str | None = None, *, as_of: datetime | None = None
    ) -> bool:
        """Return whether enough large sellers stand in `alert_history` to leave a position.

        Args:
            symbol: The symbol judged, or None for "any one symbol". Symbols are never added up.
            as_of: End of the window, an exchange time; None asks "now?" of the clock.

        It may be asked from any thread while alerts are raised.
        """
        moment = as_of if as_of is not None else self._clock()
        symbols = self.alert_history.symbols if symbol is None else (symbol,)
        return any(large_sellers_are_due(self._counting(each, moment)) for each in symbols)

    def publish(
        self,
        alert: OrderFlowAlert,
        price: Decimal | None = None,
        *,
        leaving: LeavingOf = no_quote_known,
    ) -> ExitRecommendation | None:
        """Keep an alert in the history and hand it to the risk manager.

        Args:
            alert: What was found.
            price: USD per share the position could be left at; None where unknown.
            leaving: Says what leaving costs, where the displayed bids are known.

        Returns:
            The recommendation to leave, with its id and logged, where one is due; None without a
            risk manager.
        """
        self.alert_history.remember(alert)
        if self._risk_manager is None:
            return None
        history = self.alert_history.of(alert.symbol)
        return self._recommended(self._risk_manager.on_alert(alert, history, price), leaving)

    def repeat_exit(
        self,
        symbol: str,
        as_of: datetime,
        price: Decimal | None = None,
        *,
        leaving: LeavingOf = no_quote_known,
    ) -> ExitRecommendation | None:
        """Have the risk manager judge a position again, five minutes after its recommendation.

        Args:
            symbol: Ticker.
            as_of: Exchange time of the newest event.
            price: USD per share the position could be left at; None where unknown.
            leaving: As of `publish`.

        Returns:
            The recommendation, where its rule still holds; None of a risk manager that repeats
            nothing.
        """
        if not isinstance(self._risk_manager, ExitRepeater):
            return None
        history = self.alert_history.of(symbol)
        found = self._risk_manager.recheck(symbol, history, as_of, price)
        return self._recommended(found, leaving)

    def repeat_exit_at(self, symbol: str) -> datetime | None:
        """Return when `repeat_exit` may have something to say, or None."""
        if not isinstance(self._risk_manager, ExitRepeater):
            return None
        return self._risk_manager.recheck_at(symbol)

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

    def health_check(self, *, ask: bool = False) -> dict[str, Any]:
        """Say whether the provider answers, and when the last alert was.

        Args:
            ask: Ask the provider one cheap question first, so that `untried` becomes an answer. It
                blocks for as long as the client's retries may take, and never raises for a
                provider that does not answer.

        Returns:
            `status` (`ok` or `degraded`), `timestamp_utc` (of this check, ISO 8601),
            `last_alert_timestamp` (the same or None), `last_alert_count` (alerts in
            `alert_history`), `api_connectivity` and `dependencies.polygon_api` (`ok`, `untried`, or
            an error's code).
        """
        connectivity = self._ask() if ask else self.connectivity
        newest = self.alert_history.newest_utc
        return {
            "status": "ok" if connectivity in ("ok", "untried") else "degraded",
            "timestamp_utc": self._clock().isoformat(),
            "last_alert_timestamp": newest.isoformat() if newest else None,
            "last_alert_count": len(self.alert_history),
            "api_connectivity": connectivity,
            "dependencies": {"polygon_api": connectivity},
        }

    def _alert_of(self, signal: Signal, received_ns: int | None) -> OrderFlowAlert:
        late, delay_seconds = lateness(signal.timestamp_ns, received_ns)
        known_as = signal_id(signal, self._config_hash)
        return signal.alert(late=late, delay_seconds=delay_seconds, alert_id=known_as)

    def _note(self, alert: OrderFlowAlert, received_ns: int | None) -> bool:
        """Remember and log an alert; return False for one that was raised before."""
        if not self.alert_history.remember(alert):
            return False
        latency_ms = None
        if received_ns is not None:
            latency_ms = (ns_from_utc(self._clock()) - received_ns) / NS_PER_MS
        log_alert(_logger, alert, config_hash=self._config_hash, latency_ms=latency_ms)
        return True

    @property
    def connectivity(self) -> str:
        """How questions to the provider end: `ok`, `untried`, or an error's code."""
        return "untried" if self._client is None else self._client.connectivity()

    def _ask(self) -> str:
        """Ask whether the market trades, else for the book of the first watched symbol."""
        client = self._client
        try:
            if isinstance(client, MarketStateSource):
                client.get_market_state()
            elif client is not None:
                for symbol in self.monitored_symbols()[:1]:
                    client.get_level2_snapshot(symbol)
        except DataSourceError as error:
            return error.code
        except OrderFlowError:
            pass  # it answered, with data that is unfit to be judged
        return self.connectivity

    def _recommended(
        self, found: ExitRecommendation | None, leaving: LeavingOf
    ) -> ExitRecommendation | None:
        """Give a recommendation its id and what leaving costs, and log it."""
        if found is None:
            return None
        ids = [each.alert_id or alert_id(each, self._config_hash) for each in found.alerts]
        known_as = found.exit_id or exit_id(found.symbol, found.timestamp_utc, ids)
        found = replace(found, exit_id=known_as)
        moment_ns = ns_from_utc(found.timestamp_utc)
        is_known = found.leaving is not None
        found = found if is_known else with_leaving(found, leaving(found.position, moment_ns))
        log_exit(_logger, found)
        return found

    def _calculate_alert_severity(
        self, order_size: int, *, symbol: str = "", source: AlertSource = "resting_bid"
    ) -> Severity:
        threshold = self.config.for_symbol(symbol).large_order_size_threshold
        return severity_of(source, order_size, threshold)

    def _counting(self, symbol: str, as_of: datetime) -> list[OrderFlowAlert]:
        return counting_large_sellers(
            self.alert_history.of(symbol),
            symbol=symbol,
            exit_sources=self.config.counting_sources(together=self._together),
            as_of=as_of,
            window=timedelta(seconds=self.config.for_symbol(symbol).alert_window_seconds),
        )
