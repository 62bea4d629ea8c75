"""Two simulated minutes of faults beside the same minutes without any; the long run is a command.

As in `benchmarks/soak.py`, in a process of its own, without coverage. A run takes some twenty
seconds, since a market of faults cannot be hurried at will: REST answers in machine time, and on a
machine that does other work as well a hurried feed is, rightly, never visible.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # a market of minutes

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "soak.py"


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    # Given two minutes of the market, and a fault every few seconds
    options = ["--minutes", "2", "--seed", "7", "--speed", "8", "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    run = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        [sys.executable, str(BENCHMARK), *options],
        capture_output=True,
        check=False,
        env=environment,
        timeout=120,
    )
    # Exit status 1 says that something is wrong, which the tests below name.
    assert run.stdout, run.stderr.decode()
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_no_alert_is_lost_or_doubled_once_gaps_are_repaired(figures: dict[str, Any]) -> None:
    # When every gap is repaired
    assert figures["settled"]
    assert figures["faults"] > 5
    # Then each alert of the run without faults was raised, once, and no other
    names = ("lost", "doubled", "added")
    assert {name: figures[name] for name in names} == {name: [] for name in names}
    assert figures["alerts"] > 0


def test_no_symbol_is_called_visible_while_it_is_cut_off(figures: dict[str, Any]) -> None:
    # When some of its events have not been seen for longer than `blind_after_seconds`
    assert figures["visibility"]["visible"] > 0
    # Then no symbol is called visible
    assert figures["wrongly_visible"] == {}
