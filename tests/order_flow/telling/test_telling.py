"""Every event to everybody; an exit has been told once all who were there have had it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from support.monitor_stubs import exit_of, large_seller

from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.telling import Telling

PATIENCE_SECONDS = 5.0


class Hanging:
    """A listener that hangs until it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()
        self.told: list[MonitorEvent] = []

    def __call__(self, event: MonitorEvent) -> None:
        self.reached.set()
        self.let_go.wait(PATIENCE_SECONDS * 4)
        self.told.append(event)


class Keeping:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.told: list[MonitorEvent] = []
        self._heard = threading.Semaphore(0)

    def __call__(self, event: MonitorEvent) -> None:
        self.told.append(event)
        self._heard.release()

    def has_heard(self) -> bool:
        """Wait until it has heard one more event."""
        return self._heard.acquire(timeout=PATIENCE_SECONDS)


class Desk:
    """A telling, and the exits that it says were told."""

    def __init__(self, limit: int = 10) -> None:
        self.told_exits: list[ExitRecommendation] = []
        self.telling = Telling(on_told=self.told_exits.append, limit=limit)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    listener = Hanging()
    yield listener
    listener.let_go.set()


def test_every_listener_and_reader_is_told_of_every_event() -> None:
    # Given two listeners and a reader
    desk = Desk()
    first: list[MonitorEvent] = []
    second: list[MonitorEvent] = []
    desk.telling.add_listener(first.append)
    desk.telling.add_listener(second.append)
    reader = desk.telling.open_queue()
    # When two events are put
    desk.telling.put(large_seller(1))
    desk.telling.put(large_seller(2))
    # Then all have both
    assert desk.telling.close(PATIENCE_SECONDS)
    assert first == second == [large_seller(1), large_seller(2)]
    assert reader.waiting == 2
    assert [reader.take(0), reader.take(0), reader.take(0)] == [*first, None]


def test_a_listener_that_hangs_for_ever_neither_delays_others_nor_the_end(
    hanging: Hanging,
) -> None:
    # Given a listener that hangs between two that do not
    desk = Desk(limit=3)
    before, after = Keeping(), Keeping()
    for listener in (before, hanging, after):
        desk.telling.add_listener(listener)
    # When more comes than fits, and the end is waited for
    desk.telling.put(large_seller(0))
    assert hanging.reached.wait(PATIENCE_SECONDS)
    for each in range(1, 10):
        # The others keep up: their queues are as small.
        assert before.has_heard()
        assert after.has_heard()
        desk.telling.put(large_seller(each))
    assert before.has_heard()
    assert after.has_heard()
    is_all = desk.telling.close(0.01)
    # Then the others have all, and what the one has lost or not heard is counted
    assert not is_all
    assert before.told == after.told == [large_seller(each) for each in range(10)]
    assert desk.telling.health() == {"failed": 0, "lost": 6, "waiting": 3}


def test_a_later_run_tells_the_same_listeners() -> None:
    # Given a telling that was closed at the end of a run
    desk = Desk()
    told: list[MonitorEvent] = []
    desk.telling.add_listener(told.append)
    desk.telling.put(large_seller(1))
    assert desk.telling.close(PATIENCE_SECONDS)
    # When the next run tells something
    desk.telling.put(large_seller(2))
    # Then they hear it
    assert desk.telling.close(PATIENCE_SECONDS)
    assert told == [large_seller(1), large_seller(2)]


def test_a_listener_that_hung_through_an_end_goes_on_in_a_later_run(hanging: Hanging) -> None:
    # Given a listener that was left alone at the end of a run
    desk = Desk()
    desk.telling.add_listener(hanging)
    desk.telling.put(large_seller(1))
    assert hanging.reached.wait(PATIENCE_SECONDS)
    assert not desk.telling.close(0.001)
    # When the next run tells something, and it hangs no more
    desk.telling.put(large_seller(2))
    hanging.let_go.set()
    # Then it hears both, one after the other
    assert desk.telling.close(PATIENCE_SECONDS)
    assert hanging.told == [large_seller(1), large_seller(2)]


def test_a_removed_listener_hears_no_more() -> None:
    # Given two listeners, one of which raises
    desk = Desk()
    told: list[MonitorEvent] = []

    def broken(event: MonitorEvent) -> None:
        raise SystemExit

    desk.telling.add_listener(broken)
    desk.telling.add_listener(told.append)
    desk.telling.put(large_seller(1))
    assert desk.telling.close(PATIENCE_SECONDS)
    # When both are removed, one of them twice, and another event comes
    desk.telling.remove_listener(broken)
    desk.telling.remove_listener(told.append)
    desk.telling.remove_listener(told.append)
    desk.telling.put(large_seller(2))
    # Then it is told to nobody, and what failed before stays counted
    assert told == [large_seller(1)]
    assert desk.telling.health() == {"failed": 1, "lost": 0, "waiting": 0}


def test_a_reader_that_was_closed_gets_no_more_and_may_take_what_waits() -> None:
    # Given a reader with an alert and an exit waiting
    desk = Desk()
    reader = desk.telling.open_queue()
    desk.telling.put(large_seller(1))
    desk.telling.put(exit_of())
    # When it is closed twice, and another event comes
    reader.close()
    reader.close()
    desk.telling.put(large_seller(2))
    # Then what waited is there, and does not count as told
    assert reader.take_all() == [large_seller(1), exit_of()]
    assert desk.told_exits == []


def test_an_event_that_meets_a_leaving_reader_is_no_error() -> None:
    # Given a reader that leaves while it is handed an exit
    desk = Desk()

    def let_second_leave() -> None:
        second.close()

    first = desk.telling.open_queue(on_arrival=let_second_leave)
    second = desk.telling.open_queue()
    # When an exit is put
    desk.telling.put(exit_of())
    # Then the first has it, and it was not told to all
    assert first.take(0) == exit_of()
    assert (second.take(0), desk.told_exits) == (None, [])


def test_an_exit_has_been_told_once_all_who_were_there_have_had_it(hanging: Hanging) -> None:
    # Given a listener that raises, one that hangs, and a reader
    desk = Desk()

    def broken(event: MonitorEvent) -> None:
        raise KeyboardInterrupt

    desk.telling.add_listener(broken)
    desk.telling.add_listener(hanging)
    reader = desk.telling.open_queue()
    # When an exit is put, one more listener comes, and each has it in turn
    desk.telling.put(exit_of())
    desk.telling.add_listener(lambda _: None)
    said = [len(desk.told_exits)]
    reader.take_all()
    said.append(len(desk.told_exits))
    hanging.let_go.set()
    assert desk.telling.close(PATIENCE_SECONDS)
    # Then it was told after the last
    assert said == [0, 0]
    assert desk.told_exits == [exit_of()]


def test_with_nobody_there_nothing_is_told() -> None:
    # Given nobody
    desk = Desk()
    # When an exit is put, and then somebody comes
    desk.telling.put(exit_of())
    reader = desk.telling.open_queue()
    # Then it was not told
    assert reader.take(0) is None
    assert desk.told_exits == []


def test_an_alert_is_not_marked() -> None:
    # Given a reader
    desk = Desk()
    reader = desk.telling.open_queue()
    # When it takes an alert
    desk.telling.put(large_seller())
    reader.take(0)
    # Then only exits are marked
    assert desk.told_exits == []


def test_an_exit_that_a_newer_one_replaced_was_not_told() -> None:
    # Given a reader with room for one, and another with room for both
    desk = Desk()
    narrow, wide = desk.telling.open_queue(1), desk.telling.open_queue(2)
    older, newer = exit_of(), exit_of(seconds=60)
    # When two exits come, and all is taken
    desk.telling.put(older)
    desk.telling.put(newer)
    wide.take_all()
    narrow.take_all()
    # Then the newer one alone was told to both
    assert desk.told_exits == [newer]
    assert (narrow.lost, wide.lost) == (1, 0)


def test_an_exit_waiting_for_a_listener_that_is_removed_was_not_told(hanging: Hanging) -> None:
    # Given a listener that hangs at an alert, with an exit behind it
    desk = Desk()
    desk.telling.add_listener(hanging)
    desk.telling.put(large_seller())
    assert hanging.reached.wait(PATIENCE_SECONDS)
    desk.telling.put(exit_of())
    # When it is removed, and hangs no more
    desk.telling.remove_listener(hanging)
    hanging.let_go.set()
    # Then it never had it
    assert desk.telling.close(PATIENCE_SECONDS)
    assert desk.told_exits == []


def test_the_same_exit_put_twice_is_told_when_it_was_had_twice() -> None:
    # Given a reader that takes nothing in between
    desk = Desk()
    reader = desk.telling.open_queue()
    exit_ = exit_of()
    desk.telling.put(exit_)
    desk.telling.put(exit_)
    # When it takes one, and then the other
    reader.take(0)
    said = list(desk.told_exits)
    reader.take(0)
    # Then it was told after the second
    assert (said, desk.told_exits) == ([], [exit_])


def test_a_mark_that_cannot_be_made_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    # Given a mark that fails
    def fail(exit_: ExitRecommendation) -> None:
        raise OSError

    telling = Telling(on_told=fail)
    told: list[MonitorEvent] = []
    telling.add_listener(told.append)
    # When two exits are told
    with caplog.at_level(logging.ERROR):
        telling.put(exit_of())
        telling.put(exit_of(seconds=60))
        assert telling.close(PATIENCE_SECONDS)
    # Then both were, and each failure is logged
    assert len(told) == 2
    assert [each.getMessage() for each in caplog.records] == ["order_flow.told_not_noted"] * 2


def test_whoever_wants_no_marks_needs_none() -> None:
    # Given a telling without anybody to mark
    telling = Telling()
    reader = telling.open_queue()
    # When an exit is told
    telling.put(exit_of())
    # Then it is taken as any event
    assert reader.take(0) == exit_of()


def test_listeners_that_come_and_go_while_events_are_told_are_no_error() -> None:
    # Given a thread that tells, and listeners that come and go meanwhile
    desk = Desk(limit=5_000)
    told: list[MonitorEvent] = []
    desk.telling.add_listener(told.append)

    def tell() -> None:
        for each in range(1_000):
            desk.telling.put(large_seller(each))

    teller = threading.Thread(target=tell)
    teller.start()
    # When they do so until all is told
    come_and_go: Callable[[MonitorEvent], None] = lambda _: None  # noqa: E731
    while teller.is_alive():
        desk.telling.add_listener(come_and_go)
        desk.telling.health()
        desk.telling.remove_listener(come_and_go)
    teller.join()
    # Then the one that stayed has all
    assert desk.telling.close(PATIENCE_SECONDS)
    assert told == [large_seller(each) for each in range(1_000)]


# Who does not count


def test_an_exit_that_only_a_log_had_was_not_told() -> None:
    # Given a log, which nobody acts on
    told: list[ExitRecommendation] = []
    telling = Telling(on_told=told.append)
    heard: list[MonitorEvent] = []
    telling.add_listener(heard.append, counts=False)
    # When an exit is put
    telling.put(exit_of())
    assert telling.close(5.0)
    # Then it was logged, and not told
    assert (heard, told) == ([exit_of()], [])


def test_an_exit_is_told_though_nobody_takes_it_from_a_queue_that_does_not_count() -> None:
    # Given a listener, and a queue of which nobody knows whether it will be read
    told: list[ExitRecommendation] = []
    telling = Telling(on_told=told.append)
    reader = telling.open_queue(counts=False)
    telling.add_listener(lambda _: None)
    # When an exit is put, and taken from there much later
    telling.put(exit_of())
    assert telling.close(5.0)
    at_first = list(told)
    taken = reader.take_all()
    reader.close()
    telling.put(exit_of())
    assert telling.close(5.0)
    # Then the listener's word counted each time, and nothing else
    assert at_first == taken == [exit_of()]
    assert told == [exit_of(), exit_of()]


def test_a_listener_knows_that_it_is_being_told() -> None:
    # Given a listener that asks on which thread it is
    telling = Telling()
    found: list[bool] = []
    telling.add_listener(lambda _: found.append(telling.is_telling()))
    # When it is told, and another thread asks
    telling.put(exit_of())
    assert telling.close(5.0)
    found.append(telling.is_telling())
    # Then only its own thread cannot wait for the telling
    assert found == [True, False]
