from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.monitor_stubs import (
    ASK,
    BID,
    HandClock,
    Holdings,
    StubClient,
    at,
    position,
    red_burst,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.writer import AlertLog
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
from trading_bot.order_flow.rules.signals import Signal

LOT = 100 * UNITS_PER_SHARE


@pytest.fixture
def judge() -> MarketJudge:
    """The judge of ACME, and of nothing else."""
    judge = MarketJudge(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
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


# What was said before a watch, and what is held


def with_a_bid(judge: MarketJudge, seconds: float, size: int = 12_000) -> None:
    judge.quote("ACME", at(seconds), BID, size * UNITS_PER_SHARE, ASK, LOT)


def test_a_level_that_stands_as_a_watch_begins_again_is_not_said_twice() -> None:
    # Given a bid that was said, and a position that was closed
    judge = MarketJudge(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
    )
    told: list[object] = []
    judge.publisher.add_listener(told.append)
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    with_a_bid(judge, 1)
    judge.unwatch("ACME")
    # When the symbol is watched anew while it stands, and it grows by half
    judge.watch("ACME", from_ns=at(2), now_ns=at(2))
    with_a_bid(judge, 3)
    with_a_bid(judge, 8, 18_000)
    # Then it is said once, and once for its growth
    assert [each.order_size for each in told if isinstance(each, OrderFlowAlert)] == [
        12_000,
        18_000,
    ]


def test_a_larger_level_at_the_edge_of_a_watch_is_part_of_what_was_said() -> None:
    # Given a bid that was said after the moment from which its symbol is watched anew
    judge = MarketJudge(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
    )
    told: list[object] = []
    judge.publisher.add_listener(told.append)
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    with_a_bid(judge, 6)
    judge.unwatch("ACME")
    # When the history begins with it
    judge.watch("ACME", from_ns=at(5), now_ns=at(9))
    with_a_bid(judge, 5.5)
    # Then nothing more is said
    assert len(told) == 1


def test_a_symbol_without_a_print_has_no_past(judge: MarketJudge) -> None:
    # Given a watched symbol of which nothing came
    # When a second passes
    judge.every_second(at(1))
    # Then its next watch begins as a first one does
    assert judge.history_start("ACME", at(0)) == at(-420)


def test_a_replay_holds_what_its_positions_say_at_once() -> None:
    # Given a judge of a replay, whose positions are stated
    holdings = Holdings(position(opened_at=None))
    judge = MarketJudge(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=holdings,
        client=StubClient(),
        wall_fields=False,
    )
    judge.read_positions()
    held = dict(judge.positions)
    # When one is gone
    holdings.positions = []
    symbols = judge.read_positions()
    # Then it is gone at once, and it had no date but its own
    assert held == {"ACME": position(opened_at=None)}
    assert (symbols, judge.positions) == ((), {})


def test_a_closed_position_is_recorded_and_its_recommendation_forgotten(tmp_path: Path) -> None:
    # Given a position with a standing recommendation
    clock, holdings, log = HandClock(), Holdings(position()), AlertLog(tmp_path)
    judge = MarketJudge(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=holdings,
        client=StubClient(),
        clock=clock,
        alert_log=log,
    )
    judge.read_positions()
    judge.publisher.publish_signal(Signal.of(red_burst()), received_ns=None, price_ticks=BID)
    assert judge.exit_judge.recheck_at("ACME") is not None
    # When it is missing for five seconds
    holdings.positions = []
    for _ in range(2):
        judge.read_positions()
        clock.move(5)
    # Then the record says so, and nothing stands
    log.close()
    (path,) = tmp_path.glob("*.jsonl")
    lines = [json.loads(each) for each in path.read_bytes().splitlines()]
    assert [line["event"] for line in lines][-1] == "order_flow.position_gone"
    assert judge.exit_judge.recheck_at("ACME") is None
