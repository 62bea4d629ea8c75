"""A symbol's judge lets its memory turn by quotes and by prints, within the sessions."""

from __future__ import annotations

import pytest
from support.flow_values import ASK, BID, OPEN_NS, S
from support.market import JudgedSymbol, give_quote, give_trade

from trading_bot.order_flow.calendar import session_at
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.events import BookEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.memory import (
    BLOCK_NS,
    BURST,
    KINDS,
    NEVER,
    ORDER,
    OwnScale,
)

SESSION = session_at(OPEN_NS)
assert SESSION is not None
CLOSE_NS = SESSION.close_ns


class Judged(JudgedSymbol):
    """A symbol in the first session that its memory sees."""

    def __init__(self, **settings: object) -> None:
        config = OrderFlowConfig(**settings)  # type: ignore[arg-type]
        super().__init__("ACME", config)
        rules = scale_rules(config, "ACME")
        assert rules is not None
        self.scale = OwnScale(rules)
        self.scale.watch_from(OPEN_NS)
        self.judge.judge_by(self.scale, 120)

    def quote(self, stamp_ns: int, ask: int = ASK, size: int = 300) -> None:
        give_quote(self.judge, "ACME", stamp_ns, BID, size, ask, size)

    def sell(self, stamp_ns: int, size: int) -> None:
        give_trade(self.judge, "ACME", stamp_ns, BID, size)

    def show(self, stamp_ns: int, size: int) -> None:
        units = size * UNITS_PER_SHARE
        self.judge.book(BookEvent("ACME", stamp_ns, bids=((BID, units),), asks=((ASK, units),)))


@pytest.mark.parametrize(("before_ns", "filled"), [(1, 0), (0, 1), (-1, 1)])
@pytest.mark.parametrize("by", ["quote", "print", "book"])
def test_a_block_ends_by_the_next_event_of_any_kind(by: str, before_ns: int, filled: int) -> None:
    # Given the first block of a session
    symbol = Judged()
    symbol.quote(OPEN_NS)
    # When an event comes around its end
    at_ns = OPEN_NS + BLOCK_NS - before_ns
    if by == "quote":
        symbol.quote(at_ns)
    elif by == "print":
        symbol.sell(at_ns, 100)
    else:
        symbol.show(at_ns, 300)
    # Then it is remembered from its end on
    assert symbol.scale.filled == filled


def test_a_crossed_quote_ends_no_block() -> None:
    # Given the first block of a session
    symbol = Judged()
    symbol.quote(OPEN_NS)
    # When a quote comes after it whose ask is below the bid
    symbol.quote(OPEN_NS + BLOCK_NS, BID - 1)
    # Then the block goes on
    assert symbol.scale.filled == 0


def test_a_print_belongs_to_the_block_that_it_begins() -> None:
    # Given a block in which 100 shares were sold
    symbol = Judged()
    symbol.quote(OPEN_NS)
    symbol.sell(OPEN_NS + S, 100)
    symbol.quote(OPEN_NS + BLOCK_NS - S)
    # When 700 are sold at its end
    symbol.sell(OPEN_NS + BLOCK_NS, 700)
    # Then the block before holds 100, and the new one 700
    assert symbol.scale.usual_minute == 50
    assert symbol.scale.volume == 700
    assert symbol.scale._now[ORDER] == 700


def test_a_print_without_a_side_teaches_volume_alone() -> None:
    # Given a symbol whose quote is fresh
    symbol = Judged()
    symbol.quote(OPEN_NS)
    # When a print comes that lies more than a tenth below it
    give_trade(symbol.judge, "ACME", OPEN_NS + S, BID * 8 // 10, 900)
    # Then it counts as volume, and is neither an order nor the low of the day
    assert symbol.scale.volume == 900
    assert symbol.scale._now[ORDER] == 0
    assert symbol.scale.low_ticks == NEVER


@pytest.mark.parametrize("stamp_ns", [OPEN_NS - 1, CLOSE_NS, CLOSE_NS + 1])
def test_nothing_is_large_outside_the_session(stamp_ns: int) -> None:
    # Given a symbol that has been watched for a block
    symbol = Judged()
    symbol.quote(OPEN_NS - 60 * S)
    if stamp_ns >= CLOSE_NS:
        symbol.quote(OPEN_NS)
        symbol.quote(CLOSE_NS - S)
    symbol.take()
    # When a huge order is sold outside the session
    symbol.quote(stamp_ns, size=10_000_000)
    symbol.sell(stamp_ns, 10_000_000)
    # Then nothing is said
    assert symbol.take() == []
    assert symbol.scale.thresholds == [NEVER] * KINDS


def test_a_new_largest_order_of_the_second_block_is_said() -> None:
    # Given a first block in which 500 shares were sold
    symbol = Judged()
    symbol.quote(OPEN_NS)
    symbol.sell(OPEN_NS + S, 500)
    # When half its minute, but more than any order, is sold in the second
    symbol.quote(OPEN_NS + BLOCK_NS)
    symbol.sell(OPEN_NS + BLOCK_NS + S, 500)
    symbol.sell(OPEN_NS + BLOCK_NS + 2 * S, 501)
    # Then only that is said
    assert [each.order_size for each in symbol.take()] == [501]


@pytest.mark.parametrize(
    ("setting", "ratio"), [("volume_spike_threshold", 2.0), ("red_burst_threshold", 3.5)]
)
def test_a_stated_ratio_leaves_bursts_to_the_settings(setting: str, ratio: float) -> None:
    # Given a trader who states a ratio, and a symbol that has a memory of none
    symbol = Judged(**{setting: ratio, "minimum_baseline_prints": 0})
    symbol.bursts.watch_from(OPEN_NS)
    for minute in range(5):
        symbol.quote(OPEN_NS + (60 * minute + 29) * S)
        give_trade(symbol.judge, "ACME", OPEN_NS + (60 * minute + 30) * S, ASK, 1_000)
    symbol.take()
    # When 3,600 shares are sold in the sixth minute
    symbol.quote(OPEN_NS + 359 * S)
    symbol.sell(OPEN_NS + 360 * S, 3_600)
    # Then the burst is judged by the settings, and has no rank
    found = [each for each in symbol.take() if each.alert_type == "red_burst"]
    assert [(each.volume_ratio, each.scale) for each in found] == [(3.6, None)]
    assert symbol.scale._now[BURST] == 0


def test_extended_sessions_are_judged_by_fixed_thresholds() -> None:
    # Given the settings of extended sessions
    config = OrderFlowConfig(sessions="extended")
    # When the rules of a scale are asked for, and an order is sold before the open
    symbol = JudgedSymbol("ACME", config)
    give_quote(symbol.judge, "ACME", OPEN_NS - 600 * S, BID, 300, ASK, 300)
    give_trade(symbol.judge, "ACME", OPEN_NS - 599 * S, BID, 9_999)
    give_trade(symbol.judge, "ACME", OPEN_NS - 598 * S, BID, 10_000)
    # Then there are none, and the specification's number decides
    assert scale_rules(config, "ACME") is None
    assert [(each.order_size, each.scale) for each in symbol.take()] == [(10_000, None)]
