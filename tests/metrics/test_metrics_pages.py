"""The dashboard, the rules and the page speak of metrics that are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import Metric
from support.metrics_bench import reading_of, samples, watching
from support.monitor_stubs import (
    START_NS,
    HandClock,
    StubClient,
    exit_of,
    large_seller,
    sight,
)

from trading_bot.metrics.of_alerts import of_alerts, of_telling
from trading_bot.metrics.of_guard import of_build, of_guard
from trading_bot.metrics.of_sight import of_positions, of_sight
from trading_bot.metrics.of_workings import of_dropped, of_queue, of_record, of_threads
from trading_bot.metrics.reading import ChannelReading
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.feed.frame_queue import QueueHealth

DOCS: Final = Path(__file__).parents[2] / "docs"
DASHBOARD: Final = DOCS / "grafana" / "order_flow.json"
RULES: Final = DOCS / "grafana" / "alerts.yml"
PAGE: Final = DOCS / "metrics.md"
OF_SCRAPER: Final = frozenset({"instance", "job"})
"""What a scraper adds to each series."""
_NAME: Final = r"\b(?:order_flow|process)_[a-z_]+\b"
_MATCHED: Final = re.compile(rf"({_NAME})\{{([^}}]*)\}}")
_BY: Final = re.compile(r"\b(?:by|on|group_left) \(([^)]*)\)")


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    """Every family by its name, of a guard of which everything may be said."""
    folder = tmp_path_factory.mktemp("metrics")
    client = StubClient()
    client.counters["impossible_size"] = 1
    monitor = watching(
        "ACME",
        client=client,
        log_directory=folder / "record",
        live_dir=folder / "live",
        record_to=CaptureWriter(folder / "capture", OrderFlowConfig(), clock=HandClock()),
    )
    judge = monitor.judge
    judge.saw("ACME", sight("degraded", "gap", compared=-1.0), START_NS)
    judge.stream_counts["gc_longest_pause_us"] = 1
    judge.detector.alert_history.remember(large_seller())
    judge.publisher.published.note_alert(large_seller(), None)
    judge.publisher.published.note_exit(exit_of())
    judge.publisher.counts["exit"] = 1
    monitor.threads.watched("judging", 5.0)
    receiver = {"receiver": "json 1", "status": "ok", "sent": 1, "failed": 0, "unsure": 0}
    notices = {
        "status": "on",
        "process": "running",
        "beat": "ok",
        "receivers": [receiver],
        **dict.fromkeys(("restarts", "waiting", "lost", "held"), 0),
    }
    reading = replace(
        reading_of(monitor, notices=lambda: {"muted": {}, "notices": notices}),
        channels={"ACME": (ChannelReading("prints", "visible", 1.0),)},
        delays_seconds={"ACME": 0.1},
        queue=QueueHealth(0, 0, 0, 1, 0.0),
    )
    found = (
        *of_guard(reading, 0.0),
        *of_build(monitor),
        *of_sight(reading),
        *of_positions(reading),
        *of_alerts(reading),
        *of_telling(reading),
        *of_queue(reading),
        *of_dropped(reading),
        *of_record(reading),
        *of_threads(reading),
    )
    return {each.name: each for each in found}


@pytest.fixture(scope="module")
def labels(families: Mapping[str, Metric]) -> dict[str, frozenset[str]]:
    """The labels of each series by its whole name."""
    process = CollectorRegistry()
    ProcessCollector(registry=process)
    every = [*families.values(), *process.collect()]
    found = {
        each.name: frozenset(each.labels) - {"le"} for family in every for each in family.samples
    }
    # Elsewhere than on Linux a process says nothing of itself.
    return dict.fromkeys(_PROCESS, frozenset[str]()) | found


_PROCESS: Final = ("process_resident_memory_bytes", "process_cpu_seconds_total")


def panels() -> list[dict[str, Any]]:
    """Return the panels of the dashboard that show something."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return [each for each in dashboard["panels"] if each["type"] != "row"]


def rules() -> list[dict[str, Any]]:
    """Return the rules; their format has no reader but a library that other tests bring."""
    yaml: Any = pytest.importorskip("yaml", reason="PyYAML, which apprise brings, is not installed")
    content = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    """Yield every expression of dashboard and rules."""
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])
    yield from (rule["expr"] for rule in rules())


def test_every_metric_of_an_expression_is_exported(labels: Mapping[str, frozenset[str]]) -> None:
    # Given dashboard and rules
    # When the names in their expressions are looked up
    named = {name for each in expressions() for name in re.findall(_NAME, each)}
    # Then each is told by the guard
    assert named - labels.keys() == set()


def test_every_label_of_an_expression_is_one_of_its_metric(
    labels: Mapping[str, frozenset[str]],
) -> None:
    # Given dashboard and rules
    # When the labels that pick or join series are looked up
    unknown = set()
    for text in expressions():
        for name, inside in _MATCHED.findall(text):
            asked = set(re.findall(r"(\w+)=?[=!]~?\"", inside))
            unknown |= {(name, label) for label in asked - labels[name] - OF_SCRAPER}
        of_all = frozenset().union(*(labels[name] for name in re.findall(_NAME, text)))
        for inside in _BY.findall(text):
            asked = set(re.findall(r"\w+", inside))
            unknown |= {(text, label) for label in asked - of_all - OF_SCRAPER - {"le"}}
    # Then each belongs to its metric, or is the scraper's
    assert unknown == set()


def test_every_panel_has_a_title_a_unit_and_a_source_that_can_be_chosen() -> None:
    # Given the dashboard
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    # When its panels are looked at
    lacking = [
        each["title"]
        for each in panels()
        if not (
            each["title"]
            and each["description"]
            and each["fieldConfig"]["defaults"]["unit"]
            and each["targets"]
            and {target["datasource"]["uid"] for target in each["targets"]} == {"${datasource}"}
        )
    ]
    # Then each says what it shows, in which unit, of a source that is a variable; by a schema that
    # Grafana 10 and newer read
    assert lacking == []
    assert dashboard["schemaVersion"] >= 36
    assert [each["name"] for each in dashboard["templating"]["list"]] == ["datasource", "instance"]
    assert len({each["id"] for each in dashboard["panels"]}) == len(dashboard["panels"])


def test_no_panel_lies_on_another_and_the_blind_come_first() -> None:
    # Given the places of all panels, 24 columns wide
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    cells = [
        (x, y)
        for place in (each["gridPos"] for each in dashboard["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    # When they are laid out
    # Then each cell is one panel's
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
    # And what a trader has to know first stands first
    assert panels()[0]["title"] == "Held and blind"


def test_every_rule_has_a_name_a_severity_and_a_summary() -> None:
    # Given the rules
    found = rules()
    # When they are looked at
    # Then each can be told from others, and says what is the matter
    assert len({each["alert"] for each in found}) == len(found)
    assert {each["labels"]["severity"] for each in found} == {"critical", "warning"}
    assert all(each["annotations"]["summary"] for each in found)


def test_a_held_symbol_that_is_blind_for_half_a_minute_is_an_alert() -> None:
    # Given the rules
    by_name = {each["alert"]: each for each in rules()}
    # When the one of blind symbols is looked at
    # Then it waits for 30 s, and no longer
    assert by_name["OrderFlowHeldSymbolBlind"]["for"] == "30s"


def test_the_page_lists_what_is_exported_with_its_labels(families: Mapping[str, Metric]) -> None:
    # Given the tables of the page
    rows = re.findall(r"^\| `(order_flow_\w+)` \| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    listed = {name: frozenset(re.findall(r"`(\w+)`", inside)) for name, inside in rows}
    # When they are compared with what is told
    told = {}
    for family in families.values():
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        inside = {label for each in family.samples for label in each.labels}
        told[family.name + suffix] = frozenset(inside - {"le"})
    # Then they are the same
    assert listed == told


def test_samples_of_every_family_are_there(families: Mapping[str, Metric]) -> None:
    # Given a guard of which everything may be said
    # When families without a sample are looked for
    empty = [name for name, each in families.items() if not samples([each])]
    # Then there is none, so that labels can be compared
    assert empty == []
