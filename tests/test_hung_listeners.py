"""With everybody who is told hung, all is in the record as soon as ever.

As in `benchmarks/hung_listeners.py`, in a process of its own, for long enough to meet sellers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARK = ROOT / "benchmarks" / "hung_listeners.py"

pytestmark = [
    pytest.mark.slow,  # a simulated market, for seconds
    pytest.mark.skipif(sys.platform == "win32", reason="holds a terminal as POSIX has it"),
]


def test_alerts_are_recorded_within_a_tenth_of_a_second_while_everybody_hangs() -> None:
    # Given everybody who is told hung, and the terminal held
    command = [sys.executable, str(BENCHMARK), "--seconds", "12", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    environment["PYTHONPATH"] = str(ROOT / "src")
    # When the simulated market is watched until its first large seller
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, capture_output=True, env=environment, text=True, timeout=60, check=False
    )
    # Then it was recorded soon, and the end came soon
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["alerts"] > 0
    assert figures["alerts_max_ms"] < 100.0
    assert figures["end_seconds"] < 4.0
