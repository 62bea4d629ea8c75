"""What is told of alerts, exits, listeners and notices."""

from __future__ import annotations

from typing import Any

import pytest
from support.metrics_bench import reading_of, samples, watching
from support.monitor_stubs import START, HandClock, exit_of, large_seller, red_burst

from trading_bot.metrics.of_alerts import of_alerts, of_telling
from trading_bot.order_flow.data_models import ALERT_SOURCES
from trading_bot.order_flow.notices import GuardState


def test_alerts_and_exits_are_counted_by_kind() -> None:
    # Given a guard that has told two alerts and an exit
    monitor = watching("ACME")
    publisher = monitor.judge.publisher
    publisher.published.note_alert(large_seller(delay_seconds=0.3), 0.002)
    publisher.published.note_alert(red_burst(), None)
    publisher.published.note_exit(exit_of())
    publisher.counts["exit"] += 1
    # When they are told
    found = samples(of_alerts(reading_of(monitor)))
    # Then each is one of its kind
    counts = {key: value for key, value in found.items() if "_total" in key and value}
    kind = "order_flow_alerts_total"
    assert counts == {
        f'{kind}{{severity="warning",source="aggressive_sell",type="large_seller"}}': 1.0,
        f'{kind}{{severity="critical",source="",type="red_burst"}}': 1.0,
        'order_flow_exits_total{urgency="high"}': 1.0,
        'order_flow_published_total{kind="exit"}': 1.0,
    }


def test_delay_and_latency_are_histograms_of_seconds() -> None:
    # Given an alert that came 300 ms behind its stamp, and was written down 2 ms later
    monitor = watching("ACME")
    monitor.judge.publisher.published.note_alert(large_seller(delay_seconds=0.3), 0.002)
    # When it is told
    found = samples(of_alerts(reading_of(monitor)))
    # Then it lies within the bounds at or above
    assert found['order_flow_alert_delay_seconds_bucket{le="0.25"}'] == 0.0
    assert found['order_flow_alert_delay_seconds_bucket{le="0.5"}'] == 1.0
    assert found['order_flow_alert_delay_seconds_bucket{le="+Inf"}'] == 1.0
    assert found["order_flow_alert_delay_seconds_count"] == 1.0
    assert found["order_flow_alert_delay_seconds_sum"] == 0.3
    assert found['order_flow_alert_latency_seconds_bucket{le="0.001"}'] == 0.0
    assert found['order_flow_alert_latency_seconds_bucket{le="0.0025"}'] == 1.0
    assert found["order_flow_alert_latency_seconds_sum"] == 0.002


def test_every_kind_is_there_before_its_first_alert() -> None:
    # Given a guard that has found nothing
    found = samples(of_alerts(reading_of(watching("ACME"))))
    # When its counts are looked at
    counts = {key: value for key, value in found.items() if "_total" in key}
    # Then each kind of alert and exit has one, which is none, so that a rate sees its first
    assert set(counts.values()) == {0.0}
    assert sum("order_flow_alerts_total" in key for key in counts) == 2 * len(ALERT_SOURCES) + 2
    assert {key for key in counts if "exits" in key} == {
        'order_flow_exits_total{urgency="elevated"}',
        'order_flow_exits_total{urgency="high"}',
        'order_flow_exits_total{urgency="immediate"}',
    }


@pytest.mark.parametrize("is_there", [False, True])
def test_the_newest_alert_has_its_age_once_there_is_one(is_there: bool) -> None:
    # Given a guard with or without an alert of 40 s ago
    clock = HandClock()
    monitor = watching("ACME", clock=clock)
    if is_there:
        monitor.judge.detector.alert_history.remember(large_seller())
    clock.move(40.0)
    # When it is told
    found = samples(of_alerts(reading_of(monitor)))
    # Then its age is known, or left out
    assert found.get("order_flow_last_alert_age_seconds") == (40.0 if is_there else None)


def test_events_that_nobody_takes_wait() -> None:
    # Given a host that opened a queue and does not read it, without notices
    monitor = watching("ACME")
    monitor.telling.open_queue()
    monitor.telling.put(GuardState("started", None, "", START))
    # When it is told who is told
    found = samples(of_telling(reading_of(monitor)))
    # Then one event waits, and there is nothing of notices
    assert found == {
        "order_flow_listener_waiting_events": 1.0,
        "order_flow_listener_lost_events_total": 0.0,
        "order_flow_listener_failures_total": 0.0,
    }


def notices_of(**state: Any) -> dict[str, Any]:
    """Return what `Notices.health` says, one symbol muted."""
    return {"muted": {"ACME": "2026-03-10T15:00:00Z"}, "notices": state}


SENDING = {
    "status": "on",
    "process": "running",
    "restarts": 2,
    "waiting": 3,
    "lost": 4,
    "beat": "ok",
    "held": 5,
    "receivers": [
        {"receiver": "json 1", "status": "ok", "sent": 6, "failed": 7, "unsure": 8},
        {"receiver": "mail 2", "status": "refused", "sent": 0, "failed": 1, "unsure": 0},
    ],
}


def test_notices_are_counted_by_receiver() -> None:
    # Given notices to two receivers, of which one refuses
    reading = reading_of(watching(), notices=lambda: notices_of(**SENDING))
    # When it is told who is told
    found = samples(of_telling(reading))
    # Then each receiver has its numbers
    assert {key: value for key, value in found.items() if "_listener_" not in key} == {
        "order_flow_muted_symbols": 1.0,
        "order_flow_notices_held": 5.0,
        "order_flow_notices_process_running": 1.0,
        "order_flow_notices_process_restarts_total": 2.0,
        "order_flow_notices_waiting": 3.0,
        "order_flow_notices_lost_total": 4.0,
        "order_flow_notices_heartbeat_ok": 1.0,
        'order_flow_notices_sent_total{receiver="json 1"}': 6.0,
        'order_flow_notices_sent_total{receiver="mail 2"}': 0.0,
        'order_flow_notices_failed_total{receiver="json 1"}': 7.0,
        'order_flow_notices_failed_total{receiver="mail 2"}': 1.0,
        'order_flow_notices_unsure_total{receiver="json 1"}': 8.0,
        'order_flow_notices_unsure_total{receiver="mail 2"}': 0.0,
        'order_flow_notices_receiver_ok{receiver="json 1"}': 1.0,
        'order_flow_notices_receiver_ok{receiver="mail 2"}': 0.0,
    }


def test_without_receivers_it_is_told_what_is_muted_and_held() -> None:
    # Given notices that nobody is to be told
    reading = reading_of(watching(), notices=lambda: notices_of(status="off", held=0))
    # When it is told who is told
    found = samples(of_telling(reading))
    # Then nothing is said of a process
    assert {key for key in found if "_listener_" not in key} == {
        "order_flow_muted_symbols",
        "order_flow_notices_held",
    }
