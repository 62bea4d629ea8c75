"""Notices of real processes over real sockets: killed, stopped, slow, refused, dripping."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.monitor_stubs import exit_of, position
from support.notice_servers import TOKEN, WebHook, mail_server, wait_until, web_hook

from trading_bot.notify import sending
from trading_bot.notify.desk import Message
from trading_bot.notify.notices import Notices
from trading_bot.notify.process import SenderProcess, hello_line
from trading_bot.notify.sending import Sending
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.guard import OrderFlowGuard
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.positions import FixedPositionManager
from trading_bot.simulator.running import RunningSimulator

pytest.importorskip("apprise", reason="needs the extra `notify`")
pytestmark = [
    pytest.mark.slow,  # processes, for seconds
    pytest.mark.skipif(sys.platform == "win32", reason="stops processes by signals"),
]

DEATH = ("d1", Message("died", "found at {at}", urgent=True))
KEY = "pk_of_this_test_0123456789"
HELD = {"symbol": "ACME", "quantity": 1200, "average_price": "27.10", "stop": "26.60"}


@dataclass
class Rig:
    """Sends by real processes, with a clock of its own for pings and pauses."""

    urls: tuple[str, ...]
    try_seconds: float = 20.0
    skipped: float = 0.0
    made: list[SenderProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sending = Sending(self.urls, self.begin)
        self.sending.say_life(lives=True)

    def begin(self) -> SenderProcess:
        self.made.append(
            SenderProcess(hello_line(self.urls, None, DEATH, try_seconds=self.try_seconds))
        )
        return self.made[-1]

    def look(self) -> None:
        self.sending.look(monotonic_seconds() + self.skipped)

    def post(self, text: str) -> None:
        message = Message(text, text, urgent=True)
        self.sending.post(message, monotonic_seconds() + self.skipped)

    def until(self, is_so: object) -> None:
        assert callable(is_so)

        def seen() -> object:
            self.look()
            return is_so()

        wait_until(seen)


@contextmanager
def rig(*urls: str, try_seconds: float = 20.0) -> Iterator[Rig]:
    found = Rig(urls, try_seconds)
    try:
        yield found
    finally:
        found.sending.finish(monotonic_seconds(), 0.1)


def test_a_slow_receiver_holds_up_no_other_and_gets_a_text_twice_at_most() -> None:
    # Given a web hook that drips for ever, one that is down, and one that is well
    with web_hook() as down:
        gone = down.address()
    with web_hook("drip") as slow, web_hook() as well:
        with rig(slow.address(), gone, well.address(), try_seconds=0.5) as found:
            # When two texts are sent
            found.post("one")
            found.post("two")
            # Then the one that is well has both while the others are still tried
            found.until(lambda: len(well.got) == 2)
            assert well.messages == ["one", "two"]
            found.until(lambda: found.sending.outbox.receivers[1].trouble)
            receivers = found.sending.health()["receivers"]
            assert receivers[1]["status"] == "it refuses connections"
        assert slow.messages.count("one") <= 2
        assert TOKEN not in json.dumps(receivers)


def test_a_receiver_that_comes_back_gets_what_it_refused() -> None:
    # Given a web hook that refuses once
    with web_hook("500", "ok") as hook, rig(hook.address()) as found:
        # When a text is sent
        found.post("one")
        # Then it gets it at the second try, with the same id
        found.until(lambda: found.sending.outbox.waiting == 0)
        assert hook.messages == ["one", "one"]
        assert len(set(hook.ids)) == 1
        assert found.sending.outbox.receivers[0].sent == 1


def test_a_process_that_is_killed_loses_nothing_and_repeats_nothing() -> None:
    # Given a web hook that holds the first text, and one that has taken it
    with web_hook("silent", "ok") as slow, web_hook() as well:
        with rig(slow.address(read_seconds=30.0), well.address()) as found:
            found.post("one")
            found.until(lambda: slow.got and found.sending.outbox.receivers[1].sent == 1)
            # When the process is killed, and another text comes
            os.kill(found.made[0].pid, signal.SIGKILL)
            found.post("two")
            found.until(lambda: found.sending.restarts == 1)
            found.until(lambda: found.sending.outbox.waiting == 0)
        # Then a new one sends the rest: what may have arrived once more, the rest once
        assert slow.messages == ["one", "one", "two"]
        assert len(set(slow.ids)) == 2
        assert well.messages == ["one", "two"]


def test_a_process_that_is_stopped_is_ended_and_its_texts_are_sent() -> None:
    # Given a process that hangs, with more waiting than its pipe holds
    with web_hook() as hook, rig(hook.address()) as found:
        found.until(lambda: found.sending.health()["process"] == "running")
        found.post("first")
        found.until(lambda: found.sending.outbox.waiting == 0)
        os.kill(found.made[0].pid, signal.SIGSTOP)
        began = monotonic_seconds()
        for number in range(30):
            found.post(f"{number} " + "x" * 10_000)
            found.look()
        took = monotonic_seconds() - began
        # When it has said nothing for long
        found.skipped += sending.PING_SECONDS
        found.look()
        found.skipped += sending.SILENT_SECONDS
        found.look()
        found.skipped += 5.0
        # Then it never held up the guard, and a new one sends all
        found.until(lambda: found.sending.outbox.waiting == 0)
        assert took < 2.0
        assert len(hook.got) == 31
        assert len(set(hook.ids)) == 31


def test_a_mail_arrives_beside_a_web_hook() -> None:
    # Given a mail server and a web hook
    with mail_server() as mail, web_hook() as hook, rig(mail.address(), hook.address()) as found:
        # When a text is sent
        found.post("SIMULATED leave")
        # Then both have it, with its id
        found.until(lambda: found.sending.outbox.waiting == 0)
        assert "Subject: SIMULATED leave" in mail.letters[0]
        assert f"notice {hook.ids[0]}" in mail.letters[0]


@dataclass
class Watch:
    """A monitor in a process of its own."""

    home: Path
    process: subprocess.Popen[bytes]

    def child(self) -> int:
        """Return the process that sends."""
        found = subprocess.run(  # noqa: S603 - a tool of the system's
            ["/bin/ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout.decode()
        (line,) = (each for each in found.splitlines() if "notify.child" in each)
        return int(line.split()[0])


@contextmanager
def watch(home: Path, market: RunningSimulator, hook: WebHook) -> Iterator[Watch]:
    config = home / "config"
    config.mkdir()
    (config / "positions.json").write_text(json.dumps({"positions": [HELD]}), encoding="utf-8")
    settings = {"base_url": market.base_url, "requests_per_second": 20.0}
    (config / "order_flow_config.json").write_text(json.dumps(settings), encoding="utf-8")
    own = {n: text for n, text in os.environ.items() if not n.startswith("ORDER_FLOW_")}
    environ = own | {
        "TRADING_BOT_HOME": str(home),
        "MASSIVE_API_KEY": KEY,
        "ORDER_FLOW_NOTIFY_URLS": hook.address(),
        "ORDER_FLOW_HEARTBEAT_URL": hook.page(),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "trading_bot", "monitor"],
        env=environ,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Watch(home, process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def market() -> Iterator[RunningSimulator]:
    with RunningSimulator(key=KEY, warm=True) as simulator:
        yield simulator


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_guard_tells_its_start_its_end_and_beats_meanwhile(
    tmp_path: Path, market: RunningSimulator
) -> None:
    # Given a guard with a receiver and a switch
    with web_hook() as hook, watch(tmp_path, market, hook) as found:
        wait_until(lambda: hook.beats and len(hook.got) >= 1)
        sender = found.child()
        # When Ctrl-C goes to all of its terminal
        os.killpg(found.process.pid, signal.SIGINT)
        found.process.wait(30.0)
        # Then the last notice is out, its process is gone, and no file quotes an address
        wait_until(lambda: is_gone(sender))
        assert "the guard has started: watching ACME" in hook.messages[0]
        assert "the guard has stopped" in hook.messages[-1]
        files = [each for each in tmp_path.rglob("*") if each.is_file()]
        assert [each for each in files if TOKEN.encode() in each.read_bytes()] == []


def test_a_guard_that_is_killed_is_told_to_have_died(
    tmp_path: Path, market: RunningSimulator
) -> None:
    # Given a guard with a receiver
    with web_hook() as hook, watch(tmp_path, market, hook) as found:
        wait_until(lambda: len(hook.got) >= 1)
        sender = found.child()
        # When it is killed
        found.process.kill()
        found.process.wait()
        # Then that is told, and its process does not outlive it for long
        wait_until(lambda: len(hook.got) >= 2)
        wait_until(lambda: is_gone(sender))
        assert "the guard has died without a word, found at 20" in hook.messages[-1]


def test_a_muted_symbol_is_noted_by_the_guard(tmp_path: Path, market: RunningSimulator) -> None:
    # Given a guard, and a symbol that is muted by the command
    with web_hook() as hook, watch(tmp_path, market, hook):
        wait_until(lambda: len(hook.got) >= 1)
        record = tmp_path / "logs" / "order_flow"
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "trading_bot", "mute", "ACME", "1h", "--log-dir", str(record)],
            check=True,
            stdout=subprocess.DEVNULL,
        )

        # When its record and its state are read
        def lines() -> bytes:
            return b"".join(each.read_bytes() for each in record.glob("*.jsonl"))

        # Then both name it
        wait_until(lambda: b'"event":"order_flow.muted"' in lines())
        wait_until(lambda: json.loads((record / "state.json").read_bytes())["muted"])


def test_the_guards_thread_is_free_while_every_receiver_hangs() -> None:
    # Given notices of an engine, and a receiver that holds each text
    with web_hook("silent") as hook:
        config = OrderFlowConfig(notify_urls=(hook.address(read_seconds=30.0),))
        monitor = OrderFlowMonitor(
            config, position_manager=FixedPositionManager((position(),)), log_directory=None
        )
        notices = Notices(monitor)
        slowest = 0.0
        over = threading.Event()
        with notices:
            notices.tell_life("started")
            # When it is told of exits for some seconds
            for number in range(200):
                before = monotonic_seconds()
                notices(exit_of(f"S{number}"))
                slowest = max(slowest, monotonic_seconds() - before)
                over.wait(0.01)
            wait_until(lambda: hook.got)
        # Then none of them took any time
        assert slowest < 0.2


def test_a_host_has_notices_of_its_guard(tmp_path: Path, market: RunningSimulator) -> None:
    # Given a guard in a host's process, with a receiver
    with web_hook() as hook:
        config = OrderFlowConfig(
            polygon_api_key=KEY, base_url=market.base_url, notify_urls=(hook.address(),)
        )
        guard = OrderFlowGuard(config, [position()], mode="poll", log_directory=tmp_path)
        # When it watches, with notices as its listener
        with Notices(guard.monitor, tmp_path) as notices:
            guard.add_listener(notices)
            with guard:
                wait_until(lambda: hook.got)
        # Then its start and its end are told
        assert "the guard has started: watching by poll" in hook.messages[0]
        assert "the guard has stopped" in hook.messages[-1]
        assert notices.health()["notices"]["receivers"][0]["sent"] == len(hook.got)


def test_an_exit_of_the_simulated_market_is_told_as_such(tmp_path: Path) -> None:
    # Given the demonstration, whose seller comes within half a minute
    with web_hook() as hook:
        own = {n: text for n, text in os.environ.items() if not n.startswith("ORDER_FLOW_")}
        variables = {"TRADING_BOT_HOME": str(tmp_path), "ORDER_FLOW_NOTIFY_URLS": hook.address()}
        process = subprocess.Popen(
            [sys.executable, "-m", "trading_bot", "monitor", "--simulated"],
            env=own | variables,
            stdout=subprocess.DEVNULL,
        )
        # When it suggests an exit
        try:
            wait_until(lambda: [t for t, _ in hook.got if "ACME: exit" in t], seconds=120.0)
        finally:
            process.terminate()
            process.wait()
        # Then that is told once, marked as simulated
        exits = [message for message in hook.messages if "ACME exit suggested" in message]
        assert len(exits) == 1
        assert all(message.startswith("SIMULATED ") for message in hook.messages)
