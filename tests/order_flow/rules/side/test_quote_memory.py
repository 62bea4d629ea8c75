"""How far back the quotes reach, and whether the price moved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.rules.side.quote_memory import (
    NO_QUOTE,
    QUOTE_MAX_AGE_NS,
    QUOTE_RUNS,
    QUOTES_KEPT_NS,
    QuoteMemory,
)


def bid_before(memory: QuoteMemory, stamp_ns: int) -> int | None:
    run = memory._run_before(stamp_ns)
    return None if run is None else run[2]


def moved_since(memory: QuoteMemory, stamp_ns: int, since_ns: int) -> bool:
    run = memory._run_before(stamp_ns)
    assert run is not None
    began_ns, _, bid, ask = run
    return began_ns >= since_ns and memory._moved_before(began_ns, bid, ask, since_ns)


@pytest.mark.parametrize(("stamp_ns", "bid"), [(10, 0), (11, 101), (20, 101), (21, 102), (99, 102)])
def test_quote_before_a_stamp_is_the_newest_strictly_before(stamp_ns: int, bid: int) -> None:
    # Given quotes at 10 and 20
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    # When the one before a stamp is asked for
    # Then equal stamps do not count, and before the first there is an empty quote
    assert bid_before(memory, stamp_ns) == bid


@pytest.mark.parametrize("window_ns", [0, 1])
def test_quotes_of_one_price_are_one_run(window_ns: int) -> None:
    # Given a price whose size changed twice, and the next price
    memory = QuoteMemory(window_ns)
    for stamp_ns, size in ((10, 1), (20, 2), (30, 3)):
        memory.on_quote(stamp_ns, 101, size, 105, 1)
    newest = memory._run_before(99)
    memory.on_quote(40, 102, 1, 105, 1)
    # When it is asked for before and after it ended
    # Then it is known from its first to its last stamp
    assert newest == memory._run_before(40) == (10, 30, 101, 105)


def test_only_the_last_quote_of_a_stamp_stands() -> None:
    # Given two prices of one stamp
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    memory.on_quote(20, 103, 1, 105, 1)
    # When what stood before and after it is asked for
    # Then the first of the two never stood
    assert (bid_before(memory, 20), bid_before(memory, 21)) == (101, 103)


def test_memory_forgets_the_oldest_price() -> None:
    # Given one price more than are kept
    memory = QuoteMemory(0)
    for stamp_ns in range(QUOTE_RUNS + 1):
        memory.on_quote(stamp_ns, 100 + stamp_ns, 1, 500, 1)
    # When those before the third, second and first stamp are asked for
    found = [bid_before(memory, stamp_ns) for stamp_ns in (2, 1, 0)]
    # Then the first is gone
    assert found == [101, None, None]


@pytest.mark.parametrize(("stamp_ns", "found"), [(1, None), (2, 101)])
def test_oldest_quote_serves_only_later_stamps(stamp_ns: int, found: int | None) -> None:
    # Given as many prices as are kept, the oldest since 1
    memory = QuoteMemory(1)
    for quote_ns in range(1, QUOTE_RUNS + 1):
        memory.on_quote(quote_ns, 100 + quote_ns, 1, 500, 1)
    # When the oldest is asked for by a stamp
    run = memory._oldest_before(stamp_ns)
    # Then it must lie strictly before
    assert (run and run[2]) == found


def test_the_oldest_quote_moves_on_when_the_memory_goes_round() -> None:
    # Given as many prices as are kept
    memory = QuoteMemory(1)
    for quote_ns in range(1, QUOTE_RUNS):
        memory.on_quote(quote_ns, 100 + quote_ns, 1, 500, 1)
    found = []
    for quote_ns in range(QUOTE_RUNS, 3 * QUOTE_RUNS):
        # When one after the other comes
        memory.on_quote(quote_ns, 100 + quote_ns, 1, 500, 1)
        run = memory._oldest_before(999)
        found.append(run and run[2])
    # Then the oldest moves on by one each time
    assert found == list(range(101, 101 + 2 * QUOTE_RUNS))


def test_without_any_quote_the_oldest_is_an_empty_one() -> None:
    # Given no quote
    memory = QuoteMemory(1)
    # When the oldest is asked for
    # Then there is none
    assert memory._oldest_before(99) == NO_QUOTE


@pytest.mark.parametrize(("since_ns", "moved"), [(10, True), (20, True), (21, False), (30, False)])
def test_move_counts_from_the_quote_that_made_it(since_ns: int, moved: bool) -> None:
    # Given a price that moved at 20, and a size that changed at 30
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    memory.on_quote(30, 102, 2, 105, 1)
    # When it is asked whether the price moved since a moment
    # Then a change of size is no move
    assert moved_since(memory, 99, since_ns) is moved


def test_a_move_after_the_quote_that_was_met_does_not_count() -> None:
    # Given a price since 10 that moved at 20
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    # When it is asked of the price before the move
    # Then it had not moved since 11
    assert not moved_since(memory, 20, 11)


@pytest.mark.parametrize(("since_ns", "moved"), [(10, True), (11, False)])
def test_a_price_that_came_back_within_one_stamp_has_not_moved_then(
    since_ns: int, moved: bool
) -> None:
    # Given a price since 10, gone and back within the stamp 20
    memory = QuoteMemory(0)
    memory.on_quote(10, 101, 1, 105, 1)
    memory.on_quote(20, 102, 1, 105, 1)
    memory.on_quote(20, 101, 1, 105, 1)
    # When it is asked whether the price moved since a moment
    # Then only its first coming counts
    assert moved_since(memory, 99, since_ns) is moved


def test_price_that_stood_throughout_has_not_moved() -> None:
    # Given a memory that has gone round, and one price since
    memory = QuoteMemory(0)
    for stamp_ns in range(3 * QUOTE_RUNS):
        memory.on_quote(stamp_ns, min(stamp_ns, QUOTE_RUNS), stamp_ns, 105, 1)
    # When it is asked whether the price moved since it came
    # Then no move is seen
    assert not moved_since(memory, 999, QUOTE_RUNS + 1)


def test_a_move_that_is_forgotten_is_none() -> None:
    # Given prices that come back within each stamp, for longer than is kept
    memory = QuoteMemory(0)
    for stamp_ns in range(2 * QUOTE_RUNS):
        memory.on_quote(stamp_ns, 102, 1, 105, 1)
        memory.on_quote(stamp_ns, 101, 1, 105, 1)
    # When it is asked whether the price moved since before all that is kept
    # Then no move is seen
    assert not moved_since(memory, 999, -1)


@pytest.mark.parametrize(("window_ns", "noted"), [(0, False), (1, True)])
def test_reductions_are_noted_only_where_the_clocks_differ(window_ns: int, noted: bool) -> None:
    # Given a clock window, or none
    memory = QuoteMemory(window_ns)
    # When it is asked what is noted of a quote
    # Then sizes are with a window only
    assert (memory._reductions is not None) is noted


LATEST_NS = QUOTES_KEPT_NS - QUOTE_MAX_AGE_NS
SECOND = NS_PER_SECOND


def standing(memory: QuoteMemory, stamp_ns: int) -> tuple[int, int] | None:
    """Return bid and ask that a print of this stamp is judged by; None where all are too old."""
    run = memory._run_before(stamp_ns)
    if run is None or stamp_ns - run[1] > QUOTE_MAX_AGE_NS:
        return None
    return run[2], run[3]


@given(
    st.lists(
        st.tuples(st.sampled_from((0, 1, SECOND, 5 * SECOND, 30 * SECOND)), st.integers(1, 3)),
        max_size=120,
    ),
    st.integers(0, LATEST_NS),
)
def test_a_memory_that_grows_answers_like_a_large_one(
    quotes: list[tuple[int, int]], late_ns: int
) -> None:
    # Given one memory that grows and one that is large from the start
    growing, large = QuoteMemory(0), QuoteMemory(1)
    now_ns = 0
    for step_ns, bid in quotes:
        now_ns += step_ns
        # When both are given the same quotes, and a print comes late
        for memory in (growing, large):
            memory.on_quote(now_ns, bid, 1, 105, 1)
        # Then both know the same price for it
        assert standing(growing, now_ns - late_ns) == standing(large, now_ns - late_ns)


@pytest.mark.parametrize(
    ("age_ns", "known"),
    [(QUOTES_KEPT_NS - 1, True), (QUOTES_KEPT_NS, True), (QUOTES_KEPT_NS + 1, False)],
)
def test_a_price_is_forgotten_only_when_it_is_old(age_ns: int, known: bool) -> None:
    # Given a price that last stood at 0, and three others
    memory = QuoteMemory(0)
    for stamp_ns in range(4):
        memory.on_quote(stamp_ns, 100 + stamp_ns, 1, 500, 1)
    # When the next one comes so much later
    memory.on_quote(age_ns, 200, 1, 500, 1)
    # Then the first is still known, or not
    assert bid_before(memory, 1) == (100 if known else None)


@pytest.mark.parametrize(
    ("step_ns", "runs"), [(QUOTES_KEPT_NS // 4, 7), (QUOTES_KEPT_NS // 4 + 1, 3)]
)
def test_a_quiet_symbol_takes_less_room(step_ns: int, runs: int) -> None:
    # Given a symbol whose best price changes seldom
    memory = QuoteMemory(0)
    # When it has done so for long
    for number in range(100):
        memory.on_quote(number * step_ns, 100 + number, 1, 500, 1)
    # Then it takes no more than the prices that count
    assert len(memory._ring) // len(NO_QUOTE) == runs


@pytest.mark.parametrize(
    ("bid", "from_ns", "until_ns", "stood"),
    [
        # The newest prices stand from their first stamp on.
        (103, 20, 29, False),
        (103, 20, 30, True),
        (103, 99, 99, True),
        # Those before stood until the next ones came, that stamp excluded.
        (102, 0, 19, False),
        (102, 0, 20, True),
        (102, 29, 99, True),
        (102, 30, 99, False),
        (101, 19, 99, True),
        (101, 20, 99, False),
        # Before the first there were none.
        (0, 9, 9, True),
        (0, 10, 99, False),
        (104, 0, 99, False),
    ],
)
def test_prices_stand_from_their_first_stamp_until_the_next_ones_come(
    bid: int, from_ns: int, until_ns: int, stood: bool
) -> None:
    # Given three best bids
    memory = QuoteMemory(0)
    for stamp_ns, price in ((10, 101), (20, 102), (30, 103)):
        memory.on_quote(stamp_ns, price, 1, 105 if price else 0, 1)
    # When prices are looked for in a span
    found = memory.stood(bid, 105 if bid else 0, from_ns, until_ns)
    # Then they are found where they stood
    assert found is stood


@pytest.mark.parametrize(
    ("from_second", "stood"), [(QUOTE_RUNS + 9, False), (11, False), (10, False), (9, None)]
)
def test_what_stood_before_all_that_is_remembered_is_not_known(
    from_second: int, stood: bool | None
) -> None:
    # Given more prices than are remembered, ten a second so that all are young
    memory = QuoteMemory(0)
    for number in range(QUOTE_RUNS + 10):
        memory.on_quote(number * 10, 100 + number, 1, 500, 1)
    # When prices that never stood are looked for
    found = memory.stood(99, 500, from_second * 10, 10_000)
    # Then beyond the oldest nobody knows
    assert found is stood
