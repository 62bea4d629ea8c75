"""What goes wrong on demand, over a real socket and on the board itself."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.error import URLError

import pytest
from support.simulator_helpers import STOCKS, HandClock, at, fetch

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.fault_kinds import FAULT_KINDS, FIELD_FAULTS
from trading_bot.simulator.faults.faults import Fault, FaultBoard, fault_from_mapping, parse_fault
from trading_bot.simulator.running import RunningSimulator

CLOCK = HandClock()
NOW = 100 * NS_PER_SECOND


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(clock=CLOCK) as simulator:
        CLOCK.move(5)
        # The tape of the one symbol that these tests read is made once.
        fetch(simulator.base_url, "/v3/trades/DOVE?limit=1")
        yield simulator


@pytest.fixture
def sim(running: RunningSimulator) -> RunningSimulator:
    running.faults.clear()
    return running


@pytest.mark.parametrize(
    ("kind", "status", "word"),
    [
        ("rate_limited", 429, "maximum requests per minute"),
        ("server_error", 500, "Internal Server Error"),
        ("unavailable", 503, "Service Unavailable"),
        ("unknown_key", 401, "Unknown API Key"),
        ("not_authorized", 403, "NOT_AUTHORIZED"),
        ("not_found", 404, "NotFound"),
        ("bad_gateway_html", 502, "<html>"),
        ("empty_body", 200, ""),
    ],
)
def test_an_answer_fault_stands_in_for_the_data(
    sim: RunningSimulator, kind: str, status: int, word: str
) -> None:
    # Given one such fault
    sim.faults.add(Fault(kind))
    # When anything is asked for
    reply = fetch(sim.base_url, "/v3/trades/DOVE?limit=1")
    # Then this is the answer
    assert reply.status == status
    assert word in reply.data.decode()
    assert "Retry-After" not in reply.headers


def test_a_refusal_may_say_when_to_come_back(sim: RunningSimulator) -> None:
    # Given a rate limit that names two seconds
    sim.faults.add(Fault("rate_limited", retry_after=2.0))
    # When anything is asked for
    reply = fetch(sim.base_url, "/v1/marketstatus/now")
    # Then the header says so
    assert (reply.status, reply.headers["Retry-After"]) == (429, "2")


def test_a_hanging_server_never_answers(sim: RunningSimulator) -> None:
    # Given a server that hangs
    sim.faults.add(Fault("hang", count=1))
    # When a client with a short patience asks
    # Then it runs out
    with pytest.raises(TimeoutError):
        fetch(sim.base_url, "/v1/marketstatus/now", timeout=0.1)


def test_a_hanging_request_does_not_hold_up_the_end() -> None:
    # Given a request that hangs
    with (
        RunningSimulator(clock=HandClock(), faults=[Fault("hang")]) as simulator,
        socket.create_connection(("127.0.0.1", simulator.server.port)) as connection,
    ):
        connection.sendall(
            f"GET /v1/marketstatus/now HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
            f"{simulator.key}\r\n\r\n".encode()
        )
        while not simulator.requests.all():
            pass
        # When the simulator is stopped
        simulator.stop()
        # Then the connection is closed without an answer
        assert connection.recv(100) == b""


def test_a_dropped_connection_has_no_answer(sim: RunningSimulator) -> None:
    # Given a server that hangs up
    sim.faults.add(Fault("drop_connection"))
    # When anything is asked for
    # Then the connection ends without a byte
    with pytest.raises(http.client.RemoteDisconnected):
        fetch(sim.base_url, "/v1/marketstatus/now")


def test_a_slow_answer_comes_in_the_end(sim: RunningSimulator) -> None:
    # Given a server that takes its time
    sim.faults.add(Fault("slow", seconds=0.05))
    # When a client waits shorter, and then longer
    with pytest.raises(TimeoutError):
        fetch(sim.base_url, "/v1/marketstatus/now", timeout=0.01)
    reply = fetch(sim.base_url, "/v1/marketstatus/now")
    # Then only the patient one is served
    assert reply.json["market"] == "open"


def test_a_truncated_body_is_valid_http_and_broken_json(sim: RunningSimulator) -> None:
    # Given a server that loses half of each body
    sim.faults.add(Fault("truncated_json"))
    # When rows are asked for
    reply = fetch(sim.base_url, "/v3/trades/DOVE?limit=5")
    # Then all of the shorter body arrives and cannot be decoded
    assert reply.status == 200
    assert int(reply.headers["Content-Length"]) == len(reply.data)
    with pytest.raises(json.JSONDecodeError):
        _ = reply.json


def test_a_truncated_zipped_body_cannot_be_unpacked(sim: RunningSimulator) -> None:
    # Given a server that loses half of each body, and a client that takes gzip
    sim.faults.add(Fault("truncated_json"))
    # When many rows are asked for
    # Then the package is incomplete
    with pytest.raises(EOFError):
        fetch(sim.base_url, "/v3/trades/DOVE?limit=500", zipped=True)


def test_a_cut_body_is_shorter_than_promised(sim: RunningSimulator) -> None:
    # Given a server that hangs up in the middle of its answer
    sim.faults.add(Fault("cut_body"))
    # When rows are asked for
    # Then the client sees an incomplete read
    with pytest.raises(http.client.IncompleteRead):
        fetch(sim.base_url, "/v3/trades/DOVE?limit=5")


def test_stale_quotes_are_late_by_what_was_asked(sim: RunningSimulator) -> None:
    # Given quotes 60 seconds late by default, then 40
    sim.faults.add(Fault("stale_quotes"))
    oldest = fetch(sim.base_url, f"{STOCKS}/DOVE").json["ticker"]
    sim.faults.clear()
    sim.faults.add(Fault("stale_quotes", seconds=40))
    late = fetch(sim.base_url, f"{STOCKS}/DOVE").json["ticker"]
    # When the snapshots are looked at
    # Then the quotes are that old, and the trades are not
    assert at(-60) < oldest["lastQuote"]["t"] <= at(-55)
    assert at(-40) < late["lastQuote"]["t"] <= at(-35)
    assert late["lastTrade"]["t"] > at(0)


def test_a_frozen_feed_serves_nothing_new() -> None:
    # Given a feed that freezes at the start of the run
    clock = HandClock()
    with RunningSimulator(clock=clock, faults=[Fault("frozen", symbols=("DOVE",))]) as simulator:
        before = fetch(simulator.base_url, f"{STOCKS}/DOVE").json["ticker"]
        # When ten seconds pass
        clock.move(10)
        after = fetch(simulator.base_url, f"{STOCKS}/DOVE").json["ticker"]
    # Then its last quote and trade are the same
    assert after["lastQuote"] == before["lastQuote"]
    assert after["lastTrade"] == before["lastTrade"]


def test_a_delayed_plan_says_so_and_is_fifteen_minutes_late(sim: RunningSimulator) -> None:
    # Given a delayed plan
    sim.faults.add(Fault("delayed_plan"))
    # When a batch and rows are asked for
    batch = fetch(sim.base_url, f"{STOCKS}?tickers=DOVE,EDDY").json
    rows = fetch(sim.base_url, "/v3/quotes/DOVE?limit=1").json
    # Then the status is DELAYED and no stamp is younger
    assert (batch["status"], rows["status"]) == ("DELAYED", "DELAYED")
    assert rows["results"][0]["sip_timestamp"] <= at(5 - 900)
    assert all(ticker["updated"] <= at(5 - 900) for ticker in batch["tickers"])


def test_a_plan_without_quotes_has_no_last_quote_and_refuses_rows(sim: RunningSimulator) -> None:
    # Given a plan without quotes
    sim.faults.add(Fault("no_quotes_plan"))
    # When everything of quotes is asked for
    ticker = fetch(sim.base_url, f"{STOCKS}/DOVE").json["ticker"]
    refused = [fetch(sim.base_url, path) for path in ("/v3/quotes/DOVE", "/v2/last/nbbo/DOVE")]
    # Then it is missing or refused, and trades are there
    assert "lastQuote" not in ticker
    assert "lastTrade" in ticker
    assert [reply.status for reply in refused] == [403, 403]
    assert {reply.json["status"] for reply in refused} == {"NOT_AUTHORIZED"}
    assert fetch(sim.base_url, "/v3/trades/DOVE?limit=1").status == 200


def test_a_plan_without_trades_has_no_last_trade_and_refuses_rows(sim: RunningSimulator) -> None:
    # Given a plan without trades
    sim.faults.add(Fault("no_trades_plan"))
    # When everything of trades is asked for
    ticker = fetch(sim.base_url, f"{STOCKS}/DOVE").json["ticker"]
    refused = [fetch(sim.base_url, path) for path in ("/v3/trades/DOVE", "/v2/last/trade/DOVE")]
    # Then it is missing or refused
    assert "lastTrade" not in ticker
    assert [reply.status for reply in refused] == [403, 403]


def test_out_of_order_rows_are_the_same_rows(sim: RunningSimulator) -> None:
    # Given five rows in order
    path = "/v3/trades/DOVE?limit=5&order=asc"
    good = fetch(sim.base_url, path).json["results"]
    # When neighbours are swapped
    sim.faults.add(Fault("out_of_order"))
    mixed = fetch(sim.base_url, path).json["results"]
    # Then the first two and the next two have changed places
    assert mixed == [good[1], good[0], good[3], good[2], good[4]]


def test_duplicate_trades_come_twice(sim: RunningSimulator) -> None:
    # Given three trades
    path = "/v3/trades/DOVE?limit=3"
    good = fetch(sim.base_url, path).json["results"]
    # When duplicates are served
    sim.faults.add(Fault("duplicate_trades"))
    doubled = fetch(sim.base_url, path).json["results"]
    # Then each stands twice
    assert doubled == [row for row in good for _ in range(2)]


@pytest.fixture(scope="module")
def faulty_since_start() -> Iterator[RunningSimulator]:
    """Serve faults of rows since the start of the run, each on one symbol, at half a minute."""
    clock = HandClock()
    faults = [
        Fault("crossed_quote", symbols=("ACME",)),
        Fault("one_sided_quote", symbols=("BOLT",)),
        Fault("corrections", symbols=("BOLT",)),
        Fault("malformed_rows", symbols=("DOVE",)),
        Fault("null_objects", symbols=("EDDY",)),
        Fault("looping_cursor", symbols=("CLIF",)),
    ]
    with RunningSimulator(clock=clock, faults=faults) as simulator:
        clock.move(30)
        yield simulator


def test_crossed_quotes_cross_from_their_beginning(faulty_since_start: RunningSimulator) -> None:
    # Given quotes crossed since the start of the run
    base = faulty_since_start.base_url
    # When rows around the start and the snapshot are asked for
    rows = fetch(base, f"/v3/quotes/ACME?timestamp.gte={at(-30)}").json["results"]
    quote = fetch(base, f"{STOCKS}/ACME").json["ticker"]["lastQuote"]
    # Then those since then are crossed, and no others
    for row in rows:
        assert (row["bid_price"] > row["ask_price"]) == (row["sip_timestamp"] >= at(0))
    assert quote["p"] > quote["P"]


def test_one_sided_quotes_have_a_zero_side(faulty_since_start: RunningSimulator) -> None:
    # Given quotes without an offer since the start of the run
    base = faulty_since_start.base_url
    # When the newest is asked for
    row = fetch(base, "/v3/quotes/BOLT?limit=1").json["results"][0]
    quote = fetch(base, f"{STOCKS}/BOLT").json["ticker"]["lastQuote"]
    # Then price and size of the ask are 0
    assert (row["ask_price"], row["ask_size"], quote["P"], quote["S"]) == (0, 0, 0, 0)
    assert row["bid_price"] > 0


def test_corrections_carry_every_code(faulty_since_start: RunningSimulator) -> None:
    # Given corrections since the start of the run
    path = f"/v3/trades/BOLT?order=asc&timestamp.gte={at(-30)}"
    # When the rows are asked for
    rows = fetch(faulty_since_start.base_url, path).json["results"]
    # Then each code occurs, records of cancels follow their originals, older rows have none
    codes = [row.get("correction") for row in rows]
    assert {1, 7, 8, 10, 11, 12, None} == set(codes)
    assert rows[codes.index(8)]["id"] == rows[codes.index(8) + 1]["id"]
    assert codes[codes.index(8) + 1] == 10
    assert all("correction" not in row for row in rows if row["sip_timestamp"] < at(0))


@pytest.mark.parametrize(("kind", "price"), [("trades", "price"), ("quotes", "bid_price")])
def test_malformed_rows_are_wrong_in_several_ways(
    faulty_since_start: RunningSimulator, kind: str, price: str
) -> None:
    # Given malformed rows since the start of the run
    base = f"{faulty_since_start.base_url}/v3/{kind}/DOVE"
    # When they and those before are asked for
    rows = fetch("", f"{base}?timestamp.gte={at(0)}").json["results"]
    before = fetch("", f"{base}?timestamp.gte={at(-9)}&timestamp.lt={at(0)}").json["results"]
    # Then prices are null, words and negative, stamps are missing, and older rows are whole
    assert all(row[price] > 0 for row in before)
    assert {None, "12,5", -1.0} <= {row[price] for row in rows}
    assert None in {row["sip_timestamp"] for row in rows}
    quote = fetch(faulty_since_start.base_url, f"{STOCKS}/DOVE").json["ticker"]["lastQuote"]
    assert quote["p"] is None


def test_null_objects_are_null(faulty_since_start: RunningSimulator) -> None:
    # Given a snapshot whose parts are null
    # When it is asked for
    ticker = fetch(faulty_since_start.base_url, f"{STOCKS}/EDDY").json["ticker"]
    # Then they are there and null
    assert (ticker["lastQuote"], ticker["lastTrade"], ticker["min"]) == (None, None, None)


def test_a_looping_cursor_leads_back_to_its_own_page(
    faulty_since_start: RunningSimulator,
) -> None:
    # Given a cursor that loops
    first = fetch(faulty_since_start.base_url, "/v3/trades/CLIF?limit=5").json
    # When it is followed twice
    second = fetch(faulty_since_start.base_url, first["next_url"]).json
    third = fetch(faulty_since_start.base_url, second["next_url"]).json
    # Then it comes to the same page again
    assert second["next_url"] == first["next_url"]
    assert third["results"] == second["results"] != first["results"]


def test_a_fault_of_one_symbol_leaves_the_others_alone(sim: RunningSimulator) -> None:
    # Given stale quotes of one symbol
    sim.faults.add(Fault("stale_quotes", symbols=("DOVE",)))
    # When two are asked for together
    tickers = fetch(sim.base_url, f"{STOCKS}?tickers=DOVE,EDDY").json["tickers"]
    # Then only that one is stale
    assert tickers[0]["lastQuote"]["t"] <= at(-55)
    assert tickers[1]["lastQuote"]["t"] > at(-5)


def board(*faults: Fault) -> FaultBoard:
    return FaultBoard(lambda: NOW, faults)


def kinds(found: FaultBoard, path: str = "trades", symbol: str = "A", now: int = NOW) -> list[str]:
    return [armed.fault.kind for armed in found.take(path, [symbol], now)]


def test_a_fault_is_limited_to_its_paths_and_symbols() -> None:
    # Given a fault of one path kind and one symbol
    found = board(Fault("hang", paths=("quotes",), symbols=("A",)))
    # When requests of other paths and symbols come
    # Then only the one that fits both is hit
    assert kinds(found, "trades", "A") == []
    assert kinds(found, "quotes", "B") == []
    assert kinds(found, "quotes", "A") == ["hang"]


def test_a_fault_is_limited_to_its_count() -> None:
    # Given a fault of two requests
    found = board(Fault("hang", count=2))
    # When three come
    # Then the third is spared
    assert [kinds(found) for _ in range(3)] == [["hang"], ["hang"], []]


@pytest.mark.parametrize(
    ("second", "acts"), [(4.999, False), (5, True), (14.999, True), (15, False)]
)
def test_a_fault_is_limited_to_its_span(second: float, acts: bool) -> None:
    # Given a fault from the fifth second on, for ten
    found = board(Fault("hang", after_seconds=5, for_seconds=10))
    # When a request comes
    hit = kinds(found, now=NOW + int(second * NS_PER_SECOND))
    # Then it is hit within the span only
    assert bool(hit) is acts


def test_only_the_first_answer_fault_is_taken_and_counted() -> None:
    # Given two answer faults of one request each, and one of the data
    found = board(Fault("hang", count=1), Fault("not_found", count=1), Fault("frozen"))
    # When two requests come
    # Then the second answer fault waits for the second request
    assert kinds(found) == ["hang", "frozen"]
    assert kinds(found) == ["not_found", "frozen"]


def test_a_fault_is_removed_by_its_number() -> None:
    # Given two faults
    found = board(Fault("hang"))
    number = found.add(Fault("frozen"))
    # When the second is removed, twice
    # Then it is gone the first time, and all are when the board is cleared
    assert found.remove(number)
    assert not found.remove(number)
    assert [armed.fault.kind for armed in found.armed()] == ["hang"]
    found.clear()
    assert found.armed() == ()


def test_going_away_is_no_fault_of_a_request() -> None:
    # Given a server that goes away
    found = board(Fault("going_away"))
    # When a request comes all the same
    # Then it is served, but the server should be gone
    assert kinds(found) == []
    assert found.is_away()
    assert not board(Fault("hang")).is_away()


def test_a_fault_is_read_from_a_command_line() -> None:
    # Given a fault in words
    text = "rate_limited,retry_after=2,paths=trades+quotes,symbols=ACME,count=3,after_seconds=20"
    # When it is read
    # Then each word has its place
    assert parse_fault(text) == Fault(
        "rate_limited",
        paths=("trades", "quotes"),
        symbols=("ACME",),
        count=3,
        after_seconds=20.0,
        retry_after=2.0,
    )
    assert parse_fault("hang") == Fault("hang")


def test_the_spans_of_a_fault_are_durations() -> None:
    # Given a fault in one line, as a person writes spans of time
    # When it is read, then it is in seconds
    assert parse_fault("hang,after_seconds=1m30s,for_seconds=2m,seconds=0.5") == Fault(
        "hang", after_seconds=90.0, for_seconds=120.0, seconds=0.5
    )
    with pytest.raises(ValueError, match="after_seconds: 'soon' is no duration"):
        parse_fault("hang,after_seconds=soon")


@pytest.mark.parametrize(
    "text",
    [
        "explode",
        "hang,paths=nowhere",
        "hang,count=0",
        "hang,count=few",
        "hang,for_seconds=-1",
        "hang,for_seconds",
        "hang,colour=red",
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    # Given a fault in words that mean nothing
    # When it is read
    # Then it is refused
    with pytest.raises(ValueError, match=r"=|must|could|invalid|field"):
        parse_fault(text)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {},
        {"kind": "hang", "paths": "trades"},
        {"kind": "hang", "symbols": [1]},
        {"kind": "hang", "count": 1.5},
        {"kind": "hang", "count": True},
        {"kind": "hang", "seconds": "2"},
    ],
)
def test_a_fault_of_wrong_types_is_refused(fields: object) -> None:
    # Given decoded JSON that is no fault
    # When it is read
    # Then it is refused
    with pytest.raises(ValueError, match=r"must|missing"):
        fault_from_mapping(fields)


def test_every_kind_can_be_set_from_json() -> None:
    # Given every kind, with a field where it needs one
    # When each is read with no limits
    # Then it is that fault
    for kind in FAULT_KINDS:
        field = "price" if kind in FIELD_FAULTS else None
        found = fault_from_mapping({"kind": kind, "count": None, "field": field})
        assert found == Fault(kind, field=field)


def test_faults_are_set_listed_and_cleared_over_http(sim: RunningSimulator) -> None:
    # Given a running simulator
    one, two = {"kind": "hang", "symbols": ["NONE"]}, {"kind": "frozen", "count": 2}
    # When one fault is posted, then a list, and all are cleared
    first = fetch(sim.base_url, "/sim/faults", method="POST", body=one)
    second = fetch(sim.base_url, "/sim/faults", method="POST", body=[two])
    listed = fetch(sim.base_url, "/sim/faults")
    cleared = fetch(sim.base_url, "/sim/faults", method="DELETE")
    # Then each answer lists what is set
    assert first.status == 201
    assert [fault["kind"] for fault in first.json["faults"]] == ["hang"]
    assert second.json == listed.json
    assert [fault["left"] for fault in listed.json["faults"]] == [None, 2]
    assert cleared.json == {"faults": []}


@pytest.mark.parametrize("body", ["{", 1, {"kind": "explode"}])
def test_a_posted_fault_that_makes_no_sense_is_400(sim: RunningSimulator, body: object) -> None:
    # Given something that is no fault
    # When it is posted
    reply = fetch(sim.base_url, "/sim/faults", method="POST", body=body)
    # Then it is refused and nothing is set
    assert reply.status == 400
    assert sim.faults.armed() == ()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_faults_need_the_key(sim: RunningSimulator, method: str) -> None:
    # Given no key
    # When faults are asked for or changed
    reply = fetch(sim.base_url, "/sim/faults", method=method, key=None)
    # Then it is refused
    assert reply.status == 401


def wait_until_refused(base_url: str) -> None:
    for _ in range(10_000):
        try:
            fetch(base_url, "/v1/marketstatus/now")
        except (URLError, ConnectionError, http.client.HTTPException):
            return
    raise AssertionError("the simulator did not go away")


def wait_until_served(base_url: str) -> int:
    for _ in range(10_000):
        try:
            return fetch(base_url, "/v1/marketstatus/now").status
        except (URLError, ConnectionError, http.client.HTTPException):
            continue
    raise AssertionError("the simulator did not come back")


def test_a_simulator_goes_away_and_comes_back_at_its_address() -> None:
    # Given a running simulator
    clock = HandClock()
    with RunningSimulator(clock=clock) as simulator:
        # When it is away for ten seconds of its clock
        simulator.faults.add(Fault("going_away", for_seconds=10))
        wait_until_refused(simulator.base_url)
        clock.move(10)
        # Then connections are refused, and served again after them
        assert wait_until_served(simulator.base_url) == 200


def test_a_simulator_whose_port_was_taken_tries_again() -> None:
    # Given a simulator that is away while someone else takes its port
    clock = HandClock()
    with RunningSimulator(clock=clock) as simulator:
        simulator.faults.add(Fault("going_away", for_seconds=10))
        wait_until_refused(simulator.base_url)
        with socket.create_server(("127.0.0.1", simulator.server.port)):
            clock.move(10)
            while not simulator.server.failed_returns:
                pass
        # When the other leaves
        # Then the simulator is back
        assert wait_until_served(simulator.base_url) == 200
