"""Rows, and the events they stand for."""

from __future__ import annotations

from typing import Any

from support.flat_data import at, quote_row, trade_row

from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, TradeEvent, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.rows import Row, columns_of, file_and_row, first_place


class Heard(MarketSink):
    """Keeps what it is given, one after the other."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def trade(self, event: Print) -> None:
        self.events.append(event)

    def quote(self, *members: Any) -> None:
        self.events.append(members)

    def book(self, event: BookEvent) -> None:
        self.events.append(event)

    def withdraw(self, event: Withdrawal) -> None:
        self.events.append(event)

    def halt(self, event: HaltEvent) -> None:
        self.events.append(event)


def given(*rows: Row) -> list[Any]:
    heard = Heard()
    columns_of(rows).give_each({"ACME": heard})
    return heard.events


def test_a_print_s_row_names_its_parts_as_an_event() -> None:
    # Given a row with every field set
    row = trade_row(1, sequence=5, conditions=(14, 41), correction=1, trf_id=201, trade_id="x9")
    # When it is given to a sink as columns
    # Then nothing is lost
    assert given(row) == [
        TradeEvent(
            symbol="ACME",
            sip_ns=at(1),
            price_ticks=100_000_000,
            size=100 * UNITS_PER_SHARE,
            participant_ns=at(1),
            sequence=5,
            conditions=(14, 41),
            correction=1,
            exchange=12,
            trf_id=201,
            trade_id="x9",
        )
    ]


def test_a_quote_s_row_names_its_parts() -> None:
    # Given a row
    row = quote_row(2, sequence=6, made_ns=None)
    # When it is given to a sink as columns
    # Then nothing is lost
    bid, ask = (100_000_000, 300 * UNITS_PER_SHARE), (100_010_000, 200 * UNITS_PER_SHARE)
    assert given(row) == [("ACME", at(2), *bid, *ask, None, 6, None)]


def test_a_row_with_depth_is_its_book() -> None:
    # Given a row of a source that shows levels
    row = quote_row(2, sequence=6, bids_below=((99_990_000, 20_000),))
    # When it is given to a sink as columns
    # Then the book is given as it is
    bids = ((100_000_000, 300 * UNITS_PER_SHARE), (99_990_000, 20_000 * UNITS_PER_SHARE))
    asks = ((100_010_000, 200 * UNITS_PER_SHARE),)
    assert given(row) == [BookEvent("ACME", at(2), bids, asks, at(2), 6)]


def test_rows_of_every_kind_keep_their_order() -> None:
    # Given prints, quotes and books of a symbol, and of another
    kinds = "tqbtbqqt"
    rows = [
        trade_row(n)
        if kind == "t"
        else quote_row(n)
        if kind == "q"
        else quote_row(n, bids_below=((99_990_000, 20_000),))
        for n, kind in enumerate(kinds)
    ]
    other = [(*row[:3], "BOLT", *row[4:]) for row in (trade_row(9), quote_row(9))]
    # When they are given to the sink of one
    heard = given(*rows, *other)
    # Then it has its own, in their order
    words = {len(TradeEvent._fields): "t", len(quote_row()) - 2: "q"}
    assert (
        "".join("b" if isinstance(each, BookEvent) else words[len(each)] for each in heard) == kinds
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


def test_books_and_quotes_come_in_their_order() -> None:
    # Given a quote between two books, of which one is the event itself
    event = BookEvent("ACME", at(3), ((1, 2),), ((3, 4),))
    rows = [quote_row(1, bids_below=()), quote_row(2), (*quote_row(3)[:-1], event)]
    # When they are given to a sink as columns
    first, second, third = given(*rows)
    # Then each comes as what it is
    assert isinstance(first, BookEvent)
    assert second[1] == at(2)
    assert third is event
