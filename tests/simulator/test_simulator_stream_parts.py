"""Pieces of the stream by themselves: frames, the line to a client, slots, the clock's speed."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from support.simulator_helpers import MACHINE_START, HandClock, at, fetch
from support.stream_helpers import (
    AUTHENTICATED,
    CONNECTED,
    StreamClient,
    client_of,
    simulator_by_hand,
)
from websockets.sync.client import connect

from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.simulator.__main__ import main
from trading_bot.simulator.faults.faults import Fault, FaultBoard, parse_fault
from trading_bot.simulator.market.burst import burst_prints, numbered
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.market.speed_clock import SpeedClock
from trading_bot.simulator.process import SimulatorProcess, SimulatorStartError
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import HISTORY_START, MARKET_START
from trading_bot.simulator.stream.ws_feed import SLOT_NS, happenings
from trading_bot.simulator.stream.ws_frames import close_frame, pong_frame, text_frame
from trading_bot.simulator.stream.ws_line import StreamLine


@pytest.mark.parametrize(
    ("length", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_frame_says_its_length_in_one_of_three_ways(length: int, head: bytes) -> None:
    # Given a text
    text = b"x" * length
    # When it is framed
    # Then its length stands before it
    assert text_frame(text) == head + text


def test_control_frames_carry_what_fits() -> None:
    # Given a long reason
    # When a closing frame and a pong are made
    # Then the reason is cut to what a control frame can carry
    assert close_frame(1008, "r" * 200) == b"\x88\x7d" + (1008).to_bytes(2, "big") + b"r" * 123
    assert close_frame(1000, "") == b"\x88\x02\x03\xe8"
    assert pong_frame(b"ab") == b"\x8a\x02ab"


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.ends: list[str] = []

    def is_closing(self) -> bool:
        return bool(self.ends)

    def get_write_buffer_size(self) -> int:
        return 7

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.ends.append("closed")

    def abort(self) -> None:
        self.ends.append("aborted")


def test_a_line_writes_at_once() -> None:
    # Given a line without a limit
    wire = Wire()
    line = StreamLine(wire)
    # When something is sent, and a moment passes
    line.send(b"one")
    line.drip(at(1))
    # Then it is written, and only the network's own buffer is unsent
    assert (wire.written, line.unsent()) == (b"one", 7)


def test_a_limited_line_lets_bytes_through_as_time_passes() -> None:
    # Given a line of ten bytes a second
    wire = Wire()
    line = StreamLine(wire)
    line.limit(10.0, at(0))
    line.send(b"0123456789abcdefghij")
    # When time passes: too little for a byte, half a second, and a second under the same limit
    line.drip(at(0.05))
    nothing = wire.written
    line.drip(at(0.5))
    five = wire.written
    line.limit(10.0, at(0.9))
    line.drip(at(1.5))
    # Then as many bytes are through
    assert (nothing, five, wire.written) == (b"", b"01234", b"0123456789abcde")
    assert line.unsent() == 5 + 7
    # And all of them once the limit is gone
    line.limit(None, at(1.5))
    assert wire.written == b"0123456789abcdefghij"


def test_a_closed_line_takes_nothing() -> None:
    # Given a line that is limited, and closed from either side
    wire = Wire()
    line = StreamLine(wire)
    line.limit(10.0, at(0))
    line.send(b"0123456789")
    line.hang_up()
    # When more is sent
    line.drip(at(1))
    line.limit(None, at(1))
    line.send(b"more")
    line.cut()
    # Then nothing is written
    assert (wire.written, wire.ends) == (b"", ["closed", "aborted"])


def test_slots_put_together_are_the_tape() -> None:
    # Given a minute of a market
    market = SimulatedMarket()
    one = market.symbol("ACME", at(60))
    assert one is not None
    # When it is taken slot by slot
    slots = [happenings(market, ["ACME", "NOPE"], at(0) + n * SLOT_NS) for n in range(1, 1_201)]
    # Then nothing is missing and nothing double; bands come every five seconds
    found = [happening for slot in slots for happening in slot]
    assert [h.event for h in found if h.channel == "T"] == one.trades.rows(
        *one.trades.numbers(at(0) + 1, at(60))
    )
    assert [h.event for h in found if h.channel == "Q"] == one.quotes.rows(
        *one.quotes.numbers(at(0) + 1, at(60))
    )
    assert len([h for h in found if h.channel == "LULD"]) == 12


def test_there_are_no_bands_before_the_first_print() -> None:
    # Given the very beginning of the day
    market = SimulatedMarket()
    # When its first slot is taken
    found = happenings(market, ["DOVE"], ns_from_utc(HISTORY_START))
    # Then there is nothing
    assert found == []


def test_a_burst_is_spread_over_its_second_and_numbered_in_order() -> None:
    # Given a second with one print and one quote, and a burst of four
    start = at(0)
    trade = MarketTrade(start + 10, start, 5, "9", 100, 1_000, 12)
    quote = MarketQuote(start + 10, start, 6, 100, 1, 110, 1, 12, 12)
    prints = burst_prints(4, start, (100, 110), 10)
    # When they are put together
    trades, quotes = numbered([trade, *prints], [quote], 5)
    # Then the numbers follow the stamps, prints before quotes
    assert [(t.sip_ns - start, t.sequence, t.trade_id, t.price_ticks) for t in trades] == [
        (0, 5, "10", 100),
        (10, 6, "9", 100),
        (250_000_000, 8, "11", 110),
        (500_000_000, 9, "12", 100),
        (750_000_000, 10, "13", 110),
    ]
    assert [(q.sip_ns - start, q.sequence) for q in quotes] == [(10, 7)]


def test_a_pong_that_nobody_asked_for_is_passed_over() -> None:
    # Given a client
    with simulator_by_hand() as (simulator, _), client_of(simulator) as client:
        # When it sends a pong, and then subscribes
        client.socket.pong(b"unasked")
        told = client.subscribe("T.DOVE")
    # Then it is served
    assert told[0]["status"] == "success"


def test_a_clock_runs_at_its_speed_from_its_start() -> None:
    # Given a clock of half an hour a minute
    machine = HandClock()
    clock = SpeedClock(machine, started_at=MACHINE_START, speed=30.0)
    # When two seconds pass
    machine.move(2)
    # Then the market has moved by a minute
    assert clock() == MARKET_START + timedelta(minutes=1)
    assert clock.offset == MARKET_START - MACHINE_START


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_a_clock_has_to_run(speed: float) -> None:
    # Given a speed that is none
    # When a clock is made of it
    # Then that is an error
    with pytest.raises(ValueError, match="must be above 0"):
        SpeedClock(HandClock(), speed=speed)


def test_a_fast_simulator_keeps_its_start_until_it_listens() -> None:
    # Given a market ten times as fast as its machine
    machine = HandClock()
    with RunningSimulator(clock=machine, speed=10.0) as simulator:
        # When a second passes
        machine.move(1)
        # Then the market has moved by ten, history and all
        assert simulator.clock() == MARKET_START + timedelta(seconds=10)
        status = fetch(simulator.base_url, "/v1/marketstatus/now").json
    assert status["serverTime"] == "2026-03-10T10:00:10-04:00"


def test_a_slow_answer_is_slow_in_market_time() -> None:
    # Given a market a hundred times as fast as the wall, and answers that take ten of its seconds
    with RunningSimulator(speed=100.0, faults=[Fault("slow", seconds=10.0)]) as simulator:
        # When a client with a patience of five wall seconds asks
        reply = fetch(simulator.base_url, "/v1/marketstatus/now", timeout=5.0)
    # Then its patience is enough
    assert reply.status == 200


@pytest.mark.slow
def test_a_simulator_process_streams_at_a_speed_of_its_own() -> None:
    # Given a fast simulator in a process of its own, whose plan has limit bands
    with (
        SimulatorProcess(key="k", speed=50.0, limit_bands=True, faults=["ws_delay,seconds=0"]) as p,
        connect(p.ws_url, close_timeout=0.1) as socket,
    ):
        client = StreamClient(socket)
        # When a client listens to it
        words = client.log_in("k")
        told = client.subscribe("LULD.DOVE", "T.ACME")
        rows = client.events(10)
        now_ms = p.clock().timestamp() * 1_000
    # Then the process's clock is the market's
    assert words == [CONNECTED, AUTHENTICATED]
    assert [word["status"] for word in told] == ["success", "success"]
    assert 0 <= now_ms - rows[-1]["t"] < 50_000
    assert p.clock.speed == 50.0


def test_a_process_that_is_not_started_has_no_clock() -> None:
    # Given a simulator that was not started
    process = SimulatorProcess()
    # When its clock is asked for
    # Then it says so
    with pytest.raises(SimulatorStartError, match="not been started"):
        _ = process.clock


@pytest.mark.parametrize("text", ["0", "-2", "inf", "nan", "fast"])
def test_a_speed_that_is_none_is_refused_on_the_command_line(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    # Given a speed that is none
    # When the simulator is started with it
    with pytest.raises(SystemExit) as ended:
        main([f"--speed={text}"])
    # Then it ends with the usage status
    assert ended.value.code == 2
    assert "--speed" in capsys.readouterr().err


@pytest.mark.parametrize("code", [999, 5_000])
def test_a_fault_closes_with_a_code_that_there_is(code: int) -> None:
    # Given a code out of range
    # When a fault is made of it
    # Then that is an error
    with pytest.raises(ValueError, match="must be from 1000 to 4999"):
        Fault("ws_close", code=code)


def test_the_limits_of_a_faults_numbers_are_allowed() -> None:
    # Given the ends of the ranges
    # When faults are made of them
    codes = [Fault("ws_close", code=code).code for code in (1_000, 4_999)]
    # Then they are taken; only a skewed clock may be behind
    assert codes == [1_000, 4_999]
    assert Fault("ws_clock_skew", seconds=-3.0).seconds == -3.0
    with pytest.raises(ValueError, match=r"seconds=-3\.0 must be 0 or more"):
        Fault("ws_delay", seconds=-3.0)
    with pytest.raises(ValueError, match="trades=0 must be at least 1"):
        Fault("ws_burst", trades=0)


def test_a_stream_fault_is_read_from_a_command_line() -> None:
    # Given a text with the stream's own settings
    text = "ws_burst,symbols=ACME+DOVE,trades=500,code=1001,bytes_per_second=20,count=2"
    # When it is read
    # Then every number is of its kind
    assert parse_fault(text) == Fault(
        "ws_burst",
        symbols=("ACME", "DOVE"),
        trades=500,
        code=1001,
        bytes_per_second=20.0,
        count=2,
    )


def test_a_spent_fault_stays_on_the_stream_for_whom_it_has_hit() -> None:
    # Given a fault for one connection
    board = FaultBoard(lambda: 0, [Fault("ws_mute", count=1, for_seconds=1.0)])
    (armed,) = board.armed()
    # When it is spent
    spent = [board.spend(armed), board.spend(armed)]
    # Then it is spent once, and still acts until its time is over
    assert spent == [True, False]
    assert board.on_stream(999_999_999) == {"ws_mute": [armed]}
    assert board.on_stream(1_000_000_000) == {}
    # And REST never sees it
    assert board.take("trades", ["ACME"], 0) == []


def test_the_stream_shares_host_and_port_with_rest() -> None:
    # Given a running simulator
    with RunningSimulator(clock=HandClock()) as simulator:
        # When its addresses are compared
        port = simulator.server.port
        # Then they share host and port
        assert simulator.base_url == f"http://127.0.0.1:{port}"
        assert simulator.ws_url == f"ws://127.0.0.1:{port}/stocks"
        assert simulator.feed == f"127.0.0.1:{port}"


def test_json_of_a_fault_lists_its_stream_settings() -> None:
    # Given a fault that is set over HTTP
    with simulator_by_hand() as (simulator, _):
        fault = {"kind": "ws_close", "code": 1001, "seconds": 2.5}
        # When it is listed
        listed = fetch(simulator.base_url, "/sim/faults", method="POST", body=fault)
    # Then its code is there
    (row,) = json.loads(listed.data)["faults"]
    assert (row["kind"], row["code"], row["seconds"]) == ("ws_close", 1001, 2.5)


def test_a_simulator_may_be_started_at_a_speed(capsys: pytest.CaptureFixture[str]) -> None:
    # Given a speed, and a port that is out of range
    # When the simulator is started
    status = main(["--speed=2.5", "--port=70000"])
    # Then the speed is no problem, the port is
    assert status == 1
    assert "cannot listen on port 70000" in capsys.readouterr().err
