"""`monitor` and `health`: which market is chosen, what is said, what can go wrong at the start."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.monitor_stubs import large_seller, position
from support.provider_stub import StubProvider, as_json
from support.watch_runs import Watch, events_in

from trading_bot.bot import TradingBot
from trading_bot.cli import app as cli
from trading_bot.commands.market import market_clock
from trading_bot.commands.monitor import _health, run_health, run_monitor
from trading_bot.doctor.readiness import NotReadyError
from trading_bot.logger import NAMESPACE
from trading_bot.order_flow.clock import OffsetClock, utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import OtherMarketError
from trading_bot.order_flow.journal.lines import alert_record, event_line
from trading_bot.order_flow.journal.reading import RecordReader
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.positions import FilePositionManager, FixedPositionManager
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator
from trading_bot.watched.asked import MonitorOptions

pytestmark = pytest.mark.slow  # a market over sockets, for seconds

KEY = "pk_of_this_test_0123456789"
QUICK = {"requests_per_second": 90.0, "poll_interval_seconds": 0.2, "blind_after_seconds": 5.0}


@pytest.fixture(scope="module")
def market() -> Iterator[RunningSimulator]:
    # The hour of history is made once, before the first test is timed.
    with RunningSimulator(key=KEY, warm=True) as simulator:
        yield simulator


@pytest.fixture
def sim(market: RunningSimulator) -> RunningSimulator:
    market.faults.clear()
    return market


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # So wide that no line of these tests is wrapped.
    monkeypatch.setenv("COLUMNS", "10000")
    for name in list(os.environ):
        if name.startswith("ORDER_FLOW_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("POLYGON_API_KEY", KEY)


def options_of(home: Path, base_url: str | None, **changes: Any) -> MonitorOptions:
    """Return the options of a run at `home`, one position in DOVE unless a file says otherwise."""
    positions = home / "positions.json"
    if not positions.exists():
        held = {"symbol": "DOVE", "quantity": 150, "average_price": "110.80", "stop": "108.00"}
        positions.write_text(json.dumps({"positions": [held]}), encoding="utf-8")
    config = home / "config.json"
    if not config.exists():
        config.write_text(json.dumps(QUICK), encoding="utf-8")
    fields: dict[str, Any] = {
        "simulated": False,
        "duration_seconds": 0.5,
        "log_directory": home / "record",
        "config_path": config,
        "positions_path": positions,
        "base_url": base_url,
        "home": home,
        "mode": "poll",
    }
    return MonitorOptions(**(fields | changes))


def unsaid(text: str, style: str = "") -> None:
    """Take a line that nobody is meant to see."""


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def everything_written(home: Path) -> str:
    return "".join(
        path.read_text(encoding="utf-8") for path in home.rglob("*.jsonl") if path.is_file()
    )


def test_a_host_is_watched_in_its_own_time(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a market that keeps another time, and a position
    # When it is watched for a moment
    status = watch.until_recorded("monitoring_started", options_of(tmp_path, sim.base_url))
    # Then it is said what is watched, and the record lies on the market's day
    said = capsys.readouterr().out.splitlines()
    assert status == 0
    assert said[:6] == [
        f"Watching the live market at {sim.base_url}",
        "Positions: DOVE 150",
        f"Record: {tmp_path / 'record'}",
        f"In a browser: trading-bot page --log-dir {tmp_path / 'record'}",
        "Own scale: a large bid gives no alert unless own_scale_sources lists resting_bid",
        "One poll of everything takes 0.2 s",
    ]
    assert said[-1] == f"The record lies in {tmp_path / 'record'}"
    assert (tmp_path / "record" / "2026-03-10.jsonl").exists()
    assert events_in(tmp_path / "record")[:2] == ["position_seen", "monitoring_started"]
    assert events_in(tmp_path / "record")[-1] == "monitoring_stopped"


def test_the_key_is_in_no_output_whatever_goes_wrong(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a provider that refuses this key in its own words
    sim.faults.add(Fault("unknown_key"))
    # When it is watched, and its health is asked
    with pytest.raises(NotReadyError) as refused:
        run_monitor(options_of(tmp_path, sim.base_url))
    run_health(options_of(tmp_path, sim.base_url, duration_seconds=0.5))
    # Then the key stands nowhere: on no screen, in no record, in no diagnostics
    said = capsys.readouterr()
    assert KEY not in said.out + said.err + str(refused.value)
    assert KEY not in everything_written(tmp_path)
    assert "wrong_key" in said.out


def test_a_wrong_key_ends_the_watch_in_plain_words(
    tmp_path: Path,
    sim: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a key that the host does not know
    monkeypatch.setenv("POLYGON_API_KEY", "another")
    # When it is to be watched
    with pytest.raises(NotReadyError) as refused:
        run_monitor(options_of(tmp_path, sim.base_url))
    # Then that is said in words that tell what to mend, and nothing was watched or recorded
    assert str(refused.value) == (
        "the provider does not know this key (401): 'Unknown API Key'; "
        "check MASSIVE_API_KEY or POLYGON_API_KEY"
    )
    assert "Watching" not in capsys.readouterr().out
    assert not (tmp_path / "record").exists()


@pytest.mark.parametrize("kind", ["server_error", "drop_connection", "rate_limited"])
def test_a_fault_that_mends_itself_does_not_end_the_watch(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, kind: str
) -> None:
    # Given a provider that fails at the first question
    sim.faults.add(Fault(kind, paths=("market_status",), count=1))
    # When it is watched
    status = watch.until_recorded("monitoring_started", options_of(tmp_path, sim.base_url))
    # Then the watch begins all the same
    assert status == 0
    assert "monitoring_started" in events_in(tmp_path / "record")


def test_without_a_host_the_machines_clock_counts() -> None:
    # Given settings without a host
    # When the clock is chosen
    # Then nobody is asked
    assert market_clock(OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY), unsaid) is utc_now


@pytest.mark.parametrize(("ahead_seconds", "own_time"), [(30, False), (90, True)])
def test_a_host_more_than_a_minute_off_keeps_its_own_time(
    ahead_seconds: float, own_time: bool
) -> None:
    # Given a host whose time differs from the machine's by less, or more, than a minute
    server_time = (utc_now() + timedelta(seconds=ahead_seconds)).isoformat()
    status = as_json({"market": "open", "serverTime": server_time, "exchanges": {}})
    with StubProvider(status) as host:
        config = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY, base_url=host.base_url)
        # When the clock is chosen
        clock = market_clock(config, unsaid)
    # Then a small difference is the network's, a large one the market's own time
    assert isinstance(clock, OffsetClock) is own_time


def test_a_missing_positions_file_is_said_in_plain_words(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no positions file
    path = tmp_path / "none.json"
    # When the market is watched
    status = watch.until_recorded(
        "positions_unknown", options_of(tmp_path, sim.base_url, positions_path=path)
    )
    # Then it is said where to write one, and that nothing is known until then
    said = capsys.readouterr().out
    assert status == 0
    assert f"warning: no positions file at {path}, so that what is held is not known." in said
    assert "Positions: not known" in said
    assert f"what is held is not known: no_positions: no positions file at {path}" in said
    assert "positions_unknown" in events_in(tmp_path / "record")


def test_an_empty_positions_file_says_that_nothing_is_held(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a positions file that names none
    path = tmp_path / "positions.json"
    path.write_text('{"positions": []}', encoding="utf-8")
    # When the market is watched
    run_monitor(options_of(tmp_path, sim.base_url))
    # Then that is believed, and said
    said = capsys.readouterr().out
    assert f"No open positions: {path} is empty; it is read again whenever it changes." in said
    assert "Positions: none" in said
    assert "status: nothing is watched" in said


def test_a_run_may_be_told_that_nothing_is_held(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no positions file, and the word that nothing is held
    options = options_of(
        tmp_path, sim.base_url, positions_path=tmp_path / "none.json", no_positions=True
    )
    # When the market is watched, and its health is asked
    run_monitor(options)
    said = capsys.readouterr().out
    status = run_health(replace(options, duration_seconds=10.0))
    # Then nothing is missing
    health = json.loads(capsys.readouterr().out)
    assert "warning" not in said
    assert "status: nothing is watched" in said
    assert (status, health["status"], health["positions"]) == (0, "ok", "ok")


def test_a_bad_row_is_named_on_the_screen_and_in_health(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a good position, and one of quantity 0
    good = {"symbol": "DOVE", "quantity": 150, "average_price": "110.80"}
    rows = [good, good | {"symbol": "ACME", "quantity": 0}]
    (tmp_path / "positions.json").write_text(json.dumps({"positions": rows}), encoding="utf-8")
    # When the market is watched, and its health is asked
    watch.until_recorded("positions_unknown", options_of(tmp_path, sim.base_url))
    said = capsys.readouterr().out
    status = run_health(options_of(tmp_path, sim.base_url, duration_seconds=1.0))
    # Then both name it, and the good one is protected
    health = json.loads(capsys.readouterr().out)
    words = (
        "no_positions: not readable: ACME (position 2: ACME: quantity=0 must not be 0: leave out "
        "what is closed)"
    )
    assert f"warning: positions: {words}" in said
    assert f"what is held is not known: {words}" in said
    assert (status, health["status"], health["positions"]) == (1, "blind", words)
    assert list(health["symbols"]) == ["DOVE"]


def test_health_of_a_closed_market_says_whether_it_is_known_what_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bot that sleeps while the market is closed
    bot = TradingBot(
        OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY),
        position_manager=FilePositionManager(tmp_path / "none.json"),
        log_directory=None,
    )
    monkeypatch.setattr(bot.monitor, "sleeping_until", utc_now())
    # When its health is looked at
    health = _health(bot)
    # Then the missing file is named
    assert health["status"] == "blind"
    assert health["positions"] == f"no_positions: no positions file at {tmp_path / 'none.json'}"


def test_what_was_seen_last_does_not_count_while_the_market_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bot that has watched a symbol until the market closed, and sleeps
    bot = TradingBot(
        OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY),
        position_manager=FixedPositionManager([position("ACME")]),
        log_directory=None,
    )
    bot.monitor.judge.read_positions()
    awake = _health(bot, bot.monitor.protected)
    monkeypatch.setattr(bot.monitor, "sleeping_until", utc_now())
    # When its health is looked at
    asleep = _health(bot, bot.monitor.protected)
    # Then nothing needs to be seen
    assert (awake["status"], list(awake["symbols"])) == ("blind", ["ACME"])
    assert asleep["symbols"] == {}
    assert asleep["status"] != "blind"


def test_file_and_environment_in_conflict_are_told_at_the_start(
    tmp_path: Path,
    sim: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a setting that file and environment set differently
    monkeypatch.setenv("ORDER_FLOW_BLIND_AFTER_SECONDS", "60")
    # When the market is watched
    run_monitor(options_of(tmp_path, sim.base_url))
    # Then the first line says which one won
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("note: blind_after_seconds is set differently in ")
    assert first.endswith(f"{tmp_path / 'config.json'} wins")


def test_a_cycle_too_long_to_be_fresh_is_warned_of(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a plan of few requests, and a watchlist beside the position
    (tmp_path / "config.json").write_text(
        json.dumps(
            {"requests_per_second": 0.4, "monitoring_mode": "watchlist", "watchlist": ["ACME"]}
        ),
        encoding="utf-8",
    )
    # When the market is watched
    run_monitor(options_of(tmp_path, sim.base_url, duration_seconds=0.1))
    # Then the cycle counts every watched symbol, and the warning says what to do
    said = capsys.readouterr().out
    assert "One poll of everything takes 12.5 s" in said
    assert "warning: that is longer than freshness_warn_seconds (10 s)" in said


def test_health_is_well_once_every_symbol_was_seen(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a healthy market, and an alert in the record
    log = AlertLog(tmp_path / "record")
    log.write(alert_record(large_seller(8), config_hash="x"))
    log.close()
    before = everything_written(tmp_path)
    # When health is asked
    status = run_health(options_of(tmp_path, sim.base_url, duration_seconds=10.0))
    # Then JSON alone is printed, with the symbol seen, and the record is untouched
    health = json.loads(capsys.readouterr().out)
    assert status == 0
    assert health["status"] == health["api_connectivity"] == "ok"
    seen = health["symbols"]["DOVE"]
    assert (seen["visibility"], seen["reason"], seen["spans"]) == ("visible", "", [])
    assert seen["compared_seconds_ago"] <= 10
    assert health["last_alert_timestamp"] == "2026-03-10T14:00:08.000000Z"
    assert "".join(p.read_text() for p in (tmp_path / "record").iterdir()) == before


def test_health_is_not_well_before_a_symbol_was_looked_at(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a market whose status answers, but whose tape does not
    sim.faults.add(Fault("not_found", paths=("trades", "quotes")))
    # When health is asked, with some patience
    status = run_health(options_of(tmp_path, sim.base_url, duration_seconds=1.0))
    # Then an answer of the host alone is not health
    health = json.loads(capsys.readouterr().out)
    assert status == 1
    assert health["status"] == "degraded"
    assert health["symbols"]["DOVE"]["visibility"] == "degraded"


def test_health_is_not_well_when_time_was_too_short_to_look(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a host that takes a second before the watch can begin
    sim.faults.add(Fault("slow", paths=("conditions",), seconds=1.0))
    # When health is asked with less patience
    status = run_health(options_of(tmp_path, sim.base_url, duration_seconds=0.3))
    # Then nothing seen is not well
    health = json.loads(capsys.readouterr().out)
    assert status == 1
    assert (health["status"], health["symbols"]) == ("degraded", {})


def test_health_without_a_record_has_no_last_alert(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given no record, and no positions file either
    options = options_of(
        tmp_path, sim.base_url, positions_path=tmp_path / "none.json", duration_seconds=1.5
    )
    # When health is asked
    status = run_health(options)
    # Then the hint about positions goes to standard error, and JSON alone to standard output; it
    # is not well: what is held is not known
    said = capsys.readouterr()
    health = json.loads(said.out)
    assert health["last_alert_timestamp"] is None
    assert "warning: no positions file at " in said.err
    assert (status, health["status"]) == (1, "blind")
    assert health["positions"] == f"no_positions: no positions file at {tmp_path / 'none.json'}"
    assert not (tmp_path / "record").exists()


def test_without_a_key_the_simulated_market_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given neither key nor host nor positions file: slower than a unit test, because it starts the
    # market's process
    monkeypatch.delenv("POLYGON_API_KEY")
    options = options_of(
        tmp_path, None, duration_seconds=3.0, log_directory=None, positions_path=tmp_path / "none"
    )
    # When the market is watched for a moment, with a seed
    status = run_monitor(replace(options, seed=3))
    # Then it says why it is simulated, holds the account of the demonstration, and is marked
    # wherever it is read later
    said = capsys.readouterr().out.splitlines()
    record = tmp_path / "logs" / "order_flow_simulated"
    assert status == 0
    assert said[:5] == [
        (
            "No key is set (MASSIVE_API_KEY or POLYGON_API_KEY): this is a demonstration on a "
            f"SIMULATED market. Put the key into {tmp_path / '.env'} to watch the live one."
        ),
        said[1],
        "Positions: ACME 1200, BOLT 400, CLIF 500, DOVE 150, EDDY -200",
        f"Record: {record}",
        "In a browser: trading-bot page",
    ]
    assert said[1].startswith("Watching the SIMULATED market at http://127.0.0.1:")
    assert " SIMULATED status: " in said[-2]
    assert RecordReader(record).market() == "simulated"
    assert not (tmp_path / "logs" / "order_flow").exists()


def test_the_record_of_a_simulated_market_is_not_gone_on_with(
    tmp_path: Path, sim: RunningSimulator
) -> None:
    # Given the record of a simulated market
    moment = "2026-03-10T14:00:00.000000Z"
    log = AlertLog(tmp_path / "record")
    log.write(event_line("order_flow.monitoring_started", moment, None, market="simulated"))
    log.close()
    before = everything_written(tmp_path / "record")
    # When the live market is to be watched into the same folder
    with pytest.raises(OtherMarketError, match="holds the record of a simulated market"):
        run_monitor(options_of(tmp_path, sim.base_url))
    # Then nothing was written there
    assert everything_written(tmp_path / "record") == before


def test_symbols_are_watched_without_a_position(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a position, and a symbol that is only watched
    options = options_of(tmp_path, sim.base_url, watch=("ACME", "DOVE"))
    # When the market is watched
    status = run_monitor(options)
    # Then both are said and shown
    said = capsys.readouterr().out.splitlines()
    assert status == 0
    assert said[1:3] == ["Positions: DOVE 150", "Watchlist: ACME"]
    assert "ACME " in said[-2]


def test_it_is_said_that_every_event_is_streamed_once_it_is(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a market that is streamed by default
    # When it is watched for a moment
    status = watch.until(watch.streams, options_of(tmp_path, sim.base_url, mode=None))
    # Then that is said once it is true, and no cycle is named
    said = capsys.readouterr().out
    assert status == 0
    assert said.count("Streaming every trade and quote\n") == 1
    assert "One poll of everything" not in said


def test_a_stream_that_never_began_is_not_said_to_be_there(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a market whose key is refused, its stream's too
    sim.faults.add(Fault("unknown_key"))
    # When it is to be watched
    with pytest.raises(NotReadyError):
        run_monitor(options_of(tmp_path, sim.base_url, duration_seconds=1.0, mode=None))
    # Then nothing says that it streams
    assert "Streaming" not in capsys.readouterr().out


def test_a_plan_without_a_stream_is_said_and_polled_instead(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a plan that streams no prints, and no mode chosen
    sim.faults.add(Fault("ws_plan_without_trades"))
    # When the market is watched
    status = watch.until_recorded(
        "monitoring_started", options_of(tmp_path, sim.base_url, mode=None), times=2
    )
    # Then one sentence says so, and the watch goes on by polling
    said = capsys.readouterr().out
    assert status == 0
    assert said.count("note: no stream, so polling instead:") == 1
    assert "Streaming" not in said
    assert "[plan_without_trades]" in said
    assert events_in(tmp_path / "record").count("monitoring_started") == 2


def test_it_is_said_that_every_symbol_is_streamed(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a market that is streamed, and a position in one symbol of many
    options = options_of(tmp_path, sim.base_url, mode="stream", everything=True)
    # When everything is watched for a moment
    status = watch.until(watch.streams, options)
    # Then that is said, and the summary is of the position, with the others in a few words
    said = capsys.readouterr().out
    assert status == 0
    assert "Streaming every trade and quote of every symbol" in said
    summary = said.splitlines()[-2].partition(" status: ")[2]
    assert summary.startswith("DOVE ")
    assert "; others: " in summary


def test_polling_in_place_of_a_stream_of_everything_says_what_is_watched_no_more(
    tmp_path: Path, sim: RunningSimulator, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a plan that streams no prints
    sim.faults.add(Fault("ws_plan_without_trades"))
    # When everything is to be watched
    options = options_of(tmp_path, sim.base_url, mode=None, everything=True)
    status = watch.until_recorded("monitoring_started", options, times=2)
    # Then it is said once what is left, and the summary has no others
    said = capsys.readouterr().out
    assert status == 0
    told = "note: no stream, so polling instead; only positions and the watchlist are watched now: "
    assert said.count(told) == 1
    assert "; others: " not in said


@pytest.mark.parametrize(
    ("arguments", "everything"), [([], False), (["--everything"], True)], ids=["not", "asked for"]
)
def test_the_command_line_hands_on_whether_everything_is_watched(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], everything: bool
) -> None:
    # Given the main job, which notes what it is asked for
    asked: list[MonitorOptions] = []

    def note(options: MonitorOptions) -> int:
        asked.append(options)
        return 0

    monkeypatch.setattr("trading_bot.commands.monitor.run_monitor", note)
    # When it is called
    found = CliRunner().invoke(cli.app, ["monitor", "--mode", "stream", *arguments])
    # Then it knows
    assert (found.exit_code, [each.everything for each in asked]) == (0, [everything])


def test_everything_cannot_be_polled() -> None:
    # Given a call for both
    # When it is made
    found = CliRunner().invoke(cli.app, ["monitor", "--everything", "--mode", "poll"])
    # Then it is wrong usage
    assert found.exit_code == 2
    assert found.output.splitlines()[-1] == (
        "Error: --everything needs a stream, and --mode poll has none."
    )


def test_a_record_that_another_guard_keeps_is_one_line_and_status_two(
    tmp_path: Path,
    sim: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a folder in which a guard keeps its record
    asked = options_of(tmp_path, sim.base_url)
    log = AlertLog(tmp_path / "record")
    log.hold()
    arguments = ["monitor", "--log-dir", str(tmp_path / "record"), "--base-url", sim.base_url]
    arguments += ["--positions", str(asked.positions_path), "--config", str(asked.config_path)]
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["trading-bot", *arguments])
    # When another is to run there
    with pytest.raises(SystemExit) as ended:
        cli.main()
    log.let_go()
    # Then one line says whose it is, and nothing was said of a watch
    said = capsys.readouterr()
    assert ended.value.code == 2
    (line,) = said.err.splitlines()
    assert line.startswith(f"trading-bot: {tmp_path / 'record'} is the record of the guard of proc")
    assert line.endswith("[record_in_use]")
    assert "Watching" not in said.out


def test_health_is_asked_beside_a_guard_that_runs(
    tmp_path: Path, sim: RunningSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a folder in which a guard keeps its record, in which two lines are damaged
    log = AlertLog(tmp_path / "record")
    log.hold()
    (tmp_path / "record" / "2026-03-10.jsonl").write_bytes(b'{"alert_type"\n{"alert_type":5}\n')
    # When health is asked
    status = run_health(options_of(tmp_path, sim.base_url, duration_seconds=10.0))
    log.let_go()
    # Then it is well, and they are counted
    health = json.loads(capsys.readouterr().out)
    assert (status, health["last_alert_timestamp"]) == (0, None)
    assert health["record"] == {"status": "ok", "reason": None, "unreadable_lines": 1}


def test_health_is_not_well_where_the_record_cannot_be_written(
    tmp_path: Path,
    sim: RunningSimulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a healthy market, and a full disk
    AlertLog(tmp_path / "record")
    full = "No space left on device"
    monkeypatch.setattr("trading_bot.order_flow.journal.writer.try_to_write", lambda _: full)
    # When health is asked
    status = run_health(options_of(tmp_path, sim.base_url, duration_seconds=10.0))
    # Then it is not well
    health = json.loads(capsys.readouterr().out)
    assert (status, health["status"]) == (1, "degraded")
    assert health["record"] == {"status": "failed", "reason": full, "unreadable_lines": 0}


def test_diagnostics_are_closed_with_the_run(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given the log handlers before a run
    before = list(logging.getLogger(NAMESPACE).handlers)
    # When a market is watched
    run_monitor(options_of(tmp_path, sim.base_url, duration_seconds=0.1))
    # Then none is left open, and the diagnostics have their folder
    assert logging.getLogger(NAMESPACE).handlers == before
    assert (tmp_path / "logs").is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signal to itself")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_well_and_is_given_back(
    tmp_path: Path, sim: RunningSimulator, number: signal.Signals
) -> None:
    # Given a run without an end, and a signal once its record has begun
    before = signal.getsignal(number)
    record = tmp_path / "record"

    def interrupt() -> None:
        pause = threading.Event()
        while not any(record.glob("*.jsonl")):
            pause.wait(0.01)
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=interrupt)
    sender.start()
    # When it runs
    status = run_monitor(options_of(tmp_path, sim.base_url, duration_seconds=None))
    sender.join()
    # Then it has ended well, its record too, and the signal is handled as before
    assert status == 0
    assert events_in(record)[-1] == "monitoring_stopped"
    assert signal.getsignal(number) == before
