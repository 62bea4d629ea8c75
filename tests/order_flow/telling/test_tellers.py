"""One listener on its own thread: whatever it raises or however long it takes is its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest
from support.monitor_stubs import large_seller

from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.telling import tellers
from trading_bot.order_flow.telling.event_queue import EventQueue
from trading_bot.order_flow.telling.tellers import Teller
from trading_bot.order_flow.threads.watch import Threads, Watched

PATIENCE_SECONDS = 5.0


def watched() -> Watched:
    return Threads().watched("telling", 60.0)


def teller_of(
    listener: Callable[[MonitorEvent], object], had: Callable[[MonitorEvent], object] | None = None
) -> Teller:
    return Teller(listener, EventQueue(), had or (lambda _: None), watched=watched())  # type: ignore[arg-type]


def finish(teller: Teller) -> bool:
    teller.ask_to_finish()
    return teller.wait_until_idle(PATIENCE_SECONDS)


def test_a_listener_is_told_in_order_on_another_thread() -> None:
    # Given a listener that notes where it is called
    told: list[MonitorEvent] = []
    threads: set[str] = set()

    def listen(event: MonitorEvent) -> None:
        told.append(event)
        threads.add(threading.current_thread().name)

    teller = teller_of(listen)
    # When events are put
    for each in range(100):
        assert teller.put(large_seller(each))
    # Then it has had them all in order, on the one thread of its own
    assert finish(teller)
    assert told == [large_seller(each) for each in range(100)]
    assert threads == {"order-flow-teller"}


def test_without_an_event_there_is_no_thread() -> None:
    # Given a teller without an event
    before = threading.active_count()
    teller = teller_of(lambda _: None)
    # When it is asked to finish
    # Then there was nothing to end
    assert threading.active_count() == before
    assert finish(teller)


def test_after_it_has_finished_it_tells_again() -> None:
    # Given a teller whose thread has ended
    told: list[MonitorEvent] = []
    teller = teller_of(told.append)
    teller.put(large_seller(1))
    assert finish(teller)
    # When another event comes
    teller.put(large_seller(2))
    # Then it is told as well
    assert finish(teller)
    assert told == [large_seller(1), large_seller(2)]


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError, SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError],
)
def test_whatever_a_listener_raises_is_counted_and_logged_once(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    # Given a listener that always raises
    had: list[MonitorEvent] = []

    def listen(event: MonitorEvent) -> None:
        raise error("of the host")

    teller = teller_of(listen, had.append)
    # When three events are put
    with caplog.at_level(logging.ERROR):
        for each in range(3):
            teller.put(large_seller(each))
        assert finish(teller)
    # Then it has had each, and the first stands in the log with its trace
    assert teller.failed == 3
    assert had == [large_seller(each) for each in range(3)]
    (record,) = caplog.records
    assert record.getMessage() == "order_flow.listener_failed"
    assert record.exc_info is not None
    assert record.exc_info[0] is error
    assert vars(record)["told"] == "OrderFlowAlert"
    assert vars(record)["listener"].endswith("listen")


def test_each_type_of_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    # Given a listener that raises what it is told to
    errors = [KeyError("a"), SystemExit(), KeyError("b")]

    class Listener:
        def __call__(self, event: MonitorEvent) -> None:
            raise errors.pop(0)

    teller = teller_of(Listener())
    # When it raises three times, of two types
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            teller.put(large_seller())
        assert finish(teller)
    # Then each type is logged once, by the name of its class where it has no other
    assert teller.failed == 3
    assert [vars(each)["listener"].rpartition(".")[2] for each in caplog.records] == [
        "Listener"
    ] * 2


def test_a_log_that_raises_ends_no_thread() -> None:
    # Given a host whose handler of logs raises, and a listener that raises too
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise SystemExit

    def listen(event: MonitorEvent) -> None:
        raise ZeroDivisionError

    had: list[MonitorEvent] = []
    teller = teller_of(listen, had.append)
    handler = Broken()
    tellers._logger.addHandler(handler)
    # When two events are put
    try:
        teller.put(large_seller(1))
        teller.put(large_seller(2))
        finished = finish(teller)
    finally:
        tellers._logger.removeHandler(handler)
    # Then both were had
    assert finished
    assert had == [large_seller(1), large_seller(2)]


def test_a_hung_listener_holds_up_nobody() -> None:
    # Given a listener that hangs, with room for two events
    hangs, goes_on = threading.Event(), threading.Event()
    told: list[MonitorEvent] = []

    def listen(event: MonitorEvent) -> None:
        hangs.set()
        goes_on.wait(PATIENCE_SECONDS)
        told.append(event)

    teller = Teller(listen, EventQueue(2), lambda _: None, watched=watched())
    teller.put(large_seller(0))
    assert hangs.wait(PATIENCE_SECONDS)
    # When many events come, and it is asked to finish
    for each in range(1, 100):
        teller.put(large_seller(each))
    teller.ask_to_finish()
    # Then it is left alone with what fits, and hears that much once it goes on
    assert not teller.wait_until_idle(0.001)
    assert (teller.queue.waiting, teller.queue.lost) == (2, 97)
    goes_on.set()
    assert teller.wait_until_idle(PATIENCE_SECONDS)
    assert [told[0], *told[2:]] == [large_seller(0), large_seller(98), large_seller(99)]


def test_without_a_thread_to_be_had_an_event_waits_for_the_next(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a machine that has no thread left
    told: list[MonitorEvent] = []
    teller = teller_of(told.append)

    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(threading, "Thread", NoThread)
        # When an event comes, and another once there is one again
        assert teller.put(large_seller(1))
    assert (teller.failed, told) == (1, [])
    teller.put(large_seller(2))
    # Then both are told, and the lack was logged
    assert finish(teller)
    assert told == [large_seller(1), large_seller(2)]
    assert [each.getMessage() for each in caplog.records] == ["order_flow.teller_not_started"]


def test_an_event_that_comes_as_the_thread_is_about_to_end_is_told() -> None:
    # Given a thread that finds nothing, just before something comes
    class Late(EventQueue):
        def take(self, timeout: float | None = None) -> MonitorEvent | None:
            if not came:
                came.append(self.put(large_seller(2)))
                return None
            return super().take(timeout)

    came: list[bool] = []
    told: list[MonitorEvent] = []
    teller = Teller(told.append, Late(), lambda _: None, watched=watched())
    # When it has begun
    teller.put(large_seller(1))
    # Then it has told that as well before its end
    assert finish(teller)
    assert told == [large_seller(1), large_seller(2)]


def test_a_removed_listener_is_told_no_more() -> None:
    # Given a teller whose queue is closed
    told: list[MonitorEvent] = []
    teller = teller_of(told.append)
    teller.queue.close()
    # When an event is put
    # Then it does not go there
    assert not teller.put(large_seller())
    assert (finish(teller), told) == (True, [])
