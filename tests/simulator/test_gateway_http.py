"""Datasets and symbols over HTTP, as a client of the gateway asks for them."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from support.gateway_client import gateway_by_hand
from support.simulator_helpers import Reply, fetch

from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_terms import DATASETS, instruments_of
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import DEFAULT_KEY

NUMBERS = instruments_of(DATASETS["XNAS.ITCH"], SimulatedMarket().symbols)
RESOLVE = "symbology.resolve"
ASKED = {
    "dataset": "XNAS.ITCH",
    "symbols": "ACME,NOPE",
    "stype_in": "raw_symbol",
    "stype_out": "instrument_id",
    "start_date": "2026-03-10",
}


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with gateway_by_hand() as (running, _):
        yield running


def ask(
    simulator: RunningSimulator,
    name: str,
    form: dict[str, str] | None = None,
    *,
    key: str | None = DEFAULT_KEY,
    timeout: float = 5.0,
    **query: str,
) -> Reply:
    """Ask as the historical API wants it; an error is a reply like any other."""
    address = f"{simulator.base_url}/v0/{name}?{urllib.parse.urlencode(query)}"
    data = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(address, data=data)  # noqa: S310 - the simulator's
    if key is not None:
        login = base64.b64encode(f"{key}:".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - as above
            return Reply(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, dict(error.headers), error.read())


def test_datasets_publishers_and_schemas_are_listed(simulator: RunningSimulator) -> None:
    # Given a simulator with depth
    # When its datasets and what they have are asked for
    datasets = ask(simulator, "metadata.list_datasets").json
    publishers = ask(simulator, "metadata.list_publishers").json
    schemas = {
        name: ask(simulator, "metadata.list_schemas", dataset=name).json for name in datasets
    }
    # Then one has depth, and the other has none
    assert datasets == ["EQUS.MINI", "XNAS.ITCH"]
    assert [(each["publisher_id"], each["venue"]) for each in publishers] == [
        (95, "EQUS"),
        (2, "XNAS"),
    ]
    assert "mbp-10" in schemas["XNAS.ITCH"]
    assert "mbp-10" not in schemas["EQUS.MINI"]


def test_the_past_ends_a_day_ago(simulator: RunningSimulator) -> None:
    # Given a simulator at its start
    # When the range of a dataset is asked for
    found = ask(simulator, "metadata.get_dataset_range", dataset="XNAS.ITCH").json
    # Then nothing of the last 24 hours is in it, for any schema
    assert found["end"] == "2026-03-09T14:00:00.000000000Z"
    assert found["schema"]["mbp-10"] == {"start": found["start"], "end": found["end"]}


def test_symbols_are_resolved_and_unknown_ones_named(simulator: RunningSimulator) -> None:
    # Given a symbol that is listed, and one that is not
    # When their numbers are asked for
    found = ask(simulator, RESOLVE, ASKED).json
    # Then one has its number for the day, and the other is not found
    span = {"d0": "2026-03-10", "d1": "2026-03-11"}
    assert found["result"] == {"ACME": [{**span, "s": str(NUMBERS["ACME"])}], "NOPE": []}
    assert (found["not_found"], found["status"]) == (["NOPE"], 2)
    # And the simulator has noted it, without the key
    (request,) = simulator.requests.of("symbology")
    assert (request.symbols, request.authorized) == (("ACME", "NOPE"), True)


def test_numbers_are_resolved_to_symbols(simulator: RunningSimulator) -> None:
    # Given the number of a symbol
    asked = ASKED | {
        "symbols": str(NUMBERS["DOVE"]),
        "stype_in": "instrument_id",
        "stype_out": "raw_symbol",
        "end_date": "2026-03-12",
    }
    # When its symbol is asked for
    found = ask(simulator, RESOLVE, asked).json
    # Then it is there for the days asked for
    span = {"d0": "2026-03-10", "d1": "2026-03-12"}
    assert found["result"] == {str(NUMBERS["DOVE"]): [{**span, "s": "DOVE"}]}
    assert (found["message"], found["status"]) == ("OK", 0)


def test_all_symbols_are_resolved_at_once(simulator: RunningSimulator) -> None:
    # Given a client that wants all of them
    # When it asks
    found = ask(simulator, RESOLVE, ASKED | {"symbols": "ALL_SYMBOLS"}).json
    # Then each is there
    assert found["symbols"] == list(NUMBERS)


@pytest.mark.parametrize(
    ("asked", "case"),
    [
        ({"dataset": "DBEQ.BASIC"}, "data_dataset_not_found"),
        ({"dataset": ""}, "data_dataset_not_found"),
        ({"stype_in": "parent"}, "symbology_invalid_request"),
        ({"start_date": "soon"}, "symbology_invalid_request"),
        ({"end_date": "2026-03-10"}, "symbology_invalid_request"),
        ({"symbols": ",".join(["A"] * 2_001)}, "symbology_invalid_request"),
    ],
)
def test_what_cannot_be_resolved_is_refused(
    simulator: RunningSimulator, asked: dict[str, str], case: str
) -> None:
    # Given a request with one field that cannot be
    # When it is asked
    answer = ask(simulator, RESOLVE, ASKED | asked)
    # Then it is refused
    assert (answer.status, answer.json["detail"]["case"]) == (422, case)


def test_a_request_without_a_start_is_refused(simulator: RunningSimulator) -> None:
    # Given a request without its day
    asked = {name: text for name, text in ASKED.items() if name != "start_date"}
    # When it is asked
    # Then it is refused
    assert ask(simulator, RESOLVE, asked).status == 422


@pytest.mark.parametrize("key", ["another key", None])
def test_only_a_right_key_is_let_in(simulator: RunningSimulator, key: str | None) -> None:
    # Given a client with another key, or none
    # When it asks
    answer = ask(simulator, "metadata.list_datasets", key=key)
    # Then it is told so
    assert (answer.status, answer.json["detail"]["message"]) == (401, "Authentication failed.")
    assert simulator.requests.of("datasets")[0].authorized is False


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("rate_limited", 429),
        ("server_error", 500),
        ("unavailable", 503),
        ("bad_gateway_html", 502),
        ("empty_body", 200),
        ("unknown_key", 401),
        ("not_authorized", 403),
        ("not_found", 404),
    ],
)
def test_faults_answer_in_the_place_of_data(
    simulator: RunningSimulator, kind: str, status: int
) -> None:
    # Given a fault of one request for datasets
    simulator.faults.add(Fault(kind, paths=("datasets",), count=1, retry_after=2))
    # When two are made
    first, second = (ask(simulator, "metadata.list_datasets") for _ in range(2))
    # Then the first is hit, in this API's shape where it has one
    assert (first.status, second.status) == (status, 200)
    has_shape = first.data.startswith(b'{"detail"')
    assert has_shape is (kind not in ("bad_gateway_html", "empty_body"))


def test_a_retry_after_is_stated(simulator: RunningSimulator) -> None:
    # Given a limit that says how long
    simulator.faults.add(Fault("rate_limited", retry_after=2))
    # When a request meets it
    # Then it is told
    assert ask(simulator, "metadata.list_datasets").headers["Retry-After"] == "2"


def test_a_request_may_hang_until_the_server_stops() -> None:
    # Given a fault that never answers
    with gateway_by_hand(faults=[Fault("hang", paths=("symbology",))]) as (simulator, _):
        with pytest.raises(TimeoutError):
            # When a client waits
            ask(simulator, RESOLVE, ASKED, timeout=0.3)
        # Then it waits in vain, and other paths are served
        assert ask(simulator, "metadata.list_datasets").status == 200


def test_faults_of_rows_are_not_for_datasets(simulator: RunningSimulator) -> None:
    # Given a fault of the other provider's rows
    simulator.faults.add(Fault("empty_results"))
    # When datasets are asked for
    # Then they are there
    assert ask(simulator, "metadata.list_datasets").json == list(DATASETS)


def test_a_connection_may_be_dropped(simulator: RunningSimulator) -> None:
    # Given such a fault
    simulator.faults.add(Fault("drop_connection", paths=("symbology",)))
    # When a request meets it
    # Then there is no answer
    with pytest.raises(ConnectionError):
        ask(simulator, RESOLVE, ASKED)


def test_a_slow_answer_comes_in_the_end(simulator: RunningSimulator) -> None:
    # Given an answer that takes its time
    simulator.faults.add(Fault("slow", seconds=0.05, paths=("datasets",)))
    # When it is waited for
    # Then it comes
    assert ask(simulator, "metadata.list_datasets").status == 200


def test_the_other_provider_is_served_beside_it(simulator: RunningSimulator) -> None:
    # Given a simulator with depth
    # When a path of the other provider is asked for
    answer = fetch(simulator.base_url, "/v1/marketstatus/now")
    # Then it is there as ever
    assert (answer.status, answer.json["market"]) == (200, "open")


def test_the_official_client_reads_it(simulator: RunningSimulator) -> None:
    # Given the official client, which knows only its own scheme
    databento: Any = pytest.importorskip(
        "databento", reason="Databento's own client is not installed"
    )
    client = databento.Historical(key=DEFAULT_KEY, gateway=simulator.base_url)
    for part in ("metadata", "symbology"):
        getattr(client, part)._base_url = f"{simulator.base_url}/v0/{part}"
    # When it asks for everything
    datasets = client.metadata.list_datasets()
    schemas = client.metadata.list_schemas("XNAS.ITCH")
    resolved = client.symbology.resolve(
        "XNAS.ITCH", ["ACME"], "raw_symbol", "instrument_id", "2026-03-10"
    )
    with pytest.raises(databento.BentoClientError) as refused:
        client.metadata.list_schemas("DBEQ.BASIC")
    # Then it understands what it is told
    assert datasets == list(DATASETS)
    assert schemas == list(DATASETS["XNAS.ITCH"].schemas)
    assert resolved["result"]["ACME"][0]["s"] == str(NUMBERS["ACME"])
    assert json.loads(refused.value.http_body)["detail"]["case"] == "data_dataset_not_found"
