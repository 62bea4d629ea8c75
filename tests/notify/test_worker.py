"""One receiver's queue: in order, again after refusals, and never held for ever."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from support.notice_servers import wait_until

from trading_bot.notify import worker as worker_module
from trading_bot.notify.outcome import SENT, Found
from trading_bot.notify.plan import Tries
from trading_bot.notify.worker import MOST_HELD, Job, Worker
from trading_bot.order_flow.clock import monotonic_seconds

REFUSED = Found("refused", "it answers 500")


class Rig:
    """A worker with answers by hand."""

    def __init__(self, *answers: Found, try_seconds: float = 5.0) -> None:
        self.answers = list(answers)
        self.sent: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.worn = 0
        self.hangs = threading.Event()
        self.worker = Worker(3, self.send, self.report, self.wear, try_seconds=try_seconds)

    def send(self, title: str, body: str) -> Found:
        self.sent.append(f"{title}: {body}")
        if not self.answers:
            self.hangs.wait(30.0)
        return self.answers.pop(0) if self.answers else SENT

    def report(self, **fields: Any) -> None:
        self.reports.append(fields)

    def wear(self) -> None:
        self.worn += 1

    @property
    def states(self) -> list[str]:
        return [f"{each['id']} {each['state']}" for each in self.reports]


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of the plan are those of minutes."""
    monkeypatch.setattr(Worker, "_pause", lambda *_: None)


def job(id_: str = "a", *, once: bool = False) -> Job:
    return Job(id_, "title", f"body {id_}", monotonic_seconds(), Tries(), once)


def test_texts_are_sent_in_their_order() -> None:
    # Given a receiver that takes all
    rig = Rig(SENT, SENT)
    # When two texts come
    rig.worker.put(job("a"))
    rig.worker.put(job("b"))
    # Then each is reported as it begins and ends
    assert rig.worker.wait_until_idle(30.0)
    assert rig.states == ["a begun", "a sent", "b begun", "b sent"]
    assert rig.reports[0] == {
        "op": "state",
        "id": "a",
        "to": 3,
        "state": "begun",
        "why": "",
        "refused": 0,
        "uncertain": 0,
    }


@pytest.mark.usefixtures("short_pauses")
def test_a_refused_text_is_tried_again() -> None:
    # Given a receiver that refuses once
    rig = Rig(REFUSED, SENT)
    # When a text comes
    rig.worker.put(job())
    # Then it is sent at the second try
    assert rig.worker.wait_until_idle(30.0)
    assert rig.states == ["a begun", "a again", "a begun", "a sent"]
    assert rig.reports[1]["why"] == "it answers 500"
    assert rig.reports[2]["refused"] == 1


@pytest.mark.parametrize(
    ("found", "end"), [(REFUSED, "failed"), (Found("uncertain", "silence"), "unsure")]
)
def test_a_text_that_is_to_be_tried_once_is(found: Found, end: str) -> None:
    # Given a receiver that does not take it
    rig = Rig(found)
    # When a text comes that is tried once
    rig.worker.put(job(once=True))
    # Then it has ended
    assert rig.worker.wait_until_idle(30.0)
    assert rig.states == ["a begun", f"a {end}"]


@pytest.mark.usefixtures("short_pauses")
def test_a_try_that_hangs_is_left_to_itself_and_wears_the_process_out() -> None:
    # Given a receiver that drips for ever
    rig = Rig(try_seconds=0.05)
    # When texts come
    rig.worker.put(job("a"))
    rig.worker.put(job("b"))
    # Then each is repeated once, the queue goes on, and the third such try is one too many
    assert rig.worker.wait_until_idle(30.0)
    assert rig.states[1:4] == ["a again", "a begun", "a unsure"]
    assert rig.reports[1]["why"] == "no answer in time"
    assert len(rig.sent) == 4
    assert rig.worn == 4 - MOST_HELD + 1
    rig.hangs.set()


def test_a_pause_is_as_long_as_the_plan_says_until_the_end_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a receiver that refuses, and a worker in its pause
    monkeypatch.setattr(worker_module, "CLOSING_PAUSE_SECONDS", 0.01)
    rig = Rig(REFUSED, REFUSED, SENT)
    rig.worker.put(job())
    wait_until(lambda: "a again" in rig.states)
    assert not rig.worker.wait_until_idle(0.0)
    # When the end comes
    rig.worker.close()
    # Then the rest is tried at once
    assert rig.worker.wait_until_idle(30.0)
    assert rig.states[-1] == "a sent"


def test_a_pause_without_an_end_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a plan with short pauses
    monkeypatch.setattr("trading_bot.notify.plan.DELAYS_SECONDS", (0.01,))
    rig = Rig(REFUSED, SENT)
    # When a text is refused
    rig.worker.put(job())
    # Then it is tried again by itself
    assert rig.worker.wait_until_idle(30.0)
    assert rig.states[-1] == "a sent"
