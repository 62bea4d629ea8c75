"""A made day as flat files: an hour of calm, sellers that hit the bid, and a red burst."""

from __future__ import annotations

from pathlib import Path

from support.flat_data import at, quote_line, quotes_file, trade_line, trades_file
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.replay.playback import Playback, open_playback

FIXED = OrderFlowConfig(thresholds="fixed", bid_attack_executions=0)
"""The day is made for the specification's numbers: it is too short for a memory. In its calm the
bid is attacked all the time, as one is that never moves."""
DAY_SECONDS = 86_400
BURST_AT = 1_500
SELLS_AT = (2_000, 2_030, 2_060)


def recorded_day(
    folder: Path, *, day: int = 0, symbol: str = "ACME", burst_size: int = 9_000, sell: int = 12_000
) -> list[Path]:
    """Write a day from 10:00 on: 1,000 shares every two seconds, at bid and ask in turn.

    Args:
        folder: Where.
        day: Days after the first.
        symbol: Ticker.
        burst_size: Shares of each of 15 sales in a row that make the burst; 0 for none.
        sell: Shares of each of three large sales; 0 for none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shift = day * DAY_SECONDS
    trades, quotes = [], []
    for second in range(0, 2_700, 2):
        cents = second // 60 % 3 - (second > BURST_AT)
        bid, ask = f"{100 + cents / 100:.4f}", f"{100.01 + cents / 100:.4f}"
        stamp = shift + second
        quotes.append(quote_line(stamp, ticker=symbol, bid_price=bid, ask_price=ask))
        trades.append(
            trade_line(
                stamp + 0.5,
                ticker=symbol,
                price=bid if second % 4 else ask,
                size=1_000,
                id=f"{second}",
            )
        )
        if burst_size and BURST_AT <= second < BURST_AT + 30:
            trades.append(
                trade_line(stamp + 0.7, ticker=symbol, price=bid, size=burst_size, id=f"b{second}")
            )
        if sell and second in SELLS_AT:
            trades.append(
                trade_line(stamp + 0.8, ticker=symbol, price=bid, size=sell, id=f"s{second}")
            )
    date = f"2013-10-{8 + day:02}"
    return [
        trades_file(folder / f"trades_{symbol}_{date}.csv", *trades),
        quotes_file(folder / f"quotes_{symbol}_{date}.csv", *quotes),
    ]


def playback_of(folder: Path, config: OrderFlowConfig = FIXED) -> Playback:
    """Open everything in a folder."""
    return open_playback([folder], config)


__all__ = ["BURST_AT", "FIXED", "SELLS_AT", "at", "playback_of", "recorded_day"]
