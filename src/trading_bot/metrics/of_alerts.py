"""What was told, to whom, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, get_args

from prometheus_client.core import Metric

from trading_bot.metrics.families import counter, counters, gauge, gauges, histogram
from trading_bot.metrics.reading import Reading
from trading_bot.order_flow.data_models import ALERT_SOURCES, Severity
from trading_bot.order_flow.journal.published import AlertKind
from trading_bot.order_flow.recommendation import Urgency

URGENCIES: Final = get_args(Urgency)
# A rate is told of the first one too where a count is there before, as nothing.
_KINDS: Final = dict.fromkeys(
    (
        *(
            AlertKind("large_seller", source, severity)
            for source in ALERT_SOURCES
            for severity in get_args(Severity)
        ),
        *(AlertKind("red_burst", "", severity) for severity in get_args(Severity)),
    ),
    0,
)


def of_alerts(reading: Reading) -> Iterator[Metric]:
    """Yield alerts, exits, and what else was published."""
    published = reading.published
    yield counters(
        "alerts",
        "Alerts since the start, a number.",
        ("type", "source", "severity"),
        # A copy: the judging thread may add a kind meanwhile.
        (_KINDS | dict(published.alerts)).items(),
    )
    yield counters(
        "exits",
        "Recommendations to leave a position since the start, a number.",
        ("urgency",),
        (((urgency,), published.exits[urgency]) for urgency in URGENCIES),
    )
    yield counters(
        "published",
        "Whatever was recorded or told since the start, by kind, a number.",
        ("kind",),
        (((kind,), count) for kind, count in reading.health["published"].items()),
    )
    yield histogram(
        "alert_delay_seconds",
        "Seconds from the exchange's stamp to the arrival of an alert's data.",
        published.delays,
    )
    yield histogram(
        "alert_latency_seconds",
        "Seconds from the arrival of an alert's data to its line in the record.",
        published.latencies,
    )
    newest = reading.health["last_alert_timestamp"]
    if newest is not None:
        now = datetime.fromisoformat(reading.health["timestamp_utc"])
        yield gauge(
            "last_alert_age_seconds",
            "Seconds since the newest alert, by the market's time; missing before the first.",
            (now - datetime.fromisoformat(newest)).total_seconds(),
        )


def of_telling(reading: Reading) -> Iterator[Metric]:
    """Yield how those are who are told: listeners of the process, and receivers of notices."""
    listeners = reading.health["listeners"]
    yield gauge(
        "listener_waiting_events",
        "Events that wait for listeners, a number.",
        listeners["waiting"],
    )
    yield counter(
        "listener_lost_events",
        "Events that listeners did not take in time, a number.",
        listeners["lost"],
    )
    yield counter(
        "listener_failures", "How often a listener raised, a number.", listeners["failed"]
    )
    if reading.notices is None:
        return
    yield gauge(
        "muted_symbols",
        "Symbols of which no notice is sent, a number.",
        len(reading.notices["muted"]),
    )
    yield from _of_receivers(reading.notices["notices"])


def _of_receivers(state: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield how notices do; nothing of receivers where nobody is to be told."""
    yield gauge("notices_held", "Notices that wait to be sent together, a number.", state["held"])
    if state["status"] == "off":
        return
    yield gauge(
        "notices_process_running",
        "1 while the process that sends notices runs, else 0.",
        float(state["process"] == "running"),
    )
    yield counter(
        "notices_process_restarts",
        "How often the process that sends notices ended, a number.",
        state["restarts"],
    )
    yield gauge("notices_waiting", "Notices that are on their way, a number.", state["waiting"])
    yield counter("notices_lost", "Notices that had no room to wait, a number.", state["lost"])
    yield gauge(
        "notices_heartbeat_ok",
        "1 while the dead-man's switch is reached or none is set, else 0.",
        float(state["beat"] == "ok"),
    )
    receivers = state["receivers"]
    for name, text in (
        ("sent", "Notices that a receiver took, a number."),
        ("failed", "Notices that a receiver refused for good, a number."),
        ("unsure", "Notices of which it is not known whether a receiver took them, a number."),
    ):
        yield counters(
            f"notices_{name}",
            text,
            ("receiver",),
            (((each["receiver"],), each[name]) for each in receivers),
        )
    yield gauges(
        "notices_receiver_ok",
        "1 while a receiver takes what is sent, else 0.",
        ("receiver",),
        (((each["receiver"],), float(each["status"] == "ok")) for each in receivers),
    )
