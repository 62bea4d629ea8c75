"""A sink that turns a decoder's events into rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.recorded.rows import PRINT, QUOTE, Row, first_place

OTHER, NO_TICKER = "other_symbol", "no_ticker"
_NOTHING = (0, 0)


class EventRows(MarketSink):
    """Keeps the events of one file as rows, until they are taken.

    Args:
        number: Of the file; the places of its rows count its events.
        symbols: Only these; empty means all.

    Attributes:
        rows: Those since they were taken last.
        trades: Prints given so far.
        quotes: Quotes and books given so far.
        books: Books that are rows.
        left: Those of both that are no rows, by kind and reason.
        no_tickers: How many of them each symbol had that is no ticker.
    """

    def __init__(self, number: int, symbols: Sequence[str]) -> None:
        self.rows: list[Row] = []
        self.trades = self.quotes = self.books = 0
        self.left: Counter[tuple[str, str]] = Counter()
        self.no_tickers: Counter[str] = Counter()
        self._place = first_place(number)
        self._reasons = _Reasons(symbols)

    def take(self) -> list[Row]:
        """Return the rows since the last call, as they came."""
        rows, self.rows = self.rows, []
        return rows

    def trade(self, event: Print) -> None:
        """Keep a print, and who is stated to have begun it."""
        symbol, at_ns, ticks, size, made_ns, sequence, *others, stated_side, _ = event
        self.trades += 1
        if self._reasons[symbol]:
            self._leave("trades", symbol)
            return
        self._place += 1
        conditions, correction, exchange, facility, trade_id = others
        head = (at_ns, PRINT, sequence, symbol, self._place, ticks, size, conditions, correction)
        self.rows.append((*head, exchange, made_ns, facility, trade_id, stated_side))

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,  # noqa: ARG002 - a file tells nothing of it
    ) -> None:
        """Keep a best bid and ask."""
        self.quotes += 1
        if self._reasons[symbol]:
            self._leave("quotes", symbol)
            return
        self._place += 1
        head = (sip_ns, QUOTE, sequence, symbol, self._place)
        self.rows.append((*head, bid_ticks, bid_size, ask_ticks, ask_size, participant_ns, None))

    def book(self, event: BookEvent) -> None:
        """Keep a book with all of its levels."""
        self.quotes += 1
        symbol = event.symbol
        if self._reasons[symbol]:
            self._leave("quotes", symbol)
            return
        self._place += 1
        self.books += 1
        bids, asks = event.bids, event.asks
        bid, bid_size = bids[0] if bids else _NOTHING
        ask, ask_size = asks[0] if asks else _NOTHING
        self.rows.append(
            (
                event.sip_ns,
                QUOTE,
                event.sequence,
                symbol,
                self._place,
                bid,
                bid_size,
                ask,
                ask_size,
                None,
                event,
            )
        )

    def withdraw(self, event: Withdrawal) -> None:
        """Do nothing: no record takes a print back."""

    def halt(self, event: HaltEvent) -> None:
        """Do nothing: rows tell of no halt but by its end."""

    def _leave(self, kind: str, symbol: str) -> None:
        reason = self._reasons[symbol]
        self.left[kind, reason] += 1
        if reason == NO_TICKER:
            self.no_tickers[symbol] += 1


class _Reasons(dict[str, str]):
    """Why the rows of a symbol are left out; nothing where they are wanted."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self._wanted = frozenset(wanted)

    def __missing__(self, symbol: str) -> str:
        reason = ""
        if not is_symbol(symbol):
            reason = NO_TICKER
        elif self._wanted and symbol not in self._wanted:
            reason = OTHER
        self[symbol] = reason
        return reason
