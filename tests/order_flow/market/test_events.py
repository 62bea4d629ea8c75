"""The events as the judges take them."""

from __future__ import annotations

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent


def test_a_print_needs_only_what_every_source_knows() -> None:
    # Given the four facts of any print
    # When it is made
    trade = TradeEvent("AAPL", 1, 100_000_000, 200)
    # Then everything else is unknown or regular
    assert trade == TradeEvent(
        symbol="AAPL",
        sip_ns=1,
        price_ticks=100_000_000,
        size=200,
        participant_ns=None,
        sequence=0,
        conditions=(),
        correction=0,
        exchange=0,
        trf_id=0,
        trade_id="",
        stated_side=None,
        received_ns=None,
    )


def test_a_quote_needs_only_what_every_source_knows() -> None:
    # Given the best bid and ask of one moment
    # When they are made a quote
    quote = QuoteEvent("AAPL", 1, 100_000_000, 300, 100_020_000, 500)
    # Then everything else is unknown
    assert quote == QuoteEvent(
        symbol="AAPL",
        sip_ns=1,
        bid_ticks=100_000_000,
        bid_size=300,
        ask_ticks=100_020_000,
        ask_size=500,
        participant_ns=None,
        sequence=0,
        received_ns=None,
    )
