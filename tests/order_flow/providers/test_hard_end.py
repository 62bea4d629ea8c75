"""The watch over questions: whose time is over, its connection is shut, and no other."""

from __future__ import annotations

import socket
import threading

import pytest

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.providers import hard_end as module
from trading_bot.order_flow.providers.hard_end import HardEnd, Watch, current_end, hard_end


def test_a_connection_is_shut_when_the_time_is_over() -> None:
    # Given a question with a connection, and no answer
    ours, theirs = socket.socketpair()
    with ours, theirs, hard_end(0.05) as end:
        current_end().watch(ours.fileno())
        # When it is read on
        ours.settimeout(5)
        found = ours.recv(1)
        # Then the read ends with the question
        assert found == b""
        assert end.is_over


def test_a_question_in_time_leaves_its_connection_alone() -> None:
    # Given a question that was answered
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with hard_end(60) as end:
            end.watch(ours.fileno())
        # When its time comes afterwards
        end.come()
        theirs.sendall(b"x")
        # Then the connection goes on
        assert ours.recv(1) == b"x"
        assert not end.is_over


def test_a_connection_that_comes_too_late_is_shut_at_once() -> None:
    # Given a question whose time is over before it is connected
    end = HardEnd(0.0)
    end.come()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        # When it is connected, then that is shut
        end.watch(ours.fileno())
        assert theirs.recv(1) == b""
        end.done()


def test_a_connection_that_has_ended_already_is_no_error() -> None:
    # Given a connection that the other side has ended
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        end = HardEnd(0.0)
        with ours:
            end.watch(ours.fileno())
            ours.shutdown(socket.SHUT_RDWR)
            server.accept()[0].close()
            ours.recv(1)
            # When its time comes, then nothing happens
            end.come()
    end.done()
    assert end.is_over


def test_the_one_that_ends_first_is_told_first() -> None:
    # Given two questions, the later one asked first
    told: list[str] = []
    both = threading.Event()

    class Noted(HardEnd):
        def __init__(self, name: str, at: float) -> None:
            super().__init__(at)
            self.name = name

        def come(self) -> None:
            told.append(self.name)
            if len(told) == 2:
                both.set()

    watch = Watch("of-a-test")
    now = monotonic_seconds()
    # When they are watched
    watch.add(Noted("later", now + 0.1))
    watch.add(Noted("first", now + 0.02))
    # Then each is told in its turn
    assert both.wait(5)
    assert told == ["first", "later"]


def test_the_thread_ends_with_its_last_question_and_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a watch
    watch = Watch("of-a-test")
    monkeypatch.setattr(module, "WATCH", watch)
    for _ in range(2):
        # When a question ends, with nobody else asking
        with hard_end(0.01):
            thread = watch._thread
            assert thread is not None
            thread.join(5)
        # Then its thread has ended
        assert not thread.is_alive()


def test_no_question_has_no_end() -> None:
    # Given no question
    # When its end is asked for, then that is a defect
    with pytest.raises(LookupError):
        current_end()
