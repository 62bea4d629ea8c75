"""Two sessions as one: what each tells, and whom it concerns."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.paired.stream import PairedStream
from trading_bot.order_flow.providers.provider import BesideMessage, DepthBeside
from trading_bot.order_flow.providers.supervision.actions import QUOTES, TRADES, Channel
from trading_bot.order_flow.providers.supervision.stream_events import (
    ChannelsRefused,
    RenewChannels,
    Slept,
    StreamEvent,
    Tick,
)

NOW_NS = 1_773_151_200 * NS_PER_SECOND


class _Session:
    """Notes what it is told, and ends as a test says."""

    def __init__(self, observer: Any) -> None:
        self.observer = observer
        self.problem: str | None = None
        self.counts = Counter(connections=1)
        self.told: list[object] = []
        self.end: asyncio.Future[None] | None = None

    async def run(self) -> None:
        self.end = asyncio.get_running_loop().create_future()
        await self.end

    def follow(self, symbols: Iterable[str]) -> None:
        self.told.append(tuple(symbols))

    def check(self) -> None:
        self.told.append("check")

    def resume_reading(self) -> None:
        self.told.append("resume")

    def tell(self, event: StreamEvent) -> None:
        self.told.append(event)

    def reconnect(self, reason: str) -> None:
        self.told.append(reason)


class _Observer:
    """Notes what the pair tells."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def on_frame(self, payload: bytes, link: int) -> bool:
        self.told.append((payload, getattr(payload, "link", None), link))
        return False

    def on_cut(self, link: int) -> None:
        self.told.append(("cut", link))

    def on_subscribed(self, symbols: list[str]) -> None:
        self.told.append(("subscribed", *symbols))

    def on_stream_event(self, event: StreamEvent) -> None:
        self.told.append((event,))

    def on_said(self, reason: str, sentence: str) -> None:
        self.told.append((reason, sentence))


class Pair:
    """Both sessions, as one."""

    def __init__(self) -> None:
        self.observer = _Observer()
        self.patience: list[float | None] = []
        tape, depth = self._provider("tape"), self._provider("deep")
        self.both = PairedStream(
            tape, depth, 12, self.observer, now_ns=lambda: NOW_NS, patience_seconds=20.0
        )
        self.tape, self.depth = self.both._tape, self.both._depth
        assert isinstance(self.tape, _Session)
        assert isinstance(self.depth, _Session)
        self.both.follow(("ACME",))

    def _provider(self, name: str) -> Any:
        def open_stream(observer: Any, *, patience_seconds: float | None) -> _Session:
            self.patience.append(patience_seconds)
            return _Session(observer)

        return SimpleNamespace(name=name, open_stream=open_stream)

    def lost(self, symbol: str = "ACME") -> str:
        return self.both.look_at_depth((symbol,), NOW_NS)[symbol].lost


def test_both_are_asked_and_only_the_first_is_waited_for() -> None:
    # Given a pair
    pair = Pair()
    # When symbols are followed, both are looked after, and reading goes on
    pair.both.follow(("ACME", "BOLT"))
    pair.both.follow(("BOLT",))
    pair.both.check()
    pair.both.resume_reading()
    # Then both are told
    expected = [("ACME",), ("ACME", "BOLT"), ("BOLT",), "check", "resume"]
    assert pair.tape.told == pair.depth.told == expected  # type: ignore[attr-defined]
    # And the second one is never given up
    assert pair.patience == [20.0, None]
    assert isinstance(pair.both, DepthBeside)


def test_problem_is_the_first_ones_and_counts_are_of_both() -> None:
    # Given a pair of which both have a problem
    pair = Pair()
    pair.tape.problem, pair.depth.problem = "mute", "connecting"  # type: ignore[misc]
    # When it is asked, then the first one's counts, and what happened to both is told apart
    assert pair.both.problem == "mute"
    assert pair.both.counts == {"connections": 1, "depth_connections": 1}


def test_what_is_found_of_the_first_feed_is_told_to_it_alone() -> None:
    # Given a pair
    pair = Pair()
    renewed, slept = RenewChannels((Channel(TRADES, "ACME"),)), Slept(1)
    # When doubt acts, and the machine slept
    pair.both.tell(renewed)
    pair.both.tell(slept)
    pair.both.reconnect("mute")
    # Then only the sleep concerns the second
    assert pair.tape.told[1:] == [renewed, slept, "mute"]  # type: ignore[attr-defined]
    assert pair.depth.told[1:] == [slept]  # type: ignore[attr-defined]


def test_what_the_first_session_tells_goes_on_as_it_is() -> None:
    # Given a pair
    pair = Pair()
    first = pair.tape.observer  # type: ignore[attr-defined]
    # When its first session brings and tells something
    assert first.on_frame(b"a", 3) is False
    first.on_subscribed(["ACME"])
    first.on_stream_event(Tick())
    first.on_said("promise", "words")
    first.on_cut(3)
    # Then all of it goes on
    assert pair.observer.told == [
        (b"a", None, 3),
        ("subscribed", "ACME"),
        (Tick(),),
        ("promise", "words"),
        ("cut", 3),
    ]


def test_what_the_second_session_brings_waits_marked_among_the_others() -> None:
    # Given a pair whose first session is at its third connection
    pair = Pair()
    pair.tape.observer.on_frame(b"a", 3)  # type: ignore[attr-defined]
    # When the second brings something
    assert pair.depth.observer.on_frame(b"b", 9) is False  # type: ignore[attr-defined]
    # Then it is marked, with both links
    assert pair.observer.told[-1] == (b"b", 9, 3)
    assert isinstance(pair.observer.told[-1][0], BesideMessage)
    assert pair.both.depth_link == 9


def test_what_the_second_session_tells_costs_depth_only() -> None:
    # Given a pair whose depth is seen
    pair = Pair()
    second = pair.depth.observer  # type: ignore[attr-defined]
    second.on_subscribed(["ACME", "BOLT"])
    pair.both._channel.levels("ACME")
    assert pair.lost() == ""
    # When its channels are refused
    second.on_stream_event(ChannelsRefused((Channel(QUOTES, "ACME"),)))
    assert pair.lost() == ""
    second.on_stream_event(ChannelsRefused((Channel(TRADES, "ACME"),)))
    second.on_stream_event(Tick())
    # Then depth is lost, and nobody else is told
    assert pair.lost() == "refused"
    assert pair.observer.told == []
    # And what it has to say is said in its name
    second.on_said("evicted", "another program")
    assert pair.observer.told == [("evicted", "deep: another program")]


def test_the_end_of_its_connection_loses_depth_for_its_reason() -> None:
    # Given a pair whose depth is seen
    pair = Pair()
    pair.both._channel.levels("ACME")
    assert pair.lost() == ""
    # When the connection ends, then depth is lost for what the session says, if it does
    pair.depth.observer.on_cut(9)  # type: ignore[attr-defined]
    assert pair.lost() == "disconnected"
    assert pair.both.look_at_depth(("NONE",), NOW_NS)["NONE"].lost == "no levels yet"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (DataSourceError("no such key", code="wrong_key"), "wrong_key", "no such key"),
        (RuntimeError("a defect"), "failed", "RuntimeError"),
    ],
)
def test_the_end_of_the_second_session_ends_nothing_else(
    error: Exception, code: str, words: str
) -> None:
    # Given a pair that runs
    pair = Pair()

    async def scenario() -> None:
        running = asyncio.create_task(pair.both.run())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # When the second session ends for good
        pair.depth.end.set_exception(error)  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # Then the first goes on
        assert not running.done()
        pair.tape.end.set_exception(DataSourceError("gone", code="no_stream"))  # type: ignore[attr-defined]
        with pytest.raises(DataSourceError, match="gone"):
            await running

    asyncio.run(scenario())
    # And it is said, and there is no depth; the session is looked after no more
    [(reason, sentence)] = pair.observer.told
    assert reason == "depth_refused"
    assert words in str(sentence)
    assert pair.lost() == code
    pair.both.check()
    assert pair.depth.told[1:] == []  # type: ignore[attr-defined]
