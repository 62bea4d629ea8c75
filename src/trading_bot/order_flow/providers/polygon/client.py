"""PolygonClient: what can be asked of the provider by REST.

It asks, retries, pages and checks; the wire modules read what comes back. Endpoints and parameters
are those of the provider's REST documentation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

from ...clock import Clock, monotonic_seconds, utc_now
from ...config import OrderFlowConfig
from ...config_bounds import is_symbol
from ...data_models import OrderBookSnapshot, TimeAndSalesRecord
from ...diagnostics import get_logger
from ...errors import DataSourceError, OrderFlowError
from ...market.delayed_plan import DELAYED_PLAN, DelayWatch
from ...market.events import QuoteEvent, TradeEvent
from ...market.facts import Listing, MarketHoliday, MarketState, MinuteBar, NewsItem, Quote
from ...market.newest import NewestKnown
from ...market.order import in_order
from ...market.tape import Tape
from ...market.trade_conditions import TradeConditions
from ...market.units import NS_PER_MS, ns_from_utc
from ...retry import DEFAULT_POLICY, Retry, RetryPolicy, Wait
from ...rules.side.side_rules import TradeSide
from ...rules.side.signing import sign_trades
from ...validators import validate_level2_data, validate_tape_data
from . import reference_wire as reference
from .rest_wire import quotes_page, tape_from_trades, trades_from_decoded
from .session import Answer
from .snapshot_wire import (
    newest_from_body,
    snapshot_from_body,
    snapshot_from_decoded,
    snapshots_from_body,
)
from .tapes import PolygonTapes, checked_symbol, not_a_symbol
from .units import LIVE_STEP_NS

_SNAPSHOTS = "/v2/snapshot/locale/us/markets/stocks/tickers"
_NO_QUOTES = "plan_without_quotes"
_PLAN_CODES = frozenset({"delayed_plan", _NO_QUOTES})
_SYMBOLS_A_SNAPSHOT = 250
"""How many one request may name."""
_QUOTES_BEFORE = 50
"""Enough to tell what stood before a span, although exchanges' clocks differ a little."""

_logger = get_logger(__name__)


class PolygonClient(PolygonTapes):
    """The provider's REST interface, in our terms; arguments as `PolygonRequests`.

    Nothing is sent before the first question. A question that is not answered raises a
    `DataSourceError` whose `code` says why and whose words say how to mend it.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        clock: Clock = utc_now,
        policy: RetryPolicy = DEFAULT_POLICY,
        wait: Wait | None = None,
        monotonic: Callable[[], float] = monotonic_seconds,
        connect_timeout: float = 3.0,
        read_timeout: float = 5.0,
        connections: int = 8,
        retry: Retry | Literal["own"] | None = "own",
    ) -> None:
        super().__init__(
            config,
            clock=clock,
            policy=policy,
            wait=wait,
            monotonic=monotonic,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            connections=connections,
            retry=retry,
        )
        self._delays = DelayWatch()
        self._conditions = TradeConditions()
        self._said_no_quotes = False

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Return one symbol's best bid and ask, checked.

        Raises:
            DataSourceError: No usable answer; `code` says why.
            DataValidationError: The answer must not be judged.
        """
        path = f"{_SNAPSHOTS}/{checked_symbol(symbol)}"
        return self._ask(
            path,
            None,
            lambda answer: self._checked(
                snapshot_from_body(answer.body, answer.received_ns, self._config.quote_size_unit)
            ),
        )

    def get_snapshots(
        self, symbols: Sequence[str]
    ) -> dict[str, OrderBookSnapshot | OrderFlowError]:
        """Return the best bid and ask of several symbols, by one request.

        Returns:
            For each symbol its checked snapshot, or the error that stands in its place.

        Raises:
            DataSourceError: No usable answer for any of them.
        """
        found: dict[str, OrderBookSnapshot | OrderFlowError] = {}
        for symbol in symbols:
            if not is_symbol(symbol):
                found[symbol] = not_a_symbol(symbol)
        wanted = [symbol for symbol in dict.fromkeys(symbols) if symbol not in found]
        if not wanted:
            return found

        def read(answer: Answer) -> dict[str, OrderBookSnapshot | OrderFlowError]:
            unit = self._config.quote_size_unit
            return snapshots_from_body(answer.body, wanted, answer.received_ns, unit)

        found |= self._ask(_SNAPSHOTS, {"tickers": ",".join(wanted)}, read)
        for symbol, snapshot in found.items():
            if isinstance(snapshot, OrderBookSnapshot):
                try:
                    self._check(snapshot)
                except OrderFlowError as error:
                    found[symbol] = error
        for entry in found.values():
            # The host answers, but the key cannot protect anything: that is no connection.
            if isinstance(entry, DataSourceError) and entry.code in _PLAN_CODES:
                self._health.failed(entry)
        return found

    def fetch_newest(self, symbols: Sequence[str], asked_ns: int) -> dict[str, NewestKnown]:
        """Return the newest print and quote of each symbol; one request for up to 250 of them.

        Args:
            symbols: Tickers; one that the provider does not name is left out of the answer.
            asked_ns: The present, which the answer carries.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        wanted = [symbol for symbol in dict.fromkeys(symbols) if is_symbol(symbol)]
        found: dict[str, NewestKnown] = {}
        for start in range(0, len(wanted), _SYMBOLS_A_SNAPSHOT):
            some = wanted[start : start + _SYMBOLS_A_SNAPSHOT]
            found |= self._ask(
                _SNAPSHOTS,
                {"tickers": ",".join(some)},
                partial(_read_newest, symbols=some, asked_ns=asked_ns),
            )
        return found

    def get_time_and_sales(self, symbol: str, start_time: datetime, end_time: datetime) -> Tape:
        """Return the prints of a time span, oldest first, without those that were withdrawn.

        The provider states no side, so it is inferred from the quotes of the span and the newest
        ones before it. Where the plan has no quotes, every side stays unknown: the tape says so
        (`has_quotes`), `counters` counts it, and the log says it once.

        Args:
            symbol: Ticker.
            start_time: First moment, aware, included.
            end_time: Last moment, aware, included.

        Raises:
            ValueError: A time without a zone, or an end before the start.
            DataSourceError: No usable answer; `code` says why.
            DataValidationError: The tape must not be judged.
        """
        start_ns, end_ns = ns_from_utc(start_time), ns_from_utc(end_time)
        if end_ns < start_ns:
            raise ValueError(f"end_time={end_time} lies before start_time={start_time}")
        trades = self.fetch_trades(symbol, start_ns, end_ns)
        quotes = self._quotes_beside(symbol, start_ns, end_ns)
        sides = None
        if quotes is not None:
            before = self._newest_quotes_before(symbol, start_ns)
            extended = self._config.sessions == "extended"
            sides = sign_trades(
                trades,
                [*before, *quotes],
                conditions=self._conditions,
                step_ns=LIVE_STEP_NS,
                extended=extended,
            )
        return Tape(
            self._records(trades, sides),
            symbol=symbol,
            from_ns=start_ns,
            trades=trades,
            beside=quotes,
            step_ns=LIVE_STEP_NS,
        )

    def _quotes_beside(self, symbol: str, start_ns: int, end_ns: int) -> list[QuoteEvent] | None:
        """Return the quotes of a span, or None where the plan has none."""
        try:
            return self.fetch_quotes(symbol, start_ns, end_ns)
        except DataSourceError as error:
            if error.code != _NO_QUOTES:
                raise
            self._count("trades.without_quotes")
            with self._lock:
                said, self._said_no_quotes = self._said_no_quotes, True
            if not said:
                _logger.warning(
                    "order_flow.sides_unknown",
                    extra={"error_code": error.code, "error_message": str(error)},
                )
            return None

    def _newest_quotes_before(self, symbol: str, stamp_ns: int) -> list[QuoteEvent]:
        """Return what stood when a span began: the first prints met no quote within it."""
        path = f"/v3/quotes/{checked_symbol(symbol)}"
        refused: Counter[str] = Counter()
        unit = self._config.quote_size_unit
        params = {
            "timestamp.lt": stamp_ns,
            "order": "desc",
            "sort": "timestamp",
            "limit": _QUOTES_BEFORE,
        }
        page = self._ask(
            path,
            params,
            lambda answer: quotes_page(answer.body, symbol, answer.received_ns, refused, unit),
        )
        found = in_order(page.events, refused)
        self._count_refused("quotes", refused)
        return found

    def get_minutes(self, symbol: str, from_ns: int, to_ns: int) -> list[MinuteBar]:
        """Return the bars of a minute of a span; see `MinuteBars`.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        span = f"{from_ns // NS_PER_MS}/{to_ns // NS_PER_MS}"
        path = f"/v2/aggs/ticker/{checked_symbol(symbol)}/range/1/minute/{span}"
        # Not adjusted for splits: of yesterday it makes a difference on one day only, and prints
        # are not either. The limit counts minutes.
        params = {"adjusted": "false", "sort": "asc", "limit": 5_000}
        refused: Counter[str] = Counter()
        # Nothing depends on them: a plan without them is no trouble.
        bars = self._ask(
            path, params, lambda answer: reference.minutes(answer.body, refused), matters=False
        )
        self._count_refused("minutes", refused)
        return bars

    def get_market_state(self) -> tuple[MarketState, datetime]:
        """Return whether the market trades, and the provider's time in UTC.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        path = "/v1/marketstatus/now"
        return self._ask(path, None, lambda answer: reference.market_state(answer.body))

    def get_market_holidays(self) -> list[MarketHoliday]:
        """Return the closures and early closes ahead, oldest first.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        refused: Counter[str] = Counter()
        path = "/v1/marketstatus/upcoming"
        holidays = self._ask(
            path, None, lambda answer: reference.upcoming_holidays(answer.body, refused)
        )
        self._count_refused("holidays", refused)
        return holidays

    def get_listing(self, symbol: str) -> Listing | None:
        """Return a symbol as it stands in the provider's books; see `Listings`.

        One request, and another one for a symbol that trades no more.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        for active in ("true", "false"):
            params = {"ticker": checked_symbol(symbol), "market": "stocks", "active": active}
            found = self._ask(
                "/v3/reference/tickers",
                params,
                lambda answer: reference.listing(answer.body, symbol),
                matters=False,
            )
            if found is not None:
                return found
        return None

    def get_last_quote(self, symbol: str) -> Quote:
        """Return one symbol's last best bid and ask, unchecked.

        Raises:
            DataSourceError: No usable answer; `code` says why.
            DataValidationError: A price, size or stamp that cannot be.
        """
        path = f"/v2/last/nbbo/{checked_symbol(symbol)}"
        unit = self._config.quote_size_unit
        return self._ask(
            path,
            None,
            lambda answer: reference.last_quote(answer.body, answer.received_ns, unit),
        )

    def get_news(self, symbol: str, since: datetime, limit: int) -> list[NewsItem]:
        """Return headlines that name a symbol, newest first.

        Args:
            symbol: Ticker.
            since: Earliest time of publication, aware.
            limit: How many at most, 1 to 1,000.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        params = {
            "ticker": checked_symbol(symbol),
            "published_utc.gte": since.isoformat(),
            "sort": "published_utc",
            "order": "desc",
            "limit": limit,
        }
        refused: Counter[str] = Counter()
        items = self._ask(
            "/v2/reference/news", params, lambda answer: reference.news(answer.body, refused)
        )
        self._count_refused("news", refused)
        return items

    def get_trade_conditions(self) -> list[Mapping[str, object]]:
        """Return the provider's own table of trade conditions, for `TradeConditions`.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        refused: Counter[str] = Counter()
        # The default page holds 10 of about a hundred.
        params = {"asset_class": "stocks", "data_type": "trade", "limit": 1_000}
        records = self._ask(
            "/v3/reference/conditions",
            params,
            lambda answer: reference.trade_conditions(answer.body, refused),
        )
        self._count_refused("conditions", refused)
        return records

    def _normalize_level2_response(
        self, raw: Mapping[str, Any], *, received_ns: int | None = None
    ) -> OrderBookSnapshot:
        """Turn the decoded JSON body of a single snapshot into a checked value."""
        seen_ns = ns_from_utc(self._clock()) if received_ns is None else received_ns
        return self._checked(snapshot_from_decoded(raw, seen_ns, self._config.quote_size_unit))

    def _normalize_tape_response(
        self, raw: Mapping[str, Any], symbol: str | None = None
    ) -> list[TimeAndSalesRecord]:
        """Turn the decoded JSON body of one page of trades into a checked tape, oldest first.

        Args:
            raw: The whole body.
            symbol: Ticker asked for; when None, the one that the body's link to the next page
                names. Rows name none.
        """
        refused: Counter[str] = Counter()
        ticker = symbol or _symbol_in_link(raw.get("next_url"))
        trades = trades_from_decoded(raw, ticker, ns_from_utc(self._clock()), refused)
        ordered = in_order(trades, refused)
        self._count_refused("trades", refused)
        return self._records(ordered, None)

    def _checked(self, snapshot: OrderBookSnapshot) -> OrderBookSnapshot:
        self._check(snapshot)
        return snapshot

    def _check(self, snapshot: OrderBookSnapshot) -> None:
        present = self._clock()
        stamp_ns = ns_from_utc(snapshot.timestamp_utc)
        received_ns = ns_from_utc(snapshot.received_at_utc or present)
        with self._lock:
            delayed = self._delays.is_delayed(snapshot.symbol, stamp_ns, received_ns)
        if delayed:
            raise DataSourceError(DELAYED_PLAN, code="delayed_plan")
        validate_level2_data(snapshot, self._config, now=present)

    def _records(
        self, trades: Sequence[TradeEvent], sides: Sequence[TradeSide] | None
    ) -> list[TimeAndSalesRecord]:
        records = tape_from_trades(trades, sides)
        self._count("trades.withdrawn", len(trades) - len(records))
        validate_tape_data(records, self._config, now=self._clock())
        return records


def _read_newest(answer: Answer, symbols: Sequence[str], asked_ns: int) -> dict[str, NewestKnown]:
    return newest_from_body(answer.body, symbols, asked_ns)


def _symbol_in_link(next_url: object) -> str:
    return urlsplit(next_url).path.rpartition("/")[2] if isinstance(next_url, str) else ""
