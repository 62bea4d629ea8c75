"""The lines of a run: whole at first, then what has changed, and how the guard is as a whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.market import give_quote
from support.monitor_stubs import (
    ASK,
    BID,
    START,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    at,
    position,
    sight,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.live_file.lines import LiveBeat, encode_beat
from trading_bot.order_flow.live_file.look import LiveLook
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor

CONFIG = OrderFlowConfig(thresholds="fixed")


class Guard:
    """A guard on stubs that holds ACME and BOLT, and its look."""

    def __init__(self, **options: Any) -> None:
        self.clock = HandClock()
        self.client = StubClient()
        self.manager = Holdings(position("ACME"), position("BOLT"))
        self.monitor = OrderFlowMonitor(
            CONFIG,
            position_manager=self.manager,
            client=self.client,
            log_directory=None,
            clock=self.clock,
        )
        self.look = LiveLook(
            self.monitor, market="live", machine=lambda: START + timedelta(hours=1), **options
        )
        for symbol in self.monitor.judge.read_positions():
            self.monitor.judge.watch(symbol, from_ns=START_NS, now_ns=START_NS)
            self.see(symbol)

    def see(self, symbol: str, **how: Any) -> None:
        self.monitor.judge.saw(symbol, sight(**how), ns_from_utc(self.clock()))


def symbols_of(beat: LiveBeat) -> list[str]:
    return [each.symbol for each in beat.rows]


def test_the_first_line_has_every_row_and_the_next_what_has_changed() -> None:
    # Given two positions
    guard = Guard()
    # When lines are made at the start, at once again, after a quote, and for a new file
    found = [guard.look(), guard.look()]
    give_quote(guard.monitor.judge, "BOLT", at(0), BID, 100, ASK, 100)
    found += [guard.look(), guard.look(whole=True)]
    # Then each has the rows that a reader lacks
    assert [(each.number, each.whole, symbols_of(each)) for each in found] == [
        (1, True, ["ACME", "BOLT"]),
        (2, False, []),
        (3, False, ["BOLT"]),
        (4, True, ["ACME", "BOLT"]),
    ]


def test_a_line_says_whose_and_when_it_is() -> None:
    # Given a guard with a record
    guard = Guard(record=Path("record"))
    # When a line is made
    beat = guard.look()
    # Then it has the market's time and the machine's, and where the record lies
    assert (beat.at_ns, beat.written_ns) == (START_NS, START_NS + 3_600_000_000_000)
    assert beat.record == str(Path("record").absolute())
    assert (beat.market, beat.symbols, beat.status, beat.troubles) == ("live", 2, "ok", ())


def test_each_run_has_a_name_of_its_own() -> None:
    # Given two runs
    # When their first lines are made
    first, second = Guard().look().run, Guard().look().run
    # Then each has 16 hex digits, and they differ
    assert len(first) == len(second) == 16
    assert int(first, 16) != int(second, 16)


def test_what_is_not_held_any_more_is_gone_once() -> None:
    # Given a line with two positions
    guard = Guard()
    guard.look()
    # When one is closed
    guard.manager.positions.pop()
    for _ in range(2):
        guard.monitor.judge.read_positions()
        guard.clock.move(5)
        guard.see("ACME")
    found = [guard.look(), guard.look()]
    # Then the next line says so, and the one after it no more
    assert [each.gone for each in found] == [("BOLT",), ()]


def test_the_last_line_says_that_the_run_is_over() -> None:
    # Given a guard
    guard = Guard()
    # When the last line is made, then it says so
    assert guard.look(last=True).status == "stopped"


@pytest.mark.parametrize("state", ["degraded", "blind"])
def test_the_worst_position_is_how_the_guard_is(state: Any) -> None:
    # Given a position that is seen badly, beside one that is seen well
    guard = Guard()
    guard.see("BOLT", state=state, reason="dead")
    # When a line is made, then it says so
    assert guard.look().status == state


def test_what_is_the_matter_is_said() -> None:
    # Given a thread that has failed, and a provider that gives no answers
    guard = Guard()
    guard.monitor.threads.watched("polling", 5).note(KeyError("ACME"))
    guard.client.word = "unreachable"
    # When a line is made
    beat = guard.look()
    # Then it says both
    assert beat.status == "degraded"
    assert beat.troubles == (
        "not all threads are well: polling has failed (KeyError) and goes on",
        "the provider gives no answers: unreachable",
    )


def test_while_the_market_is_closed_no_symbol_has_a_row() -> None:
    # Given a guard that sleeps
    guard = Guard()
    guard.look()
    guard.monitor.sleeping_until = START + timedelta(hours=2)
    # When a line is made
    beat = guard.look()
    # Then it says until when, and that nothing is watched
    assert beat.sleeping_until_ns == START_NS + 7_200_000_000_000
    assert (beat.rows, beat.gone) == ((), ("ACME", "BOLT"))


def test_a_position_that_nobody_watches_yet_is_blind() -> None:
    # Given a position that was just opened
    guard = Guard()
    guard.manager.positions.append(position("CLIF"))
    guard.monitor.judge.read_positions()
    # When a line is made
    beat = guard.look()
    # Then it has a row, which does not pass for calm
    assert {each.symbol: each.sees for each in beat.rows}["CLIF"] == "blind"
    assert beat.status == "blind"


def test_a_muted_symbol_says_so() -> None:
    # Given a symbol that is silent for an hour
    guard = Guard()
    guard.monitor.muted = lambda: {"BOLT": START + timedelta(hours=1)}
    # When a line is made, then its row alone says so
    found = {each.symbol: each.muted_until_ns for each in guard.look().rows}
    assert found == {"ACME": None, "BOLT": START_NS + 3_600_000_000_000}


def test_a_line_reads_back_as_it_was() -> None:
    # Given a line
    beat = Guard().look()
    # When it is written and read, then it is the same, in one line
    line = encode_beat(beat)
    assert line.count(b"\n") == 1
    assert msgspec.json.decode(line, type=LiveBeat) == beat
