"""Contract of every thread: a defect in a step is recorded and shown, and the next step runs."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console
from support.bot_provider import CONFIG, Provider, wait_for
from support.monitor_stubs import HandClock, Holdings, StubClient, exit_of, large_seller, position
from support.stream_stub import KEY, StreamStub, stream_stub

from trading_bot.bot import TradingBot
from trading_bot.order_flow import monitor as monitor_module
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.frame_consumer import FrameConsumer
from trading_bot.order_flow.feed.poll_driver import PollDriver
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.feed.stream_probe import StreamProbe
from trading_bot.order_flow.feed.subscriptions import StreamSymbols
from trading_bot.order_flow.guard import OrderFlowGuard
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.telling.telling import Telling
from trading_bot.order_flow.threads.watch import JUDGING
from trading_bot.screen import Screen

SECRET = "sk-whole-key-of-a-user"


class FailsFirst:
    """Fails at its first calls, and then does what it should."""

    def __init__(self, does: Callable[..., Any], times: int = 1) -> None:
        self.does = does
        self.left = times
        self.done = threading.Event()

    def __call__(self, *args: Any, **options: Any) -> Any:
        if self.left:
            self.left -= 1
            raise TypeError(f"a defect that quotes {SECRET}")
        found = self.does(*args, **options)
        self.done.set()
        return found

    def __get__(self, owner: object, _kind: type) -> Any:
        # So that it can stand in place of a method.
        return partial(self, owner)


def defects(folder: Path) -> list[dict[str, Any]]:
    """Return the lines that a record holds of defects."""
    lines = [
        json.loads(line)
        for path in folder.glob("*.jsonl")
        for line in path.read_text().split("\n")[:-1]
    ]
    return [line for line in lines if line["event"] == "order_flow.internal_error"]


def check(
    monitor: OrderFlowMonitor,
    folder: Path,
    where: str,
    fails: FailsFirst,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Check that a defect shows, and that what comes next is done."""
    wait_for(lambda: defects(folder) != [], meanwhile, seconds=10)
    wait_for(fails.done.is_set, meanwhile, seconds=10)
    health = monitor.health_check()
    found = [name for name in health["threads"] if name.startswith(where)]
    assert any(name in monitor.threads.troubled for name in found)
    assert health["status"] in ("degraded", "blind")
    assert health["published"]["internal_error"] >= 1
    line = defects(folder)[0]
    assert line["where"] in found
    assert (line["error"], bool(line["thread"])) == ("TypeError", True)
    assert SECRET not in json.dumps(line)


@contextmanager
def running(bot: TradingBot) -> Iterator[None]:
    thread = threading.Thread(target=bot.run)
    thread.start()
    try:
        yield
    finally:
        bot.stop()
        thread.join(5)
        assert not thread.is_alive()


def bot_of(provider: Provider, folder: Path) -> TradingBot:
    return TradingBot(
        CONFIG,
        position_manager=Holdings(position()),
        log_directory=folder,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
    )


@pytest.mark.parametrize(
    "question", ["get_trade_conditions", "get_market_state", "get_market_holidays", "get_news"]
)
def test_housekeeping(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, question: str) -> None:
    # Given a bot whose provider has a defect in one of its slow questions
    monkeypatch.setattr("trading_bot.bot.HOUSEKEEPING_SECONDS", 0.01)
    monkeypatch.setattr("trading_bot.bot._FIRST_LOOK_SECONDS", 0.01)
    provider = Provider(HandClock())
    fails = FailsFirst(getattr(provider, question))
    monkeypatch.setattr(provider, question, fails)
    bot = bot_of(provider, tmp_path)
    if question == "get_trade_conditions":
        # It is asked once only.
        fails.done.set()
    # When it runs
    with running(bot):
        # Then the defect shows, the question is asked again, and the others were asked
        check(bot.monitor, tmp_path, "housekeeping", fails)
        wait_for(lambda: bot.status.market is not None)


@pytest.mark.parametrize("step", ["_follow_positions", "_look"])
def test_a_step_of_judging_what_is_polled(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    # Given a bot that polls, with a defect in a step of each second
    monkeypatch.setattr("trading_bot.order_flow.feed.poll_driver.TICK_SECONDS", 0.02)
    fails = FailsFirst(getattr(PollDriver, step))
    bot = bot_of(Provider(HandClock()), tmp_path)
    monkeypatch.setattr(PollDriver, "_tick", tick := FailsFirst(PollDriver._tick, 0))
    # When it runs, and the step fails
    with running(bot):
        wait_for(tick.done.is_set)
        monkeypatch.setattr(PollDriver, step, fails)
        # Then the defect shows, and the next second is looked at
        check(bot.monitor, tmp_path, JUDGING, fails)


@pytest.mark.parametrize("driver", [PollDriver, StreamDriver])
def test_a_defect_that_ends_the_judging_is_followed_by_another_beginning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, driver: type
) -> None:
    # Given a driver that fails as a whole
    monkeypatch.setattr(monitor_module, "AGAIN_SECONDS", 0.01)
    fails = FailsFirst(MarketJudge.write_started)
    monkeypatch.setattr(MarketJudge, "write_started", fails)
    mode: Any = "poll" if driver is PollDriver else "stream"

    async def run() -> None:
        async with stream_stub() as stub:
            monitor = streaming(stub, tmp_path)
            task = asyncio.ensure_future(asyncio.to_thread(monitor.run, mode=mode))
            # When it runs, then the defect shows, and it begins anew
            await asyncio.to_thread(check, monitor, tmp_path, JUDGING, fails)
            monitor.stop()
            await task

    asyncio.run(run())


@pytest.mark.parametrize("mode", ["poll", "stream"])
def test_a_run_that_is_over_ends_although_it_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: Any
) -> None:
    # Given a driver that always fails
    monkeypatch.setattr(monitor_module, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(MarketJudge, "write_started", FailsFirst(lambda: None, 1_000_000))

    async def run() -> None:
        async with stream_stub() as stub:
            # When it runs for a tenth of a second, then it ends
            await asyncio.to_thread(streaming(stub, tmp_path).run, 0.1, mode=mode)

    asyncio.run(run())
    assert len(defects(tmp_path)) == 1


@pytest.mark.parametrize("mode", ["poll", "stream"])
def test_a_run_that_is_stopped_ends_although_it_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: Any
) -> None:
    # Given a driver that fails, and would begin anew much later
    monkeypatch.setattr(monitor_module, "AGAIN_SECONDS", 60.0)
    monkeypatch.setattr(MarketJudge, "write_started", FailsFirst(lambda: None, 1_000_000))

    async def run() -> None:
        async with stream_stub() as stub:
            monitor = streaming(stub, tmp_path)
            task = asyncio.ensure_future(asyncio.to_thread(monitor.run, mode=mode))
            await asyncio.to_thread(wait_for, lambda: defects(tmp_path) != [], seconds=10)
            # When it is stopped, then it ends at once
            monitor.stop()
            await asyncio.wait_for(task, 5)

    asyncio.run(run())


@pytest.mark.parametrize("mode", ["poll", "stream"])
def test_a_refusal_is_no_defect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: Any) -> None:
    # Given a driver that ends by an error with a name
    def refuse(_: MarketJudge) -> None:
        raise DataSourceError("no", code="plan")

    monkeypatch.setattr(MarketJudge, "write_started", refuse)

    async def run() -> None:
        async with stream_stub() as stub:
            # When it runs, then it ends by that
            with pytest.raises(DataSourceError, match="no"):
                await asyncio.to_thread(streaming(stub, tmp_path).run, mode=mode)

    asyncio.run(run())
    assert defects(tmp_path) == []


@pytest.mark.parametrize("question", ["get_snapshots", "fetch_tape"])
def test_a_thread_that_polls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, question: str
) -> None:
    # Given a provider with a defect in what is polled
    provider = Provider(HandClock())
    fails = FailsFirst(getattr(provider, question))
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(position()),
        log_directory=tmp_path,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
    )
    monkeypatch.setattr(provider, question, fails)
    thread = threading.Thread(target=monitor.run)
    thread.start()
    # When it is polled, then the defect shows, and it is asked again
    try:
        check(monitor, tmp_path, "order-flow-poll-", fails, lambda: provider.clock.move(0.1))
    finally:
        monitor.stop()
        thread.join(5)


def streaming(stub: StreamStub, folder: Path, client: StubClient | None = None) -> OrderFlowMonitor:
    return OrderFlowMonitor(
        OrderFlowConfig(
            polygon_api_key=KEY,
            base_url=stub.url.replace("ws:", "http:").removesuffix("/stocks"),
            poll_interval_seconds=0.1,
            requests_per_second=90.0,
        ),
        position_manager=Holdings(position()),
        client=client or StubClient(),
        log_directory=folder,
        clock=HandClock(),
    )


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (StreamSymbols, "follow_positions"),
        (StreamDriver, "_look_at"),
        (StreamDriver, "_look_at_memory"),
        (FrameConsumer, "_judge_one"),
        (FrameConsumer, "_tell_lost"),
    ],
)
def test_a_step_of_judging_what_is_streamed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, owner: type, step: str
) -> None:
    # Given a stream with a defect in a step of its judging
    monkeypatch.setattr("trading_bot.order_flow.feed.stream_driver.TICK_SECONDS", 0.05)
    fails = FailsFirst(getattr(owner, step))

    async def run() -> None:
        async with stream_stub() as stub:
            monitor = streaming(stub, tmp_path)
            task = asyncio.ensure_future(asyncio.to_thread(monitor.run, mode="stream"))
            await stub.until(lambda: stub.clients and len(stub.newest.asked) == 4)
            monkeypatch.setattr(owner, step, fails)
            # When it fails, and frames that cannot be read come
            looked = asyncio.ensure_future(
                asyncio.to_thread(check, monitor, tmp_path, JUDGING, fails)
            )
            while not looked.done():
                stub.newest.send([{"ev": "T"}])
                await asyncio.sleep(0.05)
            # Then the defect shows, and the next step is done
            await looked
            monitor.stop()
            await task

    asyncio.run(run())


def test_a_thread_that_asks_beside_the_stream(tmp_path: Path) -> None:
    # Given a second source with a defect
    client = StubClient()
    fails = FailsFirst(client.fetch_tape)
    client.fetch_tape = fails  # type: ignore[method-assign]

    async def run() -> None:
        async with stream_stub() as stub:
            monitor = streaming(stub, tmp_path, client)
            task = asyncio.ensure_future(asyncio.to_thread(monitor.run, mode="stream"))
            # When it is asked, then the defect shows, and it is asked again
            await asyncio.to_thread(check, monitor, tmp_path, "order-flow-rest", fails)
            monitor.stop()
            await task

    asyncio.run(run())


def test_the_thread_that_tries_the_stream(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a probe with a defect
    async def run() -> None:
        async with stream_stub() as stub:
            monitor = streaming(stub, tmp_path)
            fails = FailsFirst(lambda _: False)
            monkeypatch.setattr(StreamProbe, "_look", fails)
            probe = StreamProbe(
                monitor.provider,
                tuple,
                threading.Event().set,
                look_seconds=0.01,
                threads=monitor.threads,
            )
            probe.start()
            # When it tries, then the defect shows, and it tries again
            await asyncio.to_thread(check, monitor, tmp_path, "trying the stream", fails)
            probe.close()

    asyncio.run(run())


def test_a_thread_that_tells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a listener, and a defect in what is noted once it was told
    told: list[object] = []
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(position()),
        log_directory=tmp_path,
        clock=HandClock(),
        client=StubClient(),
    )
    fails = FailsFirst(Telling._had)
    monkeypatch.setattr(Telling, "_had", fails)
    monitor.add_listener(told.append)
    # When it is told of two
    monitor.telling.put(exit_of())
    monitor.telling.put(exit_of("BOLT"))
    monitor.telling.put(large_seller())
    # Then the defect shows, and it is told of all
    check(monitor, tmp_path, "telling listener", fails)
    wait_for(lambda: len(told) == 3)
    monitor.close()


def test_the_thread_that_asks_for_access(tmp_path: Path) -> None:
    # Given a guard whose client has a defect
    client = StubClient()
    fails = FailsFirst(client.get_snapshots)
    client.get_snapshots = fails  # type: ignore[method-assign]
    guard = OrderFlowGuard(
        CONFIG,
        [position()],
        mode="poll",
        client=client,
        clock=HandClock(),
        log_directory=tmp_path,
    )
    # When it starts, then the defect shows, and it runs
    with guard:
        check(guard.monitor, tmp_path, "asking for access", fails)
        assert guard.state == "running"


def test_the_screen(tmp_path: Path) -> None:
    # Given a screen that health knows, and a scene with a defect
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(position()),
        log_directory=tmp_path,
        clock=HandClock(),
        client=StubClient(),
    )
    fails = FailsFirst(lambda *_: None)

    class Scene:
        def __getattr__(self, _name: str) -> Any:
            return fails

    with Screen(tmp_path, Console(file=io.StringIO())) as screen:
        screen.be_watched(monitor.threads)
        # When it is drawn
        screen.show(Scene())
        # Then the defect shows, and it is drawn again
        check(monitor, tmp_path, "screen", fails)
        screen.finish()
    monitor.close()


def test_the_judging_that_is_stuck_is_blind() -> None:
    # Given a monitor whose judging has begun
    monitor = OrderFlowMonitor(
        CONFIG, position_manager=Holdings(), log_directory=None, client=StubClient()
    )
    now_ns = 0
    monitor.threads._steady_ns = lambda: now_ns
    monitor.threads.watched(JUDGING, 5.0)
    well = monitor.health_check()["status"]
    # When it shows no life for longer than it may
    now_ns = 5_000_000_001
    # Then all is blind
    assert (well, monitor.health_check()["status"]) == ("degraded", "blind")
