"""What each kind of evidence says, as pure functions."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.rules.side.side_rules import (
    TradeSide,
    capped,
    confidence_of,
    inside_spread,
)


@pytest.mark.parametrize(
    ("result", "confidence"),
    [(("buy", 10, "quote"), 990), (("sell", 600, "tick"), 600), (("unknown", 500, "x"), 500)],
)
def test_confidence_is_the_probability_of_the_side_given(
    result: TradeSide, confidence: int
) -> None:
    # Given the probability of a sale
    # When the confidence in the given side is asked for
    # Then a buy counts the other way
    assert confidence_of(result) == confidence


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (("buy", 10, "quote"), ("buy", 200, "quote")),
        (("sell", 990, "quote"), ("sell", 800, "quote")),
        (("sell", 600, "tick"), ("sell", 600, "tick")),
        (("unknown", 500, "no_evidence"), ("unknown", 500, "no_evidence")),
    ],
)
def test_cap_takes_confidence_and_leaves_the_side(result: TradeSide, expected: TradeSide) -> None:
    # Given a result
    # When no more than 0.8 may be claimed
    # Then only what is above is cut
    assert capped(result, 800) == expected


@pytest.mark.parametrize(
    ("price", "still", "moved"),
    [(1_075_000, 140, 230), (1_090_000, 40, 120), (1_065_000, 270, 370)],
)
def test_moved_quote_makes_a_print_inside_the_spread_less_sure(
    price: int, still: int, moved: int
) -> None:
    # Given a print between bid and ask
    # When the quote stood, and when it moved
    results = [inside_spread(price, 1_000_000, 1_100_000, moved=flag) for flag in (False, True)]
    # Then the side is the same, a tenth less sure
    assert results == [("buy", still, "inside"), ("buy", moved, "inside")]
