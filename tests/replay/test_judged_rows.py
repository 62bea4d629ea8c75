"""What is counted of the rows that a judge is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from support.account_values import adds_up, left_out
from support.flat_data import at, quote_row, trade_row

from trading_bot.order_flow.config import OrderFlowConfig, Sessions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.rows import KIND, Row
from trading_bot.replay.judged_rows import JudgedRows
from trading_bot.replay.player import Player

HOUR = 3_600
OPEN, CLOSE = -0.5 * HOUR, 6 * HOUR
"""09:30 and 16:00 in New York, in seconds after the start of the made data."""
DAY = 24 * HOUR


def counted(rows: Sequence[Row], sessions: Sessions = "regular") -> RowAccount:
    account = RowAccount()
    for row in rows:
        (account.quotes if row[KIND] else account.trades).read += 1
    JudgedRows(account, OrderFlowConfig(sessions=sessions)).take(rows)
    return account


@pytest.mark.parametrize(
    ("seconds", "sessions", "inside"),
    [
        (OPEN - 0.001, "regular", False),
        (OPEN, "regular", True),
        (CLOSE - 0.001, "regular", True),
        (CLOSE, "regular", False),
        (-6 * HOUR - 0.001, "extended", False),
        (-6 * HOUR, "extended", True),
        (10 * HOUR - 0.001, "extended", True),
        (10 * HOUR, "extended", False),
    ],
)
def test_only_rows_of_the_session_are_judged(
    seconds: float, sessions: Sessions, inside: bool
) -> None:
    # Given a quote and a print of one moment
    rows = [quote_row(seconds), trade_row(seconds)]
    # When they are counted
    account = counted(rows, sessions)
    # Then they are judged within the session that the settings name
    assert account.judged == (2 if inside else 0)
    assert left_out(account) == ({} if inside else {"outside_session": 2})


def test_rows_of_several_sessions_are_cut_where_one_ends() -> None:
    # Given rows from before the open to after the next day's close
    moments = (OPEN - 1, OPEN, CLOSE - 1, CLOSE, CLOSE + 1, DAY, DAY + CLOSE)
    rows = [row for each in moments for row in (quote_row(each), trade_row(each))]
    # When they are counted at once
    account = counted(rows)
    # Then each lies in its session or between two
    assert (account.trades.judged, account.quotes.judged) == (3, 3)
    assert left_out(account) == {"outside_session": 8}
    assert adds_up(account)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"conditions": (2,)}, "average_price"),
        ({"conditions": (14, 12)}, "form_t"),
        ({"correction": 8}, "cancelled"),
        ({"made_ns": at(0) - 5_000_000_001}, "late_print"),
        ({"made_ns": at(0) - 5_000_000_000}, None),
        ({"made_ns": None}, None),
        ({"conditions": (4,)}, None),
        ({"conditions": (99,)}, None),
    ],
)
def test_a_print_that_counts_nowhere_is_left_by_its_reason(
    changes: dict[str, Any], reason: str | None
) -> None:
    # Given a quote, and a print with something about it
    rows = [quote_row(0), trade_row(0, **changes)]
    # When they are counted
    account = counted(rows)
    # Then it is judged, or left for its reason; an unknown condition costs its side alone
    assert account.trades.judged == (reason is None)
    assert left_out(account) == ({} if reason is None else {reason: 1})


@pytest.mark.parametrize(
    ("units", "judged"), [(UNITS_PER_SHARE - 1, 0), (UNITS_PER_SHARE, 1), (UNITS_PER_SHARE + 1, 1)]
)
def test_less_than_a_share_is_not_judged(units: int, judged: int) -> None:
    # Given a print of about one share
    row = list(trade_row(0))
    row[6] = units
    # When it is counted
    account = counted([quote_row(0), tuple(row)])
    # Then it must be a whole one
    assert account.trades.judged == judged
    assert left_out(account) == ({} if judged else {"below_one_share": 1})


def test_extended_hours_prints_count_in_extended_sessions() -> None:
    # Given a print of the early morning that says so
    rows = [quote_row(-HOUR), trade_row(-HOUR, conditions=(12,))]
    # When the extended session is judged
    # Then it counts
    assert counted(rows, "extended").trades.judged == 1


@pytest.mark.parametrize(
    ("changes", "quoted"),
    [
        ({}, True),
        ({"bid": 0, "bid_size": 0}, False),
        ({"ask": 0, "ask_size": 0}, False),
        ({"bid": 100_010_000}, True),
        ({"bid": 100_020_000}, False),
        ({"symbol": "BOLT"}, False),
    ],
)
def test_a_print_needs_a_two_sided_quote_of_its_day(changes: dict[str, Any], quoted: bool) -> None:
    # Given a print, and a quote after it
    rows = [trade_row(0), quote_row(1, **changes)]
    # When they are counted
    account = counted(rows)
    # Then the quote must be its symbol's, have both sides and not be crossed
    assert account.trades.judged == quoted
    assert account.lost("trades") == (not quoted)
    assert account.quotes.judged == 1


def test_a_quote_of_another_day_is_none() -> None:
    # Given prints of two days and a quote of the first
    rows = [quote_row(0), trade_row(0), trade_row(DAY)]
    # When they are counted
    account = counted(rows)
    # Then the second day has none
    assert [(symbol, str(day)) for symbol, day in account.without_quotes] == [
        ("ACME", "2013-10-09")
    ]
    assert (account.trades.judged, account.lost("trades"), adds_up(account)) == (1, 1, True)


def test_a_row_that_the_judge_did_not_take_is_kept_back_by_its_reason() -> None:
    # Given a quote and a print
    account = RowAccount()
    judged = JudgedRows(account, OrderFlowConfig())
    # When the judge takes neither
    judged.keep_back(quote_row(0), "halted")
    judged.keep_back(trade_row(0), "not_watched")
    # Then each is counted with its kind
    assert account.quotes.not_judged == {"halted": 1}
    assert account.trades.not_judged == {"not_watched": 1}


def test_what_a_halt_keeps_from_being_judged_is_counted_so() -> None:
    # Given a silence that ends with a reopening print, and rows until after the halt is over
    rows = [
        quote_row(0),
        trade_row(1),
        trade_row(400, conditions=(28,)),
        quote_row(410),
        trade_row(420),
        trade_row(459),
        trade_row(460),
        quote_row(461),
    ]
    account = RowAccount()
    # When they are played at once, and a symbol without a halt after it
    player = Player(OrderFlowConfig(), account=account)
    player.play(rows)
    player.play([quote_row(0, symbol="BOLT"), trade_row(1, symbol="BOLT")])
    # Then the minute after the reopening is halted, and nothing else
    assert account.trades.not_judged == {"halted": 3}
    assert account.quotes.not_judged == {"halted": 1}
    assert (account.trades.judged, account.quotes.judged) == (3, 3)


def test_a_halt_that_goes_on_is_forgotten_with_its_symbol() -> None:
    # Given a symbol whose rows end within a halt
    account = RowAccount()
    player = Player(OrderFlowConfig(), account=account)
    player.play([quote_row(0), trade_row(1), trade_row(400, conditions=(28,))])
    # When nothing of it comes any more, and then another symbol
    player.retire("ACME")
    player.play([quote_row(0, symbol="BOLT"), trade_row(1, symbol="BOLT")])
    # Then that one is judged
    assert (account.trades.judged, account.quotes.judged) == (2, 2)


def test_in_a_halt_a_fraction_of_a_share_is_still_a_fraction() -> None:
    # Given a print of less than a share beside a reopening print
    small = list(trade_row(401))
    small[6] = UNITS_PER_SHARE // 2
    account = RowAccount()
    # When both are played
    player = Player(OrderFlowConfig(), account=account)
    player.play([quote_row(0), trade_row(1), trade_row(400, conditions=(28,)), tuple(small)])
    # Then each has its own reason
    assert account.trades.not_judged == {"halted": 1, "below_one_share": 1}
