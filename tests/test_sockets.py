"""The socket benchmark runs to its end with both libraries, on the same frames.

Its figures are a command's, `benchmarks/sockets.py`: a test must not fail on a busy machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts processes

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "sockets.py"
LIBRARIES = ["picows", "websockets", "websockets_defaults"]


def test_every_library_receives_every_frame() -> None:
    # Given two thousand events, and one round
    command = [sys.executable, str(BENCHMARK), "--events", "2000", "--rounds", "1", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    # When the benchmark runs
    run = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        command, capture_output=True, check=True, env=environment, timeout=60
    )
    # Then there is a figure for each library at 1, 10 and 100 events a frame
    found = json.loads(run.stdout)
    assert {size: list(row) for size, row in found.items()} == dict.fromkeys(
        ("1", "10", "100"), LIBRARIES
    )
    assert all(each["us_per_frame"] > 0 for row in found.values() for each in row.values())
