"""What a guard says of itself while it runs: to the manager, and in its state file."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import START, HandClock, steady_of

from trading_bot.order_flow.journal.reading import STATE_FILE
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.threads.watch import JUDGING, JUDGING_SECONDS, Threads
from trading_bot.service.notify import Notifier
from trading_bot.service.presence import Presence

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd runs elsewhere")


@dataclass
class Rig:
    """A guard's threads and health, set by hand, and a manager that listens."""

    folder: Path
    manager: socket.socket
    clock: HandClock = field(default_factory=HandClock)
    health: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        address = str(self.folder / "notify")
        self.manager.bind(address)
        self.manager.settimeout(5.0)
        self.threads = Threads(steady_ns=steady_of(self.clock))
        self.record = self.folder / "record"
        self.record.mkdir()
        self.health = {
            "sleeping_until": None,
            "status": "ok",
            "symbols": {"ACME": {"visibility": "visible", "reason": ""}},
        }
        self.presence = Presence(
            lambda: self.health,
            folder=self.record,
            market="live",
            threads=self.threads,
            notifier=Notifier(address, watchdog_seconds=60.0),
            clock=self.clock,
        )

    def look(self) -> list[str]:
        """Do one round, and return what the manager was told in it."""
        self.presence.look()
        self.manager.setblocking(False)
        told: list[str] = []
        try:
            while True:
                told += self.manager.recv(4_096).decode().split("\n")
        except BlockingIOError:
            return told


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        yield Rig(tmp_path, manager)


SEEN = "STATUS=live market: 1 symbol: 1 visible"


def test_a_guard_is_ready_once_it_judges(rig: Rig) -> None:
    # Given a guard that has not begun to watch
    before = rig.look()
    # When it judges
    rig.threads.watched(JUDGING, JUDGING_SECONDS)
    after = rig.look()
    again = rig.look()
    # Then it is ready from then on, which is told once, as every change of what it sees is
    assert before == [SEEN, "WATCHDOG=1"]
    assert after == ["READY=1", "WATCHDOG=1"]
    assert again == ["WATCHDOG=1"]


def test_a_guard_that_sleeps_until_the_market_opens_is_ready(rig: Rig) -> None:
    # Given a guard that was started while the market is closed
    rig.health |= {"sleeping_until": "2026-03-11T08:00:00Z", "symbols": {}}
    # When it says how it is
    # Then it is ready, and says until when it sleeps
    assert rig.look() == [
        "READY=1",
        "STATUS=live market: market closed, sleeping until 2026-03-11T08:00:00Z",
        "WATCHDOG=1",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (JUDGING_SECONDS - 0.1, ["WATCHDOG=1"]),
        (JUDGING_SECONDS, ["WATCHDOG=1"]),
        (JUDGING_SECONDS + 0.1, []),
    ],
)
def test_a_thread_that_shows_no_life_silences_the_watchdog(
    rig: Rig, seconds: float, told: list[str]
) -> None:
    # Given a guard that judges
    judging = rig.threads.watched(JUDGING, JUDGING_SECONDS)
    rig.look()
    # When the thread shows no life for a while, and then again
    rig.clock.move(seconds)
    silent = rig.look()
    judging.beat()
    alive = rig.look()
    # Then the manager hears nothing from its limit on, until it lives again
    assert (silent, alive) == (told, ["WATCHDOG=1"])


def test_a_guard_that_is_blind_is_not_started_again(rig: Rig) -> None:
    # Given a guard that judges, and sees nothing
    rig.threads.watched(JUDGING, JUDGING_SECONDS)
    rig.look()
    rig.health |= {"status": "blind", "symbols": {"ACME": {"visibility": "blind", "reason": "x"}}}
    # When it says how it is
    # Then the manager is told, and the watchdog kept quiet: a restart would see no more
    assert rig.look() == ["STATUS=live market: 1 symbol: 1 blind", "WATCHDOG=1"]


def test_a_health_that_cannot_be_told_ends_nothing(rig: Rig) -> None:
    # Given a guard whose health has a defect
    rig.health.clear()
    # When it says how it is
    told = rig.look()
    # Then it lives all the same, says so, and the defect counts as any other thread's
    assert told == ["STATUS=live market: its health cannot be told", "WATCHDOG=1"]
    assert rig.threads.health()["presence"]["error"] == "KeyError"


def test_the_state_holds_what_health_says_with_time_and_market(rig: Rig) -> None:
    # Given a guard
    # When it says how it is
    rig.look()
    # Then its state has what health says, by the machine's clock
    state = decode((rig.record / STATE_FILE).read_bytes(), "the state")
    assert state.pop("pid") > 0
    assert state == {
        "written_at": START.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        **rig.health,
    }


def test_a_state_that_cannot_be_written_is_logged_once_and_costs_nothing_else(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a record whose folder has vanished
    rig.record.rmdir()
    # When it is looked twice, and again twice after the folder was there for a while
    with caplog.at_level(logging.WARNING):
        told = [rig.look(), rig.look()]
        rig.record.mkdir()
        rig.look()
        (rig.record / STATE_FILE).unlink()
        rig.record.rmdir()
        rig.look()
    # Then the manager hears of the guard, and each trouble is logged once
    assert [each[-1] for each in told] == ["WATCHDOG=1", "WATCHDOG=1"]
    assert [each.getMessage() for each in caplog.records] == ["service.state_not_written"] * 2


def test_a_guard_that_ends_says_so_and_takes_its_state_away(rig: Rig) -> None:
    # Given a guard with a state that another has left
    (rig.record / STATE_FILE).write_bytes(b"{}")
    # When it runs, until the manager has heard of it, and ends
    with rig.presence:
        first = rig.manager.recv(4_096).decode()
    last = [rig.manager.recv(4_096).decode()]
    while last[-1] != "STOPPING=1":
        last.append(rig.manager.recv(4_096).decode())
    # Then it has said so, and no state is left
    assert first == f"{SEEN}\nWATCHDOG=1"
    assert not (rig.record / STATE_FILE).exists()


def test_without_a_manager_the_state_is_written_all_the_same(tmp_path: Path) -> None:
    # Given a guard that nobody manages
    presence = Presence(
        lambda: {"sleeping_until": None, "symbols": {}},
        folder=tmp_path,
        market="live",
        threads=Threads(),
        notifier=None,
    )
    # When it is looked
    presence.look()
    # Then its state is there
    assert (tmp_path / STATE_FILE).exists()
