"""Rows on their way through the live monitor."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at, quote_row, trade_row

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.rows import Row
from trading_bot.replay.journal import ReplayLog
from trading_bot.replay.player import Player

CONFIG = OrderFlowConfig(thresholds="fixed")
BID = 100_000_000


def listened(**options: Any) -> tuple[Player, list[MonitorEvent]]:
    player = Player(CONFIG, **options)
    told: list[MonitorEvent] = []
    player.judge.publisher.add_listener(told.append)
    return player, told


def sold(second: float, symbol: str = "ACME", **changes: Any) -> Row:
    """Return a print that sells 12,000 shares at the bid."""
    return trade_row(second, symbol=symbol, size=12_000, trade_id=str(second), **changes)


def three_sellers(symbol: str = "ACME", start: float = 0.0) -> list[Row]:
    seconds = (start + 1, start + 2, start + 3)
    return [quote_row(start, symbol=symbol), *(sold(second, symbol) for second in seconds)]


def exits(told: list[MonitorEvent]) -> list[ExitRecommendation]:
    return [event for event in told if isinstance(event, ExitRecommendation)]


def test_a_symbol_is_held_at_the_midpoint_of_its_first_two_sided_quote() -> None:
    # Given quotes of which the second is the first with both sides
    player, told = listened()
    one_sided = quote_row(-2, bid=0, bid_size=0)
    other = quote_row(-1, ask=100_020_000)
    # When three large sellers follow
    player.play([one_sided, other, *three_sellers()])
    # Then the exit names the position that was opened there, once
    (leave,) = exits(told)
    assert leave.position == Position("ACME", Decimal(100), Decimal("100.01"))


def test_positions_of_the_user_override_that() -> None:
    # Given a position of the user in another symbol
    player, told = listened(positions=[Position("BOLT", Decimal(5), Decimal(50))])
    # When both symbols meet large sellers
    player.play(three_sellers("ACME"))
    player.play(three_sellers("BOLT", 10))
    # Then only the held one is to be left
    assert [leave.symbol for leave in exits(told)] == ["BOLT"]


def test_no_alert_knows_the_wall_clock(tmp_path: Path) -> None:
    # Given a replay with a record
    log = ReplayLog(tmp_path)
    player, told = listened(alert_log=log)
    # When something is found
    player.play(three_sellers())
    (path,) = log.finish()
    # Then neither the alert nor its line has anything of the machine's time
    alert = told[0]
    assert isinstance(alert, OrderFlowAlert)
    assert (alert.delay_seconds, alert.late, alert.timestamp_ns) == (None, False, at(1))
    assert path.read_text().count('"latency_ms":null,"logged_at":null') == 4


def test_symbols_one_after_the_other_are_judged_as_symbols_together() -> None:
    # Given two symbols with large sellers at the same time
    first, second = three_sellers("ACME"), three_sellers("BOLT")
    apart, told_apart = listened()
    together, told_together = listened()
    # When one player sees one after the other, and one both by time
    apart.play(first)
    apart.play(second)
    together.play(sorted(first + second))
    # Then each symbol's findings are the same

    def of(told: list[MonitorEvent], symbol: str) -> list[MonitorEvent]:
        return [event for event in told if event.symbol == symbol]

    for symbol in ("ACME", "BOLT"):
        assert of(told_apart, symbol) == of(told_together, symbol)
        assert len(of(told_apart, symbol)) == 4


def test_the_parts_that_rows_come_in_change_nothing() -> None:
    # Given a tape
    rows = three_sellers() + three_sellers(start=200)
    whole, told_whole = listened()
    pieces, told_pieces = listened()
    # When it is played whole, and row by row
    whole.play(rows)
    for row in rows:
        pieces.play([row])
    # Then the findings are the same
    assert told_whole == told_pieces
    assert (whole.trades, whole.quotes) == (pieces.trades, pieces.quotes) == (6, 2)


def test_times_and_symbols_of_what_was_played_are_known() -> None:
    # Given nothing played yet
    player, _ = listened()
    assert (player.first_ns, player.last_ns) == (0, 0)
    # When two symbols were played, the later one first
    player.play([trade_row(5, symbol="BOLT")])
    player.play([trade_row(1), trade_row(3)])
    # Then the whole span is known, and what the monitor takes for now
    assert (player.first_ns, player.last_ns, player.symbols) == (at(1), at(5), {"ACME", "BOLT"})
    assert player.judge.clock().isoformat() == "2013-10-08T14:00:05+00:00"


def test_a_retired_symbol_leaves_nothing_behind() -> None:
    # Given a symbol that was played
    player, told = listened()
    player.play(three_sellers())
    # When nothing of it comes any more
    player.retire("ACME")
    # Then neither watch nor position nor history is left
    judge = player.judge
    assert (judge.symbols, list(judge.detector.alert_history)) == ((), [])
    assert judge.detector.held_positions() == {}
    assert len(told) == 4


@pytest.mark.parametrize("missing", ["print", "quote"])
def test_prints_match_quotes_by_sip_where_one_side_has_no_other_stamp(missing: str) -> None:
    # Given a print on the bid that, by participant stamps alone, came before the quote
    made = {"print": at(0.2), "quote": at(0.4)}
    quote = quote_row(0, made_ns=None if missing == "quote" else made["quote"])
    tick = trade_row(0.5, price=BID + 20_000, made_ns=None if missing == "print" else made["print"])
    player, told = listened()
    # When one side's participant stamp is missing
    player.play([quote, tick, sold(1, made_ns=at(0.3))])
    # Then the SIP stamps decide, and the sale at the bid is one
    assert [event.source for event in told if isinstance(event, OrderFlowAlert)] == [
        "aggressive_sell"
    ]


def test_books_with_levels_show_large_bids_below_the_best() -> None:
    # Given a book whose second level is large
    player, told = listened()
    book = quote_row(0, bids_below=((BID - 10_000, 25_000),))
    # When it is played
    player.play([book])
    # Then that level is a large resting bid
    assert [
        (event.source, event.order_size, event.price_level, event.severity)
        for event in told
        if isinstance(event, OrderFlowAlert)
    ] == [("resting_bid", 25_000, Decimal("99.99"), "critical")]
