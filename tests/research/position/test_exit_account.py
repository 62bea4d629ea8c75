"""A position over a session: stayed, left at the first exit, left by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.score_values import CENT, DAY, START, at, series_of

from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.position import Position
from trading_bot.research.position.exit_account import ExitAccount, HeldDay, account_of, hold
from trading_bot.research.quote_series import QuoteSeries

HUNDRED = Position("ACME", 100, "100.00")


def falling() -> QuoteSeries:
    """Return a session that stands at 101.00, then at 100.00 from 3,000 s and 99.99 at its end."""
    bids = np.full(12_600, START + 100 * CENT, dtype=np.int64)
    bids[3_000:] = START
    bids[-1] = START - CENT
    return series_of(bids)


def held(
    series: QuoteSeries,
    exits: Sequence[int],
    *,
    latency_ms: int = 0,
    seed: int = 1,
    position: Position = HUNDRED,
) -> HeldDay:
    found = hold(series, position, exits, latency_ms=latency_ms, seed=seed)
    assert found is not None
    return found


def test_without_an_exit_the_position_stays() -> None:
    # Given a falling session and exits outside it
    # When it is reckoned
    found = account_of(held(falling(), [at(-1), at(12_600)], latency_ms=0, seed=1))
    # Then leaving is staying, and nothing is said of an exit
    assert (found.recommendations, found.left_at_ns) == (0, None)
    assert found.drawdown_leaving == found.drawdown_staying == 100.0
    assert found.change_leaving == found.change_staying == -100.0
    assert [found.from_high, found.to_low, found.to_last] == [None] * 3
    assert [found.drawdown_near, found.change_near] == [None] * 2


def test_the_first_exit_counts() -> None:
    # Given two exits, the later one named first, before and after the fall
    # When it is reckoned
    found = account_of(held(falling(), [at(5_000), at(1_000)], latency_ms=1_000, seed=1))
    # Then the position was left before it, a latency after the first
    assert found == ExitAccount(
        symbol="ACME",
        day=DAY.isoformat(),
        recommendations=2,
        left_at_ns=at(1_001),
        drawdown_staying=100.0,
        drawdown_leaving=0.0,
        drawdown_random=found.drawdown_random,
        change_staying=-100.0,
        change_leaving=0.0,
        change_random=found.change_random,
        drawdown_near=0.0,
        change_near=0.0,
        from_high=0.0,
        to_low=-100.0,
        to_last=-100.0,
    )


@pytest.mark.parametrize(("latency_ms", "drawdown"), [(999, 0.0), (1_000, 99.0099)])
def test_the_bid_of_the_exit_is_a_latency_later(latency_ms: int, drawdown: float) -> None:
    # Given an exit a second before the fall
    # When it can be acted upon before or with the fall
    found = account_of(held(falling(), [at(2_999)], latency_ms=latency_ms, seed=1))
    # Then the fall is met or not
    assert found.drawdown_leaving == drawdown


def test_an_exit_that_came_too_late_says_so() -> None:
    # Given an exit after the fall
    found = account_of(held(falling(), [at(5_000)], latency_ms=0, seed=1))
    # When its timing is looked at
    # Then nearly all of the fall had happened before it
    assert (found.from_high, found.to_low, found.to_last) == (-99.0099, -1.0, -1.0)


def test_leaving_at_random_lies_between_staying_and_leaving_at_once() -> None:
    # Given a session that falls after a quarter of it
    found = account_of(held(falling(), [at(1_000)], latency_ms=0, seed=1))
    # When random exits are looked at
    # Then about three quarters of them came after the fall
    assert found.drawdown_random == pytest.approx(75, abs=12)
    assert found.change_random == -found.drawdown_random


def test_leaving_near_the_exit_is_within_half_an_hour_of_it() -> None:
    # Given an exit shortly before the fall
    found = account_of(held(falling(), [at(2_999)], latency_ms=0, seed=1))
    # When random exits around it are looked at
    # Then about half of them came after the fall
    assert found.drawdown_near == pytest.approx(50, abs=12)


def test_before_the_first_quote_its_bid_is_taken() -> None:
    # Given a session whose first quote comes half an hour late
    series = falling()
    late = replace(series, stamps=series.stamps + 1_800_000_000_000)
    # When an exit comes before it
    found = account_of(held(late, [at(10)], latency_ms=0, seed=1))
    # Then the position is left at that first bid
    assert (found.change_leaving, found.drawdown_leaving) == (0.0, 0.0)


def test_the_same_seed_gives_the_same_account() -> None:
    # Given one session
    # When it is reckoned with equal and with other seeds
    one, two, other = (
        account_of(held(falling(), [at(1)], latency_ms=0, seed=seed)) for seed in (1, 1, 2)
    )
    # Then the seed decides the random exits
    assert one == two
    assert one.drawdown_random != other.drawdown_random


def test_a_position_begins_with_the_first_quote_after_the_opening_print() -> None:
    # Given a session with wild bids up to its opening print, and exits before, with and after it
    series = falling()
    bids = series.bids.copy()
    bids[:11] = (1, *[START * 2] * 10)
    opened = replace(series, bids=bids, opened_ns=at(10))
    exits = [at(5), at(10.9), at(11), at(1_000)]
    # When it is reckoned
    found = account_of(held(opened, exits, latency_ms=0, seed=1))
    # Then neither those bids nor those exits count
    assert (found.drawdown_staying, found.change_staying) == (100.0, -100.0)
    assert (found.recommendations, found.left_at_ns, found.change_leaving) == (2, at(11), 0.0)
    assert found.drawdown_random < 100


def test_an_opening_print_after_the_last_quote_leaves_that_quote() -> None:
    # Given a session whose quotes end before its opening print
    series = replace(series_of([START, START - CENT]), opened_ns=at(60))
    # When it is reckoned
    found = account_of(held(series, [at(30), at(90)], latency_ms=0, seed=1))
    # Then the position is marked at the last bid all day
    assert (found.recommendations, found.change_staying, found.change_leaving) == (1, 0.0, 0.0)


@pytest.mark.parametrize("spread", [2 * CENT - 1, 2 * CENT, 2 * CENT + 1])
def test_without_a_print_a_position_begins_with_the_first_usual_spread(spread: int) -> None:
    # Given a falling session without a print, whose first quote has a low bid and some spread
    series = falling()
    bids, asks = series.bids.copy(), series.asks.copy()
    bids[0] = START + 50 * CENT
    asks[0] = bids[0] + spread
    wild = replace(series, bids=bids, asks=asks)
    # When it is reckoned
    found = account_of(held(wild, [], latency_ms=0, seed=1))
    # Then that bid counts only where its spread is at most twice the usual one
    assert found.change_staying == (-change_of(50) if spread <= 2 * CENT else -change_of(100))


def change_of(cents: int) -> float:
    """Return by how many basis points a bid so many cents higher falls to the day's last."""
    return round((cents + 1) / (START / CENT + cents) * 10_000, 4)


def test_a_short_position_is_marked_at_the_ask_and_gains_by_a_fall() -> None:
    # Given a falling session and a position sold short
    short = Position("ACME", -100, "101.00")
    # When it is reckoned
    found = account_of(held(falling(), [], position=short))
    # Then its change is that of the ask with the other sign, and nothing was lost
    asks = falling().asks
    assert found.change_staying == round(float((asks[0] - asks[-1]) / asks[0]) * 10_000, 4)
    assert (found.drawdown_staying, found.recommendations) == (0.0, 0)


def test_a_short_position_loses_by_a_rise_after_its_best_ask() -> None:
    # Given a session whose ask falls a cent and rises two
    series = series_of([START, START - CENT, START + CENT])
    short = Position("ACME", -100, None)
    # When it is reckoned
    found = account_of(held(series, [], position=short))
    # Then the drawdown counts from its lowest ask
    lowest = int(series.asks[1])
    assert found.drawdown_staying == round(2 * CENT / lowest * 10_000, 4)
    assert found.change_staying == round(-CENT / int(series.asks[0]) * 10_000, 4)


@pytest.mark.parametrize(("opened", "counted"), [(999, 2), (1_000, 2), (1_001, 1)])
def test_a_position_that_was_opened_later_is_held_since_then(opened: int, counted: int) -> None:
    # Given a position opened before, with or after the first of two exits
    later = Position("ACME", 100, "100.00", opened_at=utc_from_ns(at(opened)))
    # When it is reckoned
    found = held(falling(), [at(1_000), at(5_000)], position=later)
    # Then what was suggested before is none of its exits
    assert (len(found.exits), found.series.open_ns) == (counted, at(opened))


@pytest.mark.parametrize(("opened", "is_held"), [(-60, True), (12_599, True), (12_600, False)])
def test_a_position_is_held_on_days_that_end_after_it_was_opened(
    opened: int, is_held: bool
) -> None:
    # Given a position opened before the session, with its last quote or after it
    position = Position("ACME", 100, "100.00", opened_at=utc_from_ns(at(opened)))
    # When the day is looked at
    found = hold(falling(), position, [], latency_ms=0, seed=1)
    # Then it was held on it or not
    assert (found is not None) is is_held


def test_every_exit_knows_the_quote_it_meets() -> None:
    # Given two exits around the fall
    found = held(falling(), [at(5_000), at(1_000)], latency_ms=1_000)
    # When they can be acted upon
    # Then each meets the quote of a latency later, in order
    assert found.exits == (at(1_001), at(5_001))
    assert found.left.tolist() == [1_001, 5_001]
