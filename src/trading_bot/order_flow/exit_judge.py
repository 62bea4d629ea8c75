"""ExitJudge: alerts and a position in, a recommendation to leave out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from .config import OrderFlowConfig
from .data_models import OrderFlowAlert
from .position import Position
from .recommendation import URGENCIES, ExitRecommendation, Urgency
from .rules.exit_rule import (
    counting_large_sellers,
    counting_red_bursts,
    large_sellers_are_due,
    number_of,
)

REPEAT_AFTER = timedelta(minutes=5)
"""A recommendation is repeated after this long while its rule still holds."""


class PositionSource(Protocol):
    """Whoever knows what is held."""

    def get_active_positions(self) -> Sequence[Position]:
        """Return every open position, longs and shorts."""
        ...


@dataclass(frozen=True, slots=True)
class _Due:
    """The alerts that make an exit due at one moment."""

    sellers: tuple[OrderFlowAlert, ...]
    bursts: tuple[OrderFlowAlert, ...]

    def __bool__(self) -> bool:
        return bool(self.sellers or self.bursts)

    @property
    def is_ranked(self) -> bool:
        """Whether they were judged on the symbol's own scale."""
        return any(each.scale is not None for each in (*self.sellers, *self.bursts))

    def without(self, alert: OrderFlowAlert) -> _Due:
        """Return what would be due if this alert had not come."""
        return _due_of(
            [each for each in self.sellers if each is not alert],
            [each for each in self.bursts if each is not alert],
        )

    def since(self, opened_at: datetime) -> _Due:
        """Return what is due by the alerts of this moment and later."""
        return _due_of(
            [each for each in self.sellers if _began(each) >= opened_at],
            [each for each in self.bursts if each.timestamp_utc >= opened_at],
        )


class ExitJudge:
    """Evaluates the exit rule against the open positions.

    One recommendation per position and episode; again only when its urgency rises, or after five
    minutes while the rule still holds; never for alerts from before the position was opened. Short
    positions are never exited. Positions without a protector's view of the market are kept in
    `blind_symbols`.

    Args:
        config: Window, sources and thresholds of the rule.
        position_manager: What is held.
        together: Quotes and prints are judged together, as in guard, monitor and replay; see
            `OrderFlowConfig.counting_sources`.

    Attributes:
        blind_symbols: Held symbols whose feed is blind: their positions are not protected now.
    """

    def __init__(
        self, config: OrderFlowConfig, position_manager: PositionSource, *, together: bool = False
    ) -> None:
        self._config = config
        self._together = together
        self._position_manager = position_manager
        self._standing: dict[str, ExitRecommendation] = {}
        self.blind_symbols: set[str] = set()

    def use_settings(self, config: OrderFlowConfig) -> None:
        """Judge by another window, other sources or thresholds; what stands stays."""
        self._config = config

    def on_alert(
        self,
        alert: OrderFlowAlert,
        history: Iterable[OrderFlowAlert],
        price: Decimal | None = None,
    ) -> ExitRecommendation | None:
        """Judge the position that a new alert concerns.

        Args:
            alert: The newest alert; part of `history`. One older than the window when it was
                received recommends nothing by itself.
            history: Every alert that may count.
            price: USD per share the position could be left at; the alert's price when None.
        """
        symbol = alert.symbol
        delay = alert.delay_seconds
        if (
            alert.late
            and delay is not None
            and delay > self._config.for_symbol(symbol).alert_window_seconds
        ):
            return None
        earlier = [each for each in history if each.symbol == symbol and each is not alert]
        # A late alert is older than others: the window ends at the newest, whichever came last.
        as_of = max(each.timestamp_utc for each in (*earlier, alert))
        due = self._due(symbol, [*earlier, alert], as_of)
        if not due.without(alert):
            self._standing.pop(symbol, None)
        price = alert.price_level if price is None else price
        return self._judge(symbol, due, as_of, price)

    def recheck(
        self,
        symbol: str,
        history: Iterable[OrderFlowAlert],
        as_of: datetime,
        price: Decimal | None = None,
    ) -> ExitRecommendation | None:
        """Judge a position again as time passes: five minutes after the last recommendation.

        Args:
            symbol: Ticker.
            history: Every alert that may count.
            as_of: Exchange time of the newest event.
            price: USD per share the position could be left at.
        """
        if symbol not in self._standing:
            return None
        return self._judge(symbol, self._due(symbol, history, as_of), as_of, price)

    def recheck_at(self, symbol: str) -> datetime | None:
        """Return when `recheck` may have something to say, or None."""
        standing = self._standing.get(symbol)
        return None if standing is None else standing.timestamp_utc + REPEAT_AFTER

    def take_back(self, recommendation: ExitRecommendation) -> None:
        """Let a recommendation of an earlier run stand, unless a newer one does."""
        standing = self._standing.get(recommendation.symbol)
        if standing is None or standing.timestamp_utc < recommendation.timestamp_utc:
            self._standing[recommendation.symbol] = recommendation

    def on_feed_blind(self, symbol: str) -> None:
        """Mark a held symbol as unprotected: its feed is blind."""
        self.blind_symbols.add(symbol)

    def on_feed_recovered(self, symbol: str) -> None:
        """Mark a symbol as protected again."""
        self.blind_symbols.discard(symbol)

    def forget(self, symbol: str) -> None:
        """Drop what is known of a position that was closed."""
        self._standing.pop(symbol, None)
        self.blind_symbols.discard(symbol)

    def position_of(self, symbol: str) -> Position | None:
        """Return what is held of a symbol."""
        # A plain loop: a generator costs twice as much.
        for position in self._position_manager.get_active_positions():
            if position.symbol == symbol:
                return position
        return None

    def _judge(
        self, symbol: str, due: _Due, as_of: datetime, price: Decimal | None
    ) -> ExitRecommendation | None:
        if not due:
            self._standing.pop(symbol, None)
            return None
        # Asked for last: most alerts make no exit due, and there may be a thousand positions.
        position = self.position_of(symbol)
        if position is None or position.is_short:
            return None
        if position.opened_at is not None:
            due = due.since(position.opened_at)
            if not due:
                return None
        distance = None if price is None else position.distance_to_stop(price)
        standing = self._standing.get(symbol)
        if standing is not None:
            urgency = URGENCIES.index(_urgency(due, distance))
            risen = urgency > URGENCIES.index(standing.urgency)
            if not risen and as_of - standing.timestamp_utc < REPEAT_AFTER:
                return None
        recommendation = _recommend(position, due, as_of, price, distance)
        self._standing[symbol] = recommendation
        return recommendation

    def _due(self, symbol: str, history: Iterable[OrderFlowAlert], as_of: datetime) -> _Due:
        thresholds = self._config.for_symbol(symbol)
        window = timedelta(seconds=thresholds.alert_window_seconds)
        alerts = list(history)
        sellers = counting_large_sellers(
            alerts,
            symbol=symbol,
            exit_sources=self._config.counting_sources(together=self._together),
            as_of=as_of,
            window=window,
        )
        bursts = counting_red_bursts(
            alerts,
            symbol=symbol,
            red_burst_threshold=thresholds.red_burst_threshold,
            as_of=as_of,
            window=window,
        )
        return _due_of(sellers, bursts)


def _began(alert: OrderFlowAlert) -> datetime:
    """Return when the first of the orders came that an alert speaks of."""
    first = None if alert.scale is None else alert.scale.orders_from
    return first or alert.timestamp_utc


def _due_of(sellers: Sequence[OrderFlowAlert], bursts: Sequence[OrderFlowAlert]) -> _Due:
    return _Due(tuple(sellers) if large_sellers_are_due(sellers) else (), tuple(bursts))


def _recommend(
    position: Position,
    due: _Due,
    as_of: datetime,
    price: Decimal | None,
    distance: Decimal | None,
) -> ExitRecommendation:
    alerts = tuple(sorted(due.sellers + due.bursts, key=lambda alert: alert.timestamp_utc))
    return ExitRecommendation(
        symbol=position.symbol,
        reason=_reason(due, distance),
        alerts=alerts,
        position=position,
        price=price,
        unrealised_pnl=None if price is None else position.unrealised_pnl(price),
        distance_to_stop=distance,
        urgency=_urgency(due, distance),
        timestamp_utc=as_of,
    )


def _urgency(due: _Due, distance_to_stop: Decimal | None) -> Urgency:
    if distance_to_stop is not None and distance_to_stop <= 0:
        return "immediate"
    if due.sellers and due.bursts and not due.is_ranked:
        return "immediate"
    if due.bursts or any(alert.severity == "critical" for alert in due.sellers):
        return "high"
    return "elevated"


def _reason(due: _Due, distance_to_stop: Decimal | None) -> str:
    parts = []
    if due.sellers:
        parts.append(_describe_sellers(due.sellers))
    if due.bursts:
        parts.append(_describe_burst(due.bursts[-1]))
    if distance_to_stop is not None and distance_to_stop <= 0:
        parts.append("the stop is reached")
    return "; ".join(parts)


def _describe_sellers(sellers: Sequence[OrderFlowAlert]) -> str:
    span = (sellers[-1].timestamp_utc - min(map(_began, sellers))).total_seconds()
    shares = sum(alert.order_size or 0 for alert in sellers)
    kinds = sorted({(alert.source or "large_seller").replace("_", " ") for alert in sellers})
    prices = [alert.price_level for alert in sellers if alert.price_level is not None]
    around = f" between {min(prices)} and {max(prices)} USD" if prices else ""
    count = number_of(sellers)
    head = f"{count} large sellers in {span:.0f} s ({', '.join(kinds)})"
    # One that said the same as the one before has no alert, and is not among these shares.
    told = f", {len(sellers)} of them told" if count > len(sellers) else ""
    return f"{head}{told}: {shares:,} shares{around}"


def _describe_burst(burst: OrderFlowAlert) -> str:
    ratio = f"{burst.volume_ratio:.1f}" if burst.volume_ratio is not None else "?"
    sold = "" if burst.sell_ratio is None else f", {burst.sell_ratio:.0%} of it sold"
    return f"red burst: the last minute traded {ratio} times the usual minute's volume{sold}"
