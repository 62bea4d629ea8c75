"""All metrics of one guard, as a registry collects them."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from support.metrics_bench import opened, parsed, samples, watching
from support.monitor_stubs import START, START_NS, HandClock, sight

from trading_bot.metrics import library, metrics_of
from trading_bot.metrics.collector import FRESH_SECONDS, GuardCollector
from trading_bot.order_flow.monitor import OrderFlowMonitor


class Rig:
    """A guard, its metrics, and clocks that are moved by hand."""

    def __init__(self, monitor: OrderFlowMonitor | None = None, **options: Any) -> None:
        self.clock = HandClock()
        self.monitor = monitor or watching("ACME", clock=self.clock)
        self.collector = GuardCollector(
            self.monitor, wall=self.clock, steady=lambda: self.clock().timestamp(), **options
        )
        self.registry = CollectorRegistry()
        self.registry.register(self.collector)

    def found(self) -> dict[str, float]:
        with self.monitor._one_run():
            return samples(self.registry.collect())


def test_a_scraper_reads_what_the_guard_says_in_both_formats() -> None:
    # Given a guard with one visible position
    rig = Rig()
    rig.monitor.judge.saw("ACME", sight(), START_NS)
    found = rig.found()
    # When a scraper reads it as plain text, and as OpenMetrics
    plain = parsed(generate_latest(rig.registry))
    by_open = opened(openmetrics.generate_latest(rig.registry))  # type: ignore[no-untyped-call]
    # Then both hold all of it
    assert plain == by_open == found
    assert found['order_flow_symbol_sight{state="visible",symbol="ACME"}'] == 1.0
    assert found["order_flow_collected_timestamp_seconds"] == START.timestamp()


def test_every_metric_has_a_text_and_only_counters_end_in_total() -> None:
    # Given a guard
    rig = Rig()
    # When all families are looked at
    families = list(rig.registry.collect())
    # Then each begins with its prefix and says what it is; a registry of ours adds `_total` itself
    assert all(each.name.startswith("order_flow_") for each in families)
    assert all(each.documentation.endswith(".") for each in families)
    assert not [each.name for each in families if each.name.endswith("_total")]
    assert len({each.name for each in families}) == len(families)


@pytest.mark.parametrize(
    ("seconds", "is_read"),
    [(FRESH_SECONDS - 0.1, False), (FRESH_SECONDS, True), (FRESH_SECONDS + 0.1, True)],
)
def test_who_asks_again_at_once_is_given_the_same(seconds: float, is_read: bool) -> None:
    # Given a guard that was asked, and a symbol that is seen since
    rig = Rig()
    before = rig.found()
    rig.monitor.judge.saw("ACME", sight(), START_NS)
    # When it is asked again
    rig.clock.move(seconds)
    after = rig.found()
    # Then it is read anew from the bound on
    assert (after != before) is is_read


def test_a_defect_costs_the_metrics_alone_and_is_counted() -> None:
    # Given notices whose health cannot be told, and then can
    answers: list[dict[str, Any]] = [
        {},
        {"muted": {}, "notices": {"status": "off", "held": 0}},
    ]
    rig = Rig(notices=lambda: answers.pop(0))
    # When the guard is asked twice
    first = rig.found()
    rig.clock.move(FRESH_SECONDS)
    second = rig.found()
    # Then it answers nothing at first, and then says how often that was
    assert first == {}
    assert second['order_flow_thread_failures_total{thread="metrics"}'] == 1.0
    assert rig.monitor.threads.health()["metrics"]["error"] == "KeyError"


def test_a_registry_asks_nothing_of_a_guard_that_joins_it() -> None:
    # Given a registry that looks at what joins it, as the library's own does
    registry = CollectorRegistry(auto_describe=True)
    # When the metrics of a guard join
    registry.register(metrics_of(watching("ACME")))
    # Then they are told from then on
    assert 'order_flow_positions{side="long"}' in samples(registry.collect())


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an environment without prometheus_client
    monkeypatch.setattr(library, "find_spec", lambda name: None)
    # When metrics are asked for
    # Then the extra is named
    with pytest.raises(library.MissingLibraryError, match=r"trading-bot-order-flow\[metrics\]"):
        metrics_of(watching())
