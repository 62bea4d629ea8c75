"""A provider is a folder: what the second one brings is captured, replayed and found as ever.

Nothing outside its folder and the tests names it; what it does live stands in
`tests/order_flow/providers/test_second_provider.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.driver_runs import CONFIG, POSITIONS, SYMBOLS, TAPE, streamed
from support.monitor_stubs import BID, Holdings, at
from support.tidewater.server import tidewater_server
from support.tidewater.wire import MarketRecord, Print, WholeBook
from support.tidewater_runs import (
    LIVE_FROM,
    Numbers,
    Run,
    history,
    live_clock,
    monitor_of,
    morning,
    played,
    running,
    settings,
)
from test_house import FOLDER, imports

from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.events import QuoteEvent
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.replay.playback import Playback, open_playback

ROOT = Path(__file__).parents[1]
NAME = "tidewater"
BELONGINGS = (
    "tests/support/tidewater/",
    "tests/support/tidewater_runs.py",
    "tests/order_flow/providers/test_second_provider.py",
    "tests/order_flow/providers/test_second_provider_wire.py",
    "tests/order_flow/providers/test_stream_contract.py",
    "tests/test_provider_is_a_folder.py",
)
"""Its folder, and the tests that name it."""
NOT_OURS = frozenset({".git", ".venv", "__pycache__"})
MAY_IMPORT = ("market", "providers")
"""The rooms that a provider builds on, beside the modules at the top of the folder."""


def replayed(folder: Path) -> tuple[list[MonitorEvent], Playback]:
    playback = open_playback([folder])
    told: list[MonitorEvent] = []
    playback.add_listener(told.append)
    for _ in playback.batches():
        pass
    return told, playback


def test_a_capture_of_a_streamed_morning_tells_all_of_it_again(tmp_path: Path) -> None:
    # Given a morning that was captured while it was streamed
    run = played(lambda config, clock: CaptureWriter(tmp_path, config, clock=clock))
    # When the capture is replayed
    told, playback = replayed(tmp_path)
    # Then everything is told again, in order and with the same stamps
    assert told == run.told
    assert [type(each).__name__ for each in told].count("OrderFlowAlert") == 4
    # And every event was judged again, at its own nanosecond
    assert playback.trades + playback.quotes == len(morning())
    assert playback.last_ns == morning()[-1].at_ns
    assert playback.config.data_source == NAME


def test_a_capture_holds_what_was_withdrawn_halted_and_replayed(tmp_path: Path) -> None:
    # Given a run with a cancelled print, half a share, a hole and a halt, which is captured
    numbers = Numbers()

    async def beside() -> Run:
        clock = live_clock()
        async with tidewater_server(history(numbers)) as server:
            recorder = CaptureWriter(tmp_path, settings(server), clock=clock)
            monitor = monitor_of(server, clock, record_to=recorder)
            async with running(server, monitor, clock) as run:
                await run.ready()
                cancelled = numbers.sale(at(LIVE_FROM) + 1, 20_000)
                server.happen(cancelled, numbers.cancel(at(LIVE_FROM) + 2, cancelled))
                server.happen(numbers.sale(at(LIVE_FROM) + 3, "0.5"))
                await run.until(lambda: run.dropped.keys() >= {"withdrawn", "below_one_share"})
                server.cut()
                server.miss(numbers.sale(at(LIVE_FROM + 1) + 5))
                server.miss(numbers.pause(at(LIVE_FROM + 2)), numbers.sale(at(LIVE_FROM + 3)))
                await run.until(lambda: run.stream.link == 2)
                await run.ready(connections=2)
            recorder.close()
            return run

    run = asyncio.run(beside())
    # When the capture is replayed
    told, playback = replayed(tmp_path)
    # Then the same is told, and the same is left out
    assert [each.order_size for each in run.alerts] == [20_000, 12_000]
    assert told == run.told
    judge = playback.judge.judge_of("ACME")
    assert judge is not None
    assert judge.left_out() == run.dropped
    # And the replay told the withdrawal again, when there was nothing left to take back
    assert run.dropped["withdrawn"] == 1
    assert run.dropped.keys() == {
        "withdrawn",
        "withdrawn_unknown",
        "below_one_share",
        "halts",
        "halted",
    }


def test_both_providers_give_the_judges_the_same(tmp_path: Path) -> None:
    # Given the tape of the drivers' contract, streamed by the first provider
    expected = brief(streamed(tmp_path).events)
    # When it is streamed by the second, with its sides stated as the rules infer them
    found = brief(asyncio.run(streamed_by_the_second()))
    # Then the alerts are the same
    assert found == expected
    assert {each[1] for each in found} == {"aggressive_sell", "resting_bid", None}


def brief(events: list[MonitorEvent]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            (each.symbol, each.source, each.severity, each.price_level, each.order_size)
            for each in events
            if isinstance(each, OrderFlowAlert)
        ),
        key=str,
    )


async def streamed_by_the_second() -> list[MonitorEvent]:
    tape = list(as_records())
    clock = live_clock()
    async with tidewater_server(each for each in tape if each.at_ns <= at(LIVE_FROM)) as server:
        config = replace(CONFIG, data_source=NAME, base_url=server.url, polygon_api_key="")
        monitor = monitor_of(server, clock, holdings=Holdings(*POSITIONS), config=config)
        async with running(server, monitor, clock) as run:
            await run.subscribed()
            for second in range(LIVE_FROM, 501):
                await run.play(
                    [[each for each in tape if at(second) < each.at_ns <= at(second + 1)]]
                )
        assert run.judged() == len(TAPE)
        return run.told


def as_records() -> Iterator[MarketRecord]:
    """Yield the contract's tape as the second provider would tell it."""
    numbers = {symbol: Numbers(symbol) for symbol in SYMBOLS}
    words = {(): ("regular",), (14,): ("sweep",)}
    for event in TAPE:
        own = numbers[event.symbol]
        if isinstance(event, QuoteEvent):
            bid, ask = (event.bid_ticks, event.bid_size), (event.ask_ticks, event.ask_size)
            made: MarketRecord = own.book(event.sip_ns, [], [])
            assert isinstance(made, WholeBook)
            yield replace(made, bids=(bid,), asks=(ask,))
        else:
            made = own.sale(
                event.sip_ns,
                price_ticks=event.price_ticks,
                side="A" if event.price_ticks == BID else "B",
                words=words.get(event.conditions, ("of_a_kind_of_its_own",)),
            )
            assert isinstance(made, Print)
            yield replace(made, size=event.size)


def test_nothing_outside_its_folder_and_the_tests_names_it() -> None:
    # Given every file of the checkout, but for what an installation lists of it
    files = {
        path.relative_to(ROOT).as_posix(): path
        for path in ROOT.rglob("*")
        if path.is_file()
        and NOT_OURS.isdisjoint(path.relative_to(ROOT).parts)
        and not path.parent.name.endswith(".egg-info")
    }
    # When those are listed that name the second provider, whatever the case
    found = {
        name
        for name, path in files.items()
        if NAME in name.lower() or NAME.encode() in path.read_bytes().lower()
    }
    outside = {each for each in found if not each.startswith(BELONGINGS) and each[0] != "."}
    # Then they are its folder and its tests, and none of the source or the documents
    assert outside == set()
    assert "src/trading_bot/order_flow/providers/provider.py" in files
    assert {"README.md", "pyproject.toml", ".env.example"} <= files.keys()
    assert any(each.startswith("docs/") for each in files)
    assert {each for each in BELONGINGS if not any(n.startswith(each) for n in found)} == set()


def test_it_builds_on_what_a_provider_may_build_on() -> None:
    # Given the modules at the top of the order-flow folder
    top = {path.stem for path in FOLDER.glob("*.py")}
    # When the imports of the provider's folder are listed
    root = "trading_bot."
    asked = {
        name.removeprefix("trading_bot.order_flow.").split(".")[0]
        for path in (ROOT / BELONGINGS[0]).glob("*.py")
        for name in imports(path.read_text(encoding="utf-8"), f"support.{NAME}")
        if name.startswith(root)
    }
    # Then they lead to the market's terms, to what providers share, and to small modules only
    heavy = {"judge", "monitor", "guard", "order_flow_detector", "tape_monitor", "exit_judge"}
    assert asked <= (top | set(MAY_IMPORT)) - heavy
    assert set(MAY_IMPORT) <= asked
