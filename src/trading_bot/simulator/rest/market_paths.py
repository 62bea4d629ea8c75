"""Snapshots, trades and quotes over HTTP."""

from __future__ import annotations

from aiohttp import web

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_MS
from trading_bot.simulator.faults.damage import (
    View,
    damage_quotes,
    damage_snapshot,
    damage_trades,
    stamp_ahead,
)
from trading_bot.simulator.market.bars import NS_PER_MINUTE, Bar, counts_volume
from trading_bot.simulator.market.market import Event, SimulatedMarket, SymbolMarket, Tape
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.rest.asked import Asked, symbols_of
from trading_bot.simulator.rest.paging import BadRequestError, PageQuery, read_page_query
from trading_bot.simulator.rest.wire import (
    Row,
    last_trade,
    minute_row,
    nbbo,
    quote_row,
    snapshot,
    trade_row,
)


class MarketPaths:
    """Answers what changes with every event.

    Args:
        market: The events.
    """

    def __init__(self, market: SimulatedMarket) -> None:
        self._market = market

    def _symbol(self, asked: Asked) -> tuple[str, SymbolMarket | None]:
        symbol = asked.request.match_info["symbol"]
        return symbol, self._market.symbol(symbol, asked.now_ns)

    def _snapshot(self, market: SymbolMarket, view: View) -> Row:
        row = snapshot(market, view.trades_until_ns, view.quotes_until_ns)
        return damage_snapshot(row, view)

    def single_snapshot(self, asked: Asked) -> web.Response:
        """Answer the snapshot of one symbol."""
        symbol, market = self._symbol(asked)
        if market is None:
            return bodies.not_found(asked.request_id)
        view = asked.view(symbol)
        return asked.good({"ticker": self._snapshot(market, view)}, status=view.status)

    def batch_snapshot(self, asked: Asked) -> web.Response:
        """Answer the snapshots of `tickers`, or of every symbol; unknown ones are left out."""
        rows: list[Row] = []
        status = "OK"
        for symbol in symbols_of(asked.request) or self._market.symbols:
            market = self._market.symbol(symbol, asked.now_ns)
            if market is not None:
                view = asked.view(symbol)
                status = view.status if status == "OK" else status
                rows.append(self._snapshot(market, view))
        return asked.good({"count": len(rows), "tickers": rows}, status=status)

    def trades(self, asked: Asked) -> web.Response:
        """Answer a page of `/v3/trades`; an unknown symbol has no rows."""
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.trades_sold:
            return bodies.not_entitled(asked.request_id)
        query = read_page_query(asked.request.query, symbol)
        if market is None:
            return asked.good({"results": []})
        span = market.trades.numbers(query.from_ns, min(query.until_ns, view.trades_until_ns))
        first, behind, position = page_numbers(query, *span)
        events = market.trades.rows(first, behind)
        rows = [trade_row(event, market.listing.tape) for event in _ordered(events, query)]
        _stamp_ahead(rows, view, "T", market.trades)
        return self._rows(asked, query, symbol, damage_trades(rows, view), position, view)

    def quotes(self, asked: Asked) -> web.Response:
        """Answer a page of `/v3/quotes`; an unknown symbol has no rows."""
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.quotes_sold:
            return bodies.not_entitled(asked.request_id)
        query = read_page_query(asked.request.query, symbol)
        if market is None:
            return asked.good({"results": []})
        span = market.quotes.numbers(query.from_ns, min(query.until_ns, view.quotes_until_ns))
        first, behind, position = page_numbers(query, *span)
        events = market.quotes.rows(first, behind)
        rows = [quote_row(event, market.listing.tape) for event in _ordered(events, query)]
        _stamp_ahead(rows, view, "Q", market.quotes)
        return self._rows(asked, query, symbol, damage_quotes(rows, view), position, view)

    def _rows(
        self,
        asked: Asked,
        query: PageQuery,
        symbol: str,
        rows: list[Row],
        position: int | None,
        view: View,
    ) -> web.Response:
        if view.begin_ns("empty_results") is not None:
            return asked.good({}, status=view.status)
        fields: Row = {"results": rows}
        if position is not None:
            cursor = query.cursor(symbol, position)
            if asked.has("looping_cursor"):
                cursor = query.cursor(symbol, query.position or position)
            fields["next_url"] = asked.next_url(f"cursor={cursor}")
        return asked.good(fields, status=view.status)

    def minutes(self, asked: Asked) -> web.Response:
        """Answer the bars of a minute from one moment to another, both in milliseconds."""
        symbol, market = self._symbol(asked)
        try:
            begin, end = (int(asked.request.match_info[name]) for name in ("begin", "end"))
        except ValueError as error:
            raise BadRequestError("a moment must be in milliseconds") from error
        bars: dict[int, Bar] = {}
        if market is not None:
            until_ns = min(end * NS_PER_MS + NS_PER_MS - 1, asked.view(symbol).trades_until_ns)
            numbers = market.trades.numbers(begin * NS_PER_MS, until_ns)
            for trade in market.trades.rows(*numbers):
                start_ns = trade.sip_ns - trade.sip_ns % NS_PER_MINUTE
                bar = bars.setdefault(start_ns, Bar(start_ns))
                bar.add(trade, volume=counts_volume(trade), price=True)
        fields: Row = {"ticker": symbol, "adjusted": False, "resultsCount": len(bars)}
        if bars:
            fields["results"] = [minute_row(bars[each]) for each in sorted(bars)]
        return asked.good(fields)

    def last_nbbo(self, asked: Asked) -> web.Response:
        """Answer `/v2/last/nbbo`."""
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.quotes_sold:
            return bodies.not_entitled(asked.request_id)
        quote = None if market is None else market.quotes.newest(view.quotes_until_ns)
        if market is None or quote is None:
            return bodies.not_found(asked.request_id)
        row = nbbo(quote, symbol, market.listing.tape)
        return asked.good({"results": row}, status=view.status)

    def last_trade(self, asked: Asked) -> web.Response:
        """Answer `/v2/last/trade`."""
        symbol, market = self._symbol(asked)
        view = asked.view(symbol)
        if not view.trades_sold:
            return bodies.not_entitled(asked.request_id)
        trade = None if market is None else market.trades.newest(view.trades_until_ns)
        if market is None or trade is None:
            return bodies.not_found(asked.request_id)
        row = {"T": symbol, **last_trade(trade), "q": trade.sequence, "y": trade.participant_ns}
        return asked.good({"results": row}, status=view.status)


def _stamp_ahead(rows: list[Row], view: View, channel: str, tape: Tape[Event]) -> None:
    armed = view.ahead(channel)
    if armed is None:
        return
    first, behind = tape.numbers(armed.from_ns, FAR_FUTURE_NS)
    if first < behind:
        stamp_ahead(rows, armed, tape.rows(first, first + 1)[0].sequence)


def page_numbers(query: PageQuery, first: int, behind: int) -> tuple[int, int, int | None]:
    """Return the page's first number, the one behind its last, and where the next page goes on."""
    if query.ascending:
        first = first if query.position is None else max(first, query.position)
        end = min(first + query.limit, behind)
        return first, end, end if end < behind else None
    behind = behind if query.position is None else min(behind, query.position)
    start = max(behind - query.limit, first)
    return start, behind, start if start > first else None


def _ordered(events: list[Event], query: PageQuery) -> list[Event]:
    return events if query.ascending else events[::-1]
