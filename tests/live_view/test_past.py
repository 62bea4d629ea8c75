"""Half an hour of each symbol: a point a second, bounded, and nothing made up."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from support.live_market import live_beat, live_row
from support.monitor_stubs import at

from trading_bot.live_view.past import KEPT_SECONDS, Past


def ms(seconds: float) -> int:
    return at(seconds) // 1_000_000


def test_a_second_has_one_point_and_it_is_the_last_known() -> None:
    # Given beats of which two fall into one second
    past = Past()
    past.take_beat(live_beat(live_row(), whole=True))
    past.take_beat(live_beat(live_row(price="100.75", sees="blind"), seconds=0.75))
    past.take_beat(live_beat(live_row(price="101.00", sees="degraded"), seconds=1.0))
    # When the history is asked for
    found = past.history("ACME")
    # Then each second has its last point
    assert found == {
        "symbol": "ACME",
        "t": [ms(0.75), ms(1)],
        "price": [100.75, 101.0],
        "volume_ratio": [1.2, 1.2],
        "sell_ratio": [0.5, 0.5],
        "sell_ratio_low": [0.4, 0.4],
        "delta": [-1_200.0, -1_200.0],
        "bid": [500.0, 500.0],
        "ask": [400.0, 400.0],
        "sees": [2, 1],
        "depth": None,
    }
    assert past.point("ACME") == [ms(1), 101.0, 1.2, 0.5, 0.4, -1_200.0, 500.0, 400.0, 1]


def test_a_symbol_that_has_not_changed_goes_on() -> None:
    # Given two symbols, of which one changes
    past = Past()
    past.take_beat(live_beat(live_row("ACME"), live_row("BOLT"), whole=True))
    past.take_beat(live_beat(live_row("BOLT"), seconds=1))
    # When the next beat has neither
    past.take_beat(live_beat(seconds=2))
    # Then both have a point for each second
    for symbol in ("ACME", "BOLT"):
        found = past.history(symbol)
        assert found is not None
        assert found["t"] == [ms(0), ms(1), ms(2)]


def test_what_is_not_known_is_null() -> None:
    # Given a row that knows nothing
    past = Past()
    unknown: dict[str, Any] = dict.fromkeys(
        ("price", "volume_ratio", "sell_ratio", "sell_ratio_low", "delta", "bid_shares")
    )
    past.take_beat(live_beat(live_row(**unknown, ask_shares=None), whole=True))
    # When its point is asked for
    # Then nothing is made up, also of a price that is no number, and of nobody
    assert past.point("ACME") == [ms(0), *[None] * 7, 0]
    past.take_beat(live_beat(live_row(price="odd"), seconds=0.25))
    odd = past.point("ACME")
    assert odd is not None
    assert odd[1] is None
    assert (past.point("ODD"), past.history("ODD")) == (None, None)


def test_where_levels_are_known_each_second_has_a_column_of_them() -> None:
    # Given a book of levels, one of which has no price that can be read
    past = Past()
    levels: Any = {"depth_kind": "levels", "asks": (("100.51", 1 << 40), ("odd", 5))}
    past.take_beat(live_beat(live_row(**levels, bids=(("100.50", 300),)), whole=True))
    past.take_beat(live_beat(live_row(**levels, bids=(("100.49", -5),)), seconds=0.5))
    many = tuple((f"{90 - number}", number) for number in range(12))
    past.take_beat(live_beat(live_row(**levels, bids=many), seconds=1))
    # When the history is asked for
    found = past.history("ACME")
    # Then each second has its last ten levels a side, best first
    asks = [[[100.51, 2**32 - 1]]] * 2
    bids = [[[100.49, 0]], [[90.0 - number, number] for number in range(10)]]
    assert found is not None
    assert json.loads(msgspec.json.encode(found["depth"])) == {
        "t": [ms(0.5), ms(1)],
        "bids": bids,
        "asks": asks,
    }


def test_levels_that_are_all_too_old_are_none() -> None:
    # Given a book that was known at the start only
    past = Past(seconds=10)
    past.take_beat(live_beat(live_row(depth_kind="levels"), whole=True))
    # When eleven seconds have passed without one
    past.take_beat(live_beat(live_row(), seconds=11))
    # Then there is none
    found = past.history("ACME")
    assert found is not None
    assert (found["t"], found["depth"]) == ([ms(11)], None)


@pytest.mark.parametrize(("seconds", "first"), [(9, 0), (10, 0), (11, 1), (200, 190)])
def test_no_more_than_the_span_is_kept(seconds: int, first: int) -> None:
    # Given a past of ten seconds
    past = Past(seconds=10)
    past.take_beat(live_beat(live_row(depth_kind="levels", bids=(("1", 1),)), whole=True))
    # When more have passed
    for second in range(1, seconds + 1):
        past.take_beat(live_beat(seconds=second))
    # Then the points begin so late, of depth too, and few wait to be dropped
    found = past.history("ACME")
    assert found is not None
    assert (found["t"][0], found["depth"]["t"][0]) == (ms(first), ms(first))
    assert len(past._points["ACME"].times) <= 10 + 60


def test_half_an_hour_is_the_span() -> None:
    # Given the usual past
    # When its length is asked for, then it is half an hour
    assert KEPT_SECONDS == 1_800


def test_silence_leaves_a_gap() -> None:
    # Given a guard that was silent for a minute
    past = Past()
    past.take_beat(live_beat(live_row(), whole=True))
    past.take_beat(live_beat(seconds=60))
    # When the history is asked for
    # Then nothing fills the gap
    found = past.history("ACME")
    assert found is not None
    assert found["t"] == [ms(0), ms(60)]


def test_a_market_that_begins_anew_has_no_past() -> None:
    # Given a past of two symbols
    past = Past()
    past.take_beat(live_beat(live_row("ACME"), live_row("BOLT"), seconds=60, whole=True))
    # When a run begins at an earlier hour with one of them
    past.take_beat(live_beat(live_row("ACME"), run="f" * 16, whole=True))
    # Then the past begins there
    found = past.history("ACME")
    assert found is not None
    assert found["t"] == [ms(0)]
    assert past.history("BOLT") is None


@pytest.mark.parametrize("changes", [{"gone": ("ACME",)}, {"whole": True}])
def test_a_symbol_that_is_gone_has_no_new_points_and_is_let_go_at_last(changes: Any) -> None:
    # Given a symbol that is watched no more
    past = Past(seconds=10)
    past.take_beat(live_beat(live_row(), live_row("BOLT"), whole=True))
    past.take_beat(live_beat(live_row("BOLT"), seconds=1, **changes))
    kept = past.history("ACME")
    # When its points are too old, and another goes
    past.take_beat(live_beat(live_row("CLIF"), seconds=11, **changes))
    # Then it had its past until then, and no more
    assert kept is not None
    assert kept["t"] == [ms(0)]
    assert past.history("ACME") is None
