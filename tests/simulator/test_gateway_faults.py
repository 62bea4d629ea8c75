"""What goes wrong with the depth gateway on demand, over a real socket."""

from __future__ import annotations

import socket

import pytest
from support.gateway_client import (
    GatewayClient,
    client_of,
    connected,
    count,
    dbn,
    gateway_by_hand,
    named,
    says,
    words,
)
from support.simulator_helpers import at
from support.stream_helpers import wait_until

from trading_bot.simulator.faults.fault_kinds import GATEWAY_FAULTS
from trading_bot.simulator.faults.faults import Fault, FaultBoard, parse_fault
from trading_bot.simulator.gateway.gw_faults import TURNS
from trading_bot.simulator.gateway.gw_subscriber import GARBAGE
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.running import RunningSimulator

BOOK = "MBP10Msg"


def ready(client: GatewayClient) -> None:
    """Wait until the session has started, so that what is moved then is sent."""
    client.until(count(1, "SymbolMappingMsg"))


def test_a_session_is_closed_gracefully_after_so_many_records() -> None:
    # Given a gateway that closes a session after three records
    fault = Fault("gw_close", records=3, count=1)
    with gateway_by_hand(faults=[fault]) as (simulator, clock):
        # When two clients come one after the other
        with client_of(simulator, "mbp-10") as client:
            ready(client)
            clock.move(10)
            records = client.rest()
        with client_of(simulator, "mbp-10") as client:
            ready(client)
            clock.move(10)
            client.until(count(4, BOOK))
    # Then the first has three and the end, and the other goes on
    assert len(named(records, BOOK)) == 3
    assert simulator.gateway.log.of("closed")[0].detail == "gw_close"


def test_a_session_is_closed_after_so_many_seconds() -> None:
    # Given a gateway that closes a session two seconds old
    with (
        gateway_by_hand(faults=[Fault("gw_close", seconds=2)]) as (simulator, clock),
        client_of(simulator, "status") as client,
    ):
        ready(client)
        # When its age is below that, and then at it
        clock.move(1.9)
        client.subscribe("trades", "ACME", id=1)
        client.until(says("Subscription request 1"))
        clock.move(0.1)
        client.rest()
    # Then the connection has ended then
    assert [note.market_ns for note in simulator.gateway.log.of("closed")] == [at(2)]


def test_a_session_is_reset() -> None:
    # Given a gateway that resets one session at its start
    with (
        gateway_by_hand(faults=[Fault("gw_reset", count=1)]) as (simulator, _),
        connected(simulator) as client,
    ):
        client.log_in()
        # When a client starts
        client.start()
        # Then its connection is reset, not closed
        with pytest.raises(ConnectionResetError):
            client.rest()


def test_two_sessions_are_reset_and_the_third_is_served() -> None:
    # Given a gateway that resets twice
    with gateway_by_hand(faults=[Fault("gw_reset", count=2)]) as (simulator, _):
        ends = []
        # When three clients come
        for _each in range(3):
            with client_of(simulator, "mbp-10") as client:
                try:
                    ready(client)
                except ConnectionResetError:
                    ends.append("reset")
                else:
                    ends.append("served")
    # Then the third is let alone
    assert ends == ["reset", "reset", "served"]


def test_a_connection_is_reset_before_the_first_word() -> None:
    # Given a gateway that hangs up once
    with gateway_by_hand(faults=[Fault("gw_hang_up", count=1)]) as (simulator, _):
        # When two clients come, the first of which may be cut off as it connects
        with pytest.raises(ConnectionResetError), connected(simulator) as client:
            client.line()
        with connected(simulator) as client:
            answer = client.log_in()
    # Then the second is let in
    assert answer["success"] == "1"


def test_a_gateway_that_goes_away_refuses_connections_until_it_is_back() -> None:
    # Given a session
    with gateway_by_hand() as (simulator, _), client_of(simulator, "trades") as client:
        ready(client)
        port = simulator.gateway.port
        # When the server goes away
        simulator.faults.add(Fault("going_away"))
        with pytest.raises(ConnectionResetError):
            client.rest()
        # Then nobody gets in
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        # And once it is back it listens at the same port
        simulator.faults.clear()
        wait_until(lambda: _answers(port))


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as found:
            return bool(found.recv(10))
    except ConnectionRefusedError:
        return False


@pytest.mark.parametrize("code", [1, 2, 3, 5, 6, 8])
def test_a_fatal_error_ends_the_session(code: int) -> None:
    # Given a gateway that sends an error after one record
    with (
        gateway_by_hand(faults=[Fault("gw_error", records=1, code=code)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        records = client.rest()
    # Then the error is the last word
    assert int(records[-1].code) == code
    assert len(named(records, BOOK)) == 1


@pytest.mark.parametrize("code", [4, 7])
def test_an_error_that_is_not_fatal_leaves_the_session(code: int) -> None:
    # Given a gateway that sends such an error after one record
    with (
        gateway_by_hand(faults=[Fault("gw_error", records=1, code=code)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        records = client.until(count(5, BOOK))
    # Then it is told once, and records go on
    (error,) = named(records, "ErrorMsg")
    assert int(error.code) == code


def test_an_error_without_a_code_is_an_internal_one() -> None:
    # Given a gateway that fails at the start
    with (
        gateway_by_hand(faults=[Fault("gw_error")]) as (simulator, _),
        client_of(simulator, "mbp-10") as client,
    ):
        # When a client starts
        records = client.rest()
    # Then it is told, behind the beginning of all records
    assert [type(each).__name__ for each in records] == ["Metadata", "ErrorMsg"]
    assert int(records[1].code) == 6


def test_bytes_that_are_no_record_come_after_so_many() -> None:
    # Given a gateway that sends garbage after three records
    with (
        gateway_by_hand(faults=[Fault("gw_garbage", records=3)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        # Then the decoder refuses it
        with pytest.raises(dbn.DBNError):
            client.until(count(4, BOOK))
    assert GARBAGE[0] == 0


def test_half_a_record_is_sent_before_the_end() -> None:
    # Given a gateway that ends within a record
    with (
        gateway_by_hand(faults=[Fault("gw_half_record", records=1)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        records = client.rest()
        left = client.undecoded()
    # Then bytes are left that make no record
    assert len(named(records, BOOK)) == 1
    assert 0 < len(left) < 320


@pytest.mark.parametrize(("records", "found"), [(None, 0), (1, 1)])
def test_a_session_falls_silent_from_the_start_or_after_a_record(
    records: int | None, found: int
) -> None:
    # Given a gateway that falls silent
    with (
        gateway_by_hand(faults=[Fault("gw_mute", records=records)]) as (simulator, clock),
        client_of(simulator, "mbp-10", heartbeat_interval_s=5) as client,
    ):
        wait_until(lambda: simulator.gateway.log.of("started"))
        if found:
            ready(client)
        # When time enough for records and heartbeats passes, and the server ends
        clock.move(60)
        if found:
            client.until(count(found, BOOK))
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.until(count(found + 1, BOOK))
        heard = client.until(lambda _: True)
    # Then there was that much, and no heartbeat
    assert len(named(heard, BOOK)) == found
    assert "Heartbeat" not in words(heard)
    assert bool(heard) is bool(found)


def test_a_client_may_be_left_without_a_greeting() -> None:
    # Given a gateway that takes connections and says nothing
    with (
        gateway_by_hand(faults=[Fault("gw_no_greeting", count=1)]) as (simulator, _),
        connected(simulator) as client,
    ):
        client.say(hello="you")
        client.socket.settimeout(0.3)
        # When a client waits for a word
        # Then there is none, and no end either
        with pytest.raises(TimeoutError):
            client.line()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("auth_failed", "Authentication failed."),
        ("gw_no_license", "A live data license is required to access XNAS.ITCH."),
    ],
)
def test_a_right_key_is_refused(kind: str, text: str) -> None:
    # Given a gateway that refuses once
    with gateway_by_hand(faults=[Fault(kind, count=1)]) as (simulator, _):
        answers = []
        # When two clients come
        for _each in range(2):
            with connected(simulator) as client:
                answers.append(client.log_in())
    # Then the first is told why, and the other let in
    assert answers[0] == {"success": "0", "error": text}
    assert answers[1]["success"] == "1"


def test_symbols_get_other_numbers_within_a_session() -> None:
    # Given a gateway that changes the numbers after three records
    with (
        gateway_by_hand(faults=[Fault("gw_remap", records=3)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        records = client.until(count(5, BOOK))
    # Then it is told before the first record with the new one
    first, second = named(records, "SymbolMappingMsg")
    numbers = [each.instrument_id for each in named(records, BOOK)]
    assert first.instrument_id != second.instrument_id
    assert numbers[:5] == [first.instrument_id] * 3 + [second.instrument_id] * 2
    place = records.index(second)
    assert len(named(records[:place], BOOK)) == 3


def test_other_symbols_keep_their_numbers() -> None:
    # Given a gateway that changes the number of a symbol that nobody has
    with (
        gateway_by_hand(faults=[Fault("gw_remap", symbols=("DOVE",))]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        records = client.until(count(5, BOOK))
    # Then nothing changes
    assert len(named(records, "SymbolMappingMsg")) == 1


def test_skipped_records_are_told_once_they_come_again() -> None:
    # Given a gateway that skips five records
    with (
        gateway_by_hand(faults=[Fault("gw_skip", count=5)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        records = client.until(says("Skipped"))
    # Then the client is told by an error that ends nothing
    (error,) = named(records, "ErrorMsg")
    assert (int(error.code), error.err) == (7, "Skipped records after slow reading")


def test_books_are_marked_as_perhaps_wrong() -> None:
    # Given a gateway that doubts two records
    with (
        gateway_by_hand(faults=[Fault("gw_bad_book", count=2)]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When time passes
        clock.move(10)
        found = named(client.until(count(4, BOOK)), BOOK)
    # Then the first two say so
    marks = [bool(each.flags & dbn.F_MAYBE_BAD_BOOK) for each in found[:4]]
    assert marks == [True, True, False, False]


def add_burst(simulator: RunningSimulator) -> None:
    """Let every symbol have 20,000 trades in the next second."""
    simulator.faults.add(Fault("ws_burst", trades=20_000))
    wait_until(lambda: simulator.faults.armed()[-1].left == 0)


def slow_terms(**terms: int) -> GatewayTerms:
    return GatewayTerms(**({"slow_bytes": 100_000} | terms))  # type: ignore[arg-type]


@pytest.mark.slow
def test_old_books_are_skipped_for_a_slow_reader_and_that_is_told() -> None:
    # Given a client of ten levels of everything that does not read for a while
    with gateway_by_hand(slow_terms()) as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.subscribe("mbp-10", "ALL_SYMBOLS")
        client.start()
        client.until(count(6, "SymbolMappingMsg"))
        add_burst(simulator)
        clock.move(3)
        # When it reads again
        records = client.until(says("Skipped"))
    # Then some are missing, and it is told
    assert len(named(records, BOOK)) < 120_000
    assert int(named(records, "ErrorMsg")[0].code) == 7


@pytest.mark.slow
def test_a_slow_reader_of_trades_is_warned_and_gets_all() -> None:
    # Given a client of trades that does not read for a while
    with gateway_by_hand(slow_terms()) as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.subscribe("trades", "ALL_SYMBOLS", id=1)
        client.start()
        client.until(count(6, "SymbolMappingMsg"))
        add_burst(simulator)
        clock.move(3)
        # When it reads again
        records = client.until(count(120_000, "TradeMsg"))
    # Then it was warned, and nothing is missing
    assert "Warning: slow reading, not keeping pace with trades data" in words(records)
    assert named(records, "ErrorMsg") == []


def test_a_reader_that_is_much_too_slow_is_reset() -> None:
    # Given a client of everything that does not read at all
    terms = slow_terms(unsent_bytes=1_000_000)
    with gateway_by_hand(terms) as (simulator, clock), connected(simulator) as client:
        client.log_in(slow_reader_behavior="warn")
        client.subscribe("mbp-10", "ALL_SYMBOLS")
        client.start()
        client.until(count(6, "SymbolMappingMsg"))
        # When a burst of trades comes
        add_burst(simulator)
        clock.move(3)
        wait_until(lambda: simulator.gateway.log.of("closed"))
    # Then its session ends
    assert [note.detail for note in simulator.gateway.log.of("closed")] == ["too slow"]


@pytest.mark.slow
def test_a_replay_waits_for_a_reader_that_takes_its_time() -> None:
    # Given a client that wants the whole day, and does not read for a while
    with gateway_by_hand(slow_terms()) as (simulator, _), connected(simulator) as client:
        client.log_in()
        client.subscribe("mbp-10", "ACME", start=0)
        client.start()
        client.until(count(1, "SymbolMappingMsg"))
        wait_until(lambda: simulator.gateway.unsent() > 1_000_000)
        # When it reads on
        records = client.until(says("Finished mbp-10 replay"))
    # Then nothing was skipped, whatever makes a reader of the present slow
    assert named(records, "ErrorMsg") == []
    assert len(named(records, BOOK)) > 20_000


def test_a_fault_of_the_gateway_is_read_from_a_command_line() -> None:
    # Given a fault as it is written
    # When it is read
    # Then it is there
    assert parse_fault("gw_error,code=7,records=3,count=1") == Fault(
        "gw_error", code=7, records=3, count=1
    )


@pytest.mark.parametrize("code", [0, 9, 1_006])
def test_an_error_code_that_there_is_not_is_refused(code: int) -> None:
    # Given a code outside of one to eight
    # When a fault is made of it
    # Then it is refused
    with pytest.raises(ValueError, match="must be from 1 to 8"):
        Fault("gw_error", code=code)


def test_a_negative_number_of_records_is_refused() -> None:
    # Given a number below nothing
    # When a fault is made of it
    # Then it is refused
    with pytest.raises(ValueError, match="records=-1 must be 0 or more"):
        Fault("gw_mute", records=-1)


def test_requests_are_not_hit_by_faults_of_the_gateway() -> None:
    # Given every fault of the gateway
    board = FaultBoard(lambda: at(0), [Fault(kind) for kind in GATEWAY_FAULTS])
    # When a request over HTTP comes
    # Then none is its own
    assert board.take("trades", ("ACME",), at(0)) == []
    assert set(TURNS) < set(GATEWAY_FAULTS)


@pytest.mark.parametrize(("channel", "lost"), [("T", "T"), ("Q", "A")])
def test_records_of_a_channel_are_lost_and_nobody_is_told(channel: str, lost: str) -> None:
    # Given a gateway that loses prints, or books
    # When time passes
    fault = Fault("gw_lose", symbols=("ACME",), channel=channel)
    with (
        gateway_by_hand(faults=[fault]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        clock.move(10)
        records = named(client.until(count(3, BOOK)), BOOK)
    # Then the others come, and those do not
    actions = {str(each.action) for each in records}
    assert records
    assert lost not in actions


def test_what_is_replayed_is_not_lost() -> None:
    # Given a gateway that loses everything that happens now
    with (
        gateway_by_hand(faults=[Fault("gw_lose")]) as (simulator, clock),
        connected(simulator) as client,
    ):
        clock.move(10)
        client.log_in()
        # When a client asks for the past
        client.subscribe("trades", "ACME", start=at(0))
        client.start()
        records = client.until(says("Finished trades replay"))
    # Then it has it
    assert named(records, "TradeMsg")


def test_books_freeze_and_thaw() -> None:
    # Given a gateway that freezes books for five seconds
    # When time passes
    with (
        gateway_by_hand() as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        number = simulator.faults.add(Fault("gw_freeze"))
        clock.move(8)
        frozen = len(named(client.until(count(9, BOOK)), BOOK))
        simulator.faults.remove(number)
        clock.move(8)
        rows = named(client.until(count(frozen + 9, BOOK)), BOOK)
    # Then every book since is the first one, under fresh stamps, until they move again
    tops = [bytes(each)[48:] for each in rows[:frozen] if str(each.action) != "T"]
    stamps = {each.ts_event for each in rows[:frozen]}
    assert len(set(tops)) == 1
    assert len(stamps) > 1
    assert len({bytes(each)[48:] for each in rows[frozen:]}) > 1


def test_what_happens_is_sent_late() -> None:
    # Given a gateway that is ten seconds late
    with (
        gateway_by_hand(faults=[Fault("gw_delay")]) as (simulator, clock),
        client_of(simulator, "mbp-10") as client,
    ):
        ready(client)
        # When fifteen seconds pass
        clock.move(15)
        client.until(count(3, BOOK))
        client.subscribe("definition", "ACME", id=9)
        records = named(client.until(says("Subscription request 9")), BOOK)
    # Then only the first five of them have come
    assert max(each.ts_event for each in records) <= at(5)


@pytest.mark.parametrize(("code", "said"), [(None, 6), (5, 5)])
def test_the_past_is_refused(code: int | None, said: int) -> None:
    # Given a gateway that refuses to replay
    fault = Fault("gw_no_replay", code=code)
    with gateway_by_hand(faults=[fault]) as (simulator, _), connected(simulator) as client:
        client.log_in()
        # When a client asks for the past
        client.subscribe("trades", "ACME", start=at(-10))
        # Then its session ends with an error
        (error,) = named(client.rest(), "ErrorMsg")
    assert (int(error.code), error.err) == (said, "There is no replay")
