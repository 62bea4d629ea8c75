"""The memory benchmarks run, and measure the process that a person starts.

Small sizes of `benchmarks/memory.py` and `brokers.py`, in processes of their own, without coverage.
Figures for a thousand symbols and a whole day are a command's: a test must not fail on a busy
machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "memory.py"
REGRESSION_LIMIT_MB = 60
"""A library of tens of megabytes in the live process would pass this; noise does not."""
BROKER_LIMIT_MB = 8
"""The connections of Alpaca's words take 2; a client library would pass this."""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.slow,  # measures a process
]


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    # Given sixty symbols and ninety simulated seconds
    command = [sys.executable, str(BENCHMARK), "--quick", "--parts", "day", "added", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    run = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        command, capture_output=True, check=True, env=environment, timeout=60
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_the_measured_process_is_the_whole_command(figures: dict[str, Any]) -> None:
    # When it has run to the end of its tape
    # Then what the command loads was there, and nothing heavier
    assert figures["modules"] == ["certifi", "click", "massive", "msgspec", "picows", "rich"]


def test_the_whole_command_stays_light(figures: dict[str, Any]) -> None:
    # When its memory is read after the tape
    # Then it lies where it lay
    assert 0 < figures["added_memory_mb"] < REGRESSION_LIMIT_MB


def test_the_guard_stays_light_with_positions_from_a_broker() -> None:
    # Given the guard with positions from a file, and from the simulated broker
    command = [sys.executable, str(BENCHMARK.parent / "brokers.py"), "--seconds", "8", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "ORDER_FLOW_"))}
    # When the memory of both is read
    run = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        [*command, "--rounds", "1"], capture_output=True, check=True, env=environment, timeout=120
    )
    found: dict[str, Any] = json.loads(run.stdout)["guard_mb"]
    # Then the broker adds little
    assert 0 < found["alpaca"] < REGRESSION_LIMIT_MB
    assert found["alpaca"] - found["file"] < BROKER_LIMIT_MB


def test_the_day_is_looked_at_from_its_first_hour_to_its_end(figures: dict[str, Any]) -> None:
    # When a day of three short "hours" was played, 1,200 events a second
    # Then each has its figure, and every event was judged
    assert list(figures["day_added_mb"]) == ["1.0", "2.0", "3.0"]
    assert figures["day_events"] > 89 * 1_200
