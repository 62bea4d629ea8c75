"""The simulated market's yesterday: an ordinary session, and what own scale remembers of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from support.simulator_helpers import at

from trading_bot.order_flow.calendar import session_at, session_of
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.own_scale.memory import BLOCKS, OwnScale, ScaleRules
from trading_bot.replay.player import Player
from trading_bot.simulator.market.book import Book
from trading_bot.simulator.market.listing import LISTINGS, Listing, Role
from trading_bot.simulator.market.script import YESTERDAY, Scene, ordinary_scene
from trading_bot.simulator.market.tape import SymbolStream
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.settings import A_DAY, REGULAR_OPEN
from trading_bot.simulator.yesterday import PROFILES

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "simulated_yesterday.py"
HELD = [each for each in LISTINGS if each.symbol in {p.symbol for p in POSITIONS}]
BACKFILL_SECONDS = 420
MINUTE = 60


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """The command that makes the profiles."""
    spec = importlib.util.spec_from_file_location("simulated_yesterday", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def first_minute(
    maker: ModuleType, seed: int, profiles: Profiles | None
) -> list[tuple[float, MonitorEvent]]:
    """Play the history that a start asks for, and a minute; return what is told, and when."""
    told: list[tuple[float, MonitorEvent]] = []

    def tell(event: MonitorEvent) -> None:
        assert isinstance(event, OrderFlowAlert | ExitRecommendation)
        told.append(((ns_from_utc(event.timestamp_utc) - at(0)) / NS_PER_SECOND, event))

    for listing in HELD:
        player = Player(
            OrderFlowConfig(),
            positions=[each for each in POSITIONS if each.symbol == listing.symbol],
            step_ns=NS_PER_MS,
            make_judge=partial(MarketJudge, profiles=profiles),
        )
        player.judge.publisher.add_listener(tell)
        stream = SymbolStream(listing, seed)
        seconds = []
        while stream.next_second * NS_PER_SECOND < at(MINUTE):
            is_asked_for = stream.next_second * NS_PER_SECOND >= at(-BACKFILL_SECONDS)
            events = stream.advance_one_second()
            if is_asked_for:
                seconds += maker.rows_of(listing.symbol, *events)
        player.play(sorted(seconds))
    return sorted(told, key=lambda each: each[0])


def exits(told: Iterable[tuple[float, MonitorEvent]]) -> list[str]:
    return [each.symbol for _, each in told if isinstance(each, ExitRecommendation)]


def symbols(told: Iterable[tuple[float, MonitorEvent]]) -> set[str]:
    return {
        each.symbol for _, each in told if isinstance(each, OrderFlowAlert | ExitRecommendation)
    }


@pytest.mark.parametrize("seed", [7, 1, 4])
def test_the_first_minute_shows_both_exits_and_calm_symbols(maker: ModuleType, seed: int) -> None:
    # Given a market of some seed, and what is known of its yesterday
    profiles = Profiles(PROFILES, writes=False)
    # When its start and its first minute are judged on the symbols' own scale
    told = first_minute(maker, seed, profiles)
    # Then large sellers and a burst make exits due, and nothing is told of all others
    assert exits(told) == ["ACME", "BOLT"]
    assert symbols(told) == {"ACME", "BOLT"}
    # And the first line is a warning of this minute
    after, first = told[0]
    assert after > 0
    assert isinstance(first, OrderFlowAlert)
    assert first.severity == "warning"


def test_a_bot_without_a_memory_sees_both_exits_as_well(maker: ModuleType) -> None:
    # Given a guard that knows nothing of yesterday
    # When the start and the first minute are judged
    told = first_minute(maker, 7, None)
    # Then the rules of a new symbol find both
    assert exits(told) == ["ACME", "BOLT"]
    assert symbols(told) == {"ACME", "BOLT"}


@pytest.mark.parametrize("symbol", [each.symbol for each in LISTINGS])
def test_each_symbol_has_a_profile_of_a_whole_session(symbol: str) -> None:
    # Given the profiles that come with the simulated market
    memory = Profiles(PROFILES, writes=False).load(symbol)
    assert memory is not None
    # When a scale goes on from one at the start of the run
    scale = OwnScale(ScaleRules())
    scale.restore(memory)
    scale.turn(at(0))
    # Then it knows each block of yesterday, and has thresholds above what is ordinary there
    assert scale.filled == BLOCKS
    assert scale.memory_from_ns == YESTERDAY.open_s * NS_PER_SECOND
    assert not scale.is_thin
    burst, order, wall, _ = scale.thresholds
    assert 2_500 < burst < 4_000
    assert 1_800 < order < 10_000
    assert 1_500 <= wall < 10_000


@pytest.mark.slow
def test_the_profiles_are_what_watching_yesterday_makes() -> None:
    # Given the profiles that come with the simulated market
    # When yesterday is watched again
    done = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        [sys.executable, str(BENCHMARK), "--check"],
        capture_output=True,
        check=False,
        text=True,
        timeout=200,
    )
    # Then nothing differs
    assert (done.returncode, done.stderr) == (0, "")


def test_yesterday_is_a_whole_session_of_the_calendar() -> None:
    # Given the day before the trading day
    day = (REGULAR_OPEN - A_DAY).date()
    # When the calendar is asked
    session = session_of(day)
    # Then it is a full session, with the times that are played
    assert session is not None
    assert session == session_at(YESTERDAY.open_s * NS_PER_SECOND)
    assert session.open_ns == YESTERDAY.open_s * NS_PER_SECOND
    assert session.close_ns == YESTERDAY.close_s * NS_PER_SECOND
    assert session.extended_close_ns == YESTERDAY.quiet_s * NS_PER_SECOND


def test_yesterday_trades_as_a_day_of_its_own() -> None:
    # Given a symbol's yesterday
    stream = SymbolStream(LISTINGS[3], 7, YESTERDAY)
    # When its first second and the second of its open are made
    first = stream.advance_one_second()
    stream.next_second = YESTERDAY.open_s
    opened, _ = stream.advance_one_second()
    # Then it begins with a quote, and opens with an auction
    assert first[1][0].sip_ns // NS_PER_SECOND == YESTERDAY.start_s
    assert {(17,), (25,), (16,)} <= {each.conditions for each in opened}


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (599, Scene()),
        (600, Scene(burst_orders=2)),
        (629, Scene(burst_orders=2)),
        (630, Scene()),
        (1_200, Scene(seller="one_stamp", seller_shares=1_800)),
        (1_201, Scene()),
        (1_799, Scene()),
        (1_800, Scene(offer=1_500)),
        (1_829, Scene(offer=1_500)),
        (1_830, Scene()),
        (2_400, Scene(burst_orders=2)),
        (3_000, Scene(seller="one_stamp", seller_shares=2_500)),
    ],
)
def test_an_ordinary_day_has_livelier_moments(second: int, expected: Scene) -> None:
    # Given a symbol without a story
    # When a second of its ordinary day is asked for
    # Then it has a burst, a sale or an offer at its time, of sizes that differ
    assert ordinary_scene(Role.CALM, second) == expected


def test_an_offer_stands_until_it_is_taken_away() -> None:
    # Given a book whose ordinary sizes are 100 shares
    book = Book(Listing("TINY", "Tiny", Role.CALM, 1_000), lambda: 0.0)
    # When an offer is put up, put up again, and taken away
    changed = [book.set_offer(2_000), book.set_offer(2_000)]
    shown = book.ask_size
    changed.append(book.set_offer(0))
    # Then it is shown meanwhile, and each change is told
    assert (changed, shown, book.ask_size) == ([True, False, True], 2_000, 100)
