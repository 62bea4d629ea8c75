"""Rows, and the events they stand for."""

from __future__ import annotations

from support.flat_data import at, quote_row, trade_row

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.recorded.rows import file_and_row, first_place, quote_event, trade_event


def test_a_print_s_row_names_its_parts_as_an_event() -> None:
    # Given a row with every field set
    row = trade_row(1, sequence=5, conditions=(14, 41), correction=1, trf_id=201, trade_id="x9")
    # When it is turned into an event
    event = trade_event(row)
    # Then nothing is lost
    assert event == TradeEvent(
        symbol="ACME",
        sip_ns=at(1),
        price_ticks=100_000_000,
        size=100,
        participant_ns=at(1),
        sequence=5,
        conditions=(14, 41),
        correction=1,
        exchange=12,
        trf_id=201,
        trade_id="x9",
    )


def test_a_quote_s_row_names_its_parts_as_an_event() -> None:
    # Given a row
    row = quote_row(2, sequence=6, made_ns=None)
    # When it is turned into an event
    event = quote_event(row)
    # Then nothing is lost
    assert event == QuoteEvent(
        symbol="ACME",
        sip_ns=at(2),
        bid_ticks=100_000_000,
        bid_size=300,
        ask_ticks=100_010_000,
        ask_size=200,
        participant_ns=None,
        sequence=6,
    )


def test_a_print_sorts_before_a_quote_of_its_stamp() -> None:
    # Given a quote and a later-numbered print of one stamp
    rows = [quote_row(sequence=1), trade_row(sequence=9)]
    # When they are sorted
    rows.sort()
    # Then the print comes first
    assert rows == [trade_row(sequence=9), quote_row(sequence=1)]


def test_a_place_leads_back_to_file_and_row() -> None:
    # Given the place of row 12 in the fourth file
    place = first_place(3) + 12
    # When it is read
    found = file_and_row(place)
    # Then both are known
    assert found == (3, 12)
