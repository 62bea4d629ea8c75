from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading_bot.order_flow.feed.doubt.budget import (
    AUDIT,
    FILL,
    TAKEOVER,
    Question,
    RequestTurns,
)
from trading_bot.order_flow.feed.doubt.promise import Budget
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    QUOTES,
    TRADES,
    AskPulse,
    AskTape,
    Channel,
)

SETTLE_NS = 2 * NS_PER_SECOND
NAMES = tuple(f"S{number:02}" for number in range(50))


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


def prints(symbol: str) -> Channel:
    return Channel(TRADES, symbol)


def quotes(symbol: str) -> Channel:
    return Channel(QUOTES, symbol)


def polled(*symbols: str) -> list[Question]:
    return [
        AskTape(Channel(kind, symbol), TAKEOVER) for symbol in symbols for kind in (TRADES, QUOTES)
    ]


def audit(symbol: str) -> AskTape:
    return AskTape(prints(symbol), AUDIT)


def fill(channel: Channel) -> AskTape:
    return AskTape(channel, FILL)


def held(*symbols: str, budget: Budget | None = None) -> RequestTurns:
    turns = RequestTurns(budget or Budget(5.0))
    turns.hold(symbols, SETTLE_NS, 0)
    return turns


def asked(turns: RequestTurns, now_ns: int) -> list[Question]:
    """All questions whose turn is at a time."""
    found = []
    while (question := turns.next_turn(now_ns)) is not None:
        found.append(question)
    return found


def run(turns: RequestTurns, until: int, *, steps: int = 10) -> Iterator[tuple[float, Question]]:
    """Ask whatever has its turn, some times a second."""
    for step in range(until * steps):
        for question in asked(turns, seconds(step / steps)):
            yield step / steps, question


# What waits.


def test_nothing_is_asked_while_nothing_is_held() -> None:
    # Given no position
    turns = held()
    # When an hour passes
    # Then nothing is asked for
    assert asked(turns, seconds(3_600)) == []


@pytest.mark.parametrize(("at", "found"), [(5.999, []), (6.0, [AskPulse(("AAA", "BBB"))])])
def test_the_pulse_asks_for_all_symbols_each_period(at: float, found: list[Question]) -> None:
    # Given two symbols since 0 s
    turns = held("AAA", "BBB")
    # When time passes
    # Then one snapshot asks for both, at its period
    assert asked(turns, seconds(at)) == found
    assert asked(turns, seconds(at)) == []


def test_audits_are_spread_over_their_period() -> None:
    # Given four symbols, and no snapshot
    turns = held("AAA", "BBB", "CCC", "DDD", budget=Budget(5.0, has_snapshot=False))
    # When a minute passes
    found = list(run(turns, 41))
    # Then each is audited each 20 s, one each 5 s
    order = ["AAA", "BBB", "CCC", "DDD"]
    assert found == [(5.0 * (n + 1), audit(order[n % 4])) for n in range(8)]


def test_a_gap_is_asked_for_once_each_time_it_is_wanted() -> None:
    # Given a channel with a gap, wanted twice
    turns = held("AAA")
    turns.want_fill(prints("AAA"), 0)
    turns.want_fill(prints("AAA"), 0)
    # When there are turns
    # Then it is asked for once
    assert asked(turns, 0) == [fill(prints("AAA"))]


def test_a_gap_that_is_closed_is_not_asked_for() -> None:
    # Given a channel with a gap
    turns = held("AAA")
    turns.want_fill(prints("AAA"), 0)
    # When it is closed before its turn
    turns.drop_fill(prints("AAA"))
    # Then nothing is asked for
    assert asked(turns, 0) == []


def test_a_cut_is_refilled_largest_position_first_prints_before_quotes() -> None:
    # Given gaps in all channels of two symbols, the larger one first
    turns = held("BBB", "AAA")
    for symbol in ("AAA", "BBB"):
        turns.want_fill(quotes(symbol), 0)
        turns.want_fill(prints(symbol), 0)
    # When there are turns
    # Then the larger position is whole first
    channels = [prints("BBB"), quotes("BBB"), prints("AAA"), quotes("AAA")]
    assert asked(turns, 0) == [fill(each) for each in channels]


def test_a_symbol_that_is_taken_over_is_polled_each_second() -> None:
    # Given a symbol that is taken over
    turns = held("AAA")
    turns.take_over(("AAA",))
    # When it is looked at each second, three times
    found = list(run(turns, 3, steps=1))
    # Then its prints and quotes are asked for each second, and nothing is compared
    assert found == [(float(at), each) for at in range(3) for each in polled("AAA")]


def test_symbols_taken_over_are_polled_round_and_round() -> None:
    # Given four symbols that are taken over, one of them twice
    turns = held(*NAMES[:4])
    turns.take_over(NAMES[:4])
    turns.take_over(NAMES[:2])
    # When four seconds pass at five requests a second
    found = [question for _, question in run(turns, 4)]
    # Then each channel has its turn in the same order
    assert found == (polled(*NAMES[:4]) * 3)[:20]


def test_a_symbol_that_is_given_back_is_polled_no_longer() -> None:
    # Given a symbol that is taken over
    turns = held("AAA")
    turns.take_over(("AAA",))
    # When it is given back
    turns.give_back(("AAA",))
    # Then nothing is asked for
    assert asked(turns, 0) == []


def test_polling_fills_the_gaps_of_its_symbols() -> None:
    # Given a symbol with a gap that is taken over
    turns = held("AAA")
    turns.want_fill(prints("AAA"), 0)
    turns.take_over(("AAA",))
    # When there are turns, and it is given back
    found = asked(turns, 0)
    turns.give_back(("AAA",))
    # Then its gap is not asked for beside
    assert found == polled("AAA")
    assert asked(turns, 0) == []


def test_what_is_not_held_is_not_asked_for() -> None:
    # Given a symbol that is not held
    turns = held("AAA")
    # When its turns are wanted
    turns.take_over(("ZZZ",))
    turns.want_fill(prints("ZZZ"), 0)
    turns.want_audit("ZZZ", 0)
    # Then there are none
    assert asked(turns, 0) == []


def test_a_sold_symbol_is_asked_for_no_longer() -> None:
    # Given symbols of which one is polled and one has a gap
    turns = held("AAA", "BBB", "CCC")
    turns.take_over(("AAA",))
    turns.want_fill(prints("BBB"), 0)
    turns.want_audit("AAA", 0)
    # When both are sold
    turns.hold(("CCC",), SETTLE_NS, 0)
    # Then nothing is left of them
    assert [question for _, question in run(turns, 21)] == [
        *[AskPulse(("CCC",))] * 3,
        audit("CCC"),
    ]


def test_an_early_pulse_is_asked_for_at_once() -> None:
    # Given a symbol
    turns = held("AAA")
    # When a pulse is wanted at 1 s
    turns.want_pulse(seconds(1))
    # Then it comes, and the next one a period later
    assert [at for at, _ in run(turns, 8)] == [1.0, 7.0]


def test_an_early_audit_is_asked_for_also_of_a_symbol_that_is_polled() -> None:
    # Given a symbol that is taken over
    turns = held("AAA")
    turns.take_over(("AAA",))
    # When an audit is wanted at 10 s
    turns.want_audit("AAA", seconds(10))
    # Then there is that one
    assert [at for at, question in run(turns, 60) if question == audit("AAA")] == [10.0]


@pytest.mark.parametrize("compares", [False, True])
def test_nothing_is_compared_while_there_is_nothing_to_compare(compares: bool) -> None:
    # Given a market that is closed
    turns = held("AAA")
    turns.compares = compares
    # When a minute passes
    # Then neither pulse nor audit is asked for
    assert bool(asked(turns, seconds(60))) is compares


def test_a_pulse_of_many_symbols_goes_on_until_all_are_asked_for() -> None:
    # Given snapshots of two symbols
    turns = held("AAA", "BBB", "CCC", budget=Budget(5.0, has_tape=False, pulse_symbols=2))
    # When a pulse is due
    first = turns.next_turn(seconds(6))
    second = turns.next_turn(seconds(6))
    # Then two snapshots are one pulse
    assert (first, second) == (AskPulse(("AAA", "BBB")), AskPulse(("CCC",)))
    assert turns.next_turn(seconds(6)) is None


def test_without_a_tape_nothing_is_filled_polled_or_audited() -> None:
    # Given a plan without past prints
    turns = held("AAA", budget=Budget(5.0, has_tape=False))
    # When all is wanted
    turns.take_over(("AAA",))
    turns.want_fill(prints("AAA"), 0)
    # Then there are pulses only
    assert {question for _, question in run(turns, 60)} == {AskPulse(("AAA",))}


def test_without_a_second_source_nothing_is_asked() -> None:
    # Given a plan without REST data
    turns = held("AAA", budget=Budget(5.0, has_tape=False, has_snapshot=False))
    # When a minute passes
    # Then nothing is asked for
    assert list(run(turns, 60)) == []


# Whose turn it is.


def test_polling_goes_before_gaps_pulse_and_audit() -> None:
    # Given one of each, all due now
    turns = held("AAA", "BBB")
    turns.take_over(("AAA",))
    turns.want_audit("BBB", seconds(1))
    turns.want_pulse(seconds(1))
    turns.want_fill(quotes("BBB"), seconds(1))
    # When there are turns
    found = asked(turns, seconds(1))
    # Then they come in their order
    assert found == [
        *polled("AAA"),
        fill(quotes("BBB")),
        AskPulse(("BBB",)),
        audit("BBB"),
    ]


@pytest.mark.parametrize(("waited", "place"), [(1.999, None), (2.0, 0), (2.001, 0)])
def test_what_is_overdue_has_each_second_turn(waited: float, place: int | None) -> None:
    # Given polling that takes every turn, and a gap of another symbol
    turns = held(*NAMES[:9])
    turns.take_over(NAMES[:8])
    turns.want_fill(prints(NAMES[8]), 0)
    # When it has waited
    found = asked(turns, seconds(waited))
    # Then it has a turn from 2 s on
    assert (found.index(fill(prints(NAMES[8]))) if place is not None else None) == place
    assert len([each for each in found if each.turn == TAKEOVER]) >= 4  # type: ignore[union-attr]


def test_overdue_ones_take_no_more_than_each_second_turn() -> None:
    # Given polling that takes every turn, and many gaps that have waited for long
    turns = held(*NAMES[:20])
    turns.take_over(NAMES[:8])
    for symbol in NAMES[8:20]:
        turns.want_fill(prints(symbol), 0)
    # When there are five turns
    found = [each.turn for each in asked(turns, seconds(9)) if isinstance(each, AskTape)]
    # Then polling has as many as the gaps, and the comparing that waits longest comes first
    assert found == [FILL, TAKEOVER, FILL, TAKEOVER, FILL]


def test_well_symbols_are_compared_although_others_are_polled_for_good() -> None:
    # Given ten symbols of fifty that are polled, which could take every turn
    turns = held(*NAMES)
    turns.take_over(NAMES[:10])
    # When five minutes pass
    found = list(run(turns, 300))
    # Then each of the others is audited at least each 1.5 periods, and the pulse as often
    for symbol in NAMES[10:]:
        times = [0.0, *(at for at, each in found if each == audit(symbol)), 300.0]
        assert max(b - a for a, b in pairwise(times)) <= 1.5 * 28 + 2
    times = [at for at, each in found if isinstance(each, AskPulse)]
    assert max(b - a for a, b in pairwise(times)) <= 1.5 * 6 + 1


# How many turns there are.


@pytest.mark.parametrize(
    ("per_second", "at", "count"),
    [(5.0, 0.999, 5), (5.0, 1.0, 10), (0.0833, 11.999, 1), (0.0833, 12.0, 2), (2.5, 0.8, 4)],
)
def test_no_window_has_more_turns_than_agreed(per_second: float, at: float, count: int) -> None:
    # Given symbols that could take every turn
    turns = held(*NAMES, budget=Budget(per_second))
    turns.take_over(NAMES)
    # When turns are taken at 0 s, and later
    found = len(asked(turns, 0)) + len(asked(turns, seconds(at)))
    # Then the window holds
    assert found == count


def test_pages_cost_turns() -> None:
    # Given a symbol that is polled
    turns = held("AAA")
    turns.take_over(("AAA",))
    first = turns.next_turn(0)
    assert first is not None
    # When the answer takes three pages more
    turns.charge(first, 3, 0)
    # Then one turn is left of five
    assert len(asked(turns, 0)) == 1


def test_pages_of_an_audit_are_of_the_share_of_comparing() -> None:
    # Given one audit that takes all pages of the minute's share
    turns = held("AAA", budget=Budget(5.0, has_snapshot=False))
    turns.want_audit("AAA", 0)
    first = turns.next_turn(0)
    assert first == audit("AAA")
    turns.charge(first, 119, 0)
    turns.want_audit("AAA", 0)
    # When turns are free again
    # Then nothing is compared until the minute is over
    assert asked(turns, seconds(60) - 1) == []
    assert asked(turns, seconds(60)) == [audit("AAA")]


@pytest.mark.parametrize(
    ("per_second", "count", "pulse", "period"),
    [(5.0, 50, 6, 28), (5.0, 10, 6, 20), (20.0, 50, 6, 20), (0.0833, 1, 30, 30)],
)
def test_what_is_promised_is_kept(per_second: float, count: int, pulse: int, period: int) -> None:
    # Given symbols that are all well
    turns = held(*NAMES[:count], budget=Budget(per_second))
    # When ten minutes pass
    found = list(run(turns, 600))
    # Then pulse and audits come in their periods, but for the wait for a turn
    wait = max(1.0, 1 / per_second + 0.2)
    pulses = [0.0, *(at for at, each in found if isinstance(each, AskPulse)), 600.0]
    assert max(b - a for a, b in pairwise(pulses)) <= pulse + wait
    for symbol in NAMES[:count]:
        times = [0.0, *(at for at, each in found if each == audit(symbol)), 600.0]
        assert max(b - a for a, b in pairwise(times)) <= period + wait


@given(
    st.sampled_from([0.05, 0.0833, 0.5, 1.0, 2.5, 5.0, 20.0]),
    st.integers(1, 12),
    st.lists(
        st.tuples(
            st.integers(0, 3_000),
            st.sampled_from(["take", "give", "fill", "pulse", "audit", "hold", "charge"]),
            st.integers(0, 11),
        ),
        max_size=60,
    ),
    st.booleans(),
)
def test_no_minute_compares_more_than_its_share_and_no_window_asks_too_much(
    per_second: float, count: int, story: list[tuple[int, str, int]], has_snapshot: bool
) -> None:
    # Given any budget, and any wishes at any time
    budget = Budget(per_second, has_snapshot=has_snapshot)
    turns = held(*NAMES[:count], budget=budget)
    now_ns = 0
    found: list[tuple[int, Question]] = []
    for passed_ms, wish, number in story:
        now_ns += seconds(passed_ms / 1_000)
        symbol = NAMES[number]
        match wish:
            case "take":
                turns.take_over((symbol,))
            case "give":
                turns.give_back((symbol,))
            case "fill":
                turns.want_fill(quotes(symbol), now_ns)
            case "pulse":
                turns.want_pulse(now_ns)
            case "audit":
                turns.want_audit(symbol, now_ns)
            case "hold":
                turns.hold(NAMES[: number + 1], SETTLE_NS, now_ns)
            case _:
                turns.charge(audit(symbol), 0, now_ns)
        # When all turns are taken
        found += [(now_ns, question) for question in asked(turns, now_ns)]
    # Then the rate holds in each window, and the share of comparing in each minute
    most = max(1, int(per_second))
    window_ns = most * NS_PER_SECOND / per_second * 0.99
    compared = [at for at, each in found if isinstance(each, AskPulse) or each.turn == AUDIT]
    for start_ns in {at for at, _ in found}:
        assert sum(start_ns <= at < start_ns + window_ns for at, _ in found) <= most
        in_minute = sum(start_ns <= at < start_ns + seconds(60) for at in compared)
        assert in_minute <= max(1, per_second * 60 * (0.4 if per_second >= 1 else 0.8) + 0.01)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 50), st.integers(0, 50), st.sampled_from([1.0, 5.0]))
def test_nobody_is_forgotten(count: int, taken: int, per_second: float) -> None:
    # Given symbols of which some are polled
    turns = held(*NAMES[:count], budget=Budget(per_second))
    turns.take_over(NAMES[: min(taken, count)])
    # When as long passes as one and a half of the longest period
    found = Counter(question for _, question in run(turns, 400, steps=1))
    # Then the polled ones are polled, and the others audited
    for place, symbol in enumerate(NAMES[:count]):
        if place < taken:
            assert all(found[each] >= 1 for each in polled(symbol))
        else:
            assert found[audit(symbol)] >= 1


def test_what_is_asked_together_is_due_together() -> None:
    # Given a budget of which one question for all is asked a minute
    turns = RequestTurns(Budget(99.0, together_every_seconds=60))
    turns.hold(("AAA", "BBB"), SETTLE_NS, 0)
    turns.want_audit("BBB", seconds(20))
    # When an early audit has had its turn
    assert turns.next_turn(seconds(20)) == audit("BBB")
    assert turns.next_turn(seconds(59)) is None
    # Then it is due with all others again
    due = [turns.next_turn(seconds(60)) for _ in range(4)]
    assert due == [AskPulse(("AAA", "BBB")), audit("AAA"), audit("BBB"), None]
    assert turns.next_turn(seconds(119)) is None
    assert turns.next_turn(seconds(120)) == AskPulse(("AAA", "BBB"))


def test_what_is_asked_together_is_polled_every_ten_seconds() -> None:
    # Given a symbol of such a provider that is taken over
    turns = RequestTurns(Budget(99.0, together_every_seconds=60))
    turns.hold(("AAA",), SETTLE_NS, 0)
    turns.take_over(("AAA",))
    assert [turns.next_turn(0), turns.next_turn(0)] == polled("AAA")
    # When it waits for less than ten seconds, and for ten
    # Then it is polled then
    assert turns.next_turn(seconds(9.9)) is None
    assert turns.next_turn(seconds(10)) == polled("AAA")[0]
