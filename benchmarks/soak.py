"""Streams a simulated market through one fault after another, beside the same market without any.

    python benchmarks/soak.py                          thirty simulated minutes
    python benchmarks/soak.py --minutes 2 --speed 20   a short look
    python benchmarks/soak.py --json                   for scripts

Two simulators of one seed begin together. One of them closes connections, falls silent and goes on,
drips, damages frames, sends them twice, late, out of order, by a wrong clock or with unknown names,
evicts, and fails when REST is asked for what was missed, every few seconds and all drawn from the
seed. Both let a symbol trade thousands of times in a second now and then. Two monitors watch, and
after the last fault the second has time to repair its gaps. Then both must have raised the same
alerts (symbol, type, source, and the start of the episode within a second), each once. Meanwhile
the market's own events say what each monitor has not seen: no symbol may be called visible while
one of them is missed for longer than `blind_after_seconds`.

Durations are market time: at a speed of ten the waits of the stream and of REST are a tenth. Only
how long a gap waits for its answer is not, since REST answers as slowly as ever. Exits with 1 when
something was lost, doubled or wrongly called visible.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from random import Random
from typing import Any

from machine import machine_name

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.feed import stream_driver
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, cut_to, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.positions.fixed_position_manager import FixedPositionManager
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.process import SimulatorProcess

SAME_EPISODE_NS = NS_PER_SECOND
FIRST_FAULT_SECONDS = 5.0
QUIET_END_SECONDS = 45.0
"""How long before the end the last fault is over."""
START_SECONDS = 0.5
SETTLE_SECONDS = 240.0
"""How long the repairs may take after the end; an eviction alone waits a minute or more."""
READ_SECONDS = 5.0
LOOK_SECONDS = 0.5
"""How often visibility is compared with what has been missed."""
SYMBOLS = tuple(each.symbol for each in POSITIONS)

TORN = "BOLT+CLIF"
"""Whose events come out of order: no large orders, which torn apart are no longer one order."""
BURSTING = ("ACME", "DOVE", "EDDY")
"""Who trades thousands of times in a second: every other print of that, at the bid, is a sale."""

Drawn = tuple[str, int, str]
"""A kind of fault, how many seconds it lasts, and what else is to be said of it."""
Draw = Callable[[Random], Drawn]


def _lasting(kind: str, least: int, most: int) -> Draw:
    return lambda random: (kind, random.randint(least, most), "")


def _on_one(kind: str, least: int, most: int) -> Draw:
    return lambda random: (
        kind,
        random.randint(least, most),
        f",symbols={random.choice(SYMBOLS)}",
    )


def _by(kind: str, most: int, least_ms: int, most_ms: int, more: str = "") -> Draw:
    return lambda random: (
        kind,
        random.randint(5, most),
        f",seconds={random.randint(least_ms, most_ms) / 1_000}{more}",
    )


def _of_rest(kind: str, more: str = "") -> Draw:
    return lambda random: (kind, random.randint(5, 30), f",paths=trades+quotes{more}")


def _once(kind: str) -> Draw:
    return lambda _: (kind, 5, ",count=1")


def _closed(kind: str) -> Draw:
    return lambda random: (
        kind,
        8,
        f",count={random.randint(1, 3)},code={random.choice((1000, 1001, 1006, 1008))}",
    )


_BRIEF: tuple[Draw, ...] = (
    _closed("ws_close"),
    _closed("ws_close_after_auth"),
    _on_one("ws_mute", 5, 20),
    _lasting("ws_mute", 2, 8),
    _lasting("ws_dead", 2, 8),
    _lasting("ws_slow_drip", 2, 8),
    _once("ws_malformed"),
    _on_one("ws_malformed", 2, 4),
    _once("ws_half_frame"),
    _lasting("ws_unknown_events", 5, 20),
    _lasting("ws_duplicate", 5, 20),
    _by("ws_delay", 15, 1_000, 8_000),
    _by("ws_reorder", 15, 50, 2_000, f",symbols={TORN}"),
    # Within the second by which two alerts may differ.
    _by("ws_clock_skew", 20, -300, 300),
    _of_rest("rate_limited", ",retry_after=2"),
    _of_rest("server_error"),
    _of_rest("hang"),
)
_LONG: tuple[Draw, ...] = (
    _lasting("ws_close", 10, 40),
    _lasting("ws_mute", 20, 50),
    _lasting("ws_dead", 20, 50),
    _once("ws_max_connections"),
)
DRAWS: tuple[Draw, ...] = (*_BRIEF * 4, *_LONG)
"""Most faults are over soon: who is blind all the time is not tested by more of them."""
SILENT = ("ws_mute", "ws_dead")
"""What they swallow is sent by no later frame; half of them end with their connection."""
BURST_EVERY_SECONDS = 400
BURST_TRADES = 10_000
"""Prints of one symbol in a second of the market; at a speed of ten that is a tenth of a second."""
EVICTIONS_FROM_MINUTES = 10
"""An eviction alone blinds for a minute or more, which is too much of a short run."""


def faults_of(seed: int, minutes: float) -> list[str]:
    """Return what goes wrong, in the form of the simulator's `--fault`."""
    random = Random(seed)
    draws = DRAWS if minutes >= EVICTIONS_FROM_MINUTES else DRAWS[:-1]
    found: list[str] = []
    at = FIRST_FAULT_SECONDS
    while at < minutes * 60 - QUIET_END_SECONDS:
        kind, seconds, more = random.choice(draws)(random)
        lasts = min(seconds, minutes * 60 - QUIET_END_SECONDS - at)
        found.append(f"{kind},after_seconds={at:.2f},for_seconds={lasts:.2f}{more}")
        if kind in SILENT and random.random() < 0.5:
            ends = max(at + lasts - 0.3, at)
            found.append(f"ws_close,after_seconds={ends:.2f},for_seconds=1,count=1")
        at += random.uniform(3, 9)
    return found


def bursts_of(seed: int, minutes: float) -> list[str]:
    """Return the bursts of both markets: in the middle of a second, so that it is the same one."""
    random = Random(-seed)
    last = int(minutes * 60 - QUIET_END_SECONDS)
    return [
        f"ws_burst,after_seconds={random.randint(at - 200, at) + 0.5},symbols="
        f"{random.choice(BURSTING)},trades={BURST_TRADES}"
        for at in range(BURST_EVERY_SECONDS // 2, last, BURST_EVERY_SECONDS)
    ]


class Watch:
    """One monitor that streams from one simulator, and what it told.

    Args:
        simulator: Running.
        seed: That of its market.
    """

    def __init__(self, simulator: SimulatorProcess, seed: int) -> None:
        self._speed = speed = simulator.speed
        self._stop = threading.Event()
        # Fixed, so that each alert of the calm market is one of the other's, whatever that missed.
        config = OrderFlowConfig(
            thresholds="fixed",
            polygon_api_key=simulator.key,
            base_url=simulator.base_url,
            requests_per_second=50.0,
        )
        client = PolygonClient(
            config,
            clock=simulator.clock,
            wait=lambda seconds: self._stop.wait(seconds / speed),
            monotonic=lambda: monotonic_seconds() * speed,
            read_timeout=READ_SECONDS / speed,
        )
        self.clock = simulator.clock
        times = StreamTimes()
        scaled = {each.name: getattr(times, each.name) / speed for each in fields(times)}
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=FixedPositionManager(POSITIONS),
            provider=PolygonProvider(
                config, client, url=simulator.ws_url, times=StreamTimes(**scaled)
            ),
            log_directory=None,
            clock=simulator.clock,
        )
        self.monitor.judge.start_afresh()
        self.alerts: list[OrderFlowAlert] = []
        self.monitor.add_listener(self._hear)
        self.loop = StreamDriver(
            self.monitor.judge,
            self.monitor.provider,
            steady_ns=lambda: ns_from_utc(simulator.clock()),
        )
        self._budget_ns = round(config.blind_after_seconds * NS_PER_SECOND)
        self._market = SimulatedMarket(seed)
        self._client = client
        self.longest_unseen_ns = 0
        self.wrongly_visible: dict[str, str] = {}
        self.states: Counter[str] = Counter()

    def _hear(self, event: MonitorEvent) -> None:
        if isinstance(event, OrderFlowAlert):
            self.alerts.append(event)

    async def run(self, first: datetime) -> None:
        """Stream until stopped, from one moment of the market on: both fetch the same start."""
        await asyncio.sleep((first - self.clock()).total_seconds() / self._speed)
        refusal = await self.loop.run(self._stop, None)
        self.monitor.close()
        self._client.close()
        if refusal is not None:
            raise refusal

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()
        self.loop.wake()

    def look(self) -> None:
        """Compare what is called visible with what has been missed."""
        now_ns = ns_from_utc(self.clock())
        for symbol, live in self.loop.ingest.symbols.items():
            seen = self.monitor.visibility(symbol)
            self.states[seen.state] += 1
            if seen.state != "visible":
                continue
            unseen_ns = now_ns - self._first_missed_ns(live, now_ns)
            self.longest_unseen_ns = max(self.longest_unseen_ns, unseen_ns)
            if unseen_ns > self._budget_ns:
                self.wrongly_visible[symbol] = (
                    f"{self.clock().time()}: not seen for {unseen_ns / NS_PER_SECOND:.1f} s"
                )

    def _first_missed_ns(self, live: LiveSymbol, now_ns: int) -> int:
        """Return the stamp of the oldest event behind the newest that was judged."""
        market = self._market.symbol(live.symbol, now_ns)
        first_ns = now_ns
        if market is not None:
            for tape, newest_ns in ((market.trades, live.trade_ns), (market.quotes, live.quote_ns)):
                # What was judged is cut to milliseconds.
                first, behind = tape.numbers(newest_ns + 1_000_000, now_ns)
                for event in tape.rows(first, min(behind, first + 1)):
                    first_ns = min(first_ns, cut_to(event.sip_ns, NS_PER_MS))
        return first_ns

    def is_settled(self) -> bool:
        """Tell whether all is subscribed and every gap is filled."""
        return self.loop.stream.problem is None and all(
            live.gap is None for live in self.loop.ingest.symbols.values()
        )


@dataclass(frozen=True)
class Difference:
    """What two runs raised: the same, and what only one of them did."""

    same: int
    lost: list[str]
    doubled: list[str]
    added: list[str]


def difference(calm: Iterable[OrderFlowAlert], rough: Iterable[OrderFlowAlert]) -> Difference:
    """Match alerts by symbol, type, source and start within a second; each once."""
    waiting = sorted(rough, key=_stamp)
    lost: list[str] = []
    matched: list[OrderFlowAlert] = []
    for alert in sorted(calm, key=_stamp):
        for other in waiting:
            if _is_same(alert, other):
                waiting.remove(other)
                matched.append(other)
                break
        else:
            lost.append(_words(alert))
    doubled = [each for each in waiting if any(_is_same(each, other) for other in matched)]
    added = [_words(each) for each in waiting if each not in doubled]
    return Difference(len(matched), lost, [_words(each) for each in doubled], added)


def _stamp(alert: OrderFlowAlert) -> int:
    return ns_from_utc(alert.timestamp_utc)


def _is_same(one: OrderFlowAlert, other: OrderFlowAlert) -> bool:
    names = ((each.symbol, each.alert_type, each.source) for each in (one, other))
    return len(set(names)) == 1 and abs(_stamp(one) - _stamp(other)) <= SAME_EPISODE_NS


def _words(alert: OrderFlowAlert) -> str:
    return (
        f"{alert.symbol} {alert.alert_type} {alert.source or ''} {alert.severity} "
        f"{alert.timestamp_utc.time()} late={alert.late}"
    )


@contextmanager
def in_market_time(speed: float) -> Iterator[None]:
    """Let the loop's ticks pass at the market's speed."""
    before = stream_driver.TICK_SECONDS
    vars(stream_driver)["TICK_SECONDS"] = before / speed
    try:
        yield
    finally:
        vars(stream_driver)["TICK_SECONDS"] = before


async def _watch(
    simulators: tuple[SimulatorProcess, SimulatorProcess], seed: int, minutes: float
) -> tuple[Watch, Watch, bool]:
    calm, rough = (Watch(simulator, seed) for simulator in simulators)
    speed = simulators[0].speed
    # Each simulator began at the same market time, at a moment of its own.
    until = simulators[0].market_start + timedelta(minutes=minutes)
    latest = until + timedelta(seconds=SETTLE_SECONDS)
    first = max(each.clock() for each in (calm, rough)) + timedelta(seconds=START_SECONDS)
    running = [asyncio.create_task(each.run(first)) for each in (calm, rough)]
    is_settled = False
    try:
        while not is_settled and calm.clock() < latest:
            await asyncio.sleep(LOOK_SECONDS / speed)
            for task in running:
                if task.done():
                    task.result()
            for each in (calm, rough):
                each.look()
            is_settled = all(each.clock() > until and each.is_settled() for each in (calm, rough))
    finally:
        for each in (calm, rough):
            each.stop()
        await asyncio.gather(*running)
    return calm, rough, is_settled


def soak(minutes: float, seed: int, speed: float) -> dict[str, Any]:
    """Run both markets and compare.

    Args:
        minutes: Simulated.
        seed: Of markets and faults.
        speed: Market seconds in a second.

    Returns:
        Figures, and what went wrong in words.
    """
    faults, bursts = faults_of(seed, minutes), bursts_of(seed, minutes)
    markets = (
        SimulatorProcess(seed=seed, speed=speed, faults=bursts),
        SimulatorProcess(seed=seed, speed=speed, faults=[*bursts, *faults]),
    )
    try:
        with in_market_time(speed):
            # Beside each other: a fast market waits for nobody.
            with ThreadPoolExecutor() as pool:
                list(pool.map(SimulatorProcess.start, markets))
            calm, rough, is_settled = asyncio.run(_watch(markets, seed, minutes))
    finally:
        for market in markets:
            market.stop()
    # A size that stood before the watch began is stamped by where the fetched tape begins.
    since = markets[0].market_start
    until = since + timedelta(minutes=minutes)
    found = difference(
        (each for each in calm.alerts if since <= each.timestamp_utc <= until),
        (each for each in rough.alerts if since <= each.timestamp_utc <= until),
    )
    return {
        "minutes": minutes,
        "seed": seed,
        "speed": speed,
        "faults": len(faults),
        "bursts": len(bursts),
        "alerts": found.same,
        "late_alerts": len([each for each in rough.alerts if each.late]),
        "lost": found.lost,
        "doubled": found.doubled,
        "added": found.added,
        "wrongly_visible": calm.wrongly_visible | rough.wrongly_visible,
        "settled": is_settled,
        "longest_unseen_while_visible_seconds": round(rough.longest_unseen_ns / NS_PER_SECOND, 1),
        "visibility": dict(rough.states),
        "stream": dict(sorted(rough.monitor.judge.stream_counts.items())),
        "calm_stream": dict(sorted(calm.monitor.judge.stream_counts.items())),
        "machine": machine_name(),
    }


def is_sound(figures: dict[str, Any]) -> bool:
    """Tell whether nothing was lost, doubled, invented or wrongly called visible."""
    wrong = ("lost", "doubled", "added", "wrongly_visible")
    return bool(figures["settled"]) and not any(figures[each] for each in wrong)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="A stream through one fault after another.")
    parser.add_argument("--minutes", type=float, default=30.0, help="simulated")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--speed", type=float, default=10.0, help="market seconds in a second")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = soak(options.minutes, options.seed, options.speed)
    if options.json:
        print(json.dumps(figures))
    else:
        print(figures.pop("machine"))
        for name, value in figures.items():
            print(f"  {name:38} {value}")
    return 0 if is_sound(figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
