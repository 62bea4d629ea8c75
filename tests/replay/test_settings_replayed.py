"""A recording across a change of settings, judged again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.market import give_quote, give_trade
from support.monitor_stubs import (
    ASK,
    BID,
    HandClock,
    Holdings,
    StubClient,
    at,
    large_seller,
    position,
)

from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import alert_from_record, alert_record
from trading_bot.order_flow.journal.said import Said
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import GuardState, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.continued import JudgedSpan
from trading_bot.recorded.recordings import Recordings
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.capture_player import CapturePlayer

CONFIG = OrderFlowConfig(thresholds="fixed", polygon_api_key="a-secret-key")
RAISED = OrderFlowConfig(
    thresholds="fixed", polygon_api_key="a-secret-key", large_order_size_threshold=20_000
)


def sell(monitor: OrderFlowMonitor, second: int, shares: int) -> None:
    give_quote(monitor.judge, "ACME", at(second - 0.5), BID, 100, ASK, 100)
    give_trade(monitor.judge, "ACME", at(second), BID, shares)


def recorded(folder: Path, *, next_day: bool = False) -> list[MonitorEvent]:
    """Record a run whose threshold is raised on the way, and return what it told."""
    clock = HandClock()
    recorder = CaptureWriter(folder, CONFIG, clock=clock)
    monitor = OrderFlowMonitor(
        CONFIG,
        position_manager=Holdings(position()),
        client=StubClient(),
        clock=clock,
        log_directory=None,
        record_to=recorder,
    )
    told: list[MonitorEvent] = []
    monitor.judge.publisher.add_listener(told.append)
    monitor.judge.start_afresh()
    monitor.judge.read_positions()
    monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    sell(monitor, 1, 15_000)
    clock.move(2)
    monitor.change_settings(RAISED)
    monitor.judge.read_positions()
    if next_day:
        recorder.flush(at(86_400))
    sell(monitor, 3, 19_999)
    sell(monitor, 4, 20_000)
    recorder.close()
    return told


def played(
    paths: list[Path], config: OrderFlowConfig | None = None
) -> tuple[list[MonitorEvent], CapturePlayer]:
    player = CapturePlayer(Recordings(paths), ReadOptions(), config)
    told: list[MonitorEvent] = []
    player.add_listener(told.append)
    for _ in player.batches():
        pass
    return told, player


def sizes(told: list[MonitorEvent]) -> list[Any]:
    return [each.order_size for each in told if isinstance(each, OrderFlowAlert)]


def test_a_recording_is_judged_by_the_settings_of_each_moment(tmp_path: Path) -> None:
    # Given a recorded run whose threshold was raised on the way
    live = recorded(tmp_path)
    # When it is played
    again, player = played(sorted(tmp_path.iterdir()))
    # Then all is told again as it was, the change among it, by the same ids
    assert again == live
    assert sizes(again) == [15_000, 20_000]
    assert [each.kind for each in again if isinstance(each, GuardState)] == ["settings_changed"]
    assert player.config.large_order_size_threshold == 20_000


def test_settings_that_are_given_judge_all_of_a_recording(tmp_path: Path) -> None:
    # Given a recorded run whose threshold was raised on the way
    recorded(tmp_path)
    # When it is played by settings of one's own
    again, player = played(sorted(tmp_path.iterdir()), OrderFlowConfig(thresholds="fixed"))
    # Then they judge before and after, and nothing has changed on the way
    assert sizes(again) == [15_000, 19_999, 20_000]
    assert [each for each in again if isinstance(each, GuardState)] == []
    assert player.config == OrderFlowConfig(thresholds="fixed")


def test_the_file_of_the_next_day_begins_with_the_settings_of_then(tmp_path: Path) -> None:
    # Given a recorded run whose threshold was raised before midnight
    recorded(tmp_path, next_day=True)
    # When the second day is played alone
    *_, second = sorted(tmp_path.iterdir())
    _, player = played([second])
    # Then it is judged by the raised one
    assert player.config.large_order_size_threshold == 20_000


def test_the_key_is_in_no_recording(tmp_path: Path) -> None:
    # Given a recorded run whose settings have changed
    recorded(tmp_path)
    # When its lines are looked at
    lines = [str(line) for line in Recordings(sorted(tmp_path.iterdir())).lines()]
    # Then the change is there, without the key
    assert any("SettingsChanged" in line for line in lines)
    assert not any("a-secret-key" in line for line in lines)


def test_what_was_judged_before_a_change_and_a_restart_is_replayed_alike(tmp_path: Path) -> None:
    # Given a recorded run that goes on from an alert of settings that were changed before it
    earlier = alert_from_record(alert_record(large_seller(-20), config_hash=CONFIG.config_hash))
    assert earlier.alert_id is not None
    clock = HandClock()
    recorder = CaptureWriter(tmp_path, RAISED, clock=clock)
    monitor = OrderFlowMonitor(
        RAISED,
        position_manager=Holdings(position()),
        client=StubClient(),
        clock=clock,
        log_directory=None,
        record_to=recorder,
    )
    live: list[MonitorEvent] = []
    monitor.judge.publisher.add_listener(live.append)
    monitor.judge.start_afresh()
    monitor.judge.take_back(
        Said(
            {earlier.alert_id: earlier},
            judged={"ACME": JudgedSpan(at(-600), at(-5))},
            settings_at=utc_from_ns(at(-10)),
        )
    )
    monitor.judge.read_positions()
    monitor.judge.watch("ACME", from_ns=at(-400), now_ns=at(0))
    for second in (-20, -10, -1):
        sell(monitor, second, 30_000)
    recorder.close()
    # When it is played
    again, player = played(sorted(tmp_path.iterdir()))
    # Then what came before that change is told by neither, and the earlier alert has its id
    assert again == live
    assert [each.timestamp_utc for each in again if isinstance(each, OrderFlowAlert)] == [
        utc_from_ns(at(-10)),
        utc_from_ns(at(-1)),
    ]
    (exit_,) = [each for each in again if isinstance(each, ExitRecommendation)]
    assert exit_.alert_ids[0] == earlier.alert_id
    assert player.judge.detector.alert_history[0] == earlier
