"""When a position should be left, how urgently, why, and how often that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import Holdings

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import (
    ALERT_SOURCES,
    AlertSource,
    OrderFlowAlert,
    Scale,
    Severity,
)
from trading_bot.order_flow.exit_judge import ExitJudge
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation

NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
LONG = Position(
    "AAPL", quantity=Decimal(200), average_price=Decimal("101.50"), stop=Decimal("99.00")
)
SHORT = Position("TSLA", quantity=Decimal(-10), average_price=Decimal(300), stop=Decimal(310))


def seller(
    second: float = 0,
    *,
    symbol: str = "AAPL",
    price: str | None = "100.00",
    size: int | None = 12_000,
    severity: Severity = "warning",
    source: AlertSource | None = "aggressive_sell",
    **more: Any,
) -> OrderFlowAlert:
    return OrderFlowAlert(
        symbol=symbol,
        alert_type="large_seller",
        severity=severity,
        order_size=size,
        price_level=None if price is None else Decimal(price),
        volume_ratio=None,
        timestamp_utc=NOON + second * SECOND,
        source=source,
        **more,
    )


def burst(
    second: float = 0,
    *,
    symbol: str = "AAPL",
    ratio: float | None = 4.5,
    sell_ratio: float | None = 0.82,
) -> OrderFlowAlert:
    return OrderFlowAlert(
        symbol=symbol,
        alert_type="red_burst",
        severity="critical",
        order_size=None,
        price_level=None,
        volume_ratio=ratio,
        timestamp_utc=NOON + second * SECOND,
        sell_ratio=sell_ratio,
    )


class Desk:
    """A risk manager and the history that its alerts go into."""

    def __init__(self, *positions: Position, **settings: Any) -> None:
        self.positions: list[Position] = list(positions or (LONG, SHORT))
        self.manager = ExitJudge(OrderFlowConfig(thresholds="fixed", **settings), self)
        self.history: list[OrderFlowAlert] = []

    def get_active_positions(self) -> Sequence[Position]:
        return self.positions

    def get_watchlist(self) -> Sequence[str]:
        return ()

    def tell(self, alert: OrderFlowAlert, price: str | None = None) -> ExitRecommendation | None:
        self.history.append(alert)
        found = None if price is None else Decimal(price)
        return self.manager.on_alert(alert, self.history, found)

    def said(self, *alerts: OrderFlowAlert) -> list[str | None]:
        """Return the urgency of what each alert recommends."""
        found = [self.tell(alert) for alert in alerts]
        return [each.urgency if each else None for each in found]

    def recheck(self, second: float, price: str | None = None) -> ExitRecommendation | None:
        found = None if price is None else Decimal(price)
        return self.manager.recheck("AAPL", self.history, NOON + second * SECOND, found)


# When it is due


def test_the_third_large_seller_in_two_minutes_recommends_the_exit() -> None:
    # Given two large sellers, the second at another price and critical for nothing
    desk = Desk()
    first, second = seller(0), seller(60, price="99.80", source="ask_wall", size=15_000)
    assert desk.said(first, second) == [None, None]
    # When a third comes exactly as the window closes
    third = seller(120)
    found = desk.tell(third, "100.25")
    # Then the recommendation tells all that is known
    assert found == ExitRecommendation(
        symbol="AAPL",
        reason="3 large sellers in 120 s (aggressive sell, ask wall): "
        "39,000 shares between 99.80 and 100.00 USD",
        alerts=(first, second, third),
        position=LONG,
        price=Decimal("100.25"),
        unrealised_pnl=Decimal("-250.00"),
        distance_to_stop=Decimal("1.25"),
        urgency="elevated",
        timestamp_utc=NOON + 120 * SECOND,
    )


@pytest.mark.parametrize(("last", "due"), [(119.999999, True), (120, True), (120.000001, False)])
def test_the_window_includes_both_its_ends(last: float, due: bool) -> None:
    # Given two large sellers
    desk = Desk()
    desk.said(seller(0), seller(60))
    # When the third comes about two minutes after the first
    # Then exactly two minutes count
    assert (desk.tell(seller(last)) is not None) is due


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(None, None), (3.999999, None), (4.0, "high"), (4.000001, "high")],
)
def test_one_red_burst_from_the_threshold_on_is_enough(
    ratio: float | None, expected: str | None
) -> None:
    # Given a held position
    # When one red burst of that ratio comes
    # Then it is enough from 4.0 on
    assert Desk().said(burst(ratio=ratio)) == [expected]


def test_a_burst_is_told_in_words() -> None:
    # Given a held position
    # When a red burst comes, with and without a known sell ratio
    found = [Desk().tell(burst(sell_ratio=ratio)) for ratio in (0.82, None)]
    # Then the reason is a sentence
    assert [each.reason for each in found if each] == [
        "red burst: the last minute traded 4.5 times the usual minute's volume, 82% of it sold",
        "red burst: the last minute traded 4.5 times the usual minute's volume",
    ]


def test_sellers_without_price_size_or_source_are_told_by_what_is_known() -> None:
    # Given alerts that a caller made with little
    desk = Desk()
    alerts = [seller(k, price=None, size=None, source=None) for k in range(3)]
    # When the third is judged
    found = [desk.tell(alert) for alert in alerts][-1]
    # Then nothing is invented
    assert found is not None
    assert (found.reason, found.price, found.unrealised_pnl, found.distance_to_stop) == (
        "3 large sellers in 2 s (large seller): 0 shares",
        None,
        None,
        None,
    )


def test_without_a_price_the_alerts_own_is_used() -> None:
    # Given three large sellers at 100.00
    desk = Desk()
    # When no price is given
    found = [desk.tell(seller(k)) for k in range(3)][-1]
    # Then the position is reckoned at theirs
    assert found is not None
    assert (found.price, found.unrealised_pnl) == (Decimal("100.00"), Decimal("-300.00"))


def test_a_position_is_left_though_it_is_not_known_what_was_paid() -> None:
    # Given a position without a known price
    desk = Desk(Position("AAPL", quantity=1, average_price=None, stop=99))
    # When a burst comes
    found = desk.tell(burst(), "100")
    # Then the exit is recommended: its profit is unknown, the distance is not
    assert found is not None
    assert (found.distance_to_stop, found.unrealised_pnl) == (Decimal(1), None)


def test_a_position_without_a_stop_has_no_distance_to_it() -> None:
    # Given a position without a stop
    desk = Desk(Position("AAPL", quantity=Decimal(1), average_price=Decimal(90)))
    # When a burst comes
    found = desk.tell(burst(), "100")
    # Then the distance is unknown, the profit is not
    assert found is not None
    assert (found.distance_to_stop, found.unrealised_pnl) == (None, Decimal(10))


def test_symbols_are_never_added_up() -> None:
    # Given two positions
    other = Position("MSFT", quantity=Decimal(1), average_price=Decimal(400))
    desk = Desk(LONG, other)
    # When each has two large sellers
    found = desk.said(seller(0), seller(1, symbol="MSFT"), seller(2), seller(3, symbol="MSFT"))
    # Then neither is to be left
    assert found == [None] * 4


def test_only_chosen_sources_count() -> None:
    # Given a configuration in which only aggressive sales count
    desk = Desk(exit_sources=("aggressive_sell",))
    # When bids, walls, sales and one of no source come
    found = desk.said(
        seller(0, source="resting_bid"),
        seller(1, source="ask_wall"),
        seller(2),
        seller(3, source=None),
        seller(4, source="resting_bid"),
        seller(5),
    )
    # Then the third that counts is due
    assert found == [None, None, None, None, None, "elevated"]


def test_a_symbols_own_thresholds_decide() -> None:
    # Given a short window and a high burst threshold for this symbol
    own = {"AAPL": {"alert_window_seconds": 30, "red_burst_threshold": 6.0}}
    desk = Desk(symbol_overrides=own)
    # When sellers come over 31 s, and a burst of 5.9
    # Then nothing is due, until a burst of 6.0
    assert desk.said(seller(0), seller(1), seller(31), burst(32, ratio=5.9)) == [None] * 4
    assert desk.said(burst(33, ratio=6.0)) == ["high"]


def test_a_position_that_is_not_held_is_not_left() -> None:
    # Given a symbol without a position
    # When a burst comes
    # Then nothing is said
    assert Desk().said(burst(symbol="NVDA")) == [None]


def test_a_short_position_is_never_exited() -> None:
    # Given a short position
    desk = Desk()
    # When a burst and four large sellers come
    found = desk.said(burst(symbol="TSLA"), *(seller(k, symbol="TSLA") for k in range(4)))
    # Then nothing is said, and nothing is to be looked at again
    assert (found, desk.manager.recheck_at("TSLA")) == ([None] * 5, None)


# How urgent it is


@pytest.mark.parametrize(
    ("alerts", "price", "urgency"),
    [
        ([seller(k) for k in range(3)], "100", "elevated"),
        ([seller(0), seller(1, severity="critical"), seller(2)], "100", "high"),
        ([burst()], "100", "high"),
        ([burst(), seller(0), seller(1), seller(2)], "100", "immediate"),
        ([seller(k) for k in range(3)], "99.01", "elevated"),
        ([seller(k) for k in range(3)], "99.00", "immediate"),
        ([burst()], "98.99", "immediate"),
    ],
)
def test_urgency_follows_the_alerts_and_the_stop(
    alerts: list[OrderFlowAlert], price: str, urgency: str
) -> None:
    # Given all but the last alert
    desk = Desk()
    for alert in alerts[:-1]:
        desk.tell(alert, price)
    # When the last comes
    found = desk.tell(alerts[-1], price)
    # Then sellers are elevated, a burst or a critical one high, both or the stop immediate
    assert found is not None
    assert found.urgency == urgency


def test_a_reached_stop_is_told() -> None:
    # Given a position whose stop is 99.00
    # When a burst comes at that price
    found = Desk().tell(burst(sell_ratio=None), "99.00")
    # Then the reason says so
    assert found is not None
    assert found.reason.endswith("usual minute's volume; the stop is reached")


def test_sellers_and_burst_are_told_together() -> None:
    # Given three large sellers
    desk = Desk()
    desk.said(*(seller(k) for k in range(3)))
    # When a burst comes
    found = desk.tell(burst(3))
    # Then both stand in the reason, and all alerts behind it, oldest first
    assert found is not None
    assert found.reason.startswith("3 large sellers in 2 s (aggressive sell): 36,000 shares")
    assert "; red burst: the last minute traded 4.5 times" in found.reason
    assert found.alerts == tuple(desk.history)


# How often it is said


def test_one_recommendation_per_episode() -> None:
    # Given an exit that was recommended
    desk = Desk()
    assert desk.said(*(seller(k) for k in range(3))) == [None, None, "elevated"]
    # When more large sellers come within the window
    # Then it is not said again
    assert desk.said(*(seller(3 + k) for k in range(20))) == [None] * 20


def test_it_is_said_again_when_the_urgency_rises_and_not_when_it_falls() -> None:
    # Given an exit recommended for large sellers
    desk = Desk()
    desk.said(seller(0), seller(1), seller(2))
    # When a critical one, a burst, another burst and plain sellers follow
    found = desk.said(
        seller(3, severity="critical"), burst(4), burst(5), seller(6), seller(118), seller(119)
    )
    # Then each rise is said once
    assert found == ["high", "immediate", None, None, None, None]


def test_a_new_episode_begins_once_the_rule_has_lapsed() -> None:
    # Given an exit that was recommended
    desk = Desk()
    desk.said(seller(0), seller(1), seller(2))
    # When the rule lapses, and three new large sellers come
    found = desk.said(seller(200), seller(201), seller(202))
    # Then it is recommended anew
    assert found == [None, None, "elevated"]


def test_a_burst_after_the_rule_has_lapsed_is_a_new_episode() -> None:
    # Given an exit recommended for a burst
    desk = Desk()
    assert desk.said(burst(0)) == ["high"]
    # When another comes within the window, and one after it has closed
    # Then only the last is a new episode
    assert desk.said(burst(119), burst(240)) == [None, "high"]


def keep_selling(desk: Desk, until: int) -> list[float]:
    """Let a seller come every 30 s; return when an exit was recommended."""
    return [k for k in range(0, until + 1, 30) if desk.tell(seller(k)) is not None]


def test_it_is_said_again_after_five_minutes_while_the_rule_holds() -> None:
    # Given selling that never pauses
    # When it goes on for twelve minutes
    # Then it is recommended at the third seller, and every five minutes
    assert keep_selling(Desk(), 720) == [60, 360, 660]


@pytest.mark.parametrize(("second", "again"), [(359.999999, False), (360, True), (361, True)])
def test_a_recheck_repeats_after_five_minutes_while_the_rule_holds(
    second: float, again: bool
) -> None:
    # Given a recommendation at 60 s, and selling up to 330 s
    desk = Desk()
    keep_selling(desk, 330)
    assert desk.manager.recheck_at("AAPL") == NOON + 360 * SECOND
    # When it is looked at again
    found = desk.recheck(second, "100.10")
    # Then it is repeated from five minutes on, as of that moment
    assert (None if found is None else (found.timestamp_utc, found.price)) == (
        (NOON + second * SECOND, Decimal("100.10")) if again else None
    )


def test_a_recheck_says_when_the_stop_is_reached() -> None:
    # Given a recommendation
    desk = Desk()
    desk.said(seller(0), seller(1), seller(2))
    # When the price falls to the stop within the window
    found = desk.recheck(10, "99.00")
    # Then the urgency has risen
    assert found is not None
    assert found.urgency == "immediate"


def test_a_recheck_ends_an_episode_whose_rule_has_lapsed() -> None:
    # Given a recommendation, and no selling since
    desk = Desk()
    desk.said(seller(0), seller(1), seller(2))
    # When it is looked at after five minutes
    found = desk.recheck(302)
    # Then nothing is said, and there is nothing more to look at
    assert (found, desk.manager.recheck_at("AAPL"), desk.recheck(303)) == (None, None, None)


def test_there_is_nothing_to_recheck_without_a_recommendation() -> None:
    # Given two large sellers
    desk = Desk()
    desk.said(seller(0), seller(1))
    # When it is looked at
    # Then there is nothing
    assert (desk.recheck(2), desk.manager.recheck_at("AAPL")) == (None, None)


def test_a_closed_position_ends_its_episode() -> None:
    # Given a recommendation
    desk = Desk()
    desk.said(seller(0), seller(1), seller(2))
    # When the position is closed and forgotten, and opened again within the window
    desk.positions.clear()
    assert desk.said(seller(3)) == [None]
    desk.manager.forget("AAPL")
    desk.positions.append(LONG)
    # Then the next large seller recommends the exit of the new one
    assert desk.said(seller(4)) == ["elevated"]


# Late alerts


@pytest.mark.parametrize(
    ("delay", "due"), [(119.0, True), (120.0, True), (120.000001, False), (None, True)]
)
def test_an_alert_older_than_the_window_when_received_recommends_nothing(
    delay: float | None, due: bool
) -> None:
    # Given two large sellers
    desk = Desk()
    desk.said(seller(0), seller(1))
    # When the third was late by so much
    found = desk.tell(seller(2, late=True, delay_seconds=delay))
    # Then beyond the window it recommends nothing by itself
    assert (found is not None) is due


def test_an_alert_that_was_too_late_still_counts_with_others() -> None:
    # Given two large sellers and one that came too late
    desk = Desk()
    late = seller(2, late=True, delay_seconds=600.0)
    assert desk.said(seller(0), seller(1), late) == [None] * 3
    # When another comes in time
    # Then all count by their exchange times
    assert desk.said(seller(3)) == ["elevated"]


def test_an_alert_out_of_order_does_not_repeat_what_stands() -> None:
    # Given an exit recommended at 62 s
    desk = Desk()
    desk.said(seller(0), seller(61), seller(62))
    # When an older alert arrives after it
    found = desk.said(seller(30, late=True, delay_seconds=40.0), seller(63))
    # Then the window still ends at the newest, and nothing is said twice
    assert found == [None, None]


def test_an_alert_out_of_order_may_be_the_third() -> None:
    # Given two large sellers
    desk = Desk()
    desk.said(seller(60), seller(120))
    # When one comes from within, and one from before the window of the newest
    too_old, in_time = desk.tell(seller(-1)), desk.tell(seller(0))
    # Then the window ends at the newest event, which dates the recommendation
    assert too_old is None
    assert in_time is not None
    assert (in_time.timestamp_utc, len(in_time.alerts)) == (NOON + 120 * SECOND, 3)


# Feeds


def test_blind_symbols_are_noted_until_they_recover_or_are_forgotten() -> None:
    # Given two blind feeds
    manager = Desk().manager
    manager.on_feed_blind("AAPL")
    manager.on_feed_blind("MSFT")
    assert manager.blind_symbols == {"AAPL", "MSFT"}
    # When one recovers and the other's position is closed, each twice
    for _ in range(2):
        manager.on_feed_recovered("AAPL")
        manager.forget("MSFT")
    # Then none is noted
    assert manager.blind_symbols == set()


# Properties


Flow = list[tuple[int, bool, str]]
flows = st.lists(
    st.tuples(st.integers(0, 100), st.booleans(), st.sampled_from(("AAPL", "MSFT"))), max_size=25
)
"""Alerts as (seconds after the one before, is a burst, symbol)."""


def recommended(flow: Flow, *, shift: int = 0, only: str | None = None) -> list[tuple[float, str]]:
    other = Position("MSFT", quantity=Decimal(1), average_price=Decimal(400))
    manager = ExitJudge(OrderFlowConfig(thresholds="fixed"), Holdings(LONG, other))
    history: list[OrderFlowAlert] = []
    second, found = shift, []
    for step, is_burst, symbol in flow:
        second += step
        if only not in (None, symbol):
            continue
        make = burst if is_burst else seller
        history.append(make(second, symbol=symbol))
        each = manager.on_alert(history[-1], history)
        if each is not None:
            found.append(((each.timestamp_utc - NOON).total_seconds() - shift, each.symbol))
    return found


@given(flows, st.integers(-100_000, 100_000))
def test_the_same_alerts_recommend_the_same_and_later_ones_later(flow: Flow, shift: int) -> None:
    # Given any alerts, and the same at another time
    # When they are judged
    now = recommended(flow)
    # Then once is as good as twice, and only the time differs
    assert recommended(flow) == now
    assert recommended(flow, shift=shift) == now


@given(flows)
def test_each_position_is_judged_as_if_it_were_alone(flow: Flow) -> None:
    # Given any alerts of two symbols
    together = recommended(flow)
    # When each symbol is judged by itself
    # Then its recommendations are the same
    for symbol in ("AAPL", "MSFT"):
        assert [each for each in together if each[1] == symbol] == recommended(flow, only=symbol)


def test_no_alert_recommends_nothing() -> None:
    # Given no alert
    # When positions are judged
    # Then nothing is recommended
    assert recommended([]) == []


# Since when a position is held, and what was recommended before


@pytest.mark.parametrize(("opened", "due"), [(0, True), (0.001, False)])
def test_nobody_is_told_to_leave_for_what_was_before_the_position(opened: float, due: bool) -> None:
    # Given a position that was opened around the first of three large sellers
    desk = Desk(replace(LONG, opened_at=NOON + opened * SECOND))
    # When the third comes
    found = desk.said(seller(0), seller(1), seller(2))
    # Then all three must have come since
    assert found == [None, None, "elevated" if due else None]


@pytest.mark.parametrize(("opened", "due"), [(0, True), (0.001, False)])
def test_a_burst_of_before_the_position_is_no_reason_to_leave(opened: float, due: bool) -> None:
    # Given a position that was opened around a burst
    desk = Desk(replace(LONG, opened_at=NOON + opened * SECOND))
    # When it comes
    found = desk.said(burst(0))
    # Then it counts if the position was there
    assert found == ["high" if due else None]


def test_a_recommendation_of_an_earlier_run_stands() -> None:
    # Given what an earlier run recommended at the third seller
    earlier = Desk()
    sellers = [seller(0), seller(1), seller(2)]
    recommended = [earlier.tell(each) for each in sellers][-1]
    assert recommended is not None
    desk = Desk()
    desk.history += sellers
    desk.manager.take_back(recommended)
    # When a fourth comes, and five minutes have passed with sellers all the while
    fourth = desk.tell(seller(3))
    desk.history += [seller(240), seller(250), seller(260)]
    again = desk.recheck(302)
    # Then it is repeated as if one run had seen all
    assert fourth is None
    assert desk.manager.recheck_at("AAPL") == NOON + 602 * SECOND
    assert again is not None


def test_a_newer_recommendation_is_not_replaced_by_an_older_one() -> None:
    # Given a recommendation of this run, and an older one of an earlier run
    desk = Desk()
    for second in (10, 11, 12):
        newer = desk.tell(seller(second))
    assert newer is not None
    # When the older one is taken back
    desk.manager.take_back(replace(newer, timestamp_utc=NOON))
    # Then the newer one stands
    assert desk.manager.recheck_at("AAPL") == NOON + 312 * SECOND


# On the symbol's own scale


def ranked(alert: OrderFlowAlert, orders: int = 0, first: float = 0) -> OrderFlowAlert:
    """Give an alert its place: the last of so many orders, the first of which came when told."""
    scale = Scale(
        size=12_000,
        rank=1,
        of=195,
        larger_at=None,
        threshold=10_000,
        lead=0,
        usual_minute=20_000,
        memory_from=NOON,
        orders=orders,
        orders_from=NOON + first * SECOND if orders else None,
    )
    return replace(alert, scale=scale)


@pytest.mark.parametrize(("orders", "due"), [(2, False), (3, True)])
def test_three_orders_make_an_exit_due_though_one_was_not_told(orders: int, due: bool) -> None:
    # Given an order that was told, and perhaps one that said the same
    desk = Desk()
    desk.tell(ranked(seller(0), 1))
    # When another is told
    found = desk.tell(ranked(seller(16), orders))
    # Then three are enough, and the words say how many alerts they stand in
    assert (found is not None) is due
    if found is not None:
        assert found.reason == (
            "3 large sellers in 16 s (aggressive sell), 2 of them told: "
            "24,000 shares between 100.00 and 100.00 USD"
        )


def test_orders_of_before_the_position_are_no_reason_to_leave() -> None:
    # Given a position that was opened between the first and the second of three orders
    opened = replace(LONG, opened_at=NOON + 5 * SECOND)
    desk = Desk(opened)
    desk.tell(ranked(seller(0), 1))
    # When the third is told
    # Then no exit is due, and it is once three have come since
    assert desk.tell(ranked(seller(16), 3, first=0)) is None
    assert desk.tell(ranked(seller(30), 3, first=6)) is not None


@pytest.mark.parametrize(("severity", "due"), [("warning", False), ("critical", True)])
def test_a_ranked_burst_is_enough_only_where_it_exceeds_everything(
    severity: Severity, due: bool
) -> None:
    # Given a burst of more than four times the usual minute
    # When it is told, critical or not
    found = Desk().tell(ranked(replace(burst(), severity=severity)))
    # Then it is enough only where it exceeds everything in memory
    assert (found is not None) is due


@pytest.mark.parametrize(
    ("price", "urgency"), [("99.01", "high"), ("99.00", "immediate"), ("98.99", "immediate")]
)
def test_only_the_stop_makes_a_ranked_exit_immediate(price: str, urgency: str) -> None:
    # Given three ranked orders, and a stop at 99.00
    desk = Desk()
    desk.tell(ranked(seller(0), 3))
    # When a critical burst joins them at a price above, at or below the stop
    found = desk.tell(ranked(burst(1)), price)
    # Then the exit is immediate at the stop only
    assert found is not None
    assert found.urgency == urgency


def judged_together(**settings: Any) -> Desk:
    """Return a desk whose alerts come from where quotes and prints are judged together."""
    desk = Desk()
    desk.manager = ExitJudge(OrderFlowConfig(**settings), desk, together=True)
    return desk


@pytest.mark.parametrize("source", [each for each in ALERT_SOURCES if each != "aggressive_sell"])
def test_on_own_scale_orders_alone_count_towards_an_exit(source: AlertSource) -> None:
    # Given own scale, and three large sellers that are no orders, ranked or by a stated number
    found = [seller(k, source=source) for k in range(3)]
    # When they are told
    # Then no exit is due
    assert judged_together().said(*map(ranked, found)) == [None] * 3
    assert judged_together(large_order_size_threshold=12_000).said(*found) == [None] * 3


def test_a_source_that_is_stated_counts_on_own_scale_too() -> None:
    # Given own scale, where the user has offers count, too
    desk = judged_together(exit_sources=("aggressive_sell", "ask_wall"))
    # When two ranked offers and an order come
    walls = [ranked(seller(k, source="ask_wall")) for k in range(2)]
    # Then an exit is due
    assert desk.said(*walls, ranked(seller(2), 1)) == [None, None, "elevated"]


@pytest.mark.parametrize("thresholds", ["own_scale", "fixed"])
def test_a_new_source_never_counts_by_itself(thresholds: str) -> None:
    # Given settings that state no sources, and a source that no version has had yet
    desk = judged_together(thresholds=thresholds)
    news: Any = "dark_print"
    # When many large sellers of it come, of the greatest severity
    found = [seller(k, source=news, severity="critical") for k in range(6)]
    # Then there is no exit
    assert desk.said(*found) == [None] * 6
