"""What the best quote lost, and which print took it."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.rules.side.quote_memory import QuoteMemory
from trading_bot.order_flow.rules.side.quote_reductions import (
    COMPARED_FROM,
    MOST_REDUCTIONS,
    MOST_SEEN,
    QuoteReductions,
)
from trading_bot.order_flow.rules.side.side_rules import TradeSide

BOUGHT: TradeSide = ("buy", 5, "reduction")
SOLD: TradeSide = ("sell", 995, "reduction")
BID, ASK = 100, 102
WINDOW_NS = 1_000


def after(*quotes: tuple[int, int, int, int]) -> QuoteReductions:
    """Give the memory after quotes of (bid, size, ask, size), one a nanosecond from 1 on."""
    memory = QuoteMemory(WINDOW_NS)
    reductions = memory._reductions
    assert reductions is not None
    for stamp_ns, (bid, bid_size, ask, ask_size) in enumerate(quotes, start=1):
        memory.on_quote(stamp_ns, bid, bid_size, ask, ask_size)
        # A print of no size that was lost asks after each.
        reductions.cause_of(0, 0, 0, 0)
    return reductions


def cause(reductions: QuoteReductions, price: int, size: int) -> TradeSide | None:
    """Give the side by an exact reduction at any time."""
    exact, _ = reductions.cause_of(price, size, 0, 1_000)
    return exact


@pytest.mark.parametrize(
    ("later", "price", "size", "expected"),
    [
        ((BID, 200, ASK, 500), BID, 100, SOLD),
        ((BID - 1, 900, ASK, 500), BID, 300, SOLD),
        ((0, 0, ASK, 500), BID, 300, SOLD),
        ((BID, 300, ASK, 450), ASK, 50, BOUGHT),
        ((BID, 300, ASK + 1, 900), ASK, 500, BOUGHT),
        ((BID, 300, 0, 0), ASK, 500, BOUGHT),
        ((BID, 400, ASK, 600), BID, 100, None),
        ((BID + 1, 100, ASK, 500), BID, 300, None),
        ((BID, 300, ASK - 1, 100), ASK, 500, None),
    ],
)
def test_exactly_what_the_best_quote_lost_tells_the_side(
    later: tuple[int, int, int, int], price: int, size: int, expected: TradeSide | None
) -> None:
    # Given a quote and the next one
    reductions = after((BID, 300, ASK, 500), later)
    # When a print of that price and size asks for its cause
    # Then only a loss has one
    assert cause(reductions, price, size) == expected


def test_an_exact_reduction_is_used_up() -> None:
    # Given one loss of 100 shares at the bid
    reductions = after((BID, 300, ASK, 500), (BID, 200, ASK, 500))
    # When two prints of that size ask
    causes = [cause(reductions, BID, 100), cause(reductions, BID, 100)]
    # Then only the first has it
    assert causes == [SOLD, None]


def test_oldest_of_equal_reductions_is_claimed_first() -> None:
    # Given a loss at the ask of 102, and then the same price and size lost as a bid
    reductions = after(
        (BID, 300, ASK, 500), (BID, 300, ASK, 400), (ASK, 300, ASK + 2, 500), (ASK, 200, ASK + 2, 1)
    )
    # When two prints of that price and size ask
    causes = [cause(reductions, ASK, 100), cause(reductions, ASK, 100)]
    # Then they claim them in the order in which they happened
    assert causes == [BOUGHT, SOLD]


def test_vanished_level_speaks_for_a_print_of_another_size() -> None:
    # Given a bid of 300 shares that vanished
    reductions = after((BID, 300, ASK, 500), (BID - 1, 900, ASK, 500))
    # When prints of 120 and of 300 shares there ask
    causes = [reductions.cause_of(BID, size, 0, 1_000) for size in (120, 300, 300)]
    # Then the level speaks for the first, is used up by the second, and is gone for the third
    assert causes == [(None, ("sell", 850, "vanished_level")), (SOLD, None), (None, None)]


@pytest.mark.parametrize(
    ("since_ns", "before_ns", "expected"),
    [(2, 3, SOLD), (3, 9, None), (1, 2, None)],
)
def test_only_reductions_of_the_window_count(
    since_ns: int, before_ns: int, expected: TradeSide | None
) -> None:
    # Given a loss at stamp 2
    reductions = after((BID, 300, ASK, 500), (BID, 200, ASK, 500))
    # When a print asks for causes from one stamp to before another
    # Then the first end counts and the second does not
    assert reductions.cause_of(BID, 100, since_ns, before_ns) == (expected, None)


@pytest.mark.parametrize("ask", [BID, BID - 1])
def test_locked_or_crossed_quote_loses_nothing(ask: int) -> None:
    # Given a locked or crossed quote that then loses shares on both sides
    reductions = after((BID, 300, ask, 500), (BID, 200, ask, 400))
    # When prints of those sizes ask
    causes = [cause(reductions, BID, 100), cause(reductions, ask, 100)]
    # Then there is no cause
    assert causes == [None, None]


def test_memory_holds_the_newest_reductions_only() -> None:
    # Given one more loss than are kept, each of another size
    sizes = [10_000]
    for loss in range(1, MOST_REDUCTIONS + 2):
        sizes.append(sizes[-1] - loss)
    reductions = after(*((BID, size, ASK, 500) for size in sizes))
    # When prints of the two oldest sizes ask
    causes = [cause(reductions, BID, 1), cause(reductions, BID, 2)]
    # Then the oldest is forgotten
    assert causes == [None, SOLD]


@pytest.mark.parametrize(("later_ns", "kept"), [(WINDOW_NS, 2), (WINDOW_NS + 1, 1)])
def test_a_quiet_symbol_keeps_no_old_reductions(later_ns: int, kept: int) -> None:
    # Given a loss of 1 share that a print has asked for in vain
    memory = QuoteMemory(WINDOW_NS)
    memory.on_quote(4, BID, 300, ASK, 500)
    memory.on_quote(5, BID, 299, ASK, 500)
    reductions = memory._reductions
    assert reductions is not None
    cause(reductions, BID, 77)
    # When the next comes within the window, or later than any print can mean both
    memory.on_quote(5 + later_ns, BID, 297, ASK, 500)
    # Then the old one is kept, or forgotten
    causes = [reductions.cause_of(BID, size, 0, 9_999)[0] for size in (2, 1)]
    assert causes == ([SOLD, SOLD] if kept == 2 else [SOLD, None])


@pytest.mark.parametrize(("later", "cause_found"), [(MOST_SEEN - 2, True), (MOST_SEEN - 1, False)])
def test_only_the_newest_quotes_are_compared(later: int, cause_found: bool) -> None:
    # Given a loss of 1 share, and so many quotes after it that nobody asked for yet
    memory = QuoteMemory(WINDOW_NS)
    memory.on_quote(1, BID, 300, ASK, 500)
    memory.on_quote(2, BID, 299, ASK, 500)
    for number in range(later):
        memory.on_quote(3 + number, BID, 299, ASK, 500)
    reductions = memory._reductions
    assert reductions is not None
    # When a print of that size asks
    # Then it is known while it is among the quotes that are kept, with the one before it
    assert (cause(reductions, BID, 1) == SOLD) is cause_found


def test_without_a_window_no_quote_is_noted() -> None:
    # Given a memory of quotes of one clock
    memory = QuoteMemory(0)
    # When it takes quotes
    memory.on_quote(1, BID, 300, ASK, 500)
    # Then there is nothing that keeps their sizes
    assert (memory.note, memory._reductions) == (None, None)


@pytest.mark.parametrize(
    ("quotes", "kept"),
    [(COMPARED_FROM - 1, COMPARED_FROM - 1), (COMPARED_FROM, 1), (COMPARED_FROM + 1, 1)],
)
def test_a_change_of_price_compares_the_quotes_that_are_kept(quotes: int, kept: int) -> None:
    # Given quotes of one price, of which the third lost a share
    memory = QuoteMemory(WINDOW_NS)
    reductions = memory._reductions
    assert reductions is not None
    memory.on_quote(1, BID, 300, ASK, 500)
    reductions.compare()
    for number in range(quotes - 2):
        memory.on_quote(2 + number, BID, 300 - bool(number), ASK, 500)
    # When the price changes
    memory.on_quote(99, BID - 1, 300, ASK, 500)
    # Then from so many on the newest alone stays, and what they lost is known
    assert len(reductions.seen) == kept
    assert cause(reductions, BID, 1) == SOLD
