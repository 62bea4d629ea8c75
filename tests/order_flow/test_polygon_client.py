"""What can be asked of the provider, over a loopback socket. Covers T009, T015, T035 and T036."""

from __future__ import annotations

import contextlib
import socket
import traceback
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.provider_stub import (
    KEY,
    NO_RETRY,
    NOW,
    NOW_NS,
    Asked,
    HandTime,
    Reply,
    StubProvider,
    as_json,
    client_of,
    page,
    quote_row,
    ticker_row,
    trade_row,
)

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot, TimeAndSalesRecord
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, RateLimitError
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.facts import Listing, MarketHoliday, MinuteBar, NewsItem, Quote
from trading_bot.order_flow.market.newest import BestPrices
from trading_bot.order_flow.market.units import NS_PER_SECOND, UNITS_PER_SHARE, ns_from_utc
from trading_bot.order_flow.providers.client_health import ClientHealth
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.snapshot_wire import snapshot_from_decoded
from trading_bot.order_flow.providers.provider import FetchedTape

STOCKS = "/v2/snapshot/locale/us/markets/stocks/tickers"
QUARTER_NS = 15 * 60 * NS_PER_SECOND


def book(symbol: str = "AAPL") -> OrderBookSnapshot:
    """The value that `ticker_row` stands for."""
    return OrderBookSnapshot(
        symbol=symbol,
        bids=((Decimal("120.46"), 800),),
        asks=((Decimal("120.47"), 400),),
        timestamp_utc=NOW,
        received_at_utc=NOW,
        depth_kind="top_of_book",
    )


def offline(**settings: Any) -> PolygonClient:
    """A client that is never allowed to ask anybody."""
    return PolygonClient(
        OrderFlowConfig(
            thresholds="fixed", polygon_api_key=KEY, base_url="http://127.0.0.1:9", **settings
        ),
        clock=lambda: NOW,
    )


def single(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"request_id": "r1", "status": "OK", "ticker": row} | more


# -- snapshots ----------------------------------------------------------------------------------


def test_a_snapshot_answer_becomes_a_top_of_book() -> None:
    # Given the documented answer
    raw = single(ticker_row())
    # When it is normalised
    snapshot = offline()._normalize_level2_response(raw)
    # Then lower case is the bid, upper case the ask, and the depth says what it is
    assert snapshot == book()


def test_a_snapshot_is_checked_before_it_is_returned() -> None:
    # Given an answer whose quote is 31 seconds old, a second above the limit
    raw = single(ticker_row(stamp_ns=NOW_NS - 31 * NS_PER_SECOND))
    # When it is normalised, then it is refused
    with pytest.raises(DataValidationError) as caught:
        offline()._normalize_level2_response(raw)
    assert (caught.value.code, caught.value.symbol) == ("stale_snapshot", "AAPL")


def test_one_symbols_snapshot_is_asked_for_by_its_path() -> None:
    # Given a provider
    with StubProvider(as_json(single(ticker_row("BRK.B")))) as provider:
        # When a class share's book is asked for
        snapshot = client_of(provider).get_level2_snapshot("BRK.B")
    # Then the path names it, the key travels in the header, and the book is its
    assert [(asked.path, asked.params) for asked in provider.asked] == [(f"{STOCKS}/BRK.B", {})]
    assert provider.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert snapshot == book("BRK.B")


def test_what_is_no_symbol_never_reaches_the_path() -> None:
    # Given a text that would change the path
    # When its book is asked for, then it is refused before anything is sent
    with pytest.raises(DataValidationError) as caught:
        offline().get_level2_snapshot("AAPL/../../v1")
    assert caught.value.code == "invalid_symbol"


def test_a_batch_is_one_request_and_one_entry_a_symbol() -> None:
    # Given an answer with a good, a crossed and a stale row, and one symbol left out
    body = {
        "status": "OK",
        "tickers": [
            ticker_row("GOOD"),
            ticker_row("CROSS", p=120.48),
            ticker_row("OLD", stamp_ns=NOW_NS - 31 * NS_PER_SECOND),
        ],
    }
    with StubProvider(as_json(body)) as provider:
        # When all are asked for, one of them twice
        found = client_of(provider).get_snapshots(
            ["GOOD", "CROSS", "OLD", "GONE", "bad one", "GOOD"]
        )
    # Then one request asked for the usable names, and each has its answer or its error
    assert [(asked.path, asked.params) for asked in provider.asked] == [
        (STOCKS, {"tickers": "GOOD,CROSS,OLD,GONE"})
    ]
    assert found.pop("GOOD") == book("GOOD")
    assert {symbol: getattr(entry, "code", entry) for symbol, entry in found.items()} == {
        "CROSS": "crossed_book",
        "OLD": "stale_snapshot",
        "GONE": "no_data",
        "bad one": "invalid_symbol",
    }


def test_an_empty_batch_asks_nobody() -> None:
    # Given nothing to watch
    # When the batch is asked for, then nothing is sent
    assert offline().get_snapshots([]) == {}


def test_a_snapshot_marked_delayed_is_a_plan_error_in_plain_words() -> None:
    # Given a plan that says so itself
    with StubProvider(as_json(single(ticker_row(), status="DELAYED"))) as provider:
        client = client_of(provider)
        # When a book is asked for, then the error says what it means, at the first answer
        with pytest.raises(DataSourceError, match="15 minutes late: it cannot protect") as caught:
            client.get_level2_snapshot("AAPL")
    assert (caught.value.code, client.connectivity()) == ("delayed_plan", "delayed_plan")


def test_stamps_steadily_fifteen_minutes_old_are_a_delayed_plan() -> None:
    # Given a feed whose stamps move, a quarter of an hour late
    rows = [
        ticker_row(stamp_ns=NOW_NS - QUARTER_NS + second * NS_PER_SECOND) for second in range(3)
    ]
    replies = [as_json({"status": "OK", "tickers": [row]}) for row in rows]
    with StubProvider(*replies) as provider:
        client = client_of(provider)
        # When it is polled three times
        found = [client.get_snapshots(["AAPL"])["AAPL"] for _ in rows]
    # Then it is stale at first and known as a delayed plan at the third
    codes = [getattr(entry, "code", None) for entry in found]
    assert codes == ["stale_snapshot", "stale_snapshot", "delayed_plan"]
    assert client.connectivity() == "delayed_plan"


def test_a_snapshot_without_a_quote_is_a_plan_without_quotes() -> None:
    # Given a plan that includes no quotes
    row = ticker_row()
    del row["lastQuote"]
    with StubProvider(as_json(single(row))) as provider:
        client = client_of(provider)
        # When a book is asked for, then the plan is named
        with pytest.raises(DataSourceError, match="your plan has no quotes") as caught:
            client.get_level2_snapshot("AAPL")
    assert caught.value.code == "plan_without_quotes"


# -- trades and quotes --------------------------------------------------------------------------


def trade(number: int, stamp_ns: int = NOW_NS, **changes: Any) -> TradeEvent:
    """The event that `trade_row` stands for."""
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "sip_ns": stamp_ns,
        "price_ticks": 171_550_000,
        "size": 100 * UNITS_PER_SHARE,
        "participant_ns": stamp_ns - 1_000,
        "sequence": number,
        "conditions": (12, 41),
        "exchange": 11,
        "trade_id": str(number),
        "received_ns": NOW_NS,
    }
    return TradeEvent(**(fields | changes))


def test_trades_of_all_pages_come_in_time_order_without_repetitions() -> None:
    # Given two pages that overlap, whose link names the provider's other host
    link = "https://api.massive.com/v3/trades/AAPL?cursor=abc%3D&apiKey=leaked"
    first = page(trade_row(2, stamp_ns=NOW_NS + 5), trade_row(1), next_url=link)
    second = page(trade_row(2, stamp_ns=NOW_NS + 5), trade_row(3, stamp_ns=NOW_NS + 5))
    with StubProvider(as_json(first), as_json(second)) as provider:
        client = client_of(provider)
        # When the prints since a stamp are fetched
        trades = client.fetch_trades("AAPL", NOW_NS)
    # Then all are there once, oldest first, and the second page came from our host, with our key
    assert trades == [trade(1), trade(2, NOW_NS + 5), trade(3, NOW_NS + 5)]
    assert [(asked.path, asked.params) for asked in provider.asked] == [
        (
            "/v3/trades/AAPL",
            {
                "timestamp.gte": str(NOW_NS),
                "order": "asc",
                "sort": "timestamp",
                "limit": "50000",
            },
        ),
        ("/v3/trades/AAPL", {"cursor": "abc="}),
    ]
    assert {asked.headers["authorization"] for asked in provider.asked} == {f"Bearer {KEY}"}
    assert client.counters == {"requests": 2, "trades.duplicate": 1}


def test_rows_left_out_are_counted_by_reason() -> None:
    # Given a page with two rows that are no prints
    body = page(trade_row(1), trade_row(2, price=0), trade_row(3, size=0, decimal_size="0"))
    with StubProvider(as_json(body)) as provider:
        client = client_of(provider)
        # When it is fetched
        trades = client.fetch_trades("AAPL", NOW_NS)
    # Then the good row stays, and the others are counted
    assert trades == [trade(1)]
    assert client.counters == {
        "requests": 1,
        "trades.impossible_price": 1,
        "trades.impossible_size": 1,
    }


def test_quotes_are_fetched_between_two_stamps() -> None:
    # Given a page with a quote
    with StubProvider(as_json(page(quote_row(7)))) as provider:
        # When quotes are fetched with an end
        quotes = client_of(provider).fetch_quotes("AAPL", NOW_NS - 5, NOW_NS)
    # Then both ends are asked for
    assert quotes == [
        QuoteEvent(
            symbol="AAPL",
            sip_ns=NOW_NS,
            bid_ticks=155_850_000,
            bid_size=400 * UNITS_PER_SHARE,
            ask_ticks=155_870_000,
            ask_size=300 * UNITS_PER_SHARE,
            participant_ns=NOW_NS - 1_000,
            sequence=7,
            received_ns=NOW_NS,
        )
    ]
    span = {k: v for k, v in provider.asked[0].params.items() if k.startswith("timestamp")}
    assert provider.asked[0].path == "/v3/quotes/AAPL"
    assert span == {"timestamp.gte": str(NOW_NS - 5), "timestamp.lte": str(NOW_NS)}


def test_a_tape_is_prints_and_then_the_quotes_around_them() -> None:
    # Given a provider of one print and one quote, and a rate of two requests a second
    time = HandTime()
    with StubProvider(as_json(page(trade_row(1))), as_json(page(quote_row(7)))) as provider:
        # When both are fetched, each since its own stamp
        client = client_of(provider, time, requests_per_second=2.0)
        tape = client.fetch_tape("AAPL", NOW_NS - 5, NOW_NS - 9)
    # Then the prints were asked for first, and nobody waited between the two
    quotes = [each for each in tape.beside if isinstance(each, QuoteEvent)]
    assert tape == FetchedTape([trade(1)], quotes)
    assert [quote.sequence for quote in quotes] == [7]
    assert [(asked.path, asked.params["timestamp.gte"]) for asked in provider.asked] == [
        ("/v3/trades/AAPL", str(NOW_NS - 5)),
        ("/v3/quotes/AAPL", str(NOW_NS - 9)),
    ]
    assert time.waits == []


@pytest.mark.parametrize(("newest_ns", "end_ns"), [(-4, 0), (3, 3)])
def test_the_quotes_of_a_tape_end_where_its_prints_end(newest_ns: int, end_ns: int) -> None:
    # Given a provider whose newest print lies before or after the moment it is asked
    prints = page(trade_row(1, sip_timestamp=NOW_NS + newest_ns))
    with StubProvider(as_json(prints), as_json(page(quote_row(7)))) as provider:
        # When a tape is fetched
        client_of(provider).fetch_tape("AAPL", NOW_NS - 5, NOW_NS - 9)
    # Then no quote is asked for that the next prints could have come before
    assert provider.asked[1].params["timestamp.lte"] == str(NOW_NS + end_ns)


def test_prints_alone_are_one_request_and_one_turn() -> None:
    # Given a rate of one request a second
    time = HandTime()
    with StubProvider(as_json(page(trade_row(1)))) as provider:
        client = client_of(provider, time, requests_per_second=1.0)
        # When a tape without quotes is fetched
        tape = client.fetch_tape("AAPL", NOW_NS - 5, None)
    # Then prints alone were asked for, and nobody waited
    assert tape == FetchedTape([trade(1)], ())
    assert ([asked.path for asked in provider.asked], time.waits) == (["/v3/trades/AAPL"], [])


def test_rows_that_cannot_be_read_are_counted_beside_a_tape() -> None:
    # Given prints with two bad rows, a repeated one and one below one share, and quotes with one
    small = trade_row(4, size=0, decimal_size="0.5")
    prints = page(trade_row(1), trade_row(1), trade_row(2, price=0), trade_row(3, size=-1), small)
    quotes = page(quote_row(7), quote_row(8, bid_size=-1))
    with StubProvider(as_json(prints), as_json(quotes)) as provider:
        # When the tape is fetched
        tape = client_of(provider).fetch_tape("AAPL", NOW_NS, NOW_NS)
    # Then what is missing is counted, and neither what is known nor what is small is missing
    assert (tape.refused_trades, tape.refused_beside) == (2, 1)
    assert (tape.has_all_trades, tape.has_all_beside) == (True, True)
    assert (len(tape.trades), len(tape.beside)) == (2, 1)


def test_prints_are_kept_where_the_quotes_fail() -> None:
    # Given a plan without quotes
    refusal = as_json({"status": "NOT_AUTHORIZED", "message": "no"}, status=403)
    with StubProvider(as_json(page(trade_row(1))), refusal) as provider:
        # When a tape is fetched
        tape = client_of(provider).fetch_tape("AAPL", NOW_NS, NOW_NS)
    # Then the prints are there, and why there are no quotes is said
    assert (tape.trades, tape.beside, tape.has_all_beside) == ([trade(1)], (), False)
    assert getattr(tape.beside_error, "code", None) == "plan_without_quotes"


def test_a_tape_whose_prints_fail_is_an_error() -> None:
    # Given a provider that knows no such symbol
    unknown = as_json({"status": "NotFound"}, status=404)
    # When a tape is fetched, then nothing is returned, and no quotes are asked for
    with StubProvider(unknown) as provider, pytest.raises(DataSourceError) as caught:
        client_of(provider).fetch_tape("AAPL", NOW_NS, NOW_NS)
    assert (caught.value.code, len(provider.asked)) == ("not_found", 1)


def test_what_came_before_a_page_that_fails_is_kept_and_is_not_all() -> None:
    # Given a first page of prints, a second that is refused, and quotes
    link = "https://api.polygon.io/v3/trades/AAPL?cursor=1"
    first = page(trade_row(1, stamp_ns=NOW_NS - 4), next_url=link)
    with StubProvider(
        as_json(first), as_json({"status": "ERROR"}, status=400), as_json(page(quote_row(7)))
    ) as provider:
        client = client_of(provider)
        # When a tape is fetched
        tape = client.fetch_tape("AAPL", NOW_NS - 5, NOW_NS - 9)
    # Then the prints of the first page are there, the quotes end with them, and all is said
    assert [each.sequence for each in tape.trades] == [1]
    assert (tape.has_all_trades, tape.has_all_beside, tape.beside_error) == (False, True, None)
    assert provider.asked[2].params["timestamp.lte"] == str(NOW_NS - 4)
    assert client.counters["pages_missing"] == 1


def test_quotes_of_prints_that_are_all_missing_end_where_they_begin() -> None:
    # Given an empty first page of prints with a link that leads nowhere
    first = page(next_url="https://api.polygon.io/v3/trades/MSFT?cursor=1")
    with StubProvider(as_json(first), as_json(page())) as provider:
        # When a tape is fetched
        client_of(provider).fetch_tape("AAPL", NOW_NS - 5, NOW_NS - 9)
    # Then no quote is asked for that missing prints would have come before
    assert provider.asked[1].params["timestamp.lte"] == str(NOW_NS - 5)


@pytest.mark.parametrize(("rows", "has_all"), [(2, True), (3, False), (4, False)])
def test_as_many_rows_as_were_asked_for_are_not_all(
    rows: int, has_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an answer of fewer rows than were asked for, as many, or more, one of them unusable
    monkeypatch.setattr("trading_bot.order_flow.providers.polygon.tapes.ROWS_PER_PAGE", 3)
    body = page(*(trade_row(each) for each in range(1, rows)), trade_row(rows, price=0))
    with StubProvider(as_json(body)) as provider:
        # When it is fetched, then it says whether that can be all
        tape = client_of(provider).fetch_tape("AAPL", NOW_NS, None)
    assert (tape.has_all_trades, len(tape.trades)) == (has_all, rows - 1)


# -- the newest ---------------------------------------------------------------------------------


def test_the_newest_of_several_symbols_is_one_question() -> None:
    # Given a provider that knows two of four symbols, one of them twice wished, one no symbol
    body = {"status": "OK", "tickers": [ticker_row("AAPL"), ticker_row("MSFT", t=0)]}
    with StubProvider(as_json(body)) as provider:
        # When their newest is fetched
        found = client_of(provider).fetch_newest(("AAPL", "MSFT", "NVDA", "AAPL", "no/ne"), 77)
    # Then those that the provider names are there, and one request was sent
    assert found["AAPL"].quote == BestPrices(NOW_NS, 120_460_000, 120_470_000)
    assert (found["MSFT"].quote, found["MSFT"].asked_ns) == (None, 77)
    assert list(found) == ["AAPL", "MSFT"]
    assert [asked.params for asked in provider.asked] == [{"tickers": "AAPL,MSFT,NVDA"}]


def test_more_symbols_than_one_request_may_name_are_asked_in_parts() -> None:
    # Given 251 symbols, and as many turns
    symbols = tuple(f"S{number}" for number in range(251))
    with StubProvider(as_json({"status": "OK", "tickers": [ticker_row("S250")]})) as provider:
        # When their newest is fetched
        found = client_of(provider).fetch_newest(symbols, 77)
    # Then two requests named them
    assert [asked.params["tickers"].count(",") + 1 for asked in provider.asked] == [250, 1]
    assert list(found) == ["S250"]


def test_nobody_is_asked_for_the_newest_of_nothing() -> None:
    # Given a provider
    with StubProvider() as provider:
        # When the newest of no symbol is fetched, then nothing is sent
        assert client_of(provider).fetch_newest((), 77) == {}
    assert provider.asked == []


def test_a_stop_ends_the_wait_for_a_tape() -> None:
    # Given a client that has to wait for its turns, and a stop
    with StubProvider(as_json(page())) as provider:
        client = client_of(provider, requests_per_second=1.0, wait=lambda seconds: True)
        # When a tape is asked for, then nothing is sent
        with pytest.raises(DataSourceError) as caught:
            client.fetch_tape("AAPL", NOW_NS, NOW_NS)
    assert (caught.value.code, provider.asked) == ("stopped", [])


def test_round_lots_of_quotes_become_shares() -> None:
    # Given a provider that counts in lots
    with StubProvider(as_json(page(quote_row(7, bid_size=4, ask_size=3)))) as provider:
        client = client_of(provider, quote_size_unit="round_lots")
        # When quotes are fetched
        quotes = client.fetch_quotes("AAPL", NOW_NS)
    # Then the sizes are shares
    (quote,) = quotes
    assert (quote.bid_size, quote.ask_size) == (400 * UNITS_PER_SHARE, 300 * UNITS_PER_SHARE)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("https://api.polygon.io/v3/trades/MSFT?cursor=1", "bad_page_cursor"),
        ("https://api.polygon.io/v3/trades/AAPL", "bad_page_cursor"),
        ("https://api.polygon.io/v3/trades/AAPL?apiKey=only", "bad_page_cursor"),
        ("https://[broken/v3/trades/AAPL?cursor=1", "bad_page_cursor"),
        ("https://api.polygon.io/v3/trades/AAPL?cursor=1", "bad_page_cursor"),
    ],
    ids=["another symbol", "no query", "nothing but a key", "no address", "a circle"],
)
def test_a_link_that_leads_nowhere_is_refused(link: str, code: str) -> None:
    # Given pages that always name the same next page
    endless = as_json(page(trade_row(), next_url=link))
    # When they are fetched, then the walk ends with a named error
    with StubProvider(endless) as provider, pytest.raises(DataSourceError) as caught:
        client_of(provider).fetch_trades("AAPL", NOW_NS)
    assert caught.value.code == code


def test_pages_without_an_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given more pages than are taken, each with a link of its own
    monkeypatch.setattr("trading_bot.order_flow.providers.polygon.tapes.MAX_PAGES", 3)
    links = [f"https://api.polygon.io/v3/trades/AAPL?cursor={n}" for n in range(3)]
    replies = [as_json(page(next_url=link)) for link in links]
    # When they are fetched, then the walk ends after the cap
    with StubProvider(*replies) as provider, pytest.raises(DataSourceError) as caught:
        client_of(provider).fetch_trades("AAPL", NOW_NS)
    assert (caught.value.code, len(provider.asked)) == ("too_many_pages", 3)


# -- time and sales -----------------------------------------------------------------------------


def record(number: int, at: datetime = NOW) -> TimeAndSalesRecord:
    """The record that `trade_row` stands for."""
    return TimeAndSalesRecord(
        symbol="AAPL",
        price=Decimal("171.55"),
        size=100,
        side="unknown",
        timestamp_utc=at,
        received_at_utc=NOW,
        participant_timestamp_ns=NOW_NS - 1_000 + int((at - NOW).total_seconds()) * NS_PER_SECOND,
        conditions=(12, 41),
        exchange=11,
        trade_id=str(number),
        sequence_number=number,
    )


def test_a_tape_answer_becomes_records_oldest_first() -> None:
    # Given the documented answer, newest first as it comes by default
    raw = page(trade_row(2, stamp_ns=NOW_NS + NS_PER_SECOND), trade_row(1))
    # When it is normalised for its symbol
    records = offline()._normalize_tape_response(raw, "AAPL")
    # Then the records stand in time order, and no side is invented
    assert records == [record(1), record(2, NOW + timedelta(seconds=1))]


def test_a_tape_answer_may_name_its_symbol_in_its_link() -> None:
    # Given an answer with a next page
    raw = page(trade_row(1), next_url="https://api.massive.com/v3/trades/AAPL?cursor=1")
    # When it is normalised without a symbol, then the link's is taken
    assert offline()._normalize_tape_response(raw) == [record(1)]


def test_a_tape_answer_without_any_symbol_is_refused() -> None:
    # Given rows that name no symbol, as rows never do
    # When they are normalised without one, then nobody guesses
    with pytest.raises(DataValidationError) as caught:
        offline()._normalize_tape_response(page(trade_row(1)))
    assert caught.value.code == "invalid_symbol"


def test_a_tape_is_checked_before_it_is_returned() -> None:
    # Given a print from the future, a second beyond the skew allowed
    raw = page(trade_row(1, stamp_ns=NOW_NS + 6 * NS_PER_SECOND))
    # When it is normalised, then it is refused
    with pytest.raises(DataValidationError) as caught:
        offline()._normalize_tape_response(raw, "AAPL")
    assert caught.value.code == "future_timestamp"


@pytest.mark.parametrize("code", [7, 8, 10, 11, 12])
def test_withdrawn_prints_are_no_part_of_the_tape(code: int) -> None:
    # Given a print that was withdrawn and one that was corrected in time
    raw = page(trade_row(1, correction=code), trade_row(2, correction=1))
    client = offline()
    # When they are normalised
    records = client._normalize_tape_response(raw, "AAPL")
    # Then only the standing one is left, and the other is counted
    assert records == [record(2)]
    assert client.counters == {"trades.withdrawn": 1}


def test_time_and_sales_are_asked_for_between_two_times() -> None:
    # Given a provider with one print, and no quote
    with StubProvider(as_json(page(trade_row(1))), as_json(page())) as provider:
        # When a minute of tape is asked for
        records = client_of(provider).get_time_and_sales("AAPL", NOW - timedelta(minutes=1), NOW)
    # Then the span went out in nanoseconds, for prints and quotes, and the newest quotes before it
    assert records == [record(1)]
    start = str(NOW_NS - 60 * NS_PER_SECOND)
    for asked in provider.asked[:2]:
        assert (asked.params["timestamp.gte"], asked.params["timestamp.lte"]) == (
            start,
            str(NOW_NS),
        )
    assert [each.path.split("/")[2] for each in provider.asked] == ["trades", "quotes", "quotes"]
    before = provider.asked[2].params
    assert (before["timestamp.lt"], before["order"], before["limit"]) == (start, "desc", "50")


def test_prints_get_their_sides_from_the_quotes_around_them() -> None:
    # Given a quote before the span, a print at its bid, another quote, and a print at its ask
    def at(seconds: int) -> int:
        return NOW_NS - (60 - seconds) * NS_PER_SECOND

    trades = page(
        trade_row(1, stamp_ns=at(1), price=155.85, conditions=[]),
        trade_row(2, stamp_ns=at(3), price=155.97, conditions=[]),
        trade_row(3, stamp_ns=at(4), price=155.96, conditions=[]),
    )
    moved = quote_row(2, stamp_ns=at(2), bid_price=155.95, ask_price=155.97)
    replies = [trades, page(moved), page(quote_row(1, stamp_ns=at(-1)))]
    with StubProvider(*map(as_json, replies)) as provider:
        # When the tape is asked for
        tape = client_of(provider).get_time_and_sales("AAPL", NOW - timedelta(minutes=1), NOW)
    # Then each print at a quote is signed, and one in the middle by the tick test, less surely
    assert [(each.side, each.sell_probability) for each in tape] == [
        ("sell", 0.99),
        ("buy", 0.01),
        ("sell", 0.6),
    ]
    # Then, too, the tape carries what it was made of; quotes from before the span are no part of it
    assert (tape.symbol, tape.from_ns, tape.has_quotes) == ("AAPL", at(0), True)
    assert [each.sip_ns for each in tape.trades] == [at(1), at(3), at(4)]
    assert [each.sip_ns for each in tape.beside] == [at(2)]


def test_where_the_plan_has_no_quotes_sides_stay_unknown_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a plan without quotes
    trades = as_json(page(trade_row(1, conditions=[])))
    refused = as_json({"status": "NOT_AUTHORIZED", "message": "upgrade"}, 403)
    with StubProvider(trades, refused, trades, refused) as provider:
        client = client_of(provider)
        # When its tape is asked for twice
        tapes = [
            client.get_time_and_sales("AAPL", NOW - timedelta(minutes=1), NOW) for _ in range(2)
        ]
    # Then no side is invented; tape, counter, health and one line of the log say why
    assert [(tape[0].side, tape[0].sell_probability, tape.has_quotes) for tape in tapes] == [
        ("unknown", None, False)
    ] * 2
    assert client.counters["trades.without_quotes"] == 2
    assert client.connectivity() == "plan_without_quotes"
    said = [each for each in caplog.records if each.getMessage() == "order_flow.sides_unknown"]
    assert [vars(each)["error_code"] for each in said] == ["plan_without_quotes"]


def test_quotes_that_fail_otherwise_fail_the_tape() -> None:
    # Given prints that come, and quotes that do not
    with StubProvider(as_json(page(trade_row(1))), Reply(status=500)) as provider:
        client = client_of(provider, policy=NO_RETRY)
        # When the tape is asked for, then sides are not left away as if there were none
        with pytest.raises(DataSourceError) as caught:
            client.get_time_and_sales("AAPL", NOW - timedelta(minutes=1), NOW)
    assert caught.value.code == "server_error"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (NOW.replace(tzinfo=None), NOW, "no time zone"),
        (NOW, NOW - timedelta(microseconds=1), "lies before"),
    ],
    ids=["without a zone", "end before start"],
)
def test_a_span_that_is_none_is_refused(start: datetime, end: datetime, words: str) -> None:
    # Given such a span
    # When its tape is asked for, then the caller is told
    with pytest.raises(ValueError, match=words):
        offline().get_time_and_sales("AAPL", start, end)


# -- reference ----------------------------------------------------------------------------------


def test_the_market_state_comes_with_the_providers_time() -> None:
    # Given the documented answer
    body = {"market": "extended-hours", "serverTime": "2026-07-01T08:00:00-04:00"}
    with StubProvider(as_json(body)) as provider:
        # When it is asked for, then the time is UTC
        state = client_of(provider).get_market_state()
    assert state == ("extended-hours", datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert provider.asked[0].path == "/v1/marketstatus/now"


def test_holidays_are_read_and_odd_rows_counted() -> None:
    # Given a list with an odd row
    row = {"date": "2026-11-26", "exchange": "NYSE", "name": "Thanksgiving", "status": "closed"}
    with StubProvider(as_json([row, {"date": "soon"}])) as provider:
        client = client_of(provider)
        # When it is asked for
        holidays = client.get_market_holidays()
    # Then the good row is there and the other counted
    assert holidays == [MarketHoliday(datetime(2026, 11, 26).date(), "Thanksgiving", False)]  # noqa: DTZ001 - only its date is taken
    assert client.counters == {"requests": 1, "holidays.malformed": 1}
    assert provider.asked[0].path == "/v1/marketstatus/upcoming"


def test_the_last_quote_is_one_request() -> None:
    # Given the documented answer
    results = {"T": "AAPL", "p": 155.65, "s": 100, "P": 155.66, "S": 1400, "t": NOW_NS, "q": 1}
    with StubProvider(as_json({"status": "OK", "results": results})) as provider:
        # When it is asked for
        quote = client_of(provider).get_last_quote("AAPL")
    # Then it is ours
    assert quote == Quote("AAPL", Decimal("155.65"), 100, Decimal("155.66"), 1400, NOW, NOW)
    assert provider.asked[0].path == "/v2/last/nbbo/AAPL"


def test_news_is_asked_for_newest_first_since_a_time() -> None:
    # Given two articles, one of them odd
    rows = [{"title": "Up", "published_utc": "2026-07-01T14:00:00Z"}, {"title": None}]
    with StubProvider(as_json({"status": "OK", "results": rows})) as provider:
        client = client_of(provider)
        # When the last hour's are asked for
        items = client.get_news("AAPL", NOW - timedelta(hours=1), 5)
    # Then the good one is there and the other counted
    assert items == [NewsItem("Up", NOW - timedelta(hours=1))]
    assert client.counters == {"requests": 1, "news.malformed": 1}
    assert provider.asked == [
        Asked(
            "/v2/reference/news",
            {
                "ticker": "AAPL",
                "published_utc.gte": "2026-07-01T14:00:00+00:00",
                "sort": "published_utc",
                "order": "desc",
                "limit": "5",
            },
            provider.asked[0].headers,
        )
    ]


@pytest.mark.parametrize(
    ("results", "rows"), [([{"id": 2}, 7], [{"id": 2}]), (None, [])], ids=["rows", "none"]
)
def test_the_providers_table_of_conditions_is_one_page(results: object, rows: object) -> None:
    # Given the documented answer, with a row that is none
    with StubProvider(as_json({"status": "OK", "results": results})) as provider:
        # When the table is asked for
        table = client_of(provider).get_trade_conditions()
    # Then all of it is wanted, and its rows are there
    assert table == rows
    assert provider.asked[0].path == "/v3/reference/conditions"
    assert provider.asked[0].params == {
        "asset_class": "stocks",
        "data_type": "trade",
        "limit": "1000",
    }


def test_any_path_can_be_asked_for() -> None:
    # Given a provider
    with StubProvider(as_json({"results": [1]})) as provider:
        # When a path of its own is asked for, then its JSON comes back
        content = client_of(provider).get_json("/v3/reference/conditions", {"limit": 1000})
    assert content == {"results": [1]}
    assert provider.asked[0].params == {"limit": "1000"}


# -- refusals and failures ----------------------------------------------------------------------

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@pytest.mark.parametrize(
    ("reply", "code", "tries"),
    [
        (as_json({"status": "ERROR", "error": "Unknown API Key"}, 401), "wrong_key", 1),
        (as_json({"status": "NOT_AUTHORIZED", "message": "upgrade"}, 403), "plan", 1),
        (as_json({"status": "NotFound"}, 404), "not_found", 1),
        (as_json({"status": "ERROR", "error": "bad"}, 400), "bad_request", 1),
        (Reply(b"", 302, (("Location", "https://elsewhere.example/"),)), "redirected", 1),
        (Reply(b"", 429), "rate_limited", 4),
        (Reply(HTML, 502), "server_error", 4),
        (as_json({"status": "ERROR"}, 500), "server_error", 4),
        (Reply(HTML), "not_json", 4),
        (Reply(b'{"status": "OK", "ticker": {"tick'), "truncated", 4),
        (Reply(b'{"status": "OK"}', sent=5), "truncated", 4),
        (Reply(b"[1, 2]"), "unexpected_shape", 1),
        (Reply(drops=True), "connection_lost", 4),
        (as_json({"status": "NOT_FOUND"}), "no_data", 1),
        (as_json({"status": "MAINTENANCE"}), "unknown_status", 1),
    ],
)
def test_each_failure_has_its_own_name_and_is_retried_only_where_that_may_help(
    reply: Reply, code: str, tries: int
) -> None:
    # Given a provider that always fails in one way
    with StubProvider(reply) as provider:
        client = client_of(provider)
        # When a book is asked for
        with pytest.raises(DataSourceError) as caught:
            client.get_level2_snapshot("AAPL")
    # Then the error has its name, and it was asked as often as that may help
    assert (caught.value.code, len(provider.asked)) == (code, tries)


def test_a_hung_socket_is_a_time_out() -> None:
    # Given a provider that takes the question and never answers
    with StubProvider(Reply(hangs=True)) as provider:
        client = client_of(provider, read_timeout=0.05, policy=NO_RETRY)
        # When it is asked, then the read time-out ends it
        with pytest.raises(DataSourceError) as caught:
            client.get_level2_snapshot("AAPL")
    assert (caught.value.code, caught.value.retryable) == ("timeout", True)


def test_a_refused_connection_is_unreachable() -> None:
    # Given a port on which nobody listens
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = OrderFlowConfig(
        thresholds="fixed", polygon_api_key=KEY, base_url=f"http://127.0.0.1:{port}"
    )
    # When it is asked, then the error says so
    with pytest.raises(DataSourceError) as caught:
        PolygonClient(config, policy=NO_RETRY).get_level2_snapshot("AAPL")
    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


def test_a_failure_that_passes_is_not_seen_by_the_caller() -> None:
    # Given a provider that fails twice and then answers
    replies = (Reply(HTML, 500), Reply(HTML, 503), as_json(single(ticker_row())))
    time = HandTime()
    with StubProvider(*replies) as provider:
        client = client_of(provider, time)
        # When it is asked
        snapshot = client.get_level2_snapshot("AAPL")
    # Then it waited one second and two, and the answer is there
    assert snapshot == book()
    assert time.waits == [1.0, 2.0]
    assert client.counters == {"requests": 3, "retries": 2}


def test_the_providers_retry_after_is_waited_for() -> None:
    # Given a provider that asks for seven seconds
    time = HandTime()
    replies = (as_json({}, 429, Retry_After="7"), as_json(single(ticker_row())))
    with StubProvider(*replies) as provider:
        client = client_of(provider, time)
        # When it is asked
        snapshot = client.get_level2_snapshot("AAPL")
    # Then those seven seconds stand in the place of the back-off
    assert snapshot == book()
    assert time.waits == [7.0]
    assert client.counters == {"requests": 2, "retries": 1, "rate_limited": 1}


def test_a_retry_after_beyond_the_budget_goes_up_at_once() -> None:
    # Given a provider that asks for a minute
    time = HandTime()
    patience = as_json({}, 429, Retry_After="60")
    # When it is asked
    with StubProvider(patience) as provider, pytest.raises(RateLimitError) as caught:
        client_of(provider, time).get_level2_snapshot("AAPL")
    # Then nobody waited, and the caller knows for how long to leave it
    assert (caught.value.retry_after_seconds, time.waits, len(provider.asked)) == (60.0, [], 1)


def test_handling_a_rate_limit_reads_the_header() -> None:
    # Given the header of a 429
    client = offline()
    # When it is handled
    error = client._handle_rate_limit({"Retry-After": "12"})
    # Then the wish is carried and counted
    assert (error.code, error.status, error.retry_after_seconds) == ("rate_limited", 429, 12.0)
    assert client.counters == {"rate_limited": 1}


@pytest.mark.parametrize(
    ("method", "code"),
    [("fetch_trades", "plan_without_trades"), ("fetch_quotes", "plan_without_quotes")],
)
def test_a_plan_without_trades_or_quotes_is_named(method: str, code: str) -> None:
    # Given a plan that does not include the page
    reply = as_json({"status": "NOT_AUTHORIZED", "message": "Please upgrade"}, 403)
    with StubProvider(reply) as provider:
        client = client_of(provider)
        # When it is asked for, then the error names the plan and the provider's words
        with pytest.raises(DataSourceError, match=r"your plan has no .*Please upgrade") as caught:
            getattr(client, method)("AAPL", NOW_NS)
    assert (caught.value.code, caught.value.status) == (code, 403)


def test_a_missing_key_is_an_error_only_when_something_is_asked() -> None:
    # Given a client without a key, which is no error
    client = PolygonClient(OrderFlowConfig(thresholds="fixed"))
    # When something is asked, then the error names the variable
    with pytest.raises(DataSourceError, match="no key is set") as caught:
        client.get_level2_snapshot("AAPL")
    assert caught.value.code == "missing_key"


def test_the_key_is_in_no_error_repr_or_log(caplog: pytest.LogCaptureFixture) -> None:
    # Given a provider that repeats the key in its refusals, and fails in other ways first
    refusal = as_json({"status": "ERROR", "error": f"key {KEY} is unknown"}, 401)
    with StubProvider(Reply(drops=True), refusal) as provider:
        client = client_of(provider)
        # When it is asked, with everything logged
        with caplog.at_level("DEBUG"), pytest.raises(DataSourceError) as caught:
            client.get_level2_snapshot("AAPL")
    # Then the key is nowhere but in the header
    shown = "".join(traceback.format_exception(caught.value))
    assert "is unknown" in shown
    everything = [shown, caplog.text, repr(client), repr(client.health()), repr(vars(client))]
    assert not any(KEY in text for text in everything)


def test_a_retry_is_logged_as_an_event(caplog: pytest.LogCaptureFixture) -> None:
    # Given a page of trades that fails once
    replies = (Reply(HTML, 500), as_json(page()))
    # When it is asked for
    with StubProvider(*replies) as provider, caplog.at_level("WARNING"):
        client_of(provider).fetch_trades("AAPL", NOW_NS)
    # Then one event says what is tried again, and when
    (entry,) = caplog.records
    assert entry.getMessage() == "order_flow.request_retried"
    fields = {name: vars(entry)[name] for name in ("path", "error_code", "retry", "delay_seconds")}
    assert fields == {
        "path": "/v3/trades/AAPL",
        "error_code": "server_error",
        "retry": 1,
        "delay_seconds": 1.0,
    }


# -- health -------------------------------------------------------------------------------------


def test_connectivity_follows_the_last_question() -> None:
    # Given a provider that answers, refuses an answer's content, and goes away
    crossed = as_json(single(ticker_row(p=130)))
    with StubProvider(as_json(single(ticker_row())), crossed, Reply(HTML, 500)) as provider:
        client = client_of(provider, policy=NO_RETRY)
        words = [client.connectivity()]
        # When it is asked each time
        for _ in range(3):
            with contextlib.suppress(DataSourceError, DataValidationError):
                client.get_level2_snapshot("AAPL")
            words.append(client.connectivity())
    # Then an answer that must not be judged is an answer all the same
    assert words == ["untried", "ok", "ok", "server_error"]
    health = client.health()
    assert health == ClientHealth(NOW, NOW, "server_error", health.last_error_message, 1)


def test_a_closed_client_can_be_asked_again() -> None:
    # Given a client that was used and closed
    with StubProvider(as_json(single(ticker_row()))) as provider:
        client = client_of(provider)
        client.close()
        client.get_level2_snapshot("AAPL")
        client.close()
        # When it is asked again, then it connects again
        assert client.get_level2_snapshot("AAPL") == book()
    assert provider.connections == 2


# -- the real provider --------------------------------------------------------------------------


@pytest.mark.integration
def test_the_real_provider_answers_in_the_documented_shape() -> None:
    # Given a real key
    client = PolygonClient(OrderFlowConfig.from_env(env_file=None))
    # When one liquid symbol's snapshot is asked for; between sessions it is old, so not judged
    raw = client.get_json(f"{STOCKS}/AAPL")
    # Then it has the fields that are read, and becomes a top of book of the past
    snapshot = snapshot_from_decoded(raw, ns_from_utc(utc_now()), "shares")
    assert {"p", "s", "P", "S", "t"} <= set(raw["ticker"]["lastQuote"])
    assert (snapshot.symbol, snapshot.depth_kind) == ("AAPL", "top_of_book")
    assert snapshot.timestamp_utc <= utc_now()
    assert client.connectivity() == "ok"


def test_a_symbol_that_trades_no_more_takes_a_second_question() -> None:
    # Given a provider's books that have it among those that trade no more
    none = as_json({"status": "OK", "results": []})
    row = {"ticker": "GONE", "name": "Gone", "active": False}
    with StubProvider(none, as_json({"status": "OK", "results": [row]})) as provider:
        # When it is looked up
        found = client_of(provider).get_listing("GONE")
    # Then both were asked
    assert found == Listing("GONE", "Gone", is_active=False)
    assert [each.path for each in provider.asked] == ["/v3/reference/tickers"] * 2
    assert [each.params["active"] for each in provider.asked] == ["true", "false"]


def test_a_symbol_that_trades_takes_one_question_and_none_that_is_unknown() -> None:
    # Given a provider's books
    row = {"ticker": "AAPL", "name": "Apple", "active": True}
    with StubProvider(as_json({"status": "OK", "results": [row]})) as provider:
        client = client_of(provider)
        # When a symbol is looked up that stands there, and one that does not
        found = [client.get_listing("AAPL"), client.get_listing("MSFT")]
    # Then the first takes one question
    assert found == [Listing("AAPL", "Apple", is_active=True), None]
    assert [each.params["ticker"] for each in provider.asked] == ["AAPL", "MSFT", "MSFT"]


def test_minute_bars_are_asked_for_by_one_question_in_milliseconds() -> None:
    # Given a bar and an odd row
    rows = [{"t": 1_773_149_400_000, "v": 4_122.0}, {"t": None}]
    with StubProvider(as_json({"status": "OK", "results": rows})) as provider:
        client = client_of(provider)
        # When a span is asked for
        bars = client.get_minutes("BRK.B", 1_773_149_400_000_000_000, 1_773_172_799_999_999_999)
    # Then the good one is there and the other counted
    assert bars == [MinuteBar(1_773_149_400_000_000_000, 4_122)]
    assert client.counters == {"requests": 1, "minutes.malformed": 1}
    asked = provider.asked[0]
    assert asked.path == ("/v2/aggs/ticker/BRK.B/range/1/minute/1773149400000/1773172799999")
    assert asked.params == {"adjusted": "false", "sort": "asc", "limit": "5000"}


def test_a_plan_without_bars_is_no_trouble_of_the_connection() -> None:
    # Given a provider that refuses bars
    with StubProvider(Reply(b'{"status":"NOT_AUTHORIZED"}', 403)) as provider:
        client = client_of(provider)
        # When they are asked for
        with pytest.raises(DataSourceError):
            client.get_minutes("AAPL", 0, 1)
    # Then the connection is as it was
    assert client.connectivity() == "untried"
