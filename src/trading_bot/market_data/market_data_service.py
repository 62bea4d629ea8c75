"""MarketDataService: is the market open, when does it open next, and what is the last quote?"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

from trading_bot.logger import TradingLogger
from trading_bot.market_data.validators import MAX_CLOCK_SKEW, is_skewed, validate_quote
from trading_bot.order_flow.calendar import (
    NEW_YORK,
    next_session,
    session_at,
    session_of,
)
from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.order_flow.market.facts import MarketHoliday, MarketState, MarketStatus, Quote
from trading_bot.order_flow.market.units import ns_from_utc, utc_from_ns

_logger = TradingLogger.get_logger("market_data.market_data_service")


class MarketSource(Protocol):
    """Whoever can be asked about the market as a whole."""

    def get_market_state(self) -> tuple[MarketState, datetime]:
        """Return whether the market trades, and the source's time in UTC."""
        ...

    def get_market_holidays(self) -> list[MarketHoliday]:
        """Return the closures and early closes ahead, oldest first."""
        ...

    def get_last_quote(self, symbol: str) -> Quote:
        """Return one symbol's last best bid and ask."""
        ...


class MarketDataService:
    """Market facts for the bot around the order flow.

    Args:
        client: Where the facts come from.
        clock: The market's present time.
    """

    def __init__(self, client: MarketSource, *, clock: Clock = utc_now) -> None:
        self._client = client
        self._clock = clock
        self._closures: frozenset[date] = frozenset()
        self._skewed = False

    def get_market_status(self) -> MarketStatus:
        """Ask the provider whether the market trades.

        The state is the provider's word, so a halt of the whole market shows. What the provider
        does not say, early close and next open, comes from the exchange's rules and from the
        closures that `get_upcoming_holidays` has learned of.

        Raises:
            DataSourceError: No usable answer; `status_by_calendar` needs none.
        """
        self._log_request("market_status")
        state, server_time = self._client.get_market_state()
        self._watch_skew(server_time)
        return _status(state, server_time, self._closures)

    def status_by_calendar(self) -> MarketStatus:
        """Judge the present by the exchange's rules alone, without asking anybody."""
        present = self._clock()
        return _status(_state_by_rule(present, self._closures), present, self._closures)

    def get_upcoming_holidays(self) -> list[MarketHoliday]:
        """Ask the provider for the closures and early closes ahead, oldest first.

        Closures are remembered, so that one announced after this version is not slept into.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        self._log_request("upcoming_holidays")
        holidays = self._client.get_market_holidays()
        self._closures = frozenset(entry.day for entry in holidays if not entry.early_close)
        return holidays

    def get_last_quote(self, symbol: str) -> Quote:
        """Ask the provider for one symbol's last best bid and ask, checked.

        Raises:
            DataSourceError: No usable answer; `code` says why.
            DataValidationError: The quote cannot be.
        """
        self._log_request("last_quote", symbol)
        quote = self._client.get_last_quote(symbol)
        validate_quote(quote)
        return quote

    def _watch_skew(self, server_time: datetime) -> None:
        """Log once when our clock parts from the provider's: every age would be judged wrongly."""
        present = self._clock()
        skewed = is_skewed(server_time, present)
        if skewed and not self._skewed:
            _logger.warning(
                "market_data.clock_skew_seen",
                extra={
                    "ahead_seconds": (present - server_time).total_seconds(),
                    "limit_seconds": MAX_CLOCK_SKEW.total_seconds(),
                },
            )
        self._skewed = skewed

    def _log_request(self, question: str, symbol: str | None = None) -> None:
        if _logger.isEnabledFor(logging.DEBUG):
            _logger.debug("market_data.asked", extra={"question": question, "symbol": symbol})


def _status(state: MarketState, moment: datetime, closures: Collection[date]) -> MarketStatus:
    today = session_of(moment.astimezone(NEW_YORK).date())
    ahead = next_session(ns_from_utc(moment))
    while ahead.day in closures:
        ahead = next_session(ahead.open_ns)
    return MarketStatus(
        state=state,
        server_time_utc=moment,
        early_close=today is not None and today.early_close,
        next_open_utc=utc_from_ns(ahead.open_ns),
    )


def _state_by_rule(moment: datetime, closures: Collection[date]) -> MarketState:
    stamp_ns = ns_from_utc(moment)
    session = session_at(stamp_ns)
    if session is None or session.day in closures:
        return "closed"
    return "open" if session.open_ns <= stamp_ns < session.close_ns else "extended-hours"
