"""Settings that change while a monitor or a guard runs, or between two runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import (
    START,
    HandClock,
    Holdings,
    StubClient,
    Tape,
    at,
    large_seller,
    position,
    quote,
    trade,
)
from support.stream_stub import KEY, StreamStub, stream_stub

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.guard import OrderFlowGuard
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.settings.renewal import SettingsSource

PLAIN: dict[str, Any] = {
    "thresholds": "fixed",
    "requests_per_second": 90.0,
    "poll_interval_seconds": 0.1,
}
CONFIG = OrderFlowConfig(**PLAIN)
RAISED = OrderFlowConfig(**PLAIN, large_order_size_threshold=20_000)


class Answers:
    """A source that answers what a test puts there, once."""

    def __init__(self) -> None:
        self.next: OrderFlowConfig | Exception | None = None

    def __call__(self) -> OrderFlowConfig | None:
        answer, self.next = self.next, None
        if isinstance(answer, Exception):
            raise answer
        return answer


def monitor_of(settings: SettingsSource | None = None, **options: Any) -> OrderFlowMonitor:
    fields: dict[str, Any] = {
        "position_manager": Holdings(position()),
        "client": StubClient(),
        "clock": HandClock(),
        "log_directory": None,
    }
    return OrderFlowMonitor(CONFIG, settings=settings, **(fields | options))


def listen(monitor: OrderFlowMonitor) -> list[MonitorEvent]:
    told: list[MonitorEvent] = []
    monitor.judge.publisher.add_listener(told.append)
    return told


def states(told: list[MonitorEvent]) -> list[tuple[str, str]]:
    return [(each.kind, each.reason) for each in told if isinstance(each, GuardState)]


def until(monitor: OrderFlowMonitor, holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Let a monitor poll until something holds."""
    seen = []

    def look(_: object) -> None:
        if holds():
            seen.append(True)
            monitor.stop()

    monitor.judge.publisher.add_listener(look)
    monitor.run(seconds)
    assert seen


def test_what_is_asked_for_is_in_force_once_the_positions_are_read() -> None:
    # Given a monitor
    monitor = monitor_of()
    told = listen(monitor)
    # When other settings are asked for, and the positions are read
    monitor.change_settings(RAISED)
    before = monitor.config
    monitor.judge.read_positions()
    # Then they are in force, told and in health
    assert (before, monitor.config) == (CONFIG, RAISED)
    assert states(told) == [
        ("settings_changed", "large_order_size_threshold not stated -> 20000"),
    ]
    assert monitor.health_check()["settings"] == {
        "status": "ok",
        "reason": "",
        "config_hash": RAISED.config_hash,
    }


def test_bad_settings_are_told_recorded_and_shown_and_the_positions_stay_protected(
    tmp_path: Path,
) -> None:
    # Given a monitor with a record
    source = Answers()
    monitor = monitor_of(source, log_directory=tmp_path)
    told = listen(monitor)
    # When the source has none that can be used, and later those that were
    source.next = ValueError("config.json: not JSON")
    symbols = monitor.judge.read_positions()
    health = monitor.health_check()
    source.next = CONFIG
    monitor.judge.read_positions()
    # Then that is told, recorded and a warning in health, which says nothing of protection
    assert symbols == ("ACME",)
    assert health["settings"] == {
        "status": "warning",
        "reason": "config.json: not JSON",
        "config_hash": CONFIG.config_hash,
    }
    assert states(told) == [("settings_refused", "config.json: not JSON"), ("settings_ok", "")]
    assert monitor.health_check()["settings"]["status"] == "ok"
    assert monitor.health_check()["published"] == {"settings_ok": 1, "settings_refused": 1}
    monitor.close()
    (path,) = tmp_path.glob("*.jsonl")
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [(each["event"], each["reason"]) for each in found if "reason" in each] == [
        ("order_flow.settings_refused", "config.json: not JSON")
    ]


def test_a_defect_of_a_source_costs_no_position() -> None:
    # Given a source that fails as no source should
    source = Answers()
    monitor = monitor_of(source)
    # When the positions are read
    source.next = RuntimeError("a defect")
    symbols = monitor.judge.read_positions()
    # Then they are, and the defect is counted
    assert symbols == ("ACME",)
    assert monitor.health_check()["threads"]["judging"]["error"] == "RuntimeError"


def test_what_is_asked_for_between_two_runs_holds_as_the_record_is_read(tmp_path: Path) -> None:
    # Given a record that holds an alert of other settings
    def sold(symbol: str, trades_from_ns: int, _: int) -> Tape:
        fresh = trades_from_ns < at(-10)
        return ([trade(-10, symbol)], [quote(-11, symbol)]) if fresh else ([], [])

    first = monitor_of(client=StubClient(sold), log_directory=tmp_path)
    told = listen(first)
    until(first, lambda: any(isinstance(each, OrderFlowAlert) for each in told))
    # When a later run is asked to go on by others, and one begins with them
    lowered = OrderFlowConfig(**PLAIN, large_order_size_threshold=11_000)
    plain = OrderFlowMonitor(
        lowered,
        position_manager=Holdings(position()),
        client=StubClient(),
        clock=HandClock(),
        log_directory=tmp_path,
    )
    plain.run(0.0)
    asked = monitor_of(log_directory=tmp_path)
    asked.change_settings(lowered)
    asked.run(0.0)
    # Then they hold from its beginning, and it alone goes on from what was said before
    assert asked.config == lowered
    assert len(asked.judge.detector.alert_history) == 1
    assert len(plain.judge.detector.alert_history) == 0


def test_a_polled_market_is_judged_by_a_file_that_changes_meanwhile() -> None:
    # Given a market of which each answer brings one order of 15,000 shares
    source = Answers()
    sizes = iter(range(1_000))

    def selling(symbol: str, trades_from_ns: int, _: int) -> Tape:
        second = -300 + next(sizes)
        return (
            [trade(second, symbol, size=15_000, trade_id=f"{second}")],
            [quote(second - 0.5, symbol)],
        )

    monitor = monitor_of(source, client=StubClient(selling))
    told = listen(monitor)
    raised_at: list[int] = []

    def change(_: object) -> None:
        if not raised_at:
            raised_at.append(len(told))
            source.next = OrderFlowConfig(
                **PLAIN, large_order_size_threshold=20_000, watchlist=("BOLT",),
                monitoring_mode="watchlist",
            )  # fmt: skip

    # When the threshold is raised after the first alert, and a watchlist is set
    monitor.judge.publisher.add_listener(change)
    until(monitor, lambda: "settings_changed" in dict(states(told)), 10.0)
    at_change = len(told)
    monitor.run(0.3)
    # Then nothing of that size alerts from then on, and the watchlist is watched
    assert [each for each in told[:at_change] if isinstance(each, OrderFlowAlert)]
    assert [each for each in told[at_change:] if isinstance(each, OrderFlowAlert)] == []
    assert monitor.symbols == ("ACME", "BOLT")


# On a stream.


def sale(number: int, shares: int) -> list[dict[str, Any]]:
    stamp = round(START.timestamp() * 1_000) - 1_000 + 100 * number
    return [
        {"ev": "Q", "sym": "ACME", "t": stamp, "bp": 100.0, "bs": 500, "ap": 100.01, "as": 500,
         "q": 2 * number},
        {"ev": "T", "sym": "ACME", "t": stamp + 9, "p": 100.0, "s": shares, "q": 2 * number + 1,
         "i": f"{number}"},
        # What follows its millisecond lets a print go on at once.
        {"ev": "Q", "sym": "ACME", "t": stamp + 20, "bp": 100.0, "bs": 500, "ap": 100.01,
         "as": 500, "q": 2 * number + 1},
    ]  # fmt: skip


@pytest.mark.slow  # its first events wait ten seconds for a history that stands still
def test_a_streamed_market_is_judged_by_settings_that_change_meanwhile() -> None:
    # Given a monitor on a stream, which alerts from 10,000 shares on
    numbers: dict[str, Any] = {"thresholds": "fixed", "polygon_api_key": KEY}

    async def test(stub: StreamStub) -> list[int | None]:
        numbers["base_url"] = stub.url.replace("ws:", "http:").removesuffix("/stocks")
        monitor = OrderFlowMonitor(
            OrderFlowConfig(**numbers),
            position_manager=Holdings(position()),
            client=StubClient(),
            clock=HandClock(),
            log_directory=None,
        )
        feed = monitor.events()
        sizes: list[int | None] = []
        running = asyncio.create_task(monitor.run_async())
        await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)

        async def take(kind: str = "", until_size: int = 0) -> None:
            async for event in feed:
                if isinstance(event, OrderFlowAlert):
                    sizes.append(event.order_size)
                    if event.order_size == until_size:
                        return
                elif isinstance(event, GuardState) and event.kind == kind:
                    return

        stub.newest.send([*sale(1, 9_999), *sale(2, 10_000)])
        await take(until_size=10_000)
        # When it is asked to alert from 20,000 on, while it runs
        monitor.change_settings(OrderFlowConfig(**numbers, large_order_size_threshold=20_000))
        await take("settings_changed")
        stub.newest.send([*sale(3, 19_999), *sale(4, 20_000)])
        await take(until_size=20_000)
        monitor.stop()
        await running
        return sizes

    async def run() -> list[int | None]:
        async with stream_stub() as stub:
            return await test(stub)

    # Then the threshold is the one and then the other
    assert asyncio.run(run()) == [10_000, 20_000]


# What a host may ask for.


def guard_of(**numbers: Any) -> OrderFlowGuard:
    return OrderFlowGuard(
        OrderFlowConfig(**PLAIN, **numbers),
        {"ACME": {"shares": 100, "entry_price": 101}},
        client=StubClient(),
        clock=HandClock(),
        mode="poll",
        log_directory=None,
    )


def test_a_guard_refuses_what_needs_a_restart_by_name() -> None:
    # Given a guard
    guard = guard_of()
    # When settings are asked for of which two need a restart
    wanted = OrderFlowConfig(**PLAIN | {"sessions": "extended", "blind_after_seconds": 60.0})
    with pytest.raises(ValueError, match=r"^needs a restart: sessions, blind_after_seconds$"):
        guard.change_settings(wanted)
    # Then its settings stay
    assert guard.monitor.config == CONFIG


def test_a_guard_that_does_not_run_takes_them_over_as_it_starts() -> None:
    # Given a guard that was asked for other settings
    guard = guard_of()
    guard.change_settings(RAISED)
    # When it starts
    with guard:
        changed = next(
            each
            for each in _drained(guard)
            if isinstance(each, GuardState) and each.kind == "settings_changed"
        )
    # Then they are in force, and what is seen of a symbol follows from them
    assert changed.reason == "large_order_size_threshold not stated -> 20000"
    assert guard.monitor.config == RAISED


def test_what_is_seen_of_a_symbol_follows_from_the_settings_in_force() -> None:
    # Given a guard with an alert of a minute ago
    guard = guard_of()
    guard.monitor.judge.read_positions()
    guard.monitor.judge.detector.alert_history.remember(large_seller(-60))
    before = guard.view("ACME").alerts
    # When the window is made shorter than that
    guard.change_settings(OrderFlowConfig(**PLAIN, alert_window_seconds=30))
    guard.monitor.judge.read_positions()
    # Then it is looked for in that one
    assert (len(before), guard.view("ACME").alerts) == (1, ())


def _drained(guard: OrderFlowGuard) -> Any:
    while True:
        yield from guard.drain()
