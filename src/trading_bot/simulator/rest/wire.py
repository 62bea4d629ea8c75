"""Simulated events in the provider's REST field names and units."""

from __future__ import annotations

from typing import Any

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_MS, TICKS_PER_DOLLAR
from trading_bot.simulator.market.bars import Bar, counts_volume
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.market import SymbolMarket

Row = dict[str, Any]
"""One JSON object of an answer."""

_REGULAR_TWO_SIDED = [1]


def _dollars(ticks: int) -> float:
    return ticks / TICKS_PER_DOLLAR


def decimal_size(thousandths: int) -> str:
    """Return thousandths of shares as a decimal text with at least one digit behind the point."""
    whole, part = divmod(thousandths, 1_000)
    return f"{whole}.{part:03d}".rstrip("0") if part else f"{whole}.0"


def facility_ns(trade: MarketTrade) -> int:
    """Return when the reporting facility has an off-exchange print, Unix nanoseconds."""
    # Shortly before the consolidated tape does.
    return trade.sip_ns - 20_000


def trade_row(trade: MarketTrade, tape: int) -> Row:
    """Return a row of `/v3/trades`; a regular sale has no `conditions`, an exchange no `trf_*`."""
    row: Row = {
        "exchange": trade.exchange,
        "id": trade.trade_id,
        "participant_timestamp": trade.participant_ns,
        "price": _dollars(trade.price_ticks),
        "sequence_number": trade.sequence,
        "sip_timestamp": trade.sip_ns,
        "size": trade.size,
        "decimal_size": decimal_size(trade.size_thousandths),
        "tape": tape,
    }
    if trade.conditions:
        row["conditions"] = list(trade.conditions)
    if trade.trf_id:
        row["trf_id"] = trade.trf_id
        row["trf_timestamp"] = facility_ns(trade)
    return row


def quote_row(quote: MarketQuote, tape: int) -> Row:
    """Return a row of `/v3/quotes`; sizes in shares."""
    return {
        "ask_exchange": quote.ask_exchange,
        "ask_price": _dollars(quote.ask_ticks),
        "ask_size": quote.ask_size,
        "bid_exchange": quote.bid_exchange,
        "bid_price": _dollars(quote.bid_ticks),
        "bid_size": quote.bid_size,
        "conditions": _REGULAR_TWO_SIDED,
        "participant_timestamp": quote.participant_ns,
        "sequence_number": quote.sequence,
        "sip_timestamp": quote.sip_ns,
        "tape": tape,
    }


def last_quote(quote: MarketQuote) -> Row:
    """Return the snapshot's `lastQuote`: lower case is the bid, upper case the ask."""
    return {
        "P": _dollars(quote.ask_ticks),
        "S": quote.ask_size,
        "p": _dollars(quote.bid_ticks),
        "s": quote.bid_size,
        "t": quote.sip_ns,
    }


def last_trade(trade: MarketTrade) -> Row:
    """Return the snapshot's `lastTrade`; `c` is null for a regular sale."""
    return {
        "c": list(trade.conditions) or None,
        "i": trade.trade_id,
        "p": _dollars(trade.price_ticks),
        "s": trade.size,
        "ds": decimal_size(trade.size_thousandths),
        "t": trade.sip_ns,
        "x": trade.exchange,
    }


def nbbo(quote: MarketQuote, symbol: str, tape: int) -> Row:
    """Return the `results` of `/v2/last/nbbo`."""
    return {
        "T": symbol,
        "P": _dollars(quote.ask_ticks),
        "S": quote.ask_size,
        "X": quote.ask_exchange,
        "p": _dollars(quote.bid_ticks),
        "s": quote.bid_size,
        "x": quote.bid_exchange,
        "q": quote.sequence,
        "t": quote.sip_ns,
        "y": quote.participant_ns,
        "z": tape,
    }


def _bar(bar: Bar) -> Row:
    average = bar.turnover / bar.volume / TICKS_PER_DOLLAR if bar.volume else 0
    return {
        "o": _dollars(bar.open_ticks),
        "h": _dollars(bar.high_ticks),
        "l": _dollars(bar.low_ticks),
        "c": _dollars(bar.close_ticks),
        "v": bar.volume,
        "dv": f"{bar.volume}.0",
        "vw": round(average, 4),
    }


def minute_row(bar: Bar) -> Row:
    """Return one bar of a minute; `t` in ms."""
    return {**_bar(bar), "t": bar.start_ns // NS_PER_MS, "n": bar.prints}


def snapshot(market: SymbolMarket, trades_until_ns: int, quotes_until_ns: int) -> Row:
    """Return one `ticker` object; `min.t` in ms, every other stamp in ns."""
    day, minute = market.bars.day, market.bars.minute
    close = market.listing.anchor_cents / 100
    price = _dollars(day.close_ticks) if day.close_ticks else close
    hidden = market.trades.rows(*market.trades.numbers(trades_until_ns + 1, FAR_FUTURE_NS))
    volume = day.volume - sum(trade.size for trade in hidden if counts_volume(trade))
    row: Row = {
        "ticker": market.listing.symbol,
        "todaysChange": round(price - close, 4),
        "todaysChangePerc": round((price - close) / close * 100, 4),
        "day": _bar(day),
        "min": {
            **_bar(minute),
            "av": volume,
            "dav": f"{volume}.0",
            "t": minute.start_ns // NS_PER_MS,
            "n": minute.prints,
        },
        "prevDay": {"o": close, "h": close, "l": close, "c": close, "v": 6_000_000, "vw": close},
        "updated": 0,
    }
    trade = market.trades.newest(trades_until_ns)
    quote = market.quotes.newest(quotes_until_ns)
    if trade is not None:
        row["lastTrade"] = last_trade(trade)
        row["updated"] = trade.sip_ns
    if quote is not None:
        row["lastQuote"] = last_quote(quote)
        row["updated"] = max(row["updated"], quote.sip_ns)
    return row
