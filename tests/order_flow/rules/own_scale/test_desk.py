"""From what the rules find to what is worth a line; and what settings make of own scale."""

from __future__ import annotations

from typing import Any

import pytest
from support.monitor_stubs import at, large_seller, red_burst

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import Scale
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, utc_from_ns
from trading_bot.order_flow.rules.own_scale.desk import (
    ScaleDesk,
    kinds_of,
    said_lines,
    scale_rules,
    thresholds_by_name,
)
from trading_bot.order_flow.rules.own_scale.memory import (
    BID,
    BURST,
    NEVER,
    ORDER,
    WALL,
    OwnScale,
    SaidLine,
    ScaleRules,
)
from trading_bot.order_flow.rules.signals import Signal


def desk(**rules: Any) -> ScaleDesk:
    scale = OwnScale(ScaleRules(**rules))
    scale.watch_from(at(0))
    scale.turn(at(0))
    return ScaleDesk(scale, 120)


def order(seconds: float, size: int = 5_000) -> Signal:
    return Signal(
        "ACME", "large_seller", "warning", at(seconds), size, 100_000_000, "aggressive_sell"
    )


def burst(seconds: float) -> Signal:
    return Signal("ACME", "red_burst", "warning", at(seconds), volume_ratio=3.0)


def bid(seconds: float) -> Signal:
    return Signal("ACME", "large_seller", "warning", at(seconds), 9_000, 99_000_000, "resting_bid")


def scale_of(**changes: Any) -> Scale:
    values: dict[str, Any] = {
        "size": 5_000,
        "rank": 1,
        "of": 0,
        "larger_at": None,
        "threshold": NEVER,
        "lead": 0,
        "usual_minute": 0,
        "memory_from": None,
    }
    return Scale(**values | changes)


def test_what_is_worth_a_line_has_its_place_in_the_memory() -> None:
    # Given a desk with an hour of memory, in which one block had a larger order
    own = desk()
    for block in range(31):
        own.scale.turn(at(120 * block))
        own.scale.volume += 2_000
        own.scale.learn(ORDER, 9_000 if block == 3 else 4_000)
    # When an order is found
    own.scale.turn(at(120 * 31))
    (found,) = own.ranked([order(120 * 31)], 0)
    # Then it says its rank, what was larger, and what is usual
    assert found.scale is not None
    assert (found.scale.rank, found.scale.of) == (2, 31)
    assert found.scale.larger_at == utc_from_ns(at(360))
    assert found.scale.memory_from == utc_from_ns(at(0))
    assert (found.scale.size, found.scale.usual_minute) == (5_000, 1_000)
    assert (found.scale.orders, found.scale.orders_from) == (1, utc_from_ns(at(120 * 31)))


def test_the_size_of_a_burst_is_its_ratio_in_thousandths() -> None:
    # Given a desk
    # When a burst of three times is found
    (found,) = desk().ranked([burst(1)], 3_000)
    # Then that is its size, and no order counts
    assert found.scale is not None
    assert (found.scale.size, found.scale.orders, found.scale.orders_from) == (3_000, 0, None)


def test_a_kind_that_is_not_ranked_passes_as_it_is() -> None:
    # Given a desk that ranks no bids
    # When two are found at once
    found = desk().ranked([bid(1), bid(1)], 0)
    # Then both are said, without a place
    assert found == [bid(1), bid(1)]


def test_what_says_the_same_again_is_left_out() -> None:
    # Given a line of an order
    own = desk()
    own.ranked([order(1)], 0)
    # When an equal one follows
    # Then nothing is said
    assert own.ranked([order(2)], 0) == []


def test_only_ranked_lines_count() -> None:
    # Given a desk
    own = desk()
    # When a ranked line and another are counted
    for signal in (*own.ranked([order(1)], 0), bid(1)):
        own.count(signal)
    # Then one counts
    assert own.today().alerts == 1


def test_lines_are_those_of_this_session_in_their_order() -> None:
    # Given alerts of earlier runs: of yesterday, without a scale, late, and of each kind
    alerts = [
        large_seller(3, scale=scale_of(orders=2)),
        large_seller(-90_000, scale=scale_of()),
        large_seller(1),
        red_burst(2, scale=scale_of(size=3_100)),
    ]
    # When the lines of today are asked for
    found = said_lines(alerts, at(0))
    # Then those that count are there
    assert found == (SaidLine(at(2), BURST, 3_100, 0), SaidLine(at(3), ORDER, 5_000, 2))


def test_what_the_run_before_has_judged_is_not_judged_again() -> None:
    # Given a desk that goes on from a state, and a line from before it
    before = desk()
    before.scale.turn(at(240))
    scale = OwnScale(ScaleRules())
    scale.restore(before.scale.state())
    scale.watch_from(at(0))
    own = ScaleDesk(scale, 120)
    own.know_said([SaidLine(at(230), ORDER, 5_000, 0)], at(0))
    # When orders are found before its beginning, and at it
    found = [own.ranked([order(second)], 0) for second in (100, 239.999, 240, 350)]
    # Then those before are not said, those after are held against the line; all count as orders
    assert [len(each) for each in found] == [0, 0, 0, 1]
    assert found[3][0].scale is not None
    assert found[3][0].scale.orders == 3


@pytest.mark.parametrize("settings", [{"thresholds": "fixed"}, {"sessions": "extended"}])
def test_fixed_thresholds_and_extended_sessions_have_no_scale(settings: dict[str, Any]) -> None:
    # Given such settings
    # When a symbol's rules are asked for
    # Then there are none
    assert scale_rules(OrderFlowConfig(**settings), "ACME") is None


def test_the_defaults_rank_bursts_orders_and_offers() -> None:
    # Given the defaults
    # When a symbol's rules are asked for
    found = scale_rules(OrderFlowConfig(), "ACME")
    # Then nothing is stated, and the floors are in ticks
    assert found == ScaleRules(
        kinds=(BURST, ORDER, WALL),
        least_order_ticks=25_000 * TICKS_PER_DOLLAR,
        least_burst_ticks=50_000 * TICKS_PER_DOLLAR,
    )


@pytest.mark.parametrize(
    ("settings", "kinds", "stated"),
    [
        ({"large_order_size_threshold": 15_000}, (BURST,), (0, 15_000, 15_000, 0)),
        ({"volume_spike_threshold": 2.5}, (ORDER, WALL), (2_500, 0, 0, 0)),
        ({"red_burst_threshold": 5.0}, (ORDER, WALL), (3_000, 0, 0, 0)),
        (
            {
                "large_order_size_threshold": 15_000,
                "own_scale_sources": ("resting_bid", "ask_wall"),
            },
            (),
            (0, 15_000, 15_000, 15_000),
        ),
        (
            {"symbol_overrides": {"ACME": {"large_order_size_threshold": 12_000}}},
            (BURST,),
            (0, 12_000, 12_000, 0),
        ),
        (
            {"symbol_overrides": {"BOLT": {"volume_spike_threshold": 2.0}}},
            (BURST, ORDER, WALL),
            (0,) * 4,
        ),
    ],
)
def test_a_stated_number_wins_for_its_kind_and_symbol(
    settings: dict[str, Any], kinds: tuple[int, ...], stated: tuple[int, ...]
) -> None:
    # Given a number that the trader states
    # When a symbol's rules are asked for
    found = scale_rules(OrderFlowConfig(**settings), "ACME")
    # Then its kind is not ranked
    assert found is not None
    assert (found.kinds, found.stated) == (kinds, stated)


def test_sources_are_named_as_in_the_settings() -> None:
    # Given sources
    # When their kinds are asked for
    # Then they come in their order
    assert kinds_of(("resting_bid", "burst")) == (BURST, BID)


def test_thresholds_are_named_by_source() -> None:
    # Given thresholds
    # When they are named
    found = thresholds_by_name([2_900, 5_000, NEVER, NEVER + 1])
    # Then what is never large has none
    assert found == {
        "burst": 2_900,
        "aggressive_sell": 5_000,
        "ask_wall": None,
        "resting_bid": None,
    }


def eaten(seconds: float, size: int) -> Signal:
    return Signal(
        "ACME", "large_seller", "warning", at(seconds), size, 99_000_000, "bid_wall_eaten"
    )


def test_a_bid_that_was_eaten_is_ranked_among_offers_and_counts_within_the_wish() -> None:
    # Given
    own = desk()
    # When
    (signal,) = own.ranked([eaten(10, 9_000)], 0)
    own.count(signal)
    # Then
    assert signal.scale is not None
    assert (signal.scale.size, signal.scale.threshold) == (9_000, own.scale.thresholds[WALL])
    assert own.today().alerts == 1


def test_two_bids_eaten_within_two_minutes_are_one_line() -> None:
    # Given
    own = desk()
    # When
    found = [own.ranked([eaten(second, 9_000)], 0) for second in (10, 100)]
    # Then
    assert [len(each) for each in found] == [1, 0]


def test_a_line_of_an_eaten_bid_counts_after_a_restart() -> None:
    # Given
    alert = large_seller(5, source="bid_wall_eaten", scale=scale_of(size=9_000))
    # Then
    assert said_lines([alert], at(0)) == (SaidLine(at(5), WALL, 9_000, 0),)
