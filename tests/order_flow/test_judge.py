from __future__ import annotations

import pytest
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, at

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.columns import BOOK, QUOTE, TRADE, EventColumns
from trading_bot.order_flow.market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import UNITS_PER_SHARE

LOT = 100 * UNITS_PER_SHARE


@pytest.fixture
def judge() -> MarketJudge:
    """The judge of ACME, and of nothing else."""
    judge = MarketJudge(
        OrderFlowConfig(), position_manager=Holdings(), client=StubClient(), clock=HandClock()
    )
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    return judge


def one_of_each(symbol: str) -> list[MarketEvent]:
    return [
        TradeEvent(symbol, at(1), BID, LOT, trade_id="1"),
        QuoteEvent(symbol, at(2), BID, LOT, ASK, LOT),
        BookEvent(symbol, at(3), ((BID, LOT),), ((ASK, LOT),)),
        Withdrawal(symbol, at(4), 0, 0, "1"),
        HaltEvent(symbol, at(5), halted=True),
    ]


def counts(judge: MarketJudge) -> tuple[int, int, dict[str, int], bool]:
    acme = judge.judges["ACME"]
    return acme.trades, acme.quotes, acme.left_out(), acme.halted_by is not None


def test_what_happens_to_a_watched_symbol_reaches_its_judge(judge: MarketJudge) -> None:
    # Given a watched symbol
    # When one event of each kind comes
    for event in one_of_each("ACME"):
        give(judge, event)
    # Then all were judged
    assert counts(judge) == (1, 2, {"withdrawn_unknown": 1, "halts": 1}, True)


def test_what_happens_to_other_symbols_passes_by(judge: MarketJudge) -> None:
    # Given a symbol that is not watched
    # When one event of each kind comes
    for event in one_of_each("BOLT"):
        give(judge, event)
    # Then nothing was judged, and nothing is known of it
    assert counts(judge) == (0, 0, {}, False)
    assert judge.judge_of("BOLT") is None


def test_columns_are_judged_as_their_events_are(judge: MarketJudge) -> None:
    # Given prints, quotes and books of a watched symbol and of another, as columns
    symbols = ("ACME", "BOLT")
    columns = EventColumns(
        kinds=(TRADE, TRADE, QUOTE, QUOTE, BOOK, BOOK),
        trades=(symbols, (at(1), at(1)), (BID, BID), (LOT, LOT)),
        quotes=(symbols, (at(2), at(2)), (BID, BID), (LOT, LOT), (ASK, ASK), (LOT, LOT)),
        books=[BookEvent(symbol, at(3), ((BID, LOT),), ()) for symbol in symbols],
    )
    # When they are given at once
    judge.columns(columns)
    # Then those of the watched one are judged, and the others pass by
    assert counts(judge) == (1, 2, {}, False)
