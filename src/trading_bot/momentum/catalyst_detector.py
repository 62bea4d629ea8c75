"""CatalystDetector: what was published about a symbol before an alert.

Asking and looking up are apart: `refresh` may wait for the network and belongs into the poll loop,
`headlines` looks at what is known and is all that an alert needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from trading_bot.logger import TradingLogger
from trading_bot.momentum.config import MomentumConfig
from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.facts import NewsItem

_MOST_ITEMS = 50

_logger = TradingLogger.get_logger("momentum.catalyst_detector")


class NewsSource(Protocol):
    """Whoever can be asked for news."""

    def get_news(self, symbol: str, since: datetime, limit: int) -> list[NewsItem]:
        """Return headlines that name a symbol, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class SymbolNews:
    """What is known about one symbol.

    Attributes:
        items: Headlines, newest first.
        available: False when the last question failed, so that an empty list means "not known".
        asked_at: When it was last asked for.
    """

    items: tuple[NewsItem, ...]
    available: bool
    asked_at: datetime


class CatalystDetector:
    """Keeps the recent headlines of the symbols it is asked to refresh.

    News is context, never a condition: when it cannot be had, alerts go out without it.

    Args:
        client: Where news comes from.
        config: How old, how many, how often.
        clock: The market's present time.
    """

    def __init__(
        self,
        client: NewsSource,
        config: MomentumConfig | None = None,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._client = client
        self._config = config or MomentumConfig()
        self._clock = clock
        self._news: dict[str, SymbolNews] = {}
        self._failing = False

    def refresh(self, symbol: str) -> SymbolNews | None:
        """Ask for a symbol's news when it is due; waits for the network.

        A failure is logged once, as `momentum.news_failed`, until news can be had again. What was
        known before is dropped: old headlines must not pass for the newest.

        Returns:
            What is known now, or None when news is switched off.
        """
        if not self._config.news_enabled:
            return None
        present = self._clock()
        known = self._news.get(symbol)
        pause = timedelta(seconds=self._config.news_refresh_seconds)
        if known is not None and present - known.asked_at < pause:
            return known
        lookback = timedelta(minutes=self._config.news_lookback_minutes)
        try:
            items = self._client.get_news(symbol, present - lookback, _MOST_ITEMS)
        except DataSourceError as error:
            found = SymbolNews((), available=False, asked_at=present)
            if not self._failing:
                _logger.warning(
                    "momentum.news_failed",
                    extra={
                        "symbol": symbol,
                        "error_code": error.code,
                        "error_message": str(error),
                    },
                )
            self._failing = True
        else:
            newest_first = sorted(items, key=_published, reverse=True)
            found = SymbolNews(tuple(newest_first), available=True, asked_at=present)
            self._failing = False
        self._news[symbol] = found
        return found

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        """Return the headlines an alert carries, newest first; asks nobody.

        Args:
            symbol: Ticker.
            as_of: Exchange time of the alert; later headlines are not shown, so that a replay does
                not know the future.
        """
        known = self._news.get(symbol)
        if known is None:
            return ()
        opened = as_of - timedelta(minutes=self._config.news_lookback_minutes)
        recent = [item.title for item in known.items if opened <= item.published_utc <= as_of]
        return tuple(recent[: self._config.max_headlines])

    def forget(self, symbol: str) -> None:
        """Drop what is known about a symbol that is no longer watched."""
        self._news.pop(symbol, None)


def _published(item: NewsItem) -> datetime:
    return item.published_utc
