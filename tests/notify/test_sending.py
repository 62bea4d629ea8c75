"""Keeps a process running, whatever becomes of it."""

from __future__ import annotations

import pytest
from support.notify_stubs import Processes, StubProcess, report

from trading_bot.notify.desk import Message
from trading_bot.notify.sending import (
    PING_SECONDS,
    RESTART_SECONDS,
    SILENT_SECONDS,
    STEADY_SECONDS,
    Sending,
)

URLS = ("json://127.0.0.1/s3cr3t-of-one", "tgram://s3cr3t-of-two/chat")
EXIT = Message("ACME: exit", "leave", urgent=True)


def ops(process: StubProcess) -> list[str]:
    return [line["op"] for line in process.lines]


def test_a_process_is_begun_at_the_first_look_and_given_what_waits() -> None:
    # Given a text that was posted before
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.say_life(lives=True)
    known_as = sending.post(EXIT, 0.0)
    # When it is looked at
    sending.look(1.0)
    # Then the process knows that the guard lives, and what to send
    life, send = processes.made[0].lines
    assert life == {"op": "life", "lives": True}
    assert (send["id"], len(known_as)) == (known_as, 8)


def test_what_comes_later_is_written_at_once() -> None:
    # Given a process
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    # When a text, a beat and a change of life come
    sending.post(EXIT, 0.0)
    sending.beat()
    sending.say_life(lives=False)
    # Then each is a line
    assert ops(processes.made[0]) == ["life", "send", "beat", "life"]


def test_reports_are_told_in_health_without_an_address() -> None:
    # Given a text that the one has taken and the other has not
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    known_as = sending.post(EXIT, 0.0)
    processes.made[0].says += [
        {"op": "ready", "understood": [True, True]},
        report(known_as, 0, "sent"),
        report(known_as, 1, "failed", "it answers 401: look at its address"),
        {"op": "beat", "ok": False, "why": "it answers 500"},
        {"op": "pong"},
    ]
    # When they are heard
    sending.look(1.0)
    # Then health says so
    health = sending.health()
    assert health == {
        "process": "running",
        "restarts": 0,
        "waiting": 0,
        "lost": 0,
        "beat": "it answers 500",
        "receivers": [
            {
                "receiver": "1. json://127.0.0.1",
                "status": "ok",
                "sent": 1,
                "failed": 0,
                "unsure": 0,
            },
            {
                "receiver": "2. tgram://***",
                "status": "it answers 401: look at its address",
                "sent": 0,
                "failed": 1,
                "unsure": 0,
            },
        ],
    }


def test_an_address_that_is_not_understood_is_told() -> None:
    # Given a process that makes nothing of the second
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    processes.made[0].says.append({"op": "ready", "understood": [True, False]})
    # When it is heard
    sending.look(1.0)
    # Then health names it
    assert sending.health()["receivers"][1]["status"] == "its address is not understood"


def test_a_process_that_dies_is_begun_anew_after_a_pause_and_given_what_is_left() -> None:
    # Given a text that the one has when the process dies
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    known_as = sending.post(EXIT, 0.0)
    processes.made[0].says.append(report(known_as, 0, "sent"))
    processes.made[0].runs = False
    # When it is looked at then, just before and at the end of the pause
    sending.look(5.0)
    health = sending.health()["process"]
    sending.look(5.0 + RESTART_SECONDS[0] - 0.01)
    before = len(processes.made)
    sending.look(5.0 + RESTART_SECONDS[0])
    # Then a second one sends the rest
    assert (health, before, len(processes.made)) == ("not running", 1, 2)
    assert [to["number"] for to in processes.made[1].lines[1]["to"]] == [1]
    assert sending.restarts == 1


@pytest.mark.parametrize(("life", "pause"), [(STEADY_SECONDS - 1, 2.0), (STEADY_SECONDS, 1.0)])
def test_pauses_grow_until_a_process_has_lived_for_a_minute(life: float, pause: float) -> None:
    # Given a process that has died once
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    processes.made[0].runs = False
    sending.look(0.0)
    sending.look(1.0)
    # When the next one dies after some time
    processes.made[1].runs = False
    sending.look(1.0 + life)
    sending.look(1.0 + life + pause - 0.01)
    before = len(processes.made)
    sending.look(1.0 + life + pause)
    # Then the pause is longer, or that of a first failure
    assert (before, len(processes.made)) == (2, 3)


def test_a_process_that_cannot_be_begun_is_tried_again() -> None:
    # Given a machine without room for a process
    processes = Processes(refuses=2)
    sending = Sending(URLS, processes.begin)
    # When it is looked at, and again after the pauses
    for now in (0.0, 1.0, 3.0):
        sending.look(now)
    # Then the third comes up
    assert len(processes.made) == 1
    assert sending.restarts == 2


def test_a_process_that_says_nothing_is_ended_and_begun_anew() -> None:
    # Given a process that is asked whether it lives
    processes = Processes(answers=False)
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    sending.look(PING_SECONDS)
    assert ops(processes.made[0]) == ["life", "ping"]
    # When it says nothing until just before, and at, the limit
    sending.look(PING_SECONDS + SILENT_SECONDS - 0.01)
    before = processes.made[0].killed
    sending.look(PING_SECONDS + SILENT_SECONDS)
    # Then it is ended
    assert (before, processes.made[0].killed) == (False, True)
    assert sending.health()["process"] == "not running"


def test_a_process_that_answers_lives_on() -> None:
    # Given a process that answers each ping
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    for now in range(0, 200, 5):
        # When time passes
        sending.look(float(now))
    # Then it is never ended
    assert len(processes.made) == 1
    assert ops(processes.made[0]).count("ping") == 19


def test_the_end_waits_for_what_is_left() -> None:
    # Given a text on its way
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    known_as = sending.post(EXIT, 0.0)
    processes.made[0].says += [report(known_as, 0, "sent"), report(known_as, 1, "sent")]
    # When goodbye is said
    # Then all is sent
    assert sending.finish(1.0, 5.0)
    assert processes.made[0].lines[-1] == {"op": "bye", "seconds": 5.0}


def test_a_process_that_does_not_end_is_ended() -> None:
    # Given a process that does not end, with a text that it has not sent
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.look(0.0)
    sending.post(EXIT, 0.0)
    processes.made[0].ends = False
    # When goodbye is said
    # Then it is ended, and what is left is known
    assert not sending.finish(1.0, 5.0)
    assert processes.made[0].killed


def test_the_end_begins_a_process_for_what_is_left() -> None:
    # Given a text, and no process yet
    processes = Processes()
    sending = Sending(URLS, processes.begin)
    sending.post(EXIT, 0.0)
    # When goodbye is said
    sending.finish(0.0, 5.0)
    # Then one is begun for it
    assert ops(processes.made[0]) == ["life", "send", "bye"]


@pytest.mark.parametrize(("waits", "is_well"), [(True, False), (False, True)])
def test_the_end_is_well_without_a_process_where_nothing_is_left(
    waits: bool, is_well: bool
) -> None:
    # Given a machine without room for a process
    sending = Sending(URLS, Processes(refuses=9).begin)
    if waits:
        sending.post(EXIT, 0.0)
    # When goodbye is said
    # Then it is well where nothing is left
    assert sending.finish(0.0, 5.0) is is_well
