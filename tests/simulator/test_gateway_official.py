"""Databento's own client reads the gateway: what it makes of every case, and the same records."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.gateway_client import GatewayClient, connected, gateway_by_hand, named, words
from support.simulator_helpers import HandClock, at
from support.stream_helpers import wait_until

from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import DEFAULT_KEY

db: Any = pytest.importorskip("databento", reason="Databento's own client is not installed")

NASDAQ = "XNAS.ITCH"
BOOK = "MBP10Msg"
SCHEMAS = ("mbp-10", "mbp-1", "tbbo", "trades")
DATA = (BOOK, "MBP1Msg", "TradeMsg")
SECONDS = 10


class Official:
    """The client, and what its callback has had."""

    def __init__(self, simulator: RunningSimulator, **settings: Any) -> None:
        key = settings.pop("key", DEFAULT_KEY)
        self.records: list[Any] = []
        self.reconnects: list[tuple[Any, Any]] = []
        self.client = db.Live(key=key, gateway="127.0.0.1", port=simulator.gateway.port, **settings)
        self.client.add_callback(self.records.append)
        self.client.add_reconnect_callback(lambda *gap: self.reconnects.append(gap))

    def begin(self, *schemas: str, **more: Any) -> Official:
        """Subscribe ACME and start."""
        for schema in schemas or ("mbp-10",):
            self.client.subscribe(NASDAQ, schema, ["ACME"], **more)
        self.client.start()
        return self

    def had(self, *names: str) -> list[Any]:
        return named(list(self.records), *names)

    def ready(self, mappings: int = 1) -> None:
        """Wait until so many symbols have been named."""
        wait_until(lambda: len(self.had("SymbolMappingMsg")) >= mappings)

    def end(self) -> str | None:
        """Return what waiting for the end gives."""
        try:
            self.client.block_for_close(timeout=5)
        except db.BentoError as error:
            return str(error)
        return None


@contextmanager
def official(
    faults: tuple[Fault, ...] = (), terms: GatewayTerms | None = None, **settings: Any
) -> Iterator[tuple[Official, RunningSimulator, HandClock]]:
    """Run a gateway whose clock is moved by hand, with the client beside it."""
    with gateway_by_hand(terms, faults=list(faults)) as (simulator, clock):
        one = Official(simulator, **settings)
        try:
            yield one, simulator, clock
        finally:
            one.client.terminate()


@contextmanager
def plain(simulator: RunningSimulator, **more: Any) -> Iterator[GatewayClient]:
    """Let the plain client begin the same."""
    with connected(simulator) as client:
        client.log_in(**more)
        for schema in SCHEMAS:
            client.subscribe(schema, "ACME", start=at(-60))
        client.start()
        yield client


@pytest.mark.parametrize("packing", ["none", "zstd"])
@pytest.mark.parametrize("with_sent_stamp", [False, True])
def test_it_has_the_same_records_to_the_byte(packing: str, with_sent_stamp: bool) -> None:
    # Given the official client and a plain one, both of four schemas with a replay of a minute
    settings = {"compression": db.Compression(packing), "ts_out": with_sent_stamp}
    more = {"compression": packing, "ts_out": int(with_sent_stamp)}
    with (
        official(**settings) as (theirs, simulator, clock),
        plain(simulator, **more) as ours,
    ):
        theirs.begin(*SCHEMAS, start=at(-60))
        wait_until(lambda: _replays(theirs.records) == len(SCHEMAS))
        ours.until(lambda records: _replays(records) == len(SCHEMAS))
        # When ten more seconds pass
        clock.move(SECONDS)
        wait_until(lambda: _newest(theirs.records) > at(SECONDS - 1))
        wanted = ours.until(lambda records: _newest(records) > at(SECONDS - 1))
        wait_until(lambda: len(theirs.had(*DATA)) >= len(named(wanted, *DATA)))
        found = theirs.had(*DATA)
    # Then all records are the same, and there are many of each kind
    expected = named(wanted, *DATA)
    assert [bytes(each) for each in found[: len(expected)]] == [bytes(each) for each in expected]
    assert {type(each).__name__ for each in found} == set(DATA)
    assert len(found) > 1_000


def _replays(records: list[Any]) -> int:
    return sum(text.startswith("Finished") for text in words(list(records)))


def _newest(records: list[Any]) -> int:
    found = named(list(records), BOOK)
    return found[-1].ts_event if found else 0


def test_a_wrong_key_is_refused_when_it_subscribes() -> None:
    # Given the client with another key
    with (
        official(key="another key") as (theirs, _, _clock),
        # Then it says so
        pytest.raises(db.BentoError, match=r"^Authentication failed\.$"),
    ):
        # When it subscribes, which is when it logs in
        theirs.client.subscribe(NASDAQ, "mbp-10", ["ACME"])


def test_a_dataset_that_is_gone_is_refused_when_it_subscribes() -> None:
    # Given the client of a dataset that is not offered any more
    with (
        official() as (theirs, _, _clock),
        # Then it says so
        pytest.raises(db.BentoError, match=r"^Unknown dataset 'DBEQ\.BASIC'$"),
    ):
        # When it subscribes
        theirs.client.subscribe("DBEQ.BASIC", "mbp-1", ["ACME"])


def test_a_graceful_end_is_no_error_and_it_does_not_come_back() -> None:
    # Given a gateway that closes gracefully, and a client that should reconnect
    fault = Fault("gw_close", records=3)
    with official((fault,), reconnect_policy="reconnect") as (theirs, simulator, clock):
        theirs.begin().ready()
        # When it happens
        clock.move(SECONDS)
        end = theirs.end()
        connections = simulator.gateway.log.of("connected")
    # Then its three records are all there is
    assert (end, len(connections), len(theirs.had(BOOK))) == (None, 1, 3)


def test_after_two_resets_it_has_come_back_twice_without_the_gap() -> None:
    # Given a gateway that resets two sessions that have had a replay, and let them be afterwards
    fault = Fault("gw_reset", records=3, count=2)
    with official((fault,), reconnect_policy="reconnect") as (theirs, simulator, clock):
        theirs.begin(start=at(-60))
        # When both are reset, as time passes
        wait_until(lambda: len(simulator.gateway.log.of("started")) == 2)
        clock.move(SECONDS)
        wait_until(lambda: len(simulator.gateway.log.of("started")) == 3)
        wait_until(lambda: len(theirs.reconnects) == 2)
        asked = [note.detail for note in simulator.gateway.log.of("subscribed")]
    # Then it has come back, and asked for no replay
    assert asked == [f"mbp-10 ACME {at(-60)}", "mbp-10 ACME None", "mbp-10 ACME None"]


def test_refused_once_it_gives_up() -> None:
    # Given a client that should reconnect
    with official(reconnect_policy="reconnect") as (theirs, simulator, _):
        theirs.begin().ready()
        # When the gateway goes away, so that the first attempt is refused
        simulator.faults.add(Fault("going_away"))
        end = theirs.end()
    # Then it says so and does not try again
    assert end is not None
    assert "failed" in end


def test_an_error_before_the_end_is_what_it_raises() -> None:
    # Given a gateway that ends with an error
    with official((Fault("gw_error", records=1, code=6),)) as (theirs, _, clock):
        theirs.begin().ready()
        # When it happens
        clock.move(SECONDS)
        end = theirs.end()
    # Then its text is the error
    assert end == "Simulated error 6"


def test_an_unknown_symbol_becomes_the_error_of_a_later_graceful_end() -> None:
    # Given a client of an unknown symbol, and a gateway that closes gracefully
    with official((Fault("gw_close", seconds=1),)) as (theirs, _, clock):
        theirs.client.subscribe(NASDAQ, "mbp-10", ["ACME", "NOPE"])
        theirs.client.start()
        theirs.ready()
        # When that happens
        clock.move(SECONDS)
        end = theirs.end()
    # Then the old error is raised
    assert end == "Failed to resolve symbol 'NOPE'"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_undecodable_bytes_end_it_without_an_error() -> None:
    # Given a gateway that sends bytes that are no record
    fault = Fault("gw_garbage", records=3)
    with official((fault,), reconnect_policy="reconnect") as (theirs, simulator, clock):
        theirs.begin().ready()
        # When it happens
        clock.move(SECONDS)
        end = theirs.end()
        connections = simulator.gateway.log.of("connected")
    # Then it has ended in silence, and the records that came with them are lost
    assert (end, len(connections)) == (None, 1)
    assert len(theirs.had(BOOK)) <= 3


@pytest.mark.slow
def test_silence_after_a_record_is_noticed() -> None:
    # Given a gateway that falls silent after one record
    fault = Fault("gw_mute", records=1)
    with official((fault,), heartbeat_interval_s=5) as (theirs, _, clock):
        theirs.begin().ready()
        clock.move(SECONDS)
        # When its patience of interval and ten seconds is over
        try:
            theirs.client.block_for_close(timeout=20)
            end = None
        except db.BentoError as error:
            end = str(error)
    # Then it says so
    assert end is not None
    assert end.startswith("Gateway timeout")


def test_silence_from_the_start_is_not_noticed() -> None:
    # Given a gateway that falls silent at once
    with official((Fault("gw_mute"),), heartbeat_interval_s=5) as (theirs, simulator, clock):
        theirs.begin()
        wait_until(lambda: simulator.gateway.log.of("started"))
        # When time passes
        clock.move(60)
        # Then it has had nothing, and its own clock has not begun
        assert theirs.records == []
        assert theirs.client._session._protocol._last_msg_loop_time == float("inf")


def test_a_callback_that_raises_ends_nothing() -> None:
    # Given a client one of whose callbacks always raises
    def fails(_: Any) -> None:
        raise RuntimeError("not today")

    with official() as (theirs, _, clock):
        theirs.client.add_callback(fails)
        theirs.begin().ready()
        # When records come
        clock.move(SECONDS)
        # Then the other callback has them
        wait_until(lambda: len(theirs.had(BOOK)) > 10)


@pytest.mark.slow
def test_a_slow_callback_holds_the_gateway_up_and_costs_records() -> None:
    # Given a client whose callback waits, at a gateway with little patience
    goes_on = threading.Event()
    with official(terms=GatewayTerms(slow_bytes=100_000)) as (theirs, simulator, clock):
        theirs.begin().ready()
        theirs.client.add_callback(lambda _: goes_on.wait(10))
        simulator.faults.add(Fault("ws_burst", trades=60_000, symbols=("ACME",)))
        wait_until(lambda: simulator.faults.armed()[-1].left == 0)
        clock.move(3)
        # When nothing is read for as long as the burst takes, and then all
        wait_until(lambda: simulator.gateway.unsent() > 100_000)
        goes_on.set()
        # Then it is told that records are missing
        wait_until(lambda: "Skipped records after slow reading" in words(list(theirs.records)))
        theirs.client.stop()
        assert theirs.end() == "Skipped records after slow reading"


def test_heartbeats_are_understood() -> None:
    # Given a client of a schema that is silent
    with official(heartbeat_interval_s=5) as (theirs, _, clock):
        theirs.begin("status").ready()
        # When the interval is over
        clock.move(5)
        # Then it has a heartbeat
        wait_until(lambda: any(each.is_heartbeat() for each in theirs.had("SystemMsg")))


def test_it_maps_numbers_to_symbols() -> None:
    # Given a client of two symbols
    with official() as (theirs, _, _clock):
        theirs.client.subscribe(NASDAQ, "trades", ["ACME", "FERN.B"])
        # When it starts
        theirs.client.start()
        theirs.ready(2)
        # Then it knows their names
        assert sorted(theirs.client.symbology_map.values()) == ["ACME", "FERN.B"]
