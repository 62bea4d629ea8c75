"""What waits for a host that asks: in order, bounded, and every loss told."""

from __future__ import annotations

from support.monitor_stubs import START, large_seller

from trading_bot.order_flow.notices import GuardState
from trading_bot.order_flow.telling.outlets import Waiting


def test_what_waits_is_taken_once_in_order() -> None:
    # Given three events, as many as may wait
    waiting = Waiting(limit=3)
    events = [large_seller(seconds) for seconds in range(3)]
    for event in events:
        waiting.put(event)
    # When they are taken, twice
    # Then each comes once
    assert waiting.take_all(START) == events
    assert waiting.take_all(START) == []


def test_what_is_lost_is_told_in_its_place() -> None:
    # Given one event more than may wait
    waiting = Waiting(limit=3)
    events = [large_seller(seconds) for seconds in range(4)]
    for event in events:
        waiting.put(event)
    # When they are taken
    # Then the oldest is lost, which stands before the others
    lost = GuardState("events_lost", None, "1 events lost: more than 3 waited", START)
    assert waiting.take_all(START) == [lost, *events[1:]]
    assert waiting.take_all(START) == []
