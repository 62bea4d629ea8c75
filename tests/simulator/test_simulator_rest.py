"""The provider's paths over a real socket."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest
from support.simulator_helpers import STOCKS, HandClock, Reply, at, fetch

from trading_bot.simulator.rest.paging import MAX_LIMIT
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import DEFAULT_KEY

CLOCK = HandClock()


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with RunningSimulator(clock=CLOCK) as running:
        CLOCK.move(1)
        yield running


def test_a_snapshot_has_bid_ask_and_last_trade_of_the_present(sim: RunningSimulator) -> None:
    # Given a market one second into its run
    # When one symbol's snapshot is asked for
    ticker = fetch(sim.base_url, f"{STOCKS}/CLIF").json["ticker"]
    # Then lower case is the bid, upper case the ask, sizes are shares and stamps ns up to now
    quote = ticker["lastQuote"]
    assert set(quote) == {"p", "s", "P", "S", "t"}
    assert quote["p"] == 46.0
    assert quote["s"] >= 24_000
    assert quote["P"] > quote["p"]
    assert at(-60) < quote["t"] <= at(1)
    assert set(ticker["lastTrade"]) == {"c", "i", "p", "s", "ds", "t", "x"}
    assert at(-60) < ticker["lastTrade"]["t"] <= at(1)
    assert ticker["updated"] == max(quote["t"], ticker["lastTrade"]["t"])
    assert ticker["min"]["t"] % 60_000 == 0
    assert 0 < ticker["day"]["l"] <= ticker["day"]["o"] <= ticker["day"]["h"]
    assert ticker["day"]["v"] > ticker["min"]["v"] > 0


def test_a_batch_leaves_unknown_symbols_out(sim: RunningSimulator) -> None:
    # Given two listed symbols and one that is not
    # When they are asked for together
    body = fetch(sim.base_url, f"{STOCKS}?tickers=ACME,NOPE,FERN.B").json
    # Then the two come back
    assert body["status"] == "OK"
    assert body["count"] == 2
    assert [ticker["ticker"] for ticker in body["tickers"]] == ["ACME", "FERN.B"]


def test_a_batch_without_symbols_has_all(sim: RunningSimulator) -> None:
    # Given the whole market
    # When no symbol is named
    body = fetch(sim.base_url, STOCKS).json
    # Then every listed one comes back
    assert [ticker["ticker"] for ticker in body["tickers"]] == list(sim.market.symbols)


@pytest.mark.parametrize(
    "path", [f"{STOCKS}/NOPE", "/v2/last/nbbo/NOPE", "/v2/last/trade/NOPE", "/v9/nothing"]
)
def test_what_is_not_there_is_404(sim: RunningSimulator, path: str) -> None:
    # Given a symbol or a path that does not exist
    # When it is asked for
    reply = fetch(sim.base_url, path)
    # Then the answer says NotFound
    assert reply.status == 404
    assert reply.json["status"] == "NotFound"


@pytest.mark.parametrize("kind", ["trades", "quotes"])
def test_an_unknown_symbol_has_no_rows(sim: RunningSimulator, kind: str) -> None:
    # Given a symbol that is not listed
    # When its rows are asked for
    body = fetch(sim.base_url, f"/v3/{kind}/NOPE").json
    # Then the list is empty
    assert (body["status"], body["results"]) == ("OK", [])


def stamps(reply: Reply) -> list[int]:
    return [row["sip_timestamp"] for row in reply.json["results"]]


@pytest.mark.parametrize("kind", ["trades", "quotes"])
def test_rows_come_newest_first_a_thousand_a_page(sim: RunningSimulator, kind: str) -> None:
    # Given a history of more than a thousand rows
    # When they are asked for without order and limit
    reply = fetch(sim.base_url, f"/v3/{kind}/DOVE")
    # Then the newest thousand come, newest first, with a way on
    assert len(stamps(reply)) == 1_000
    assert stamps(reply) == sorted(stamps(reply), reverse=True)
    assert at(-10) < stamps(reply)[0] <= at(1)
    assert reply.json["next_url"].startswith(f"{sim.base_url}/v3/{kind}/DOVE?cursor=")


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("kind", ["trades", "quotes"])
def test_pages_join_without_gap_or_overlap(sim: RunningSimulator, kind: str, order: str) -> None:
    # Given the last ten minutes of a symbol in one page
    span = f"/v3/{kind}/EDDY?order={order}&timestamp.gte={at(-600)}"
    whole = fetch(sim.base_url, f"{span}&limit={MAX_LIMIT}").json
    # When they are fetched a hundred rows a page
    page = fetch(sim.base_url, f"{span}&limit=100").json
    rows = page["results"]
    while "next_url" in page:
        page = fetch(sim.base_url, page["next_url"]).json
        rows += page["results"]
    # Then nothing is missing, and the last page says that it is the last
    assert "next_url" not in whole
    assert len(rows) > 300
    assert rows == whole["results"]


def test_the_ends_of_a_span_count_or_not_as_named(sim: RunningSimulator) -> None:
    # Given three prints in a row
    first, second, third = stamps(
        fetch(sim.base_url, f"/v3/trades/BOLT?order=asc&limit=3&timestamp.gte={at(-30)}")
    )
    base = "/v3/trades/BOLT?order=asc"
    # When spans end on them
    # Then gte and lte include their ends, gt and lt leave them out, and one stamp is itself
    spans = {
        f"timestamp.gte={first}&timestamp.lte={third}": [first, second, third],
        f"timestamp.gt={first}&timestamp.lt={third}": [second],
        f"timestamp={second}": [second],
    }
    for span, expected in spans.items():
        assert stamps(fetch(sim.base_url, f"{base}&{span}")) == expected


def test_a_day_is_new_yorks(sim: RunningSimulator) -> None:
    # Given the trading day and the one after
    # When rows of each are asked for
    today = fetch(sim.base_url, "/v3/trades/DOVE?timestamp=2026-03-10&limit=5")
    tomorrow = fetch(sim.base_url, "/v3/trades/DOVE?timestamp.gte=2026-03-11")
    # Then the first has some and the second none
    assert len(stamps(today)) == 5
    assert stamps(tomorrow) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=50001",
        "limit=many",
        "order=sideways",
        "timestamp=yesterday",
        "timestamp.about=1",
        "cursor=nonsense",
        "cursor=bnVsbA==",
    ],
)
def test_what_the_provider_would_refuse_is_400(sim: RunningSimulator, query: str) -> None:
    # Given a parameter out of its range
    # When rows are asked for
    reply = fetch(sim.base_url, f"/v3/trades/DOVE?{query}")
    # Then the answer names it
    assert reply.status == 400
    assert query.partition("=")[0].partition(".")[0] in reply.json["error"]


def test_a_cursor_of_another_symbol_is_refused(sim: RunningSimulator) -> None:
    # Given a cursor for one symbol
    onward = fetch(sim.base_url, "/v3/trades/DOVE?limit=1").json["next_url"]
    # When it is used for another
    reply = fetch(sim.base_url, onward.replace("DOVE", "EDDY"))
    # Then it is refused
    assert reply.status == 400


def test_a_trade_row_has_the_documented_fields(sim: RunningSimulator) -> None:
    # Given an hour of prints
    rows = fetch(sim.base_url, f"/v3/trades/DOVE?limit={MAX_LIMIT}").json["results"]
    always = {
        "exchange",
        "id",
        "participant_timestamp",
        "price",
        "sequence_number",
        "sip_timestamp",
        "size",
        "decimal_size",
        "tape",
    }
    # When the fields are looked at
    # Then a regular sale has no conditions, and only off-exchange prints have a facility
    for row in rows:
        optional = set(row) - always
        assert always <= set(row)
        assert optional <= {"conditions", "trf_id", "trf_timestamp"}
        assert ("trf_id" in row) == ("trf_timestamp" in row) == (row["exchange"] == 4)
        assert row.get("conditions") != []
        assert row["size"] == int(row["decimal_size"].split(".")[0])
    assert any("conditions" not in row for row in rows)
    assert any(row["size"] == 0 and row["decimal_size"].startswith("0.") for row in rows)


def test_a_quote_row_has_the_documented_fields(sim: RunningSimulator) -> None:
    # Given the newest quote
    # When it is asked for as a row and as the last quote
    row = fetch(sim.base_url, "/v3/quotes/CLIF?limit=1").json["results"][0]
    last = fetch(sim.base_url, "/v2/last/nbbo/CLIF").json["results"]
    # Then both tell the same
    assert (row["bid_price"], row["bid_size"]) == (last["p"], last["s"])
    assert (row["ask_price"], row["ask_size"]) == (last["P"], last["S"])
    assert (row["bid_exchange"], row["ask_exchange"]) == (last["x"], last["X"])
    assert (row["sip_timestamp"], row["participant_timestamp"]) == (last["t"], last["y"])
    assert (row["sequence_number"], row["tape"]) == (last["q"], last["z"])
    assert last["T"] == "CLIF"


def test_the_last_trade_is_the_newest_row(sim: RunningSimulator) -> None:
    # Given the newest print
    # When it is asked for as a row and as the last trade
    row = fetch(sim.base_url, "/v3/trades/ACME?limit=1").json["results"][0]
    last = fetch(sim.base_url, "/v2/last/trade/ACME").json["results"]
    # Then both tell the same
    assert (row["price"], row["size"], row["id"]) == (last["p"], last["s"], last["i"])
    assert (row["sip_timestamp"], row.get("conditions")) == (last["t"], last["c"])


def test_conditions_come_ten_a_page_unless_asked_otherwise(sim: RunningSimulator) -> None:
    # Given the reference list
    path = "/v3/reference/conditions?asset_class=stocks&data_type=trade"
    # When it is asked for plainly, page by page, and at once
    page = fetch(sim.base_url, path).json
    rows = page["results"]
    assert len(rows) == 10
    while "next_url" in page:
        page = fetch(sim.base_url, page["next_url"]).json
        rows += page["results"]
    whole = fetch(sim.base_url, f"{path}&limit=1000").json["results"]
    # Then the pages are the whole, ids are unique among trades, and odd lots update volume only
    assert rows == whole
    assert len({row["id"] for row in whole}) == len(whole) > 40
    odd_lot = next(row for row in whole if row["id"] == 37)
    assert odd_lot["update_rules"]["consolidated"] == {
        "updates_high_low": False,
        "updates_open_close": False,
        "updates_volume": True,
    }
    assert "update_rules" not in next(row for row in whole if row["id"] == 60)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ticker=ACME", ["ACME"]),
        ("ticker=GONE", []),
        ("ticker=GONE&active=false", ["GONE"]),
        ("active=false", ["GONE"]),
        ("limit=2", ["ACME", "BOLT"]),
        ("ticker=NONE", []),
    ],
)
def test_the_books_of_symbols_have_those_that_trade_unless_asked_otherwise(
    sim: RunningSimulator, query: str, found: list[str]
) -> None:
    # Given the market's books
    # When they are asked
    rows = fetch(sim.base_url, f"/v3/reference/tickers?{query}").json["results"]
    # Then what trades no more is told only where it is asked for
    assert [row["ticker"] for row in rows] == found
    assert all(row["active"] is ("delisted_utc" not in row) for row in rows)


def test_ids_of_conditions_repeat_across_data_types(sim: RunningSimulator) -> None:
    # Given all conditions
    rows = fetch(sim.base_url, "/v3/reference/conditions?limit=1000").json["results"]
    # When number 12 is looked up
    names = {row["name"] for row in rows if row["id"] == 12}
    # Then it is two different things
    assert names == {"Form T/Extended Hours", "Manual Bid and Ask"}


def test_other_asset_classes_have_no_conditions_here(sim: RunningSimulator) -> None:
    # Given a list for stocks only
    # When options' are asked for
    rows = fetch(sim.base_url, "/v3/reference/conditions?asset_class=options").json["results"]
    # Then there are none
    assert rows == []


def test_a_cursor_of_conditions_must_be_a_number(sim: RunningSimulator) -> None:
    # Given a cursor that is none of ours
    # When it is used
    reply = fetch(sim.base_url, "/v3/reference/conditions?cursor=x")
    # Then it is refused
    assert reply.status == 400


def test_the_market_is_open_and_tells_its_own_time(sim: RunningSimulator) -> None:
    # Given a market one second into its run
    # When its status is asked for
    body = fetch(sim.base_url, "/v1/marketstatus/now").json
    # Then it is open, at one second past ten in New York
    assert (body["market"], body["earlyHours"], body["afterHours"]) == ("open", False, False)
    assert body["serverTime"] == "2026-03-10T10:00:01-04:00"


def test_the_calendar_is_a_bare_list_with_times_on_early_closes_only(
    sim: RunningSimulator,
) -> None:
    # Given the year's holidays
    rows = fetch(sim.base_url, "/v1/marketstatus/upcoming").json
    # When they are looked at
    # Then each exchange has its row, in order of date
    assert isinstance(rows, list)
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert {row["exchange"] for row in rows} == {"NYSE", "NASDAQ"}
    for row in rows:
        assert ("close" in row) == (row["status"] == "early-close")


def test_news_of_a_held_symbol_is_minutes_old(sim: RunningSimulator) -> None:
    # Given a headline of 09:52
    # When the company's news since 09:30 is asked for
    path = "/v2/reference/news?ticker=ACME&published_utc.gte=2026-03-10T13:30:00Z"
    body = fetch(sim.base_url, path).json
    # Then it is there
    assert body["count"] == 1
    assert body["results"][0]["published_utc"] == "2026-03-10T13:52:00Z"
    assert body["results"][0]["tickers"] == ["ACME"]


@pytest.mark.parametrize(
    ("query", "symbols"),
    [
        ("", ["ACME", "DOVE", "BOLT"]),
        ("order=asc", ["BOLT", "DOVE", "ACME"]),
        ("limit=1", ["ACME"]),
        ("published_utc.lt=2026-03-10", ["BOLT"]),
        ("published_utc.gt=2026-03-10T13:52:00Z", []),
        ("published_utc.lte=2026-03-10T12:15:00Z", ["DOVE", "BOLT"]),
        ("ticker=CLIF", []),
    ],
)
def test_news_are_filtered_and_newest_first(
    sim: RunningSimulator, query: str, symbols: list[str]
) -> None:
    # Given three headlines
    # When some are asked for
    rows = fetch(sim.base_url, f"/v2/reference/news?{query}").json["results"]
    # Then those come
    assert [row["tickers"][0] for row in rows] == symbols


def test_a_date_of_news_must_be_a_date(sim: RunningSimulator) -> None:
    # Given a word for a date
    # When news are asked for
    reply = fetch(sim.base_url, "/v2/reference/news?published_utc.gte=today")
    # Then it is refused
    assert reply.status == 400


@pytest.mark.parametrize(
    ("key", "words"), [("wrong", "Unknown API Key"), (None, "API Key was not provided")]
)
def test_without_the_right_key_nothing_is_served(
    sim: RunningSimulator, key: str | None, words: str
) -> None:
    # Given a wrong key, or none
    # When anything is asked for
    reply = fetch(sim.base_url, "/v1/marketstatus/now", key=key)
    # Then the answer is 401 and says why
    assert reply.status == 401
    assert (reply.json["status"], reply.json["error"]) == ("ERROR", words)


def test_a_key_in_the_query_counts_and_is_not_recorded(sim: RunningSimulator) -> None:
    # Given the key as a parameter
    sim.requests.clear()
    # When the status is asked for
    reply = fetch(sim.base_url, f"/v1/marketstatus/now?apiKey={DEFAULT_KEY}&x=1", key=None)
    # Then it is served, and the record has no key
    (recorded,) = sim.requests.all()
    assert reply.status == 200
    assert recorded.authorized
    assert recorded.query == {"x": "1"}


def test_requests_are_recorded_with_kind_and_symbols(sim: RunningSimulator) -> None:
    # Given no requests so far
    sim.requests.clear()
    # When two are made
    fetch(sim.base_url, f"{STOCKS}?tickers=ACME,BOLT")
    fetch(sim.base_url, "/v3/trades/DOVE?limit=1")
    # Then both are found, by kind and by symbol
    assert [request.kind for request in sim.requests.all()] == ["snapshot", "trades"]
    assert [request.symbols for request in sim.requests.of("snapshot")] == [("ACME", "BOLT")]
    assert len(sim.requests.of("trades", "DOVE")) == 1
    assert sim.requests.of("trades", "ACME") == ()
    assert sim.requests.all()[0].market_ns == at(1)


def test_long_answers_are_compressed_for_clients_that_take_it(sim: RunningSimulator) -> None:
    # Given a client that takes gzip
    path = "/v3/trades/DOVE?limit=500"
    # When it asks for many rows
    zipped = fetch(sim.base_url, path, zipped=True)
    # Then they come compressed and are the same
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.json["results"] == fetch(sim.base_url, path).json["results"]


def test_the_official_client_reads_every_page(sim: RunningSimulator) -> None:
    # Given the official client with our address
    client = importlib.import_module("massive").RESTClient(api_key=DEFAULT_KEY, base=sim.base_url)
    # When it lists trades over several pages
    found = list(client.list_trades("FERN.B", timestamp_gte=at(-120), order="asc", limit=40))
    # Then it has them all, in order
    assert len(found) > 80
    times = [trade.sip_timestamp for trade in found]
    assert times == sorted(times)
    client.client.clear()


def test_the_next_page_may_lie_on_another_host() -> None:
    # Given a provider that names its new host in next_url
    with RunningSimulator(clock=HandClock(), next_url_base="https://api.massive.com") as other:
        # When a page is asked for
        body = fetch(other.base_url, "/v3/trades/DOVE?limit=1").json
    # Then the way on is there
    assert body["next_url"].startswith("https://api.massive.com/v3/trades/DOVE?cursor=")


def test_what_has_not_happened_yet_is_never_served() -> None:
    # Given a market that stands at its start
    clock = HandClock()
    with RunningSimulator(clock=clock) as running:
        seen: list[int] = []
        # When it is asked in steps of a third of a second
        for step in range(1, 7):
            clock.move(0.3)
            now = at(0.3 * step)
            for path in ("/v3/trades/ACME?limit=1", "/v3/quotes/ACME?limit=1"):
                (stamp,) = stamps(fetch(running.base_url, path))
                seen.append(now - stamp)
    # Then the newest row is never later than the market's present
    assert min(seen) >= 0
    assert max(seen) < 3_000_000_000


def test_bars_of_a_minute_add_up_what_was_traded(sim: RunningSimulator) -> None:
    # Given the prints of two whole minutes
    begin_ns = at(-600) - at(-600) % 60_000_000_000
    end_ns = begin_ns + 120_000_000_000 - 1
    span = f"timestamp.gte={begin_ns}&timestamp.lte={end_ns}"
    rows = fetch(sim.base_url, f"/v3/trades/EDDY?{span}&limit={MAX_LIMIT}").json["results"]
    # When their bars are asked for, in milliseconds
    path = f"/v2/aggs/ticker/EDDY/range/1/minute/{begin_ns // 10**6}/{end_ns // 10**6}"
    bars = fetch(sim.base_url, path).json["results"]
    # Then there are two, and together they have the shares that count
    assert [bar["t"] * 10**6 for bar in bars] == [begin_ns, begin_ns + 60_000_000_000]
    counted = [row["size"] for row in rows if {15, 16, 38}.isdisjoint(row.get("conditions", ()))]
    assert sum(bar["v"] for bar in bars) == sum(counted)
    assert sum(bar["n"] for bar in bars) == len(rows)


def test_of_an_unknown_symbol_there_are_no_bars(sim: RunningSimulator) -> None:
    # Given a symbol that is not listed
    # When its bars are asked for
    answer = fetch(sim.base_url, "/v2/aggs/ticker/NONE/range/1/minute/0/1").json
    # Then there is no list of them
    assert answer["resultsCount"] == 0
    assert "results" not in answer


def test_bars_need_moments_in_milliseconds(sim: RunningSimulator) -> None:
    # Given a moment that is a word
    # When bars are asked for
    answer = fetch(sim.base_url, "/v2/aggs/ticker/EDDY/range/1/minute/now/1")
    # Then that is refused
    assert answer.status == 400
