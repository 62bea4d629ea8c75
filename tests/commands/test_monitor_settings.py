"""`monitor` takes over a settings file that changes while it runs."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.watch_runs import Watch

from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.simulator.running import RunningSimulator
from trading_bot.watched.asked import MonitorOptions
from trading_bot.watched.choice import SimulatedHost, config_in_force

KEY = "pk_of_this_test_0123456789"
QUICK = {"requests_per_second": 90.0, "poll_interval_seconds": 0.2}


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ORDER_FLOW_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("POLYGON_API_KEY", KEY)


def options_of(home: Path, base_url: str | None = None, **changes: Any) -> MonitorOptions:
    """Return the options of a run at `home`, with a settings file and a position there."""
    held = {"symbol": "DOVE", "quantity": 150, "average_price": "110.80"}
    (home / "positions.json").write_text(json.dumps({"positions": [held]}), encoding="utf-8")
    fields: dict[str, Any] = {
        "simulated": False,
        "duration_seconds": None,
        "log_directory": home / "record",
        "config_path": home / "config.json",
        "positions_path": home / "positions.json",
        "base_url": base_url,
        "home": home,
        "mode": "poll",
    }
    return MonitorOptions(**(fields | changes))


def put(path: Path, text: str) -> None:
    """Replace a file by another in one step."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def test_settings_come_from_where_they_came_from_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given settings in the file and the environment
    monkeypatch.setenv("ORDER_FLOW_CRITICAL_MARGIN", "2")
    path = tmp_path / "config.json"
    put(path, json.dumps({"alerts_per_day": 9}))
    # When they are put in force
    found = config_in_force(resolve(path, env_file=None, base_url="http://127.0.0.1:9"))
    # Then they are what they are, and the watchlist of the positions file is watched
    assert found == OrderFlowConfig(
        polygon_api_key=KEY,
        base_url="http://127.0.0.1:9",
        critical_margin=2.0,
        alerts_per_day=9,
        monitoring_mode="watchlist",
    )


def test_a_simulated_market_keeps_its_host_and_key(tmp_path: Path) -> None:
    # Given settings of the live market
    path = tmp_path / "config.json"
    stated = {"alerts_per_day": 9, "base_url": "https://example.com"}
    put(path, json.dumps(stated))
    # When they are put in force on the simulated market, which has a key and a host of its own
    host = SimulatedHost("simulated", "http://127.0.0.1:9")
    found = config_in_force(resolve(path, env_file=None), host)
    # Then the thresholds are taken from them, and the market stays
    assert (found.polygon_api_key, found.base_url) == ("simulated", "http://127.0.0.1:9")
    assert found.alerts_per_day == 9


@pytest.mark.parametrize(
    ("stated", "watched"),
    [
        ({}, ("BOLT", "NOPE")),
        ({"monitoring_mode": "watchlist"}, ("BOLT", "NOPE")),
        ({"monitoring_mode": "positions_only"}, ()),
    ],
)
def test_a_watchlist_of_the_settings_is_watched_unless_they_say_otherwise(
    stated: dict[str, Any], watched: tuple[str, ...], tmp_path: Path
) -> None:
    # Given settings with a watchlist
    path = tmp_path / "config.json"
    put(path, json.dumps(stated | {"watchlist": ["BOLT", "NOPE"]}))
    # When they are put in force, then it is watched, unless they state positions only
    assert config_in_force(resolve(path, env_file=None)).watchlist == watched


def test_only_what_a_market_has_is_watched(tmp_path: Path) -> None:
    # Given settings with a symbol that the market does not have
    path = tmp_path / "config.json"
    put(path, json.dumps({"watchlist": ["BOLT", "NOPE"]}))
    # When they are put in force there, then the other is watched
    assert config_in_force(resolve(path, env_file=None), symbols=["BOLT"]).watchlist == ("BOLT",)


class Record:
    """What a run writes, for a test that waits for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in sorted(self._folder.glob("*.jsonl"))
            for line in path.read_bytes().splitlines()
        ]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.lines() if each["event"] == f"order_flow.{event}"]

    def wait_for(self, event: str, count: int = 1) -> None:
        """Wait for so many lines of a kind, at most half a minute."""
        pause = threading.Event()
        for _ in range(3_000):
            if len(self.of(event)) >= count:
                return
            pause.wait(0.01)
        raise AssertionError(f"no {event} in {self.lines()}")


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with RunningSimulator(key=KEY, warm=True) as simulator:
        yield simulator


def beside(watch: Watch, options: MonitorOptions, steps: Callable[[], None]) -> int:
    """Watch until the steps are taken beside it, on another thread."""
    failures: list[AssertionError] = []
    over = threading.Event()

    def take() -> None:
        try:
            steps()
        except AssertionError as error:
            failures.append(error)
        over.set()

    thread = threading.Thread(target=take)
    thread.start()
    status = watch.until(over.is_set, options)
    thread.join()
    assert failures == []
    return status


@pytest.mark.slow  # a market over sockets, for seconds
def test_a_file_that_changes_is_taken_over_refused_and_right_again(
    tmp_path: Path,
    sim: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a run with a settings file
    options = options_of(tmp_path, sim.base_url, duration_seconds=6.0)
    put(options.config_path, json.dumps(QUICK))
    record = Record(tmp_path / "record")

    def edit() -> None:
        record.wait_for("monitoring_started")
        # When it is changed, also in a setting that needs a restart, half-written, and mended
        put(options.config_path, json.dumps(QUICK | {"alerts_per_day": 12}))
        record.wait_for("settings_changed")
        put(options.config_path, json.dumps(QUICK | {"alerts_per_day": 12, "sessions": "extended"}))
        record.wait_for("settings_refused")
        put(options.config_path, '{"alerts_per_day": ')
        record.wait_for("settings_refused", 2)
        put(options.config_path, json.dumps(QUICK | {"alerts_per_day": 13}))
        record.wait_for("settings_changed", 2)

    status = beside(Watch(monkeypatch), options, edit)
    # Then each is recorded and said
    said = capsys.readouterr().out
    changed, refused = record.of("settings_changed"), record.of("settings_refused")
    assert status == 0
    assert [each["changed"] for each in changed] == [
        {"alerts_per_day": {"old": 8, "new": 12}},
        {"alerts_per_day": {"old": 12, "new": 13}},
    ]
    assert changed[0]["new_hash"] == changed[1]["old_hash"] != changed[0]["old_hash"]
    assert refused[0]["reason"] == "needs a restart: sessions"
    assert str(options.config_path) in refused[1]["reason"]
    assert "settings changed: alerts_per_day 8 -> 12" in said
    assert "settings refused: needs a restart: sessions" in said
    assert "settings ok" in said
    assert KEY not in said
    assert not any(KEY in json.dumps(each) for each in record.lines())
