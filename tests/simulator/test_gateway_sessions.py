"""The healthy depth gateway over a real socket, read by a plain client."""

from __future__ import annotations

from typing import Any

import pytest
from support.gateway_client import (
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

from trading_bot.simulator.gateway.gw_lines import MOST_BYTES_A_LINE
from trading_bot.simulator.gateway.gw_records import FATAL_ERRORS, day_start_ns
from trading_bot.simulator.gateway.gw_terms import (
    DATASETS,
    REPLAY_NS,
    GatewayTerms,
    instruments_of,
)
from trading_bot.simulator.market.depth import DepthRow, depth_rows
from trading_bot.simulator.market.market import SimulatedMarket

SYMBOLS = SimulatedMarket().symbols
NUMBERS = instruments_of(DATASETS["XNAS.ITCH"], SYMBOLS)
DATA = ("MBP10Msg", "MBP1Msg", "TradeMsg")


def rows_of(symbol: str, from_seconds: float, until_seconds: float) -> list[DepthRow]:
    one = SimulatedMarket().symbol(symbol, at(until_seconds))
    assert one is not None
    return depth_rows(one, at(from_seconds), at(until_seconds))


def fields_of(record: Any) -> tuple[object, ...]:
    """Return a record's fields but those of its levels."""
    return (
        record.instrument_id,
        str(record.action),
        str(record.side),
        record.price,
        record.size,
        bool(record.flags & dbn.F_LAST),
        record.ts_event,
        record.ts_recv,
        record.sequence,
    )


def expected_fields(row: DepthRow, *, in_top: bool = False) -> tuple[object, ...]:
    change = row.change
    return (
        NUMBERS[row.symbol],
        change.action,
        change.side,
        change.price_ticks * 1_000 or dbn.UNDEF_PRICE,
        change.size,
        row.is_last_in_top if in_top else row.is_last,
        row.event_ns,
        row.received_ns,
        row.sequence,
    )


def levels_of(record: Any) -> list[tuple[int, ...]]:
    return [
        (each.bid_px, each.bid_sz, each.bid_ct, each.ask_px, each.ask_sz, each.ask_ct)
        for each in record.levels
    ]


def expected_levels(row: DepthRow) -> list[tuple[int, ...]]:
    return [
        (bid[0] * 1_000, bid[1], bid[2], ask[0] * 1_000, ask[1], ask[2])
        for bid, ask in zip(*row.change.book, strict=True)
    ]


def test_a_client_is_greeted_let_in_and_told_what_it_will_be_sent() -> None:
    # Given a gateway
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        # When a client logs in, subscribes and starts
        address = simulator.gateway.url
        words_of_login = client.log_in()
        client.subscribe("mbp-10", "BOLT", "ACME", id=4)
        client.start()
        records = client.until(count(2, "SymbolMappingMsg"))
    # Then it is let in
    assert address == f"tcp://127.0.0.1:{simulator.gateway.port}"
    assert words_of_login == {"success": "1", "session_id": "1"}
    # And before all records comes what they are records of
    metadata = records[0]
    assert (metadata.dataset, metadata.schema, metadata.stype_in) == ("XNAS.ITCH", None, None)
    assert (metadata.start, metadata.ts_out, metadata.mappings) == (at(0), False, {})
    # And then that it is subscribed, and which number stands for which symbol
    assert words(records) == ["Subscription request 4 for mbp-10 data succeeded"]
    mappings = named(records, "SymbolMappingMsg")
    assert [(each.instrument_id, each.stype_out_symbol) for each in mappings] == [
        (NUMBERS["ACME"], "ACME"),
        (NUMBERS["BOLT"], "BOLT"),
    ]
    assert (mappings[0].stype_in, mappings[0].stype_out) == (255, 255)
    # And the simulator has noted it
    notes = [(note.kind, note.detail) for note in simulator.gateway.log.all()]
    assert notes[:4] == [
        ("connected", ""),
        ("auth_success", "XNAS.ITCH"),
        ("subscribed", "mbp-10 BOLT,ACME None"),
        ("started", ""),
    ]


def test_the_present_is_sent_as_ten_levels_with_every_change() -> None:
    # Given a client of ten levels
    with gateway_by_hand() as (simulator, clock), client_of(simulator, "mbp-10") as client:
        client.until(count(1, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        expected = rows_of("ACME", 0, 10)
        found = named(client.until(count(len(expected), "MBP10Msg")), "MBP10Msg")
    # Then all that happened has come, in order, with the levels after each change
    assert [fields_of(each) for each in found] == [expected_fields(row) for row in expected]
    assert [levels_of(each) for each in found] == [expected_levels(row) for row in expected]
    assert {each.publisher_id for each in found} == {2}
    assert [each.ts_in_delta for each in found] == [
        row.received_ns - row.event_ns for row in expected
    ]


def test_the_best_level_alone_has_what_changes_it() -> None:
    # Given a client of the best level
    with gateway_by_hand() as (simulator, clock), client_of(simulator, "mbp-1") as client:
        client.until(count(1, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        expected = [row for row in rows_of("ACME", 0, 10) if row.in_top]
        found = named(client.until(count(len(expected), "MBP1Msg")), "MBP1Msg")
    # Then it has the trades and whatever changed the best bid or ask
    assert [fields_of(each) for each in found] == [
        expected_fields(row, in_top=True) for row in expected
    ]
    assert [levels_of(each) for each in found] == [expected_levels(row)[:1] for row in expected]


@pytest.mark.parametrize("schema", ["trades", "tbbo"])
def test_trades_come_alone_or_with_the_best_level_before_them(schema: str) -> None:
    # Given a client of trades
    with gateway_by_hand() as (simulator, clock), client_of(simulator, schema) as client:
        client.until(count(1, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        expected = [row for row in rows_of("ACME", 0, 10) if row.change.action == "T"]
        found = named(client.until(count(len(expected), *DATA)), *DATA)
    # Then it has them with their aggressor's side
    assert [fields_of(each) for each in found] == [expected_fields(row) for row in expected]
    assert {str(each.side) for each in found} == {"A", "B"}
    if schema == "tbbo":
        assert [levels_of(each) for each in found] == [expected_levels(row)[:1] for row in expected]


def test_a_replay_begins_at_its_start_and_says_when_it_has_come_to_the_present() -> None:
    # Given a client that wants ten levels of the last minute, and trades of the last half
    with gateway_by_hand() as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.subscribe("mbp-10", "ACME", start=at(-60))
        client.subscribe("trades", "ACME", start=at(-30))
        # When it starts, and five seconds pass after the replay
        client.start()
        replayed = list(client.until(says("Finished trades replay")))
        clock.move(5)
        last = rows_of("ACME", -60, 5)[-1]
        records = client.until(lambda all_: _has(all_, last))
    # Then each schema is told to be finished, once
    assert words(records)[2:] == ["Finished mbp-10 replay", "Finished trades replay"]
    # And the replay had all of the past
    past = [row for row in rows_of("ACME", -61, 0) if row.event_ns >= at(-60)]
    books, trades = named(replayed, "MBP10Msg"), named(replayed, "TradeMsg")
    assert [fields_of(each) for each in books] == [expected_fields(row) for row in past]
    assert [each.sequence for each in trades] == [
        row.sequence for row in past if row.change.action == "T" and row.event_ns >= at(-30)
    ]
    # And what came after it goes on without a gap
    whole = past + rows_of("ACME", 0, 5)
    assert [each.sequence for each in named(records, "MBP10Msg")] == [row.sequence for row in whole]


def _has(records: list[Any], row: DepthRow) -> bool:
    found = named(records, "MBP10Msg")
    return bool(found) and bool(found[-1].sequence == row.sequence)


def test_a_start_of_nothing_replays_all_there_is() -> None:
    # Given a client that wants every trade and definition there is
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in()
        for schema in ("trades", "definition", "status"):
            client.subscribe(schema, "DOVE", start=0)
        # When it starts
        client.start()
        records = client.until(says("Finished status replay"))
    # Then it has them since the first event, and trading was on
    trades = [row for row in rows_of("DOVE", -3_600, 0) if row.change.action == "T"]
    assert [each.sequence for each in named(records, "TradeMsg")] == [
        row.sequence for row in trades
    ]
    (definition,) = named(records, "InstrumentDefMsg")
    assert (definition.raw_symbol, definition.instrument_id) == ("DOVE", NUMBERS["DOVE"])
    assert (definition.ts_event, definition.exchange) == (day_start_ns(), "XNAS")
    (status,) = named(records, "StatusMsg")
    assert (status.ts_event, status.is_trading) == (at(-3_600), True)


def test_definitions_come_with_a_replay_of_the_whole_day_only() -> None:
    # Given a client that wants definitions from now on, and from a minute ago
    with gateway_by_hand() as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.subscribe("definition", "DOVE")
        client.subscribe("definition", "DOVE", start=at(-60))
        client.start()
        # When time passes
        clock.move(10)
        records = client.until(says("Finished definition replay"))
    # Then there are none: they were sent at the beginning of the day
    assert named(records, "InstrumentDefMsg") == []


def test_the_first_book_of_the_day_is_cleared_and_built() -> None:
    # Given a client that wants the whole day
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in()
        client.subscribe("mbp-10", "DOVE", start=0)
        client.start()
        # When the first records come
        found = named(client.until(count(21, "MBP10Msg")), "MBP10Msg")[:21]
    # Then the first has no level at all, and only the last of them completes the book
    assert str(found[0].action) == "R"
    assert {level.bid_px for level in found[0].levels} == {dbn.UNDEF_PRICE}
    assert found[1].levels[0].ask_px == dbn.UNDEF_PRICE
    assert [bool(each.flags & dbn.F_LAST) for each in found] == [False] * 20 + [True]


def test_a_halt_is_a_status_of_its_own() -> None:
    # Given a client of the status
    with gateway_by_hand() as (simulator, clock), client_of(simulator, "status") as client:
        client.until(count(1, "SymbolMappingMsg"))
        one = simulator.market.symbol("ACME", at(0))
        assert one is not None
        one.halt_at(at(3) // 10**9, 4)
        # When trading is halted for four seconds
        clock.move(10)
        found = named(client.until(count(2, "StatusMsg")), "StatusMsg")
    # Then it is told when it stands still, and when it goes on
    assert [(each.ts_event, int(each.action), each.is_trading) for each in found] == [
        (at(3), 8, False),
        (at(7), 7, True),
    ]


def test_a_symbol_may_be_added_once_the_session_has_started() -> None:
    # Given a session that has started without a symbol
    with gateway_by_hand() as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.start()
        client.until(lambda records: records)
        clock.move(5)
        # When it subscribes, and time passes
        client.subscribe("trades", "ACME", id=1)
        client.until(says("Subscription request 1"))
        clock.move(5)
        expected = [row for row in rows_of("ACME", 5, 10) if row.change.action == "T"]
        found = named(client.until(count(len(expected), "TradeMsg")), "TradeMsg")
    # Then it has what happens from then on
    assert [each.sequence for each in found] == [row.sequence for row in expected]


def test_starting_twice_changes_nothing() -> None:
    # Given a session that has started
    with gateway_by_hand() as (simulator, _), client_of(simulator, "trades") as client:
        # When it starts again, and subscribes what comes after that
        client.start()
        client.subscribe("mbp-1", "ACME", id=9)
        records = client.until(says("Subscription request 9"))
    # Then it has one beginning
    assert len(named(records, "Metadata")) == 1


def test_every_symbol_can_be_had_at_once_and_in_several_lines() -> None:
    # Given a client that wants all symbols of one schema, and two of another in two lines
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in()
        client.subscribe("trades", "ALL_SYMBOLS")
        client.subscribe("mbp-1", "ACME", id=2, is_last=0)
        client.subscribe("mbp-1", "FERN.B", id=2)
        # When it starts
        client.start()
        records = client.until(count(8, "SymbolMappingMsg"))
    # Then each has its number
    symbols = [each.stype_in_symbol for each in named(records, "SymbolMappingMsg")]
    assert symbols == [*SYMBOLS, "ACME", "FERN.B"]
    assert words(records) == [
        "Subscription request for trades data succeeded",
        "Subscription request 2 for mbp-1 data succeeded",
    ]


def test_each_schema_has_its_own_symbols() -> None:
    # Given a client of one symbol's books and of another's trades
    with gateway_by_hand() as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.subscribe("mbp-10", "ACME")
        client.subscribe("trades", "BOLT")
        client.start()
        client.until(count(2, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        records = client.until(
            lambda all_: count(10, "MBP10Msg")(all_) and count(2, "TradeMsg")(all_)
        )
    # Then neither has the other's
    assert {each.instrument_id for each in named(records, "MBP10Msg")} == {NUMBERS["ACME"]}
    assert {each.instrument_id for each in named(records, "TradeMsg")} == {NUMBERS["BOLT"]}


def test_an_unknown_symbol_is_told_and_the_session_goes_on() -> None:
    # Given a client that wants a symbol that is not listed beside one that is
    with gateway_by_hand() as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.subscribe("trades", "NOPE", "ACME")
        client.start()
        client.until(count(1, "SymbolMappingMsg"))
        # When time passes
        clock.move(10)
        records = client.until(count(1, "TradeMsg"))
    # Then the error is told, which ends nothing
    (error,) = named(records, "ErrorMsg")
    assert (error.err, int(error.code)) == ("Failed to resolve symbol 'NOPE'", 4)
    assert [each.stype_in_symbol for each in named(records, "SymbolMappingMsg")] == ["ACME"]


@pytest.mark.parametrize(
    ("asked", "code", "text"),
    [
        ({"schema": "mbo"}, 5, "Schema mbo is not available for XNAS.ITCH"),
        ({"stype_in": "parent"}, 5, "'stype_in' cannot be 'parent'"),
        ({"start": at(0) - REPLAY_NS - 1}, 8, "The start lies more than 24 hours back"),
    ],
)
def test_what_cannot_be_subscribed_ends_the_session_with_an_error(
    asked: dict[str, object], code: int, text: str
) -> None:
    # Given a client that has logged in
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in()
        # When it asks for what there is not
        client.say(**({"schema": "trades", "stype_in": "raw_symbol", "symbols": "ACME"} | asked))
        records = client.rest()
    # Then the error is a record, behind the beginning of all records
    assert [type(each).__name__ for each in records] == ["Metadata", "ErrorMsg"]
    assert (records[1].err, int(records[1].code)) == (text, code)
    assert code in FATAL_ERRORS


def test_the_oldest_start_there_may_be_is_taken() -> None:
    # Given a client that wants the last 24 hours
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in()
        client.subscribe("status", "ACME", start=at(0) - REPLAY_NS)
        # When it starts
        client.start()
        records = client.until(says("Finished status replay"))
    # Then it has them
    assert len(named(records, "StatusMsg")) == 1


def test_a_start_is_refused_once_the_session_has_started() -> None:
    # Given a session that has started
    with gateway_by_hand() as (simulator, _), client_of(simulator, "trades") as client:
        client.until(count(1, "SymbolMappingMsg"))
        # When it asks for a replay
        client.subscribe("mbp-1", "ACME", start=at(-5))
        records = client.rest()
    # Then that is an error, which ends it
    (error,) = named(records, "ErrorMsg")
    assert (int(error.code), "start" in error.err) == (5, True)


def test_a_wrong_key_is_refused_and_the_connection_closed() -> None:
    # Given a gateway
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        # When a client comes with another key
        answer = client.log_in("another key")
        rest = client.socket.recv(100)
    # Then it is told so, and nothing of the key is noted
    assert answer == {"success": "0", "error": "Authentication failed."}
    assert rest == b""
    assert [note.detail for note in simulator.gateway.log.of("auth_failed")] == [answer["error"]]


@pytest.mark.parametrize(
    ("dataset", "terms", "text"),
    [
        ("DBEQ.BASIC", GatewayTerms(), "Unknown dataset 'DBEQ.BASIC'"),
        (
            "XNAS.ITCH",
            GatewayTerms(licensed=("EQUS.MINI",)),
            "A live data license is required to access XNAS.ITCH.",
        ),
        (
            "XNAS.ITCH",
            GatewayTerms(sessions=0),
            "The connection limit of 0 in XNAS.ITCH is reached",
        ),
    ],
)
def test_a_dataset_that_may_not_be_had_is_refused(
    dataset: str, terms: GatewayTerms, text: str
) -> None:
    # Given a gateway and its terms
    with gateway_by_hand(terms) as (simulator, _), connected(simulator) as client:
        # When a client asks for a dataset that it may not have
        answer = client.log_in(dataset=dataset)
    # Then it is told why
    assert answer == {"success": "0", "error": text}


def test_a_session_that_is_over_makes_room_for_another() -> None:
    # Given a plan of one session for each dataset
    with gateway_by_hand(GatewayTerms(sessions=1)) as (simulator, _):
        with client_of(simulator, "trades"):
            # When a second session of the same and of another dataset begin beside the first
            with connected(simulator) as second:
                refused = second.log_in()
            with connected(simulator) as other:
                taken = other.log_in(dataset="EQUS.MINI")
        wait_until(lambda: len(simulator.gateway.log.of("closed")) == 3)
        # And one more once the first is over
        with connected(simulator) as third:
            again = third.log_in()
    # Then only the second is refused
    assert [each["success"] for each in (refused, taken, again)] == ["0", "1", "1"]


@pytest.mark.parametrize(
    "text", [b"hello\n", b"dataset=XNAS.ITCH\n", b"x" * (MOST_BYTES_A_LINE + 1)]
)
def test_what_is_no_login_is_refused(text: bytes) -> None:
    # Given a client that has been greeted
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.line()
        client.line()
        # When it sends something else than a login
        client.socket.sendall(text)
        answer = client.line()
    # Then it is refused
    assert answer["success"] == "0"


def test_nothing_is_heard_behind_a_line_that_was_refused() -> None:
    # Given a client that has been greeted
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.line()
        client.line()
        # When it sends two lines at once that are no logins
        client.socket.sendall(b"hello\nhello\n")
        answer = client.line()
        rest = client.socket.recv(100)
    # Then the first is refused, and the other is not answered
    assert (answer["success"], rest) == ("0", b"")
    assert len(simulator.gateway.log.of("auth_failed")) == 1


def test_a_line_may_come_in_pieces_and_two_at_once() -> None:
    # Given a client that has logged in
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in()
        # When half of a line comes, and then the rest with another one
        client.socket.sendall(b"schema=trades|stype_in=raw_sym")
        client.socket.sendall(b"bol|symbols=ACME|id=1\nstart_session=0\n")
        records = client.until(count(1, "SymbolMappingMsg"))
    # Then both are understood
    assert words(records) == ["Subscription request 1 for trades data succeeded"]


def test_silence_is_broken_by_a_heartbeat() -> None:
    # Given a client that wants a heartbeat after five seconds, of a symbol that is silent
    with (
        gateway_by_hand() as (simulator, clock),
        client_of(simulator, "status", heartbeat_interval_s=5) as client,
    ):
        client.until(count(1, "SymbolMappingMsg"))
        # When the time is almost over, and then is
        clock.move(4.9)
        clock.move(0.1)
        first = list(client.until(says("Heartbeat")))
        clock.move(5)
        records = client.until(lambda all_: words(all_).count("Heartbeat") == 2)
    # Then it comes, and again after as long
    beats = [each for each in named(records, "SystemMsg") if each.is_heartbeat()]
    assert [each.ts_event for each in beats] == [at(5), at(10)]
    assert words(first).count("Heartbeat") == 1


def test_a_session_without_a_subscription_has_heartbeats_alone() -> None:
    # Given a session that has started with nothing
    with gateway_by_hand() as (simulator, clock), connected(simulator) as client:
        client.log_in()
        client.start()
        client.until(lambda records: records)
        # When the usual time is over
        clock.move(30)
        records = client.until(says("Heartbeat"))
    # Then it has one
    assert [type(each).__name__ for each in records] == ["Metadata", "SystemMsg"]


def test_each_record_says_when_it_was_sent_if_that_is_wanted() -> None:
    # Given a client that wants it
    with (
        gateway_by_hand() as (simulator, clock),
        client_of(simulator, "mbp-10", "mbp-1", "trades", ts_out=1) as client,
    ):
        client.until(count(3, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        records = client.until(count(1, "TradeMsg"))
    # Then the beginning says so, and each record has it
    assert records[0].ts_out is True
    assert {each.ts_out for each in named(records, *DATA)} == {at(10)}
    assert {each.ts_out for each in named(records, "SymbolMappingMsg")} == {at(0)}


def test_records_may_be_packed() -> None:
    # Given a client that wants Zstandard
    with (
        gateway_by_hand() as (simulator, clock),
        client_of(simulator, "mbp-10", compression="zstd") as client,
    ):
        client.until(count(1, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        expected = rows_of("ACME", 0, 10)
        found = named(client.until(count(len(expected), "MBP10Msg")), "MBP10Msg")
    # Then nothing is other than unpacked
    assert [fields_of(each) for each in found] == [expected_fields(row) for row in expected]


def test_the_consolidated_dataset_has_the_same_best_prices_and_names_nobody() -> None:
    # Given a client of the dataset without depth
    with (
        gateway_by_hand() as (simulator, clock),
        client_of(simulator, "mbp-1", dataset="EQUS.MINI") as client,
    ):
        client.until(count(1, "SymbolMappingMsg"))
        # When ten seconds pass
        clock.move(10)
        expected = [row for row in rows_of("ACME", 0, 10) if row.in_top]
        found = named(client.until(count(len(expected), "MBP1Msg")), "MBP1Msg")
    # Then prices and sizes are the same; orders, sequence and delay are not stated
    assert [(each.levels[0].bid_px, each.levels[0].ask_sz) for each in found] == [
        (row.change.book.bids[0].price_ticks * 1_000, row.change.book.asks[0].size)
        for row in expected
    ]
    assert {(each.publisher_id, each.sequence, each.ts_in_delta) for each in found} == {(95, 0, 0)}
    assert {each.levels[0].bid_ct for each in found} == {0}


def test_the_dataset_without_depth_has_no_ten_levels() -> None:
    # Given a client of that dataset
    with gateway_by_hand() as (simulator, _), connected(simulator) as client:
        client.log_in(dataset="EQUS.MINI")
        # When it asks for depth
        client.subscribe("mbp-10", "ACME")
        (_, error) = client.rest()
    # Then there is none
    assert error.err == "Schema mbp-10 is not available for EQUS.MINI"
