"""Whether the market falls, by one symbol's prices."""

from __future__ import annotations

import pytest
from support.flat_data import at, quote_row, trade_row

from trading_bot.recorded.rows import Row
from trading_bot.research.market_series import MarketSeries

PRICE = 100_000_000
BP = PRICE // 10_000


def market(*rows: Row) -> MarketSeries:
    return MarketSeries([list(rows)])


def prints(*prices: tuple[float, int]) -> list[Row]:
    return [trade_row(seconds, symbol="SPY", price=price) for seconds, price in prices]


@pytest.mark.parametrize(
    ("fall", "falls"), [(3 * BP - 1, False), (3 * BP, True), (3 * BP + 1, True), (-50 * BP, False)]
)
def test_a_fall_of_three_basis_points_in_a_minute_is_a_falling_market(
    fall: int, falls: bool
) -> None:
    # Given a market a minute ago and now
    series = market(*prints((0, PRICE), (60, PRICE - fall)))
    # When it is asked for
    # Then it falls from exactly three basis points on
    assert series.falls_at(at(60)) is falls
    assert series.symbol == "SPY"


@pytest.mark.parametrize(
    ("seconds", "known"),
    [(59.999, False), (60, True), (90, True), (120, True), (120.001, False), (150.001, False)],
)
def test_without_a_price_of_the_last_minute_nothing_is_known(seconds: float, known: bool) -> None:
    # Given prices at the start and 90 seconds later
    series = market(*prints((0, PRICE), (90, PRICE)))
    # When moments around them are asked for
    # Then both ends of the minute need a price that is a minute old at most
    assert (series.falls_at(at(seconds)) is not None) is known


def test_midpoints_win_over_prints() -> None:
    # Given quotes that fall, crossed and one-sided ones among them, and prints that rise
    rows = [
        quote_row(0, symbol="SPY", bid=PRICE, ask=PRICE),
        *prints((1, PRICE), (59, PRICE + 50 * BP)),
        quote_row(60, symbol="SPY", bid=PRICE - 5 * BP, ask=PRICE - 5 * BP),
        quote_row(60, symbol="SPY", bid=0, ask=PRICE + 50 * BP),
        quote_row(60, symbol="SPY", bid=PRICE + 50 * BP, ask=PRICE),
    ]
    # When the market is asked for
    # Then the quotes decide
    assert market(*rows).falls_at(at(60)) is True


def test_prints_that_are_no_price_of_their_moment_are_left_out() -> None:
    # Given a late-reported print far below
    rows = [
        *prints((0, PRICE)),
        trade_row(60, symbol="SPY", price=PRICE - 50 * BP, conditions=(2,)),
    ]
    # When the market is asked for
    # Then it stands still
    assert market(*rows).falls_at(at(60)) is False


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([], "none"),
        ([quote_row(0, bid=0)], "['ACME']"),
        ([trade_row(0), trade_row(1, symbol="BOLT")], "['ACME', 'BOLT']"),
    ],
)
def test_a_market_is_one_symbol_with_prices(rows: list[Row], names: str) -> None:
    # Given data of no symbol, without a price, or of two
    # When a market is made of it
    # Then it is refused and says what it found
    with pytest.raises(ValueError, match="prices of one symbol") as found:
        MarketSeries([rows])
    assert str(found.value).endswith(names)
