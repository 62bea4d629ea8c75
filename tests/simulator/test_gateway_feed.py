"""What happened on the venue in a span, in one order."""

from __future__ import annotations

import pytest
from support.simulator_helpers import at

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.gateway.gw_feed import HaltRow, is_in, span_end, venue_rows
from trading_bot.simulator.market.market import SimulatedMarket


def test_rows_of_several_symbols_come_in_the_order_of_the_feed() -> None:
    # Given three symbols, one of which is not listed
    rows = venue_rows(SimulatedMarket(), ("BOLT", "NOPE", "ACME"), at(0), at(10))
    # When their rows are listed
    stamps = [row.received_ns for row in rows]
    # Then both that are listed have some, and no stamp falls
    assert {row.symbol for row in rows} == {"ACME", "BOLT"}
    assert stamps == sorted(stamps)


def test_a_halt_comes_at_its_beginning_and_its_end() -> None:
    # Given a symbol that is halted for two seconds
    market = SimulatedMarket()
    one = market.symbol("ACME", at(0))
    assert one is not None
    one.halt_at(at(3) // NS_PER_SECOND, 2)
    # When what happened is listed up to just before its end, and up to it
    before = venue_rows(market, ("ACME",), at(0), at(5) - 1)
    rows = venue_rows(market, ("ACME",), at(0), at(5))
    # Then it is there, with a beginning and an end that belongs to the span
    assert [row for row in before if isinstance(row, HaltRow)] == [
        HaltRow("ACME", True, at(3), at(3))
    ]
    assert [row.is_halted for row in rows if isinstance(row, HaltRow)] == [True, False]


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ("mbp-10", {"A", "C", "M", "T"}),
        ("trades", {"T"}),
        ("tbbo", {"T"}),
        ("definition", set()),
        ("status", set()),
    ],
)
def test_each_schema_has_its_own_rows(schema: str, found: set[str]) -> None:
    # Given what happened to a symbol
    rows = venue_rows(SimulatedMarket(), ("ACME",), at(0), at(60))
    # When a schema chooses of it
    chosen = [row for row in rows if is_in(schema, row) and not isinstance(row, HaltRow)]
    # Then it has its kinds
    assert {row.change.action for row in chosen} == found


def test_a_span_is_a_second_or_up_to_the_present() -> None:
    # Given an ordinary market
    # When the end of a span is asked for
    # Then it is a second on, or the present where that is nearer
    assert span_end(SimulatedMarket(), ("ACME", "NOPE"), at(0), at(5)) == at(1)
    assert span_end(SimulatedMarket(), ("ACME",), at(0), at(0.5)) == at(0.5)


@pytest.mark.parametrize(("trades", "end"), [(1_900, at(2)), (3_000, at(1.5))])
def test_a_burst_makes_spans_shorter(trades: int, end: int) -> None:
    # Given a second with a burst of trades
    market = SimulatedMarket()
    one = market.symbol("DOVE", at(0))
    assert one is not None
    one.burst_at(at(1) // NS_PER_SECOND, trades)
    # When the end of a span in it is asked for
    # Then it has about two thousand trades at most
    assert span_end(market, ("DOVE",), at(1), at(5)) == end
