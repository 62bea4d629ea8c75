"""The guard on moved time beside everything that can go wrong; the long run is a command.

As in `benchmarks/simulation.py`, in a process of its own, without coverage.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "simulation.py"


def simulated(*options: str, hash_seed: str = "0") -> tuple[int, str]:
    """Run the command; return its exit status and what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    done = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        [sys.executable, str(BENCHMARK), *options],
        capture_output=True,
        check=False,
        env=environment | {"PYTHONHASHSEED": hash_seed},
        timeout=240,
        text=True,
    )
    assert done.stdout, done.stderr
    return done.returncode, done.stdout


def figures(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(simulated("--json", *options)[1])
    return found


def test_every_print_and_sale_of_some_runs_is_accounted_for() -> None:
    # Given ten seeds of three minutes
    # When they are run
    found = figures("--seeds", "10", "--minutes", "3")
    # Then none fails, though most have faults, and there were sales to be lost
    assert found["failing"] == {}
    assert found["runs with faults"] > 5
    assert found["large sales"] > found["alerted"] > 50


@pytest.mark.slow
def test_whatever_becomes_of_one_field_no_sale_is_lost_untold() -> None:
    # Given a run for each field of prints and quotes that is removed, renamed, retyped or shifted
    # When they are run
    found = figures("--fields", "--minutes", "2", "--jobs", "2")
    # Then each sale was alerted, or its symbol was not called visible in time
    assert found["failing"] == {}
    assert found["runs"] == 48
    assert found["large sales"] > found["alerted"] > 300


def test_a_seed_tells_the_same_to_the_byte() -> None:
    # Given one seed whose faults overlap
    options = (
        "--seed",
        "3",
        "--minutes",
        "2",
        "--faults",
        "cut * * 30+5 1006; mute T * 32+40 time",
    )
    # When it is run by two processes that order sets differently
    first, second = (simulated(*options, hash_seed=each) for each in ("1", "2"))
    # Then both tell the same
    assert first == second


def test_a_fault_that_is_not_written_so_is_refused() -> None:
    # Given a fault without its span
    # When it is given
    done = subprocess.run(  # noqa: S603 - our own interpreter and benchmark
        [sys.executable, str(BENCHMARK), "--seed", "1", "--faults", "cut"],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    # Then the sentence says how one is written
    assert done.returncode == 2
    assert "write `kind channel symbol begin+length detail`" in done.stderr


@pytest.mark.slow
def test_eighty_seeds_are_accounted_for() -> None:
    # Given eighty seeds of other numbers than above
    # When they are run
    found = figures("--seeds", "80", "--first", "1000", "--minutes", "2", "--jobs", "2")
    # Then none fails, and each process is far faster than the market
    assert found["failing"] == {}
    assert found["times as fast as the market, on one processor"] > 100
