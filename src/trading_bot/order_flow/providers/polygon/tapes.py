"""How tapes are asked for: page by page, prints and quotes each for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic
from urllib.parse import unquote, urlsplit

from ...config_bounds import is_symbol
from ...diagnostics import get_logger
from ...errors import DataSourceError, DataValidationError
from ...market.events import QuoteEvent, TradeEvent
from ...market.order import EventT, in_order
from ...market.units import ns_from_utc
from ..provider import FetchedTape
from .requests import PolygonRequests
from .rest_wire import Page, quotes_page, trades_page
from .session import Answer

MAX_PAGES = 60
"""Pages of one answer; three million rows, four times the busiest symbol's busy day."""
ROWS_PER_PAGE = 50_000

_logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Pages(Generic[EventT]):
    """What the pages of one question held.

    Attributes:
        events: The usable rows, oldest first, each once.
        refused: Rows that cannot be read.
        ended_by: Why there are more rows than these; None where the provider named no further page.
        is_full: As many rows came as were asked for, and no link to others.
    """

    events: list[EventT]
    refused: int
    ended_by: DataSourceError | None
    is_full: bool

    @property
    def has_all(self) -> bool:
        """True where nothing says that rows are missing."""
        return self.ended_by is None and not self.is_full

    def whole(self) -> list[EventT]:
        """Return the events.

        Raises:
            DataSourceError: Some are missing.
        """
        if self.ended_by is not None:
            raise self.ended_by
        return self.events


class PolygonTapes(PolygonRequests):
    """Asks the provider for prints and quotes; arguments as `PolygonRequests`."""

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        """Return the prints and the quotes since two stamps, each oldest first.

        Both requests get their turn together: prints wait for no other symbol's requests until
        their quotes are there. The quotes come second, so that those around the newest print are
        there to sign it by, and end where the prints end: a later quote, judged before a print that
        the next answer brings, would show that print against a book it never met.

        What came before a page that failed is returned, and said to be not all. So are the prints
        where the question for quotes fails.

        Args:
            symbol: Ticker.
            trades_from_ns: First stamp of prints wished, Unix nanoseconds.
            quotes_from_ns: First stamp of quotes wished; None asks for prints only, by one request.

        Raises:
            DataSourceError: No usable answer to the question for prints; `code` says why.
        """
        if not self._limiter.take_turn(1 if quotes_from_ns is None else 2):
            raise DataSourceError(f"stopped before the tape of {symbol} was asked", code="stopped")
        asked_ns = ns_from_utc(self._clock())
        trades = self._trade_pages(symbol, trades_from_ns, None, has_turn=True)
        answer = FetchedTape(
            trades.events, (), refused_trades=trades.refused, has_all_trades=trades.has_all
        )
        if quotes_from_ns is None:
            return answer
        newest_ns = trades.events[-1].sip_ns if trades.events else trades_from_ns
        # Where prints are missing, the newest of those that came is where they end.
        end_ns = max(newest_ns, quotes_from_ns, asked_ns if trades.has_all else newest_ns)
        try:
            quotes = self._quote_pages(symbol, quotes_from_ns, end_ns, has_turn=True)
        except DataSourceError as error:
            return answer._replace(has_all_beside=False, beside_error=error)
        return answer._replace(
            beside=quotes.events, refused_beside=quotes.refused, has_all_beside=quotes.has_all
        )

    def fetch_trades(
        self, symbol: str, start_ns: int, end_ns: int | None = None
    ) -> list[TradeEvent]:
        """Return the prints from one stamp to another, both included, oldest first.

        Prints that were corrected or withdrawn later are among them and carry their code.

        Args:
            symbol: Ticker.
            start_ns: First stamp wished.
            end_ns: Last stamp wished; None for all there is.

        Raises:
            DataSourceError: No usable answer to the whole question; `code` says why.
        """
        return self._trade_pages(symbol, start_ns, end_ns).whole()

    def fetch_quotes(
        self, symbol: str, start_ns: int, end_ns: int | None = None
    ) -> list[QuoteEvent]:
        """Return the best bids and asks from one stamp to another; see `fetch_trades`.

        Raises:
            DataSourceError: No usable answer to the whole question; `code` says why.
        """
        return self._quote_pages(symbol, start_ns, end_ns).whole()

    def _trade_pages(
        self, symbol: str, start_ns: int, end_ns: int | None, *, has_turn: bool = False
    ) -> _Pages[TradeEvent]:
        path = f"/v3/trades/{checked_symbol(symbol)}"
        refused: Counter[str] = Counter()

        def read(answer: Answer) -> Page[TradeEvent]:
            return trades_page(answer.body, symbol, answer.received_ns, refused)

        return self._pages("trades", path, start_ns, end_ns, read, refused, has_turn=has_turn)

    def _quote_pages(
        self, symbol: str, start_ns: int, end_ns: int | None, *, has_turn: bool = False
    ) -> _Pages[QuoteEvent]:
        path = f"/v3/quotes/{checked_symbol(symbol)}"
        refused: Counter[str] = Counter()
        unit = self._config.quote_size_unit

        def read(answer: Answer) -> Page[QuoteEvent]:
            return quotes_page(answer.body, symbol, answer.received_ns, refused, unit)

        return self._pages("quotes", path, start_ns, end_ns, read, refused, has_turn=has_turn)

    def _pages(
        self,
        kind: str,
        path: str,
        start_ns: int,
        end_ns: int | None,
        read: Callable[[Answer], Page[EventT]],
        refused: Counter[str],
        *,
        has_turn: bool,
    ) -> _Pages[EventT]:
        """Ask for page after page, until one fails.

        Raises:
            DataSourceError: No usable answer to the first page.
        """
        span = {"timestamp.gte": start_ns}
        if end_ns is not None:
            span["timestamp.lte"] = end_ns
        # Unless asked otherwise the provider begins with the newest row.
        order = {"order": "asc", "sort": "timestamp", "limit": ROWS_PER_PAGE}
        page = self._ask(path, span | order, read, has_turn=has_turn)
        events = list(page.events)
        ended_by: DataSourceError | None = None
        seen: set[str] = set()
        while page.next_url and ended_by is None:
            try:
                following = _following_path(page.next_url, path, seen)
                page = self._ask(following, None, read)
                events += page.events
            except DataSourceError as error:
                ended_by = error
                self._note_missing_pages(path, error, len(seen))
        unread = refused.total()
        kept = in_order(events, refused)
        self._count_refused(kind, refused)
        return _Pages(kept, unread, ended_by, page.rows >= ROWS_PER_PAGE)

    def _note_missing_pages(self, path: str, error: DataSourceError, pages: int) -> None:
        self._count("pages_missing")
        _logger.warning(
            "order_flow.pages_missing",
            extra={
                "path": path,
                "error_code": error.code,
                "error_message": str(error),
                "pages": pages,
            },
        )


def checked_symbol(symbol: str) -> str:
    """Return a symbol that may go into a path as it stands.

    Raises:
        DataValidationError: It is none.
    """
    if not is_symbol(symbol):
        raise not_a_symbol(symbol)
    return symbol


def not_a_symbol(given: str) -> DataValidationError:
    """Return the error of a name that is no symbol."""
    return DataValidationError("invalid_symbol", given=repr(given)[:40])


def _following_path(next_url: str, first_path: str, seen: set[str]) -> str:
    """Return the path of the next page, and remember it.

    Raises:
        DataSourceError: The link leads elsewhere or back, or there were too many pages.
    """
    if len(seen) + 1 >= MAX_PAGES:
        raise DataSourceError(
            f"{first_path}: more than {MAX_PAGES} pages; ask for a shorter span",
            code="too_many_pages",
        )
    path = _next_path(next_url, first_path)
    if path in seen:
        raise DataSourceError(
            f"{first_path}: the provider's pages go in a circle; ask for a shorter span",
            code="bad_page_cursor",
        )
    seen.add(path)
    return path


def _next_path(next_url: str, first_path: str) -> str:
    """Keep path and query of the provider's link: the host stays ours, and so does the key."""
    try:
        link = urlsplit(next_url)
    except ValueError as error:
        raise _bad_link(first_path) from error
    query = "&".join(part for part in link.query.split("&") if not part.startswith("apiKey="))
    if unquote(link.path) != first_path or not query:
        raise _bad_link(first_path)
    return f"{link.path}?{query}"


def _bad_link(first_path: str) -> DataSourceError:
    return DataSourceError(
        f"{first_path}: the link to the next page leads elsewhere; the provider's format may have "
        "changed",
        code="bad_page_cursor",
    )
