"""Quotes of a session, collected and looked up."""

from __future__ import annotations

import numpy as np
import pytest
from support.score_values import (
    CENT,
    CLOSE_NS,
    DAY,
    OPEN_NS,
    START,
    S,
    at,
    days_after,
    series_of,
    session_bounds,
)

from trading_bot.research.quote_series import SeriesBuilder, by_symbol


def test_quotes_are_kept_by_symbol_and_day() -> None:
    # Given quotes of two symbols on two days, the symbols in turns
    builder = SeriesBuilder()
    later_ns = series_of([1], day=days_after(1)).open_ns
    for stamp_ns in (OPEN_NS, OPEN_NS + S, later_ns):
        for symbol in ("BOLT", "ACME"):
            builder.add(symbol, stamp_ns, START, 300, START + CENT, 400)
    # When they are handed out
    found = builder.series()
    # Then there is one series each, with its session's bounds
    assert [(s.symbol, s.day, s.stamps.tolist()) for s in found] == [
        ("ACME", DAY, [OPEN_NS, OPEN_NS + S]),
        ("ACME", days_after(1), [later_ns]),
        ("BOLT", DAY, [OPEN_NS, OPEN_NS + S]),
        ("BOLT", days_after(1), [later_ns]),
    ]
    assert (found[0].open_ns, found[0].close_ns) == (OPEN_NS, CLOSE_NS)
    assert [s.day for s in by_symbol(found)["BOLT"]] == [DAY, days_after(1)]


@pytest.mark.parametrize(
    ("stamp_ns", "bid", "ask"),
    [
        (OPEN_NS, 0, START),
        (OPEN_NS, START, 0),
        (OPEN_NS, START + 1, START),
        (OPEN_NS - 1, START, START + CENT),
        (CLOSE_NS, START, START + CENT),
        (OPEN_NS - 24 * 3_600 * S, START, START + CENT),
    ],
    ids=["no bid", "no ask", "crossed", "early", "late", "holiday"],
)
def test_what_is_no_two_sided_quote_of_the_session_is_left_out(
    stamp_ns: int, bid: int, ask: int
) -> None:
    # Given a builder
    builder = SeriesBuilder()
    # When such a quote comes
    builder.add("ACME", stamp_ns, bid, 300, ask, 400)
    # Then there is nothing
    assert builder.series() == []


def test_quotes_that_are_told_later_stand_where_they_belong() -> None:
    # Given a quote of a gap that is told after a later one, and two of one moment
    builder = SeriesBuilder()
    for second, bid in ((10, 2), (5, 1), (10, 3)):
        builder.add("ACME", at(second), bid * CENT, 100 * bid, 9 * CENT, 400)
    # When the series is taken
    (found,) = builder.series()
    # Then times rise, and of one moment the order in which they were told is kept
    assert found.stamps.tolist() == [at(5), at(10), at(10)]
    assert found.bids.tolist() == [1 * CENT, 2 * CENT, 3 * CENT]
    assert found.bid_sizes.tolist() == [100, 200, 300]


def test_a_locked_quote_stands() -> None:
    # Given a bid at the ask
    builder = SeriesBuilder()
    builder.add("ACME", OPEN_NS, START, 300, START, 400)
    # When it is handed out
    (found,) = builder.series()
    # Then its doubled midpoint is exact
    assert found.mids.tolist() == [2 * START]


def test_a_quote_stands_from_its_stamp_until_the_next() -> None:
    # Given quotes ten seconds apart
    series = series_of([START, START + CENT], step_seconds=10)
    # When moments around them are looked up
    moments = [OPEN_NS - 1, OPEN_NS, at(10) - 1, at(10), at(900)]
    places = series.places_at(np.array(moments, dtype=np.int64))
    # Then each finds the quote that stood
    assert places.tolist() == [-1, 0, 0, 1, 1]


def test_the_seconds_of_a_session_end_before_its_close() -> None:
    # Given a short day
    # When its seconds are listed
    seconds = series_of([START]).seconds()
    # Then they are three and a half hours
    assert (len(seconds), seconds[0], seconds[-1]) == (12_600, OPEN_NS, CLOSE_NS - S)


HALF_HOUR_S = 1_800


@pytest.mark.parametrize(
    ("prints", "opened_s"),
    [
        ([], None),
        ([(-1, (25,))], None),
        ([(12_600, ())], None),
        ([(0, ()), (7, ())], 0),
        ([(2, (16,)), (3, (25,)), (4, (17,))], 3),
        ([(2, ()), (3, (14, 17)), (4, (25,))], 3),
        ([(2, ()), (HALF_HOUR_S - 1, (25,))], HALF_HOUR_S - 1),
        ([(2, ()), (HALF_HOUR_S, (25,))], 2),
        ([(2, ()), (HALF_HOUR_S, ()), (HALF_HOUR_S + 1, (25,))], 2),
        ([(HALF_HOUR_S + 9, (25,))], HALF_HOUR_S + 9),
    ],
)
def test_the_opening_print_says_so_or_is_the_first(
    prints: list[tuple[int, tuple[int, ...]]], opened_s: int | None
) -> None:
    # Given a quote, and prints with their conditions
    builder = SeriesBuilder()
    builder.add("ACME", OPEN_NS, START, 300, START + CENT, 400)
    for second, conditions in prints:
        builder.add_print("ACME", at(second), conditions)
    # When the session is handed out
    (found,) = builder.series()
    # Then its opening print is the marked one of the first half hour, else the first
    assert found.opened_ns == (None if opened_s is None else at(opened_s))


def test_each_day_and_symbol_has_its_own_opening_print() -> None:
    # Given two days of one symbol and one of another
    builder = SeriesBuilder()
    later_ns = series_of([1], day=days_after(1)).open_ns
    moments = (("ACME", OPEN_NS), ("BOLT", OPEN_NS + S), ("ACME", later_ns))
    for symbol, stamp_ns in moments:
        builder.add(symbol, stamp_ns, START, 300, START + CENT, 400)
        builder.add_print(symbol, stamp_ns + 5, (25,))
    # When they are handed out
    found = builder.series()
    # Then each knows its own
    assert [each.opened_ns for each in found] == [OPEN_NS + 5, later_ns + 5, OPEN_NS + S + 5]


def days_of(builder: SeriesBuilder) -> list[tuple[str, int]]:
    return [(each.symbol, each.day.day) for each in builder.series()]


def test_a_session_is_over_eight_hours_after_its_close() -> None:
    # Given a session's quote
    builder = SeriesBuilder()
    builder.add("ACME", OPEN_NS, 1, 1, 2, 1)
    over_ns = CLOSE_NS + 8 * 3_600 * S
    # When time goes on, symbols taking turns
    # Then it is over eight hours after its close, and gone
    assert builder.over(None, over_ns - 1) == []
    assert [each.symbol for each in builder.over(None, over_ns)] == ["ACME"]
    assert builder.series() == []


def test_where_tickers_come_in_order_those_before_are_over() -> None:
    # Given quotes of two symbols
    builder = SeriesBuilder()
    for symbol in ("ACME", "BOLT"):
        builder.add(symbol, OPEN_NS, 1, 1, 2, 1)
    # When the second comes again, and then one that is before both
    # Then the first is over, and one that may still go on is not
    assert [each.symbol for each in builder.over("BOLT", OPEN_NS)] == ["ACME"]
    assert builder.over("AAPL", CLOSE_NS + 9 * 3_600 * S) == []
    assert days_of(builder) == [("BOLT", DAY.day)]


def test_a_symbol_goes_on_after_a_session_of_it_is_over() -> None:
    # Given a session that is over
    builder = SeriesBuilder()
    builder.add("ACME", OPEN_NS, 1, 1, 2, 1)
    builder.add("ACME", OPEN_NS + 1, 1, 1, 2, 1)
    next_day = days_after(1)
    next_ns = session_bounds(next_day)[0]
    builder.add("ACME", next_ns, 1, 1, 2, 1)
    assert [each.day for each in builder.over("ACME", next_ns)] == [DAY]
    # When the next one goes on
    builder.add("ACME", next_ns + 1, 1, 1, 2, 1)
    # Then its quotes are its own
    (found,) = builder.series()
    assert (found.day, len(found.stamps)) == (next_day, 2)
