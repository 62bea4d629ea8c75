"""Market status, holidays, last quote, news and listings."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.json import encode
from support.provider_stub import NOW, NOW_NS

from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.market.facts import Listing, MarketHoliday, MinuteBar, NewsItem, Quote
from trading_bot.order_flow.providers.polygon.reference_wire import (
    last_quote,
    listing,
    market_state,
    minutes,
    news,
    trade_conditions,
    upcoming_holidays,
)

THANKSGIVING = {
    "date": "2026-11-26",
    "exchange": "NYSE",
    "name": "Thanksgiving",
    "status": "closed",
}
DAY_AFTER = {
    "date": "2026-11-27",
    "exchange": "NASDAQ",
    "name": "Thanksgiving",
    "status": "early-close",
    "open": "2026-11-27T14:30:00.000Z",
    "close": "2026-11-27T18:00:00.000Z",
}


def nbbo(**changes: Any) -> dict[str, Any]:
    results = {"T": "AAPL", "p": 155.65, "s": 1, "P": 155.66, "S": 14, "t": NOW_NS, "q": 26006043}
    return {"status": "OK", "results": results | changes}


def test_the_market_state_is_read_with_its_time() -> None:
    # Given the documented answer
    body = {
        "market": "open",
        "afterHours": False,
        "serverTime": "2026-07-01T11:00:00-04:00",
        "exchanges": {"nyse": "open"},
    }
    # When it is read, then the time is UTC
    assert market_state(encode(body)) == ("open", NOW)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"market": "open"},
        {"market": "lunch", "serverTime": "2026-07-01T11:00:00-04:00"},
        {"market": "open", "serverTime": "2026-07-01T11:00:00"},
        {"market": "open", "serverTime": "1999-12-31T23:59:59Z"},
        {"market": "open", "serverTime": "2100-01-01T00:00:00Z"},
        {"market": "open", "serverTime": "9999-12-31T23:59:59-14:00"},
        {"market": "open", "serverTime": "0001-01-01T00:00:00+14:00"},
    ],
    ids=["nothing", "no time", "unknown state", "no zone", "before", "after", "last", "first"],
)
def test_a_market_state_of_another_shape_is_refused(body: object) -> None:
    # Given another shape
    # When it is read, then it is refused
    with pytest.raises(DataSourceError) as caught:
        market_state(encode(body))
    assert caught.value.code == "unexpected_shape"


def test_holidays_are_one_entry_a_day_in_order() -> None:
    # Given a row for each exchange, another market's, another kind of day, and a malformed one
    rows = [
        DAY_AFTER,
        THANKSGIVING | {"exchange": "NASDAQ"},
        THANKSGIVING,
        THANKSGIVING | {"exchange": "OTC", "date": "2026-12-01"},
        THANKSGIVING | {"status": "open late", "date": "2026-12-02"},
        {"date": "soon"},
    ]
    refused: Counter[str] = Counter()
    # When they are read
    holidays = upcoming_holidays(encode(rows), refused)
    # Then each day of the stock exchanges is there once, and the malformed row is counted
    assert holidays == [
        MarketHoliday(date(2026, 11, 26), "Thanksgiving", early_close=False),
        MarketHoliday(
            date(2026, 11, 27),
            "Thanksgiving",
            early_close=True,
            close_utc=datetime(2026, 11, 27, 18, tzinfo=UTC),
        ),
    ]
    assert refused == {"malformed": 1}


BAD_ROWS = (
    b"1e400",
    b"7",
    b'{"date": "0001-01-01", "exchange": "NYSE", "name": "x", "status": "closed"}',
    b'{"date": "2100-01-01", "exchange": "NYSE", "name": "x", "status": "closed"}',
    encode(DAY_AFTER | {"close": "0001-01-01T00:00:00+14:00"}),
    b'{"date": "2026-11-27", "exchange": "NYSE", "name": "\xff", "status": "closed"}',
    b'{"title": "New", "published_utc": "9999-12-31T23:59:59-14:00"}',
    b'{"title": "\xff", "published_utc": "2026-07-01T15:00:00Z"}',
    b'{"id": 1e400}',
    b"[" * 70 + b"]" * 70,
    b'{"deep": ' + b"[" * 900 + b"]" * 900 + b"}",
    b"9" * 5_000,
)


@pytest.mark.parametrize("bad", BAD_ROWS, ids=lambda each: str(each[:40]))
def test_one_bad_row_costs_no_holiday_no_headline_and_no_condition(bad: bytes) -> None:
    # Given lists in which one row between two good ones cannot be used
    counts: list[Counter[str]] = [Counter(), Counter(), Counter()]
    article = {"title": "New", "published_utc": "2026-07-01T15:00:00Z"}
    good = encode(THANKSGIVING), encode(article), encode({"id": 1})
    lists = [b"[" + b",".join((each, bad, each)) + b"]" for each in good]
    results = [b'{"status": "OK", "results": ' + each + b"}" for each in lists]
    # When they are read
    holidays = upcoming_holidays(lists[0], counts[0])
    headlines = news(results[1], counts[1])
    conditions = trade_conditions(results[2], counts[2])
    # Then the good ones are there, and the bad one is counted where it cannot be used
    assert [each.day for each in holidays] == [date(2026, 11, 26)]
    assert headlines == [NewsItem("New", NOW)] * 2
    assert [each for each in conditions if each.get("id")] == [{"id": 1}] * 2
    assert counts[:2] == [{"malformed": 1}] * 2


def test_what_nobody_reads_of_an_answer_may_be_anything() -> None:
    # Given answers with an impossible number, a depth and bytes that are no text beside what counts
    odd = b'"odd": [1e400, "\xff", ' + b"[" * 100 + b"]" * 100 + b"], "
    state = b"{" + odd + b'"market": "open", "serverTime": "2026-07-01T15:00:00Z"}'
    quote = b'{"status": "OK", "results": {' + odd + encode(nbbo())[1:-1].split(b'"results":{')[1]
    # When they are read
    found = last_quote(quote + b"}", NOW_NS, "shares")
    # Then they are what they would be without
    assert market_state(state) == ("open", NOW)
    assert found == last_quote(encode(nbbo()), NOW_NS, "shares")


def test_conditions_that_are_no_list_are_refused() -> None:
    # Given a number where a list belongs
    # When it is read, then it is refused
    with pytest.raises(DataSourceError) as caught:
        trade_conditions(b'{"status": "OK", "results": 7}', Counter())
    assert caught.value.code == "unexpected_shape"


def test_holidays_that_are_no_list_are_refused() -> None:
    # Given an object where a bare list is documented
    # When it is read, then it is refused
    with pytest.raises(DataSourceError) as caught:
        upcoming_holidays(encode({"results": []}), Counter())
    assert caught.value.code == "unexpected_shape"


@pytest.mark.parametrize(
    ("changes", "unit", "quote"),
    [
        ({}, "shares", ("155.65", 1, "155.66", 14)),
        ({}, "round_lots", ("155.65", 100, "155.66", 1400)),
        ({"p": 0, "s": 0}, "shares", (None, 0, "155.66", 14)),
        ({"p": 0, "s": 0}, "round_lots", (None, 0, "155.66", 1400)),
        ({"P": None, "S": None}, "shares", ("155.65", 1, None, 0)),
    ],
)
def test_the_last_quote_is_read(
    changes: dict[str, Any], unit: Any, quote: tuple[str | None, int, str | None, int]
) -> None:
    # Given the documented answer, one-sided or whole
    # When it is read
    found = last_quote(encode(nbbo(**changes)), NOW_NS, unit)
    # Then lower case is the bid, and an empty side has no price
    bid, bid_size, ask, ask_size = quote
    assert found == Quote(
        symbol="AAPL",
        bid_price=None if bid is None else Decimal(bid),
        bid_size=bid_size,
        ask_price=None if ask is None else Decimal(ask),
        ask_size=ask_size,
        timestamp_utc=NOW,
        received_at_utc=NOW,
    )


@pytest.mark.parametrize(
    ("changes", "code"), [({"t": 12}, "impossible_stamp"), ({"P": -1}, "invalid_price")]
)
def test_a_last_quote_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    # Given an impossible value
    # When it is read, then it is refused by name
    with pytest.raises(DataValidationError) as caught:
        last_quote(encode(nbbo(**changes)), NOW_NS, "shares")
    assert caught.value.code == code


def test_a_last_quote_without_results_is_refused() -> None:
    # Given an answer without its part
    # When it is read, then it is refused
    with pytest.raises(DataSourceError) as caught:
        last_quote(encode({"status": "OK"}), NOW_NS, "shares")
    assert caught.value.code == "unexpected_shape"


def test_news_is_read_in_the_providers_order() -> None:
    # Given two articles, one without a zone and one without a title
    rows = [
        {"title": "New", "published_utc": "2026-07-01T15:00:00Z", "tickers": ["AAPL"]},
        {"title": "Old", "published_utc": "2026-07-01T10:00:00-04:00"},
        {"title": "When?", "published_utc": "2026-07-01T15:00:00"},
        {"published_utc": "2026-07-01T15:00:00Z"},
    ]
    refused: Counter[str] = Counter()
    # When they are read
    items = news(encode({"status": "OK", "results": rows}), refused)
    # Then the good ones are there in UTC, and the others counted
    assert items == [
        NewsItem("New", NOW),
        NewsItem("Old", datetime(2026, 7, 1, 14, tzinfo=UTC)),
    ]
    assert refused == {"malformed": 2}


def test_no_news_is_an_empty_list() -> None:
    # Given an answer without articles
    # When it is read, then there are none
    assert news(encode({"status": "OK"}), Counter()) == []


def test_news_of_another_shape_is_refused() -> None:
    # Given articles that are no list
    # When they are read, then the answer is refused
    with pytest.raises(DataSourceError) as caught:
        news(encode({"results": {"title": "x"}}), Counter())
    assert caught.value.code == "unexpected_shape"


def test_bars_of_a_minute_are_read_and_bad_rows_counted() -> None:
    # Given an answer with a whole bar, one of a fraction of a share, and two that are none
    rows = [
        {"t": 1_773_149_400_000, "v": 4_122.0},
        {"t": 1_773_149_460_000, "v": 10.5},
        {"t": 1},
        7,
    ]
    refused: Counter[str] = Counter()
    # When it is read
    found = minutes(encode({"status": "OK", "results": rows}), refused)
    # Then bars have their begin and whole shares
    assert found == [
        MinuteBar(1_773_149_400_000_000_000, 4_122),
        MinuteBar(1_773_149_460_000_000_000, 10),
    ]
    assert refused == {"malformed": 2}


def test_a_span_without_a_trade_has_no_bars() -> None:
    # Given an answer without a list
    refused: Counter[str] = Counter()
    # When it is read
    # Then there is none, and nothing is amiss
    assert minutes(encode({"status": "OK", "resultsCount": 0}), refused) == []
    assert not refused


AAPL = {"ticker": "AAPL", "name": "Apple Inc.", "market": "stocks", "active": True}
GONE = {"ticker": "GONE", "active": False, "delisted_utc": "2025-06-30T04:00:00Z"}


@pytest.mark.parametrize(
    ("symbol", "found"),
    [
        ("AAPL", Listing("AAPL", "Apple Inc.", is_active=True)),
        ("GONE", Listing("GONE", "", is_active=False, delisted_on=date(2025, 6, 30))),
        ("MSFT", None),
    ],
)
def test_a_listing_is_read_by_its_symbol(symbol: str, found: Listing | None) -> None:
    # Given an answer with rows of several symbols, and one that cannot be read
    body = encode({"status": "OK", "results": [{"ticker": 7}, AAPL, GONE]})
    # When one is looked for, then its own row is read, and no other's
    assert listing(body, symbol) == found


def test_an_answer_without_results_has_no_listing() -> None:
    # Given an answer that holds none
    # When one is looked for, then there is none
    assert listing(encode({"status": "OK"}), "AAPL") is None
