"""What waits for one who is told: in order, bounded, and what must arrive arrives."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import START, exit_of, large_seller

from trading_bot.order_flow.notices import (
    FeedEvent,
    FeedEventKind,
    GuardState,
    GuardStateKind,
    MonitorEvent,
    ThresholdNotice,
)
from trading_bot.order_flow.telling.event_queue import EventQueue, key_to_keep


def feed(kind: FeedEventKind, symbol: str = "ACME", *, position_open: bool = True) -> FeedEvent:
    return FeedEvent(kind, symbol, START, "timeout", position_open=position_open)


def state(kind: GuardStateKind, symbol: str | None = None) -> GuardState:
    return GuardState(kind, symbol, "", START)


def filled(limit: int, *events: MonitorEvent) -> EventQueue:
    queue = EventQueue(limit)
    for event in events:
        queue.put(event)
    return queue


def lost(reason: str, seconds: float = 0.0) -> GuardState:
    """Return what a reader finds at the place of a loss."""
    return GuardState(
        "events_lost",
        None,
        f"{reason}; too slow to take them",
        START + timedelta(seconds=seconds),
    )


def test_events_are_taken_in_their_order() -> None:
    # Given events of several kinds
    events: list[MonitorEvent] = [large_seller(), feed("degraded"), exit_of(), state("started")]
    # When they are put and taken
    queue = filled(10, *events)
    waited = queue.waiting
    # Then they come as they went, one by one or at once
    assert waited == 4
    assert [queue.take(0), *queue.take_all()] == events
    assert (queue.waiting, queue.lost) == (0, 0)


def test_an_empty_queue_gives_nothing_when_the_time_is_over() -> None:
    # Given a queue without events
    queue = EventQueue()
    # When one is waited for, and all are asked for
    # Then there is none
    assert queue.take(0.001) is None
    assert queue.take_all() == []


def test_a_limit_below_one_is_refused() -> None:
    # Given no room at all
    # When a queue is made
    # Then that is an error
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        EventQueue(0)


def test_a_waiting_taker_is_woken_by_an_event() -> None:
    # Given a thread that waits without an end
    queue = EventQueue()
    taken: list[MonitorEvent | None] = []
    thread = threading.Thread(target=lambda: taken.append(queue.take()))
    thread.start()
    # When an event comes
    queue.put(large_seller())
    thread.join(5)
    # Then it has it
    assert taken == [large_seller()]


@pytest.mark.parametrize("end", [EventQueue.interrupt, EventQueue.close])
def test_a_waiting_taker_is_let_go(end: object) -> None:
    # Given a thread that waits without an end
    queue = EventQueue()
    taken: list[MonitorEvent | None] = []
    thread = threading.Thread(target=lambda: taken.append(queue.take()))
    thread.start()
    # When it is interrupted, or the queue closed
    end(queue)  # type: ignore[operator]
    thread.join(5)
    # Then it has nothing
    assert taken == [None]


def test_an_interruption_waits_until_nothing_is_left() -> None:
    # Given a waiting event, and an interruption
    queue = filled(10, large_seller())
    queue.interrupt()
    # When it is taken from three times
    # Then the event comes, then the interruption, and then only time ends the waiting
    assert [queue.take(), queue.take(), queue.take(0)] == [large_seller(), None, None]


def test_a_closed_queue_takes_nothing_in_and_gives_what_waits() -> None:
    # Given a closed queue with an event
    queue = filled(10, large_seller())
    queue.close()
    # When another comes
    is_taken = queue.put(large_seller(1))
    # Then it stays outside
    assert (is_taken, queue.closed) == (False, True)
    assert [queue.take(), queue.take()] == [large_seller(), None]


def test_what_waits_can_be_looked_at() -> None:
    # Given a queue that has lost one event of three
    queue = filled(2, *(large_seller(each) for each in range(3)))
    # When it is looked at
    # Then the others are there, and stay
    assert queue.waiting_events() == [large_seller(1), large_seller(2)]
    assert queue.waiting == 2


def test_a_full_queue_loses_the_oldest_and_says_so_in_its_place() -> None:
    # Given room for two
    # When five come
    queue = filled(2, *(large_seller(each) for each in range(5)))
    # Then the newest two are there, behind one word of all that went
    assert queue.lost == 3
    assert queue.take_all() == [
        lost("3 events lost: 3 alerts", 2),
        large_seller(3),
        large_seller(4),
    ]


def test_a_loss_names_how_many_of_each_kind() -> None:
    # Given events of every kind that may be lost
    events: Sequence[MonitorEvent] = [
        large_seller(),
        large_seller(),
        feed("degraded"),
        ThresholdNotice("ACME", START, 10_000, 97),
        state("started"),
    ]
    # When one more comes than there is room for, five times
    queue = filled(1, *events, exit_of())
    # Then each kind is counted
    assert queue.take_all() == [
        lost("5 events lost: 2 alerts, 1 feed event, 1 notice, 1 state"),
        exit_of(),
    ]


def test_one_lost_event_is_no_plural() -> None:
    # Given room for one
    # When two come
    queue = filled(1, large_seller(), large_seller(1))
    # Then one was lost
    assert queue.take() == lost("1 event lost: 1 alert")


def test_an_exit_stays_while_events_around_it_go() -> None:
    # Given an exit between alerts, in a full queue
    queue = filled(3, large_seller(0), exit_of(), large_seller(1))
    # When more alerts come than there is room for
    for each in range(2, 6):
        queue.put(large_seller(each))
    # Then the exit is in its place, and the losses before and behind it are in theirs
    assert queue.take_all() == [
        lost("1 event lost: 1 alert"),
        exit_of(),
        lost("3 events lost: 3 alerts", 3),
        large_seller(4),
        large_seller(5),
    ]


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (exit_of(), ("exit", "ACME")),
        (feed("blind"), ("blind", "ACME")),
        (feed("blind", position_open=False), None),
        (feed("degraded"), None),
        (feed("recovered"), None),
        (feed("refused"), None),
        (large_seller(), None),
        (ThresholdNotice("ACME", START, 10_000, 97), None),
        (state("blind", "ACME"), ("blind", "ACME")),
        (state("positions_failed"), ("positions_failed", None)),
        (state("failed"), ("failed", None)),
        (state("stopped"), ("stopped", None)),
        (state("risk_manager_failed"), ("risk_manager_failed", None)),
        (state("started"), None),
        (state("positions_ok"), ("positions_ok", None)),
        (state("visible", "ACME"), None),
    ],
)
def test_what_a_position_depends_on_must_arrive(
    event: MonitorEvent, key: tuple[str, str | None] | None
) -> None:
    # Given an event of any kind
    # When it is asked whether it may be lost
    # Then exits, blind positions, failures and the end of unknown positions may not
    assert key_to_keep(event) == key


def test_in_a_queue_of_exits_alone_the_newest_of_a_symbol_takes_the_older_ones_place() -> None:
    # Given a full queue of exits of two symbols
    gone: list[MonitorEvent] = []
    queue = EventQueue(2, on_lost=gone.append)
    queue.put(exit_of("ACME"))
    queue.put(exit_of("BOLT"))
    # When another exit of the first comes
    queue.put(exit_of("ACME", 60))
    # Then it stands at its own time, and the older one is known to be gone
    assert gone == [exit_of("ACME")]
    assert queue.take_all() == [
        lost("1 event lost: 1 exit"),
        exit_of("BOLT"),
        exit_of("ACME", 60),
    ]


def test_a_lost_event_needs_nobody_who_is_told_of_it() -> None:
    # Given a full queue, and nobody to tell
    # When an exit takes another one's place
    queue = filled(1, exit_of(), exit_of(seconds=60))
    # Then the newer one is there
    assert queue.waiting_events() == [exit_of(seconds=60)]


def test_exits_of_other_symbols_find_room_beyond_the_limit() -> None:
    # Given a full queue of one exit
    queue = filled(1, exit_of("ACME"))
    # When exits of other symbols come, and an alert
    queue.put(exit_of("BOLT"))
    queue.put(state("failed"))
    queue.put(large_seller())
    # Then none of the exits is lost, and the alert is
    assert queue.take_all() == [
        exit_of("ACME"),
        exit_of("BOLT"),
        state("failed"),
        lost("1 event lost: 1 alert"),
    ]


def test_losses_that_meet_become_one() -> None:
    # Given two losses with an exit between them
    queue = filled(2, large_seller(0), exit_of(), large_seller(1), exit_of("BOLT"))
    # When the exit is replaced
    queue.put(exit_of(seconds=60))
    # Then they are one
    assert queue.take_all() == [
        lost("3 events lost: 2 alerts, 1 exit", 1),
        exit_of("BOLT"),
        exit_of(seconds=60),
    ]


def test_who_wants_to_know_is_called_at_each_arrival() -> None:
    # Given somebody who counts
    arrived: list[int] = []
    queue = EventQueue(1, on_arrival=lambda: arrived.append(1))
    # When three events come, of which two are lost, and one after the end
    for each in range(3):
        queue.put(large_seller(each))
    queue.close()
    queue.put(large_seller())
    # Then the three were counted
    assert len(arrived) == 3


events = st.lists(
    st.one_of(
        st.sampled_from(
            [
                large_seller(),
                feed("degraded"),
                feed("blind"),
                feed("blind", "BOLT"),
                state("failed"),
                None,
            ]
        ),
        st.tuples(st.sampled_from(["ACME", "BOLT"]), st.integers(0, 99)).map(
            lambda each: exit_of(each[0], each[1])
        ),
    ),
    max_size=60,
)


@given(events, st.integers(1, 5))
def test_whatever_comes_the_newest_of_what_must_arrive_arrives_and_the_rest_is_counted(
    coming: list[MonitorEvent | None], limit: int
) -> None:
    # Given a small queue, and None where its reader takes one
    queue = EventQueue(limit)
    put: list[MonitorEvent] = []
    found: list[MonitorEvent] = []
    # When events come and are taken
    for event in coming:
        if event is None:
            taken = queue.take(0)
            found += [] if taken is None else [taken]
        else:
            put.append(event)
            queue.put(event)
    found += queue.take_all()
    # Then the newest of each kind and symbol is there, in order, and no event is unaccounted for
    read = [each for each in found if not _is_loss(each)]
    newest = {key: each for each in put if (key := key_to_keep(each)) is not None}
    assert all(any(each is event for event in read) for each in newest.values())
    rest = iter(put)
    assert all(any(each is event for event in rest) for each in read)
    assert len(read) + queue.lost == len(put)
    assert (queue.waiting, queue._may_go) == (0, 0)


def _is_loss(event: MonitorEvent) -> bool:
    return isinstance(event, GuardState) and event.kind == "events_lost"
