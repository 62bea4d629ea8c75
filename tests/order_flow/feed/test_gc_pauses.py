from __future__ import annotations

import gc

import pytest

from trading_bot.order_flow.feed.gc_pauses import FREEZE_AGAIN_TICKS, Collector


@pytest.fixture
def collector() -> Collector:
    return Collector()


def test_the_longest_pause_is_measured_until_it_is_closed(collector: Collector) -> None:
    # Given a collection that comes by itself, of much that is waste
    waste: list[object] = []
    waste += [[waste] for _ in range(100_000)]
    gc.collect()
    seen = collector.longest_us
    # When a larger one comes after the end
    collector.close()
    waste += [[waste] for _ in range(300_000)]
    gc.collect()
    # Then only the first was measured
    assert collector.longest_us == seen > 0


def test_a_warm_process_is_frozen_once_and_its_own_collection_not_counted(
    collector: Collector,
) -> None:
    # Given a settled process without work, and none of its own collections
    gc.disable()
    # When a second passes, and another
    collector.tick(settled=True, busy=False)
    frozen = gc.get_freeze_count()
    collector.tick(settled=True, busy=False)
    collector.close()
    gc.enable()
    # Then what was there is frozen, until the end
    assert frozen > 0
    assert gc.get_freeze_count() == 0
    assert collector.longest_us == 0


@pytest.mark.parametrize(("settled", "busy"), [(False, False), (True, True)])
def test_a_process_at_work_is_not_stopped_to_be_frozen(
    collector: Collector, settled: bool, busy: bool
) -> None:
    # Given symbols that are being started, or frames that wait
    # When a second passes
    collector.tick(settled=settled, busy=busy)
    frozen = gc.get_freeze_count()
    collector.close()
    # Then nothing is frozen
    assert frozen == 0


def test_it_is_frozen_again_after_some_minutes(collector: Collector) -> None:
    # Given a frozen process
    collector.tick(settled=True, busy=False)
    first = gc.get_freeze_count()
    kept = [[number] for number in range(1_000)]
    # When some minutes have passed
    for _ in range(FREEZE_AGAIN_TICKS + 1):
        collector.tick(settled=True, busy=False)
    second = gc.get_freeze_count()
    collector.close()
    # Then what came since is frozen too
    assert second >= first + len(kept)
