"""The streaming classifier: each step by example, and what must hold for any tape."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading_bot.order_flow.rules.side.classifier import DEFERRED, DueTrade, TradeSideClassifier
from trading_bot.order_flow.rules.side.matching import MILLISECONDS
from trading_bot.order_flow.rules.side.quote_memory import QUOTE_RUNS
from trading_bot.order_flow.rules.side.side_rules import SideRule, TradeSide, handed_on

MS = 1_000_000
OPEN_NS = 1_340_285_400_000_000_000
BID = 585_330_000
ASK = 585_350_000
MID = 585_340_000
CENT = 10_000
LATE = 50 * MS
"""A clock window: prints are 10 ms late on average."""

UNKNOWN: TradeSide = ("unknown", 500, "no_evidence")


def with_quote(
    *,
    rule: SideRule = "full",
    clock_window_ns: int = 0,
    defer_ms: int = 0,
    bid: int = BID,
    ask: int = ASK,
    at_ns: int = OPEN_NS,
) -> TradeSideClassifier:
    classifier = TradeSideClassifier(rule=rule, clock_window_ns=clock_window_ns, defer_ms=defer_ms)
    classifier.on_quote(at_ns, bid, 300, ask, 500)
    return classifier


def test_stated_side_is_certain() -> None:
    # Given a print at the bid whose provider says that a buyer started it
    classifier = with_quote()
    # When it is judged, and one stated as a sale after it
    results = [
        classifier.on_trade(OPEN_NS + 1, BID, 100, None, "buy"),
        classifier.on_trade(OPEN_NS + 2, ASK, 100, None, "sell"),
    ]
    # Then the statement stands
    assert results == [("buy", 0, "stated"), ("sell", 1000, "stated")]


@pytest.mark.parametrize(
    ("price", "result"),
    [
        (ASK + CENT, ("buy", 10, "quote")),
        (ASK, ("buy", 10, "quote")),
        (BID, ("sell", 990, "quote")),
        (BID - CENT, ("sell", 990, "quote")),
    ],
)
def test_print_at_or_through_the_quote_takes_its_side(price: int, result: TradeSide) -> None:
    # Given a quote
    classifier = with_quote()
    # When a print at or beyond it follows
    # Then its side is that of the quote it took
    assert classifier.on_trade(OPEN_NS + 1, price, 100, None, None) == result


@pytest.mark.parametrize(
    ("price", "result"),
    [
        (1_059_999, UNKNOWN),
        (1_060_000, ("buy", 270, "inside")),
        (1_069_999, ("buy", 270, "inside")),
        (1_070_000, ("buy", 140, "inside")),
        (1_084_999, ("buy", 140, "inside")),
        (1_085_000, ("buy", 40, "inside")),
        (1_040_001, UNKNOWN),
        (1_040_000, ("sell", 730, "inside")),
        (1_030_000, ("sell", 860, "inside")),
        (1_015_000, ("sell", 960, "inside")),
    ],
)
def test_print_inside_the_spread_takes_the_nearer_side(price: int, result: TradeSide) -> None:
    # Given a spread of ten cents around 1.05 dollars, where x = 0.2 lies at 1.06 and 1.04
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    # When a print inside it is the first of the day
    # Then the nearer the quote the surer, and nothing within a fifth of the midpoint
    assert classifier.on_trade(OPEN_NS + 1, price, 100, None, None) == result


def test_first_print_at_the_midpoint_is_unknown() -> None:
    # Given a spread whose midpoint has no exact binary fraction
    classifier = with_quote()
    # When the first print of the day is at the midpoint
    # Then nothing tells its side
    assert classifier.on_trade(OPEN_NS + 1, MID, 100, None, None) == UNKNOWN


def test_print_at_the_midpoint_goes_by_the_last_different_price() -> None:
    # Given prints that went up to the midpoint and stayed there
    classifier = with_quote()
    classifier.on_trade(OPEN_NS + 1, MID - CENT // 10, 100, None, None)
    # When two more prints are at the midpoint
    results = [classifier.on_trade(OPEN_NS + n, MID, 100, None, None) for n in (2, 3)]
    # Then the up-tick holds for both
    assert results == [("buy", 400, "tick"), ("buy", 400, "tick")]


def test_quote_with_the_prints_own_stamp_is_its_footprint() -> None:
    # Given a print that took the ask, and the quote it left with its own stamp
    classifier = with_quote()
    classifier.on_quote(OPEN_NS + 1, ASK, 300, ASK + CENT, 500)
    # When the print arrives after that quote
    # Then it is judged by the quote before
    assert classifier.on_trade(OPEN_NS + 1, ASK, 100, None, None) == ("buy", 10, "quote")


@pytest.mark.parametrize(
    ("age_ns", "result"),
    [(60_000 * MS, ("buy", 10, "quote")), (60_000 * MS + 1, UNKNOWN)],
)
def test_quote_older_than_a_minute_says_nothing(age_ns: int, result: TradeSide) -> None:
    # Given a quote of some age
    classifier = with_quote()
    # When a print at its ask is the first of the day
    # Then a minute is still young enough
    assert classifier.on_trade(OPEN_NS + age_ns, ASK, 100, None, None) == result


@pytest.mark.parametrize(("bid", "ask"), [(ASK, BID), (ASK, ASK), (0, ASK), (BID, 0), (0, 0)])
@pytest.mark.parametrize("rule", ["full", "lee_ready", "clnv", "emo"])
def test_crossed_locked_or_one_sided_quote_is_skipped(bid: int, ask: int, rule: SideRule) -> None:
    # Given such a quote and a first print
    classifier = with_quote(rule=rule, bid=bid, ask=ask)
    classifier.on_trade(OPEN_NS + 1, MID, 100, None, None)
    # When a higher print follows two milliseconds later
    # Then only the tick test speaks
    assert classifier.on_trade(OPEN_NS + 2 * MS, ASK, 100, None, None) == ("buy", 400, "tick")


def test_print_without_any_quote_goes_by_the_tick() -> None:
    # Given two prints before the first quote
    classifier = TradeSideClassifier()
    first = classifier.on_trade(OPEN_NS, MID, 100, None, None)
    # When the second is lower
    second = classifier.on_trade(OPEN_NS + 1, BID, 100, None, None)
    # Then the first is unknown and the second a sale
    assert (first, second) == (UNKNOWN, ("sell", 600, "tick"))


@pytest.mark.parametrize(
    ("newer_quotes", "result"),
    [(QUOTE_RUNS - 1, ("sell", 990, "quote")), (QUOTE_RUNS, ("sell", 600, "tick"))],
)
@pytest.mark.parametrize("rule", ["full", "lee_ready"])
def test_print_older_than_the_ring_is_judged_without_a_quote(
    newer_quotes: int, result: TradeSide, rule: SideRule
) -> None:
    # Given a print at the midpoint and a quote, then as many newer prices as are kept, or more
    classifier = with_quote(rule=rule)
    classifier.on_trade(OPEN_NS, MID, 100, None, None)
    for number in range(newer_quotes):
        classifier.on_quote(OPEN_NS + 10 * MS + number, BID, 300, ASK + (number + 1) % 2, 500)
    # When a print at the bid comes late, its stamp right after the first quote
    # Then only a quote that is still kept can sign it
    assert classifier.on_trade(OPEN_NS + 5 * MS, BID, 100, None, None) == result


@pytest.mark.parametrize("defer_ms", [0, 1])
def test_prints_of_one_order_at_the_quote_are_each_signed_by_it(defer_ms: int) -> None:
    # Given a quote
    classifier = with_quote(defer_ms=defer_ms)
    # When an order's prints come at the bid
    now = [classifier.on_trade(OPEN_NS + 1, BID, 100, (12, 7), None) for _ in range(2)]
    # Then the quote signs each, at once or when its wait is over
    later = [each.result for each in classifier.due(OPEN_NS + 10 * MS)]
    assert (later if defer_ms else now) == [("sell", 990, "quote")] * 2


def test_many_quotes_of_one_stamp_take_one_place() -> None:
    # Given a quote, then a burst of quotes that share the print's stamp
    classifier = with_quote()
    for _ in range(2 * QUOTE_RUNS):
        classifier.on_quote(OPEN_NS + MS, ASK, 300, ASK + CENT, 500)
    # When the print of that stamp arrives
    # Then the quote strictly before is still known
    assert classifier.on_trade(OPEN_NS + MS, ASK, 100, None, None) == ("buy", 10, "quote")


@pytest.mark.parametrize(("step", "result"), [(1, ("buy", 5, "walk")), (-1, ("sell", 995, "walk"))])
def test_prints_of_one_order_that_walk_show_its_direction(step: int, result: TradeSide) -> None:
    # Given an order whose first print was near the midpoint
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 1_050_000, 100, (12, 7), None)
    # When its next print moved
    # Then the move tells the side
    assert classifier.on_trade(OPEN_NS + 1, 1_050_000 + step, 100, (12, 7), None) == result


def test_prints_of_one_order_at_one_price_share_its_strongest_side() -> None:
    # Given an order that printed at the ask and then inside the spread by walking down
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 1_100_000, 100, (12, 7), None)
    walked = classifier.on_trade(OPEN_NS + 1, 1_080_000, 100, (12, 7), None)
    # When it prints there again
    again = classifier.on_trade(OPEN_NS + 1, 1_080_000, 100, (12, 7), None)
    # Then the strongest print of the order decides
    assert (walked, again) == (("sell", 995, "walk"), ("sell", 995, "same_order"))


def test_order_without_any_evidence_gives_its_next_print_none() -> None:
    # Given an order whose first print is the first of the day, at the midpoint
    classifier = with_quote()
    classifier.on_trade(OPEN_NS + 1, MID, 100, (12, 7), None)
    # When it prints there again
    # Then nothing is claimed
    assert classifier.on_trade(OPEN_NS + 1, MID, 100, (12, 7), None) == UNKNOWN


@pytest.mark.parametrize("key", [None, (12, 8)])
def test_print_of_another_or_an_unknown_order_does_not_walk(key: tuple[int, int] | None) -> None:
    # Given a print of one order near the midpoint
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 1_050_000, 100, (12, 7), None)
    # When a print of another order, or of none, is a little higher
    # Then it is a tick
    assert classifier.on_trade(OPEN_NS + 1, 1_050_001, 100, key, None) == ("buy", 400, "tick")


@pytest.mark.parametrize(
    ("delay_ns", "result"),
    [
        (0, ("sell", 900, "borrowed")),
        (MS, ("sell", 900, "borrowed")),
        (MS + 1, ("buy", 140, "inside")),
    ],
)
def test_weak_print_borrows_the_side_of_a_sure_one_within_a_millisecond(
    delay_ns: int, result: TradeSide
) -> None:
    # Given a sale at the bid
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 1_000_000, 100, None, None)
    # When a print above the midpoint follows
    # Then it borrows the side up to one millisecond later
    assert classifier.on_trade(OPEN_NS + 1 + delay_ns, 1_075_000, 100, None, None) == result


def test_print_near_the_quote_does_not_borrow() -> None:
    # Given a sale at the bid
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 1_000_000, 100, None, None)
    # When a print just below the ask follows at once
    # Then its own evidence is good enough
    result = classifier.on_trade(OPEN_NS + 2, 1_095_000, 100, None, None)
    assert result == ("buy", 40, "inside")


def test_print_does_not_borrow_from_a_later_stamp() -> None:
    # Given a sale at the bid
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 10 * MS, 1_000_000, 100, None, None)
    # When a print with an earlier stamp arrives after it
    result = classifier.on_trade(OPEN_NS + 10 * MS - 1, 1_075_000, 100, None, None)
    # Then it is judged alone
    assert result == ("buy", 140, "inside")


def test_capped_print_claims_no_more_and_lends_nothing() -> None:
    # Given a sale at the bid whose stamp is a guess
    classifier = with_quote(bid=1_000_000, ask=1_100_000)
    capped = classifier.on_trade(OPEN_NS + 1, 1_000_000, 100, None, None, 800)
    # When a print above the midpoint follows at once
    after = classifier.on_trade(OPEN_NS + 2, 1_075_000, 100, None, None)
    # Then the first claims 0.8, and the second does not borrow from it
    assert (capped, after) == (("sell", 800, "quote"), ("buy", 140, "inside"))


@pytest.mark.parametrize(
    ("rule", "price", "result"),
    [
        ("lee_ready", 1_050_001, ("buy", 10, "quote")),
        ("lee_ready", 1_049_999, ("sell", 990, "quote")),
        ("lee_ready", 1_050_000, ("buy", 400, "tick")),
        ("emo", 1_100_000, ("buy", 10, "quote")),
        ("emo", 1_000_000, ("sell", 990, "quote")),
        ("emo", 1_099_999, ("buy", 400, "tick")),
        ("clnv", 1_070_000, ("buy", 10, "quote")),
        ("clnv", 1_069_999, ("buy", 400, "tick")),
        ("clnv", 1_030_000, ("sell", 990, "quote")),
        ("clnv", 1_030_001, ("buy", 400, "tick")),
        ("clnv", 1_100_001, ("buy", 400, "tick")),
        ("tick", 1_000_000, ("buy", 400, "tick")),
    ],
)
def test_published_rules_are_as_published(rule: SideRule, price: int, result: TradeSide) -> None:
    # Given a spread of ten cents and a first print below it
    classifier = with_quote(rule=rule, bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 999_999, 100, None, None)
    # When a print somewhere in or beside the spread follows
    # Then the quote signs it where that rule says so, else the tick
    assert classifier.on_trade(OPEN_NS + 2, price, 100, None, None) == result


def test_published_rules_take_a_stated_side() -> None:
    # Given a classifier by a published rule
    classifier = with_quote(rule="tick")
    # When the provider states the side
    # Then it stands
    assert classifier.on_trade(OPEN_NS + 1, BID, 100, None, "buy") == ("buy", 0, "stated")


# ---- clocks apart ----------------------------------------------------------------------------


def test_late_print_is_matched_with_the_size_it_took() -> None:
    # Given a bid that lost 100 shares and then moved up, so that the bid is the old ask
    classifier = with_quote(clock_window_ns=LATE)
    classifier.on_quote(OPEN_NS + MS, BID, 200, ASK, 500)
    classifier.on_quote(OPEN_NS + 2 * MS, BID - 2 * CENT, 200, BID, 500)
    # When the print of 100 shares at the old bid comes late
    result = classifier.on_trade(OPEN_NS + 20 * MS, BID, 100, None, None)
    # Then what it took away tells its side, though that price is the ask by now
    assert result == ("sell", 995, "reduction")


def test_level_that_vanished_signs_a_print_of_another_size() -> None:
    # Given a bid of 300 shares that vanished
    classifier = with_quote(clock_window_ns=LATE)
    classifier.on_quote(OPEN_NS + MS, BID - CENT, 200, ASK, 500)
    # When a print of 120 shares at that price comes late
    result = classifier.on_trade(OPEN_NS + 20 * MS, BID, 120, None, None)
    # Then it is probably part of what took the level
    assert result == ("sell", 850, "vanished_level")


@pytest.mark.parametrize(
    ("price", "result"),
    [
        (BID - CENT, ("sell", 900, "moved_quote")),
        (ASK, ("buy", 100, "moved_quote")),
        (ASK + CENT, ("buy", 400, "tick")),
        (MID - CENT, ("sell", 630, "inside")),
    ],
)
def test_quote_that_moved_within_the_window_is_less_sure(price: int, result: TradeSide) -> None:
    # Given a first print, and then a bid that rose within the window
    classifier = with_quote(clock_window_ns=LATE, bid=BID - 3 * CENT)
    classifier.on_trade(OPEN_NS - 100 * MS, MID, 100, None, None)
    classifier.on_quote(OPEN_NS + MS, BID - CENT, 300, ASK, 500)
    # When a print comes whose quote is that one
    # Then it is less sure, and a price outside goes by the tick
    assert classifier.on_trade(OPEN_NS + 20 * MS, price, 77, None, None) == result


def test_quote_that_stood_through_the_window_is_sure() -> None:
    # Given a quote that moved long ago
    classifier = with_quote(clock_window_ns=LATE)
    # When a print at its ask comes
    result = classifier.on_trade(OPEN_NS + 100 * MS, ASK, 77, None, None)
    # Then the quote rule is as sure as with one clock
    assert result == ("buy", 10, "quote")


def test_late_print_is_matched_with_the_quote_of_its_mean_delay() -> None:
    # Given a quote that stood, and one that came less than the mean delay of 10 ms ago
    classifier = with_quote(clock_window_ns=LATE)
    classifier.on_quote(OPEN_NS + 200 * MS, ASK, 300, ASK + CENT, 500)
    # When a print at the old ask comes 10 ms after it
    result = classifier.on_trade(OPEN_NS + 210 * MS, ASK, 77, None, None)
    # Then it met the quote before
    assert result == ("buy", 10, "quote")


def test_late_print_older_than_the_ring_takes_the_oldest_quote_before_it() -> None:
    # Given more prices within the mean delay than are kept
    classifier = with_quote(clock_window_ns=LATE)
    for number in range(QUOTE_RUNS):
        classifier.on_quote(OPEN_NS + 100 * MS + number, BID - (number + 1) % 2, 300, ASK, 500)
    # When a print at the ask comes right after them
    result = classifier.on_trade(OPEN_NS + 101 * MS, ASK, 77, None, None)
    # Then the oldest one kept is near enough
    assert result == ("buy", 10, "quote")


def test_print_older_than_every_quote_has_none_with_late_clocks_too() -> None:
    # Given more prices than are kept, all later than a print
    classifier = with_quote(clock_window_ns=LATE)
    for number in range(QUOTE_RUNS):
        classifier.on_quote(OPEN_NS + 100 * MS + number, BID - (number + 1) % 2, 300, ASK, 500)
    # When that print arrives
    # Then nothing tells its side
    assert classifier.on_trade(OPEN_NS + 50 * MS, ASK, 77, None, None) == UNKNOWN


def test_with_clocks_apart_an_order_key_is_worth_less() -> None:
    # Given late clocks and a print inside the spread
    classifier = with_quote(clock_window_ns=LATE, bid=1_000_000, ask=1_100_000)
    at_ns = OPEN_NS + 100 * MS
    results = [
        classifier.on_trade(at_ns, 1_075_000, 77, at_ns, None),
        # When the next prints of its stamp stay there, and then move
        classifier.on_trade(at_ns, 1_075_000, 77, at_ns, None),
        classifier.on_trade(at_ns, 1_070_000, 77, at_ns, None),
    ]
    # Then the same price is less sure than before, and the walk less sure than with one clock
    assert results == [
        ("buy", 140, "inside"),
        ("buy", 158, "same_order"),
        ("sell", 900, "walk"),
    ]


# ---- waiting ---------------------------------------------------------------------------------


def test_without_waiting_nothing_is_ever_due() -> None:
    # Given a classifier that answers at once
    classifier = with_quote()
    # When a print has been judged
    classifier.on_trade(OPEN_NS + 1, ASK, 100, None, None)
    # Then nothing waits
    assert classifier.due(OPEN_NS + 10_000 * MS) == []


def test_waiting_prints_come_due_in_order_after_their_time() -> None:
    # Given a classifier that waits 10 ms, and two prints
    classifier = with_quote(defer_ms=10)
    answers = [
        classifier.on_trade(OPEN_NS + 1, ASK, 100, "a", None),
        classifier.on_trade(OPEN_NS + 2, BID, 200, "b", None),
    ]
    # When it is asked before, at, and after the end of the first wait
    released = [
        classifier.due(OPEN_NS + 10 * MS),
        classifier.due(OPEN_NS + 10 * MS + 1),
        classifier.due(OPEN_NS + 10 * MS + 2),
    ]
    # Then each print comes once, when its time has passed
    assert answers == [DEFERRED, DEFERRED]
    assert released == [
        [],
        [DueTrade(OPEN_NS + 1, ASK, 100, "a", ("buy", 10, "quote"))],
        [DueTrade(OPEN_NS + 2, BID, 200, "b", ("sell", 990, "quote"))],
    ]


def waited(classifier: TradeSideClassifier, *prints: tuple[int, int, object]) -> list[TradeSide]:
    for stamp_ns, price, key in prints:
        classifier.on_trade(stamp_ns, price, 77, key, None)
    return [released.result for released in classifier.due(OPEN_NS + 10_000 * MS)]


def test_weak_print_takes_the_side_of_a_later_sure_print_of_its_order() -> None:
    # Given a print above the midpoint, another order's weak print and a sale of the first order
    classifier = with_quote(defer_ms=10, bid=1_000_000, ask=1_100_000)
    # When all three have waited
    results = waited(
        classifier,
        (OPEN_NS + 1, 1_075_000, "a"),
        (OPEN_NS + 2, 1_074_000, "b"),
        (OPEN_NS + 3, 1_000_000, "a"),
    )
    # Then the first is part of that sale, and the second borrows from it
    assert results == [
        ("sell", 995, "same_order"),
        ("sell", 900, "borrowed"),
        ("sell", 990, "quote"),
    ]


def test_wait_never_lifts_a_print_over_its_cap() -> None:
    # Given a print above the midpoint with a guessed stamp, and a sale of the same order
    classifier = with_quote(defer_ms=10, bid=1_000_000, ask=1_100_000)
    classifier.on_trade(OPEN_NS + 1, 1_075_000, 100, "a", None, 800)
    classifier.on_trade(OPEN_NS + 1, 1_000_000, 100, "a", None)
    # When the first has waited
    first, _ = classifier.due(OPEN_NS + 10 * MS + 1)
    # Then it takes the side of its order and claims no more than it may
    assert first.result == ("sell", 800, "same_order")


def test_weak_print_borrows_from_the_first_of_later_sure_prints() -> None:
    # Given a print without an order key, then a sale and a purchase within a millisecond
    classifier = with_quote(defer_ms=10, bid=1_000_000, ask=1_100_000)
    # When all have waited
    results = waited(
        classifier,
        (OPEN_NS + 1, 1_075_000, None),
        (OPEN_NS + 2, 1_000_000, None),
        (OPEN_NS + 3, 1_100_000, None),
    )
    # Then the sale lends its side
    assert results[0] == ("sell", 900, "borrowed")


def test_weak_print_ignores_sure_prints_beyond_a_millisecond() -> None:
    # Given a print above the midpoint and a sale more than a millisecond later
    classifier = with_quote(defer_ms=10, bid=1_000_000, ask=1_100_000)
    # When both have waited
    results = waited(classifier, (OPEN_NS + 1, 1_075_000, "a"), (OPEN_NS + 2 + MS, 1_000_000, "b"))
    # Then the first stays as it was
    assert results[0] == ("buy", 140, "inside")


def test_waiting_print_is_matched_with_a_reduction_that_came_after_it() -> None:
    # Given late clocks, a print inside what the quote shows and then the loss of its size
    classifier = with_quote(clock_window_ns=LATE, defer_ms=10)
    at_ns = OPEN_NS + 100 * MS
    classifier.on_trade(at_ns, MID, 77, None, None)
    classifier.on_trade(at_ns, MID + 1, 78, None, None)
    classifier.on_quote(at_ns + 1, MID, 500, ASK, 500)
    classifier.on_quote(at_ns + 2, MID, 500 - 77, ASK, 500)
    # When it has waited
    results = [released.result for released in classifier.due(at_ns + 10 * MS)]
    # Then the reduction tells its side, and nothing tells that of the other
    assert results == [("sell", 995, "reduction"), ("buy", 400, "tick")]


def test_published_rules_wait_but_do_not_reconsider() -> None:
    # Given a published rule that waits
    classifier = with_quote(rule="emo", defer_ms=10, bid=1_000_000, ask=1_100_000)
    # When a first print inside the spread and a sale of the same order have waited
    results = waited(classifier, (OPEN_NS + 1, 1_075_000, "a"), (OPEN_NS + 1, 1_000_000, "a"))
    # Then each stands as that rule has it
    assert results == [UNKNOWN, ("sell", 990, "quote")]


# ---- arguments -------------------------------------------------------------------------------


def test_unknown_rule_is_refused() -> None:
    # Given the name of no rule
    # When a classifier is asked for
    # Then the error lists the names
    with pytest.raises(ValueError, match="full, lee_ready, clnv, emo, tick"):
        TradeSideClassifier(rule="guess")  # type: ignore[arg-type]  # the wrong value is the point


@pytest.mark.parametrize(("window_ns", "defer_ms"), [(-1, 0), (0, -1)])
def test_negative_durations_are_refused(window_ns: int, defer_ms: int) -> None:
    # Given a duration below zero
    # When a classifier is asked for
    # Then it says so
    with pytest.raises(ValueError, match="must be 0 or more"):
        TradeSideClassifier(clock_window_ns=window_ns, defer_ms=defer_ms)


# ---- what holds for any tape -----------------------------------------------------------------


FEWER = settings(max_examples=40)
"""A tape is many values to draw: this many stay within the time of a unit test."""


@dataclass(frozen=True)
class Event:
    """A quote (with `ask`) or a print (without); prices in cents or fractions of them."""

    stamp_ns: int
    price: int
    size: int
    ask: int | None = None
    ask_size: int = 0
    key: int | None = None


@st.composite
def tapes(draw: st.DrawFn) -> list[Event]:
    """Draw quotes and prints in time order with many equal stamps, sizes and prices."""
    stamp_ns = OPEN_NS
    tape: list[Event] = []
    for _ in range(draw(st.integers(1, 25))):
        stamp_ns += draw(st.sampled_from([0, 0, 1, 300_000, 1_000_000, 20_000_000]))
        price = draw(st.integers(1_000, 1_012))
        size = draw(st.sampled_from([100, 200, 300]))
        if draw(st.booleans()):
            ask = draw(st.one_of(st.just(0), st.integers(1_004, 1_016)))
            bid = draw(st.one_of(st.just(0), st.just(price)))
            ask_size = draw(st.sampled_from([100, 200, 300])) if ask else 0
            tape.append(Event(stamp_ns, bid, size if bid else 0, ask, ask_size))
        else:
            key = draw(st.sampled_from([None, stamp_ns]))
            tape.append(Event(stamp_ns, price, size, key=key))
    return tape


def judged(tape: list[Event], *, window_ns: int, defer_ms: int, unit: int = 100) -> list[TradeSide]:
    classifier = TradeSideClassifier(clock_window_ns=window_ns, defer_ms=defer_ms)
    results: list[TradeSide] = []
    for event in tape:
        results += [released.result for released in classifier.due(event.stamp_ns)]
        if event.ask is not None:
            classifier.on_quote(
                event.stamp_ns, event.price * unit, event.size, event.ask * unit, event.ask_size
            )
        else:
            result = classifier.on_trade(
                event.stamp_ns, event.price * unit, event.size, event.key, None
            )
            if result != DEFERRED:
                results.append(result)
    return results + [released.result for released in classifier.due(1 << 62)]


def mirrored(event: Event) -> Event:
    def reflect(price: int) -> int:
        return 3_000 - price if price else 0

    if event.ask is None:
        return replace(event, price=reflect(event.price))
    return replace(
        event,
        price=reflect(event.ask),
        size=event.ask_size,
        ask=reflect(event.price),
        ask_size=event.size,
    )


def opposite(result: TradeSide) -> TradeSide:
    side, probability, rule = result
    flipped = {"buy": "sell", "sell": "buy", "unknown": "unknown"}[side]
    return flipped, 1000 - probability, rule  # type: ignore[return-value]  # a str to mypy


clock_settings = st.sampled_from([(0, 0), (0, 10), (LATE, 0), (LATE, 10)])


@FEWER
@given(tapes(), clock_settings)
def test_mirrored_market_flips_every_side_and_keeps_confidence(
    tape: list[Event], clocks: tuple[int, int]
) -> None:
    # Given a tape and its mirror image
    window_ns, defer_ms = clocks
    # When both are judged
    plain = judged(tape, window_ns=window_ns, defer_ms=defer_ms)
    mirror = judged([mirrored(e) for e in tape], window_ns=window_ns, defer_ms=defer_ms)
    # Then buyers and sellers have changed places
    assert mirror == [opposite(result) for result in plain]


@FEWER
@given(tapes(), clock_settings, st.integers(-(10**15), 10**15))
def test_shifting_all_stamps_changes_nothing(
    tape: list[Event], clocks: tuple[int, int], shift_ns: int
) -> None:
    # Given a tape and the same at another time
    window_ns, defer_ms = clocks
    later = [replace(event, stamp_ns=event.stamp_ns + shift_ns) for event in tape]
    # When both are judged
    # Then the sides are the same
    assert judged(later, window_ns=window_ns, defer_ms=defer_ms) == judged(
        tape, window_ns=window_ns, defer_ms=defer_ms
    )


@FEWER
@given(tapes(), clock_settings)
def test_scaling_all_prices_by_ten_changes_nothing(
    tape: list[Event], clocks: tuple[int, int]
) -> None:
    # Given a tape
    window_ns, defer_ms = clocks
    # When it is judged at its prices and at ten times as much
    plain = judged(tape, window_ns=window_ns, defer_ms=defer_ms, unit=100)
    scaled = judged(tape, window_ns=window_ns, defer_ms=defer_ms, unit=1_000)
    # Then the sides are the same
    assert scaled == plain


@FEWER
@given(tapes(), st.sampled_from([0, LATE]), st.integers(1_000, 1_012), st.integers(1_004, 1_016))
def test_quote_with_a_prints_own_stamp_never_changes_its_side(
    tape: list[Event], window_ns: int, bid: int, ask: int
) -> None:
    # Given a tape, and the same with one more quote just before its last print, of its stamp
    *before, last = [*tape, Event(tape[-1].stamp_ns + 1, 1_006, 100)]
    footprint = Event(last.stamp_ns, bid, 100, ask, 100)
    # When both are judged
    plain = judged([*before, last], window_ns=window_ns, defer_ms=0)
    more = judged([*before, footprint, last], window_ns=window_ns, defer_ms=0)
    # Then the last print has the same side
    assert more[-1] == plain[-1]


@given(
    st.integers(1, 10**9),
    st.integers(1, 10**6),
    st.booleans(),
)
def test_exact_midpoint_is_never_signed_by_the_spread(
    bid_ticks: int, half_spread: int, has_history: bool
) -> None:
    # Given any spread of an even number of ticks, in awkward binary prices too
    classifier = with_quote(bid=bid_ticks, ask=bid_ticks + 2 * half_spread, at_ns=OPEN_NS)
    if has_history:
        classifier.on_trade(OPEN_NS - 5 * MS, bid_ticks, 100, None, None)
    # When a print is exactly in the middle
    _, _, rule = classifier.on_trade(OPEN_NS + 1, bid_ticks + half_spread, 100, None, None)
    # Then the spread says nothing
    assert rule == ("tick" if has_history else "no_evidence")


@FEWER
@given(tapes(), clock_settings)
def test_same_tape_twice_gives_the_same_sides(tape: list[Event], clocks: tuple[int, int]) -> None:
    # Given a tape
    window_ns, defer_ms = clocks
    # When it is judged twice
    first = judged(tape, window_ns=window_ns, defer_ms=defer_ms)
    # Then the answers agree, one for each print
    assert first == judged(tape, window_ns=window_ns, defer_ms=defer_ms)
    assert len(first) == sum(event.ask is None for event in tape)


# ---- stamps cut to milliseconds --------------------------------------------------------------


def of_milliseconds(*, bid: int = BID, ask: int = ASK, at_ns: int = OPEN_NS) -> TradeSideClassifier:
    """Give a classifier as a live run has it, with a quote that has stood for a second."""
    classifier = MILLISECONDS.classifier()
    classifier.on_quote(at_ns - 1_000 * MS, bid, 300, ask, 500)
    return classifier


@pytest.mark.parametrize(
    ("quoted_ms", "result"),
    [
        (0, ("sell", 995, "reduction")),
        (-4, ("sell", 995, "reduction")),
        (-5, ("sell", 990, "quote")),
    ],
)
def test_a_print_stands_at_the_end_of_its_millisecond(quoted_ms: int, result: TradeSide) -> None:
    # Given a bid that lost 100 shares in a print's own millisecond, or before it
    classifier = of_milliseconds()
    classifier.on_quote(OPEN_NS + quoted_ms * MS, BID, 200, ASK, 500)
    # When the print of 100 shares at that bid comes
    # Then it took them if they went within the window that ends with its millisecond
    assert classifier.on_trade(OPEN_NS, BID, 100, None, None) == result


def test_a_print_meets_the_quote_before_its_millisecond() -> None:
    # Given a bid that moved up by as much as the spread in the print's own millisecond
    classifier = of_milliseconds()
    classifier.on_quote(OPEN_NS, ASK, 300, ASK + 2 * CENT, 500)
    # When a print of another size comes at what was the ask, and is the bid now
    result = classifier.on_trade(OPEN_NS, ASK, 120, None, None)
    # Then it bought what stood there
    assert result == ("buy", 10, "quote")


def test_published_rules_take_the_quote_before_the_millisecond_too() -> None:
    # Given such a move, and a classifier by a published rule
    classifier = MILLISECONDS.classifier(rule="lee_ready")
    classifier.on_quote(OPEN_NS - MS, BID, 300, ASK, 500)
    classifier.on_quote(OPEN_NS, ASK, 300, ASK + 2 * CENT, 500)
    # When a print comes at what was the ask
    # Then the quote strictly before its stamp signs it
    assert classifier.on_trade(OPEN_NS, ASK, 120, None, None) == ("buy", 10, "quote")


@pytest.mark.parametrize(
    ("size", "stated"),
    [(300, None), (77, None), (77, "sell")],
    ids=["exact", "vanished", "stated"],
)
def test_a_sale_met_the_bid_that_it_took(size: int, stated: str | None) -> None:
    # Given a bid that rose, and fell again within a print's millisecond
    classifier = of_milliseconds(bid=BID - 3 * CENT)
    classifier.on_quote(OPEN_NS - 2 * MS, BID, 300, ASK, 500)
    classifier.on_quote(OPEN_NS, BID - 5 * CENT, 300, ASK, 500)
    # When it is sold, or a sale is stated
    side, *_ = classifier.on_trade(OPEN_NS, BID, size, None, stated)
    # Then it met the bid of before, and not what it left
    assert (side, classifier.met_bid_ticks) == ("sell", BID)


def test_with_one_clock_a_print_meets_the_newest_bid() -> None:
    # Given two quotes
    classifier = with_quote()
    classifier.on_quote(OPEN_NS + 5, BID - CENT, 300, ASK, 500)
    # When a print comes
    classifier.on_trade(OPEN_NS + 6, BID - CENT, 100, None, None)
    # Then that is the bid it met
    assert classifier.met_bid_ticks == BID - CENT


def test_a_late_stamp_hands_a_side_on_at_one_price_only() -> None:
    # Given a sale at the bid, and a print of its stamp one cent higher, which is another order's
    classifier = of_milliseconds(bid=1_000_000, ask=1_100_000)
    results = [
        classifier.on_trade(OPEN_NS, 1_000_000, 77, OPEN_NS, None),
        classifier.on_trade(OPEN_NS, 1_050_000, 77, OPEN_NS, None),
        # When one more comes at that price
        classifier.on_trade(OPEN_NS, 1_050_000, 77, OPEN_NS, None),
    ]
    # Then it goes with the print before it, and not with the surer one of before
    assert [side for side, *_ in results] == ["sell", "buy", "buy"]
    assert results[2] == ("buy", 120, "same_order")


@pytest.mark.parametrize(
    ("result", "moved", "handed"),
    [
        (("sell", 995, "reduction"), False, ("sell", 971, "same_order")),
        (("buy", 5, "reduction"), True, ("buy", 29, "same_order")),
        (("sell", 900, "walk"), True, ("sell", 880, "same_order")),
        (("sell", 880, "inside"), True, ("sell", 600, "same_order")),
        (("buy", 120, "inside"), True, ("buy", 400, "same_order")),
        (("sell", 860, "inside"), False, ("sell", 842, "same_order")),
        (("buy", 400, "tick"), True, ("buy", 400, "same_order")),
    ],
)
def test_what_is_handed_on_is_less_sure(result: TradeSide, moved: bool, handed: TradeSide) -> None:
    # Given what a print was found to be, with a quote that stood or moved within the window
    # When the next one of its stamp and price has nothing of its own
    # Then it takes that side, as sure as both are of one order; hardly at all where it moved
    assert handed_on(result, moved=moved) == handed


def test_a_step_below_a_nanosecond_is_refused() -> None:
    # Given a step that is none
    # When a classifier is made
    # Then the error names it
    with pytest.raises(ValueError, match="step_ns=0 must be 1 or more"):
        TradeSideClassifier(step_ns=0)


@pytest.mark.parametrize(("late_by", "met"), [(0, BID - CENT), (1, BID)])
def test_a_stated_sale_that_comes_late_met_the_bid_of_its_time(late_by: int, met: int) -> None:
    # Given a bid that has fallen
    classifier = with_quote()
    classifier.on_quote(OPEN_NS + 5, BID - CENT, 300, ASK, 500)
    # When a stated sale comes of that moment, or of one before it
    classifier.on_trade(OPEN_NS + 5 - late_by, BID, 100, None, "sell")
    # Then it met the bid that stood then
    assert classifier.met_bid_ticks == met
