"""An alert costs the same whatever came before it: counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from msgspec.structs import replace
from pytest_mock import MockerFixture
from support.monitor_stubs import START_NS, HandClock, Holdings, large_seller, position, red_burst

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.exit_judge import ExitJudge
from trading_bot.order_flow.journal import lines, publisher, writer
from trading_bot.order_flow.journal.history import AlertHistory
from trading_bot.order_flow.journal.publisher import KNOWN_NS, AlertPublisher
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.rules.signals import Signal

CONFIG = OrderFlowConfig(thresholds="fixed")
STEP_NS = 75_000_000
"""8,000 alerts in ten minutes."""
EARLY, LATE = 250, 8_000
MOST_TIMES = 1.2
"""What the late alert may cost, of the early one."""


def publisher_of(folder: Path) -> AlertPublisher:
    return AlertPublisher(
        CONFIG,
        history=AlertHistory(),
        exit_judge=ExitJudge(CONFIG, Holdings(position())),
        alert_log=AlertLog(folder),
        clock=HandClock(),
    )


def of_one_kind(number: int) -> Signal:
    """Return one of a storm of large sellers at one price."""
    return replace(Signal.of(large_seller()), timestamp_ns=START_NS + number * STEP_NS)


def of_every_kind(number: int) -> Signal:
    """Return one of a storm of sellers of all sources at a thousand prices, and of bursts."""
    if not number % 4:
        return replace(Signal.of(red_burst()), timestamp_ns=START_NS + number * STEP_NS)
    seller = Signal.of(large_seller())
    source = ("resting_bid", "aggressive_sell", "ask_wall")[number % 4 - 1]
    ticks = (seller.price_ticks or 0) + number % 1_000 * 10_000
    return replace(of_one_kind(number), source=source, price_ticks=ticks)


def out_of_order(number: int) -> Signal:
    """Return one of a storm of which every second alert comes five minutes late."""
    return of_one_kind(number - number % 2 * 4_000 + 4_000)


def steps_of(call: Callable[[], object]) -> int:
    """Return how many steps of Python a call takes, those of loops in it included."""
    steps = 0

    def count(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        steps += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        call()
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("signal_of", [of_one_kind, of_every_kind, out_of_order])
def test_the_eight_thousandth_alert_costs_what_the_two_hundred_and_fiftieth_did(
    tmp_path: Path, signal_of: Callable[[int], Signal]
) -> None:
    # Given a storm of alerts on one symbol
    desk = publisher_of(tmp_path)
    costs = {}
    # When eight thousand are published, and the steps of some are counted
    for number in range(1, LATE + 1):
        signal = signal_of(number)

        def publish(signal: Signal = signal) -> None:
            desk.publish_signal(signal, received_ns=None, price_ticks=signal.price_ticks)

        if number == 1:
            # Python 3.12 counts no step of the first call that is followed.
            steps_of(publish)
        elif EARLY - 4 < number <= EARLY or LATE - 4 < number <= LATE:
            costs[number] = steps_of(publish)
        else:
            publish()
    # Then the last cost what the early ones did: one of each kind is among either
    early = sum(steps for number, steps in costs.items() if number <= EARLY)
    late = sum(steps for number, steps in costs.items() if number > EARLY)
    assert early > 1_000
    assert late <= early * MOST_TIMES


def test_the_first_alert_an_hour_after_a_storm_costs_no_more(tmp_path: Path) -> None:
    # Given a storm
    desk = publisher_of(tmp_path)
    calm = of_one_kind(1)
    first = steps_of(lambda: desk.publish_signal(calm, received_ns=None, price_ticks=None))
    for number in range(2, 2_000):
        desk.publish_signal(of_one_kind(number), received_ns=None, price_ticks=None)
    # When an alert comes more than an hour later
    later = replace(calm, timestamp_ns=calm.timestamp_ns + 2 * KNOWN_NS)
    steps = steps_of(lambda: desk.publish_signal(later, received_ns=None, price_ticks=None))
    # Then it does not pay for what has gone: fifty alerts of the window leave the history
    assert steps < first * 20


def test_ids_of_long_ago_are_forgotten_two_for_one_that_comes(tmp_path: Path) -> None:
    # Given a storm of five alerts
    desk = publisher_of(tmp_path)
    for number in range(5):
        desk.publish_signal(of_one_kind(number), received_ns=None, price_ticks=None)
    # When alerts come more than an hour later
    known = []
    for number in range(4):
        stamp_ns = START_NS + 2 * KNOWN_NS + number
        later = replace(of_one_kind(0), timestamp_ns=stamp_ns)
        desk.publish_signal(later, received_ns=None, price_ticks=None)
        known.append(len(desk._known_ns["ACME"]))
    # Then each takes two with it until the storm has left
    assert known == [4, 3, 3, 4]


@pytest.mark.parametrize(("number", "known"), [(2, True), (3, True), (4, False)])
def test_the_newest_ids_are_known(
    tmp_path: Path, mocker: MockerFixture, number: int, known: bool
) -> None:
    # Given room for the ids of three alerts, and so many alerts
    mocker.patch.object(publisher, "MOST_KNOWN", 3)
    desk = publisher_of(tmp_path)
    for each in range(number):
        desk.publish_signal(of_one_kind(each), received_ns=None, price_ticks=None)
    before = desk.counts.total()
    # When the first comes again
    desk.publish_signal(of_one_kind(0), received_ns=None, price_ticks=None)
    # Then it is known while there is room for it
    assert (desk.counts.total() == before) == known


def test_the_line_of_an_alert_is_encoded_once(tmp_path: Path, mocker: MockerFixture) -> None:
    # Given a record, and an encoder that is watched
    desk = publisher_of(tmp_path)
    encoded = mocker.patch.object(lines, "_encode", side_effect=lines._encode)
    made = mocker.patch.object(writer, "line_bytes", side_effect=lines.line_bytes)
    # When an alert is published
    desk.publish_signal(of_one_kind(1), received_ns=None, price_ticks=None)
    # Then its line was made once
    assert (encoded.call_count, made.call_count) == (1, 1)
