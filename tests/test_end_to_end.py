"""The whole bot over real sockets, and as processes that are stopped, killed and left alone.

These few tests take seconds each: what they prove takes time to happen (a feed is blind after
five seconds at the earliest), or needs processes of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from trading_bot.bot import TradingBot
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import EXIT_EVENT, TOLD_EVENT
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.notices import FeedEvent, GuardState
from trading_bot.order_flow.position import PositionManager
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.process import SimulatorProcess
from trading_bot.simulator.running import RunningSimulator

pytestmark = pytest.mark.slow  # a market over sockets, and processes

MODULE = [sys.executable, "-m", "trading_bot"]
BUDGET_SECONDS = 9.0
BLIND_SECONDS = 30.0
"""Without any answer for so long a symbol is blind."""
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends without asking")


@pytest.fixture(scope="module")
def market() -> Iterator[RunningSimulator]:
    # The hour of history is made once, before the first test is timed.
    with RunningSimulator(warm=True) as simulator:
        yield simulator


@pytest.fixture
def sim(market: RunningSimulator) -> Iterator[RunningSimulator]:
    market.faults.clear()
    yield market
    market.faults.clear()


def config_of(sim: RunningSimulator, **changes: Any) -> OrderFlowConfig:
    fields: dict[str, Any] = {
        "polygon_api_key": sim.key,
        "base_url": sim.base_url,
        "requests_per_second": 90.0,
        "poll_interval_seconds": 0.2,
        "freshness_warn_seconds": 1.5,
        "freshness_limit_seconds": 3.0,
        "blind_after_seconds": BUDGET_SECONDS,
    }
    return OrderFlowConfig(thresholds="fixed", **(fields | changes))


class Watched:
    """A polling bot on the simulated market, and its feed's states as they were looked at."""

    def __init__(
        self,
        sim: RunningSimulator,
        *,
        record: Path | None = None,
        manager: PositionManager | None = None,
        **settings: Any,
    ) -> None:
        self.sim = sim
        self.bot = TradingBot(
            config_of(sim, **settings),
            position_manager=manager or FixedPositionManager(POSITIONS[:2]),
            log_directory=record,
            clock=sim.clock,
        )
        self.events: list[object] = []
        self.bot.monitor.add_listener(self.events.append)
        self.thread = threading.Thread(target=self.bot.run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bot.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()

    def state(self, symbol: str = "ACME") -> str:
        return self.bot.monitor.visibility(symbol).state

    def kinds(self, symbol: str = "ACME") -> list[str]:
        feed = [each for each in self.events if isinstance(each, FeedEvent)]
        return [each.kind for each in feed if each.symbol == symbol]

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> float:
        """Wait until something holds; return how long that took."""
        pause, started = threading.Event(), monotonic_seconds()
        while not condition():
            assert monotonic_seconds() - started < seconds, self.events[-5:]
            pause.wait(0.02)
        return monotonic_seconds() - started

    def wait_for_other_than(self, state: str, symbol: str) -> float:
        return self.wait_until(lambda: self.state(symbol) != state, BUDGET_SECONDS)

    def wait_for(self, state: str, symbol: str = "ACME", seconds: float = 8.0) -> float:
        return self.wait_until(lambda: self.state(symbol) == state, seconds)


def lines_in(directory: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


@pytest.mark.parametrize(
    "faults",
    [
        (
            Fault("rate_limited"),
            Fault("rate_limited", retry_after=60),
            Fault("server_error"),
            Fault("unavailable"),
            Fault("unknown_key"),
            Fault("not_authorized"),
        ),
        (
            Fault("bad_gateway_html"),
            Fault("hang"),
            Fault("drop_connection"),
            Fault("empty_body"),
            Fault("truncated_json"),
            Fault("cut_body"),
        ),
        (
            Fault("not_found"),
            Fault("stale_quotes"),
            Fault("delayed_plan"),
            Fault("no_quotes_plan"),
            Fault("no_trades_plan"),
            Fault("going_away"),
            # A row that cannot be read may have been a sale.
            Fault("malformed_rows", paths=("trades", "quotes")),
        ),
    ],
    ids=["nothing is given", "nothing is whole", "the present is missing"],
)
def test_no_fault_leaves_a_symbol_visible_beyond_its_budget(faults: tuple[Fault, ...]) -> None:
    # Given bots with two visible symbols, each on a market of its own: they wait side by side
    with contextlib.ExitStack() as stack:
        markets = [stack.enter_context(RunningSimulator(warm=True)) for _ in faults]
        bots = [stack.enter_context(Watched(each)) for each in markets]
        for watched in bots:
            watched.wait_for("visible", "ACME")
            watched.wait_for("visible", "BOLT")
        # When each provider fails in its way, and goes on failing
        failing_from = monotonic_seconds()
        for market, fault in zip(markets, faults, strict=True):
            market.faults.add(fault)
        # Then no symbol is visible beyond the budget
        seen = {(n, symbol) for n in range(len(faults)) for symbol in ("ACME", "BOLT")}
        pause = threading.Event()
        while seen and monotonic_seconds() - failing_from < BUDGET_SECONDS:
            seen = {each for each in seen if bots[each[0]].state(each[1]) == "visible"}
            pause.wait(0.02)
        assert [(faults[n], symbol) for n, symbol in sorted(seen)] == []
        for market in markets:
            market.faults.clear()


@pytest.fixture(scope="module")
def seen() -> Iterator[Watched]:
    """A bot on a market of its own that it sees, for tests that hide nothing of it."""
    with RunningSimulator(warm=True) as market, Watched(market) as watched:
        watched.wait_for("visible")
        yield watched


@pytest.mark.parametrize(
    "kind", ["out_of_order", "duplicate_trades", "corrections", "one_sided_quote"]
)
def test_rows_that_can_be_sorted_out_leave_a_symbol_visible(seen: Watched, kind: str) -> None:
    # Given a visible symbol
    seen.wait_for("visible")
    # When its rows come in disorder, twice, corrected, or with one side only
    number = seen.sim.faults.add(Fault(kind, paths=("trades", "quotes")))
    polled = seen.bot.monitor.client.counters["requests"] + 12
    seen.wait_until(lambda: seen.bot.monitor.client.counters["requests"] > polled, 4.0)
    seen.sim.faults.remove(number)
    # Then each row is judged by itself, and nothing is hidden
    assert seen.state() == "visible"


@pytest.mark.parametrize("kind", ["crossed_quote", "null_objects"])
def test_what_is_wrong_with_snapshots_alone_leaves_a_symbol_visible(
    seen: Watched, kind: str
) -> None:
    # Given a visible symbol
    seen.wait_for("visible")
    dropped = sum(seen.bot.monitor.dropped().values())
    # When its snapshots are damaged, and its tape is not
    number = seen.sim.faults.add(Fault(kind))
    seen.wait_until(lambda: sum(seen.bot.monitor.dropped().values()) > dropped + 2, 6.0)
    seen.sim.faults.remove(number)
    # Then that is counted, and the tape shows it still
    assert seen.state() == "visible"


def test_a_market_that_stands_still_is_doubted(sim: RunningSimulator) -> None:
    # Given a lively symbol that is visible
    with Watched(sim) as watched:
        watched.wait_for("visible")
        # When every answer is that of one moment
        sim.faults.add(Fault("frozen"))
        # Then beyond what is usual for it that is no longer believed
        watched.wait_until(lambda: watched.state() != "visible", 60.0)
    assert watched.bot.monitor.visibility("ACME").reason.startswith("unconfirmed")


def test_one_symbols_failure_neither_delays_nor_hides_another(sim: RunningSimulator) -> None:
    # Given one of two symbols whose tape hangs
    sim.faults.add(Fault("hang", paths=("trades", "quotes"), symbols=("ACME",)))
    with Watched(sim) as watched:
        watched.wait_for("visible", "BOLT")
        # When it has been gone for half a minute
        watched.wait_for("blind", "ACME", seconds=BLIND_SECONDS + 5.0)
        # Then the other was visible all the time
        assert watched.kinds("BOLT") == []
        assert watched.state("BOLT") == "visible"


def test_a_feed_that_comes_back_is_recorded_as_recovered(
    tmp_path: Path, sim: RunningSimulator
) -> None:
    # Given a visible symbol with a record
    with Watched(sim, record=tmp_path) as watched:
        watched.wait_for("visible")
        ticked = monotonic_seconds() + 1.1
        watched.wait_until(lambda: monotonic_seconds() > ticked, 3.0)
        # When it is refused for a while, and then served again
        number = sim.faults.add(Fault("not_found", symbols=("ACME",)))
        watched.wait_until(lambda: watched.kinds()[-1:] == ["degraded"], 4.0)
        sim.faults.remove(number)
        watched.wait_until(lambda: watched.kinds()[-1:] == ["recovered"], 10.0)
    # Then the record says both, and why
    feed = [line for line in lines_in(tmp_path) if line["symbol"] == "ACME"]
    said = [line["event"] for line in feed if line["event"].startswith("order_flow.feed_")]
    assert said == [f"order_flow.feed_{kind}" for kind in ("degraded", "recovered")]
    degraded = next(line for line in feed if line["event"] == "order_flow.feed_degraded")
    assert "not_found" in degraded["reason"]
    assert degraded["position_open"] is True


def test_a_wrong_key_is_named_and_makes_every_position_blind(sim: RunningSimulator) -> None:
    # Given a key that the provider does not know
    with Watched(sim, polygon_api_key="another") as watched:
        # When half a minute has passed
        watched.wait_until(lambda: "blind" in watched.kinds(), BLIND_SECONDS + 5.0)
    # Then it is said once what to mend, and the key is in nothing that was said
    blind = [each for each in watched.events if isinstance(each, FeedEvent)]
    assert {each.symbol for each in blind if each.kind == "blind"} >= {"ACME"}
    assert "wrong_key" in blind[-1].reason
    (said,) = [each for each in watched.events if isinstance(each, GuardState)]
    assert "check MASSIVE_API_KEY or POLYGON_API_KEY" in said.reason
    assert "another" not in str(watched.events)


def test_closing_and_opening_a_position_between_polls_is_followed(sim: RunningSimulator) -> None:
    # Given one open position
    class Changing(FixedPositionManager):
        held = POSITIONS[:1]

        def get_active_positions(self) -> Any:
            return self.held

    manager = Changing(())
    with Watched(sim, manager=manager) as watched:
        watched.wait_for("visible", "ACME")
        # When it is closed and another one opened
        manager.held = POSITIONS[3:4]
        watched.wait_for("visible", "DOVE", seconds=15.0)
        # Then the one is watched, and the other no longer once it is surely gone
        watched.wait_until(lambda: watched.bot.monitor.symbols == ("DOVE",), 8.0)
        assert watched.state("ACME") == "blind"
        assert watched.bot.monitor.judge.judge_of("ACME") is None


def test_a_market_that_ends_makes_every_position_blind_and_the_bot_ends_well(
    tmp_path: Path,
) -> None:
    # Given a bot on a market in a process of its own
    with SimulatorProcess() as process:
        run = start_monitor(process, tmp_path, duration=BLIND_SECONDS + 25)
        wait_for_line(tmp_path, "order_flow.large_seller_detected")
        # When that process ends during the run
    output, _ = run.communicate(timeout=BLIND_SECONDS + 40)
    # Then every position is blind within its budget, in the record and on the screen
    lines = lines_in(tmp_path / "record")
    blind = [line for line in lines if line["event"] == "order_flow.feed_blind"]
    assert run.returncode == 0
    assert sorted(line["symbol"] for line in blind) == ["ACME", "BOLT", "CLIF", "DOVE", "EDDY"]
    assert all(line["position_open"] for line in blind)
    assert lines[-1]["event"] == "order_flow.monitoring_stopped"
    summary = output.decode().splitlines()[-2]
    assert summary.count("blind") == 5
    assert "calm" not in summary
    assert process.key not in output.decode()


def start_monitor(
    process: SimulatorProcess, home: Path, *, duration: float | None = None, mode: str = "poll"
) -> subprocess.Popen[bytes]:
    """Start the command on a simulated market, its five positions held."""
    held = [
        {"symbol": each.symbol, "quantity": str(each.quantity), "average_price": "50"}
        for each in POSITIONS
    ]
    (home / "positions.json").write_text(json.dumps({"positions": held}), encoding="utf-8")
    settings = {
        "requests_per_second": 90.0,
        "poll_interval_seconds": 0.2,
        "freshness_warn_seconds": 3.0,
        "freshness_limit_seconds": 5.0,
        "blind_after_seconds": BUDGET_SECONDS,
    }
    (home / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    arguments = ["monitor", "--mode", mode, "--base-url", process.base_url]
    arguments += [
        "--positions",
        str(home / "positions.json"),
        "--config",
        str(home / "config.json"),
    ]
    arguments += ["--log-dir", str(home / "record")]
    arguments += [] if duration is None else ["--duration", str(duration)]
    environment = {name: text for name, text in os.environ.items() if "ORDER_FLOW_" not in name}
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [*MODULE, *arguments],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**environment, "POLYGON_API_KEY": process.key, "TRADING_BOT_HOME": str(home)},
    )


def wait_for_line(home: Path, event: str, *, seconds: float = 15.0) -> None:
    """Wait until the record of a process holds so many lines of an event."""
    pause, started = threading.Event(), monotonic_seconds()
    while True:
        text = "".join(path.read_text() for path in (home / "record").glob("*.jsonl"))
        if f'"event":"{event}"' in text:
            return
        assert monotonic_seconds() - started < seconds, text
        pause.wait(0.05)


@posix_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_with_status_zero(tmp_path: Path, number: int) -> None:
    # Given a running bot without an end
    with SimulatorProcess() as process:
        run = start_monitor(process, tmp_path)
        wait_for_line(tmp_path, "order_flow.monitoring_started")
        # When it is told to end
        run.send_signal(number)
        output, _ = run.communicate(timeout=10)
    # Then it ends well, with its record whole and its place named last
    assert run.returncode == 0
    assert lines_in(tmp_path / "record")[-1]["event"] == "order_flow.monitoring_stopped"
    assert output.decode().splitlines()[-1] == f"The record lies in {tmp_path / 'record'}"


@posix_only
def test_a_killed_process_leaves_a_readable_record_that_the_next_run_takes_up(
    tmp_path: Path,
) -> None:
    # Given a running bot that has raised an alert
    with SimulatorProcess() as process:
        run = start_monitor(process, tmp_path)
        wait_for_line(tmp_path, "order_flow.large_seller_detected")
        # When it is killed, and another one is started
        run.kill()
        run.communicate()
        AlertLog(tmp_path / "record")
        first = lines_in(tmp_path / "record")
        second = start_monitor(process, tmp_path, duration=3)
        second.communicate(timeout=20)
    # Then every line can be read, and no alert stands there twice
    lines = lines_in(tmp_path / "record")
    ids = [line["alert_id"] for line in lines if "alert_id" in line]
    assert lines[: len(first)] == first
    assert len(ids) == len(set(ids)) >= 1
    assert lines[-1]["event"] == "order_flow.monitoring_stopped"


def test_two_runs_of_one_seed_find_the_same(tmp_path: Path) -> None:
    # Given two runs on markets of one seed, at the same time
    found = []
    runs = []
    for name in ("first", "second"):
        home = tmp_path / name
        home.mkdir()
        command = [*MODULE, "monitor", "--simulated", "--seed", "11", "--mode", "poll"]
        command += ["--duration", "12", "--log-dir", str(home / "record")]
        environment = {**os.environ, "TRADING_BOT_HOME": str(home)}
        runs.append(
            subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own interpreter
        )
    # When both have ended
    assert [run.wait(timeout=40) for run in runs] == [0, 0]
    for name in ("first", "second"):
        alerts = [line for line in lines_in(tmp_path / name / "record") if "alert_id" in line]
        names = ("symbol", "alert_type", "source", "severity", "timestamp")
        # The last seconds may end between an event and its poll.
        found.append(
            sorted(
                tuple(str(line[each]) for each in names)
                for line in alerts
                if line["timestamp"] < "2026-03-10T14:00:09.5"
            )
        )
    # Then they have found the same, a large seller among it
    assert found[0] == found[1]
    assert any(each[0] == "ACME" for each in found[0])


def test_a_second_demonstration_shows_what_the_first_showed(tmp_path: Path) -> None:
    # Given a demonstration whose record lies there
    shown = []
    for _ in range(2):
        # When it is shown, and shown again
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [*MODULE, "monitor", "--simulated", "--duration", "10", "--log-dir", "record"],
            cwd=tmp_path,
            env=os.environ | {"TRADING_BOT_HOME": str(tmp_path)},
            check=True,
            capture_output=True,
            text=True,
        )
        lines = ran.stdout.splitlines()
        shown.append([line for line in lines if " ET ACME " in line and "large seller" in line])
    # Then it shows the same large seller: each market begins anew
    assert shown[0] == shown[1]
    assert shown[0][0].startswith("10:00:08 ET ACME   warning  large seller: 9,900 shares sold")


HEAVY = ("numpy", "pandas", "scipy", "aiohttp", "fastapi", "uvicorn", "exchange_calendars")
LIGHT_SCRIPT = """
import sys, threading
from pathlib import Path
from trading_bot.watched.asked import MonitorOptions
from trading_bot.commands.monitor import run_monitor
home = Path(sys.argv[1])
status = run_monitor(MonitorOptions(
    simulated=False, duration_seconds=10.0, log_directory=home / "record",
    config_path=home / "none.json", positions_path=home / "positions.json",
    base_url=sys.argv[2], home=home, mode=sys.argv[3],
))
heavy = set(sys.argv[4:]) & set(sys.modules)
ours = {each for each in sys.modules
        if each.startswith(("trading_bot.simulator", "trading_bot.replay"))}
print("LOADED", status, sorted(heavy | ours))
"""


def test_the_live_process_stays_light(tmp_path: Path) -> None:
    # Given a market in another process, and a fresh interpreter
    with SimulatorProcess() as process:
        held = {"symbol": "DOVE", "quantity": 10, "average_price": 100, "stop": None}
        (tmp_path / "positions.json").write_text(json.dumps({"positions": [held]}))
        # When the live bot polls there
        run = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", LIGHT_SCRIPT, str(tmp_path), process.base_url, "poll", *HEAVY],
            env={**os.environ, "POLYGON_API_KEY": process.key},
            capture_output=True,
            text=True,
            check=True,
        )
    # Then it has loaded nothing heavy, nothing of the simulator and nothing of the replay
    assert run.stdout.splitlines()[-1] == "LOADED 0 []"
    assert "DOVE visible" in run.stdout


def test_a_wall_of_bids_is_told_and_is_no_exit(sim: RunningSimulator) -> None:
    # Given a market with a large bid that stood before the start
    with Watched(sim, manager=FixedPositionManager(POSITIONS[2:3])) as watched:
        # When its history has been judged
        watched.wait_until(lambda: any(isinstance(e, OrderFlowAlert) for e in watched.events), 6.0)
        watched.wait_for("visible", "CLIF")
    # Then the wall is told as what it is, and recommends nothing by itself
    found = [each for each in watched.events if isinstance(each, OrderFlowAlert)]
    told = {(each.symbol, each.source) for each in found if each.source != "bid_attacked"}
    assert told == {("CLIF", "resting_bid")}
    assert watched.bot.monitor.judge.publisher.counts["exit"] == 0


@posix_only
def test_a_process_that_is_killed_and_started_again_says_everything_once(tmp_path: Path) -> None:
    # Given a market that sells for half a minute, and a bot that is killed after each alert
    killed_after: set[str] = set()
    with SimulatorProcess() as process:
        for _ in range(8):
            run = start_monitor(process, tmp_path, mode="stream")
            # When it is started again each time, until both exits were told
            new = wait_for_new_alert(tmp_path, killed_after)
            if new is None:
                run.send_signal(signal.SIGTERM)
                run.communicate(timeout=20)
                break
            killed_after.add(new)
            run.kill()
            run.communicate(timeout=20)
    # Then each alert and each exit is recorded once, each exit is told, and all stood at the time
    lines = lines_in(tmp_path / "record")
    alerts = [line["alert_id"] for line in lines if "alert_type" in line]
    exits = [line["exit_id"] for line in lines if line["event"] == EXIT_EVENT]
    assert len(killed_after) >= 3
    assert len(alerts) == len(set(alerts))
    assert [line["symbol"] for line in lines if line["event"] == EXIT_EVENT] == ["ACME", "BOLT"]
    assert {line["exit_id"] for line in lines if line["event"] == TOLD_EVENT} == set(exits)


def wait_for_new_alert(home: Path, known: set[str]) -> str | None:
    """Wait for an alert that is not known yet and return its id; None once two exits were told."""
    pause, started = threading.Event(), monotonic_seconds()
    while True:
        lines = lines_in(home / "record") if (home / "record").is_dir() else []
        if sum(line["event"] == TOLD_EVENT for line in lines) == 2:
            return None
        alerts = [line["alert_id"] for line in lines if "alert_type" in line]
        new = [each for each in alerts if each not in known]
        if new:
            return str(new[-1])
        assert monotonic_seconds() - started < 45.0, lines
        pause.wait(0.02)
