"""The simulated day's sessions, and the account that trades on it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from trading_bot.simulator.market.events import MarketTrade
from trading_bot.simulator.market.listing import LISTINGS, Role
from trading_bot.simulator.market.market import SymbolMarket
from trading_bot.simulator.market.news import HEADLINES
from trading_bot.simulator.market.session import market_status
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.rest.wire import snapshot, trade_row
from trading_bot.simulator.settings import (
    EXTENDED_CLOSE,
    HISTORY_START,
    MARKET_START,
    REGULAR_CLOSE,
    REGULAR_OPEN,
    TRADING_DAY,
    moment,
)

MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (moment(4) - MOMENT, ("closed", False, False)),
        (moment(4), ("extended-hours", True, False)),
        (REGULAR_OPEN - MOMENT, ("extended-hours", True, False)),
        (REGULAR_OPEN, ("open", False, False)),
        (REGULAR_CLOSE - MOMENT, ("open", False, False)),
        (REGULAR_CLOSE, ("extended-hours", False, True)),
        (EXTENDED_CLOSE - MOMENT, ("extended-hours", False, True)),
        (EXTENDED_CLOSE, ("closed", False, False)),
        (EXTENDED_CLOSE + timedelta(days=1), ("closed", False, False)),
    ],
)
def test_the_session_follows_the_clock(now: datetime, expected: tuple[str, bool, bool]) -> None:
    # Given a moment of the day
    # When the market's status is told
    status = market_status(now)
    # Then it is that session's
    assert (status["market"], status["earlyHours"], status["afterHours"]) == expected


def test_the_day_is_an_ordinary_tuesday_and_the_run_starts_at_ten() -> None:
    # Given the fixed trading day
    # When its moments are read
    # Then it is a Tuesday, and the run starts an hour after the history
    assert TRADING_DAY.strftime("%A") == "Tuesday"
    assert MARKET_START.isoformat() == "2026-03-10T14:00:00+00:00"
    assert HISTORY_START + timedelta(hours=1) == MARKET_START


def test_the_demo_account_holds_one_of_each_story_and_one_short() -> None:
    # Given the demo account
    roles = {listing.symbol: listing.role for listing in LISTINGS}
    # When its positions are looked at
    held = {position.symbol: roles[position.symbol] for position in POSITIONS}
    # Then every role is held, and one position is short
    assert set(held.values()) == set(Role)
    assert [position.symbol for position in POSITIONS if position.is_short] == ["EDDY"]


def test_stops_lie_on_the_losing_side_of_the_market() -> None:
    # Given the demo account and the prices that the stocks return to
    anchors = {listing.symbol: listing.anchor_cents / 100 for listing in LISTINGS}
    # When stops are compared with prices
    # Then a long's is below and a short's above
    for position in POSITIONS:
        assert position.stop is not None
        below = float(position.stop) < anchors[position.symbol]
        assert below is not position.is_short


def test_one_headline_of_a_held_symbol_is_recent() -> None:
    # Given the headlines
    held = {position.symbol for position in POSITIONS}
    # When those of the quarter of an hour before the run are taken
    recent = [
        h for h in HEADLINES if timedelta(0) <= MARKET_START - h.published <= timedelta(minutes=15)
    ]
    # Then there is one, about a held symbol
    assert [headline.symbol in held for headline in recent] == [True]


def test_a_snapshot_before_the_first_print_has_zeros_and_no_last_trade() -> None:
    # Given a symbol before its first event
    market = SymbolMarket(LISTINGS[0], 7)
    # When its snapshot is made
    row = snapshot(market, 2**62, 2**62)
    # Then the day is all zeros and nothing is last
    assert set(row["day"].values()) == {0, "0.0"}
    assert "lastTrade" not in row
    assert "lastQuote" not in row
    assert row["updated"] == 0


@pytest.mark.parametrize(
    ("thousandths", "size", "text"),
    [(100_000, 100, "100.0"), (500, 0, "0.5"), (12_345, 12, "12.345"), (1, 0, "0.001")],
)
def test_a_size_is_cut_to_whole_shares_and_told_in_full(
    thousandths: int, size: int, text: str
) -> None:
    # Given a print with a fraction
    trade = MarketTrade(2, 1, 1, "1", 10_010_000, thousandths, 4, (37,), 202)
    # When it is written
    row = trade_row(trade, 3)
    # Then both forms are there
    assert (row["size"], row["decimal_size"], row["price"]) == (size, text, 10.01)
