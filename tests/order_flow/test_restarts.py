"""A guard that is killed again and again says what an undisturbed one says: once, and all of it."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from support.monitor_stubs import (
    ASK,
    BID,
    START,
    Holdings,
    StubClient,
    Tape,
    at,
    book,
    position,
    quote,
    trade,
)

from trading_bot.order_flow.calendar import session_of
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.feed.poll_driver import PollDriver
from trading_bot.order_flow.journal.lines import Line
from trading_bot.order_flow.journal.profile import Profiles, profile_folder
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.own_scale.memory import (
    BLOCK_NS,
    BLOCKS,
    BURST,
    ORDER,
    WALL,
    OwnScale,
    ScaleRules,
)
from trading_bot.order_flow.rules.own_scale.state import ScaleState

SYMBOLS = ("ACME", "BOLT", "CLIF")
LIVE_FROM, TAPE_ENDS = 800, 3_400
CONFIG = OrderFlowConfig(
    thresholds="fixed", polygon_api_key="k", requests_per_second=90.0, poll_interval_seconds=1.0
)
OWN_SCALE = OrderFlowConfig(
    polygon_api_key="k",
    requests_per_second=90.0,
    poll_interval_seconds=1.0,
    alerts_per_day=30,
    minimum_order_dollars=0,
    minimum_burst_dollars=0,
)
QUIET_SPANS = ((1_200, 1_230), (2_000, 2_030), (2_800, 2_830))
"""Seconds without a seller, in which positions may be closed and opened."""


Event = TypeVar("Event", TradeEvent, QuoteEvent)


class Killed(BaseException):
    """The process is gone, here and now."""


@cache
def market() -> tuple[QuoteEvent | TradeEvent, ...]:
    """Sellers, bids and offers that stand, and bursts, three symbols in an hour."""
    chance = Random(7)  # noqa: S311 - a market, no secret
    events: list[QuoteEvent | TradeEvent] = []
    for symbol in SYMBOLS:
        bid_ticks, bid_size, ask_size = BID, 500, 500
        burst_until = 0
        for second in range(TAPE_ENDS):
            quiet = any(begin <= second < end for begin, end in QUIET_SPANS)
            drawn = chance.random()
            if drawn < 0.10:
                bid_ticks = BID - 10_000 * chance.randrange(6)
            if drawn < 0.05:
                bid_size = chance.choice([500, 500, 12_000, 19_000, 31_000])
                ask_size = chance.choice([500, 500, 11_000, 18_000])
            if drawn > 0.997 and second > burst_until + 200:
                burst_until = second + chance.randrange(10, 60)
            prices: dict[str, Any] = {"bid_ticks": bid_ticks, "ask_ticks": ASK}
            events.append(
                quote(second + 0.1, symbol, bid_size=bid_size, ask_size=ask_size, **prices)
            )
            size = chance.randrange(50, 300)
            if second < burst_until:
                size *= 30
            price = bid_ticks if chance.random() < 0.7 or second < burst_until else ASK
            events.append(trade(second + 0.4, symbol, price_ticks=price, size=size))
            if not quiet and drawn > 0.85:
                large = chance.choice([6_000, 10_000, 12_000, 35_000])
                events.append(trade(second + 0.7, symbol, price_ticks=bid_ticks, size=large))
    return tuple(sorted(events, key=lambda each: (each.sip_ns, each.symbol)))


@cache
def yesterday() -> ScaleState:
    """Return the memory of a day that had some of everything, the last blocks the least."""
    day = session_of(START.date() - timedelta(days=1))
    assert day is not None
    scale = OwnScale(ScaleRules())
    for place in range(BLOCKS):
        scale.turn(day.open_ns + place * BLOCK_NS)
        scale.volume += 20_000
        scale.learn(BURST, 2_000 - 5 * place)
        scale.learn(ORDER, 30_000 - 100 * place)
        scale.learn(WALL, 11_000 - 50 * place)
    scale.turn(day.close_ns)
    return scale.state()


class KillingLog(AlertLog):
    """A record at whose writing the process may die: before it, half way, or right after."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.dies_in: int | None = None
        self.how = "after"

    def write(self, line: Line) -> None:
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0 and self.how == "before":
                raise Killed
        super().write(line)
        if self.dies_in is not None and self.dies_in < 0:
            if self.how == "half":
                newest = max(self.directory.glob("*.jsonl"))
                newest.write_bytes(newest.read_bytes()[:-7])
            raise Killed


@dataclass
class World:
    """The market, what is held, and the one guard that runs at a time."""

    folder: Path
    absences: Sequence[tuple[str, int, int]] = ()
    config: OrderFlowConfig = CONFIG
    now: float = LIVE_FROM
    offset: float = 0.0
    told: list[ExitRecommendation] = field(default_factory=list)
    dies_at_telling: bool = False
    holdings: Holdings = field(default_factory=Holdings)

    def __post_init__(self) -> None:
        self.profiles = Profiles(profile_folder(self.folder, "polygon", "stocks", "top_of_book"))
        if self.config.thresholds == "own_scale":
            for symbol in SYMBOLS:
                self.profiles.keep(symbol, yesterday())
            self.profiles.close()
        self.start()

    def start(self, *, same_process: bool = False) -> None:
        """Start a guard, in a process of its own or again in the same one."""
        self._hold()
        if not same_process:
            self.log = KillingLog(self.folder)
            self.monitor = OrderFlowMonitor(
                self.config,
                position_manager=self.holdings,
                client=StubClient(self._answer, self._books),
                alert_log=self.log,
                clock=self._clock,
            )
            self.monitor.judge.publisher.add_listener(self._hear)
        self.monitor._begin()
        self.driver = PollDriver(self.monitor.judge, self.monitor.provider)
        self.driver._follow_positions()

    def run(self, until: float) -> None:
        """Poll once a second."""
        while self.now < until:
            self.now += 1
            self._hold()
            symbols = self.monitor.symbols
            self.driver._feed.request_due()
            for _ in ("snapshots", *symbols) if symbols else ():
                answer = self.driver._feed.answers.get(timeout=5)
                assert answer is not None
                if self.driver._feed.taken(answer):
                    self.driver.take(answer)
            self.driver._tick()

    def kill(self) -> None:
        """Leave everything as it is; threads end and files close as those of a dead process do."""
        self.driver._feed.close()
        self.log.close()

    def recorded(self, event: str) -> list[dict[str, Any]]:
        text = b"".join(path.read_bytes() for path in sorted(self.folder.glob("*.jsonl")))
        lines = [json.loads(each) for each in text.splitlines()]
        return [line for line in lines if line["event"].startswith(event)]

    def alert_ids(self) -> Counter[str]:
        lines = self.recorded("order_flow.")
        return Counter(line["alert_id"] for line in lines if "alert_type" in line)

    def exit_ids(self) -> Counter[str]:
        return Counter(line["exit_id"] for line in self.recorded("order_flow.exit"))

    def _hear(self, event: MonitorEvent) -> None:
        if not isinstance(event, ExitRecommendation):
            return
        if self.dies_at_telling:
            self.dies_at_telling = False
            raise Killed
        self.told.append(event)
        self.monitor.judge.publisher.mark_told(event)

    def _hold(self) -> None:
        away = {symbol for symbol, begin, end in self.absences if begin < self.now <= end}
        self.holdings.positions = [
            position(each, opened_at=None) for each in SYMBOLS if each not in away
        ]

    def _clock(self) -> datetime:
        return START + timedelta(seconds=self.now + self.offset)

    def _books(self, symbols: Sequence[str]) -> Mapping[str, OrderBookSnapshot]:
        return {symbol: replace(book(0, symbol), timestamp_utc=self._clock()) for symbol in symbols}

    def _answer(self, symbol: str, trades_from_ns: int, quotes_from_ns: int) -> Tape:
        trades, quotes = tape_of(symbol)
        now_ns = at(self.now)
        return span_of(trades, trades_from_ns, now_ns), span_of(quotes, quotes_from_ns, now_ns)


@cache
def tape_of(symbol: str) -> tuple[list[TradeEvent], list[QuoteEvent]]:
    mine = [each for each in market() if each.symbol == symbol]
    trades = [each for each in mine if isinstance(each, TradeEvent)]
    return trades, [each for each in mine if isinstance(each, QuoteEvent)]


def span_of(events: list[Event], from_ns: int, until_ns: int) -> list[Event]:
    stamp = attrgetter("sip_ns")
    begin = bisect_left(events, from_ns, key=stamp)
    return events[begin : bisect_right(events, until_ns, key=stamp)]


Absences = tuple[tuple[str, int, int], ...]
BLINKS: Absences = tuple(
    (SYMBOLS[n % 3], second, second + 2 + n % 3) for n, second in enumerate(range(850, 3_300, 37))
)
"""Positions that are missing for two to four seconds."""
REOPENED: Absences = (
    *((symbol, 1_202, 1_222) for symbol in SYMBOLS),
    ("ACME", 2_002, 2_015),
    ("BOLT", 2_802, 2_820),
)
"""Positions that are closed, and opened again."""


Undisturbed = Callable[..., World]
CONFIGS = {"fixed": CONFIG, "own_scale": OWN_SCALE}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    @cache
    def run(absences: Absences, thresholds: str = "fixed") -> World:
        world = World(tmp_path_factory.mktemp("undisturbed"), absences, CONFIGS[thresholds])
        world.run(TAPE_ENDS)
        world.kill()
        return world

    return run


def test_the_market_of_these_tests_is_a_busy_one(
    undisturbed: Undisturbed,
) -> None:
    # Given a guard that nobody disturbs
    # When the market has been judged
    world = undisturbed(())
    # Then there was much to say of every kind
    kinds = Counter(
        (line["alert_type"], line["source"], line["severity"])
        for line in world.recorded("order_flow.")
        if "alert_type" in line
    )
    assert kinds.total() > 1_000
    assert len(kinds) >= 6
    assert len(world.exit_ids()) > 20


def test_on_its_own_scale_the_market_is_quieter_but_not_silent(undisturbed: Undisturbed) -> None:
    # Given a guard with a memory of the day before
    # When the market has been judged
    world = undisturbed((), "own_scale")
    # Then there was something of every kind, ranked, and exits
    lines = [line for line in world.recorded("order_flow.") if "alert_type" in line]
    kinds = Counter((line["source"], line["scale"] is not None) for line in lines)
    assert set(kinds) == {(None, True), ("aggressive_sell", True), ("ask_wall", True)}
    assert 30 < kinds.total() < 300
    assert len(world.exit_ids()) > 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("absences", "offsets", "thresholds"),
    [
        (BLINKS, (0.3, -0.3, 1.0, -1.0), "fixed"),
        (REOPENED, (0.0,), "fixed"),
        ((), (0.3, -0.3, 1.0, -1.0), "own_scale"),
    ],
    ids=["blinking, by several clocks", "closed and opened", "on its own scale"],
)
def test_two_hundred_kills_say_what_an_undisturbed_run_says(
    tmp_path: Path,
    undisturbed: Undisturbed,
    absences: Absences,
    offsets: tuple[float, ...],
    thresholds: str,
) -> None:
    # Given a guard whose process dies at any moment, also between a line and its telling
    chance = Random(11)  # noqa: S311 - a choice of moments, no secret
    world = World(tmp_path, absences, CONFIGS[thresholds])
    kills = 0
    moments = sorted(chance.uniform(LIVE_FROM + 5, TAPE_ENDS - 100) for _ in range(200))
    for moment, after in pairwise([*moments, float(TAPE_ENDS)]):
        way = chance.choice(["between polls", "before", "half", "after", "telling", "mode"])
        try:
            world.run(moment)
            if way in ("before", "half", "after"):
                world.log.how, world.log.dies_in = way, chance.randrange(4)
            world.dies_at_telling = way == "telling"
            world.run(min(moment + 10, after))
        except Killed:
            pass
        # When another takes its place after a while, by a clock of its own
        kills += 1
        world.dies_at_telling = False
        world.kill()
        # What was due while a position was held is not said of one that is gone.
        closes = any(begin - 30 < world.now < end for _, begin, end in absences)
        world.now += 0 if closes else chance.choice([0, 0, 1, 20])
        if way == "mode":
            world.start(same_process=True)
        else:
            world.offset = chance.choice(offsets)
            world.start()
    world.run(TAPE_ENDS)
    world.kill()
    # Then each alert and each exit of an undisturbed run is recorded once, and nothing else
    calm = undisturbed(absences, thresholds)
    assert kills == 200
    assert set(world.alert_ids()) == set(calm.alert_ids())
    assert set(world.exit_ids()) == set(calm.exit_ids())
    assert set(world.alert_ids().values()) == set(world.exit_ids().values()) == {1}
    # And every exit was told, again with its first id where it was not known to be told
    ids = Counter(each.exit_id for each in world.told)
    assert set(ids) == set(world.exit_ids())
    first: set[str] = set()
    for each in world.told:
        assert each.repeated or each.exit_id not in first
        first.add(each.exit_id)
