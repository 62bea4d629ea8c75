"""One trade from its purchase to its end, with a phone: and with broker or receiver failing.

Bought at the simulated broker, an alert, an exit that is suggested, a notice at a web hook, sold,
and no longer watched. Nothing is left unwatched, and nothing is told twice, whatever fails when.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.alpaca_bench import EMPTY, SECRET
from support.notice_servers import TOKEN, WebHook, wait_until, web_hook

from trading_bot.order_flow.clock import monotonic_seconds, utc_now
from trading_bot.simulator.broker.terms import ACCOUNT_NUMBER, BROKER_KEY
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

pytest.importorskip("apprise", reason="needs the extra `notify`")
pytestmark = [
    pytest.mark.slow,  # a guard in a process of its own, for half a minute each
    pytest.mark.skipif(sys.platform == "win32", reason="ends processes by signals"),
]

KEY = "pk_of_this_test_0123456789"
START_TAKES = timedelta(seconds=6)
"""How long before the market's start a guard is begun; its first episode is eight seconds later."""
FAILS_SECONDS = 4.0
WITH_FAILURES_TAKES = timedelta(seconds=20)
"""The same where two failures stand before the first episode: the position is known by then."""
SHARES = Decimal(1_200)
STEPS = ("started", "bought", "alerted", "suggested", "sold")
SEEN = "order_flow.position_seen"
GONE = "order_flow.position_gone"


@dataclass
class Trade:
    """A guard in a process of its own, its broker and its receiver.

    Attributes:
        sim: The market and the broker.
        hook: The receiver.
        home: The guard's folder.
        process: The guard; none before it is begun.
        mended: Set while nothing fails.
    """

    sim: RunningSimulator
    hook: WebHook
    home: Path
    process: subprocess.Popen[bytes] | None = None
    mended: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        own = {n: text for n, text in os.environ.items() if not n.startswith("ORDER_FLOW_")}
        variables = {
            "TRADING_BOT_HOME": str(self.home),
            "MASSIVE_API_KEY": KEY,
            "APCA_API_KEY_ID": BROKER_KEY,
            "APCA_API_SECRET_KEY": SECRET,
            "ORDER_FLOW_POSITIONS_SOURCE": "alpaca",
            "ORDER_FLOW_POSITIONS_URL": self.sim.base_url,
            "ORDER_FLOW_NOTIFY_URLS": self.hook.address(),
        }
        command = [sys.executable, "-m", "trading_bot", "monitor", "--base-url", self.sim.base_url]
        with (self.home / "screen.txt").open("wb") as screen:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command, env=own | variables, stdout=screen, stderr=screen
            )

    def end(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(30.0) == 0

    def trade(self, shares: Decimal) -> None:
        self.sim.do(self.sim.broker.trade("ACME", shares))

    def recorded(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of one kind that are whole."""
        return [
            line
            for path in (self.home / "logs" / "order_flow").glob("*.jsonl")
            for raw in path.read_bytes().splitlines(keepends=True)
            if raw.endswith(b"\n") and (line := json.loads(raw))["event"] == event
        ]

    def told(self, words: str) -> list[str]:
        """Return each text that the receiver took and that says something."""
        return [each for each in self.hook.taken if words in each]

    def fail_broker(self) -> None:
        """Let the broker answer nothing, and cut its stream, for some seconds."""
        for fault in (
            Fault("server_error", paths=("positions",)),
            Fault("server_error", paths=("trade_updates",)),
            Fault("br_close"),
        ):
            self.sim.faults.add(fault)
        self._mend_later(self.sim.faults.clear)

    def fail_receiver(self) -> None:
        """Let the receiver refuse for some seconds, and kill what sends to it."""
        self.hook.hows = ["500"]
        if self.process is not None:
            for pid in self._senders(self.process.pid):
                os.kill(pid, signal.SIGKILL)
        self._mend_later(lambda: self.hook.hows.__setitem__(0, "ok"))

    def _senders(self, guard: int) -> list[int]:
        found = subprocess.run(  # noqa: S603 - a tool of the system's
            ["/bin/ps", "-o", "pid=,args=", "--ppid", str(guard)],
            stdout=subprocess.PIPE,
            check=False,
        ).stdout.decode()
        return [int(each.split()[0]) for each in found.splitlines() if "notify.child" in each]

    def _mend_later(self, mend: Callable[[], None]) -> None:
        def run() -> None:
            mend()
            self.mended.set()

        self.mended.clear()
        timer = threading.Timer(FAILS_SECONDS, run)
        timer.daemon = True
        timer.start()


@contextmanager
def trading(home: Path, start_takes: timedelta = START_TAKES) -> Iterator[Trade]:
    (home / "config").mkdir()
    with (
        RunningSimulator(
            key=KEY, warm=True, broker=EMPTY, started_at=utc_now() + start_takes
        ) as sim,
        web_hook() as hook,
    ):
        found = Trade(sim, hook, home)
        found.mended.set()
        try:
            yield found
        finally:
            if found.process is not None:
                found.process.kill()
                found.process.wait()


def nothing(_step: str) -> None:
    """Let all go well."""


def live_through(trade: Trade, reach: Callable[[str], None] = nothing) -> None:
    """Buy, be alerted, be told to leave, sell, and see that monitoring ends.

    Args:
        trade: What is used.
        reach: Told of each step before it is made.
    """
    reach("started")
    trade.begin()
    wait_until(lambda: trade.recorded("order_flow.monitoring_started"))
    reach("bought")
    trade.trade(SHARES)
    wait_until(lambda: trade.recorded(SEEN))
    reach("alerted")
    wait_until(lambda: trade.recorded("order_flow.large_seller_detected"))
    reach("suggested")
    wait_until(lambda: trade.recorded("order_flow.exit_signal_triggered"))
    wait_until(lambda: trade.told("ACME exit suggested"))
    assert trade.recorded(GONE) == []
    reach("sold")
    trade.trade(-SHARES)
    wait_until(lambda: trade.recorded(GONE) or not trade.mended.is_set())
    # What cannot be known is watched on.
    assert trade.mended.is_set() or trade.recorded(GONE) == []
    wait_until(lambda: trade.recorded(GONE))


def all_is_told_once(trade: Trade) -> None:
    """See that every text was taken once, and no secret is anywhere."""
    for words in ("the guard has started", "ACME exit suggested", "the guard has stopped"):
        assert len(trade.told(words)) == 1, words
    assert len(set(trade.hook.taken)) == len(trade.hook.taken)
    assert [each["quantity"] for each in trade.recorded(SEEN)] == [1_200]
    assert len(trade.recorded(GONE)) == 1
    files = [each for each in trade.home.rglob("*") if each.is_file()]
    secrets = [each.encode() for each in (KEY, SECRET, TOKEN, ACCOUNT_NUMBER)]
    assert [(each, one) for each in files for one in secrets if one in each.read_bytes()] == []


def test_a_trade_is_watched_and_told_from_its_purchase_to_its_end(tmp_path: Path) -> None:
    # Given a guard with a broker and a receiver
    with trading(tmp_path) as trade:
        began = monotonic_seconds()
        # When shares are bought, an exit is suggested, and they are sold
        live_through(trade)
        # Then all of that takes less than a minute
        assert monotonic_seconds() - began < 60.0
        # And each text came once, and nobody was told of positions that are not known
        trade.end()
        all_is_told_once(trade)
        assert trade.told("positions") == []


@pytest.mark.parametrize("fail", [Trade.fail_broker, Trade.fail_receiver])
def test_a_failure_at_every_step_leaves_nothing_unwatched_and_tells_nothing_twice(
    tmp_path: Path, fail: Callable[[Trade], None]
) -> None:
    # Given a broker, or a receiver, that fails for some seconds at every step
    with trading(tmp_path, WITH_FAILURES_TAKES) as trade:
        reached: list[str] = []

        def reach(step: str) -> None:
            # Each failure stands alone: the one before is mended.
            trade.mended.wait()
            reached.append(step)
            fail(trade)

        # When a trade is made all the same
        live_through(trade, reach)
        wait_until(lambda: trade.told("the guard has started"))
        trade.mended.wait()
        trade.end()
        # Then it was watched until it was over, and each text came once
        assert tuple(reached) == STEPS
        all_is_told_once(trade)
