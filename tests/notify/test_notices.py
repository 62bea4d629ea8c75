"""Notices of one guard: from its events to the lines of a process, by clocks moved by hand."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from support.monitor_stubs import START, HandClock, exit_of, large_seller, position, steady_of
from support.notify_stubs import Processes, StubProcess

from trading_bot.notify import notices as notices_module
from trading_bot.notify.desk import URGENT_WAIT_SECONDS, WAIT_SECONDS
from trading_bot.notify.mutes import write_wishes
from trading_bot.notify.notices import BEAT_EVERY_SECONDS, MissingLibraryError, Notices
from trading_bot.notify.unknown import STALE_SECONDS
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.diagnostics import SECRETS
from trading_bot.order_flow.journal.reading import MUTES_FILE
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import FeedEvent, GuardState, GuardStateKind
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.threads.watch import JUDGING, Threads

URL = "json://127.0.0.1/t0k3n-of-notices"
BEAT = "https://beat.example/t0k3n-of-beat"


@dataclass
class StubMonitor:
    """What notices ask of an engine."""

    config: OrderFlowConfig
    clock: HandClock
    market: MarketSource = "simulated"
    positions: Mapping[str, Position] = field(default_factory=lambda: {"ACME": position()})
    noted: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.threads = Threads(steady_ns=steady_of(self.clock))

    def note_muted(self, symbol: str, until: datetime) -> None:
        self.noted.append(("muted", symbol, until))

    def note_unmuted(self, symbol: str, reason: str, held_back: int) -> None:
        self.noted.append(("unmuted", symbol, reason, held_back))


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is there, as far as these tests need it."""
    monkeypatch.setattr(notices_module, "is_there", lambda: True)
    # Their thread looks at the end alone: before, these tests do.
    monkeypatch.setattr(notices_module, "ROUND_SECONDS", 3_600.0)


class Rig:
    """Notices, their clocks and processes."""

    def __init__(self, folder: Path | None = None, **settings: Any) -> None:
        self.clock = HandClock()
        config = OrderFlowConfig(**({"notify_urls": (URL,)} | settings))
        self.monitor = StubMonitor(config, self.clock)
        self.processes = Processes()
        self.notices = Notices(
            cast(OrderFlowMonitor, self.monitor),
            folder,
            begin=self.processes.begin,
            wall=self.clock,
            steady=self.seconds,
        )

    def seconds(self) -> float:
        return (self.clock() - START).total_seconds()

    def fail_after(self, *kinds: GuardStateKind) -> None:
        """Let the guard's life be told, and an error end it."""
        with self.notices as notices:
            for kind in kinds:
                notices.tell_life(kind)
            raise RuntimeError("boom")

    def bodies(self) -> str:
        return "\n".join(each["body"] for each in self.process.lines if each["op"] == "send")

    @property
    def process(self) -> StubProcess:
        return self.processes.made[-1]

    def look(self, seconds: float = 0.0) -> None:
        self.clock.move(seconds)
        self.notices.look()

    def sent(self) -> list[tuple[str, str]]:
        """Return title and text of what was sent since this was asked last."""
        lines = [each for each in self.process.lines if each["op"] == "send"]
        self.process.lines.clear()
        return [(each["title"], each["body"].rpartition("\nnotice ")[0]) for each in lines]

    def ops(self) -> list[str]:
        ops = [each["op"] for each in self.process.lines]
        self.process.lines.clear()
        return ops


def test_an_exit_is_sent_within_seconds_and_marked_as_simulated() -> None:
    # Given a guard of the simulated market
    rig = Rig()
    rig.look()
    # When it suggests an exit
    rig.notices(exit_of())
    rig.look(0.5)
    rig.look(1.0)
    # Then it goes out, with the mark in front of title and text
    ((title, text),) = rig.sent()
    assert title == "SIMULATED ACME: exit"
    assert text.startswith("SIMULATED 10:00:00 ET ACME exit suggested (high)")


def test_alerts_are_counted_and_not_sent() -> None:
    # Given a guard
    rig = Rig()
    # When it finds a seller, and the session closes
    rig.look()
    rig.notices(large_seller())
    rig.look(20.0)
    before = rig.sent()
    rig.look(6 * 3_600.0)
    rig.look(10.0)
    # Then only the summary is sent
    ((title, text),) = rig.sent()
    assert before == []
    assert title == "SIMULATED the guard: summary"
    assert "held: ACME; exits suggested: none; alerts: 1 (ACME 1)" in text


def test_quiet_hours_hold_back_the_start_and_let_an_exit_through() -> None:
    # Given quiet hours by New York's clock, at ten in the morning
    rig = Rig(notify_quiet_hours="09:00-11:00 exchange")
    rig.look()
    # When the guard starts, and suggests an exit
    rig.notices.tell_life("started", "watching ACME")
    rig.look(30.0)
    held = rig.sent()
    rig.notices(exit_of())
    rig.look(0.0)
    rig.look(1.0)
    broken = rig.sent()
    rig.look(3_600.0)
    # Then the exit comes at once, and the start when they are over
    assert held == []
    assert [title for title, _ in broken] == ["SIMULATED ACME: exit"]
    assert [title for title, _ in rig.sent()] == ["SIMULATED the guard: started"]


def test_quiet_hours_that_change_hold_from_the_next_round_on() -> None:
    # Given quiet hours
    rig = Rig(notify_quiet_hours="09:00-11:00 exchange")
    rig.notices.tell_life("started")
    rig.look()
    rig.look(20.0)
    assert rig.sent() == []
    # When the settings change while the guard runs
    rig.monitor.config = OrderFlowConfig(notify_urls=(URL,))
    rig.look(0.5)
    # Then what waited goes out
    assert [title for title, _ in rig.sent()] == ["SIMULATED the guard: started"]


def test_a_muted_symbol_is_silent_and_the_record_says_so(tmp_path: Path) -> None:
    # Given a wish that ACME be silent for an hour
    rig = Rig(tmp_path)
    until = START + timedelta(hours=1)
    write_wishes(tmp_path, {"ACME": until}, START)
    rig.look()
    # When ACME is to be left, and its time is over
    rig.notices(exit_of())
    rig.look(30.0)
    health = rig.notices.health()
    silent = rig.sent()
    rig.look(3_600.0)
    rig.look(10.0)
    # Then nothing was sent meanwhile, health and record name it, and what was held back is told
    assert silent == []
    assert health["muted"] == {"ACME": "2026-03-10T15:00:00.000000Z"}
    assert rig.monitor.noted == [("muted", "ACME", until), ("unmuted", "ACME", "over", 1)]
    assert [text for _, text in rig.sent()] == [
        "SIMULATED ACME is no longer muted; held back: 1 exit"
    ]
    assert dict(rig.notices.muted_until()) == {}


def test_a_damaged_wish_leaves_all_as_it_is_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a symbol that is muted, and a file that is damaged then
    logging.getLogger("trading_bot.notify").propagate = True
    rig = Rig(tmp_path)
    write_wishes(tmp_path, {"ACME": START + timedelta(hours=1)}, START)
    rig.look()
    (tmp_path / MUTES_FILE).write_text("[", encoding="utf-8")
    # When it is looked at twice, and after the hour
    rig.look(1.0)
    rig.look(1.0)
    still, trouble = rig.notices.muted_until(), rig.notices.health()["notices"]["mutes"]
    rig.look(3_600.0)
    # Then it stays muted until its time, and health names the file
    assert list(still) == ["ACME"]
    assert MUTES_FILE in trouble
    assert dict(rig.notices.muted_until()) == {}
    lines = [each for each in caplog.records if each.getMessage() == "notify.mutes_not_read"]
    assert len(lines) == 1


def test_the_switch_is_asked_each_minute_while_the_judging_lives() -> None:
    # Given a guard that has started and judges
    rig = Rig(heartbeat_url=BEAT)
    rig.look()
    assert "beat" not in rig.ops()
    judging = rig.monitor.threads.watched(JUDGING, 5.0)
    rig.notices.tell_life("started")
    beats = []
    # When time passes, until just before and at the minute
    for seconds in (0.0, BEAT_EVERY_SECONDS - 1.0, 1.0, 1.0):
        rig.clock.move(seconds)
        judging.beat()
        rig.look()
        beats.append(rig.ops().count("beat"))
    # Then it is asked at the start and at the minute
    assert beats == [1, 0, 1, 0]


def test_a_guard_that_is_stuck_or_has_stopped_stops_the_beat() -> None:
    # Given a guard that has started and judges
    rig = Rig(heartbeat_url=BEAT)
    judging = rig.monitor.threads.watched(JUDGING, 5.0)
    rig.notices.tell_life("started")
    rig.look()
    rig.look()
    rig.ops()
    # When its judging shows no life for an hour, comes back, and it stops
    rig.look(3_600.0)
    stuck = rig.ops().count("beat")
    judging.beat()
    rig.look()
    back = rig.ops().count("beat")
    rig.notices.tell_life("stopped")
    judging.rest()
    rig.look(3_600.0)
    # Then the beat stops with it, and comes back with it
    assert (stuck, back, rig.ops().count("beat")) == (0, 1, 0)


def test_without_anybody_to_tell_no_process_is_begun_and_mutes_are_noted(tmp_path: Path) -> None:
    # Given settings that name nobody, and a wish
    rig = Rig(tmp_path, notify_urls=())
    write_wishes(tmp_path, {"ACME": START + timedelta(hours=1)}, START)
    # When the guard lives and ends
    with rig.notices as notices:
        notices.tell_life("started")
        notices(exit_of())
        rig.look()
    # Then there is no process, and the wish is obeyed all the same
    assert rig.processes.made == []
    assert rig.monitor.noted[0][:2] == ("muted", "ACME")
    assert notices.health() == {
        "muted": {"ACME": "2026-03-10T15:00:00.000000Z"},
        "notices": {"status": "off", "held": 0, "mutes": "ok"},
    }


def test_a_switch_alone_is_asked_and_nobody_told() -> None:
    # Given a dead-man's switch, and no receiver
    rig = Rig(notify_urls=(), heartbeat_url=BEAT)
    rig.notices.tell_life("started")
    rig.look()
    assert "beat" in rig.ops()
    rig.notices(exit_of())
    rig.look(20.0)
    # When it is looked at
    # Then no text is made
    assert rig.sent() == []
    assert rig.notices.health()["notices"]["receivers"] == []


def test_the_end_sends_what_waits_and_says_goodbye() -> None:
    # Given a guard that has started
    rig = Rig()
    with rig.notices as notices:
        notices.tell_life("started", "watching ACME")
        rig.look()
        # When it stops
        notices.tell_life("stopped")
    # Then both are told in one text, and goodbye follows
    titles = [each["title"] for each in rig.process.lines if each["op"] == "send"]
    assert titles == ["SIMULATED 2 notices: the guard: started, the guard: stopped"]
    assert rig.process.lines[-1]["op"] == "bye"


def test_a_guard_that_ends_by_an_error_tells_it() -> None:
    # Given a guard that runs
    rig = Rig()
    # When an error ends it
    with pytest.raises(RuntimeError):
        rig.fail_after("started")
    # Then that is the last notice
    assert "SIMULATED 10:00:00 ET the guard has failed: RuntimeError: boom" in rig.bodies()


def test_an_error_after_the_stop_is_told_once() -> None:
    # Given a guard that has stopped, and said so
    rig = Rig()
    # When an error follows
    with pytest.raises(RuntimeError):
        rig.fail_after("started", "stopped")
    # Then it is not said to have failed
    assert "failed" not in rig.bodies()


def test_texts_that_were_lost_are_told_with_the_next() -> None:
    # Given more texts on their way than are kept, each a minute after the last
    rig = Rig()
    rig.look()
    for _ in range(202):
        rig.notices(exit_of())
        rig.look()
        rig.look(60.0)
    # When the next goes out
    bodies = [text for _, text in rig.sent()]
    # Then it says how many were lost
    assert "notices were lost: too many" in bodies[-1]


def test_what_was_too_much_for_the_queue_is_told() -> None:
    # Given more events at once than may wait
    rig = Rig()
    rig.look()
    rig.notices(exit_of())
    for _ in range(1_100):
        rig.notices(large_seller())
    # When they are taken
    rig.look()
    rig.look(1.0)
    # Then the exit is there, and so is the loss
    ((_, text),) = rig.sent()
    assert "ACME exit suggested" in text
    assert "events were lost" in text


def test_positions_and_sight_of_a_guard_are_told() -> None:
    # Given a host's guard, whose events name what is held by symbol alone
    rig = Rig()
    rig.look()
    # When a held symbol and another are blind
    rig.notices(GuardState("blind", "ACME", "no_answer", START))
    rig.notices(FeedEvent("blind", "BOLT", START, "no_answer", False))
    rig.look()
    rig.look(1.0)
    # Then the held one is told of
    assert [title for title, _ in rig.sent()] == ["SIMULATED ACME: blind"]


def test_positions_that_stay_unknown_are_told_and_a_moment_of_it_is_not() -> None:
    # Given a guard whose broker fails
    rig = Rig()
    rig.look()
    rig.notices(GuardState("positions_stale", None, "alpaca: no answer", START))
    rig.look()
    # When it answers a second later, then nobody is told
    rig.notices(GuardState("positions_ok", None, "", START))
    rig.look(STALE_SECONDS)
    rig.look(WAIT_SECONDS)
    assert rig.sent() == []
    # When it fails for longer, then that is told, and its end
    rig.notices(GuardState("positions_stale", None, "alpaca: no answer", START))
    rig.look()
    rig.look(STALE_SECONDS)
    rig.look(URGENT_WAIT_SECONDS)
    assert [title for title, _ in rig.sent()] == ["SIMULATED the guard: positions unknown"]
    rig.notices(GuardState("positions_ok", None, "", START))
    rig.look()
    rig.look(WAIT_SECONDS)
    assert [title for title, _ in rig.sent()] == ["SIMULATED the guard: positions known"]


def test_receivers_without_the_library_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a machine without it
    monkeypatch.setattr(notices_module, "is_there", lambda: False)
    # When receivers are set, or none
    # Then the extra is named where it is needed
    with pytest.raises(MissingLibraryError, match="the extra 'notify': pip install"):
        Rig()
    Rig(notify_urls=())


def test_no_address_is_written_into_a_log() -> None:
    # Given notices with addresses
    Rig(heartbeat_url=BEAT)
    # When a line quotes one, or a part of it
    line = str(SECRETS.blank(f"asked {URL} and /t0k3n-of-beat"))
    # Then it is blanked
    assert "t0k3n" not in line


def test_not_all_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    # Given a process that does not end in time
    logging.getLogger("trading_bot.notify").propagate = True
    rig = Rig()
    with rig.notices as notices:
        notices.tell_life("started")
        rig.look()
        rig.process.ends = False
    # When the end has come
    # Then that is logged
    assert "notify.not_all_sent" in caplog.text


def test_the_process_is_given_what_it_says_when_the_guard_dies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given notices that begin a process by themselves
    begun: list[Mapping[str, Any]] = []

    def begin(hello: Mapping[str, Any]) -> StubProcess:
        begun.append(hello)
        return StubProcess()

    monkeypatch.setattr(notices_module, "SenderProcess", begin)
    monitor = StubMonitor(OrderFlowConfig(notify_urls=(URL,), heartbeat_url=BEAT), HandClock())
    # When they look for the first time
    Notices(cast(OrderFlowMonitor, monitor)).look()
    # Then it has the addresses, and the last notice
    (hello,) = begun
    assert hello["urls"] == (URL,)
    assert hello["beat_url"] == BEAT
    assert hello["death"]["title"] == "SIMULATED the guard: failed"
    assert "{at}" in hello["death"]["body"]
