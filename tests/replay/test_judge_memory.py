"""The judge and the memory of own scale: begun with, kept, named where damaged, recorded."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.monitor_stubs import (
    ASK,
    BID,
    START,
    HandClock,
    Holdings,
    StubClient,
    at,
    large_seller,
    position,
    quote,
)

from trading_bot.order_flow.calendar import session_at
from trading_bot.order_flow.capture.lines import AnyLine, Seeded, Watched
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import Scale
from trading_bot.order_flow.journal.profile import Profiles, profile_hash
from trading_bot.order_flow.journal.said import Said
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.sink import give
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent, ThresholdNotice
from trading_bot.order_flow.rules.own_scale.memory import BLOCK_NS, BLOCKS, OwnScale, ScaleRules
from trading_bot.order_flow.rules.own_scale.seed import Seed
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.recorded.recordings import Recordings
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.capture_player import CapturePlayer

CONFIG = OrderFlowConfig(polygon_api_key="k")


def session_open_ns() -> int:
    session = session_at(at(0))
    assert session is not None
    return session.open_ns


def memory() -> ScaleState:
    """Return what a day before has left."""
    scale = OwnScale(ScaleRules())
    open_ns = session_open_ns() - 24 * 3_600 * 10**9
    for place in range(BLOCKS):
        scale.turn(open_ns + place * BLOCK_NS)
        scale.volume += 10_000
    scale.turn(open_ns + BLOCKS * BLOCK_NS)
    return scale.state()


def judge_with(folder: Path, config: OrderFlowConfig = CONFIG) -> MarketJudge:
    return MarketJudge(
        config,
        position_manager=Holdings(),
        client=StubClient(),
        clock=HandClock(),
        profiles=Profiles(folder),
    )


def usual_minute(judge: MarketJudge) -> int:
    desk = judge.judges["ACME"].desk
    assert desk is not None
    return desk.scale.usual_minute


def keep(folder: Path, symbol: str = "ACME") -> None:
    profiles = Profiles(folder)
    profiles.keep(symbol, memory())
    profiles.close()


def sale(seconds: float) -> TradeEvent:
    return TradeEvent("ACME", at(seconds), ASK, 100 * UNITS_PER_SHARE)


def test_a_watch_begins_with_the_symbols_profile(tmp_path: Path) -> None:
    # Given a profile
    keep(tmp_path)
    judge = judge_with(tmp_path)
    # When its symbol and another are watched
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    judge.watch("BOLT", from_ns=at(0), now_ns=at(0))
    # Then the symbol has its memory, and the run is named by that
    assert usual_minute(judge) == 5_000
    assert judge.start_facts() == {
        "profile_hash": profile_hash({"ACME": memory()}),
        "market": "live",
    }


def test_a_run_without_profiles_says_so(tmp_path: Path) -> None:
    # Given no profile
    judge = judge_with(tmp_path)
    # When a symbol is watched
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    # Then the run is named by none
    assert judge.start_facts() == {"profile_hash": None, "market": "live"}


def test_fixed_thresholds_have_no_profile(tmp_path: Path) -> None:
    # Given a profile, and fixed thresholds
    keep(tmp_path)
    judge = judge_with(tmp_path, OrderFlowConfig(thresholds="fixed"))
    # When its symbol is watched
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    # Then nothing is said of one
    assert judge.start_facts() == {"market": "live"}


def test_a_block_that_has_begun_is_kept_once(tmp_path: Path) -> None:
    # Given a symbol that is watched
    judge = judge_with(tmp_path)
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    assert judge.profiles is not None
    # When a block begins, and it is looked at twice
    give(judge, sale(1))
    judge.every_second(at(2))
    judge.profiles.close()
    written = (tmp_path / "ACME.json").read_bytes()
    (tmp_path / "ACME.json").unlink()
    judge.every_second(at(3))
    judge.profiles.close()
    # Then its beginning was written, once
    assert json.loads(written)["memory"]["resumes_ns"] == at(0)
    assert not (tmp_path / "ACME.json").exists()


def test_the_end_of_a_watch_keeps_the_newest_block(tmp_path: Path) -> None:
    # Given a symbol whose second block has begun
    judge = judge_with(tmp_path)
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    give(judge, sale(1))
    give(judge, sale(121))
    # When its watch ends
    judge.unwatch("ACME")
    assert judge.profiles is not None
    judge.profiles.close()
    # Then the file begins with that block
    found = Profiles(tmp_path).load("ACME")
    assert found is not None
    assert found.resumes_ns == at(120)


def test_of_a_symbol_that_is_not_protected_nothing_is_kept(tmp_path: Path) -> None:
    # Given one of thousands that are watched
    keep(tmp_path)
    judge = judge_with(tmp_path)
    before = (tmp_path / "ACME.json").read_bytes()
    judge.watch("ACME", from_ns=at(0), now_ns=at(0), ranks=False)
    # When blocks begin, and it ends
    give(judge, sale(1))
    give(judge, sale(121))
    judge.unwatch("ACME")
    assert judge.profiles is not None
    judge.profiles.close()
    # Then its profile was neither used nor changed
    assert judge.start_facts() == {"profile_hash": None, "market": "live"}
    assert (tmp_path / "ACME.json").read_bytes() == before


@pytest.mark.parametrize("damage", [b"{", None])
def test_a_damaged_profile_is_named_at_the_start(tmp_path: Path, damage: bytes | None) -> None:
    # Given a file that cannot be read, or one of another version
    keep(tmp_path)
    path = tmp_path / "ACME.json"
    text = path.read_bytes()
    path.write_bytes(damage or text.replace(b'"format":1', b'"format":99'))
    judge = judge_with(tmp_path)
    told: list[MonitorEvent] = []
    judge.publisher.add_listener(told.append)
    # When the run begins
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    judge.write_started()
    # Then its symbol begins anew, and everybody is told why
    (said,) = [each for each in told if isinstance(each, GuardState)]
    assert said.reason.startswith("ACME: its profile is ignored: ")
    assert usual_minute(judge) == 0


def test_a_memory_that_cannot_be_used_costs_nothing_without_profiles() -> None:
    # Given a recorded memory of another version
    judge = MarketJudge(CONFIG, position_manager=Holdings(), client=StubClient(), clock=HandClock())
    other = msgspec.structs.replace(memory(), format=99)
    # When a watch begins with it
    judge.watch("ACME", from_ns=at(0), now_ns=at(0), memory=other)
    # Then it begins anew
    assert usual_minute(judge) == 0


def test_a_seed_of_an_unwatched_symbol_is_dropped() -> None:
    # Given a judge of nothing
    judge = MarketJudge(CONFIG, position_manager=Holdings(), client=StubClient(), clock=HandClock())
    # When a seed comes
    judge.seed("ACME", Seed(1, 2))
    # Then nothing happens
    assert judge.symbols == ()


def test_a_recording_holds_memory_and_seed_of_a_watch(tmp_path: Path) -> None:
    # Given a monitor that is recorded, and a profile of what it holds
    record = tmp_path / "record"
    keep(record / "profile" / "polygon-stocks-top_of_book", "BOLT")
    clock = HandClock()
    recorder = CaptureWriter(tmp_path / "recording", CONFIG, clock=clock)
    monitor = OrderFlowMonitor(
        CONFIG,
        record_to=recorder,
        position_manager=Holdings(position()),
        log_directory=record,
        client=StubClient(),
        clock=clock,
    )
    # When symbols are watched and one is seeded
    monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0), ranks=False)
    monitor.judge.watch("BOLT", from_ns=at(0), now_ns=at(0))
    monitor.judge.seed("BOLT", Seed(7, 8))
    # Then a replay can begin with the same
    recorder.close()
    (path,) = (tmp_path / "recording").iterdir()
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyLine)
    lines = [decoder.decode(each) for each in gzip.decompress(path.read_bytes()).splitlines()]
    step_ns = monitor.judge.step_ns
    assert [each for each in lines if isinstance(each, Watched | Seeded)] == [
        Watched("ACME", at(0), at(0), step_ns=step_ns, ranks=False),
        Watched("BOLT", at(0), at(0), step_ns=step_ns, memory=memory()),
        Seeded("BOLT", 7, 8),
    ]


def test_where_no_record_is_kept_no_profile_is() -> None:
    # Given a guard without a record
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(),
        log_directory=None,
        client=StubClient(),
        clock=HandClock(START),
    )
    # When its judge is asked for profiles
    # Then it has none
    assert monitor.judge.profiles is None


@pytest.mark.parametrize(
    ("settings", "notices"), [({}, 0), ({"large_order_size_threshold": 5_000}, 1)]
)
def test_a_threshold_that_does_not_fit_is_told_only_where_it_is_used(
    settings: dict[str, Any], notices: int
) -> None:
    # Given a symbol that always offers more than the specification's threshold
    config = OrderFlowConfig(
        own_scale_sources=("burst", "aggressive_sell", "ask_wall", "resting_bid"), **settings
    )
    judge = MarketJudge(config, position_manager=Holdings(), client=StubClient(), clock=HandClock())
    told: list[MonitorEvent] = []
    judge.publisher.add_listener(told.append)
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    # When it is looked at for ten minutes
    for second in range(600):
        give(judge, quote(second, bid_size=60_000, ask_size=60_000))
        judge.every_second(at(second + 0.5))
    # Then it is told where that number decides
    assert sum(isinstance(each, ThresholdNotice) for each in told) == notices


def test_a_recorded_watch_begins_with_its_memory_and_seed_again(tmp_path: Path) -> None:
    # Given a recording of two watches, one with a memory, one that was seeded
    recorder = CaptureWriter(tmp_path, CONFIG, clock=HandClock())
    for line in (
        Watched("ACME", at(0), at(0), memory=memory()),
        Watched("BOLT", at(0), at(0)),
        Seeded("BOLT", 7, 8),
    ):
        recorder.write(line)
    recorder.close()
    # When it is played
    player = CapturePlayer(Recordings(sorted(tmp_path.iterdir())), ReadOptions(), None)
    list(player.batches())
    # Then both are known as they were
    desks = [each.desk for each in player.judge.judges.values()]
    assert [desk and desk.scale.usual_minute for desk in desks] == [5_000, 7]
    assert player.judge.start_facts() == {
        "profile_hash": profile_hash({"ACME": memory()}),
        "market": "replay",
    }


def test_a_symbol_that_is_watched_again_knows_its_lines_of_today(tmp_path: Path) -> None:
    # Given a watched symbol of which a large order was said
    judge = judge_with(tmp_path, OrderFlowConfig(minimum_order_dollars=0))
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    give(judge, quote(0.1))
    give(judge, sale(1))
    give(judge, quote(121))
    give(judge, TradeEvent("ACME", at(121.5), BID, 900 * UNITS_PER_SHARE))
    desk = judge.judges["ACME"].desk
    assert desk is not None
    assert desk.today().alerts == 1
    # When its watch ends and begins again
    judge.unwatch("ACME")
    judge.watch("ACME", from_ns=at(60), now_ns=at(125))
    # Then it still counts
    desk = judge.judges["ACME"].desk
    assert desk is not None
    assert desk.today().alerts == 1


def test_of_own_scale_only_so_many_lines_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a judge that remembers two lines
    monkeypatch.setattr("trading_bot.order_flow.journal.publisher.MOST_RANKED", 2)
    judge = judge_with(tmp_path)
    scale = Scale(5_000, 1, 0, None, 0, 0, 0, None)
    # When three are taken back
    alerts = {str(n): large_seller(n, scale=scale) for n in range(3)}
    judge.take_back(Said(alerts))
    # Then the newest two are
    assert judge.publisher.ranked_alerts("ACME") == (alerts["1"], alerts["2"])
