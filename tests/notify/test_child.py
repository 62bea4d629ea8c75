"""The sender's process: what it obeys, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from support.notice_servers import wait_until, web_hook

from trading_bot.notify import by_apprise, child
from trading_bot.notify.desk import Message
from trading_bot.notify.outbox import send_line, to_line
from trading_bot.notify.outcome import SENT, Found
from trading_bot.notify.process import hello_line

DEATH = ("d1", Message("died", "it has died, found at {at}", urgent=True))
TEXT = Message("ACME: exit", "leave", urgent=True)


class StubReceivers:
    """Receivers that take all."""

    sent: list[tuple[int, str, str]] = []  # noqa: RUF012 - emptied by the fixture
    hangs: threading.Event | None = None

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self.addresses = addresses

    def understood(self, number: int) -> bool:
        return self.addresses[number] != "bad://x"

    def try_once(self, number: int, title: str, body: str) -> Found:
        self.sent.append((number, title, body))
        if self.hangs is not None:
            self.hangs.wait(30.0)
        return SENT


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> type[StubReceivers]:
    monkeypatch.setattr(by_apprise, "Receivers", StubReceivers)
    monkeypatch.setattr(StubReceivers, "sent", [])
    monkeypatch.setattr(StubReceivers, "hangs", None)
    return StubReceivers


def said_by(*lines: Any, end: bytes = b"", parent: int | None = None) -> list[dict[str, Any]]:
    """Run to the end of its input; return what it says."""
    source = b"".join(json.dumps(each).encode() + b"\n" for each in lines) + end
    output = io.BytesIO()
    child.run(io.BytesIO(source), output, os.getppid() if parent is None else parent)
    return [json.loads(line) for line in output.getvalue().splitlines()]


HELLO = hello_line(("json://a/x", "bad://x"), None, DEATH)
LIFE = {"op": "life", "lives": True}
BYE = {"op": "bye", "seconds": 30.0}


def test_it_says_which_addresses_it_understands(receivers: type[StubReceivers]) -> None:
    # Given a guard that says hello and goodbye
    # When it runs
    # Then it says what it can make of each
    assert said_by(HELLO, BYE) == [{"op": "ready", "understood": [True, False]}]
    assert receivers.sent == []


def test_a_text_goes_to_whom_it_is_for_before_goodbye(receivers: type[StubReceivers]) -> None:
    # Given a text for the second receiver
    send = send_line("a1", TEXT, 0.0, [to_line(1)])
    # When goodbye follows at once
    said = said_by(HELLO, send, {"op": "ping"}, BYE)
    # Then it is sent before the end, and each ping is answered
    assert receivers.sent == [(1, "ACME: exit", "leave\nnotice a1")]
    assert [each["op"] for each in said].count("pong") == 1
    assert {"sent", "begun"} == {each["state"] for each in said if each["op"] == "state"}


@pytest.mark.parametrize("end", [b"", b'{"op": "bye"'])
def test_a_guard_that_ends_without_a_word_is_told_to_all(
    receivers: type[StubReceivers], end: bytes
) -> None:
    # Given a guard that lived
    # When its lines end, or end within one
    said_by(HELLO, LIFE, end=end)
    # Then each receiver is told, with the time
    assert sorted(number for number, _, _ in receivers.sent) == [0, 1]
    assert "found at 20" in receivers.sent[0][2]
    assert receivers.sent[0][2].endswith("UTC\nnotice d1")


def test_a_guard_that_had_stopped_is_not_told_to_have_died(
    receivers: type[StubReceivers],
) -> None:
    # Given a guard that stopped, and a process that got no hello
    # When their lines end
    said_by(HELLO, LIFE, {"op": "life", "lives": False})
    said_by()
    # Then nobody is told
    assert receivers.sent == []


def test_a_pipe_that_another_process_keeps_open_does_not_keep_it(
    receivers: type[StubReceivers], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given lines that never end, of a guard that is no more
    monkeypatch.setattr(child, "_LOOK_SECONDS", 0.05)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as lines:
        for each in (HELLO, LIFE):
            lines.write(json.dumps(each).encode() + b"\n")
        lines.flush()
        # When it looks who its parent is
        alone = iter((False, True))
        monkeypatch.setattr(child, "_is_alone", lambda _: next(alone))
        child.run(source, io.BytesIO(), 1)
        lines.close()
    # Then it tells, and ends
    assert len(receivers.sent) == 2


def test_whoever_has_another_parent_is_alone() -> None:
    # Given the process that runs this test
    # When it asks for its own parent, and for another
    # Then only the other is gone
    assert not child._is_alone(os.getppid())
    assert child._is_alone(os.getppid() + 1) is (sys.platform != "win32")


def test_a_beat_asks_the_switch() -> None:
    # Given a switch, and nobody else to be told
    with web_hook() as hook:
        hello = hello_line((), hook.page(), DEATH)
        # When a beat comes
        output = io.BytesIO()
        sender = child.Sender(output)
        sender.obey({"op": "beat"})
        sender.obey(hello)
        sender.obey({"op": "beat"})
        wait_until(lambda: b'"op": "beat"' in output.getvalue())
        # Then it is asked; before hello nobody was
        assert hook.beats == 1


def test_a_process_in_which_too_much_hangs_ends(
    receivers: type[StubReceivers], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a receiver that hangs, and an end that is noted
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr("trading_bot.notify.worker.MOST_HELD", 1)
    monkeypatch.setattr("trading_bot.notify.plan.UNCERTAIN_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(receivers, "hangs", threading.Event())
    hello = hello_line(("json://a/x",), None, DEATH, try_seconds=0.05)
    # When a text comes
    said = said_by(hello, send_line("a1", TEXT, 0.0, [to_line(0)]), BYE)
    # Then it says that it is worn, and ends
    assert {"op": "worn"} in said
    assert ended[0] == child.WORN_STATUS
    assert receivers.hangs is not None
    receivers.hangs.set()


def test_a_guard_that_reads_no_more_is_no_trouble() -> None:
    # Given an output that is closed
    output = io.BytesIO()
    output.close()
    # When something is said
    # Then nothing happens
    child.Sender(output).say(op="pong")


def test_it_ignores_signals_that_are_for_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a process with the lines of a guard, its signals and its end noted
    set_: list[Any] = []
    ended: list[int] = []
    ran: list[Any] = []
    monkeypatch.setattr(signal, "signal", lambda number, how: set_.append((number, how)))
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(child, "run", lambda *given: ran.append(given))
    monkeypatch.setattr(sys, "argv", ["child", "77"])
    pipe = SimpleNamespace(buffer=None)
    monkeypatch.setattr(sys, "stdin", pipe)
    monkeypatch.setattr(sys, "stdout", pipe)
    # When it runs as a process
    child.main()
    # Then Ctrl-C and a service manager's word leave it be, and it ends whatever hangs
    assert (signal.SIGINT, signal.SIG_IGN) in set_
    assert (signal.SIGTERM, signal.SIG_IGN) in set_
    assert (ran, ended) == ([(None, None, 77)], [0])


def test_a_line_that_it_does_not_know_is_passed_over() -> None:
    # Given a line of a later version
    output = io.BytesIO()
    # When it is obeyed
    child.Sender(output).obey({"op": "another"})
    # Then nothing is said
    assert output.getvalue() == b""
