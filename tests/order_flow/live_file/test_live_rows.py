"""A symbol's row: every member as its judge, its ledger or the exit rule holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import (
    ASK,
    BID,
    OPENED,
    START,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    at,
    exit_of,
    large_seller,
    position,
    sight,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.live_file.lines import LiveChannel, LiveLeaving, LiveRow, LiveWall
from trading_bot.order_flow.live_file.rows import RowReader
from trading_bot.order_flow.market.events import BookEvent, HaltEvent
from trading_bot.order_flow.market.feeds import DepthSight
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.own_scale.memory import BURST, NEVER
from trading_bot.order_flow.sight.ledger import Ledger

CENT = 10_000
CONFIG = OrderFlowConfig(thresholds="fixed")
HELD = position("ACME")


class Symbol:
    """A watched symbol, and who reads its row."""

    def __init__(self, config: OrderFlowConfig = CONFIG, held: Position = HELD) -> None:
        self.clock = HandClock()
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=Holdings(held),
            client=StubClient(),
            log_directory=None,
            clock=self.clock,
        )
        self.judge = self.monitor.judge
        self.judge.read_positions()
        self.judge.watch("ACME", from_ns=at(-1_000), now_ns=START_NS)
        self.read = 0
        self.reader = RowReader(self.judge, self.count)
        self.see()

    def count(self) -> None:
        self.read += 1

    def see(self, **how: Any) -> None:
        self.judge.saw("ACME", sight(**how), ns_from_utc(self.clock()))

    def quote(self, seconds: float = 0, bid: int = 500, ask: int = 300) -> None:
        give_quote(self.judge, "ACME", at(seconds), BID, bid, ASK, ask)

    def trade(self, seconds: float, shares: int, price: int = BID, **more: Any) -> None:
        give_trade(self.judge, "ACME", at(seconds), price, shares, **more)

    def row(self, **how: Any) -> LiveRow:
        return self.reader.row("ACME", self.clock(), position=HELD, **how)


def test_a_row_shows_position_price_and_what_leaving_costs() -> None:
    # Given a visible position with a quote, which was compared 3 s ago
    symbol = Symbol()
    symbol.see(compared=-3)
    symbol.quote()
    # When its row is read, then all of it is there
    assert symbol.row() == LiveRow(
        symbol="ACME",
        sees="visible",
        compared_seconds_ago=3,
        pressure="calm",
        bid="100.00",
        bid_shares=500,
        ask="100.01",
        ask_shares=300,
        shares="100",
        paid="101.00",
        stop="99.00",
        opened_ns=ns_from_utc(OPENED),
        pnl="-100.00",
        leaving=LiveLeaving(
            shares="100",
            fits="100",
            cost_usd="0.5",
            cost_bp=0.5,
            levels=1,
            depth_kind="top_of_book",
        ),
        volume_warn=3.0,
        volume_critical=4.0,
        sell_warn=0.6,
        delta=0,
        imbalance=0.25,
        depth_kind="top_of_book",
    )


def test_a_symbol_that_is_not_watched_is_not_seen() -> None:
    # Given a symbol that nobody watches yet
    symbol = Symbol()
    # When its row is read, then nothing else is known
    assert symbol.reader.row("BOLT", START) == LiveRow(
        symbol="BOLT", sees="blind", reason="not watched", pressure="unknown"
    )


def test_nothing_is_made_up_before_anything_has_come() -> None:
    # Given a position that was bought at no known price, without a stop, and no event yet
    symbol = Symbol()
    bare = Position("ACME", Decimal("1E+2"), None)
    # When its row is read
    row = symbol.reader.row("ACME", START, position=bare)
    # Then what is not known is null
    known = (row.price, row.bid, row.ask, row.imbalance, row.delay_ms, row.depth_kind, row.pnl)
    assert known == (None,) * 7
    assert (row.shares, row.paid, row.stop, row.opened_ns) == ("100", None, None, None)
    assert row.leaving == LiveLeaving(shares="100", unknown="no quote is known")


def test_of_a_short_position_nothing_is_said_of_leaving() -> None:
    # Given a short position
    symbol = Symbol()
    symbol.quote()
    # When its row is read
    row = symbol.reader.row("ACME", START, position=position("ACME", -100))
    # Then its shares are negative, and what leaving costs is left out
    assert (row.shares, row.leaving, row.pnl) == ("-100", None, "100.00")


def test_what_cannot_be_seen_cannot_be_left_at_a_known_cost() -> None:
    # Given a position with a quote that is blind now
    symbol = Symbol()
    symbol.quote()
    symbol.see(state="blind", reason="dead", text="prints are away")
    # When its row is read
    row = symbol.row()
    # Then it says so, and not that it is calm
    assert (row.sees, row.reason, row.pressure) == ("blind", "dead: prints are away", "unknown")
    assert row.leaving == LiveLeaving(shares="100", unknown="it cannot be seen")


def test_a_print_shows_price_time_and_delay() -> None:
    # Given a print that arrived 7.25 ms after its stamp
    symbol = Symbol()
    symbol.quote()
    symbol.trade(1, 200, BID + CENT // 2, received_ns=at(1) + 7_250_000)
    # When the row is read
    row = symbol.row()
    # Then it shows the newest price
    assert (row.price, row.price_ns, row.delay_ms) == ("100.005", at(1), 7.2)


def minutes(symbol: Symbol, per_minute: int = 1_000) -> None:
    """Let five minutes of trade pass until a minute before the start: bought, ten prints each."""
    for minute in range(-6, -1):
        for second in range(1, 11):
            symbol.trade(60 * minute + second, per_minute // 10, ASK, stated_side="buy")


def test_the_last_minute_is_shown_as_it_would_be_judged() -> None:
    # Given five minutes of 1,000 shares, and 1,500 in the sixth of which 900 were sold
    symbol = Symbol()
    symbol.quote(-400)
    minutes(symbol)
    symbol.trade(-20, 600, ASK, stated_side="buy")
    symbol.trade(-10, 900, BID, stated_side="sell")
    # When the row is read
    row = symbol.row()
    # Then it shows ratios, what they would have to be, and all that was bought less what was sold
    assert (row.volume_ratio, row.sell_ratio, row.sell_ratio_low) == (1.5, 0.6, 0.6)
    assert (row.volume_warn, row.volume_critical, row.sell_warn) == (3.0, 4.0, 0.6)
    assert row.delta == 5_000 + 600 - 900


def test_time_alone_ends_a_minute() -> None:
    # Given a minute of trade after five others
    symbol = Symbol()
    symbol.quote(-400)
    minutes(symbol)
    symbol.trade(-20, 1_000, BID, stated_side="sell")
    # When it is read at its last moment, and a second later
    found = []
    for seconds in (39, 1):
        symbol.clock.move(seconds)
        found.append(symbol.row())
    # Then it has passed
    assert [(each.volume_ratio, each.sell_ratio) for each in found] == [(1.25, 1.0), (0.0, None)]


def test_a_halt_stops_the_minute() -> None:
    # Given a minute of trade after five others, and a halt
    symbol = Symbol()
    symbol.quote(-400)
    minutes(symbol)
    symbol.trade(-20, 1_000, BID, stated_side="sell")
    symbol.judge.halt(HaltEvent("ACME", at(0), halted=True))
    # When it is read much later, then the minute stands as it was
    symbol.clock.move(600)
    assert symbol.row().volume_ratio == 1.0


@pytest.mark.parametrize("hours", [-2, 8])
def test_outside_the_session_no_ratio_is_judged(hours: int) -> None:
    # Given a minute of trade after five others
    symbol = Symbol()
    symbol.quote(-400)
    minutes(symbol)
    symbol.trade(-20, 1_000, BID, stated_side="sell")
    # When the row is read before the open, or after the close
    symbol.clock.move(hours * 3_600)
    symbol.see()
    row = symbol.row()
    # Then there is no ratio, and why it is not calm
    assert (row.volume_ratio, row.sell_ratio) == (None, None)
    assert row.pressure_reason == "bursts are not judged at this hour"


def test_a_baseline_of_too_few_prints_gives_no_ratio() -> None:
    # Given five minutes with one print each, and a sixth
    symbol = Symbol()
    symbol.quote(-400)
    for minute in range(-6, 0):
        symbol.trade(60 * minute + 30, 1_000, stated_side="sell")
    # When the row is read, then the ratio would rest on too little; what was sold is known
    row = symbol.row()
    assert (row.volume_ratio, row.sell_ratio) == (None, 1.0)


def test_on_own_scale_a_threshold_that_is_not_there_is_not_shown() -> None:
    # Given a symbol of which no burst is large by its own scale
    symbol = Symbol(OrderFlowConfig())
    desk = symbol.judge.judges["ACME"].desk
    assert desk is not None
    desk.scale.thresholds[BURST] = desk.scale.critical[BURST] = NEVER
    symbol.judge.tape_monitor.state_of("ACME").judge_by(desk.scale)
    # When its row is read, then there is no ratio from which a burst is one
    row = symbol.row()
    assert (row.volume_warn, row.volume_critical, row.sell_warn) == (None, None, 0.6)


def test_levels_and_walls_are_shown() -> None:
    # Given half a minute of books of 100 shares a level, then one that holds ten times as many
    symbol = Symbol()
    levels = [100] * 3

    def show(seconds: float, bids: list[int]) -> None:
        below = tuple((BID - CENT * n, each * UNITS_PER_SHARE) for n, each in enumerate(bids))
        above = tuple((ASK + CENT * n, each * UNITS_PER_SHARE) for n, each in enumerate(levels))
        symbol.judge.book(BookEvent("ACME", at(seconds), below, above))

    for second in range(30):
        show(second, levels)
    for second in (30, 32):
        show(second, [100, 1_200, 100])
    # When the row is read
    row = symbol.row()
    # Then every level is in it, and the one that is large
    assert row.depth_kind == "levels"
    assert row.bids == (("100.00", 100), ("99.99", 1_200), ("99.98", 100))
    assert row.asks == (("100.01", 100), ("100.02", 100), ("100.03", 100))
    assert row.walls == (LiveWall(side="bid", price="99.99", shares=1_200, since_ns=at(30)),)
    assert (row.bid_shares, row.ask_shares, row.imbalance) == (100, 100, 0.0)


@pytest.mark.parametrize(
    ("bid", "ask", "found"), [(0, 0, None), (100, 0, 1.0), (0, 100, -1.0), (100, 300, -0.5)]
)
def test_imbalance_is_of_the_best_sizes(bid: int, ask: int, found: float | None) -> None:
    # Given a quote
    symbol = Symbol()
    symbol.quote(0, bid, ask)
    # When its row is read, then the imbalance is (bid - ask) / (bid + ask)
    assert symbol.row().imbalance == found


@pytest.mark.parametrize(("seconds", "pressure"), [(120, "alerted"), (120.001, "calm")])
def test_an_alert_presses_for_its_window(seconds: float, pressure: str) -> None:
    # Given two alerts, one of which is older
    symbol = Symbol()
    for alert in (large_seller(-300), large_seller(0)):
        symbol.judge.detector.alert_history.remember(alert)
    assert symbol.row().pressure == "alerted"
    # When time passes, then it counts as long as its window
    symbol.clock.move(seconds)
    symbol.see()
    assert symbol.row().pressure == pressure


def test_settings_that_change_move_the_window() -> None:
    # Given an alert that is 100 s old
    symbol = Symbol()
    symbol.judge.detector.alert_history.remember(large_seller(0))
    symbol.clock.move(100)
    symbol.see()
    before = symbol.row().pressure
    # When the window becomes 60 s
    symbol.judge.change_settings(replace(CONFIG, alert_window_seconds=60))
    # Then it is over
    assert (before, symbol.row().pressure) == ("alerted", "calm")


@pytest.mark.parametrize(("seconds", "pressure"), [(299.999, "exit"), (300, "calm")])
def test_an_exit_stands_for_five_minutes(seconds: float, pressure: str) -> None:
    # Given a recommendation
    symbol = Symbol()
    symbol.judge.publisher.exits["ACME"] = exit_of("ACME")
    # When time passes, then it stands as long as it is not due again
    symbol.clock.move(seconds)
    symbol.see()
    assert symbol.row().pressure == pressure
    # And of a symbol that is not held any more there is none
    assert symbol.reader.row("ACME", START).pressure != "exit"


def test_each_channel_says_how_it_is_seen_and_up_to_when_that_is_proved() -> None:
    # Given a ledger whose quotes are proved, and a second feed whose depth is away
    symbol = Symbol()
    ledger = Ledger("ACME", START_NS)
    ledger.leave_start()
    ledger.spans.open.clear()
    for channel in ("trades", "quotes"):
        ledger.subscribed(channel, START_NS)
        ledger.heard(channel, START_NS, 1, START_NS)
    ledger.vouched("quotes", at(-2), START_NS)
    symbol.judge.sightings.keep_ledger("ACME", ledger)
    symbol.judge.saw_depth("ACME", DepthSight("the venue is away", at(0)), at(0))
    # When the row is read
    found = symbol.row().channels
    # Then each stands for itself
    assert found == (
        LiveChannel(
            name="prints", state="degraded", reason="not_compared: prints were never compared"
        ),
        LiveChannel(name="quotes", state="visible", proved_ns=at(-2)),
        LiveChannel(
            name="depth",
            state="blind",
            reason="depth blind since 14:00:00 UTC: the venue is away",
        ),
    )


def test_a_symbol_may_be_muted() -> None:
    # Given a wish that no notice of it is sent for a minute
    until = START + timedelta(minutes=1)
    # When its row is read, then it says until when
    assert Symbol().row(muted_until=until).muted_until_ns == ns_from_utc(until)


def test_a_row_is_read_anew_once_something_has_come_and_each_second() -> None:
    # Given a row that was read
    symbol = Symbol()
    symbol.row()
    # When it is asked for again at once, after a quote, within the second, and in the next
    counts = []
    for seconds, has_quote in ((0.0, False), (0.0, True), (0.9, False), (0.1, False)):
        symbol.clock.move(seconds)
        if has_quote:
            symbol.quote()
        symbol.row()
        counts.append(symbol.read)
    # Then it was read where that may have changed something
    assert counts == [1, 2, 2, 3]


def test_figures_that_are_about_to_change_are_those_of_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a row that was read, and a window that cannot be read while a second joins the others
    symbol = Symbol()
    symbol.trade(0, 100, stated_side="sell")
    before = symbol.row().delta
    monkeypatch.setattr("trading_bot.order_flow.rules.red_burst.reading_of", lambda *_: None)
    symbol.clock.move(1)
    # When it is read again, and once more when nothing is known of before
    found = [symbol.row()]
    symbol.reader.forget("ACME")
    found.append(symbol.row())
    # Then the figures of before stand, or none
    assert before == -100
    assert [each.delta for each in found] == [-100, None]
